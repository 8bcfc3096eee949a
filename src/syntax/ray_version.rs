//! Ray versions as KubeRay reads them: leniently, and never by suffix.

use std::fmt;

/// A Ray version such as `2.52.0`, reduced to the numbers KubeRay compares.
///
/// The suffix of a pre-release is not part of it: `2.52.0rc1` equals `2.52.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RayVersion {
    major: u64,
    minor: u64,
}

impl RayVersion {
    /// Reads `text` as `k8s.io/apimachinery` v0.35.0
    /// `pkg/util/version/version.go:ParseGeneric` does; `None` where that fails.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::ray_version::RayVersion;
    ///
    /// assert!(RayVersion::parse("2.52.0rc1").is_some());
    /// assert!(RayVersion::parse("nightly").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches([' ', '\t', '\n', '\x0c', '\r']);
        let text = text.strip_prefix('v').unwrap_or(text);
        // Upstream's pattern lets anything but a line feed follow the numbers.
        if text.contains('\n') {
            return None;
        }
        let (mut major, mut minor) = (0, None);
        for (index, part) in text.split('.').enumerate() {
            let digits = part.split(|c: char| !c.is_ascii_digit()).next()?;
            if digits.is_empty() {
                break;
            }
            // Numbers that are never compared must still fit into 64 bits.
            let number: u64 = digits.parse().ok()?;
            match index {
                0 if digits.len() > 1 && digits.starts_with('0') => return None,
                0 => major = number,
                1 => minor = Some(number),
                _ => {}
            }
            if digits.len() < part.len() {
                break;
            }
        }
        Some(Self {
            major,
            minor: minor?,
        })
    }

    /// The version that the tag of an image tells.
    ///
    /// Only the images of Ray, and mirrors of them, have such tags: `rayproject/ray`,
    /// `rayproject/ray-ml` and `rayproject/ray-llm`, and any other that ends in `/ray`.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::ray_version::RayVersion;
    ///
    /// let version = RayVersion::of_image("rayproject/ray:2.52.0-py311-gpu");
    /// assert_eq!(version, RayVersion::parse("2.52.0"));
    /// assert_eq!(RayVersion::of_image("example.com/train:2.52.0"), None);
    /// ```
    pub fn of_image(image: &str) -> Option<Self> {
        Self::parse(image_release(image)?.0)
    }

    /// Whether this is `major.minor.0` or newer. KubeRay has no finer minimum, so
    /// the patch number never matters.
    pub fn at_least(self, major: u64, minor: u64) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

/// The release that the tag of an image of Ray begins with, such as `2.52.0`, and the rest
/// of the tag, such as `-py311-gpu`.
pub fn image_release(image: &str) -> Option<(&str, &str)> {
    let image = image.split('@').next()?;
    let (name, tag) = image.rsplit_once(':')?;
    let is_ray = name.ends_with("/ray")
        || name.ends_with("rayproject/ray-ml")
        || name.ends_with("rayproject/ray-llm");
    let mut parts = 1_usize;
    let mut end = 0_usize;
    for byte in tag.bytes() {
        match byte {
            b'.' => parts = parts.saturating_add(1),
            b'0'..=b'9' => {}
            _ => break,
        }
        end = end.saturating_add(1);
    }
    let (release, rest) = tag.split_at_checked(end)?;
    let is_release = parts == 3 && release.starts_with("2.") && !release.ends_with('.');
    (is_ray && is_release).then_some((release, rest))
}

/// As `2.52`.
impl fmt::Display for RayVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_needs_two_numbers_and_no_line_feed_after_them() {
        for (text, valid) in [
            ("2.52", true),
            ("2.52.0", true),
            ("v2.52", true),
            (" \t\r\n\x0cv2.52", true),
            ("2.52.", true),
            ("2.052", true),
            ("2.52.0rc1", true),
            ("2.52 is fine\rtoo", true),
            ("0.1", true),
            ("2.18446744073709551615", true),
            ("", false),
            ("2", false),
            ("2.", false),
            ("2.x", false),
            ("2x.5", false),
            (".2.5", false),
            ("2..5", false),
            ("vv2.5", false),
            ("v 2.5", false),
            ("V2.5", false),
            ("\u{b}2.5", false),
            ("\u{a0}2.5", false),
            ("+2.5", false),
            ("02.52", false),
            ("00.1", false),
            ("2.52\n", false),
            ("2.52 \nx", false),
            ("2.18446744073709551616", false),
            ("2.52.0.18446744073709551616", false),
            ("nightly", false),
            ("latest", false),
        ] {
            assert_eq!(RayVersion::parse(text).is_some(), valid, "{text:?}");
        }
    }

    #[test]
    fn only_tags_of_ray_images_tell_a_release() {
        for (image, release) in [
            ("rayproject/ray:2.52.0", Some(("2.52.0", ""))),
            (
                "rayproject/ray-ml:2.9.3-py310-gpu",
                Some(("2.9.3", "-py310-gpu")),
            ),
            ("docker.io/rayproject/ray-llm:2.46.0.abc", None),
            (
                "example.com:5000/mirror/ray:2.52.0@sha256:abc",
                Some(("2.52.0", "")),
            ),
            ("rayproject/ray:2.52.0rc1", Some(("2.52.0", "rc1"))),
            ("rayproject/ray:nightly", None),
            ("rayproject/ray:2.52", None),
            ("rayproject/ray@sha256:abc", None),
            ("example.com/ray-ml:2.52.0", None),
            ("example.com/ray:1.4.2", None),
            ("ray:2.52.0", None),
            ("", None),
        ] {
            assert_eq!(image_release(image), release, "{image}");
        }
    }

    #[test]
    fn versions_compare_number_by_number_and_ignore_suffixes() {
        for (text, enough) in [
            ("2.52", true),
            ("2.52.0rc1", true),
            ("2.0052", true),
            ("2.100", true),
            ("3.0.0.dev0", true),
            ("10.0", true),
            ("2.51.9", false),
            ("2.9", false),
            ("1.99", false),
            ("0.0", false),
        ] {
            let version = RayVersion::parse(text).unwrap();
            assert_eq!(version.at_least(2, 52), enough, "{text:?}");
        }
    }
}
