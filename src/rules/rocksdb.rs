//! The backends of GCS fault tolerance: Redis, or RocksDB in the head pod.

use super::fault_tolerance::head_variables;
use super::{Entry, Family, cluster, gate, head_env, managed};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::raycluster::GcsFaultToleranceOptions;
use crate::release::Gate::GCSFaultToleranceEmbeddedStorage;
use crate::release::Release::V1_7;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Returns the options if the backend is RocksDB.
fn rocksdb(cluster: Cluster<'_>) -> Option<&GcsFaultToleranceOptions<'_>> {
    let options = cluster.spec.gcs_fault_tolerance_options.as_ref();
    options.filter(|options| &*options.backend == "rocksdb")
}

fn redis_field(cluster: Cluster<'_>, report: &mut Report, field: &'static str, detail: String) {
    let path = cluster.path("gcsFaultToleranceOptions").at(field);
    report.add(path, format!("{detail}, but backend is rocksdb"));
}

const USE_REDIS: FixTemplate = FixTemplate {
    title: "set backend to redis",
    safe: false,
    edits: &[Edit::Set(
        At::Cluster("gcsFaultToleranceOptions.backend"),
        "\"redis\"",
    )],
};

const REMOVE: FixTemplate = FixTemplate {
    title: "remove it",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

const RULE: Rule = Rule {
    releases: Releases::since(V1_7),
    gate: Some((GCSFaultToleranceEmbeddedStorage, true)),
    ..Rule::OPERATOR
};

const REDIS_FIELD: Rule = Rule {
    why: "RocksDB keeps the state on a volume of the head pod, without Redis",
    advice: "Remove it, or set backend to redis",
    fixes: &[REMOVE, USE_REDIS],
    ..RULE
};

/// The mount path and the name of KubeRay's volume for RocksDB.
const PATH: &str = "/data/gcs";
const VOLUME: &str = "gcs-storage";

const SOURCE: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                      validation.go:validateGcsFaultToleranceBackend";

pub(super) const FAMILY: Family = Family {
    title: "Fault tolerance backends",
    entries: &[
        Entry {
            rule: Rule {
                id: "ft-rocksdb-gate-off",
                position: Position::cluster(120).step(1),
                releases: Releases::since(V1_7),
                gate: Some((GCSFaultToleranceEmbeddedStorage, false)),
                why: gate::WHY,
                advice: "Use Redis, or enable the gate in the operator and in the settings of \
                         this policy",
                fixes: &[FixTemplate {
                    title: "remove gcsFaultToleranceOptions",
                    safe: false,
                    edits: &[Edit::Remove(At::Cluster("gcsFaultToleranceOptions"))],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    if rocksdb(cluster).is_some() {
                        report.add(
                            cluster.path("gcsFaultToleranceOptions.backend"),
                            gate::off("backend is rocksdb", GCSFaultToleranceEmbeddedStorage),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb` while the gate `GCSFaultToleranceEmbeddedStorage` \
                       is off, as it is by default.",
                source: SOURCE,
                messages: &["the embedded RocksDB GCS fault tolerance backend"],
                bad: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb"}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "redis",
                       "redisAddress": "redis:6379"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "ft-rocksdb-redis-address",
                position: Position::cluster(120).step(2),
                check: Check::Cluster(|cluster, _, report| {
                    if let Some(options) =
                        rocksdb(cluster).filter(|options| !options.redis_address.is_empty())
                    {
                        let detail = format!("redisAddress is {}", Quoted(&options.redis_address));
                        redis_field(cluster, report, "redisAddress", detail);
                    }
                }),
                ..REDIS_FIELD
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb` and `redisAddress` is not empty.",
                source: SOURCE,
                messages: &["cannot set GcsFaultToleranceOptions.RedisAddress"],
                bad: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                       "redisAddress": "redis:6379"}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb", "redisAddress": ""}"#
                ))],
            },
            cel: &[Cel {
                when: "backend == 'rocksdb' && ft.?redisAddress.orValue('') != ''",
                path: "{cluster}.gcsFaultToleranceOptions.redisAddress",
                detail: "redisAddress is {quoted(ft.redisAddress.value())}, but backend is rocksdb",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-rocksdb-redis-username",
                position: Position::cluster(120).step(3),
                check: Check::Cluster(|cluster, _, report| {
                    if rocksdb(cluster).is_some_and(|options| options.redis_username.0) {
                        redis_field(
                            cluster,
                            report,
                            "redisUsername",
                            "redisUsername is set".into(),
                        );
                    }
                }),
                ..REDIS_FIELD
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb` and `redisUsername` is set.",
                source: SOURCE,
                messages: &["cannot set GcsFaultToleranceOptions.RedisUsername"],
                bad: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                       "redisUsername": {"value": "ray"}}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb"}"#
                ))],
            },
            cel: &[Cel {
                when: "backend == 'rocksdb' && ft.?redisUsername.hasValue()",
                path: "{cluster}.gcsFaultToleranceOptions.redisUsername",
                detail: "redisUsername is set, but backend is rocksdb",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-rocksdb-redis-password",
                position: Position::cluster(120).step(4),
                check: Check::Cluster(|cluster, _, report| {
                    if rocksdb(cluster).is_some_and(|options| options.redis_password.0) {
                        redis_field(
                            cluster,
                            report,
                            "redisPassword",
                            "redisPassword is set".into(),
                        );
                    }
                }),
                ..REDIS_FIELD
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb` and `redisPassword` is set.",
                source: SOURCE,
                messages: &["cannot set GcsFaultToleranceOptions.RedisPassword"],
                bad: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                       "redisPassword": {"value": "secret"}}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb"}"#
                ))],
            },
            cel: &[Cel {
                when: "backend == 'rocksdb' && ft.?redisPassword.hasValue()",
                path: "{cluster}.gcsFaultToleranceOptions.redisPassword",
                detail: "redisPassword is set, but backend is rocksdb",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-rocksdb-external-namespace",
                position: Position::cluster(120).step(5),
                check: Check::Cluster(|cluster, _, report| {
                    let namespace =
                        rocksdb(cluster).map_or("", |options| &options.external_storage_namespace);
                    if !namespace.is_empty() {
                        let detail = format!("externalStorageNamespace is {}", Quoted(namespace));
                        redis_field(cluster, report, "externalStorageNamespace", detail);
                    }
                }),
                ..REDIS_FIELD
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb` and `externalStorageNamespace` is not empty.",
                source: SOURCE,
                messages: &["cannot set GcsFaultToleranceOptions.ExternalStorageNamespace"],
                bad: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                       "externalStorageNamespace": "train"}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379",
                       "externalStorageNamespace": "train"}"#
                ))],
            },
            cel: &[Cel {
                when: "backend == 'rocksdb' && ft.?externalStorageNamespace.orValue('') != ''",
                path: "{cluster}.gcsFaultToleranceOptions.externalStorageNamespace",
                detail: "externalStorageNamespace is \
                         {quoted(ft.externalStorageNamespace.value())}, but backend is rocksdb",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-rocksdb-claim-exclusive",
                position: Position::cluster(120).step(6),
                why: "an existing claim already has a size, a class and access modes",
                advice: "Remove size, storageClassName and accessModes, or remove claimName to \
                         let KubeRay create a claim",
                fixes: &[FixTemplate {
                    title: "remove claimName: KubeRay creates a claim",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    let Some(storage) =
                        rocksdb(cluster).and_then(|options| options.storage.as_ref())
                    else {
                        return;
                    };
                    let other = if storage.size.0 {
                        "size"
                    } else if storage.storage_class_name.0 {
                        "storageClassName"
                    } else if !storage.access_modes.is_empty() {
                        "accessModes"
                    } else {
                        return;
                    };
                    if !storage.claim_name.is_empty() {
                        report.add(
                            cluster.path("gcsFaultToleranceOptions.storage.claimName"),
                            format!(
                                "claimName is {}, but {other} is set too",
                                Quoted(&storage.claim_name)
                            ),
                        );
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb`, `storage.claimName` is not empty, and `size`, \
                       `storageClassName` or `accessModes` is set too.",
                source: SOURCE,
                messages: &["GcsFaultToleranceOptions.Storage.ClaimName is mutually exclusive"],
                bad: &[
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                           "storage": {"claimName": "gcs", "size": "1Gi"}}"#
                    )),
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                           "storage": {"claimName": "gcs", "accessModes": ["ReadWriteOnce"]}}"#
                    )),
                ],
                good: &[
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                           "storage": {"claimName": "gcs", "accessModes": []}}"#
                    )),
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                           "storage": {"size": "1Gi"}}"#
                    )),
                ],
            },
            cel: &[Cel {
                when: "backend == 'rocksdb' && ft.?storage.?claimName.orValue('') != '' && \
                       (ft.?storage.?size.hasValue() || ft.?storage.?storageClassName.hasValue() \
                       || ft.?storage.?accessModes.orValue([]).size() > 0)",
                path: "{cluster}.gcsFaultToleranceOptions.storage.claimName",
                detail: "claimName is {quoted(ft.storage.claimName.value())}, but \
                         {ft.?storage.?size.hasValue() ? 'size' : \
                         ft.?storage.?storageClassName.hasValue() ? 'storageClassName' : \
                         'accessModes'} is set too",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-rocksdb-env",
                position: Position::cluster(120).step(7),
                why: managed::WHY,
                advice: managed::ENV_ADVICE,
                fixes: managed::REMOVE,
                check: Check::Cluster(|cluster, _, report| {
                    if rocksdb(cluster).is_some() {
                        let names = ["RAY_gcs_storage", "RAY_gcs_storage_path"];
                        head_variables(cluster, report, &names, ", but backend is rocksdb");
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb`, and the head's Ray container sets the variable \
                       `RAY_gcs_storage` or `RAY_gcs_storage_path`.",
                source: SOURCE,
                messages: &["cannot set `RAY_gcs_storage`"],
                bad: &[Example::job(head_env!(
                    r#"{"name": "RAY_gcs_storage", "value": "rocksdb"}"#,
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb"}"#
                ))],
                good: &[Example::job(head_env!(
                    r#"{"name": "RAY_GCS_STORAGE", "value": "rocksdb"}"#,
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb"}"#
                ))],
            },
            cel: &[Cel {
                each: "headEnv",
                when: "backend == 'rocksdb' && item.name in ['RAY_gcs_storage', \
                       'RAY_gcs_storage_path']",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].env[{i}]",
                detail: "the head's Ray container sets {item.name}, but backend is rocksdb",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-rocksdb-mount",
                position: Position::cluster(120).step(8),
                why: managed::WHY,
                advice: managed::MOUNT_ADVICE,
                fixes: managed::REMOVE,
                check: Check::Cluster(|cluster, _, report| {
                    if rocksdb(cluster).is_none() {
                        return;
                    }
                    let head = cluster.head();
                    let Some(container) = head.ray_container() else {
                        return;
                    };
                    managed::each_mount(&container.volume_mounts, VOLUME, PATH, |index, mount| {
                        let path = head.ray_container_path("volumeMounts", index);
                        report.add(path, format!("the head's Ray container mounts {mount}"));
                    });
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb`, and the head's Ray container mounts a volume named \
                       `gcs-storage` or at `/data/gcs`.",
                source: SOURCE,
                messages: &["cannot set a volume mount named"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                                       "backend": "rocksdb"},
                                     "headGroupSpec": {"template": {"spec": {
                                       "containers": [
                                         {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "volumeMounts": [{"name": "data",
                                         "mountPath": "/data/gcs"}]}],
                                       "volumes": [{"name": "data"}]}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                                       "backend": "rocksdb"},
                                     "headGroupSpec": {"template": {"spec": {
                                       "containers": [
                                         {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                       "volumeMounts": [{"name": "gcs-storage",
                                         "mountPath": "/gcs"}]}]}}}}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                          "backend": "rocksdb"},
                        "headGroupSpec": {"template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                          "volumeMounts": [{"name": "data", "mountPath": "/data"}]}],
                          "volumes": [{"name": "data"}]}}}}}}"#,
                )],
            },
            cel: &[Cel {
                each: "headMounts",
                when: "backend == 'rocksdb' && (item.name == 'gcs-storage' || item.mountPath == \
                       '/data/gcs')",
                path: "{cluster}.headGroupSpec.template.spec.containers[0].volumeMounts[{i}]",
                detail: "the head's Ray container mounts volume {quoted(item.name)} at \
                         {quoted(item.mountPath)}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-rocksdb-volume",
                position: Position::cluster(120).step(9),
                why: "KubeRay adds a volume with that name",
                advice: "Rename the volume",
                fixes: managed::REMOVE,
                check: Check::Cluster(|cluster, _, report| {
                    if rocksdb(cluster).is_none() {
                        return;
                    }
                    let head = cluster.head();
                    for (index, volume) in head.spec.template.spec.volumes.iter().enumerate() {
                        if &*volume.name == VOLUME {
                            let path = head.path("template.spec.volumes").index(index);
                            report.add(path, format!("the head pod has a volume named {VOLUME}"));
                        }
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`backend` is `rocksdb`, and the head pod has a volume named `gcs-storage`.",
                source: SOURCE,
                messages: &["cannot set a volume named"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                          "backend": "rocksdb"},
                        "headGroupSpec": {"template": {"spec": {"volumes": [
                          {"name": "gcs-storage", "emptyDir": {}}]}}}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"gcsFaultToleranceOptions": {
                          "backend": "rocksdb"},
                        "headGroupSpec": {"template": {"spec": {"volumes": [
                          {"name": "data", "emptyDir": {}}]}}}}}}"#,
                )],
            },
            cel: &[Cel {
                each: "headPod.?volumes.orValue([])",
                when: "backend == 'rocksdb' && item.name == 'gcs-storage'",
                path: "{cluster}.headGroupSpec.template.spec.volumes[{i}]",
                detail: "the head pod has a volume named {item.name}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ft-redis-storage",
                position: Position::cluster(120).step(10),
                releases: Releases::since(V1_7),
                why: "only RocksDB keeps the state on a volume",
                advice: "Remove storage, or set backend to rocksdb",
                fixes: &[
                    FixTemplate {
                        title: "remove storage",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    FixTemplate {
                        title: "set backend to rocksdb",
                        safe: false,
                        edits: &[Edit::Set(
                            At::Cluster("gcsFaultToleranceOptions.backend"),
                            "\"rocksdb\"",
                        )],
                    },
                ],
                check: Check::Cluster(|cluster, _, report| {
                    let Some(options) = &cluster.gcs_fault_tolerance_options else {
                        return;
                    };
                    if &*options.backend != "rocksdb" && options.storage.is_some() {
                        let backend = match &*options.backend {
                            "" => "not set, which means redis".into(),
                            backend => Quoted(backend).to_string(),
                        };
                        report.add(
                            cluster.path("gcsFaultToleranceOptions.storage"),
                            format!("storage is set, but backend is {backend}"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`storage` is set and `backend` is not `rocksdb`. The default `backend` is \
                       `redis`.",
                source: SOURCE,
                messages: &["cannot set GcsFaultToleranceOptions.Storage when backend is 'redis'"],
                bad: &[
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"redisAddress": "redis:6379",
                           "storage": {}}"#
                    )),
                    Example::job(cluster!(
                        r#""gcsFaultToleranceOptions": {"backend": "redis",
                           "redisAddress": "redis:6379", "storage": {"size": "1Gi"}}"#
                    )),
                ],
                good: &[Example::job(cluster!(
                    r#""gcsFaultToleranceOptions": {"backend": "rocksdb",
                       "storage": {"size": "1Gi"}}"#
                ))
                .gates(&[(GCSFaultToleranceEmbeddedStorage, true)])],
            },
            cel: &[Cel {
                when: "backend != 'rocksdb' && ft.?storage.hasValue()",
                path: "{cluster}.gcsFaultToleranceOptions.storage",
                detail: "storage is set, but backend is {backend == '' ? 'not set, which means \
                         redis' : quoted(backend)}",
                ..Cel::NEVER
            }],
        },
    ],
};
