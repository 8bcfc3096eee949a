//! Checks a text.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::Range;

use rayjob_policy_core::admit;
use rayjob_policy_core::crd;
use rayjob_policy_core::finding::Message;
use rayjob_policy_core::fix::{Operation, Proposal};
use rayjob_policy_core::json::{Json, Quoted, ReadError};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rule::{Level, Origin};
use rayjob_policy_core::set::{Member, judge};
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::{Graded, Refusal, Verdict};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::cluster::{self, Cluster};
use crate::document::{self, Found, Target};
use crate::edit::{self, Edit};
use crate::ignore::{Ignore, Ignores};
use crate::lint::{self, TextRule};
use crate::order::by_place;
use crate::part::Written;
use crate::placeholder::{self, Placeholder, Renderer};
use crate::set;
use crate::source::{Source, Span};
use crate::stored::{self, Stored};
use crate::stream;
use crate::syntax_error::SyntaxError;
use crate::tally::{self, Tally};
use crate::template::{self, Masked};
use crate::tree::{NodeId, NodeKind, Tree};
use crate::unrendered;

/// How a text is checked.
#[derive(Clone, Debug, Default)]
pub struct Options<'o> {
    /// The settings of the policy. Without them the settings in a Kubewarden
    /// request apply, or else the defaults.
    pub settings: Option<Settings>,
    /// The stored objects, as manifests. An object that is among them, by kind,
    /// namespace and name, is judged as an UPDATE, any other as a CREATE. A
    /// manifest without a namespace matches any namespace.
    pub stored: Option<&'o str>,
    /// The cluster that the text is applied to, if the policy may ask about it.
    pub cluster: Option<&'o Cluster>,
    /// The objects of other texts that are applied together with this one.
    pub set: &'o [Member],
    /// The folder of the text, as in [`Member::of`].
    pub folder: &'o str,
    /// Whether to skip documents that do not mention `ray.io`, so that errors in
    /// them are not reported.
    pub only_ray: bool,
}

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
}

impl Finding {
    /// Whether it counts at this level or above.
    pub fn counts(&self, level: Level) -> bool {
        self.ignored.is_none() && self.level >= level
    }
}

/// Whether a text may contain something to judge.
pub fn mentions_ray(text: &[u8]) -> bool {
    // The dot is the rarest of its characters.
    memchr::memchr_iter(b'.', text).any(|at| {
        let (before, after) = text.split_at(at);
        before.ends_with(b"ray") && after.starts_with(b".io")
    })
}

/// The first of these kinds that a line of a text, YAML or not, gives to an object.
pub fn named_kind(text: &str, kinds: &[Kind]) -> Option<Kind> {
    let is_beside = |c: char| c == ' ' || c == '"' || c == '\'';
    let is_kind = |at: usize| {
        let before = text[..at].trim_end_matches(is_beside);
        let key = before
            .strip_suffix(':')
            .map(|key| key.trim_end_matches(is_beside));
        key.is_some_and(|key| key.ends_with("kind"))
    };
    let names = |kind: &Kind| text.match_indices(kind.as_str()).any(|(at, _)| is_kind(at));
    kinds.iter().copied().find(names)
}

/// Whether a text starts like a manifest or a template of one, unlike a program
/// that writes one.
fn begins_as_manifest(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| {
        let begins = ["apiVersion", "kind", "metadata", "{"];
        begins.iter().any(|begin| line.starts_with(begin))
    })
}

/// Checks a text. This never fails: parts that cannot be read are reported in
/// the result, and the rest is still judged.
pub fn check(source: &Source<'_>, options: &Options<'_>) -> Checked {
    check_without(source, options, &|_, _, _, _| false)
}

