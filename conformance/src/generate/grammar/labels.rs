//! Keys and values of labels.

use super::roughen;
use crate::generate::dice::Dice;

#[rustfmt::skip]
const PARTS: &[&str] = &[
    "-", "_", ".", "/", "..", "-.", "A", "9", "é", " ", "\n", "*",
];

/// A name as in a key or a value, with one of the lengths that matter.
fn name(dice: &Dice) -> String {
    let length = [0, 1, 2, 5, 62, 63, 64][dice.below(7)];
    let mut name = "Zone_a.1-".repeat(8);
    name.truncate(length);
    if !dice.one_in(6) && name.ends_with(['_', '.', '-']) {
        name.pop();
        name.push('z');
    }
    roughen(dice, name, PARTS)
}

/// The key of a label.
pub fn key(dice: &Dice) -> String {
    if dice.one_in(2) {
        return name(dice);
    }
    let length = [0, 1, 3, 12, 252, 253, 254][dice.below(7)];
    let mut prefix = ["ray.io.example.", "0a.b-c."][dice.below(2)].repeat(40);
    prefix.truncate(length);
    if !dice.one_in(6) && prefix.ends_with(['.', '-']) {
        prefix.pop();
        prefix.push('x');
    }
    let prefix = roughen(dice, prefix, PARTS);
    let name = match dice.one_in(2) {
        true => "zone".into(),
        false => name(dice),
    };
    format!("{prefix}/{name}")
}

/// The value of a label.
pub fn value(dice: &Dice) -> String {
    name(dice)
}
