//! The regular expressions in KubeRay's schemas, written by hand: three of them
//! do not justify a regular expression engine in a module.

/// A regular expression that a string must match, as a function.
#[derive(Debug)]
pub(super) struct Pattern(fn(&str) -> bool);

/// The reason of a condition.
const REASON: &str = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$";
const QUANTITY: &str = concat!(
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))",
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
);
/// A Kubernetes name, with an optional domain before it.
const QUALIFIED_NAME: &str = concat!(
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?",
    r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
);

impl Pattern {
    /// The function for a regular expression, if there is one.
    pub fn named(expression: &str) -> Option<Self> {
        Some(match expression {
            REASON => Self(is_reason),
            QUANTITY => Self(is_quantity),
            QUALIFIED_NAME => Self(is_qualified_name),
            _ => return None,
        })
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.0(text)
    }
}

fn is_reason(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_,:".contains(&byte);
    let is_last = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match text.as_bytes() {
        [first, rest @ ..] => {
            first.is_ascii_alphabetic()
                && rest.iter().all(|&byte| is_inner(byte))
                && rest.last().is_none_or(is_last)
        }
        [] => false,
    }
}

fn is_quantity(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let is_suffix = match suffix.as_bytes() {
        [] | [b'n' | b'u' | b'm' | b'k' | b'M' | b'G' | b'T' | b'P' | b'E'] => true,
        [b'K' | b'M' | b'G' | b'T' | b'P' | b'E', b'i'] => true,
        [b'e' | b'E', exponent @ ..] => match exponent {
            [b'+' | b'-', number @ ..] => is_decimal(number),
            number => is_decimal(number),
        },
        _ => false,
    };
    is_decimal(number.as_bytes()) && is_suffix
}

/// Accepts `1`, `1.`, `1.5` or `.5`.
fn is_decimal(number: &[u8]) -> bool {
    let is_digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let mut parts = number.splitn(2, |&byte| byte == b'.');
    parts.all(is_digits) && number.iter().any(u8::is_ascii_digit)
}

fn is_qualified_name(text: &str) -> bool {
    let name = match text.split_once('/') {
        Some((domain, name)) if domain.split('.').all(is_domain_part) => name,
        Some(_) => return false,
        None => text,
    };
    is_between_alphanumeric(name.as_bytes(), |byte| {
        byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
    })
}

fn is_domain_part(part: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    is_between_alphanumeric(part.as_bytes(), is_inner)
}

/// Returns whether a text starts and ends with a letter or digit and contains
/// only allowed characters.
fn is_between_alphanumeric(text: &[u8], is_inner: impl Fn(u8) -> bool) -> bool {
    let ends = text.first().zip(text.last());
    ends.is_some_and(|(first, last)| first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())
        && text.iter().all(|&byte| is_inner(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_lite::Regex;

    use super::{Pattern, QUALIFIED_NAME, QUANTITY, REASON};

    /// Compares each pattern with a regular expression engine.
    fn agree(text: &str) -> Result<(), TestCaseError> {
        for pattern in [REASON, QUANTITY, QUALIFIED_NAME] {
            let by_hand = Pattern::named(pattern).expect("a known pattern");
            let engine = Regex::new(pattern).expect("a regular expression");
            prop_assert_eq!(
                by_hand.is_match(text),
                engine.is_match(text),
                "{} {:?}",
                pattern,
                text
            );
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn a_pattern_matches_what_an_engine_matches(text in "\\PC{0,6}") {
            agree(&text)?;
        }

        #[test]
        fn the_edges_of_a_pattern_are_those_of_an_engine(
            text in "[+-]?[0-9.]{0,3}[KMGTPEinumkeE+-]{0,2}[0-9.]{0,3}|[a-zA-Z0-9_.:,/\
                     -]{0,9}|[aA0.-]{0,4}/[aA0._-]{0,4}\n?"
        ) {
            agree(&text)?;
        }
    }

    #[test]
    fn an_unknown_pattern_has_no_function() {
        assert!(Pattern::named("^a$").is_none());
    }
}
