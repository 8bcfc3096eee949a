//! Pods: resources.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: resources",
    entries: &[],
};
