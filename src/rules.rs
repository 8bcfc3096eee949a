//! The catalogue: every rule, one file a family.
//!
//! `rules/` holds a file for each family, besides `crd/` (the rules about files), `shared/`,
//! and the lists of pages and of what is not checked.
//!
//! To add a rule, write one `Entry` in a family's file; the documents, the schema of
//! the settings, the lists and the tests follow from it. A new family also needs its
//! line in `families!`.

use crate::cel::Cel;
use crate::context::Context;
use crate::finding::{Finding, Report};
use crate::json::ReadError;
use crate::pod;
use crate::rule::{Check, Rule, in_catalogue};
use crate::rule_doc::{RuleDoc, RuleSummary};

mod auth;
mod autoscaler;
mod backoff;
mod cleanup;
mod cluster_object;
mod cluster_options;
mod containers;
pub(crate) mod crd;
mod cron;
mod cron_jobs;
mod cron_runs;
mod deadline;
mod deletion;
mod deletion_outcome;
mod deletion_rules;
mod edits;
mod entrypoint;
mod entrypoint_demand;
mod entrypoint_shells;
mod existing_cluster;
mod fault_tolerance;
mod group_names;
mod group_resources;
mod head_service;
mod history;
mod injected_containers;
mod interactive;
mod job_metadata;
mod kueue;
mod kueue_topology;
mod live;
mod live_mounts;
mod metadata;
mod network_policy;
mod not_checked;
mod own_cluster;
mod page;
mod pod_admission;
mod pod_containers;
mod pod_env;
mod pod_images;
mod pod_metadata;
mod pod_mounts;
mod pod_ports;
mod pod_probes;
mod pod_resources;
mod pod_scheduling;
mod pod_security;
mod pod_values;
mod pod_volumes;
mod priority;
mod queue;
mod ray_command;
mod ray_images;
mod replicas;
mod resources;
mod rocksdb;
mod runtime_env;
mod runtime_env_ray;
mod scheduler;
mod selector;
mod serve_config;
mod service;
mod sets;
mod shared;
mod sidecar;
mod start_params;
mod status;
mod submission;
mod submitter;
mod submitter_job;
mod suspend;
mod tls;
mod worker_suspend;

pub(crate) use metadata::NAMELESS;
pub use not_checked::{NOT_CHECKED, NotChecked};
pub use page::{FILES_ONLY, page, page_of};
use shared::{gate, managed, unused, version};

/// A family of rules.
struct Family {
    /// Its heading.
    title: &'static str,
    entries: &'static [Entry],
}

/// A rule with all that is known about it.
struct Entry {
    rule: Rule,
    doc: RuleDoc,
    /// The same rule in CEL, which reports the same findings in the same words; empty if
    /// CEL cannot state it.
    cel: &'static [Cel],
}

/// One part of each entry of a family, in a table of its own: a module that explains
/// nothing does not contain explanations, and one that shows a single example of a rule
/// does not contain the others.
macro_rules! table {
    ($family:ident, $of:ty, $first:expr, |$entry:ident| $part:expr) => {{
        const LENGTH: usize = $family::FAMILY.entries.len();
        #[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
        static TABLE: [$of; LENGTH] = {
            let mut table: [$of; LENGTH] = [$first; LENGTH];
            let mut index = 0;
            while index < LENGTH {
                let $entry = &$family::FAMILY.entries[index];
                table[index] = $part;
                index += 1;
            }
            table
        };
        &TABLE
    }};
}
use table;

/// The patch that gives fields to the RayCluster of the ordinary job.
macro_rules! cluster {
    ($($fields:literal),* $(,)?) => {
        concat!(r#"{"spec": {"rayClusterSpec": {"#, $($fields),*, "}}}")
    };
}
use cluster;

/// The patch that gives fields to the head, and others to the RayCluster.
macro_rules! head {
    ($fields:literal $(, $more:literal)*) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"#,
            $($more, ", ",)*
            r#""headGroupSpec": {"#, $fields, "}}}}"
        )
    };
}
use head;

/// The patch that gives fields to the head's pod.
macro_rules! head_spec {
    ($($fields:literal),*) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {"#,
            $($fields,)*
            "}}}}}}"
        )
    };
}
use head_spec;

