//! What rules about fields without effect have in common.

use crate::context::Context;
use crate::finding::Report;

/// Tells of a field of the job that has no effect, and under which conditions.
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
