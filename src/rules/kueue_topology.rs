//! Annotations of pod templates that ask Kueue for a topology.

use std::collections::BTreeMap;

use super::kueue::{KINDS, has_webhook, validates_metadata};
use super::{Entry, Family};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::group::Group;
use crate::json::{Path, Quoted};
use crate::kuberay::SubmissionMode;
use crate::neighbours::Kueue::{V0_13, V0_14};
use crate::rayjob::KnownLabels;
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::labels::check_label_key;

const REQUIRED: &str = "kueue.x-k8s.io/podset-required-topology";
const PREFERRED: &str = "kueue.x-k8s.io/podset-preferred-topology";
const UNCONSTRAINED: &str = "kueue.x-k8s.io/podset-unconstrained-topology";
const SLICE: &str = "kueue.x-k8s.io/podset-slice-required-topology";
const SIZE: &str = "kueue.x-k8s.io/podset-slice-size";
const GROUP: &str = "kueue.x-k8s.io/podset-group-name";

const ANNOTATIONS: &str = "template.metadata.annotations";

/// A fault of an annotation: its key, what is wrong, and what to write instead.
type Fault = (&'static str, String, &'static str);

/// The pods of a template that Kueue counts as one.
struct PodSet<'s> {
    annotations: &'s KnownLabels<'s>,
    path: Path,
    count: i32,
}

impl<'s> PodSet<'s> {
    fn of_group(group: Group<'s>) -> Self {
        let spec = group.spec;
        let hosts = spec.num_of_hosts.map_or(1, |hosts| hosts.0.max(1));
        let replicas = spec.replicas.map_or(1, |replicas| replicas.0);
        Self {
            annotations: &spec.template.metadata.annotations,
            path: group.path(ANNOTATIONS),
            count: match group.is_head() {
                true => 1,
                false => replicas.wrapping_mul(hosts),
            },
        }
    }

    fn get(&self, key: &str) -> Option<&'s str> {
        self.annotations.get(key)
    }

    /// What it asks for: a topology that is required, or else one that is preferred.
    fn request(&self) -> Option<(bool, &'s str)> {
        let required = self.get(REQUIRED).map(|level| (true, level));
        required.or_else(|| self.get(PREFERRED).map(|level| (false, level)))
    }

    /// Its faults by itself in Kueue 0.14 and later
    /// (`kueue v0.19.2 pkg/controller/jobframework/tas_validation.go:ValidateTASPodSetRequest`).
    fn faults(&self) -> Vec<Fault> {
        let mut faults = self.oldest_faults();
        let (slice, size) = (self.get(SLICE), self.get(SIZE));
        faults.extend(slice.and_then(|level| not_a_key(SLICE, level)));
        if let Some(name) = self.get(GROUP) {
            if name.parse::<u64>().is_ok() && !name.starts_with('+') {
                let detail = format!("{GROUP} is the number {}", Quoted(name));
                faults.push((GROUP, detail, "Use a name that is not a number"));
            }
            if slice.or(size).is_some() {
                let detail = format!("{GROUP} with a slice");
                faults.push((GROUP, detail, "Remove one of the two"));
            }
            if self.request().is_none() {
                let detail = format!("{GROUP} without {REQUIRED} or {PREFERRED}");
                faults.push((GROUP, detail, "Add one of the two"));
            }
        }
        if let Some(value) = self.get(UNCONSTRAINED)
            && !is_go_boolean(value)
        {
            let detail = format!("{UNCONSTRAINED} is {}", Quoted(value));
            faults.push((UNCONSTRAINED, detail, "Write \"true\""));
        }
        match (slice, size) {
            (Some(_), None) => {
                let detail = format!("{SLICE} without {SIZE}");
                faults.push((SLICE, detail, "Add the size, or remove the slice"));
            }
            (None, Some(_)) => {
                let detail = format!("{SIZE} without {SLICE}");
                faults.push((
                    SIZE,
                    detail,
                    "Add the topology of the slice, or remove its size",
                ));
            }
            _ => {}
        }
        if let Some(size) = size
            && !(size.parse::<i32>()).is_ok_and(|size| (1..=self.count).contains(&size))
        {
            let detail = format!("{SIZE} is {} for {} pods", Quoted(size), self.count);
            faults.push((SIZE, detail, "Write a number from 1 to the number of pods"));
        }
        faults
    }

    /// Its faults in any release.
    fn oldest_faults(&self) -> Vec<Fault> {
        let keys = [REQUIRED, PREFERRED, UNCONSTRAINED];
        let written: Vec<_> = keys
            .into_iter()
            .filter(|key| self.get(key).is_some())
            .collect();
        let mut faults = Vec::new();
        if let [first, second, ..] = *written {
            let detail = format!("{first} and {second} exclude each other");
            faults.push((second, detail, "Keep one of them"));
        }
        for key in [REQUIRED, PREFERRED] {
            faults.extend(self.get(key).and_then(|level| not_a_key(key, level)));
        }
        faults
    }
}

/// The fault of a topology level that is not the key of a label.
fn not_a_key(key: &'static str, level: &str) -> Option<Fault> {
    let error = check_label_key(level).err()?;
    let detail = format!("{key} {} {error}", Quoted(level));
    Some((key, detail, "Write the label of a level of the Topology"))
}

/// Whether Go's `strconv.ParseBool` reads a text.
fn is_go_boolean(text: &str) -> bool {
    let booleans = [
        "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False",
    ];
    booleans.contains(&text)
}

