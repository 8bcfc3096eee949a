//! The priority of worker groups.

use super::autoscaler::chosen_version;
use super::version::{self, VersionProblem};
use super::{Entry, Family, worker};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::release::Release::V1_7;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

fn version(cluster: Cluster<'_>, wanted: VersionProblem, report: &mut Report) {
    if version::problem(cluster.spec, 2, 56) != Some(wanted) {
        return;
    }
    for worker in cluster
        .workers()
        .filter(|worker| worker.spec.priority.0 != 0)
    {
        let (priority, version) = (worker.spec.priority, wanted.describe(cluster.spec));
        report.add_in(
            worker,
            cluster.path(version::PATH),
            format!("priority of {worker} is {priority}, but {version}"),
        );
    }
}

const VERSION: Rule = Rule {
    releases: Releases::since(V1_7),
    why: "Ray supports priorities since 2.56.0, and KubeRay reads the version only from rayVersion",
    advice: "Set rayVersion to the Ray version in the image, which must be 2.56.0 or newer",
    fixes: &[FixTemplate {
        title: "set rayVersion to 2.56.0",
        safe: false,
        edits: &[Edit::Set(At::Finding, "\"2.56.0\"")],
    }],
    ..Rule::OPERATOR
};

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:validateWorkerGroupPriority";

pub(super) const FAMILY: Family = Family {
    title: "Worker group priority",
    entries: &[
        Entry {
            rule: Rule {
                id: "worker-priority-version-missing",
                position: Position::cluster(50).step(11),
                check: Check::Cluster(|cluster, _, report| {
                    version(cluster, VersionProblem::Missing, report);
                }),
                ..VERSION
            },
            doc: RuleDoc {
                what: "The `priority` of a worker group is not 0 and `rayVersion` is empty.",
                source: SOURCE,
                messages: &["worker group *: priority is set, but RayVersion was not"],
                bad: &[Example::job(worker!(
                    r#""priority": 1"#,
                    r#""rayVersion": "", "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"version": "v2"}"#
                ))],
                good: &[Example::job(worker!(
                    r#""priority": 0"#,
                    r#""rayVersion": """#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "item.?priority.orValue(0) != 0 && rayVersion == ''",
                path: "{cluster}.rayVersion",
                detail: "priority of {group(item)} is {item.priority}, but rayVersion is not set",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-priority-version-invalid",
                position: Position::cluster(50).step(12),
                check: Check::Cluster(|cluster, _, report| {
                    version(cluster, VersionProblem::Invalid, report);
                }),
                ..VERSION
            },
            doc: RuleDoc {
                what: "The `priority` of a worker group is not 0 and `rayVersion` is not a \
                       version number.",
                source: SOURCE,
                messages: &["worker group *: priority is set, but RayVersion format"],
                bad: &[Example::job(worker!(
                    r#""priority": 1"#,
                    r#""rayVersion": "nightly", "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"version": "v2"}"#
                ))],
                good: &[Example::job(worker!(
                    r#""priority": 1"#,
                    r#""rayVersion": "3.0.0.dev0",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}},
                       "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"version": "v2"}"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "item.?priority.orValue(0) != 0 && rayVersion != '' && !rayVersionIsValid",
                path: "{cluster}.rayVersion",
                detail: "priority of {group(item)} is {item.priority}, but rayVersion \
                         {quoted(rayVersion)} is not a version number",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-priority-version-old",
                position: Position::cluster(50).step(13),
                check: Check::Cluster(|cluster, _, report| {
                    version(cluster, VersionProblem::Old, report);
                }),
                ..VERSION
            },
            doc: RuleDoc {
                what: "The `priority` of a worker group is not 0 and `rayVersion` is older than \
                       2.56.0.",
                source: SOURCE,
                messages: &["worker group *: priority is set, but minimum"],
                bad: &[Example::job(worker!(
                    r#""priority": -1"#,
                    r#""rayVersion": "2.55.1",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}},
                       "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"version": "v2"}"#
                ))],
                good: &[Example::job(worker!(
                    r#""priority": -1"#,
                    r#""rayVersion": "2.56.0",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}},
                       "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"version": "v2"}"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: concat!(
                    "item.?priority.orValue(0) != 0 && rayVersionIsValid",
                    r" && !rayVersion.matches(r'^[ \t\n\f\r]*v?([3-9]\.|[1-9][0-9]+\.",
                    r"|2\.0*(5[6-9]|[6-9][0-9]|[1-9][0-9]{2}))')",
                ),
                path: "{cluster}.rayVersion",
                detail: "priority of {group(item)} is {item.priority}, but rayVersion is \
                         {quoted(rayVersion)}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-priority-needs-v2",
                position: Position::cluster(50).step(14),
                releases: Releases::since(V1_7),
                why: "only version v2 of Ray's autoscaler supports priorities",
                advice: "Set enableInTreeAutoscaling to true and autoscalerOptions.version to \
                         v2, or remove priority",
                fixes: &[FixTemplate {
                    title: "remove priority",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    if cluster.chooses_autoscaler_v2() {
                        return;
                    }
                    for worker in cluster
                        .workers()
                        .filter(|worker| worker.spec.priority.0 != 0)
                    {
                        let (priority, version) = (worker.spec.priority, chosen_version(cluster));
                        report.add_in(
                            worker,
                            worker.path("priority"),
                            format!("priority of {worker} is {priority}, but {version}"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The `priority` of a worker group is not 0, but `autoscalerOptions.version` \
                       is not `v2` and the head's Ray container does not set \
                       `RAY_enable_autoscaler_v2` to `1` or `true`.",
                source: SOURCE,
                messages: &["worker group *: priority is set to"],
                bad: &[
                    Example::job(worker!(
                        r#""priority": 1"#,
                        r#""rayVersion": "2.56.0",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}}"#
                    )),
                    Example::job(worker!(
                        r#""priority": -1"#,
                        r#""rayVersion": "2.56.0",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}},
                       "enableInTreeAutoscaling": true,
                           "autoscalerOptions": {"version": "v1"}"#
                    )),
                ],
                good: &[Example::job(worker!(
                    r#""priority": 1"#,
                    r#""rayVersion": "2.56.0",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}},
                       "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"version": "v2"}"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "!choosesV2 && item.?priority.orValue(0) != 0",
                path: "{cluster}.workerGroupSpecs[{i}].priority",
                detail: "priority of {group(item)} is {item.priority}, but \
                         autoscalerOptions.version is {!autoscalerVersion.hasValue() ? 'not set' \
                         : autoscalerVersion.value() == 'v1' ? 'v1' : 'not v2'}",
                ..Cel::NEVER
            }],
        },
    ],
};
