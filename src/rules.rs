//! The catalogue: every rule, one file a family.
//!
//! To add a rule, write one `(Rule, Guide)` pair in a family's file; the
//! documents, the schema of the settings, the lists and the tests follow from
//! it. A new family also needs its line in [`FAMILIES`].

use crate::finding::{Finding, Report};
use crate::guide::Guide;
use crate::rule::Rule;
use crate::subject::Subject;

mod backoff;
mod deadline;
mod metadata;
mod selector;
mod sidecar;
mod status;
mod submission;
mod suspend;

/// Declares a family: its heading, and its rules, each next to its guide.
macro_rules! family {
    ($title:literal, [$(($rule:expr, $guide:expr $(,)?)),* $(,)?]) => {
        pub(super) const TITLE: &str = $title;
        pub(super) static RULES: &[$crate::rule::Rule] = &[$($rule),*];
        pub(super) static GUIDES: &[$crate::guide::Guide] = &[$($guide),*];
    };
}
use family;

/// Lists the families. Rules and guides stand in tables of their own, so that
/// a module that explains nothing does not carry the explanations.
macro_rules! families {
    ($($family:ident),* $(,)?) => {
        static RULES: &[&[Rule]] = &[$($family::RULES),*];
        static GUIDES: &[(&str, &[Guide])] = &[$(($family::TITLE, $family::GUIDES)),*];
    };
}

families![
    metadata, suspend, selector, backoff, sidecar, deadline, status, submission
];

/// Every rule of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().copied().flatten()
}

/// The catalogue with its explanations: each family's title, and its rules
/// with their guides.
pub fn explained() -> impl Iterator<
    Item = (
        &'static str,
        impl Iterator<Item = (&'static Rule, &'static Guide)>,
    ),
> {
    RULES
        .iter()
        .zip(GUIDES)
        .map(|(&rules, &(title, guides))| (title, rules.iter().zip(guides)))
}

/// What those of the rules that apply find in an object, in the order in which
/// the operator would come to it.
pub(crate) fn judge(subject: &Subject<'_>, is_on: impl Fn(&Rule) -> bool) -> Vec<Finding> {
    let mut report = Report::new(subject.object.kind());
    for rule in all().filter(|rule| rule.applies_to(subject) && is_on(rule)) {
        report.begin(rule);
        (rule.check)(subject, &mut report);
    }
    report.into_findings()
}
