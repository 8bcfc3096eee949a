//! The grammar of a shell: where commands begin and end, and whether the shell can read
//! them at all.
//!
//! Source: `bash 5.2 parse.y`; `dash 0.5.12 parser.c`.

use std::ops::Range;

use super::word::{self, Open, Shell, Word};

/// The first command of a text, and whether a shell can read the text.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The first command that runs a program.
    pub first: Command,
    /// Where the shell cannot read on.
    pub error: Option<Error>,
    /// The last comment.
    pub comment: Option<Range<usize>>,
}

/// A command that runs a program.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// Its words, without redirections.
    pub words: Vec<Word>,
    /// Its redirections: where each is, the operator, and the word after it.
    pub redirects: Vec<(Range<usize>, &'static str, Word)>,
    /// The operator after it, and where it is; a line break is one too.
    pub end: Option<(&'static str, usize)>,
    /// Whether it is part of a compound command, such as `if`.
    pub is_inside: bool,
}

/// Why a shell cannot read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// What opens is never closed.
    Open(Open),
    /// The word or operator at a position cannot be there.
    Unexpected(usize),
    /// The text ends in the middle of a command.
    Unfinished,
}

/// A compound command that is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compound {
    If,
    Then,
    Else,
    Loop,
    Do,
    Braces,
    Parens,
    Case,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A command, or the end.
    Rest,
    /// A command must come, after an opening word or an operator.
    Command,
    /// Words of a command.
    Words,
    /// A separator or a closing word, after a compound command.
    Compound,
    /// A separator, after a redirection of a compound command.
    Redirected,
    /// The name after `for`.
    ForName,
    /// `in` or `do`.
    ForIn,
    /// The words after `in`.
    ForWords,
    /// `do`.
    ForDo,
    /// The word after `case`.
    CaseWord,
    /// `in`.
    CaseIn,
    /// A pattern or `esac`.
    CasePattern,
    /// A pattern.
    CaseMore,
    /// What follows a pattern.
    CaseEnd,
    /// `]]`
    Condition,
    /// The name after `function`.
    Function,
}

enum Token {
    Word(Word),
    Operator(&'static str),
    LineBreak,
    End,
}

const LINE_BREAK: &str = "\n";

/// The operators, longer ones first, and whether sh knows them.
const OPERATORS: [(&str, bool); 21] = [
    (";;&", false),
    ("&>>", false),
    ("<<<", false),
    ("<<-", true),
    ("&&", true),
    ("||", true),
    (";;", true),
    (";&", false),
    ("|&", false),
    ("&>", false),
    ("<<", true),
    ("<&", true),
    ("<>", true),
    (">>", true),
    (">&", true),
    (">|", true),
    ("<", true),
    (">", true),
    (";", true),
    ("&", true),
    ("|", true),
];

/// The words that need no separator behind a compound command.
const CLOSING: [&str; 8] = ["then", "elif", "else", "fi", "do", "done", "}", "esac"];

struct Reader<'t> {
    text: &'t str,
    shell: Shell,
    at: usize,
    /// Where the last token begins.
    start: usize,
    state: State,
    open: Vec<Compound>,
    /// Here-documents whose text begins after the line: what ends them, whether after
    /// tabs, and where they are announced.
    documents: Vec<(String, bool, usize)>,
    /// The redirections of the command so far.
    script: Script,
    /// Whether the current command is the first.
    is_first: bool,
    /// The number of words of the current command.
    words: usize,
    /// Whether they are all assignments.
    assigns: bool,
    /// Whether the command is `export` or the like, whose arguments are assignments.
    declares: bool,
}

