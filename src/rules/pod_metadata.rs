//! The metadata of the pods, and the labels of the nodes that they select.

use super::{Entry, Family, head, head_spec};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::pod::{Owner, Part, Pod};
use crate::rule::{Check, Rule, Stop};
use crate::rule_doc::RuleDoc;
use crate::syntax::go_case::lower_case;
use crate::syntax::labels::{check_label_key, check_label_value};
use crate::syntax::names::is_dns1123_subdomain;

/// The labels of pods that KubeRay sets whatever the template has.
/// Source: `kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:labelPod`.
const OWN_LABELS: &[&str] = &["ray.io/cluster", "ray.io/group", "ray.io/node-type"];

/// Whether KubeRay replaces a label of a template: by its own, or by that of the group,
/// which it checks itself.
fn is_replaced(pod: Pod<'_, '_>, key: &str) -> bool {
    match pod.owner {
        Owner::Group(group, _) => OWN_LABELS.contains(&key) || group.spec.labels.get(key).is_some(),
        Owner::Submitter(_) => false,
    }
}

fn labels(pod: Pod<'_, '_>, report: &mut Report) {
    for (key, value) in pod.template.metadata.labels.iter() {
        if report.is_full() {
            break;
        }
        let detail = match (check_label_key(key), check_label_value(value)) {
            (Err(error), _) => format!("label key {} of {pod}: {error}", Quoted(key)),
            (_, Err(error)) if !is_replaced(pod, key) => {
                let (key, value) = (Quoted(key), Quoted(value));
                format!("value {value} of label {key} of {pod}: {error}")
            }
            _ => continue,
        };
        let path = pod.path("metadata.labels").key(key.to_string());
        report.add(path, detail);
    }
}

fn annotations(pod: Pod<'_, '_>, report: &mut Report) {
    for (key, _) in pod.template.metadata.annotations.iter() {
        if report.is_full() {
            break;
        }
        // Kubernetes does not care about case here, and lowercases more than ASCII.
        if let Err(error) = check_label_key(&lower_case(key)) {
            let detail = format!("annotation key {} of {pod}: {error}", Quoted(key));
            let path = pod.path("metadata.annotations").key(key.to_string());
            report.add(path, detail);
        }
    }
}

/// The finalizers whose names need no domain.
const PLAIN_FINALIZERS: &[&str] = &["foregroundDeletion", "kubernetes", "orphan"];

fn finalizers(pod: Pod<'_, '_>, report: &mut Report) {
    for (index, finalizer) in pod.template.metadata.finalizers.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let fault = match check_label_key(finalizer) {
            Err(error) => error.to_string(),
            Ok(()) if finalizer.contains('/') || PLAIN_FINALIZERS.contains(&&**finalizer) => {
                continue;
            }
            Ok(()) => "has no domain".into(),
        };
        let detail = format!("finalizer {} of {pod}: {fault}", Quoted(finalizer));
        report.add(pod.path("metadata.finalizers").index(index), detail);
    }
}

/// Checks the name in the template of the head, which only Kubernetes looks at: the pod has
/// another name. Nobody looks at those of the other templates.
fn name(pod: Pod<'_, '_>, report: &mut Report) {
    let name = &*pod.template.metadata.name;
    let is_head = matches!(pod.owner, Owner::Group(group, _) if group.is_head());
    if is_head && !name.is_empty() && !is_dns1123_subdomain(name.as_bytes()) {
        let detail = format!("the name in the template of {pod} is {}", Quoted(name));
        report.add(pod.path("metadata.name"), detail);
    }
}

fn node_selector(pod: Pod<'_, '_>, report: &mut Report) {
    for (key, value) in pod.spec().node_selector.iter() {
        if report.is_full() {
            break;
        }
        let detail = match (check_label_key(key), check_label_value(value)) {
            (Err(error), _) => format!("key {} in nodeSelector of {pod}: {error}", Quoted(key)),
            (_, Err(error)) => {
                let (key, value) = (Quoted(key), Quoted(value));
                format!("value {value} of {key} in nodeSelector of {pod}: {error}")
            }
            _ => continue,
        };
        let path = pod.path("spec.nodeSelector").key(key.to_string());
        report.add(path, detail);
    }
}

