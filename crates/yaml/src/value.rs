//! What a scalar means: the types of YAML 1.1 as go-yaml v2 `resolve.go` sees them.

use std::borrow::Cow;

use crate::error::ErrorKind;
use crate::number;

/// A scalar as it is written.
#[derive(Debug)]
pub struct Scalar<'t> {
    /// Its text, without quotes and with lines joined.
    pub text: Cow<'t, str>,
    /// The tag before it.
    pub tag: Tag,
    /// Whether it is neither in quotes nor a block.
    pub plain: bool,
}

/// What a scalar means.
#[derive(Debug, PartialEq)]
pub enum Value<'t> {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean, such as `yes`.
    Bool(bool),
    /// An integer below 2^63.
    Int(i64),
    /// An integer from 2^63 to 2^64-1.
    HugeInt(u64),
    /// Another number, in one spelling for all of the same value: `0`, or a fraction that starts
    /// with `0.` or `-0.` and a digit from 1 to 9, and its exponent, as in `0.15e1`.
    Float(String),
    /// `.nan`, which as a key never equals another key.
    Nan,
    /// An infinity, which is positive or negative.
    Infinity {
        /// Whether it is negative.
        negative: bool,
    },
    /// A string.
    Text(Cow<'t, str>),
    /// The bytes of a `!!binary`, which are a string too.
    Binary(Vec<u8>),
    /// `<<`, which as a key merges its value. Anywhere else it is a string.
    Merge,
}

/// The type that a tag gives to a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// There is no tag.
    Absent,
    /// A lone `!`.
    NonSpecific,
    /// `!!null`
    Null,
    /// `!!bool`
    Bool,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!timestamp`
    Timestamp,
    /// `!!binary`
    Binary,
    /// `!!merge`
    Merge,
    /// `!!str`, or a tag unknown to go-yaml, which then reads the text as a string.
    Other,
}

impl Tag {
    /// The tag formed by two parts.
    pub(crate) fn new(prefix: &str, rest: &str) -> Self {
        const KNOWN: [(&str, Tag); 8] = [
            ("!", Tag::NonSpecific),
            ("tag:yaml.org,2002:null", Tag::Null),
            ("tag:yaml.org,2002:bool", Tag::Bool),
            ("tag:yaml.org,2002:int", Tag::Int),
            ("tag:yaml.org,2002:float", Tag::Float),
            ("tag:yaml.org,2002:timestamp", Tag::Timestamp),
            ("tag:yaml.org,2002:binary", Tag::Binary),
            ("tag:yaml.org,2002:merge", Tag::Merge),
        ];
        let known = KNOWN
            .iter()
            .find(|(name, _)| name.strip_prefix(prefix) == Some(rest));
        known.map_or(Self::Other, |(_, tag)| *tag)
    }
}

impl Scalar<'_> {
    /// An omitted one.
    pub(crate) const NOTHING: Self = Self {
        text: Cow::Borrowed(""),
        tag: Tag::Absent,
        plain: true,
    };

    /// What it means.
    ///
    /// # Errors
    /// The text does not match the tag.
    pub fn value(&self) -> Result<Value<'_>, ErrorKind> {
        let text = &*self.text;
        let fits = |value: &Value<'_>| match self.tag {
            Tag::Null => matches!(value, Value::Null),
            Tag::Bool => matches!(value, Value::Bool(_)),
            Tag::Int => matches!(value, Value::Int(_) | Value::HugeInt(_)),
            _ => matches!(value, Value::Float(_) | Value::Nan | Value::Infinity { .. }),
        };
        match self.tag {
            Tag::Merge | Tag::NonSpecific if text == "<<" => Ok(Value::Merge),
            Tag::Absent if self.plain => Ok(infer(text)),
            Tag::Absent | Tag::NonSpecific | Tag::Merge | Tag::Other => {
                Ok(Value::Text(text.into()))
            }
            Tag::Timestamp if number::is_timestamp(text) => Ok(Value::Text(text.into())),
            Tag::Timestamp => Err(ErrorKind::TagMismatch),
            Tag::Binary => match from_base64(text) {
                Some(bytes) => Ok(Value::Binary(bytes)),
                None => Err(ErrorKind::Base64),
            },
            Tag::Null | Tag::Bool | Tag::Int | Tag::Float => {
                let value = match infer(text) {
                    Value::Int(value) if self.tag == Tag::Float => {
                        number::float(&value.to_string())
                    }
                    value => Some(value),
                };
                value.filter(fits).ok_or(ErrorKind::TagMismatch)
            }
        }
    }
}

/// Whether a plain scalar is a string.
pub fn is_text(plain: &str) -> bool {
    matches!(infer(plain), Value::Text(_))
}

/// What a plain scalar means.
pub fn infer(plain: &str) -> Value<'_> {
    match plain {
        "<<" => return Value::Merge,
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Value::Nan,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Value::Infinity { negative: false };
        }
        "-.inf" | "-.Inf" | "-.INF" => return Value::Infinity { negative: true },
        _ => {}
    }
    let number = number::integer(plain).or_else(|| number::float(plain));
    number.unwrap_or(Value::Text(Cow::Borrowed(plain)))
}

/// Decodes as Go's `base64.StdEncoding` does: padded, line breaks ignored.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let mut bits = 0_u32;
    let mut digits = 0_usize;
    let mut padding = 0_usize;
    for byte in text.bytes() {
        let digit = match byte {
            b'\r' | b'\n' => continue,
            b'=' => {
                padding = padding.saturating_add(1);
                continue;
            }
            _ if padding > 0 => return None,
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a' - 26),
            b'0'..=b'9' => byte.wrapping_add(52 - b'0'),
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits.wrapping_shl(6) | u32::from(digit);
        digits = digits.saturating_add(1);
        match digits & 3 {
            2 => decoded.push((bits >> 4) as u8),
            3 => decoded.push((bits >> 2) as u8),
            0 => decoded.push(bits as u8),
            _ => {}
        }
    }
    matches!((digits & 3, padding), (0, 0) | (2, 2) | (3, 1)).then_some(decoded)
}
