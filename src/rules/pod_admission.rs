//! Fields of a pod that few templates have: priority, overhead, names, hosts.

use std::net::IpAddr;

use super::{Entry, Family, head};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Json, Path, Quoted};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::labels::check_label_key;
use crate::syntax::names::{is_dns1123_label, is_dns1123_subdomain};
use crate::text::join;

const REFUSED: &str = "the API server refuses to create the pod";

const REMOVE: FixTemplate = FixTemplate {
    title: "remove it",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

/// What `dnsConfig` may have at most: nameservers, domains to search, and characters of these
/// with a space between each two.
const MOST_SERVERS: usize = 3;
const MOST_SEARCHES: usize = 32;
const LONGEST_SEARCHES: usize = 2048;

/// Whether a text is an IP address. Kubernetes 1.31 takes leading zeros in it.
fn is_ip(text: &str) -> bool {
    let digits = |part: &str| {
        let rest = part.trim_start_matches('0');
        if rest.is_empty() && !part.is_empty() {
            "0"
        } else {
            rest
        }
        .to_owned()
    };
    let parts: Vec<_> = text.split('.').map(digits).collect();
    text.parse::<IpAddr>().is_ok() || parts.join(".").parse::<IpAddr>().is_ok()
}

/// Whether a text is a domain to search for names. Kubernetes 1.36 takes `_` and `.` too.
fn is_search_domain(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text).replace('_', "0");
    text == "." || is_dns1123_subdomain(name.as_bytes())
}

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
                why: "the API server takes both from the PriorityClass, and refuses to create a \
                      pod that says otherwise",
                advice: "Remove it, and set priorityClassName to the PriorityClass that says so",
                fixes: &[REMOVE],
                check: Check::Pod(|pod, _, report| {
                    let spec = pod.spec();
                    if !spec.priority_class_name.is_empty() {
                        return;
                    }
                    if let Some(priority) = spec.priority.filter(|priority| priority.0 != 0) {
                        let detail = format!(
                            "priority of {pod} is {priority}, and priorityClassName is not set"
                        );
                        report.add_to(pod, pod.path("spec.priority"), detail);
                    }
                    if spec.preemption_policy.as_deref() == Some("Never") {
                        let detail = format!(
                            "preemptionPolicy of {pod} is Never, and priorityClassName is not set"
                        );
                        report.add_to(pod, pod.path("spec.preemptionPolicy"), detail);
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
                    Example::job(head!(r#""template": {"spec": {"priority": 1000}}"#)),
                    Example::job(head!(
                        r#""template": {"spec": {"preemptionPolicy": "Never"}}"#
                    )),
                ],
                good: &[
                    Example::job(head!(
                        r#""template": {"spec": {"priority": 0,
                                                 "preemptionPolicy": "PreemptLowerPriority"}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"priorityClassName": "batch",
                                                 "preemptionPolicy": "Never"}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-overhead",
                why: "the API server takes overhead from the RuntimeClass, and refuses to create \
                      a pod that has its own",
                advice: "Remove it, or set runtimeClassName to the RuntimeClass with this overhead",
                fixes: &[REMOVE],
                check: Check::Pod(|pod, _, report| {
                    let spec = pod.spec();
                    if let Json::Object(overhead) = &spec.overhead
                        && !overhead.is_empty()
                        && spec.runtime_class_name.is_none()
                    {
                        let detail = format!("{pod} has overhead, but no runtimeClassName");
                        report.add_to(pod, pod.path("spec.overhead"), detail);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A pod has `overhead`, but no `runtimeClassName`.",
                source: "kubernetes v1.36.3 \
                         plugin/pkg/admission/runtimeclass/admission.go:validateOverhead",
                messages: &[],
                bad: &[Example::job(head!(
                    r#""template": {"spec": {"overhead": {"cpu": "250m"}}}"#
                ))],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"overhead": {"cpu": "250m"},
                                             "runtimeClassName": "kata"}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-deadline",
                why: REFUSED,
                advice: "Write seconds from 1 to 2147483647, or remove it",
                check: Check::Pod(|pod, _, report| {
                    let deadline = pod.spec().active_deadline_seconds.integer();
                    let seconds = 1..=i64::from(i32::MAX);
                    if let Some(deadline) = deadline.filter(|number| !seconds.contains(number)) {
                        let detail = format!("activeDeadlineSeconds of {pod} is {deadline}");
                        report.add_to(pod, pod.path("spec.activeDeadlineSeconds"), detail);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`activeDeadlineSeconds` of a pod is below 1 or above 2147483647. (That of \
                       the RayJob is another field.)",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:ValidatePodSpec",
                messages: &[],
                bad: &[Example::job(head!(
                    r#""template": {"spec": {"activeDeadlineSeconds": 0}}"#
                ))],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"activeDeadlineSeconds": 3600}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-hostname",
                why: REFUSED,
                advice: "Write at most 63 lowercase letters, digits and '-', with a letter or \
                         digit at each end",
                check: Check::Pod(|pod, _, report| {
                    let spec = pod.spec();
                    for (field, path, name) in [
                        ("hostname", "spec.hostname", &spec.hostname),
                        ("subdomain", "spec.subdomain", &spec.subdomain),
                    ] {
                        if !name.is_empty() && !is_dns1123_label(name.as_bytes()) {
                            let detail = format!("{field} of {pod} is {}", Quoted(name));
                            report.add_to(pod, pod.path(path), detail);
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
                    Example::job(head!(r#""template": {"spec": {"hostname": "Ray-Head"}}"#)),
                    Example::job(head!(
                        r#""template": {"spec": {"subdomain": "ray.example"}}"#
                    )),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"hostname": "ray-head", "subdomain": "ray"}}"#
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
                check: Check::Pod(|pod, _, report| {
                    let spec = pod.spec();
                    for (field, path, name) in [
                        (
                            "serviceAccountName",
                            "spec.serviceAccountName",
                            not_empty(&spec.service_account_name),
                        ),
                        (
                            "priorityClassName",
                            "spec.priorityClassName",
                            not_empty(&spec.priority_class_name),
                        ),
                        (
                            "runtimeClassName",
                            "spec.runtimeClassName",
                            // An empty one is looked up too.
                            spec.runtime_class_name.as_deref(),
                        ),
                        ("nodeName", "spec.nodeName", not_empty(&spec.node_name)),
                    ] {
                        let wrong = |name: &&str| !is_dns1123_subdomain(name.as_bytes());
                        if let Some(name) = name.filter(wrong) {
                            let detail = format!("{field} of {pod} is {}", Quoted(name));
                            report.add_to(pod, pod.path(path), detail);
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
                    Example::job(head!(
                        r#""template": {"spec": {"serviceAccountName": "Ray_Head"}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"priorityClassName": "high priority"}}"#
                    )),
                    Example::job(head!(r#""template": {"spec": {"runtimeClassName": ""}}"#)),
                    Example::job(head!(r#""template": {"spec": {"nodeName": "GPU-1"}}"#)),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"serviceAccountName": "ray-head",
                                             "priorityClassName": "high-priority",
                                             "runtimeClassName": "nvidia",
                                             "nodeName": "ip-10-0-0-1.ec2.internal"}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-host-alias",
                why: REFUSED,
                advice: "Write the IP address of a host",
                check: Check::Pod(|pod, _, report| {
                    for (index, alias) in pod.spec().host_aliases.iter().enumerate() {
                        let path = || pod.path("spec.hostAliases").index(index);
                        let ip = alias.get("ip").text();
                        if !is_ip(ip) {
                            let detail = format!("ip in hostAliases of {pod} is {}", Quoted(ip));
                            report.add_to(pod, path().at("ip"), detail);
                        }
                        for (index, name) in alias.get("hostnames").items().iter().enumerate() {
                            let name = name.text();
                            if is_dns1123_subdomain(name.as_bytes()) {
                                continue;
                            }
                            let detail =
                                format!("a hostname in hostAliases of {pod} is {}", Quoted(name));
                            let path = path().at("hostnames").index(index);
                            let finding = report.finding(path, detail);
                            let finding = finding.advise(
                                "Write lowercase letters, digits, '-' and '.', with a letter or \
                                 digit at each end",
                            );
                            report.push(finding.of_item(pod.position()));
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
                    Example::job(head!(
                        r#""template": {"spec": {"hostAliases": [
                               {"ip": "storage", "hostnames": ["storage.example"]}]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"hostAliases": [
                               {"ip": "10.0.0.1", "hostnames": ["Storage"]}]}}"#
                    )),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"hostAliases": [
                           {"ip": "10.0.0.1", "hostnames": ["storage", "storage.example"]},
                           {"ip": "fd00::1", "hostnames": ["10.0.0.1"]}]}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-readiness-gate",
                why: REFUSED,
                advice: "Write the type of a condition, such as example.com/ready",
                check: Check::Pod(|pod, _, report| {
                    for (index, gate) in pod.spec().readiness_gates.iter().enumerate() {
                        let condition = gate.get("conditionType").text();
                        if let Err(problem) = check_label_key(condition) {
                            let detail = format!(
                                "conditionType {} in readinessGates of {pod}: {problem}",
                                Quoted(condition)
                            );
                            let path = pod.path("spec.readinessGates").index(index);
                            report.add_to(pod, path.at("conditionType"), detail);
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
                bad: &[Example::job(head!(
                    r#""template": {"spec": {"readinessGates": [
                           {"conditionType": "data is loaded"}]}}"#
                ))],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"readinessGates": [
                           {"conditionType": "example.com/data-is-loaded"}]}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-dns-config",
                why: REFUSED,
                advice: "Write at most 3 nameservers",
                check: Check::Pod(|pod, _, report| {
                    let config = &pod.spec().dns_config;
                    let mut add = |path: Path, detail: String, advice: &'static str| {
                        let detail = format!("{detail} in dnsConfig of {pod}");
                        let finding = report.finding(path, detail).advise(advice);
                        report.push(finding.of_item(pod.position()));
                    };
                    let path = |list| pod.path("spec.dnsConfig").at(list);
                    let servers = config.get("nameservers").items();
                    if servers.len() > MOST_SERVERS {
                        let detail = format!("{} nameservers", servers.len());
                        add(path("nameservers"), detail, "Write at most 3 nameservers");
                    }
                    for (index, server) in servers.iter().enumerate() {
                        if !is_ip(server.text()) {
                            let detail = format!("nameserver {}", Quoted(server.text()));
                            let path = path("nameservers").index(index);
                            add(path, detail, "Write the IP address of the nameserver");
                        }
                    }
                    let domains = config.get("searches").items();
                    let length = join(&mut domains.iter().map(Json::text), " ").len();
                    if domains.len() > MOST_SEARCHES || length > LONGEST_SEARCHES {
                        let detail = format!("{} searches", domains.len());
                        let advice = "Write at most 32 domains, and at most 2048 characters in all";
                        add(path("searches"), detail, advice);
                    }
                    for (index, domain) in domains.iter().enumerate() {
                        if !is_search_domain(domain.text()) {
                            let detail = format!("search domain {}", Quoted(domain.text()));
                            let path = path("searches").index(index);
                            add(path, detail, "Write the DNS name of a domain, in lowercase");
                        }
                    }
                    for (index, option) in config.get("options").items().iter().enumerate() {
                        if option.get("name").text().is_empty() {
                            let detail = "an option without a name".to_owned();
                            add(path("options").index(index), detail, "Write the name");
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`dnsConfig` of a pod has more than 3 `nameservers`, or one that is not an \
                       IP address; more than 32 `searches`, or one that is not a DNS name; or an \
                       option without a name.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:validatePodDNSConfig",
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""template": {"spec": {"dnsConfig": {"nameservers": [
                               "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]}}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"dnsConfig": {"nameservers": ["dns.example"]}}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"dnsConfig": {"searches": ["Example.com"]}}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"dnsConfig": {"options": [{"value": "2"}]}}}"#
                    )),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"dnsConfig": {
                           "nameservers": ["10.0.0.1", "fd00::53"],
                           "searches": ["example.com."],
                           "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}]}}}"#
                ))],
            },
            cel: &[],
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::{is_ip, is_search_domain};

    #[test]
    fn an_address_may_have_leading_zeros() {
        for ip in ["10.0.0.1", "010.000.0.01", "fd00::1", "::ffff:10.0.0.1"] {
            assert!(is_ip(ip), "{ip}");
        }
        for ip in [
            "",
            "a",
            "10.0.0",
            "10.0.0.256",
            "10.0.0.1:53",
            "fe80::1%eth0",
            "1..1.1",
        ] {
            assert!(!is_ip(ip), "{ip}");
        }
    }

    #[test]
    fn a_search_domain_that_one_release_takes_is_one() {
        for domain in ["a", "a.b.", ".", "_tcp.a"] {
            assert!(is_search_domain(domain), "{domain}");
        }
        for domain in ["", "A", "a b", "a..b", ".."] {
            assert!(!is_search_domain(domain), "{domain}");
        }
    }
}
