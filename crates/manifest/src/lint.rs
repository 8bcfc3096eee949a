//! Rules about how an object is written.

use std::collections::BTreeMap;
use std::ops::Range;

use rayjob_policy_core::json::Path;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::rules;
use rayjob_policy_core::syntax::nearest::nearest;
use rayjob_policy_yaml::Value as Scalar;
use serde_json::Value;

use crate::edit::Edit;
use crate::source::{Position, Source};
use crate::tree::{Entry, NodeId, NodeKind, Segment, Tree};

/// A rule about how an object is written, regardless of its content.
#[derive(Debug)]
pub struct TextRule {
    /// The ID of the rule.
    pub id: &'static str,
    /// The level of its findings; settings do not change it.
    pub level: Level,
    /// When the rule applies: one sentence.
    pub what: &'static str,
    /// What would happen: continues the detail, without a full stop.
    pub why: &'static str,
}

const DUPLICATE_KEY: TextRule = TextRule {
    id: "yaml-duplicate-key",
    level: Level::Deny,
    what: "A mapping contains the same key more than once.",
    why: "kubectl sends the last value, and other tools refuse the file",
};

/// The rule about words that are booleans in YAML 1.1.
pub(crate) const BOOLEAN: TextRule = TextRule {
    id: "yaml-boolean",
    level: Level::Warn,
    what: "A word such as `yes`, `on` or `n` is not quoted.",
    why: "kubectl reads YAML 1.1, where this word is a boolean; in YAML 1.2 it is a string",
};

/// All rules about how an object is written.
pub static RULES: [TextRule; 2] = [DUPLICATE_KEY, BOOLEAN];

/// The finding of a RayJob that ends differently after an upgrade.
pub(crate) const UPGRADE: TextRule = TextRule {
    id: "upgrade-behaviour",
    level: Level::Warn,
    what: "With `--upgrade-from`: the newer release accepts a RayJob, but the RayJob ends \
           differently.",
    why: "the upgrade changes what happens to the RayJob",
};

/// Other IDs that a report may contain; neither settings nor comments change
/// them.
pub static OTHERS: [TextRule; 3] = [
    UPGRADE,
    TextRule {
        id: "unreadable-request",
        level: Level::Deny,
        what: "A request, or a field that the policy reads, is malformed, such as a string \
               instead of a number.",
        why: "the policy cannot judge the object and denies it",
    },
    TextRule {
        id: "invalid-settings",
        level: Level::Deny,
        what: "The settings in a Kubewarden request cannot be read.",
        why: "the policy cannot judge anything with invalid settings",
    },
];

/// The IDs of all rules, those of the catalogue included.
pub fn ids() -> impl Iterator<Item = &'static str> {
    let catalogue = rules::all().map(|rule| rule.id);
    catalogue.chain(RULES.iter().map(|rule| rule.id))
}

/// Checks that a rule with this ID exists.
///
/// # Errors
/// If there is none, with the most similar ID, if any.
pub fn known(id: &str) -> Result<(), Option<&'static str>> {
    match is_known(id) {
        true => Ok(()),
        false => Err(nearest(id, ids())),
    }
}

/// Whether a rule with this ID exists.
pub(crate) fn is_known(id: &str) -> bool {
    ids().any(|known| known == id)
}

/// A finding of a [`TextRule`].
pub(crate) struct TextFinding {
    pub rule: &'static TextRule,
    pub path: Path,
    pub detail: String,
    pub advice: String,
    /// Where it is, in bytes.
    pub range: Range<usize>,
    pub fixes: Vec<Rewrite>,
}

/// Another way to write a value.
pub(crate) struct Rewrite {
    pub title: &'static str,
    pub safe: bool,
    pub edit: Edit,
    /// The new value, if the rewrite changes it.
    pub value: Option<Value>,
}

/// Tells the findings about how the object at `top` is written.
pub(crate) fn findings(
    source: &Source<'_>,
    tree: &Tree<'_>,
    top: NodeId,
    tell: &mut dyn FnMut(TextFinding),
) {
    tree.visit(top, &mut Vec::new(), &mut |node, path| match &node.kind {
        NodeKind::Map(entries) => {
            for (first, entry) in repeated(entries) {
                let first = source.position(first.key_span.start);
                tell(duplicate_key(path, first, entry));
            }
        }
        NodeKind::Bool(value) => {
            let written = &source.text()[node.span.clone()];
            if is_old_boolean(written) {
                let range = node.span.clone();
                tell(old_boolean(to_path(path), written, *value, range));
            }
        }
        _ => {}
    });
}

/// Whether a plain scalar is a boolean to kubectl and a string in YAML 1.2.
fn is_old_boolean(written: &str) -> bool {
    matches!(rayjob_policy_yaml::infer(written), Scalar::Bool(_))
        && !matches!(
            written,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE"
        )
}

/// Every entry that repeats a key, preceded by the first entry with that key.
fn repeated<'e, 't>(entries: &'e [Entry<'t>]) -> Vec<(&'e Entry<'t>, &'e Entry<'t>)> {
    let mut seen = BTreeMap::<&str, _>::new();
    let first = |entry: &'e Entry<'t>| match seen.get(&*entry.key) {
        Some(&first) => Some((first, entry)),
        None => {
            seen.insert(&entry.key, entry);
            None
        }
    };
    entries.iter().filter_map(first).collect()
}

fn duplicate_key(path: &[Segment<'_>], first: Position, entry: &Entry<'_>) -> TextFinding {
    let Position { line, column, .. } = first;
    TextFinding {
        rule: &DUPLICATE_KEY,
        path: to_path(path).key(entry.key.clone().into_owned()),
        detail: format!("already written at line {line}, column {column}"),
        advice: "Keep only one".into(),
        range: entry.key_span.clone(),
        fixes: Vec::new(),
    }
}

fn old_boolean(path: Path, written: &str, value: bool, range: Range<usize>) -> TextFinding {
    let (title, meant) = match value {
        true => ("write true", "true"),
        false => ("write false", "false"),
    };
    let plain = Rewrite {
        title,
        safe: true,
        edit: Edit::new(range.clone(), meant),
        value: None,
    };
    let quoted = Rewrite {
        title: "put the value in quotes",
        safe: false,
        edit: Edit::new(range.clone(), format!("\"{written}\"")),
        value: Some(written.into()),
    };
    TextFinding {
        rule: &BOOLEAN,
        path,
        detail: format!("{written} is {meant}"),
        advice: format!("Write {meant}, or \"{written}\" if you mean a string"),
        range,
        fixes: vec![plain, quoted],
    }
}

fn to_path(steps: &[Segment<'_>]) -> Path {
    steps
        .iter()
        .fold(Path::default(), |path, step| match *step {
            Segment::Key(key) => path.key(key.to_owned()),
            Segment::Index(index) => path.index(index),
        })
}

#[cfg(test)]
mod tests {
    use super::is_old_boolean;

    #[test]
    fn only_words_that_yaml_1_2_takes_for_strings_are_old_booleans() {
        assert!(["yes", "off", "Y", "n"].into_iter().all(is_old_boolean));
        assert!(
            !["true", "FALSE", "null", "1", ""]
                .into_iter()
                .any(is_old_boolean)
        );
    }
}
