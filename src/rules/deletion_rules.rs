//! Deletion by condition: `deletionRules`.

use std::collections::BinaryHeap;

use super::deletion::{
    AUTOSCALING_ADVICE, AUTOSCALING_FIXES, AUTOSCALING_WHY, SELECTOR_ADVICE, SELECTOR_FIXES,
    SELECTOR_WHY, WORKERS_AUTOSCALED, cuts_cluster, on_selected,
};
use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::json::{Path, Quoted};
use crate::rayjob::DeletionRule;
use crate::release::Gate::RayJobDeletionPolicy;
use crate::release::Release::{self, V1_5, V1_6};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// The faults that KubeRay checks a rule for before comparing it with the others.
/// It stops at the first fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RuleProblem {
    BothConditions,
    NoCondition,
    NegativeTime,
    ForeignCluster,
    Autoscaling,
}

/// Returns the rules, if KubeRay uses them.
pub(super) fn rules(job: Job<'_>) -> &[DeletionRule<'_>] {
    match &job.spec.deletion_strategy {
        Some(strategy) if strategy.on_success.is_none() && strategy.on_failure.is_none() => {
            &strategy.deletion_rules
        }
        _ => &[],
    }
}

/// Returns the first fault of a rule, as in
/// `kuberay v1.7.0 validation.go:validateDeletionRules, validateDeletionCondition`.
/// 1.5 knows only `jobStatus` and treats an absent value as empty.
fn problem_of(job: Job<'_>, release: Release, rule: &DeletionRule<'_>) -> Option<RuleProblem> {
    let condition = &rule.condition;
    let sides = [&condition.job_status, &condition.job_deployment_status];
    match sides.into_iter().flatten().count() {
        2 if release >= V1_6 => return Some(RuleProblem::BothConditions),
        0 if release >= V1_6 => return Some(RuleProblem::NoCondition),
        _ => {}
    }
    if condition.ttl_seconds.0 < 0 {
        Some(RuleProblem::NegativeTime)
    } else if job.selects_cluster() && cuts_cluster(&rule.policy) {
        Some(RuleProblem::ForeignCluster)
    } else if job.autoscales() && &*rule.policy == "DeleteWorkers" {
        Some(RuleProblem::Autoscaling)
    } else {
        None
    }
}

/// Whether all rules are free of faults.
pub(super) fn is_sound(job: Job<'_>, release: Release) -> bool {
    let mut rules = rules(job).iter();
    rules.all(|rule| problem_of(job, release, rule).is_none())
}

/// Reports the rules that have this fault.
fn report_each(
    job: Job<'_>,
    release: Release,
    report: &mut Report,
    wanted: RuleProblem,
    field: fn(Path) -> Path,
    detail: fn(&DeletionRule<'_>) -> String,
) {
    for (index, rule) in rules(job).iter().enumerate() {
        if report.is_full() {
            break;
        }
        if problem_of(job, release, rule) == Some(wanted) {
            report
                .add(field(path(job, index)), detail(rule))
                .of_item(index);
        }
    }
}

fn path(job: Job<'_>, index: usize) -> Path {
    job.path("deletionStrategy.deletionRules").index(index)
}

/// The sort key of a rule without faults. Sorting groups the rules of each
/// condition, in the order in which their policies must run.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Sorted<'s> {
    field: &'static str,
    value: &'s str,
    stage: usize,
    policy: &'s str,
    index: usize,
    seconds: i32,
}

/// The policies that must run in this order; others can run at any time.
const STAGES: [&str; 3] = ["DeleteWorkers", "DeleteCluster", "DeleteSelf"];

impl<'s> Sorted<'s> {
    fn all(job: Job<'s>, release: Release) -> Vec<Self> {
        let faultless = rules(job)
            .iter()
            .enumerate()
            .filter(|(_, rule)| problem_of(job, release, rule).is_none());
        let keys = faultless.map(|(index, rule)| Self::of(release, index, rule));
        // A heap sorts with far less code than `sort`.
        keys.collect::<BinaryHeap<_>>().into_sorted_vec()
    }