/// Reads a text as a shell does.
///
/// ```
/// use rayjob_policy_core::syntax::shell::script::read;
/// use rayjob_policy_core::syntax::shell::word::Shell;
///
/// let script = read("python 'a b.py' && echo", Shell::Sh);
/// let words: Vec<&str> = script.first.words.iter().map(|word| &*word.text).collect();
/// assert_eq!(words, ["python", "a b.py"]);
/// assert_eq!(script.first.end, Some(("&&", 16)));
/// assert!(script.error.is_none());
/// ```
pub fn read(text: &str, shell: Shell) -> Script {
    let mut reader = Reader {
        text,
        shell,
        at: 0,
        start: 0,
        state: State::Rest,
        open: Vec::new(),
        documents: Vec::new(),
        script: Script::default(),
        is_first: true,
        words: 0,
        assigns: true,
        declares: false,
    };
    let result = reader.script();
    let mut script = reader.script;
    script.error = result.err();
    script
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn starts(&self, with: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..);
        rest.is_some_and(|rest| rest.starts_with(with.as_bytes()))
    }

    /// The position after a line, with its line break.
    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        let end = rest.find('\n').map(|end| end.saturating_add(1));
        from.saturating_add(end.unwrap_or(rest.len()))
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// Skips the here-documents that begin on a line.
    fn skip_documents(&mut self) -> Result<(), Error> {
        for (delimiter, tabs, at) in std::mem::take(&mut self.documents) {
            loop {
                if self.at >= self.text.len() {
                    let open = Open { at, what: b'<' };
                    // A shell takes what there is; only a text that ends in it goes on.
                    return match self.open.is_empty() {
                        true => Ok(()),
                        false => Err(Error::Open(open)),
                    };
                }
                let end = self.line_end(self.at);
                let line = self.text.get(self.at..end).unwrap_or_default();
                let line = line.strip_suffix('\n').unwrap_or(line);
                self.at = end;
                let line = match tabs {
                    true => line.trim_start_matches('\t'),
                    false => line,
                };
                if line == delimiter {
                    break;
                }
            }
        }
        Ok(())
    }

    fn token(&mut self) -> Result<Token, Error> {
        loop {
            match self.byte(self.at) {
                Some(b' ' | b'\t') => self.skip(1),
                Some(b'\\') if self.starts("\\\n") => self.skip(2),
                Some(b'#') => {
                    let end = self.line_end(self.at);
                    let line = self.text.get(self.at..end).unwrap_or_default();
                    let end = end.saturating_sub(usize::from(line.ends_with('\n')));
                    self.script.comment = Some(self.at..end);
                    self.at = end;
                }
                _ => break,
            }
        }
        self.start = self.at;
        match self.byte(self.at) {
            None => return Ok(Token::End),
            Some(b'\n') => {
                self.skip(1);
                self.skip_documents()?;
                return Ok(Token::LineBreak);
            }
            _ => {}
        }
        let is_bash = self.shell == Shell::Bash;
        let is_process = is_bash && (self.starts("<(") || self.starts(">("));
        let may_operate = matches!(
            self.byte(self.at),
            Some(b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
        );
        if may_operate && !is_process {
            for (operator, in_sh) in OPERATORS {
                if (is_bash || in_sh) && self.starts(operator) {
                    self.skip(operator.len());
                    return Ok(Token::Operator(operator));
                }
            }
            for operator in ["(", ")"] {
                if self.starts(operator) {
                    self.skip(1);
                    return Ok(Token::Operator(operator));
                }
            }
        }
        let may_assign = match self.state {
            State::Words => self.assigns || self.declares,
            _ => self.is_command_due(),
        };
        let word = word::read(self.text, self.at, self.shell, may_assign).map_err(Error::Open)?;
        self.at = word.at.end;
        let is_number = !word.is_quoted && word.text.bytes().all(|c| c.is_ascii_digit());
        if is_number && matches!(self.byte(self.at), Some(b'<' | b'>')) {
            // The number of a file that is redirected.
            let start = self.start;
            let token = self.token();
            self.start = start;
            return token;
        }
        Ok(Token::Word(word))
    }

    fn unexpected<T>(&self) -> Result<T, Error> {
        match self.start >= self.text.len() {
            true => Err(Error::Unfinished),
            false => Err(Error::Unexpected(self.start)),
        }
    }

    /// Whether a command may end here.
    fn can_end(&self) -> bool {
        matches!(
            self.state,
            State::Words | State::Compound | State::Redirected
        )
    }

    fn is_command_due(&self) -> bool {
        matches!(self.state, State::Rest | State::Command)
    }

    fn script(&mut self) -> Result<(), Error> {
        loop {
            match self.token()? {
                Token::Word(word) => self.word(word)?,
                Token::Operator(operator) => self.operator(operator)?,
                Token::LineBreak => self.line_break()?,
                Token::End => break,
            }
        }
        if (self.can_end() || self.state == State::Rest) && self.open.is_empty() {
            return Ok(());
        }
        Err(Error::Unfinished)
    }

    fn begin(&mut self) {
        self.is_first = self.script.first.words.is_empty()
            && self.script.first.redirects.is_empty()
            && self.script.first.end.is_none();
        self.script.first.is_inside |= self.is_first && !self.open.is_empty();
        self.words = 0;
        self.assigns = true;
        self.declares = false;
        self.state = State::Words;
    }

    /// Ends a command at an operator.
    fn end(&mut self, operator: &'static str) {
        let first = &mut self.script.first;
        if self.is_first && self.state == State::Words && first.end.is_none() {
            first.end = Some((operator, self.start));
        }
    }

    /// Replaces the innermost compound command, or closes it.
    fn turn(&mut self, from: &[Compound], to: Option<Compound>) -> Result<(), Error> {
        let is_open = self.open.last().is_some_and(|open| from.contains(open));
        if !is_open || !matches!(self.state, State::Rest | State::Compound) {
            return self.unexpected();
        }
        self.open.pop();
        self.open.extend(to);
        self.state = match to {
            Some(_) => State::Command,
            None => State::Compound,
        };
        Ok(())
    }

    fn opens(&mut self, compound: Compound, state: State) {
        self.open.push(compound);
        self.state = state;
    }

    /// Reads a word where a command may begin; false if it is an ordinary one.
    fn keyword(&mut self, word: &str) -> Result<bool, Error> {
        use Compound::{Braces, Case, Do, Else, If, Loop, Then};
        let is_bash = self.shell == Shell::Bash;
        match word {
            "if" => self.opens(If, State::Command),
            "then" => self.turn(&[If], Some(Then))?,
            "elif" => self.turn(&[Then], Some(If))?,
            "else" => self.turn(&[Then], Some(Else))?,
            "fi" => self.turn(&[Then, Else], None)?,
            "while" | "until" => self.opens(Loop, State::Command),
            "for" => self.opens(Loop, State::ForName),
            "select" if is_bash => self.opens(Loop, State::ForName),
            "do" => self.turn(&[Loop], Some(Do))?,
            "done" => self.turn(&[Do], None)?,
            "{" => self.opens(Braces, State::Command),
            "}" => self.turn(&[Braces], None)?,
            "case" => self.opens(Case, State::CaseWord),
            "esac" => self.turn(&[Case], None)?,
            "!" => self.state = State::Command,
            "time" if is_bash => self.state = State::Command,
            "function" if is_bash => self.state = State::Function,
            "[[" if is_bash => {
                self.begin();
                self.state = State::Condition;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn word(&mut self, word: Word) -> Result<(), Error> {
        let raw = self.text.get(word.at.clone()).unwrap_or_default();
        match self.state {
            State::Rest | State::Command => {
                if self.keyword(raw)? {
                    return Ok(());
                }
                if self.state != State::Condition {
                    self.begin();
                }
            }
            State::Words | State::Condition => {}
            State::Compound if CLOSING.contains(&raw) => {
                self.keyword(raw)?;
                return Ok(());
            }
            // dash alone reads it.
            State::Redirected if raw == "esac" && self.shell == Shell::Sh => {
                self.state = State::Rest;
                return self.turn(&[Compound::Case], None);
            }
            State::ForName => {
                self.state = State::ForIn;
                return Ok(());
            }
            State::ForIn | State::ForDo if raw == "do" => {
                self.state = State::Rest;
                return self.turn(&[Compound::Loop], Some(Compound::Do));
            }
            State::ForIn if raw == "in" => {
                self.state = State::ForWords;
                return Ok(());
            }
            State::ForWords => return Ok(()),
            State::CaseWord => {
                self.state = State::CaseIn;
                return Ok(());
            }
            State::CaseIn if raw == "in" => {
                self.state = State::CasePattern;
                return Ok(());
            }
            State::CasePattern if raw == "esac" => {
                self.state = State::Rest;
                return self.turn(&[Compound::Case], None);
            }
            State::CasePattern | State::CaseMore => {
                self.state = State::CaseEnd;
                return Ok(());
            }
            State::Function => {
                if self.starts("()") {
                    self.skip(2);
                }
                self.state = State::Command;
                return Ok(());
            }
            _ => return self.unexpected(),
        }
        if self.state == State::Condition && raw == "]]" {
            self.state = State::Compound;
        }
        self.declares |=
            self.assigns && matches!(raw, "export" | "declare" | "local" | "readonly" | "typeset");
        self.assigns &= word.assigns;
        self.words = self.words.saturating_add(1);
        if self.is_first {
            self.script.first.words.push(word);
        }
        Ok(())
    }

    fn line_break(&mut self) -> Result<(), Error> {
        match self.state {
            _ if self.can_end() => {
                // The text of a here-document is part of the command.
                let last = self.at.saturating_sub(1);
                self.start = match self.byte(last) {
                    Some(b'\n') => last,
                    _ => self.at,
                };
                self.end(LINE_BREAK);
                self.state = State::Rest;
            }
            State::ForWords => self.state = State::ForDo,
            State::ForName | State::CaseWord | State::CaseMore | State::CaseEnd => {
                return self.unexpected();
            }
            _ => {}
        }
        Ok(())
    }

    fn operator(&mut self, operator: &'static str) -> Result<(), Error> {
        let is_bash = self.shell == Shell::Bash;
        let can_end = self.can_end();
        match operator {
            _ if self.state == State::Condition => {}
            "(" if self.state == State::CasePattern => self.state = State::CaseMore,
            ")" if self.state == State::CaseEnd => self.state = State::Rest,
            "|" if self.state == State::CaseEnd => self.state = State::CaseMore,
            ";" if matches!(self.state, State::ForIn | State::ForWords) => {
                self.state = State::ForDo;
            }
            ";" if self.state == State::ForDo => {}
            "(" if is_bash
                && self.byte(self.at) == Some(b'(')
                && (self.is_command_due() || self.state == State::ForName) =>
            {
                let end = word::closed(self.text.as_bytes(), self.at, b')', false);
                let end = end.ok_or(Error::Unfinished)?;
                let is_sum = self.text.get(..end).is_some_and(|sum| sum.ends_with("))"));
                match (is_sum, self.state) {
                    (true, State::ForName) => self.state = State::ForIn,
                    (true, _) => self.state = State::Compound,
                    (false, State::ForName) => return self.unexpected(),
                    (false, _) => {
                        self.opens(Compound::Parens, State::Command);
                        return Ok(());
                    }
                }
                self.at = end;
            }
            "(" if self.is_command_due() => self.opens(Compound::Parens, State::Command),
            // A function: NAME ().
            "(" if self.state == State::Words && self.words == 1 && !self.assigns => {
                let start = self.start;
                match self.token()? {
                    Token::Operator(")") => self.state = State::Command,
                    _ => return Err(Error::Unexpected(start)),
                }
            }
            ")" if can_end || self.state == State::Rest => {
                self.end(operator);
                self.state = State::Rest;
                self.turn(&[Compound::Parens], None)?;
            }
            ";;" | ";&" | ";;&" if can_end || self.state == State::Rest => {
                self.end(operator);
                if self.open.last() != Some(&Compound::Case) {
                    return self.unexpected();
                }
                self.state = State::CasePattern;
            }
            ";" | "&" if can_end => {
                self.end(operator);
                self.state = State::Rest;
            }
            "&&" | "||" | "|" | "|&" if can_end => {
                self.end(operator);
                self.state = State::Command;
            }
            "(" | ")" | ";;" | ";&" | ";;&" | ";" | "&" | "&&" | "||" | "|" | "|&" => {
                return self.unexpected();
            }
            _ if can_end || self.is_command_due() => self.redirect(operator)?,
            _ => return self.unexpected(),
        }
        Ok(())
    }

    /// Reads what follows the operator of a redirection.
    fn redirect(&mut self, operator: &'static str) -> Result<(), Error> {
        let start = self.start;
        let (state, words) = (self.state, self.words);
        // A number is a word here, unless it is one of a file that is redirected.
        self.state = State::Words;
        self.assigns &= state == State::Words;
        self.declares &= state == State::Words;
        let Token::Word(word) = self.token()? else {
            return self.unexpected();
        };
        self.state = match state {
            State::Compound => State::Redirected,
            state => state,
        };
        self.words = words;
        if self.is_command_due() {
            self.begin();
        }
        if let "<<" | "<<-" = operator {
            let tabs = operator == "<<-";
            self.documents.push((word.text.clone(), tabs, start));
        }
        if self.is_first && self.state == State::Words {
            let part = start..word.at.end;
            self.script.first.redirects.push((part, operator, word));
        }
        Ok(())
    }
}
