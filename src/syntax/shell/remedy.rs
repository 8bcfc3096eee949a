//! What to write instead of an entrypoint that is damaged on its way.
//!
//! Every text that is proposed here has been delivered too, and arrives
//! undamaged; `cargo conformance entrypoints` runs them through the real shells.

use super::entrypoint::{Damage, Delivery, Kind, RESERVED, Submission};
use super::script;
use super::word::{Active, Shell, Word};
use crate::text::has;

/// The longest entrypoint that is written in another way, in bytes: a longer one should be a
/// script.
pub(crate) const LONGEST_REMEDY: usize = 8 << 10;

/// An entrypoint that means the same, and that arrives; `None` if there is none to propose.
///
/// ```
/// use rayjob_policy_core::kuberay::SubmissionMode;
/// use rayjob_policy_core::syntax::shell::entrypoint::{Delivery, Submission};
/// use rayjob_policy_core::syntax::shell::join::Join;
/// use rayjob_policy_core::syntax::shell::remedy::remedy;
///
/// let mode = SubmissionMode::K8sJob;
/// let submission = Submission { mode, join: Join::List2Cmdline, has_variable: &|_| false };
/// let delivery = Delivery::new("python a.py && python b.py", &submission);
/// let remedy = remedy(&delivery, &delivery.damages()[0], &submission);
/// assert_eq!(remedy.as_deref(), Some("bash -c 'python a.py && python b.py'"));
/// ```
pub fn remedy(delivery: &Delivery, damage: &Damage, submission: &Submission<'_>) -> Option<String> {
    let is_long = delivery.too_long.is_some() || delivery.text.len() > LONGEST_REMEDY;
    if is_long || delivery.expanded.is_some() {
        return None;
    }
    let text = delivery.text.trim();
    // The backslash would quote whatever is written behind the text.
    let text = match delivery.eats_blank {
        true => text.strip_suffix('\\').unwrap_or(text).trim_end(),
        false => text,
    };
    let words = match &delivery.submitter {
        Some(submitter) => &*submitter.first.words,
        None => &*delivery.head.first.words,
    };
    // The word that the damage is about.
    let start = damage.part.start.saturating_sub(delivery.indent());
    let word = words
        .iter()
        .find(|word| word.at.start <= start && start < word.at.end);
    // bash -c would turn braces into several words, which sh does not.
    let is_same = |word: &Word| match word.active {
        Some((_, Active::Braces | Active::Escapes)) => damage.kind == Kind::Braces,
        _ => true,
    };
    let has_json = words.iter().any(|word| loses_json(text, word));
    let whole = |text: &str| whole(text).filter(|_| !has_json && words.iter().all(is_same));
    let rewritten = |words: &[Word]| match delivery.is_one_command() {
        true => rewritten(words).filter(|_| !has_json),
        false => whole(text),
    };
    let candidates = match damage.kind {
        Kind::NotSubmitted => [shortened(text, start), whole(text)],
        Kind::QuotedCommand => [word.map(|word| replaced(text, word, &word.text)), None],
        Kind::Assignment => [with_env(text, words), rewritten(words)],
        Kind::HeadOperator | Kind::HeadQuotes | Kind::HeadValue | Kind::Braces => {
            let json = word.and_then(|word| spaced(text, word));
            let other = match damage.kind {
                Kind::Braces => whole(text),
                _ => rewritten(words),
            };
            [json, other]
        }
        Kind::NotACommand if damage.cause.ends_with(".py") => {
            [Some(format!("python {text}")), None]
        }
        Kind::CarriageReturn => [Some(lines(text, &|line| line.trim_end_matches('\r'))), None],
        Kind::Continuation => [Some(lines(text, &continued)), None],
        _ => [whole(text), None],
    };
    candidates
        .into_iter()
        .flatten()
        .find(|candidate| Delivery::new(candidate, submission).damages().is_empty())
}

/// Whether a word is JSON that lacks quotes around it, so that a shell takes those within.
pub(crate) fn loses_json(text: &str, word: &Word) -> bool {
    let raw = text.get(word.at.clone()).unwrap_or_default();
    has(raw, "{\"") && !has(&word.text, "{\"")
}

/// The text in quotes for `bash -c`, if bash can read it and finds a command.
fn whole(text: &str) -> Option<String> {
    let script = script::read(text, Shell::Bash);
    let is_all = script.first.end.is_none();
    if script.error.is_some() || script.first.words.is_empty() && is_all {
        return None;
    }
    if !text.contains('\'') {
        return Some(format!("bash -c '{text}'"));
    }
    // Between double quotes, a line goes on even behind a comment.
    if has(text, "\\\n") && text.contains('#') {
        return None;
    }
    let mut command = String::from("bash -c ");
    in_double_quotes(&mut command, text);
    Some(command)
}

