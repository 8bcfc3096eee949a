//! Lines of a text that is the value of a field.

use std::ops::Range;

/// The number of the line that a place is on, from 1; `None` if the text has
/// only one.
pub(crate) fn number(text: &str, at: usize) -> Option<usize> {
    let breaks = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count();
    let before = text.get(..at).unwrap_or_default();
    (breaks(text.trim_end()) > 0).then(|| breaks(before).saturating_add(1))
}

/// The line with this number, without the blanks around it; behind the last
/// line that is the last.
pub(crate) fn numbered(text: &str, number: u32) -> (u32, Range<usize>) {
    let mut found = (1, 0..0);
    let mut start = 0_usize;
    for (line, count) in text.trim_end().split('\n').zip(1..=number) {
        let indent = line.len().saturating_sub(line.trim_start().len());
        let first = start.saturating_add(indent);
        found = (count, first..first.saturating_add(line.trim().len()));
        start = start.saturating_add(line.len()).saturating_add(1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{number, numbered};

    #[test]
    fn a_line_has_a_number_where_there_are_several() {
        assert_eq!(number("a: b\n", 3), None);
        assert_eq!(number("a:\n  b\n", 5), Some(2));
        assert_eq!(number("a:\n  b\n", 99), Some(1));
    }

    #[test]
    fn a_line_behind_the_last_is_the_last() {
        let text = "a:\n  b \n\n";
        assert_eq!(numbered(text, 1), (1, 0..2));
        assert_eq!(numbered(text, 2), (2, 5..6));
        assert_eq!(numbered(text, 7), (2, 5..6));
        assert_eq!(numbered("", 3), (1, 0..0));
    }
}
