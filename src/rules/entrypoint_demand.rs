//! What the entrypoint asks for, compared with what the nodes of the RayCluster have.

use super::{Entry, Family, start_params, worker};
use crate::equality::is_zero;
use crate::example::Example;
use crate::finding::Report;
use crate::job::Job;
use crate::json::Json;
use crate::pod::{self, Owner, Pod};
use crate::release::Release::{self, V1_5};
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::quantity::Quantity;
use crate::syntax::ray_start;
use crate::text;

/// A resource of a node: what an entrypoint asks for, the start parameter, and the name in
/// the resources of a group.
#[derive(Clone, Copy)]
struct Resource {
    field: &'static str,
    param: &'static str,
    name: &'static str,
}

const CPUS: Resource = Resource {
    field: "entrypointNumCpus",
    param: "num-cpus",
    name: "CPU",
};

const GPUS: Resource = Resource {
    field: "entrypointNumGpus",
    param: "num-gpus",
    name: "GPU",
};

/// The value of a quantity in a limit or a request.
fn value_of(quantity: &Json<'_>) -> Option<i64> {
    match quantity {
        Json::Text(text) => value(text),
        Json::Number(number) => value(number),
        _ => None,
    }
}

fn value(quantity: &str) -> Option<i64> {
    Quantity::parse(quantity).map(Quantity::value)
}

/// Whether a limit is one of GPUs
/// (`kuberay v1.7.0 ray-operator/controllers/ray/utils/resources.go:IsGPUResourceKey`).
fn is_gpu(limit: &str) -> bool {
    limit.ends_with("gpu") || text::has(limit, "nvidia.com/mig-")
}

/// How much of a resource the Ray node in a pod has; `None` if only Ray finds that out.
fn capacity(pod: Pod<'_, '_>, resource: Resource, release: Release) -> Option<i64> {
    let Owner::Group(group, _) = pod.owner else {
        return Some(0);
    };
    let ray = pod.spec().containers.first()?;
    if !super::ray_command::uses_start_params(pod) {
        return None;
    }
    let amount = group
        .spec
        .resources
        .get(resource.name)
        .filter(|_| release >= V1_5);
    if let Some(amount) = amount {
        return value(amount);
    }
    let written = group.spec.ray_start_params.get(resource.param);
    if let Some(written) = written.filter(|value| !value.eq_ignore_ascii_case("false")) {
        return ray_start::word(written)?.trim().parse().ok();
    }
    let (limits, requests) = (&ray.resources.limits, &ray.resources.requests);
    if resource.name == CPUS.name {
        return value_of(limits.get("cpu")).or_else(|| value_of(requests.get("cpu")));
    }
    if let Json::Object(limits) = limits
        && let Some((_, amount)) = limits.iter().find(|(name, _)| is_gpu(name))
    {
        return value_of(amount);
    }
    // Ray counts the GPUs that it sees.
    let may_see = !ray.resources.claims.is_empty()
        || pod.spec().runtime_class_name.is_some()
        || !ray.env_from.is_empty()
        || ray
            .env
            .iter()
            .any(|variable| variable.name.starts_with("NVIDIA_"))
        || start_params::has_custom_accelerator(pod);
    (!may_see).then_some(0)
}

/// How much of a resource the largest node has; `None` if that is not known for all nodes.
fn largest_capacity(job: Job<'_>, resource: Resource, release: Release) -> Option<i64> {
    let mut largest = Some(0);
    let read = pod::visit(job.object(), &mut |pod| {
        largest = Option::zip(largest, capacity(pod, resource, release)).map(|(a, b)| a.max(b));
        false
    });
    // The rules about pods report what could not be read.
    largest.filter(|_| read.is_ok())
}

/// Compares what the entrypoint asks for with the largest node.
fn check(
    job: Job<'_>,
    release: Release,
    report: &mut Report,
    resources: &[Resource],
    is_wrong: fn(i64, i64) -> bool,
) {
    if !job.submits(release) || job.created_cluster().is_none() {
        return;
    }
    for &resource in resources {
        let asked = match resource.name {
            "CPU" => &job.entrypoint_num_cpus,
            _ => &job.entrypoint_num_gpus,
        };
        let Json::Number(number) = asked else {
            continue;
        };
        if is_zero(asked) {
            continue;
        }
        let (Some(amount), Some(largest)) =
            (value(number), largest_capacity(job, resource, release))
        else {
            continue;
        };
        if is_wrong(amount, largest) {
            let (field, name) = (resource.field, resource.name);
            let detail = match largest {
                0 => format!("{field} is {number}, but no group has a {name}"),
                _ => format!("{field} is {number}, but no node has more than {largest} {name}"),
            };
            report.add(job.path(field), detail);
        }
    }
}

const SOURCE: &str = "ray 2.53.0 python/ray/dashboard/modules/job/job_manager.py:\
                      JobManager._monitor_job_internal; kuberay v1.7.0 \
                      ray-operator/controllers/ray/common/pod.go:generateRayStartCommand";

const WAITS: &str = "Ray waits for such a node, and fails the job after 15 minutes";

pub(super) const FAMILY: Family = Family {
    title: "What the entrypoint asks for",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-entrypoint-no-gpu",
                // No node ever has one, with an autoscaler or without.
                level: Level::Deny,
                why: WAITS,
                advice: "Give the Ray container of a group a limit such as nvidia.com/gpu: 1, or \
                         remove entrypointNumGpus",
                check: Check::Job(|job, context, report| {
                    check(job, context.release, report, &[GPUS], |_, largest| {
                        largest == 0
                    });
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`entrypointNumGpus` is more than 0, and no group has a GPU: by `num-gpus` \
                       in `rayStartParams`, its `resources`, or the limits of its Ray container. A \
                       group with a `runtimeClassName`, a resource claim, `envFrom` or a variable \
                       `NVIDIA_*` may see one.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(r#"{"spec": {"entrypointNumGpus": 1}}"#)],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypointNumGpus": 1, "rayClusterSpec": {
                             "headGroupSpec": {"rayStartParams": {"num-gpus": "1"}}}}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypointNumGpus": 0}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-too-big",
                // A webhook may give the pods more.
                level: Level::Warn,
                why: WAITS,
                advice: "Ask for less, or give a group more",
                check: Check::Job(|job, context, report| {
                    check(
                        job,
                        context.release,
                        report,
                        &[CPUS, GPUS],
                        |asked, largest| largest > 0 && asked > largest,
                    );
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`entrypointNumCpus` or `entrypointNumGpus` is more than each node has: by \
                       `rayStartParams`, the `resources` of its group, or the limits and requests \
                       of its Ray container, which must be known for all groups.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"entrypointNumCpus": 8, "rayClusterSpec": {
                             "headGroupSpec": {"rayStartParams": {"num-cpus": "0"}},
                             "workerGroupSpecs": [{"groupName": "workers", "replicas": 1,
                               "minReplicas": 1, "maxReplicas": 1,
                               "rayStartParams": {"num-cpus": "4"}, "template": {"spec": {
                                 "containers": [{"name": "ray-worker",
                                   "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
                good: &[
                    Example::job(r#"{"spec": {"entrypointNumCpus": 8}}"#),
                    Example::job(worker!(r#""rayStartParams": {"num-cpus": "4"}"#)),
                ],
            },
            cel: &[],
        },
    ],
};
