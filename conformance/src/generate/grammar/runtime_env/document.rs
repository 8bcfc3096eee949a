//! Documents of YAML 1.1, written in any style.

use super::scalar;
use crate::generate::dice::Dice;

const ANCHORS: &[&str] = &["a", "b", "c", "a-1", "A_", "0", "é", "a.b", "a:", "", "a,"];

/// A stream of one or more documents, of which only the first counts.
pub fn stream(dice: &Dice) -> String {
    let mut text = dice
        .of(&[
            "", "", "", "", "", "", "\u{feff}", "\n", " ", "\t", "# c\n", "#\r",
        ])
        .to_owned();
    let mut directives = 0;
    while directives < 2 && dice.one_in(10) {
        #[rustfmt::skip]
        const DIRECTIVES: &[&str] = &[
            "%YAML 1.1", "%YAML 1.2", "%YAML 1.1 # c", "%YAML 1.1x", "%YAML 1", "%YAML 01.1", "%YAML 1.01",
            "%YAML 1.99999999999", "%YAML", "%TAG ! !a", "%TAG !e! tag:e,2000:", "%TAG !! tag:yaml.org,2002:",
            "%TAG !y! tag:yaml.org,2002:", "%TAG !e! é", "%TAG !e tag:", "%TAG", "%FOO bar", "%", "%YAML\t1.1",
            " %YAML 1.1", "%TAG !e! %", "%TAG !e! tag:%41",
        ];
        text += dice.of(DIRECTIVES);
        text += dice.of(&["\n", "\n", "\r\n", " \n", ""]);
        directives += 1;
    }
    if directives > 0 && !dice.one_in(4) || dice.one_in(5) {
        text += dice.of(&[
            "---\n",
            "---\n",
            "--- ",
            "---",
            "--- # c\n",
            "---\t",
            "---\r\n",
            "--- |\n",
            "--- !!map\n",
            "--- &a\n",
        ]);
    }
    let root = match dice.below(10) {
        0 => value(dice, 0, 3),
        1 => flow(dice, 3),
        _ => mapping(dice, 0, 3),
    };
    text += root.strip_prefix('\n').unwrap_or(&root);
    if dice.one_in(5) {
        text += dice.of(&[
            "\n...",
            "\n...\n",
            "\n---",
            "\n---\nb: [",
            "\n...\n%YAML 1.1\n---\n",
            "\n... x",
            "\n--- x",
            "\n...\nb: 1",
            "\n# c",
            " # c",
            "\n \n",
            "\n\t",
            "\n\t# c",
            "\u{0}",
            "\n%",
            "\n...\n%a",
            "\n  ",
            "\n}",
            "\n]",
            "\n...\n- a",
        ]);
    } else if dice.one_in(2) {
        text += "\n";
    }
    if dice.one_in(15) {
        text = text.replace('\n', dice.of(&["\r\n", "\r", "\u{85}", "\u{2028}", "\n\n"]));
    }
    text
}

/// Anchor and tag of a node, most often none.
fn properties(dice: &Dice) -> String {
    let mut text = String::new();
    let (mut anchors, mut tags) = (dice.one_in(8), dice.one_in(14));
    if dice.one_in(2) && tags {
        tags = false;
        text += scalar::tag(dice);
        text += " ";
    }
    while anchors {
        text += "&";
        text += dice.of(ANCHORS);
        text += " ";
        anchors = dice.one_in(20);
    }
    if tags {
        text += scalar::tag(dice);
        text += " ";
    }
    text
}

/// What may stand behind a `:` or `-` at this indentation.
fn value(dice: &Dice, indent: usize, depth: usize) -> String {
    let properties = properties(dice);
    let node = match dice.below(14) {
        0 => format!("*{}", dice.of(ANCHORS)),
        1 => scalar::block(dice, indent + 1),
        2 | 3 if depth > 0 => flow(dice, depth - 1),
        4..7 if depth > 0 => mapping(dice, indent + 1 + dice.below(2), depth - 1),
        7..9 if depth > 0 => sequence(dice, indent + dice.below(3), depth - 1),
        _ => scalar::scalar(dice),
    };
    properties + &node
}

fn end_of_line(dice: &Dice) -> &'static str {
    match dice.one_in(8) {
        true => dice.of(&[
            " # c", " #", "#", " ", "\t", "\r", " \t# c", "\n", "\n# c", "\n   # c", "\n\t",
        ]),
        false => "",
    }
}

fn start_of_line(dice: &Dice, indent: usize) -> String {
    let indent = match dice.below(40) {
        0 => indent + 1,
        1 => indent.saturating_sub(1),
        _ => indent,
    };
    format!("\n{}", " ".repeat(indent))
}

