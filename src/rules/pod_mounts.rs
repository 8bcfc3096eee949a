//! Pods: volume mounts.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: volume mounts",
    entries: &[],
};
