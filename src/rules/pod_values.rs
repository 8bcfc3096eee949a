//! Pods: fixed values.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: fixed values",
    entries: &[],
};
