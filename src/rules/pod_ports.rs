//! The ports of the containers.

use super::{Entry, Family, pod_values};
use crate::cel::{CONTAINERS, Cel};
use crate::example::Example;
use crate::finding::Report;
use crate::json::Quoted;
use crate::pod::{COMPARED, Owner, Part, Pod, PodContainer, Port, Role};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::port_name::port_name_fault;

const SOURCE: &str = "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                      validateContainerPorts";

/// The name of the port at which Ray serves its metrics, and its number: KubeRay adds it to
/// the container that runs Ray if no port has this name.
/// Source: `kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:DefaultWorkerPodTemplate`.
const METRICS: (&str, i32) = ("metrics", 8080);

fn names(pod: Pod<'_, '_>, report: &mut Report) {
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        let ports = &container.spec.ports;
        for (index, port) in ports.iter().enumerate() {
            if report.is_full() {
                break;
            }
            let path = || container.path("ports").index(index).at("name");
            let name = Quoted(&port.name);
            if let Some(fault) = port_name_fault(&port.name).filter(|_| !port.name.is_empty()) {
                let detail = format!("port name {name} of {container} {fault}");
                report.add(path(), detail);
            } else if !port.name.is_empty()
                && ports
                    .iter()
                    .take(index.min(COMPARED))
                    .any(|other| other.name == port.name)
            {
                report.advise_on(
                    path(),
                    format!("{container} has two ports with the name {name}"),
                    "Give each port of a container its own name",
                );
            }
        }
    }
}

fn numbers(pod: Pod<'_, '_>, report: &mut Report) {
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        for (index, port) in container.spec.ports.iter().enumerate() {
            if report.is_full() {
                break;
            }
            let path = || container.path("ports").index(index);
            let number = port.container_port.0;
            if !is_port(number) {
                let detail = format!("containerPort of {container} is {number}");
                report.add(path().at("containerPort"), detail);
            }
            let number = port.host_port.0;
            if number != 0 && !is_port(number) {
                let detail = format!("hostPort of {container} is {number}");
                report.add(path().at("hostPort"), detail);
            }
        }
    }
}

fn is_port(number: i32) -> bool {
    (1..=65535).contains(&number)
}

fn protocols(pod: Pod<'_, '_>, report: &mut Report) {
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        for (index, port) in container.spec.ports.iter().enumerate() {
            if report.is_full() {
                break;
            }
            if let Some(protocol) = port.protocol.as_deref().filter(|text| !text.is_empty()) {
                let path = container.path("ports").index(index).at("protocol");
                let what = format_args!("protocol of port {} of {container}", port.container_port);
                let words = &["TCP", "UDP", "SCTP"];
                pod_values::check_word(path, &what, protocol, words, report);
            }
        }
    }
}

/// A port of the node that a pod takes.
struct Taken<'p, 's> {
    number: i32,
    protocol: &'p str,
    address: &'p str,
    /// The container that takes it; `None` is the port that KubeRay adds.
    by: Option<PodContainer<'p, 's>>,
}

