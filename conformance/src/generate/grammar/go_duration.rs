//! Durations as Go writes them.

use crate::generate::dice::Dice;

#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "0", "1", "2", "9", "59", "60", "61", "1.5", ".5", "5.", "0.1", "0.0000000001", ".", "", "00", "1e3",
    "1_0", "999999999", "1000000000", "2562047", "2562048", "9223372036854775807", "9223372036854775808",
    "9223372036854775809", "153722867", "9223372036", "16.854775807", "16.854775808", "0.99999999999999999999",
    "92233720368547758.07", "1.00000000000000000000001",
];
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "h", "h", "m", "m", "s", "s", "ms", "us", "µs", "μs", "ns", "d", "", "S", "H", "µ", "min", " s",
];

/// A duration.
pub fn go_duration(dice: &Dice) -> String {
    if dice.one_in(20) {
        #[rustfmt::skip]
        const WHOLE: &[&str] = &[
            "", "0", "+0", "-0", "+", "-", "00", "2562047h47m16.854775807s", "-2562047h47m16.854775808s",
            "2562047h47m16.854775808s", "1h 30m", "1h-30m", "--1s", "0h0m0s", "1m1m1m", "s", ".s", "-.s",
        ];
        return dice.of(WHOLE).into();
    }
    let mut text = dice.of(&["", "", "", "", "-", "+", " "]).to_owned();
    loop {
        text += dice.of(NUMBERS);
        text += dice.of(UNITS);
        if !dice.one_in(3) {
            return text;
        }
    }
}
