//! The names of containers, and what only a container of another sort has.

use super::{Entry, Family, head};
use crate::cel::{CONTAINER_LISTS, Cel, PODS};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::pod::{Part, Pod, Role};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::names::{dns1123_label_fault, is_dns1123_label};

const WHY: &str = "the API server refuses to create the pod";

/// The values of `restartPolicy` of a container.
const POLICIES: [&str; 3] = ["Always", "Never", "OnFailure"];

/// Whether a container that runs as long as the pod has a name.
fn is_taken(pod: Pod<'_, '_>, name: &str) -> bool {
    let mut main = pod.spec().containers.iter();
    main.any(|container| &*container.name == name)
}

/// A name like this one that the container can have.
fn name_like(pod: Pod<'_, '_>, name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase().replace(['_', '.', ' '], "-");
    let is_free = |name: &str| pod.containers().all(|other| &*other.spec.name != name);
    (is_dns1123_label(name.as_bytes()) && is_free(&name)).then_some(name)
}

/// The value of `restartPolicy` of which a text has the letters.
fn policy_like(text: &str) -> Option<&'static str> {
    POLICIES
        .into_iter()
        .find(|policy| policy.eq_ignore_ascii_case(text))
}

pub(super) const FAMILY: Family = Family {
    title: "Pods: containers",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-container-name",
                why: WHY,
                advice: "Use at most 63 lowercase letters, digits and '-', with a letter or digit \
                         at each end",
                fixes: &[FixTemplate {
                    title: "write the name in lower case, with '-' between words",
                    safe: false,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    let named = pod.containers();
                    for container in named.filter(|named| named.role != Role::Autoscaler) {
                        if report.is_full() {
                            break;
                        }
                        let name = &*container.spec.name;
                        let path = || container.path("name");
                        if let Some(fault) = dns1123_label_fault(name) {
                            let detail = format!("the name of {container} {fault}");
                            report.add(path(), detail).propose(name_like(pod, name));
                        } else if container.role == Role::Init && is_taken(pod, name) {
                            // Two of one list are never stored.
                            let detail = format!("{container} has the name of another container");
                            let finding = report.add(path(), detail);
                            finding.advise("Give each container of a pod a name of its own");
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The name of a container is not a DNS label: 1 to 63 lowercase letters, \
                       digits and `-`, with a letter or digit at each end. Or an init container \
                       has the name of another container.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         validateContainerCommon, validateInitContainers",
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [
                             {"name": "Ray_Head", "image": "rayproject/ray:2.52.0"}]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {
                             "initContainers": [{"name": "ray-head", "image": "busybox:1.37"}],
                             "containers": [
                               {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                    )),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {
                         "initContainers": [{"name": "fetch-data", "image": "busybox:1.37"}],
                         "containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-ephemeral-containers",
                why: "only a running pod can have them, and the API server refuses to create \
                      this one",
                advice: "Remove ephemeralContainers; use kubectl debug to add one to a running \
                         pod",
                fixes: &[FixTemplate {
                    title: "remove ephemeralContainers",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Pod(Part::Other, |pod, _, report| {
                    if !pod.spec().ephemeral_containers.is_empty() {
                        let detail = format!("the template of {pod} has ephemeralContainers");
                        report.add(pod.path("spec.ephemeralContainers"), detail);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A pod template has `ephemeralContainers`.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         ValidatePodTemplateSpec",
                messages: &[],
                bad: &[Example::job(head!(
                    r#""template": {"spec": {
                         "ephemeralContainers": [{"name": "debug", "image": "busybox:1.37"}],
                         "containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                ))],
                good: &[Example::job(head!(
                    r#""template": {"spec": {
                         "containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                           {"name": "debug", "image": "busybox:1.37"}]}}"#
                ))],
            },
            cel: &[Cel {
                within: PODS,
                when: "pod.spec.?ephemeralContainers.orValue([]).size() > 0",
                path: "{template(pod)}.spec.ephemeralContainers",
                detail: "the template of {owner(pod)} has ephemeralContainers",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "pod-container-restart-policy",
                why: WHY,
                advice: "Remove restartPolicy, or write Always, Never or OnFailure; before \
                         Kubernetes 1.35, only an init container can have it, with Always",
                fixes: &[FixTemplate {
                    // With Always, an init container runs beside the others.
                    title: "write restartPolicy as Kubernetes does",
                    safe: false,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    for container in pod.containers() {
                        if report.is_full() {
                            break;
                        }
                        let Some(policy) = container.spec.restart_policy.as_deref() else {
                            continue;
                        };
                        // Kubernetes 1.31 refuses these as well, but 1.35 does not.
                        if POLICIES.contains(&policy) {
                            continue;
                        }
                        let detail = format!("restartPolicy of {container} is {}", Quoted(policy));
                        let finding = report.add(container.path("restartPolicy"), detail);
                        finding.propose(policy_like(policy));
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`restartPolicy` of a container is none of `Always`, `Never` and \
                       `OnFailure`.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         validateContainerRestartPolicy, validateInitContainerRestartPolicy",
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""template": {"spec": {
                             "initContainers": [{"name": "logs", "image": "busybox:1.37",
                               "restartPolicy": "always"}],
                             "containers": [
                               {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"spec": {"containers": [
                             {"name": "ray-head", "image": "rayproject/ray:2.52.0",
                              "restartPolicy": "UnlessStopped"}]}}"#
                    )),
                ],
                good: &[Example::job(head!(
                    r#""template": {"spec": {
                         "initContainers": [{"name": "logs", "image": "busybox:1.37",
                           "restartPolicy": "Always"}],
                         "containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                ))],
            },
            cel: &[Cel {
                within: CONTAINER_LISTS,
                each: "list.items",
                when: "!(item.?restartPolicy.orValue('Never') in ['Always', 'Never', \
                       'OnFailure'])",
                path: "{template(pod)}.spec.{list.field}[{i}].restartPolicy",
                detail: "restartPolicy of {list.word} {quoted(item.name)} of {owner(pod)} is \
                         {quoted(item.restartPolicy)}",
                ..Cel::NEVER
            }],
        },
    ],
};