/// The patch that gives variables to the head's Ray container, and other
/// fields to the RayCluster.
macro_rules! head_env {
    ($env:literal $(, $more:literal)*) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"#,
            $($more, ", ",)*
            r#""headGroupSpec": {"template": {"spec": {
                 "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0", "env": ["#,
            $env,
            "]}]}}}}}}"
        )
    };
}
use head_env;

/// The patch that gives fields to the head's Ray container.
macro_rules! ray_container {
    ($fields:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                 "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0", "#,
            $fields,
            "}]}}}}}}"
        )
    };
}
use ray_container;

/// The patch that gives fields to the only worker group, and others to the
/// RayCluster.
macro_rules! worker {
    ($fields:literal $(, $more:literal)*) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"#,
            $($more, ", ",)*
            r#""workerGroupSpecs": [{"groupName": "workers", "minReplicas": 1, "maxReplicas": 3, "#,
            $fields,
            r#", "template": {"spec": {"containers": [
              {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}]}}}"#
        )
    };
}
use worker;

/// Lists the families.
macro_rules! families {
    ($($family:ident),* $(,)?) => {
        static RULES: &[&[Rule]] = &[
            $(table!($family, Rule, Rule::OPERATOR, |entry| in_catalogue(entry.rule))),*
        ];
        static DOCS: &[(&str, &[RuleDoc])] = &[$((
            $family::FAMILY.title,
            table!($family, RuleDoc, RuleDoc::EMPTY, |entry| entry.doc)
        )),*];
        static SUMMARIES: &[(&str, &[RuleSummary])] = &[$((
            $family::FAMILY.title,
            table!($family, RuleSummary, RuleSummary::EMPTY, |entry| RuleSummary::of(&entry.doc))
        )),*];
        static CONDITIONS: &[&[&[Cel]]] = &[
            $(table!($family, &[Cel], &[], |entry| entry.cel)),*
        ];
    };
}

families![
    metadata,
    cluster_object,
    cron,
    suspend,
    deletion,
    deletion_outcome,
    deletion_rules,
    selector,
    existing_cluster,
    backoff,
    sidecar,
    auth,
    containers,
    replicas,
    resources,
    worker_suspend,
    autoscaler,
    priority,
    fault_tolerance,
    rocksdb,
    history,
    network_policy,
    tls,
    own_cluster,
    scheduler,
    runtime_env,
    runtime_env_ray,
    deadline,
    status,
    submission,
    entrypoint,
    entrypoint_shells,
    entrypoint_demand,
    job_metadata,
    submitter,
    interactive,
    queue,
    kueue,
    kueue_topology,
    cleanup,
    cluster_options,
    cron_runs,
    cron_jobs,
    edits,
    service,
    serve_config,
    group_names,
    head_service,
    start_params,
    ray_command,
    ray_images,
    injected_containers,
    group_resources,
    pod_images,
    pod_containers,
    pod_resources,
    pod_volumes,
    pod_mounts,
    pod_env,
    pod_ports,
    pod_values,
    pod_metadata,
    pod_scheduling,
    pod_probes,
    pod_security,
    pod_admission,
    submitter_job,
    live,
    live_mounts,
];

/// The rules about sets of objects: at admission there is only one, so that a module
/// which judges no files contains only their names.
static SET_RULES: &[&[Rule]] = &[table!(sets, Rule, Rule::OPERATOR, |entry| {
    in_catalogue(entry.rule)
})];
static SET_IDS: &[&str] = table!(sets, &str, "", |entry| entry.rule.id);
static SET_DOCS: &[(&str, &[RuleDoc])] = &[(
    sets::FAMILY.title,
    table!(sets, RuleDoc, RuleDoc::EMPTY, |entry| entry.doc),
)];
static SET_SUMMARIES: &[(&str, &[RuleSummary])] = &[(
    sets::FAMILY.title,
    table!(sets, RuleSummary, RuleSummary::EMPTY, |entry| {
        RuleSummary::of(&entry.doc)
    }),
)];

/// Every rule of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let judged = RULES.iter().copied().flatten();
    judged.chain(about_files())
}

/// The names of all rules.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    let judged = RULES.iter().copied().flatten().map(|rule| rule.id);
    let schema = crd::IDS.iter().copied().flatten().copied();
    judged.chain(SET_IDS.iter().copied()).chain(schema)
}

/// The rules about files: what they look for, the API server has refused or
/// removed before an admission request is made, or needs several objects.
pub fn about_files() -> impl Iterator<Item = &'static Rule> {
    let schema = crd::RULES.iter().copied().flatten();
    about_sets().chain(schema)
}

