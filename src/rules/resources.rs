//! The resources and labels of a group, from its spec or from `rayStartParams`.

use super::{Entry, Family, head, worker};
use crate::cel::Cel;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::group::Group;
use crate::json::Quoted;
use crate::release::Release::V1_5;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::labels::{check_label_key, check_label_value};

/// The keys of `rayStartParams` that describe resources.
const RESOURCE_PARAMS: [&str; 4] = ["num-cpus", "num-gpus", "memory", "resources"];

fn resources_twice(group: Group<'_>, report: &mut Report) {
    let Some((resource, amount)) = group.spec.resources.first() else {
        return;
    };
    let params = &group.spec.ray_start_params;
    let param = RESOURCE_PARAMS.into_iter().find_map(|name| {
        params
            .get(name)
            .filter(|value| !value.is_empty())
            .map(|value| (name, value))
    });
    if let Some((name, value)) = param {
        let (resource, amount, value) = (Quoted(resource), Quoted(amount), Quoted(value));
        report.add_in(
            group,
            group.path("resources"),
            format!(
                "{group} has {resource}: {amount} in resources, but {name} {value} in \
                     rayStartParams"
            ),
        );
    }
}

const RESOURCES: Rule = Rule {
    releases: Releases::since(V1_5),
    why: "KubeRay reads the resources of a group from only one of the two",
    advice: "Keep resources, and remove num-cpus, num-gpus, memory and resources from \
             rayStartParams",
    fixes: &[FixTemplate {
        title: "remove resources and keep rayStartParams",
        safe: false,
        edits: &[Edit::Remove(At::Finding)],
    }],
    ..Rule::OPERATOR
};

fn labels_as_param(group: Group<'_>, report: &mut Report) {
    if let Some(labels) = group.spec.ray_start_params.get("labels") {
        report.add_in(
            group,
            group.path("rayStartParams.labels"),
            format!("{group} has labels {} in rayStartParams", Quoted(labels)),
        );
    }
}

const LABELS_PARAM: Rule = Rule {
    releases: Releases::since(V1_5),
    why: "KubeRay passes the labels field of the group to Ray instead",
    advice: "Move them to the group's labels field, next to rayStartParams",
    fixes: &[FixTemplate {
        title: "remove labels from rayStartParams",
        safe: false,
        edits: &[Edit::Remove(At::Finding)],
    }],
    ..Rule::OPERATOR
};

fn label_syntax(group: Group<'_>, report: &mut Report) {
    for (key, value) in group.spec.labels.iter() {
        if report.is_full() {
            break;
        }
        let error = match (check_label_key(key), check_label_value(value)) {
            (Err(error), _) => format!("label key {} of {group}: {error}", Quoted(key)),
            (_, Err(error)) => format!("label value {} of {group}: {error}", Quoted(value)),
            _ => continue,
        };
        let path = group.path("labels").key(key.to_string());
        report.add_in(group, path, error);
    }
}

const LABELS: Rule = Rule {
    releases: Releases::since(V1_5),
    why: "KubeRay requires valid Kubernetes labels",
    advice: "Fix or remove the label",
    fixes: &[FixTemplate {
        title: "remove the label",
        safe: false,
        edits: &[Edit::Remove(At::Finding)],
    }],
    ..Rule::OPERATOR
};

const RESOURCES_SOURCE: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                                validation.go:validateRayGroupResources";
const LABELS_SOURCE: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                             validation.go:validateRayGroupLabels";

