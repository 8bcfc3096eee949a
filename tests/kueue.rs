//! The rules about Kueue agree with the recorded answers of its webhooks, and with what an API
//! server says of the Workloads that it would create.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use rayjob_policy_core::admit::judge;
use rayjob_policy_core::neighbours::Kueue;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use serde::Deserialize;
use serde_json::Value;

/// An object, perhaps with the one that it replaces, and what each release answers.
#[derive(Deserialize)]
struct Case {
    object: Value,
    old: Option<Value>,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    /// The releases that answer so.
    kueue: Vec<String>,
    /// The errors of the webhook.
    #[serde(default)]
    refused: Vec<String>,
    /// The panic of the webhook, which the API server takes for a refusal.
    crashed: Option<String>,
    /// What the API server refuses of the Workload.
    #[serde(default)]
    workload: Vec<String>,
}

fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kueue/webhooks.jsonl.gz");
    let file = GzDecoder::new(File::open(path).expect("the recorded answers"));
    let lines = BufReader::new(file).lines();
    lines
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("a case"))
        .collect()
}

/// Rules that may report what an error is about: the first is that of Kueue. Others report it
/// if they know more about the object.
fn rules_about(error: &str) -> &'static [&'static str] {
    const TABLE: [(&str, &[&str]); 10] = [
        (
            "shutdownAfterJobFinishes",
            &["kueue-shutdown", "suspend-needs-shutdown", "kueue-selector"],
        ),
        ("spec.clusterSelector", &["kueue-selector"]),
        (
            "rayClusterSpec: Required",
            &["cluster-source-missing", "kueue-selector"],
        ),
        ("enableInTreeAutoscaling", &["kueue-autoscaling"]),
        ("Too many", &["kueue-too-many-groups", "trap-queue-podsets"]),
        ("is reserved for the head group", &["kueue-group-name-head"]),
        ("topology", &["kueue-topology"]),
        ("podset-", &["kueue-topology"]),
        ("strconv.Parse", &["kueue-topology"]),
        (
            "max-exec-time-seconds",
            &["kueue-max-exec-time", "kueue-immutable"],
        ),
    ];
    let is_change = ["field is immutable", "cannot be added", "cannot be removed"];
    if is_change.iter().any(|text| error.contains(text)) {
        return &["kueue-immutable"];
    }
    let known = TABLE.iter().find(|(text, _)| error.contains(text));
    known.map_or(&["kueue-label-value"], |(_, rules)| rules)
}

/// The rules of a release that find something in an object.
fn found(case: &Case, kueue: Kueue) -> BTreeSet<&'static str> {
    let mut settings = Settings::default();
    settings.neighbours.kueue = Some(kueue);
    settings.set_level("*", Level::Warn);
    let old = case.old.as_ref().map(ToString::to_string);
    let object = case.object.to_string();
    let old = old.as_deref().map(str::as_bytes);
    let findings = judge(object.as_bytes(), old, &settings).findings;
    findings
        .iter()
        .map(|graded| graded.finding.rule.id)
        .collect()
}

/// Whether a gate decides, which was off by default in this release: an annotation counts only
/// if it is on. The rules assume that who writes the annotation knows that it is.
fn is_gated(case: &Case, kueue: &str) -> bool {
    let annotation = |key: &str| {
        let annotations = case.object.pointer("/metadata/annotations");
        annotations.and_then(|annotations| annotations.get(key))
    };
    let is_elastic = annotation("kueue.x-k8s.io/elastic-job").is_some_and(|it| it == "true");
    let names_workload = annotation("kueue.x-k8s.io/prebuilt-workload-name").is_some();
    (is_elastic && kueue < "0.18") || (names_workload && kueue == "0.17")
}

/// Visits each answer of each release, with the rules that find something.
fn each_answer(mut law: impl FnMut(&Case, &Answer, &str, &BTreeSet<&'static str>)) {
    for case in cases() {
        for answer in &case.answers {
            for kueue in &answer.kueue {
                let release = Kueue::parse(kueue).expect("a release");
                law(&case, answer, kueue, &found(&case, release));
            }
        }
    }
}

#[test]
fn a_rule_reports_each_refusal_of_the_webhooks() {
    let mut missed = Vec::new();
    let mut refusals = 0;
    each_answer(|case, answer, kueue, found| {
        let crash = answer.crashed.as_ref().map(|_| "rayClusterSpec: Required");
        let errors = answer.refused.iter().map(String::as_str).chain(crash);
        for error in errors {
            refusals += 1;
            if is_gated(case, kueue) {
                continue;
            }
            let known = rules_about(error);
            if !known.iter().any(|rule| found.contains(rule)) {
                missed.push(format!("{kueue}: {error}: {found:?}: {}", case.object));
            }
        }
    });
    assert!(missed.is_empty(), "{}: {}", missed.len(), missed.join("\n"));
    assert!(refusals > 900, "{refusals}");
}

#[test]
fn no_rule_of_kueue_reports_what_the_webhooks_accept() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    each_answer(|case, answer, kueue, found| {
        let known: BTreeSet<_> = { answer.refused.iter() }
            .flat_map(|error| rules_about(error))
            .collect();
        for rule in found.iter().filter(|rule| rule.starts_with("kueue-")) {
            seen.insert(*rule);
            if !known.contains(rule) && answer.crashed.is_none() {
                wrong.push(format!(
                    "{kueue}: {rule}: {:?}: {}",
                    answer.refused, case.object
                ));
            }
        }
    });
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    let of_kueue = rules::all().map(|rule| rule.id);
    let of_kueue: BTreeSet<_> = of_kueue.filter(|id| id.starts_with("kueue-")).collect();
    assert_eq!(seen, of_kueue, "the recorded objects break every rule");
}

#[test]
fn a_trap_reports_each_workload_that_cannot_be_created() {
    let names = [
        "trap-queue-podset-name",
        "trap-group-name",
        "trap-duplicate-group-name",
    ];
    let mut wrong = Vec::new();
    let mut refusals = 0;
    each_answer(|case, answer, kueue, found| {
        // Of a refused object there is no Workload, and none is recorded of an update. By the
        // label alone, nothing is known of a RayService.
        let is_refused = !answer.refused.is_empty() || answer.crashed.is_some();
        if is_refused || case.old.is_some() || case.object["kind"] == "RayService" {
            return;
        }
        let many = answer
            .workload
            .iter()
            .any(|error| error.contains("Too many"));
        let is_named = answer
            .workload
            .iter()
            .any(|error| !error.contains("Too many"));
        refusals += usize::from(many) + usize::from(is_named);
        let queue = "/metadata/labels/kueue.x-k8s.io~1queue-name";
        let is_queued = case.object.pointer(queue).is_some_and(|name| name != "");
        let reports_name = is_queued && names.iter().any(|rule| found.contains(rule));
        if many != found.contains("trap-queue-podsets") || is_named != reports_name {
            wrong.push(format!(
                "{kueue}: {:?}: {found:?}: {}",
                answer.workload, case.object
            ));
        }
    });
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    assert!(refusals > 40, "{refusals}");
}
