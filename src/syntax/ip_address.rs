//! IP addresses.

/// Whether a text is an IP address as Kubernetes has always read one
/// (`k8s.io/utils/net:ParseIPSloppy`): with leading zeros, which newer releases refuse in
/// new fields only.
///
/// ```
/// use rayjob_policy_core::syntax::ip_address::is_ip_address;
///
/// assert!(is_ip_address("10.0.0.2") && is_ip_address("fd00::1"));
/// assert!(!is_ip_address("dns.example"));
/// ```
pub fn is_ip_address(text: &str) -> bool {
    if !text.contains(':') {
        return is_ipv4(text);
    }
    match text.split_once("::") {
        // "::" stands for at least one group.
        Some((left, right)) => match (groups_before(left), groups(right)) {
            (Some(left), Some(right)) => left.saturating_add(right) < 8,
            _ => false,
        },
        None => groups(text) == Some(8),
    }
}

/// The number of groups; an IPv4 address at the end counts as two.
fn groups(text: &str) -> Option<usize> {
    let Some((start, end)) = text.rsplit_once(':') else {
        return match text {
            "" => Some(0),
            text if is_ipv4(text) => Some(2),
            text => is_group(text).then_some(1),
        };
    };
    let last = match end {
        end if is_ipv4(end) => 2,
        end if is_group(end) => 1,
        _ => return None,
    };
    let before = groups_before(start).filter(|before| *before > 0)?;
    Some(before.saturating_add(last))
}

/// The number of groups, none of them an IPv4 address.
fn groups_before(text: &str) -> Option<usize> {
    let all = || text.split(':');
    match text {
        "" => Some(0),
        _ => all().all(is_group).then(|| all().count()),
    }
}

fn is_group(text: &str) -> bool {
    u16::from_str_radix(text, 16).is_ok() && !text.starts_with('+')
}

fn is_ipv4(text: &str) -> bool {
    let is_byte = |part: &str| part.parse::<u8>().is_ok() && !part.starts_with('+');
    text.split('.').count() == 4 && text.split('.').all(is_byte)
}

#[cfg(test)]
mod tests {
    use super::is_ip_address;

    #[test]
    fn addresses_are_of_either_family() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "010.000.0.1",
            "::",
            "::1",
            "1::",
            "fe80::1:2",
            "FD00:a:b:c:d:e:f:1",
            "1:2:3:4:5:6:7::",
            "::ffff:10.0.0.1",
            "1:2:3:4:5:6:10.0.0.1",
        ] {
            assert!(is_ip_address(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_address() {
        for text in [
            "",
            "dns.example",
            "10.0.0",
            "10.0.0.0.1",
            "10.0.0.256",
            "10.0.0.+1",
            "10.0.0.",
            "10.0.0.1/8",
            ":",
            ":1",
            "1:",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7::8",
            "1::2::3",
            ":::",
            "12345::",
            "g::",
            "10.0.0.1::",
            "fe80::1%eth0",
        ] {
            assert!(!is_ip_address(text), "{text}");
        }
    }
}
