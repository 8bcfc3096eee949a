//! The delivery of an entrypoint from a RayJob to the head: what each shell reads, and what is
//! lost on the way.
//!
//! In K8sJobMode and SidecarMode, KubeRay trims the entrypoint and pastes it into a script
//! of bash, the kubelet replaces `$$` and `$(NAME)`, bash hands the words to `ray job
//! submit`, Ray joins them to one text, and `/bin/sh` on the head reads that. In HTTPMode
//! only the last step happens.
//!
//! Source: `kuberay v1.7.0 ray-operator/controllers/ray/common/job.go:BuildJobSubmitCommand`
//! (the releases differ only in what waits for the dashboard), and the procedure that 4,000
//! entrypoints were held against: `tests/entrypoints.rs`.

use std::ops::Range;

use super::join::Join;
use super::kubelet;
use super::script::{self, Command, Error, Script};
use super::word::{Active, Open, Shell, Word};
use crate::kuberay::SubmissionMode;
use crate::syntax::shell::LONGEST_ARGUMENT;

/// How an entrypoint is submitted.
#[derive(Clone, Copy)]
pub struct Submission<'r> {
    /// Who submits it. InteractiveMode counts as HTTPMode.
    pub mode: SubmissionMode,
    /// How Ray joins the words.
    pub join: Join,
    /// Whether the submitter's container has a variable.
    pub has_variable: &'r dyn Fn(&str) -> bool,
}

/// What each shell between a RayJob and the head reads of an entrypoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The text that the first shell reads: trimmed, and after the kubelet.
    pub text: String,
    /// The part of the entrypoint that the kubelet replaces first, and where it is.
    pub expanded: Option<(Range<usize>, String)>,
    /// What bash in the submitter reads: the words are those for Ray. Positions are those
    /// in [`text`](Self::text). In HTTPMode no bash reads it.
    pub submitter: Option<Script>,
    /// The text that `/bin/sh` on the head gets, where bash knows the words: `None` if
    /// nothing is submitted.
    pub submitted: Option<String>,
    /// What `/bin/sh` reads in it.
    pub head: Script,
    /// Where each word is in the submitted text.
    starts: Vec<usize>,
    /// The bytes in front of the trimmed text.
    indent: usize,
    mode: SubmissionMode,
    /// Whether the last line of the entrypoint ends in a carriage return.
    ends_in_return: bool,
    /// Whether a backslash at the end quotes the blank that KubeRay writes behind it.
    pub(crate) eats_blank: bool,
    join: Join,
    /// The bytes of the text, if they are more than [`LONGEST_ARGUMENT`].
    pub too_long: Option<usize>,
}

/// A kind of damage, the worst ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// bash stops before it runs `ray job submit`.
    NotSubmitted,
    /// sh on the head cannot read the entrypoint as it is written.
    Syntax,
    /// The command is one word with spaces.
    QuotedCommand,
    /// An assignment whose value needs quotes.
    Assignment,
    /// The head's shell acts on an operator that was quoted.
    HeadOperator,
    /// The command is none that sh knows.
    NotACommand,
    /// A carriage return at the end.
    CarriageReturn,
    /// The kubelet replaces a part.
    Kubelet,
    /// A backslash at the end of a line does not continue it.
    Continuation,
    /// What follows `||` runs if submitting fails.
    Fallback,
    /// A part runs in the submitter.
    InSubmitter,
    /// The output or input of `ray job submit` is redirected.
    Redirect,
    /// The submitter's value takes the place of an expansion.
    SubmitterValue,
    /// bash makes several words of braces.
    Braces,
    /// The head's shell replaces an expansion that was quoted.
    HeadValue,
    /// The head's shell takes quotes, patterns or a comment for its own.
    HeadQuotes,
    /// `!` becomes the name of a program.
    Negation,
}

/// Damage to an entrypoint.
#[derive(Clone, Debug)]
pub struct Damage {
    /// Its kind.
    pub kind: Kind,
    /// The part of the entrypoint that causes it; empty if it is not known.
    pub part: Range<usize>,
    /// Where it is caused: in what the first shell reads, or in what the head reads.
    pub cause: String,
}

/// Commands of bash that sh does not have.
const BASH_ONLY: [&str; 8] = [
    "[[", "declare", "function", "let", "popd", "pushd", "shopt", "source",
];

