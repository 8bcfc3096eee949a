//! Templates, which are not YAML until they are rendered.

use std::ops::Range;

use crate::placeholder;
use crate::syntax_error::SyntaxError;

/// The reason for a read error in a piece of a text, if the piece looks like a
/// template.
pub(crate) fn reason(text: &str, piece: &Range<usize>, error: &SyntaxError) -> Option<String> {
    let at = text.floor_char_boundary(error.span.start.clamp(piece.start, piece.end));
    let begun = &text[piece.start..at];
    let line = piece.start + begun.rfind('\n').unwrap_or_default();
    let rest = &text[at..piece.end];
    let end = at + rest.find('\n').unwrap_or(rest.len());
    braces(&text[piece.start..end]).or_else(|| {
        // Other placeholders are valid in YAML, so only one on this line can be the cause.
        let token = placeholder::first_in_file(&text[line..end])?;
        let advice = match token.starts_with("$") {
            true => ", for example with envsubst",
            false => "",
        };
        Some(format!(
            "looks like a template ({token}): render it first{advice}"
        ))
    })
}

/// Why a text with braces outside quotes and comments cannot be read.
fn braces(text: &str) -> Option<String> {
    let written = |mark| text.lines().any(|line| is_written(line, mark));
    let (what, advice) = match (written("{{"), written("{%")) {
        (_, true) => ("a Jinja template ({% ... %})", ""),
        (true, _) if placeholder::is_helms(text) => (
            "a Helm template ({{ ... }})",
            ", for example with helm template",
        ),
        (true, _) => (
            "a Helm or Jinja template ({{ ... }})",
            ", for example with helm template",
        ),
        _ => return None,
    };
    Some(format!("looks like {what}: render it first{advice}"))
}

/// Whether a line contains a mark outside quotes and comments.
fn is_written(line: &str, mark: &str) -> bool {
    let mut open = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (open, c) {
            (Some(quote), _) if c == quote => open = None,
            (Some(_), _) => {}
            (None, '#') if before.is_whitespace() => return false,
            // Inside a word it is an apostrophe.
            (None, '"' | '\'') if !before.is_alphanumeric() => open = Some(c),
            (None, _) if line[at..].starts_with(mark) => return true,
            (None, _) => {}
        }
        before = c;
    }
    false
}

/// A text whose placeholders in braces are replaced by words, so that it can be
/// read as YAML.
#[derive(Debug, Default)]
pub(crate) struct Masked {
    /// The text, with its length in bytes unchanged; `None` if there is nothing
    /// to mask.
    pub text: Option<String>,
    /// Where the placeholders are, in bytes of the file.
    places: Vec<Range<usize>>,
}

/// The first letter of a word that masks a placeholder: a letter of two bytes
/// that no manifest contains.
const MARK: char = '\u{7fa}';

impl Masked {
    /// Masks a piece of a text.
    pub fn new(text: &str, piece: &Range<usize>) -> Self {
        let mut masked = Self::default();
        let mut at = piece.start;
        while let Some(open) = text[at..piece.end].find("{{").map(|open| at + open) {
            let Some(close) = text[open..piece.end].find("}}") else {
                break;
            };
            at = open + close + "}}".len();
            masked.places.push(open..at);
        }
        if !masked.places.is_empty() {
            let mut readable = String::with_capacity(piece.len());
            let mut done = piece.start;
            for place in &masked.places {
                readable.push_str(&text[done..place.start]);
                readable.push_str(&word(place));
                done = place.end;
            }
            readable.push_str(&text[done..piece.end]);
            masked.text = Some(readable);
        }
        masked
    }

    /// Restores the text at a place of the file as it is written there.
    pub fn unmask(&self, read: &str, text: &str, place: &Range<usize>) -> Option<String> {
        let first = self
            .places
            .partition_point(|masked| masked.start < place.start);
        let (begin, words) = read.split_once(MARK).filter(|_| self.text.is_some())?;
        let mut unmasked = begin.to_owned();
        for (word, masked) in words.split(MARK).zip(self.places.get(first..)?) {
            unmasked.push_str(&text[masked.clone()]);
            unmasked.push_str(word.get(masked.len() - MARK.len_utf8()..)?);
        }
        Some(unmasked)
    }
}

/// The word for a placeholder.
fn word(place: &Range<usize>) -> String {
    let rest = place.len() - MARK.len_utf8();
    std::iter::once(MARK)
        .chain(std::iter::repeat_n('x', rest))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Masked, reason};
    use crate::stream;
    use crate::syntax_error::SyntaxError;

    /// What is said of a text that cannot be read.
    fn said(text: &str) -> Option<String> {
        let piece = stream::pieces(text).next().expect("a piece");
        let error = stream::read(text, &piece).1.expect("no YAML");
        reason(text, &piece.range, &error)
    }

    #[test]
    fn a_template_is_named_as_what_it_looks_like() {
        for (text, what) in [
            (
                "a: {{ .Values.a }}\n",
                "looks like a Helm template ({{ ... }}): render it first, for example with helm \
                 template",
            ),
            (
                "{{- if .Values.on }}\na: 1\n{{- end }}\n",
                "looks like a Helm template",
            ),
            (
                "a: {{ name }}\n",
                "looks like a Helm or Jinja template ({{ ... }}): render it first",
            ),
            (
                "a: 1\n{% if on %}\nb: 1\n{% endif %}\n",
                "looks like a Jinja template ({% ... %}): render it first",
            ),
            ("{\"a\": {{ n }}}\n", "looks like a Helm or Jinja template"),
            ("a#b: {{ n }}\n", "looks like a Helm or Jinja template"),
            ("it's: {{ n }}\n", "looks like a Helm or Jinja template"),
            (
                "a: @CPU@\n",
                "looks like a template (@CPU@): render it first",
            ),
            (
                "a: %CPU%\n",
                "looks like a template (%CPU%): render it first",
            ),
        ] {
            let said = said(text).expect("a reason");
            assert!(said.starts_with(what), "{text}{said}");
        }
    }

    #[test]
    fn other_faults_keep_their_words() {
        for text in [
            "a: [1\n# {{ x }}\n",
            "a: \"{{ x }}\"\n\tb: 1\n",
            "a: \"b {{ x }}\"\n\tb: 1\n",
            "a: ${CPU}\nb: [\n",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }

    #[test]
    fn a_masked_text_keeps_its_length_and_its_words() {
        let text = "a: {{b: c}}-{{ d }}";
        let masked = Masked::new(text, &(0..text.len()));
        let readable = masked.text.as_deref().expect("something to mask");
        assert_eq!(readable.len(), text.len());
        assert!(!readable.contains(['{', '}']));
        let place = 3..text.len();
        let unmasked = masked.unmask(&readable[place.clone()], text, &place);
        assert_eq!(unmasked.as_deref(), Some(&text[place]));
        assert!(Masked::new("a: b", &(0..4)).text.is_none());
    }

    #[test]
    fn a_fault_behind_the_end_is_no_template() {
        let error = SyntaxError::at(3..3, "ends too soon");
        assert_eq!(reason("a: ", &(0..3), &error), None);
    }
}
