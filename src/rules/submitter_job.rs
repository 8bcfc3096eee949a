//! The labels of the submitter Job's pod.

use super::{Entry, Family};
use crate::cel::{Cel, PODS};
use crate::context::Object;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::kind::Kinds;
use crate::pod::{Owner, Part};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;

/// The labels that Kubernetes gives to the pods of a Job, and whether they hold its name;
/// the others hold its UID.
const LABELS: [(&str, bool); 4] = [
    ("job-name", true),
    ("batch.kubernetes.io/job-name", true),
    ("controller-uid", false),
    ("batch.kubernetes.io/controller-uid", false),
];

pub(super) const FAMILY: Family = Family {
    title: "The submitter Job",
    entries: &[Entry {
        rule: Rule {
            id: "pod-submitter-label",
            kinds: Kinds::JOBS,
            why: "the label is reserved for another value, which Kubernetes sets itself, so the \
                  API server refuses the submitter Job",
            advice: "Remove the label",
            fixes: &[FixTemplate {
                title: "remove the label",
                safe: false,
                edits: &[Edit::Remove(At::Finding)],
            }],
            check: Check::Pod(Part::Metadata, |pod, context, report| {
                if !matches!(pod.owner, Owner::Submitter(_)) {
                    return;
                }
                // The Job has the name of the RayJob.
                let name = match context.object {
                    Object::RayJob(job) => job.metadata.name.as_deref(),
                    _ => None,
                };
                for (label, is_name) in LABELS {
                    let value = pod.template.metadata.labels.get(label);
                    if let Some(value) = value.filter(|_| !(is_name && value == name)) {
                        let detail = format!("label {label} of {pod} is {}", Quoted(value));
                        let path = pod.path("metadata.labels").key(label);
                        report.add(path, detail);
                    }
                }
            }),
            ..Rule::POD
        },
        doc: RuleDoc {
            what: "In K8sJobMode, the metadata of `submitterPodTemplate` has a label that \
                   Kubernetes sets to the name or the UID of the Job: `job-name`, \
                   `batch.kubernetes.io/job-name`, `controller-uid` or \
                   `batch.kubernetes.io/controller-uid`. The name of the RayJob is the right value \
                   of the first two.",
            source: "kubernetes v1.36.3 \
                     pkg/apis/batch/validation/validation.go:validateGeneratedSelector",
            messages: &[],
            bad: &[
                Example::job(
                    r#"{"spec": {"submitterPodTemplate": {
                         "metadata": {"labels": {"job-name": "submit"}},
                         "spec": {"restartPolicy": "Never", "containers": [
                           {"name": "submitter", "image": "rayproject/ray:2.52.0"}]}}}}"#,
                ),
                Example::cron(
                    r#"{"spec": {"jobTemplate": {"submitterPodTemplate": {
                         "metadata": {"labels": {"batch.kubernetes.io/job-name": "nightly"}},
                         "spec": {"restartPolicy": "Never", "containers": [
                           {"name": "submitter", "image": "rayproject/ray:2.52.0"}]}}}}}"#,
                ),
            ],
            good: &[Example::job(
                r#"{"spec": {"submitterPodTemplate": {
                     "metadata": {"labels": {"job-name": "train", "job": "submit"}},
                     "spec": {"restartPolicy": "Never", "containers": [
                       {"name": "submitter", "image": "rayproject/ray:2.52.0"}]}}}}"#,
            )],
        },
        cel: &[Cel {
            within: PODS,
            each: "(pod.owner == 'submitter' ? ['job-name', 'batch.kubernetes.io/job-name', \
                   'controller-uid', 'batch.kubernetes.io/controller-uid'] : [])",
            when: "item in job.submitterPodTemplate.?metadata.?labels.orValue({}) && \
                   !(item.endsWith('job-name') && object.kind == 'RayJob' && \
                   job.submitterPodTemplate.metadata.labels[item] == name)",
            path: "{template(pod)}.metadata.labels[{strings.quote(item)}]",
            detail: "label {item} of {owner(pod)} is \
                     {quoted(job.submitterPodTemplate.metadata.labels[item])}",
            ..Cel::NEVER
        }],
    }],
};
