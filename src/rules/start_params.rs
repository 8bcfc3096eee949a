//! `rayStartParams`, which KubeRay writes into a line that bash runs: `ray start --key=value`.

use super::{Entry, Family, head, version, worker};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::group::Group;
use crate::json::{self, Json, Quoted};
use crate::kind::Kinds;
use crate::pod::{Owner, Part, Pod};
use crate::release::Release::{self, V1_5, V1_7};
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::ray_start::{self, RayNode, StartFault};

/// The parameters that the `resources` of a group set.
const OF_RESOURCES: [&str; 4] = ["num-cpus", "num-gpus", "memory", "resources"];

/// The limits that KubeRay adds to `resources`, if it can read what is there
/// (`kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:\
/// customAcceleratorToRayResourceMap`): a Neuron core and a TPU.
const CUSTOM_ACCELERATORS: [&str; 2] = ["aws.amazon.com/neuroncore", "google.com/tpu"];

/// Whether KubeRay replaces `resources`, which then need no quotes
/// (`kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:getResourcesMap`).
fn rewrites_resources(pod: Pod<'_, '_>, written: &str) -> bool {
    let bare = written.trim_matches(['\'', '"', '`', ' ']);
    let is_object = || matches!(json::read(bare.as_bytes()), Ok(Json::Object(_)));
    has_custom_accelerator(pod) && is_object()
}

/// Whether the line that KubeRay writes for a group has quotes: those around `resources`.
pub(super) fn writes_quotes(pod: Pod<'_, '_>, group: Group<'_>) -> bool {
    let is_own = |name: &str| !matches!(name, "CPU" | "GPU" | "memory");
    let params = &group.spec.ray_start_params;
    params
        .get("resources")
        .is_some_and(|text| text.contains(['\'', '"']))
        || group.spec.resources.iter().any(|(name, _)| is_own(name))
        || has_custom_accelerator(pod)
}

/// Whether the Ray container has a limit of [`CUSTOM_ACCELERATORS`].
pub(super) fn has_custom_accelerator(pod: Pod<'_, '_>) -> bool {
    let ray = pod.spec().containers.first();
    let limits = ray.map(|ray| &ray.resources.limits);
    let has = |limit: &&str| limits.is_some_and(|limits| limits.get(limit).is_set());
    CUSTOM_ACCELERATORS.iter().any(has)
}

/// What is never shown.
const SECRET: &str = "redis-password";

/// The options that KubeRay adds for the limits of the Ray container and for the autoscaler.
fn added(pod: Pod<'_, '_>, is_head: bool, autoscales: bool) -> Vec<&'static str> {
    let mut added = Vec::new();
    if let Some(ray) = pod.spec().containers.first() {
        let (limits, requests) = (&ray.resources.limits, &ray.resources.requests);
        if limits.get("cpu").is_set() || requests.get("cpu").is_set() {
            added.push("num-cpus");
        }
        if limits.get("memory").is_set() {
            added.push("memory");
        }
        if limits.get("nvidia.com/gpu").is_set() {
            added.push("num-gpus");
        }
    }
    if is_head && autoscales {
        added.push("no-monitor");
    }
    added
}

/// What is wrong with the parameters of the group of a pod: each fault with its key.
fn find_faults(pod: Pod<'_, '_>, release: Release) -> Vec<(String, StartFault)> {
    let mut faults = Vec::new();
    let Owner::Group(group, cluster) = pod.owner else {
        return faults;
    };
    let params = &group.spec.ray_start_params;
    if params.is_empty() || !super::ray_command::uses_start_params(pod) {
        return faults;
    }
    let added = added(pod, group.is_head(), cluster.autoscales());
    let node = RayNode {
        is_head: group.is_head(),
        version: version::of_ray(pod, cluster),
        passes_log_monitor: release >= V1_7,
        added: &added,
    };
    let sets_resources = release >= V1_5 && !group.spec.resources.is_empty();
    ray_start::check(params, node, &mut |key, fault| {
        let value = params.get(key).unwrap_or_default();
        let is_replaced = sets_resources && OF_RESOURCES.contains(&key)
            || key == "resources" && rewrites_resources(pod, value);
        if !is_replaced {
            faults.push((key.to_string(), fault));
        }
    });
    faults
}

