//! One field of a schedule: comma-separated ranges, each with an optional step.

use crate::syntax::go_case::is_in_lower_case;
use std::fmt;

use super::{CronError, STAR};

/// One of the five fields of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or jan to dec.
    Month,
    /// 0 to 6, or sun to sat.
    DayOfWeek,
}

impl Field {
    /// The numbers `text` allows, one bit each, and [`STAR`]; zero if it has
    /// only commas. Upstream: `robfig/cron` v3.0.1 `parser.go:getField`.
    pub(super) fn read(self, text: &str) -> Result<u64, CronError> {
        text.split(',')
            .filter(|item| !item.is_empty())
            .try_fold(0, |bits, item| Ok(bits | self.read_item(item)?))
            .map_err(|error| CronError::Field(self, error))
    }

    /// Reads `RANGE` or `RANGE/STEP` (`parser.go:getRange`).
    fn read_item(self, item: &str) -> Result<u64, FieldError> {
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((_, step)) if step.contains('/') => return Err(FieldError::TooManySlashes),
            Some((range, step)) => (range, Some(read_step(step)?)),
        };
        let (low, high) = match range.split_once('-') {
            None => (range, None),
            Some((low, high)) => (low, Some(high)),
        };
        let (min, max) = self.bounds();
        // What follows the hyphen of a star is never read.
        let star = matches!(low, "*" | "?");
        let (start, end) = if star {
            (min, max)
        } else {
            let start = self.read_number(low)?;
            let end = match high {
                Some(high) if high.contains('-') => return Err(FieldError::TooManyHyphens),
                Some(high) => self.read_number(high)?,
                None if step.is_some() => max,
                None => start,
            };
            (start, end)
        };
        if start > end {
            return Err(FieldError::Backwards { start, end });
        }
        let step = step.unwrap_or(1);
        let star = if star && step == 1 { STAR } else { 0 };
        Ok((start..=end)
            .step_by(step)
            .fold(star, |bits, number| bits | 1_u64.wrapping_shl(number)))
    }

    fn read_number(self, text: &str) -> Result<u32, FieldError> {
        let (min, max) = self.bounds();
        if let Some((_, number)) = self
            .names()
            .iter()
            .zip(min..)
            .find(|(name, _)| is_in_lower_case(text, name))
        {
            return Ok(number);
        }
        let number: i64 = text.parse().map_err(|_| match self.names() {
            [] => FieldError::NotANumber,
            _ => FieldError::NotANumberOrName,
        })?;
        match u32::try_from(number) {
            Ok(number) if number < min => Err(FieldError::BelowMinimum { number, min }),
            Ok(number) if number <= max => Ok(number),
            _ => Err(FieldError::AboveMaximum { number, max }),
        }
    }

    const fn bounds(self) -> (u32, u32) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 6),
        }
    }

    /// The names of the numbers, starting at the minimum.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Minute | Self::Hour | Self::DayOfMonth => &[],
            Self::Month => &[
                "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
            ],
            Self::DayOfWeek => &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        })
    }
}

/// An error in a field of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields of a variant are the numbers its comment names"
)]
pub enum FieldError {
    /// Something other than a number, where no names are known.
    NotANumber,
    /// Something other than a number or a three-letter name.
    NotANumberOrName,
    /// A number below the field's minimum.
    BelowMinimum { number: u32, min: u32 },
    /// A number above the field's maximum.
    AboveMaximum { number: i64, max: u32 },
    /// A range that ends before it starts.
    Backwards { start: u32, end: u32 },
    /// A range with more than one hyphen.
    TooManyHyphens,
    /// A range with more than one step.
    TooManySlashes,
    /// A step that is not a positive number.
    BadStep,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("expected '*', '?' or a number"),
            Self::NotANumberOrName => {
                f.write_str("expected '*', '?', a number or a three-letter name")
            }
            Self::BelowMinimum { number, min } => {
                write!(f, "{number} is below the minimum {min}")
            }
            Self::AboveMaximum { number, max } => {
                write!(f, "{number} is above the maximum {max}")
            }
            Self::Backwards { start, end } => {
                write!(f, "the range starts at {start} but ends at {end}")
            }
            Self::TooManyHyphens => f.write_str("a range has at most one '-'"),
            Self::TooManySlashes => f.write_str("a range has at most one '/'"),
            Self::BadStep => f.write_str("the step after '/' must be a positive number"),
        }
    }
}

impl std::error::Error for FieldError {}

fn read_step(text: &str) -> Result<usize, FieldError> {
    match text.parse::<i64>() {
        // A step wider than the widest field selects only the start, however large it is.
        Ok(step) if step > 0 => Ok(usize::try_from(step).unwrap_or(usize::MAX)),
        _ => Err(FieldError::BadStep),
    }
}
