//! The submitter Job.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "The submitter Job",
    entries: &[],
};
