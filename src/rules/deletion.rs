//! Deletion after the job ends: the fields themselves.

use super::{Entry, Family, gate};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::json::Quoted;
use crate::release::Gate::RayJobDeletionPolicy;
use crate::release::Release::{V1_3, V1_4, V1_5};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Whether the policy deletes part of the RayCluster, which a job may do only to
/// its own cluster.
pub(super) fn cuts_cluster(policy: &str) -> bool {
    matches!(policy, "DeleteCluster" | "DeleteWorkers")
}

/// Returns `deletionPolicy`, if set.
fn old_policy(job: Job<'_>) -> Option<&str> {
    job.spec.deletion_policy.as_deref()
}

const OLD_SOURCE: &str = "kuberay v1.4.2 \
                          ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec";

/// The releases that have `deletionPolicy`.
const OLD: Releases = Releases::between(V1_3, V1_4);

pub(super) const SELECTOR_WHY: &str = "the RayCluster does not belong to the job, so KubeRay \
                                       deletes no part of it";
pub(super) const SELECTOR_ADVICE: &str =
    "Use DeleteNone, or replace clusterSelector with rayClusterSpec";
pub(super) const SELECTOR_FIXES: &[FixTemplate] = &[FixTemplate {
    title: "use DeleteNone: nothing is deleted",
    safe: false,
    edits: &[Edit::Set(At::Finding, "\"DeleteNone\"")],
}];

/// Describes a policy on a RayCluster that does not belong to the job.
pub(super) fn on_selected(policy: &str) -> String {
    format!("policy {policy} on a job that runs on an existing RayCluster")
}

pub(super) const AUTOSCALING_WHY: &str =
    "KubeRay deletes workers by suspending their groups, which the autoscaler does not support";
pub(super) const AUTOSCALING_ADVICE: &str =
    "Use DeleteCluster, or set enableInTreeAutoscaling to false";
pub(super) const AUTOSCALING_FIXES: &[FixTemplate] = &[
    FixTemplate {
        title: "use DeleteCluster, which also deletes the head",
        safe: false,
        edits: &[Edit::Set(At::Finding, "\"DeleteCluster\"")],
    },
    FixTemplate {
        title: "set enableInTreeAutoscaling to false",
        safe: false,
        edits: &[Edit::Set(At::Cluster("enableInTreeAutoscaling"), "false")],
    },
];

/// Describes `DeleteWorkers` with the autoscaler enabled.
pub(super) const WORKERS_AUTOSCALED: &str =
    "policy DeleteWorkers, but enableInTreeAutoscaling is true";

pub(super) const NONE_WHY: &str = "one keeps the RayCluster and the other deletes it";
pub(super) const NONE_ADVICE: &str = "Remove shutdownAfterJobFinishes, or use DeleteCluster";
pub(super) const NONE_FIXES: &[FixTemplate] = &[
    FixTemplate {
        title: "remove shutdownAfterJobFinishes: KubeRay keeps the RayCluster",
        safe: false,
        edits: &[Edit::Remove(At::Job("shutdownAfterJobFinishes"))],
    },
    FixTemplate {
        title: "use DeleteCluster: KubeRay deletes the RayCluster",
        safe: false,
        edits: &[Edit::Set(At::Finding, "\"DeleteCluster\"")],
    },
];

/// Describes `DeleteNone` with `shutdownAfterJobFinishes`.
pub(super) const NONE_SHUT_DOWN: &str = "policy DeleteNone, but shutdownAfterJobFinishes is true";

const USE_SHUTDOWN: FixTemplate = FixTemplate {
    title: "use shutdownAfterJobFinishes instead, which deletes the RayCluster",
    safe: false,
    edits: &[
        Edit::Remove(At::Finding),
        Edit::Set(At::Job("shutdownAfterJobFinishes"), "true"),
    ],
};

