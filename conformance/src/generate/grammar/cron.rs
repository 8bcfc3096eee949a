//! Cron schedules.

use super::go_duration::go_duration;
use super::roughen;
use super::time_zone::time_zone;
use crate::generate::dice::Dice;

/// Values of each field, around its bounds: minute, hour, day of the month,
/// month, day of the week.
const FIELDS: [&[&str]; 5] = [
    &["0", "1", "30", "58", "59", "60"],
    &["0", "1", "12", "22", "23", "24"],
    &["0", "1", "15", "28", "29", "30", "31", "32"],
    &[
        "0", "1", "2", "4", "6", "9", "11", "12", "13", "jan", "FEB", "Sep", "dec", "january",
        "feb",
    ],
    &[
        "0", "1", "3", "5", "6", "7", "sun", "MON", "Sat", "sunday", "fri",
    ],
];
#[rustfmt::skip]
const ODD: &[&str] = &[
    "", "00", "007", "+1", "-1", "1.", "0x1", "1e1", "1_0", "L", "W", "#", "١", "²", "jan", "mon",
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "4294967297",
];
#[rustfmt::skip]
const STEPS: &[&str] = &[
    "1", "2", "5", "7", "31", "59", "60", "100", "0", "-1", "+2", "", "*", "?", "a", "1/2",
    "9223372036854775807", "9223372036854775808",
];
#[rustfmt::skip]
const SEPARATORS: &[&str] = &[
    " ", " ", " ", " ", " ", " ", "  ", "\t", "\n", "\u{a0}", "\u{3000}", "\u{2003}", "\u{85}", "\u{200b}",
];
const PARTS: &[&str] = &["*", "?", ",", "-", "/", "1", " ", "@", "TZ=", "0"];

/// A schedule.
pub fn schedule(dice: &Dice) -> String {
    let schedule = match dice.below(10) {
        0 => {
            #[rustfmt::skip]
            const NAMED: &[&str] = &[
                "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@reboot",
                "@Daily", "@daily ", " @daily", "@", "@every", "@every ", "@EVERY 1m", "@ every 1m", "",
            ];
            dice.of(NAMED).into()
        }
        1 | 2 => format!(
            "{}{}",
            dice.of(&["@every ", "@every ", "@every ", "@every  "]),
            go_duration(dice)
        ),
        3 => never(dice),
        _ => fields(dice),
    };
    let schedule = match dice.below(8) {
        0 => with_zone(dice, &schedule),
        _ => schedule,
    };
    match dice.one_in(6) {
        true => roughen(dice, schedule, PARTS),
        false => schedule,
    }
}

fn with_zone(dice: &Dice, schedule: &str) -> String {
    let key = dice.of(&[
        "TZ", "TZ", "CRON_TZ", "tz", "CRON_tz", " TZ", "TZ ", "CRON_",
    ]);
    let zone = time_zone(dice);
    let gap = dice.of(&[" ", " ", " ", " ", "  ", "\t", "", "\u{a0}"]);
    format!("{key}={zone}{gap}{schedule}")
}

fn fields(dice: &Dice) -> String {
    let mut schedule = dice
        .of(&["", "", "", "", "", " ", "\n", "\u{3000}"])
        .to_owned();
    let count = match dice.below(12) {
        0 => 4,
        1 => 6,
        _ => 5,
    };
    for position in 0..count {
        if position > 0 {
            schedule += dice.of(SEPARATORS);
        }
        schedule += &field(dice, FIELDS[position % FIELDS.len()]);
    }
    schedule
}

fn field(dice: &Dice, values: &[&str]) -> String {
    match dice.below(40) {
        0 => return ",".repeat(1 + dice.below(2)),
        1..10 => return "*".into(),
        _ => {}
    }
    let mut field = String::new();
    loop {
        field += &item(dice, values);
        if !dice.one_in(4) {
            return field;
        }
        field += ",";
        if dice.one_in(8) {
            field += ",";
        }
    }
}

fn item(dice: &Dice, values: &[&str]) -> String {
    let value = |dice: &Dice| match dice.below(25) {
        0 => dice.of(ODD).to_owned(),
        1 | 2 => dice.of(&["*", "?"]).to_owned(),
        _ => dice.of(values).to_owned(),
    };
    let mut item = value(dice);
    while dice.one_in(4) {
        item = format!("{item}-{}", value(dice));
    }
    if dice.one_in(4) {
        item = format!("{item}/{}", dice.of(STEPS));
    }
    item
}

/// A schedule that, at most, ever matches on a few days.
fn never(dice: &Dice) -> String {
    let day = dice.of(&[
        "29", "30", "31", "30,31", "29-31", "30-31/1", "31/1", ",", "*", "?/1", "*/2", "*/31",
    ]);
    let month = dice.of(&[
        "2", "feb", "4", "4,6,9,11", "2,4", "2/12", "11/1", ",", "*", "2-2",
    ]);
    let weekday = dice.of(&["*", "*", "?", "*/1", "*/2", ",", "0", "1-5", "mon"]);
    let time = dice.of(&["0 0", "0 0", ", 0", "0 ,", "* *"]);
    format!("{time} {day} {month} {weekday}")
}
