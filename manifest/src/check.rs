//! The check of a text.

use std::borrow::Cow;

use rayjob_rules::admit::{admit, admit_with};
use rayjob_rules::crd;
use rayjob_rules::json::{Fault, Path, Quoted};
use rayjob_rules::rule::Level;
use rayjob_rules::settings::Settings;
use rayjob_rules::subject::Kind;
use rayjob_rules::verdict::{Verdict, Weighed};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::document::{self, Target};
use crate::edit::{self, Edit};
use crate::ignore::{self, Ignore};
use crate::lint;
use crate::source::{Source, Span};
use crate::stored::{self, Stored};
use crate::stream::{self, Broken, Piece};
use crate::tree::{NodeId, Tree, Unwieldy};

/// How a text is checked.
#[derive(Clone, Debug, Default)]
pub struct Options<'o> {
    /// The settings of the policy. Without them the defaults hold, or what a
    /// Kubewarden question brings along.
    pub settings: Option<Settings>,
    /// The objects as they are stored: manifests as text. An object that is
    /// among them, by kind, namespace and name, is judged as an UPDATE, others
    /// as a CREATE. A manifest without a namespace matches any.
    pub stored: Option<&'o str>,
    /// Whether pieces of the text that do not mention `ray.io` are left unread,
    /// so that nothing in them is reported as broken.
    pub only_ray: bool,
}

/// What was found in a text.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// The objects and requests that were judged, in the order of the text.
    pub documents: Vec<Document>,
    /// What could not be read. The rest of the text was judged.
    pub problems: Vec<Problem>,
    /// Comments that are meant to silence a finding and cannot.
    pub notes: Vec<Problem>,
}

/// An object or a request that was judged.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// `RayJob` or `RayCronJob`; empty for a request that cannot be read.
    pub kind: &'static str,
    /// `metadata.name`, or `metadata.generateName`.
    pub name: String,
    /// `metadata.namespace`
    pub namespace: String,
    /// The Helm template that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whether it is an AdmissionReview, an AdmissionRequest or a question of
    /// Kubewarden, and not only an object.
    pub is_request: bool,
    /// Where it names itself: its `kind`.
    pub span: Span,
    /// What was found, in the operator's order, and then what is wrong with the
    /// text.
    pub findings: Vec<Finding>,
    /// The policy's answer, which knows nothing of ignored findings or of how
    /// the text is written.
    #[serde(skip)]
    pub verdict: Verdict,
    /// The object as kubectl would send it; null if there is none.
    #[serde(skip)]
    pub object: Value,
    /// The stored object that it was judged to replace, one of
    /// [`Options::stored`]. A request brings its own along.
    #[serde(skip)]
    pub old_object: Option<Value>,
    /// For a request the question that was put, as JSON.
    #[serde(skip)]
    pub question: Option<String>,
}

/// Something that is wrong, and where in the text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The id of the rule.
    pub rule: &'static str,
    /// What the finding does.
    #[serde(serialize_with = "as_word")]
    pub level: Level,
    /// The field in the object, such as `spec.backoffLimit`.
    pub path: String,
    /// What was written.
    pub detail: String,
    /// What would happen: goes on from the detail. Empty if there is no more to
    /// say.
    pub why: &'static str,
    /// What to write instead: a sentence without a full stop, or empty.
    pub advice: String,
    /// The finding in full, on one line: `path: detail; why. advice. [id]`.
    pub message: String,
    /// Whether the stored object had it already.
    pub stored: bool,
    /// Where it is. A field that is not there is shown at its parent.
    pub span: Span,
    /// The ways to mend it, the most likely one first.
    pub fixes: Vec<Fix>,
    /// The reason for which a comment silences it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
}

/// A way to mend a finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// What it does: a short imperative sentence.
    pub title: &'static str,
    /// Whether it may be applied unasked, see [`rayjob_rules::fix::Fix::safe`].
    pub safe: bool,
    /// The edits of the text; empty if the text does not allow it.
    pub edits: Vec<TextEdit>,
    /// The same as a JSON Patch of the object; null if it changes nothing but
    /// the text.
    pub patch: Value,
}

/// A piece of the text, and what to write there instead.
#[derive(Clone, Debug, Serialize)]
pub struct TextEdit {
    /// The piece.
    pub span: Span,
    /// What to write there.
    pub text: String,
}

/// A part of the text that does not say what it is meant to say.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What is wrong, in one line.
    pub message: String,
}

impl Finding {
    /// Whether it counts at this level or above.
    pub fn counts(&self, level: Level) -> bool {
        self.ignored.is_none() && self.level >= level
    }
}

