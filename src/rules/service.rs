//! A RayService: its name, its upgrades, and the Service of its applications.

use super::auth::{UNSUPPORTED_K8S_TOKEN, unsupported_k8s_token};
use super::head_service::{allocated, container_ports, container_ports_path, head_of, serves};
use super::managed::REMOVE;
use super::metadata::{UNUSABLE, too_long, unusable};
use super::serve_config::listens;
use super::{Entry, Family};
use crate::cel::Cel;
use crate::context::{Context, Object};
use crate::equality::means;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{self, Int, Json, Path, Quoted};
use crate::kind::{Kind, Kinds};
use crate::pod::{Part, Pod, Port};
use crate::rayjob::MULTIKUEUE;
use crate::rayservice::{ClusterUpgradeOptions, RayService};
use crate::release::Gate::RayServiceIncrementalUpgrade;
use crate::release::Release::{self, V1_3, V1_4, V1_5, V1_6, V1_7};
use crate::rule::{Check, Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::go_duration;

/// The maximum length of a RayService name, in bytes.
const LONGEST: usize = 47;

/// How long the first RayCluster may take to be ready.
const TIMEOUT: &str = "ray.io/initializing-timeout";

/// The path of a field of the spec.
fn at(field: &'static str) -> Path {
    Path::default().at("spec").at(field)
}

/// Reports the timeout if it is no duration, or else if it is not positive
/// (`validation.go:validateInitializingTimeout`).
fn timeout(context: &Context<'_>, is_readable: bool, report: &mut Report) {
    let text = context.object.annotation(TIMEOUT);
    let seconds = || text.parse::<i64>().ok();
    let length = go_duration::parse(text).ok().or_else(seconds);
    let is_found = match length {
        Some(length) => is_readable && length <= 0,
        None => !is_readable && !text.is_empty(),
    };
    if is_found {
        let path = Path::default().at("metadata.annotations").key(TIMEOUT);
        report.add(path, format!("{TIMEOUT} is {}", Quoted(text)));
    }
}

/// The options of an upgrade in steps, if it is one.
fn options<'s, 'a>(service: &'s RayService<'a>) -> Option<&'s ClusterUpgradeOptions<'a>> {
    let strategy = service.spec.upgrade_strategy.as_ref()?;
    let options = strategy.cluster_upgrade_options.as_ref();
    options.filter(|_| service.spec.upgrades_in_steps())
}

/// Reports an option of an upgrade in steps that is missing or not in this range.
fn option(report: &mut Report, field: &'static str, value: Option<Int>, least: i32, most: i32) {
    let path = || at("upgradeStrategy.clusterUpgradeOptions").at(field);
    match value {
        None => report.add(path(), format!("{field} is missing")),
        Some(Int(value)) if value < least || most < value => {
            report.add(path(), format!("{field} is {value}"))
        }
        Some(_) => return,
    };
}

/// Whether two objects, given as JSON, differ in another field than these.
fn differ(a: &Json<'_>, b: &Json<'_>, except: &[&str]) -> bool {
    [a, b].iter().any(|object| match object {
        Json::Object(entries) => entries
            .iter()
            .any(|(key, _)| !except.contains(&&**key) && !means(a.get(key), b.get(key))),
        _ => false,
    })
}

/// Whether two groups of pods differ for the operator.
fn other_group(a: &Json<'_>, b: &Json<'_>, release: Release) -> bool {
    const SCALE: &str = "scaleStrategy";
    const TEMPLATE: &str = "template";
    let counts = ["replicas", "minReplicas", "maxReplicas", SCALE, TEMPLATE];
    let injected: &[&str] = match release {
        V1_3 | V1_4 => &[],
        _ => &["tolerations", "schedulingGates"],
    };
    let (template, other) = (a.get(TEMPLATE), b.get(TEMPLATE));
    differ(a, b, &counts)
        || differ(a.get(SCALE), b.get(SCALE), &["workersToDelete"])
        || differ(template, other, &["spec"])
        || differ(template.get("spec"), other.get("spec"), injected)
}

/// Whether an edit of `rayClusterConfig` makes another RayCluster of it for the operator,
/// which has one.
///
/// It compares hashes without some fields
/// (`util.go:GenerateHashWithoutReplicasAndWorkersToDelete`), and adds new worker groups at the
/// end to the RayCluster that there is (`rayservice_controller.go:shouldPrepareNewCluster`).
fn is_other_cluster(service: &RayService<'_>, context: &Context<'_>) -> bool {
    const GROUPS: &str = "workerGroupSpecs";
    const HEAD: &str = "headGroupSpec";
    let Some(old) = context.old.and_then(Object::service) else {
        return false;
    };
    // Files have no status, and an admitted edit does not change it.
    let has_cluster = old.status.has_cluster();
    let is_theirs = service.spec.managed_by.as_deref() == Some(MULTIKUEUE);
    let new = service.spec.ray_cluster_config.source();
    let old = old.spec.ray_cluster_config.source();
    if !has_cluster || is_theirs || service.spec.suspend || new == old {
        return false;
    }
    let (Ok(new), Ok(old)) = (json::read::<Json<'_>>(new), json::read::<Json<'_>>(old)) else {
        return false;
    };
    let release = context.release;
    let except: &[&str] = match release {
        V1_7 => &[HEAD, GROUPS, "upgradeStrategy", "suspend"],
        _ => &[HEAD, GROUPS, "upgradeStrategy"],
    };
    let (groups, before) = (new.get(GROUPS).items(), old.get(GROUPS).items());
    let mut pairs = groups.iter().zip(before);
    differ(&new, &old, except)
        || other_group(new.get(HEAD), old.get(HEAD), release)
        || groups.len() < before.len()
        || pairs.any(|(new, old)| other_group(new, old, release))
}

/// Whether the operator looks at the type of an upgrade, present or not
/// (`kuberay v1.6.2 ray-operator/controllers/ray/utils/util.go:IsIncrementalUpgradeEnabled`).
fn crashes_without_type(context: &Context<'_>) -> bool {
    (V1_5..V1_7).contains(&context.release) && context.is_on(RayServiceIncrementalUpgrade)
}

/// The type of upgrade, if the operator never upgrades with it.
fn idle_type<'s>(service: &'s RayService<'_>, context: &Context<'_>) -> Option<&'s str> {
    let kind = service.spec.upgrade_type()?;
    let is_on = context.is_on(RayServiceIncrementalUpgrade);
    let upgrades = kind == "NewCluster" || service.spec.upgrades_in_steps() && is_on;
    (!upgrades).then_some(kind)
}

