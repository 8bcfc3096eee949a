//! Pods: scheduling.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: scheduling",
    entries: &[],
};
