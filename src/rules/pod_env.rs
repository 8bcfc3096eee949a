//! Pods: environment variables.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Pods: environment variables",
    entries: &[],
};
