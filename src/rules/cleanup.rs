//! Resources that KubeRay keeps although the manifest asks to delete them.

use super::deletion_rules::{is_sound, rules};
use super::{Entry, Family};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::release::Gate::RayJobDeletionPolicy;
use crate::release::Release::{V1_4, V1_5, V1_6};
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

pub(super) const FAMILY: Family = Family {
    title: "Incomplete cleanup",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-deletion-uncovered-outcome",
                releases: Releases::since(V1_6),
                gate: Some((RayJobDeletionPolicy, true)),
                // Some outcomes leave resources behind that should be deleted.
                level: Level::Warn,
                why: "after a deadline, a failed submission or the loss of the head pod, \
                      jobStatus is not FAILED, so no rule applies and the RayCluster stays",
                advice: "Add a rule with the condition jobDeploymentStatus: Failed",
                fixes: &[FixTemplate {
                    title: "add a rule that deletes the RayCluster after any failure",
                    safe: false,
                    edits: &[Edit::Set(
                        At::Below("-"),
                        r#"{"policy": "DeleteCluster",
                            "condition": {"jobDeploymentStatus": "Failed"}}"#,
                    )],
                }],
                check: Check::Job(|job, context, report| {
                    let rules = rules(job);
                    let deletes = rules.iter().any(|rule| &*rule.policy != "DeleteNone");
                    let covers = rules.iter().any(|rule| {
                        rule.condition.job_deployment_status.as_deref() == Some("Failed")
                    });
                    let is_accepted = is_sound(job, context.release) && !job.shuts_down();
                    if deletes && !covers && is_accepted && !job.selects_cluster() {
                        report.add(
                            job.path("deletionStrategy.deletionRules"),
                            "no rule has the condition jobDeploymentStatus: Failed",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`deletionRules` deletes something, but no rule has the condition \
                       `jobDeploymentStatus: Failed`. (No rule can match a job that a user stops.)",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:isDeletionRuleMatched",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"deletionRules": [
                        {"policy": "DeleteCluster", "condition": {"jobStatus": "SUCCEEDED"}},
                        {"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED"}}]}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"deletionRules": [
                                     {"policy": "DeleteCluster",
                                       "condition": {"jobStatus": "SUCCEEDED"}},
                                     {"policy": "DeleteCluster",
                                       "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"deletionRules": [
                                     {"policy": "DeleteNone",
                                     "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-legacy-overrides-shutdown",
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, true)),
                // The field has no effect.
                level: Level::Warn,
                why: "with deletionStrategy, KubeRay ignores shutdownAfterJobFinishes, and \
                      onSuccess and onFailure keep the RayCluster after a deadline, a failed \
                      submission or a stopped job",
                advice: "Remove deletionStrategy, or remove shutdownAfterJobFinishes unless the \
                         job is suspended",
                fixes: &[
                    FixTemplate {
                        title: "remove deletionStrategy: KubeRay deletes the RayCluster however \
                                the job ends",
                        safe: false,
                        edits: &[Edit::Remove(At::Job("deletionStrategy"))],
                    },
                    FixTemplate {
                        title: "remove shutdownAfterJobFinishes",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                ],
                check: Check::Job(|job, _, report| {
                    let Some(strategy) = &job.deletion_strategy else {
                        return;
                    };
                    let (Some(success), Some(failure)) =
                        (&strategy.on_success, &strategy.on_failure)
                    else {
                        return;
                    };
                    // KubeRay refuses the combination with DeleteNone.
                    let is_accepted = [success, failure].iter().all(|outcome| {
                        outcome
                            .policy
                            .as_deref()
                            .is_some_and(|policy| policy != "DeleteNone")
                    });
                    if job.shuts_down() && is_accepted && !job.selects_cluster() {
                        report.add(
                            job.path("shutdownAfterJobFinishes"),
                            "shutdownAfterJobFinishes is true, but onSuccess and onFailure are set",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`onSuccess` and `onFailure` are set and `shutdownAfterJobFinishes` is true.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                         handleLegacyDeletionPolicy",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"shutdownAfterJobFinishes": true,
                        "deletionStrategy": {"onSuccess": {"policy": "DeleteCluster"},
                          "onFailure": {"policy": "DeleteWorkers"}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"deletionStrategy": {"onSuccess": {"policy": "DeleteCluster"},
                        "onFailure": {"policy": "DeleteWorkers"}}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-deletion-field-dropped",
                only_at_admission: true,
                // The API server drops the field.
                level: Level::Warn,
                why: "the API server drops the field, so KubeRay never sees it",
                advice: "Use deletionStrategy, which replaced deletionPolicy in 1.5",
                fixes: &[FixTemplate {
                    title: "remove the field",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Job(|job, context, report| {
                    let release = context.release;
                    let is_new = release >= V1_5;
                    let (field, is_set) = if is_new {
                        ("deletionPolicy", job.deletion_policy.is_some())
                    } else {
                        ("deletionStrategy", job.deletion_strategy.is_some())
                    };
                    if is_set {
                        let detail = format!("KubeRay {release} has no {field}");
                        let finding = report.add(job.path(field), detail);
                        if !is_new {
                            finding.advise(
                                "Use deletionPolicy or shutdownAfterJobFinishes; deletionStrategy \
                                 requires 1.5 or newer",
                            );
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`deletionPolicy` is set in 1.5 or newer, or `deletionStrategy` before 1.5. \
                       Only a request that no API server has pruned still has the field; in a \
                       file, `trap-unknown-field` reports it.",
                source: "kuberay v1.5.2 ray-operator/config/crd/bases/ray.io_rayjobs.yaml",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"deletionPolicy": "DeleteCluster"}}"#),
                    Example::job(
                        r#"{"spec": {"deletionStrategy": {"onSuccess": {
                                       "policy": "DeleteCluster"},
                                     "onFailure": {"policy": "DeleteNone"}}}}"#,
                    )
                    .on(V1_4),
                ],
                good: &[
                    Example::job(r#"{"spec": {"deletionPolicy": "DeleteCluster"}}"#)
                        .on(V1_4)
                        .gates(&[(RayJobDeletionPolicy, true)]),
                ],
            },
            cel: &[],
        },
    ],
};
