//! Texts: lines of a field's value, and lists of words.

use std::ops::Range;

/// The words, with a separator between them. (`[str]::join` says the same; a
/// module pays 1.3 KB for each kind of string that it joins.)
pub(crate) fn join(words: &mut dyn Iterator<Item = &str>, separator: &str) -> String {
    let mut joined = String::new();
    for word in words {
        if !joined.is_empty() {
            joined.push_str(separator);
        }
        joined.push_str(word);
    }
    joined
}

/// Whether a text has another one in it, which is not empty. (`str::contains` takes 3 KB
/// of code to be fast.)
pub(crate) fn has(text: &str, part: &str) -> bool {
    count(text, part) > 0
}

/// A text without another one, which is not empty, where it has it first.
pub(crate) fn without(text: &str, part: &str) -> String {
    let mut windows = text.as_bytes().windows(part.len());
    let at = windows.position(|window| window == part.as_bytes());
    let cut = at.map(|at| (text.get(..at), text.get(at.saturating_add(part.len())..)));
    match cut {
        Some((Some(before), Some(after))) => format!("{before}{after}"),
        _ => text.to_owned(),
    }
}

/// How often a text has another one in it, which is not empty.
pub(crate) fn count(text: &str, part: &str) -> usize {
    let windows = text.as_bytes().windows(part.len());
    windows.filter(|window| *window == part.as_bytes()).count()
}

/// The number of the line that a place is on, from 1; `None` if the text has
/// only one.
pub(crate) fn line_number(text: &str, at: usize) -> Option<usize> {
    let breaks = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count();
    let before = text.get(..at).unwrap_or_default();
    (breaks(text.trim_end()) > 0).then(|| breaks(before).saturating_add(1))
}

/// The number, from 1, of the line that a place is on, and where it is, without
/// the blanks around it. Behind the last line that is the last.
pub(crate) fn line(text: &str, at: usize) -> (usize, Range<usize>) {
    let is_break = |byte: u8| byte == b'\n';
    let text = text.trim_end();
    let before = text.get(..at).unwrap_or(text);
    let start = before.bytes().rposition(is_break);
    let start = start.map_or(0, |end| end.saturating_add(1));
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.bytes().position(is_break).unwrap_or(rest.len());
    let line = rest.get(..end).unwrap_or_default();
    let indent = line.len().saturating_sub(line.trim_start().len());
    let first = start.saturating_add(indent);
    let breaks = before.bytes().filter(|byte| is_break(*byte)).count();
    let number = breaks.saturating_add(1);
    (number, first..first.saturating_add(line.trim().len()))
}

#[cfg(test)]
mod tests {
    use super::{line, line_number};

    #[test]
    fn a_line_has_a_number_where_there_are_several() {
        assert_eq!(line_number("a: b\n", 3), None);
        assert_eq!(line_number("a:\n  b\n", 5), Some(2));
        assert_eq!(line_number("a:\n  b\n", 99), Some(1));
    }

    #[test]
    fn a_line_behind_the_last_is_the_last() {
        let text = "a:\n  b \n\n";
        assert_eq!(line(text, 0), (1, 0..2));
        assert_eq!(line(text, 2), (1, 0..2));
        assert_eq!(line(text, 3), (2, 5..6));
        assert_eq!(line(text, 9), (2, 5..6));
        assert_eq!(line("", 3), (1, 0..0));
    }
}
