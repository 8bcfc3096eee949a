//! One word of a shell's text: its quotes, and what the shell replaces in it.
//!
//! Source: `bash 5.2 parse.y`, `subst.c`; `dash 0.5.12 parser.c`, `expand.c`.

use std::ops::Range;

use super::expands;

/// A shell, with the syntax that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash, which runs in the submitter.
    Bash,
    /// `/bin/sh` of Ray's images, which is dash and runs on the head.
    Sh,
}

/// What a shell replaces in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Active {
    /// A variable, the output of a command, or a quote that begins with `$`.
    Expansion,
    /// A text with escapes, `$'...'`, which only bash knows.
    Escapes,
    /// `${NAME:?}` or `${NAME?}`: the shell stops if the variable is not set.
    Required,
    /// An expansion that the shell does not know, such as `${NAME^^}` in sh.
    Unknown,
    /// A pattern of file names.
    Pattern,
    /// A `~` that stands for a home directory.
    Tilde,
    /// Braces that bash turns into several words.
    Braces,
}

/// A word of a command.
#[derive(Clone, Debug, Default)]
pub struct Word {
    /// Where it is in the text.
    pub at: Range<usize>,
    /// The word without its quotes; an active part as it is written.
    pub text: String,
    /// The first part that the shell replaces, and how.
    pub active: Option<(Range<usize>, Active)>,
    /// Whether the shell replaces a part by what is not known here.
    pub expands: bool,
    /// Whether bash makes several words of it, as of `{a,b}`.
    pub has_braces: bool,
    /// Whether it begins with a name and `=`, unquoted.
    pub assigns: bool,
    /// Whether any part of it is quoted.
    pub is_quoted: bool,
}

/// Why a word has no end: what opens at a position is never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// The position.
    pub at: usize,
    /// What opens: a quote, `$`, `<` for a here-document.
    pub what: u8,
}

/// The end of what has opened before a position, by the character that closes it;
/// `None` if it has none. Quotes and brackets inside are skipped. `in_quotes` says
/// whether all of it is in double quotes.
pub(super) fn closed(text: &[u8], from: usize, close: u8, in_quotes: bool) -> Option<usize> {
    let mut open = vec![close];
    if in_quotes {
        open = vec![b'"', close];
    }
    let depth = open.len();
    let mut at = from;
    while let [.., top] = *open {
        if open.len() < depth {
            break;
        }
        let c = *text.get(at)?;
        at = at.saturating_add(1);
        match (top, c) {
            (_, b'\\') => at = at.saturating_add(1),
            (_, c) if c == top => {
                open.pop();
            }
            (b'`', _) => {}
            (_, b'`') => open.push(b'`'),
            (_, b'$') => {
                let close = match text.get(at) {
                    Some(b'(') => b')',
                    Some(b'{') => b'}',
                    _ => continue,
                };
                open.push(close);
                at = at.saturating_add(1);
            }
            (b'"', _) => {}
            (_, b'"') => open.push(b'"'),
            (b')', b'(') => open.push(b')'),
            // Within double quotes, a single quote in ${NAME:-it's} is a character.
            (_, b'\'') if top == b')' || !matches!(*open, [.., b'"', _]) => {
                at = after(text, at, b'\'')?;
            }
            _ => {}
        }
    }
    Some(at)
}

/// The position after the next such byte.
fn after(text: &[u8], from: usize, byte: u8) -> Option<usize> {
    let rest = text.get(from..)?;
    let found = rest.iter().position(|c| *c == byte)?;
    Some(from.saturating_add(found).saturating_add(1))
}