/// Reports a RayService for whose applications KubeRay cannot make the Service.
fn no_serve_service(pod: Pod<'_, '_>, context: &Context<'_>, report: &mut Report) {
    let (Some(_), Some(service)) = (head_of(pod), context.object.service()) else {
        return;
    };
    let (ports, release) = (container_ports(pod), context.release);
    if ports.is_empty() || ports.iter().any(|port| serves(&port.name, release)) {
        return;
    }
    let listens = listens(context).unwrap_or(8000);
    let is_listened_on = |port: &Port<'_>| i64::from(port.container_port.0) == listens;
    let position = ports.iter().position(is_listened_on);
    let mut detail = String::from("no port of the Ray container is named serve");
    // KubeRay does not look at serveService in an upgrade in steps.
    let in_steps = service.spec.upgrades_in_steps() && context.is_on(RayServiceIncrementalUpgrade);
    if let Some(own) = service.spec.serve_service.as_ref().filter(|_| !in_steps) {
        let spec = &own.spec;
        // Before 1.6, KubeRay takes only the port named serve.
        let has_port = match release {
            V1_3 | V1_4 | V1_5 => spec.ports.iter().any(|port| serves(&port.name, release)),
            _ => !spec.ports.is_empty(),
        };
        if has_port || &*spec.cluster_ip == "None" || &*spec.kind == "ExternalName" {
            return;
        }
        detail += ", nor is one of serveService";
    }
    let path = container_ports_path(pod);
    match position {
        Some(position) => report.add(path.index(position), detail),
        None => report.add(path, detail).offer(&[]).advise(format!(
            "Add {{name: serve, containerPort: {listens}}} to the ports of the Ray container"
        )),
    };
}

const VALIDATION: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:\
                          ValidateRayServiceSpec";
const METADATA: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:\
                        ValidateRayServiceMetadata";
const CONTROLLER: &str = "kuberay v1.7.0 ray-operator/controllers/ray/rayservice_controller.go:\
                          shouldPrepareNewCluster";

const TIMEOUT_RULE: Rule = Rule {
    releases: Releases::since(V1_5),
    kinds: Kinds::only(Kind::RayService),
    advice: "Write a positive duration such as 10m, or a number of seconds such as 600",
    fixes: REMOVE,
    ..Rule::OPERATOR
};

/// The rules about upgrades in steps.
const STEPS: Rule = Rule {
    releases: Releases::since(V1_5),
    gate: Some((RayServiceIncrementalUpgrade, true)),
    ..Rule::OPERATOR
};
const STEPS_SOURCE: &str = "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:\
                            ValidateClusterUpgradeOptions";
const PERCENT_ADVICE: &str = "Use a whole number from 0 to 100";

