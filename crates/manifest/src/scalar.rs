//! Resolves plain scalars as kubectl does.
//!
//! kubectl reads YAML 1.1 with `go.yaml.in/yaml/v2` (`resolve.go`) and sends
//! JSON (`sigs.k8s.io/yaml v1.6.0 yaml.go:YAMLToJSON`).

use serde_json::Number;

use crate::tree::Kind;

/// The value of a plain scalar, if it is not a string.
pub(crate) fn resolve(text: &str) -> Option<Kind<'static>> {
    match text.as_bytes().first() {
        None => Some(Kind::Null),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text)
        }
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text).map(Kind::Number),
        _ => None,
    }
}

/// Whether a plain scalar is a boolean to kubectl and a string in YAML 1.2.
pub(crate) fn is_old_boolean(text: &str) -> bool {
    matches!(word(text), Some(Kind::Bool(_)))
        && !matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

/// Whether a plain scalar is a number that JSON cannot represent, which kubectl
/// refuses.
pub(crate) fn is_not_finite(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn word(text: &str) -> Option<Kind<'static>> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Kind::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Kind::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Kind::Null,
        _ => return None,
    })
}

fn number(text: &str) -> Option<Number> {
    let plain;
    let text = if text.contains('_') {
        plain = text.replace('_', "");
        &plain
    } else {
        text
    };
    integer(text).or_else(|| float(text))
}

/// As Go's `strconv.ParseInt` and `ParseUint` with base 0 do.
fn integer(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (&text[..1], digits),
        None => ("", text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    match i64::from_str_radix(&format!("{sign}{digits}"), radix) {
        Ok(number) => Some(number.into()),
        Err(_) if sign.is_empty() => u64::from_str_radix(digits, radix).ok().map(Into::into),
        Err(_) => None,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, written as Go writes
/// it into JSON: a whole number without a point.
fn float(text: &str) -> Option<Number> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { "-" } else { "" };
    let (decimal, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    if decimal.len() <= ".".len() && whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    // Written as JSON, so that one number parser is enough.
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let json: Number = format!("{sign}{whole}.{fraction}0e{exponent}")
        .parse()
        .ok()?;
    let value = json.as_f64()?;
    let whole = value as i64;
    if whole as f64 == value && value.abs() <= 1e18 {
        Some(whole.into())
    } else {
        Number::from_f64(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{is_old_boolean, resolve};
    use crate::tree::Kind;

    fn read(text: &str) -> String {
        match resolve(text) {
            None => format!("{text:?}"),
            Some(Kind::Null) => "null".into(),
            Some(Kind::Bool(value)) => value.to_string(),
            Some(Kind::Number(number)) => number.to_string(),
            Some(_) => unreachable!(),
        }
    }

    #[test]
    fn words_are_read_as_yaml_1_1() {
        for text in ["y", "Yes", "ON", "true", "True"] {
            assert_eq!(read(text), "true", "{text}");
        }
        for text in ["n", "No", "off", "FALSE"] {
            assert_eq!(read(text), "false", "{text}");
        }
        for text in ["", "~", "Null"] {
            assert_eq!(read(text), "null", "{text}");
        }
        for text in ["yEs", "None", "onn", "offline", "nil", "t"] {
            assert_eq!(read(text), format!("{text:?}"));
        }
    }

    #[test]
    fn only_words_that_yaml_1_2_takes_for_strings_are_old_booleans() {
        assert!(["yes", "off", "Y", "n"].into_iter().all(is_old_boolean));
        assert!(
            !["true", "FALSE", "null", "1", ""]
                .into_iter()
                .any(is_old_boolean)
        );
    }

    /// The answers are those of `sigs.k8s.io/yaml v1.6.0`.
    #[test]
    fn numbers_are_read_as_kubectl_reads_them() {
        for (text, json) in [
            ("7", "7"),
            ("-7", "-7"),
            ("+7", "7"),
            ("010", "8"),
            ("0o10", "8"),
            ("0x1F", "31"),
            ("-0x1F", "-31"),
            ("0b101", "5"),
            ("08", "8"),
            ("1_000", "1000"),
            ("0_7", "7"),
            ("0x_1", "1"),
            ("-0", "0"),
            ("1e18", "1000000000000000000"),
            ("3.0", "3"),
            ("1e3", "1000"),
            ("1.5", "1.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-.5e1", "-5"),
            ("18446744073709551615", "18446744073709551615"),
            ("1:30", "\"1:30\""),
            ("1.7.0", "\"1.7.0\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("0x", "\"0x\""),
            ("0x-1", "\"0x-1\""),
            ("-", "\"-\""),
            ("1e", "\"1e\""),
            ("--1", "\"--1\""),
            ("1Gi", "\"1Gi\""),
        ] {
            assert_eq!(read(text), json, "{text}");
        }
    }
}
