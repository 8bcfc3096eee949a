//! What is wrong with how an object is written.

use std::collections::{BTreeMap, btree_map};
use std::ops::Range;

use rayjob_rules::json::Path;
use rayjob_rules::rule::Level;
use rayjob_rules::rules;
use rayjob_rules::syntax::nearest::nearest;
use serde_json::Value;

use crate::edit::Edit;
use crate::scalar;
use crate::source::{Position, Source};
use crate::tree::{Entry, Kind, NodeId, Step, Tree};

/// A rule about how an object is written, whatever it says.
#[derive(Debug)]
pub struct TextRule {
    /// The rule's name.
    pub id: &'static str,
    /// What a finding does; settings do not change it.
    pub level: Level,
    /// When the rule finds something: one sentence.
    pub what: &'static str,
    /// What would happen: goes on from the detail, without a full stop.
    pub why: &'static str,
}

/// The id of the rule about words that YAML 1.1 takes for booleans.
pub(crate) const BOOLEAN: &str = "yaml-boolean";

/// These rules.
pub static RULES: [TextRule; 2] = [
    TextRule {
        id: "yaml-duplicate-key",
        level: Level::Deny,
        what: "A key is written more than once in a mapping.",
        why: "kubectl sends the last one and other tools refuse the file",
    },
    TextRule {
        id: BOOLEAN,
        level: Level::Warn,
        what: "A word such as `yes`, `on` or `n` stands without quotes.",
        why: "kubectl reads YAML 1.1, in which it is a boolean; in YAML 1.2 it is a string",
    },
];

/// What a report names besides the rules; neither settings nor comments change
/// it.
pub static OTHERS: [TextRule; 3] = [
    TextRule {
        id: "upgrade-behaviour",
        level: Level::Warn,
        what: "With `--upgrade-from`: a RayJob that the newer release accepts ends otherwise in it.",
        why: "the upgrade changes what happens to it",
    },
    TextRule {
        id: "unreadable-request",
        level: Level::Deny,
        what: "A request, or a field that the policy looks at, is not what it should be, such as a string in place of a number.",
        why: "the policy cannot judge the object and refuses it",
    },
    TextRule {
        id: "invalid-settings",
        level: Level::Deny,
        what: "The settings that a question of Kubewarden brings along cannot be read.",
        why: "nothing can be judged with them",
    },
];

/// The ids of all rules, those of the catalogue and these.
pub fn ids() -> impl Iterator<Item = &'static str> {
    let catalogue = rules::all().map(|rule| rule.id);
    catalogue.chain(RULES.iter().map(|rule| rule.id))
}

/// Whether there is a rule of this id.
///
/// # Errors
/// There is none; the id that was most likely meant, if one is near.
pub fn known(id: &str) -> Result<(), Option<&'static str>> {
    match ids().any(|known| known == id) {
        true => Ok(()),
        false => Err(nearest(id, ids())),
    }
}

/// Something that is wrong with how an object is written.
pub(crate) struct Flaw {
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
    /// The value that it then is, if it is another.
    pub value: Option<Value>,
}

/// What is wrong with how the object at `top` is written.
pub(crate) fn flaws(source: &Source<'_>, tree: &Tree<'_>, top: NodeId) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    tree.visit(top, &mut Vec::new(), &mut |node, path| match &node.kind {
        Kind::Map(entries) => {
            let repeated = repeated(entries).into_iter();
            flaws.extend(repeated.map(|(first, entry)| {
                let first = source.position(first.key_span.start);
                duplicate_key(path, first, entry)
            }));
        }
        Kind::Bool(value) => {
            let written = &source.text()[node.span.clone()];
            if scalar::is_old_boolean(written) {
                flaws.push(old_boolean(
                    to_path(path),
                    written,
                    *value,
                    node.span.clone(),
                ));
            }
        }
        _ => {}
    });
    flaws
}

/// How many keys are compared with each other without a set.
const FEW: usize = 16;

/// Every entry that comes after another one with the same key, behind the first
/// of them.
fn repeated<'e, 't>(entries: &'e [Entry<'t>]) -> Vec<(&'e Entry<'t>, &'e Entry<'t>)> {
    let mut seen = BTreeMap::new();
    let first = |(index, entry): (usize, &'e Entry<'t>)| {
        let first = match entries.len() {
            0..=FEW => entries[..index]
                .iter()
                .find(|before| before.key == entry.key),
            _ => match seen.entry(&*entry.key) {
                btree_map::Entry::Vacant(place) => {
                    place.insert(entry);
                    None
                }
                btree_map::Entry::Occupied(first) => Some(*first.get()),
            },
        };
        Some((first?, entry))
    };
    entries.iter().enumerate().filter_map(first).collect()
}

fn duplicate_key(path: &[Step<'_>], first: Position, entry: &Entry<'_>) -> Flaw {
    let Position { line, column, .. } = first;
    Flaw {
        rule: &RULES[0],
        path: to_path(path).key(entry.key.clone().into_owned()),
        detail: format!("written already in line {line}, column {column}"),
        advice: "Keep one".into(),
        range: entry.key_span.clone(),
        fixes: Vec::new(),
    }
}

fn old_boolean(path: Path, written: &str, value: bool, range: Range<usize>) -> Flaw {
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
        title: "put it in quotes",
        safe: false,
        edit: Edit::new(range.clone(), format!("\"{written}\"")),
        value: Some(written.into()),
    };
    Flaw {
        rule: &RULES[1],
        path,
        detail: format!("{written} is {meant}"),
        advice: format!("Write {meant}, or \"{written}\" if it is meant as a string"),
        range,
        fixes: vec![plain, quoted],
    }
}

fn to_path(steps: &[Step<'_>]) -> Path {
    steps
        .iter()
        .fold(Path::default(), |path, step| match *step {
            Step::Key(key) => path.key(key.to_owned()),
            Step::Index(index) => path.index(index),
        })
}