fn mapping(dice: &Dice, indent: usize, depth: usize) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(3) {
        text += &start_of_line(dice, indent);
        match dice.below(30) {
            0 => {
                text += "? ";
                text += &value(dice, indent, depth);
                text += &start_of_line(dice, indent);
                text += dice.of(&[": ", ":", "", ":\t"]);
                text += &value(dice, indent, depth);
            }
            1 | 2 => {
                text += dice.of(&[
                    "<<: ",
                    "<<: ",
                    "<<: ",
                    "'<<': ",
                    "!!merge <<: ",
                    "!!str <<: ",
                    "? <<\n: ",
                ]);
                text += &merged(dice, indent, depth);
            }
            _ => {
                text += &key(dice, depth);
                text += dice.of(&[": ", ": ", ": ", ": ", ": ", ": ", ":", ":  ", " : ", ":\t"]);
                text += &value(dice, indent, depth);
            }
        }
        text += end_of_line(dice);
    }
    text
}

fn merged(dice: &Dice, indent: usize, depth: usize) -> String {
    match dice.below(5) {
        0 => value(dice, indent, depth),
        1 => format!("[*{}, {{b: 1}}, *{}]", dice.of(ANCHORS), dice.of(ANCHORS)),
        2 => dice
            .of(&[
                "{}",
                "[]",
                "{a: 1}",
                "[{a: 1}, b]",
                "[[{a: 1}]]",
                "~",
                "x",
                "[*a]",
                "{? a, b}",
            ])
            .into(),
        _ => format!("*{}", dice.of(ANCHORS)),
    }
}

fn key(dice: &Dice, depth: usize) -> String {
    match dice.below(24) {
        0 => scalar::scalar(dice),
        1 => format!("{}{}", properties(dice), scalar::scalar(dice)),
        2 => format!("*{} ", dice.of(ANCHORS)),
        3 => flow(dice, depth.min(1)),
        4 => {
            // A simple key ends within 1024 characters.
            let length = [1023, 1024, 1025, 1026][dice.below(4)];
            let character = dice.of(&["k", "é", "日"]);
            let end = dice.of(&["", " ", "\""]);
            let start = if end == "\"" { "\"" } else { "" };
            format!("{start}{}{end}", character.repeat(length - dice.below(3)))
        }
        _ => dice
            .of(&[
                "pip",
                "env_vars",
                "a",
                "b",
                "1",
                "true",
                "'q'",
                "\"d\"",
                "working_dir",
                "<",
            ])
            .into(),
    }
}

fn sequence(dice: &Dice, indent: usize, depth: usize) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(3) {
        text += &start_of_line(dice, indent);
        text += dice.of(&[
            "- ", "- ", "- ", "- ", "-", "-  ", "- - ", "-\t", "- ? ", "- a: ",
        ]);
        text += &value(dice, indent, depth);
        text += end_of_line(dice);
    }
    text
}

fn flow(dice: &Dice, depth: usize) -> String {
    if depth == 0 || dice.one_in(6) {
        let scalar = scalar::scalar(dice);
        return match dice.below(4) {
            0 => format!("[{scalar}]"),
            1 => format!("{{{scalar}}}"),
            2 => dice.of(&["[]", "{}", "[ ]", "{ }", "[,]", "{,}"]).into(),
            _ => scalar,
        };
    }
    let is_map = dice.one_in(2);
    let mut text = String::from(if is_map { "{" } else { "[" });
    for position in 0..dice.below(4) {
        if position > 0 {
            text += dice.of(&[
                ", ", ", ", ", ", ",", " , ", ",\n", ",\n  ", ",\t", ",,", ", # c\n ", " ",
            ]);
        }
        let pair = if is_map {
            !dice.one_in(8)
        } else {
            dice.one_in(6)
        };
        if pair {
            text += dice.of(&["", "", "", "", "? ", "?"]);
            text += &match dice.below(8) {
                0 => flow(dice, depth - 1),
                1 => format!("<<: *{}", dice.of(ANCHORS)),
                _ => key(dice, 0),
            };
            text += dice.of(&[": ", ": ", ": ", ":", " : ", ":\n "]);
        }
        text += &properties(dice);
        text += &match dice.below(6) {
            0 => format!("*{}", dice.of(ANCHORS)),
            _ => flow(dice, depth - 1),
        };
    }
    text += dice.of(&["", "", "", "", ",", " ", "\n", ", "]);
    text + match dice.one_in(25) {
        true => "",
        false if is_map => "}",
        false => "]",
    }
}
