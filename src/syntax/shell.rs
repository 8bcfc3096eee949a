//! What a shell does not take as it is written.

/// What bash acts on in words that are pasted into a command line as they are, from there to the
/// end: an operator, a line break, a comment, an expansion, or a quote that is never closed.
///
/// Patterns of file names, `~` and braces are left out: where they match nothing, bash does not
/// touch them either.
///
/// ```
/// use rayjob_rules::syntax::shell::first_active;
///
/// assert_eq!(first_active("python a.py && python b.py"), Some("&& python b.py"));
/// assert_eq!(first_active("bash -c 'python a.py && python b.py'"), None);
/// ```
pub fn first_active(text: &str) -> Option<&str> {
    // The quote that is open, and how much was left where it began.
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
                // An escaped line break is no character at all.
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

/// What bash acts on in a text that is pasted between double quotes, its backslashes and quotes
/// escaped: the first expansion, from there to the end.
///
/// ```
/// use rayjob_rules::syntax::shell::first_expansion;
///
/// assert_eq!(first_expansion("costs 5$, \\$HOME"), Some("$HOME"));
/// ```
pub fn first_expansion(text: &str) -> Option<&str> {
    let mut rest = text.as_bytes();
    while let [c, after @ ..] = rest {
        if *c == b'`' || (*c == b'$' && expands(after, false)) {
            return last(text, rest.len());
        }
        rest = after;
    }
    None
}

/// The last bytes of a text.
fn last(text: &str, bytes: usize) -> Option<&str> {
    text.get(text.len().saturating_sub(bytes)..)
}

/// Whether a dollar sign before this text is more than one.
fn expands(rest: &[u8], with_quotes: bool) -> bool {
    // An escaped line break is no character here either.
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
    use super::*;

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
}
