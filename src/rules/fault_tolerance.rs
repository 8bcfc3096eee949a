//! Fault tolerance of the GCS, which stores the state of a Ray cluster.

use super::{Entry, Family, cluster, head_env, managed};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Path, Quoted};
use crate::kind::Kinds;
use crate::release::Release::{V1_3, V1_4};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Whether `gcsFaultToleranceOptions` is set.
fn has_options(cluster: Cluster<'_>) -> bool {
    cluster.gcs_fault_tolerance_options.is_some()
}

/// Reports each variable of the head's Ray container that is in `names`.
pub(super) fn head_variables(
    cluster: Cluster<'_>,
    report: &mut Report,
    names: &[&'static str],
    but: &str,
) {
    let head = cluster.head();
    let Some(container) = head.ray_container() else {
        return;
    };
    managed::each_env(&container.env, names, |index, name| {
        let path = head.ray_container_path("env", index);
        report.add(path, format!("the head's Ray container sets {name}{but}"));
    });
}

/// Reports a value in the head's `rayStartParams`, without showing it.
fn start_param(cluster: Cluster<'_>, report: &mut Report, name: &'static str, but: &str) {
    let head = cluster.head();
    let value = head.spec.ray_start_params.get(name);
    if value.is_some_and(|value| !value.is_empty()) {
        let path = head.path("rayStartParams").key(name);
        report.add(path, format!("rayStartParams of the head sets {name}{but}"));
    }
}

const BESIDE: &str = " alongside gcsFaultToleranceOptions";

const REMOVE_PARAM: FixTemplate = FixTemplate {
    title: "remove the setting from rayStartParams or env",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

const REMOVE_ENV: FixTemplate = FixTemplate {
    title: "remove the variable",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

const REMOVE_ANNOTATION: FixTemplate = FixTemplate {
    title: "remove the annotation",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

const FT_ENABLED: &str = "ray.io/ft-enabled";
const STORAGE_NAMESPACE: &str = "ray.io/external-storage-namespace";

/// The path of an annotation.
fn annotation(key: &'static str) -> Path {
    Path::default().at("metadata.annotations").key(key)
}

const RULE: Rule = Rule {
    releases: Releases::since(V1_4).and_cluster_since(V1_3),
    why: "KubeRay requires all fault tolerance settings in gcsFaultToleranceOptions",
    ..Rule::OPERATOR
};

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";

pub(super) const FAMILY: Family = Family {
    title: "Fault tolerance",
    entries: &[
        Entry {
            rule: Rule {
                id: "ft-annotation-and-options",
                position: Position::cluster(60),
                advice: "Remove the annotation",
                fixes: &[
                    REMOVE_ANNOTATION,
                    FixTemplate {
                        title: "remove gcsFaultToleranceOptions",
                        safe: false,
                        edits: &[Edit::Remove(At::Cluster("gcsFaultToleranceOptions"))],
                    },
                ],
                kinds: Kinds::WITH_METADATA,
                check: Check::Cluster(|cluster, _, report| {
                    let enabled = cluster.annotation(FT_ENABLED);
                    if !enabled.is_empty() && has_options(cluster) {
                        report.add(
                            annotation(FT_ENABLED),
                            format!("{FT_ENABLED} is {}{BESIDE}", Quoted(enabled)),
                        );
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The annotation `ray.io/ft-enabled` has a value, even `false`, and \
                       `gcsFaultToleranceOptions` is set.",
                source: SOURCE,
                messages: &[
                    "ray.io/ft-enabled annotation and GcsFaultToleranceOptions are both \
                             set",
                ],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "true"}},
                                     "spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                                       "redisAddress": "redis:6379"}}}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "false"}},
                                     "spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                                       "redisAddress": "redis:6379"}}}}"#,
                    )
                    .on(V1_3),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"annotations": {"ray.io/ft-enabled": ""}},
                                     "spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                                       "redisAddress": "redis:6379"}}}}"#,
                    ),
                    Example::job(r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "true"}}}"#),
                ],
            },
            cel: &[Cel {
                when: "ft.hasValue() && annotations[?'ray.io/ft-enabled'].orValue('') != ''",
                path: r#"metadata.annotations["ray.io/ft-enabled"]"#,
                detail: "ray.io/ft-enabled is {quoted(annotations['ray.io/ft-enabled'])} \
                         alongside gcsFaultToleranceOptions",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "redis-address-env-without-ft",
                position: Position::cluster(70),
                why: "the variable makes Ray store its state in Redis without KubeRay knowing",
                advice: "Set gcsFaultToleranceOptions.redisAddress instead",
                fixes: &[REMOVE_ENV],
                check: Check::Cluster(|cluster, _, report| {
                    let annotated = cluster.annotation(FT_ENABLED).eq_ignore_ascii_case("true");
                    if !annotated && !has_options(cluster) {
                        let but = ", but gcsFaultToleranceOptions is not set";
                        head_variables(cluster, report, &["RAY_REDIS_ADDRESS"], but);
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The head's Ray container sets `RAY_REDIS_ADDRESS`, but \
                       `gcsFaultToleranceOptions` is not set and the annotation \
                       `ray.io/ft-enabled` is not true. The jobs of a RayCronJob have no \
                       annotations.",
                source: SOURCE,
                messages: &["RAY_REDIS_ADDRESS is set which implicitly"],
                bad: &[
                    Example::job(head_env!(
                        r#"{"name": "RAY_REDIS_ADDRESS", "value": "redis:6379"}"#
                    )),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"rayClusterSpec": {
                                      "headGroupSpec": {"template": {"spec": {
                                      "containers": [
                                        {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                      "env": [{"name": "RAY_REDIS_ADDRESS",
                                        "value": "redis:6379"}]}]}}}}}}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "TRUE"}},
                                     "spec": {"rayClusterSpec": {"headGroupSpec": {
                                       "template": {"spec": {"containers": [
                                       {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "env": [{"name": "RAY_REDIS_ADDRESS",
                                         "value": "redis:6379"}]}]}}}}}}"#,
                    ),
                    Example::job(head_env!(
                        r#"{"name": "REDIS_ADDRESS", "value": "redis:6379"}"#
                    )),
                ],
            },
            cel: &[Cel {
                each: "headEnv",
                when: "!ft.hasValue() && \
                       annotations[?'ray.io/ft-enabled'].orValue('').lowerAscii() != 'true' && \
                       item.name == 'RAY_REDIS_ADDRESS'",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the head's Ray container sets {item.name}, but gcsFaultToleranceOptions \
                         is not set",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-redis-password-start-param",
                position: Position::cluster(80),
                advice: "Use gcsFaultToleranceOptions.redisPassword instead",
                fixes: &[REMOVE_PARAM],
                check: Check::Cluster(|cluster, _, report| {
                    if has_options(cluster) {
                        start_param(cluster, report, "redis-password", BESIDE);
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`gcsFaultToleranceOptions` is set, and the head's `rayStartParams` sets \
                       `redis-password`.",
                source: SOURCE,
                messages: &["cannot set `redis-password` in rayStartParams"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                          "redisAddress": "redis:6379"},
                        "headGroupSpec": {"rayStartParams": {"redis-password": "secret"}}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"rayStartParams": {
                        "redis-password": "secret"}}}}}"#,
                )],
            },
            cel: &[Cel {
                when: "ft.hasValue() && headParams[?'redis-password'].orValue('') != ''",
                path: r#"{cluster}.headGroupSpec.rayStartParams["redis-password"]"#,
                detail: "rayStartParams of the head sets redis-password alongside \
                         gcsFaultToleranceOptions",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-redis-password-env",
                position: Position::cluster(90),
                advice: "Use gcsFaultToleranceOptions.redisPassword instead",
                fixes: &[REMOVE_ENV],
                check: Check::Cluster(|cluster, _, report| {
                    if has_options(cluster) {
                        head_variables(cluster, report, &["REDIS_PASSWORD"], BESIDE);
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`gcsFaultToleranceOptions` is set, and the head's Ray container sets \
                       `REDIS_PASSWORD`.",
                source: SOURCE,
                messages: &["cannot set `REDIS_PASSWORD` env"],
                bad: &[Example::job(head_env!(
                    r#"{"name": "REDIS_PASSWORD", "value": "secret"}"#,
                    r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}"#
                ))],
                good: &[Example::job(head_env!(
                    r#"{"name": "REDIS_PASSWORD", "value": "secret"}"#
                ))],
            },
            cel: &[Cel {
                each: "headEnv",
                when: "ft.hasValue() && item.name == 'REDIS_PASSWORD'",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the head's Ray container sets {item.name} alongside \
                         gcsFaultToleranceOptions",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-redis-address-env",
                position: Position::cluster(100),
                advice: "Use gcsFaultToleranceOptions.redisAddress instead",
                fixes: &[REMOVE_ENV],
                check: Check::Cluster(|cluster, _, report| {
                    if has_options(cluster) {
                        head_variables(cluster, report, &["RAY_REDIS_ADDRESS"], BESIDE);
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`gcsFaultToleranceOptions` is set, and the head's Ray container sets \
                       `RAY_REDIS_ADDRESS`.",
                source: SOURCE,
                messages: &["cannot set `RAY_REDIS_ADDRESS` env"],
                bad: &[Example::job(head_env!(
                    r#"{"name": "RAY_REDIS_ADDRESS", "value": "redis:6379"}"#,
                    r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}"#
                ))],
            },
            cel: &[Cel {
                each: "headEnv",
                when: "ft.hasValue() && item.name == 'RAY_REDIS_ADDRESS'",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the head's Ray container sets {item.name} alongside \
                         gcsFaultToleranceOptions",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-external-storage-annotation",
                position: Position::cluster(110),
                advice: "Use gcsFaultToleranceOptions.externalStorageNamespace instead",
                fixes: &[REMOVE_ANNOTATION],
                kinds: Kinds::WITH_METADATA,
                check: Check::Cluster(|cluster, _, report| {
                    let namespace = cluster.annotation(STORAGE_NAMESPACE);
                    if !namespace.is_empty() && has_options(cluster) {
                        report.add(
                            annotation(STORAGE_NAMESPACE),
                            format!("{STORAGE_NAMESPACE} is {}{BESIDE}", Quoted(namespace)),
                        );
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The annotation `ray.io/external-storage-namespace` is not empty and \
                       `gcsFaultToleranceOptions` is set.",
                source: SOURCE,
                messages: &["cannot set `ray.io/external-storage-namespace`"],
                bad: &[Example::job(
                    r#"{"metadata": {"annotations": {"ray.io/external-storage-namespace": "train"}},
                        "spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                          "redisAddress": "redis:6379"}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"metadata": {
                        "annotations": {"ray.io/external-storage-namespace": "train"}}}"#,
                )],
            },
            cel: &[Cel {
                when: "ft.hasValue() && \
                       annotations[?'ray.io/external-storage-namespace'].orValue('') != ''",
                path: r#"metadata.annotations["ray.io/external-storage-namespace"]"#,
                detail: "ray.io/external-storage-namespace is \
                         {quoted(annotations['ray.io/external-storage-namespace'])} alongside \
                         gcsFaultToleranceOptions",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "redis-username",
                position: Position::cluster(130),
                advice: "Use gcsFaultToleranceOptions.redisUsername instead",
                fixes: &[REMOVE_PARAM],
                check: Check::Cluster(|cluster, _, report| {
                    start_param(cluster, report, "redis-username", "");
                    head_variables(cluster, report, &["REDIS_USERNAME"], "");
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The head's `rayStartParams` sets `redis-username`, or its Ray container \
                       sets `REDIS_USERNAME`, with or without fault tolerance.",
                source: SOURCE,
                messages: &["cannot set redis username in rayStartParams or environment"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {
                                     "rayStartParams": {"redis-username": "ray"}}}}}"#,
                    ),
                    Example::job(head_env!(r#"{"name": "REDIS_USERNAME", "value": "ray"}"#)),
                ],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"rayStartParams": {
                        "redis-username": ""}}}}}"#,
                )],
            },
            cel: &[
                Cel {
                    when: "headParams[?'redis-username'].orValue('') != ''",
                    path: r#"{cluster}.headGroupSpec.rayStartParams["redis-username"]"#,
                    detail: "rayStartParams of the head sets redis-username",
                    ..Cel::NEVER
                },
                Cel {
                    each: "headEnv",
                    when: "item.name == 'REDIS_USERNAME'",
                    path: "{cluster}.headGroupSpec.template.spec.containers[0].env[{i}]",
                    detail: "the head's Ray container sets {item.name}",
                    ..Cel::NEVER
                },
            ],
        },
    ],
};
