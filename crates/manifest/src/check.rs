//! Checks a text.

use std::fmt::Display;
use std::ops::Range;

use rayjob_policy_core::admit;
use rayjob_policy_core::json::Json;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::set::{Member, judge};
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use serde_json::Value;

use crate::checked::{Checked, Document, Finding, Problem};
use crate::cluster::{self, Cluster};
use crate::detect::{begins_as_manifest, mentions_ray, named_kind};
use crate::document::{self, Found, Target};
use crate::ignore::Ignores;
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

mod findings;
mod quote;

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
        outer: None,
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
    checked.add_notes();
    checked
}

/// The maximum depth of texts inside texts.
pub(crate) const DEEPEST: usize = 4;

/// Checks a piece of a text.
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
    /// The place of the string that the piece is in, if it is not written verbatim but, for
    /// example, with escapes. It is shown instead of places in the piece, which cannot be
    /// edited.
    outer: Option<Span>,
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
            let why = ignore.why_ineffective(checked.notes.len());
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
            Some((header, content)) if header.starts_with('|') => {
                let start = node.span.end - content.len();
                let end = node.span.end + usize::from(text.ends_with('\n'));
                for piece in stream::pieces_of_block(self.source.text(), start..end) {
                    Checker { depth, ..self }.piece(&piece, checked);
                }
            }
            _ => {
                let first_line = written.lines().next().unwrap_or_default().len();
                let shown = node.span.start..node.span.start + first_line;
                let outer = Some(self.place(shown));
                let source = &Source::new(text);
                let inner = Checker {
                    source,
                    ignores: &Ignores::default(),
                    outer,
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
        let (nodes, _) = tree.nodes_along(top, &first.pointer);
        let place = nodes.last()?;
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

    fn span(&self, tree: &Tree<'t>, top: NodeId, pointer: &str) -> Span {
        self.place(tree.shown(top, pointer, self.source))
    }

    /// The place to show for a range.
    fn place(&self, range: Range<usize>) -> Span {
        self.outer.unwrap_or_else(|| self.source.span(range))
    }

    fn problem(&self, range: Range<usize>, message: impl Into<String>) -> Problem {
        Problem {
            span: self.place(range),
            message: message.into(),
            is_template: false,
        }
    }
}
