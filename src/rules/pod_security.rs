//! Pods: security.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: security",
    entries: &[],
};
