//! Rules that apply to all parts of the schema.

use super::super::head;
use super::claim::Claim::Violation;
use super::claim::Violation::{
    Deprecated, Duplicate, Invalid, NotServed, Required, TypeInvalid, UnknownField,
};
use super::{PROPOSED, REFUSED, SchemaEntry, SchemaFamily};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::release::Release::{V1_4, V1_5, V1_6, V1_7};
use crate::rule::{Level, Origin, Releases, Rule};
use crate::rule_doc::RuleDoc;

const SOURCE: &str = "kuberay v1.7.0 ray-operator/config/crd/bases/ray.io_rayjobs.yaml";

pub(super) const FAMILY: SchemaFamily = SchemaFamily {
    title: "API server: any field",
    entries: &[
        SchemaEntry {
            rule: Rule {
                id: "crd-not-served",
                advice: "Use a kind and an apiVersion that the release serves",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The release does not serve this `kind` in this `apiVersion`. RayJobs, \
                       RayClusters and RayServices are served as `ray.io/v1` and \
                       `ray.io/v1alpha1`, and RayCronJobs, since 1.6, as `ray.io/v1`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::cron("{}").on(V1_5),
                    Example::job(r#"{"apiVersion": "ray.io/v2"}"#),
                ],
                good: &[Example::cron("{}").on(V1_6)],
            },
            claims: &[Violation(NotServed, "")],
        },
        SchemaEntry {
            rule: Rule {
                id: "trap-v1alpha1",
                origin: Origin::Trap,
                releases: Releases::since(V1_7),
                // The object works until an upgrade.
                level: Level::Warn,
                why: "the API server warns that it is deprecated, and KubeRay 1.9 will not serve \
                      it",
                advice: "Write ray.io/v1",
                fixes: &[FixTemplate {
                    title: "use ray.io/v1",
                    safe: true,
                    edits: &[Edit::Set(At::Finding, "\"ray.io/v1\"")],
                }],
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`apiVersion` is `ray.io/v1alpha1`, which KubeRay 1.7 deprecated. This rule \
                       applies to files: at admission the API server itself gives the warning. In \
                       all releases, each field that this version does not have is a \
                       `trap-unknown-field`.",
                source: "kuberay v1.7.0 ray-operator/apis/ray/v1alpha1/rayjob_types.go:RayJob",
                messages: &[],
                bad: &[Example::job(r#"{"apiVersion": "ray.io/v1alpha1"}"#)],
                good: &[
                    Example::job("{}"),
                    Example::job(r#"{"apiVersion": "ray.io/v1alpha1"}"#).on(V1_6),
                ],
            },
            claims: &[Violation(Deprecated, "")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-pod-template-shape",
                advice: "Add the missing fields, and give each list item a unique name",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The pod template of the head, of a worker group or of the submitter lacks \
                       a required field, such as `containers` in its `spec` or the `name` of a \
                       container or variable, or a list has duplicate items: two containers or \
                       two variables with the same name, or two mounts with the same `mountPath`. \
                       An empty list of containers is not refused.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                           "env": [{"name": "A"}, {"name": "A"}]}]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [{"name": "a"}, {"name": "a"}]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {
                            "containers": [{"image": "rayproject/ray:2.52.0"}]}}"#
                    )),
                    Example::job(head!(r#""template": {"spec": {"containers": null}}"#)),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"containers": [
                      {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                       "env": [{"name": "A"}, {"name": "B"}]}]}}"#
                ))],
            },
            claims: &[
                Violation(Required, "cluster.headGroupSpec.template.*"),
                Violation(Required, "cluster.workerGroupSpecs[].template.*"),
                Violation(Required, "job.submitterPodTemplate.*"),
                Violation(Duplicate, "cluster.headGroupSpec.template.*"),
                Violation(Duplicate, "cluster.workerGroupSpecs[].template.*"),
                Violation(Duplicate, "job.submitterPodTemplate.*"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-types",
                advice: "Write a value of the field's type",
                fixes: &[FixTemplate {
                    title: "put the value in quotes",
                    safe: true,
                    edits: &[Edit::SetProposed],
                }],
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A value does not have its field's type: a number or a boolean in quotes, a \
                       number instead of a string, a list instead of its only item, `0.5` as a \
                       quantity, a whole number beyond 32 bits, or a label selector in \
                       `clusterSelector`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"ttlSecondsAfterFinished": "60"}}"#),
                    Example::job(r#"{"spec": {"rayClusterSpec": {"rayVersion": 2.5}}}"#),
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                           "resources": {"limits": {"cpu": 0.5}}}]}}"#
                    )),
                    Example::job(r#"{"metadata": {"labels": {"team": 7}}}"#),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                               "clusterSelector": {"matchLabels": {"ray.io/cluster": "shared"}}}}"#,
                    ),
                ],
                good: &[
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                           "resources": {"limits": {"cpu": 2}}}]}}"#
                    )),
                    Example::job(r#"{"metadata": {"labels": {"team": "7"}}}"#),
                ],
            },
            claims: &[Violation(TypeInvalid, "*")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-required",
                advice: "Add the missing field",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A required field that no other rule covers is missing: the `port` of a \
                       service or, in `ray.io/v1alpha1`, the `entrypoint`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""headService": {"spec": {"ports": [{"name": "web"}]}}"#
                    )),
                    Example::job(
                        r#"{"apiVersion": "ray.io/v1alpha1",
                                     "spec": {"entrypoint": null}}"#,
                    )
                    .on(V1_6),
                ],
                good: &[Example::job(head!(
                    r#""headService": {"spec": {"ports": [{"port": 80}]}}"#
                ))],
            },
            claims: &[Violation(Required, "*")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-value",
                advice: "Write a value that the field accepts",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A field that no other rule covers has an invalid value: an invalid \
                       quantity or an invalid time.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""headService": {"status": {"conditions": [{"type": "Ready",
                           "status": "true", "reason": "Up", "message": "",
                           "lastTransitionTime": "2026-01-31T12:00:00Z"}]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                           "resources": {"limits": {"memory": "16GB"}}}]}}"#
                    )),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"containers": [
                      {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                       "resources": {"limits": {"memory": "16G"}}}]}}"#
                ))],
            },
            claims: &[Violation(Invalid, "*")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-duplicate",
                advice: "Give each item a unique key, or remove the duplicate",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A list that no other rule covers has duplicate items: two ports of a \
                       service with the same number and protocol (`TCP` by default).",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(head!(
                    r#""headService": {"spec": {"ports": [{"name": "a", "port": 80},
                       {"name": "b", "port": 80, "protocol": "TCP"}]}}"#
                ))],
                good: &[Example::job(head!(
                    r#""headService": {"spec": {"ports": [{"name": "a", "port": 80},
                       {"name": "b", "port": 80, "protocol": "UDP"}]}}"#
                ))],
            },
            claims: &[Violation(Duplicate, "*")],
        },
        SchemaEntry {
            rule: Rule {
                id: "trap-unknown-field",
                origin: Origin::Trap,
                why: "kubectl refuses the object, and other clients silently lose the field",
                advice: "Use a field that the release has, or remove it",
                fixes: &[
                    FixTemplate {
                        title: "use the most likely field",
                        safe: false,
                        edits: &[Edit::RenameProposed],
                    },
                    FixTemplate {
                        title: "remove the field",
                        safe: false,
                        edits: &[Edit::RemoveProposed],
                    },
                ],
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A field does not exist in this release and `apiVersion`: it is misspelled, \
                       in the wrong place, or from another release. kubectl asks the API server \
                       to refuse unknown fields (`--validate=strict`, its default). For other \
                       clients, the API server drops them. This rule applies to files: at \
                       admission the fields are already gone.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"backofLimit": 2}}"#),
                    Example::job(r#"{"spec": {"rayVersion": "2.52.0"}}"#),
                    Example::job(r#"{"spec": {"preRunningDeadlineSeconds": 60}}"#).on(V1_5),
                    Example::job(
                        r#"{"apiVersion": "ray.io/v1alpha1",
                                     "spec": {"backoffLimit": 2}}"#,
                    )
                    .on(V1_6),
                    Example::job(r#"{"metadata": {"lables": {}}}"#),
                    // {"pip": ["torch"], "envVars": {"A": "b"}}
                    Example::job(
                        r#"{"spec": {
                          "runtimeEnv":
                          "eyJwaXAiOiBbInRvcmNoIl0sICJlbnZWYXJzIjogeyJBIjogImIifX0="}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"runtimeEnv": {"workingDir": "https://example.com/a.zip",
                                     "pip": ["torch"]}}}"#,
                    ),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"runtimeEnv": {"pip": ["torch"]}}}}"#,
                    ),
                    Example::job(head!(r#""replicas": 1"#)),
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0"}],
                           "resourceClaims": [{"name": "gpu",
                             "source": {"resourceClaimTemplateName": "single-gpu"}}]}}"#
                    )),
                    Example::job(r#"{"spec": {"deletionPolicy": "DeleteCluster"}}"#),
                    Example::job(r#"{"spec": {"deletionStrategy": {}}}"#).on(V1_4),
                ],
                good: &[
                    Example::job(r#"{"spec": {"backoffLimit": 2}}"#),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML": "pip: [torch]\nenv_vars:\n  A: b\n"}}"#,
                    ),
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0"}],
                           "resourceClaims": [{"name": "gpu",
                             "resourceClaimTemplateName": "single-gpu"}]}}"#
                    )),
                ],
            },
            claims: &[Violation(UnknownField, "*")],
        },
    ],
};
