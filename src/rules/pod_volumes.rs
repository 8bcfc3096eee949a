//! Pods: volumes.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: volumes",
    entries: &[],
};
