//! Fault tolerance of the GCS, which stores the state of a Ray cluster.

use super::{cluster, family, head_env, managed};
use crate::cel::Cel;
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Path, Quoted};
use crate::kind::Kind;
use crate::raycluster::GcsFaultToleranceOptions;
use crate::release::Release::{V1_3, V1_4};
use crate::rule::{Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Returns `gcsFaultToleranceOptions`, if set.
pub(super) fn options<'s>(context: &Context<'s>) -> Option<&'s GcsFaultToleranceOptions<'s>> {
    context.cluster()?.gcs_fault_tolerance_options.as_ref()
}

/// Reports each variable of the head's Ray container that is in `names`.
pub(super) fn head_variables(
    context: &Context<'_>,
    report: &mut Report,
    names: &[&'static str],
    but: &str,
) {
    let Some(head) = context.head() else { return };
    let Some(container) = head.ray_container() else {
        return;
    };
    managed::each_env(&container.env, names, |index, name| {
        let path = head.ray_container_path("env", index);
        report.add(path, format!("the head's Ray container sets {name}{but}"));
    });
}

/// Reports a value in the head's `rayStartParams`, without showing it.
fn start_param(context: &Context<'_>, report: &mut Report, name: &'static str, but: &str) {
    let Some(head) = context.head() else { return };
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
    releases: Releases::since(V1_4).or_child_since(V1_3),
    why: "KubeRay requires all fault tolerance settings in gcsFaultToleranceOptions",
    ..Rule::OPERATOR
};

const SOURCE: &str =
    "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";

family!("Fault tolerance", [
    (
        Rule {
            id: "ft-annotation-and-options",
            position: Position::cluster(6),
            kind: Some(Kind::RayJob),
            advice: "Remove the annotation",
            fixes: &[
                REMOVE_ANNOTATION,
                FixTemplate {
                    title: "remove gcsFaultToleranceOptions",
                    safe: false,
                    edits: &[Edit::Remove(At::Job("rayClusterSpec.gcsFaultToleranceOptions"))],
                },
            ],
            check: |context, report| {
                let enabled = context.annotation(FT_ENABLED);
                if !enabled.is_empty() && options(context).is_some() {
                    report.add(
                        annotation(FT_ENABLED),
                        format!("{FT_ENABLED} is {}{BESIDE}", Quoted(enabled)),
                    );
                }
            },
            ..RULE
        },
        RuleDoc {
            what: "The annotation `ray.io/ft-enabled` has a value, even `false`, and `gcsFaultToleranceOptions` is \
               set.",
            source: SOURCE,
            bad: &[
                Example::job(
                    r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "true"}},
                        "spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}}}}"#,
                ),
                Example::job(
                    r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "false"}},
                        "spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}}}}"#,
                )
                .on(V1_3),
            ],
            good: &[
                Example::job(
                    r#"{"metadata": {"annotations": {"ray.io/ft-enabled": ""}},
                        "spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}}}}"#,
                ),
                Example::job(r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "true"}}}"#),
            ],
        },
        &[
            Cel {
                when: "ft.hasValue() && annotations[?'ray.io/ft-enabled'].orValue('') != ''",
                path: r#"metadata.annotations["ray.io/ft-enabled"]"#,
                detail: "ray.io/ft-enabled is {quoted(annotations['ray.io/ft-enabled'])} alongside gcsFaultToleranceOptions",
                ..Cel::NEVER
            },
        ],
    ),
    (
        Rule {
            id: "redis-address-env-without-ft",
            position: Position::cluster(7),
            why: "the variable makes Ray store its state in Redis without KubeRay knowing",
            advice: "Set gcsFaultToleranceOptions.redisAddress instead",
            fixes: &[REMOVE_ENV],
            check: |context, report| {
                let annotated = context.annotation(FT_ENABLED).eq_ignore_ascii_case("true");
                if !annotated && options(context).is_none() {
                    let but = ", but gcsFaultToleranceOptions is not set";
                    head_variables(context, report, &["RAY_REDIS_ADDRESS"], but);
                }
            },
            ..RULE
        },
        RuleDoc {
            what: "The head's Ray container sets `RAY_REDIS_ADDRESS`, but `gcsFaultToleranceOptions` is not set and \
                   the annotation `ray.io/ft-enabled` is not true. The jobs of a RayCronJob have no annotations.",
            source: SOURCE,
            bad: &[
                Example::job(head_env!(r#"{"name": "RAY_REDIS_ADDRESS", "value": "redis:6379"}"#)),
                Example::cron(
                    r#"{"spec": {"jobTemplate": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {"containers": [
                          {"name": "ray-head", "env": [{"name": "RAY_REDIS_ADDRESS", "value": "redis:6379"}]}]}}}}}}}"#,
                ),
            ],
            good: &[
                Example::job(
                    r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "TRUE"}},
                        "spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {"containers": [
                          {"name": "ray-head", "env": [{"name": "RAY_REDIS_ADDRESS", "value": "redis:6379"}]}]}}}}}}"#,
                ),
                Example::job(head_env!(r#"{"name": "REDIS_ADDRESS", "value": "redis:6379"}"#)),
            ],
        },
        &[
            Cel {
                each: "headEnv",
                when: "!ft.hasValue() && annotations[?'ray.io/ft-enabled'].orValue('').lowerAscii() != 'true' && item.name == 'RAY_REDIS_ADDRESS'",
                path: "{job}.rayClusterSpec.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the head's Ray container sets {item.name}, but gcsFaultToleranceOptions is not set",
                ..Cel::NEVER
            },
        ],
    ),
    (
        Rule {
            id: "ft-redis-password-start-param",
            position: Position::cluster(8),
            advice: "Use gcsFaultToleranceOptions.redisPassword instead",
            fixes: &[REMOVE_PARAM],
            check: |context, report| {
                if options(context).is_some() {
                    start_param(context, report, "redis-password", BESIDE);
                }
            },
            ..RULE
        },
        RuleDoc {
            what: "`gcsFaultToleranceOptions` is set, and the head's `rayStartParams` sets `redis-password`.",
            source: SOURCE,
            bad: &[Example::job(
                r#"{"spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {"redisAddress": "redis:6379"},
                     "headGroupSpec": {"rayStartParams": {"redis-password": "secret"}}}}}"#,
            )],
            good: &[Example::job(
                r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"rayStartParams": {"redis-password": "secret"}}}}}"#,
            )],
        },
        &[
            Cel {
                when: "ft.hasValue() && headParams[?'redis-password'].orValue('') != ''",
                path: r#"{job}.rayClusterSpec.headGroupSpec.rayStartParams["redis-password"]"#,
                detail: "rayStartParams of the head sets redis-password alongside gcsFaultToleranceOptions",
                ..Cel::NEVER
            },
        ],
    ),
    (
        Rule {
            id: "ft-redis-password-env",
            position: Position::cluster(9),
            advice: "Use gcsFaultToleranceOptions.redisPassword instead",
            fixes: &[REMOVE_ENV],
            check: |context, report| {
                if options(context).is_some() {
                    head_variables(context, report, &["REDIS_PASSWORD"], BESIDE);
                }
            },
            ..RULE
        },
        RuleDoc {
            what: "`gcsFaultToleranceOptions` is set, and the head's Ray container sets `REDIS_PASSWORD`.",
            source: SOURCE,
            bad: &[Example::job(head_env!(
                r#"{"name": "REDIS_PASSWORD", "value": "secret"}"#,
                r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}"#
            ))],
            good: &[Example::job(head_env!(r#"{"name": "REDIS_PASSWORD", "value": "secret"}"#))],
        },
        &[
            Cel {
                each: "headEnv",
                when: "ft.hasValue() && item.name == 'REDIS_PASSWORD'",
                path: "{job}.rayClusterSpec.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the head's Ray container sets {item.name} alongside gcsFaultToleranceOptions",
                ..Cel::NEVER
            },
        ],
    ),
    (
        Rule {
            id: "ft-redis-address-env",
            position: Position::cluster(10),
            advice: "Use gcsFaultToleranceOptions.redisAddress instead",
            fixes: &[REMOVE_ENV],
            check: |context, report| {
                if options(context).is_some() {
                    head_variables(context, report, &["RAY_REDIS_ADDRESS"], BESIDE);
                }
            },
            ..RULE
        },
        RuleDoc {
            what: "`gcsFaultToleranceOptions` is set, and the head's Ray container sets `RAY_REDIS_ADDRESS`.",
            source: SOURCE,
            bad: &[Example::job(head_env!(
                r#"{"name": "RAY_REDIS_ADDRESS", "value": "redis:6379"}"#,
                r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}"#
            ))],
            good: &[Example::job(cluster!(
                r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}"#
            ))],
        },
        &[
            Cel {
                each: "headEnv",
                when: "ft.hasValue() && item.name == 'RAY_REDIS_ADDRESS'",
                path: "{job}.rayClusterSpec.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the head's Ray container sets {item.name} alongside gcsFaultToleranceOptions",
                ..Cel::NEVER
            },
        ],
    ),
    (
        Rule {
            id: "ft-external-storage-annotation",
            position: Position::cluster(11),
            kind: Some(Kind::RayJob),
            advice: "Use gcsFaultToleranceOptions.externalStorageNamespace instead",
            fixes: &[REMOVE_ANNOTATION],
            check: |context, report| {
                let namespace = context.annotation(STORAGE_NAMESPACE);
                if !namespace.is_empty() && options(context).is_some() {
                    report.add(
                        annotation(STORAGE_NAMESPACE),
                        format!("{STORAGE_NAMESPACE} is {}{BESIDE}", Quoted(namespace)),
                    );
                }
            },
            ..RULE
        },
        RuleDoc {
            what: "The annotation `ray.io/external-storage-namespace` is not empty and `gcsFaultToleranceOptions` is set.",
            source: SOURCE,
            bad: &[Example::job(
                r#"{"metadata": {"annotations": {"ray.io/external-storage-namespace": "train"}},
                    "spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}}}}"#,
            )],
            good: &[Example::job(
                r#"{"metadata": {"annotations": {"ray.io/external-storage-namespace": "train"}}}"#,
            )],
        },
        &[
            Cel {
                when: "ft.hasValue() && annotations[?'ray.io/external-storage-namespace'].orValue('') != ''",
                path: r#"metadata.annotations["ray.io/external-storage-namespace"]"#,
                detail: "ray.io/external-storage-namespace is {quoted(annotations['ray.io/external-storage-namespace'])} alongside gcsFaultToleranceOptions",
                ..Cel::NEVER
            },
        ],
    ),
    (
        Rule {
            id: "redis-username",
            position: Position::cluster(13),
            advice: "Use gcsFaultToleranceOptions.redisUsername instead",
            fixes: &[REMOVE_PARAM],
            check: |context, report| {
                start_param(context, report, "redis-username", "");
                head_variables(context, report, &["REDIS_USERNAME"], "");
            },
            ..RULE
        },
        RuleDoc {
            what: "The head's `rayStartParams` sets `redis-username`, or its Ray container sets `REDIS_USERNAME`, with \
                   or without fault tolerance.",
            source: SOURCE,
            bad: &[
                Example::job(
                    r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"rayStartParams": {"redis-username": "ray"}}}}}"#,
                ),
                Example::job(head_env!(r#"{"name": "REDIS_USERNAME", "value": "ray"}"#)),
            ],
            good: &[Example::job(
                r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"rayStartParams": {"redis-username": ""}}}}}"#,
            )],
        },
        &[
            Cel {
                when: "headParams[?'redis-username'].orValue('') != ''",
                path: r#"{job}.rayClusterSpec.headGroupSpec.rayStartParams["redis-username"]"#,
                detail: "rayStartParams of the head sets redis-username",
                ..Cel::NEVER
            },
            Cel {
                each: "headEnv",
                when: "item.name == 'REDIS_USERNAME'",
                path: "{job}.rayClusterSpec.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the head's Ray container sets {item.name}",
                ..Cel::NEVER
            },
        ],
    ),
]);