/// The rules about objects that are applied together.
pub(crate) fn about_sets() -> impl Iterator<Item = &'static Rule> {
    SET_RULES.iter().copied().flatten()
}

/// The catalogue with its explanations: each family's title, and its rules
/// with their documentation.
pub fn explained() -> impl Iterator<
    Item = (
        &'static str,
        impl Iterator<Item = (&'static Rule, &'static RuleDoc)>,
    ),
> {
    let docs = DOCS.iter().chain(SET_DOCS).chain(crd::DOCS);
    RULES
        .iter()
        .chain(SET_RULES)
        .chain(crd::RULES)
        .zip(docs)
        .map(|(&rules, &(title, docs))| (title, rules.iter().zip(docs)))
}

/// The same with one example of each sort.
pub fn summarized() -> impl Iterator<
    Item = (
        &'static str,
        impl Iterator<Item = (&'static Rule, &'static RuleSummary)>,
    ),
> {
    let summaries = SUMMARIES.iter().chain(SET_SUMMARIES).chain(crd::SUMMARIES);
    RULES
        .iter()
        .chain(SET_RULES)
        .chain(crd::RULES)
        .zip(summaries)
        .map(|(&rules, &(title, summaries))| (title, rules.iter().zip(summaries)))
}

/// The rules that are stated in CEL too, with their conditions; a finding of
/// any of them is one of the rule.
pub fn stated_in_cel() -> impl Iterator<Item = (&'static Rule, &'static [Cel])> {
    let conditions = CONDITIONS.iter().copied().flatten().copied();
    all()
        .zip(conditions)
        .filter(|(_, conditions)| !conditions.is_empty())
}

/// What the rules find in an object.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The findings, in the order in which the operator would come to them.
    pub findings: Vec<Finding>,
    /// The IDs of the rules whose checks have [stopped](Report::is_full) before their end.
    pub stopped: Vec<&'static str>,
    /// What a rule could not read.
    pub error: Option<ReadError>,
}

