//! Containers that KubeRay adds.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Containers that KubeRay adds",
    entries: &[],
};
