//! Pods: probes and hooks.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: probes and hooks",
    entries: &[],
};