/// Why the pod sets of one group name cannot be placed together
/// (`kueue v0.19.2 pkg/controller/jobframework/tas_validation.go:\
/// ValidatePodSetGroupingTopology`).
fn group_fault(pod_sets: &[&PodSet<'_>]) -> Option<(String, &'static str)> {
    let [first, second] = pod_sets else {
        let detail = format!("is the name of {} pod sets", pod_sets.len());
        return Some((
            detail,
            "Give it to two pod sets, such as the head and a worker group",
        ));
    };
    if first.count != 1 && second.count != 1 {
        let detail = format!("joins {} and {} pods", first.count, second.count);
        return Some((
            detail,
            "Join a group of workers with the head, or with one pod",
        ));
    }
    let differs = first.request() != second.request();
    differs.then(|| {
        let detail = "joins pod sets with different topologies".into();
        (
            detail,
            "Write the same required or preferred topology in both",
        )
    })
}

fn topology(cluster: Cluster<'_>, context: &Context<'_>, report: &mut Report) {
    let is_validated = has_webhook(context) && validates_metadata(context);
    let Some(kueue) = context.neighbours.kueue.filter(|_| is_validated) else {
        return;
    };
    // 0.13 has a feature gate for it, off by default.
    if kueue == V0_13 {
        return;
    }
    let groups = [cluster.head()].into_iter().chain(cluster.workers());
    let mut pod_sets: Vec<_> = groups.map(PodSet::of_group).collect();
    for pod_set in &pod_sets {
        let faults = match kueue < V0_14 {
            true => pod_set.oldest_faults(),
            false => pod_set.faults(),
        };
        for (key, detail, advice) in faults {
            report.advise_on(pod_set.path.clone().key(key), detail, advice);
        }
    }
    if kueue < V0_14 {
        return;
    }
    let job = context.object.job();
    let submits = job.filter(|job| job.has_mode(SubmissionMode::K8sJob));
    pod_sets.extend(submits.and_then(|job| {
        Some(PodSet {
            annotations: &job
                .spec
                .submitter_pod_template
                .as_ref()?
                .metadata
                .annotations,
            path: job.path("submitterPodTemplate").at("metadata.annotations"),
            count: 1,
        })
    }));
    let mut named: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let requests = pod_sets
        .iter()
        .filter(|pod_set| pod_set.request().is_some());
    for pod_set in requests {
        if let Some(name) = pod_set.get(GROUP) {
            named.entry(name).or_default().push(pod_set);
        }
    }
    for (name, pod_sets) in named {
        if let (Some((fault, advice)), Some(first)) = (group_fault(&pod_sets), pod_sets.first()) {
            let detail = format!("{GROUP} {} {fault}", Quoted(name));
            report.advise_on(first.path.clone().key(GROUP), detail, advice);
        }
    }
}

/// The patch of a job with annotations on the pods of the head and of the only worker group.
macro_rules! annotated {
    ($head:literal, $workers:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {
                "headGroupSpec": {"template": {"metadata": {"annotations": {"#,
            $head,
            r#"}}}},
                "workerGroupSpecs": [{"groupName": "workers", "replicas": 4, "minReplicas": 4,
                  "maxReplicas": 4, "rayStartParams": {}, "template": {
                    "metadata": {"annotations": {"#,
            $workers,
            r#"}}, "spec": {"containers": [
                      {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Topologies in Kueue",
    entries: &[Entry {
        rule: Rule {
            id: "kueue-topology",
            kinds: KINDS,
            why: "Kueue refuses the object",
            advice: "Correct the annotations",
            check: Check::CreatedCluster(topology),
            ..Rule::KUEUE
        },
        doc: RuleDoc {
            what: "An annotation `kueue.x-k8s.io/podset-*` of a pod template is not valid by \
                   itself, beside the others, or for the number of pods. Without a queue, Kueue \
                   refuses only new objects. The rule needs the setting `kueue`, other than 0.13; \
                   until 0.12 Kueue checks less.",
            source: "kueue v0.19.2 pkg/controller/jobframework/tas_validation.go",
            messages: &[],
            bad: &[
                Example::job(annotated!(
                    r#""kueue.x-k8s.io/podset-required-topology": "cloud/rack",
                       "kueue.x-k8s.io/podset-preferred-topology": "cloud/rack""#,
                    ""
                )),
                Example::job(annotated!(
                    "",
                    r#""kueue.x-k8s.io/podset-slice-required-topology": "cloud/rack",
                       "kueue.x-k8s.io/podset-slice-size": "5""#
                )),
                Example::job(annotated!(
                    r#""kueue.x-k8s.io/podset-required-topology": "cloud/rack",
                       "kueue.x-k8s.io/podset-group-name": "together""#,
                    ""
                )),
            ],
            good: &[
                Example::job(annotated!(
                    r#""kueue.x-k8s.io/podset-required-topology": "cloud/rack",
                       "kueue.x-k8s.io/podset-group-name": "together""#,
                    r#""kueue.x-k8s.io/podset-required-topology": "cloud/rack",
                       "kueue.x-k8s.io/podset-group-name": "together""#
                )),
                Example::job(annotated!(
                    "",
                    r#""kueue.x-k8s.io/podset-slice-required-topology": "cloud/rack",
                       "kueue.x-k8s.io/podset-slice-size": "4""#
                )),
            ],
        },
        cel: &[],
    }],
};
