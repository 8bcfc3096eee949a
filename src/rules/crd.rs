//! What an API server with KubeRay's CustomResourceDefinitions refuses, and
//! which fields it drops.
//!
//! These rules are about files: at admission the API server has applied them
//! already, so they find nothing there. A block is a rule, its guide, and what
//! of the schema it is about ([`Claim`]); `crate::crd` does the checking.

use crate::crd::claim::Claim;
use crate::fix::{Edit, FixTemplate};
use crate::rule::Rule;
use crate::rule_doc::{RuleDoc, RuleSummary};

mod cluster;
mod deletion;
mod job;
mod metadata;
mod object;

/// What these rules have in common; the rest of a block overrides it.
const REFUSED: Rule = Rule {
    why: "the API server refuses it",
    ..Rule::OPERATOR
};

/// To write the value that was most likely meant.
const PROPOSED: &[FixTemplate] = &[FixTemplate {
    title: "use the value that was most likely meant",
    safe: false,
    edits: &[Edit::SetProposed],
}];

/// Declares a family: its heading, and its rules, each with its guide and its
/// claims.
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
        pub(super) static CLAIMS: &[&[$crate::crd::claim::Claim]] = &[$(&[$($claim),*]),*];
    };
}
use family;

/// Lists the families. Each has its tables, so that a module that never judges
/// a file carries only the names of the rules, which its settings may contain.
macro_rules! families {
    ($($family:ident),* $(,)?) => {
        pub(super) static IDS: &[&[&str]] = &[$($family::IDS),*];
        pub(super) static RULES: &[&[Rule]] = &[$($family::RULES),*];
        pub(super) static DOCS: &[(&str, &[RuleDoc])] = &[$(($family::TITLE, $family::DOCS)),*];
        pub(super) static SUMMARIES: &[(&str, &[RuleSummary])] = &[$(($family::TITLE, $family::SUMMARIES)),*];
        static CLAIMS: &[&[&[Claim]]] = &[$($family::CLAIMS),*];
    };
}

// The first rule that claims something has it, so those that claim all that is
// left come last.
families![metadata, job, deletion, cluster, object];

/// The rules, and what of the schema each is about.
pub(super) fn claims() -> impl Iterator<Item = (&'static Rule, &'static [Claim])> {
    let rules = RULES.iter().copied().flatten();
    rules.zip(CLAIMS.iter().copied().flatten().copied())
}
