//! Numbers and timestamps as go-yaml v2 reads them with Go's `strconv` and `time`.

use crate::value::Value;

/// Parses an integer from -2^63 to 2^64-1: decimal or with Go's prefix `0x`, `0o`, `0b` or `0`,
/// with a sign, and with underscores anywhere except at the start.
pub(crate) fn integer(text: &str) -> Option<Value<'static>> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-')) {
        return None;
    }
    let plain = text.replace('_', "");
    let (sign, unsigned) = split_sign(&plain);
    if let Some(integer) = magnitude(unsigned).and_then(|value| signed(sign, value)) {
        return Some(integer);
    }
    // go-yaml parses the text after the prefix again, which then can have its own sign: `0b-1`.
    let (sign, digits) = split_sign(plain.strip_prefix("0b")?);
    signed(Some(sign?), radix(digits, 2)?)
}

fn signed(sign: Option<char>, magnitude: u64) -> Option<Value<'static>> {
    match (sign, i64::try_from(magnitude)) {
        (Some('-'), _) => 0_i64.checked_sub_unsigned(magnitude).map(Value::Int),
        (_, Ok(value)) => Some(Value::Int(value)),
        (None, Err(_)) => Some(Value::HugeInt(magnitude)),
        (Some(_), Err(_)) => None,
    }
}

fn split_sign(text: &str) -> (Option<char>, &str) {
    match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.chars().next(), rest),
        None => (None, text),
    }
}

fn magnitude(unsigned: &str) -> Option<u64> {
    let Some(octal) = unsigned.strip_prefix('0') else {
        return radix(unsigned, 10);
    };
    let digits = octal.get(1..).unwrap_or_default();
    match octal.bytes().next() {
        None => Some(0),
        Some(b'x' | b'X') => radix(digits, 16),
        Some(b'o' | b'O') => radix(digits, 8),
        Some(b'b' | b'B') => radix(digits, 2),
        Some(_) => radix(octal, 8),
    }
}

fn radix(digits: &str, base: u32) -> Option<u64> {
    if digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// Parses a floating-point number that is not too large for 64 bits.
pub(crate) fn float(text: &str) -> Option<Value<'static>> {
    let decimal = match text.bytes().next()? {
        b'.' if text.contains('_') && !separates_digits(text) => None,
        b'0'..=b'9' | b'+' | b'-' | b'.' => decimal(&text.replace('_', "")),
        _ => None,
    };
    decimal.map(Value::Float)
}

/// Whether each underscore stands between two digits; the first character is not an underscore.
fn separates_digits(text: &str) -> bool {
    !text.ends_with('_')
        && text.as_bytes().windows(3).all(|three| match three {
            [before, b'_', after] => before.is_ascii_digit() && after.is_ascii_digit(),
            _ => true,
        })
}

/// The spelling of [`Value::Float`] of a number without underscores.
fn decimal(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, clamped(exponent)?),
        None => (text, 0),
    };
    let (sign, unsigned) = split_sign(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = whole.to_owned() + fraction;
    if !is_digits(&digits) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    let zeros = digits.len().saturating_sub(significant.len());
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    // The value is 0.SIGNIFICANT times ten to the power of this.
    let exponent = exponent
        .saturating_add_unsigned(whole.len() as u64)
        .saturating_sub_unsigned(zeros as u64);
    if exponent > 309 || (exponent == 309 && significant >= LEAST_INFINITE) {
        return None;
    }
    let sign = if sign == Some('-') { "-" } else { "" };
    Some(format!("{sign}0.{significant}e{exponent}"))
}

/// The first digits of 2^1024 - 2^970, from which on rounding gives infinity; it has 309.
const LEAST_INFINITE: &str = "1797693134862315807937289714053034";

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The value of an exponent, clamped to 64 bits.
fn clamped(exponent: &str) -> Option<i64> {
    let (sign, digits) = split_sign(exponent);
    if !is_digits(digits) {
        return None;
    }
    let value: i64 = digits.parse().unwrap_or(i64::MAX);
    Some(if sign == Some('-') {
        value.saturating_neg()
    } else {
        value
    })
}

/// Whether the text has one of the forms of `resolve.go:allowedTimestampFormats`.
pub(crate) fn is_timestamp(text: &str) -> bool {
    timestamp(text).is_some()
}

fn timestamp(text: &str) -> Option<()> {
    let (year, rest) = text.split_at_checked(4)?;
    if !is_digits(year) {
        return None;
    }
    let year: u32 = year.parse().ok()?;
    let (month, rest) = one_or_two_digits(rest.strip_prefix('-')?)?;
    let (day, rest) = one_or_two_digits(rest.strip_prefix('-')?)?;
    let days = match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    let end = if let Some(time) = rest.strip_prefix(['T', 't']) {
        zone(clock(time)?)?
    } else if rest.starts_with(' ') {
        clock(rest.trim_start_matches(' '))?
    } else {
        rest
    };
    end.is_empty().then_some(())
}

/// Consumes hours, minutes and seconds.
fn clock(text: &str) -> Option<&str> {
    let (hour, rest) = one_or_two_digits(text)?;
    let (minute, rest) = one_or_two_digits(rest.strip_prefix(':')?)?;
    let (second, rest) = one_or_two_digits(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let Some(fraction) = rest.strip_prefix(['.', ',']) else {
        return Some(rest);
    };
    let end = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
    Some(if end.len() < fraction.len() {
        end
    } else {
        rest
    })
}

/// Consumes `Z` or an offset from it.
fn zone(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some(rest);
    }
    let (hour, rest) = text.strip_prefix(['+', '-'])?.split_at_checked(2)?;
    let (minute, rest) = rest.strip_prefix(':')?.split_at_checked(2)?;
    let in_range = is_digits(hour) && hour <= "24" && is_digits(minute) && minute <= "60";
    in_range.then_some(rest)
}

fn one_or_two_digits(text: &str) -> Option<(u32, &str)> {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let length = text.len().saturating_sub(rest.len()).min(2);
    let (number, rest) = text.split_at_checked(length)?;
    Some((number.parse().ok()?, rest))
}
