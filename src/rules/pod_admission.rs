//! Fields of a pod that few templates have: priority, overhead, names, hosts.

use super::{Entry, Family, head_spec};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Json, Quoted};
use crate::pod::Part;
use crate::rule::{Check, Rule, Stop};
use crate::rule_doc::RuleDoc;
use crate::syntax::ip_address::parse_ip_address;
use crate::syntax::labels::check_label_key;
use crate::syntax::names::{dns1123_label_fault, is_dns1123_subdomain};

const REFUSED: &str = "the API server refuses to create the pod";

const REMOVE: FixTemplate = FixTemplate {
    title: "remove it",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

/// A name, unless it is empty, which means that there is none.
fn not_empty(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty())
}

pub(super) const FAMILY: Family = Family {
    title: "Pods: priority, overhead and other fields",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-priority",
                stop: Some(Stop::PodsNotJob),
                why: "the API server takes priority and preemptionPolicy from the PriorityClass \
                      and refuses a pod that says otherwise",
                advice: "Remove it, and set priorityClassName to the PriorityClass that says so",
                fixes: &[REMOVE],
                check: Check::Pod(Part::Other, |pod, _, report| {
                    let spec = pod.spec();
                    if !spec.priority_class_name.is_empty() {
                        return;
                    }
                    if let Some(priority) = spec.priority.filter(|priority| priority.0 != 0) {
                        let detail = format!(
                            "priority of {pod} is {priority}, and priorityClassName is not set"
                        );
                        report.add(pod.path("spec.priority"), detail);
                    }
                    if spec.preemption_policy.as_deref() == Some("Never") {
                        let detail = format!(
                            "preemptionPolicy of {pod} is Never, and priorityClassName is not set"
                        );
                        report.add(pod.path("spec.preemptionPolicy"), detail);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A pod has a `priority` other than 0, or `preemptionPolicy: Never`, but no \
                       `priorityClassName`. Such a pod is created only in a cluster whose default \
                       PriorityClass says the same.",
                source: "kubernetes v1.36.3 plugin/pkg/admission/priority/admission.go:admitPod",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(r#""priority": 1000"#)),
                    Example::job(head_spec!(r#""preemptionPolicy": "Never""#)),
                ],
                good: &[
                    Example::job(head_spec!(
                        r#""priority": 0, "preemptionPolicy": "PreemptLowerPriority""#
                    )),
                    Example::job(head_spec!(
                        r#""priorityClassName": "batch", "preemptionPolicy": "Never""#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-overhead",
                stop: Some(Stop::PodsNotJob),
                why: "the API server takes overhead from the RuntimeClass and refuses a pod that \
                      has its own",
                advice: "Remove it, or set runtimeClassName to the RuntimeClass with this overhead",
                fixes: &[REMOVE],
                check: Check::Pod(Part::Other, |pod, _, report| {
                    let spec = pod.spec();
                    if let Json::Object(overhead) = &spec.overhead
                        && !overhead.is_empty()
                        && spec.runtime_class_name.is_none()
                    {
                        let detail = format!("{pod} has overhead, but no runtimeClassName");
                        report.add(pod.path("spec.overhead"), detail);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A pod has `overhead`, but no `runtimeClassName`.",
                source: "kubernetes v1.36.3 \
                         plugin/pkg/admission/runtimeclass/admission.go:validateOverhead",
                messages: &[],
                bad: &[Example::job(head_spec!(r#""overhead": {"cpu": "250m"}"#))],
                good: &[Example::job(head_spec!(
                    r#""overhead": {"cpu": "250m"}, "runtimeClassName": "kata""#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-deadline",
                why: REFUSED,
                advice: "Write seconds from 1 to 2147483647, or remove it",
                check: Check::Pod(Part::Other, |pod, _, report| {
                    let deadline = pod.spec().active_deadline_seconds.integer();
                    let seconds = 1..=i64::from(i32::MAX);
                    if let Some(deadline) = deadline.filter(|number| !seconds.contains(number)) {
                        let detail = format!("activeDeadlineSeconds of {pod} is {deadline}");
                        report.add(pod.path("spec.activeDeadlineSeconds"), detail);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`activeDeadlineSeconds` of a pod is below 1 or above 2147483647. (That of \
                       the RayJob is another field.)",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:ValidatePodSpec",
                messages: &[],
                bad: &[Example::job(head_spec!(r#""activeDeadlineSeconds": 0"#))],
                good: &[Example::job(head_spec!(r#""activeDeadlineSeconds": 3600"#))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-hostname",
                why: REFUSED,
                advice: "Write at most 63 lowercase letters, digits and '-', with a letter or \
                         digit at each end",
                check: Check::Pod(Part::Other, |pod, _, report| {
                    let spec = pod.spec();
                    for (field, name) in
                        [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)]
                    {
                        let fault = not_empty(name).and_then(dns1123_label_fault);
                        if let Some(fault) = fault {
                            let detail = format!("{field} {} of {pod} {fault}", Quoted(name));
                            report.add(pod.path("spec").at(field), detail);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`hostname` or `subdomain` of a pod is not a DNS label: it is longer than 63 \
                       characters, or has others than lowercase letters, digits and `-`.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:ValidatePodSpec",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(r#""hostname": "Ray-Head""#)),
                    Example::job(head_spec!(r#""subdomain": "ray.example""#)),
                ],
                good: &[Example::job(head_spec!(
                    r#""hostname": "ray-head", "subdomain": "ray""#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-object-name",
                why: "nothing can have this name, so the API server refuses to create the pod",
                advice: "Write the name as in the cluster: lowercase letters, digits, '-' and '.', \
                         with a letter or digit at each end, at most 253",
                check: Check::Pod(Part::Other, |pod, _, report| {
                    let spec = pod.spec();
                    for (field, name) in [
                        ("serviceAccountName", not_empty(&spec.service_account_name)),
                        ("priorityClassName", not_empty(&spec.priority_class_name)),
                        // An empty one is looked up too.
                        ("runtimeClassName", spec.runtime_class_name.as_deref()),
                        ("nodeName", not_empty(&spec.node_name)),
                    ] {
                        let wrong = |name: &&str| !is_dns1123_subdomain(name.as_bytes());
                        if let Some(name) = name.filter(wrong) {
                            let detail = format!("{field} of {pod} is {}", Quoted(name));
                            report.add(pod.path("spec").at(field), detail);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`serviceAccountName`, `priorityClassName`, `runtimeClassName` or `nodeName` \
                       of a pod is not a DNS name, as the names of these objects are.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:ValidatePodSpec",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(r#""serviceAccountName": "Ray_Head""#)),
                    Example::job(head_spec!(r#""priorityClassName": "high priority""#)),
                    Example::job(head_spec!(r#""runtimeClassName": """#)),
                    Example::job(head_spec!(r#""nodeName": "GPU-1""#)),
                ],
                good: &[Example::job(head_spec!(
                    r#""serviceAccountName": "ray-head", "priorityClassName": "high-priority",
                       "runtimeClassName": "nvidia", "nodeName": "ip-10-0-0-1.ec2.internal""#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-host-alias",
                why: REFUSED,
                advice: "Write the IP address of a host",
                check: Check::Pod(Part::Other, |pod, _, report| {
                    for (index, alias) in pod.spec().host_aliases.iter().enumerate() {
                        if report.is_full() {
                            break;
                        }
                        let path = || pod.path("spec.hostAliases").index(index);
                        let ip = alias.get("ip").text();
                        if parse_ip_address(ip).is_none() {
                            let detail = format!("ip in hostAliases of {pod} is {}", Quoted(ip));
                            report.add(path().at("ip"), detail);
                        }
                        for (index, name) in alias.get("hostnames").items().iter().enumerate() {
                            if report.is_full() {
                                break;
                            }
                            let name = name.text();
                            if is_dns1123_subdomain(name.as_bytes()) {
                                continue;
                            }
                            let detail =
                                format!("a hostname in hostAliases of {pod} is {}", Quoted(name));
                            let path = path().at("hostnames").index(index);
                            let advice = "Write lowercase letters, digits, '-' and '.', with a \
                                          letter or digit at each end";
                            report.advise_on(path, detail, advice);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "In `hostAliases` of a pod, `ip` is not an IP address, or an item of \
                       `hostnames` is not a DNS name in lowercase.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:ValidateHostAliases",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(
                        r#""hostAliases": [{"ip": "storage", "hostnames": ["storage.example"]}]"#
                    )),
                    Example::job(head_spec!(
                        r#""hostAliases": [{"ip": "10.0.0.1", "hostnames": ["Storage"]}]"#
                    )),
                ],
                good: &[Example::job(head_spec!(
                    r#""hostAliases": [
                       {"ip": "10.0.0.1", "hostnames": ["storage", "storage.example"]},
                       {"ip": "fd00::1", "hostnames": ["10.0.0.1"]}]"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-readiness-gate",
                why: REFUSED,
                advice: "Write the type of a condition, such as example.com/ready",
                check: Check::Pod(Part::Other, |pod, _, report| {
                    for (index, gate) in pod.spec().readiness_gates.iter().enumerate() {
                        if report.is_full() {
                            break;
                        }
                        let condition = gate.get("conditionType").text();
                        if let Err(problem) = check_label_key(condition) {
                            let detail = format!(
                                "conditionType {} in readinessGates of {pod}: {problem}",
                                Quoted(condition)
                            );
                            let path = pod.path("spec.readinessGates").index(index);
                            report.add(path.at("conditionType"), detail);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`conditionType` in `readinessGates` of a pod is not a name, with or without \
                       a domain in front of it.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:validateReadinessGates",
                messages: &[],
                bad: &[Example::job(head_spec!(
                    r#""readinessGates": [
                       {"conditionType": "data is loaded"}]"#
                ))],
                good: &[Example::job(head_spec!(
                    r#""readinessGates": [
                       {"conditionType": "example.com/data-is-loaded"}]"#
                ))],
            },
            cel: &[],
        },
    ],
};
