//! The metadata of the object itself, which the API server validates in the
//! same way for all kinds.

use super::claim::Claim::Violation;
use super::claim::Violation::{Invalid, Required};
use super::{REFUSED, SchemaEntry, SchemaFamily};
use crate::example::Example;
use crate::rule::Rule;
use crate::rule_doc::RuleDoc;

const SOURCE: &str = "k8s.io/apimachinery v0.35.0 \
                      pkg/api/validation/objectmeta.go:ValidateObjectMetaAccessor";

pub(super) const FAMILY: SchemaFamily = SchemaFamily {
    title: "API server: metadata",
    entries: &[
        SchemaEntry {
            rule: Rule {
                id: "crd-metadata-name",
                advice: "Use lower-case letters, digits and -, starting with a letter and not \
                         ending in -",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The `name`, `generateName` or `namespace` of the object is invalid, or \
                       there is neither a `name` nor a `generateName`. A name has at most 253 \
                       lower-case letters, digits, `-` and `.`, with a letter or digit at each \
                       end and on both sides of each `.`. The name of a namespace has at most 63 \
                       characters and no `.`. KubeRay accepts fewer names.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"metadata": {"name": "train_1"}}"#),
                    Example::job(r#"{"metadata": {"name": null}}"#),
                    Example::job(r#"{"metadata": {"name": null, "generateName": "Train-"}}"#),
                    Example::job(r#"{"metadata": {"namespace": "ml.prod"}}"#),
                ],
                good: &[
                    Example::job(r#"{"metadata": {"name": "train-1", "namespace": "ml"}}"#),
                    Example::job(r#"{"metadata": {"name": null, "generateName": "train-"}}"#),
                ],
            },
            claims: &[
                Violation(Required, "metadata.name"),
                Violation(Invalid, "metadata.name"),
                Violation(Invalid, "metadata.generateName"),
                Violation(Invalid, "metadata.namespace"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-metadata-labels",
                advice: "Use at most 63 letters, digits, -, _ and ., or use an annotation, which \
                         can hold any text",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A label of the object is invalid. A value is empty, or has at most 63 \
                       letters, digits, `-`, `_` and `.`, with a letter or digit at each end. A \
                       key follows the same rules but cannot be empty, and can start with a DNS \
                       name and a `/`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"metadata": {"labels": {"team": "a b"}}}"#),
                    Example::job(r#"{"metadata": {"labels": {"team/": "a"}}}"#),
                    Example::job(r#"{"metadata": {"labels": {"Example.com/team": "a"}}}"#),
                ],
                good: &[Example::job(
                    r#"{"metadata": {"labels": {"example.com/team": "a_b", "none": ""}}}"#,
                )],
            },
            claims: &[Violation(Invalid, "metadata.labels*")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-metadata-annotations",
                advice: "Use a name such as team, with or without a DNS prefix, as in \
                         example.com/team",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "An annotation of the object has an invalid key, or all annotations \
                       together exceed 256 KiB. Keys follow the rules for label keys, but the DNS \
                       name can have capital letters. A value can be any text.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(
                    r#"{"metadata": {"annotations": {"owned by": "ml"}}}"#,
                )],
                good: &[Example::job(
                    r#"{"metadata": {"annotations": {"Example.com/owner": "the ML team"}}}"#,
                )],
            },
            claims: &[Violation(Invalid, "metadata.annotations*")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-metadata-finalizers",
                advice: "Use a name such as team, with or without a DNS prefix, as in \
                         example.com/team",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A finalizer of the object does not have the syntax of a label key, or \
                       there are both `orphan` and `foregroundDeletion`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"metadata": {"finalizers": ["clean up"]}}"#),
                    Example::job(
                        r#"{"metadata": {"finalizers": ["orphan",
                                     "foregroundDeletion"]}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"metadata": {"finalizers": ["example.com/clean-up"]}}"#,
                )],
            },
            claims: &[Violation(Invalid, "metadata.finalizers*")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-metadata-owners",
                advice: "Write the apiVersion, kind, name and uid of the owner",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "An item of `ownerReferences` lacks `apiVersion`, `kind`, `name` or `uid`, \
                       or two items are controllers.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"ownerReferences": [{"kind": "Workflow",
                                     "name": "a", "uid": "b"}]}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"ownerReferences": [{
                                       "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
                                       "name": "a", "uid": "b", "controller": true},
                                     {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
                                       "name": "c", "uid": "d", "controller": true}]}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"metadata": {"ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1",
                        "kind": "Workflow", "name": "a", "uid": "b", "controller": true}]}}"#,
                )],
            },
            claims: &[Violation(Invalid, "metadata.ownerReferences*")],
        },
    ],
};
