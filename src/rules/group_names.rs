//! Names of worker groups.

use super::Family;

pub(super) const FAMILY: Family = Family {
    title: "Names of worker groups",
    entries: &[],
};
