//! The documents of a text.

use std::ops::Range;

use crate::source::BYTE_ORDER_MARK;
use crate::syntax_error::SyntaxError;
use crate::template::Masked;
use crate::tree::Tree;
use crate::{json, yaml};

/// A piece of a text, from one `---` to the next. A JSON text is one piece.
#[derive(Debug)]
pub struct Piece<'t> {
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// The template that Helm rendered it from (`# Source: chart/templates/x.yaml`).
    pub template: Option<&'t str>,
}

/// Splits a text where a line begins with `---`, as kubectl does, so that an
/// unreadable document does not affect the others.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut begin = text.len() - body.len();
    let mut finder = text.match_indices("\n---").map(|(at, _)| at + 1);
    let mut done = false;
    std::iter::from_fn(move || {
        while !done {
            let next = finder
                .by_ref()
                .find(|&at| is_marker(text, at) && !has_directives_only(&text[begin..at]));
            done = next.is_none();
            let range = begin..next.unwrap_or(text.len());
            begin = range.end;
            let piece = &text[range.clone()];
            if has_content(piece) {
                return Some(Piece {
                    template: template(piece),
                    range,
                });
            }
        }
        None
    })
}

fn is_marker(text: &str, at: usize) -> bool {
    let behind = text.as_bytes().get(at + 3);
    behind.is_none_or(u8::is_ascii_whitespace)
}

/// Whether there is a `%YAML` line that nothing has ended.
fn has_directives_only(piece: &str) -> bool {
    let mut lines = piece.lines().map(str::trim_end);
    lines.clone().any(|line| line.starts_with('%'))
        && lines.all(|line| line.is_empty() || line.starts_with(['%', '#']))
}

fn has_content(piece: &str) -> bool {
    let body = piece.strip_prefix("---").unwrap_or(piece);
    body.lines()
        .map(str::trim)
        .any(|line| !line.is_empty() && !line.starts_with('#'))
}

fn template(piece: &str) -> Option<&str> {
    piece
        .lines()
        .map(|line| line.strip_prefix("---").unwrap_or(line).trim())
        .take_while(|line| line.is_empty() || line.starts_with('#'))
        .find_map(|line| line.strip_prefix("# Source: "))
}

/// Splits the content of a literal block scalar where a line begins with `---` or
/// `...` after the common indentation. The pieces can be read in place, because
/// YAML can be indented as a whole.
pub(crate) fn pieces_of_block(text: &str, content: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut indent = None;
    let (mut begin, mut at) = (content.start, content.start);
    for line in text[content.clone()].split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let is_blank = line.trim().is_empty();
        let is_outermost = !is_blank && *indent.get_or_insert(blanks) == blanks;
        let begins = line[blanks..].starts_with("---") && is_marker(line, blanks);
        if is_outermost && (begins || line.trim() == "...") {
            pieces.push(begin..at);
            begin = at + blanks + "---".len();
        }
        at += line.len();
    }
    pieces.push(begin..content.end);
    pieces.retain(|piece| has_content(&text[piece.clone()]));
    pieces
}

/// Reads the documents of a piece of a text: JSON if it begins with a brace and
/// is JSON, else YAML, as kubectl does.
///
/// Returns also the documents before one that cannot be read.
pub fn read<'t>(text: &'t str, piece: &Piece<'_>) -> (Vec<Tree<'t>>, Option<SyntaxError>) {
    read_masked(text, &piece.range, &Masked::default())
}

/// Reads a piece whose placeholders may be masked.
pub(crate) fn read_masked<'t>(
    text: &'t str,
    range: &Range<usize>,
    masked: &Masked,
) -> (Vec<Tree<'t>>, Option<SyntaxError>) {
    let whole = &text[range.clone()];
    let body = whole.strip_prefix("---").unwrap_or(whole).trim_start();
    let Some(inside) = body.strip_prefix('{') else {
        return yaml::read(text, range.clone(), masked);
    };
    let start = range.end - body.len();
    match json::read(text, start..range.end) {
        Ok(trees) => (trees, None),
        Err(error) => match yaml::read(text, range.clone(), masked) {
            (_, Some(_)) if inside.trim_start().starts_with('"') => (Vec::new(), Some(error)),
            read => read,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{pieces, pieces_of_block};

    #[test]
    fn a_piece_ends_where_a_line_begins_with_three_dashes() {
        for (text, expected) in [
            ("a: 1", &["a: 1"][..]),
            ("a: 1\n---\nb: 2", &["a: 1\n", "---\nb: 2"]),
            ("a: 1\n--- {b: 2}", &["a: 1\n", "--- {b: 2}"]),
            ("a: 1\n---b: 2", &["a: 1\n---b: 2"]),
            ("a: 1\n---", &["a: 1\n"]),
            ("a: 1\n---\n# b\n\n---\n\n", &["a: 1\n"]),
            ("# c\n---\na: 1", &["---\na: 1"]),
            (
                "%YAML 1.1\n\n# c\n---\na: 1",
                &["%YAML 1.1\n\n# c\n---\na: 1"],
            ),
            ("a: '\n%b'\n---\nc: 1", &["a: '\n%b'\n", "---\nc: 1"]),
        ] {
            let found: Vec<_> = pieces(text).map(|piece| &text[piece.range]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_piece_of_a_block_ends_at_the_common_indentation() {
        let text = "  a: 1\n  abc d\n    ---\n  --- # e\n  f\n  ...\n\n  # g\n  ---\n  h\n";
        let pieces = pieces_of_block(text, 0..text.len());
        let found: Vec<_> = pieces.into_iter().map(|piece| &text[piece]).collect();
        let expected = ["  a: 1\n  abc d\n    ---\n", " # e\n  f\n", "\n  h\n"];
        assert_eq!(found, expected);
    }
}
