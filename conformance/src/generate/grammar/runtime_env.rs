//! Texts for `runtimeEnvYAML`.

mod document;
mod scalar;

use super::tweak;
use crate::generate::dice::Dice;

/// What has a meaning in YAML, to be put into the middle of a text.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "-", "- ", "?", "? ", ":", ": ", ",", "[", "]", "{", "}", "#", " #", "&a", "&a ", "*a", "*b ", "!",
    "!!int ", "|", ">", "'", "\"", "%", "@", "`", "<<", "<<: ", "\\", "\n", "\n ", "\n  ", "\r\n", "\t", "---",
    "\n---\n", "\n...\n", "\u{feff}", "~", ".nan", "0x", "_", "=", "..", "''", "\\\"", "\\u00", "\\x", "|2\n",
];

/// What a user writes, for the start.
const ORDINARY: &[&str] = &[
    "pip:\n- torch==2.4\n- numpy\nenv_vars:\n  NCCL_DEBUG: \"1\"\n",
    "working_dir: \"https://example.org/app.zip\"\npip:\n  packages: [a, b]\n  pip_check: false\n",
    "{\"pip\": [\"torch\"], \"env_vars\": {\"A\": \"b\"}}",
    "env_vars: &e {A: 1, B: two}\nmore:\n  <<: *e\n  C: 'x'\n",
    "conda:\n  dependencies:\n  - python=3.10\n  - pip:\n    - ray\n# the end",
    "env_vars:\n  SCRIPT: |\n    set -e\n    run\n  FOLDED: >-\n    one\n    two\n\n  LAST: x\n",
];

/// A text: a document in some style, or a row of parts; often with a few small
/// changes that make it strange or break it.
pub fn runtime_env(dice: &Dice) -> String {
    let mut text = match dice.below(8) {
        0 => dice.of(ORDINARY).into(),
        1 => soup(dice),
        2 => format!("a: {}", scalar::scalar(dice)),
        _ => document::stream(dice),
    };
    if dice.one_in(2) {
        for _ in 0..=dice.below(3) {
            text = match dice.one_in(3) {
                true => disturb_lines(dice, &text),
                false => tweak(dice, &text, PARTS),
            };
        }
    }
    text
}

fn soup(dice: &Dice) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(14) {
        text += &match dice.below(5) {
            0 => scalar::scalar(dice),
            1 => dice.of(&["a", "b", "1"]).into(),
            _ => dice.of(PARTS).into(),
        };
        text += dice.of(&["", "", " ", " ", "\n", "\n ", "\n  "]);
    }
    text
}

/// Indents a line otherwise, ends it otherwise, or moves it.
fn disturb_lines(dice: &Dice, text: &str) -> String {
    let mut lines: Vec<String> = text.split('\n').map(Into::into).collect();
    let (here, there) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(6) {
        0 => lines[here].insert(0, ' '),
        1 => lines[here] = lines[here].strip_prefix(' ').unwrap_or("- ").into(),
        2 => lines[here].insert_str(0, dice.of(&["\t", "  ", "\u{a0}"])),
        3 => lines[here].push_str(dice.of(&["\r", " ", " #", "\t", ":", "\u{85}", "\u{2028}"])),
        4 => lines.swap(here, there),
        _ => drop(lines.remove(here)),
    }
    lines.join("\n")
}
