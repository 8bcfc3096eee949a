//! Names of objects, and what they are generated from.

use crate::generate::dice::Dice;

/// Lengths on both sides of every limit: of a RayCronJob (36), a `generateName`
/// of one (31), a RayCronJob of 1.6 (41), a RayJob (47), a `generateName` of
/// one (42), a RayCluster (53), what is kept of a `generateName` (58), a label
/// (63) and a subdomain (253).
const LENGTHS: &[usize] = &[
    0, 1, 2, 3, 8, 31, 32, 36, 37, 41, 42, 43, 47, 48, 53, 58, 59, 63, 64, 253, 254,
];

/// A name, good or bad, and with one of the lengths that matter.
pub fn name(dice: &Dice) -> String {
    let length = *dice.choose(LENGTHS).unwrap_or(&1);
    let mut name = "train-model-2-of-the-day-".repeat(11);
    name.truncate(length);
    if name.ends_with('-') && !dice.one_in(5) {
        name.pop();
        name.push('x');
    }
    const PARTS: &[&str] = &["-", ".", "_", "A", "0", "é", "日", " ", "\n", "/", "--", ""];
    match dice.below(8) {
        0 => name.insert_str(0, dice.of(PARTS)),
        1 => name.push_str(dice.of(PARTS)),
        2 => {
            // Keeps the number of bytes, so that the length stays beside its limit.
            let part = dice.of(PARTS);
            if let Some(kept) = length.checked_sub(part.len()) {
                name.truncate(dice.below(kept + 1));
                name.push_str(part);
                name.push_str(&"z".repeat(length - name.len()));
            }
        }
        3 => name = super::tweak(dice, &name, PARTS),
        _ => {}
    }
    name
}