/// Tells the faults of some kind in the parameters of the group of a pod.
fn check(
    pod: Pod<'_, '_>,
    release: Release,
    report: &mut Report,
    is_about: fn(&StartFault) -> bool,
) {
    let Owner::Group(group, _) = pod.owner else {
        return;
    };
    let params = &group.spec.ray_start_params;
    let faults = pod.start_faults.get_or_init(|| find_faults(pod, release));
    for (key, fault) in faults.iter().filter(|(_, fault)| is_about(fault)) {
        if report.is_full() {
            break;
        }
        let key = &**key;
        let value = params.get(key).unwrap_or_default();
        let shown = Quoted(if key == SECRET { "..." } else { value }).to_string();
        let name = match key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            true if !key.is_empty() => key.to_string(),
            _ => Quoted(key).to_string(),
        };
        let is = format!("{name} of {group} is {shown}");
        let path = group.path("rayStartParams").key(key.to_string());
        let mut option = None;
        let (detail, advice) = match fault {
            StartFault::Unknown(meant) => {
                let meant = meant.filter(|meant| params.get(meant).is_none());
                option = meant;
                let advice = match meant {
                    Some(meant) => format!("Write {meant}"),
                    None => "Remove the parameter".into(),
                };
                (
                    format!("{name} of {group} is no option of ray start"),
                    Some(advice),
                )
            }
            StartFault::OtherRelease => (
                format!("{name} of {group} is no option of ray start in this release of Ray"),
                Some("Remove the parameter".into()),
            ),
            StartFault::HeadOnly => (format!("{name} of {group} is {shown}"), None),
            StartFault::Value(what, advice) => (
                format!("{is}, but must be {what}"),
                Some(advice.to_string()),
            ),
            StartFault::Words => (format!("{is}, several words for the shell"), None),
            StartFault::Syntax => (
                format!("{is}, with an open quote or a bracket for the shell"),
                None,
            ),
            StartFault::Operator(operator) => {
                let operator = match *operator {
                    "\n" => "a line break".into(),
                    operator => Quoted(operator).to_string(),
                };
                (format!("{is}, and the shell acts on {operator}"), None)
            }
            StartFault::Takes(next) => {
                let detail = format!(
                    "{is}, for which KubeRay writes no value, so ray start takes {} for it",
                    Quoted(next)
                );
                (
                    detail,
                    Some("Write the value that you mean, or remove the parameter".into()),
                )
            }
            StartFault::PortTwice(port, other, is_default) => {
                let default = if *is_default { ", by default" } else { "" };
                (
                    format!("port {port} is {name} and also {other} of {group}{default}"),
                    None,
                )
            }
            StartFault::WorkerPort(port, other, is_default) => {
                let default = if *is_default { ", by default" } else { "" };
                let what = match *other == key {
                    true => String::new(),
                    false => format!(", and {other} is {port}{default}"),
                };
                let detail = format!(
                    "{is}{what}, a port of the workers, which have 10002 to 19999 by default"
                );
                (detail, None)
            }
        };
        let finding = report.add(path, detail).propose_name(option);
        if let Some(advice) = advice {
            finding.advise(advice);
        }
    }
}

/// Tells a head whose dashboard nobody reaches.
fn dashboard(pod: Pod<'_, '_>, report: &mut Report) {
    let Owner::Group(group, _) = pod.owner else {
        return;
    };
    if !group.is_head() || !super::ray_command::uses_start_params(pod) {
        return;
    }
    let is_off = |text: &str| {
        let off = ["false", "0", "no", "n", "f", "off"];
        off.iter()
            .any(|word| word.eq_ignore_ascii_case(text.trim()))
    };
    // A container beside Ray may forward the port.
    let is_alone = pod.spec().containers.len() == 1;
    let is_local =
        |text: &str| is_alone && (matches!(text, "localhost" | "::1") || text.starts_with("127."));
    let params = &group.spec.ray_start_params;
    let mut tell = |key: &'static str, is_wrong: &dyn Fn(&str) -> bool, advice: &'static str| {
        let Some(value) = params.get(key) else {
            return;
        };
        if ray_start::word(value).is_some_and(|word| is_wrong(&word)) {
            let path = group.path("rayStartParams").key(key);
            let detail = format!("{key} of {group} is {}", Quoted(value));
            report.add(path, detail).advise(advice);
        }
    };
    tell(
        "include-dashboard",
        &is_off,
        "Remove include-dashboard: Ray then starts the dashboard",
    );
    tell(
        "dashboard-host",
        &is_local,
        "Remove dashboard-host: KubeRay then writes 0.0.0.0",
    );
}

