//! The probes and lifecycle hooks of the containers.

use std::fmt;

use super::{Entry, Family, head_spec, ray_container};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Json, Path, Quoted};
use crate::pod::{Part, Pod, PodContainer, Role};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::port_name::port_name_fault;

const REFUSED: &str = "the API server refuses to create the pod";

/// What a probe or a hook may do. A probe has no `sleep`, a hook no `grpc`.
const HANDLERS: [&str; 5] = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

/// The grace period of a pod that has no other.
const GRACE_PERIOD: i64 = 30;

/// A probe or a lifecycle hook that Kubernetes reads.
#[derive(Clone, Copy)]
struct Action<'p, 's> {
    container: PodContainer<'p, 's>,
    field: &'static str,
    spec: &'p Json<'p>,
}

/// The greatest 32-bit number: neither Kubernetes nor the operator can read a greater one.
const INT32: i64 = i32::MAX as i64;

impl Action<'_, '_> {
    fn path(self) -> Path {
        self.container.path(self.field)
    }

    /// The numbers that Kubernetes checks: the field, the least and the greatest value.
    fn numbers(self) -> [(&'static str, i64, i64); 6] {
        let most = match self.field {
            // 0 means 1.
            "livenessProbe" | "startupProbe" => 1,
            _ => INT32,
        };
        [
            ("initialDelaySeconds", 0, INT32),
            ("timeoutSeconds", 0, INT32),
            ("periodSeconds", 0, INT32),
            ("successThreshold", 0, most),
            ("failureThreshold", 0, INT32),
            ("terminationGracePeriodSeconds", 1, i64::MAX),
        ]
    }
}

/// `livenessProbe of container "ray-head" of the head pod`
impl fmt::Display for Action<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.field, self.container)
    }
}

/// The probes and hooks that Kubernetes reads.
fn actions<'p, 's>(pod: Pod<'p, 's>) -> impl Iterator<Item = Action<'p, 's>> {
    let containers = pod.containers().filter(|container| !runs_first(container));
    containers.flat_map(move |container| {
        let spec = container.spec;
        let fields = [
            ("livenessProbe", &spec.liveness_probe),
            ("readinessProbe", &spec.readiness_probe),
            ("startupProbe", &spec.startup_probe),
            ("lifecycle.postStart", spec.lifecycle.get("postStart")),
            ("lifecycle.preStop", spec.lifecycle.get("preStop")),
        ];
        let written = fields.into_iter().filter(|(_, spec)| spec.is_set());
        written.map(move |(field, spec)| Action {
            container,
            field,
            spec,
        })
    })
}

/// Whether a container ends before the others start, and so has neither probes nor hooks.
fn runs_first(container: &PodContainer<'_, '_>) -> bool {
    container.role == Role::Init && container.spec.restart_policy.as_deref() != Some("Always")
}

/// Whether a text is the name of an HTTP header, as Kubernetes has it.
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