fn in_double_quotes(command: &mut String, text: &str) {
    command.push('"');
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let next = rest.as_str().chars().next().unwrap_or('"');
        // A backslash before any other character is itself.
        let is_special = |c| matches!(c, '"' | '\\' | '$' | '`');
        if is_special(c) && (c != '\\' || is_special(next)) {
            command.push('\\');
        }
        command.push(c);
    }
    command.push('"');
}

/// The words, quoted again, for `bash -c`; values that bash replaces are not known.
fn rewritten(words: &[Word]) -> Option<String> {
    let mut text = String::new();
    let mut is_assigned = true;
    // In quotes, a word of the grammar would be the name of a program.
    let is_reserved = |word: &Word| !word.is_quoted && RESERVED.contains(&&*word.text);
    if { words.iter() }
        .find(|word| !word.assigns)
        .is_some_and(is_reserved)
    {
        return None;
    }
    for word in words {
        if word.active.is_some() {
            return None;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        is_assigned &= word.assigns;
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) if is_assigned => (name, value),
            _ => ("", &*word.text),
        };
        if !name.is_empty() {
            text.push_str(name);
            text.push('=');
        }
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&c);
        match !value.is_empty() && value.bytes().all(is_plain) {
            true => text.push_str(value),
            false => in_double_quotes(&mut text, value),
        }
    }
    whole(&text)
}

/// The text with a word replaced.
fn replaced(text: &str, word: &Word, by: &str) -> String {
    let before = text.get(..word.at.start).unwrap_or_default();
    let after = text.get(word.at.end..).unwrap_or_default();
    format!("{before}{by}{after}")
}

/// The text with a space in an object of JSON, for which Ray quotes the word.
fn spaced(text: &str, word: &Word) -> Option<String> {
    let raw = text.get(word.at.clone())?;
    // Without quotes around it, the shell takes those of the JSON.
    let value = match word.is_quoted && raw.contains('\'') {
        true => &*word.text,
        false => raw,
    };
    let (before, after) = value.split_once('{')?;
    let is_json = after.starts_with('"') && after.ends_with('}') && !value.contains('\'');
    let quoted = format!("'{before}{{ {after}'");
    is_json.then(|| replaced(text, word, &quoted))
}

/// The text with `env` in front of its assignments, each in quotes.
fn with_env(text: &str, words: &[Word]) -> Option<String> {
    let mut command = String::from("env");
    let mut rest = text;
    for word in words.iter().take_while(|word| word.assigns) {
        // env has no NAME+=value.
        let appends = word
            .text
            .split('=')
            .next()
            .is_some_and(|name| name.ends_with('+'));
        if appends || word.text.contains('\'') || word.active.is_some() {
            return None;
        }
        for part in [" '", &word.text, "'"] {
            command.push_str(part);
        }
        rest = text.get(word.at.end..)?;
    }
    command.push_str(rest);
    Some(command)
}

/// The text without what bash stops at, at its end or on its first line.
fn shortened(text: &str, at: usize) -> Option<String> {
    let rest = text.get(at..)?;
    let (line, more) = match rest.split_once('\n') {
        Some((line, more)) => (line, Some(more)),
        None => (rest, None),
    };
    let kept = match more {
        None => text.get(..at)?.trim_end(),
        Some(more) if at == 0 => without_comments(more),
        Some(_) => return None,
    };
    // Commands are not dropped.
    let behind = line.trim_start_matches([';', '&', '|', ' ', '\t']);
    let is_free = behind.is_empty() || behind.starts_with('#');
    (is_free && !kept.is_empty()).then(|| kept.to_owned())
}

/// The text without the comments and empty lines that it begins with.
fn without_comments(text: &str) -> &str {
    let mut text = text.trim_start();
    while text.starts_with('#') {
        let (_, rest) = text.split_once('\n').unwrap_or_default();
        text = rest.trim_start();
    }
    text
}

/// The text with each line changed.
fn lines(text: &str, change: &dyn Fn(&str) -> &str) -> String {
    let mut changed = String::new();
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            changed.push('\n');
        }
        changed.push_str(change(line));
    }
    let end = changed.trim_end_matches(['\\', ' ', '\n', '\r']).len();
    changed.truncate(end);
    changed
}

/// A line whose backslash at the end continues it.
fn continued(line: &str) -> &str {
    let trimmed = line.trim_end();
    match trimmed.ends_with('\\') {
        true => trimmed,
        false => line,
    }
}