const REFUSED: Rule = Rule {
    level: Level::Deny,
    why: "ray start refuses it, so the Ray container fails each time that Kubernetes restarts it",
    ..Rule::TRAP
};

const SOURCE: &str = "ray 2.60.0 python/ray/scripts/scripts.py:start, \
                      python/ray/_private/parameter.py:RayParams; kuberay v1.7.0 \
                      ray-operator/controllers/ray/common/pod.go:convertParamMap";

pub(super) const FAMILY: Family = Family {
    title: "Start parameters",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-start-param-unknown",
                advice: "Use an option that `ray start --help` lists",
                fixes: &[FixTemplate {
                    title: "use the option that is meant",
                    // Its value may be wrong too.
                    safe: false,
                    edits: &[Edit::RenameProposed],
                }],
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    check(pod, context.release, report, |fault| {
                        matches!(fault, StartFault::Unknown(_) | StartFault::OtherRelease)
                    });
                }),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A key of `rayStartParams` is no option of `ray start`: keys have hyphens, \
                       such as `num-cpus`. Options that only some releases of Ray have are \
                       compared with the image's tag, or else with `rayVersion`. A key whose \
                       value is `false` is not passed.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""rayStartParams": {"num_cpus": "0"}"#)),
                    Example::job(head!(r#""rayStartParams": {"shm-size": "4Gi"}"#)),
                    Example::job(worker!(r#""rayStartParams": {"gcs-server-port": "6380"}"#)),
                ],
                good: &[
                    Example::job(head!(r#""rayStartParams": {"num-cpus": "0"}"#)),
                    Example::job(worker!(r#""rayStartParams": {"no-such": "false"}"#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-start-param-value",
                advice: "Write a value that `ray start` accepts",
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    check(pod, context.release, report, |fault| {
                        matches!(fault, StartFault::Value(..))
                    });
                }),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "`ray start` does not accept the value of a parameter: a number must be \
                       whole, `resources` a JSON object in single quotes, because the shell \
                       removes double quotes, and a switch such as `no-monitor` only `true` or \
                       `false`. Values that the shell expands, such as `$MY_POD_IP`, are not \
                       checked.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""rayStartParams": {"num-cpus": "500m"}"#)),
                    Example::job(worker!(r#""rayStartParams": {"resources": "{\"a\": 1}"}"#)),
                    Example::job(head!(r#""rayStartParams": {"disable-usage-stats": "1"}"#)),
                    Example::job(head!(
                        r#""rayStartParams": {"object-store-memory": "1000"}"#
                    )),
                    Example::job(head!(r#""rayStartParams": {"min-worker-port": "20000"}"#)),
                ],
                good: &[
                    Example::job(head!(
                        r#""rayStartParams": {"num-cpus": "0", "node-ip-address": "$MY_POD_IP",
                             "disable-usage-stats": "true", "include-dashboard": "true"}"#
                    )),
                    Example::job(worker!(
                        r#""rayStartParams": {"resources": "'{\"a\": 1}'",
                             "object-store-memory": "100000000"}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-start-param-shell",
                why: "bash reads the line with ray start, so Ray never starts with it, and the \
                      Ray container fails each time that Kubernetes restarts it",
                advice: "Put single quotes around the value, inside the text: \"'my value'\"",
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    check(pod, context.release, report, |fault| {
                        matches!(fault, StartFault::Words | StartFault::Syntax)
                    });
                }),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A value in `rayStartParams` has a blank outside quotes, a quote that is not \
                       closed, or a bracket. KubeRay writes the value without quotes into a line \
                       that bash runs.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""rayStartParams": {"temp-dir": "/tmp/my ray"}"#)),
                    Example::job(head!(r#""rayStartParams": {"node-name": "it's"}"#)),
                ],
                good: &[Example::job(head!(
                    r#""rayStartParams": {"temp-dir": "'/tmp/my ray'"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-start-param-port",
                advice: "Remove the port, or use one that is not 6379, 8080, 8265, 10001, 52365 or \
                         from 10002 to 19999",
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    check(pod, context.release, report, |fault| {
                        matches!(
                            fault,
                            StartFault::PortTwice(..) | StartFault::WorkerPort(..)
                        )
                    });
                }),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "Two parts of Ray would have the same port. The defaults count too: 6379 \
                       `port` and 10001 `ray-client-server-port` on the head, 8265 \
                       `dashboard-port`, 52365 `dashboard-agent-listen-port`, 8080 \
                       `metrics-export-port`, which KubeRay adds, and 10002 to 19999, which are \
                       for workers.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""rayStartParams": {"port": "10005"}"#)),
                    Example::job(head!(
                        r#""rayStartParams": {"metrics-export-port": "6379"}"#
                    )),
                    Example::job(worker!(r#""rayStartParams": {"min-worker-port": "8000"}"#)),
                    Example::job(worker!(r#""rayStartParams": {"worker-port-list": "8265"}"#)),
                ],
                good: &[
                    Example::job(head!(
                        r#""rayStartParams": {"port": "6380", "node-manager-port": "0"}"#
                    )),
                    Example::job(worker!(
                        r#""rayStartParams": {"min-worker-port": "20000",
                             "max-worker-port": "29999", "node-manager-port": "10002"}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-start-param-head-only",
                why: "ray start refuses it on a node that is not the head, so the Ray container \
                      fails each time that Kubernetes restarts it",
                advice: "Remove the parameter from the worker group",
                fixes: &[FixTemplate {
                    title: "remove the parameter",
                    // Without it, the group starts.
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    check(pod, context.release, report, |fault| {
                        matches!(fault, StartFault::HeadOnly)
                    });
                }),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "The `rayStartParams` of a worker group have `port`, `redis-shard-ports` or \
                       `include-dashboard`, even with the value that the head has.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(worker!(r#""rayStartParams": {"port": "6379"}"#)),
                    Example::job(worker!(
                        r#""rayStartParams": {"include-dashboard": "false"}"#
                    )),
                ],
                good: &[
                    Example::job(head!(r#""rayStartParams": {"port": "6379"}"#)),
                    Example::job(worker!(r#""rayStartParams": {"port": "false"}"#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-start-param-changed",
                // Ray starts, but not with this value.
                why: "Ray starts, but not with the parameters that are written",
                advice: "Put single quotes around the value, inside the text: \"'my value'\"",
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    check(pod, context.release, report, |fault| {
                        matches!(fault, StartFault::Operator(_) | StartFault::Takes(_))
                    });
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "A value in `rayStartParams` has an operator of the shell, such as `;` or \
                       `>`, or a comment, and the options after it may be lost. Or the value of \
                       an option that takes any text is `true`: KubeRay then passes the option \
                       without a value, and the next option becomes its value.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""rayStartParams": {"temp-dir": "/tmp/ray;ls"}"#)),
                    Example::job(head!(r#""rayStartParams": {"dashboard-host": "true"}"#)),
                ],
                good: &[Example::job(head!(
                    r#""rayStartParams": {"temp-dir": "'/tmp/ray;ls'", "dashboard-host": "::"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-dashboard-unreachable",
                // In every mode, KubeRay or the submitter asks the dashboard over the Service.
                level: Level::Deny,
                kinds: Kinds::OWNERS,
                why: "KubeRay runs and follows jobs and Serve applications through the dashboard \
                      of the head, which it cannot reach",
                advice: "Remove the parameter",
                fixes: &[FixTemplate {
                    title: "remove the parameter",
                    // It makes the dashboard reachable from other pods.
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Pod(Part::Containers, |pod, _, report| dashboard(pod, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The head's `rayStartParams` switch the dashboard off with \
                       `include-dashboard`, or let it listen only inside its own pod, as \
                       `dashboard-host` 127.0.0.1, ::1 and localhost do, unless the head has \
                       another container, which may forward the port.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:\
                         Reconcile; ray 2.53.0 python/ray/scripts/scripts.py:start",
                messages: &[],
                bad: &[
                    Example::job(head!(r#""rayStartParams": {"include-dashboard": "false"}"#)),
                    Example::job(head!(
                        r#""rayStartParams": {"dashboard-host": "127.0.0.1"}"#
                    )),
                ],
                good: &[
                    Example::job(head!(
                        r#""rayStartParams": {"include-dashboard": "true",
                             "dashboard-host": "0.0.0.0"}"#
                    )),
                    Example::job(worker!(
                        r#""rayStartParams": {"dashboard-host": "127.0.0.1"}"#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};
