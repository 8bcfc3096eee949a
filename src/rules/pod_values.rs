//! Values of a pod that the schemas of KubeRay do not check.

use std::fmt::Display;

use super::autoscaler::autoscales_by_v2;
use super::{Entry, Family, head, head_spec};
use crate::cel::{CONTAINER_LISTS, Cel, PODS};
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{Edit, FixTemplate};
use crate::json::{Json, Path, Quoted};
use crate::pod::{Owner, Part, Pod};
use crate::release::Release::V1_4;
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::ip_address::parse_ip_address;
use crate::syntax::names::is_dns1123_subdomain;
use crate::syntax::nearest::nearest;
use crate::text::join;

/// The fix that writes the word that is meant.
pub(super) const MEANT_FIX: FixTemplate = FixTemplate {
    title: "use the most likely value",
    safe: false,
    edits: &[Edit::SetProposed],
};

const CASE_FIX: FixTemplate = FixTemplate {
    title: "correct the case",
    safe: true,
    edits: &[Edit::SetProposed],
};

/// Only [`MEANT_FIX`].
pub(super) const MEANT: &[FixTemplate] = &[MEANT_FIX];

/// The fix of a word that only has letters of the wrong case.
const CASE: &[FixTemplate] = &[CASE_FIX];

/// Adds a finding if a word is none of these, and proposes the one that it means.
pub(super) fn check_word(
    path: Path,
    what: &dyn Display,
    word: &str,
    words: &'static [&'static str],
    report: &mut Report,
) {
    check(path, what, word, words, MEANT, report);
}

fn check(
    path: Path,
    what: &dyn Display,
    word: &str,
    words: &'static [&'static str],
    of_case: &'static [FixTemplate],
    report: &mut Report,
) {
    if words.contains(&word) {
        return;
    }
    let detail = match word {
        "" => format!("{what} is empty"),
        word => format!("{what} is {}", Quoted(word)),
    };
    let meant = nearest(word, words.iter().copied());
    let is_case = meant.is_some_and(|meant| meant.eq_ignore_ascii_case(word));
    let advice = match meant {
        Some(meant) => format!("Write {meant}"),
        None => format!("Use one of {}", join(&mut words.iter().copied(), ", ")),
    };
    let fixes = if is_case { of_case } else { MEANT };
    report
        .add(path, detail)
        .advise(advice)
        .propose(meant)
        .offer(fixes);
}

/// Whether KubeRay sets the restart policy, whatever the template has; its own rules
/// refuse another one.
fn sets_restart_policy(pod: Pod<'_, '_>, context: &Context<'_>) -> bool {
    let release = context.release;
    match pod.owner {
        // The rule trap-submitter-restart-policy is stricter.
        Owner::Submitter(_) => true,
        Owner::Group(group, cluster) => {
            release >= V1_4 && autoscales_by_v2(cluster)
                || group.is_head() && context.submits_in_head()
        }
    }
}

fn words(pod: Pod<'_, '_>, context: &Context<'_>, report: &mut Report) {
    let spec = pod.spec();
    let policy = &*spec.restart_policy;
    if !policy.is_empty() && !sets_restart_policy(pod, context) {
        let path = pod.path("spec.restartPolicy");
        let words = &["Always", "OnFailure", "Never"];
        check(
            path,
            &format_args!("restartPolicy of {pod}"),
            policy,
            words,
            CASE,
            report,
        );
    }
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        for (field, word, words) in [
            (
                "imagePullPolicy",
                &container.spec.image_pull_policy,
                &["Always", "IfNotPresent", "Never"][..],
            ),
            (
                "terminationMessagePolicy",
                &container.spec.termination_message_policy,
                &["File", "FallbackToLogsOnError"],
            ),
        ] {
            if !word.is_empty() {
                let what = format_args!("{field} of {container}");
                let path = container.path(field);
                check(path, &what, word, words, CASE, report);
            }
        }
    }
    let dns_policy = spec.dns_policy.as_deref().filter(|word| !word.is_empty());
    let os = spec.os.is_set().then(|| spec.os.get("name").text());
    for (field, word, words) in [
        (
            "dnsPolicy",
            dns_policy,
            &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"][..],
        ),
        (
            "preemptionPolicy",
            spec.preemption_policy.as_deref(),
            &["PreemptLowerPriority", "Never"],
        ),
        ("os.name", os, &["linux", "windows"]),
    ] {
        if let Some(word) = word {
            let path = pod.path("spec").at(field);
            check_word(path, &format_args!("{field} of {pod}"), word, words, report);
        }
    }
}

