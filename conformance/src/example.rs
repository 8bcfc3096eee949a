//! The examples of the rules as objects of other kinds.

use rayjob_policy_core::example::{Example, moved, patched};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rule::Rule;
use serde_json::Value;

/// An object, and the one that it replaces if it is an UPDATE.
pub type Pair = (Value, Option<Value>);

/// Returns an example of a rule, and what it says of the RayCluster as a RayCluster and as a
/// RayService, if the rule is about such.
///
/// # Errors
/// If a patch is no JSON.
pub fn in_kinds(rule: &Rule, example: &Example) -> serde_json::Result<Vec<Pair>> {
    let others = [Kind::RayCluster, Kind::RayService]
        .into_iter()
        .filter(|&kind| kind != example.kind && rule.kinds().contain(kind));
    let mut pairs = vec![(example.object()?, example.stored_object()?)];
    for kind in others {
        let of = |patch: &str| {
            let patch = moved(serde_json::from_str(patch)?, example.kind, kind);
            patched(kind, &patch.to_string())
        };
        pairs.push((of(example.patch)?, example.stored.map(of).transpose()?));
    }
    Ok(pairs)
}
