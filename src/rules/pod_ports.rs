//! Pods: ports.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: ports",
    entries: &[],
};