/// The patch for an autoscaled RayService that upgrades in steps, with these options.
macro_rules! options {
    ($options:literal) => {
        concat!(
            r#"{"spec": {"rayClusterConfig": {"enableInTreeAutoscaling": true},
                         "upgradeStrategy": {"type": "NewClusterWithIncrementalUpgrade",
                                             "clusterUpgradeOptions": {"#,
            $options,
            "}}}}"
        )
    };
}

/// The same with options that are fine.
const FINE: Example = Example::service(options!(
    r#""maxSurgePercent": 100, "stepSizePercent": 100, "intervalSeconds": 1,
       "gatewayClassName": "istio""#
));

/// The condition of a rule about upgrades in steps in CEL, which may use `options`.
macro_rules! cel_steps {
    ($when:literal) => {
        concat!(
            "upgrade.?type.orValue('') == 'NewClusterWithIncrementalUpgrade' && ",
            $when
        )
    };
}

/// The patch with these ports of the head's Ray container, and other fields of the spec.
macro_rules! ports {
    ($ports:literal $(, $more:literal)?) => {
        concat!(
            r#"{"spec": {"rayClusterConfig": {"headGroupSpec": {"template": {"spec": {
                  "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0",
                                  "ports": [{"name": "dashboard", "containerPort": 8265}, "#,
            $ports,
            "]}]}}}}",
            $(", ", $more,)?
            "}}"
        )
    };
}

/// The patches of a RayService that has a RayCluster: with other fields of the RayCluster and of
/// the spec, and without.
macro_rules! running {
    ($cluster:literal, $spec:literal) => {
        concat!(
            r#"{"status": {"activeServiceStatus": {"rayClusterName": "llm-abcde"}},
                "spec": {"#,
            $spec,
            r#""rayClusterConfig": {"#,
            $cluster,
            "}}}"
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "RayService",
    entries: &[
        Entry {
            rule: Rule {
                id: "service-name-too-long",
                position: Position::metadata(10),
                releases: Releases::since(V1_4),
                why: "KubeRay adds suffixes to name the RayClusters and Services, whose names \
                      are limited to 63 bytes",
                advice: "Use a name of at most 47 bytes, or a generateName of at most 42",
                check: Check::RayService(|service, _, report| {
                    too_long(&service.metadata, LONGEST, report);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The name of a RayService is longer than 47 bytes. A `generateName` \
                       produces names 5 bytes longer than itself.",
                source: METADATA,
                messages: &["RayService name should be no more than"],
                bad: &[
                    Example::service(
                        r#"{"metadata": {
                            "name": "a234567890123456789012345678901234567890123456xy"}}"#,
                    ),
                    Example::service(
                        r#"{"metadata": {"name": null,
                                  "generateName": "a23456789012345678901234567890123456789012-"}}"#,
                    ),
                ],
                good: &[Example::service(
                    r#"{"metadata": {
                        "name": "a23456789012345678901234567890123456789012345xy"}}"#,
                )],
            },
            cel: &[Cel {
                when: "bytes(name).size() > 47",
                path: "metadata.name",
                detail: "{quoted(name)} gives a name of {bytes(name).size()} bytes",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "service-name-not-dns1035",
                position: Position::metadata(20),
                releases: Releases::since(V1_4),
                why: "KubeRay names Services after it, and Kubernetes restricts their names",
                advice: "Use lowercase letters, digits and hyphens, starting with a letter and \
                         not ending with a hyphen, such as llm-2",
                check: Check::RayService(|service, _, report| {
                    unusable(&service.metadata, report);
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "The name of a RayService is not a valid Service name: lowercase letters, \
                       digits and hyphens, starting with a letter, not ending with a hyphen, at \
                       most 63 bytes (a DNS-1035 label). The API server itself also allows dots \
                       and a leading digit.",
                source: METADATA,
                messages: &["RayService name should be a valid DNS1035"],
                bad: &[
                    Example::service(r#"{"metadata": {"name": "7b-chat"}}"#),
                    Example::service(r#"{"metadata": {"name": "llm.v2"}}"#),
                ],
                good: &[Example::service(r#"{"metadata": {"name": "llm-7b"}}"#)],
            },
            cel: UNUSABLE,
        },
        Entry {
            rule: Rule {
                id: "service-initializing-timeout-not-positive",
                position: Position::metadata(30).step(1),
                why: "KubeRay gives a RayService up after this time, which must be longer than 0",
                check: Check::RayService(|_, context, report| timeout(context, true, report)),
                ..TIMEOUT_RULE
            },
            doc: RuleDoc {
                what: "The annotation `ray.io/initializing-timeout` is a duration or a number of \
                       seconds that is 0 or negative.",
                source: METADATA,
                messages: &[
                    "RayService annotations is invalid: annotation ray.io/initializing-timeout \
                     must be a positive",
                ],
                bad: &[
                    Example::service(
                        r#"{"metadata": {"annotations": {"ray.io/initializing-timeout": "0s"}}}"#,
                    ),
                    Example::service(
                        r#"{"metadata": {"annotations": {"ray.io/initializing-timeout": "-600"}}}"#,
                    ),
                ],
                good: &[
                    Example::service(
                        r#"{"metadata": {"annotations": {"ray.io/initializing-timeout": "1ns"}}}"#,
                    ),
                    Example::service(
                        r#"{"metadata": {"annotations": {"ray.io/initializing-timeout": ""}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "service-initializing-timeout-invalid",
                position: Position::metadata(30).step(2),
                why: "KubeRay reads a duration as Go writes it, or a whole number of seconds",
                check: Check::RayService(|_, context, report| timeout(context, false, report)),
                ..TIMEOUT_RULE
            },
            doc: RuleDoc {
                what: "The annotation `ray.io/initializing-timeout` is neither a duration such as \
                       `90s` or `1h30m`, nor a whole number of seconds.",
                source: METADATA,
                messages: &[
                    "RayService annotations is invalid: annotation ray.io/initializing-timeout has \
                     invalid format",
                ],
                bad: &[
                    Example::service(
                        r#"{"metadata": {"annotations": {"ray.io/initializing-timeout": "1d"}}}"#,
                    ),
                    Example::service(
                        r#"{"metadata": {"annotations": {"ray.io/initializing-timeout": "1.5"}}}"#,
                    ),
                ],
                good: &[
                    Example::service(
                        r#"{"metadata": {"annotations": {"ray.io/initializing-timeout": "2h1m"}}}"#,
                    ),
                    Example::service(
                        r#"{"metadata": {"annotations": {"ray.io/initializing-timeout": "600"}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "auth-k8s-token-rayservice",
                position: Position::job(190),
                releases: Releases::since(V1_6),
                kinds: Kinds::only(Kind::RayService),
                why: "KubeRay does not support Kubernetes tokens for RayServices",
                advice: "Remove enableK8sTokenAuth; with mode token, KubeRay generates its own \
                         token",
                fixes: REMOVE,
                check: Check::Cluster(unsupported_k8s_token),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`authOptions.enableK8sTokenAuth` is true in a RayService.",
                source: VALIDATION,
                messages: &["K8s token auth mode is currently not supported for RayService"],
                bad: &[Example::service(
                    r#"{"spec": {"rayClusterConfig": {"rayVersion": "2.55.0",
                         "headGroupSpec": {"template": {"spec": {"containers": [
                           {"name": "ray-head", "image": "example.com/llm:1"}]}}},
                         "authOptions": {"mode": "token", "enableK8sTokenAuth": true}}}}"#,
                )],
                good: &[Example::service(
                    r#"{"spec": {"rayClusterConfig": {"rayVersion": "2.55.0",
                         "headGroupSpec": {"template": {"spec": {"containers": [
                           {"name": "ray-head", "image": "example.com/llm:1"}]}}},
                         "authOptions": {"mode": "token", "enableK8sTokenAuth": false}}}}"#,
                )],
            },
            cel: UNSUPPORTED_K8S_TOKEN,
        },
        Entry {
            rule: Rule {
                id: "service-head-service-name",
                position: Position::job(210),
                why: "a RayService has one RayCluster after the other, and their Services cannot \
                      have the same name",
                advice: "Remove the name: KubeRay then names the Service after the RayCluster",
                fixes: REMOVE,
                check: Check::RayService(|service, context, report| {
                    let head = &service.spec.ray_cluster_config.head_group_spec;
                    let name = &*head.head_service.metadata.name;
                    if let Some(cluster) = context.object.cluster()
                        && !name.is_empty()
                    {
                        report.add(
                            cluster.head().path("headService.metadata.name"),
                            format!("headService has the name {}", Quoted(name)),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`headService.metadata.name` is set in a RayService.",
                source: VALIDATION,
                messages: &[
                    "spec.rayClusterConfig.headGroupSpec.headService.metadata.name should not be \
                     set",
                ],
                bad: &[Example::service(
                    r#"{"spec": {"rayClusterConfig": {"headGroupSpec": {
                         "headService": {"metadata": {"name": "llm-head"}}}}}}"#,
                )],
                good: &[Example::service(
                    r#"{"spec": {"rayClusterConfig": {"headGroupSpec": {
                         "headService": {"metadata": {"labels": {"team": "llm"}}}}}}}"#,
                )],
            },
            cel: &[Cel {
                when: "head.?headService.?metadata.?name.orValue('') != ''",
                path: "{cluster}.headGroupSpec.headService.metadata.name",
                detail: "headService has the name {quoted(head.value().headService.metadata.name)}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "service-upgrade-type",
                position: Position::job(220),
                why: "KubeRay knows NewCluster, None and, from 1.5 on, \
                      NewClusterWithIncrementalUpgrade",
                advice: "Write NewCluster, or remove type",
                fixes: &[FixTemplate {
                    title: "remove type: KubeRay replaces the RayCluster",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::RayService(|service, context, report| {
                    let is_known = |kind| {
                        matches!(kind, "None" | "NewCluster")
                            || context.release >= V1_5 && service.spec.upgrades_in_steps()
                    };
                    if let Some(kind) = service.spec.upgrade_type()
                        && !is_known(kind)
                    {
                        let detail = format!("upgradeStrategy.type is {}", Quoted(kind));
                        report.add(at("upgradeStrategy.type"), detail);
                    }
                    let has_strategy = service.spec.upgrade_strategy.is_some();
                    if crashes_without_type(context)
                        && has_strategy
                        && service.spec.upgrade_type().is_none()
                    {
                        report.advise_on(
                            at("upgradeStrategy"),
                            "upgradeStrategy has no type, on which the operator crashes",
                            "Set type to NewCluster, or remove upgradeStrategy",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`upgradeStrategy.type` of a RayService is not one that the release knows. \
                       In 1.5 and 1.6 also: `upgradeStrategy` has no `type`, and the gate \
                       `RayServiceIncrementalUpgrade` is on, with which the operator crashes.",
                source: VALIDATION,
                messages: &["Spec.UpgradeStrategy.Type value"],
                bad: &[
                    Example::service(r#"{"spec": {"upgradeStrategy": {"type": "Recreate"}}}"#),
                    Example::service(
                        r#"{"spec": {"upgradeStrategy": {
                             "type": "NewClusterWithIncrementalUpgrade"}}}"#,
                    )
                    .on(V1_4),
                    Example::service(r#"{"spec": {"upgradeStrategy": {}}}"#)
                        .on(V1_6)
                        .gates(&[(RayServiceIncrementalUpgrade, true)]),
                ],
                good: &[
                    Example::service(r#"{"spec": {"upgradeStrategy": {"type": "NewCluster"}}}"#),
                    Example::service(r#"{"spec": {"upgradeStrategy": {}}}"#).on(V1_6),
                    Example::service(r#"{"spec": {"upgradeStrategy": {"type": "None"}}}"#),
                ],
            },
            cel: &[
                Cel {
                    when: "upgrade.?type.hasValue() && \
                       !(upgrade.?type.orValue('') in ['None', 'NewCluster']) && \
                       !(release >= V1_5 && \
                       upgrade.?type.orValue('') == 'NewClusterWithIncrementalUpgrade')",
                    path: "{job}.upgradeStrategy.type",
                    detail: "upgradeStrategy.type is {quoted(upgrade.?type.orValue(''))}",
                    ..Cel::NEVER
                },
                Cel {
                    when: "release >= V1_5 && release < V1_7 && RayServiceIncrementalUpgrade && \
                       upgrade.hasValue() && !upgrade.?type.hasValue()",
                    path: "{job}.upgradeStrategy",
                    detail: "upgradeStrategy has no type, on which the operator crashes",
                    advice: Some("Set type to NewCluster, or remove upgradeStrategy"),
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "service-deletion-delay-negative",
                position: Position::job(230),
                releases: Releases::since(V1_5),
                why: "KubeRay deletes an old RayCluster after this many seconds",
                advice: "Use 0 or a positive number, or remove it to wait for 60 seconds",
                fixes: REMOVE,
                check: Check::RayService(|service, _, report| {
                    const FIELD: &str = "rayClusterDeletionDelaySeconds";
                    let delay = service.spec.ray_cluster_deletion_delay_seconds;
                    if let Some(Int(delay)) = delay
                        && delay < 0
                    {
                        report.add(at(FIELD), format!("{FIELD} is {delay}"));
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`rayClusterDeletionDelaySeconds` is negative. The CRD refuses it too.",
                source: VALIDATION,
                messages: &["Spec.RayClusterDeletionDelaySeconds should be"],
                bad: &[Example::service(
                    r#"{"spec": {"rayClusterDeletionDelaySeconds": -1}}"#,
                )],
                good: &[Example::service(
                    r#"{"spec": {"rayClusterDeletionDelaySeconds": 0}}"#,
                )],
            },
            cel: &[Cel {
                when: "job.?rayClusterDeletionDelaySeconds.orValue(0) < 0",
                path: "{job}.rayClusterDeletionDelaySeconds",
                detail: "rayClusterDeletionDelaySeconds is \
                         {object.spec.rayClusterDeletionDelaySeconds}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "incremental-upgrade-autoscaler",
                position: Position::job(240),
                why: "the new RayCluster grows with the requests that it gets, step by step",
                advice: "Set enableInTreeAutoscaling to true, or use the type NewCluster",
                fixes: &[FixTemplate {
                    title: "set enableInTreeAutoscaling to true",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "true")],
                }],
                check: Check::RayService(|service, context, report| {
                    if let Some(cluster) = context.object.cluster()
                        && service.spec.upgrades_in_steps()
                        && !cluster.autoscales()
                    {
                        report.add(
                            cluster.path("enableInTreeAutoscaling"),
                            "enableInTreeAutoscaling is not true",
                        );
                    }
                }),
                ..STEPS
            },
            doc: RuleDoc {
                what: "`upgradeStrategy.type` is `NewClusterWithIncrementalUpgrade` without the \
                       autoscaler.",
                source: STEPS_SOURCE,
                messages: &["Ray Autoscaler is required for NewClusterWithIncrementalUpgrade"],
                bad: &[Example::service(
                    r#"{"spec": {"upgradeStrategy": {
                         "type": "NewClusterWithIncrementalUpgrade",
                         "clusterUpgradeOptions": {"maxSurgePercent": 40, "stepSizePercent": 20,
                           "intervalSeconds": 30, "gatewayClassName": "istio"}}}}"#,
                )],
                good: &[FINE],
            },
            cel: &[Cel {
                when: cel_steps!("!autoscales"),
                path: "{cluster}.enableInTreeAutoscaling",
                detail: "enableInTreeAutoscaling is not true",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "incremental-upgrade-options",
                position: Position::job(250),
                why: "KubeRay must know the steps",
                advice: "Add clusterUpgradeOptions with stepSizePercent, intervalSeconds and \
                         gatewayClassName",
                check: Check::RayService(|service, _, report| {
                    if service.spec.upgrades_in_steps() && options(service).is_none() {
                        report.add(
                            at("upgradeStrategy.clusterUpgradeOptions"),
                            "clusterUpgradeOptions is missing",
                        );
                    }
                }),
                ..STEPS
            },
            doc: RuleDoc {
                what: "`upgradeStrategy.type` is `NewClusterWithIncrementalUpgrade` without \
                       `clusterUpgradeOptions`.",
                source: STEPS_SOURCE,
                messages: &["ClusterUpgradeOptions are required"],
                bad: &[Example::service(
                    r#"{"spec": {"rayClusterConfig": {"enableInTreeAutoscaling": true},
                         "upgradeStrategy": {"type": "NewClusterWithIncrementalUpgrade"}}}"#,
                )],
                good: &[FINE],
            },
            cel: &[Cel {
                when: cel_steps!("!upgradeOptions.hasValue()"),
                path: "{job}.upgradeStrategy.clusterUpgradeOptions",
                detail: "clusterUpgradeOptions is missing",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "incremental-upgrade-surge",
                position: Position::job(260),
                why: "the new RayCluster takes on this percentage of the requests at a time. \
                      Without it, the operator crashes",
                advice: PERCENT_ADVICE,
                check: Check::RayService(|service, _, report| {
                    if let Some(options) = options(service) {
                        option(report, "maxSurgePercent", options.max_surge_percent, 0, 100);
                    }
                }),
                ..STEPS
            },
            doc: RuleDoc {
                what: "`maxSurgePercent` is not from 0 to 100. The API server sets a missing one \
                       to 100.",
                source: STEPS_SOURCE,
                messages: &["maxSurgePercent must be between 0 and 100"],
                bad: &[Example::service(options!(
                    r#""maxSurgePercent": 101, "stepSizePercent": 20, "intervalSeconds": 30,
                       "gatewayClassName": "istio""#
                ))],
                good: &[FINE],
            },
            cel: &[
                Cel {
                    when: cel_steps!(
                        "upgradeOptions.hasValue() && \
                         !upgradeOptions.?maxSurgePercent.hasValue()"
                    ),
                    path: "{job}.upgradeStrategy.clusterUpgradeOptions.maxSurgePercent",
                    detail: "maxSurgePercent is missing",
                    ..Cel::NEVER
                },
                Cel {
                    when: cel_steps!(
                        "upgradeOptions.?maxSurgePercent.hasValue() && \
                         (upgradeOptions.value().maxSurgePercent < 0 || \
                         upgradeOptions.value().maxSurgePercent > 100)"
                    ),
                    path: "{job}.upgradeStrategy.clusterUpgradeOptions.maxSurgePercent",
                    detail: "maxSurgePercent is \
                             {upgradeOptions.value().maxSurgePercent}",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "incremental-upgrade-step",
                position: Position::job(270),
                why: "KubeRay moves this percentage of the requests in each step",
                advice: PERCENT_ADVICE,
                check: Check::RayService(|service, _, report| {
                    if let Some(options) = options(service) {
                        option(report, "stepSizePercent", options.step_size_percent, 0, 100);
                    }
                }),
                ..STEPS
            },
            doc: RuleDoc {
                what: "`stepSizePercent` is missing or not from 0 to 100.",
                source: STEPS_SOURCE,
                messages: &["stepSizePercent must be between 0 and 100"],
                bad: &[Example::service(options!(
                    r#""maxSurgePercent": 100, "stepSizePercent": -1, "intervalSeconds": 30,
                       "gatewayClassName": "istio""#
                ))],
                good: &[FINE],
            },
            cel: &[
                Cel {
                    when: cel_steps!(
                        "upgradeOptions.hasValue() && \
                         !upgradeOptions.?stepSizePercent.hasValue()"
                    ),
                    path: "{job}.upgradeStrategy.clusterUpgradeOptions.stepSizePercent",
                    detail: "stepSizePercent is missing",
                    ..Cel::NEVER
                },
                Cel {
                    when: cel_steps!(
                        "upgradeOptions.?stepSizePercent.hasValue() \
                         && (upgradeOptions.value().stepSizePercent < 0 || \
                         upgradeOptions.value().stepSizePercent > 100)"
                    ),
                    path: "{job}.upgradeStrategy.clusterUpgradeOptions.stepSizePercent",
                    detail: "stepSizePercent is \
                             {upgradeOptions.value().stepSizePercent}",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "incremental-upgrade-step-above-surge",
                position: Position::job(280),
                releases: Releases::since(V1_7),
                why: "a step cannot move more requests than the new RayCluster takes on",
                advice: "Make stepSizePercent at most maxSurgePercent",
                check: Check::RayService(|service, _, report| {
                    if let Some(options) = options(service)
                        && let (Some(Int(surge)), Some(Int(step))) =
                            (options.max_surge_percent, options.step_size_percent)
                        && step > surge
                    {
                        report.add(
                            at("upgradeStrategy.clusterUpgradeOptions.stepSizePercent"),
                            format!("stepSizePercent is {step}, and maxSurgePercent is {surge}"),
                        );
                    }
                }),
                ..STEPS
            },
            doc: RuleDoc {
                what: "`stepSizePercent` is more than `maxSurgePercent`.",
                source: STEPS_SOURCE,
                messages: &["stepSizePercent must be less than or equal to maxSurgePercent"],
                bad: &[Example::service(options!(
                    r#""maxSurgePercent": 10, "stepSizePercent": 11, "intervalSeconds": 30,
                       "gatewayClassName": "istio""#
                ))],
                good: &[FINE],
            },
            cel: &[Cel {
                when: cel_steps!(
                    "upgradeOptions.?maxSurgePercent.hasValue() && \
                     upgradeOptions.?stepSizePercent.hasValue() && \
                     upgradeOptions.value().stepSizePercent > \
                     upgradeOptions.value().maxSurgePercent"
                ),
                path: "{job}.upgradeStrategy.clusterUpgradeOptions.stepSizePercent",
                detail: "stepSizePercent is \
                         {upgradeOptions.value().stepSizePercent}, and \
                         maxSurgePercent is \
                         {upgradeOptions.value().maxSurgePercent}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "incremental-upgrade-interval",
                position: Position::job(290),
                why: "KubeRay waits for this many seconds between two steps",
                advice: "Use a number of at least 1",
                check: Check::RayService(|service, _, report| {
                    if let Some(options) = options(service) {
                        let interval = options.interval_seconds;
                        option(report, "intervalSeconds", interval, 1, i32::MAX);
                    }
                }),
                ..STEPS
            },
            doc: RuleDoc {
                what: "`intervalSeconds` is missing, 0 or negative.",
                source: STEPS_SOURCE,
                messages: &["intervalSeconds must be greater than 0"],
                bad: &[Example::service(options!(
                    r#""maxSurgePercent": 50, "stepSizePercent": 20, "intervalSeconds": 0,
                       "gatewayClassName": "istio""#
                ))],
                good: &[FINE],
            },
            cel: &[
                Cel {
                    when: cel_steps!(
                        "upgradeOptions.hasValue() && \
                         !upgradeOptions.?intervalSeconds.hasValue()"
                    ),
                    path: "{job}.upgradeStrategy.clusterUpgradeOptions.intervalSeconds",
                    detail: "intervalSeconds is missing",
                    ..Cel::NEVER
                },
                Cel {
                    when: cel_steps!(
                        "upgradeOptions.?intervalSeconds.orValue(1) \
                         < 1"
                    ),
                    path: "{job}.upgradeStrategy.clusterUpgradeOptions.intervalSeconds",
                    detail: "intervalSeconds is \
                             {upgradeOptions.value().intervalSeconds}",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "incremental-upgrade-gateway-class",
                position: Position::job(300),
                why: "a Gateway of this class divides the requests between the RayClusters",
                advice: "Write the name of a GatewayClass in your Kubernetes cluster, like istio",
                check: Check::RayService(|service, _, report| {
                    if options(service).is_some_and(|options| options.gateway_class_name.is_empty())
                    {
                        report.add(
                            at("upgradeStrategy.clusterUpgradeOptions.gatewayClassName"),
                            "gatewayClassName is missing or empty",
                        );
                    }
                }),
                ..STEPS
            },
            doc: RuleDoc {
                what: "`gatewayClassName` is missing or empty.",
                source: STEPS_SOURCE,
                messages: &["gatewayClassName is required for"],
                bad: &[Example::service(options!(
                    r#""maxSurgePercent": 50, "stepSizePercent": 20, "intervalSeconds": 30,
                       "gatewayClassName": """#
                ))],
                good: &[FINE],
            },
            cel: &[Cel {
                when: cel_steps!(
                    "upgradeOptions.hasValue() && \
                     upgradeOptions.?gatewayClassName.orValue('') == ''"
                ),
                path: "{job}.upgradeStrategy.clusterUpgradeOptions.gatewayClassName",
                detail: "gatewayClassName is missing or empty",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-incremental-upgrade-off",
                releases: Releases::since(V1_5),
                gate: Some((RayServiceIncrementalUpgrade, false)),
                // The first RayCluster serves.
                level: Level::Warn,
                why: "KubeRay then takes it for None, and never replaces the RayCluster when \
                      rayClusterConfig changes",
                advice: "Use NewCluster, or turn the gate on",
                fixes: &[FixTemplate {
                    title: "set type to NewCluster",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "\"NewCluster\"")],
                }],
                check: Check::RayService(|service, _, report| {
                    if service.spec.upgrades_in_steps() {
                        report.add(
                            at("upgradeStrategy.type"),
                            "upgradeStrategy.type is NewClusterWithIncrementalUpgrade, but the \
                             operator's feature gate RayServiceIncrementalUpgrade is off",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`upgradeStrategy.type` is `NewClusterWithIncrementalUpgrade`, and the gate \
                       `RayServiceIncrementalUpgrade` is off.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayservice_controller.go:\
                         isZeroDowntimeUpgradeEnabled",
                messages: &[],
                bad: &[
                    Example::service(options!(
                        r#""maxSurgePercent": 50, "stepSizePercent": 20, "intervalSeconds": 30,
                           "gatewayClassName": "istio""#
                    )),
                    FINE.on(V1_5),
                ],
                good: &[Example::service(
                    r#"{"spec": {"upgradeStrategy": {"type": "NewCluster"}}}"#,
                )],
            },
            cel: &[Cel {
                when: cel_steps!("true"),
                path: "{job}.upgradeStrategy.type",
                detail: "upgradeStrategy.type is NewClusterWithIncrementalUpgrade, but the \
                         operator's feature gate RayServiceIncrementalUpgrade is off",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-serve-port",
                // The RayService never becomes ready.
                level: Level::Deny,
                kinds: Kinds::only(Kind::RayService),
                why: "KubeRay makes no Service for the applications, and the RayService is never \
                      ready",
                advice: "Name the port serve",
                fixes: &[FixTemplate {
                    title: "name the port serve",
                    safe: false,
                    edits: &[Edit::Set(At::Below("name"), "\"serve\"")],
                }],
                check: Check::Pod(Part::Containers, no_serve_service),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The Ray container of a RayService's head has `ports`, but none is named \
                       `serve` or, from 1.6 on, `serve-` and more, nor is one of `serveService`, \
                       of which 1.6 and later take any port. KubeRay does not look at \
                       `serveService` for `NewClusterWithIncrementalUpgrade`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/common/service.go:\
                         BuildServeService",
                messages: &[],
                bad: &[
                    Example::service(ports!(r#"{"name": "http", "containerPort": 8000}"#)),
                    Example::service(ports!(r#"{"name": "serve-grpc", "containerPort": 9000}"#))
                        .on(V1_5),
                    Example::service(ports!(r#"{"containerPort": 9000}"#)),
                    Example::service(ports!(
                        r#"{"name": "http", "containerPort": 8000}"#,
                        r#""serveService": {"spec": {"ports": [{"name": "http", "port": 8000}]}}"#
                    ))
                    .on(V1_5),
                ],
                good: &[
                    Example::service(ports!(r#"{"name": "serve", "containerPort": 8000}"#)),
                    Example::service(ports!(r#"{"name": "serve-grpc", "containerPort": 9000}"#)),
                    Example::service(ports!(
                        r#"{"name": "http", "containerPort": 8000}"#,
                        r#""serveService": {"spec": {"ports": [{"name": "http", "port": 8000}]}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-service-head-service-allocated",
                level: Level::Deny,
                kinds: Kinds::only(Kind::RayService),
                why: "KubeRay makes a Service of headService for each RayCluster and one for the \
                      RayService, which cannot have the same, so the RayService is never ready",
                advice: "Remove the field: Kubernetes then chooses a value for each Service",
                fixes: &[FixTemplate {
                    title: "let Kubernetes choose",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::CreatedCluster(|cluster, _, report| allocated(cluster, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`headService.spec` of a RayService fixes the `clusterIP` or a `nodePort`, \
                       which only one Service can have.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/common/service.go:\
                         BuildHeadServiceForRayService",
                messages: &[],
                bad: &[Example::service(
                    r#"{"spec": {"rayClusterConfig": {"headGroupSpec": {
                         "headService": {"spec": {"clusterIP": "10.96.0.9"}}}}}}"#,
                )],
                good: &[Example::service(
                    r#"{"spec": {"rayClusterConfig": {"headGroupSpec": {
                         "headService": {"spec": {"clusterIP": "None"}}}}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-serve-no-endpoints",
                // The RayService never becomes ready.
                level: Level::Deny,
                why: "KubeRay keeps the head out of the Service for the applications, and there \
                      are no workers, so no request arrives and the RayService is never ready",
                advice: "Remove excludeHeadPodFromServeSvc, or add a worker group",
                fixes: REMOVE,
                check: Check::RayService(|service, _, report| {
                    if service.spec.exclude_head_pod_from_serve_svc
                        && service
                            .spec
                            .ray_cluster_config
                            .worker_group_specs
                            .is_empty()
                    {
                        report.add(
                            at("excludeHeadPodFromServeSvc"),
                            "excludeHeadPodFromServeSvc is true without worker groups",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`excludeHeadPodFromServeSvc` is true, and there are no worker groups.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayservice_controller.go:\
                         updateHeadPodServeLabel",
                messages: &[],
                bad: &[Example::service(
                    r#"{"spec": {"excludeHeadPodFromServeSvc": true,
                         "rayClusterConfig": {"workerGroupSpecs": []}}}"#,
                )],
                good: &[
                    Example::service(r#"{"spec": {"excludeHeadPodFromServeSvc": true}}"#),
                    Example::service(r#"{"spec": {"rayClusterConfig": {"workerGroupSpecs": []}}}"#),
                ],
            },
            cel: &[Cel {
                when: "job.?excludeHeadPodFromServeSvc.orValue(false) && workers.size() == 0",
                path: "{job}.excludeHeadPodFromServeSvc",
                detail: "excludeHeadPodFromServeSvc is true without worker groups",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-service-threshold-unused",
                // The setting has no effect.
                level: Level::Warn,
                why: "no release since 1.1 reads it",
                advice: "Remove it. The annotation ray.io/initializing-timeout gives up a \
                         RayService that does not become ready, from 1.5 on",
                fixes: REMOVE,
                check: Check::RayService(|service, _, report| {
                    let spec = &service.spec;
                    for (field, value) in [
                        (
                            "serviceUnhealthySecondThreshold",
                            &spec.service_unhealthy_second_threshold,
                        ),
                        (
                            "deploymentUnhealthySecondThreshold",
                            &spec.deployment_unhealthy_second_threshold,
                        ),
                    ] {
                        if value.0 {
                            report.add(at(field), format!("{field} has no effect"));
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`serviceUnhealthySecondThreshold` or `deploymentUnhealthySecondThreshold` \
                       is set.",
                source: "kuberay v1.7.0 ray-operator/apis/ray/v1/rayservice_types.go:\
                         RayServiceSpec",
                messages: &[],
                bad: &[
                    Example::service(r#"{"spec": {"serviceUnhealthySecondThreshold": 900}}"#),
                    Example::service(r#"{"spec": {"deploymentUnhealthySecondThreshold": 300}}"#),
                ],
                good: &[Example::service("{}")],
            },
            cel: &[
                Cel {
                    when: "job.?serviceUnhealthySecondThreshold.hasValue()",
                    path: "{job}.serviceUnhealthySecondThreshold",
                    detail: "serviceUnhealthySecondThreshold has no effect",
                    ..Cel::NEVER
                },
                Cel {
                    when: "job.?deploymentUnhealthySecondThreshold.hasValue()",
                    path: "{job}.deploymentUnhealthySecondThreshold",
                    detail: "deploymentUnhealthySecondThreshold has no effect",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "trap-service-new-cluster",
                // It is what most edits are for.
                level: Level::Off,
                why: "KubeRay starts a second RayCluster beside the one that serves, and deletes \
                      that once the second is ready",
                advice: "Make sure that there is room for both",
                check: Check::RayService(|service, context, report| {
                    if idle_type(service, context).is_none() && is_other_cluster(service, context) {
                        report.add(at("rayClusterConfig"), "rayClusterConfig changes");
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "An edit changes `rayClusterConfig` of a RayService that has a RayCluster, \
                       so KubeRay replaces that. It does not for the replicas of worker groups \
                       and `workersToDelete`, for new worker groups at the end, for tolerations \
                       and scheduling gates from 1.5 on, and for `suspend` from 1.7 on. Only a \
                       change of meaning counts: `1000m` of CPU equals `1`, and an absent field \
                       equals its zero value, though a few such edits start a RayCluster too.",
                source: CONTROLLER,
                messages: &[],
                bad: &[
                    Example::service(running!(r#""rayVersion": "2.52.1""#, ""))
                        .stored(running!("", "")),
                    Example::service(running!(
                        r#""headGroupSpec": {"template": {"spec": {
                             "tolerations": [{"operator": "Exists"}]}}}"#,
                        ""
                    ))
                    .stored(running!("", ""))
                    .on(V1_4),
                ],
                good: &[
                    Example::service(running!(
                        r#""headGroupSpec": {"template": {"spec": {
                             "tolerations": [{"operator": "Exists"}]}}}"#,
                        ""
                    ))
                    .stored(running!("", "")),
                    Example::service(r#"{"spec": {"rayClusterConfig": {"rayVersion": "2.52.1"}}}"#)
                        .stored("{}"),
                    Example::service(running!(
                        r#""workerGroupSpecs": [
                             {"groupName": "workers", "minReplicas": 1, "maxReplicas": 4,
                              "replicas": 2, "rayStartParams": {},
                              "template": {"spec": {"containers": [
                                {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}},
                             {"groupName": "more", "minReplicas": 1, "maxReplicas": 1,
                              "rayStartParams": {},
                              "template": {"spec": {"containers": [
                                {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]"#,
                        ""
                    ))
                    .stored(running!("", "")),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-service-edit-ignored",
                // The RayCluster that there is keeps serving.
                level: Level::Warn,
                why: "KubeRay then changes nothing and starts no other RayCluster",
                advice: "Set upgradeStrategy.type to NewCluster, or create a new RayService",
                check: Check::RayService(|service, context, report| {
                    if let Some(kind) = idle_type(service, context)
                        && is_other_cluster(service, context)
                    {
                        let kind = Quoted(kind);
                        report.add(
                            at("rayClusterConfig"),
                            format!("rayClusterConfig changes, but upgradeStrategy.type is {kind}"),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "An edit changes `rayClusterConfig` of a RayService that has a RayCluster, \
                       and `upgradeStrategy.type` is `None`, or \
                       `NewClusterWithIncrementalUpgrade` while its gate is off.",
                source: CONTROLLER,
                messages: &[],
                bad: &[
                    Example::service(running!(
                        r#""rayVersion": "2.52.1""#,
                        r#""upgradeStrategy": {"type": "None"}, "#
                    ))
                    .stored(running!("", r#""upgradeStrategy": {"type": "None"}, "#)),
                    // A file has no status.
                    Example::service(
                        r#"{"spec": {"upgradeStrategy": {"type": "None"},
                             "rayClusterConfig": {"rayVersion": "2.52.1"}}}"#,
                    )
                    .stored(running!("", r#""upgradeStrategy": {"type": "None"}, "#)),
                ],
                good: &[
                    Example::service(running!(
                        r#""rayVersion": "2.52.1""#,
                        r#""upgradeStrategy": {"type": "NewCluster"}, "#
                    ))
                    .stored(running!("", r#""upgradeStrategy": {"type": "None"}, "#)),
                    Example::service(running!(
                        r#""rayVersion": "2.52.1""#,
                        r#""managedBy": "kueue.x-k8s.io/multikueue",
                           "upgradeStrategy": {"type": "None"}, "#
                    ))
                    .stored(running!(
                        "",
                        r#""managedBy": "kueue.x-k8s.io/multikueue",
                           "upgradeStrategy": {"type": "None"}, "#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};

#[cfg(test)]
mod tests {
    use crate::admit;
    use crate::example::patched;
    use crate::kind::Kind;
    use crate::release::Release::{self, V1_3, V1_4, V1_7};
    use crate::settings::Settings;

    /// The rules that find something in a RayService, in the operator's order.
    fn found(patch: &str, release: Release) -> Vec<&'static str> {
        let object = patched(Kind::RayService, patch).expect("JSON").to_string();
        let settings = Settings::for_release(release);
        let verdict = admit::judge(object.as_bytes(), None, &settings);
        let findings = verdict.findings.iter();
        findings.map(|graded| graded.finding.rule.id).collect()
    }

    #[test]
    fn from_1_4_on_the_ray_cluster_is_judged_before_the_upgrade() {
        let patch = r#"{"spec": {"upgradeStrategy": {"type": "x"}, "rayClusterConfig": {
            "headGroupSpec": {"template": {"spec": {"containers": []}}}}}}"#;
        let (cluster, upgrade) = ("head-no-containers", "service-upgrade-type");
        assert_eq!(found(patch, V1_3), [upgrade, cluster]);
        assert_eq!(found(patch, V1_4), [cluster, upgrade]);
    }

    #[test]
    fn the_port_to_name_serve_is_the_one_that_serve_listens_on() {
        for (config, ports, at, advice) in [
            ("", "[]", None, ""),
            (
                "",
                r#"[{"name": "ui", "containerPort": 8265}]"#,
                Some(""),
                "Add {name: serve, containerPort: 8000} to the ports of the Ray container",
            ),
            (
                "{http_options: {port: 9000}}",
                r#"[{"name": "ui", "containerPort": 8000}]"#,
                Some(""),
                "Add {name: serve, containerPort: 9000} to the ports of the Ray container",
            ),
            (
                "{http_options: {port: 9000}}",
                r#"[{"name": "ui", "containerPort": 8000},
                    {"name": "http", "containerPort": 9000}]"#,
                Some("[1]"),
                "Name the port serve",
            ),
        ] {
            let patch = format!(
                r#"{{"spec": {{"serveConfigV2": "{config}", "rayClusterConfig": {{"headGroupSpec":
                     {{"template": {{"spec": {{"containers": [{{"name": "ray-head",
                       "image": "rayproject/ray:2.52.0", "ports": {ports}}}]}}}}}}}}}}}}"#
            );
            let object = patched(Kind::RayService, &patch).expect("JSON").to_string();
            let verdict = admit::judge(object.as_bytes(), None, &Settings::default());
            let findings = verdict.findings.iter().map(|graded| &graded.finding);
            let mut findings = findings.filter(|finding| finding.rule.id == "trap-serve-port");
            let found = findings.next();
            let path = found.map(|finding| finding.path.to_string());
            let place = path.as_deref().and_then(|path| path.split_once("ports"));
            assert_eq!(place.map(|(_, place)| place), at, "{patch}");
            assert_eq!(
                found.map_or("", |finding| &*finding.advice),
                advice,
                "{patch}"
            );
        }
    }

    #[test]
    fn a_timeout_is_read_as_go_reads_it() {
        let invalid: &[_] = &["service-initializing-timeout-invalid"];
        let low: &[_] = &["service-initializing-timeout-not-positive"];
        for (text, rules) in [
            ("", &[][..]),
            ("1ns", &[]),
            ("+5", &[]),
            ("600", &[]),
            ("0", low),
            ("-0", low),
            ("-5", low),
            ("00", low),
            ("-1h", low),
            ("1d", invalid),
            ("1_000", invalid),
            (" 5", invalid),
            ("9999999999999999999", invalid),
        ] {
            let patch = format!(
                r#"{{"metadata": {{"annotations": {{"ray.io/initializing-timeout": "{text}"}}}}}}"#
            );
            assert_eq!(found(&patch, V1_7), rules, "{text:?}");
        }
    }
}
