//! The words and operators of a line that bash runs, without running it.
//!
//! As much as tells what reaches a command: quotes, backslashes, comments, operators and
//! here-documents are read as bash reads them. Expansions are only marked.

/// A line, or several, as bash reads them.
#[derive(Debug, Default)]
pub struct Line {
    /// The words and operators, in order.
    pub tokens: Vec<Token>,
    /// Whether a quote or an expansion is never closed, so bash runs nothing of it.
    pub is_open: bool,
}

/// A word or an operator.
#[derive(Debug, PartialEq, Eq)]
pub enum Token {
    /// A word.
    Word(Word),
    /// An operator; a line break is `"\n"`, and a comment is `"#"`.
    Operator(&'static str),
}

/// A word, without its quotes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its text. What bash expands stands there as written.
    pub text: String,
    /// Whether bash expands a part of it, so its text is not known.
    pub expands: bool,
    /// Whether bash makes several words of it, as of `{a,b}`.
    pub has_braces: bool,
    /// Whether a part of it is quoted or escaped.
    pub is_quoted: bool,
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
    /// use rayjob_policy_core::syntax::bash_line::{Line, Token};
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
            is_open: false,
        };
        let mut tokens = Vec::new();
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
                let word = reader.word();
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
        Self {
            tokens,
            is_open: reader.is_open,
        }
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    is_open: bool,
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

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek(0)?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    fn word(&mut self) -> Word {
        let mut text = Vec::new();
        let mut word = Word::default();
        // Whether a brace is open, and whether it has a comma or dots.
        let mut brace = None;
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' => break,
                b'<' | b'>' if self.peek(1) != Some(b'(') || !text.is_empty() => break,
                _ => self.at = self.at.saturating_add(1),
            }
            match byte {
                b'\\' => match self.next() {
                    Some(b'\n') => {}
                    Some(next) => {
                        word.is_quoted = true;
                        text.push(next);
                    }
                    None => text.push(byte),
                },
                b'\'' => {
                    word.is_quoted = true;
                    self.single_quotes(&mut text);
                }
                b'"' => {
                    word.is_quoted = true;
                    word.expands |= self.double_quotes(&mut text);
                }
                b'$' if matches!(self.peek(0), Some(b'\'' | b'"')) => word.expands = true,
                b'$' | b'`' => word.expands |= self.expansion(byte, &mut text),
                b'<' | b'>' => {
                    word.expands = true;
                    self.skip_to_close(b'(', b')');
                }
                _ => {
                    match (byte, brace) {
                        (b'{', _) => brace = Some(false),
                        (b',', Some(_)) => brace = Some(true),
                        (b'.', Some(_)) if self.peek(0) == Some(b'.') => brace = Some(true),
                        (b'}', Some(has_several)) => {
                            word.has_braces |= has_several;
                            brace = None;
                        }
                        _ => {}
                    }
                    text.push(byte);
                }
            }
        }
        word.text = String::from_utf8(text).unwrap_or_default();
        word
    }

    fn single_quotes(&mut self, text: &mut Vec<u8>) {
        loop {
            match self.next() {
                Some(b'\'') => return,
                Some(byte) => text.push(byte),
                None => {
                    self.is_open = true;
                    return;
                }
            }
        }
    }

    /// Reads to the closing quote. Returns whether something is expanded.
    fn double_quotes(&mut self, text: &mut Vec<u8>) -> bool {
        let mut expands = false;
        loop {
            match self.next() {
                Some(b'"') => return expands,
                Some(b'\\') => match self.peek(0) {
                    Some(b'\n') => self.at = self.at.saturating_add(1),
                    Some(byte @ (b'$' | b'`' | b'"' | b'\\')) => {
                        self.at = self.at.saturating_add(1);
                        text.push(byte);
                    }
                    _ => text.push(b'\\'),
                },
                Some(byte @ (b'$' | b'`')) => expands |= self.expansion(byte, text),
                Some(byte) => text.push(byte),
                None => {
                    self.is_open = true;
                    return expands;
                }
            }
        }
    }

    /// Reads an expansion behind its first byte. Returns whether it is one.
    fn expansion(&mut self, first: u8, text: &mut Vec<u8>) -> bool {
        let start = self.at;
        match (first, self.peek(0)) {
            (b'`', _) => loop {
                match self.next() {
                    Some(b'`') => break,
                    Some(b'\\') => self.at = self.at.saturating_add(1),
                    Some(_) => {}
                    None => {
                        self.is_open = true;
                        break;
                    }
                }
            },
            (_, Some(b'(')) => self.skip_to_close(b'(', b')'),
            (_, Some(b'{')) => self.skip_to_close(b'{', b'}'),
            (_, Some(b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-')) => {
                self.at = self.at.saturating_add(1);
            }
            (_, Some(byte)) if byte.is_ascii_alphanumeric() || byte == b'_' => {
                while let Some(byte) = self.peek(0)
                    && (byte.is_ascii_alphanumeric() || byte == b'_')
                {
                    self.at = self.at.saturating_add(1);
                }
            }
            _ => {
                text.push(first);
                return false;
            }
        }
        text.push(first);
        text.extend_from_slice(self.text.get(start..self.at).unwrap_or_default());
        true
    }

    /// Skips to the end of what the bracket that comes next opens.
    fn skip_to_close(&mut self, open: u8, close: u8) {
        let mut depth = 0_usize;
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => self.at = self.at.saturating_add(1),
                b'\'' => self.single_quotes(&mut Vec::new()),
                b'"' => while self.next().is_some_and(|byte| byte != b'"') {},
                _ if byte == open => depth = depth.saturating_add(1),
                _ if byte == close => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
        self.is_open = true;
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
