//! Deletion after each outcome: `onSuccess` and `onFailure`.

use super::deletion::{
    AUTOSCALING_ADVICE, AUTOSCALING_FIXES, AUTOSCALING_WHY, NONE_ADVICE, NONE_FIXES,
    NONE_SHUT_DOWN, NONE_WHY, SELECTOR_ADVICE, SELECTOR_FIXES, SELECTOR_WHY, WORKERS_AUTOSCALED,
    cuts_cluster, on_selected,
};
use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::rayjob::DeletionPolicy;
use crate::release::Gate::RayJobDeletionPolicy;
use crate::release::Release::V1_5;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// One of the two outcomes, and the path of its policy.
struct Outcome<'s> {
    name: &'static str,
    path: &'static str,
    policy: Option<&'s str>,
}

/// Returns both outcomes, if both are set. Another rule refuses one alone.
fn outcomes<'s>(job: Job<'s>) -> Option<[Outcome<'s>; 2]> {
    let strategy = job.spec.deletion_strategy.as_ref()?;
    let policy = |set: &'s DeletionPolicy<'s>| set.policy.as_deref();
    Some([
        Outcome {
            name: "onSuccess",
            path: "deletionStrategy.onSuccess.policy",
            policy: policy(strategy.on_success.as_ref()?),
        },
        Outcome {
            name: "onFailure",
            path: "deletionStrategy.onFailure.policy",
            policy: policy(strategy.on_failure.as_ref()?),
        },
    ])
}

fn policy_missing(job: Job<'_>, name: &str, report: &mut Report) {
    for outcome in outcomes(job).into_iter().flatten() {
        if outcome.name == name && outcome.policy.is_none() {
            report.add(job.path(outcome.path), format!("{name} has no policy"));
        }
    }
}

const MISSING: Rule = Rule {
    releases: Releases::since(V1_5),
    gate: Some((RayJobDeletionPolicy, true)),
    why: "policy has no default",
    advice: "Set policy to DeleteCluster, DeleteWorkers, DeleteSelf or DeleteNone",
    fixes: &[
        FixTemplate {
            title: "use DeleteCluster: KubeRay deletes the RayCluster",
            safe: false,
            edits: &[Edit::Set(At::Finding, "\"DeleteCluster\"")],
        },
        FixTemplate {
            title: "use DeleteNone: nothing is deleted",
            safe: false,
            edits: &[Edit::Set(At::Finding, "\"DeleteNone\"")],
        },
    ],
    ..Rule::OPERATOR
};

fn on_selected_cluster(job: Job<'_>, name: &str, report: &mut Report) {
    if !job.selects_cluster() {
        return;
    }
    for outcome in outcomes(job).into_iter().flatten() {
        let cuts = outcome.policy.filter(|policy| cuts_cluster(policy));
        if let (Some(policy), true) = (cuts, outcome.name == name) {
            report.add(job.path(outcome.path), on_selected(policy));
        }
    }
}

const SELECTOR: Rule = Rule {
    releases: Releases::since(V1_5),
    gate: Some((RayJobDeletionPolicy, true)),
    why: SELECTOR_WHY,
    advice: SELECTOR_ADVICE,
    fixes: SELECTOR_FIXES,
    ..Rule::OPERATOR
};

const SOURCE: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                      validation.go:validateLegacyDeletionPolicies";

