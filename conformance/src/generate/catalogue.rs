//! The examples of the catalogue, taken to pieces.

use std::collections::BTreeMap;

use rayjob_policy_core::example::{moved, patched};
use rayjob_policy_core::kind::{Kind, Kinds};
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::Rule;
use rayjob_policy_core::rules;
use serde_json::Value;

use super::dice::Dice;
use super::place::Place;

/// What the guides show.
pub struct Catalogue {
    pieces: Vec<Piece>,
    known: [Known; Kind::ALL.len()],
}

/// What is known of the objects of a kind.
struct Known {
    ordinary: Value,
    /// What the ordinary object and the examples have in each place.
    values: BTreeMap<Place, Vec<Value>>,
    places: Vec<Place>,
}

/// An example of one rule.
pub struct Piece {
    /// The rule.
    pub rule: &'static Rule,
    patch: Value,
    /// The kind of the object.
    pub kind: Kind,
    /// The gates that it is judged with.
    pub gates: Vec<(Gate, bool)>,
}

impl Catalogue {
    /// Reads the guides.
    ///
    /// # Errors
    /// If an example is not JSON.
    pub fn new() -> serde_json::Result<Self> {
        let mut pieces = Vec::new();
        for (rule, doc) in rules::explained().flat_map(|(_, family)| family) {
            for example in doc.bad.iter().chain(doc.good) {
                pieces.push(Piece {
                    rule,
                    patch: serde_json::from_str(example.patch)?,
                    kind: example.kind,
                    gates: rule.gate.iter().chain(example.gates).copied().collect(),
                });
            }
        }
        let [job, cron, cluster, service] = Kind::ALL.map(|kind| Known::new(kind, &pieces));
        Ok(Self {
            known: [job?, cron?, cluster?, service?],
            pieces,
        })
    }

    fn known(&self, kind: Kind) -> &Known {
        &self.known[kind as usize]
    }

    /// An object that breaks no rule.
    pub fn ordinary(&self, kind: Kind) -> &Value {
        &self.known(kind).ordinary
    }

    /// The examples of all rules.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// An example, most often of a rule that the release has for the kind, and often of one
    /// that is only about this kind.
    pub fn piece(&self, dice: &Dice, kind: Kind, release: Release) -> Option<&Piece> {
        let (whatever, own) = (dice.one_in(12), dice.one_in(3));
        let is_own = |piece: &&Piece| !own || piece.rule.kinds == Kinds::only(kind);
        let pieces: Vec<_> = self
            .pieces()
            .iter()
            .filter(|piece| whatever || is_own(piece) && piece.is_of(kind, release))
            .collect();
        dice.choose(&pieces).copied()
    }

    /// A place of which some example has something.
    pub fn place(&self, dice: &Dice, kind: Kind) -> Option<&Place> {
        dice.choose(&self.known(kind).places)
    }

    /// What the examples have in a place.
    pub fn values(&self, kind: Kind, place: &Place) -> &[Value] {
        self.known(kind)
            .values
            .get(place)
            .map_or(&[], Vec::as_slice)
    }
}

impl Known {
    fn new(kind: Kind, pieces: &[Piece]) -> serde_json::Result<Self> {
        let ordinary = patched(kind, "{}")?;
        let patches = pieces.iter().map(|piece| piece.patch_of(kind));
        let mut values = BTreeMap::<_, Vec<_>>::new();
        for object in patches.chain([ordinary.clone()]) {
            for (place, value) in Place::all(&object) {
                let known = values.entry(place).or_default();
                if !known.contains(value) {
                    known.push(value.clone());
                }
            }
        }
        for told in ["kind", "apiVersion"].map(Place::parse) {
            values.remove(&told);
        }
        Ok(Self {
            ordinary,
            places: values.keys().cloned().collect(),
            values,
        })
    }
}

impl Piece {
    /// Whether a release has the rule for objects of a kind.
    pub fn is_of(&self, kind: Kind, release: Release) -> bool {
        self.rule.kinds.contain(kind) && self.rule.releases.iter().any(|has| has == release)
    }

    fn patch_of(&self, kind: Kind) -> Value {
        moved(self.patch.clone(), self.kind, kind)
    }

    /// Merges the example into an object of a kind.
    pub fn merge_into(&self, dice: &Dice, kind: Kind, object: &mut Value) {
        merge(dice, object, self.patch_of(kind));
    }

    /// The places of which the example has something.
    pub fn places(&self, kind: Kind) -> Vec<Place> {
        let patch = self.patch_of(kind);
        let all = Place::all(&patch).into_iter();
        all.map(|(place, _)| place).collect()
    }
}

/// Merges like a JSON merge patch (RFC 7386), but a list not only in place of
/// another: also item by item, so that the examples of two rules about the same
/// worker group both stay, and behind it.
fn merge(dice: &Dice, target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                match (target.get_mut(&key), value) {
                    (_, Value::Null) if !dice.one_in(4) => drop(target.remove(&key)),
                    (Some(target), value) => merge(dice, target, value),
                    (None, value) => drop(target.insert(key, value)),
                }
            }
        }
        (Value::Array(target), Value::Array(patch)) if !dice.one_in(3) => {
            let appends = dice.one_in(4);
            for (position, item) in patch.into_iter().enumerate() {
                match target.get_mut(position) {
                    Some(target) if !appends => merge(dice, target, item),
                    _ => target.push(item),
                }
            }
        }
        (target, patch) => *target = patch,
    }
}
