//! Objects that an API server with KubeRay's CustomResourceDefinitions refuses,
//! and fields that it drops.
//!
//! These rules apply to files. At admission the API server has already enforced
//! its schema, so they find nothing. A block is a rule, its documentation, and
//! the violations that it reports ([`Claim`]). `crate::crd` does the
//! checking.

use crate::fix::{Edit, FixTemplate};
use crate::rule::{Check, Origin, Rule, in_catalogue};
use crate::rule_doc::{RuleDoc, RuleSummary};

pub(crate) mod claim;
mod cluster;
mod deletion;
mod job;
mod metadata;
mod object;

use super::table;
use claim::Claim;

/// The defaults of these rules, which each block can override.
const REFUSED: Rule = Rule {
    origin: Origin::ApiServer,
    why: "the API server refuses it",
    check: Check::Schema,
    ..Rule::OPERATOR
};

/// The fix that writes the most likely value.
const PROPOSED: &[FixTemplate] = &[FixTemplate {
    title: "use the most likely value",
    safe: false,
    edits: &[Edit::SetProposed],
}];

/// A family of these rules.
struct SchemaFamily {
    /// Its heading.
    title: &'static str,
    entries: &'static [SchemaEntry],
}

/// A rule with its documentation, and the violations of the schemas that it reports.
struct SchemaEntry {
    rule: Rule,
    doc: RuleDoc,
    claims: &'static [Claim],
}

/// Lists the families. A module that never judges a file contains only the rule IDs,
/// which its settings may name.
macro_rules! families {
    ($($family:ident),* $(,)?) => {
        pub(super) static IDS: &[&[&str]] = &[
            $(table!($family, &str, "", |entry| entry.rule.id)),*
        ];
        pub(super) static RULES: &[&[Rule]] = &[
            $(table!($family, Rule, REFUSED, |entry| in_catalogue(entry.rule))),*
        ];
        pub(super) static DOCS: &[(&str, &[RuleDoc])] = &[$((
            $family::FAMILY.title,
            table!($family, RuleDoc, RuleDoc::EMPTY, |entry| entry.doc)
        )),*];
        pub(super) static SUMMARIES: &[(&str, &[RuleSummary])] = &[$((
            $family::FAMILY.title,
            table!($family, RuleSummary, RuleSummary::EMPTY, |entry| RuleSummary::of(&entry.doc))
        )),*];
        static CLAIMS: &[&[&[Claim]]] = &[
            $(table!($family, &[Claim], &[], |entry| entry.claims)),*
        ];
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
