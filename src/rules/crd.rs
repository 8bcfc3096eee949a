//! Objects that an API server with KubeRay's CustomResourceDefinitions rejects,
//! and fields that it drops.
//!
//! These rules apply to files. At admission the API server has already enforced
//! its schema, so they find nothing. A block is a rule, its documentation, and
//! the parts of the schema that it covers ([`Claim`]). `crate::crd` does the
//! checking.

use crate::fix::{Edit, FixTemplate};
use crate::rule::{Check, Origin, Rule};
use crate::rule_doc::{RuleDoc, RuleSummary};

pub(crate) mod claim;
mod cluster;
mod deletion;
mod job;
mod metadata;
mod object;

use claim::Claim;

/// The defaults of these rules, which each block can override.
const REFUSED: Rule = Rule {
    origin: Origin::ApiServer,
    why: "the API server rejects it",
    check: Check::Schema(None),
    ..Rule::OPERATOR
};

/// The fix that writes the most likely value.
const PROPOSED: &[FixTemplate] = &[FixTemplate {
    title: "use the most likely value",
    safe: false,
    edits: &[Edit::SetProposed],
}];

/// Declares a family: its heading, and its rules, each with its documentation
/// and claims.
macro_rules! family {
    ($title:literal, [$(($rule:expr, $doc:expr, [$($claim:expr),* $(,)?] $(,)?)),* $(,)?]) => {
        pub(super) const TITLE: &str = $title;
        pub(super) static IDS: &[&str] = &[$({
            const RULE: $crate::rule::Rule = $rule;
            RULE.id
        }),*];
        pub(super) static RULES: &[$crate::rule::Rule] = &[$($rule),*];
        pub(super) static DOCS: &[$crate::rule_doc::RuleDoc] = &[$($doc),*];
        pub(super) static SUMMARIES: &[$crate::rule_doc::RuleSummary] = &[$($crate::rule_doc::RuleSummary::of(&$doc)),*];
        pub(super) static CLAIMS: &[&[$crate::rules::crd::claim::Claim]] = &[$(&[$($claim),*]),*];
    };
}
use family;

/// Lists the families. Each has its own tables, so that a module that never
/// judges a file contains only the rule ids, which its settings may name.
macro_rules! families {
    ($($family:ident),* $(,)?) => {
        pub(super) static IDS: &[&[&str]] = &[$($family::IDS),*];
        pub(super) static RULES: &[&[Rule]] = &[$($family::RULES),*];
        pub(super) static DOCS: &[(&str, &[RuleDoc])] = &[$(($family::TITLE, $family::DOCS)),*];
        pub(super) static SUMMARIES: &[(&str, &[RuleSummary])] = &[$(($family::TITLE, $family::SUMMARIES)),*];
        static CLAIMS: &[&[&[Claim]]] = &[$($family::CLAIMS),*];
    };
}

// The first rule with a matching claim wins, so rules that claim everything
// else come last.
families![metadata, job, deletion, cluster, object];

/// Returns the rules and the claims of each.
fn claims() -> impl Iterator<Item = (&'static Rule, &'static [Claim])> {
    let rules = RULES.iter().copied().flatten();
    rules.zip(CLAIMS.iter().copied().flatten().copied())
}
