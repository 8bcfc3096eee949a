//! The images of a RayCluster: whether they hold the same Ray, which `rayVersion` tells, and
//! whether KubeRay and the submitter use the right ones.

use super::{Entry, Family, head_spec, version};
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{Edit, FixTemplate};
use crate::group::Group;
use crate::job::Job;
use crate::json::{Path, Quoted};
use crate::kuberay::SubmissionMode;
use crate::pod::{Owner, Part, Pod};
use crate::raycluster::Container;
use crate::release::Release::V1_6;
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::ray_version::{RayVersion, image_release};

/// The image of the container that runs Ray in a group.
fn image<'s>(group: Group<'s>) -> &'s str {
    group.ray_container().map_or("", |ray| &*ray.image)
}

fn image_path(group: Group<'_>) -> Path {
    group.path("template.spec.containers").index(0).at("image")
}

/// The version of Python that the rest of a tag names, such as `-py311`.
fn python(rest: &str) -> Option<&str> {
    let parts = rest.split('-');
    { parts }.find(|part| {
        let number = part.strip_prefix("py");
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    })
}

/// Whether two images hold another Ray or, as far as their tags tell, another Python.
fn differ(one: &str, other: &str, with_python: bool) -> bool {
    let (Some((release, rest)), Some((other, other_rest))) =
        (image_release(one), image_release(other))
    else {
        return false;
    };
    let pythons = (python(rest), python(other_rest));
    let other_python = with_python && matches!(pythons, (Some(one), Some(other)) if one != other);
    release != other || other_python
}

/// Reports a head whose image lacks what KubeRay's probes ask for.
fn probes(pod: Pod<'_, '_>, report: &mut Report) {
    let Owner::Group(group, cluster) = pod.owner else {
        return;
    };
    let Some(ray) = pod.spec().containers.first() else {
        return;
    };
    let has_own_probes = ray.liveness_probe.is_set() && ray.readiness_probe.is_set();
    let image = ray.image.as_deref().unwrap_or_default();
    let version = RayVersion::of_image(image);
    let is_old = version.is_some_and(|version| !version.at_least(2, 53));
    let asks = version::problem(cluster.spec, 2, 53).is_none();
    if !group.is_head() || !asks || has_own_probes || !is_old {
        return;
    }
    propose(cluster, image, report);
}

/// Reports another `rayVersion` than that of the head's image, and proposes the latter.
fn propose(cluster: Cluster<'_>, image: &str, report: &mut Report) {
    let detail = format!(
        "rayVersion is {}, but the image of {} is {}",
        Quoted(&cluster.ray_version),
        cluster.head(),
        Quoted(image)
    );
    let release = image_release(image).map(|(release, _)| release.to_owned());
    let finding = report.add(cluster.path(version::PATH), detail);
    finding.propose(release);
}

/// Reports a head whose image holds another Ray than `rayVersion` tells.
fn version_differs(cluster: Cluster<'_>, asks_by_version: bool, report: &mut Report) {
    let image = image(cluster.head());
    let versions = (
        RayVersion::parse(&cluster.ray_version),
        RayVersion::of_image(image),
    );
    let (Some(written), Some(real)) = versions else {
        return;
    };
    // That the probes fail is worse, and told apart.
    let fails = asks_by_version && written.at_least(2, 53) && !real.at_least(2, 53);
    if written != real && !fails {
        propose(cluster, image, report);
    }
}

fn groups_differ(cluster: Cluster<'_>, report: &mut Report) {
    let head = image(cluster.head());
    for worker in cluster.workers() {
        if report.is_full() {
            break;
        }
        let image = image(worker);
        if differ(head, image, true) {
            let detail = format!(
                "the image of {worker} is {}, but that of the head group is {}",
                Quoted(image),
                Quoted(head)
            );
            report.add_in(worker, image_path(worker), detail);
        }
    }
}

fn submitter_differs(job: Job<'_>, report: &mut Report) {
    let (Some(cluster), Some(submitter)) = (job.created_cluster(), job.submitter()) else {
        return;
    };
    let head = image(cluster.head());
    if job.has_mode(SubmissionMode::K8sJob) && differ(head, &submitter.image, false) {
        let detail = format!(
            "the image of the submitter is {}, but that of the head group is {}",
            Quoted(&submitter.image),
            Quoted(head)
        );
        let containers = job.path("submitterPodTemplate").at("spec.containers");
        report.add(containers.index(0).at("image"), detail);
    }
}

