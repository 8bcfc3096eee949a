//! Pods: metadata.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: metadata",
    entries: &[],
};
