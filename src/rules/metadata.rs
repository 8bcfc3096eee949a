//! The name of the object.

use std::borrow::Cow;

use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::finding::Report;
use crate::json::{Path, Quoted};
use crate::rayjob::Metadata;
use crate::release::Release::V1_4;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::names;

/// The maximum length of a RayJob name, in bytes.
const LONGEST: usize = 47;

/// Returns the field that names an object, its value, and the resulting name.
/// The API server keeps 58 bytes of a `generateName` and appends 5 characters
/// (`k8s.io/apiserver v0.34.1 pkg/storage/names/generate.go`).
pub(super) fn name<'a>(metadata: &'a Metadata<'_>) -> (&'static str, &'a str, Cow<'a, [u8]>) {
    let given = metadata.name.as_deref().unwrap_or_default();
    match metadata.generate_name.as_deref() {
        Some(prefix) if given.is_empty() && !prefix.is_empty() => {
            let kept = prefix.as_bytes().iter().take(58).copied();
            (
                "metadata.generateName",
                prefix,
                kept.chain(*b"xxxxx").collect(),
            )
        }
        _ => ("metadata.name", given, given.as_bytes().into()),
    }
}

/// The detail for an object that has neither field.
pub(crate) const NAMELESS: &str = "name or generateName is missing";

/// Reports a name that is longer than this, in bytes.
pub(super) fn too_long(metadata: &Metadata<'_>, longest: usize, report: &mut Report) {
    let (field, written, name) = name(metadata);
    let bytes = name.len();
    if bytes > longest {
        let detail = format!("{} gives a name of {bytes} bytes", Quoted(written));
        report.add(Path::default().at(field), detail);
    }
}

/// Reports a name that is no name of a Service, or none at all.
pub(super) fn unusable(metadata: &Metadata<'_>, report: &mut Report) {
    let (field, written, name) = name(metadata);
    let path = Path::default().at(field);
    if name.is_empty() {
        report.add(path, NAMELESS);
    } else if !names::is_dns1035_label(&name) {
        let written = Quoted(written);
        report.add(path, format!("{written} gives a name that KubeRay refuses"));
    }
}

/// [`unusable`] in CEL.
pub(super) const UNUSABLE: &[Cel] = &[
    Cel {
        when: "name == ''",
        path: "metadata.name",
        detail: NAMELESS,
        ..Cel::NEVER
    },
    Cel {
        when: "name != '' && (bytes(name).size() > 63 || \
               !name.matches(r'^[a-z]([-a-z0-9]*[a-z0-9])?$'))",
        path: "metadata.name",
        detail: "{quoted(name)} gives a name that KubeRay refuses",
        ..Cel::NEVER
    },
];

pub(super) const FAMILY: Family = Family {
    title: "Name",
    entries: &[
        Entry {
            rule: Rule {
                id: "name-too-long",
                position: Position::metadata(10),
                releases: Releases::since(V1_4),
                why: "KubeRay adds suffixes to name the RayCluster and its Services, whose names \
                      are limited to 63 bytes",
                advice: "Use a name of at most 47 bytes, or a generateName of at most 42",
                check: Check::RayJob(|_, context, report| {
                    too_long(context.object.metadata(), LONGEST, report);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The name is longer than 47 bytes. A `generateName` produces names 5 bytes \
                       longer than itself.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobMetadata",
                messages: &["RayJob name should be no more than"],
                bad: &[
                    Example::job(
                        r#"{"metadata": {
                            "name": "a234567890123456789012345678901234567890123456xy"}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"name": null,
                                  "generateName": "a23456789012345678901234567890123456789012-"}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {
                            "name": "a23456789012345678901234567890123456789012345xy"}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"name": null,
                                   "generateName": "a2345678901234567890123456789012345678901-"}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                when: "bytes(name).size() > 47",
                path: "metadata.name",
                detail: "{quoted(name)} gives a name of {bytes(name).size()} bytes",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "name-not-dns1035",
                position: Position::metadata(20),
                releases: Releases::since(V1_4),
                why: "KubeRay names Services after it, and Kubernetes restricts their names",
                advice: "Use lowercase letters, digits and hyphens, starting with a letter and \
                         not ending with a hyphen, such as train-2",
                check: Check::RayJob(|_, context, report| {
                    unusable(context.object.metadata(), report);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The name is not a valid Service name: lowercase letters, digits and \
                       hyphens, starting with a letter, not ending with a hyphen, at most 63 \
                       bytes (a DNS-1035 label). The API server itself also allows dots and a \
                       leading digit.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobMetadata",
                messages: &["RayJob name should be a valid DNS1035"],
                bad: &[
                    Example::job(r#"{"metadata": {"name": "1st-run"}}"#),
                    Example::job(r#"{"metadata": {"name": "train.v2"}}"#),
                    Example::job(r#"{"metadata": {"name": null, "generateName": "2nd-"}}"#),
                ],
                good: &[
                    Example::job(r#"{"metadata": {"name": "run-1"}}"#),
                    Example::job(r#"{"metadata": {"name": null, "generateName": "run-"}}"#),
                ],
            },
            cel: UNUSABLE,
        },
    ],
};
