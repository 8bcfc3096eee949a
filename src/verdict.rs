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
    /// Why it does not: a line for each of the first three denials, and one with
    /// the IDs of the others. What the operator refuses comes first, in its
    /// order, and then what it accepts and does not do.
    pub message: Option<String>,
    /// The HTTP status of a denial: 422 for an object that breaks a rule, 400
    /// for what could not be read. Never 500, which Kubewarden's audit scanner
    /// counts as an error of the policy.
    pub code: Option<u16>,
    /// What the user should know although it is not denied, likewise, and what
    /// the object had before the UPDATE after what is new: printable ASCII, one
    /// line of at most 256 characters each.
    pub warnings: Vec<String>,
    /// Everything that was found, in the operator's order.
    pub findings: Vec<Graded>,
    /// What the policy may ask about the cluster and could not find out, in the words of the
    /// setting `cluster`.
    pub unavailable: Vec<&'static str>,
    /// Why nothing could be judged, if so.
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

/// How many findings are told in full.
const FULL: usize = 3;

/// What the API server passes on of a warning
/// (`k8s.io/apiserver v0.34.1 pkg/endpoints/filters/warning.go`).
const LONGEST_WARNING: usize = 256;

impl Verdict {
    /// The request passes without a word.
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

    /// The verdict that follows from what was found.
    pub(crate) fn of(findings: Vec<Graded>) -> Self {
        let [mut denials, mut fresh, mut known] = [const { Vec::new() }; 3];
        for graded in &findings {
            match graded {
                Graded {
                    level: Level::Deny, ..
                } => denials.push(graded),
                Graded { stored: false, .. } => fresh.push(graded),
                Graded { stored: true, .. } => known.push(graded),
            }
        }
        fresh.append(&mut known);
        let denials = summarize(&denials, |graded| graded.finding.to_string());
        let mut warnings = summarize(&fresh, warning);
        if let Some(rest) = warnings.get_mut(FULL) {
            truncate(rest, LONGEST_WARNING);
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

    /// The IDs of all rules that found something, joined by commas, for the
    /// audit annotation `findings`: a host that shows only the message still
    /// loses none.
    pub fn finding_ids(&self) -> Option<String> {
        let ids = ids(&mut self.findings.iter());
        (!ids.is_empty()).then(|| join(&mut ids.into_iter(), ","))
    }

    /// What the policy could not find out about the cluster, joined by commas, for the audit
    /// annotation `unavailable`: topics of the setting `cluster`.
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

/// The first findings in full, and the IDs of the others in one line.
fn summarize(findings: &[&Graded], full: fn(&Graded) -> String) -> Vec<String> {
    let (first, rest) = findings.split_at_checked(FULL).unwrap_or((findings, &[]));
    let mut lines: Vec<_> = first.iter().map(|graded| full(graded)).collect();
    if !rest.is_empty() {
        let ids = ids(&mut rest.iter().copied());
        let ids = join(&mut ids.into_iter(), ", ");
        lines.push(format!("and {} more: {ids}", rest.len()));
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

/// Cuts a text that is too long.
fn truncate(text: &mut String, longest: usize) {
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest.saturating_sub(3)));
        text.push_str("...");
    }
}

/// A finding in short. Without room for the advice it is left out; the detail
/// is cut if it must be.
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
    let room = LONGEST_WARNING.saturating_sub(end.len());
    if text.len() <= room {
        return text + &end;
    }
    truncate(&mut facts, room);
    facts + &end
}

/// Warnings travel in an HTTP header.
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
