//! Runs the vectors, and broken and hostile input, against the core itself.

use rayjob_policy_core::admit::admit;
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_testkit::{Expect, ExpectedFinding, harmless, unreadable, vectors};

fn answer(verdict: Verdict) -> Expect {
    let finding = |graded: &rayjob_policy_core::verdict::Graded| ExpectedFinding {
        rule: graded.finding.rule.id.into(),
        path: graded.finding.path.to_string(),
        level: graded.level.as_str().into(),
    };
    Expect {
        findings: verdict.findings.iter().map(finding).collect(),
        allowed: verdict.allowed,
        message: verdict.message,
        warnings: verdict.warnings,
    }
}

#[test]
fn every_vector_is_answered_as_expected() {
    for vector in vectors() {
        let verdict = admit(&vector.question());
        vector.check(answer(verdict));
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
