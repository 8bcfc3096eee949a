//! The number of workers.

use super::{Entry, Family};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::group::Group;
use crate::json::Int;
use crate::release::Release::{self, V1_5, V1_6};
use crate::rule::{Check, Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// The patch that gives the only worker group these bounds.
macro_rules! bounds {
    ($fields:literal $(, $more:literal)*) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"#,
            $($more, ", ",)*
            r#""workerGroupSpecs": [{"groupName": "workers", "#,
            $fields,
            r#""template": {"spec": {"containers": [
              {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#
        )
    };
}

/// The two bounds.
const FIELDS: [&str; 2] = ["minReplicas", "maxReplicas"];

/// Reports each group in which the bound is wrong.
fn each(
    cluster: Cluster<'_>,
    report: &mut Report,
    field: &'static str,
    wrong: fn(Option<Int>) -> bool,
) {
    for worker in cluster.workers() {
        if report.is_full() {
            break;
        }
        let bound = match field {
            "minReplicas" => worker.spec.min_replicas,
            _ => worker.spec.max_replicas,
        };
        if wrong(bound) {
            let detail = match bound {
                Some(bound) => format!("{field} of {worker} is {bound}"),
                None => format!("{worker} has no {field}, and enableInTreeAutoscaling is not true"),
            };
            report.add_in(worker, worker.path(field), detail);
        }
    }
}

fn is_negative(bound: Option<Int>) -> bool {
    bound.is_some_and(|bound| bound.0 < 0)
}

/// What KubeRay makes of `replicas` outside its bounds, or of bounds that exclude each other
/// (`kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:GetWorkerGroupDesiredReplicas`).
fn clamped(group: Group<'_>, release: Release, report: &mut Report) {
    let spec = group.spec;
    let number = |value: Option<Int>, absent| value.map_or(absent, |value: Int| value.0);
    let (min, max) = (
        number(spec.min_replicas, 0),
        number(spec.max_replicas, i32::MAX),
    );
    let replicas = number(spec.replicas, 0);
    let (field, written, limit, bound) = match replicas {
        // Rules of the operator are about these, from 1.6 on.
        _ if min < 0 || max < 0 || (min > max && release >= V1_6) => return,
        _ if min > max => ("minReplicas", min, "maxReplicas", max),
        // The API server sets an absent one to 0.
        ..=0 => return,
        _ if replicas > max => ("replicas", replicas, "maxReplicas", max),
        _ if replicas < min => ("replicas", replicas, "minReplicas", min),
        _ => return,
    };
    report.add_in(
        group,
        group.path(field),
        format!("{field} of {group} is {written}, but {limit} is {bound}"),
    );
}

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";