    fn of(release: Release, index: usize, rule: &'s DeletionRule<'s>) -> Self {
        let condition = &rule.condition;
        let (field, value) = match (&condition.job_status, &condition.job_deployment_status) {
            (None, Some(state)) if release >= V1_6 => ("jobDeploymentStatus", &**state),
            (status, _) => ("jobStatus", status.as_deref().unwrap_or_default()),
        };
        let stage = STAGES.iter().position(|stage| *stage == &*rule.policy);
        Self {
            field,
            value,
            stage: stage.unwrap_or(STAGES.len()),
            policy: &rule.policy,
            index,
            seconds: rule.condition.ttl_seconds.0,
        }
    }

    fn has_condition_of(&self, other: &Self) -> bool {
        self.field == other.field && self.value == other.value
    }

    fn repeats(&self, other: &Self) -> bool {
        self.policy == other.policy && self.has_condition_of(other)
    }
}

const RULE: Rule = Rule {
    releases: Releases::since(V1_5),
    gate: Some((RayJobDeletionPolicy, true)),
    ..Rule::OPERATOR
};

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:validateDeletionRules";

pub(super) const FAMILY: Family = Family {
    title: "Deletion rules",
    entries: &[
        Entry {
            rule: Rule {
                id: "deletion-rule-condition-both",
                position: Position::job(80).step(1),
                releases: Releases::since(V1_6),
                why: "a rule waits for only one of the two",
                advice: "Keep one of them, and add a second rule for the other",
                fixes: &[
                    FixTemplate {
                        title: "remove jobDeploymentStatus",
                        safe: false,
                        edits: &[Edit::Remove(At::Below("jobDeploymentStatus"))],
                    },
                    FixTemplate {
                        title: "remove jobStatus",
                        safe: false,
                        edits: &[Edit::Remove(At::Below("jobStatus"))],
                    },
                ],
                check: Check::Job(|job, context, report| {
                    report_each(
                        job,
                        context.release,
                        report,
                        RuleProblem::BothConditions,
                        |rule| rule.at("condition"),
                        |rule| {
                            let status = rule.condition.job_status.as_deref().unwrap_or_default();
                            let state = rule
                                .condition
                                .job_deployment_status
                                .as_deref()
                                .unwrap_or_default();
                            format!(
                                "both jobStatus {} and jobDeploymentStatus {} are set",
                                Quoted(status),
                                Quoted(state)
                            )
                        },
                    );
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The `condition` of a rule has both `jobStatus` and `jobDeploymentStatus`.",
                source: SOURCE,
                messages: &["deletionRules[*]: cannot set both"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster",
                        "condition": {"jobStatus": "FAILED",
                          "jobDeploymentStatus": "Failed"}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED"}},
                        {"policy": "DeleteCluster",
                          "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                )],
            },
            cel: &[Cel {
                each: "rules",
                when: "item.condition.?jobStatus.hasValue() && \
                       item.condition.?jobDeploymentStatus.hasValue()",
                path: "{job}.deletionStrategy.deletionRules[{i}].condition",
                detail: "both jobStatus {quoted(item.condition.jobStatus)} and \
                         jobDeploymentStatus {quoted(item.condition.jobDeploymentStatus)} are set",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-rule-condition-neither",
                position: Position::job(80).step(2),
                releases: Releases::since(V1_6),
                why: "the condition does not specify when the rule applies",
                advice: "Set jobStatus to SUCCEEDED or FAILED, or jobDeploymentStatus to Failed",
                fixes: &[
                    FixTemplate {
                        title: "set jobStatus to SUCCEEDED",
                        safe: false,
                        edits: &[Edit::Set(At::Below("jobStatus"), "\"SUCCEEDED\"")],
                    },
                    FixTemplate {
                        title: "set jobDeploymentStatus to Failed",
                        safe: false,
                        edits: &[Edit::Set(At::Below("jobDeploymentStatus"), "\"Failed\"")],
                    },
                ],
                check: Check::Job(|job, context, report| {
                    report_each(
                        job,
                        context.release,
                        report,
                        RuleProblem::NoCondition,
                        |rule| rule.at("condition"),
                        |_| "neither jobStatus nor jobDeploymentStatus is set".into(),
                    );
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The `condition` of a rule has neither `jobStatus` nor \
                       `jobDeploymentStatus`.",
                source: SOURCE,
                messages: &["deletionRules[*]: exactly one of"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster", "condition": {"ttlSeconds": 60}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster",
                        "condition": {"ttlSeconds": 60, "jobDeploymentStatus": "Failed"}}]}}}"#,
                )],
            },
            cel: &[Cel {
                each: "rules",
                when: "!item.condition.?jobStatus.hasValue() && \
                       !item.condition.?jobDeploymentStatus.hasValue()",
                path: "{job}.deletionStrategy.deletionRules[{i}].condition",
                detail: "neither jobStatus nor jobDeploymentStatus is set",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-rule-ttl-negative",
                position: Position::job(80).step(3),
                why: "it is the delay from when the condition is met until KubeRay applies the \
                      policy",
                advice: "Set ttlSeconds to 0 or more",
                fixes: &[FixTemplate {
                    title: "set ttlSeconds to 0",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "0")],
                }],
                check: Check::Job(|job, context, report| {
                    report_each(
                        job,
                        context.release,
                        report,
                        RuleProblem::NegativeTime,
                        |rule| rule.at("condition.ttlSeconds"),
                        |rule| {
                            format!(
                                "ttlSeconds of policy {} is {}",
                                Quoted(&rule.policy),
                                rule.condition.ttl_seconds
                            )
                        },
                    );
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The `ttlSeconds` of a rule is below 0.",
                source: SOURCE,
                messages: &["deletionRules[*]: TTLSeconds must be"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster",
                        "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": -1}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster",
                        "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 0}}]}}}"#,
                )],
            },
            cel: &[Cel {
                each: "rules",
                when: "(release < V1_6 || item.condition.?jobStatus.hasValue() != \
                       item.condition.?jobDeploymentStatus.hasValue()) && \
                       item.condition.?ttlSeconds.orValue(0) < 0",
                path: "{job}.deletionStrategy.deletionRules[{i}].condition.ttlSeconds",
                detail: "ttlSeconds of policy {quoted(item.policy)} is {item.condition.ttlSeconds}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-rule-selector",
                position: Position::job(80).step(4),
                why: SELECTOR_WHY,
                advice: SELECTOR_ADVICE,
                fixes: SELECTOR_FIXES,
                check: Check::Job(|job, context, report| {
                    report_each(
                        job,
                        context.release,
                        report,
                        RuleProblem::ForeignCluster,
                        |rule| rule.at("policy"),
                        |rule| on_selected(&rule.policy),
                    );
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The `policy` of a rule is `DeleteCluster` or `DeleteWorkers` and the job \
                       runs on an existing RayCluster.",
                source: SOURCE,
                messages: &[
                    "deletionRules[*]: DeletionPolicyType '*' not supported when \
                             ClusterSelector",
                ],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "deletionStrategy": {"deletionRules": [{"policy": "DeleteCluster",
                          "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "deletionStrategy": {"deletionRules": [{"policy": "DeleteNone",
                          "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                )],
            },
            cel: &[Cel {
                each: "rules",
                when: "(release < V1_6 || item.condition.?jobStatus.hasValue() != \
                       item.condition.?jobDeploymentStatus.hasValue()) && \
                       !(item.condition.?ttlSeconds.orValue(0) < 0) && selects && item.policy in \
                       ['DeleteCluster', 'DeleteWorkers']",
                path: "{job}.deletionStrategy.deletionRules[{i}].policy",
                detail: "policy {item.policy} on a job that runs on an existing RayCluster",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-rule-workers-autoscaling",
                position: Position::job(80).step(5),
                why: AUTOSCALING_WHY,
                advice: AUTOSCALING_ADVICE,
                fixes: AUTOSCALING_FIXES,
                check: Check::Job(|job, context, report| {
                    report_each(
                        job,
                        context.release,
                        report,
                        RuleProblem::Autoscaling,
                        |rule| rule.at("policy"),
                        |_| WORKERS_AUTOSCALED.into(),
                    );
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "The `policy` of a rule is `DeleteWorkers` and `enableInTreeAutoscaling` is \
                       true.",
                source: SOURCE,
                messages: &[
                    "deletionRules[*]: DeletionPolicyType 'DeleteWorkers' not supported \
                             with autoscaling",
                ],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true},
                        "deletionStrategy": {"deletionRules": [{"policy": "DeleteWorkers",
                          "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true},
                                     "deletionStrategy": {"deletionRules": [
                                       {"policy": "DeleteCluster",
                                       "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"deletionRules": [
                                     {"policy": "DeleteWorkers",
                                     "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                each: "rules",
                when: "(release < V1_6 || item.condition.?jobStatus.hasValue() != \
                       item.condition.?jobDeploymentStatus.hasValue()) && \
                       !(item.condition.?ttlSeconds.orValue(0) < 0) && !selects && autoscales && \
                       item.policy == 'DeleteWorkers'",
                path: "{job}.deletionStrategy.deletionRules[{i}].policy",
                detail: "policy DeleteWorkers, but enableInTreeAutoscaling is true",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "deletion-rule-duplicate",
                position: Position::job(80).step(6),
                why: "KubeRay accepts only one rule for each policy and condition",
                advice: "Remove one of the two rules",
                fixes: &[FixTemplate {
                    title: "remove the later rule",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Job(|job, context, report| {
                    for pair in Sorted::all(job, context.release).windows(2) {
                        if report.is_full() {
                            break;
                        }
                        let [first, second] = pair else { continue };
                        if second.repeats(first) {
                            let Sorted {
                                field,
                                value,
                                policy,
                                index,
                                ..
                            } = *second;
                            let earlier = first.index;
                            let detail = format!(
                                "policy {} on {field} {} repeats deletionRules[{earlier}]",
                                Quoted(policy),
                                Quoted(value),
                            );
                            report.add(path(job, index), detail).of_item(index);
                        }
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "A rule has the same `policy` and condition as an earlier rule.",
                source: SOURCE,
                messages: &["deletionRules[*]: duplicate rule"],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster",
                          "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 60}},
                        {"policy": "DeleteCluster",
                          "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 600}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster",
                          "condition": {"jobStatus": "FAILED", "ttlSeconds": 60}},
                        {"policy": "DeleteCluster",
                          "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": 600}},
                        {"policy": "DeleteCluster",
                          "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 60}}]}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "deletion-rule-ttl-order",
                position: Position::job(80).step(7),
                why: "KubeRay deletes workers first, then the RayCluster, then the RayJob itself, \
                      so these times must not decrease",
                check: Check::Job(|job, context, report| {
                    let mut before: Option<Sorted<'_>> = None;
                    for rule in Sorted::all(job, context.release) {
                        if report.is_full() {
                            break;
                        }
                        if rule.stage == STAGES.len()
                            || before.as_ref().is_some_and(|b| rule.repeats(b))
                        {
                            continue;
                        }
                        if let Some(before) = before.filter(|before| {
                            rule.has_condition_of(before) && rule.seconds < before.seconds
                        }) {
                            let Sorted {
                                field,
                                value,
                                policy,
                                index,
                                seconds,
                                ..
                            } = rule;
                            let detail = format!(
                                "on {field} {}, ttlSeconds of {policy} is {seconds}, but that of \
                                 {} is {}",
                                Quoted(value),
                                before.policy,
                                before.seconds,
                            );
                            let advice =
                                format!("Set ttlSeconds of {policy} to {} or more", before.seconds);
                            let path = path(job, index).at("condition.ttlSeconds");
                            report
                                .add(path, detail)
                                .advise(advice)
                                .of_item(rules(job).len());
                        }
                        before = Some(rule);
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "Among the rules for one condition, `DeleteCluster` has a smaller \
                       `ttlSeconds` than `DeleteWorkers`, or `DeleteSelf` a smaller one than \
                       either. Equal values are fine.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:validateTTLConsistency",
                messages: &["for Job*Status '*': * TTL (*) must be >="],
                bad: &[
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"deletionRules": [
                                     {"policy": "DeleteCluster",
                                       "condition": {"jobDeploymentStatus": "Failed",
                                         "ttlSeconds": 60}},
                                     {"policy": "DeleteWorkers",
                                       "condition": {"jobDeploymentStatus": "Failed",
                                         "ttlSeconds": 61}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"deletionRules": [
                                     {"policy": "DeleteWorkers",
                                       "condition": {"jobDeploymentStatus": "Failed",
                                         "ttlSeconds": 60}},
                                     {"policy": "DeleteSelf",
                                       "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteWorkers",
                          "condition": {"jobStatus": "FAILED", "ttlSeconds": 60}},
                        {"policy": "DeleteCluster",
                          "condition": {"jobStatus": "FAILED", "ttlSeconds": 60}},
                        {"policy": "DeleteSelf",
                          "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 0}},
                        {"policy": "DeleteNone",
                          "condition": {"jobStatus": "FAILED", "ttlSeconds": 0}}]}}}"#,
                )],
            },
            cel: &[],
        },
    ],
};
