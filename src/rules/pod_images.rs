//! The images of the containers.

use super::{Entry, Family, head};
use crate::cel::{CONTAINER_LISTS, Cel};
use crate::example::Example;
use crate::fix::{Edit, FixTemplate};
use crate::json::Quoted;
use crate::pod::{Part, Role};
use crate::rule::{Check, Level, Rule, Stop};
use crate::rule_doc::RuleDoc;

const SOURCE: &str = "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                      validateContainerCommon";

pub(super) const FAMILY: Family = Family {
    title: "Pods: images",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-image-missing",
                // A webhook may inject the image.
                level: Level::Warn,
                level_in_files: Some(Level::Deny),
                why: "the API server refuses to create the pod",
                advice: "Set image",
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    for container in pod.containers() {
                        if report.is_full() {
                            break;
                        }
                        let is_missing = match (&container.spec.image, container.role) {
                            (Some(image), _) => image.is_empty(),
                            // KubeRay's autoscaler has the image of the head by default.
                            (None, role) => role != Role::Autoscaler,
                        };
                        if is_missing {
                            let detail = format!("{container} has no image");
                            report.add(container.path("image"), detail);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A container has no `image`.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(head!(
                    r#""template": {"spec": {"containers": [{"name": "ray-head"}]}}"#
                ))],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                ))],
            },
            cel: &[
                Cel {
                    within: CONTAINER_LISTS,
                    each: "list.items",
                    when: "item.?image.orValue('') == ''",
                    path: "{template(pod)}.spec.{list.field}[{i}].image",
                    detail: "{list.word} {quoted(item.name)} of {owner(pod)} has no image",
                    ..Cel::NEVER
                },
                Cel {
                    when: "autoscales && !selects && autoscalerOptions.?image.orValue('-') == ''",
                    path: "{cluster}.autoscalerOptions.image",
                    detail: "the autoscaler container of the head pod has no image",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "pod-image-space",
                stop: Some(Stop::PodsNotJob),
                why: "the API server refuses to create the pod",
                advice: "Remove the white space before and after the image",
                fixes: &[FixTemplate {
                    title: "remove the white space",
                    safe: true,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    for container in pod.containers() {
                        if report.is_full() {
                            break;
                        }
                        let image = container.spec.image.as_deref().unwrap_or_default();
                        let trimmed = image.trim();
                        if trimmed != image {
                            let detail = format!("the image of {container} is {}", Quoted(image));
                            let proposal = (!trimmed.is_empty()).then(|| trimmed.to_owned());
                            report
                                .add(container.path("image"), detail)
                                .propose(proposal);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`image` begins or ends with white space.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(head!(
                    r#""template": {"spec": {"containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0 "}]}}"#
                ))],
                good: &[Example::job(head!(
                    r#""template": {"spec": {"containers": [
                           {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}"#
                ))],
            },
            cel: &[
                Cel {
                    within: CONTAINER_LISTS,
                    each: "list.items",
                    when: "item.?image.orValue('').trim() != item.?image.orValue('')",
                    path: "{template(pod)}.spec.{list.field}[{i}].image",
                    detail: "the image of {list.word} {quoted(item.name)} of {owner(pod)} is \
                             {quoted(item.image)}",
                    ..Cel::NEVER
                },
                Cel {
                    when: "autoscales && !selects && autoscalerOptions.?image.orValue('').trim() \
                           != autoscalerOptions.?image.orValue('')",
                    path: "{cluster}.autoscalerOptions.image",
                    detail: "the image of the autoscaler container of the head pod is \
                             {quoted(autoscalerOptions.?image.orValue(''))}",
                    ..Cel::NEVER
                },
            ],
        },
    ],
};
