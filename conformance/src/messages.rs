//! Which rules a text of KubeRay stands for.

use std::cmp::Reverse;
use std::sync::LazyLock;

use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rule::Rule;
use rayjob_policy_core::rules;

/// What KubeRay puts before an error of a RayCronJob's template.
const TEMPLATE: &str = "invalid RayJob template: ";

/// What the releases from 1.5 on put before most texts of a RayJob, and those from 1.6 on
/// before all of a RayService.
const FRAMES: [&str; 5] = [
    "The RayJob metadata is invalid: ",
    "The RayJob spec is invalid: ",
    "The RayJob status is invalid: ",
    "The RayService metadata is invalid: ",
    "The RayService spec is invalid: ",
];

/// Every pattern of the catalogue and its rule, the longest pattern first.
static PATTERNS: LazyLock<Vec<(&str, &Rule)>> = LazyLock::new(|| {
    let explained = rules::explained().flat_map(|(_, family)| family);
    let patterns =
        explained.flat_map(|(rule, doc)| doc.messages.iter().map(move |text| (*text, rule)));
    let mut patterns: Vec<_> = patterns.collect();
    patterns.sort_by_key(|(pattern, _)| Reverse(pattern.len()));
    patterns
});

/// Returns the IDs of the rules that an error text of KubeRay about an object of a kind stands
/// for, in the order of the text. A text that no pattern fits comes back as `unmapped: TEXT`.
///
/// A worker group named `Head` cannot be told from the head group.
pub fn rules_in(text: &str, kind: Kind) -> Vec<String> {
    let text = text.strip_prefix(TEMPLATE).unwrap_or(text);
    if !is_deletion_group(text) {
        return vec![rule_in(text, kind)];
    }
    let mut ids = Vec::new();
    for id in text.lines().map(|line| rule_in(line, kind)) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Returns whether a text is of the errors that KubeRay reports together, one a line. Any
/// other text with line breaks is one error that quotes the user.
fn is_deletion_group(text: &str) -> bool {
    text.starts_with("deletionRules[") || text.starts_with("for Job")
}

fn rule_in(text: &str, kind: Kind) -> String {
    let bare = FRAMES.iter().find_map(|frame| text.strip_prefix(frame));
    let fitting = PATTERNS
        .iter()
        .filter(|(_, rule)| rule.kinds.contain(kind))
        .find(|(pattern, _)| fits(text, pattern) || bare.is_some_and(|bare| fits(bare, pattern)));
    match fitting {
        Some((_, rule)) => rule.id.to_owned(),
        None => format!("unmapped: {text}"),
    }
}

/// Returns whether a text begins with a pattern, in which each `*` stands for anything. Patterns
/// hold from the beginning because texts quote what the user wrote, which may look like the text
/// of another rule.
fn fits(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let rest = parts.next().and_then(|first| text.strip_prefix(first));
    let rest = parts.fold(rest, |rest, part| Some(rest?.split_once(part)?.1));
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::kind::Kind;

    use super::{PATTERNS, rules_in};

    #[test]
    fn every_pattern_names_its_own_rule_for_its_own_text() {
        for (pattern, rule) in PATTERNS.iter() {
            let text = pattern.replace('*', "quoted") + " and so on";
            for kind in rule.kinds.iter() {
                assert_eq!(rules_in(&text, kind), [rule.id], "{text}");
            }
        }
    }

    #[test]
    fn a_text_names_its_rules_whatever_stands_around_or_in_it() {
        for (text, expected) in [
            (
                "backoffLimit must be a positive integer",
                &["backoff-negative"][..],
            ),
            (
                "The RayJob spec is invalid: backoffLimit must be a positive integer",
                &["backoff-negative"],
            ),
            (
                "invalid RayJob template: The RayJob spec is invalid: backoffLimit must be \
                 positive",
                &["backoff-negative"],
            ),
            ("something else", &["unmapped: something else"]),
            (
                "no such backoffLimit must be a thing",
                &["unmapped: no such backoffLimit must be a thing"],
            ),
            (
                "failed to unmarshal RuntimeEnvYAML: x\nfor JobStatus\nbackoffLimit must be: \
                 yaml: line 1",
                &["runtime-env-invalid"],
            ),
            (
                "worker group backoffLimit must be has negative minReplicas -1",
                &["worker-min-replicas-negative"],
            ),
            (
                "shutdownAfterJobFinshes is set to 'true' while deletion policy is 'DeleteNone'",
                &["deletion-policy-none-shutdown"],
            ),
            (
                "The RayJob spec is invalid: shutdownAfterJobFinshes is set to 'true' while",
                &["deletion-legacy-none-shutdown"],
            ),
            (
                "deletionRules[0]: TTLSeconds must be non-negative\n\
                 deletionRules[2]: TTLSeconds must be non-negative\n\
                 for JobStatus 'FAILED': DeleteSelf TTL (1) must be >= DeleteCluster TTL (2)",
                &["deletion-rule-ttl-negative", "deletion-rule-ttl-order"],
            ),
            (
                "deletionRules[0]: TTLSeconds must be non-negative\nnever heard of",
                &["deletion-rule-ttl-negative", "unmapped: never heard of"],
            ),
        ] {
            assert_eq!(rules_in(text, Kind::RayJob), expected, "{text}");
        }
    }
}