/// Whether a text may hold something that is judged.
pub fn mentions_ray(text: &[u8]) -> bool {
    // The dot is the rarest of its characters.
    memchr::memchr_iter(b'.', text)
        .any(|at| text[..at].ends_with(b"ray") && text[at + 1..].starts_with(b"io"))
}

/// Checks a text. It is total: what cannot be read is part of the result, and
/// does not take the rest with it.
pub fn check(source: &Source<'_>, options: &Options<'_>) -> Checked {
    let text = source.text();
    let mut checker = Checker {
        source,
        settings: options.settings.as_ref(),
        stored: options.stored.map(stored::read).unwrap_or_default(),
        ignores: Vec::new(),
    };
    let mut checked = Checked::default();
    for piece in stream::pieces(text) {
        if options.only_ray && !mentions_ray(&text.as_bytes()[piece.range.clone()]) {
            continue;
        }
        let (trees, broken) = stream::read(text, &piece);
        checker.ignores = ignore::ignores(text, &piece.range, &trees);
        let notes = checker.ignores.iter().filter_map(ignore_fault);
        checked
            .notes
            .extend(notes.map(|fault| checker.problem(&fault)));
        for tree in &trees {
            checker.tree(tree, &piece, &mut checked);
        }
        let broken = broken.map(|broken| checker.problem(&broken));
        checked.problems.extend(broken);
    }
    checked
}

/// Why a comment silences nothing.
fn ignore_fault(ignore: &Ignore<'_>) -> Option<Broken> {
    let fault = |problem: String| Some(Broken::at(ignore.span.clone(), problem));
    if ignore.reason.is_empty() {
        return fault(
            "this comment silences nothing: write a reason behind the bracket".to_owned(),
        );
    }
    let unknown = |&rule| Some((rule, lint::known(rule).err()?));
    let (unknown, near) = ignore.rules.iter().find_map(unknown)?;
    let advice = match near {
        Some(near) => format!("did you mean {near}?"),
        None => "see the list of rules".to_owned(),
    };
    fault(format!(
        "this comment silences nothing: there is no rule {}; {advice}",
        Quoted(unknown)
    ))
}

struct Checker<'c, 't> {
    source: &'c Source<'t>,
    settings: Option<&'c Settings>,
    stored: Vec<Stored>,
    /// Those of the piece that is being checked.
    ignores: Vec<Ignore<'t>>,
}

