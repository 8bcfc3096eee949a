//! What only a RayCluster of its own may have.

use super::{cluster, family};
use crate::fix::{At, Edit, Fix};
use crate::guide::{Example, Guide};
use crate::json::Quoted;
use crate::release::Release::V1_6;
use crate::rule::{Order, Releases, Rule};

family!(
    "The job's own RayCluster",
    [(
        Rule {
            id: "late-upgrade-strategy",
            order: Order::cluster(27),
            releases: Releases::child_since(V1_6),
            why: "KubeRay accepts the RayJob and then refuses its RayCluster, so the job stays in Initializing",
            advice: "Remove upgradeStrategy: the RayCluster of a job is never upgraded",
            fixes: &[Fix {
                title: "remove type from upgradeStrategy",
                safe: false,
                edits: &[Edit::Remove(At::Finding)],
            }],
            check: |subject, report| {
                let kind = subject
                    .cluster()
                    .and_then(|c| c.upgrade_strategy.kind.as_deref());
                if let Some(kind) = kind {
                    report.add(
                        subject.cluster_path("upgradeStrategy.type"),
                        format!("upgradeStrategy.type is {}", Quoted(kind)),
                    );
                }
            },
            ..Rule::OPERATOR
        },
        Guide {
            what: "`upgradeStrategy.type` is set, whatever it is.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterUpgradeOptions",
            bad: &[
                Example::job(cluster!(r#""upgradeStrategy": {"type": "Recreate"}"#)),
                Example::job(cluster!(r#""upgradeStrategy": {"type": "None"}"#)).on(V1_6),
            ],
            good: &[
                Example::job(cluster!(r#""upgradeStrategy": {}"#)),
                Example::job(
                    r#"{"spec": {"clusterSelector": {"ray.io/cluster": "shared"},
                         "rayClusterSpec": {"upgradeStrategy": {"type": "Recreate"}}}}"#,
                ),
            ],
        },
    ),]
);
