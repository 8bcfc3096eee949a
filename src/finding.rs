//! The findings of the rules.

use std::borrow::Cow;
use std::collections::BinaryHeap;
use std::fmt;
use std::ops::Range;

use crate::context::Context;
use crate::fix::{Fix, FixTemplate, Proposal};
use crate::group::{EMPTY_NOTE, Group};
use crate::json::Path;
use crate::kind::Kind;
use crate::release::Release;
use crate::rule::{Check, Rule};
use crate::syntax::quantity::Quantity;
use crate::text;

/// The template of the pod that submits the job.
const SUBMITTER: &str = "submitterPodTemplate";

/// What it costs that this pod cannot be created, after the reason that every pod with this
/// fault has: KubeRay creates its Job last.
pub const IDLES: &str = ", while a ready RayCluster idles";

/// A problem of an object.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The field of the finding.
    pub path: Path,
    /// What was written. It shows every value on which the finding depends.
    pub detail: String,
    /// What to write instead.
    pub advice: Cow<'static, str>,
    /// The relevant part of the field's text, in bytes; empty is the whole text.
    pub part: Range<usize>,
    /// The most likely intended field.
    pub proposal: Option<Box<Proposal>>,
    /// The rule's fixes that apply to it.
    fixes: &'static [FixTemplate],
    /// The kind of the object.
    pub kind: Kind,
    /// Whether the operator accepts the object, and later refuses the RayCluster that it
    /// creates for it.
    is_later: bool,
    /// See [`of_item`](Self::of_item).
    item: usize,
}

impl Finding {
    /// A finding of a rule, with the rule's own advice.
    pub(crate) fn new(rule: &'static Rule, kind: Kind, path: Path, detail: String) -> Self {
        Self {
            rule,
            path,
            detail,
            advice: rule.advice.into(),
            part: 0..0,
            proposal: None,
            fixes: rule.fixes,
            kind,
            is_later: false,
            item: 0,
        }
    }

    /// What a finding about another version of the object has in common with this one if
    /// both are the same: the rule, the fields and the values, whether or not a group has
    /// workers yet. A quantity counts, not its spelling: the operator writes `0.5` as `500m`.
    pub fn identity(&self) -> String {
        let detail = text::without(&self.detail, EMPTY_NOTE);
        let mut identity = format!("{} {}", self.rule.id, self.path.fields());
        for part in detail.split('"') {
            match Quantity::parse(part) {
                Some(quantity) => identity.push_str(&format!("\"{quantity:?}")),
                None => identity.push_str(&format!("\"{part}")),
            }
        }
        identity
    }

    /// What would happen: continues the detail, without a full stop.
    pub fn why(&self) -> Cow<'static, str> {
        let why = self.rule.why;
        let submitter = || Path::default().at(self.kind.job_path()).at(SUBMITTER);
        match self.rule.check {
            Check::Pod(..) if self.path.is_below(&submitter()) => format!("{why}{IDLES}").into(),
            _ => why.into(),
        }
    }

    /// The ways to fix it, the most likely one first.
    pub fn fixes(&self) -> impl Iterator<Item = Fix> {
        self.fixes.iter().filter_map(|fix| fix.resolve(self))
    }

    /// Sets the index of the item among those that the operator checks in turn, which orders
    /// the findings of a rule.
    pub fn of_item(&mut self, item: usize) -> &mut Self {
        self.item = item;
        self
    }

    /// Replaces the rule's advice.
    pub fn advise(&mut self, advice: impl Into<Cow<'static, str>>) -> &mut Self {
        self.advice = advice.into();
        self
    }

    /// Offers these of the rule's fixes, in this order, instead of all of them.
    pub fn offer(&mut self, fixes: &'static [FixTemplate]) -> &mut Self {
        if cfg!(feature = "fixes") {
            self.fixes = fixes;
        }
        self
    }

    /// Offers the fixes of another finding, if it is about the same field and this
    /// one has none.
    pub(crate) fn or_offer(&mut self, other: &Self) {
        if self.path == other.path && self.fixes().next().is_none() {
            self.fixes = other.fixes;
            self.proposal.clone_from(&other.proposal);
        }
    }

    /// Sets the relevant part of the field's text.
    pub fn about(&mut self, part: Range<usize>) -> &mut Self {
        self.part = part;
        self
    }

    /// Proposes a text for the field.
    pub fn propose(&mut self, text: Option<impl Into<Cow<'static, str>>>) -> &mut Self {
        if cfg!(feature = "fixes") {
            self.proposal = text.map(|text| Box::new(Proposal::Text(text.into())));
        }
        self
    }

    /// Proposes another name for the field.
    pub fn propose_name(&mut self, name: Option<&'static str>) -> &mut Self {
        if cfg!(feature = "fixes") {
            self.proposal = name.map(|name| Box::new(Proposal::Field(name, None)));
        }
        self
    }
}

