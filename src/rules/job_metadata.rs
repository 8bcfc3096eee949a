//! `spec.metadata`, which Ray stores with the job.

use super::{Entry, Family};
use crate::example::Example;
use crate::json::Quoted;
use crate::kuberay::SubmissionMode;
use crate::release::Release::{V1_4, V1_5, V1_6, V1_7};
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::semver::is_release_since;

pub(super) const FAMILY: Family = Family {
    title: "Ray job metadata",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-metadata-ray-version",
                // The job is never submitted.
                level: Level::Deny,
                why: "KubeRay passes metadata on only if it knows that the Ray release is 2.6.0 \
                      or newer, and otherwise submits nothing",
                advice: "Set rayClusterSpec.rayVersion to the Ray release in the image, such as \
                         2.52.0, or remove metadata",
                check: Check::Job(|job, context, report| {
                    let release = context.release;
                    // Since 1.5, KubeRay builds its command even if it does not use it.
                    let is_made = job.submits_by_shell(release)
                        || (job.has_mode(SubmissionMode::K8sJob) && release >= V1_5);
                    if job.metadata.is_empty() || !is_made {
                        return;
                    }
                    let detail = match job.cluster() {
                        Some(cluster) if cluster.ray_version.is_empty() && release < V1_7 => {
                            "rayVersion is not set".into()
                        }
                        Some(cluster) if cluster.ray_version.is_empty() => return,
                        Some(cluster) if is_release_since(&cluster.ray_version, 2, 6) => return,
                        Some(cluster) => format!("rayVersion is {}", Quoted(&cluster.ray_version)),
                        None if job.selects_cluster() && release < V1_5 => {
                            "rayClusterSpec is not set".into()
                        }
                        None => return,
                    };
                    report.add(
                        job.path("rayClusterSpec.rayVersion"),
                        format!("metadata is set, but {detail}"),
                    );
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`metadata` is set in K8sJobMode or SidecarMode, and `rayVersion` is not \
                       2.6.0 or a newer release. Pre-releases (`2.52.0-rc1`) and values that are \
                       not semantic versions (`2.52.0rc1`, `nightly`) do not count as releases. \
                       Up to 1.6, `rayVersion` is also required; up to 1.4, even on an existing \
                       RayCluster.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/common/\
                         job.go:getMetadataJSONForSubmitCommand; v1.6.2 GetMetadataJson",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"},
                                     "rayClusterSpec": {"rayVersion": "nightly"}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"},
                                     "rayClusterSpec": {"rayVersion": "2.5.1",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"},
                                     "rayClusterSpec": {"rayVersion": null}}}"#,
                    )
                    .on(V1_6),
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"}, "rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    )
                    .on(V1_4),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"},
                                     "rayClusterSpec": {"rayVersion": "2.6",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"},
                                     "rayClusterSpec": {"rayVersion": null}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"metadata": {},
                                     "rayClusterSpec": {"rayVersion": "nightly"}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"},
                                     "rayClusterSpec": {"rayVersion": "nightly"},
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-metadata-dropped",
                releases: Releases::between(V1_5, V1_6),
                // The job runs, but without its metadata.
                level: Level::Warn,
                why: "this KubeRay release passes metadata on only with a rayClusterSpec",
                advice: "Use HTTPMode, which passes metadata on",
                check: Check::Job(|job, context, report| {
                    if job.selects_cluster()
                        && job.cluster().is_none()
                        && !job.metadata.is_empty()
                        && job.submits_by_shell(context.release)
                    {
                        report.add(
                            job.path("metadata"),
                            "metadata has no effect on an existing RayCluster",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`metadata` is set on a job that runs on an existing RayCluster, in \
                       K8sJobMode or SidecarMode.",
                source: "kuberay v1.6.2 \
                         ray-operator/controllers/ray/common/job.go:BuildJobSubmitCommand",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"metadata": {"team": "ml"}, "rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"}, "rayClusterSpec": null,
                                     "submissionMode": "HTTPMode",
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"metadata": {"team": "ml"}, "rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    )
                    .on(V1_7),
                ],
            },
            cel: &[],
        },
    ],
};
