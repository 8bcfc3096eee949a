//! The verdict, and the only place that turns findings into text.

use crate::finding::Finding;
use crate::json::Fault;
use crate::rule::Level;
use crate::settings::SettingsFault;

/// What is done with a request.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether the request passes.
    pub allowed: bool,
    /// Why it does not: a line for each finding.
    pub message: Option<String>,
    /// The HTTP status of a denial: 422 for an object that breaks a rule, 400
    /// for what could not be read. Never 500, which Kubewarden's audit scanner
    /// counts as an error of the policy.
    pub code: Option<u16>,
    /// What the user should know although it is not refused: printable ASCII,
    /// one line of at most 256 characters each.
    pub warnings: Vec<String>,
    /// Everything that was found, in the operator's order.
    pub findings: Vec<Weighed>,
    /// What could not be read.
    pub fault: Option<Fault>,
}

/// A finding, and what it does to this request.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The finding.
    pub finding: Finding,
    /// [`Level::Deny`] or [`Level::Warn`].
    pub level: Level,
    /// Whether the object had this finding before the UPDATE.
    pub stored: bool,
}

/// How many findings a message tells in full.
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
    pub(crate) fn unreadable(fault: &Fault) -> Self {
        Self {
            fault: Some(fault.clone()),
            ..Self::refuse(format!(
                "{fault}. The request cannot be judged, so it is refused. [unreadable-request]"
            ))
        }
    }

    /// The request is denied because the policy's settings could not be read.
    pub(crate) fn invalid_settings(fault: &SettingsFault) -> Self {
        Self::refuse(format!(
            "The settings of the policy cannot be read, so nothing can be judged with them: {fault} [invalid-settings]"
        ))
    }

    /// The verdict that follows from what was found.
    pub(crate) fn of(findings: Vec<Weighed>) -> Self {
        let denials: Vec<_> = findings
            .iter()
            .filter(|weighed| weighed.level == Level::Deny)
            .collect();
        let warnings = findings
            .iter()
            .filter(|weighed| weighed.level == Level::Warn);
        Self {
            allowed: denials.is_empty(),
            message: message(&denials),
            code: (!denials.is_empty()).then_some(422),
            warnings: warnings.map(warning).collect(),
            findings,
            fault: None,
        }
    }

    /// The ids of all rules that found something, joined by commas, for the
    /// audit annotation `findings`: a host that shows only the message still
    /// loses none.
    pub fn finding_ids(&self) -> Option<String> {
        let mut ids: Vec<_> = self
            .findings
            .iter()
            .map(|weighed| weighed.finding.rule.id)
            .collect();
        ids.dedup();
        (!ids.is_empty()).then(|| ids.join(","))
    }

    fn refuse(message: String) -> Self {
        Self {
            allowed: false,
            message: Some(message),
            code: Some(400),
            ..Self::accept()
        }
    }
}

impl Weighed {
    /// The finding in full: where, what was written, what would happen, what to
    /// write instead.
    pub fn message(&self) -> String {
        let Finding {
            rule,
            path,
            detail,
            advice,
            ..
        } = &self.finding;
        format!("{path}: {detail}; {}. {advice}. [{}]", rule.why, rule.id)
    }
}

fn message(denials: &[&Weighed]) -> Option<String> {
    let (full, rest) = denials.split_at_checked(FULL).unwrap_or((denials, &[]));
    let mut lines: Vec<_> = full.iter().map(|weighed| weighed.message()).collect();
    if !rest.is_empty() {
        let ids: Vec<_> = rest.iter().map(|weighed| weighed.finding.rule.id).collect();
        lines.push(format!("and {} more: {}", ids.len(), ids.join(", ")));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// A finding in short. Without room for the advice it is left out; the detail
/// is cut if it must be.
fn warning(weighed: &Weighed) -> String {
    let Weighed {
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
    } = weighed;
    let end = match stored {
        true => format!(" [{}, as stored]", rule.id),
        false => format!(" [{}]", rule.id),
    };
    let facts = ascii(&format!("{path}: {detail}"));
    let text = format!("{facts}. {}.", ascii(advice));
    let room = LONGEST_WARNING.saturating_sub(end.len());
    if text.len() <= room {
        return text + &end;
    }
    match facts.get(..room.saturating_sub(3)) {
        Some(cut) if facts.len() > room => format!("{cut}...{end}"),
        _ => facts + &end,
    }
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