const SOURCE: &str = "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                      validatePodMetadataAndSpec";

pub(super) const FAMILY: Family = Family {
    title: "Pods: metadata",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-label",
                why: "the API server refuses to create the pod",
                advice: "Correct or remove the label; any text can be in an annotation",
                check: Check::Pod(Part::Metadata, |pod, _, report| labels(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The key or the value of a label in a pod template is not a valid one: \
                       longer than 63 characters, or with another character than letters, digits, \
                       `-`, `_` and `.`, or without a letter or digit at each end. A key can have \
                       a domain and `/` in front.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""template": {"metadata": {"labels": {"owner": "ann@example.com"}}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"metadata": {"labels": {"image": "ray:2.52.0"}}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"metadata": {"labels": {"team name": "ml"}}}"#
                    )),
                ],
                good: &[Example::job(head!(
                    r#""template": {"metadata": {"labels": {"example.com/Owner": "ann_1.0",
                       "empty": "", "ray.io/group": "a b"}}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-annotation",
                why: "the API server refuses to create the pod",
                advice: "Correct or remove the annotation",
                check: Check::Pod(Part::Metadata, |pod, _, report| annotations(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The key of an annotation in a pod template is not a valid one: that of a \
                       label, but with capitals in the domain.",
                source: "apimachinery v0.36.3 pkg/api/validation/objectmeta.go:\
                         ValidateAnnotations",
                messages: &[],
                bad: &[Example::job(head!(
                    r#""template": {"metadata": {"annotations": {"team name": "ml"}}}"#
                ))],
                good: &[Example::job(head!(
                    r#""template": {"metadata": {"annotations": {"Example.com/Team": "a & b"}}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-finalizer",
                stop: Some(Stop::PodsNotJob),
                why: "the API server refuses to create the pod",
                advice: "Remove it, or write the domain of its controller and '/' in front",
                check: Check::Pod(Part::Metadata, |pod, _, report| finalizers(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A finalizer in a pod template has no domain, as in `example.com/cleanup`, \
                       or is not valid like the key of a label.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""template": {"metadata": {"finalizers": ["cleanup"]}}"#
                    )),
                    Example::job(head!(
                        r#""template": {"metadata": {"finalizers": ["example.com/clean up"]}}"#
                    )),
                ],
                good: &[Example::job(head!(
                    r#""template": {"metadata": {"finalizers": ["example.com/cleanup", "orphan"]}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-template-name",
                why: "the API server refuses to create the pod",
                advice: "Remove the name: KubeRay gives the pod another one",
                fixes: &[FixTemplate {
                    title: "remove the name",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Pod(Part::Metadata, |pod, _, report| name(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The head's template has a `name` that is no name of an object. KubeRay \
                       does not use it.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(head!(
                    r#""template": {"metadata": {"name": "My_Head"}}"#
                ))],
                good: &[
                    Example::job(head!(r#""template": {"metadata": {"name": "my-head"}}"#)),
                    Example::job(
                        r#"{"spec": {"submitterPodTemplate": {"metadata": {"name": "My_Job"},
                            "spec": {"restartPolicy": "Never", "containers": [
                              {"name": "submitter", "image": "rayproject/ray:2.52.0"}]}}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-node-selector",
                why: "the API server refuses to create the pod",
                advice: "Write one label of a node; nodeAffinity can list several values",
                check: Check::Pod(Part::Scheduling, |pod, _, report| {
                    node_selector(pod, report)
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The key or the value of a label in `nodeSelector` is not a valid one.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         ValidatePodSpec",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(r#""nodeSelector": {"gpu": "l4,a100"}"#)),
                    Example::job(head_spec!(r#""nodeSelector": {"node type": "gpu"}"#)),
                ],
                good: &[Example::job(head_spec!(
                    r#""nodeSelector": {"cloud.example.com/gpu": "a100"}"#
                ))],
            },
            cel: &[],
        },
    ],
};
