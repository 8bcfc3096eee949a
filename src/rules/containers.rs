//! The containers of the RayCluster's pods.

use super::{Entry, Family, head};
use crate::cel::Cel;
use crate::example::Example;
use crate::finding::Report;
use crate::group::Group;
use crate::release::Release::{V1_3, V1_4};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

fn no_container(group: Group<'_>, report: &mut Report) {
    if group.ray_container().is_none() {
        report.add_in(
            group,
            group.path("template.spec.containers"),
            format!("{group} has no container"),
        );
    }
}

const NO_CONTAINER: Rule = Rule {
    releases: Releases::since(V1_4).and_cluster_since(V1_3),
    why: "Ray runs in the first container",
    advice: "Add the container that runs Ray to template.spec.containers",
    ..Rule::OPERATOR
};

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";

pub(super) const FAMILY: Family = Family {
    title: "Containers",
    entries: &[
        Entry {
            rule: Rule {
                id: "head-no-containers",
                position: Position::cluster(10),
                check: Check::Cluster(|cluster, _, report| no_container(cluster.head(), report)),
                ..NO_CONTAINER
            },
            doc: RuleDoc {
                what: "The head's pod template has no container.",
                source: SOURCE,
                messages: &["headGroupSpec should have at least one container"],
                bad: &[
                    Example::job(head!(r#""template": {"spec": {"containers": []}}"#)),
                    Example::job(head!(r#""template": {"spec": null}"#)).on(V1_3),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"containers": [
                      {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                ))],
            },
            cel: &[Cel {
                when: "describes && headContainers.size() == 0",
                path: "{cluster}.headGroupSpec.template.spec.containers",
                detail: "the head group has no container",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-no-containers",
                position: Position::cluster(50).step(1),
                check: Check::Cluster(|cluster, _, report| {
                    for worker in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        no_container(worker, report);
                    }
                }),
                ..NO_CONTAINER
            },
            doc: RuleDoc {
                what: "The pod template of a worker group has no container.",
                source: SOURCE,
                messages: &["workerGroupSpec should have at least one container"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": [
                                     {"groupName": "small", "minReplicas": 1, "maxReplicas": 3,
                                    "template": {"spec": {"containers": [
                                      {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}},
                                     {"groupName": "large", "minReplicas": 1, "maxReplicas": 3,
                                       "template": {"spec": {"containers": []}}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": [
                                     {"groupName": "small", "template": {}}]}}}"#,
                    )
                    .on(V1_3),
                ],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": []}}}"#,
                )],
            },
            cel: &[Cel {
                each: "workers",
                when: "item.?template.?spec.?containers.orValue([]).size() == 0",
                path: "{cluster}.workerGroupSpecs[{i}].template.spec.containers",
                detail: "{group(item)} has no container",
                ..Cel::NEVER
            }],
        },
    ],
};
