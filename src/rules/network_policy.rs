//! The connections that the pods may have.

use super::{Entry, Family, cluster, gate};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Path, Present, Quoted};
use crate::raycluster::{NetworkPolicy, NetworkRules};
use crate::release::Gate::RayClusterNetworkPolicy;
use crate::release::Release::V1_7;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::names::is_dns1123_label;

/// A direction of connections: the field with its rules, and the mode that leaves
/// it open.
#[derive(Clone, Copy)]
struct Direction {
    rules: &'static str,
    open_in: &'static str,
}

const INGRESS: Direction = Direction {
    rules: "ingressRules",
    open_in: "DenyAllEgress",
};

const EGRESS: Direction = Direction {
    rules: "egressRules",
    open_in: "DenyAllIngress",
};

impl Direction {
    /// The rules of this direction.
    fn of<'s>(self, rules: &'s NetworkRules<'_>) -> &'s [Present] {
        match self.rules {
            "ingressRules" => &rules.ingress_rules,
            _ => &rules.egress_rules,
        }
    }

    /// Describes the problem with rules that allow connections that nothing denies.
    fn problem(self, policy: &NetworkPolicy<'_>, rules: &[Present]) -> Option<String> {
        let Self {
            rules: field,
            open_in,
        } = self;
        (!rules.is_empty() && policy.mode.as_deref() == Some(open_in))
            .then(|| format!("{field} is not empty, but mode is {open_in}"))
    }
}

const OPEN: Rule = Rule {
    releases: Releases::since(V1_7),
    gate: Some((RayClusterNetworkPolicy, true)),
    why: "in this mode, nothing denies these connections, so there is nothing to allow",
    advice: "Remove the rules, or set mode to DenyAll",
    fixes: &[
        FixTemplate {
            title: "set mode to DenyAll",
            safe: false,
            edits: &[Edit::Set(At::Cluster("networkPolicy.mode"), "\"DenyAll\"")],
        },
        FixTemplate {
            title: "remove the rules",
            safe: false,
            edits: &[Edit::Remove(At::Finding)],
        },
    ],
    ..Rule::OPERATOR
};

/// Reports rules for all pods of one kind.
fn each_pod(cluster: Cluster<'_>, report: &mut Report, field: &'static str, direction: Direction) {
    let Some(policy) = &cluster.network_policy else {
        return;
    };
    let pods = match field {
        "head" => &policy.head,
        _ => &policy.worker,
    };
    if let Some(problem) = direction.problem(policy, direction.of(pods)) {
        let path = cluster.path("networkPolicy").at(field).at(direction.rules);
        report.add(path, format!("{field}.{problem}"));
    }
}

/// Reports rules for the pods of a worker group.
fn each_group(cluster: Cluster<'_>, report: &mut Report, direction: Direction) {
    let Some(policy) = &cluster.network_policy else {
        return;
    };
    for (index, group) in policy.worker_groups.iter().enumerate() {
        if let Some(problem) = direction.problem(policy, direction.of(group)) {
            let detail = format!("{problem}, for worker group {}", Quoted(&group.group_name));
            report
                .add(group_path(cluster, index, direction.rules), detail)
                .of_item(index);
        }
    }
}

/// The path of a field of a worker group in `networkPolicy`.
fn group_path(cluster: Cluster<'_>, index: usize, field: &'static str) -> Path {
    let groups = cluster.path("networkPolicy.workerGroups");
    groups.index(index).at(field)
}

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:validateNetworkPolicy";

