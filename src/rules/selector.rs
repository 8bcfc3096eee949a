//! Jobs on an existing RayCluster, and jobs without a RayCluster.

use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::kuberay::SubmissionMode;
use crate::release::Release::{V1_3, V1_4, V1_5, V1_6};
use crate::rule::{Check, Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// The only key of `clusterSelector` that KubeRay reads.
pub(super) const CLUSTER: &str = "ray.io/cluster";

/// Describes the `backoffLimit` of a job with retries on an existing
/// RayCluster.
fn retries_on_selected(job: Job<'_>) -> Option<String> {
    let retries = job.retries();
    (job.selects_cluster() && retries > 0)
        .then(|| format!("backoffLimit is {retries} on a job that runs on an existing RayCluster"))
}

/// Reports a `clusterSelector` without the name of a RayCluster.
pub(super) fn nameless(job: Job<'_>, report: &mut Report) {
    let selector = &job.cluster_selector;
    if !selector.is_empty() && selector.get(CLUSTER).is_none_or(str::is_empty) {
        report.add(
            job.path("clusterSelector").key(CLUSTER),
            "clusterSelector names no RayCluster",
        );
    }
}

const NO_RETRY: &[FixTemplate] = &[FixTemplate {
    title: "set backoffLimit to 0",
    safe: false,
    edits: &[Edit::Set(At::Finding, "0")],
}];

pub(super) const FAMILY: Family = Family {
    title: "Cluster selector",
    entries: &[
        Entry {
            rule: Rule {
                id: "selector-suspend",
                position: Position::job(100),
                why: "suspending deletes the RayCluster, and this one does not belong to the job",
                advice: "Remove suspend, and the label of a queue, which sets it; or replace \
                         clusterSelector with rayClusterSpec",
                fixes: &[FixTemplate {
                    title: "remove suspend",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Job(|job, _, report| {
                    if job.suspend && job.selects_cluster() {
                        report.add(
                            job.path("suspend"),
                            "suspend is true on a job that runs on an existing RayCluster",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`suspend` is true and the job runs on an existing RayCluster.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["the ClusterSelector mode doesn't support the suspend"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}, "suspend": true,
                        "shutdownAfterJobFinishes": true}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )],
            },
            cel: &[Cel {
                when: "suspend && selects",
                path: "{job}.suspend",
                detail: "suspend is true on a job that runs on an existing RayCluster",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "cluster-source-missing",
                position: Position::job(110),
                why: "the job has no RayCluster to run on",
                advice: "Define a RayCluster in rayClusterSpec, or name an existing one in \
                         clusterSelector[\"ray.io/cluster\"]",
                check: Check::Job(|job, _, report| {
                    if job.cluster().is_none() && !job.selects_cluster() {
                        report.add(
                            job.path("rayClusterSpec"),
                            "neither rayClusterSpec nor clusterSelector is set",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "Neither `rayClusterSpec` nor `clusterSelector` is set.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["one of RayClusterSpec or ClusterSelector"],
                bad: &[
                    Example::job(r#"{"spec": {"rayClusterSpec": null}}"#),
                    Example::job(r#"{"spec": {"rayClusterSpec": null, "clusterSelector": {}}}"#),
                    Example::cron(r#"{"spec": {"jobTemplate": {"rayClusterSpec": null}}}"#),
                ],
                good: &[Example::job("{}")],
            },
            cel: &[Cel {
                when: "!selects && !cluster.hasValue()",
                path: "{cluster}",
                detail: "neither rayClusterSpec nor clusterSelector is set",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "selector-name-empty",
                position: Position::job(120),
                releases: Releases::since(V1_5),
                why: "KubeRay reads only the key ray.io/cluster, whose value is the name of a \
                      RayCluster in the same namespace",
                advice: "Set ray.io/cluster in clusterSelector to the name of the RayCluster",
                check: Check::Job(|job, _, report| nameless(job, report)),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`clusterSelector` has entries, but `ray.io/cluster` is missing or empty.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["cluster name in ClusterSelector"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"team": "ml"}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": ""}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )],
            },
            cel: &[Cel {
                when: "selects && selector[?'ray.io/cluster'].orValue('') == ''",
                path: r#"{job}.clusterSelector["ray.io/cluster"]"#,
                detail: "clusterSelector names no RayCluster",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "selector-sidecar",
                position: Position::job(130),
                releases: Releases::since(V1_5),
                why: "SidecarMode submits from a container in the head pod, and that pod already \
                      exists",
                advice: "Use K8sJobMode or HTTPMode, or replace clusterSelector with \
                         rayClusterSpec",
                fixes: &[FixTemplate {
                    title: "use K8sJobMode",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "\"K8sJobMode\"")],
                }],
                check: Check::Job(|job, _, report| {
                    if job.selects_cluster() && job.has_mode(SubmissionMode::Sidecar) {
                        report.add(
                            job.path("submissionMode"),
                            "submissionMode is SidecarMode on a job that runs on an existing \
                             RayCluster",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`submissionMode` is `SidecarMode` and the job runs on an existing \
                       RayCluster.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["ClusterSelector is not supported in SidecarMode"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "submissionMode": "SidecarMode"}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"},
                        "submissionMode": "HTTPMode"}}"#,
                )],
            },
            cel: &[Cel {
                when: "selects && mode == 'SidecarMode'",
                path: "{job}.submissionMode",
                detail: "submissionMode is SidecarMode on a job that runs on an existing \
                         RayCluster",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "selector-backoff",
                position: Position::job(140),
                releases: Releases::since(V1_6),
                why: "a retry needs a new RayCluster, and KubeRay creates none for this job",
                advice: "Set backoffLimit to 0, or replace clusterSelector with rayClusterSpec",
                fixes: NO_RETRY,
                check: Check::Job(|job, _, report| {
                    if let Some(detail) = retries_on_selected(job) {
                        report.add(job.path("backoffLimit"), detail);
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`backoffLimit` is above 0 and the job runs on an existing RayCluster.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["BackoffLimit is incompatible with ClusterSelector"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}, "backoffLimit": 1}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}, "backoffLimit": 0}}"#,
                )],
            },
            cel: &[Cel {
                when: "selects && retries > 0",
                path: "{job}.backoffLimit",
                detail: "backoffLimit is {retries} on a job that runs on an existing RayCluster",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-selector-retry-deletes-cluster",
                releases: Releases::between(V1_3, V1_5),
                // It deletes something that belongs to others.
                level: Level::Deny,
                why: "a retry deletes the RayCluster that clusterSelector names, and everything \
                      else that runs on it",
                advice: "Set backoffLimit to 0, or replace clusterSelector with rayClusterSpec",
                fixes: NO_RETRY,
                check: Check::Job(|job, context, report| {
                    // A job that interactive-backoff refuses is never retried.
                    let is_refused =
                        job.has_mode(SubmissionMode::Interactive) && context.release >= V1_4;
                    let retries = retries_on_selected(job);
                    if let Some(detail) = retries.filter(|_| !is_refused) {
                        report.add(job.path("backoffLimit"), detail);
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`backoffLimit` is above 0 and the job runs on an existing RayCluster, in a \
                       release that does not refuse this. The retry deletes the user's RayCluster \
                       and then waits for it forever.",
                source: "kuberay v1.5.2 \
                         ray-operator/controllers/ray/rayjob_controller.go:deleteClusterResources",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}, "backoffLimit": 1}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}, "backoffLimit": 0}}"#,
                )],
            },
            cel: &[Cel {
                when: "selects && retries > 0 && (mode != 'InteractiveMode' || release < V1_4)",
                path: "{job}.backoffLimit",
                detail: "backoffLimit is {retries} on a job that runs on an existing RayCluster",
                ..Cel::NEVER
            }],
        },
    ],
};