/// Words that begin a command, and hardly the name of a folder.
const COMMANDS: [&str; 32] = [
    "accelerate",
    "aws",
    "bash",
    "cat",
    "cd",
    "chmod",
    "cp",
    "curl",
    "deepspeed",
    "echo",
    "env",
    "exec",
    "export",
    "git",
    "gsutil",
    "ls",
    "mkdir",
    "mv",
    "nohup",
    "pip",
    "python",
    "python3",
    "ray",
    "rm",
    "serve",
    "sh",
    "source",
    "tar",
    "time",
    "torchrun",
    "uv",
    "wget",
];

/// Words with which a command of sh cannot begin.
pub(super) const RESERVED: [&str; 16] = [
    "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "then",
    "until", "while", "in",
];

/// A stand-in for what stands before and after the entrypoint in KubeRay's script.
const BEFORE_IN_JOB: &str = "if (( 1 )) ; then submit -- ";
const AFTER_IN_JOB: &str = " ; fi ; :";
const BEFORE_IN_SIDECAR: &str = "submit -- ";
const AFTER_IN_SIDECAR: &str = " ;";
/// The number of words in front of the entrypoint.
const WORDS_BEFORE: usize = 2;

impl Delivery {
    /// Whether no shell can change a text: it has only letters, digits and characters
    /// without a meaning, and begins with an ordinary name.
    pub fn is_plain(entrypoint: &str) -> bool {
        let text = entrypoint.trim_matches([' ', '\n']);
        if text.len() > LONGEST_ARGUMENT {
            return false;
        }
        let name = text.split(' ').next().unwrap_or_default();
        let is_plain = |c: u8| {
            matches!(c, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b':' | b'+'..=b'/')
                || matches!(c, b' ' | b'_' | b'@' | b'%' | b'=')
        };
        text.bytes().all(is_plain) && !RESERVED.contains(&name) && !is_unknown(name)
    }

    /// The text that `/bin/sh` on the head gets, with what bash replaces in it as it is
    /// written.
    pub fn shown(&self) -> String {
        let Some(submitter) = &self.submitter else {
            return self.text.clone();
        };
        let mut text = String::new();
        for word in &submitter.first.words {
            self.join.append(&mut text, &word.text);
        }
        text
    }

