//! Scalars of YAML 1.1.

use crate::generate::dice::Dice;
use crate::generate::grammar::{STRANGE, tweak};

/// Texts that a resolver takes, or just does not take, for something else than a string.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "", "~", "null", "Null", "NULL", "nUll", "true", "True", "TRUE", "tRue", "yes", "Yes", "y", "Y", "n", "N",
    "no", "on", "On", "Off", "OFF", "false", "0", "-0", "1", "-1", "+1", "00", "017", "08", "0o7", "0O7",
    "0x1F", "0X1F", "0xG", "0x", "-0x1", "0b101", "0b2", "-0b1", "0b", "1_000", "_1", "1_", "_", "0_x1",
    "0x_1", "1__0", "1e3", "1E+3", "1e", "1e+", "1.", "1.5", "+.5", ".5", "-.5", ".", "._", "_.1", "1._5",
    "1.5e-3", "1.5.6", "+", "-", "--", "+-1", ".e1", ".inf", "-.inf", "+.INF", ".Inf", ".iNf", ".nan", ".NaN",
    ".NAN", "nan", "NaN", "inf", "Inf", "-inf", "+Inf", "Infinity", "infinity", "1:30", "190:20:30", "1:30.5",
    "2001-12-14", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43", "2001-1-1", "2001-13-45",
    "2001-12-14T", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1e308", "1e309", "-1e400",
    "1e-400", "0x7fffffffffffffff", "0x8000000000000000", "0xffffffffffffffff", "0x10000000000000000",
    "-0x8000000000000000", "-0x8000000000000001",
    "0b111111111111111111111111111111111111111111111111111111111111111", "0777777777777777777777",
    "01777777777777777777777", "02000000000000000000000", "0x1p-2", "0x1.8p1", "1p3", "0x1p", "1_0.0_1", "=",
    "<<", "<", "a", "b", "ab c", "key", "a:b", "a#b", "a #b", "a: b", "?a", "-a", ":a", "::", "a:", "a,b",
    "a, b", "[a", "a]", "{a", "a}", "@a", "`a", "%a", "!a", "&a", "*a", "|a", ">a", "'a", "\"a", "a'b", "a\"b",
    "...", "---", "--- a", "..", "- a", "? a", "é", "日本", "😀", "a\u{a0}b", "\u{feff}a", "a\u{85}b",
    "a\u{2028}b", "\u{7f}", "\u{80}", "\u{fffd}", "\u{fffe}", "\u{ffff}", "\u{1}", "\u{1b}", "a\tb", "a\t",
    "\ta", "a\n b", "a\nb", "a\n\n b",
];

/// What may stand between double quotes, good and bad.
#[rustfmt::skip]
const ESCAPES: &[&str] = &[
    "\\n", "\\t", "\\\t", "\\0", "\\a", "\\b", "\\e", "\\f", "\\v", "\\r", "\\ ", "\\\"", "\\'", "\\\\", "\\/",
    "\\N", "\\_", "\\L", "\\P", "\\x41", "\\x4", "\\xG1", "\\x00", "\\xff", "\\u0041", "\\u004", "\\ud800",
    "\\udc00", "\\ud83d\\ude00", "\\ufffe", "\\U0001F600", "\\U0010FFFF", "\\U00110000", "\\U0000d800",
    "\\UFFFFFFFF", "\\U1", "\\c", "\\", "\\\n", "\\\n  ", "\\\r\n ", "\n", "\n\n", "\n  ", "\n\t", "\n---\n",
    "\n... ", "\n--- a", "\n---a", "a", "b c", " ", "  ", "\t", "'", "#", " #", ": ", "é", "\u{2028}",
    "\u{85}", "\u{feff}", "\0", "\r", "|", "%",
];

