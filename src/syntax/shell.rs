//! Text that a shell does not take literally.

pub mod entrypoint;
pub mod join;
pub mod kubelet;
pub mod line;
pub mod remedy;
pub mod script;
pub mod steps;
pub mod word;

use std::ops::Range;

/// The longest text that Linux passes to a program in one argument, in bytes: a page is
/// 4,096 bytes, and 32 of them also hold the NUL at the end
/// (`linux include/uapi/linux/binfmts.h:MAX_ARG_STRLEN`).
pub const LONGEST_ARGUMENT: usize = 131_071;

/// The position in words pasted verbatim into a command line where bash first interprets something:
/// an operator, a line break, a comment, an expansion, or a quote that is never closed.
///
/// File name patterns, `~` and braces do not count: if they match nothing, bash does not change
/// them either.
///
/// ```
/// use rayjob_policy_core::syntax::shell::first_active;
///
/// assert_eq!(first_active("python a.py && python b.py"), Some(12));
/// assert_eq!(first_active("bash -c 'python a.py && python b.py'"), None);
/// ```
pub fn first_active(text: &str) -> Option<usize> {
    // The open quote, and the length of the text remaining where it began.
    let mut open = None;
    let mut in_word = false;
    let mut rest = text.as_bytes();
    while let [c, after @ ..] = rest {
        let left = rest.len();
        rest = after;
        match (open, c) {
            (Some((quote, _)), c) if *c == quote => open = None,
            (Some((b'\'', _)), _) => {}
            (_, b'\\') => {
                // An escaped line break is not a character.
                in_word |= after.first().is_none_or(|escaped| *escaped != b'\n');
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            (_, b'`') => return last(text, left),
            (_, b'$') if expands(after, open.is_none()) => return last(text, left),
            (None, b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' | b'\n') => {
                return last(text, left);
            }
            (None, b'#') if !in_word => return last(text, left),
            (None, b'\'' | b'"') => open = Some((*c, left)),
            _ => {}
        }
        in_word = open.is_some() || !matches!(c, b' ' | b'\t');
    }
    open.and_then(|(_, left)| last(text, left))
}

/// The position of the first expansion in a text pasted between double quotes, with its backslashes
/// and quotes escaped.
///
/// ```
/// use rayjob_policy_core::syntax::shell::first_expansion;
///
/// assert_eq!(first_expansion("costs 5$, \\$HOME"), Some(11));
/// ```
pub fn first_expansion(text: &str) -> Option<usize> {
    let mut rest = text.as_bytes();
    while let [c, after @ ..] = rest {
        if *c == b'`' || (*c == b'$' && expands(after, false)) {
            return last(text, rest.len());
        }
        rest = after;
    }
    None
}

/// The position of the last bytes of a text.
fn last(text: &str, bytes: usize) -> Option<usize> {
    Some(text.len().saturating_sub(bytes))
}

/// The part of a text that shows what bash interprets at a position: an expansion, or else the rest
/// of the line. A line break is invisible, so the line after it is shown instead.
///
/// ```
/// use rayjob_policy_core::syntax::shell::shown;
///
/// assert_eq!(shown("OUT: s3://$BUCKET/x", 10), 10..17);
/// assert_eq!(shown("a.py\n  b.py\nc.py", 4), 7..11);
/// ```
pub fn shown(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let seen = rest.trim_start();
    let line = seen.lines().next().unwrap_or_default().trim_end();
    let end = match line.as_bytes() {
        [b'`', ..] => line
            .get(1..)
            .and_then(|rest| rest.find('`'))
            .map(|end| end.saturating_add(2)),
        [b'$', b'(', ..] => closed(line, b'(', b')'),
        [b'$', b'{', ..] => closed(line, b'{', b'}'),
        [b'$', first, ..] if is_of_name(*first) => line
            .bytes()
            .skip(1)
            .position(|c| !is_of_name(c))
            .map(|end| end.saturating_add(1)),
        [b'$', c, ..] if c.is_ascii() => Some(2),
        _ => None,
    };
    let start = at.saturating_add(rest.len().saturating_sub(seen.len()));
    start..start.saturating_add(end.unwrap_or(line.len()).min(line.len()))
}

fn is_of_name(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

/// The position where the first bracket of a text is closed, if it is.
fn closed(text: &str, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.bytes().enumerate() {
        if c == open {
            depth = depth.saturating_add(1);
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at.saturating_add(1));
            }
        }
    }
    None
}