    /// Delivers an entrypoint.
    ///
    /// ```
    /// use rayjob_policy_core::kuberay::SubmissionMode;
    /// use rayjob_policy_core::syntax::shell::entrypoint::{Delivery, Kind, Submission};
    /// use rayjob_policy_core::syntax::shell::join::Join;
    ///
    /// let mode = SubmissionMode::K8sJob;
    /// let submission = Submission { mode, join: Join::List2Cmdline, has_variable: &|_| false };
    /// let delivery = Delivery::new("python -c 'print(1)'", &submission);
    /// assert_eq!(delivery.submitted.as_deref(), Some("python -c print(1)"));
    /// let [damage] = &*delivery.damages() else { panic!() };
    /// assert_eq!(damage.kind, Kind::HeadOperator);
    /// ```
    pub fn new(entrypoint: &str, submission: &Submission<'_>) -> Self {
        let length = entrypoint.trim().len();
        if length > LONGEST_ARGUMENT {
            return Self {
                head: Script::default(),
                submitted: None,
                text: String::new(),
                expanded: None,
                submitter: None,
                starts: Vec::new(),
                indent: 0,
                mode: submission.mode,
                ends_in_return: false,
                eats_blank: false,
                join: submission.join,
                too_long: Some(length),
            };
        }
        let ends_in_return = entrypoint.trim_end_matches('\n').ends_with('\r');
        let (before, after) = match submission.mode {
            SubmissionMode::K8sJob => (BEFORE_IN_JOB, AFTER_IN_JOB),
            SubmissionMode::Sidecar => (BEFORE_IN_SIDECAR, AFTER_IN_SIDECAR),
            _ => {
                return Self {
                    head: script::read(entrypoint, Shell::Sh),
                    submitted: Some(entrypoint.into()),
                    text: entrypoint.into(),
                    expanded: None,
                    submitter: None,
                    starts: Vec::new(),
                    indent: 0,
                    mode: submission.mode,
                    ends_in_return,
                    eats_blank: false,
                    join: submission.join,
                    too_long: None,
                };
            }
        };
        let trimmed = entrypoint.trim();
        let indent = entrypoint
            .len()
            .saturating_sub(entrypoint.trim_start().len());
        let (text, expanded) = match kubelet::expand(trimmed, submission.has_variable) {
            Some((text, part)) => {
                let cause = trimmed.get(part.clone()).unwrap_or_default().to_owned();
                let part = part.start.saturating_add(indent)..part.end.saturating_add(indent);
                (text, Some((part, cause)))
            }
            None => (trimmed.to_owned(), None),
        };
        let whole = format!("{before}{text}{after}");
        let mut submitter = script::read(&whole, Shell::Bash);
        move_back(&mut submitter, before.len());
        let mut delivery = Self {
            expanded,
            submitted: None,
            head: Script::default(),
            starts: Vec::new(),
            indent,
            mode: submission.mode,
            eats_blank: false,
            ends_in_return,
            join: submission.join,
            submitter: None,
            text,
            too_long: None,
        };
        // A blank that stood there anyway is no damage.
        let trailing = entrypoint.get(indent.saturating_add(trimmed.len())..);
        let is_blank = trailing.is_some_and(|rest| rest.starts_with(' '));
        let end = delivery.text.len();
        let backslashes = end.saturating_sub(delivery.text.trim_end_matches('\\').len());
        let is_comment = submitter
            .comment
            .as_ref()
            .is_some_and(|comment| comment.end > end);
        delivery.eats_blank = !is_blank && !is_comment && !backslashes.is_multiple_of(2);
        for word in &mut submitter.first.words {
            if let Some((part, active @ Active::Required)) = &mut word.active
                && let Some(inner) = delivery.text.get(part.start.saturating_add(2)..part.end)
            {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let name = inner.split(|c| !is_name(c)).next().unwrap_or_default();
                if (submission.has_variable)(name) || matches!(name, "HOME" | "PATH" | "PWD") {
                    *active = Active::Expansion;
                }
            }
        }
        if !stops(&submitter) {
            let mut submitted = String::new();
            for word in &submitter.first.words {
                let start = submitted.len();
                delivery
                    .starts
                    .push(start.saturating_add(usize::from(start > 0)));
                let is_known = matches!(word.active, None | Some((_, Active::Escapes)));
                // A value that only the submitter knows: any word does for reading.
                let text = if is_known { &*word.text } else { "x" };
                submission.join.append(&mut submitted, text);
            }
            delivery.head = script::read(&submitted, Shell::Sh);
            delivery.submitted = Some(submitted);
        }
        delivery.submitter = Some(submitter);
        delivery
    }

    /// A part of the text as a part of the entrypoint, if the kubelet left it alone.
    fn part(&self, part: &Range<usize>) -> Range<usize> {
        if self.expanded.is_some() {
            return 0..0;
        }
        let end = part.end.min(self.text.len());
        part.start.saturating_add(self.indent)..end.saturating_add(self.indent)
    }

    /// A damage that a part of the text causes.
    fn damage(&self, kind: Kind, part: Range<usize>) -> Damage {
        let cause = self.text.get(part.start..part.end.min(self.text.len()));
        let cause = cause.unwrap_or_default().trim_end().to_owned();
        Damage {
            kind,
            part: self.part(&part),
            cause,
        }
    }

    /// The bytes in front of the trimmed text.
    pub fn indent(&self) -> usize {
        self.indent
    }

    /// Whether the text is one command without redirections.
    pub fn is_one_command(&self) -> bool {
        let first = match &self.submitter {
            Some(submitter) => &submitter.first,
            None => &self.head.first,
        };
        let ends = first.end.is_none_or(|(_, at)| at >= self.text.len());
        // In K8sJobMode, it is inside the command of KubeRay.
        let is_inside = first.is_inside && self.submitter.is_none();
        ends && first.redirects.is_empty() && !is_inside && !self.eats_blank
    }

    /// What is lost on the way; of each kind the first.
    pub fn damages(&self) -> Vec<Damage> {
        let mut found = Vec::new();
        if self.too_long.is_some() {
            let kind = match self.mode {
                SubmissionMode::K8sJob | SubmissionMode::Sidecar => Kind::NotSubmitted,
                _ => Kind::Syntax,
            };
            return vec![self.damage(kind, 0..0)];
        }
        match &self.submitter {
            None => self.as_written(&self.head.first, &mut found),
            Some(submitter) => self.through(submitter, &mut found),
        }
        found
    }