pub(super) const FAMILY: Family = Family {
    title: "Replicas",
    entries: &[
        Entry {
            rule: Rule {
                id: "worker-replicas-missing",
                position: Position::cluster(50).step(2),
                releases: Releases::since(V1_6),
                only_at_admission: true,
                why: "both bounds are required unless the autoscaler is enabled",
                advice: "Set minReplicas and maxReplicas",
                fixes: &[FixTemplate {
                    title: "set it to 1",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "1")],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    if !cluster.autoscales() {
                        for field in FIELDS {
                            each(cluster, report, field, |bound| bound.is_none());
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "A worker group lacks `minReplicas` or `maxReplicas`, and \
                       `enableInTreeAutoscaling` is not true. The CRD has defaults for both, so \
                       this appears only in a request without the API server's defaults.",
                source: SOURCE,
                messages: &["worker group * must set both minReplicas"],
                bad: &[
                    Example::job(bounds!(r#""minReplicas": 1, "#)),
                    Example::job(bounds!(r#""maxReplicas": 1, "#)),
                ],
                good: &[
                    Example::job(bounds!(r#""minReplicas": 0, "maxReplicas": 0, "#)),
                    Example::job(bounds!("", r#""enableInTreeAutoscaling": true"#)),
                ],
            },
            cel: &[
                Cel {
                    each: "workers",
                    when: "!autoscales && !has(item.minReplicas)",
                    path: "{cluster}.workerGroupSpecs[{i}].minReplicas",
                    detail: "{group(item)} has no minReplicas, and enableInTreeAutoscaling is not \
                             true",
                    ..Cel::NEVER
                },
                Cel {
                    each: "workers",
                    when: "!autoscales && !has(item.maxReplicas)",
                    path: "{cluster}.workerGroupSpecs[{i}].maxReplicas",
                    detail: "{group(item)} has no maxReplicas, and enableInTreeAutoscaling is not \
                             true",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "worker-min-replicas-negative",
                position: Position::cluster(50).step(3),
                releases: Releases::since(V1_6),
                why: "a number of workers cannot be negative",
                advice: "Set minReplicas to 0 or more",
                fixes: &[FixTemplate {
                    title: "set minReplicas to 0",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "0")],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    each(cluster, report, "minReplicas", is_negative);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The `minReplicas` of a worker group is below 0.",
                source: SOURCE,
                messages: &["worker group * has negative minReplicas"],
                bad: &[Example::job(bounds!(
                    r#""minReplicas": -1, "maxReplicas": 1, "#
                ))],
                good: &[Example::job(bounds!(
                    r#""minReplicas": 0, "maxReplicas": 1, "#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "item.?minReplicas.orValue(0) < 0",
                path: "{cluster}.workerGroupSpecs[{i}].minReplicas",
                detail: "minReplicas of {group(item)} is {item.minReplicas}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-max-replicas-negative",
                position: Position::cluster(50).step(4),
                releases: Releases::since(V1_6),
                why: "a number of workers cannot be negative",
                advice: "Set maxReplicas to 0 or more, or remove it for no limit",
                fixes: &[FixTemplate {
                    title: "remove maxReplicas: the number of workers is not limited",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    each(cluster, report, "maxReplicas", is_negative);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The `maxReplicas` of a worker group is below 0.",
                source: SOURCE,
                messages: &["worker group * has negative maxReplicas"],
                bad: &[Example::job(bounds!(
                    r#""maxReplicas": -1, "#,
                    r#""enableInTreeAutoscaling": true"#
                ))],
                good: &[Example::job(bounds!(
                    r#""maxReplicas": 0, "#,
                    r#""enableInTreeAutoscaling": true"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "item.?maxReplicas.orValue(0) < 0",
                path: "{cluster}.workerGroupSpecs[{i}].maxReplicas",
                detail: "maxReplicas of {group(item)} is {item.maxReplicas}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-min-exceeds-max",
                position: Position::cluster(50).step(5),
                releases: Releases::since(V1_6),
                why: "no number of workers satisfies both",
                advice: "Set minReplicas to a value no greater than maxReplicas",
                fixes: &[FixTemplate {
                    title: "set minReplicas to 0",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "0")],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    for worker in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        let (Some(min), Some(max)) =
                            (worker.spec.min_replicas, worker.spec.max_replicas)
                        else {
                            continue;
                        };
                        if min > max {
                            report.add_in(
                                worker,
                                worker.path("minReplicas"),
                                format!("{worker} has minReplicas {min}, but maxReplicas {max}"),
                            );
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The `minReplicas` of a worker group is above its `maxReplicas`.",
                source: SOURCE,
                messages: &["worker group * has minReplicas"],
                bad: &[Example::job(bounds!(
                    r#""minReplicas": 2, "maxReplicas": 1, "#
                ))],
                good: &[Example::job(bounds!(
                    r#""minReplicas": 2, "maxReplicas": 2, "#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "has(item.minReplicas) && has(item.maxReplicas) && item.minReplicas > \
                       item.maxReplicas",
                path: "{cluster}.workerGroupSpecs[{i}].minReplicas",
                detail: "{group(item)} has minReplicas {item.minReplicas}, but maxReplicas \
                         {item.maxReplicas}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-replicas-clamped",
                // The job runs, with another number of workers.
                level: Level::Warn,
                why: "KubeRay silently creates the number of workers that the bound says",
                advice: "Write a number within the bounds, or change the bound",
                check: Check::CreatedCluster(|cluster, context, report| {
                    // A queue or an autoscaler may write the number later.
                    if context.is_new() {
                        let running = |group: &Group<'_>| !group.spec.suspend;
                        for group in cluster.workers().filter(running) {
                            if report.is_full() {
                                break;
                            }
                            clamped(group, context.release, report);
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "On creation, the `replicas` of a worker group are above its `maxReplicas`, \
                       or below its `minReplicas` and not 0, which the API server writes if \
                       `replicas` is missing. Up to 1.5, also: `minReplicas` is above \
                       `maxReplicas`, which later releases refuse.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:\
                         GetWorkerGroupDesiredReplicas",
                messages: &[],
                bad: &[
                    Example::job(bounds!(
                        r#""replicas": 5, "minReplicas": 1, "maxReplicas": 3, "#
                    )),
                    Example::job(bounds!(
                        r#""replicas": 1, "minReplicas": 2, "maxReplicas": 3, "#
                    )),
                    Example::job(bounds!(
                        r#""replicas": 1, "minReplicas": 2, "maxReplicas": 1, "#
                    ))
                    .on(V1_5),
                ],
                good: &[
                    Example::job(bounds!(
                        r#""replicas": 3, "minReplicas": 1, "maxReplicas": 3, "#
                    )),
                    Example::job(bounds!(r#""minReplicas": 2, "maxReplicas": 3, "#)),
                ],
            },
            cel: &[],
        },
    ],
};