pub(super) const FAMILY: Family = Family {
    title: "Deletion",
    entries: &[
        Entry {
            rule: Rule {
                id: "deletion-gate-off",
                position: Position::job(40),
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, false)),
                why: gate::WHY,
                advice: "Use shutdownAfterJobFinishes, or enable the gate in the operator and in \
                         the settings of this policy",
                fixes: &[
                    FixTemplate {
                        title: "remove deletionStrategy",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    USE_SHUTDOWN,
                ],
                check: Check::Job(|job, _, report| {
                    if job.deletion_strategy.is_some() {
                        report.add(
                            job.path("deletionStrategy"),
                            gate::off("deletionStrategy is set", RayJobDeletionPolicy),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`deletionStrategy` is set, even to `{}`, while the feature gate \
                       `RayJobDeletionPolicy` is off, its default in 1.5.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                         validation.go:validateDeletionConfiguration",
                messages: &["RayJobDeletionPolicy feature gate must be enabled to use \
                             DeletionStrategy"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"onSuccess": {
                                       "policy": "DeleteCluster"},
                                     "onFailure": {"policy": "DeleteNone"}}}}"#,
                    ),
                    Example::job(r#"{"spec": {"deletionStrategy": {}}}"#).on(V1_5),
                ],
                good: &[Example::job(
                    r#"{"spec": {"shutdownAfterJobFinishes": true}}"#,
                )],
            },
            cel: &[Cel {
                when: "strategy.hasValue()",
                path: "{job}.deletionStrategy",
                detail: "deletionStrategy is set, but the operator's feature gate \
                         RayJobDeletionPolicy is off",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-rules-with-shutdown",
                position: Position::job(50),
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, true)),
                why: "deletionRules already specifies what KubeRay deletes",
                advice: "Remove shutdownAfterJobFinishes and ttlSecondsAfterFinished, or remove \
                         deletionStrategy",
                fixes: &[
                    FixTemplate {
                        title: "remove shutdownAfterJobFinishes",
                        safe: false,
                        edits: &[Edit::Remove(At::Job("shutdownAfterJobFinishes"))],
                    },
                    FixTemplate {
                        title: "remove deletionStrategy",
                        safe: false,
                        edits: &[Edit::Remove(At::Job("deletionStrategy"))],
                    },
                ],
                check: Check::Job(|job, _, report| {
                    let rules = job
                        .deletion_strategy
                        .as_ref()
                        .map_or(0, |d| d.deletion_rules.len());
                    if rules > 0 && job.shuts_down() {
                        report.add(
                            job.path("deletionStrategy.deletionRules"),
                            "deletionRules is not empty, but shutdownAfterJobFinishes is true",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`deletionRules` is not empty and `shutdownAfterJobFinishes` is true.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                         validation.go:validateDeletionConfiguration",
                messages: &["spec.shutdownAfterJobFinishes and \
                             spec.deletionStrategy.deletionRules"],
                bad: &[Example::job(
                    r#"{"spec": {"shutdownAfterJobFinishes": true,
                        "deletionStrategy": {"deletionRules": [{"policy": "DeleteCluster",
                          "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": 60}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster",
                        "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 60}}]}}}"#,
                )],
            },
            cel: &[Cel {
                when: "deletionRules.size() > 0 && shutdown",
                path: "{job}.deletionStrategy.deletionRules",
                detail: "deletionRules is not empty, but shutdownAfterJobFinishes is true",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-rules-with-legacy",
                position: Position::job(60),
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, true)),
                why: "KubeRay accepts either deletionRules or onSuccess and onFailure",
                advice: "Keep deletionRules, and convert onSuccess and onFailure to rules",
                fixes: &[FixTemplate {
                    title: "remove deletionRules",
                    safe: false,
                    edits: &[Edit::Remove(At::Below("deletionRules"))],
                }],
                check: Check::Job(|job, _, report| {
                    let Some(strategy) = &job.deletion_strategy else {
                        return;
                    };
                    let pair = match (&strategy.on_success, &strategy.on_failure) {
                        (Some(_), Some(_)) => "onSuccess and onFailure are",
                        (Some(_), None) => "onSuccess is",
                        (None, Some(_)) => "onFailure is",
                        (None, None) => return,
                    };
                    if !strategy.deletion_rules.is_empty() {
                        report.add(
                            job.path("deletionStrategy"),
                            format!("{pair} set together with deletionRules"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`deletionRules` is not empty and `onSuccess` or `onFailure` is set.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                         validation.go:validateDeletionConfiguration",
                messages: &["Cannot use both legacy"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteCluster"},
                        "onFailure": {"policy": "DeleteNone"},
                        "deletionRules": [{"policy": "DeleteCluster",
                          "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster",
                        "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                )],
            },
            cel: &[Cel {
                when: "deletionRules.size() > 0 && (onSuccess.hasValue() || onFailure.hasValue())",
                path: "{job}.deletionStrategy",
                detail: "{onSuccess.hasValue() && onFailure.hasValue() ? 'onSuccess and onFailure \
                         are' : onSuccess.hasValue() ? 'onSuccess is' : 'onFailure is'} set \
                         together with deletionRules",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-strategy-empty",
                position: Position::job(90),
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, true)),
                why: "it does not specify what KubeRay deletes",
                advice: "Set deletionRules, or both onSuccess and onFailure, or remove \
                         deletionStrategy",
                fixes: &[
                    FixTemplate {
                        title: "remove deletionStrategy: nothing is deleted",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    USE_SHUTDOWN,
                ],
                check: Check::Job(|job, _, report| {
                    let is_empty = job.deletion_strategy.as_ref().is_some_and(|strategy| {
                        strategy.on_success.is_none()
                            && strategy.on_failure.is_none()
                            && strategy.deletion_rules.is_empty()
                    });
                    if is_empty {
                        let path = job.path("deletionStrategy");
                        let finding = report.add(path, "deletionStrategy is empty");
                        if job.shuts_down() {
                            finding.offer(&[USE_SHUTDOWN]);
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`deletionStrategy` is set, but has no `onSuccess`, no `onFailure` and no \
                       entry in `deletionRules`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                         validation.go:validateDeletionConfiguration",
                messages: &["DeletionStrategy requires"],
                bad: &[
                    Example::job(r#"{"spec": {"deletionStrategy": {}}}"#),
                    Example::job(r#"{"spec": {"deletionStrategy": {"deletionRules": []}}}"#),
                ],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteNone", "condition": {"jobStatus": "FAILED"}}]}}}"#,
                )],
            },
            cel: &[Cel {
                when: "strategy.hasValue() && !onSuccess.hasValue() && !onFailure.hasValue() && \
                       deletionRules.size() == 0",
                path: "{job}.deletionStrategy",
                detail: "deletionStrategy is empty",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-policy-gate-off",
                position: Position::job(250).step(1),
                releases: OLD,
                gate: Some((RayJobDeletionPolicy, false)),
                why: gate::WHY,
                advice: "Use shutdownAfterJobFinishes, or enable the gate in the operator and in \
                         the settings of this policy",
                fixes: &[
                    FixTemplate {
                        title: "remove deletionPolicy",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    USE_SHUTDOWN,
                ],
                check: Check::Job(|job, _, report| {
                    if let Some(policy) = old_policy(job) {
                        let field = format!("deletionPolicy is {}", Quoted(policy));
                        report.add(
                            job.path("deletionPolicy"),
                            gate::off(&field, RayJobDeletionPolicy),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`deletionPolicy` is set while the feature gate `RayJobDeletionPolicy` is \
                       off, its default.",
                source: OLD_SOURCE,
                messages: &[
                    "RayJobDeletionPolicy feature gate must be enabled to use the \
                             DeletionPolicy",
                ],
                bad: &[Example::job(
                    r#"{"spec": {"deletionPolicy": "DeleteCluster"}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"shutdownAfterJobFinishes": true}}"#,
                )],
            },
            cel: &[Cel {
                when: "job.?deletionPolicy.hasValue()",
                path: "{job}.deletionPolicy",
                detail: "deletionPolicy is {quoted(job.deletionPolicy)}, but the operator's \
                         feature gate RayJobDeletionPolicy is off",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-policy-selector",
                position: Position::job(250).step(2),
                releases: OLD,
                gate: Some((RayJobDeletionPolicy, true)),
                why: SELECTOR_WHY,
                advice: SELECTOR_ADVICE,
                fixes: SELECTOR_FIXES,
                check: Check::Job(|job, _, report| {
                    let cuts = old_policy(job).filter(|policy| cuts_cluster(policy));
                    if let (Some(policy), true) = (cuts, job.selects_cluster()) {
                        report.add(job.path("deletionPolicy"), on_selected(policy));
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`deletionPolicy` is `DeleteCluster` or `DeleteWorkers` and the job runs on \
                       an existing RayCluster.",
                source: OLD_SOURCE,
                messages: &["the ClusterSelector mode doesn't support DeletionPolicy="],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "deletionPolicy": "DeleteCluster"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "deletionPolicy": "DeleteWorkers"}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "deletionPolicy": "DeleteNone"}}"#,
                )],
            },
            cel: &[Cel {
                when: "selects && job.?deletionPolicy.orValue('') in ['DeleteCluster', \
                       'DeleteWorkers']",
                path: "{job}.deletionPolicy",
                detail: "policy {job.deletionPolicy} on a job that runs on an existing RayCluster",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-policy-workers-autoscaling",
                position: Position::job(250).step(3),
                releases: OLD,
                gate: Some((RayJobDeletionPolicy, true)),
                why: AUTOSCALING_WHY,
                advice: AUTOSCALING_ADVICE,
                fixes: AUTOSCALING_FIXES,
                check: Check::Job(|job, _, report| {
                    if old_policy(job) == Some("DeleteWorkers") && job.autoscales() {
                        report.add(job.path("deletionPolicy"), WORKERS_AUTOSCALED);
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`deletionPolicy` is `DeleteWorkers` and `enableInTreeAutoscaling` is true.",
                source: OLD_SOURCE,
                messages: &["DeletionPolicy=DeleteWorkers currently"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionPolicy": "DeleteWorkers",
                        "rayClusterSpec": {"enableInTreeAutoscaling": true}}}"#,
                )],
                good: &[
                    Example::job(r#"{"spec": {"deletionPolicy": "DeleteWorkers"}}"#),
                    Example::job(
                        r#"{"spec": {"deletionPolicy": "DeleteCluster",
                                     "rayClusterSpec": {"enableInTreeAutoscaling": true}}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                when: "autoscales && job.?deletionPolicy.orValue('') == 'DeleteWorkers'",
                path: "{job}.deletionPolicy",
                detail: "policy DeleteWorkers, but enableInTreeAutoscaling is true",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-policy-none-shutdown",
                position: Position::job(250).step(4),
                releases: OLD,
                gate: Some((RayJobDeletionPolicy, true)),
                why: NONE_WHY,
                advice: NONE_ADVICE,
                fixes: NONE_FIXES,
                check: Check::Job(|job, _, report| {
                    let none = old_policy(job) == Some("DeleteNone");
                    if none && job.shuts_down() {
                        report.add(job.path("deletionPolicy"), NONE_SHUT_DOWN);
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`deletionPolicy` is `DeleteNone` and `shutdownAfterJobFinishes` is true.",
                source: OLD_SOURCE,
                messages: &["shutdownAfterJobFinshes is set to 'true'"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionPolicy": "DeleteNone",
                        "shutdownAfterJobFinishes": true}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionPolicy": "DeleteNone"}}"#,
                )],
            },
            cel: &[Cel {
                when: "shutdown && job.?deletionPolicy.orValue('') == 'DeleteNone'",
                path: "{job}.deletionPolicy",
                detail: "policy DeleteNone, but shutdownAfterJobFinishes is true",
                ..Cel::NEVER
            }],
        },
    ],
};