pub(super) const FAMILY: Family = Family {
    title: "Pods: probes and hooks",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-probe-handler",
                why: REFUSED,
                advice: "Write exactly one of exec with a command, httpGet, tcpSocket and, in a \
                         probe, grpc",
                check: Check::Pod(Part::Probes, |pod, _, report| {
                    for action in actions(pod) {
                        if report.is_full() {
                            break;
                        }
                        let mut handlers = HANDLERS
                            .into_iter()
                            .filter(|&handler| action.spec.get(handler).is_set());
                        let exec = action.spec.get("exec");
                        let path = action.path();
                        match (handlers.next(), handlers.next()) {
                            (None, _) => {
                                let detail = format!("{action} has no exec, httpGet or tcpSocket");
                                report.add(path, detail);
                            }
                            (Some(one), Some(other)) => {
                                let detail = format!("{action} has both {one} and {other}");
                                report.add(path.at(other), detail);
                            }
                            (Some(_), None)
                                if exec.is_set() && exec.get("command").items().is_empty() =>
                            {
                                let detail = format!("exec in {action} has no command");
                                report.add(path.at("exec.command"), detail);
                            }
                            (Some(_), None) => {}
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A probe, `lifecycle.postStart` or `lifecycle.preStop` has none or several \
                       of `exec`, `httpGet`, `tcpSocket`, `grpc` and `sleep`, or `exec` has no \
                       `command`.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:validateHandler",
                messages: &[],
                bad: &[
                    Example::job(ray_container!(r#""livenessProbe": {"periodSeconds": 5}"#)),
                    Example::job(ray_container!(r#""lifecycle": {"preStop": {}}"#)),
                    Example::job(ray_container!(
                        r#""readinessProbe": {"exec": {"command": []}, "periodSeconds": 5}"#
                    )),
                    Example::job(ray_container!(
                        r#""startupProbe": {"httpGet": {"path": "/", "port": 8265},
                                            "tcpSocket": {"port": 8265}}"#
                    )),
                ],
                good: &[
                    Example::job(ray_container!(
                        r#""startupProbe": {"tcpSocket": {"port": 8265}}, "lifecycle": {}"#
                    )),
                    Example::job(ray_container!(
                        r#""lifecycle": {"preStop": {"exec": {"command": ["ray", "stop"]}}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-probe-number",
                why: REFUSED,
                advice: "Write a number from 0 to 2147483647",
                check: Check::Pod(Part::Probes, |pod, _, report| {
                    for action in actions(pod) {
                        if report.is_full() {
                            break;
                        }
                        for (field, least, most) in action.numbers() {
                            let Some(number) = action.spec.get(field).integer() else {
                                continue;
                            };
                            let is_readiness = action.field == "readinessProbe";
                            let advice = match field {
                                "terminationGracePeriodSeconds" if is_readiness => "Remove it",
                                _ if (least..=most).contains(&number) => continue,
                                "terminationGracePeriodSeconds" => "Write 1 or more, or remove it",
                                "successThreshold" if most == 1 => "Write 1, or remove it",
                                _ => "Write a number from 0 to 2147483647",
                            };
                            let detail = format!("{field} in {action} is {number}");
                            report.advise_on(action.path().at(field), detail, advice);
                        }
                        let grace_period = &pod.spec().termination_grace_period_seconds;
                        let grace_period = grace_period.integer().unwrap_or(GRACE_PERIOD);
                        let sleep = action.spec.get("sleep").get("seconds");
                        let sleep = sleep.integer().unwrap_or_default();
                        if sleep < 0 || (sleep > 0 && sleep > grace_period) {
                            let detail = format!(
                                "sleep in {action} is {sleep} seconds, and \
                                 terminationGracePeriodSeconds of the pod is {grace_period}"
                            );
                            let path = action.path().at("sleep.seconds");
                            let advice = "Write 1 or more, up to terminationGracePeriodSeconds";
                            report.advise_on(path, detail, advice);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A number of a probe is negative or above 2147483647, `successThreshold` of \
                       a liveness or startup probe is above 1, `terminationGracePeriodSeconds` of \
                       one of these is below 1, or that of a readiness probe is set. Also: \
                       `sleep` of a lifecycle hook is negative or longer than \
                       `terminationGracePeriodSeconds` of the pod, which is 30 by default.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:validateProbe",
                messages: &[],
                bad: &[
                    Example::job(ray_container!(
                        r#""livenessProbe": {"tcpSocket": {"port": 8265}, "successThreshold": 2}"#
                    )),
                    Example::job(ray_container!(
                        r#""readinessProbe": {"tcpSocket": {"port": 8265}, "timeoutSeconds": -1}"#
                    )),
                    Example::job(ray_container!(
                        r#""startupProbe": {"tcpSocket": {"port": 8265},
                                            "failureThreshold": 2147483648}"#
                    )),
                    Example::job(ray_container!(
                        r#""readinessProbe": {"tcpSocket": {"port": 8265},
                                              "terminationGracePeriodSeconds": 60}"#
                    )),
                    Example::job(ray_container!(
                        r#""startupProbe": {"tcpSocket": {"port": 8265},
                                            "terminationGracePeriodSeconds": 0}"#
                    )),
                    Example::job(ray_container!(
                        r#""lifecycle": {"preStop": {"sleep": {"seconds": 60}}}"#
                    )),
                ],
                good: &[
                    Example::job(ray_container!(
                        r#""livenessProbe": {"tcpSocket": {"port": 8265}, "successThreshold": 0,
                                             "terminationGracePeriodSeconds": 60}"#
                    )),
                    Example::job(ray_container!(
                        r#""readinessProbe": {"tcpSocket": {"port": 8265}, "successThreshold": 2},
                           "lifecycle": {"preStop": {"sleep": {"seconds": 30}}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-probe-port",
                why: REFUSED,
                advice: "Write a number from 1 to 65535, or the name of a port: at most 15 \
                         lowercase letters, digits and '-', with a letter",
                check: Check::Pod(Part::Probes, |pod, _, report| {
                    for action in actions(pod) {
                        if report.is_full() {
                            break;
                        }
                        for handler in HANDLERS {
                            let port = action.spec.get(handler).get("port");
                            let name = port.text();
                            let fault = match (port, port.integer()) {
                                (Json::Text(_), _) => port_name_fault(name)
                                    .map(|fault| format!("{}, which {fault}", Quoted(name))),
                                (_, number) => number
                                    .filter(|number| !(1..=65535).contains(number))
                                    .map(|number| number.to_string()),
                            };
                            let Some(fault) = fault else {
                                continue;
                            };
                            let detail = format!("port of {handler} in {action} is {fault}");
                            let path = action.path().at(handler).at("port");
                            let finding = report.add(path, detail);
                            if name.parse().is_ok_and(|number: u16| number > 0) {
                                finding.advise(format!("Write {name} without quotes"));
                            }
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`port` of a probe or a lifecycle hook is neither a number from 1 to 65535 \
                       nor the name of a port. `\"8265\"`, in quotes, is a name and has no letter.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:ValidatePortNumOrName",
                messages: &[],
                bad: &[
                    Example::job(ray_container!(
                        r#""livenessProbe": {"httpGet": {"path": "/", "port": "8265"}}"#
                    )),
                    Example::job(ray_container!(
                        r#""readinessProbe": {"httpGet": {"path": "/", "port": "Dashboard"}}"#
                    )),
                    Example::job(ray_container!(
                        r#""lifecycle": {"preStop": {"tcpSocket": {"port": 0}}}"#
                    )),
                ],
                good: &[Example::job(ray_container!(
                    r#""livenessProbe": {"httpGet": {"path": "/", "port": "dashboard"}},
                       "readinessProbe": {"tcpSocket": {"port": 8265}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-probe-http",
                why: REFUSED,
                advice: "Write HTTP or HTTPS",
                fixes: &[FixTemplate {
                    title: "write the scheme in uppercase",
                    safe: true,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Pod(Part::Probes, |pod, _, report| {
                    for action in actions(pod) {
                        if report.is_full() {
                            break;
                        }
                        let get = action.spec.get("httpGet");
                        let path = || action.path().at("httpGet");
                        let scheme = get.get("scheme").text();
                        if !matches!(scheme, "" | "HTTP" | "HTTPS") {
                            let mut known = ["HTTP", "HTTPS"].into_iter();
                            let meant = known.find(|known| known.eq_ignore_ascii_case(scheme));
                            let detail = format!("scheme of {action} is {}", Quoted(scheme));
                            report.add(path().at("scheme"), detail).propose(meant);
                        }
                        for (index, header) in get.get("httpHeaders").items().iter().enumerate() {
                            if report.is_full() {
                                break;
                            }
                            let name = header.get("name").text();
                            if is_header_name(name) {
                                continue;
                            }
                            let detail = format!("a header of {action} is {}", Quoted(name));
                            let path = path().at("httpHeaders").index(index).at("name");
                            report.advise_on(path, detail, "Write letters, digits and '-'");
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "In `httpGet` of a probe or a lifecycle hook, `scheme` is neither `HTTP` nor \
                       `HTTPS`, or the name of a header has characters other than letters, digits \
                       and `-`.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:validateHTTPGetAction",
                messages: &[],
                bad: &[
                    Example::job(ray_container!(
                        r#""livenessProbe": {"httpGet": {"port": 8265, "scheme": "https"}}"#
                    )),
                    Example::job(ray_container!(
                        r#""livenessProbe": {"httpGet": {"port": 8265, "scheme": "TCP"}}"#
                    )),
                    Example::job(ray_container!(
                        r#""livenessProbe": {"httpGet": {"port": 8265, "httpHeaders": [
                                               {"name": "Authorization:", "value": "token"}]}}"#
                    )),
                ],
                good: &[Example::job(ray_container!(
                    r#""livenessProbe": {"httpGet": {"port": 8265, "scheme": "HTTPS",
                         "httpHeaders": [{"name": "Authorization", "value": "token"}]}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-init-probe",
                why: "an init container ends before the others start, so the API server refuses \
                      to create the pod",
                advice: "Remove it, or set restartPolicy of the init container to Always to keep \
                         it running beside the others",
                fixes: &[FixTemplate {
                    title: "remove it",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Pod(Part::Probes, |pod, _, report| {
                    for container in pod.containers().filter(runs_first) {
                        if report.is_full() {
                            break;
                        }
                        let spec = container.spec;
                        for (field, value) in [
                            ("livenessProbe", &spec.liveness_probe),
                            ("readinessProbe", &spec.readiness_probe),
                            ("startupProbe", &spec.startup_probe),
                            ("lifecycle", &spec.lifecycle),
                        ] {
                            if value.is_set() {
                                let detail = format!("{container} has {field}");
                                report.add(container.path(field), detail);
                            }
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "An init container has a probe or `lifecycle`, but no `restartPolicy: \
                       Always`.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:validateInitContainers",
                messages: &[],
                bad: &[Example::job(head_spec!(
                    r#""initContainers": [
                       {"name": "fetch", "image": "busybox:1.37",
                       "readinessProbe": {"tcpSocket": {"port": 80}}}]"#
                ))],
                good: &[Example::job(head_spec!(
                    r#""initContainers": [
                       {"name": "proxy", "image": "busybox:1.37", "restartPolicy": "Always",
                       "readinessProbe": {"tcpSocket": {"port": 80}}}]"#
                ))],
            },
            cel: &[],
        },
    ],
};