impl<'t> Checker<'_, 't> {
    fn tree(&self, tree: &Tree<'t>, piece: &Piece<'_>, checked: &mut Checked) {
        for target in document::targets(tree) {
            match self.target(tree, target) {
                // A request about something else.
                Ok(document) if document.kind.is_empty() && document.verdict.allowed => {}
                Ok(document) => checked.documents.push(Document {
                    template: piece.template.map(Into::into),
                    ..document
                }),
                Err(Unwieldy { span, problem }) => {
                    checked
                        .problems
                        .push(self.problem(&Broken::at(span, problem)));
                }
            }
        }
    }

    fn target(&self, tree: &Tree<'t>, target: Target) -> Result<Document, Unwieldy> {
        let kind = target.kind(tree);
        let top = target.object(tree);
        let object = top.map_or(Ok(Value::Null), |top| tree.value(top))?;
        let mut old_object = None;
        let mut question = None;
        let verdict = match kind {
            Some(kind) if !target.is_request() => {
                old_object = Stored::replaced(&self.stored, kind, &object).cloned();
                self.judge(&object, old_object.as_ref())
            }
            _ => {
                let question = question.insert(target.question(tree, self.source.text())?);
                match self.settings {
                    Some(settings) => admit_with(question.as_bytes(), settings),
                    None => admit(question.as_bytes()),
                }
            }
        };
        let mut findings = self.findings(tree, target, &verdict);
        if let (Some(top), false) = (top, target.is_request()) {
            findings.extend(self.lint(tree, top, &verdict));
        }
        let shown = top.unwrap_or(tree.root());
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str);
        let name = text("/metadata/name").or_else(|| text("/metadata/generateName"));
        Ok(Document {
            kind: kind.map_or("", Kind::as_str),
            name: name.unwrap_or_default().into(),
            namespace: text("/metadata/namespace").unwrap_or_default().into(),
            template: None,
            is_request: target.is_request(),
            span: self.span(tree, shown, ""),
            findings,
            verdict,
            object,
            old_object,
            question: question.map(Cow::into_owned),
        })
    }

    fn judge(&self, object: &Value, old: Option<&Value>) -> Verdict {
        match self.settings {
            Some(settings) => crd::judge(object, old, settings),
            None => crd::judge(object, old, &Settings::default()),
        }
    }

    fn findings(&self, tree: &Tree<'t>, target: Target, verdict: &Verdict) -> Vec<Finding> {
        let top = target.object(tree).unwrap_or(tree.root());
        let mut findings: Vec<_> = verdict
            .findings
            .iter()
            .map(|weighed| self.finding(tree, top, weighed))
            .collect();
        if let (Some(message), Some(400)) = (&verdict.message, verdict.code) {
            let fault = verdict.fault.as_ref();
            let pointer = fault.map(|fault| fault.path().to_pointer());
            let pointer = pointer.unwrap_or_default();
            let (node, rest) = target.locate(tree, &pointer);
            findings.push(Finding {
                rule: verdict.refusal.unwrap_or_default(),
                level: Level::Deny,
                path: fault.map(field).unwrap_or_default(),
                detail: match fault {
                    Some(fault) => fault.problem().into(),
                    None => message.clone(),
                },
                why: fault.map_or(
                    "",
                    |_| "so the policy cannot judge the object and refuses it",
                ),
                advice: String::new(),
                message: message.clone(),
                stored: false,
                span: self.span(tree, node, rest),
                fixes: Vec::new(),
                ignored: None,
            });
        }
        findings
    }

    fn finding(&self, tree: &Tree<'t>, top: NodeId, weighed: &Weighed) -> Finding {
        let Weighed {
            finding,
            level,
            stored,
        } = weighed;
        let span = self.span(tree, top, &finding.path.to_pointer());
        let text = self.source.text();
        let fixes = finding.fixes().map(|mending| Fix {
            title: mending.title,
            safe: mending.safe,
            edits: self.edits(edit::edits(text, tree, top, &mending.patch)),
            patch: serde_json::to_value(&mending.patch).unwrap_or_default(),
        });
        Finding {
            rule: finding.rule.id,
            level: *level,
            path: finding.path.to_string(),
            detail: finding.detail.clone(),
            why: finding.rule.why,
            advice: finding.advice.to_string(),
            message: weighed.message(),
            stored: *stored,
            fixes: fixes.collect(),
            ignored: self.ignored(finding.rule.id, span),
            span,
        }
    }

    /// What is wrong with the text of an object.
    fn lint(&self, tree: &Tree<'t>, top: NodeId, verdict: &Verdict) -> Vec<Finding> {
        let is_refused = |path: &Path| {
            let mut findings = verdict.findings.iter().map(|weighed| &weighed.finding);
            findings.any(|finding| finding.rule.id.starts_with("crd-") && finding.path == *path)
        };
        let flaws = lint::flaws(self.source.text(), tree, top, &is_refused);
        let flaws = flaws.into_iter().map(|flaw| {
            let span = self.source.span(flaw.range);
            let place = flaw.path.to_pointer();
            let fixes = flaw.fixes.into_iter().map(|rewrite| Fix {
                title: rewrite.title,
                safe: rewrite.safe,
                edits: self.edits(Some(vec![rewrite.edit])),
                patch: rewrite.value.map_or(
                    Value::Null,
                    |value| json!([{"op": "add", "path": place, "value": value}]),
                ),
            });
            Finding {
                rule: flaw.rule.id,
                level: flaw.rule.level,
                message: format!(
                    "{}: {}; {}. {}. [{}]",
                    flaw.path, flaw.detail, flaw.rule.why, flaw.advice, flaw.rule.id
                ),
                path: flaw.path.to_string(),
                detail: flaw.detail,
                why: flaw.rule.why,
                advice: flaw.advice,
                stored: false,
                fixes: fixes.collect(),
                ignored: self.ignored(flaw.rule.id, span),
                span,
            }
        });
        flaws.collect()
    }

    fn ignored(&self, rule: &str, span: Span) -> Option<String> {
        let ignore = self
            .ignores
            .iter()
            .find(|ignore| ignore.covers(rule, span.start.offset))?;
        Some(ignore.reason.into())
    }

    fn edits(&self, edits: Option<Vec<Edit>>) -> Vec<TextEdit> {
        let edits = edits.unwrap_or_default().into_iter();
        let edits = edits.map(|Edit { range, text }| TextEdit {
            span: self.source.span(range),
            text,
        });
        edits.collect()
    }

    fn span(&self, tree: &Tree<'t>, top: NodeId, pointer: &str) -> Span {
        let shown = tree.shown(top, pointer, self.source.text());
        self.source.span(shown)
    }

    fn problem(&self, broken: &Broken) -> Problem {
        Problem {
            span: self.source.span(broken.span.clone()),
            message: broken.problem.clone(),
        }
    }
}

/// The field of a fault as its message names it.
fn field(fault: &Fault) -> String {
    let message = fault.to_string();
    let path = message.strip_suffix(&format!(": {}", fault.problem()));
    path.unwrap_or_default().into()
}

fn as_word<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(level.as_str())
}