/// Checks the ports of the node: each init container runs alone, the other containers
/// share them.
fn host_ports(pod: Pod<'_, '_>, report: &mut Report) {
    let shares_network = pod.spec().host_network;
    let mut taken: Vec<Taken<'_, '_>> = Vec::new();
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        let is_first = (container.role, container.index) == (Role::Main, 0);
        if container.role == Role::Init || is_first {
            taken.clear();
        }
        if is_first && shares_network && gets_metrics(pod, container) {
            taken.push(Taken {
                number: METRICS.1,
                protocol: "TCP",
                address: "",
                by: None,
            });
        }
        for (index, port) in container.spec.ports.iter().enumerate() {
            if report.is_full() {
                break;
            }
            let path = || container.path("ports").index(index).at("hostPort");
            let (inner, outer) = (port.container_port.0, port.host_port.0);
            if shares_network && container.role == Role::Main && outer != 0 && outer != inner {
                report.advise_on(
                    path(),
                    format!(
                        "hostPort of {container} is {outer}, but containerPort is \
                         {inner}, and hostNetwork is true"
                    ),
                    "Remove hostPort: with hostNetwork, a container takes its ports on the node",
                );
            }
            let number = match outer {
                0 if shares_network => inner,
                number => number,
            };
            if number == 0 {
                continue;
            }
            let protocol = port.protocol.as_deref().filter(|text| !text.is_empty());
            let protocol = protocol.unwrap_or("TCP");
            let other = taken.iter().find(|other| {
                (other.number, other.protocol, other.address) == (number, protocol, &port.host_ip)
            });
            let Some(other) = other else {
                if taken.len() == COMPARED {
                    continue;
                }
                taken.push(Taken {
                    number,
                    protocol,
                    address: &port.host_ip,
                    by: Some(container),
                });
                continue;
            };
            let port = format!("{container} takes port {number} of the node");
            let Some(by) = other.by else {
                let detail = format!("{port}, as does the port \"metrics\" that KubeRay adds");
                report.advise_on(
                    path(),
                    detail,
                    "Use another number, or name this port metrics",
                );
                continue;
            };
            let detail = match (by.role, by.index) == (container.role, container.index) {
                true => format!("{port} twice"),
                false => format!("{port}, as does {by}"),
            };
            report.add(path(), detail);
        }
    }
}

/// Whether KubeRay adds the port for metrics to a container, if it is the first.
fn gets_metrics(pod: Pod<'_, '_>, container: PodContainer<'_, '_>) -> bool {
    let is_metrics = |port: &Port<'_>| &*port.name == METRICS.0;
    matches!(pod.owner, Owner::Group(..)) && !container.spec.ports.iter().any(is_metrics)
}

