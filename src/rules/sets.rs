//! Objects that must not be applied together.

use super::head_service::{FIXED_NAME, FIXED_NAME_ADVICE};
use super::{Entry, Family};
use crate::example::Example;
use crate::finding::Report;
use crate::json::{Path, Quoted};
use crate::kind::Kind;
use crate::release::Release::V1_5;
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::set::Member;

/// Reports a RayJob whose own Service is also that of another object.
fn collision(job: &Member, beside: &[&Member], report: &mut Report) {
    if job.kind != "RayJob" || job.name.is_empty() {
        return;
    }
    let service = job.own_service();
    let makes_it = |other: &&&Member| match (other.kind, &*other.head_service) {
        ("RayService", _) | ("RayCluster", "") => other.own_service() == service,
        ("RayCluster", fixed) => fixed == service,
        _ => false,
    };
    if let Some(other) = beside.iter().find(makes_it) {
        let detail = format!("{other} has the Service {} too", Quoted(&service));
        report.add(Path::default().at("metadata.name"), detail);
    }
}

/// Reports a job that fixes the name of a Service, as another job does.
fn shared(job: &Member, beside: &[&Member], report: &mut Report) {
    if job.head_service.is_empty() {
        return;
    }
    // A RayCluster beside it may be another example.
    let is_job = |other: &Member| Kind::named(other.kind).is_some_and(Kind::has_job);
    let has_it = |other: &&&Member| is_job(other) && other.head_service == job.head_service;
    if let (Some(other), Some(kind)) = (beside.iter().find(has_it), Kind::named(job.kind)) {
        let cluster = Path::default().at(kind.cluster_path());
        let name = Quoted(&job.head_service);
        report.add(
            cluster.at("headGroupSpec.headService.metadata.name"),
            format!("headService has the name {name}, and so has that of {other}"),
        );
    }
}

const RAY_CLUSTER: &str =
    r#"{"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": {"name": "train"}}"#;

/// The patch that fixes the name of the Service.
macro_rules! fixed {
    () => {
        r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"headService": {
             "metadata": {"name": "ray-head"}}}}}}"#
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Objects applied together",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-service-collision",
                releases: Releases::since(V1_5),
                // It takes the clients and the workers of another cluster away.
                level: Level::Deny,
                why: "KubeRay does not check whose Service it is: either clients and new workers \
                      of the other one are sent to the head of this job, or the other one gets \
                      neither its Service nor pods",
                advice: "Give the RayJob another name",
                check: Check::Set(collision),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The checked files have a RayJob and a RayCluster or a RayService of the \
                       same name and in the same namespace. From 1.5 on, a RayJob has a Service \
                       of its own, its name and `-head-svc`, as a RayCluster and a RayService \
                       have. If the RayCluster is there first, KubeRay changes its Service when \
                       the job runs: its clients and new workers then connect to the head of the \
                       job. If the RayJob is there first, KubeRay cannot create the Service of \
                       the RayCluster, and creates no pods without it. A RayService and a RayJob \
                       change the Service in turn. Objects without a namespace count as in the \
                       same one if their files are in the same folder, or are named on the \
                       command line. A RayJob with `clusterSelector` has no Service.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:reconcileServices",
                messages: &[],
                bad: &[Example::job("{}").beside(RAY_CLUSTER)],
                good: &[
                    Example::job(r#"{"metadata": {"name": "train-job"}}"#).beside(RAY_CLUSTER),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "train"}}}"#,
                    )
                    .beside(RAY_CLUSTER),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-head-service-shared",
                // They may never run at the same time.
                level: Level::Warn,
                why: FIXED_NAME,
                advice: FIXED_NAME_ADVICE,
                check: Check::Set(shared),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The checked files have two jobs in the same namespace, RayJobs or \
                       RayCronJobs, with the same `headService.metadata.name`. As for namespaces, \
                       see `trap-service-collision`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/raycluster_controller.go:createService",
                messages: &[],
                bad: &[Example::job(fixed!()).beside(
                    r#"{"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "tune"},
                        "spec": {"rayClusterSpec": {"headGroupSpec": {"headService": {
                          "metadata": {"name": "ray-head"}}}}}}"#,
                )],
                good: &[Example::job(fixed!()).beside(
                    r#"{"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "tune"},
                        "spec": {"rayClusterSpec": {"headGroupSpec": {}}}}"#,
                )],
            },
            cel: &[],
        },
    ],
};
