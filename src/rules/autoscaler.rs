//! The autoscaler.

use super::{Entry, Family, cluster, head_env, managed, worker};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::group::Group;
use crate::json::Quoted;
use crate::raycluster::AUTOSCALER_V2;
use crate::release::Release::{V1_4, V1_5, V1_6, V1_7};
use crate::rule::{Check, Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Whether the autoscaler is enabled and its version is `v2`.
pub(super) fn autoscales_by_v2(cluster: Cluster<'_>) -> bool {
    cluster.autoscales() && cluster.autoscaler_version() == Some("v2")
}

fn restarts(group: Group<'_>, report: &mut Report) {
    let policy = &*group.spec.template.spec.restart_policy;
    if !matches!(policy, "" | "Never") {
        let detail = format!(
            "restartPolicy of {group} is {}, but autoscalerOptions.version is v2",
            Quoted(policy)
        );
        report.add_in(group, group.path("template.spec.restartPolicy"), detail);
    }
}

const RESTART: Rule = Rule {
    releases: Releases::since(V1_4),
    why: "autoscaler v2 treats each pod as one Ray node, and a restarted pod would be a different \
          node",
    advice: "Set restartPolicy to Never, or remove it",
    fixes: &[FixTemplate {
        title: "set restartPolicy to Never",
        safe: false,
        edits: &[Edit::Set(At::Finding, "\"Never\"")],
    }],
    ..Rule::OPERATOR
};

const REMOVE_IDLE_TIMEOUT: FixTemplate = FixTemplate {
    title: "remove idleTimeoutSeconds",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

/// Describes an `autoscalerOptions.version` that does not select v2.
pub(super) fn chosen_version(cluster: Cluster<'_>) -> &'static str {
    match cluster.autoscaler_version() {
        Some("v1") => "autoscalerOptions.version is v1",
        Some(_) => "autoscalerOptions.version is not v2",
        None => "autoscalerOptions.version is not set",
    }
}

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";
const GROUP_SOURCE: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                            validation.go:validateWorkerGroupIdleTimeout";

pub(super) const FAMILY: Family = Family {
    title: "Autoscaler",
    entries: &[
        Entry {
            rule: Rule {
                id: "autoscaler-v2-env-without-autoscaling",
                position: Position::cluster(150),
                releases: Releases::since(V1_5),
                why: "the variable selects an autoscaler version, but there is no autoscaler",
                advice: "Set enableInTreeAutoscaling to true, or remove the variable",
                fixes: &[
                    FixTemplate {
                        title: "set enableInTreeAutoscaling to true",
                        safe: false,
                        edits: &[Edit::Set(At::Cluster("enableInTreeAutoscaling"), "true")],
                    },
                    FixTemplate {
                        title: "remove the variable",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                ],
                check: Check::Cluster(|cluster, _, report| {
                    let variable = cluster
                        .autoscaler_variable()
                        .filter(|(_, v)| v.switches_on());
                    if let (Some((index, variable)), false) = (variable, cluster.autoscales()) {
                        report.add(
                            cluster.head().ray_container_path("env", index),
                            format!(
                                "{AUTOSCALER_V2} is {}, but enableInTreeAutoscaling is not true",
                                Quoted(&variable.value)
                            ),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The head's Ray container sets `RAY_enable_autoscaler_v2` to `1` or `true`, \
                       and `enableInTreeAutoscaling` is not true.",
                source: SOURCE,
                messages: &["environment variable RAY_enable_autoscaler_v2 cannot be set"],
                bad: &[
                    Example::job(head_env!(
                        r#"{"name": "RAY_enable_autoscaler_v2", "value": "1"}"#
                    )),
                    Example::job(head_env!(
                        r#"{"name": "RAY_enable_autoscaler_v2", "value": "true"}"#
                    )),
                ],
                good: &[
                    Example::job(head_env!(
                        r#"{"name": "RAY_enable_autoscaler_v2", "value": "0"}"#
                    )),
                    Example::job(head_env!(
                        r#"{"name": "RAY_enable_autoscaler_v2", "value": "1"}"#,
                        r#""enableInTreeAutoscaling": true"#
                    )),
                ],
            },
            cel: &[Cel {
                each: "headEnv",
                when: "!autoscales && v2Switched && item.name == 'RAY_enable_autoscaler_v2'",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "RAY_enable_autoscaler_v2 is {quoted(item.value)}, but \
                         enableInTreeAutoscaling is not true",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "autoscaler-version-and-env",
                position: Position::cluster(170),
                releases: Releases::since(V1_4),
                why: "KubeRay reads the autoscaler version from only one of the two",
                advice: "Keep autoscalerOptions.version and remove the variable",
                fixes: &[
                    FixTemplate {
                        title: "remove the variable",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    FixTemplate {
                        title: "remove autoscalerOptions.version",
                        safe: false,
                        edits: &[Edit::Remove(At::Cluster("autoscalerOptions.version"))],
                    },
                ],
                check: Check::Cluster(|cluster, _, report| {
                    let version = cluster.autoscaler_version();
                    let (Some(version), true) = (version, cluster.autoscales()) else {
                        return;
                    };
                    if let Some((index, variable)) = cluster.autoscaler_variable() {
                        let value = match &*variable.value {
                            "" => "set".into(),
                            value => Quoted(value).to_string(),
                        };
                        let version = Quoted(version);
                        report.add(
                            cluster.head().ray_container_path("env", index),
                            format!(
                                "{AUTOSCALER_V2} is {value}, and autoscalerOptions.version is \
                                     {version}"
                            ),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The autoscaler is enabled, `autoscalerOptions.version` is set, and the \
                       head's Ray container defines `RAY_enable_autoscaler_v2`, whatever its \
                       value.",
                source: SOURCE,
                messages: &["both .spec.autoscalerOptions.version and head Pod env"],
                bad: &[
                    Example::job(head_env!(
                        r#"{"name": "RAY_enable_autoscaler_v2", "value": "1"}"#,
                        r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v2"}"#
                    )),
                    Example::job(head_env!(
                        r#"{"name": "RAY_enable_autoscaler_v2", "value": "0"}"#,
                        r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v1"}"#
                    )),
                ],
                good: &[
                    Example::job(head_env!(
                        r#"{"name": "RAY_enable_autoscaler_v2", "value": "1"}"#,
                        r#""enableInTreeAutoscaling": true,
                           "autoscalerOptions": {"idleTimeoutSeconds": 60}"#
                    )),
                    Example::job(cluster!(
                        r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v2"}"#
                    )),
                ],
            },
            cel: &[Cel {
                each: "headEnv",
                when: "autoscales && autoscalerVersion.hasValue() && item.name == \
                       'RAY_enable_autoscaler_v2'",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "RAY_enable_autoscaler_v2 is {item.?value.orValue('') == '' ? 'set' : \
                         quoted(item.value)}, and autoscalerOptions.version is \
                         {quoted(autoscalerVersion.value())}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "autoscaler-v2-head-restart-policy",
                position: Position::cluster(180),
                check: Check::Cluster(|cluster, _, report| {
                    if autoscales_by_v2(cluster) {
                        restarts(cluster.head(), report);
                    }
                }),
                ..RESTART
            },
            doc: RuleDoc {
                what: "The autoscaler is enabled, its version is `v2`, and the head's \
                       `restartPolicy` is set to a value other than `Never`.",
                source: SOURCE,
                messages: &[
                    "restartPolicy for head Pod should be Never or unset when using \
                             autoscaler V2",
                ],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true,
                        "autoscalerOptions": {"version": "v2"},
                        "headGroupSpec": {"template": {"spec": {"restartPolicy": "Always"}}}}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true,
                                     "autoscalerOptions": {"version": "v2"},
                                     "headGroupSpec": {"template": {"spec": {
                                       "restartPolicy": "Never"}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true,
                                     "autoscalerOptions": {"version": "v1"},
                                     "headGroupSpec": {"template": {"spec": {
                                       "restartPolicy": "Always"}}}}}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                when: "autoscalesByV2 && !(headPod.?restartPolicy.orValue('') in ['', 'Never'])",
                path: "{cluster}.headGroupSpec.template.spec.restartPolicy",
                detail: "restartPolicy of the head group is \
                         {quoted(headPod.?restartPolicy.orValue(''))}, but \
                         autoscalerOptions.version is v2",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "autoscaler-v2-worker-restart-policy",
                position: Position::cluster(190),
                check: Check::Cluster(|cluster, _, report| {
                    if autoscales_by_v2(cluster) {
                        for worker in cluster.workers() {
                            restarts(worker, report);
                        }
                    }
                }),
                ..RESTART
            },
            doc: RuleDoc {
                what: "The autoscaler is enabled, its version is `v2`, and the `restartPolicy` of \
                       a worker group is set to a value other than `Never`.",
                source: SOURCE,
                messages: &[
                    "restartPolicy for worker group * should be Never or unset when using \
                             autoscaler V2",
                ],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true,
                        "autoscalerOptions": {"version": "v2"},
                        "workerGroupSpecs": [{"groupName": "workers",
                          "template": {"spec": {"restartPolicy": "OnFailure",
                            "containers": [
                              {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true,
                        "autoscalerOptions": {"version": "v2"},
                        "workerGroupSpecs": [{"groupName": "workers",
                          "template": {"spec": {"restartPolicy": "Never",
                            "containers": [
                              {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
            },
            cel: &[Cel {
                each: "workers",
                when: "autoscalesByV2 && \
                       !(item.?template.?spec.?restartPolicy.orValue('') in ['', 'Never'])",
                path: "{cluster}.workerGroupSpecs[{i}].template.spec.restartPolicy",
                detail: "restartPolicy of {group(item)} is \
                         {quoted(item.?template.?spec.?restartPolicy.orValue(''))}, but \
                         autoscalerOptions.version is v2",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "autoscaler-idle-timeout-negative",
                position: Position::cluster(200),
                releases: Releases::since(V1_6),
                why: "it is the number of seconds that a worker can stay idle",
                advice: "Set idleTimeoutSeconds to 0 or more, or remove it",
                fixes: &[REMOVE_IDLE_TIMEOUT],
                check: Check::Cluster(|cluster, _, report| {
                    let options = cluster.autoscaler_options.as_ref();
                    let timeout = options.and_then(|options| options.idle_timeout_seconds);
                    if let Some(seconds) = timeout.filter(|seconds| seconds.0 < 0) {
                        report.add(
                            cluster.path("autoscalerOptions.idleTimeoutSeconds"),
                            format!("idleTimeoutSeconds is {seconds}"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`autoscalerOptions.idleTimeoutSeconds` is below 0, whether or not the \
                       autoscaler is enabled.",
                source: SOURCE,
                messages: &["autoscalerOptions.idleTimeoutSeconds must be"],
                bad: &[Example::job(cluster!(
                    r#""enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"idleTimeoutSeconds": -1}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"idleTimeoutSeconds": 0}"#
                ))],
            },
            cel: &[Cel {
                when: "autoscalerOptions.?idleTimeoutSeconds.orValue(0) < 0",
                path: "{cluster}.autoscalerOptions.idleTimeoutSeconds",
                detail: "idleTimeoutSeconds is {autoscalerOptions.idleTimeoutSeconds.value()}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-idle-timeout-negative",
                position: Position::cluster(50).step(9),
                releases: Releases::since(V1_6),
                why: "it is the number of seconds that a worker can stay idle",
                advice: "Set idleTimeoutSeconds to 0 or more, or remove it",
                fixes: &[REMOVE_IDLE_TIMEOUT],
                check: Check::Cluster(|cluster, _, report| {
                    for worker in cluster.workers() {
                        if let Some(seconds) = worker.spec.idle_timeout_seconds.filter(|s| s.0 < 0)
                        {
                            report.add_in(
                                worker,
                                worker.path("idleTimeoutSeconds"),
                                format!("idleTimeoutSeconds of {worker} is {seconds}"),
                            );
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The `idleTimeoutSeconds` of a worker group is below 0.",
                source: GROUP_SOURCE,
                messages: &["worker group *: idleTimeoutSeconds must be"],
                bad: &[Example::job(worker!(
                    r#""idleTimeoutSeconds": -1"#,
                    r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v2"}"#
                ))],
                good: &[Example::job(worker!(
                    r#""idleTimeoutSeconds": 0"#,
                    r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v2"}"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "item.?idleTimeoutSeconds.orValue(0) < 0",
                path: "{cluster}.workerGroupSpecs[{i}].idleTimeoutSeconds",
                detail: "idleTimeoutSeconds of {group(item)} is {item.idleTimeoutSeconds}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-idle-timeout-needs-v2",
                position: Position::cluster(50).step(10),
                releases: Releases::since(V1_6),
                why: "only autoscaler v2 supports an idle timeout per group",
                advice: "Set autoscalerOptions.version to v2, or set \
                         autoscalerOptions.idleTimeoutSeconds for all groups instead",
                fixes: &[REMOVE_IDLE_TIMEOUT],
                check: Check::Cluster(|cluster, _, report| {
                    if cluster.chooses_autoscaler_v2() {
                        return;
                    }
                    for worker in cluster.workers() {
                        if let Some(seconds) = worker.spec.idle_timeout_seconds {
                            let version = chosen_version(cluster);
                            report.add_in(
                                worker,
                                worker.path("idleTimeoutSeconds"),
                                format!(
                                    "idleTimeoutSeconds of {worker} is {seconds}, but {version}"
                                ),
                            );
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "A worker group sets `idleTimeoutSeconds`, but `autoscalerOptions.version` \
                       is not `v2` and the head's Ray container does not set \
                       `RAY_enable_autoscaler_v2` to `1` or `true`.",
                source: GROUP_SOURCE,
                messages: &["worker group *: idleTimeoutSeconds is set"],
                bad: &[
                    Example::job(worker!(r#""idleTimeoutSeconds": 0"#)),
                    Example::job(worker!(
                        r#""idleTimeoutSeconds": 60"#,
                        r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v1"}"#
                    )),
                ],
                good: &[Example::job(worker!(
                    r#""idleTimeoutSeconds": 60"#,
                    r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v2"}"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "!choosesV2 && has(item.idleTimeoutSeconds)",
                path: "{cluster}.workerGroupSpecs[{i}].idleTimeoutSeconds",
                detail: "idleTimeoutSeconds of {group(item)} is {item.idleTimeoutSeconds}, but \
                         autoscalerOptions.version is {!autoscalerVersion.hasValue() ? 'not set' \
                         : autoscalerVersion.value() == 'v1' ? 'v1' : 'not v2'}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "autoscaler-start-cmd-env",
                position: Position::cluster(210),
                releases: Releases::since(V1_7),
                why: managed::WHY,
                advice: managed::ENV_ADVICE,
                fixes: managed::REMOVE,
                check: Check::Cluster(|cluster, _, report| {
                    let Some(options) = &cluster.autoscaler_options else {
                        return;
                    };
                    let names = ["KUBERAY_GEN_AUTOSCALER_START_CMD"];
                    managed::each_env(&options.env, &names, |index, name| {
                        report.add(
                            cluster.path("autoscalerOptions.env").index(index),
                            format!("autoscalerOptions.env has {name}"),
                        );
                    });
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`autoscalerOptions.env` has `KUBERAY_GEN_AUTOSCALER_START_CMD`, whether or \
                       not the autoscaler is enabled.",
                source: SOURCE,
                messages: &["autoscalerOptions.env must not contain \
                             KUBERAY_GEN_AUTOSCALER_START_CMD"],
                bad: &[Example::job(cluster!(
                    r#""enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"env": [{"name": "KUBERAY_GEN_AUTOSCALER_START_CMD",
                         "value": "ray"}]}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"env": [{"name": "KUBERAY_GEN_RAY_START_CMD",
                         "value": "ray"}]}"#
                ))],
            },
            cel: &[Cel {
                each: "autoscalerOptions.?env.orValue([])",
                when: "item.name == 'KUBERAY_GEN_AUTOSCALER_START_CMD'",
                path: "{cluster}.autoscalerOptions.env[{i}]",
                detail: "autoscalerOptions.env has {item.name}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-autoscaler-restart-policy",
                // The job runs, only on more nodes than it needs.
                level: Level::Warn,
                why: "an idle worker that the autoscaler ends restarts instead of leaving",
                advice: "Set restartPolicy to Never, or remove it",
                fixes: &[FixTemplate {
                    title: "set restartPolicy to Never",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "\"Never\"")],
                }],
                check: Check::CreatedCluster(|cluster, _, report| {
                    if !cluster.autoscales() || cluster.chooses_autoscaler_v2() {
                        return;
                    }
                    for worker in cluster.workers() {
                        let policy = &*worker.spec.template.spec.restart_policy;
                        if matches!(policy, "Always" | "OnFailure") {
                            let path = worker.path("template.spec.restartPolicy");
                            let policy = Quoted(policy);
                            let detail = format!("restartPolicy of {worker} is {policy}");
                            report.add_in(worker, path, detail);
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The autoscaler is enabled, its version is not `v2`, and the `restartPolicy` \
                       of a worker group is `Always` or `OnFailure`. KubeRay 1.7 itself \
                       reports an event about it.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/raycluster_controller.go:\
                         rayClusterReconcile; ray pull request 64855",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true,
                        "workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                          "maxReplicas": 3, "rayStartParams": {},
                          "template": {"spec": {"restartPolicy": "OnFailure",
                            "containers": [
                              {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true,
                        "workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                          "maxReplicas": 3, "rayStartParams": {},
                          "template": {"spec": {"restartPolicy": "Never",
                            "containers": [
                              {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
            },
            cel: &[],
        },
    ],
};
