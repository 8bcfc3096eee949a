//! Tells from a text, before it is read, whether it may have something to judge.

use rayjob_policy_core::kind::Kind;

/// Whether a text may contain something to judge.
pub fn mentions_ray(text: &[u8]) -> bool {
    // The dot is the rarest of its characters.
    memchr::memchr_iter(b'.', text).any(|at| {
        let (before, after) = text.split_at(at);
        before.ends_with(b"ray") && after.starts_with(b".io")
    })
}

/// The first of these kinds that a line of a text, YAML or not, gives to an object.
pub fn named_kind(text: &str, kinds: &[Kind]) -> Option<Kind> {
    let is_beside = |c: char| c == ' ' || c == '"' || c == '\'';
    let is_kind = |at: usize| {
        let before = text[..at].trim_end_matches(is_beside);
        let key = before
            .strip_suffix(':')
            .map(|key| key.trim_end_matches(is_beside));
        key.is_some_and(|key| key.ends_with("kind"))
    };
    let names = |kind: &Kind| text.match_indices(kind.as_str()).any(|(at, _)| is_kind(at));
    kinds.iter().copied().find(names)
}

/// Whether a text starts like a manifest or a template of one, unlike a program
/// that writes one.
pub(crate) fn begins_as_manifest(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| {
        let begins = ["apiVersion", "kind", "metadata", "{"];
        begins.iter().any(|begin| line.starts_with(begin))
    })
}
