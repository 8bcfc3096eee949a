//! The documentation of a rule.

use crate::example::Example;

/// What a reader of the documentation learns of a rule, and what the tests
/// hold it to.
#[derive(Debug)]
pub struct RuleDoc {
    /// When the rule finds something: one sentence.
    pub what: &'static str,
    /// The upstream place that the rule was read from.
    pub source: &'static str,
    /// Objects with this finding and no other.
    pub bad: &'static [Example],
    /// Objects beside the edge, with no finding at all.
    pub good: &'static [Example],
}

/// A guide with one example of each sort.
#[derive(Debug)]
pub struct RuleSummary {
    /// When the rule finds something: one sentence.
    pub what: &'static str,
    /// The upstream place that the rule was read from.
    pub source: &'static str,
    /// The first object with this finding.
    pub bad: Option<Example>,
    /// The first object beside the edge.
    pub good: Option<Example>,
}

impl RuleSummary {
    pub(crate) const fn of(doc: &RuleDoc) -> Self {
        const fn first(examples: &[Example]) -> Option<Example> {
            match examples {
                [first, ..] => Some(*first),
                [] => None,
            }
        }
        Self {
            what: doc.what,
            source: doc.source,
            bad: first(doc.bad),
            good: first(doc.good),
        }
    }
}