fn pull_secrets(job: Job<'_>, report: &mut Report) {
    let Some(cluster) = job.created_cluster() else {
        return;
    };
    let head = cluster.head();
    let secrets = &head.spec.template.spec.image_pull_secrets;
    let image = image(head);
    // Everybody can pull the images of Ray.
    let is_public = image.starts_with("rayproject/") || image.starts_with("docker.io/rayproject/");
    if job.has_mode(SubmissionMode::K8sJob)
        && job.submitter_pod_template.is_none()
        && !secrets.is_empty()
        && !is_public
    {
        let detail = format!(
            "the head group has imagePullSecrets for the image {}, and there is no \
             submitterPodTemplate",
            Quoted(image)
        );
        report.add(head.path("template.spec.imagePullSecrets"), detail);
    }
}

/// Reports a group whose first container is not the one that is meant to run Ray.
fn not_first(group: Group<'_>, report: &mut Report) {
    let containers = &group.spec.template.spec.containers;
    let is_ray = |container: &Container<'_>| {
        matches!(&*container.name, "ray-head" | "ray-worker" | "ray")
            || image_release(&container.image).is_some()
    };
    let Some((first, others)) = containers.split_first() else {
        return;
    };
    let other = others.iter().find(|container| is_ray(container));
    if let Some(other) = other.filter(|_| !is_ray(first)) {
        let detail = format!(
            "the first container of {group} is {}, before {}",
            Quoted(&first.name),
            Quoted(&other.name)
        );
        let path = group.path("template.spec.containers").index(0).at("name");
        report.add_in(group, path, detail);
    }
}

const SET_VERSION: FixTemplate = FixTemplate {
    title: "set rayVersion to the release of the image",
    // KubeRay does other things for another version.
    safe: false,
    edits: &[Edit::SetProposed],
};

