//! No trap says again what another rule says of the same object.

use std::collections::BTreeMap;

use rayjob_policy_conformance::case;
use rayjob_policy_core::admit::judge;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::{Level, Origin};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_testkit::project;

/// Rules that may speak of the same field of an object, because they say
/// different things of it.
const BOTH: [(&str, &str); 22] = [
    // The version is too old, and it is not that of the image.
    ("auth-version-old", "trap-ray-version-differs"),
    ("worker-priority-version-old", "trap-ray-version-differs"),
    ("worker-priority-version-old", "trap-ray-version-probes"),
    // The shape is refused, and it would have no effect either.
    (
        "deletion-rules-with-legacy",
        "trap-selector-cleanup-ignored",
    ),
    // A RayService may have no name there, and this one is none.
    ("service-head-service-name", "trap-head-service-metadata"),
    // It cannot be read, and nobody would read it.
    ("runtime-env-invalid", "trap-entrypoint-ignored"),
    // It cannot be read, and a shell would change it.
    ("runtime-env-invalid", "trap-runtime-env-shell"),
    // The job waits for a user, and in this mode a submitter may restart.
    ("status-waiting-mode", "trap-sidecar-restarts-fixed"),
    // The job waits for a user, and no release knows the mode.
    ("status-waiting-mode", "trap-unknown-mode"),
    // When the clock begins, and when it is looked at.
    (
        "trap-deadline-per-attempt",
        "trap-active-deadline-in-waiting",
    ),
    // How much a retry costs, what it deletes, and what counts as one.
    ("trap-retry-deletes-cluster", "trap-suspend-keeps-counters"),
    ("trap-retry-multiplication", "trap-retry-deletes-cluster"),
    ("trap-retry-multiplication", "trap-suspend-keeps-counters"),
    // What SidecarMode waits for at the start says nothing about its state or its retries.
    ("status-waiting-mode", "trap-sidecar-ends-before-ready"),
    (
        "trap-sidecar-restarts-fixed",
        "trap-sidecar-ends-before-ready",
    ),
    // A key is unknown, and a shell would change another value.
    ("trap-runtime-env-ignored", "trap-runtime-env-shell"),
    // The container is not the first one, and its name is none.
    ("trap-ray-container-first", "pod-container-name"),
    // There is no application, and none would be reached.
    ("trap-serve-config-empty", "trap-serve-address"),
    // Two Services lack their ports.
    ("trap-no-dashboard-port", "trap-serve-service-annotation"),
    ("trap-serve-port", "trap-no-dashboard-port"),
    // The Service of the RayService lacks its port, and that of its RayCluster.
    ("trap-serve-port", "trap-serve-service-annotation"),
    // It is no time, and nobody would look at it.
    (
        "worker-idle-timeout-negative",
        "trap-autoscaler-options-unused",
    ),
];

/// Switches on all rules.
fn all_on(mut settings: Settings) -> Settings {
    settings.set_level("*", Level::Warn);
    settings
}

/// The traps that speak of a field of which another rule speaks too.
fn repetitions(verdict: &Verdict) -> Vec<(&'static str, &'static str)> {
    let mut pairs = Vec::new();
    let mut others = verdict.findings.iter().map(|graded| &graded.finding);
    while let Some(one) = others.next() {
        for other in others.clone().filter(|other| other.path == one.path) {
            let pair = (one.rule.id, other.rule.id);
            let has_trap = [one, other]
                .iter()
                .any(|finding| finding.rule.origin == Origin::Trap);
            if pair.0 != pair.1 && has_trap && !BOTH.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

#[test]
fn no_trap_repeats_another_rule_in_a_recorded_case() {
    let cases = case::read(&project(case::FILE)).expect("recorded cases");
    let mut all = BTreeMap::new();
    for question in case::questions(&cases) {
        let object = question.case.object.to_string();
        let verdict = judge(object.as_bytes(), None, &all_on(question.settings()));
        let repeated = repetitions(&verdict).into_iter();
        all.extend(repeated.map(|pair| (pair, object.clone())));
    }
    assert_eq!(all, BTreeMap::new());
}

#[test]
fn no_trap_repeats_another_rule_in_an_example() {
    for (rule, doc) in rules::explained().flat_map(|(_, family)| family) {
        for example in doc.bad.iter().chain(doc.good) {
            let object = example.object().expect("an example").to_string();
            let stored = example.stored_object().expect("an example");
            let stored = stored.map(|stored| stored.to_string());
            let stored = stored.as_deref().map(str::as_bytes);
            for release in Release::ALL {
                let settings = all_on(example.settings_on(release, rule));
                let verdict = judge(object.as_bytes(), stored, &settings);
                let repeated = repetitions(&verdict);
                assert!(repeated.is_empty(), "{repeated:?} in {}", example.patch);
            }
        }
    }
}
