//! The Service of the head.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "The Service of the head",
    entries: &[],
};
