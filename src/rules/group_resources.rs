//! Resources and hosts of a group.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Resources and hosts of a group",
    entries: &[],
};
