//! The words and operators of a line that bash runs, without running it.
//!
//! As much as tells what reaches a command: quotes, backslashes, comments, operators and
//! here-documents are read as bash reads them. Expansions are only marked.

use super::word::{self, Shell, Word};

/// A line, or several, as bash reads them.
#[derive(Debug, Default)]
pub struct Line {
    /// The words and operators, in order.
    pub tokens: Vec<Token>,
    /// Whether a quote or an expansion is never closed, so bash runs nothing of it.
    pub is_open: bool,
}

/// A word or an operator.
#[derive(Debug)]
pub enum Token {
    /// A word.
    Word(Word),
    /// An operator; a line break is `"\n"`, and a comment is `"#"`.
    Operator(&'static str),
}

/// The operators, the longest first.
const OPERATORS: [&str; 22] = [
    "<<<", "<<-", "&>>", "&&", "||", ";;", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "|&", ";",
    "&", "|", "<", ">", "(", ")", "\n",
];

impl Line {
    /// Reads a text.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::shell::line::{Line, Token};
    ///
    /// let line = Line::read("echo 'a b' > c # d");
    /// let words = line.tokens.iter().map(|token| match token {
    ///     Token::Word(word) => &*word.text,
    ///     Token::Operator(operator) => operator,
    /// });
    /// assert_eq!(words.collect::<Vec<_>>(), ["echo", "a b", ">", "c", "#"]);
    /// ```
    pub fn read(text: &str) -> Self {
        let mut reader = Reader {
            text: text.as_bytes(),
            at: 0,
        };
        let mut tokens = Vec::new();
        let mut is_open = false;
        // The here-documents that begin after this line: their last line, and whether it
        // may be indented.
        let mut documents: Vec<(String, bool)> = Vec::new();
        let mut begins_document = None;
        while let Some(byte) = reader.peek(0) {
            if matches!(byte, b' ' | b'\t') || reader.skips("\\\n") {
                reader.at = reader.at.saturating_add(1);
                continue;
            }
            if byte == b'#' {
                tokens.push(Token::Operator("#"));
                while reader.peek(0).is_some_and(|byte| byte != b'\n') {
                    reader.at = reader.at.saturating_add(1);
                }
                continue;
            }
            let is_process = matches!(byte, b'<' | b'>') && reader.peek(1) == Some(b'(');
            let operator = OPERATORS
                .into_iter()
                .find(|operator| !is_process && reader.starts_with(operator));
            let Some(operator) = operator else {
                let Ok(word) = word::read(text, reader.at, Shell::Bash, false) else {
                    is_open = true;
                    break;
                };
                reader.at = word.at.end;
                // The number of a file before `>` is no word.
                let is_number = !word.text.is_empty()
                    && !word.is_quoted
                    && word.text.bytes().all(|byte| byte.is_ascii_digit())
                    && matches!(reader.peek(0), Some(b'<' | b'>'));
                if let Some(may_indent) = begins_document.take() {
                    documents.push((word.text.clone(), may_indent));
                }
                if !is_number {
                    tokens.push(Token::Word(word));
                }
                continue;
            };
            reader.at = reader.at.saturating_add(operator.len());
            tokens.push(Token::Operator(operator));
            match operator {
                "<<" | "<<-" => begins_document = Some(operator == "<<-"),
                "\n" => {
                    for (last, may_indent) in documents.drain(..) {
                        reader.skip_document(&last, may_indent);
                    }
                }
                _ => {}
            }
        }
        Self { tokens, is_open }
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at.saturating_add(ahead)).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.starts_with(text.as_bytes())
    }

    /// Whether the text comes next; all but its last byte is skipped then.
    fn skips(&mut self, text: &str) -> bool {
        let is_next = self.starts_with(text);
        if is_next {
            self.at = self.at.saturating_add(text.len()).saturating_sub(1);
        }
        is_next
    }

    /// Skips the lines of a here-document; if its last line is missing, all lines.
    fn skip_document(&mut self, last: &str, may_indent: bool) {
        while self.at < self.text.len() {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let end = end.unwrap_or(rest.len());
            let mut line = rest.get(..end).unwrap_or_default();
            while let (true, [b'\t', after @ ..]) = (may_indent, line) {
                line = after;
            }
            self.at = self.at.saturating_add(end).saturating_add(1);
            if line == last.as_bytes() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Token, Word};

    /// The tokens, with `$` before a word that expands and `?` before one with braces.
    fn tokens(text: &str) -> Vec<String> {
        let line = Line::read(text);
        let shown = |token: &Token| match token {
            Token::Operator(operator) => format!("<{operator}>"),
            Token::Word(Word {
                text,
                expands,
                has_braces,
                ..
            }) => {
                let mark = |is_set: &bool, mark| if *is_set { mark } else { "" };
                format!("{}{}{text}", mark(expands, "$"), mark(has_braces, "?"))
            }
        };
        line.tokens.iter().map(shown).collect()
    }

    #[test]
    fn words_lose_their_quotes() {
        for (text, expected) in [
            ("a  b\tc", &["a", "b", "c"][..]),
            ("a'b c'\"d e\"", &["ab cd e"]),
            (r#""a\"b\c\\""#, &[r#"a"b\c\"#]),
            ("a\\ b c\\\nd", &["a b", "cd"]),
            ("'' \"\"", &["", ""]),
            ("x\\", &["x\\"]),
            ("é'ü'", &["éü"]),
        ] {
            assert_eq!(tokens(text), expected, "{text:?}");
            assert!(!Line::read(text).is_open, "{text:?}");
        }
    }

    #[test]
    fn expansions_are_marked() {
        for (text, expected) in [
            ("$A", &["$$A"][..]),
            ("\"x${A:-b c}\"", &["$x${A:-b c}"]),
            ("a$(b \"c)\" $(d))e", &["$a$(b \"c)\" $(d))e"]),
            ("`a b`", &["$`a b`"]),
            ("'$A' \\$A a$ 5$.", &["$A", "$A", "a$", "5$."]),
            (
                "{a,b} {1..3} {a} \\{a,b} '{a,b}'",
                &["?{a,b}", "?{1..3}", "{a}", "{a,b}", "{a,b}"],
            ),
        ] {
            assert_eq!(tokens(text), expected, "{text:?}");
        }
    }

    #[test]
    fn operators_end_words() {
        for (text, expected) in [
            (
                "a&&b||c;d",
                &["a", "<&&>", "b", "<||>", "c", "<;>", "d"][..],
            ),
            ("a 2>&1 >b", &["a", "<>&>", "1", "<>>", "b"]),
            ("(a)\nb", &["<(>", "a", "<)>", "<\n>", "b"]),
            ("a #b\nc#d", &["a", "<#>", "<\n>", "c#d"]),
            ("cat <<E\na $b\nE\nc", &["cat", "<<<>", "E", "<\n>", "c"]),
            ("cat <<E\na\nE c", &["cat", "<<<>", "E", "<\n>"]),
            ("cat <<-E\n\tE\nc", &["cat", "<<<->", "E", "<\n>", "c"]),
        ] {
            assert_eq!(tokens(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_never_closed_is_open() {
        for text in ["'a", "\"a", "`a", "$(a", "${a", "\"$(a\"", "a 'b' c'"] {
            assert!(Line::read(text).is_open, "{text:?}");
        }
    }
}
