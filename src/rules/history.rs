//! Recording for the history server.

use super::{Entry, Family, cluster, gate, managed};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::group::Group;
use crate::json::Quoted;
use crate::raycluster::{CollectorOptions, EnvVar};
use crate::release::Gate::RayClusterHistoryServer;
use crate::release::Release::V1_7;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::go_case::{is_in_lower_case, is_in_upper_case};
use crate::text::join;

/// The patch that sets these variables of the collector.
macro_rules! collector {
    ($env:literal) => {
        cluster!(
            r#""historyServerOptions": {"collectorOptions": {"image": "collector:1", "env": ["#,
            $env,
            "]}}"
        )
    };
}

fn collector(cluster: Cluster<'_>) -> Option<&CollectorOptions<'_>> {
    let options = cluster.spec.history_server_options.as_ref()?;
    options.collector_options.as_ref()
}

impl<'s> CollectorOptions<'s> {
    /// Returns the variable with that name. If there are several, the last one wins.
    fn variable(&self, name: &str) -> Option<&EnvVar<'s>> {
        self.env
            .iter()
            .rev()
            .find(|variable| &*variable.name == name)
    }

    /// Returns the literal value of the variable.
    fn literal(&self, name: &str) -> &str {
        self.variable(name).map_or("", |variable| &variable.value)
    }

    /// Whether the variable has a value, literal or from another source.
    fn has(&self, name: &str) -> bool {
        self.variable(name)
            .is_some_and(|variable| !variable.value.is_empty() || variable.value_from.0)
    }
}

/// How the collector authenticates to Azure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AzureAuth {
    ConnectionString,
    Identity,
    Unknown,
}

const AUTH_MODE: &str = "AZURE_STORAGE_AUTH_MODE";
const CONNECTION: &str = "AZURE_STORAGE_CONNECTION_STRING";
const ACCOUNT: &str = "AZURE_STORAGE_ACCOUNT_URL";

impl AzureAuth {
    fn of(collector: &CollectorOptions<'_>) -> Self {
        let mode = collector.literal(AUTH_MODE).trim();
        if is_in_lower_case(mode, "connection_string") {
            Self::ConnectionString
        } else if is_in_lower_case(mode, "workload_identity") || is_in_lower_case(mode, "default") {
            Self::Identity
        } else {
            Self::Unknown
        }
    }
}

