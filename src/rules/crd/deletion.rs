//! The schema of `deletionStrategy`.

use super::claim::Claim::{Cel, Violation};
use super::claim::Violation::{Invalid, Required};
use super::claim::has;
use super::{REFUSED, SchemaEntry, SchemaFamily};
use crate::example::Example;
use crate::kind::{Kind, Kinds};
use crate::release::Gate;
use crate::release::Release::{V1_5, V1_6};
use crate::rule::{Releases, Rule};
use crate::rule_doc::RuleDoc;

const SOURCE: &str = "kuberay v1.7.0 ray-operator/apis/ray/v1/rayjob_types.go:DeletionStrategy";

pub(super) const POLICIES: [&str; 4] =
    ["DeleteCluster", "DeleteWorkers", "DeleteSelf", "DeleteNone"];

/// The patch that gives a job one deletion rule.
macro_rules! rule {
    ($rule:literal) => {
        concat!(
            r#"{"spec": {"deletionStrategy": {"deletionRules": ["#,
            $rule,
            "]}}}"
        )
    };
}

/// The patch that gives a job one deletion rule with this condition.
macro_rules! condition {
    ($condition:literal) => {
        concat!(
            r#"{"spec": {"deletionStrategy": {"deletionRules": [
                 {"policy": "DeleteCluster", "condition": "#,
            $condition,
            "}]}}}"
        )
    };
}

pub(super) const FAMILY: SchemaFamily = SchemaFamily {
    title: "API server: deletion after a job",
    entries: &[
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-exclusive",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_5),
                advice: "Keep deletionRules, and remove onSuccess and onFailure",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`deletionStrategy` has `deletionRules` together with `onSuccess` or \
                       `onFailure`.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteSelf"},
                        "deletionRules": [{"policy": "DeleteCluster",
                          "condition": {"jobStatus": "FAILED"}}]}}}"#,
                )],
                good: &[Example::job(condition!(r#"{"jobStatus": "FAILED"}"#))],
            },
            claims: &[Cel(
                "job.deletionStrategy",
                "!((has(self.onSuccess) || has(self.onFailure)) && has(self.deletionRules))",
                |it, _| {
                    !((has(it, "onSuccess") || has(it, "onFailure")) && has(it, "deletionRules"))
                },
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-complete",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_5),
                advice: "Write deletionRules, or both onSuccess and onFailure",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`deletionStrategy` has neither `deletionRules` nor both `onSuccess` and \
                       `onFailure`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"deletionStrategy": {}}}"#),
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"onSuccess": {
                                     "policy": "DeleteSelf"}}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteSelf"},
                        "onFailure": {"policy": "DeleteCluster"}}}}"#,
                )],
            },
            claims: &[Cel(
                "job.deletionStrategy",
                "((has(self.onSuccess) && has(self.onFailure)) || has(self.deletionRules))",
                |it, _| (has(it, "onSuccess") && has(it, "onFailure")) || has(it, "deletionRules"),
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-rules-min",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_5),
                advice: "Add a rule, or remove deletionStrategy",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`deletionRules` is an empty list.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": []}}}"#,
                )],
                good: &[Example::job(condition!(r#"{"jobStatus": "SUCCEEDED"}"#))],
            },
            claims: &[Violation(Invalid, "job.deletionStrategy.deletionRules")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-rule-required",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_5),
                advice: "Give each rule a policy and a condition",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A deletion rule has no `policy` or no `condition`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(rule!(r#"{"policy": "DeleteSelf"}"#)),
                    Example::job(rule!(r#"{"condition": {"jobStatus": "FAILED"}}"#)),
                ],
                good: &[Example::job(rule!(
                    r#"{"policy": "DeleteSelf", "condition": {"jobStatus": "FAILED"}}"#
                ))],
            },
            claims: &[
                Violation(Required, "job.deletionStrategy.deletionRules[].policy"),
                Violation(Required, "job.deletionStrategy.deletionRules[].condition"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-policy-enum",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_5),
                advice: "Write one of DeleteCluster, DeleteWorkers, DeleteSelf, DeleteNone",
                fixes: super::PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A `policy` of `deletionStrategy` is not one of the four policies.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(rule!(
                        r#"{"policy": "deleteSelf", "condition": {"jobStatus": "FAILED"}}"#
                    )),
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "Delete"},
                                     "onFailure": {}}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteNone"},
                        "onFailure": {"policy": "DeleteWorkers"}}}}"#,
                )],
            },
            claims: &[
                Violation(Invalid, "job.deletionStrategy.deletionRules[].policy"),
                Violation(Invalid, "job.deletionStrategy.onSuccess.policy"),
                Violation(Invalid, "job.deletionStrategy.onFailure.policy"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-job-status-required",
                kinds: Kinds::only(Kind::RayJob),
                releases: Releases::between(V1_5, V1_5),
                advice: "Set jobStatus to SUCCEEDED or FAILED",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The `condition` of a deletion rule has no `jobStatus`.",
                source: "kuberay v1.5.2 ray-operator/apis/ray/v1/rayjob_types.go:DeletionCondition",
                messages: &[],
                bad: &[Example::job(condition!(r#"{"ttlSeconds": 60}"#))],
                good: &[
                    Example::job(condition!(r#"{"jobStatus": "FAILED", "ttlSeconds": 60}"#))
                        .gates(&[(Gate::RayJobDeletionPolicy, true)]),
                ],
            },
            claims: &[Violation(
                Required,
                "job.deletionStrategy.deletionRules[].condition.jobStatus",
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-job-status-enum",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_5),
                advice: "Write SUCCEEDED or FAILED",
                fixes: super::PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The `jobStatus` of a deletion rule is neither `SUCCEEDED` nor `FAILED`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(condition!(r#"{"jobStatus": "Failed"}"#)),
                    Example::job(condition!(r#"{"jobStatus": "STOPPED"}"#)),
                ],
                good: &[Example::job(condition!(r#"{"jobStatus": "SUCCEEDED"}"#))],
            },
            claims: &[Violation(
                Invalid,
                "job.deletionStrategy.deletionRules[].condition.jobStatus",
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-deployment-status-enum",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_6),
                advice: "Write Failed",
                fixes: super::PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The `jobDeploymentStatus` of a deletion rule is not `Failed`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(condition!(r#"{"jobDeploymentStatus": "FAILED"}"#)),
                    Example::job(condition!(r#"{"jobDeploymentStatus": "Complete"}"#)),
                ],
                good: &[Example::job(condition!(
                    r#"{"jobDeploymentStatus": "Failed"}"#
                ))],
            },
            claims: &[Violation(
                Invalid,
                "job.deletionStrategy.deletionRules[].condition.jobDeploymentStatus",
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-condition-one-of",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_6),
                advice: "Write either jobStatus or jobDeploymentStatus, in a separate rule for \
                         each",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The `condition` of a deletion rule has both `jobStatus` and \
                       `jobDeploymentStatus`, or neither.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(condition!(
                        r#"{"jobStatus": "FAILED", "jobDeploymentStatus": "Failed"}"#
                    )),
                    Example::job(condition!(r#"{"ttlSeconds": 60}"#)),
                ],
                good: &[Example::job(condition!(
                    r#"{"jobDeploymentStatus": "Failed", "ttlSeconds": 60}"#
                ))],
            },
            claims: &[
                Cel(
                    "job.deletionStrategy.deletionRules[].condition",
                    "!(has(self.jobStatus) && has(self.jobDeploymentStatus))",
                    |it, _| !(has(it, "jobStatus") && has(it, "jobDeploymentStatus")),
                ),
                Cel(
                    "job.deletionStrategy.deletionRules[].condition",
                    "has(self.jobStatus) || has(self.jobDeploymentStatus)",
                    |it, _| has(it, "jobStatus") || has(it, "jobDeploymentStatus"),
                ),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-deletion-ttl-min",
                kinds: Kinds::JOBS,
                releases: Releases::since(V1_5),
                advice: "Set ttlSeconds to 0 or more",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The `ttlSeconds` of a deletion rule is negative.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(condition!(
                    r#"{"jobStatus": "FAILED", "ttlSeconds": -1}"#
                ))],
                good: &[Example::job(condition!(
                    r#"{"jobStatus": "FAILED", "ttlSeconds": 0}"#
                ))],
            },
            claims: &[Violation(
                Invalid,
                "job.deletionStrategy.deletionRules[].condition.ttlSeconds",
            )],
        },
    ],
};
