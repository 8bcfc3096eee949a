//! The YAML 1.1 type of a scalar, as go-yaml v2 `resolve.go` sees it.

use super::error::SyntaxErrorKind;
use super::number;

/// A scalar: its type and, to distinguish keys, a hash of its value.
///
/// Equal values of a type have equal hashes; other collisions have to be deliberate, and only let a
/// later key hide a value that KubeRay refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scalar {
    pub kind: Kind,
    pub hash: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Int,
    /// An integer from 2^63 to 2^64-1.
    HugeInt,
    Float,
    /// `.nan`, which as a key never equals another key.
    Nan,
    Infinity,
    Text,
    /// `<<`, which as a key merges its value. Anywhere else it is a text.
    Merge,
}

impl Scalar {
    pub const NULL: Self = Self {
        kind: Kind::Null,
        hash: 0,
    };

    fn new(kind: Kind, value: &[u8]) -> Self {
        // FNV-1a of the type and the value.
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ kind as u64;
        for byte in value {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self { kind, hash }
    }
}

/// The type that a tag gives to a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Absent,
    /// A lone `!`.
    NonSpecific,
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Binary,
    Merge,
    /// `!!str`, or a tag unknown to go-yaml, which then reads the text as a string.
    Other,
}

impl Tag {
    /// The tag formed by two parts.
    pub fn new(prefix: &str, rest: &str) -> Self {
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

/// The type of a text by its tag or, without one, by being plain or quoted.
///
/// # Errors
/// The text does not match the tag.
pub(super) fn resolve(tag: Tag, plain: bool, text: &str) -> Result<Scalar, SyntaxErrorKind> {
    let fits: &[Kind] = match tag {
        Tag::Merge | Tag::NonSpecific if text == "<<" => &[Kind::Merge],
        Tag::Absent if plain => return Ok(infer(text)),
        Tag::Absent | Tag::NonSpecific | Tag::Merge | Tag::Other => &[Kind::Text],
        Tag::Null => &[Kind::Null],
        Tag::Bool => &[Kind::Bool],
        Tag::Int => &[Kind::Int, Kind::HugeInt],
        Tag::Float => {
            if let Some(value) = number::integer(text).filter(|value| !value.is_huge()) {
                let value = number::decimal(&value.spelling()).unwrap_or_default();
                return Ok(Scalar::new(Kind::Float, value.as_bytes()));
            }
            &[Kind::Float, Kind::Nan, Kind::Infinity]
        }
        Tag::Timestamp if !number::is_timestamp(text) => return Err(SyntaxErrorKind::TagMismatch),
        Tag::Timestamp => &[Kind::Text],
        Tag::Binary => {
            let decoded = base64(text).ok_or(SyntaxErrorKind::Base64)?;
            return Ok(Scalar::new(Kind::Text, &decoded));
        }
    };
    if let [kind @ (Kind::Text | Kind::Merge)] = fits {
        return Ok(Scalar::new(*kind, text.as_bytes()));
    }
    let scalar = infer(text);
    if fits.contains(&scalar.kind) {
        Ok(scalar)
    } else {
        Err(SyntaxErrorKind::TagMismatch)
    }
}

pub(super) fn infer(text: &str) -> Scalar {
    match text {
        "<<" => return Scalar::new(Kind::Merge, text.as_bytes()),
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::NULL,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::new(Kind::Bool, b"true");
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::new(Kind::Bool, b"false");
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::new(Kind::Nan, b""),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::new(Kind::Infinity, b"inf");
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::new(Kind::Infinity, b"-inf"),
        _ => {}
    }
    if let Some(value) = number::integer(text) {
        let kind = if value.is_huge() {
            Kind::HugeInt
        } else {
            Kind::Int
        };
        return Scalar::new(kind, value.spelling().as_bytes());
    }
    match number::float(text) {
        Some(value) => Scalar::new(Kind::Float, value.as_bytes()),
        None => Scalar::new(Kind::Text, text.as_bytes()),
    }
}

/// Decodes as Go's `base64.StdEncoding` does: padded, line breaks ignored.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
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
