//! The RayCluster that KubeRay creates for the job.

use super::managed::REMOVE;
use super::{cluster, family};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::rayjob::MULTIKUEUE;
use crate::release::Release::V1_6;
use crate::rule::{Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

const NEVER_READY: &str =
    "that RayCluster never becomes ready, so the RayJob stays in Initializing";

family!(
    "The job's own RayCluster",
    [
        (
            Rule {
                id: "late-upgrade-strategy",
                position: Position::cluster(27),
                releases: Releases::child_since(V1_6),
                why: "KubeRay accepts the RayJob and then refuses its RayCluster, so the job stays in Initializing",
                advice: "Remove upgradeStrategy: the RayCluster of a job is never upgraded",
                fixes: &[FixTemplate {
                    title: "remove type from upgradeStrategy",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: |context, report| {
                    let kind = context
                        .cluster()
                        .and_then(|c| c.upgrade_strategy.kind.as_deref());
                    if let Some(kind) = kind {
                        report.add(
                            context.cluster_path("upgradeStrategy.type"),
                            format!("upgradeStrategy.type is {}", Quoted(kind)),
                        );
                    }
                },
                ..Rule::OPERATOR
            },
            RuleDoc {
                what: "`upgradeStrategy.type` is set, whatever its value.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterUpgradeOptions",
                bad: &[
                    Example::job(cluster!(r#""upgradeStrategy": {"type": "Recreate"}"#)),
                    Example::job(cluster!(r#""upgradeStrategy": {"type": "None"}"#)).on(V1_6),
                ],
                good: &[Example::job(cluster!(r#""upgradeStrategy": {}"#)),],
            },
            &[Cel {
                when: "cluster.?upgradeStrategy.?type.hasValue()",
                path: "{job}.rayClusterSpec.upgradeStrategy.type",
                detail: "upgradeStrategy.type is {quoted(cluster.?upgradeStrategy.?type.value())}",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "trap-child-suspended",
                // The job never starts: nothing resumes the RayCluster.
                level: Level::Deny,
                why: NEVER_READY,
                advice: "Remove suspend from rayClusterSpec; to suspend the job, set suspend of the RayJob",
                fixes: REMOVE,
                check: |context, report| {
                    let is_suspended = context.own_cluster().is_some_and(|cluster| cluster.suspend);
                    if is_suspended {
                        report.add(
                            context.cluster_path("suspend"),
                            "suspend of the RayCluster is true",
                        );
                    }
                },
                ..Rule::TRAP
            },
            RuleDoc {
                what: "`rayClusterSpec.suspend` is true, and KubeRay creates that RayCluster for the job.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                bad: &[
                    Example::job(cluster!(r#""suspend": true"#)),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"rayClusterSpec": {"suspend": true}}}}"#
                    ),
                ],
                good: &[Example::job(cluster!(r#""suspend": false"#))],
            },
        ),
        (
            Rule {
                id: "trap-child-managed-by",
                // The job never starts: the operator ignores the RayCluster, and MultiKueue takes over whole jobs.
                level: Level::Deny,
                why: NEVER_READY,
                advice: "Remove managedBy from rayClusterSpec; to run the job in another cluster, set managedBy of the \
                   RayJob",
                fixes: REMOVE,
                check: |context, report| {
                    let manager = context
                        .own_cluster()
                        .and_then(|cluster| cluster.managed_by.as_deref());
                    if manager == Some(MULTIKUEUE) {
                        report.add(
                            context.cluster_path("managedBy"),
                            "managedBy of the RayCluster is \"kueue.x-k8s.io/multikueue\"",
                        );
                    }
                },
                ..Rule::TRAP
            },
            RuleDoc {
                what: "`rayClusterSpec.managedBy` is `kueue.x-k8s.io/multikueue`, and KubeRay creates that RayCluster \
                   for the job.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/raycluster_controller.go:rayClusterReconcile",
                bad: &[Example::job(cluster!(
                    r#""managedBy": "kueue.x-k8s.io/multikueue""#
                ))],
                good: &[Example::job(cluster!(
                    r#""managedBy": "ray.io/kuberay-operator""#
                ))],
            },
        ),
    ]
);
