//! Pods: priority, overhead and other fields.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: priority, overhead and other fields",
    entries: &[],
};