    /// What sh cannot run even if it reads the entrypoint itself.
    fn as_written(&self, first: &Command, found: &mut Vec<Damage>) {
        if self.submitter.is_none() {
            if let Some(error) = self.head.error {
                let part = match error {
                    Error::Open(Open { at, .. }) | Error::Unexpected(at) => at..self.line_end(at),
                    Error::Unfinished => self.unfinished(),
                };
                found.push(self.damage(Kind::Syntax, part));
                return;
            }
            for word in &first.words {
                if let Some((part, Active::Unknown)) = &word.active {
                    found.push(self.damage(Kind::Syntax, part.clone()));
                    return;
                }
            }
        }
        if let Some(word) = first.words.iter().find(|word| !word.assigns) {
            let name = &*word.text;
            let kind = if is_quoted_command(word) {
                Kind::QuotedCommand
            } else if is_unknown(name) {
                Kind::NotACommand
            } else {
                Kind::CarriageReturn
            };
            if kind != Kind::CarriageReturn && word.active.is_none() {
                found.push(self.damage(kind, word.at.clone()));
            }
        }
        if self.ends_in_return {
            let text = self.text.trim_end();
            let start = text.rfind([' ', '\t', '\n']);
            let start = start.map_or(0, |at| at.saturating_add(1));
            found.push(self.damage(Kind::CarriageReturn, start..text.len()));
        }
    }

    /// The last line that is neither blank nor a comment, behind which the shell expects more.
    fn unfinished(&self) -> Range<usize> {
        let (mut begin, mut last) = (0_usize, 0);
        for line in self.text.split_inclusive('\n') {
            if !matches!(line.trim_start().chars().next(), None | Some('#')) {
                last = begin;
            }
            begin = begin.saturating_add(line.len());
        }
        last..self.line_end(last)
    }

