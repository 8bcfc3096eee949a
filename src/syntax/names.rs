//! DNS names as Kubernetes restricts them.
//!
//! They are bytes, not text: KubeRay cuts names to a length in bytes, possibly
//! inside a character. Upstream: `k8s.io/apimachinery` v0.35.0
//! `pkg/util/validation/validation.go`.

const MAX_LABEL: usize = 63;
const MAX_SUBDOMAIN: usize = 253;

/// Whether `name` is a DNS-1035 label (`IsDNS1035Label`): 1 to 63 lowercase
/// letters, digits and hyphens, a letter first and no hyphen last.
pub fn is_dns1035_label(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_lowercase) && is_dns1123_label(name)
}

/// Whether `name` is a DNS-1123 label (`IsDNS1123Label`): 1 to 63 lowercase
/// letters, digits and hyphens, no hyphen first or last.
pub fn is_dns1123_label(name: &[u8]) -> bool {
    name.len() <= MAX_LABEL && is_label_of_any_length(name)
}

/// What keeps a text from being a DNS-1123 label, as the predicate of a sentence;
/// `None` if it is one.
pub fn dns1123_label_fault(name: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let bytes = name.len();
    if is_dns1123_label(name.as_bytes()) {
        None
    } else if name.is_empty() {
        Some("is empty".into())
    } else if let Some(c) = name.chars().find(|c| !allowed(*c)) {
        Some(match c {
            c if c.is_ascii_uppercase() => format!("has the uppercase letter '{c}'"),
            c if c.is_ascii_graphic() || c == ' ' => format!("has the character '{c}'"),
            c => format!("has the character U+{:04X}", u32::from(c)),
        })
    } else if bytes > MAX_LABEL {
        Some(format!(
            "is {bytes} bytes long, at most {MAX_LABEL} are allowed"
        ))
    } else {
        Some("begins or ends with '-'".into())
    }
}

/// Whether `name` is a DNS-1123 subdomain (`IsDNS1123Subdomain`): DNS-1123
/// labels joined by dots, at most 253 bytes in all. One label may be longer
/// than 63 bytes.
pub fn is_dns1123_subdomain(name: &[u8]) -> bool {
    name.len() <= MAX_SUBDOMAIN && name.split(|byte| *byte == b'.').all(is_label_of_any_length)
}

fn is_label_of_any_length(label: &[u8]) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    label.first().is_some_and(alphanumeric)
        && label.last().is_some_and(alphanumeric)
        && label.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_subdomains_differ_in_first_byte_dots_and_length() {
        let (l63, l64) = ("a".repeat(63), "a".repeat(64));
        let (l253, l254) = ("a".repeat(253), "a".repeat(254));
        let dots = ["a"; 127].join(".");
        for (name, dns1035, dns1123, subdomain) in [
            ("a", true, true, true),
            ("ray-job-1", true, true, true),
            ("a--b", true, true, true),
            ("1a", false, true, true),
            ("7", false, true, true),
            ("a.b", false, false, true),
            ("1.2", false, false, true),
            (&l63, true, true, true),
            (&l64, false, false, true),
            (&l253, false, false, true),
            (&dots, false, false, true),
            (&l254, false, false, false),
            ("", false, false, false),
            ("-", false, false, false),
            ("-a", false, false, false),
            ("a-", false, false, false),
            ("a.-b", false, false, false),
            ("a..b", false, false, false),
            (".a", false, false, false),
            ("a.", false, false, false),
            ("A", false, false, false),
            ("a_b", false, false, false),
            ("a b", false, false, false),
            ("a\n", false, false, false),
            ("ä", false, false, false),
        ] {
            let bytes = name.as_bytes();
            assert_eq!(is_dns1035_label(bytes), dns1035, "{name:?}");
            assert_eq!(is_dns1123_label(bytes), dns1123, "{name:?}");
            assert_eq!(is_dns1123_subdomain(bytes), subdomain, "{name:?}");
        }
    }

    #[test]
    fn a_fault_says_what_is_wrong() {
        let long = "a".repeat(64);
        for (name, fault) in [
            ("ray-head", None),
            ("", Some("is empty")),
            ("Ray_head", Some("has the uppercase letter 'R'")),
            ("ray_Head", Some("has the character '_'")),
            ("ray head", Some("has the character ' '")),
            ("räy", Some("has the character U+00E4")),
            (&long, Some("is 64 bytes long, at most 63 are allowed")),
            ("-a", Some("begins or ends with '-'")),
        ] {
            assert_eq!(dns1123_label_fault(name).as_deref(), fault, "{name:?}");
        }
    }

    #[test]
    fn a_name_cut_inside_a_character_is_refused() {
        let cut = &"aä".as_bytes()[..2];
        assert!(!is_dns1035_label(cut));
        assert!(!is_dns1123_label(cut));
        assert!(!is_dns1123_subdomain(cut));
    }
}