/// The kind of an expansion that is written `${...}`, by what is between the braces.
fn parameter(inner: &[u8], shell: Shell) -> Active {
    let inner = match inner {
        // The length of a value.
        [b'#', rest @ ..] if !rest.is_empty() => rest,
        _ => inner,
    };
    let name = match inner {
        [c, ..] if c.is_ascii_alphabetic() || *c == b'_' => inner
            .iter()
            .take_while(|c| c.is_ascii_alphanumeric() || **c == b'_')
            .count(),
        [c, ..] if c.is_ascii_digit() => inner.iter().take_while(|c| c.is_ascii_digit()).count(),
        _ => 1,
    };
    match inner.get(name..) {
        Some([b':', b'?', ..] | [b'?', ..]) => Active::Required,
        Some([] | [b':', b'-' | b'=' | b'+', ..] | [b'-' | b'=' | b'+' | b'#' | b'%', ..]) => {
            Active::Expansion
        }
        _ if shell == Shell::Bash => Active::Expansion,
        _ => Active::Unknown,
    }
}

/// Whether a shell replaces the `~` at the beginning of a text: by the home directory
/// of its user, or of one that Ray's images have.
fn is_home(rest: &[u8]) -> bool {
    let is_end = |c: &u8| matches!(c, b'/' | b':' | b' ' | b'\t' | b'\n' | b';' | b'&' | b'|');
    [&b""[..], b"+", b"-", b"root", b"ray"]
        .iter()
        .filter_map(|name| rest.strip_prefix(*name))
        .any(|rest| rest.first().is_none_or(is_end))
}

/// Whether bash counts or spells through what is between two braces: `1..3`, `a..e`.
fn is_sequence(inner: &[u8]) -> bool {
    // Longer numbers do not count.
    let inner = inner.get(..inner.len().min(64)).unwrap_or_default();
    let is_number = |part: &[u8]| {
        let digits = part.strip_prefix(b"-").unwrap_or(part);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    };
    let is_letter = |part: &[u8]| matches!(part, [c] if c.is_ascii_alphabetic());
    let may_count = |first: &[u8], last: &[u8]| {
        is_number(first) && is_number(last) || is_letter(first) && is_letter(last)
    };
    // Between two dots is an empty part.
    let parts: Vec<&[u8]> = inner.split(|c| *c == b'.').collect();
    match *parts {
        [first, b"", last] => may_count(first, last),
        [first, b"", last, b"", step] => may_count(first, last) && is_number(step),
        _ => false,
    }
}

/// What has been read of a word.
struct Reading<'t> {
    source: &'t [u8],
    shell: Shell,
    text: Vec<u8>,
    active: Option<(Range<usize>, Active)>,
    expands: bool,
    has_braces: bool,
    /// The places of open braces, and whether a comma follows them.
    braces: Vec<(usize, bool)>,
    /// The place of an open bracket.
    bracket: Option<usize>,
    /// Whether a pattern may match: no file begins with `--out=` or `s3://`.
    names_files: bool,
    /// Whether it has a `=`.
    has_value: bool,
    is_quoted: bool,
}

