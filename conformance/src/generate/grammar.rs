//! Texts on both sides of the edges of the grammars that rules read.

mod cron;
mod go_duration;
mod labels;
mod names;
mod ray_version;
mod runtime_env;
mod time_zone;

pub use cron::schedule;
pub use go_duration::go_duration;
pub use labels::{key as label_key, value as label_value};
pub use names::name;
pub use ray_version::ray_version;
pub use runtime_env::runtime_env;
pub use time_zone::time_zone;

use super::dice::Dice;

/// Characters that some reader treats in a way of its own: blanks and line
/// breaks in several alphabets, controls, and characters of two to four bytes.
#[rustfmt::skip]
const STRANGE: &[&str] = &[
    " ", "\t", "\n", "\r", "\u{b}", "\0", "\u{7f}", "\u{85}", "\u{a0}", "\u{2028}", "\u{3000}", "\u{feff}",
    "\u{fffd}", "é", "ß", "İ", "١", "😀",
];

/// The text with one small change, in which the given parts may be used.
pub fn tweak(dice: &Dice, text: &str, parts: &[&str]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let here = dice.below(characters.len() + 1);
    let there = here + dice.below(characters.len() - here + 1);
    let insert = |characters: &mut Vec<char>, part: &str| {
        characters.splice(here..here, part.chars());
    };
    match dice.below(10) {
        0 | 1 if !parts.is_empty() => insert(&mut characters, dice.of(parts)),
        2 if !parts.is_empty() && here < characters.len() => {
            characters.splice(here..=here, dice.of(parts).chars());
        }
        3 => insert(&mut characters, dice.of(STRANGE)),
        4 => {
            let copy = characters[here..there].to_vec();
            characters.splice(here..here, copy);
        }
        5 => characters.truncate(here),
        6 => drop(characters.drain(..here)),
        7 if here + 1 < characters.len() => characters.swap(here, here + 1),
        8 => {
            let swapped = |c: char| match c.is_lowercase() {
                true => c.to_ascii_uppercase(),
                false => c.to_ascii_lowercase(),
            };
            let there = there.min(here + 1);
            for character in &mut characters[here..there] {
                *character = swapped(*character);
            }
        }
        _ if here < characters.len() => drop(characters.remove(here)),
        _ => {}
    }
    characters.into_iter().collect()
}

/// The text with some small changes, most often none.
fn roughen(dice: &Dice, mut text: String, parts: &[&str]) -> String {
    while dice.one_in(3) {
        text = tweak(dice, &text, parts);
    }
    text
}
