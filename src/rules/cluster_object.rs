//! A RayCluster by itself: its name and its upgrades.

use super::metadata::{too_long, unusable};
use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::json::{Path, Quoted};
use crate::rayjob::{ORIGIN, is_owner};
use crate::release::Release::{V1_4, V1_6};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// The maximum length of the name, in bytes.
const LONGEST: usize = 53;

/// The types of `upgradeStrategy` that the operator knows.
const TYPES: [&str; 2] = ["Recreate", "None"];

const VALIDATION: &str = "kuberay v1.7.0 \
                          ray-operator/controllers/ray/utils/validation.go:\
                          ValidateRayClusterMetadata";

const UPGRADE: &str = "kuberay v1.7.0 \
                       ray-operator/controllers/ray/utils/validation.go:\
                       ValidateRayClusterUpgradeOptions";

pub(super) const FAMILY: Family = Family {
    title: "RayCluster",
    entries: &[
        Entry {
            rule: Rule {
                id: "cluster-name-too-long",
                position: Position::metadata(10),
                releases: Releases::since(V1_4),
                why: "KubeRay adds suffixes to name the Services, whose names are limited to 63 \
                      bytes",
                advice: "Use a name of at most 53 bytes, or a generateName of at most 48",
                check: Check::RayCluster(|cluster, _, report| {
                    too_long(&cluster.metadata, LONGEST, report);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The name of a RayCluster is longer than 53 bytes. A `generateName` \
                       produces names 5 bytes longer than itself.",
                source: VALIDATION,
                messages: &["RayCluster name should be no more than"],
                bad: &[
                    Example::cluster(
                        r#"{"metadata": {
                            "name": "a23456789012345678901234567890123456789012345678901234"}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"name": null,
                            "generateName": "a23456789012345678901234567890123456789012345678-"}}"#,
                    ),
                ],
                good: &[
                    Example::cluster(
                        r#"{"metadata": {
                            "name": "a2345678901234567890123456789012345678901234567890123"}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"name": null,
                            "generateName": "a2345678901234567890123456789012345678901234567-"}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                when: "bytes(name).size() > 53",
                path: "metadata.name",
                detail: "{quoted(name)} gives a name of {bytes(name).size()} bytes",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "cluster-name-not-dns1035",
                position: Position::metadata(20),
                releases: Releases::since(V1_4),
                why: "KubeRay names Services after it, and Kubernetes restricts their names",
                advice: "Use lowercase letters, digits and hyphens, starting with a letter and \
                         not ending with a hyphen, such as train-2",
                check: Check::RayCluster(|cluster, _, report| {
                    unusable(&cluster.metadata, report);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The name of a RayCluster is not a valid Service name: lowercase letters, \
                       digits and hyphens, starting with a letter, not ending with a hyphen, at \
                       most 63 bytes (a DNS-1035 label).",
                source: VALIDATION,
                messages: &["RayCluster name should be a valid DNS1035"],
                bad: &[
                    Example::cluster(r#"{"metadata": {"name": "1st-cluster"}}"#),
                    Example::cluster(r#"{"metadata": {"name": "shared.v2"}}"#),
                ],
                good: &[Example::cluster(r#"{"metadata": {"name": "shared-1"}}"#)],
            },
            cel: super::metadata::UNUSABLE,
        },
        Entry {
            rule: Rule {
                id: "cluster-upgrade-type",
                position: Position::cluster(270).step(1),
                releases: Releases::since(V1_6),
                why: "KubeRay knows only Recreate, which deletes all pods when the spec changes, \
                      and None",
                advice: "Write Recreate or None, or remove it",
                check: Check::RayCluster(|cluster, _, report| {
                    let kind = cluster.spec.upgrade_strategy.kind.as_deref();
                    if let Some(kind) = kind.filter(|kind| !TYPES.contains(kind)) {
                        report.add(
                            Path::default().at("spec.upgradeStrategy.type"),
                            format!("upgradeStrategy.type is {}", Quoted(kind)),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`upgradeStrategy.type` of a RayCluster is neither `Recreate` nor `None`. \
                       The API server refuses it too.",
                source: UPGRADE,
                messages: &["The RayCluster spec is invalid: Spec.UpgradeStrategy.Type value"],
                bad: &[Example::cluster(
                    r#"{"spec": {"upgradeStrategy": {"type": "Rolling"}}}"#,
                )],
                good: &[Example::cluster(
                    r#"{"spec": {"upgradeStrategy": {"type": "Recreate"}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "cluster-upgrade-of-owner",
                position: Position::cluster(270).step(2),
                releases: Releases::since(V1_6),
                why: "KubeRay takes the RayCluster for one that it has made itself, which it never \
                      upgrades",
                advice: "Remove the label, which only KubeRay sets, or upgradeStrategy",
                check: Check::RayCluster(|cluster, _, report| {
                    let origin = cluster.metadata.labels.get(ORIGIN).unwrap_or_default();
                    if cluster.spec.upgrade_strategy.kind.is_some() && is_owner(origin) {
                        report.add(
                            Path::default().at("spec.upgradeStrategy.type"),
                            format!(
                                "upgradeStrategy.type is set, and the label {ORIGIN} is {origin}"
                            ),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`upgradeStrategy.type` of a RayCluster is set, and its label \
                       `ray.io/originated-from-crd` is `RayJob` or `RayService`.",
                source: UPGRADE,
                messages: &["upgradeStrategy cannot be set when RayCluster is created by"],
                bad: &[Example::cluster(
                    r#"{"metadata": {"labels": {"ray.io/originated-from-crd": "RayJob"}},
                        "spec": {"upgradeStrategy": {"type": "None"}}}"#,
                )],
                good: &[Example::cluster(
                    r#"{"metadata": {"labels": {"ray.io/originated-from-crd": "RayCluster"}},
                        "spec": {"upgradeStrategy": {"type": "None"}}}"#,
                )],
            },
            cel: &[Cel {
                when: "object.?spec.?upgradeStrategy.?type.hasValue() && \
                       object.metadata.?labels[?'ray.io/originated-from-crd'].orValue('') in \
                       ['RayJob', 'RayService']",
                path: "spec.upgradeStrategy.type",
                detail: "upgradeStrategy.type is set, and the label ray.io/originated-from-crd is \
                         {object.metadata.?labels[?'ray.io/originated-from-crd'].orValue('')}",
                ..Cel::NEVER
            }],
        },
    ],
};
