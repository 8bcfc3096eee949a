//! Cron schedules as KubeRay reads them: `robfig/cron` v3.0.1 `ParseStandard`.

use std::fmt;

use super::go_duration::{self, DurationError};
pub use field::{Field, FieldError};

mod field;

/// When a RayCronJob starts a RayJob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule(Times);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    Every {
        seconds: u64,
    },
    /// The values each field allows: bit N for the number N, and [`STAR`].
    Matching {
        minute: u64,
        hour: u64,
        day_of_month: u64,
        month: u64,
        day_of_week: u64,
    },
}

/// Set in a field that has a `*` or `?` without a step.
const STAR: u64 = 1 << 63;

impl Schedule {
    /// Parses five fields or a descriptor such as `@daily` or `@every 90s`.
    ///
    /// A `TZ=` or `CRON_TZ=` prefix is not part of it: see [`split_zone`].
    ///
    /// # Errors
    /// The first error, from left to right.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::cron::Schedule;
    ///
    /// assert!(Schedule::parse("*/5 8-18 * * mon-fri").is_ok());
    /// let fault = Schedule::parse("0 24 * * *").unwrap_err();
    /// assert_eq!(fault.to_string(), "hour: 24 is above the maximum 23");
    /// ```
    pub fn parse(text: &str) -> Result<Self, CronError> {
        if text.trim_start().starts_with('@') {
            return parse_descriptor(text);
        }
        let mut fields = text.split_whitespace();
        match (
            fields.next(),
            fields.next(),
            fields.next(),
            fields.next(),
            fields.next(),
        ) {
            (Some(minute), Some(hour), Some(day_of_month), Some(month), Some(day_of_week))
                if fields.next().is_none() =>
            {
                Ok(Self(Times::Matching {
                    minute: Field::Minute.read(minute)?,
                    hour: Field::Hour.read(hour)?,
                    day_of_month: Field::DayOfMonth.read(day_of_month)?,
                    month: Field::Month.read(month)?,
                    day_of_week: Field::DayOfWeek.read(day_of_week)?,
                }))
            }
            _ => Err(CronError::FieldCount(text.split_whitespace().count())),
        }
    }

    /// The period of an `@every` schedule, at least 1 s; `None` for any other.
    pub fn every_seconds(&self) -> Option<u64> {
        match self.0 {
            Times::Every { seconds } => Some(seconds),
            Times::Matching { .. } => None,
        }
    }

    /// Whether no time ever matches, as in `0 0 30 2 *`; KubeRay then starts a
    /// RayJob immediately (`robfig/cron` v3.0.1 `spec.go:dayMatches`).
    pub fn never_matches(&self) -> bool {
        let Times::Matching {
            minute,
            hour,
            day_of_month,
            month,
            day_of_week,
        } = self.0
        else {
            return false;
        };
        let no_date = !has_date(month, day_of_month);
        let no_weekday = day_of_week == 0;
        let no_day = if (day_of_month | day_of_week) & STAR != 0 {
            no_date || no_weekday
        } else {
            no_date && no_weekday
        };
        minute == 0 || hour == 0 || month == 0 || no_day
    }
}

/// Whether one of the months has one of the days, if only in a leap year.
fn has_date(months: u64, days: u64) -> bool {
    let has = |numbers: &[u32], last_day: u32| {
        numbers
            .iter()
            .any(|month| months.wrapping_shr(*month) & 1 == 1)
            && (1..=last_day).any(|day| days.wrapping_shr(day) & 1 == 1)
    };
    has(&[1, 3, 5, 7, 8, 10, 12], 31) || has(&[4, 6, 9, 11], 30) || has(&[2], 29)
}

/// `robfig/cron` v3.0.1 `parser.go:parseDescriptor`.
fn parse_descriptor(text: &str) -> Result<Schedule, CronError> {
    match text {
        "@yearly" | "@annually" => Schedule::parse("0 0 1 1 *"),
        "@monthly" => Schedule::parse("0 0 1 * *"),
        "@weekly" => Schedule::parse("0 0 * * 0"),
        "@daily" | "@midnight" => Schedule::parse("0 0 * * *"),
        "@hourly" => Schedule::parse("0 * * * *"),
        _ => {
            let duration = text.strip_prefix("@every ").ok_or(CronError::Descriptor)?;
            let nanoseconds = go_duration::parse(duration).map_err(CronError::Every)?;
            // Upstream (`constantdelay.go:Every`) drops fractions and raises the rest to 1 s.
            let seconds = u64::try_from(nanoseconds / 1_000_000_000)
                .unwrap_or(0)
                .max(1);
            Ok(Schedule(Times::Every { seconds }))
        }
    }
}

/// Splits a leading `TZ=ZONE ` or `CRON_TZ=ZONE ` from a schedule: the zone, if
/// any, and the rest for [`Schedule::parse`]. The zone may be empty and is not
/// looked up.
///
/// KubeRay 1.6 accepts such a prefix with a zone it can load; 1.7 refuses it.
/// Upstream: `robfig/cron` v3.0.1 `parser.go:Parse`.
///
/// # Errors
/// [`CronError::ZoneAlone`] if no space follows the zone; KubeRay 1.6 crashes
/// on that.
pub fn split_zone(text: &str) -> Result<(Option<&str>, &str), CronError> {
    let Some(zoned) = text
        .strip_prefix("TZ=")
        .or_else(|| text.strip_prefix("CRON_TZ="))
    else {
        return Ok((None, text));
    };
    let (zone, schedule) = zoned.split_once(' ').ok_or(CronError::ZoneAlone)?;
    Ok((Some(zone), schedule.trim()))
}

/// An error in a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CronError {
    /// This many fields instead of five.
    FieldCount(usize),
    /// A field that cannot be read.
    Field(Field, FieldError),
    /// An unknown word after `@`, or space around a descriptor.
    Descriptor,
    /// `@every` with something other than a Go duration.
    Every(DurationError),
    /// A `TZ=` prefix with no schedule after it.
    ZoneAlone,
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldCount(found) => {
                write!(f, "expected 5 fields, found {found}")?;
                f.write_str(match found {
                    6 => "; seconds are not supported",
                    7 => "; seconds and years are not supported",
                    _ => "",
                })
            }
            Self::Field(field, error) => {
                write!(f, "{field}: {error}")?;
                match (field, error) {
                    (Field::DayOfWeek, FieldError::AboveMaximum { number: 7, .. }) => {
                        f.write_str("; Sunday is 0")
                    }
                    _ => Ok(()),
                }
            }
            Self::Descriptor => f.write_str(
                "after '@' only yearly, annually, monthly, weekly, daily, midnight, hourly \
                 or 'every' and a duration is supported, with no space around it",
            ),
            Self::Every(error) => write!(f, "@every: {error}"),
            Self::ZoneAlone => f.write_str("a space and the schedule must follow the time zone"),
        }
    }
}

impl std::error::Error for CronError {}

#[cfg(test)]
mod tests;