/// The patch that gives ports to the container of the only worker group, and fields to its
/// pods.
macro_rules! worker_ports {
    ($ports:literal $(, $fields:literal)?) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": [{"groupName": "workers",
                 "replicas": 1, "minReplicas": 1, "maxReplicas": 1, "rayStartParams": {},
                 "template": {"spec": {"containers": [{"name": "ray-worker",
                   "image": "rayproject/ray:2.52.0", "ports": ["#,
            $ports,
            "]}]",
            $($fields,)?
            "}}}]}}}"
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Pods: ports",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-port-name",
                why: "the API server refuses to create the pod",
                advice: "Use at most 15 lowercase letters, digits and '-', one letter at least, \
                         or remove the name",
                check: Check::Pod(Part::Ports, |pod, _, report| names(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The name of a port has more than 15 characters, no letter, an uppercase \
                       letter, a character such as `_`, `--`, or `-` at an end; or two ports of a \
                       container have the same name.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(worker_ports!(
                        r#"{"name": "Metrics", "containerPort": 9101}"#
                    )),
                    Example::job(worker_ports!(
                        r#"{"name": "my_port", "containerPort": 9101}"#
                    )),
                    Example::job(worker_ports!(r#"{"name": "9101", "containerPort": 9101}"#)),
                    Example::job(worker_ports!(
                        r#"{"name": "a-very-long-name", "containerPort": 9101}"#
                    )),
                    Example::job(worker_ports!(
                        r#"{"name": "stats", "containerPort": 9101},
                           {"name": "stats", "containerPort": 9102}"#
                    )),
                ],
                good: &[Example::job(worker_ports!(
                    r#"{"name": "a-longest-name1", "containerPort": 9101}, {"containerPort": 9102},
                       {"containerPort": 9103}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-port-number",
                why: "the API server refuses to create the pod",
                advice: "Use a number from 1 to 65535",
                check: Check::Pod(Part::Ports, |pod, _, report| numbers(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`containerPort` or `hostPort` is not from 1 to 65535. A `hostPort` of 0 is \
                       none.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(worker_ports!(r#"{"containerPort": 0}"#)),
                    Example::job(worker_ports!(
                        r#"{"containerPort": 9101, "hostPort": 65536}"#
                    )),
                ],
                good: &[Example::job(worker_ports!(
                    r#"{"containerPort": 65535, "hostPort": 0}, {"containerPort": 1}"#
                ))],
            },
            cel: &[
                Cel {
                    within: CONTAINERS,
                    each: "container.?ports.orValue([])",
                    when: "item.containerPort < 1 || item.containerPort > 65535",
                    path: "{template(pod)}.spec.{list.field}[{c}].ports[{i}].containerPort",
                    detail: "containerPort of {list.word} {quoted(container.name)} of \
                             {owner(pod)} is {item.containerPort}",
                    ..Cel::NEVER
                },
                Cel {
                    within: CONTAINERS,
                    each: "container.?ports.orValue([])",
                    when: "item.?hostPort.orValue(0) < 0 || item.?hostPort.orValue(0) > 65535",
                    path: "{template(pod)}.spec.{list.field}[{c}].ports[{i}].hostPort",
                    detail: "hostPort of {list.word} {quoted(container.name)} of {owner(pod)} is \
                             {item.hostPort}",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "pod-port-protocol",
                why: "the API server refuses to create the pod",
                advice: "Use TCP, UDP or SCTP",
                fixes: pod_values::MEANT,
                check: Check::Pod(Part::Ports, |pod, _, report| protocols(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The `protocol` of a port is not `TCP`, `UDP` or `SCTP`, in capitals.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(worker_ports!(
                    r#"{"containerPort": 9101, "protocol": "udp"}"#
                ))],
                good: &[Example::job(worker_ports!(
                    r#"{"containerPort": 9101, "protocol": "UDP"}, {"containerPort": 9102}"#
                ))],
            },
            cel: &[Cel {
                within: CONTAINERS,
                each: "container.?ports.orValue([])",
                when: "!(item.?protocol.orValue('') in ['', 'TCP', 'UDP', 'SCTP'])",
                path: "{template(pod)}.spec.{list.field}[{c}].ports[{i}].protocol",
                detail: "protocol of port {item.containerPort} of {list.word} \
                         {quoted(container.name)} of {owner(pod)} is {quoted(item.protocol)}",
                advice: Some("Use one of TCP, UDP, SCTP"),
            }],
        },
        Entry {
            rule: Rule {
                id: "pod-host-port",
                why: "the API server refuses to create the pod",
                advice: "Use another number",
                check: Check::Pod(Part::Ports, |pod, _, report| host_ports(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "Two ports of a pod have the same `hostPort`, or, with `hostNetwork`, the \
                       same `containerPort`; KubeRay adds port 8080 to the Ray container unless \
                       one is named `metrics`. Or `hostPort` is not `containerPort`, with \
                       `hostNetwork`.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         AccumulateUniqueHostPorts, validatePodHostNetworkDeps",
                messages: &[],
                bad: &[
                    Example::job(worker_ports!(
                        r#"{"containerPort": 9101, "hostPort": 9100},
                           {"containerPort": 9102, "hostPort": 9100}"#
                    )),
                    Example::job(worker_ports!(
                        r#"{"containerPort": 9101, "hostPort": 9100}"#,
                        r#", "hostNetwork": true"#
                    )),
                    Example::job(worker_ports!(
                        r#"{"name": "http", "containerPort": 8080}"#,
                        r#", "hostNetwork": true"#
                    )),
                ],
                good: &[
                    Example::job(worker_ports!(
                        r#"{"containerPort": 53, "hostPort": 9100, "protocol": "UDP"},
                           {"containerPort": 53, "hostPort": 9100, "protocol": "TCP"},
                           {"containerPort": 8080}"#
                    )),
                    Example::job(worker_ports!(
                        r#"{"name": "metrics", "containerPort": 9101},
                           {"name": "http", "containerPort": 8080, "hostPort": 8080}"#,
                        r#", "hostNetwork": true"#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};
