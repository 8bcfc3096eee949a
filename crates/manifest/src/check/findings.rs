//! The findings in a document, with their places and edits.

use std::collections::BTreeSet;
use std::ops::Range;

use rayjob_policy_core::finding::Message;
use rayjob_policy_core::fix::Operation;
use rayjob_policy_core::json::ReadError;
use rayjob_policy_core::rule::{Level, Origin};
use rayjob_policy_core::verdict::{Graded, Verdict};
use serde_json::{Value, json};

use super::Checker;
use crate::checked::{Finding, Fix, TextEdit};
use crate::document::Target;
use crate::edit::{self, Edit};
use crate::lint::{self, TextRule};
use crate::part::Written;
use crate::tally::Tally;
use crate::tree::{NodeId, NodeKind, Tree};

impl<'t> Checker<'_, 't> {
    /// The findings of a verdict, or the error that kept the policy from judging.
    pub fn findings(
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
        if let Some(finding) = self.refusal(tree, target, verdict)
            && !(self.leaves_out)(self.index, finding.rule, &finding.path, finding.level)
        {
            tally.shows(finding.rule, finding.level, false);
            findings.push(finding);
        }
        findings
    }

    /// The finding that nothing could be judged, if so.
    fn refusal(&self, tree: &Tree<'t>, target: Target, verdict: &Verdict) -> Option<Finding> {
        let (refusal, message) = verdict.refusal.as_ref().zip(verdict.message.as_ref())?;
        let error = refusal.error();
        let pointer = error.map(|error| error.path().to_pointer());
        let pointer = pointer.unwrap_or_default();
        let (node, rest) = target.locate(&pointer);
        let (detail, why) = match error {
            Some(error) => (
                error.problem(),
                "so the policy cannot judge the object and denies it",
            ),
            None => (&**message, ""),
        };
        Some(Finding {
            rule: refusal.id(),
            level: Level::Deny,
            path: error.map(ReadError::field).unwrap_or_default(),
            detail: detail.into(),
            why: why.into(),
            advice: String::new(),
            message: message.clone(),
            stored: false,
            span: self.span(tree, node, rest),
            fixes: Vec::new(),
            ignored: None,
        })
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
        let (nodes, found) = tree.nodes_along(top, pointer);
        let id = nodes.last().filter(|_| found)?.node;
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
    pub fn lint(
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
        let edits = edits.filter(|_| self.outer.is_none());
        let edits = edits.unwrap_or_default().into_iter();
        let edits = edits.map(|Edit { range, text }| TextEdit {
            span: self.source.span(range),
            text,
        });
        edits.collect()
    }
}
