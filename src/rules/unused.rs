//! What rules about fields without effect have in common.

use crate::finding::Report;
use crate::subject::Subject;

/// Tells of a field of the job that has no effect, and under which conditions.
pub(super) fn tell(
    subject: &Subject<'_>,
    report: &mut Report,
    field: &'static str,
    condition: &str,
) {
    report.add(
        subject.job_path(field),
        format!("{field} has no effect {condition}"),
    );
}
