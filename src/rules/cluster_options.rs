//! Settings of the job's RayCluster that do not do what they appear to do.

use std::collections::BTreeMap;

use super::{Entry, Family, cluster, worker};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::release::Release::{V1_5, V1_6, V1_7};
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// The patch with two worker groups of these names.
macro_rules! two_groups {
    ($first:literal, $second:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": [
                 {"groupName": ""#,
            $first,
            r#"", "minReplicas": 1, "maxReplicas": 1,
                  "template": {"spec": {"containers": [
                    {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}},
                 {"groupName": ""#,
            $second,
            r#"", "minReplicas": 1, "maxReplicas": 1,
                  "template": {"spec": {"containers": [
                    {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "RayCluster options",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-auth-mode-unset",
                releases: Releases::since(V1_5),
                // The job runs, but without authentication.
                level: Level::Warn,
                why: "mode does not default to token, so Ray does not authenticate clients",
                advice: "Set mode to token, with a rayVersion of 2.52.0 or newer, or remove \
                         authOptions",
                fixes: &[
                    FixTemplate {
                        title: "set mode to token",
                        safe: false,
                        edits: &[Edit::Set(At::Below("mode"), "\"token\"")],
                    },
                    FixTemplate {
                        title: "remove authOptions",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                ],
                check: Check::CreatedCluster(|cluster, context, report| {
                    let Some(options) = &cluster.auth_options else {
                        return;
                    };
                    // auth-k8s-token-rayjob reports this.
                    let is_refused = options.enable_k8s_token_auth && context.release >= V1_6;
                    if options.mode.is_none() && !is_refused {
                        report.add(
                            cluster.path("authOptions"),
                            "authOptions is set without a mode",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`authOptions` is set without a `mode`. The API documentation says that \
                       `token` is the default; it is not.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:IsAuthEnabled",
                messages: &[],
                bad: &[Example::job(cluster!(r#""authOptions": {}"#))],
                good: &[
                    Example::job(cluster!(r#""authOptions": {"mode": "token"}"#)),
                    Example::job(cluster!(r#""authOptions": {"mode": "disabled"}"#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-autoscaler-options-unused",
                // The settings have no effect.
                level: Level::Warn,
                why: "without enableInTreeAutoscaling, no autoscaler reads it",
                advice: "Set enableInTreeAutoscaling to true, or remove the unused field",
                fixes: &[
                    FixTemplate {
                        title: "set enableInTreeAutoscaling to true",
                        safe: false,
                        edits: &[Edit::Set(At::Cluster("enableInTreeAutoscaling"), "true")],
                    },
                    FixTemplate {
                        title: "remove the unused field",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                ],
                check: Check::CreatedCluster(|cluster, context, report| {
                    // An explicit false turns the autoscaler off for now and keeps its options.
                    if cluster.enable_in_tree_autoscaling.is_some() {
                        return;
                    }
                    if cluster.autoscaler_options.is_some() {
                        report.add(
                            cluster.path("autoscalerOptions"),
                            "autoscalerOptions is set, but enableInTreeAutoscaling is not",
                        );
                    }
                    // Without version 2, rules report these fields.
                    let is_v2 = cluster.chooses_autoscaler_v2();
                    for group in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        let has_timeout = group.spec.idle_timeout_seconds.is_some();
                        for (field, is_set) in [
                            (
                                "idleTimeoutSeconds",
                                has_timeout && (is_v2 || context.release < V1_6),
                            ),
                            (
                                "priority",
                                group.spec.priority.0 != 0 && is_v2 && context.release >= V1_7,
                            ),
                        ] {
                            if is_set {
                                report.add_in(
                                    group,
                                    group.path(field),
                                    format!(
                                        "{field} of {group} is set, but enableInTreeAutoscaling \
                                         is not"
                                    ),
                                );
                            }
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`autoscalerOptions`, or `idleTimeoutSeconds` or `priority` of a worker \
                       group, is set without `enableInTreeAutoscaling`. An explicit `false` is \
                       not reported: it is a switch.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/common/pod.go:DefaultHeadPodTemplate",
                messages: &[],
                bad: &[
                    Example::job(cluster!(
                        r#""autoscalerOptions": {"idleTimeoutSeconds": 60}"#
                    )),
                    Example::job(worker!(r#""idleTimeoutSeconds": 60"#)).on(V1_5),
                ],
                good: &[
                    Example::job(cluster!(
                        r#""enableInTreeAutoscaling": true,
                           "autoscalerOptions": {"idleTimeoutSeconds": 60}"#
                    )),
                    Example::job(cluster!(
                        r#""enableInTreeAutoscaling": false,
                           "autoscalerOptions": {"idleTimeoutSeconds": 60}"#
                    )),
                    Example::job(worker!(
                        r#""idleTimeoutSeconds": 60"#,
                        r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v2"}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-duplicate-group-name",
                // Neither group ever has the pods that it asks for.
                level: Level::Deny,
                why: "KubeRay finds a group's pods by the group name, so each group counts the \
                      other's pods and they fight over the number of workers",
                advice: "Give each worker group a unique groupName",
                check: Check::CreatedCluster(|cluster, _, report| {
                    // Generated manifests number hundreds of groups; ascending names are unique.
                    let ascend =
                        |name: &&str, next: &&str| (name.len(), *name) < (next.len(), *next);
                    let names = cluster.workers().map(|group| &*group.spec.group_name);
                    if names.is_sorted_by(ascend) {
                        return;
                    }
                    // A map like that of `admit`: a set adds kilobytes to a module.
                    let mut named = BTreeMap::new();
                    for group in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        let name = &*group.spec.group_name;
                        if named.insert(name, group.item()).is_some() && !name.is_empty() {
                            let detail = format!("two worker groups are named {}", Quoted(name));
                            report.add_in(group, group.path("groupName"), detail);
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "Two worker groups have the same `groupName`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/raycluster_controller.go:reconcilePods",
                messages: &[],
                bad: &[Example::job(two_groups!("gpu", "gpu"))],
                good: &[Example::job(two_groups!("gpu", "GPU"))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-redis-address-empty",
                releases: Releases::since(V1_7),
                // The job runs, but without external storage.
                level: Level::Warn,
                why: "the head gets an empty RAY_REDIS_ADDRESS, so nothing is stored externally \
                      although fault tolerance counts as enabled",
                advice: "Set redisAddress, or remove gcsFaultToleranceOptions",
                fixes: &[FixTemplate {
                    title: "remove gcsFaultToleranceOptions",
                    safe: false,
                    edits: &[Edit::Remove(At::Cluster("gcsFaultToleranceOptions"))],
                }],
                check: Check::CreatedCluster(|cluster, _, report| {
                    let options = cluster.gcs_fault_tolerance_options.as_ref();
                    if options.is_some_and(|options| {
                        &*options.backend != "rocksdb" && options.redis_address.is_empty()
                    }) {
                        report.add(
                            cluster.path("gcsFaultToleranceOptions.redisAddress"),
                            "gcsFaultToleranceOptions has no redisAddress",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`gcsFaultToleranceOptions` has no `redisAddress`, and its `backend` is not \
                       `rocksdb`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/common/pod.go:configureRedisFT",
                messages: &[],
                bad: &[Example::job(cluster!(r#""gcsFaultToleranceOptions": {}"#))],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}"#
                ))],
            },
            cel: &[],
        },
    ],
};
