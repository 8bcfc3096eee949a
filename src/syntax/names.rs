//! DNS names as Kubernetes restricts them.
//!
//! They are bytes, not text: KubeRay cuts names to a length in bytes, possibly
//! inside a character. Upstream: `k8s.io/apimachinery` v0.35.0
//! `pkg/util/validation/validation.go`.

const MAX_LABEL: usize = 63;
const MAX_SUBDOMAIN: usize = 253;
const MAX_PORT: usize = 15;

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

/// Whether `name` is a DNS-1123 subdomain (`IsDNS1123Subdomain`): DNS-1123
/// labels joined by dots, at most 253 bytes in all. One label may be longer
/// than 63 bytes.
pub fn is_dns1123_subdomain(name: &[u8]) -> bool {
    name.len() <= MAX_SUBDOMAIN && name.split(|byte| *byte == b'.').all(is_label_of_any_length)
}

/// Whether `name` is the name of a port (`IsValidPortName`): 1 to 15 lowercase letters,
/// digits and hyphens, at least one letter, no hyphen first or last, and no two hyphens side
/// by side.
pub fn is_port_name(name: &[u8]) -> bool {
    name.len() <= MAX_PORT
        && is_label_of_any_length(name)
        && name.iter().any(u8::is_ascii_lowercase)
        && !name.windows(2).any(|pair| pair == b"--")
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
    fn a_port_name_is_short_and_has_a_letter() {
        for name in ["a", "dashboard", "http-2", "8080x", "aaaaaaaaaaaaaaa"] {
            assert!(is_port_name(name.as_bytes()), "{name}");
        }
        for name in [
            "",
            "80",
            "-",
            "-a",
            "a-",
            "a--b",
            "Dash",
            "a_b",
            "a.b",
            "ä",
            "aaaaaaaaaaaaaaaa",
        ] {
            assert!(!is_port_name(name.as_bytes()), "{name}");
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