/// Reports that the backend needs one of these variables and none has a value.
/// `more` is a further condition.
fn lacking(
    cluster: Cluster<'_>,
    report: &mut Report,
    backend: &str,
    needed: &[&str],
    more: fn(&CollectorOptions<'_>) -> bool,
) {
    let Some(collector) = collector(cluster) else {
        return;
    };
    let written = collector.literal(BACKEND);
    if is_in_upper_case(written, backend)
        && more(collector)
        && !needed.iter().any(|name| collector.has(name))
    {
        let written = Quoted(written);
        let lacks = match needed {
            [one] => format!("{one} has no value"),
            all => format!(
                "neither {} has a value",
                join(&mut all.iter().copied(), " nor ")
            ),
        };
        let mode = match collector.literal(AUTH_MODE) {
            mode if backend == "AZUREBLOB" && !mode.is_empty() => {
                format!(" and {AUTH_MODE} {}", Quoted(mode))
            }
            _ => String::new(),
        };
        report.add(
            cluster.path(ENV),
            format!("{BACKEND} is {written}{mode}, but {lacks}"),
        );
    }
}

const ENV: &str = "historyServerOptions.collectorOptions.env";
const BACKEND: &str = "STORAGE_BACKEND";
const CONTAINER: &str = "ray-history-collector";

const RULE: Rule = Rule {
    releases: Releases::since(V1_7),
    gate: Some((RayClusterHistoryServer, true)),
    fixes: &[FixTemplate {
        title: "remove historyServerOptions: nothing is recorded",
        safe: false,
        edits: &[Edit::Remove(At::Cluster("historyServerOptions"))],
    }],
    ..Rule::OPERATOR
};

const LACKING: Rule = Rule {
    position: Position::cluster(220).step(6),
    why: "without a value, the collector cannot reach the storage",
    advice: "Set the missing variable in collectorOptions.env, with value or valueFrom",
    ..RULE
};

fn collector_name(group: Group<'_>, report: &mut Report) {
    for (index, container) in group.spec.template.spec.containers.iter().enumerate() {
        if &*container.name == CONTAINER {
            let path = group
                .path("template.spec.containers")
                .index(index)
                .at("name");
            report.add_in(
                group,
                path,
                format!("a container of {group} is named {CONTAINER}"),
            );
        }
    }
}

const NAME: Rule = Rule {
    why: "KubeRay adds a container with that name",
    advice: "Rename the container",
    ..RULE
};

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";
const COLLECTOR_SOURCE: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/\
                                validation.go:validateCollectorOptions";

pub(super) const FAMILY: Family = Family {
    title: "History server",
    entries: &[
        Entry {
            rule: Rule {
                id: "history-gate-off",
                position: Position::cluster(220).step(1),
                gate: Some((RayClusterHistoryServer, false)),
                why: gate::WHY,
                advice: "Remove historyServerOptions, or enable the gate in the operator and in \
                         the settings of this policy",
                check: Check::Cluster(|cluster, _, report| {
                    if cluster.history_server_options.is_some() {
                        report.add(
                            cluster.path("historyServerOptions"),
                            gate::off("historyServerOptions is set", RayClusterHistoryServer),
                        );
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`historyServerOptions` is set while the feature gate \
                       `RayClusterHistoryServer` is off, its default.",
                source: SOURCE,
                messages: &["RayClusterHistoryServer feature gate is not enabled"],
                bad: &[Example::job(cluster!(r#""historyServerOptions": {}"#))],
                good: &[Example::job(cluster!(r#""historyServerOptions": null"#))],
            },
            cel: &[Cel {
                when: "cluster.?historyServerOptions.hasValue()",
                path: "{cluster}.historyServerOptions",
                detail: "historyServerOptions is set, but the operator's feature gate \
                         RayClusterHistoryServer is off",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "history-collector-missing",
                position: Position::cluster(220).step(2),
                why: "historyServerOptions has no other field",
                advice: "Set collectorOptions with an image and a storage backend, or remove \
                         historyServerOptions",
                check: Check::Cluster(|cluster, _, report| {
                    if cluster.history_server_options.is_some() && collector(cluster).is_none() {
                        report.add(
                            cluster.path("historyServerOptions.collectorOptions"),
                            "historyServerOptions has no collectorOptions",
                        );
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`historyServerOptions` is set without `collectorOptions`.",
                source: SOURCE,
                messages: &["historyServerOptions.collectorOptions must be set"],
                bad: &[Example::job(cluster!(r#""historyServerOptions": {}"#))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "localtest"}"#
                ))],
            },
            cel: &[Cel {
                when: "cluster.?historyServerOptions.hasValue() && !collector.hasValue()",
                path: "{cluster}.historyServerOptions.collectorOptions",
                detail: "historyServerOptions has no collectorOptions",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "history-image-missing",
                position: Position::cluster(220).step(3),
                why: "KubeRay has no default image for the collector",
                advice: "Set collectorOptions.image",
                check: Check::Cluster(|cluster, _, report| {
                    if collector(cluster).is_some_and(|collector| collector.image.is_empty()) {
                        report.add(
                            cluster.path("historyServerOptions.collectorOptions.image"),
                            "collectorOptions has no image",
                        );
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`collectorOptions.image` is empty.",
                source: COLLECTOR_SOURCE,
                messages: &["historyServerOptions.collectorOptions.image must be set"],
                bad: &[
                    Example::job(cluster!(
                        r#""historyServerOptions": {"collectorOptions": {
                           "env": [{"name": "STORAGE_BACKEND", "value": "localtest"}]}}"#
                    )),
                    Example::job(cluster!(
                        r#""historyServerOptions": {"collectorOptions": {"image": "",
                           "env": [{"name": "STORAGE_BACKEND", "value": "localtest"}]}}"#
                    )),
                ],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "localtest"}"#
                ))],
            },
            cel: &[Cel {
                when: "collector.hasValue() && collector.?image.orValue('') == ''",
                path: "{cluster}.historyServerOptions.collectorOptions.image",
                detail: "collectorOptions has no image",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "history-env-reserved",
                position: Position::cluster(220).step(4),
                why: managed::WHY,
                advice: managed::ENV_ADVICE,
                fixes: managed::REMOVE,
                check: Check::Cluster(|cluster, _, report| {
                    let Some(collector) = collector(cluster) else {
                        return;
                    };
                    let names = [
                        "POD_IP",
                        "FQ_RAY_IP",
                        "RAY_CLUSTER_NAME",
                        "RAY_CLUSTER_NAMESPACE",
                        "RAY_ROLE",
                        "OWNER_KIND",
                        "OWNER_NAME",
                        "EVENTS_PORT",
                    ];
                    managed::each_env(&collector.env, &names, |index, name| {
                        report.add(
                            cluster.path(ENV).index(index),
                            format!("collectorOptions.env has {name}"),
                        );
                    });
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`collectorOptions.env` has `POD_IP`, `FQ_RAY_IP`, `RAY_CLUSTER_NAME`, \
                       `RAY_CLUSTER_NAMESPACE`, `RAY_ROLE`, `OWNER_KIND`, `OWNER_NAME` or \
                       `EVENTS_PORT`.",
                source: COLLECTOR_SOURCE,
                messages: &["historyServerOptions.collectorOptions.env must not contain"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "localtest"},
                       {"name": "POD_IP", "value": "10.0.0.1"}"#
                ))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "localtest"},
                       {"name": "HOST_IP", "value": "10.0.0.1"}"#
                ))],
            },
            cel: &[Cel {
                each: "collector.?env.orValue([])",
                when: "item.name in ['POD_IP', 'FQ_RAY_IP', 'RAY_CLUSTER_NAME', \
                       'RAY_CLUSTER_NAMESPACE', 'RAY_ROLE', 'OWNER_KIND', 'OWNER_NAME', \
                       'EVENTS_PORT']",
                path: "{cluster}.historyServerOptions.collectorOptions.env[{i}]",
                detail: "collectorOptions.env has {item.name}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "history-backend-missing",
                position: Position::cluster(220).step(5),
                why: "the variable selects where the collector stores its data",
                advice: "Set STORAGE_BACKEND to GCS, S3, AZUREBLOB or ALIYUNOSS, with value and \
                         not valueFrom",
                check: Check::Cluster(|cluster, _, report| {
                    if collector(cluster)
                        .is_some_and(|collector| collector.literal(BACKEND).is_empty())
                    {
                        report.add(cluster.path(ENV), format!("{BACKEND} has no literal value"));
                    }
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`collectorOptions.env` has no `STORAGE_BACKEND` with a literal `value`.",
                source: COLLECTOR_SOURCE,
                messages: &["STORAGE_BACKEND environment variable must be set"],
                bad: &[
                    Example::job(collector!("")),
                    Example::job(collector!(
                        r#"{"name": "STORAGE_BACKEND",
                            "valueFrom": {"configMapKeyRef": {"name": "storage",
                              "key": "backend"}}}"#
                    )),
                ],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "localtest"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-gcs-bucket",
                check: Check::Cluster(|cluster, _, report| {
                    lacking(cluster, report, "GCS", &["GCS_BUCKET"], |_| true);
                }),
                ..LACKING
            },
            doc: RuleDoc {
                what: "`STORAGE_BACKEND` is `GCS`, in upper or lower case, and `GCS_BUCKET` has \
                       no value.",
                source: COLLECTOR_SOURCE,
                messages: &["GCS_BUCKET environment variable must be set"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "gcs"}"#
                ))],
                good: &[
                    Example::job(collector!(
                        r#"{"name": "STORAGE_BACKEND", "value": "gcs"},
                           {"name": "GCS_BUCKET", "value": "ray"}"#
                    )),
                    Example::job(collector!(
                        r#"{"name": "STORAGE_BACKEND", "value": "GCS"},
                           {"name": "GCS_BUCKET",
                             "valueFrom": {"configMapKeyRef": {"name": "storage",
                               "key": "bucket"}}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-s3-region",
                check: Check::Cluster(|cluster, _, report| {
                    lacking(cluster, report, "S3", &["S3_REGION"], |_| true);
                }),
                ..LACKING
            },
            doc: RuleDoc {
                what: "`STORAGE_BACKEND` is `S3`, in upper or lower case, and `S3_REGION` has no \
                       value.",
                source: COLLECTOR_SOURCE,
                messages: &["S3_REGION environment variable must be set"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "s3"},
                       {"name": "S3_REGION", "value": ""}"#
                ))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "S3"},
                       {"name": "S3_REGION", "value": "eu-central-1"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-azure-connection-string",
                check: Check::Cluster(|cluster, _, report| {
                    lacking(cluster, report, "AZUREBLOB", &[CONNECTION], |collector| {
                        AzureAuth::of(collector) == AzureAuth::ConnectionString
                    });
                }),
                ..LACKING
            },
            doc: RuleDoc {
                what: "`STORAGE_BACKEND` is `AZUREBLOB`, `AZURE_STORAGE_AUTH_MODE` is \
                       `connection_string`, and `AZURE_STORAGE_CONNECTION_STRING` has no value.",
                source: COLLECTOR_SOURCE,
                messages: &["AZURE_STORAGE_CONNECTION_STRING environment variable must be set"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "AZUREBLOB"},
                       {"name": "AZURE_STORAGE_AUTH_MODE", "value": "connection_string"},
                       {"name": "AZURE_STORAGE_ACCOUNT_URL",
                         "value": "https://ray.blob.core.windows.net"}"#
                ))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "AZUREBLOB"},
                       {"name": "AZURE_STORAGE_AUTH_MODE", "value": "connection_string"},
                       {"name": "AZURE_STORAGE_CONNECTION_STRING",
                         "valueFrom": {"secretKeyRef": {"name": "storage", "key": "connection"}}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-azure-account-url",
                check: Check::Cluster(|cluster, _, report| {
                    lacking(cluster, report, "AZUREBLOB", &[ACCOUNT], |collector| {
                        AzureAuth::of(collector) == AzureAuth::Identity
                    });
                }),
                ..LACKING
            },
            doc: RuleDoc {
                what: "`STORAGE_BACKEND` is `AZUREBLOB`, `AZURE_STORAGE_AUTH_MODE` is \
                       `workload_identity` or `default`, and `AZURE_STORAGE_ACCOUNT_URL` has no \
                       value.",
                source: COLLECTOR_SOURCE,
                messages: &["AZURE_STORAGE_ACCOUNT_URL environment variable must be set"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "azureblob"},
                       {"name": "AZURE_STORAGE_AUTH_MODE", "value": "Workload_Identity"}"#
                ))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "azureblob"},
                       {"name": "AZURE_STORAGE_AUTH_MODE", "value": "default"},
                       {"name": "AZURE_STORAGE_ACCOUNT_URL",
                         "value": "https://ray.blob.core.windows.net"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-azure-either",
                check: Check::Cluster(|cluster, _, report| {
                    lacking(
                        cluster,
                        report,
                        "AZUREBLOB",
                        &[CONNECTION, ACCOUNT],
                        |collector| AzureAuth::of(collector) == AzureAuth::Unknown,
                    );
                }),
                ..LACKING
            },
            doc: RuleDoc {
                what: "`STORAGE_BACKEND` is `AZUREBLOB`, `AZURE_STORAGE_AUTH_MODE` is absent or \
                       unknown, and neither `AZURE_STORAGE_CONNECTION_STRING` nor \
                       `AZURE_STORAGE_ACCOUNT_URL` has a value.",
                source: COLLECTOR_SOURCE,
                messages: &["either AZURE_STORAGE_CONNECTION_STRING or"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "AzureBlob"}"#
                ))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "AzureBlob"},
                       {"name": "AZURE_STORAGE_ACCOUNT_URL",
                         "value": "https://ray.blob.core.windows.net"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-oss-bucket",
                check: Check::Cluster(|cluster, _, report| {
                    lacking(cluster, report, "ALIYUNOSS", &["OSS_BUCKET"], |_| true);
                }),
                ..LACKING
            },
            doc: RuleDoc {
                what: "`STORAGE_BACKEND` is `ALIYUNOSS`, in upper or lower case, and `OSS_BUCKET` \
                       has no value.",
                source: COLLECTOR_SOURCE,
                messages: &["OSS_BUCKET environment variable must be set"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "aliyunoss"},
                       {"name": "OSS_ENDPOINT", "value": "oss-cn-hangzhou.aliyuncs.com"},
                       {"name": "OSS_REGION", "value": "cn-hangzhou"}"#
                ))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "aliyunoss"},
                       {"name": "OSS_BUCKET", "value": "ray"},
                       {"name": "OSS_ENDPOINT", "value": "oss-cn-hangzhou.aliyuncs.com"},
                       {"name": "OSS_REGION", "value": "cn-hangzhou"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-oss-endpoint",
                position: Position::cluster(220).step(7),
                check: Check::Cluster(|cluster, _, report| {
                    lacking(cluster, report, "ALIYUNOSS", &["OSS_ENDPOINT"], |_| true);
                }),
                ..LACKING
            },
            doc: RuleDoc {
                what: "`STORAGE_BACKEND` is `ALIYUNOSS`, in upper or lower case, and \
                       `OSS_ENDPOINT` has no value.",
                source: COLLECTOR_SOURCE,
                messages: &["OSS_ENDPOINT environment variable must be set"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "aliyunoss"},
                       {"name": "OSS_BUCKET", "value": "ray"},
                       {"name": "OSS_REGION", "value": "cn-hangzhou"}"#
                ))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "aliyunoss"},
                       {"name": "OSS_BUCKET", "value": "ray"},
                       {"name": "OSS_ENDPOINT", "value": "oss-cn-hangzhou.aliyuncs.com"},
                       {"name": "OSS_REGION", "value": "cn-hangzhou"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-oss-region",
                position: Position::cluster(220).step(8),
                check: Check::Cluster(|cluster, _, report| {
                    lacking(cluster, report, "ALIYUNOSS", &["OSS_REGION"], |_| true);
                }),
                ..LACKING
            },
            doc: RuleDoc {
                what: "`STORAGE_BACKEND` is `ALIYUNOSS`, in upper or lower case, and `OSS_REGION` \
                       has no value.",
                source: COLLECTOR_SOURCE,
                messages: &["OSS_REGION environment variable must be set"],
                bad: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "aliyunoss"},
                       {"name": "OSS_BUCKET", "value": "ray"},
                       {"name": "OSS_ENDPOINT", "value": "oss-cn-hangzhou.aliyuncs.com"}"#
                ))],
                good: &[Example::job(collector!(
                    r#"{"name": "STORAGE_BACKEND", "value": "aliyunoss"},
                       {"name": "OSS_BUCKET", "value": "ray"},
                       {"name": "OSS_ENDPOINT", "value": "oss-cn-hangzhou.aliyuncs.com"},
                       {"name": "OSS_REGION", "value": "cn-hangzhou"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "history-head-container-name",
                position: Position::cluster(220).step(9),
                check: Check::Cluster(|cluster, _, report| {
                    if collector(cluster).is_some() {
                        collector_name(cluster.head(), report);
                    }
                }),
                ..NAME
            },
            doc: RuleDoc {
                what: "`collectorOptions` is set and a container of the head is named \
                       `ray-history-collector`.",
                source: SOURCE,
                messages: &["head pod template must not define a container"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"historyServerOptions": {
                          "collectorOptions": {"image": "collector:1",
                          "env": [{"name": "STORAGE_BACKEND", "value": "localtest"}]}},
                        "headGroupSpec": {"template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                          {"name": "ray-history-collector",
                          "image": "rayproject/ray:2.52.0"}]}}}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"historyServerOptions": {
                          "collectorOptions": {"image": "collector:1",
                          "env": [{"name": "STORAGE_BACKEND", "value": "localtest"}]}},
                        "headGroupSpec": {"template": {"spec": {"containers": [
                          {"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                          {"name": "history-collector", "image": "collector:1"}]}}}}}}"#,
                )],
            },
            cel: &[Cel {
                each: "headContainers",
                when: "collector.hasValue() && item.name == 'ray-history-collector'",
                path: "{cluster}.headGroupSpec.template.spec.containers[{i}].name",
                detail: "a container of the head group is named {item.name}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "history-worker-container-name",
                position: Position::cluster(220).step(10),
                check: Check::Cluster(|cluster, _, report| {
                    if collector(cluster).is_some() {
                        for worker in cluster.workers() {
                            collector_name(worker, report);
                        }
                    }
                }),
                ..NAME
            },
            doc: RuleDoc {
                what: "`collectorOptions` is set and a container of a worker group is named \
                       `ray-history-collector`.",
                source: SOURCE,
                messages: &["worker group * pod template must not define a container"],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"historyServerOptions": {
                          "collectorOptions": {"image": "collector:1",
                          "env": [{"name": "STORAGE_BACKEND", "value": "localtest"}]}},
                        "workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                          "maxReplicas": 3,
                   "template": {"spec": {"containers": [
                     {"name": "ray-history-collector", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": {"historyServerOptions": {
                          "collectorOptions": {"image": "collector:1",
                          "env": [{"name": "STORAGE_BACKEND", "value": "localtest"}]}},
                        "workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1,
                          "maxReplicas": 3,
                          "template": {"spec": {"containers": [
                            {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
            },
            cel: &[],
        },
    ],
};