pub(super) const FAMILY: Family = Family {
    title: "Deletion by outcome",
    entries: &[
        Entry {
            rule: Rule {
                id: "deletion-legacy-incomplete",
                position: Position::job(70).step(1),
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, true)),
                why: "KubeRay requires a policy for both outcomes",
                advice: "Set a policy for the other outcome too; DeleteNone deletes nothing",
                fixes: &[FixTemplate {
                    title: "set the missing policy to DeleteNone: nothing is deleted after this \
                            outcome",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, r#"{"policy": "DeleteNone"}"#)],
                }],
                check: Check::Job(|job, _, report| {
                    let Some(strategy) = &job.deletion_strategy else {
                        return;
                    };
                    let (field, detail) = match (&strategy.on_success, &strategy.on_failure) {
                        (Some(_), None) => ("onFailure", "onSuccess is set, but onFailure is not"),
                        (None, Some(_)) => ("onSuccess", "onFailure is set, but onSuccess is not"),
                        _ => return,
                    };
                    report.add(job.path("deletionStrategy").at(field), detail);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "Exactly one of `onSuccess` and `onFailure` is set.",
                source: SOURCE,
                messages: &["both DeletionStrategy.OnSuccess and DeletionStrategy.OnFailure"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"onSuccess": {
                                     "policy": "DeleteCluster"}}}}"#,
                    ),
                    Example::job(r#"{"spec": {"deletionStrategy": {"onFailure": {}}}}"#).on(V1_5),
                ],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteCluster"},
                        "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
            },
            cel: &[
                Cel {
                    when: "onSuccess.hasValue() && !onFailure.hasValue()",
                    path: "{job}.deletionStrategy.onFailure",
                    detail: "onSuccess is set, but onFailure is not",
                    ..Cel::NEVER
                },
                Cel {
                    when: "onFailure.hasValue() && !onSuccess.hasValue()",
                    path: "{job}.deletionStrategy.onSuccess",
                    detail: "onFailure is set, but onSuccess is not",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "deletion-legacy-success-policy-missing",
                position: Position::job(70).step(2),
                check: Check::Job(|job, _, report| policy_missing(job, "onSuccess", report)),
                ..MISSING
            },
            doc: RuleDoc {
                what: "`onSuccess` and `onFailure` are set, but `onSuccess` has no `policy`.",
                source: SOURCE,
                messages: &["the DeletionPolicyType field of DeletionStrategy.OnSuccess"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {},
                        "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteWorkers"},
                        "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
            },
            cel: &[Cel {
                when: "onFailure.hasValue() && onSuccess.hasValue() && \
                       !onSuccess.?policy.hasValue()",
                path: "{job}.deletionStrategy.onSuccess.policy",
                detail: "onSuccess has no policy",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-legacy-failure-policy-missing",
                position: Position::job(70).step(3),
                check: Check::Job(|job, _, report| policy_missing(job, "onFailure", report)),
                ..MISSING
            },
            doc: RuleDoc {
                what: "`onSuccess` and `onFailure` are set, but `onFailure` has no `policy`.",
                source: SOURCE,
                messages: &["the DeletionPolicyType field of DeletionStrategy.OnFailure"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteSelf"},
                        "onFailure": {}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteSelf"},
                        "onFailure": {"policy": "DeleteWorkers"}}}}"#,
                )],
            },
            cel: &[Cel {
                when: "onSuccess.hasValue() && onFailure.hasValue() && \
                       !onFailure.?policy.hasValue()",
                path: "{job}.deletionStrategy.onFailure.policy",
                detail: "onFailure has no policy",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-legacy-success-selector",
                position: Position::job(70).step(4),
                check: Check::Job(|job, _, report| on_selected_cluster(job, "onSuccess", report)),
                ..SELECTOR
            },
            doc: RuleDoc {
                what: "`onSuccess.policy` is `DeleteCluster` or `DeleteWorkers` and the job runs \
                       on an existing RayCluster.",
                source: SOURCE,
                messages: &[
                    "the ClusterSelector mode doesn't support DeletionStrategy=* on \
                             success",
                ],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "deletionStrategy": {"onSuccess": {"policy": "DeleteCluster"},
                          "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "deletionStrategy": {"onSuccess": {"policy": "DeleteNone"},
                          "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
            },
            cel: &[Cel {
                when: "selects && onFailure.hasValue() && onSuccess.?policy.orValue('') in \
                       ['DeleteCluster', 'DeleteWorkers']",
                path: "{job}.deletionStrategy.onSuccess.policy",
                detail: "policy {onSuccess.policy.value()} on a job that runs on an existing \
                         RayCluster",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-legacy-failure-selector",
                position: Position::job(70).step(5),
                check: Check::Job(|job, _, report| on_selected_cluster(job, "onFailure", report)),
                ..SELECTOR
            },
            doc: RuleDoc {
                what: "`onFailure.policy` is `DeleteCluster` or `DeleteWorkers` and the job runs \
                       on an existing RayCluster.",
                source: SOURCE,
                messages: &[
                    "the ClusterSelector mode doesn't support DeletionStrategy=* on \
                             failure",
                ],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "deletionStrategy": {"onSuccess": {"policy": "DeleteNone"},
                          "onFailure": {"policy": "DeleteWorkers"}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "deletionStrategy": {"onSuccess": {"policy": "DeleteNone"},
                          "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
            },
            cel: &[Cel {
                when: "selects && onSuccess.hasValue() && onFailure.?policy.orValue('') in \
                       ['DeleteCluster', 'DeleteWorkers']",
                path: "{job}.deletionStrategy.onFailure.policy",
                detail: "policy {onFailure.policy.value()} on a job that runs on an existing \
                         RayCluster",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-legacy-workers-autoscaling",
                position: Position::job(70).step(6),
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, true)),
                why: AUTOSCALING_WHY,
                advice: AUTOSCALING_ADVICE,
                fixes: AUTOSCALING_FIXES,
                check: Check::Job(|job, _, report| {
                    if !job.autoscales() {
                        return;
                    }
                    for outcome in outcomes(job).into_iter().flatten() {
                        if outcome.policy == Some("DeleteWorkers") {
                            report.add(job.path(outcome.path), WORKERS_AUTOSCALED);
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "One of the two policies is `DeleteWorkers` and `enableInTreeAutoscaling` \
                       is true.",
                source: SOURCE,
                messages: &["DeletionStrategy=DeleteWorkers currently"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true},
                                     "deletionStrategy": {"onSuccess": {"policy": "DeleteWorkers"},
                                       "onFailure": {"policy": "DeleteNone"}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true},
                                     "deletionStrategy": {"onSuccess": {"policy": "DeleteCluster"},
                                       "onFailure": {"policy": "DeleteWorkers"}}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": false},
                        "deletionStrategy": {"onSuccess": {"policy": "DeleteWorkers"},
                          "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
            },
            cel: &[
                Cel {
                    when: "autoscales && onFailure.hasValue() && onSuccess.?policy.orValue('') == \
                           'DeleteWorkers'",
                    path: "{job}.deletionStrategy.onSuccess.policy",
                    detail: "policy DeleteWorkers, but enableInTreeAutoscaling is true",
                    ..Cel::NEVER
                },
                Cel {
                    when: "autoscales && onSuccess.hasValue() && onFailure.?policy.orValue('') == \
                           'DeleteWorkers'",
                    path: "{job}.deletionStrategy.onFailure.policy",
                    detail: "policy DeleteWorkers, but enableInTreeAutoscaling is true",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "deletion-legacy-none-shutdown",
                position: Position::job(70).step(7),
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, true)),
                why: NONE_WHY,
                advice: NONE_ADVICE,
                fixes: NONE_FIXES,
                check: Check::Job(|job, _, report| {
                    if !job.shuts_down() {
                        return;
                    }
                    for outcome in outcomes(job).into_iter().flatten() {
                        if outcome.policy == Some("DeleteNone") {
                            report.add(job.path(outcome.path), NONE_SHUT_DOWN);
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "One of the two policies is `DeleteNone` and `shutdownAfterJobFinishes` is \
                       true.",
                source: SOURCE,
                messages: &["The RayJob spec is invalid: shutdownAfterJobFinshes is set to 'true'"],
                bad: &[Example::job(
                    r#"{"spec": {"shutdownAfterJobFinishes": true,
                        "deletionStrategy": {"onSuccess": {"policy": "DeleteCluster"},
                          "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteCluster"},
                        "onFailure": {"policy": "DeleteNone"}}}}"#,
                )],
            },
            cel: &[
                Cel {
                    when: "shutdown && onFailure.hasValue() && onSuccess.?policy.orValue('') == \
                           'DeleteNone'",
                    path: "{job}.deletionStrategy.onSuccess.policy",
                    detail: "policy DeleteNone, but shutdownAfterJobFinishes is true",
                    ..Cel::NEVER
                },
                Cel {
                    when: "shutdown && onSuccess.hasValue() && onFailure.?policy.orValue('') == \
                           'DeleteNone'",
                    path: "{job}.deletionStrategy.onFailure.policy",
                    detail: "policy DeleteNone, but shutdownAfterJobFinishes is true",
                    ..Cel::NEVER
                },
            ],
        },
    ],
};
