//! Names of ports as Kubernetes restricts them.
//!
//! Upstream: `k8s.io/apimachinery` v0.35.0 `pkg/util/validation/validation.go`.

use crate::text;

const MAX_BYTES: usize = 15;

/// What keeps a text from being the name of a port (`IsValidPortName`), as the predicate
/// of a sentence; `None` if it is one. The empty text is none.
///
/// ```
/// use rayjob_policy_core::syntax::port_name::port_name_fault;
///
/// assert_eq!(port_name_fault("gcs-server"), None);
/// assert_eq!(port_name_fault("gcs_server").as_deref(), Some("has the character '_'"));
/// ```
pub fn port_name_fault(name: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(c) = name.chars().find(|c| !allowed(*c)) {
        return Some(match c {
            c if c.is_ascii_uppercase() => format!("has the uppercase letter '{c}'"),
            c if c.is_ascii_graphic() || c == ' ' => format!("has the character '{c}'"),
            c => format!("has the character U+{:04X}", u32::from(c)),
        });
    }
    let fault = if name.len() > MAX_BYTES {
        return Some(format!("is {} characters long", name.len()));
    } else if !name.contains(|c: char| c.is_ascii_lowercase()) {
        "has no letter"
    } else if text::has(name, "--") {
        "has '-' twice in a row"
    } else if name.starts_with('-') || name.ends_with('-') {
        "begins or ends with '-'"
    } else {
        return None;
    };
    Some(fault.into())
}

#[cfg(test)]
mod tests {
    use super::port_name_fault;

    #[test]
    fn a_name_is_short_and_has_a_letter() {
        for (name, fault) in [
            ("a", None),
            ("8265-port", None),
            ("a-b-c", None),
            ("123456789012-45", Some("has no letter")),
            ("12345678901234a", None),
            ("123456789012345a", Some("is 16 characters long")),
            ("", Some("has no letter")),
            ("8265", Some("has no letter")),
            ("Http", Some("has the uppercase letter 'H'")),
            ("gcs_server", Some("has the character '_'")),
            ("grpc port", Some("has the character ' '")),
            ("é", Some("has the character U+00E9")),
            ("a--b", Some("has '-' twice in a row")),
            ("-a", Some("begins or ends with '-'")),
            ("a-", Some("begins or ends with '-'")),
        ] {
            assert_eq!(port_name_fault(name).as_deref(), fault, "{name:?}");
        }
    }
}
