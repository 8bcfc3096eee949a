//! Names of worker groups, and on KubeRay 1.3 of the job, of which KubeRay makes the names
//! and labels of pods and Services.

use super::head_service::SERVE_SERVICE;
use super::{Entry, Family, metadata};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::group::Group;
use crate::json::{Path, Quoted};
use crate::kind::Kind;
use crate::release::Gate::{RayClusterNetworkPolicy, RayMultiHostIndexing};
use crate::release::Release::{self, V1_3, V1_5, V1_6};
use crate::rule::{Check, Level, Releases, Rule, Stop};
use crate::rule_doc::RuleDoc;
use crate::syntax::go_case::lower_case;
use crate::syntax::labels::check_label_value;
use crate::syntax::names::is_dns1123_subdomain;

/// What KubeRay writes between the names of a RayJob and its RayCluster; the end is random.
fn cluster_suffix(release: Release) -> &'static str {
    match release {
        V1_3 => "-raycluster-xxxxx",
        _ => "-xxxxx",
    }
}

/// The name of the RayCluster, with an `x` for what is random; `None` if the object has no
/// name.
fn cluster_name(context: &Context<'_>) -> Option<String> {
    let (_, _, name) = metadata::name(context.object.metadata());
    let name = String::from_utf8_lossy(&name);
    if name.is_empty() {
        return None;
    }
    // A run of a RayCronJob ends in its time, in minutes, from 1.7 on.
    let run = match (context.object.kind(), context.release) {
        (Kind::RayCluster, _) => return Some(name.into()),
        (Kind::RayJob | Kind::RayService, _) => "",
        (Kind::RayCronJob, V1_6) => "-xxxxx",
        (Kind::RayCronJob, _) => "-00000000",
    };
    Some(format!("{name}{run}{}", cluster_suffix(context.release)))
}

/// The name of a pod: KubeRay keeps 50 bytes of the names of cluster and group
/// (`kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:PodName`).
fn pod_name(cluster: &str, group: &str) -> String {
    let names = format!("{cluster}-{group}");
    let kept = names.get(..names.floor_char_boundary(50));
    format!("{}-worker-xxxxx", lower_case(kept.unwrap_or_default()))
}

/// What keeps the pods of a group from being created.
pub(super) fn fault(context: &Context<'_>, group: Group<'_>) -> Option<String> {
    let name = &*group.spec.group_name;
    if let Err(error) = check_label_value(name) {
        return Some(format!(
            "groupName {}: {error}{}",
            Quoted(name),
            group.empty_note()
        ));
    }
    // Part of a valid name with any beginning, unless it is cut.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.bytes().all(is_plain) {
        return None;
    }
    let cluster = cluster_name(context)?;
    let is_possible = |group: &str| is_dns1123_subdomain(pod_name(&cluster, group).as_bytes());
    // Not the fault of the group, if no name of this length would do.
    let other = "a".repeat(name.len());
    (is_possible(&other) && !is_possible(name)).then(|| {
        let pod = pod_name(&cluster, name);
        format!(
            "groupName {} gives pods the name {}{}",
            Quoted(name),
            Quoted(&pod),
            group.empty_note()
        )
    })
}

/// What is wrong with a name on KubeRay 1.3, behind which it writes some bytes to name the
/// RayCluster (`kuberay v1.3.2 ray-operator/controllers/ray/utils/util.go`).
fn name_fault(cluster: Cluster<'_>, name: &[u8], context: &Context<'_>) -> Option<String> {
    let kind = context.object.kind();
    let suffix = match kind {
        Kind::RayCluster => 0,
        _ => cluster_suffix(V1_3).len(),
    };
    let bytes = name.len();
    let named = bytes.saturating_add(suffix);
    let many_hosts = cluster.workers().find(|group| has_many_hosts(*group));
    // The Service of the head has the last 50 bytes of its name, 9 of which are KubeRay's too,
    // and never a dot at the start. A RayService has one more, of its own name.
    let kept = match kind {
        Kind::RayService => 40,
        _ => 40_usize.saturating_sub(suffix),
    };
    let service = name.iter().skip(bytes.saturating_sub(kept));
    let names_service = cluster.head().spec.head_service.metadata.name.is_empty();
    let serves = context.object.annotation(SERVE_SERVICE) == "true";
    match many_hosts {
        _ if named > 63 => Some(format!("gives a name of {bytes} bytes")),
        _ if serves && named > 57 => Some(format!(
            "gives a name of {bytes} bytes, and {SERVE_SERVICE} is \"true\""
        )),
        Some(group) if named > 43 => Some(format!(
            "gives a name of {bytes} bytes, and {group} has several hosts"
        )),
        Some(group) if name.contains(&b'.') => {
            Some(format!("contains a dot, and {group} has several hosts"))
        }
        _ if names_service && { service }.any(|byte| *byte == b'.') => {
            Some("contains a dot near its end".into())
        }
        _ => None,
    }
}

fn has_many_hosts(group: Group<'_>) -> bool {
    group.spec.num_of_hosts.is_some_and(|hosts| hosts.0 > 1)
}

/// Reports the names of groups, one of whose labels is longer by a suffix.
fn multi_host(cluster: Cluster<'_>, report: &mut Report) {
    for group in cluster.workers().filter(|group| has_many_hosts(*group)) {
        if report.is_full() {
            break;
        }
        let detail = match group.spec.group_name.len() {
            0 => format!("{group} has several hosts{}", group.empty_note()),
            // Longer ones are a fault for any number of hosts.
            bytes @ 58..=63 => format!(
                "{group} has several hosts and a name of {bytes} bytes{}",
                group.empty_note()
            ),
            _ => continue,
        };
        report.add_in(group, group.path("groupName"), detail);
    }
}