/// A finding in full: where, what was written, what would happen, what to write instead.
#[derive(Clone, Copy)]
pub struct Message<'m> {
    /// The field.
    pub path: &'m dyn fmt::Display,
    /// What was written.
    pub detail: &'m str,
    /// What would happen.
    pub why: &'m str,
    /// What to write instead.
    pub advice: &'m str,
    /// The ID of the rule.
    pub rule: &'m str,
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            detail,
            why,
            advice,
            rule,
        } = self;
        write!(f, "{path}: {detail}; {why}. {advice}. [{rule}]")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = Message {
            path: &self.path,
            detail: &self.detail,
            why: &self.why(),
            advice: &self.advice,
            rule: self.rule.id,
        };
        message.fmt(f)
    }
}

/// Collects the findings of one object.
#[derive(Debug)]
pub struct Report {
    kind: Kind,
    release: Release,
    rule: &'static Rule,
    item: usize,
    findings: Vec<Finding>,
    /// The number of findings with which the current rule has enough.
    enough: usize,
    /// The IDs of the rules that had enough.
    stopped: Vec<&'static str>,
}

/// How many findings of a rule are enough: nobody reads more of them, and each costs time.
pub(crate) const MOST: usize = 1000;

impl Report {
    /// An empty report on this object.
    pub(crate) fn new(context: &Context<'_>) -> Self {
        Self::empty(context.object.kind(), context.release)
    }

    /// An empty report on an object of this kind.
    pub(crate) fn empty(kind: Kind, release: Release) -> Self {
        Self {
            kind,
            release,
            rule: &Rule::OPERATOR,
            item: 0,
            findings: Vec::new(),
            enough: MOST,
            stopped: Vec::new(),
        }
    }

    /// Sets the rule whose check comes next, the [item](Finding::of_item) that it is about,
    /// and how many findings the rule has already.
    pub(crate) fn begin(&mut self, rule: &'static Rule, item: usize, found: usize) {
        self.rule = rule;
        self.item = item;
        self.enough = self
            .findings
            .len()
            .saturating_add(MOST.saturating_sub(found));
    }

    /// Whether the current rule has enough findings, so that its check stops. A check asks
    /// before it looks at the next item of a list that may be long.
    pub fn is_full(&mut self) -> bool {
        let is_full = self.findings.len() >= self.enough;
        if is_full && !self.stopped.contains(&self.rule.id) {
            self.stopped.push(self.rule.id);
        }
        is_full
    }

    /// The number of findings.
    pub(crate) fn len(&self) -> usize {
        self.findings.len()
    }

    /// Adds a finding of the current rule, and returns it to be completed.
    pub fn add(&mut self, path: Path, detail: impl Into<String>) -> &mut Finding {
        let finding = Finding {
            is_later: self.rule.refuses_only_cluster(self.kind, self.release),
            item: self.item,
            ..Finding::new(self.rule, self.kind, path, detail.into())
        };
        self.findings.push_mut(finding)
    }

    /// Adds a finding about a field of a group of pods.
    pub fn add_in(
        &mut self,
        group: Group<'_>,
        path: Path,
        detail: impl Into<String>,
    ) -> &mut Finding {
        self.add(path, detail).of_item(group.item())
    }

    /// Adds a finding with an advice of its own and no fix.
    pub fn advise_on(
        &mut self,
        path: Path,
        detail: impl Into<String>,
        advice: &'static str,
    ) -> &mut Finding {
        self.add(path, detail).advise(advice).offer(&[])
    }

    /// The findings, in the operator's order, and the IDs of the rules that
    /// [stopped](Self::is_full) before they had found all.
    pub(crate) fn into_findings(mut self) -> (Vec<Finding>, Vec<&'static str>) {
        for id in &self.stopped {
            let mut findings = self.findings.iter_mut();
            if let Some(last) = findings.rfind(|finding| finding.rule.id == *id) {
                last.detail += &format!(" (only the first {MOST} of these are reported)");
            }
        }
        let place = |(index, finding): (usize, &Finding)| {
            let place = finding.rule.position.of_item(finding.item);
            (finding.is_later, place, index)
        };
        // A heap sorts with far less code than `sort`.
        let order: BinaryHeap<_> = self.findings.iter().enumerate().map(place).collect();
        let mut findings: Vec<_> = self.findings.into_iter().map(Some).collect();
        let in_order = order.into_sorted_vec().into_iter();
        let in_order = in_order.filter_map(|(.., index)| findings.get_mut(index)?.take());
        (in_order.collect(), self.stopped)
    }
}