fn dns_config(pod: Pod<'_, '_>, report: &mut Report) {
    let config = &pod.spec().dns_config;
    let path = |field| pod.path("spec.dnsConfig").at(field);
    let servers = config.get("nameservers").items();
    if pod.spec().dns_policy.as_deref() == Some("None") && servers.is_empty() {
        report.advise_on(
            path("nameservers"),
            format!("dnsPolicy of {pod} is None, but dnsConfig has no nameservers"),
            "Add the address of a server to dnsConfig.nameservers, or remove dnsPolicy",
        );
    }
    let searches = config.get("searches").items();
    for (field, items, most, advice) in [
        ("nameservers", servers, 3, "Keep at most 3"),
        ("searches", searches, 32, "Keep at most 32"),
    ] {
        if items.len() > most {
            report.advise_on(
                path(field),
                format!("dnsConfig.{field} of {pod} has {} items", items.len()),
                advice,
            );
        }
    }
    for (index, server) in servers.iter().enumerate() {
        if report.is_full() {
            break;
        }
        if parse_ip_address(server.text()).is_none() {
            let server = Quoted(server.text());
            report.advise_on(
                path("nameservers").index(index),
                format!("nameserver {server} of {pod} is no IP address"),
                "Write the address of the server",
            );
        }
    }
    for (index, search) in searches.iter().enumerate() {
        if report.is_full() {
            break;
        }
        if !is_search(search.text()) {
            let search = Quoted(search.text());
            report.advise_on(
                path("searches").index(index),
                format!("DNS search domain {search} of {pod} is no domain"),
                "Use lowercase letters, digits, '-' and '.'",
            );
        }
    }
    for (index, option) in config.get("options").items().iter().enumerate() {
        if report.is_full() {
            break;
        }
        if option.get("name").text().is_empty() {
            report.advise_on(
                path("options").index(index),
                format!("a DNS option of {pod} has no name"),
                "Set the name of the option",
            );
        }
    }
}

/// Whether a text can be searched for names; Kubernetes before 1.33 allows no underscore
/// and no lone dot.
fn is_search(text: &str) -> bool {
    let text = text
        .strip_suffix('.')
        .filter(|rest| !rest.is_empty())
        .unwrap_or(text);
    let is_label = |label: &str| {
        let label = label.strip_prefix('_').unwrap_or(label);
        is_dns1123_subdomain(label.replace('_', "-").as_bytes())
    };
    text == "." || text.len() <= 253 && text.split('.').all(is_label)
}

/// The fields of a pod's `securityContext` that a pod for Windows cannot have, besides
/// those that not each supported Kubernetes release looks at.
const LINUX_POD: &[&str] = &[
    "appArmorProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "runAsGroup",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
    "supplementalGroups",
    "sysctls",
];

/// The same of a container.
const LINUX_CONTAINER: &[&str] = &[
    "allowPrivilegeEscalation",
    "appArmorProfile",
    "capabilities",
    "privileged",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
];

const WINDOWS: &[&str] = &["windowsOptions"];

fn os_fields(pod: Pod<'_, '_>, report: &mut Report) {
    let spec = pod.spec();
    let os = spec.os.get("name").text();
    let (pod_fields, container_fields) = match os {
        "linux" => (WINDOWS, WINDOWS),
        "windows" => (LINUX_POD, LINUX_CONTAINER),
        _ => return,
    };
    let refuse = |path: Path, what: &dyn Display, report: &mut Report| {
        let detail = format!("{what} is set, but os.name is {os}");
        report.add(path, detail);
    };
    for (field, is_set) in [
        ("hostPID", spec.host_pid),
        ("hostIPC", spec.host_ipc),
        ("shareProcessNamespace", spec.share_process_namespace),
    ] {
        if is_set && os == "windows" {
            refuse(
                pod.path("spec").at(field),
                &format_args!("{field} of {pod}"),
                report,
            );
        }
    }
    for field in pod_fields {
        if is_filled(spec.security_context.get(field)) {
            refuse(
                pod.path("spec.securityContext").at(field),
                &format_args!("{field} of {pod}"),
                report,
            );
        }
    }
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        for field in container_fields {
            if is_filled(container.spec.security_context.get(field)) {
                let path = container.path("securityContext").at(field);
                refuse(path, &format_args!("{field} of {container}"), report);
            }
        }
    }
}

