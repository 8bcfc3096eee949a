//! The result of checking a text.

use std::borrow::Cow;

use rayjob_policy_core::rule::Level;
use rayjob_policy_core::verdict::Verdict;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::order::by_place;
use crate::source::Span;
use crate::tally::Tally;

/// The result of checking a text.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// The objects and requests that were judged, in the order of the text.
    pub documents: Vec<Document>,
    /// The parts that could not be read. The rest of the text was judged.
    pub problems: Vec<Problem>,
    /// Notes: comments that fail to silence a finding, placeholders, findings that are not
    /// shown, and texts whose objects are not judged.
    pub notes: Vec<Problem>,
}

/// An object or a request that was judged.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The kind of the object, such as `RayJob`; empty for a request that cannot be read.
    pub kind: &'static str,
    /// `metadata.name`, or `metadata.generateName`.
    pub name: String,
    /// `metadata.namespace`
    pub namespace: String,
    /// The Helm template that it was rendered from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whether it is an AdmissionReview, an AdmissionRequest or a Kubewarden
    /// request, rather than a plain object.
    pub is_request: bool,
    /// The place of its `kind`.
    pub span: Span,
    /// The findings in the operator's order, followed by those about the text; of each sort
    /// the first 1000.
    pub findings: Vec<Finding>,
    /// How many findings there are.
    #[serde(skip)]
    pub tally: Tally,
    /// The policy's answer, which does not consider ignored findings or findings
    /// about the text.
    #[serde(skip)]
    pub verdict: Verdict,
    /// The object as kubectl sends it; null if there is none.
    #[serde(skip)]
    pub object: Value,
    /// The object from [`Options::stored`] that it replaces. A request has its
    /// own.
    #[serde(skip)]
    pub old_object: Option<Value>,
    /// The request as JSON, if it is one.
    #[serde(skip)]
    pub envelope: Option<String>,
    /// A note about placeholders that the author must fill in. Findings that
    /// depend on placeholders are left out.
    #[serde(skip)]
    pub placeholder: Option<Problem>,
}

/// A problem and its place in the text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The ID of the rule.
    pub rule: &'static str,
    /// The level of the finding.
    #[serde(serialize_with = "as_word")]
    pub level: Level,
    /// The field in the object, such as `spec.backoffLimit`.
    pub path: String,
    /// What was written.
    pub detail: String,
    /// What would happen: continues the sentence in `detail`. Empty if there is
    /// nothing to add.
    pub why: Cow<'static, str>,
    /// What to write instead: a sentence without a full stop, or empty.
    pub advice: String,
    /// The finding in full, on one line: `path: detail; why. advice. [id]`.
    pub message: String,
    /// Whether the stored object had it already.
    pub stored: bool,
    /// The place to show. For a missing field, that of its parent.
    pub span: Span,
    /// The possible fixes, the most likely first.
    pub fixes: Vec<Fix>,
    /// The reason given in the comment that silences it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
}

/// A fix for a finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// What it does: a short imperative sentence.
    pub title: &'static str,
    /// Whether it can be applied without asking, see [`rayjob_policy_core::fix::Fix::safe`].
    pub safe: bool,
    /// The edits of the text; empty if the text does not allow the fix.
    pub edits: Vec<TextEdit>,
    /// The fix as a JSON Patch of the object; null if only the text changes.
    pub patch: Value,
}

/// A piece of the text and its replacement.
#[derive(Clone, Debug, Serialize)]
pub struct TextEdit {
    /// The piece.
    pub span: Span,
    /// The replacement.
    pub text: String,
}

/// A message about a part of the text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The part of the text.
    pub span: Span,
    /// The message, in one line.
    pub message: String,
    /// Whether the part is a template that must be rendered before it can be read.
    #[serde(skip)]
    pub is_template: bool,
}

impl Checked {
    /// Drops the objects and notes the reason.
    pub fn pass_over(&mut self, reason: String) {
        let first = self.documents.drain(..).next();
        self.notes = first
            .map(|Document { span, .. }| Problem {
                span,
                message: reason,
                is_template: false,
            })
            .into_iter()
            .collect();
    }

    /// Adds the notes about the objects, and sorts all.
    pub(crate) fn add_notes(&mut self) {
        let mut notes = std::mem::take(&mut self.notes);
        let mut documents = self.documents.iter();
        notes.extend(documents.find_map(|document| document.placeholder.clone()));
        for Document { span, tally, .. } in &self.documents {
            let span = *span;
            notes.extend(tally.note().map(|message| Problem {
                span,
                message,
                is_template: false,
            }));
        }
        self.notes = by_place(notes, |note| (note.span.start.offset, 0));
    }
}

impl Finding {
    /// Whether it counts at this level or above.
    pub fn counts(&self, level: Level) -> bool {
        self.ignored.is_none() && self.level >= level
    }
}

fn as_word<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(level.as_str())
}
