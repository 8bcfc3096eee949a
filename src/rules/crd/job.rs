//! The schema of a RayJob and a RayCronJob.

use super::claim::Claim::{Cel, Demand};
use super::claim::Demand::{Presence, Value};
use super::{REFUSED, family};
use crate::example::Example;
use crate::kind::Kind;
use crate::release::Gate;
use crate::release::Release::{V1_3, V1_4, V1_6, V1_7};
use crate::rule::{Check, Releases, Rule};
use crate::rule_doc::RuleDoc;

const JOB: &str = "kuberay v1.7.0 ray-operator/apis/ray/v1/rayjob_types.go:RayJobSpec";
const CRON: &str = "kuberay v1.7.0 ray-operator/apis/ray/v1/raycronjob_types.go:RayCronJobSpec";
const MANAGERS: [&str; 2] = ["ray.io/kuberay-operator", "kueue.x-k8s.io/multikueue"];

family!(
    "API server: the job",
    [
        (
            Rule {
                id: "crd-managed-by-value",
                advice: "Write ray.io/kuberay-operator or kueue.x-k8s.io/multikueue, or remove managedBy",
                ..REFUSED
            },
            RuleDoc {
                what: "The `managedBy` of the job or of its RayCluster names neither the KubeRay operator nor MultiKueue.",
                source: JOB,
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
            [
                Cel("job.managedBy", IS_MANAGER, |it, _| MANAGERS
                    .iter()
                    .any(|&manager| it == manager)),
                Cel("cluster.managedBy", IS_MANAGER, |it, _| MANAGERS
                    .iter()
                    .any(|&manager| it == manager)),
            ],
        ),
        (
            Rule {
                id: "crd-managed-by-immutable",
                advice: "Keep the stored managedBy, or create a new RayJob",
                ..REFUSED
            },
            RuleDoc {
                what: "An update changes the `managedBy` of the job or of its RayCluster. Adding or removing it is not rejected.",
                source: JOB,
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
            [
                Cel("job.managedBy", "self == oldSelf", |it, old| old
                    .is_none_or(|old| it == old)),
                Cel("cluster.managedBy", "self == oldSelf", |it, old| old
                    .is_none_or(|old| it == old)),
            ],
        ),
        (
            Rule {
                id: "crd-deletion-policy-field",
                releases: Releases::between(V1_3, V1_4),
                advice: "Write one of DeleteCluster, DeleteWorkers, DeleteSelf, DeleteNone",
                ..REFUSED
            },
            RuleDoc {
                what: "`deletionPolicy` is not one of the four policies.",
                source: "kuberay v1.4.2 ray-operator/apis/ray/v1/rayjob_types.go:RayJobSpec",
                bad: &[Example::job(r#"{"spec": {"deletionPolicy": "DeleteAll"}}"#)],
                good: &[
                    Example::job(r#"{"spec": {"deletionPolicy": "DeleteCluster"}}"#)
                        .gates(&[(Gate::RayJobDeletionPolicy, true)])
                ],
            },
            [Cel(
                "job.deletionPolicy",
                "self in ['DeleteCluster', 'DeleteWorkers', 'DeleteSelf', 'DeleteNone']",
                |it, _| super::deletion::POLICIES.iter().any(|&policy| it == policy),
            )],
        ),
        (
            Rule {
                id: "crd-pre-running-min",
                releases: Releases::since(V1_6),
                advice: "Set preRunningDeadlineSeconds to 1 or more, or remove it",
                ..REFUSED
            },
            RuleDoc {
                what: "`preRunningDeadlineSeconds` is less than 1.",
                source: JOB,
                bad: &[Example::job(
                    r#"{"spec": {"preRunningDeadlineSeconds": 0}}"#
                )],
                good: &[Example::job(
                    r#"{"spec": {"preRunningDeadlineSeconds": 1}}"#
                )],
            },
            [Demand(Value, "job.preRunningDeadlineSeconds")],
        ),
        (
            Rule {
                id: "crd-cron-required",
                releases: Releases::since(V1_6),
                advice: "Add the missing field",
                check: Check::Schema(Some(Kind::RayCronJob)),
                ..REFUSED
            },
            RuleDoc {
                what: "A RayCronJob has no `schedule` or no `jobTemplate`.",
                source: CRON,
                bad: &[
                    Example::cron(r#"{"spec": {"schedule": null}}"#),
                    Example::cron(r#"{"spec": {"jobTemplate": null}}"#),
                ],
                good: &[Example::cron("{}")],
            },
            [Demand(Presence, "job"), Demand(Presence, "spec.schedule")],
        ),
        (
            Rule {
                id: "crd-cron-timezone-min",
                releases: Releases::since(V1_7),
                advice: "Set timeZone to a time zone such as Europe/Berlin, or remove it",
                check: Check::Schema(Some(Kind::RayCronJob)),
                ..REFUSED
            },
            RuleDoc {
                what: "`timeZone` is an empty string.",
                source: CRON,
                bad: &[Example::cron(r#"{"spec": {"timeZone": ""}}"#)],
                good: &[Example::cron(r#"{"spec": {"timeZone": "Europe/Berlin"}}"#)],
            },
            [Demand(Value, "spec.timeZone")],
        ),
    ]
);

const IS_MANAGER: &str = "self in ['ray.io/kuberay-operator', 'kueue.x-k8s.io/multikueue']";
