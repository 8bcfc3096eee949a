//! Suspended worker groups.

use super::{Entry, Family, gate, worker};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::release::Gate::RayJobDeletionPolicy;
use crate::release::Release::{V1_3, V1_4, V1_5};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

const FIXES: &[FixTemplate] = &[FixTemplate {
    title: "remove suspend from the worker group",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
}];

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";

pub(super) const FAMILY: Family = Family {
    title: "Suspended worker groups",
    entries: &[
        Entry {
            rule: Rule {
                id: "worker-suspend-gate-off",
                position: Position::cluster(140),
                releases: Releases::since(V1_4).and_cluster_since(V1_3),
                gate: Some((RayJobDeletionPolicy, false)),
                why: gate::WHY,
                advice: "Remove suspend from the worker group, or enable the gate in the operator \
                         and in the settings of this policy",
                fixes: FIXES,
                check: Check::Cluster(|cluster, _, report| {
                    for worker in cluster.workers().filter(|worker| worker.spec.suspend) {
                        if report.is_full() {
                            break;
                        }
                        let field = format!("suspend of {worker} is true");
                        report.add_in(
                            worker,
                            worker.path("suspend"),
                            gate::off(&field, RayJobDeletionPolicy),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "A worker group is suspended while the gate `RayJobDeletionPolicy` is off, \
                       as it is by default up to 1.5.",
                source: SOURCE,
                messages: &[
                    "worker group * can be suspended only when",
                    "suspending worker groups is currently available when",
                ],
                bad: &[
                    Example::job(worker!(r#""suspend": true"#)),
                    Example::job(worker!(r#""suspend": true"#)).on(V1_5),
                    Example::job(worker!(r#""suspend": true"#)).on(V1_3),
                ],
                good: &[Example::job(worker!(r#""suspend": false"#))],
            },
            cel: &[Cel {
                each: "workers",
                when: "item.?suspend.orValue(false)",
                path: "{cluster}.workerGroupSpecs[{i}].suspend",
                detail: "suspend of {group(item)} is true, but the operator's feature gate \
                         RayJobDeletionPolicy is off",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-suspend-autoscaling",
                position: Position::cluster(160),
                releases: Releases::since(V1_4).and_cluster_since(V1_3),
                why: "the autoscaler does not support suspended groups",
                advice: "Remove suspend from the worker group, or set enableInTreeAutoscaling to \
                         false",
                fixes: FIXES,
                check: Check::Cluster(|cluster, _, report| {
                    if cluster.autoscales() {
                        for worker in cluster.workers().filter(|worker| worker.spec.suspend) {
                            if report.is_full() {
                                break;
                            }
                            report.add_in(
                                worker,
                                worker.path("suspend"),
                                format!(
                                    "suspend of {worker} is true, and so is enableInTreeAutoscaling"
                                ),
                            );
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "A worker group is suspended and `enableInTreeAutoscaling` is true.",
                source: SOURCE,
                messages: &[
                    "worker group * cannot be suspended with Autoscaler",
                    "suspending worker groups is not currently supported with Autoscaler",
                ],
                bad: &[
                    Example::job(worker!(
                        r#""suspend": true"#,
                        r#""enableInTreeAutoscaling": true"#
                    )),
                    Example::job(worker!(
                        r#""suspend": true"#,
                        r#""enableInTreeAutoscaling": true"#
                    ))
                    .on(V1_4)
                    .gates(&[(RayJobDeletionPolicy, true)]),
                ],
                good: &[Example::job(worker!(
                    r#""suspend": true"#,
                    r#""enableInTreeAutoscaling": false"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "autoscales && item.?suspend.orValue(false)",
                path: "{cluster}.workerGroupSpecs[{i}].suspend",
                detail: "suspend of {group(item)} is true, and so is enableInTreeAutoscaling",
                ..Cel::NEVER
            }],
        },
    ],
};