/// Whether there is a value, and not an empty list, which KubeRay leaves out of the pod.
fn is_filled(value: &Json<'_>) -> bool {
    match value {
        Json::List(items) => !items.is_empty(),
        value => value.is_set(),
    }
}

const SOURCE: &str = "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                      ValidatePodSpec, validateContainerCommon";

pub(super) const FAMILY: Family = Family {
    title: "Pods: values",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-enum",
                why: "the API server refuses to create the pod",
                advice: "Use a value of the field",
                fixes: &[CASE_FIX, MEANT_FIX],
                check: Check::Pod(Part::Containers, words),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A field has a value that Kubernetes does not know, often by its case: \
                       `restartPolicy`, `imagePullPolicy`, `terminationMessagePolicy`, \
                       `dnsPolicy`, `preemptionPolicy` or `os.name`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head_spec!(r#""restartPolicy": "always""#)),
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [{"name": "ray-head",
                           "image": "rayproject/ray:2.52.0", "imagePullPolicy": "Allways"}]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [{"name": "ray-head",
                           "image": "rayproject/ray:2.52.0",
                           "terminationMessagePolicy": "file"}]}}"#
                    )),
                    Example::job(head_spec!(r#""dnsPolicy": "clusterFirst""#)),
                    Example::job(head_spec!(
                        r#""priorityClassName": "low", "preemptionPolicy": "never""#
                    )),
                    Example::job(head_spec!(r#""os": {"name": "Linux"}"#)),
                ],
                good: &[
                    Example::job(head!(
                        r#""template": {"spec": {"restartPolicy": "Always",
                           "dnsPolicy": "ClusterFirst", "priorityClassName": "low",
                           "preemptionPolicy": "Never", "os": {"name": "linux"},
                           "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0",
                             "imagePullPolicy": "Always",
                             "terminationMessagePolicy": "File"}]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"restartPolicy": "", "dnsPolicy": "",
                           "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0",
                             "imagePullPolicy": "", "terminationMessagePolicy": ""}]}}"#
                    )),
                ],
            },
            cel: &[
                Cel {
                    within: PODS,
                    when: "pod.owner != 'submitter' && !(autoscalesByV2 && release >= V1_4) && \
                           !(pod.owner == 'head' && mode == 'SidecarMode' && release >= V1_5) && \
                           !(pod.spec.?restartPolicy.orValue('') in ['', 'Always', 'OnFailure', \
                           'Never'])",
                    path: "{template(pod)}.spec.restartPolicy",
                    detail: "restartPolicy of {owner(pod)} is {quoted(pod.spec.restartPolicy)}",
                    advice: Some("Use one of Always, OnFailure, Never"),
                    ..Cel::NEVER
                },
                Cel {
                    within: CONTAINER_LISTS,
                    each: "list.items",
                    when: "!(item.?imagePullPolicy.orValue('') in ['', 'Always', 'IfNotPresent', \
                           'Never'])",
                    path: "{template(pod)}.spec.{list.field}[{i}].imagePullPolicy",
                    detail: "imagePullPolicy of {list.word} {quoted(item.name)} of {owner(pod)} \
                             is {quoted(item.imagePullPolicy)}",
                    advice: Some("Use one of Always, IfNotPresent, Never"),
                },
                Cel {
                    within: CONTAINER_LISTS,
                    each: "list.items",
                    when: "!(item.?terminationMessagePolicy.orValue('') in ['', 'File', \
                           'FallbackToLogsOnError'])",
                    path: "{template(pod)}.spec.{list.field}[{i}].terminationMessagePolicy",
                    detail: "terminationMessagePolicy of {list.word} {quoted(item.name)} of \
                             {owner(pod)} is {quoted(item.terminationMessagePolicy)}",
                    advice: Some("Use one of File, FallbackToLogsOnError"),
                },
                Cel {
                    when: "autoscales && !selects && \
                           !(autoscalerOptions.?imagePullPolicy.orValue('') in ['', 'Always', \
                           'IfNotPresent', 'Never'])",
                    path: "{cluster}.autoscalerOptions.imagePullPolicy",
                    detail: "imagePullPolicy of the autoscaler container of the head pod is \
                             {quoted(autoscalerOptions.?imagePullPolicy.orValue(''))}",
                    advice: Some("Use one of Always, IfNotPresent, Never"),
                    ..Cel::NEVER
                },
                Cel {
                    within: PODS,
                    when: "!(pod.spec.?dnsPolicy.orValue('') in ['', 'ClusterFirst', \
                           'ClusterFirstWithHostNet', 'Default', 'None'])",
                    path: "{template(pod)}.spec.dnsPolicy",
                    detail: "dnsPolicy of {owner(pod)} is {quoted(pod.spec.dnsPolicy)}",
                    advice: Some("Use one of ClusterFirst, ClusterFirstWithHostNet, Default, None"),
                    ..Cel::NEVER
                },
                Cel {
                    within: PODS,
                    when: "!(pod.spec.?preemptionPolicy.orValue('Never') in \
                           ['PreemptLowerPriority', 'Never'])",
                    path: "{template(pod)}.spec.preemptionPolicy",
                    detail: "preemptionPolicy of {owner(pod)} is {pod.spec.preemptionPolicy == '' \
                             ? 'empty' : quoted(pod.spec.preemptionPolicy)}",
                    advice: Some("Use one of PreemptLowerPriority, Never"),
                    ..Cel::NEVER
                },
                Cel {
                    within: PODS,
                    when: "!(pod.spec.?os.?name.orValue('linux') in ['linux', 'windows'])",
                    path: "{template(pod)}.spec.os.name",
                    detail: "os.name of {owner(pod)} is {pod.spec.os.name == '' ? 'empty' : \
                             quoted(pod.spec.os.name)}",
                    advice: Some("Use one of linux, windows"),
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "pod-dns-config",
                why: "the API server refuses to create the pod",
                advice: "Correct dnsConfig",
                check: Check::Pod(Part::Other, |pod, _, report| dns_config(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`dnsPolicy` is `None` without `nameservers` in `dnsConfig`; or `dnsConfig` \
                       has more than 3 `nameservers` or 32 `searches`, a server that is no IP \
                       address, a search domain that is no domain, or an option without a name.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         validatePodDNSConfig",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(r#""dnsPolicy": "None""#)),
                    Example::job(head_spec!(
                        r#""dnsConfig": {"nameservers": ["10.0.0.1", "10.0.0.2", "10.0.0.3",
                                                         "10.0.0.4"]}"#
                    )),
                    Example::job(head_spec!(
                        r#""dnsConfig": {"nameservers": ["dns.example"]}"#
                    )),
                    Example::job(head_spec!(r#""dnsConfig": {"searches": ["a b"]}"#)),
                    Example::job(head_spec!(r#""dnsConfig": {"options": [{"value": "2"}]}"#)),
                ],
                good: &[Example::job(head_spec!(
                    r#""dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1", "fd00::1"],
                       "searches": ["svc.cluster.local", "example.", "_tcp.my_zone", "."],
                       "options": [{"name": "ndots", "value": "2"}]}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-os",
                why: "the API server refuses to create the pod",
                advice: "Remove the field, or change os.name",
                check: Check::Pod(Part::Other, |pod, _, report| os_fields(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`os.name` is `linux` and a `securityContext` has `windowsOptions`; or it \
                       is `windows` and a field is set that only Linux has, such as `hostPID` or \
                       `runAsUser`.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:validateLinux, \
                         validateWindows",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(
                        r#""os": {"name": "linux"},
                           "securityContext": {"windowsOptions": {"runAsUserName": "ray"}}"#
                    )),
                    Example::job(head_spec!(r#""os": {"name": "windows"}, "hostPID": true"#)),
                    Example::job(head_spec!(
                        r#""os": {"name": "windows"}, "securityContext": {"runAsUser": 1000}"#
                    )),
                ],
                good: &[
                    Example::job(head_spec!(
                        r#""os": {"name": "linux"}, "hostPID": true,
                           "securityContext": {"runAsUser": 1000}"#
                    )),
                    Example::job(head_spec!(
                        r#""os": {"name": "windows"},
                           "securityContext": {"windowsOptions": {"runAsUserName": "ray"}}"#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};
