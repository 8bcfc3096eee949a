//! The RayJobs that a RayCronJob creates.

use super::metadata::{NAMELESS, name};
use super::{Entry, Family};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Path, Quoted};
use crate::kuberay::SubmissionMode;
use crate::release::Release::{V1_6, V1_7};
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::names;

/// The longest name of a RayCronJob in 1.6, in bytes.
const LONGEST_ON_1_6: usize = 41;
/// The longest name from 1.7 on, in bytes; a rule refuses longer ones.
const LONGEST: usize = 36;

const TRAP: Rule = Rule {
    releases: Releases::since(V1_6),
    ..Rule::TRAP
};

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/raycronjob_controller.go:constructRayJob";

pub(super) const FAMILY: Family = Family {
    title: "RayJobs of a RayCronJob",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-cron-interactive",
                // Idle RayClusters fill the cluster.
                level: Level::Deny,
                why: "every run creates a RayCluster that waits for a user to submit a job, and \
                      they pile up",
                advice: "Use K8sJobMode, or set preRunningDeadlineSeconds and \
                         shutdownAfterJobFinishes but no jobId",
                fixes: &[FixTemplate {
                    title: "use K8sJobMode",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "\"K8sJobMode\"")],
                }],
                check: Check::JobTemplate(|job, _, report| {
                    let is_bounded = job.pre_running_deadline_seconds.is_some()
                        && job.shuts_down()
                        && !job.has_job_id();
                    if job.has_mode(SubmissionMode::Interactive) && !is_bounded {
                        report.add(
                            job.path("submissionMode"),
                            "submissionMode is InteractiveMode in a RayCronJob",
                        );
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "The jobs use `InteractiveMode` and are not limited by both \
                       `preRunningDeadlineSeconds` and `shutdownAfterJobFinishes`. With a \
                       `jobId`, no limit helps: the jobs are Running immediately.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null}}}"#,
                    ),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null, "jobId": "mine",
                                      "preRunningDeadlineSeconds": 600,
                                      "shutdownAfterJobFinishes": true}}}"#,
                    ),
                ],
                good: &[Example::cron(
                    r#"{"spec": {"jobTemplate": {"submissionMode": "InteractiveMode",
                        "entrypoint": null, "preRunningDeadlineSeconds": 600,
                        "shutdownAfterJobFinishes": true}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-name",
                // Every run fails.
                level: Level::Deny,
                why: "KubeRay accepts the RayCronJob but refuses each of its RayJobs, whose names \
                      begin with this name",
                advice: "Use at most 36 lowercase letters, digits and hyphens, starting with a \
                         letter, such as nightly-train",
                check: Check::RayCronJob(|cron, context, report| {
                    let (field, written, name) = name(&cron.metadata);
                    let is_refused = context.release >= V1_7 && name.len() > LONGEST;
                    if !is_refused
                        && (name.len() > LONGEST_ON_1_6 || !names::is_dns1035_label(&name))
                    {
                        let detail = match written {
                            "" => NAMELESS.into(),
                            name => format!("{} cannot begin the name of a RayJob", Quoted(name)),
                        };
                        report.add(Path::default().at(field), detail);
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "The name contains anything other than lowercase letters, digits and \
                       hyphens, does not begin with a letter, or in 1.6 is longer than 41 bytes. \
                       From 1.7 on, KubeRay refuses a long name.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::cron(r#"{"metadata": {"name": "nightly.train"}}"#),
                    Example::cron(r#"{"metadata": {"name": "1st"}}"#).on(V1_6),
                    Example::cron(
                        r#"{"metadata": {"name": "a23456789012345678901234567890123456789012"}}"#,
                    )
                    .on(V1_6),
                ],
                good: &[
                    Example::cron(r#"{"metadata": {"name": "nightly-train"}}"#),
                    Example::cron(
                        r#"{"metadata": {"name": "a2345678901234567890123456789012345678901"}}"#,
                    )
                    .on(V1_6),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-template-suspend",
                // Something else may resume them.
                level: Level::Warn,
                why: "every RayJob is created suspended, and KubeRay never resumes it",
                advice: "Remove suspend from jobTemplate; to stop the runs, set spec.suspend of \
                         the RayCronJob",
                fixes: &[FixTemplate {
                    title: "remove suspend from jobTemplate",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::JobTemplate(|job, _, report| {
                    // Rules report jobs that must not be suspended at all.
                    if job.suspend && job.shuts_down() && !job.selects_cluster() {
                        report.add(job.path("suspend"), "suspend is true in jobTemplate");
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "`jobTemplate.suspend` is true.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::cron(
                    r#"{"spec": {"jobTemplate": {"suspend": true,
                        "shutdownAfterJobFinishes": true}}}"#,
                )],
                good: &[Example::cron(
                    r#"{"spec": {"suspend": true,
                        "jobTemplate": {"shutdownAfterJobFinishes": true}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-fixed-job-id",
                // All runs but the first do nothing.
                level: Level::Deny,
                why: "the RayCluster knows the ID after the first run, so every later run takes \
                      over that result and runs nothing",
                advice: "Remove jobId so that KubeRay generates an ID for each run",
                fixes: &[FixTemplate {
                    title: "remove jobId",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::JobTemplate(|job, _, report| {
                    if job.has_job_id()
                        && job.selects_cluster()
                        && !job.has_mode(SubmissionMode::Interactive)
                    {
                        report.add(
                            job.path("jobId"),
                            "all runs have the same jobId on the same RayCluster",
                        );
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "`jobTemplate` has both `jobId` and `clusterSelector`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/common/job.go:BuildJobSubmitCommand",
                messages: &[],
                bad: &[Example::cron(
                    r#"{"spec": {"jobTemplate": {"shutdownAfterJobFinishes": null,
                        "rayClusterSpec": null, "clusterSelector": {"ray.io/cluster": "shared"},
                        "jobId": "nightly"}}}"#,
                )],
                good: &[
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"shutdownAfterJobFinishes": null,
                                      "rayClusterSpec": null,
                                      "clusterSelector": {"ray.io/cluster": "shared"}}}}"#,
                    ),
                    Example::cron(r#"{"spec": {"jobTemplate": {"jobId": "nightly"}}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-no-metadata",
                // The label or annotation has no effect.
                level: Level::Warn,
                why: "a RayCronJob does not pass its labels and annotations on to its RayJobs",
                advice: "Remove it; a RayCronJob has no field for the metadata of its RayJobs",
                fixes: &[FixTemplate {
                    title: "remove the label or annotation",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::RayCronJob(|cron, _, report| {
                    for (field, marks) in [
                        ("metadata.labels", &cron.metadata.labels),
                        ("metadata.annotations", &cron.metadata.annotations),
                    ] {
                        for (key, _) in marks.iter() {
                            let path = Path::default().at(field).key(key.to_string());
                            report.add(path, format!("{} is on a RayCronJob", Quoted(key)));
                        }
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "A RayCronJob has a label or annotation that has an effect on a RayJob: its \
                       key begins with `ray.io/`, `kueue.x-k8s.io/`, `volcano.sh/`, \
                       `yunikorn.apache.org/` or `kai.scheduler/`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::cron(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}}}"#,
                    ),
                    Example::cron(
                        r#"{"metadata": {"annotations": {"ray.io/ft-enabled": "true"}}}"#,
                    ),
                ],
                good: &[Example::cron(
                    r#"{"metadata": {"labels": {"team": "ml"},
                        "annotations": {"example.com/ray.io": "x"}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-clusters-pile-up",
                // The jobs run until the cluster is full.
                level: Level::Warn,
                why: "every run leaves its RayCluster running, and KubeRay does not limit how \
                      many it keeps",
                advice: "Set shutdownAfterJobFinishes to true, or use deletionStrategy",
                fixes: &[FixTemplate {
                    title: "set shutdownAfterJobFinishes to true",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "true")],
                }],
                check: Check::JobTemplate(|job, _, report| {
                    let cleans_up = job.shuts_down() || job.deletion_strategy.is_some();
                    // Rules report jobs that wait for a user or require shutdownAfterJobFinishes.
                    let is_told = job.has_mode(SubmissionMode::Interactive)
                        || job.suspend
                        || job.ttl_seconds_after_finished.is_some_and(|ttl| ttl.0 > 0);
                    if job.created_cluster().is_some() && !cleans_up && !is_told {
                        report.add(
                            job.path("shutdownAfterJobFinishes"),
                            "shutdownAfterJobFinishes is not true in jobTemplate",
                        );
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "`jobTemplate` has neither `shutdownAfterJobFinishes` nor \
                       `deletionStrategy`. Unlike a CronJob, a RayCronJob has no history limit in \
                       any release and deletes no runs.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/raycronjob_controller.go:Reconcile",
                messages: &[],
                bad: &[
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"shutdownAfterJobFinishes": null}}}"#,
                    ),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"shutdownAfterJobFinishes": false}}}"#,
                    ),
                ],
                good: &[
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"shutdownAfterJobFinishes": true}}}"#,
                    ),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"shutdownAfterJobFinishes": null,
                                      "rayClusterSpec": null,
                                      "clusterSelector": {"ray.io/cluster": "shared"}}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
    ],
};
