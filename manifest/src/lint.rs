//! What is wrong with how an object is written.

use std::collections::HashSet;
use std::ops::Range;

use rayjob_rules::json::Path;
use rayjob_rules::rule::Level;

use crate::edit::Edit;
use crate::scalar;
use crate::tree::{Entry, Kind, NodeId, Step, Tree};

/// Something that is wrong with how an object is written.
pub(crate) struct Flaw {
    pub rule: &'static str,
    pub level: Level,
    pub path: Path,
    pub message: String,
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// Each with its title, whether it is safe, and its edit.
    pub fixes: Vec<(&'static str, bool, Edit)>,
}

/// The ids of these rules.
pub(crate) const RULES: [&str; 2] = [DUPLICATE_KEY, OLD_BOOLEAN];

const DUPLICATE_KEY: &str = "yaml-duplicate-key";
const OLD_BOOLEAN: &str = "yaml-boolean";

/// What is wrong with how the object at `top` is written.
pub(crate) fn flaws(text: &str, tree: &Tree<'_>, top: NodeId) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    tree.visit(top, &mut Vec::new(), &mut |node, path| match &node.kind {
        Kind::Map(entries) => {
            let repeated = repeated(entries).into_iter();
            flaws.extend(repeated.map(|entry| duplicate_key(path, entry)));
        }
        Kind::Bool(value) => {
            let written = &text[node.span.clone()];
            if scalar::is_old_boolean(written) {
                flaws.push(old_boolean(path, written, *value, node.span.clone()));
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
    let mut seen = HashSet::new();
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
    let path = to_path(path).key(entry.key.clone().into_owned());
    Flaw {
        rule: DUPLICATE_KEY,
        level: Level::Deny,
        message: format!(
            "{path}: written more than once; kubectl sends the last one and other tools refuse the file. \
             Keep one. [{DUPLICATE_KEY}]"
        ),
        path,
        range: entry.key_span.clone(),
        fixes: Vec::new(),
    }
}

fn old_boolean(path: &[Step<'_>], written: &str, value: bool, range: Range<usize>) -> Flaw {
    let path = to_path(path);
    let (title, meant) = match value {
        true => ("write true", "true"),
        false => ("write false", "false"),
    };
    Flaw {
        rule: OLD_BOOLEAN,
        level: Level::Warn,
        message: format!(
            "{path}: {written} is {meant} to kubectl and a string to readers of YAML 1.2. \
             Write {meant}, or \"{written}\" in quotes if it is meant as a string. [{OLD_BOOLEAN}]"
        ),
        path,
        fixes: vec![
            (title, true, Edit::new(range.clone(), meant)),
            (
                "put it in quotes",
                false,
                Edit::new(range.clone(), format!("\"{written}\"")),
            ),
        ],
        range,
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