/// Whether to leave out a finding, given the index of its document, its rule, path and level.
pub(crate) type LeavesOut<'l> = &'l dyn Fn(usize, &'static str, &dyn Display, Level) -> bool;

/// Checks a text and leaves some findings out.
pub(crate) fn check_without(
    source: &Source<'_>,
    options: &Options<'_>,
    leaves_out: LeavesOut<'_>,
) -> Checked {
    let text = source.text();
    let stored = options.stored.map(stored::read).unwrap_or_default();
    // Its own objects come first, because their places are shorter.
    let mut set = set::members(text, "", options.folder);
    set.extend_from_slice(options.set);
    let cluster = options.cluster.cloned();
    let cluster = cluster.map(|cluster| cluster.with(cluster::applied(text)));
    let given = match (&options.settings, &cluster) {
        (Some(settings), Some(cluster)) => Some(cluster.ask(settings.clone())),
        (settings, _) => settings.clone(),
    };
    let by_default = cluster.as_ref().map(Cluster::settings);
    let checker = Checker {
        source,
        settings: given.as_ref(),
        by_default: &by_default.unwrap_or_default(),
        cluster: cluster.as_ref(),
        stored: &stored,
        set: (options.folder, &set),
        template: None,
        ignores: &Ignores::default(),
        renderer: Renderer::Author,
        place: None,
        depth: 0,
        leaves_out,
        index: 0,
    };
    let mut checked = Checked::default();
    for piece in stream::pieces(text) {
        if options.only_ray && !mentions_ray(text[piece.range.clone()].as_bytes()) {
            continue;
        }
        let template = piece.template;
        Checker {
            template,
            ..checker
        }
        .piece(&piece.range, &mut checked);
    }
    checked.tell();
    checked
}

impl Checked {
    /// Adds the notes about the objects.
    fn tell(&mut self) {
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

/// The number of notes that are worth a search for the rule that was meant.
const MOST_ADVISED: usize = 1000;

/// Returns why a comment silences nothing, if so, given the number of notes before it.
fn why_ineffective(ignore: &Ignore<'_>, before: usize) -> Option<String> {
    if ignore.reason.is_empty() {
        return Some("this comment silences nothing: write a reason after the bracket".to_owned());
    }
    let unknown = ignore.rules.iter().find(|rule| !lint::is_known(rule))?;
    let near = match before < MOST_ADVISED {
        true => lint::known(unknown).err().flatten(),
        false => None,
    };
    let advice = match near {
        Some(near) => format!("did you mean {near}?"),
        None => "see the list of rules".to_owned(),
    };
    Some(format!(
        "this comment silences nothing: unknown rule {}; {advice}",
        Quoted(unknown)
    ))
}

/// The maximum depth of texts inside texts.
pub(crate) const DEEPEST: usize = 4;

#[derive(Clone, Copy)]
struct Checker<'c, 't> {
    source: &'c Source<'t>,
    settings: Option<&'c Settings>,
    /// The settings for objects if none are given.
    by_default: &'c Settings,
    cluster: Option<&'c Cluster>,
    stored: &'c [Stored],
    /// The folder of the text, and what is applied together with it.
    set: (&'c str, &'c [Member]),
    /// The Helm template that the piece was rendered from.
    template: Option<&'c str>,
    /// The comments in the piece that is being checked.
    ignores: &'c Ignores<'t>,
    /// The renderer that fills in the placeholders of the piece.
    renderer: Renderer,
    /// The place to show for a text that is not written verbatim, such as a
    /// string with escapes; such a text cannot be edited.
    place: Option<Span>,
    /// How many texts of other objects enclose the piece.
    depth: usize,
    leaves_out: LeavesOut<'c>,
    /// The index of the document that is checked.
    index: usize,
}

/// The result for an object or a request, as in [`Document`].
struct Judged {
    findings: Vec<Finding>,
    tally: Tally,
    verdict: Verdict,
    old_object: Option<Value>,
    envelope: Option<String>,
    placeholder: Option<Problem>,
}

impl<'t> Checker<'_, 't> {
    fn piece(self, range: &Range<usize>, checked: &mut Checked) {
        let text = self.source.text();
        let masked = match self.renderer {
            Renderer::Argo => Masked::new(text, range),
            _ => Masked::default(),
        };
        let (trees, error) = stream::read_masked(text, range, &masked);
        let ignores = Ignores::of(text, range, &trees);
        let checker = Checker {
            ignores: &ignores,
            ..self
        };
        for ignore in ignores.all() {
            let why = why_ineffective(ignore, checked.notes.len());
            let note = why.map(|why| checker.problem(ignore.span.clone(), why));
            checked.notes.extend(note);
        }
        for tree in &trees {
            checker.tree(tree, checked);
        }
        let Some(error) = error else { return };
        let reason = match masked.text {
            None => template::reason(text, range, &error),
            Some(_) => None,
        };
        let mut problem = checker.problem(error.span, error.message);
        if let Some(reason) = reason {
            problem.message = reason;
            problem.is_template = true;
        }
        if self.depth == 0 {
            checked.problems.push(problem);
        } else if begins_as_manifest(&text[range.clone()])
            && let Some(kind) = named_kind(&text[range.clone()], &Kind::ALL)
        {
            problem.message = format!(
                "this text names a {} but cannot be read: {}",
                kind.as_str(),
                problem.message
            );
            checked.notes.push(problem);
        }
    }

    fn tree(self, tree: &Tree<'t>, checked: &mut Checked) {
        for found in document::found(tree, self.renderer) {
            let (target, renderer) = match found {
                Found::Target(target, _) if target.is_request() && self.depth > 0 => continue,
                Found::Target(target, renderer) => (target, renderer),
                Found::Text(id, renderer) => {
                    Checker { renderer, ..self }.text(tree, id, checked);
                    continue;
                }
            };
            let index = checked.documents.len();
            let checker = Checker {
                renderer,
                index,
                ..self
            };
            match checker.target(tree, target) {
                // A request about something else.
                Ok(document) if document.kind.is_empty() && document.verdict.allowed => {}
                Ok(document) => checked.documents.push(document),
                Err(SyntaxError { span, message }) => {
                    checked.problems.push(self.problem(span, message));
                }
            }
        }
    }

    /// Checks a text inside another object. A literal block scalar is read in
    /// place, so that all positions are those of the file.
    fn text(self, tree: &Tree<'t>, id: NodeId, checked: &mut Checked) {
        let node = tree.node(id);
        let NodeKind::Text(text) = &node.kind else {
            return;
        };
        if self.depth == DEEPEST || !mentions_ray(text.as_bytes()) {
            return;
        }
        let depth = self.depth + 1;
        let written = &self.source.text()[node.span.clone()];
        match written.split_once('\n') {
            Some((header, _)) if header.starts_with('|') && !tree.is_json() => {
                let end = node.span.end + usize::from(text.ends_with('\n'));
                let content = node.span.start + header.len() + 1..end;
                for piece in stream::pieces_of_block(self.source.text(), content) {
                    Checker { depth, ..self }.piece(&piece, checked);
                }
            }
            _ => {
                let first_line = written.lines().next().unwrap_or_default().len();
                let shown = node.span.start..node.span.start + first_line;
                let place = Some(self.place.unwrap_or_else(|| self.source.span(shown)));
                let source = &Source::new(text);
                let inner = Checker {
                    source,
                    ignores: &Ignores::default(),
                    place,
                    depth,
                    leaves_out: self.leaves_out,
                    index: 0,
                    settings: self.settings,
                    by_default: self.by_default,
                    cluster: self.cluster,
                    stored: self.stored,
                    set: self.set,
                    template: self.template,
                    renderer: self.renderer,
                };
                for piece in stream::pieces(text) {
                    inner.piece(&piece.range, checked);
                }
            }
        }
    }

    fn target(self, tree: &Tree<'t>, target: Target) -> Result<Document, SyntaxError> {
        let kind = target.kind(tree);
        let top = target.object(tree);
        let object = top.map_or(Ok(Value::Null), |top| tree.value(top))?;
        let shown = top.unwrap_or(tree.root());
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str);
        let name = text("/metadata/name").or_else(|| text("/metadata/generateName"));
        let judged = match kind {
            Some(kind) if !target.is_request() => self.object(tree, target, kind, &object),
            _ => self.request(tree, target)?,
        };
        Ok(Document {
            kind: kind.map_or("", Kind::as_str),
            name: name.unwrap_or_default().into(),
            namespace: text("/metadata/namespace").unwrap_or_default().into(),
            template: self.template.map(Into::into),
            is_request: target.is_request(),
            span: self.span(tree, shown, ""),
            findings: judged.findings,
            tally: judged.tally,
            verdict: judged.verdict,
            old_object: judged.old_object,
            envelope: judged.envelope,
            placeholder: judged.placeholder,
            object,
        })
    }

    fn object(self, tree: &Tree<'t>, target: Target, kind: Kind, object: &Value) -> Judged {
        let top = target.object(tree).unwrap_or(tree.root());
        let old_object = Stored::replaced(self.stored, kind, object);
        let judge = |object: &_| self.judge(object, old_object);
        let verdict = judge(object);
        let placeholders = placeholder::find(object, self.renderer);
        let remaining = (!placeholders.is_empty())
            .then(|| unrendered::verdict(object, &placeholders, self.renderer, &verdict, &judge));
        let shown = remaining.as_ref().unwrap_or(&verdict);
        let mut tally = Tally::of_at_most(tally::MOST);
        let mut findings = self.findings(tree, target, shown, &mut tally);
        findings.extend(self.lint(tree, top, shown, &mut tally));
        Judged {
            findings,
            tally,
            verdict,
            old_object: old_object.cloned(),
            envelope: None,
            placeholder: self.note(tree, top, &placeholders),
        }
    }

    fn request(self, tree: &Tree<'t>, target: Target) -> Result<Judged, SyntaxError> {
        let envelope = target.envelope(tree, self.source.text())?;
        let settings = |carried: &Json<'_>| match (self.settings, self.cluster) {
            (Some(settings), _) => Ok(settings.clone()),
            (None, Some(cluster)) => cluster.settings_in(carried),
            (None, None) => Settings::from_json(carried),
        };
        let verdict = admit::respond(envelope.as_bytes(), &settings).verdict;
        let mut tally = Tally::of_at_most(tally::MOST);
        Ok(Judged {
            findings: self.findings(tree, target, &verdict, &mut tally),
            tally,
            verdict,
            old_object: None,
            envelope: Some(envelope.into_owned()),
            placeholder: None,
        })
    }

    /// The note about the first placeholder that the author must fill in.
    fn note(self, tree: &Tree<'t>, top: NodeId, all: &[Placeholder]) -> Option<Problem> {
        let first = all.iter().find(|it| it.is_left_to_author(self.renderer))?;
        let (way, _) = tree.way(top, &first.pointer);
        let place = way.last()?;
        let value = tree.node(place.node).span.clone();
        let field = place.key.as_ref().map_or(value.start, |key| key.start)..value.end;
        let written = &self.source.text()[field.clone()];
        let at = match written.find(&first.token) {
            Some(at) => field.start + at..field.start + at + first.token.len(),
            None => tree.shown(top, &first.pointer, self.source),
        };
        Some(self.problem(at, first.note()))
    }

    fn judge(&self, object: &Value, old: Option<&Value>) -> Verdict {
        // What another object contains is applied by its controller, not with the rest.
        let set = match (self.depth, self.renderer) {
            (0, Renderer::Author) => self.set,
            _ => Default::default(),
        };
        judge(object, old, set, self.settings.unwrap_or(self.by_default))
    }

    fn findings(
        &self,
        tree: &Tree<'t>,
        target: Target,
        verdict: &Verdict,
        tally: &mut Tally,
    ) -> Vec<Finding> {
        let top = target.object(tree).unwrap_or(tree.root());
        let mut parts = None;
        let mut findings = Vec::new();
        for graded in &verdict.findings {
            let rule = graded.finding.rule.id;
            if (self.leaves_out)(self.index, rule, &graded.finding.path, graded.level) {
                continue;
            }
            let ignored = self.ignored(rule, || {
                let pointer = graded.finding.path.to_pointer();
                tree.shown(top, &pointer, self.source).start
            });
            if tally.shows(rule, graded.level, ignored.is_some()) {
                let finding = self.finding(tree, top, graded, &mut parts);
                findings.push(Finding { ignored, ..finding });
            }
        }
        if let (Some(message), Some(400)) = (&verdict.message, verdict.code) {
            let error = verdict.refusal.as_ref().and_then(Refusal::error);
            let pointer = error.map(|error| error.path().to_pointer());
            let pointer = pointer.unwrap_or_default();
            let (node, rest) = target.locate(tree, &pointer);
            let rule = verdict.refusal.as_ref().map(Refusal::id);
            let rule = rule.unwrap_or_default();
            let path = error.map(ReadError::field).unwrap_or_default();
            if (self.leaves_out)(self.index, rule, &path, Level::Deny) {
                return findings;
            }
            tally.shows(rule, Level::Deny, false);
            findings.push(Finding {
                rule,
                level: Level::Deny,
                path,
                detail: match error {
                    Some(error) => error.problem().into(),
                    None => message.clone(),
                },
                why: error
                    .map_or(
                        "",
                        |_| "so the policy cannot judge the object and denies it",
                    )
                    .into(),
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

    /// A finding, regardless of comments. A long string that was searched for a part stays
    /// in `parts` for the next finding.
    fn finding<'n>(
        &self,
        tree: &'n Tree<'t>,
        top: NodeId,
        graded: &Graded,
        parts: &mut Option<(NodeId, Written<'n>)>,
    ) -> Finding
    where
        't: 'n,
    {
        let mut graded = graded.clone();
        self.quote(tree, top, &mut graded.finding);
        let message = graded.finding.to_string();
        let Graded {
            finding,
            level,
            stored,
        } = graded;
        let pointer = finding.path.to_pointer();
        let text = self.source.text();
        let part = self.part(tree, top, &pointer, &finding.part, parts);
        let shown = part.unwrap_or_else(|| tree.shown(top, &pointer, self.source));
        let fixes = finding.fixes().map(|fix| Fix {
            title: fix.title,
            safe: fix.safe,
            edits: self.edits(edit::edits(text, tree, top, &fix.patch)),
            patch: serde_json::to_value(&fix.patch).unwrap_or_default(),
        });
        Finding {
            rule: finding.rule.id,
            level,
            path: finding.path.to_string(),
            why: finding.why(),
            message,
            stored,
            fixes: fixes.collect(),
            ignored: None,
            span: self.place(shown),
            advice: finding.advice.into_owned(),
            detail: finding.detail,
        }
    }

    /// Where a finding proposes to quote a number or a boolean, quotes it as
    /// written: "010" for `010`, which is 8, and "yes" for `yes`. Of `1_000`, which is 1000, it
    /// only says how to write the number.
    fn quote(
        &self,
        tree: &Tree<'t>,
        top: NodeId,
        finding: &mut rayjob_policy_core::finding::Finding,
    ) {
        let pointer = finding.path.to_pointer();
        let (way, _) = tree.way(top, &pointer);
        let Some(node) = way.last().map(|place| tree.node(place.node)) else {
            return;
        };
        let value = match &node.kind {
            NodeKind::Bool(value) => value.to_string(),
            NodeKind::Number(number) => number.to_string(),
            _ => return,
        };
        let written = &self.source.text()[node.span.clone()];
        let proposes_value =
            matches!(finding.proposal.as_deref(), Some(Proposal::Text(text)) if *text == value);
        if !proposes_value || written == value {
            return;
        }
        // With a tag or an anchor it is more than the value.
        let is_value = !rayjob_policy_yaml::is_text(written);
        if is_value {
            let detail = finding.detail.replacen(" is not", ", which is not", 1);
            finding.detail = format!("{written} is {detail}");
        }
        // "1_000" may be meant, or "1000".
        let is_one_meant = is_value && !written.contains('_');
        if is_one_meant && self.is_taken(tree, top, &pointer, written) {
            finding.proposal = Some(Box::new(Proposal::Text(written.to_owned().into())));
        } else {
            finding.proposal = None;
            finding.advice = format!("Write {}", Quoted(&value)).into();
        }
    }

    /// Whether the API server accepts a string at a place of the object.
    fn is_taken(&self, tree: &Tree<'t>, top: NodeId, pointer: &str, text: &str) -> bool {
        let release = self.settings.unwrap_or(self.by_default).release;
        let (object, place) = alone(tree, top, pointer, text);
        let refused = crd::check(release, &object, None).into_iter();
        !refused
            .map(|finding| finding.path.to_pointer())
            .any(|path| path == place)
    }

    /// Where a part of the string at a JSON Pointer is written.
    fn part<'n>(
        &self,
        tree: &'n Tree<'t>,
        top: NodeId,
        pointer: &str,
        part: &Range<usize>,
        parts: &mut Option<(NodeId, Written<'n>)>,
    ) -> Option<Range<usize>>
    where
        't: 'n,
    {
        if part.is_empty() {
            return None;
        }
        let (way, found) = tree.way(top, pointer);
        let id = way.last().filter(|_| found)?.node;
        let node = tree.node(id);
        let NodeKind::Text(value) = &node.kind else {
            return None;
        };
        let start = node.span.start;
        let written = match parts.take().filter(|(of, _)| *of == id) {
            Some((_, written)) => written,
            None => Written::new(&self.source.text()[node.span.clone()], value),
        };
        let place = written.locate(part);
        *parts = Some((id, written));
        let place = place?;
        Some(start + place.start..start + place.end)
    }

    /// The findings about the text of an object, given the verdict on its content.
    fn lint(
        &self,
        tree: &Tree<'t>,
        top: NodeId,
        verdict: &Verdict,
        tally: &mut Tally,
    ) -> Vec<Finding> {
        let mut refused = None;
        let refusals = || {
            let refusals = verdict.findings.iter().map(|graded| &graded.finding);
            let mut places = BTreeSet::new();
            for finding in refusals.filter(|it| it.rule.origin == Origin::ApiServer) {
                places.insert(finding.path.to_string());
            }
            places
        };
        let mut findings = Vec::new();
        lint::findings(self.source, tree, top, &mut |finding| {
            let path = finding.path.to_string();
            let TextRule { id, level, why, .. } = *finding.rule;
            // A `yes` that the API server refuses is reported by that rule alone.
            if id == lint::BOOLEAN.id && refused.get_or_insert_with(refusals).contains(&path) {
                return;
            }
            if (self.leaves_out)(self.index, id, &path, level) {
                return;
            }
            let ignored = self.ignored(id, || finding.range.start);
            if !tally.shows(id, level, ignored.is_some()) {
                return;
            }
            let fixes = finding.fixes.into_iter().map(|rewrite| Fix {
                title: rewrite.title,
                safe: rewrite.safe,
                edits: self.edits(Some(vec![rewrite.edit])),
                patch: rewrite.value.map_or(Value::Null, |value| {
                    json!([Operation::Add(finding.path.clone(), value.to_string())])
                }),
            });
            findings.push(Finding {
                rule: id,
                level,
                message: Message {
                    path: &finding.path,
                    detail: &finding.detail,
                    why,
                    advice: &finding.advice,
                    rule: id,
                }
                .to_string(),
                path,
                detail: finding.detail,
                why: why.into(),
                advice: finding.advice,
                stored: false,
                fixes: fixes.collect(),
                ignored,
                span: self.place(finding.range),
            });
        });
        findings
    }

    /// The reason in the comment that silences the findings of a rule at a place, if any. A
    /// comment is about a field: inside a string there is none.
    fn ignored(&self, rule: &str, at: impl FnOnce() -> usize) -> Option<String> {
        let ignore = match self.ignores.is_empty() {
            true => None,
            false => self.ignores.covering(rule, at()),
        };
        Some(ignore?.reason.into())
    }

    fn edits(&self, edits: Option<Vec<Edit>>) -> Vec<TextEdit> {
        let edits = edits.filter(|_| self.place.is_none());
        let edits = edits.unwrap_or_default().into_iter();
        let edits = edits.map(|Edit { range, text }| TextEdit {
            span: self.source.span(range),
            text,
        });
        edits.collect()
    }

    fn span(&self, tree: &Tree<'t>, top: NodeId, pointer: &str) -> Span {
        self.place(tree.shown(top, pointer, self.source))
    }

    /// The place to show for a range.
    fn place(&self, range: Range<usize>) -> Span {
        self.place.unwrap_or_else(|| self.source.span(range))
    }

    fn problem(&self, range: Range<usize>, message: impl Into<String>) -> Problem {
        Problem {
            span: self.place(range),
            message: message.into(),
            is_template: false,
        }
    }
}

/// An object of the kind of the one at `top` with nothing but a string at a place of it, in
/// the first item of each list, and where the string is then.
fn alone(tree: &Tree<'_>, top: NodeId, pointer: &str, text: &str) -> (Value, String) {
    let (way, _) = tree.way(top, pointer);
    let mut object = Value::from(text);
    let mut place = String::new();
    let steps = pointer.split('/').skip(1).collect::<Vec<_>>().into_iter();
    for (step, node) in steps.zip(way).rev() {
        (object, place) = match tree.kind(node.node) {
            NodeKind::List(_) => (json!([object]), format!("/0{place}")),
            _ => {
                let key = step.replace("~1", "/").replace("~0", "~");
                (json!({ key: object }), format!("/{step}{place}"))
            }
        };
    }
    let field = |key: &str| tree.get(top, key).and_then(|id| tree.text(id));
    for key in ["apiVersion", "kind"] {
        if let Some(fields) = object.as_object_mut() {
            fields.insert(key.to_owned(), field(key).into());
        }
    }
    (object, place)
}

fn as_word<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(level.as_str())
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::crd;
    use rayjob_policy_core::rules;
    use rayjob_policy_core::settings::Settings;
    use serde_json::Value;

    use super::alone;
    use crate::stream;
    use crate::tree::{NodeKind, Segment};

    #[test]
    fn a_place_is_judged_alone_as_in_its_object() {
        let mut compared = 0;
        let families = rules::explained();
        let docs = families.flat_map(|(_, family)| family.map(|(_, doc)| doc));
        for example in docs.flat_map(|doc| doc.bad.iter().chain(doc.good)) {
            let object = example.object().expect("an example");
            let text = object.to_string();
            let piece = stream::pieces(&text).next().expect("a piece");
            let (trees, _) = stream::read(&text, &piece);
            let tree = &trees[0];
            let mut places = Vec::new();
            tree.visit(tree.root(), &mut Vec::new(), &mut |node, path| {
                if matches!(node.kind, NodeKind::Bool(_) | NodeKind::Number(_)) {
                    let steps = path.iter().map(|step| match step {
                        Segment::Key(key) => key.replace('~', "~0").replace('/', "~1"),
                        Segment::Index(index) => index.to_string(),
                    });
                    places.push(format!("/{}", steps.collect::<Vec<_>>().join("/")));
                }
            });
            let release = Settings::default().release;
            let is_refused = |object: &Value, place: &str| {
                let refused = crd::check(release, object, None);
                refused.iter().any(|it| it.path.to_pointer() == place)
            };
            for place in places {
                let mut whole = object.clone();
                *whole.pointer_mut(&place).expect("a place") = "010".into();
                let (part, at) = alone(tree, tree.root(), &place, "010");
                assert_eq!(
                    is_refused(&part, &at),
                    is_refused(&whole, &place),
                    "{place} {whole}"
                );
                compared += 1;
            }
        }
        assert!(compared > 500, "{compared}");
    }
}
