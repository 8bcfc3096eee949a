//! Pods: containers.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: containers",
    entries: &[],
};