/// The patch that gives images to the head and to the only worker group.
macro_rules! images {
    ($version:literal, $head:literal, $worker:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"rayVersion": ""#,
            $version,
            r#"", "headGroupSpec": {"template": {"spec": {"containers": [
                 {"name": "ray-head", "image": ""#,
            $head,
            r#""}]}}}, "workerGroupSpecs": [{"groupName": "workers", "replicas": 1,
                 "minReplicas": 1, "maxReplicas": 1, "rayStartParams": {}, "template": {"spec": {
                 "containers": [{"name": "ray-worker", "image": ""#,
            $worker,
            r#""}]}}}]}}}"#
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Images and versions of Ray",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-ray-version-probes",
                // The pod never becomes ready.
                level: Level::Deny,
                releases: Releases::since(V1_6),
                why: "from rayVersion 2.53.0 on, KubeRay's probes ask for /api/healthz, which this \
                      image does not serve, so Kubernetes restarts the container forever",
                advice: "Set rayVersion to the Ray version in the image",
                fixes: &[SET_VERSION],
                check: Check::Pod(Part::Containers, |pod, _, report| probes(pod, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`rayVersion` is 2.53.0 or newer, the tag of the head's image is older, \
                       such as `rayproject/ray:2.52.0`, and its Ray container does not have both \
                       probes.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:\
                         initLivenessAndReadinessProbe",
                messages: &[],
                bad: &[Example::job(images!(
                    "2.53.0",
                    "rayproject/ray:2.52.0",
                    "rayproject/ray:2.52.0"
                ))],
                good: &[
                    Example::job(images!(
                        "2.53.0",
                        "rayproject/ray:2.53.0",
                        "rayproject/ray:2.53.0"
                    )),
                    Example::job(images!(
                        "2.53.0",
                        "example.com/train:2.52.0",
                        "example.com/train:2.52.0"
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-ray-images-differ",
                // The workers never join.
                level: Level::Deny,
                why: "a worker with another release of Ray or Python cannot join the head",
                advice: "Use the same release of Ray and Python in all groups",
                check: Check::CreatedCluster(|cluster, _, report| groups_differ(cluster, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The tags of the images of the head and of a worker group tell different \
                       releases of Ray, or different versions of Python such as `-py310` and \
                       `-py311`. Only tags of `rayproject/ray`, `ray-ml` and `ray-llm`, and of \
                       other images whose names end in `/ray`, are read.",
                source: "ray 2.60.0 python/ray/_private/utils.py:check_version_info",
                messages: &[],
                bad: &[
                    Example::job(images!(
                        "2.52.0",
                        "rayproject/ray:2.52.0",
                        "rayproject/ray:2.52.1"
                    )),
                    Example::job(images!(
                        "2.52.0",
                        "rayproject/ray:2.52.0-py311",
                        "rayproject/ray:2.52.0-py310-gpu"
                    )),
                ],
                good: &[Example::job(images!(
                    "2.52.0",
                    "rayproject/ray:2.52.0-py311",
                    "example.com/mirror/ray:2.52.0-py311-gpu"
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-submitter-image-differs",
                // The command line may still understand the head.
                level: Level::Warn,
                why: "ray job submit of another release may not understand the head",
                advice: "Use the image of the head for the submitter",
                check: Check::Job(|job, _, report| submitter_differs(job, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode, the tags of the images of the head and of the first \
                       container of `submitterPodTemplate` tell different releases of Ray.",
                source: "ray 2.60.0 python/ray/dashboard/modules/dashboard_sdk.py:\
                         SubmissionClient._check_connection_and_version",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submitterPodTemplate": {"spec": {"restartPolicy": "Never",
                         "containers": [{"name": "submitter",
                           "image": "rayproject/ray:2.46.0"}]}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"submitterPodTemplate": {"spec": {"restartPolicy": "Never",
                         "containers": [{"name": "submitter",
                           "image": "rayproject/ray:2.52.0"}]}}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-ray-version-differs",
                // For most pairs of releases, KubeRay does the same.
                level: Level::Warn,
                why: "KubeRay decides by rayVersion, not by the image, how it probes Ray and what \
                      it lets Ray do",
                advice: "Set rayVersion to the Ray version in the image",
                fixes: &[SET_VERSION],
                check: Check::CreatedCluster(|cluster, context, report| {
                    version_differs(cluster, context.release >= V1_6, report);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`rayVersion` and the tag of the head's image tell different minor releases \
                       of Ray.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:\
                         ValidateRayClusterSpec",
                messages: &[],
                bad: &[Example::job(images!(
                    "2.9.0",
                    "rayproject/ray:2.41.0",
                    "rayproject/ray:2.41.0"
                ))],
                good: &[
                    Example::job(images!(
                        "2.52.0",
                        "rayproject/ray:2.52.1",
                        "rayproject/ray:2.52.1"
                    )),
                    Example::job(images!(
                        "2.9.0",
                        "example.com/train:1",
                        "example.com/train:1"
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-submitter-pull-secrets",
                // The service account of the submitter may have secrets, too.
                level: Level::Warn,
                why: "KubeRay's own submitter pod uses the image of the head without its \
                      imagePullSecrets, so Kubernetes may fail to pull it while the RayCluster \
                      idles",
                advice: "Add a submitterPodTemplate with the imagePullSecrets, or add them to the \
                         service account default",
                check: Check::Job(|job, _, report| pull_secrets(job, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode without `submitterPodTemplate`, the head's template has \
                       `imagePullSecrets`, and its image is not one of `rayproject`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/common/job.go:\
                         GetDefaultSubmitterTemplate",
                messages: &[],
                bad: &[Example::job(head_spec!(
                    r#""imagePullSecrets": [{"name": "registry"}],
                       "containers": [{"name": "ray-head", "image": "example.com/train:1"}]"#
                ))],
                good: &[
                    Example::job(head_spec!(r#""imagePullSecrets": [{"name": "registry"}]"#)),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode", "rayClusterSpec": {
                             "headGroupSpec": {"template": {"spec": {
                               "imagePullSecrets": [{"name": "registry"}], "containers": [
                                 {"name": "ray-head", "image": "example.com/train:1"}]}}}}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-ray-container-first",
                // The name of a container does not tell what its image has.
                level: Level::Warn,
                why: "KubeRay runs ray start in the first container of the list, whatever its name",
                advice: "Put the container of Ray first",
                check: Check::CreatedCluster(|cluster, _, report| {
                    not_first(cluster.head(), report);
                    for worker in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        not_first(worker, report);
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "A container after the first one of a group is named `ray-head` or \
                       `ray-worker`, or has an image of Ray, and the first container does not.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/constant.go:\
                         RayContainerIndex",
                messages: &[],
                bad: &[Example::job(head_spec!(
                    r#""containers": [{"name": "proxy", "image": "example.com/proxy:1"},
                         {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]"#
                ))],
                good: &[Example::job(head_spec!(
                    r#""containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                         {"name": "proxy", "image": "example.com/proxy:1"}]"#
                ))],
            },
            cel: &[],
        },
    ],
};
