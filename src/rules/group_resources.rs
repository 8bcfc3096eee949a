//! The resources, hosts and service account of a group.

use super::{Entry, Family, head, worker};
use crate::cel::{Cel, WORKERS};
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::group::Group;
use crate::json::Quoted;
use crate::kind::{Kind, Kinds};
use crate::pod::{Owner, Part, Pod};
use crate::release::Release::V1_5;
use crate::rule::{Check, Level, Releases, Rule, Stop};
use crate::rule_doc::RuleDoc;
use crate::syntax::quantity::Quantity;

/// The head and the worker groups.
fn groups<'s>(cluster: Cluster<'s>) -> impl Iterator<Item = Group<'s>> {
    std::iter::once(cluster.head()).chain(cluster.workers())
}

/// Whether KubeRay passes a resource to Ray as a whole number
/// (`kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:updateRayStartParamsResources`).
fn is_counted(resource: &str) -> bool {
    let resource = resource.to_ascii_lowercase();
    matches!(&*resource, "cpu" | "memory") || resource.ends_with("gpu") || is_gpu_slice(&resource)
}

/// Whether a resource is a part of an NVIDIA GPU, such as `nvidia.com/mig-2g.32gb`.
fn is_gpu_slice(resource: &str) -> bool {
    /// What stands before the number that a text ends in.
    fn before_number(text: &str) -> Option<&str> {
        let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
        (rest != text).then_some(rest)
    }
    let slices = resource.strip_suffix("gb").and_then(before_number);
    let slices = slices.and_then(|slices| slices.strip_suffix("g."));
    let prefix = slices.and_then(before_number);
    prefix.is_some_and(|prefix| prefix.ends_with("nvidia.com/mig-"))
}

/// Reports the resources whose quantities do not reach Ray as written.
fn resources(
    cluster: Cluster<'_>,
    report: &mut Report,
    problem: fn(&str, Option<Quantity>) -> Option<String>,
) {
    for group in groups(cluster) {
        if report.is_full() {
            break;
        }
        for (resource, amount) in group.spec.resources.iter() {
            if report.is_full() {
                break;
            }
            if let Some(problem) = problem(resource, Quantity::parse(amount)) {
                let (name, amount) = (Quoted(resource), Quoted(amount));
                report.add_in(
                    group,
                    group.path("resources").key(resource.to_string()),
                    format!("{name} of {group} is {amount}, {problem}"),
                );
            }
        }
    }
}

fn no_quantity(_: &str, quantity: Option<Quantity>) -> Option<String> {
    quantity.is_none().then(|| "which is not a quantity".into())
}

fn rounded(resource: &str, quantity: Option<Quantity>) -> Option<String> {
    let whole = quantity?.value().to_string();
    let is_rounded = is_counted(resource) && Quantity::parse(&whole) != quantity;
    is_rounded.then(|| format!("which KubeRay rounds up to {whole}"))
}

/// Reports the number of hosts of groups.
fn hosts(cluster: Cluster<'_>, report: &mut Report, is_wrong: fn(i32) -> bool) {
    for group in cluster.workers() {
        if report.is_full() {
            break;
        }
        if let Some(hosts) = group.spec.num_of_hosts.filter(|hosts| is_wrong(hosts.0)) {
            report.add_in(
                group,
                group.path("numOfHosts"),
                format!("numOfHosts of {group} is {hosts}"),
            );
        }
    }
}

const ONE_HOST: FixTemplate = FixTemplate {
    title: "set numOfHosts to 1",
    safe: false,
    edits: &[Edit::Set(At::Finding, "1")],
};

/// What KubeRay makes of the name of a service account
/// (`kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:CheckName`).
fn clipped(name: &str) -> String {
    let start = name.ceil_char_boundary(name.len().saturating_sub(50));
    let mut kept = name.get(start..).unwrap_or_default().chars();
    let first = kept.next().map(|first| match first {
        first if first.is_ascii_digit() || first.is_ascii_punctuation() => 'r',
        first => first,
    });
    first.into_iter().chain(kept).collect()
}

/// Reports a service account whose name KubeRay changes when the head autoscales.
fn service_account(pod: Pod<'_, '_>, report: &mut Report) {
    let Owner::Group(group, cluster) = pod.owner else {
        return;
    };
    let name = &*pod.spec().service_account_name;
    if !group.is_head() || !cluster.autoscales() || clipped(name) == name {
        return;
    }
    let detail = format!(
        "the head pod autoscales, and KubeRay changes its serviceAccountName {} to {}",
        Quoted(name),
        Quoted(&clipped(name))
    );
    report.add(pod.path("spec.serviceAccountName"), detail);
}

const RESOURCES: &str = "kuberay v1.7.0 \
                         ray-operator/controllers/ray/common/pod.go:updateRayStartParamsResources";
const REPLICAS: &str = "kuberay v1.7.0 \
                        ray-operator/controllers/ray/raycluster_controller.go:reconcilePods";

