//! The RayCluster that KubeRay creates for another object.

use super::managed::REMOVE;
use super::{Entry, Family, cluster};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::kind::Kinds;
use crate::rayjob::MULTIKUEUE;
use crate::release::Release::V1_6;
use crate::rule::{Check, Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

const NEVER_READY: &str = "that RayCluster never becomes ready, and KubeRay waits for it forever";

pub(super) const FAMILY: Family = Family {
    title: "The RayCluster of a job or a service",
    entries: &[
        Entry {
            rule: Rule {
                id: "late-upgrade-strategy",
                position: Position::cluster(270),
                releases: Releases::cluster_since(V1_6),
                kinds: Kinds::OWNERS,
                why: "KubeRay accepts the object, then refuses its RayCluster, and waits for that \
                      forever",
                advice: "Remove upgradeStrategy: it is for a RayCluster of its own",
                fixes: &[FixTemplate {
                    title: "remove type from upgradeStrategy",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    if let Some(kind) = cluster.upgrade_strategy.kind.as_deref() {
                        report.add(
                            cluster.path("upgradeStrategy.type"),
                            format!("upgradeStrategy.type is {}", Quoted(kind)),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`upgradeStrategy.type` of the RayCluster that KubeRay makes of the object \
                       is set, whatever its value.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                         validation.go:ValidateRayClusterUpgradeOptions",
                messages: &[
                    "upgradeStrategy cannot be set when RayCluster is created by",
                    "The RayCluster spec is invalid: Spec.UpgradeStrategy.Type value",
                ],
                bad: &[
                    Example::job(cluster!(r#""upgradeStrategy": {"type": "Recreate"}"#)),
                    Example::job(cluster!(r#""upgradeStrategy": {"type": "None"}"#)).on(V1_6),
                ],
                good: &[Example::job(cluster!(r#""upgradeStrategy": {}"#))],
            },
            cel: &[Cel {
                when: "cluster.?upgradeStrategy.?type.hasValue()",
                path: "{cluster}.upgradeStrategy.type",
                detail: "upgradeStrategy.type is {quoted(cluster.?upgradeStrategy.?type.value())}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-child-suspended",
                // The job never starts: nothing resumes the RayCluster.
                level: Level::Deny,
                why: NEVER_READY,
                kinds: Kinds::OWNERS,
                advice: "Remove suspend here; to suspend the job or the service, set its own",
                fixes: REMOVE,
                check: Check::CreatedCluster(|cluster, _, report| {
                    if cluster.suspend {
                        report.add(cluster.path("suspend"), "suspend of the RayCluster is true");
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`suspend` is true in `rayClusterSpec` or `rayClusterConfig`, and KubeRay \
                       creates that RayCluster.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[
                    Example::job(cluster!(r#""suspend": true"#)),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"rayClusterSpec": {"suspend": true}}}}"#,
                    ),
                ],
                good: &[Example::job(cluster!(r#""suspend": false"#))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-child-managed-by",
                // The job never starts: the operator ignores the RayCluster, and MultiKueue takes
                // over whole jobs.
                level: Level::Deny,
                why: NEVER_READY,
                kinds: Kinds::OWNERS,
                advice: "Remove managedBy here; to hand over the job or the service, set its own",
                fixes: REMOVE,
                check: Check::CreatedCluster(|cluster, _, report| {
                    if cluster.managed_by.as_deref() == Some(MULTIKUEUE) {
                        report.add(
                            cluster.path("managedBy"),
                            "managedBy of the RayCluster is \"kueue.x-k8s.io/multikueue\"",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`managedBy` is `kueue.x-k8s.io/multikueue` in `rayClusterSpec` or \
                       `rayClusterConfig`, and KubeRay creates that RayCluster.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/raycluster_controller.go:rayClusterReconcile",
                messages: &[],
                bad: &[Example::job(cluster!(
                    r#""managedBy": "kueue.x-k8s.io/multikueue""#
                ))],
                good: &[Example::job(cluster!(
                    r#""managedBy": "ray.io/kuberay-operator""#
                ))],
            },
            cel: &[],
        },
    ],
};
