//! Durations as Go writes them, such as `1h30m` or `-1.5s`.

use std::fmt;

/// Go counts in unsigned 64 bits but never above this, the magnitude of the
/// smallest 64-bit integer.
const LIMIT: u64 = 1 << 63;

/// Why a text is not a Go duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationError {
    /// No digits where a number is required, or no text at all.
    NotANumber,
    /// A number without a unit.
    MissingUnit,
    /// A unit that Go does not know.
    UnknownUnit,
    /// Beyond 64-bit nanoseconds, about 292 years.
    TooLong,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "expected a duration such as 90s or 1h30m",
            Self::MissingUnit => "a unit must follow the number: ns, us, ms, s, m or h",
            Self::UnknownUnit => "unknown unit; the units are ns, us, ms, s, m and h",
            Self::TooLong => "longer than 2562047h",
        })
    }
}

impl std::error::Error for DurationError {}

/// The nanoseconds of `text`, exactly as Go 1.26 `time.ParseDuration` counts
/// them, including the rounding of fractions.
///
/// # Errors
/// Where Go returns one.
pub fn parse(text: &str) -> Result<i64, DurationError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if unsigned == "0" {
        return Ok(0);
    }
    if unsigned.is_empty() {
        return Err(DurationError::NotANumber);
    }
    let mut total: u64 = 0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let (nanoseconds, after) = read_term(rest)?;
        rest = after;
        // Go wraps here too: twice the limit is zero, and accepted.
        total = total.wrapping_add(nanoseconds);
        if total > LIMIT {
            return Err(DurationError::TooLong);
        }
    }
    if negative {
        Ok(0_i64.wrapping_sub_unsigned(total))
    } else {
        i64::try_from(total).map_err(|_| DurationError::TooLong)
    }
}

/// Reads one number with its unit; returns its nanoseconds and the rest.
fn read_term(text: &str) -> Result<(u64, &str), DurationError> {
    let (whole, rest) = split_where(text, |c| !c.is_ascii_digit());
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_where(rest, |c| !c.is_ascii_digit()),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(DurationError::NotANumber);
    }
    let (unit, rest) = split_where(rest, |c| c == '.' || c.is_ascii_digit());
    let unit: u64 = match unit {
        "" => return Err(DurationError::MissingUnit),
        "ns" => 1,
        // Both the micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(DurationError::UnknownUnit),
    };
    let nanoseconds = read_whole(whole)?
        .checked_mul(unit)
        .and_then(|whole| whole.checked_add(part_of(unit, fraction)))
        .filter(|nanoseconds| *nanoseconds <= LIMIT)
        .ok_or(DurationError::TooLong)?;
    Ok((nanoseconds, rest))
}

fn read_whole(digits: &str) -> Result<u64, DurationError> {
    if digits.is_empty() {
        return Ok(0);
    }
    digits.parse().map_err(|_| DurationError::TooLong)
}

/// The fraction `0.digits` of `unit`, in the floating-point arithmetic of Go
/// (`format.go:leadingFraction`), which drops digits beyond 63 bits.
fn part_of(unit: u64, digits: &str) -> u64 {
    let mut value: u64 = 0;
    let mut scale = 1.0;
    for digit in digits.bytes() {
        let longer = value
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u64::from(digit.wrapping_sub(b'0'))));
        match longer {
            Some(longer) if longer <= LIMIT => value = longer,
            _ => break,
        }
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.find(ends)
        .and_then(|end| text.split_at_checked(end))
        .unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_add_up_to_nanoseconds() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("-0", 0),
            ("0s", 0),
            ("1ns", 1),
            ("1us", 1_000),
            ("1\u{b5}s", 1_000),
            ("1\u{3bc}s", 1_000),
            ("1ms", 1_000_000),
            ("90s", 90_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("+1.5s", 1_500_000_000),
            ("-1.5s", -1_500_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("0.9999999999s", 999_999_999),
            ("1m1m", 120_000_000_000),
        ] {
            assert_eq!(parse(text), Ok(nanoseconds), "{text:?}");
        }
    }

    #[test]
    fn faults_say_what_is_missing_or_unknown() {
        use DurationError::*;
        for (text, error) in [
            ("", NotANumber),
            ("-", NotANumber),
            ("+-1s", NotANumber),
            (".s", NotANumber),
            (" 1s", NotANumber),
            ("h", NotANumber),
            ("1", MissingUnit),
            ("1.", MissingUnit),
            ("1.5.5s", MissingUnit),
            ("00", MissingUnit),
            ("1d", UnknownUnit),
            ("1S", UnknownUnit),
            ("1s ", UnknownUnit),
            ("1h-30m", UnknownUnit),
        ] {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn sixty_four_bits_are_the_limit() {
        for (text, verdict) in [
            ("9223372036854775807ns", Ok(i64::MAX)),
            ("-9223372036854775808ns", Ok(i64::MIN)),
            ("9223372036854775808ns", Err(DurationError::TooLong)),
            ("-9223372036854775809ns", Err(DurationError::TooLong)),
            ("99999999999999999999ns", Err(DurationError::TooLong)),
            ("2562047h", Ok(9_223_369_200_000_000_000)),
            ("2562048h", Err(DurationError::TooLong)),
            ("2562047h1h", Err(DurationError::TooLong)),
        ] {
            assert_eq!(parse(text), verdict, "{text:?}");
        }
    }

    #[test]
    fn two_terms_that_wrap_to_zero_are_accepted_as_go_does() {
        let half = "9223372036854775808ns";
        assert_eq!(parse(&format!("{half}{half}")), Ok(0));
    }
}