pub(super) const FAMILY: Family = Family {
    title: "Network policy",
    entries: &[
        Entry {
            rule: Rule {
                id: "netpol-gate-off",
                position: Position::cluster(240).step(1),
                releases: Releases::since(V1_7),
                gate: Some((RayClusterNetworkPolicy, false)),
                why: gate::WHY,
                advice: "Remove networkPolicy, or enable the gate in the operator and in the \
                         settings of this policy",
                fixes: &[FixTemplate {
                    title: "remove networkPolicy: every connection is allowed",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    if cluster.network_policy.is_some() {
                        report.add(
                            cluster.path("networkPolicy"),
                            gate::off("networkPolicy is set", RayClusterNetworkPolicy),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`networkPolicy` is set while the feature gate `RayClusterNetworkPolicy` is \
                       off, its default.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec",
                messages: &["spec.networkPolicy requires"],
                bad: &[Example::job(cluster!(r#""networkPolicy": {}"#))],
                good: &[Example::job(cluster!(r#""networkPolicy": null"#))],
            },
            cel: &[Cel {
                when: "networkPolicy.hasValue()",
                path: "{cluster}.networkPolicy",
                detail: "networkPolicy is set, but the operator's feature gate \
                         RayClusterNetworkPolicy is off",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "netpol-head-ingress",
                position: Position::cluster(240).step(2),
                check: Check::Cluster(|cluster, _, report| {
                    each_pod(cluster, report, "head", INGRESS);
                }),
                ..OPEN
            },
            doc: RuleDoc {
                what: "`mode` is `DenyAllEgress` and `head.ingressRules` is not empty.",
                source: SOURCE,
                messages: &["networkPolicy.head.ingressRules"],
                bad: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllEgress", "head": {"ingressRules": [{}]}}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllEgress", "head": {"egressRules": [{}]}}"#
                ))],
            },
            cel: &[Cel {
                when: "networkMode == 'DenyAllEgress' && \
                       networkPolicy.?head.?ingressRules.orValue([]).size() > 0",
                path: "{cluster}.networkPolicy.head.ingressRules",
                detail: "head.ingressRules is not empty, but mode is DenyAllEgress",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "netpol-head-egress",
                position: Position::cluster(240).step(3),
                check: Check::Cluster(|cluster, _, report| {
                    each_pod(cluster, report, "head", EGRESS);
                }),
                ..OPEN
            },
            doc: RuleDoc {
                what: "`mode` is `DenyAllIngress` and `head.egressRules` is not empty.",
                source: SOURCE,
                messages: &["networkPolicy.head.egressRules"],
                bad: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllIngress", "head": {"egressRules": [{}]}}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAll", "head": {"egressRules": [{}]}}"#
                ))],
            },
            cel: &[Cel {
                when: "networkMode == 'DenyAllIngress' && \
                       networkPolicy.?head.?egressRules.orValue([]).size() > 0",
                path: "{cluster}.networkPolicy.head.egressRules",
                detail: "head.egressRules is not empty, but mode is DenyAllIngress",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "netpol-worker-ingress",
                position: Position::cluster(240).step(4),
                check: Check::Cluster(|cluster, _, report| {
                    each_pod(cluster, report, "worker", INGRESS);
                }),
                ..OPEN
            },
            doc: RuleDoc {
                what: "`mode` is `DenyAllEgress` and `worker.ingressRules` is not empty.",
                source: SOURCE,
                messages: &["networkPolicy.worker.ingressRules"],
                bad: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllEgress",
                       "worker": {"ingressRules": [{}]}}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""networkPolicy": {"worker": {"ingressRules": [{}]}}"#
                ))],
            },
            cel: &[Cel {
                when: "networkMode == 'DenyAllEgress' && \
                       networkPolicy.?worker.?ingressRules.orValue([]).size() > 0",
                path: "{cluster}.networkPolicy.worker.ingressRules",
                detail: "worker.ingressRules is not empty, but mode is DenyAllEgress",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "netpol-worker-egress",
                position: Position::cluster(240).step(5),
                check: Check::Cluster(|cluster, _, report| {
                    each_pod(cluster, report, "worker", EGRESS);
                }),
                ..OPEN
            },
            doc: RuleDoc {
                what: "`mode` is `DenyAllIngress` and `worker.egressRules` is not empty.",
                source: SOURCE,
                messages: &["networkPolicy.worker.egressRules"],
                bad: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllIngress",
                       "worker": {"egressRules": [{}]}}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllIngress",
                       "worker": {"ingressRules": [{}], "egressRules": []}}"#
                ))],
            },
            cel: &[Cel {
                when: "networkMode == 'DenyAllIngress' && \
                       networkPolicy.?worker.?egressRules.orValue([]).size() > 0",
                path: "{cluster}.networkPolicy.worker.egressRules",
                detail: "worker.egressRules is not empty, but mode is DenyAllIngress",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "netpol-group-name-dns1123",
                position: Position::cluster(240).step(6),
                releases: Releases::since(V1_7),
                gate: Some((RayClusterNetworkPolicy, true)),
                why: "KubeRay names the NetworkPolicy of a worker group after it",
                advice: "Use at most 63 lowercase letters, digits and hyphens, with no hyphen at \
                         either end, such as gpu-4",
                check: Check::Cluster(|cluster, _, report| {
                    if cluster.network_policy.is_none() {
                        return;
                    }
                    for worker in cluster.workers() {
                        let name = &worker.spec.group_name;
                        if !is_dns1123_label(name.as_bytes()) {
                            report.add(
                                worker.path("groupName"),
                                format!("groupName {} cannot name a NetworkPolicy", Quoted(name)),
                            );
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`networkPolicy` is set, and the `groupName` of a worker group is not a \
                       DNS-1123 label: at most 63 lowercase letters, digits and hyphens, with no \
                       hyphen at either end.",
                source: SOURCE,
                messages: &["worker group name * must be a valid DNS1123"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"networkPolicy": {},
                        "workerGroupSpecs": [{"groupName": "GPU", "minReplicas": 1,
                          "maxReplicas": 3,
                          "template": {"spec": {"containers": [
                            {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"networkPolicy": {},
                                     "workerGroupSpecs": [{"groupName": "4-gpu", "minReplicas": 1,
                                       "maxReplicas": 3,
                              "template": {"spec": {"containers": [
                                {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": [
                                     {"groupName": "GPU", "minReplicas": 1, "maxReplicas": 3,
                              "template": {"spec": {"containers": [
                                {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                each: "workers",
                when: "networkPolicy.hasValue() && (bytes(item.groupName).size() > 63 || \
                       !item.groupName.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'))",
                path: "{cluster}.workerGroupSpecs[{i}].groupName",
                detail: "groupName {quoted(item.groupName)} cannot name a NetworkPolicy",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "netpol-group-ingress",
                position: Position::cluster(240).step(7),
                check: Check::Cluster(|cluster, _, report| each_group(cluster, report, INGRESS)),
                ..OPEN
            },
            doc: RuleDoc {
                what: "`mode` is `DenyAllEgress` and the `ingressRules` of an entry in \
                       `workerGroups` is not empty.",
                source: SOURCE,
                messages: &["networkPolicy.workerGroups[*].ingressRules cannot be set"],
                bad: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllEgress",
                       "workerGroups": [{"groupName": "workers", "ingressRules": [{}]}]}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAll",
                       "workerGroups": [{"groupName": "workers", "ingressRules": [{}]}]}"#
                ))],
            },
            cel: &[Cel {
                each: "networkPolicy.?workerGroups.orValue([])",
                when: "networkMode == 'DenyAllEgress' && item.?ingressRules.orValue([]).size() > 0",
                path: "{cluster}.networkPolicy.workerGroups[{i}].ingressRules",
                detail: "ingressRules is not empty, but mode is DenyAllEgress, for worker group \
                         {quoted(item.groupName)}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "netpol-group-egress",
                position: Position::cluster(240).step(8),
                check: Check::Cluster(|cluster, _, report| each_group(cluster, report, EGRESS)),
                ..OPEN
            },
            doc: RuleDoc {
                what: "`mode` is `DenyAllIngress` and the `egressRules` of an entry in \
                       `workerGroups` is not empty.",
                source: SOURCE,
                messages: &["networkPolicy.workerGroups[*].egressRules cannot be set"],
                bad: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllIngress",
                       "workerGroups": [{"groupName": "workers", "egressRules": [{}]}]}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""networkPolicy": {"mode": "DenyAllIngress",
                       "workerGroups": [{"groupName": "workers", "ingressRules": [{}]}]}"#
                ))],
            },
            cel: &[Cel {
                each: "networkPolicy.?workerGroups.orValue([])",
                when: "networkMode == 'DenyAllIngress' && item.?egressRules.orValue([]).size() > 0",
                path: "{cluster}.networkPolicy.workerGroups[{i}].egressRules",
                detail: "egressRules is not empty, but mode is DenyAllIngress, for worker group \
                         {quoted(item.groupName)}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "netpol-group-unknown",
                position: Position::cluster(240).step(9),
                releases: Releases::since(V1_7),
                gate: Some((RayClusterNetworkPolicy, true)),
                why: "the rules would apply to no pod",
                advice: "Set groupName to the groupName of an entry in workerGroupSpecs",
                check: Check::Cluster(|cluster, _, report| {
                    let Some(policy) = &cluster.network_policy else {
                        return;
                    };
                    for (index, group) in policy.worker_groups.iter().enumerate() {
                        let name = &group.group_name;
                        if !cluster
                            .workers()
                            .any(|worker| worker.spec.group_name == *name)
                        {
                            report
                                .add(
                                    group_path(cluster, index, "groupName"),
                                    format!("no worker group is named {}", Quoted(name)),
                                )
                                .of_item(index);
                        }
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The `groupName` of an entry in `workerGroups` does not match any worker \
                       group.",
                source: SOURCE,
                messages: &["networkPolicy.workerGroups[*] does not match"],
                bad: &[Example::job(cluster!(
                    r#""networkPolicy": {"workerGroups": [{"groupName": "worker"}]}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""networkPolicy": {"workerGroups": [{"groupName": "workers"}]}"#
                ))],
            },
            cel: &[Cel {
                each: "networkPolicy.?workerGroups.orValue([])",
                when: "!workers.exists(w, w.groupName == item.groupName)",
                path: "{cluster}.networkPolicy.workerGroups[{i}].groupName",
                detail: "no worker group is named {quoted(item.groupName)}",
                ..Cel::NEVER
            }],
        },
    ],
};