/// Whether a dollar sign before this text has a special meaning.
fn expands(rest: &[u8], with_quotes: bool) -> bool {
    // An escaped line break is not a character here either.
    let rest = rest.strip_prefix(b"\\\n").unwrap_or(rest);
    match rest.first() {
        Some(b'\'' | b'"') => with_quotes,
        Some(b'_' | b'{' | b'(' | b'[' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => true,
        Some(c) => c.is_ascii_alphanumeric(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    /// What bash interprets first, and the rest of the text.
    fn first_active(text: &str) -> Option<&str> {
        super::first_active(text).and_then(|at| text.get(at..))
    }

    fn first_expansion(text: &str) -> Option<&str> {
        super::first_expansion(text).and_then(|at| text.get(at..))
    }

    #[test]
    fn operators_act_outside_quotes() {
        for operator in [";", "&", "|", "<", ">", "(", ")", "\n"] {
            let text = format!("python a.py {operator} b");
            let active = format!("{operator} b");
            assert_eq!(first_active(&text), Some(&*active));
            for passive in [
                format!("python '{text}'"),
                format!("python \"{text}\""),
                text.replace(operator, &format!("\\{operator}")),
            ] {
                assert_eq!(first_active(&passive), None, "{passive}");
            }
        }
    }

    #[test]
    fn expansions_act_outside_single_quotes() {
        for expansion in ["$A", "${A}", "$(a)", "$1", "$?", "$$", "$-", "`a`"] {
            assert_eq!(first_active(expansion), Some(expansion));
            assert_eq!(first_expansion(expansion), Some(expansion));
            let quoted = format!("\"{expansion}\"");
            assert_eq!(first_active(&quoted), quoted.get(1..));
            assert_eq!(first_active(&format!("'{expansion}'")), None);
        }
        for passive in [
            "\\$A", "\\`", "\"\\$A\"", "5$", "5$ a", "$.a", "\"a$\"", "a\\\nb",
        ] {
            assert_eq!(first_active(passive), None, "{passive}");
        }
        assert_eq!(first_active("a$'b'"), Some("$'b'"));
        assert_eq!(first_expansion("a$'b'"), None);
        assert_eq!(first_expansion("$ \\$A $B"), Some("$A $B"));
    }

    #[test]
    fn a_comment_begins_a_word() {
        assert_eq!(first_active("# a"), Some("# a"));
        assert_eq!(first_active("a #b"), Some("#b"));
        assert_eq!(first_active("a \\\n#b"), Some("#b"));
        for passive in ["a#b", "''#b", "a\\ #b", "a \\#b", "'a #b'"] {
            assert_eq!(first_active(passive), None, "{passive}");
        }
    }

    #[test]
    fn an_open_quote_swallows_the_rest() {
        assert_eq!(first_active("echo it's"), Some("'s"));
        assert_eq!(first_active("a \"b' \\\" c"), Some("\"b' \\\" c"));
        assert_eq!(first_active("\"it's\" 'a\"b'"), None);
    }

    #[test]
    fn as_much_is_shown_as_tells_what_it_is() {
        for (text, expected) in [
            ("$A/b", "$A"),
            ("$a_1-b", "$a_1"),
            ("${A:-b} c", "${A:-b}"),
            ("$(a $(b)) c", "$(a $(b))"),
            ("$(a\nb)", "$(a"),
            ("`a b` c", "`a b`"),
            ("`a\nb`", "`a"),
            ("$? b", "$?"),
            ("$", "$"),
            ("&& b \nc", "&& b"),
            ("\n\n  b c\nd", "b c"),
            ("\n", ""),
            ("'s é\n", "'s é"),
        ] {
            let text = format!("é {text}");
            assert_eq!(text.get(shown(&text, 3)), Some(expected), "{text:?}");
        }
    }
}