/// The patch with one worker group of these fields, its name among them.
macro_rules! group {
    ($fields:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": [{
                 "minReplicas": 1, "maxReplicas": 3, "#,
            $fields,
            r#", "template": {"spec": {"containers": [
                   {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Names of worker groups",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-group-name",
                stop: Some(Stop::Pods),
                level: Level::Deny,
                why: "KubeRay names and labels pods after the group, and the API server refuses \
                      such pods, so the group never has a worker",
                advice: "Use lowercase letters, digits and '-', at most 63",
                check: Check::CreatedCluster(|cluster, context, report| {
                    // A rule of the operator is stricter about groups with a NetworkPolicy.
                    if cluster.network_policy.is_some() && context.is_on(RayClusterNetworkPolicy) {
                        return;
                    }
                    for group in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        if let Some(fault) = fault(context, group) {
                            report.add_in(group, group.path("groupName"), fault);
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The `groupName` of a worker group cannot be part of pod names, or not be \
                       the label `ray.io/group`: it has characters other than letters, digits \
                       and `-`, such as `_`, or is longer than 63 bytes. KubeRay writes it in \
                       lower case into the names, and only the first 50 bytes of the names of \
                       cluster and group.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:PodName",
                messages: &[],
                bad: &[
                    Example::job(group!(r#""groupName": "gpu_workers""#)),
                    Example::job(group!(r#""groupName": "gpu workers""#)),
                    Example::job(group!(
                        r#""groupName":
                           "a234567890123456789012345678901234567890123456789012345678901234""#
                    )),
                ],
                good: &[
                    Example::job(group!(
                        r#""groupName":
                           "a23456789012345678901234567890123456789012345678901234567890123""#
                    )),
                    Example::job(group!(r#""groupName": "GPU-workers""#)),
                    Example::job(group!(r#""groupName": "v100.x8""#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-group-name-multi-host",
                stop: Some(Stop::Pods),
                level: Level::Deny,
                releases: Releases::since(V1_5),
                gate: Some((RayMultiHostIndexing, true)),
                why: "KubeRay labels its pods with this name, '-' and 5 more bytes, and the API \
                      server refuses such pods, so the group never has a worker",
                advice: "Use a groupName of 1 to 57 bytes",
                check: Check::CreatedCluster(|cluster, _, report| multi_host(cluster, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`numOfHosts` of a worker group is greater than 1 and its `groupName` is \
                       empty or longer than 57 bytes, while the feature gate \
                       `RayMultiHostIndexing` is on, its default from 1.6 on.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:\
                         GenerateRayWorkerReplicaGroupName",
                messages: &[],
                bad: &[
                    Example::job(group!(
                        r#""numOfHosts": 2, "groupName":
                           "a234567890123456789012345678901234567890123456789012345678""#
                    )),
                    Example::job(group!(r#""numOfHosts": 2, "groupName": """#)),
                ],
                good: &[
                    Example::job(group!(
                        r#""numOfHosts": 2, "groupName":
                           "a23456789012345678901234567890123456789012345678901234567""#
                    )),
                    Example::job(group!(
                        r#""numOfHosts": 1, "groupName":
                           "a234567890123456789012345678901234567890123456789012345678""#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-name-of-cluster",
                stop: Some(Stop::HeadService),
                level: Level::Deny,
                releases: Releases::between(V1_3, V1_3),
                why: "KubeRay 1.3 makes labels and the names of Services of it, which the API \
                      server refuses again and again",
                advice: "Use lowercase letters, digits and '-': at most 46 bytes (63 in a \
                         RayCluster), 40 (57) with ray.io/enable-serve-service, or 26 (43) if a \
                         group has several hosts; 5 bytes less in generateName",
                check: Check::CreatedCluster(|cluster, context, report| {
                    let (field, written, name) = metadata::name(context.object.metadata());
                    if let Some(fault) = name_fault(cluster, &name, context) {
                        let path = Path::default().at(field);
                        report.add(path, format!("{} {fault}", Quoted(written)));
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "KubeRay 1.3 does not check the name, but uses it for the RayCluster, \
                       labels and Services, which must not have more than 63 bytes, nor a dot. \
                       The name is longer than 46 bytes, longer than 40 although the annotation \
                       `ray.io/enable-serve-service` is \"true\", longer than 26 although a \
                       worker group has a `numOfHosts` greater than 1, or has a dot in its last \
                       23 bytes; in a RayCluster 17 bytes more. In a RayService a dot is wrong in \
                       the last 40 bytes. Later releases check the name themselves.",
                source: "kuberay v1.3.2 ray-operator/controllers/ray/utils/util.go:CheckName",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {
                            "name": "a2345678901234567890123456789012345678901234567"}}"#,
                    ),
                    Example::job(r#"{"metadata": {"name": "train.v2"}}"#),
                    Example::cluster(r#"{"metadata": {"name": "shared.v2"}}"#),
                    Example::job(
                        r#"{"metadata": {
                            "name": "a2345678901234567890123456789012345678901",
                            "annotations": {"ray.io/enable-serve-service": "true"}}}"#,
                    ),
                    Example::service(r#"{"metadata": {"name": "serve.v2-and-23-bytes-after-it"}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {
                            "name": "a234567890123456789012345678901234567890",
                            "annotations": {"ray.io/enable-serve-service": "true"}}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {
                            "name": "a2345678901234567890123456789012345678901234567"}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {
                            "name": "a234567890123456789012345678901234567890123456"}}"#,
                    ),
                    Example::job(r#"{"metadata": {"name": "train.v2-and-23-bytes-after-it"}}"#),
                ],
            },
            cel: &[],
        },
    ],
};
