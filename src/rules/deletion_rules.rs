//! What is deleted on which condition: `deletionRules`.

use std::collections::BinaryHeap;

use super::deletion::{
    AUTOSCALING_ADVICE, AUTOSCALING_FIXES, AUTOSCALING_WHY, SELECTOR_ADVICE, SELECTOR_FIXES,
    SELECTOR_WHY, WORKERS_AUTOSCALED, cuts_cluster, on_selected,
};
use super::family;
use crate::cel::Cel;
use crate::finding::Report;
use crate::fix::{At, Edit, Fix};
use crate::guide::{Example, Guide};
use crate::json::{Path, Quoted};
use crate::rayjob::DeletionRule;
use crate::release::Gate::RayJobDeletionPolicy;
use crate::release::Release::{V1_5, V1_6};
use crate::rule::{Order, Releases, Rule};
use crate::subject::Subject;

/// What KubeRay checks of a rule before it compares it with the others; the
/// first fault ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    BothConditions,
    NoCondition,
    NegativeTime,
    ForeignCluster,
    Autoscaling,
}

/// The rules, if they are what KubeRay goes by.
pub(super) fn rules<'s>(subject: &Subject<'s>) -> &'s [DeletionRule<'s>] {
    match &subject.job().deletion_strategy {
        Some(strategy) if strategy.on_success.is_none() && strategy.on_failure.is_none() => {
            &strategy.deletion_rules
        }
        _ => &[],
    }
}

/// `kuberay v1.7.0 validation.go:validateDeletionRules, validateDeletionCondition`;
/// 1.5 knows `jobStatus` only and takes absent for empty.
fn fault(subject: &Subject<'_>, rule: &DeletionRule<'_>) -> Option<Fault> {
    let condition = &rule.condition;
    let sides = [&condition.job_status, &condition.job_deployment_status];
    match sides.into_iter().flatten().count() {
        2 if subject.release >= V1_6 => return Some(Fault::BothConditions),
        0 if subject.release >= V1_6 => return Some(Fault::NoCondition),
        _ => {}
    }
    if condition.ttl_seconds.0 < 0 {
        Some(Fault::NegativeTime)
    } else if subject.job().selects_cluster() && cuts_cluster(&rule.policy) {
        Some(Fault::ForeignCluster)
    } else if subject.autoscales() && &*rule.policy == "DeleteWorkers" {
        Some(Fault::Autoscaling)
    } else {
        None
    }
}

/// Whether no rule has a fault.
pub(super) fn is_sound(subject: &Subject<'_>) -> bool {
    let mut rules = rules(subject).iter();
    rules.all(|rule| fault(subject, rule).is_none())
}

/// Reports the rules that have this fault.
fn report_each(
    subject: &Subject<'_>,
    report: &mut Report,
    wanted: Fault,
    field: fn(Path) -> Path,
    detail: fn(&DeletionRule<'_>) -> String,
) {
    for (index, rule) in rules(subject).iter().enumerate() {
        if fault(subject, rule) == Some(wanted) {
            let finding = report.finding(field(path(subject, index)), detail(rule));
            report.push(finding.of_item(index));
        }
    }
}

fn path(subject: &Subject<'_>, index: usize) -> Path {
    subject
        .job_path("deletionStrategy.deletionRules")
        .index(index)
}

/// What a rule without fault is compared by. Sorted, the rules of one condition
/// stand together, in the order in which their policies must be carried out.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Sorted<'s> {
    field: &'static str,
    value: &'s str,
    stage: usize,
    policy: &'s str,
    index: usize,
    seconds: i32,
}

/// The policies that must be carried out in this order; others may be at any time.
const STAGES: [&str; 3] = ["DeleteWorkers", "DeleteCluster", "DeleteSelf"];

impl<'s> Sorted<'s> {
    fn all(subject: &Subject<'s>) -> Vec<Self> {
        let faultless = rules(subject)
            .iter()
            .enumerate()
            .filter(|(_, rule)| fault(subject, rule).is_none());
        let keys = faultless.map(|(index, rule)| Self::of(subject, index, rule));
        // A heap sorts with far less code than `sort`.
        keys.collect::<BinaryHeap<_>>().into_sorted_vec()
    }

