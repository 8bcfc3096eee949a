//! Versions of Ray.

use super::roughen;
use crate::generate::dice::Dice;

#[rustfmt::skip]
const STARTS: &[&str] = &[
    "", "", "", "", "", "v", " ", "\t", " v", "v ", "V", "vv", "\n", "\u{a0}", "+", "-", "ray-",
];
#[rustfmt::skip]
const MAJORS: &[&str] = &[
    "2", "2", "2", "2", "2", "1", "3", "0", "02", "00", "", "10", "18446744073709551615",
    "18446744073709551616", "99999999999999999999", "٢",
];
#[rustfmt::skip]
const MINORS: &[&str] = &[
    "51", "52", "52", "53", "54", "55", "56", "57", "052", "0056", "5", "9", "520", "0", "", "x",
    "18446744073709551615", "18446744073709551616",
];
#[rustfmt::skip]
const ENDS: &[&str] = &[
    "", "", "", "", ".", "rc1", ".rc1", ".dev0", "-py311", "+cpu", " ", "x", "\n", ".0\n", " \n", "-a\nb",
    "\r", "\u{2028}", ".x", "..1", "-", "é",
];

/// A version, around the ones that rules ask for.
pub fn ray_version(dice: &Dice) -> String {
    let mut version = dice.of(STARTS).to_owned();
    version += dice.of(MAJORS);
    if !dice.one_in(10) {
        version += ".";
        version += dice.of(MINORS);
    }
    while dice.one_in(2) {
        version += ".";
        version += dice.of(&["0", "0", "1", "99", "00", "01", "18446744073709551616", ""]);
    }
    version += dice.of(ENDS);
    match dice.below(20) {
        0 => dice
            .of(&["nightly", "latest", "", "2", "2.", ".2", "v", "2.x"])
            .into(),
        1 => roughen(dice, version, &[".", "v", "0", "-", " "]),
        _ => version,
    }
}