    /// The end of the line that a position is on.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let end = rest.find('\n').unwrap_or(rest.len());
        at.saturating_add(end)
    }

    fn through(&self, submitter: &Script, found: &mut Vec<Damage>) {
        if stops(submitter) {
            let at = self.stop(submitter);
            found.push(self.damage(Kind::NotSubmitted, at));
            return;
        }
        let first = &submitter.first;
        for word in &first.words {
            if let Some((part, Active::Required)) = &word.active {
                found.push(self.damage(Kind::NotSubmitted, part.clone()));
                return;
            }
        }
        for (part, operator, file) in &first.redirects {
            if matches!(*operator, "<" | "<>") && !file.text.starts_with("/dev/") {
                found.push(self.damage(Kind::NotSubmitted, part.clone()));
                return;
            }
        }
        self.as_written(first, found);
        self.on_head(first, found);
        let denied = found.len();
        self.in_submitter(submitter, found);
        if found.len() > denied {
            // Moving these commands to the head moves the whole text.
            found.retain(|damage| damage.kind < Kind::NotACommand || damage.is_structural());
        } else {
            self.values(first, found);
        }
        if let Some((part, cause)) = &self.expanded {
            let values = [Kind::SubmitterValue, Kind::HeadValue, Kind::HeadQuotes];
            found.retain(|damage| !values.contains(&damage.kind));
            found.push(Damage {
                kind: Kind::Kubelet,
                part: part.clone(),
                cause: cause.clone(),
            });
        }
    }

    /// Whether bash can read the text, and `ray job submit` gets no word of it.
    pub fn has_no_command(&self) -> bool {
        let submitter = self.submitter.as_ref();
        submitter.is_some_and(|it| it.error.is_none() && it.first.words.is_empty())
    }

    /// Where bash stops, or the line in which it finds no word for `ray job submit`.
    fn stop(&self, submitter: &Script) -> Range<usize> {
        let end = self.text.len();
        match submitter.error {
            Some(Error::Open(open)) if open.at < end => return open.at..self.line_end(open.at),
            Some(Error::Unexpected(at)) if at < end => return at..self.line_end(at),
            _ => {}
        }
        match &submitter.comment {
            _ if self.has_no_command() => return 0..self.line_end(0),
            Some(comment) if comment.end > end => return comment.clone(),
            _ => {}
        }
        let is_operator = |c: char| matches!(c, ';' | '&' | '|' | '<' | '>' | ' ');
        let trimmed = self.text.trim_end_matches(is_operator);
        let operator = self.text.get(trimmed.len()..).unwrap_or_default();
        match operator.trim_start().len() {
            0 => self.unfinished(),
            length => end.saturating_sub(length)..end,
        }
    }

    /// What runs in the submitter, or is done to `ray job submit` there.
    fn in_submitter(&self, submitter: &Script, found: &mut Vec<Damage>) {
        let first = &submitter.first;
        let end = self.text.len();
        if let Some((operator, at)) = first.end
            && at < end
        {
            let rest = self.text.get(at..).unwrap_or_default();
            let line = self.text.get(..at).unwrap_or_default();
            let kind = match operator {
                "||" if is_exit(rest) && self.mode == SubmissionMode::K8sJob => None,
                "||" => Some(Kind::Fallback),
                "\n" if is_continued(line) => Some(Kind::Continuation),
                _ => Some(Kind::InSubmitter),
            };
            if let Some(kind) = kind {
                let mut damage = self.damage(kind, at..end);
                if kind != Kind::Continuation {
                    // A line break is invisible, so the line after it is shown.
                    let blank = rest.len().saturating_sub(rest.trim_start().len());
                    let start = at.saturating_add(blank);
                    damage.part = self.part(&(start..self.line_end(start)));
                }
                found.push(damage);
                return;
            }
        }
        if self.eats_blank {
            found.push(self.damage(Kind::Continuation, end.saturating_sub(1)..end));
        } else if let Some((part, _, _)) = first.redirects.first() {
            found.push(self.damage(Kind::Redirect, part.clone()));
        }
    }

    /// What bash replaces in the words for Ray.
    fn values(&self, first: &Command, found: &mut Vec<Damage>) {
        for kind in [Kind::SubmitterValue, Kind::Braces] {
            let active = first.words.iter().filter_map(|word| {
                let (part, active) = word.active.as_ref()?;
                let is_part = matches!(active, Active::Expansion | Active::Escapes);
                Some((if is_part { part } else { &word.at }, active))
            });
            let mut active =
                active.filter(|(_, active)| (**active == Active::Braces) == (kind == Kind::Braces));
            if let Some((part, _)) = active.next() {
                found.push(self.damage(kind, part.clone()));
            }
        }
    }

    /// What the head's shell makes of the joined words.
    fn on_head(&self, first: &Command, found: &mut Vec<Damage>) {
        let words = &first.words;
        let submitted = self.submitted.as_deref().unwrap_or_default();
        let head = &self.head;
        let leading = |words: &[Word]| words.iter().take_while(|word| word.assigns).count();
        // The word of the submitter that a part of the submitted text belongs to.
        let mut add = |kind: Kind, part: Range<usize>| {
            let index = self.starts.partition_point(|start| *start <= part.start);
            let word = words.get(index.saturating_sub(1));
            let word = word.map(|word| word.at.clone()).unwrap_or_default();
            let mut damage = self.damage(kind, word);
            damage.cause = submitted.get(part).unwrap_or_default().to_owned();
            found.push(damage);
        };
        let first_word = 0..words.first().map_or(0, |word| word.text.len());
        let one = |at: usize| at..at.saturating_add(1);
        let is_assigned = |word: &Word| word.assigns && word.active.is_none();
        let meant = leading(words);
        if let Some(word) = words.get(leading(&head.first.words))
            && head.first.words.len() == words.len()
            && leading(&head.first.words) < meant
            && is_assigned(word)
        {
            let index = leading(&head.first.words);
            let start = self.starts.get(index).copied().unwrap_or_default();
            return add(Kind::Assignment, one(start));
        }
        let operator = match (head.first.end, head.first.redirects.first(), head.error) {
            (Some((_, at)), None, _) => Some(at),
            (_, Some((part, _, _)), _) => Some(part.start),
            (None, None, Some(Error::Unexpected(at))) => Some(at),
            _ => None,
        };
        let is_operator = |at: &usize| {
            let byte = submitted.as_bytes().get(*at);
            byte.is_some_and(|byte| b";&|<>()\n0123456789".contains(byte))
        };
        if let Some(at) = operator.filter(is_operator) {
            let kind = match submitted.as_bytes().get(at) {
                Some(b'\n') => Kind::HeadQuotes,
                _ => Kind::HeadOperator,
            };
            return add(kind, one(at));
        }
        match head.error {
            Some(Error::Open(open)) => return add(Kind::HeadOperator, one(open.at)),
            // It begins with a reserved word.
            Some(_) => return add(Kind::Syntax, first_word),
            None => {}
        }
        let is_negated = words.first().is_some_and(|word| word.text == "!");
        // For sh, an unquoted ! is no word.
        let skipped = usize::from(is_negated && self.join == Join::List2Cmdline);
        for (index, word) in words.iter().enumerate().skip(skipped) {
            let start = self.starts.get(index).copied().unwrap_or_default();
            let kind = match head.first.words.get(index.saturating_sub(skipped)) {
                None => Kind::HeadQuotes,
                Some(read) => match &read.active {
                    Some((part, active)) => {
                        let is_value = matches!(
                            active,
                            Active::Expansion | Active::Required | Active::Unknown
                        );
                        let kind = if is_value {
                            Kind::HeadValue
                        } else {
                            Kind::HeadQuotes
                        };
                        return add(kind, part.clone());
                    }
                    None if word.active.is_none() && read.text != word.text => Kind::HeadQuotes,
                    None => continue,
                },
            };
            return add(kind, one(start));
        }
        if let Some(word) = words.first() {
            let is_reserved = RESERVED.contains(&&*word.text);
            if word.text == "!" && !word.is_quoted && self.join == Join::Shlex {
                add(Kind::Negation, first_word);
            } else if matches!(&*word.text, "{" | "}") && !word.is_quoted {
                found.push(self.damage(Kind::Syntax, word.at.clone()));
            } else if (is_reserved && word.is_quoted && self.join == Join::List2Cmdline)
                || leading(&head.first.words) > meant
            {
                add(Kind::HeadQuotes, first_word);
            }
        }
    }
}

