//! Encrypted connections between the pods.

use super::{Entry, Family, cluster, gate, head, managed};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::group::Group;
use crate::raycluster::AutoscalerOptions;
use crate::release::Gate::RayClusterMTLS;
use crate::release::Release::V1_7;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Whether the connections of a RayCluster are encrypted.
fn is_encrypted(cluster: Cluster<'_>) -> bool {
    cluster.tls_options.as_ref().is_some_and(|tls| tls.enabled)
}

/// Returns the autoscaler options of such a RayCluster.
fn autoscaler(cluster: Cluster<'_>) -> Option<&AutoscalerOptions<'_>> {
    let options = cluster.spec.autoscaler_options.as_deref();
    options.filter(|_| is_encrypted(cluster))
}

const VARIABLES: [&str; 4] = [
    "RAY_USE_TLS",
    "RAY_TLS_SERVER_CERT",
    "RAY_TLS_SERVER_KEY",
    "RAY_TLS_CA_CERT",
];

/// The mount path and the name of KubeRay's volume for the certificates.
const PATH: &str = "/etc/ray/tls";
const VOLUME: &str = "ray-tls";

fn variables(group: Group<'_>, report: &mut Report) {
    let Some(container) = group.ray_container() else {
        return;
    };
    managed::each_env(&container.env, &VARIABLES, |index, name| {
        let path = group.ray_container_path("env", index);
        report.add_in(
            group,
            path,
            format!("the Ray container of {group} sets {name}"),
        );
    });
}

fn mounts(group: Group<'_>, report: &mut Report) {
    let Some(container) = group.ray_container() else {
        return;
    };
    managed::each_mount(&container.volume_mounts, VOLUME, PATH, |index, mount| {
        let path = group.ray_container_path("volumeMounts", index);
        report.add_in(
            group,
            path,
            format!("the Ray container of {group} mounts {mount}"),
        );
    });
}

const VARIABLE: Rule = Rule {
    releases: Releases::since(V1_7),
    gate: Some((RayClusterMTLS, true)),
    why: managed::WHY,
    advice: managed::ENV_ADVICE,
    fixes: managed::REMOVE,
    ..Rule::OPERATOR
};

const MOUNT: Rule = Rule {
    advice: managed::MOUNT_ADVICE,
    ..VARIABLE
};

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:validateTLSOptions";

pub(super) const FAMILY: Family = Family {
    title: "TLS",
    entries: &[
        Entry {
            rule: Rule {
                id: "tls-gate-off",
                position: Position::cluster(250).step(1),
                releases: Releases::since(V1_7),
                gate: Some((RayClusterMTLS, false)),
                why: gate::WHY,
                advice: "Remove tlsOptions, or enable the gate in the operator and in the \
                         settings of this policy",
                fixes: &[FixTemplate {
                    title: "remove tlsOptions: connections stay unencrypted",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    if cluster.tls_options.is_some() {
                        report.add(
                            cluster.path("tlsOptions"),
                            gate::off("tlsOptions is set", RayClusterMTLS),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`tlsOptions` is set, even to `{}`, while the gate `RayClusterMTLS` is off, \
                       as it is by default.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec",
                messages: &["spec.tlsOptions requires"],
                bad: &[
                    Example::job(cluster!(r#""tlsOptions": {}"#)),
                    Example::job(cluster!(r#""tlsOptions": {"enabled": false}"#)),
                ],
                good: &[Example::job(cluster!(r#""tlsOptions": null"#))],
            },
            cel: &[Cel {
                when: "cluster.?tlsOptions.hasValue()",
                path: "{cluster}.tlsOptions",
                detail: "tlsOptions is set, but the operator's feature gate RayClusterMTLS is off",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "tls-head-env",
                position: Position::cluster(250).step(2),
                check: Check::Cluster(|cluster, _, report| {
                    if is_encrypted(cluster) {
                        variables(cluster.head(), report);
                    }
                }),
                ..VARIABLE
            },
            doc: RuleDoc {
                what: "`tlsOptions.enabled` is true, and the head's Ray container sets the \
                       variable `RAY_USE_TLS`, `RAY_TLS_SERVER_CERT`, `RAY_TLS_SERVER_KEY` or \
                       `RAY_TLS_CA_CERT`.",
                source: SOURCE,
                messages: &["cannot set * environment variable in head Pod when tlsOptions"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                                     "headGroupSpec": {"template": {"spec": {
                                       "containers": [
                                         {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "env": [{"name": "RAY_USE_TLS", "value": "1"}]}]}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                                     "headGroupSpec": {"template": {"spec": {
                                       "containers": [
                                         {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "env": [{"name": "RAY_TLS_CA_CERT",
                                         "value": "1"}]}]}}}}}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                                     "headGroupSpec": {"template": {"spec": {
                                       "containers": [
                                         {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "env": [{"name": "RAY_TLS_OTHER", "value": "1"}]}]}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": false},
                                     "headGroupSpec": {"template": {"spec": {
                                       "containers": [
                                         {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "env": [{"name": "RAY_USE_TLS", "value": "1"}]}]}}}}}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                each: "headEnv",
                when: "encrypts && item.name in ['RAY_USE_TLS', 'RAY_TLS_SERVER_CERT', \
                       'RAY_TLS_SERVER_KEY', 'RAY_TLS_CA_CERT']",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the Ray container of the head group sets {item.name}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "tls-head-mount",
                position: Position::cluster(250).step(3),
                check: Check::Cluster(|cluster, _, report| {
                    if is_encrypted(cluster) {
                        mounts(cluster.head(), report);
                    }
                }),
                ..MOUNT
            },
            doc: RuleDoc {
                what: "`tlsOptions.enabled` is true, and the head's Ray container mounts a volume \
                       named `ray-tls` or at `/etc/ray/tls`.",
                source: SOURCE,
                messages: &["cannot use volume mount * in head Pod when tlsOptions"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                                     "headGroupSpec": {"template": {"spec": {
                                       "containers": [
                                         {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "volumeMounts": [{"name": "ray-tls",
                                         "mountPath": "/tls"}]}]}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                                     "headGroupSpec": {"template": {"spec": {
                                       "containers": [
                                         {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "volumeMounts": [{"name": "certificates",
                                         "mountPath": "/etc/ray/tls"}]}],
                                       "volumes": [{"name": "certificates"}]}}}}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                        "headGroupSpec": {"template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                          "volumeMounts": [{"name": "certificates",
                            "mountPath": "/etc/ray"}]}],
                          "volumes": [{"name": "certificates"}]}}}}}}"#,
                )],
            },
            cel: &[Cel {
                each: "headMounts",
                when: "encrypts && (item.name == 'ray-tls' || item.mountPath == '/etc/ray/tls')",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].volumeMounts[{i}]",
                detail: "the Ray container of the head group mounts volume {quoted(item.name)} at \
                         {quoted(item.mountPath)}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "tls-worker-env",
                position: Position::cluster(250).step(4),
                check: Check::Cluster(|cluster, _, report| {
                    if is_encrypted(cluster) {
                        for worker in cluster.workers() {
                            if report.is_full() {
                                break;
                            }
                            variables(worker, report);
                        }
                    }
                }),
                ..VARIABLE
            },
            doc: RuleDoc {
                what: "`tlsOptions.enabled` is true, and the Ray container of a worker group sets \
                       the variable `RAY_USE_TLS`, `RAY_TLS_SERVER_CERT`, `RAY_TLS_SERVER_KEY` or \
                       `RAY_TLS_CA_CERT`.",
                source: SOURCE,
                messages: &["cannot set * environment variable in worker group"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                        "workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                          "maxReplicas": 3,
                          "template": {"spec": {"containers": [
                            {"name": "ray-worker", "image": "rayproject/ray:2.52.0",
                            "env": [{"name": "RAY_TLS_SERVER_CERT", "value": "1"}]}]}}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                        "workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                          "maxReplicas": 3,
                          "template": {"spec": {"containers": [
                            {"name": "ray-worker", "image": "rayproject/ray:2.52.0",
                            "env": [{"name": "RAY_TLS", "value": "1"}]}]}}}]}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "tls-worker-mount",
                position: Position::cluster(250).step(5),
                check: Check::Cluster(|cluster, _, report| {
                    if is_encrypted(cluster) {
                        for worker in cluster.workers() {
                            if report.is_full() {
                                break;
                            }
                            mounts(worker, report);
                        }
                    }
                }),
                ..MOUNT
            },
            doc: RuleDoc {
                what: "`tlsOptions.enabled` is true, and the Ray container of a worker group \
                       mounts a volume named `ray-tls` or at `/etc/ray/tls`.",
                source: SOURCE,
                messages: &["cannot use volume mount * in worker group"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                        "workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                          "maxReplicas": 3,
                          "template": {"spec": {"containers": [
                            {"name": "ray-worker", "image": "rayproject/ray:2.52.0",
                            "volumeMounts": [{"name": "ray-tls", "mountPath": "/tls"}]}]}}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"tlsOptions": {"enabled": true},
                        "workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                          "maxReplicas": 3,
                          "template": {"spec": {"containers": [
                            {"name": "ray-worker", "image": "rayproject/ray:2.52.0",
                            "volumeMounts": [{"name": "ray-tls-2", "mountPath": "/tls"}]}],
                            "volumes": [{"name": "ray-tls-2"}]}}}]}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "tls-autoscaler-env",
                position: Position::cluster(260).step(1),
                check: Check::Cluster(|cluster, _, report| {
                    let Some(options) = autoscaler(cluster) else {
                        return;
                    };
                    managed::each_env(&options.env, &VARIABLES, |index, name| {
                        report.add(
                            cluster.path("autoscalerOptions.env").index(index),
                            format!("autoscalerOptions.env has {name}"),
                        );
                    });
                }),
                ..VARIABLE
            },
            doc: RuleDoc {
                what: "`tlsOptions.enabled` is true, and `autoscalerOptions.env` has \
                       `RAY_USE_TLS`, `RAY_TLS_SERVER_CERT`, `RAY_TLS_SERVER_KEY` or \
                       `RAY_TLS_CA_CERT`.",
                source: SOURCE,
                messages: &["cannot set * environment variable in autoscalerOptions.env"],
                bad: &[Example::job(cluster!(
                    r#""tlsOptions": {"enabled": true}, "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"env": [{"name": "RAY_TLS_SERVER_KEY",
                         "value": "/key"}]}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""tlsOptions": {"enabled": true}, "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"env": [{"name": "RAY_TLS_KEY", "value": "/key"}]}"#
                ))],
            },
            cel: &[Cel {
                each: "autoscalerOptions.?env.orValue([])",
                when: "encrypts && item.name in ['RAY_USE_TLS', 'RAY_TLS_SERVER_CERT', \
                       'RAY_TLS_SERVER_KEY', 'RAY_TLS_CA_CERT']",
                path: "{cluster}.autoscalerOptions.env[{i}]",
                detail: "autoscalerOptions.env has {item.name}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "tls-autoscaler-mount",
                position: Position::cluster(260).step(2),
                check: Check::Cluster(|cluster, _, report| {
                    let Some(options) = autoscaler(cluster) else {
                        return;
                    };
                    managed::each_mount(&options.volume_mounts, VOLUME, PATH, |index, mount| {
                        report.add(
                            cluster.path("autoscalerOptions.volumeMounts").index(index),
                            format!("autoscalerOptions mounts {mount}"),
                        );
                    });
                }),
                ..MOUNT
            },
            doc: RuleDoc {
                what: "`tlsOptions.enabled` is true, and `autoscalerOptions.volumeMounts` mounts \
                       a volume named `ray-tls` or at `/etc/ray/tls`.",
                source: SOURCE,
                messages: &["cannot use volume mount * in autoscalerOptions.volumeMounts"],
                bad: &[Example::job(cluster!(
                    r#""tlsOptions": {"enabled": true}, "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"volumeMounts": [{"name": "ray-tls",
                         "mountPath": "/tls"}]}"#
                ))],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"volumes": [{"name": "tls"}],
                         "containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#,
                    r#""tlsOptions": {"enabled": true}, "enableInTreeAutoscaling": true,
                       "autoscalerOptions": {"volumeMounts": [{"name": "tls",
                         "mountPath": "/etc/ray/tls/"}]}"#
                ))],
            },
            cel: &[Cel {
                each: "autoscalerOptions.?volumeMounts.orValue([])",
                when: "encrypts && (item.name == 'ray-tls' || item.mountPath == '/etc/ray/tls')",
                path: "{cluster}.autoscalerOptions.volumeMounts[{i}]",
                detail: "autoscalerOptions mounts volume {quoted(item.name)} at \
                         {quoted(item.mountPath)}",
                ..Cel::NEVER
            }],
        },
    ],
};
