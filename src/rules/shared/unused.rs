//! Fields that have no effect.

use crate::finding::Report;
use crate::job::Job;

/// Reports a field of the job that has no effect, and the condition.
pub(in crate::rules) fn tell(
    job: Job<'_>,
    report: &mut Report,
    field: &'static str,
    condition: &str,
) {
    report.add(
        job.path(field),
        format!("{field} has no effect {condition}"),
    );
}
