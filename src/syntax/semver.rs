//! Semantic versions, as KubeRay reads `rayVersion` before it passes `metadata` on.

/// Whether `text` is a version `major.minor.0` or newer and not a pre-release.
///
/// Follows `github.com/Masterminds/semver/v3` v3.2.1 to v3.4.0, `version.go:NewVersion`, and its
/// constraint `>= major.minor.0`: a leading `v`, missing numbers and leading zeros are fine.
///
/// ```
/// use rayjob_policy_core::syntax::semver::is_release_since;
///
/// assert!(is_release_since("2.52", 2, 6));
/// assert!(!is_release_since("2.52.0-rc1", 2, 6));
/// assert!(!is_release_since("2.52.0rc1", 2, 6));
/// ```
pub fn is_release_since(text: &str, major: u64, minor: u64) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text).as_bytes();
    let end = text.iter().position(|b| *b == b'+').unwrap_or(text.len());
    let (numbers, build) = text.split_at_checked(end).unwrap_or_default();
    let mut read = [0; 3];
    let mut places = read.iter_mut();
    for part in numbers.split(|b| *b == b'.') {
        match (places.next(), number(part)) {
            (Some(place), Some(number)) => *place = number,
            _ => return false,
        }
    }
    let in_build = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    let is_build = build.split_first().is_none_or(|(_plus, build)| {
        let mut parts = build.split(|b| *b == b'.');
        parts.all(|part| !part.is_empty() && part.iter().all(in_build))
    });
    let [ours, ours_minor, _] = read;
    is_build && (ours, ours_minor) >= (major, minor)
}

/// A number consisting only of digits, without the minus of a pre-release.
fn number(digits: &[u8]) -> Option<u64> {
    let (first, rest) = digits.split_first()?;
    let digit = |b: &u8| b.is_ascii_digit().then(|| u64::from(b & 0xf));
    rest.iter().try_fold(digit(first)?, |number, b| {
        number.checked_mul(10)?.checked_add(digit(b)?)
    })
}