/// Checks an object by those of the rules that apply and are on.
pub(crate) fn check(context: &Context<'_>, is_on: &dyn Fn(&Rule) -> bool) -> Checked {
    let mut report = Report::new(context);
    let mut about_pods = Vec::new();
    for family in RULES {
        for rule in *family {
            if !rule.applies_to(context) || !is_on(rule) {
                continue;
            }
            if let Check::Pod(part, check) = rule.check {
                about_pods.push((rule, part, check, 0));
            } else {
                report.begin(rule, 0, 0);
                rule.check.run(context, &mut report);
            }
        }
    }
    let pods = match about_pods.is_empty() {
        true => Ok(()),
        false => pod::visit(context.object, &mut |pod| {
            let before = report.len();
            let parts = pod.parts();
            for (rule, part, check, found) in &mut about_pods {
                if !parts.contains(*part) {
                    continue;
                }
                let before = report.len();
                report.begin(rule, pod.item(), *found);
                if !report.is_full() {
                    check(pod, context, &mut report);
                    *found = found.saturating_add(report.len().saturating_sub(before));
                }
            }
            report.len() == before
        }),
    };
    // Rules about pods may read parts of the object too.
    let error = context.object.read_error().or(pods.err());
    let (findings, stopped) = report.into_findings();
    Checked {
        findings,
        stopped,
        error,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use flate2::read::GzDecoder;
    use serde_json::{Value, json};

    use crate::context::{Context, Object};
    use crate::finding::Report;
    use crate::json;
    use crate::pod;
    use crate::raycluster::RayCluster;
    use crate::rayjob::{RayCronJob, RayJob};
    use crate::rayservice::RayService;
    use crate::release::{Gate, Release};
    use crate::rule::{Check, Rule};
    use crate::settings::Settings;

    /// What the rules about pods find, as text.
    fn found_in_pods(report: Report) -> Vec<String> {
        let findings = report.into_findings().0.into_iter();
        let of_pods = findings.filter(|finding| is_about_pods(finding.rule));
        of_pods.map(|finding| finding.to_string()).collect()
    }

    fn is_about_pods(rule: &Rule) -> bool {
        matches!(rule.check, Check::Pod(..))
    }

    /// Runs every rule about pods on every pod, whatever parts the pod has.
    fn without_shortcuts(context: &Context<'_>) -> Vec<String> {
        let mut report = Report::new(context);
        let read = pod::visit(context.object, &mut |pod| {
            for rule in super::RULES.iter().copied().flatten() {
                if let Check::Pod(_, check) = rule.check
                    && rule.applies_to(context)
                {
                    report.begin(rule, pod.item(), 0);
                    check(pod, context, &mut report);
                }
            }
            // So that no other pod is skipped.
            false
        });
        assert!(read.is_ok());
        found_in_pods(report)
    }

    fn compare(object: &Value, release: Release) -> usize {
        let text = object.to_string();
        let (job, cron, cluster, service);
        let object = if object["kind"] == "RayCluster" {
            cluster = json::read::<RayCluster<'_>>(text.as_bytes()).unwrap_or_default();
            Object::RayCluster(&cluster)
        } else if object["kind"] == "RayService" {
            service = json::read::<RayService<'_>>(text.as_bytes()).unwrap_or_default();
            Object::RayService(&service)
        } else if object["kind"] == "RayCronJob" {
            cron = json::read::<RayCronJob<'_>>(text.as_bytes()).unwrap_or_default();
            Object::RayCronJob(&cron)
        } else {
            job = json::read::<RayJob<'_>>(text.as_bytes()).unwrap_or_default();
            Object::RayJob(&job)
        };
        let mut settings = Settings::for_release(release);
        for gate in Gate::ALL {
            settings.gates.set(release, gate, true);
        }
        let context = Context::new(object, release, settings.gates);
        let checked = super::check(&context, &is_about_pods);
        if checked.error.is_some() {
            return 0;
        }
        let found: Vec<_> = { checked.findings.iter() }
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, without_shortcuts(&context), "{release}: {text}");
        found.len()
    }

    /// The object of each bad and good example.
    fn objects_of_examples() -> Vec<Value> {
        let mut objects = Vec::new();
        for (_, doc) in super::explained().flat_map(|(_, family)| family) {
            let examples = doc.bad.iter().chain(doc.good);
            objects.extend(examples.map(|example| example.object().unwrap()));
        }
        objects
    }

    fn groups_of(object: &Value) -> Vec<&Value> {
        let paths = ["/spec/rayClusterSpec", "/spec/jobTemplate/rayClusterSpec"];
        let cluster = paths.iter().find_map(|path| object.pointer(path));
        let workers = cluster.and_then(|cluster| cluster["workerGroupSpecs"].as_array());
        let head = cluster.and_then(|cluster| cluster.get("headGroupSpec"));
        head.into_iter()
            .chain(workers.into_iter().flatten())
            .collect()
    }

    #[test]
    fn a_pod_without_a_part_has_no_finding_of_a_rule_about_it() {
        let mut found = 0;
        for object in objects_of_examples() {
            for release in Release::ALL {
                found += compare(&object, release);
            }
        }
        assert!(found > 0);
    }

    #[test]
    fn worker_groups_that_are_taken_for_the_same_have_the_same_findings() {
        let examples = objects_of_examples();
        let groups: Vec<_> = examples.iter().flat_map(groups_of).collect();
        let mut found = 0;
        for (index, group) in groups.iter().enumerate() {
            // The template of one group with the other fields of the next ones, and the
            // fields of the group with the templates of others.
            let mut workers = Vec::new();
            for other in groups.iter().cycle().skip(index).take(4) {
                for (fields, template) in [(other, group), (group, other)] {
                    let mut worker = (*fields).clone();
                    worker["template"] = template["template"].clone();
                    workers.push(worker);
                }
            }
            let object = json!({"kind": "RayJob", "metadata": {"name": "train"}, "spec": {
                "entrypoint": "python train.py",
                "rayClusterSpec": {"headGroupSpec": group, "workerGroupSpecs": workers}}});
            for release in [Release::V1_3, Release::LATEST] {
                found += compare(&object, release);
            }
        }
        assert!(found > 0);
    }

    #[test]
    fn recorded_children_have_the_same_findings_without_shortcuts() {
        let packed: &[u8] = include_bytes!("../conformance/recorded/children.jsonl.gz");
        let step = if std::env::var_os("EVERY").is_some() {
            1
        } else {
            10
        };
        let mut found = 0;
        for line in BufReader::new(GzDecoder::new(packed)).lines().step_by(step) {
            let case: Value = serde_json::from_str(&line.unwrap()).unwrap();
            found += compare(&case["object"], Release::LATEST);
        }
        assert!(found > 0);
    }
}
