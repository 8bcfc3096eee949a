//! The verdict: what is done with a request, and what its user reads.

use crate::finding::Finding;
use crate::json::ReadError;
use crate::rule::Level;
use crate::settings::SettingsError;
use crate::text::join;

/// What is done with a request.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether the request passes.
    pub allowed: bool,
    /// Why it is denied: a line for each of the first three denials, and one with the IDs of
    /// the others. What the operator refuses comes first, in its order, and then what it
    /// silently ignores.
    pub message: Option<String>,
    /// The HTTP status of a denial: 422 for an object that breaks a rule, 400
    /// for what could not be read. Never 500, which Kubewarden's audit scanner
    /// counts as an error of the policy.
    pub code: Option<u16>,
    /// What else its user should know: a line for each of the first three warnings, and one
    /// with the IDs of the others. New findings come before those that the object had before
    /// the UPDATE. Each line is printable ASCII of at most 256 characters.
    pub warnings: Vec<String>,
    /// Everything that was found, in the operator's order.
    pub findings: Vec<Graded>,
    /// The topics, as in the setting `cluster`, that the host was asked about and could not
    /// answer.
    pub unavailable: Vec<&'static str>,
    /// Why the request was denied without being judged, if it was.
    pub refusal: Option<Refusal>,
}

/// Why a request was denied without being judged.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// It could not be read.
    Unreadable(ReadError),
    /// The policy's settings could not be read.
    InvalidSettings,
}

impl Refusal {
    /// Its ID, in the place of a rule's.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable-request",
            Self::InvalidSettings => "invalid-settings",
        }
    }

    /// What could not be read of a request.
    pub fn error(&self) -> Option<&ReadError> {
        match self {
            Self::Unreadable(error) => Some(error),
            Self::InvalidSettings => None,
        }
    }
}

/// A finding, and what it does to this request.
#[derive(Clone, Debug)]
pub struct Graded {
    /// The finding.
    pub finding: Finding,
    /// [`Level::Deny`] or [`Level::Warn`].
    pub level: Level,
    /// Whether the object had this finding before the UPDATE.
    pub stored: bool,
}

/// The number of findings that are shown in full.
const SHOWN: usize = 3;

/// The characters of a warning that the API server passes on
/// (`k8s.io/apiserver v0.34.1 pkg/endpoints/filters/warning.go`).
const MAX_WARNING: usize = 256;

impl Verdict {
    /// The request passes without warnings.
    pub(crate) fn accept() -> Self {
        Self::of(Vec::new())
    }

    /// The request is denied because it could not be read.
    pub(crate) fn unreadable(error: &ReadError) -> Self {
        let message = format!("{error}. The request cannot be judged, so it is denied.");
        Self::refuse(Refusal::Unreadable(error.clone()), &message)
    }

    /// The request is denied because the policy's settings could not be read.
    pub(crate) fn invalid_settings(error: &SettingsError) -> Self {
        Self::refuse(
            Refusal::InvalidSettings,
            &format!(
                "The settings of the policy cannot be read, so nothing can be judged with \
                      them: {error}"
            ),
        )
    }

    /// The verdict on a request with these findings.
    pub(crate) fn of(findings: Vec<Graded>) -> Self {
        let [mut denials, mut warnings, mut stored_warnings] = [const { Vec::new() }; 3];
        for graded in &findings {
            match graded {
                Graded {
                    level: Level::Deny, ..
                } => denials.push(graded),
                Graded { stored: false, .. } => warnings.push(graded),
                Graded { stored: true, .. } => stored_warnings.push(graded),
            }
        }
        warnings.append(&mut stored_warnings);
        let denials = summarize(&denials, |graded| graded.finding.to_string());
        let mut warnings = summarize(&warnings, warning);
        if let Some(others) = warnings.get_mut(SHOWN) {
            truncate(others, MAX_WARNING);
        }
        Self {
            allowed: denials.is_empty(),
            code: (!denials.is_empty()).then_some(422),
            message: (!denials.is_empty())
                .then(|| join(&mut denials.iter().map(String::as_str), "\n")),
            warnings,
            findings,
            unavailable: Vec::new(),
            refusal: None,
        }
    }

    /// The IDs of all rules with findings, joined by commas, for the audit annotation
    /// `findings`, because the message does not show all findings.
    pub fn finding_ids(&self) -> Option<String> {
        let ids = ids(&mut self.findings.iter());
        (!ids.is_empty()).then(|| join(&mut ids.into_iter(), ","))
    }

    /// The [unavailable](field@Self::unavailable) topics, joined by commas, for the audit
    /// annotation `unavailable`.
    pub fn unavailable(&self) -> Option<String> {
        let mut topics = self.unavailable.iter().copied();
        (!self.unavailable.is_empty()).then(|| join(&mut topics, ","))
    }

    fn refuse(refusal: Refusal, message: &str) -> Self {
        Self {
            allowed: false,
            message: Some(format!("{message} [{}]", refusal.id())),
            code: Some(400),
            refusal: Some(refusal),
            ..Self::accept()
        }
    }
}

/// A line for each of the first findings, and one with the IDs of the others.
fn summarize(findings: &[&Graded], line: fn(&Graded) -> String) -> Vec<String> {
    let (first, others) = findings.split_at_checked(SHOWN).unwrap_or((findings, &[]));
    let mut lines: Vec<_> = first.iter().map(|graded| line(graded)).collect();
    if !others.is_empty() {
        let ids = ids(&mut others.iter().copied());
        let ids = join(&mut ids.into_iter(), ", ");
        lines.push(format!("and {} more: {ids}", others.len()));
    }
    lines
}

/// The IDs of the rules, each once.
fn ids(findings: &mut dyn Iterator<Item = &Graded>) -> Vec<&'static str> {
    let mut ids = Vec::new();
    for graded in findings {
        let id = graded.finding.rule.id;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Shortens a text that is longer than this to end in `...`.
fn truncate(text: &mut String, longest: usize) {
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest.saturating_sub(3)));
        text.push_str("...");
    }
}

/// The line of a warning. If the advice does not fit, it is left out, and if the detail does
/// not fit either, it is truncated.
fn warning(graded: &Graded) -> String {
    let Graded {
        finding:
            Finding {
                rule,
                path,
                detail,
                advice,
                ..
            },
        stored,
        ..
    } = graded;
    let end = match stored {
        true => format!(" [{}, as stored]", rule.id),
        false => format!(" [{}]", rule.id),
    };
    let mut facts = ascii(&format!("{path}: {detail}"));
    let text = format!("{facts}. {}.", ascii(advice));
    let room = MAX_WARNING.saturating_sub(end.len());
    if text.len() <= room {
        return text + &end;
    }
    truncate(&mut facts, room);
    facts + &end
}

/// Replaces what an HTTP header cannot hold, in which warnings are sent.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::truncate;

    #[test]
    fn a_text_that_fits_is_whole() {
        for (text, expected) in [
            ("12345678", "12345678"),
            ("123456789", "12345..."),
            ("1234é6789", "1234..."),
        ] {
            let mut shown = text.to_owned();
            truncate(&mut shown, 8);
            assert_eq!(shown, expected, "{text}");
        }
    }
}