/// The patch that sets `numOfHosts` of the worker group of a RayCluster.
macro_rules! cluster_of_hosts {
    ($hosts:literal) => {
        concat!(
            r#"{"spec": {"workerGroupSpecs": [{
                 "groupName": "workers", "minReplicas": 1, "maxReplicas": 3, "numOfHosts": "#,
            $hosts,
            r#", "template": {"spec": {"containers": [
                   {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}"#
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Resources and hosts of a group",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-group-resources",
                level: Level::Deny,
                releases: Releases::since(V1_5),
                why: "KubeRay skips it, and Ray never knows of this resource",
                advice: "Write a quantity such as 4, 500m or 16Gi",
                check: Check::CreatedCluster(|cluster, _, report| {
                    resources(cluster, report, no_quantity);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "A value in the `resources` of a group is not a quantity.",
                source: RESOURCES,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""resources": {"CPU": "four"}"#)),
                    Example::job(worker!(r#""resources": {"memory": "16GB"}"#)),
                ],
                good: &[Example::job(worker!(
                    r#""resources": {"CPU": "4", "memory": "16Gi", "special": "0.5"}"#
                ))],
            },
            cel: &[
                Cel {
                    each: "(selects ? [] : head.?resources.orValue({}).map(key, key))",
                    when: "!isQuantity(head.?resources[?item].orValue('0'))",
                    path: "{cluster}.headGroupSpec.resources\
                           {item.matches(r'^[A-Za-z0-9_]{1,64}$') \
                           ? '.' + item : '[' + quoted(item) + ']'}",
                    detail: "{quoted(item)} of the head group is \
                             {quoted(head.?resources[?item].orValue(''))}, which is not a \
                             quantity",
                    ..Cel::NEVER
                },
                Cel {
                    within: WORKERS,
                    each: "(selects ? [] : worker.?resources.orValue({}).map(key, key))",
                    when: "!isQuantity(worker.resources[item])",
                    path: "{cluster}.workerGroupSpecs[{w}].resources\
                           {item.matches(r'^[A-Za-z0-9_]{1,64}$') \
                           ? '.' + item : '[' + quoted(item) + ']'}",
                    detail: "{quoted(item)} of {group(worker)} is \
                             {quoted(worker.resources[item])}, which is not a quantity",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "trap-group-resources-rounded",
                releases: Releases::since(V1_5),
                why: "Ray believes that pods of the group have more than was written",
                advice: "Write a whole number",
                check: Check::CreatedCluster(|cluster, _, report| {
                    resources(cluster, report, rounded);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The CPU, memory or GPU in the `resources` of a group is not a whole \
                       number. KubeRay rounds up what it passes to Ray: half a GPU becomes one. \
                       Other resources may have fractions.",
                source: RESOURCES,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""resources": {"CPU": "500m"}"#)),
                    Example::job(worker!(r#""resources": {"nvidia.com/gpu": "0.5"}"#)),
                ],
                good: &[Example::job(worker!(
                    r#""resources": {"cpu": "2000m", "memory": "1.5Gi", "special": "0.5"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-num-of-hosts-zero",
                kinds: Kinds::only(Kind::RayCluster),
                why: "a worker of this group is made of no pods, so the group never has one",
                advice: "Set numOfHosts to 1, its default, or set replicas to 0",
                fixes: &[ONE_HOST],
                check: Check::CreatedCluster(|cluster, _, report| {
                    hosts(cluster, report, |hosts| hosts == 0);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`numOfHosts` of a worker group of a RayCluster is 0. In a job or a \
                       RayService 0 is the default: KubeRay leaves it out of the RayCluster that \
                       it makes, and the API server fills in 1.",
                source: REPLICAS,
                messages: &[],
                bad: &[Example::cluster(cluster_of_hosts!("0"))],
                good: &[
                    Example::cluster(cluster_of_hosts!("4")),
                    Example::job(worker!(r#""numOfHosts": 0"#)),
                ],
            },
            cel: &[Cel {
                each: "workers",
                when: "!selects && item.?numOfHosts.orValue(1) == 0",
                path: "{cluster}.workerGroupSpecs[{i}].numOfHosts",
                detail: "numOfHosts of {group(item)} is {item.numOfHosts}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-num-of-hosts-negative",
                stop: Some(Stop::ReadyCluster),
                level: Level::Deny,
                why: "KubeRay waits for a negative number of pods, so the RayCluster never becomes \
                      ready",
                advice: "Set numOfHosts to 1, its default, or to the hosts of a worker",
                fixes: &[ONE_HOST],
                check: Check::CreatedCluster(|cluster, _, report| {
                    hosts(cluster, report, |hosts| hosts < 0);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`numOfHosts` of a worker group is negative.",
                source: REPLICAS,
                messages: &[],
                bad: &[Example::job(worker!(r#""numOfHosts": -1"#))],
                good: &[Example::job(worker!(r#""numOfHosts": 1"#))],
            },
            cel: &[Cel {
                each: "workers",
                when: "!selects && item.?numOfHosts.orValue(1) < 0",
                path: "{cluster}.workerGroupSpecs[{i}].numOfHosts",
                detail: "numOfHosts of {group(item)} is {item.numOfHosts}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-service-account-clipped",
                stop: Some(Stop::Pods),
                level: Level::Deny,
                why: "KubeRay insists on the account that is written, and the API server on the \
                      one in the pod: unless there are both, there is no head pod",
                advice: "Use an account whose name begins with a letter and has at most 50 bytes",
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    service_account(pod, report)
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The cluster has `enableInTreeAutoscaling`, and `serviceAccountName` of the \
                       head begins with a digit or is longer than 50 bytes, of which KubeRay \
                       keeps the last.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:CheckName",
                messages: &[],
                bad: &[Example::job(head!(
                    r#""template": {"spec": {"serviceAccountName": "2026-training",
                         "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#,
                    r#""enableInTreeAutoscaling": true"#
                ))],
                good: &[
                    Example::job(head!(
                        r#""template": {"spec": {"serviceAccountName": "training",
                             "containers": [
                               {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#,
                        r#""enableInTreeAutoscaling": true"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"serviceAccountName": "2026-training",
                             "containers": [
                               {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};
