//! IP addresses.

use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads an IP address as Kubernetes has always done (`k8s.io/utils/net:ParseIPSloppy`):
/// with leading zeros, which newer releases refuse in new fields only. `None` if the text
/// is none.
///
/// ```
/// use rayjob_policy_core::syntax::ip_address::parse_ip_address;
///
/// assert!(parse_ip_address("10.0.0.2").is_some() && parse_ip_address("fd00::1").is_some());
/// assert_eq!(parse_ip_address("dns.example"), None);
/// ```
pub fn parse_ip_address(text: &str) -> Option<IpAddr> {
    if !text.contains(':') {
        return ipv4(text).map(|address| Ipv4Addr::from(address).into());
    }
    let gap = text.as_bytes().windows(2).position(|pair| pair == b"::");
    let (left, right) = match gap {
        Some(gap) => (text.get(..gap)?, text.get(gap.saturating_add(2)..)?),
        None => ("", text),
    };
    let (mut groups, right) = (read_groups(left, false)?, read_groups(right, true)?);
    let missing = 8_usize
        .checked_sub(groups.len())?
        .checked_sub(right.len())?;
    // "::" stands for at least one group.
    if gap.is_some() != (missing > 0) {
        return None;
    }
    groups.extend(iter::repeat_n(0, missing).chain(right));
    let groups: [u16; 8] = groups.try_into().ok()?;
    Some(Ipv6Addr::from(groups).into())
}

/// Reads groups between colons, of which the last may be an IPv4 address.
fn read_groups(text: &str, may_end_in_ipv4: bool) -> Option<Vec<u16>> {
    let mut groups = Vec::new();
    if text.is_empty() {
        return Some(groups);
    }
    let mut parts = text.split(':').peekable();
    while let Some(part) = parts.next() {
        let address = ipv4(part).filter(|_| may_end_in_ipv4 && parts.peek().is_none());
        if let Some([a, b, c, d]) = address {
            groups.extend([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
        } else {
            groups.push(number(part, 16)?);
        }
    }
    Some(groups)
}

fn ipv4(text: &str) -> Option<[u8; 4]> {
    let mut parts = text.split('.');
    let mut address = [0; 4];
    for byte in &mut address {
        *byte = u8::try_from(number(parts.next()?, 10)?).ok()?;
    }
    parts.next().is_none().then_some(address)
}

/// Reads a number of digits only.
fn number(text: &str, radix: u32) -> Option<u16> {
    let mut number = 0_u16;
    for digit in text.chars() {
        let digit = u16::try_from(digit.to_digit(radix)?).ok()?;
        number = number
            .checked_mul(u16::try_from(radix).ok()?)?
            .checked_add(digit)?;
    }
    (!text.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::parse_ip_address;

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
            assert!(parse_ip_address(text).is_some(), "{text}");
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
            assert_eq!(parse_ip_address(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_read_as_the_standard_library_reads_them() {
        for text in [
            "10.1.2.3",
            "::",
            "fe80::1:2",
            "1::8",
            "1:2:3:4:5:6:10.0.0.1",
            "::ffff:1.2.3.4",
        ] {
            assert_eq!(parse_ip_address(text), text.parse().ok(), "{text}");
        }
    }
}
