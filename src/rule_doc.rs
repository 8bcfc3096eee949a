//! The documentation of a rule.

use crate::example::Example;

/// The documentation of a rule, which the tests verify.
#[derive(Clone, Copy, Debug)]
pub struct RuleDoc {
    /// When the rule finds something: one sentence.
    pub what: &'static str,
    /// The upstream source of the rule.
    pub source: &'static str,
    /// What KubeRay says of an object that breaks a rule of its own, from the beginning;
    /// `*` stands for what it quotes. Of several patterns that fit, of all rules, the
    /// longest counts.
    pub messages: &'static [&'static str],
    /// Objects with this finding and no other.
    pub bad: &'static [Example],
    /// Objects just outside the rule, with no finding at all.
    pub good: &'static [Example],
}

impl RuleDoc {
    /// No documentation.
    pub(crate) const EMPTY: Self = Self {
        what: "",
        source: "",
        messages: &[],
        bad: &[],
        good: &[],
    };
}

/// The documentation with one example of each sort.
#[derive(Clone, Copy, Debug)]
pub struct RuleSummary {
    /// When the rule finds something: one sentence.
    pub what: &'static str,
    /// The upstream source of the rule.
    pub source: &'static str,
    /// The first object with this finding.
    pub bad: Option<Example>,
    /// The first object just outside the rule.
    pub good: Option<Example>,
}

impl RuleSummary {
    /// No documentation.
    pub(crate) const EMPTY: Self = Self::of(&RuleDoc::EMPTY);

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
