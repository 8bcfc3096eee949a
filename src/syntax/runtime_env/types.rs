//! The YAML 1.1 type of a scalar, as go-yaml v2 `resolve.go` sees it.

use super::fault::Meaning;
use super::number;

/// What `!!` stands for.
pub(super) const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// A scalar: its type and, for telling keys apart, a hash of its value.
///
/// Equal values of a type have equal hashes; a collision of others would have to be made on
/// purpose, and all it does is to let a later key hide a value that KubeRay refuses.
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
    /// `.nan`, which as a key is never equal to another.
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

    fn new(kind: Kind, value: &str) -> Self {
        // FNV-1a, of the type and the value.
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ kind as u64;
        for byte in value.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self { kind, hash }
    }
}

/// The type that a scalar's text has under a tag, which is empty if there is none.
///
/// # Errors
/// The text does not fit the tag.
pub(super) fn resolve(tag: &str, plain: bool, text: &str) -> Result<Scalar, Meaning> {
    let untyped = tag == "!" || (tag.is_empty() && plain);
    let name = tag.strip_prefix(TAG_PREFIX);
    if text == "<<" && (untyped || name == Some("merge")) {
        return Ok(Scalar::new(Kind::Merge, text));
    }
    if tag.is_empty() {
        return Ok(if plain {
            infer(text)
        } else {
            Scalar::new(Kind::Text, text)
        });
    }
    let fits = match name {
        Some("null") => &[Kind::Null][..],
        Some("bool") => &[Kind::Bool],
        Some("int") => &[Kind::Int, Kind::HugeInt],
        Some("float") => {
            if let Some(value) = number::integer(text).filter(|value| !value.is_huge()) {
                let value = number::decimal(&value.spelling()).unwrap_or_default();
                return Ok(Scalar::new(Kind::Float, &value));
            }
            &[Kind::Float, Kind::Nan, Kind::Infinity]
        }
        Some("timestamp") if !number::is_timestamp(text) => return Err(Meaning::Mistagged),
        Some("binary") if !is_base64(text) => return Err(Meaning::Base64),
        _ => return Ok(Scalar::new(Kind::Text, text)),
    };
    let scalar = infer(text);
    if fits.contains(&scalar.kind) {
        Ok(scalar)
    } else {
        Err(Meaning::Mistagged)
    }
}

fn infer(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::NULL,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::new(Kind::Bool, "true");
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::new(Kind::Bool, "false");
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::new(Kind::Nan, ""),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::new(Kind::Infinity, "inf");
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::new(Kind::Infinity, "-inf"),
        _ => {}
    }
    if let Some(value) = number::integer(text) {
        let kind = if value.is_huge() {
            Kind::HugeInt
        } else {
            Kind::Int
        };
        return Scalar::new(kind, &value.spelling());
    }
    match number::float(text) {
        Some(value) => Scalar::new(Kind::Float, &value),
        None => Scalar::new(Kind::Text, text),
    }
}

/// Whether Go's `base64.StdEncoding` decodes the text: padded, line breaks ignored.
fn is_base64(text: &str) -> bool {
    let mut digits = 0_usize;
    let mut padding = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'\r' | b'\n' => {}
            b'=' => padding = padding.saturating_add(1),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {
                digits = digits.saturating_add(1);
            }
            _ => return false,
        }
    }
    matches!((digits & 3, padding), (0, 0) | (2, 2) | (3, 1))
}
