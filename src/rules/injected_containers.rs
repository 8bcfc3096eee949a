//! Containers that KubeRay adds to pods.

use super::{Entry, Family, cluster, head};
use crate::cel::{CONTAINER_LISTS, Cel};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::pod::{Owner, Part, Pod, Role};
use crate::release::Gate::RayClusterMTLS;
use crate::rule::{Check, Level, Rule, Stop};
use crate::rule_doc::RuleDoc;

/// A container that KubeRay adds to pods
/// (`kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go`, `job.go`).
struct Added {
    name: &'static str,
    /// What it is, after "KubeRay's".
    what: &'static str,
    /// Whether the pods of the head have it.
    in_head: bool,
    /// Whether the pods of the workers have it.
    in_workers: bool,
    /// Whether an init container of this name takes its place.
    gives_way: bool,
    is_added: fn(Cluster<'_>, &Context<'_>) -> bool,
}

const ADDED: [Added; 4] = [
    Added {
        name: "autoscaler",
        what: "autoscaler",
        in_head: true,
        in_workers: false,
        gives_way: false,
        is_added: |cluster, _| cluster.autoscales(),
    },
    Added {
        name: "ray-job-submitter",
        what: "submitter",
        in_head: true,
        in_workers: false,
        gives_way: false,
        is_added: |_, context| context.submits_in_head(),
    },
    Added {
        name: "wait-gcs-ready",
        what: "init container",
        in_head: false,
        in_workers: true,
        gives_way: false,
        is_added: |_, _| true,
    },
    Added {
        name: "wait-for-tls-ip-san",
        what: "init container",
        in_head: true,
        in_workers: true,
        gives_way: true,
        is_added: |cluster, context| {
            let tls = cluster.tls_options.as_ref();
            context.is_on(RayClusterMTLS) && tls.is_some_and(|tls| tls.enabled)
        },
    },
];

fn taken(pod: Pod<'_, '_>, context: &Context<'_>, report: &mut Report) {
    let Owner::Group(group, cluster) = pod.owner else {
        return;
    };
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        let name = &*container.spec.name;
        let is_here = |added: &&Added| {
            let in_group = match group.is_head() {
                true => added.in_head,
                false => added.in_workers,
            };
            let collides = match container.role {
                Role::Main => true,
                Role::Init => !added.gives_way,
                Role::Autoscaler => false,
            };
            added.name == name && in_group && collides && (added.is_added)(cluster, context)
        };
        if let Some(added) = ADDED.iter().find(is_here) {
            let detail = format!("{container} has the name of KubeRay's {}", added.what);
            report.add(container.path("name"), detail);
        }
    }
}

pub(super) const FAMILY: Family = Family {
    title: "Containers that KubeRay adds",
    entries: &[Entry {
        rule: Rule {
            id: "trap-container-name-taken",
            stop: Some(Stop::Pods),
            level: Level::Deny,
            why: "a pod cannot have two containers of one name, so the API server refuses to \
                  create it",
            advice: "Use another name",
            check: Check::Pod(Part::Containers, taken),
            ..Rule::TRAP
        },
        doc: RuleDoc {
            what: "A container has the name of one that KubeRay adds: `autoscaler` in the head \
                   with `enableInTreeAutoscaling`, `ray-job-submitter` in the head in \
                   `SidecarMode`, `wait-gcs-ready` in workers, and `wait-for-tls-ip-san` in all \
                   pods with `tlsOptions` (except for an init container, which replaces \
                   KubeRay's).",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:\
                     DefaultHeadPodTemplate",
            messages: &[],
            bad: &[
                Example::job(head!(
                    r#""template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                         {"name": "autoscaler", "image": "example.com/scaler:1"}]}}"#,
                    r#""enableInTreeAutoscaling": true"#
                )),
                Example::job(cluster!(
                    r#""workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                         "maxReplicas": 1, "template": {"spec": {
                           "initContainers": [
                             {"name": "wait-gcs-ready", "image": "rayproject/ray:2.52.0"}],
                           "containers": [
                             {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]"#
                )),
            ],
            good: &[
                Example::job(head!(
                    r#""template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                         {"name": "autoscaler", "image": "example.com/scaler:1"}]}}"#
                )),
                Example::job(head!(
                    r#""template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                         {"name": "ray-job-submitter", "image": "example.com/log:1"}]}}"#
                )),
                Example::job(head!(
                    r#""template": {"spec": {
                         "initContainers": [
                           {"name": "wait-gcs-ready", "image": "rayproject/ray:2.52.0"}],
                         "containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                )),
            ],
        },
        cel: &[Cel {
            within: CONTAINER_LISTS,
            each: "list.items",
            when: "item.name in ['autoscaler', 'ray-job-submitter', 'wait-gcs-ready', \
                   'wait-for-tls-ip-san'] && (pod.owner == 'head' && (item.name == 'autoscaler' \
                   && autoscales || item.name == 'ray-job-submitter' && mode == 'SidecarMode' && \
                   release >= V1_5) || pod.owner == 'workers' && item.name == 'wait-gcs-ready' || \
                   pod.owner != 'submitter' && item.name == 'wait-for-tls-ip-san' && list.field \
                   == 'containers' && RayClusterMTLS && encrypts)",
            path: "{template(pod)}.spec.{list.field}[{i}].name",
            detail: "{list.word} {quoted(item.name)} of {owner(pod)} has the name of KubeRay's \
                     {item.name == 'autoscaler' ? 'autoscaler' : item.name == 'ray-job-submitter' \
                     ? 'submitter' : 'init container'}",
            ..Cel::NEVER
        }],
    }],
};
