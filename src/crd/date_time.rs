//! Timestamps, as an API server parses them.

/// Returns whether a text is an RFC 3339 timestamp, such as
/// `2026-01-31T12:00:00Z`.
///
/// Source: `k8s.io/kube-openapi` `pkg/validation/strfmt/time.go:IsDateTime`.
pub(super) fn is_date_time(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else {
        return false;
    };
    is_date(date) && is_time(time)
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
    let [Some(year), Some(month), Some(day), None] = parts else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Accepts `12:00:00`, an optional fraction, and `z` or `+01:00`.
fn is_time(text: &str) -> bool {
    let Some((clock, rest)) = text.split_at_checked(8) else {
        return false;
    };
    let mut parts = clock.split(':');
    let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
    let [Some(hour), Some(minute), Some(second), None] = parts else {
        return false;
    };
    let is_below = |text, limit| number(text, 2).is_some_and(|number| number < limit);
    if !(is_below(hour, 24) && is_below(minute, 60) && is_below(second, 60)) {
        return false;
    }
    let is_zone = |zone: &str| {
        let offset = zone
            .strip_prefix(['+', '-'])
            .and_then(|offset| offset.split_once(':'));
        zone == "z" || offset.is_some_and(|(h, m)| number(h, 2).is_some() && number(m, 2).is_some())
    };
    // Any character can precede the fraction.
    let mut chars = rest.chars();
    chars.next();
    let fraction = chars.as_str();
    let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    is_zone(rest) || (zone.len() < fraction.len() && is_zone(zone))
}

/// Parses a number with exactly this many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::is_date_time;

    #[test]
    fn a_time_is_read_as_the_api_server_reads_it() {
        for (text, is_one) in [
            ("2026-01-31T12:00:00Z", true),
            ("2026-01-31t23:59:59.123z", true),
            ("2026-01-31T12:00:00+01:00", true),
            ("2026-01-31T12:00:00,5-99:99", true),
            ("2024-02-29T00:00:00Z", true),
            ("2000-02-29T00:00:00Z", true),
            ("2026-02-28T00:00:00Z", true),
            ("2026-02-29T00:00:00Z", false),
            ("2100-02-29T00:00:00Z", false),
            ("2026-04-30T00:00:00Z", true),
            ("2026-04-31T00:00:00Z", false),
            ("2026-01-31T12:00:00+01:0", false),
            ("2026-01-31T12:00:00+1:00", false),
            ("2026-13-01T00:00:00Z", false),
            ("2026-01-00T00:00:00Z", false),
            ("2026-01-31T24:00:00Z", false),
            ("2026-01-31T12:00:60Z", false),
            ("2026-01-31T12:00:00", false),
            ("2026-01-31T12:00Z", false),
            ("2026-01-31T12:00:00.Z", false),
            ("2026-01-31 12:00:00Z", false),
            ("2026-01-31", false),
            ("", false),
        ] {
            assert_eq!(is_date_time(text), is_one, "{text}");
        }
    }
}
