//! Runs the vectors, and broken and hostile input, against the core itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayjob_policy_core::admit::{self, admit};
use rayjob_policy_core::json::Json;
use rayjob_policy_core::live::Objects;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_testkit::{Expect, Vector, examples, harmless, unreadable, vectors};

/// The answer of a host that knows the objects in the cluster.
fn verdict(vector: &Vector) -> Verdict {
    let inventory = Arc::new(Objects::new(vector.cluster.clone(), "default"));
    let choose = |json: &Json<'_>| {
        let settings = Settings::from_json(json)?;
        Ok(settings.with_inventory(inventory.clone()))
    };
    admit::respond(&vector.question(), &choose).verdict
}

#[test]
fn every_vector_is_answered_as_expected() {
    for vector in vectors() {
        let verdict = verdict(&vector);
        vector.check(verdict.into());
    }
}

/// Every other host is compared with these answers.
#[test]
fn every_example_of_a_rule_is_answered_as_expected() {
    let mut found = BTreeSet::new();
    for vector in examples() {
        let answer = Expect::from(verdict(&vector));
        assert_eq!(answer, vector.expect, "{}", vector.name);
        found.extend(answer.findings.into_iter().map(|finding| finding.rule));
    }
    for rule in rules::all() {
        assert_eq!(
            !rule.is_about_files(),
            found.contains(rule.id),
            "{}",
            rule.id
        );
    }
}

#[test]
fn what_cannot_be_read_is_denied_in_one_line() {
    for raw in unreadable() {
        let verdict = admit(&raw.question);
        assert!(!verdict.allowed, "{}", raw.name);
        assert_eq!(verdict.code, Some(400), "{}", raw.name);
        assert_eq!(verdict.message, Some(raw.message()), "{}", raw.name);
    }
}

#[test]
fn what_nobody_reads_does_no_harm() {
    for (name, question) in harmless() {
        let verdict = admit(&question);
        assert_eq!(verdict.message, None, "{name}");
        assert!(verdict.allowed && verdict.warnings.is_empty(), "{name}");
    }
}