#[rustfmt::skip]
const TAGS: &[&str] = &[
    "!!int", "!!float", "!!bool", "!!null", "!!str", "!!binary", "!!timestamp", "!!merge", "!!map", "!!seq",
    "!!set", "!!omap", "!!int2", "!!", "!", "!a", "!!a", "!e!a", "!!in%74", "!a%", "!a%zz", "!a%c3",
    "!a%c3%a9", "!<tag:yaml.org,2002:int>", "!<tag:yaml.org,2002:str>", "!<tag:yaml.org,2002:binary>", "!<!a>",
    "!<!>", "!<>", "!<a", "!<a b>", "!a!b!c", "!a,b", "!a[b]", "!é", "!a#b", "!<tag:yaml.org,2002:merge>",
    "!y!float", "!a{", "!<é>", "!<%>",
];

#[rustfmt::skip]
const BASE64: &[&str] = &[
    "", "aGk=", "aGk", "aGk==", "aGk =", "a", "====", "aGVsbG8=", "aGVs\n  bG8=", "a-_k", "8J+YgA==", "//79",
    "gIGC", "aGk=x", "aGk=\n", " aGk= ",
];

/// A scalar in one of the styles, and sometimes with a tag.
pub fn scalar(dice: &Dice) -> String {
    let text = match dice.below(12) {
        0 => quoted(dice),
        1 => format!("'{}'", single(dice)),
        2 => tweak(
            dice,
            dice_plain(dice),
            &["_", ".", "e", "0", "-", "+", ":", "x", "b"],
        ),
        _ => dice_plain(dice).into(),
    };
    match dice.below(12) {
        0 => format!("{} {text}", tag(dice)),
        1 if dice.one_in(2) => format!(
            "{} {}",
            dice.of(&["!!binary", "!!binary", "!<tag:yaml.org,2002:binary>"]),
            binary(dice)
        ),
        _ => text,
    }
}

fn dice_plain(dice: &Dice) -> &'static str {
    dice.of(PLAIN)
}

/// A tag.
pub fn tag(dice: &Dice) -> &'static str {
    dice.of(TAGS)
}

fn binary(dice: &Dice) -> String {
    let text = dice.of(BASE64);
    match dice.below(3) {
        0 => format!("\"{text}\""),
        1 => format!("'{text}'"),
        _ => text.into(),
    }
}

fn quoted(dice: &Dice) -> String {
    let mut text = String::from("\"");
    for _ in 0..dice.below(5) {
        text += match dice.below(8) {
            0 => dice_plain(dice),
            1 => dice.of(STRANGE),
            _ => dice.of(ESCAPES),
        };
    }
    text + "\""
}

fn single(dice: &Dice) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(4) {
        text += match dice.below(4) {
            0 => dice.of(ESCAPES),
            1 => "''",
            _ => dice_plain(dice),
        };
    }
    text
}

/// A literal or folded scalar, whose lines are indented by so many spaces.
pub fn block(dice: &Dice, indent: usize) -> String {
    #[rustfmt::skip]
    const HEADERS: &[&str] = &[
        "|", "|", ">", "|-", "|+", ">-", ">+", "|2", ">1", "|1-", "|+2", "|-1", "|0", "|10", "|9", "| #c",
        "|#c", "|x", ">  ", "|\t", "|2 ", "|--",
    ];
    #[rustfmt::skip]
    const LINES: &[&str] = &[
        "one", "two three", "", "", " more", "  deeper", "\ttab", "# no comment", "- item", "key: value",
        "---", "...", "é", "\u{85}", "trailing ", "\u{2028}x", "\r", "\u{feff}", " ", "\0",
    ];
    let mut text = dice.of(HEADERS).to_owned();
    for _ in 0..dice.below(5) {
        let indent = match dice.below(8) {
            0 => indent + 1,
            1 => indent.saturating_sub(1),
            _ => indent,
        };
        text += dice.of(&["\n", "\n", "\n", "\n", "\n", "\n", "\r\n", "\r"]);
        text += &" ".repeat(indent);
        text += dice.of(LINES);
    }
    text
}
