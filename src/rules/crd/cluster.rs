//! The schema of a RayCluster.

use super::super::{cluster, head};
use super::claim::Claim::{Cel, Violation};
use super::claim::Violation::{Duplicate, Invalid, Required};
use super::{PROPOSED, REFUSED, SchemaEntry, SchemaFamily};
use crate::example::Example;
use crate::release::Gate;
use crate::release::Release::{V1_3, V1_4, V1_5, V1_6, V1_7};
use crate::rule::{Releases, Rule};
use crate::rule_doc::RuleDoc;

const SOURCE: &str = "kuberay v1.7.0 ray-operator/apis/ray/v1/raycluster_types.go:RayClusterSpec";

pub(super) const FAMILY: SchemaFamily = SchemaFamily {
    title: "API server: the RayCluster",
    entries: &[
        SchemaEntry {
            rule: Rule {
                id: "crd-head-required",
                advice: "Add the missing field",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The RayCluster has no `headGroupSpec`, or `headGroupSpec` has no \
                       `template` or, in KubeRay 1.3, no `rayStartParams`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"rayClusterSpec": {"headGroupSpec": null}}}"#),
                    Example::job(head!(r#""template": null"#)),
                    Example::job(head!(r#""rayStartParams": null"#)).on(V1_3),
                ],
                good: &[Example::job(head!(r#""rayStartParams": null"#)).on(V1_4)],
            },
            claims: &[
                Violation(Required, "cluster.headGroupSpec"),
                Violation(Required, "cluster.headGroupSpec.template"),
                Violation(Required, "cluster.headGroupSpec.rayStartParams"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-worker-required",
                advice: "Add the missing field",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A worker group has no `groupName` or no `template`, or, in KubeRay 1.3, no \
                       `rayStartParams`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(cluster!(
                        r#""workerGroupSpecs": [{"rayStartParams": {},
                           "template": {"spec": {"containers": [{"name": "w"}]}}}]"#
                    )),
                    Example::job(cluster!(
                        r#""workerGroupSpecs": [{"groupName": "workers", "rayStartParams": {}}]"#
                    )),
                    Example::job(cluster!(
                        r#""workerGroupSpecs": [{"groupName": "workers",
                           "template": {"spec": {"containers": [{"name": "w"}]}}}]"#
                    ))
                    .on(V1_3),
                ],
                good: &[Example::job(cluster!(
                    r#""workerGroupSpecs": [{"groupName": "workers",
                       "template": {"spec": {"containers": [{"name": "w"}]}}}]"#
                ))],
            },
            claims: &[
                Violation(Required, "cluster.workerGroupSpecs[].groupName"),
                Violation(Required, "cluster.workerGroupSpecs[].template"),
                Violation(Required, "cluster.workerGroupSpecs[].rayStartParams"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-upscaling-mode-enum",
                advice: "Write Default, Aggressive or Conservative",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The autoscaler's `upscalingMode` is not `Default`, `Aggressive` or \
                       `Conservative`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(cluster!(
                        r#""autoscalerOptions": {"upscalingMode": "aggressive"}"#
                    )),
                    Example::job(cluster!(r#""autoscalerOptions": {"upscalingMode": ""}"#)),
                ],
                good: &[Example::job(cluster!(
                    r#""enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"upscalingMode": "Conservative"}"#
                ))],
            },
            claims: &[Violation(
                Invalid,
                "cluster.autoscalerOptions.upscalingMode",
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-autoscaler-version-enum",
                releases: Releases::since(V1_4),
                advice: "Write v1 or v2",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The autoscaler's `version` is neither `v1` nor `v2`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(cluster!(r#""autoscalerOptions": {"version": "V2"}"#)),
                    Example::job(cluster!(r#""autoscalerOptions": {"version": "2"}"#)),
                ],
                good: &[Example::job(cluster!(
                    r#""enableInTreeAutoscaling": true, "autoscalerOptions": {"version": "v1"}"#
                ))],
            },
            claims: &[Violation(Invalid, "cluster.autoscalerOptions.version")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-autoscaler-list-shape",
                advice: "Add the missing field",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "An environment variable of the autoscaler has no `name`, or a volume mount \
                       has no `name` or no `mountPath`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(cluster!(
                        r#""autoscalerOptions": {"env": [{"value": "1"}]}"#
                    )),
                    Example::job(cluster!(
                        r#""autoscalerOptions": {"volumeMounts": [{"name": "logs"}]}"#
                    )),
                ],
                good: &[Example::job(cluster!(
                    r#""enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"env": [{"name": "A"}, {"name": "A"}]}"#
                ))],
            },
            claims: &[
                Violation(Required, "cluster.autoscalerOptions.env[].*"),
                Violation(Required, "cluster.autoscalerOptions.volumeMounts[].*"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-auth-mode-enum",
                releases: Releases::since(V1_5),
                advice: "Write disabled or token",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`authOptions.mode` is neither `disabled` nor `token`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(cluster!(r#""authOptions": {"mode": "tokens"}"#)),
                    Example::job(cluster!(r#""authOptions": {"mode": ""}"#)),
                ],
                good: &[Example::job(cluster!(
                    r#""authOptions": {"mode": "token"}"#
                ))],
            },
            claims: &[Violation(Invalid, "cluster.authOptions.mode")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-upgrade-type-enum",
                releases: Releases::since(V1_6),
                advice: "Write Recreate or None",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`upgradeStrategy.type` is neither `Recreate` nor `None`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(cluster!(r#""upgradeStrategy": {"type": "recreate"}"#)),
                    Example::job(cluster!(r#""upgradeStrategy": {"type": "RollingUpdate"}"#)),
                ],
                good: &[Example::job(cluster!(r#""upgradeStrategy": {}"#))],
            },
            claims: &[Violation(Invalid, "cluster.upgradeStrategy.type")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-gcs-redis-address-required",
                releases: Releases::between(V1_3, V1_6),
                advice: "Set redisAddress to the address of the Redis server",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`gcsFaultToleranceOptions` has no `redisAddress`.",
                source: "kuberay v1.6.2 \
                         ray-operator/apis/ray/v1/raycluster_types.go:GcsFaultToleranceOptions",
                messages: &[],
                bad: &[Example::job(cluster!(r#""gcsFaultToleranceOptions": {}"#))],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}"#
                ))],
            },
            claims: &[Violation(
                Required,
                "cluster.gcsFaultToleranceOptions.redisAddress",
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-gcs-backend",
                releases: Releases::since(V1_7),
                advice: "Write redis or rocksdb, and keep the stored value",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`gcsFaultToleranceOptions.backend` is neither `redis` nor `rocksdb`, or an \
                       update changes it.",
                source: "kuberay v1.7.0 \
                         ray-operator/apis/ray/v1/raycluster_types.go:GcsFaultToleranceOptions",
                messages: &[],
                bad: &[
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "Redis",
                           "redisAddress": "redis:6379"}"#
                    )),
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "rocksdb"}"#
                    ))
                    .stored(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "redis",
                           "redisAddress": "redis:6379"}"#
                    )),
                ],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "redis",
                       "redisAddress": "redis:6379"}"#
                ))],
            },
            claims: &[
                Violation(Invalid, "cluster.gcsFaultToleranceOptions.backend"),
                Cel(
                    "cluster.gcsFaultToleranceOptions.backend",
                    "self == oldSelf",
                    |it, old| old.is_none_or(|old| it == old),
                ),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-gcs-storage",
                releases: Releases::since(V1_7),
                advice: "Write a deletionPolicy of DeleteWithCluster or Retain, and a size such \
                         as 10Gi",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`gcsFaultToleranceOptions.storage` has a `deletionPolicy` that is neither \
                       `DeleteWithCluster` nor `Retain`, or a `size` that is not a valid quantity.",
                source: "kuberay v1.7.0 \
                         ray-operator/apis/ray/v1/raycluster_types.go:GcsEmbeddedStorage",
                messages: &[],
                bad: &[
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                           "storage": {"deletionPolicy": "retain"}}"#
                    )),
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                           "storage": {"size": "10 GB"}}"#
                    )),
                ],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                       "storage": {"size": "10Gi", "deletionPolicy": "Retain"}}"#
                ))
                .gates(&[(Gate::GCSFaultToleranceEmbeddedStorage, true)])],
            },
            claims: &[
                Violation(
                    Invalid,
                    "cluster.gcsFaultToleranceOptions.storage.deletionPolicy",
                ),
                Violation(Invalid, "cluster.gcsFaultToleranceOptions.storage.size"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-ingress-path-type-enum",
                releases: Releases::since(V1_7),
                advice: "Write Exact, Prefix or ImplementationSpecific",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`ingressOptions.pathType` of the head is not `Exact`, `Prefix` or \
                       `ImplementationSpecific`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""ingressOptions": {"pathType": "prefix"}"#)),
                    Example::job(head!(r#""ingressOptions": {"pathType": "Regex"}"#)),
                ],
                good: &[Example::job(head!(
                    r#""ingressOptions": {"pathType": "Prefix"}"#
                ))],
            },
            claims: &[Violation(
                Invalid,
                "cluster.headGroupSpec.ingressOptions.pathType",
            )],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-netpol-mode-enum",
                releases: Releases::since(V1_7),
                advice: "Write DenyAll, DenyAllIngress or DenyAllEgress",
                fixes: PROPOSED,
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`networkPolicy.mode` is not `DenyAll`, `DenyAllIngress` or `DenyAllEgress`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(cluster!(r#""networkPolicy": {"mode": "DenyIngress"}"#)),
                    Example::job(cluster!(r#""networkPolicy": {"mode": "denyAll"}"#)),
                ],
                good: &[
                    Example::job(cluster!(r#""networkPolicy": {"mode": "DenyAllIngress"}"#))
                        .gates(&[(Gate::RayClusterNetworkPolicy, true)]),
                ],
            },
            claims: &[Violation(Invalid, "cluster.networkPolicy.mode")],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-netpol-groups",
                releases: Releases::since(V1_7),
                advice: "Give each item the groupName of a different worker group",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "An item of `networkPolicy.workerGroups` has no `groupName`, or repeats \
                       that of an earlier item.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(cluster!(r#""networkPolicy": {"workerGroups": [{}]}"#)),
                    Example::job(cluster!(
                        r#""networkPolicy": {"workerGroups": [{"groupName": "workers"},
                           {"groupName": "workers"}]}"#
                    )),
                ],
                good: &[Example::job(cluster!(
                    r#""networkPolicy": {"workerGroups": [{"groupName": "workers"}]}"#
                ))
                .gates(&[(Gate::RayClusterNetworkPolicy, true)])],
            },
            claims: &[
                Violation(Required, "cluster.networkPolicy.workerGroups[].groupName"),
                Violation(Duplicate, "cluster.networkPolicy.workerGroups[]"),
            ],
        },
        SchemaEntry {
            rule: Rule {
                id: "crd-collector-env",
                releases: Releases::since(V1_7),
                advice: "Add the missing field",
                ..REFUSED
            },
            doc: RuleDoc {
                what: "An environment variable of the history server's collector has no `name`.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(cluster!(
                    r#""historyServerOptions": {"collectorOptions": {"env": [{"value": "1"}]}}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""historyServerOptions": {"collectorOptions": {"image": "collector:1",
                       "env": [{"name": "STORAGE_BACKEND", "value": "localtest"}]}}"#
                ))
                .gates(&[(Gate::RayClusterHistoryServer, true)])],
            },
            claims: &[Violation(
                Required,
                "cluster.historyServerOptions.collectorOptions.env[].*",
            )],
        },
    ],
};