impl Damage {
    /// Whether it is about the commands, not about the words of one.
    fn is_structural(&self) -> bool {
        matches!(
            self.kind,
            Kind::Continuation | Kind::Fallback | Kind::InSubmitter | Kind::Redirect
        )
    }
}

/// Whether bash fails before it submits, or behind that.
fn stops(submitter: &Script) -> bool {
    submitter.first.words.is_empty() || submitter.error.is_some()
}

/// Whether sh has no command of this name.
fn is_unknown(name: &str) -> bool {
    (name.ends_with(".py") && !name.contains('/')) || BASH_ONLY.contains(&name)
}

/// Whether a word is a whole command, with its arguments. A path may have spaces.
fn is_quoted_command(word: &Word) -> bool {
    let mut words = word.text.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    let mut arguments = words.peekable();
    if arguments.peek().is_none() {
        return false;
    }
    let is_script = first.ends_with(".sh") || first.ends_with(".py");
    let may_run = word.text.contains('/') && !word.text.ends_with('/');
    let is_path = may_run && !is_script && !COMMANDS.contains(&first);
    !is_path || arguments.any(|word| word.starts_with('-'))
}

/// Whether a text is `|| exit` with a number: what a failure means anyway.
fn is_exit(rest: &str) -> bool {
    let mut words = rest.split_ascii_whitespace();
    words.next() == Some("||")
        && words.next() == Some("exit")
        && words
            .next()
            .is_none_or(|code| code.bytes().all(|c| c.is_ascii_digit()))
        && words.next().is_none()
}

/// Whether a line ends in a backslash with blanks or a carriage return behind it.
fn is_continued(line: &str) -> bool {
    let trimmed = line.trim_end_matches([' ', '\t', '\r']);
    trimmed.len() < line.len() && trimmed.ends_with('\\')
}

/// Moves positions in front, and removes the words of KubeRay.
fn move_back(script: &mut Script, by: usize) {
    let back = |at: &mut usize| *at = at.saturating_sub(by);
    let part = |part: &mut Range<usize>| {
        *part = part.start.saturating_sub(by)..part.end.saturating_sub(by);
    };
    if let Some(comment) = &mut script.comment {
        part(comment);
    }
    match &mut script.error {
        Some(Error::Open(open)) => back(&mut open.at),
        Some(Error::Unexpected(at)) => back(at),
        _ => {}
    }
    let first = &mut script.first;
    if let Some((_, at)) = &mut first.end {
        back(at);
    }
    for (at, _, _) in &mut first.redirects {
        part(at);
    }
    first.words.drain(..first.words.len().min(WORDS_BEFORE));
    for word in &mut first.words {
        part(&mut word.at);
        if let Some((at, _)) = &mut word.active {
            part(at);
        }
    }
}
