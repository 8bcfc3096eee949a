//! What a rule tells.

use std::ops::Range;

use rayjob_policy_core::example::Example;
use rayjob_policy_core::finding::Finding;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use serde_json::{Value, json};

use crate::example::findings;

/// A rule, and the field of an ordinary object whose values it is asked about.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The ID of the rule.
    pub id: &'a str,
    /// The kind of the object.
    pub kind: Kind,
    /// The release that judges it, or the one of the rule's examples.
    pub release: Option<Release>,
    /// The field, by its path.
    pub field: &'a str,
}

impl<'a> Asked<'a> {
    /// Asks about a field of a RayJob.
    pub const fn job(id: &'a str, field: &'a str) -> Self {
        Self {
            id,
            kind: Kind::RayJob,
            release: None,
            field,
        }
    }

    /// What the rule finds in an object with a value.
    fn found(&self, value: Value) -> Vec<Finding> {
        let fields = self.field.rsplit('.');
        let patch = fields.fold(value, |value, field| json!({field: value}));
        let example = Example {
            kind: self.kind,
            release: self.release,
            ..Example::job(patch.to_string().leak())
        };
        findings(self.id, &example)
    }

    /// What the rule tells of a value, a line for each finding: its detail, and its advice if that
    /// is not the rule's.
    ///
    /// # Panics
    /// If there is no such rule.
    pub fn told(&self, value: Value) -> String {
        let lines = self.found(value).into_iter().map(|finding| {
            let own = finding.rule.advice;
            match &*finding.advice == own {
                true => finding.detail,
                false => format!("{}. {}", finding.detail, finding.advice),
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The fields in which the rule finds something.
    ///
    /// # Panics
    /// If there is no such rule.
    pub fn places(&self, value: Value) -> Vec<String> {
        let found = self.found(value).into_iter();
        found.map(|finding| finding.path.to_string()).collect()
    }

    /// The parts of the value's text that the findings are about, in bytes.
    ///
    /// # Panics
    /// If there is no such rule.
    pub fn parts(&self, value: Value) -> Vec<Range<usize>> {
        let found = self.found(value).into_iter();
        found.map(|finding| finding.part).collect()
    }

    /// The fixes that the rule offers, each a JSON Patch.
    ///
    /// # Panics
    /// If there is no such rule.
    pub fn fixes(&self, value: Value) -> Vec<String> {
        let found = self.found(value);
        let fixes = found.iter().flat_map(Finding::fixes);
        fixes.map(|fix| json!(fix.patch).to_string()).collect()
    }

    /// Compares what the rule tells of values with what is expected.
    #[track_caller]
    pub fn tells<'t>(&self, cases: impl IntoIterator<Item = (Value, &'t str)>) {
        for (value, expected) in cases {
            let told = self.told(value.clone());
            assert_eq!(told, expected, "{} {} {value}", self.id, self.field);
        }
    }
}