    fn of(subject: &Subject<'_>, index: usize, rule: &'s DeletionRule<'s>) -> Self {
        let condition = &rule.condition;
        let (field, value) = match (&condition.job_status, &condition.job_deployment_status) {
            (None, Some(state)) if subject.release >= V1_6 => ("jobDeploymentStatus", &**state),
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

const SOURCE: &str =
    "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:validateDeletionRules";

family!(
    "Deletion rules",
    [
        (
            Rule {
                id: "deletion-rule-condition-both",
                order: Order::job(8).step(1),
                releases: Releases::since(V1_6),
                why: "a rule waits for one of the two",
                advice: "Keep one of them, and write a second rule for the other",
                fixes: &[
                    Fix {
                        title: "remove jobDeploymentStatus",
                        safe: false,
                        edits: &[Edit::Remove(At::Below("jobDeploymentStatus"))],
                    },
                    Fix {
                        title: "remove jobStatus",
                        safe: false,
                        edits: &[Edit::Remove(At::Below("jobStatus"))],
                    },
                ],
                check: |subject, report| {
                    report_each(
                        subject,
                        report,
                        Fault::BothConditions,
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
                },
                ..RULE
            },
            Guide {
                what: "The `condition` of a rule has both `jobStatus` and `jobDeploymentStatus`.",
                source: SOURCE,
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED", "jobDeploymentStatus": "Failed"}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED"}},
                     {"policy": "DeleteCluster", "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                )],
            },
            &[Cel {
                each: "rules",
                when: "item.condition.?jobStatus.hasValue() && item.condition.?jobDeploymentStatus.hasValue()",
                path: "{job}.deletionStrategy.deletionRules[{i}].condition",
                detail: "both jobStatus {quoted(item.condition.jobStatus)} and jobDeploymentStatus {quoted(item.condition.jobDeploymentStatus)} are set",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "deletion-rule-condition-neither",
                order: Order::job(8).step(2),
                releases: Releases::since(V1_6),
                why: "nothing says when the rule applies",
                advice: "Set jobStatus to SUCCEEDED or FAILED, or jobDeploymentStatus to Failed",
                fixes: &[
                    Fix {
                        title: "set jobStatus to SUCCEEDED",
                        safe: false,
                        edits: &[Edit::Set(At::Below("jobStatus"), "\"SUCCEEDED\"")],
                    },
                    Fix {
                        title: "set jobDeploymentStatus to Failed",
                        safe: false,
                        edits: &[Edit::Set(At::Below("jobDeploymentStatus"), "\"Failed\"")],
                    },
                ],
                check: |subject, report| {
                    report_each(
                        subject,
                        report,
                        Fault::NoCondition,
                        |rule| rule.at("condition"),
                        |_| "neither jobStatus nor jobDeploymentStatus is set".into(),
                    );
                },
                ..RULE
            },
            Guide {
                what: "The `condition` of a rule has neither `jobStatus` nor `jobDeploymentStatus`.",
                source: SOURCE,
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteCluster", "condition": {"ttlSeconds": 60}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteCluster", "condition": {"ttlSeconds": 60, "jobDeploymentStatus": "Failed"}}]}}}"#,
                )],
            },
            &[Cel {
                each: "rules",
                when: "!item.condition.?jobStatus.hasValue() && !item.condition.?jobDeploymentStatus.hasValue()",
                path: "{job}.deletionStrategy.deletionRules[{i}].condition",
                detail: "neither jobStatus nor jobDeploymentStatus is set",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "deletion-rule-ttl-negative",
                order: Order::job(8).step(3),
                why: "it is the time from when the condition holds until the policy is carried out",
                advice: "Set ttlSeconds to 0 or more",
                fixes: &[Fix {
                    title: "set ttlSeconds to 0",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "0")],
                }],
                check: |subject, report| {
                    report_each(
                        subject,
                        report,
                        Fault::NegativeTime,
                        |rule| rule.at("condition.ttlSeconds"),
                        |rule| {
                            format!(
                                "ttlSeconds of policy {} is {}",
                                Quoted(&rule.policy),
                                rule.condition.ttl_seconds
                            )
                        },
                    );
                },
                ..RULE
            },
            Guide {
                what: "The `ttlSeconds` of a rule is below 0.",
                source: SOURCE,
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteCluster", "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": -1}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteCluster", "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 0}}]}}}"#,
                )],
            },
            &[Cel {
                each: "rules",
                when: "(release < 16 || item.condition.?jobStatus.hasValue() != item.condition.?jobDeploymentStatus.hasValue()) && item.condition.?ttlSeconds.orValue(0) < 0",
                path: "{job}.deletionStrategy.deletionRules[{i}].condition.ttlSeconds",
                detail: "ttlSeconds of policy {quoted(item.policy)} is {item.condition.ttlSeconds}",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "deletion-rule-selector",
                order: Order::job(8).step(4),
                why: SELECTOR_WHY,
                advice: SELECTOR_ADVICE,
                fixes: SELECTOR_FIXES,
                check: |subject, report| {
                    report_each(
                        subject,
                        report,
                        Fault::ForeignCluster,
                        |rule| rule.at("policy"),
                        |rule| on_selected(&rule.policy),
                    );
                },
                ..RULE
            },
            Guide {
                what: "The `policy` of a rule is `DeleteCluster` or `DeleteWorkers` and the job runs on an existing RayCluster.",
                source: SOURCE,
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null, "clusterSelector": {"ray.io/cluster": "shared"},
                     "deletionStrategy": {"deletionRules": [
                       {"policy": "DeleteCluster", "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null, "clusterSelector": {"ray.io/cluster": "shared"},
                     "deletionStrategy": {"deletionRules": [
                       {"policy": "DeleteNone", "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                )],
            },
            &[Cel {
                each: "rules",
                when: "(release < 16 || item.condition.?jobStatus.hasValue() != item.condition.?jobDeploymentStatus.hasValue()) && !(item.condition.?ttlSeconds.orValue(0) < 0) && selects && item.policy in ['DeleteCluster', 'DeleteWorkers']",
                path: "{job}.deletionStrategy.deletionRules[{i}].policy",
                detail: "policy {item.policy} on a job that runs on an existing RayCluster",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "deletion-rule-workers-autoscaling",
                order: Order::job(8).step(5),
                why: AUTOSCALING_WHY,
                advice: AUTOSCALING_ADVICE,
                fixes: AUTOSCALING_FIXES,
                check: |subject, report| {
                    report_each(
                        subject,
                        report,
                        Fault::Autoscaling,
                        |rule| rule.at("policy"),
                        |_| WORKERS_AUTOSCALED.into(),
                    );
                },
                ..RULE
            },
            Guide {
                what: "The `policy` of a rule is `DeleteWorkers` and `enableInTreeAutoscaling` is true.",
                source: SOURCE,
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true}, "deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteWorkers", "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true}, "deletionStrategy": {"deletionRules": [
                         {"policy": "DeleteCluster", "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"deletionRules": [
                         {"policy": "DeleteWorkers", "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                    ),
                ],
            },
            &[Cel {
                each: "rules",
                when: "(release < 16 || item.condition.?jobStatus.hasValue() != item.condition.?jobDeploymentStatus.hasValue()) && !(item.condition.?ttlSeconds.orValue(0) < 0) && !selects && autoscales && item.policy == 'DeleteWorkers'",
                path: "{job}.deletionStrategy.deletionRules[{i}].policy",
                detail: "policy DeleteWorkers, but enableInTreeAutoscaling is true",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "deletion-rule-duplicate",
                order: Order::job(8).step(6),
                why: "KubeRay takes one rule for each policy and condition",
                advice: "Remove one of the two rules",
                fixes: &[Fix {
                    title: "remove the later rule",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: |subject, report| {
                    for pair in Sorted::all(subject).windows(2) {
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
                                "policy {} on {field} {} is also that of deletionRules[{earlier}]",
                                Quoted(policy),
                                Quoted(value),
                            );
                            let finding = report.finding(path(subject, index), detail);
                            report.push(finding.of_item(index));
                        }
                    }
                },
                ..RULE
            },
            Guide {
                what: "A rule has the `policy` and the condition of an earlier one.",
                source: SOURCE,
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteCluster", "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 60}},
                     {"policy": "DeleteCluster", "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 600}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED", "ttlSeconds": 60}},
                     {"policy": "DeleteCluster", "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": 600}},
                     {"policy": "DeleteCluster", "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 60}}]}}}"#,
                )],
            },
        ),
        (
            Rule {
                id: "deletion-rule-ttl-order",
                order: Order::job(8).step(7),
                why: "workers go first, then the RayCluster, then the RayJob itself, so these times must not fall",
                check: |subject, report| {
                    let mut before: Option<Sorted<'_>> = None;
                    for rule in Sorted::all(subject) {
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
                                "on {field} {}, ttlSeconds of {policy} is {seconds}, but that of {} is {}",
                                Quoted(value),
                                before.policy,
                                before.seconds,
                            );
                            let advice =
                                format!("Set ttlSeconds of {policy} to {} or more", before.seconds);
                            let path = path(subject, index).at("condition.ttlSeconds");
                            let finding = report.finding(path, detail).advise(advice);
                            report.push(finding.of_item(rules(subject).len()));
                        }
                        before = Some(rule);
                    }
                },
                ..RULE
            },
            Guide {
                what: "Among the rules of one condition, `DeleteCluster` has a smaller `ttlSeconds` than `DeleteWorkers`, or \
                   `DeleteSelf` a smaller one than either. Equal ones are fine.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:validateTTLConsistency",
                bad: &[
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"deletionRules": [
                         {"policy": "DeleteCluster", "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 60}},
                         {"policy": "DeleteWorkers", "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 61}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"deletionRules": [
                         {"policy": "DeleteWorkers", "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 60}},
                         {"policy": "DeleteSelf", "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                     {"policy": "DeleteWorkers", "condition": {"jobStatus": "FAILED", "ttlSeconds": 60}},
                     {"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED", "ttlSeconds": 60}},
                     {"policy": "DeleteSelf", "condition": {"jobDeploymentStatus": "Failed", "ttlSeconds": 0}},
                     {"policy": "DeleteNone", "condition": {"jobStatus": "FAILED", "ttlSeconds": 0}}]}}}"#,
                )],
            },
        ),
    ]
);