impl Reading<'_> {
    fn found(&mut self, part: Range<usize>, active: Active) {
        match active {
            Active::Braces => self.has_braces = true,
            Active::Pattern | Active::Tilde => {}
            _ => self.expands = true,
        }
        // What stops the shell counts more than what it replaces.
        let stops = |active| matches!(active, Active::Required | Active::Unknown);
        let is_more = self
            .active
            .as_ref()
            .is_none_or(|(_, known)| stops(active) && !stops(*known));
        if is_more {
            self.active = Some((part, active));
        }
    }

    fn raw(&self, part: Range<usize>) -> &[u8] {
        self.source.get(part).unwrap_or_default()
    }

    /// Takes a part of the source as it is.
    fn take(&mut self, part: Range<usize>) {
        let part = self.source.get(part).unwrap_or_default();
        self.text.extend_from_slice(part);
    }

    /// Reads what follows a `$` or a backquote at a position, and returns where it ends.
    fn expansion(&mut self, at: usize, in_quotes: bool) -> Result<usize, Open> {
        let next = at.saturating_add(1);
        let inner = next.saturating_add(1);
        let open = Open { at, what: b'$' };
        let is_tick = self.source.get(at) == Some(&b'`');
        let is_bash = self.shell == Shell::Bash;
        let rest = self.source.get(next..).unwrap_or_default();
        if !is_tick && !expands(rest, is_bash && !in_quotes) {
            self.take(at..next);
            return Ok(next);
        }
        let mut active = Active::Expansion;
        let end = match rest.first() {
            _ if is_tick => {
                closed(self.source, next, b'`', in_quotes).ok_or(Open { at, what: b'`' })?
            }
            Some(b'(') => closed(self.source, inner, b')', in_quotes).ok_or(open)?,
            Some(b'{') => {
                let end = closed(self.source, inner, b'}', in_quotes).ok_or(open)?;
                active = parameter(self.raw(inner..end.saturating_sub(1)), self.shell);
                end
            }
            Some(b'[') if is_bash => closed(self.source, inner, b']', in_quotes).ok_or(open)?,
            Some(b'[') => {
                self.take(at..next);
                return Ok(next);
            }
            Some(b'\'') => {
                let end = self.escaped(inner);
                let end = end.ok_or(Open {
                    at: next,
                    what: b'\'',
                })?;
                self.found(at..end, Active::Escapes);
                return Ok(end);
            }
            // The quote is read next.
            Some(b'"') => next,
            Some(c) if c.is_ascii_alphabetic() || *c == b'_' => {
                let name = rest
                    .iter()
                    .take_while(|c| c.is_ascii_alphanumeric() || **c == b'_');
                next.saturating_add(name.count())
            }
            _ => inner,
        };
        self.take(at..end);
        self.found(at..end, active);
        Ok(end)
    }

    /// Reads what is between `$'` and `'`, and returns where it ends, if it does.
    fn escaped(&mut self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let c = *self.source.get(at)?;
            at = at.saturating_add(1);
            match c {
                b'\'' => return Some(at),
                b'\\' => {
                    match *self.source.get(at)? {
                        b'n' => self.text.push(b'\n'),
                        b't' => self.text.push(b'\t'),
                        c if c.is_ascii_punctuation() => self.text.push(c),
                        c => self.text.extend([b'\\', c]),
                    }
                    at = at.saturating_add(1);
                }
                c => self.text.push(c),
            }
        }
    }

    /// Reads a text in double quotes from after the first one to after the second.
    fn quoted(&mut self, from: usize) -> Result<usize, Open> {
        let mut at = from;
        while let Some(&c) = self.source.get(at) {
            let next = at.saturating_add(1);
            match c {
                b'"' => return Ok(next),
                b'\\' => {
                    let end = next.saturating_add(1);
                    match self.source.get(next) {
                        Some(b'\n') => {}
                        Some(b'$' | b'`' | b'"' | b'\\') => self.take(next..end),
                        _ => self.take(at..end),
                    }
                    at = end;
                }
                b'$' | b'`' => at = self.expansion(at, true)?,
                _ => {
                    self.text.push(c);
                    at = next;
                }
            }
        }
        let at = from.saturating_sub(1);
        Err(Open { at, what: b'"' })
    }

    /// Notes a character outside quotes that may be part of a pattern.
    fn pattern(&mut self, at: usize, c: u8) {
        let next = at.saturating_add(1);
        match c {
            b'*' | b'?' if self.names_files => self.found(at..next, Active::Pattern),
            b'[' => self.bracket = self.bracket.or(Some(at)),
            b']' => {
                if let Some(open) = self.bracket.take() {
                    let inner = self.raw(open.saturating_add(1)..at);
                    // No file is called like `layers=[64,64]`.
                    if !inner.is_empty() && self.names_files && !self.has_value {
                        self.found(open..next, Active::Pattern);
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes a brace or a comma outside quotes.
    fn brace(&mut self, at: usize, c: u8) {
        match (c, self.braces.last_mut()) {
            (b'{', _) => self.braces.push((at, false)),
            (b',', Some((_, comma))) => *comma = true,
            (b'}', _) => {
                if let Some((open, comma)) = self.braces.pop() {
                    let inner = self.raw(open.saturating_add(1)..at);
                    if comma || is_sequence(inner) {
                        self.found(open..at.saturating_add(1), Active::Braces);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a text is a name and `=` or, for bash, `+=`, and nothing else.
fn is_assignment(text: &[u8], shell: Shell) -> bool {
    let name = text.strip_suffix(b"=").unwrap_or_default();
    let name = match shell {
        Shell::Bash => name.strip_suffix(b"+").unwrap_or(name),
        Shell::Sh => name,
    };
    matches!(name, [first, rest @ ..]
        if (first.is_ascii_alphabetic() || *first == b'_')
            && rest.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'_'))
}

/// Reads the word at a position of a text, which is not empty there. `may_assign` says
/// whether `NAME=value` would be an assignment, whose value is no pattern.
pub(super) fn read(text: &str, at: usize, shell: Shell, may_assign: bool) -> Result<Word, Open> {
    let source = text.as_bytes();
    let is_bash = shell == Shell::Bash;
    let mut word = Reading {
        source,
        shell,
        text: Vec::new(),
        active: None,
        expands: false,
        has_braces: false,
        braces: Vec::new(),
        bracket: None,
        names_files: true,
        has_value: false,
        is_quoted: false,
    };
    let start = at;
    let mut at = at;
    let mut assigns = false;
    // Where the value of an assignment begins.
    let mut value = start;
    while let Some(&c) = source.get(at) {
        let next = at.saturating_add(1);
        match c {
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')' => break,
            b'<' | b'>' => {
                if !is_bash || source.get(next) != Some(&b'(') {
                    break;
                }
                let open = Open { at, what: c };
                let end = closed(source, next.saturating_add(1), b')', false).ok_or(open)?;
                word.take(at..end);
                word.found(at..end, Active::Expansion);
                at = end;
                continue;
            }
            b'(' => {
                if !is_bash || !may_assign || !is_assignment(word.raw(start..at), shell) {
                    break;
                }
                let open = Open { at, what: c };
                let end = closed(source, next, b')', false).ok_or(open)?;
                word.take(at..end);
                at = end;
                continue;
            }
            b'\\' => {
                let end = next.saturating_add(1);
                match source.get(next) {
                    None => word.text.push(c),
                    Some(b'\n') => {}
                    Some(_) => {
                        word.is_quoted = true;
                        word.take(next..end);
                    }
                }
                at = end;
                continue;
            }
            b'\'' => {
                let open = Open { at, what: c };
                let end = after(source, next, b'\'').ok_or(open)?;
                word.is_quoted = true;
                word.take(next..end.saturating_sub(1));
                at = end;
                continue;
            }
            b'"' => {
                word.is_quoted = true;
                at = word.quoted(next)?;
                continue;
            }
            b'$' | b'`' => {
                at = word.expansion(at, false)?;
                continue;
            }
            b'=' if !word.has_value => {
                word.has_value = true;
                value = next;
                assigns = is_assignment(word.raw(start..next), shell);
                word.names_files &= source.get(start) != Some(&b'-');
            }
            b'/' if word.raw(start..at).ends_with(b":/") => word.names_files = false,
            b'~' => {
                let rest = source.get(next..).unwrap_or_default();
                let before = word.raw(start..at).last();
                // bash does so in each word that looks like an assignment.
                let is_value =
                    assigns && (may_assign || is_bash) && (at == value || before == Some(&b':'));
                if (at == start || is_value) && is_home(rest) {
                    word.found(at..next, Active::Tilde);
                }
            }
            b'*' | b'?' | b'[' | b']' if !(assigns && may_assign) => word.pattern(at, c),
            b'{' | b',' | b'}' if is_bash => word.brace(at, c),
            _ => {}
        }
        word.text.push(c);
        at = next;
    }
    Ok(Word {
        at: start..at.min(source.len()),
        // Only quotes are removed, which are characters of their own.
        text: String::from_utf8(word.text).unwrap_or_default(),
        active: word.active,
        expands: word.expands,
        has_braces: word.has_braces,
        assigns,
        is_quoted: word.is_quoted,
    })
}
