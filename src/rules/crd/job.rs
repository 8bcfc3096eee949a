//! The schema of a RayJob and a RayCronJob.

use super::claim::Claim::{Cel, Violation};
use super::claim::Violation::{Invalid, Required};
use super::{REFUSED, SchemaEntry, SchemaFamily};
use crate::example::Example;
use crate::kind::{Kind, Kinds};
use crate::release::Gate;
use crate::release::Release::{V1_3, V1_4, V1_6, V1_7};
use crate::rule::{Releases, Rule};
use crate::rule_doc::RuleDoc;

const JOB: &str = "kuberay v1.7.0 ray-operator/apis/ray/v1/rayjob_types.go:RayJobSpec";
const CRON: &str = "kuberay v1.7.0 ray-operator/apis/ray/v1/raycronjob_types.go:RayCronJobSpec";
const MANAGERS: [&str; 2] = ["ray.io/kuberay-operator", "kueue.x-k8s.io/multikueue"];

pub(super) const FAMILY: SchemaFamily = SchemaFamily {
    title: "API server: the job",
    entries: &[
        SchemaEntry {
            rule: Rule {
                id: "crd-managed-by-value",
                advice: "Write ray.io/kuberay-operator or kueue.x-k8s.io/multikueue, or remove \
                         managedBy",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The `managedBy` of the object or of its RayCluster names neither the \
                       KubeRay operator nor MultiKueue.",
                source: JOB,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"managedBy": "kueue"}}"#),
                    Example::job(r#"{"spec": {"managedBy": ""}}"#),
                    Example::job(r#"{"spec": {"rayClusterSpec": {"managedBy": "me"}}}"#),
                ],
                good: &[
                    Example::job(r#"{"spec": {"managedBy": "ray.io/kuberay-operator"}}"#),
                    Example::job(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#),
                ],
            },
            claims: &[
                Cel("job.managedBy", IS_MANAGER, |it, _| {
                    MANAGERS.iter().any(|&manager| it == manager)
                }),
                Cel("cluster.managedBy", IS_MANAGER, |it, _| {
                    MANAGERS.iter().any(|&manager| it == manager)
                }),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-managed-by-immutable",
                advice: "Keep the stored managedBy, or create a new object",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "An update changes the `managedBy` of the object or of its RayCluster. \
                       Adding or removing it is not refused.",
                source: JOB,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#)
                        .stored(r#"{"spec": {"managedBy": "ray.io/kuberay-operator"}}"#),
                ],
                good: &[
                    Example::job(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#)
                        .stored(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#),
                    Example::job(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#)
                        .stored("{}"),
                    Example::job("{}")
                        .stored(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#),
                ],
            },
            claims: &[
                Cel("job.managedBy", "self == oldSelf", |it, old| {
                    old.is_none_or(|old| it == old)
                }),
                Cel("cluster.managedBy", "self == oldSelf", |it, old| {
                    old.is_none_or(|old| it == old)
                }),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-policy-field",
                kinds: Kinds::only(Kind::RayJob),
                releases: Releases::between(V1_3, V1_4),
                advice: "Write one of DeleteCluster, DeleteWorkers, DeleteSelf, DeleteNone",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`deletionPolicy` is not one of the four policies.",
                source: "kuberay v1.4.2 ray-operator/apis/ray/v1/rayjob_types.go:RayJobSpec",
                messages: &[],
                bad: &[Example::job(r#"{"spec": {"deletionPolicy": "DeleteAll"}}"#)],
                good: &[
                    Example::job(r#"{"spec": {"deletionPolicy": "DeleteCluster"}}"#)
                        .gates(&[(Gate::RayJobDeletionPolicy, true)]),
                ],
            },
            claims: &[Cel(
                "job.deletionPolicy",
                "self in ['DeleteCluster', 'DeleteWorkers', 'DeleteSelf', 'DeleteNone']",
                |it, _| super::deletion::POLICIES.iter().any(|&policy| it == policy),
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-pre-running-min",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_6),
                advice: "Set preRunningDeadlineSeconds to 1 or more, or remove it",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`preRunningDeadlineSeconds` is less than 1.",
                source: JOB,
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"preRunningDeadlineSeconds": 0}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"preRunningDeadlineSeconds": 1}}"#,
                )],
            },
            claims: &[Violation(Invalid, "job.preRunningDeadlineSeconds")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-cron-required",
                releases: Releases::since(V1_6),
                advice: "Add the missing field",
                kinds: Kinds::only(Kind::RayCronJob),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A RayCronJob has no `schedule` or no `jobTemplate`.",
                source: CRON,
                messages: &[],
                bad: &[
                    Example::cron(r#"{"spec": {"schedule": null}}"#),
                    Example::cron(r#"{"spec": {"jobTemplate": null}}"#),
                ],
                good: &[Example::cron("{}")],
            },
            claims: &[
                Violation(Required, "job"),
                Violation(Required, "spec.schedule"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-cron-timezone-min",
                releases: Releases::since(V1_7),
                advice: "Set timeZone to a time zone such as Europe/Berlin, or remove it",
                kinds: Kinds::only(Kind::RayCronJob),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`timeZone` is an empty string.",
                source: CRON,
                messages: &[],
                bad: &[Example::cron(r#"{"spec": {"timeZone": ""}}"#)],
                good: &[Example::cron(r#"{"spec": {"timeZone": "Europe/Berlin"}}"#)],
            },
            claims: &[Violation(Invalid, "spec.timeZone")],
        },
    ],
};

const IS_MANAGER: &str = "self in ['ray.io/kuberay-operator', 'kueue.x-k8s.io/multikueue']";
