//! Shared by the rules about fields that have no effect.

use crate::context::Context;
use crate::finding::Report;

/// Reports a field of the job that has no effect, and the condition.
pub(super) fn tell(
    context: &Context<'_>,
    report: &mut Report,
    field: &'static str,
    condition: &str,
) {
    report.add(
        context.job_path(field),
        format!("{field} has no effect {condition}"),
    );
}
