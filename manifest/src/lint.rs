//! What is wrong with how an object is written.

use std::collections::BTreeSet;
use std::ops::Range;

use rayjob_rules::json::Path;
use rayjob_rules::rule::Level;
use rayjob_rules::rules;
use rayjob_rules::syntax::nearest::nearest;
use serde_json::Value;

use crate::edit::Edit;
use crate::scalar;
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

/// These rules.
pub static RULES: [TextRule; 2] = [
    TextRule {
        id: "yaml-duplicate-key",
        level: Level::Deny,
        what: "A key is written more than once in a mapping.",
        why: "kubectl sends the last one and other tools refuse the file",
    },
    TextRule {
        id: "yaml-boolean",
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

/// What is wrong with how the object at `top` is written, of which the API
/// server refuses some fields.
pub(crate) fn flaws(
    text: &str,
    tree: &Tree<'_>,
    top: NodeId,
    is_refused: &dyn Fn(&Path) -> bool,
) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    tree.visit(top, &mut Vec::new(), &mut |node, path| match &node.kind {
        Kind::Map(entries) => {
            let repeated = repeated(entries).into_iter();
            flaws.extend(repeated.map(|entry| duplicate_key(path, entry)));
        }
        Kind::Bool(value) => {
            let written = &text[node.span.clone()];
            if scalar::is_old_boolean(written) {
                let path = to_path(path);
                // Where no boolean is due the word is meant, not what it stands for.
                let is_text = is_refused(&path);
                flaws.push(old_boolean(
                    path,
                    written,
                    *value,
                    is_text,
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

/// Every entry that comes after another one with the same key.
fn repeated<'e, 't>(entries: &'e [Entry<'t>]) -> Vec<&'e Entry<'t>> {
    let mut seen = BTreeSet::new();
    let is_repeated = |&(index, entry): &(usize, &'e Entry<'t>)| match entries.len() {
        0..=FEW => entries[..index]
            .iter()
            .any(|before| before.key == entry.key),
        _ => !seen.insert(&*entry.key),
    };
    let entries = entries.iter().enumerate().filter(is_repeated);
    entries.map(|(_, entry)| entry).collect()
}

fn duplicate_key(path: &[Step<'_>], entry: &Entry<'_>) -> Flaw {
    Flaw {
        rule: &RULES[0],
        path: to_path(path).key(entry.key.clone().into_owned()),
        detail: "written more than once".into(),
        advice: "Keep one".into(),
        range: entry.key_span.clone(),
        fixes: Vec::new(),
    }
}

fn old_boolean(path: Path, written: &str, value: bool, is_text: bool, range: Range<usize>) -> Flaw {
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
    let (advice, fixes) = match is_text {
        true => (format!("Write \"{written}\""), vec![quoted]),
        false => (
            format!("Write {meant}, or \"{written}\" if it is meant as a string"),
            vec![plain, quoted],
        ),
    };
    Flaw {
        rule: &RULES[1],
        path,
        detail: format!("{written} is {meant}"),
        advice,
        range,
        fixes,
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