pub(super) const FAMILY: Family = Family {
    title: "Resources and labels",
    entries: &[
        Entry {
            rule: Rule {
                id: "head-resources-conflict",
                position: Position::cluster(20),
                check: Check::Cluster(|cluster, _, report| resources_twice(cluster.head(), report)),
                ..RESOURCES
            },
            doc: RuleDoc {
                what: "The head has `resources`, and also `num-cpus`, `num-gpus`, `memory` or \
                       `resources` in `rayStartParams`.",
                source: RESOURCES_SOURCE,
                messages: &[
                    "resource fields should not be set in both rayStartParams and \
                             Resources for Head group",
                ],
                bad: &[
                    Example::job(head!(
                        r#""resources": {"CPU": "4"}, "rayStartParams": {"num-cpus": "0"}"#
                    )),
                    Example::job(head!(
                        r#""resources": {"CPU": "4"}, "rayStartParams": {"memory": "1000000000"}"#
                    )),
                ],
                good: &[
                    Example::job(head!(
                        r#""resources": {"CPU": "4"}, "rayStartParams": {"num-cpus": ""}"#
                    )),
                    Example::job(head!(
                        r#""resources": {}, "rayStartParams": {"num-cpus": "0"}"#
                    )),
                ],
            },
            cel: &[Cel {
                when: "head.?resources.orValue({}).size() > 0 && ['num-cpus', 'num-gpus', \
                       'memory', 'resources'].exists(p, \
                       head.?rayStartParams.orValue({})[?p].orValue('') != '')",
                path: "{cluster}.headGroupSpec.resources",
                detail: "the head group has {quoted(head.?resources.orValue({}).map(k, \
                         k).min())}: \
                         {quoted(head.?resources.orValue({})[head.?resources.orValue({}).map(k, \
                         k).min()])} in resources, but {['num-cpus', 'num-gpus', 'memory', \
                         'resources'].filter(p, head.?rayStartParams.orValue({})[?p].orValue('') \
                         != '')[0]} {quoted(head.?rayStartParams.orValue({})[['num-cpus', \
                         'num-gpus', 'memory', 'resources'].filter(p, \
                         head.?rayStartParams.orValue({})[?p].orValue('') != '')[0]])} in \
                         rayStartParams",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-resources-conflict",
                position: Position::cluster(50).step(6),
                check: Check::Cluster(|cluster, _, report| {
                    for worker in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        resources_twice(worker, report);
                    }
                }),
                ..RESOURCES
            },
            doc: RuleDoc {
                what: "A worker group has `resources`, and also `num-cpus`, `num-gpus`, `memory` \
                       or `resources` in `rayStartParams`.",
                source: RESOURCES_SOURCE,
                messages: &["resource fields should not be set in both"],
                bad: &[Example::job(worker!(
                    r#""resources": {"GPU": "1"}, "rayStartParams": {"num-gpus": "2"}"#
                ))],
                good: &[Example::job(worker!(
                    r#""resources": {"GPU": "1"}, "rayStartParams": {"block": "true"}"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "item.?resources.orValue({}).size() > 0 && ['num-cpus', 'num-gpus', \
                       'memory', 'resources'].exists(p, \
                       item.?rayStartParams.orValue({})[?p].orValue('') != '')",
                path: "{cluster}.workerGroupSpecs[{i}].resources",
                detail: "{group(item)} has {quoted(item.?resources.orValue({}).map(k, k).min())}: \
                         {quoted(item.?resources.orValue({})[item.?resources.orValue({}).map(k, \
                         k).min()])} in resources, but {['num-cpus', 'num-gpus', 'memory', \
                         'resources'].filter(p, item.?rayStartParams.orValue({})[?p].orValue('') \
                         != '')[0]} {quoted(item.?rayStartParams.orValue({})[['num-cpus', \
                         'num-gpus', 'memory', 'resources'].filter(p, \
                         item.?rayStartParams.orValue({})[?p].orValue('') != '')[0]])} in \
                         rayStartParams",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "head-start-params-labels",
                position: Position::cluster(30),
                check: Check::Cluster(|cluster, _, report| labels_as_param(cluster.head(), report)),
                ..LABELS_PARAM
            },
            doc: RuleDoc {
                what: "The `rayStartParams` of the head has the key `labels`, even with an empty \
                       value.",
                source: LABELS_SOURCE,
                messages: &["rayStartParams['labels'] is not supported for Head group"],
                bad: &[
                    Example::job(head!(r#""rayStartParams": {"labels": "team=ml"}"#)),
                    Example::job(head!(r#""rayStartParams": {"labels": ""}"#)),
                ],
                good: &[Example::job(head!(
                    r#""rayStartParams": {}, "labels": {"team": "ml"}"#
                ))],
            },
            cel: &[Cel {
                when: "'labels' in headParams",
                path: "{cluster}.headGroupSpec.rayStartParams.labels",
                detail: "the head group has labels {quoted(headParams['labels'])} in \
                         rayStartParams",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "worker-start-params-labels",
                position: Position::cluster(50).step(7),
                check: Check::Cluster(|cluster, _, report| {
                    for worker in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        labels_as_param(worker, report);
                    }
                }),
                ..LABELS_PARAM
            },
            doc: RuleDoc {
                what: "The `rayStartParams` of a worker group has the key `labels`, even with an \
                       empty value.",
                source: LABELS_SOURCE,
                messages: &["rayStartParams['labels'] is not supported"],
                bad: &[Example::job(worker!(
                    r#""rayStartParams": {"labels": "team=ml"}"#
                ))],
                good: &[Example::job(worker!(
                    r#""rayStartParams": {}, "labels": {"team": "ml"}"#
                ))],
            },
            cel: &[Cel {
                each: "workers",
                when: "'labels' in item.?rayStartParams.orValue({})",
                path: "{cluster}.workerGroupSpecs[{i}].rayStartParams.labels",
                detail: "{group(item)} has labels {quoted(item.rayStartParams['labels'])} in \
                         rayStartParams",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "head-labels-syntax",
                position: Position::cluster(40),
                check: Check::Cluster(|cluster, _, report| label_syntax(cluster.head(), report)),
                ..LABELS
            },
            doc: RuleDoc {
                what: "One of the head's `labels` is not a valid Kubernetes label.",
                source: LABELS_SOURCE,
                messages: &[
                    "invalid label key for Head group",
                    "invalid label value for key '*' in Head group",
                ],
                bad: &[
                    Example::job(head!(r#""labels": {"ray.io/a/b": "1"}"#)),
                    Example::job(head!(r#""labels": {"team": "machine learning"}"#)),
                ],
                good: &[Example::job(head!(
                    r#""labels": {"ray.io/market-type": "spot", "team": ""}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "worker-labels-syntax",
                position: Position::cluster(50).step(8),
                check: Check::Cluster(|cluster, _, report| {
                    for worker in cluster.workers() {
                        if report.is_full() {
                            break;
                        }
                        label_syntax(worker, report);
                    }
                }),
                ..LABELS
            },
            doc: RuleDoc {
                what: "One of a worker group's `labels` is not a valid Kubernetes label.",
                source: LABELS_SOURCE,
                messages: &["invalid label key for", "invalid label value for key"],
                bad: &[
                    Example::job(worker!(r#""labels": {"": "1"}"#)),
                    Example::job(worker!(r#""labels": {"team": "ml-"}"#)),
                ],
                good: &[Example::job(worker!(r#""labels": {"Team_1": "M.L"}"#))],
            },
            cel: &[],
        },
    ],
};
