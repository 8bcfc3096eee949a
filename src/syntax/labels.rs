//! Label keys and values as Kubernetes restricts them.
//!
//! Upstream: `k8s.io/apimachinery` v0.35.0 `pkg/api/validate/content/kube.go`,
//! which `validation.IsQualifiedName` and `validation.IsValidLabelValue` call.

use std::fmt;

use super::names::is_dns1123_subdomain;

const MAX_NAME: usize = 63;

/// An error in a label key or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelError {
    /// A key with more than one slash.
    TooManySlashes,
    /// A key that starts with its slash.
    EmptyPrefix,
    /// A key whose part before the slash is not a DNS-1123 subdomain.
    PrefixNotSubdomain,
    /// A key with nothing after its slash, or nothing at all.
    EmptyName,
    /// A value, or a key's name, of this many bytes: more than 63.
    TooLong(usize),
    /// A first or last character that is not a letter or digit.
    BadEnd,
    /// A character that is never allowed.
    BadCharacter(char),
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManySlashes => "has more than one '/'",
            Self::EmptyPrefix => "has nothing before the '/'",
            Self::PrefixNotSubdomain => {
                "the part before the '/' must be a DNS name: lower-case letters, digits, '-' and \
                 '.', a letter or digit at each end, at most 253 bytes"
            }
            Self::EmptyName => "the name is empty",
            Self::TooLong(bytes) => {
                return write!(f, "is {bytes} bytes long, at most 63 are allowed");
            }
            Self::BadEnd => "must start and end with an ASCII letter or digit",
            Self::BadCharacter(c) if c.is_ascii_graphic() || *c == ' ' => {
                return write!(f, "contains '{c}'; {ALLOWED}");
            }
            Self::BadCharacter(c) => {
                return write!(f, "contains U+{:04X}; {ALLOWED}", u32::from(*c));
            }
        })
    }
}

const ALLOWED: &str = "only ASCII letters, digits, '-', '_' and '.' are allowed";

impl std::error::Error for LabelError {}

/// Checks a label key, `name` or `prefix/name` (`IsLabelKey`, formerly
/// `IsQualifiedName`).
///
/// # Errors
/// The first error.
pub fn check_label_key(key: &str) -> Result<(), LabelError> {
    let name = match key.split_once('/') {
        None => key,
        Some((_, name)) if name.contains('/') => return Err(LabelError::TooManySlashes),
        Some(("", _)) => return Err(LabelError::EmptyPrefix),
        Some((prefix, _)) if !is_dns1123_subdomain(prefix.as_bytes()) => {
            return Err(LabelError::PrefixNotSubdomain);
        }
        Some((_, name)) => name,
    };
    if name.is_empty() {
        return Err(LabelError::EmptyName);
    }
    check_label_value(name)
}

/// Checks a label value (`IsLabelValue`, formerly `IsValidLabelValue`); the
/// empty one is valid.
///
/// # Errors
/// The first error.
pub fn check_label_value(value: &str) -> Result<(), LabelError> {
    if value.len() > MAX_NAME {
        return Err(LabelError::TooLong(value.len()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if let Some(c) = value.chars().find(|c| !allowed(*c)) {
        return Err(LabelError::BadCharacter(c));
    }
    let punctuation = |c: char| !c.is_ascii_alphanumeric();
    if value.starts_with(punctuation) || value.ends_with(punctuation) {
        return Err(LabelError::BadEnd);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_name_after_an_optional_dns_prefix() {
        use LabelError::*;
        let long = "a".repeat(64);
        let (p253, p254) = ("p".repeat(253) + "/a", "p".repeat(254) + "/a");
        for (key, verdict) in [
            ("a", Ok(())),
            ("A_b.C-9", Ok(())),
            ("ray.io/cluster", Ok(())),
            (&p253, Ok(())),
            ("", Err(EmptyName)),
            ("ray.io/", Err(EmptyName)),
            ("/a", Err(EmptyPrefix)),
            ("/", Err(EmptyPrefix)),
            ("a/b/c", Err(TooManySlashes)),
            ("//", Err(TooManySlashes)),
            ("Ray.io/a", Err(PrefixNotSubdomain)),
            ("ray_io/a", Err(PrefixNotSubdomain)),
            (&p254, Err(PrefixNotSubdomain)),
            (&long, Err(TooLong(64))),
            ("-a", Err(BadEnd)),
            ("a.", Err(BadEnd)),
            ("a b", Err(BadCharacter(' '))),
            ("ray.io/a\n", Err(BadCharacter('\n'))),
        ] {
            assert_eq!(check_label_key(key), verdict, "{key:?}");
        }
    }

    #[test]
    fn a_value_may_be_empty_but_has_no_prefix() {
        use LabelError::*;
        let (l63, l64) = ("a".repeat(63), "ä".repeat(32));
        for (value, verdict) in [
            ("", Ok(())),
            ("1", Ok(())),
            ("A_b.C-9", Ok(())),
            (&l63, Ok(())),
            (&l64, Err(TooLong(64))),
            ("_", Err(BadEnd)),
            ("a-", Err(BadEnd)),
            ("a/b", Err(BadCharacter('/'))),
            ("ä", Err(BadCharacter('ä'))),
        ] {
            assert_eq!(check_label_value(value), verdict, "{value:?}");
        }
    }

    #[test]
    fn messages_show_printable_characters_and_number_the_others() {
        for (error, text) in [
            (
                LabelError::BadCharacter('/'),
                "contains '/'; only ASCII letters, digits, '-', '_' and '.' are allowed",
            ),
            (
                LabelError::BadCharacter('\n'),
                "contains U+000A; only ASCII letters, digits, '-', '_' and '.' are allowed",
            ),
            (
                LabelError::TooLong(64),
                "is 64 bytes long, at most 63 are allowed",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
