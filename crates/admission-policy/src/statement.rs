//! A condition of the catalogue in plain CEL: its macros are expanded and its
//! templates are expressions.

use rayjob_policy_core::cel::Cel;
use rayjob_policy_core::finding::IDLES;
use rayjob_policy_core::group::EMPTY_NOTE;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::{Gate, Gates, Release};
use rayjob_policy_core::rule::{Check, Rule};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;

use crate::lexer::{Piece, bracketed, pieces};

/// One way to break a rule of one operator, in one kind of object.
pub struct Statement {
    /// The rule.
    pub rule: &'static Rule,
    /// The lists around `each`, outermost first.
    pub within: Vec<Within>,
    /// The list of which each item, `item` at position `i`, may be at fault.
    pub each: Option<String>,
    /// Whether there is a finding: a boolean.
    pub when: String,
    /// Where: a string.
    pub path: String,
    /// What was written: a string. If the reason depends on the pod, it follows.
    pub detail: String,
    /// The rest of the message: a string.
    pub ending: String,
}

/// A list whose items have lists of their own.
pub struct Within {
    /// The name of the position of an item.
    pub index: &'static str,
    /// The name of an item.
    pub item: &'static str,
    /// The list.
    pub list: String,
}

impl Statement {
    /// Whether a detail says of a worker group that it has no pods yet, which is no part of
    /// what is compared with a stored object.
    pub fn has_empty_note(&self) -> bool {
        self.detail.contains(EMPTY_NOTE)
    }
}

/// What can be said in CEL of the rules that an operator has, in the order in
/// which the operator would come to them.
pub fn statements(settings: &Settings, kind: Kind) -> Vec<Statement> {
    let release = settings.release;
    let mut rules: Vec<_> = rules::stated_in_cel()
        .filter(|(rule, _)| rule.exists_in(kind, release, settings.gates, settings.neighbours))
        .collect();
    rules.sort_by_key(|(rule, _)| (rule.refuses_only_cluster(kind, release), rule.position));
    let operator = Operator {
        release,
        gates: settings.gates,
    };
    rules
        .into_iter()
        .flat_map(|(rule, conditions)| conditions.iter().map(move |cel| (rule, cel)))
        .map(|(rule, cel)| operator.state(rule, cel, kind))
        .collect()
}

/// What an expression of the catalogue may ask about the operator.
#[derive(Clone, Copy)]
struct Operator {
    release: Release,
    gates: Gates,
}

impl Operator {
    fn state(self, rule: &'static Rule, cel: &Cel, kind: Kind) -> Statement {
        let plain = |expression: &str| self.expand(expression, kind);
        let text = |template: &str| plain(&concatenation(template));
        let when = match rule.refuses_only_cluster(kind, self.release) {
            // A job on an existing RayCluster makes none.
            true => plain(&format!("!selects && ({})", cel.when)),
            false => plain(cel.when),
        };
        let within = cel.within.iter().map(|within| Within {
            index: within.index,
            item: within.item,
            list: plain(within.list),
        });
        let mut detail = text(cel.detail);
        let mut why = format!("; {}", rule.why);
        // `Finding::why` adds to the reason in the same case.
        if matches!(rule.check, Check::Pod(..)) && cel.within.iter().any(|w| w.item == "pod") {
            detail = format!(
                "{detail} + {} + (pod.owner == 'submitter' ? {} : '')",
                literal(&why),
                literal(IDLES)
            );
            why.clear();
        }
        let ending = format!(
            "{why}. {}. [{}]",
            cel.advice.unwrap_or(rule.advice),
            rule.id
        );
        Statement {
            rule,
            within: within.collect(),
            each: (!cel.each.is_empty()).then(|| plain(cel.each)),
            when,
            path: text(
                &cel.path
                    .replace("{cluster}", kind.cluster_path())
                    .replace("{job}", kind.job_path()),
            ),
            detail,
            ending: match cel.advice {
                Some(_) => text(&ending),
                None => literal(&ending),
            },
        }
    }

    /// Replaces the macros, `release`, `releaseName` and the names of releases and gates.
    fn expand(self, expression: &str, kind: Kind) -> String {
        let mut expanded = String::new();
        let mut rest = expression;
        while let Some(piece) = pieces(rest).next() {
            rest = &rest[piece.text().len()..];
            let Piece::Name(name) = piece else {
                expanded.push_str(piece.text());
                continue;
            };
            let call = MACROS.contains(&name).then(|| bracketed(rest)).flatten();
            if let Some((argument, after)) = call {
                rest = after;
                let replaced = replacement(name, argument, kind);
                expanded.push_str(&match name {
                    // The others consist of macros.
                    "quoted" => replaced.replace("{argument}", &self.expand(argument, kind)),
                    _ => self.expand(&replaced, kind),
                });
            } else if name == "release" {
                expanded.push_str(&number(self.release).to_string());
            } else if name == "releaseName" {
                expanded.push_str(&literal(self.release.as_str()));
            } else if let Some(release) = release_named(name) {
                expanded.push_str(&number(release).to_string());
            } else if let Some(gate) = Gate::ALL.into_iter().find(|gate| gate.name() == name) {
                expanded.push_str(&self.gates.is_on(gate).to_string());
            } else {
                expanded.push_str(name);
            }
        }
        expanded
    }
}

/// The macros.
const MACROS: [&str; 5] = ["quoted", "group", "empty_note", "owner", "template"];

/// What a macro stands for. In that of `quoted`, `{argument}` is the argument.
fn replacement(name: &str, argument: &str, kind: Kind) -> String {
    match name {
        "quoted" => "[string({argument})].map(t, strings.quote(t.size() > 72 ? t.substring(0, 72) \
                     + '...' : t))[0]"
            .into(),
        "group" => format!(
            "({argument}.groupName == '' ? 'an unnamed worker group' : \
             'worker group ' + quoted({argument}.groupName))"
        ),
        "empty_note" => format!(
            "(({argument}.?replicas.orValue(0) <= 0 && {argument}.?minReplicas.orValue(0) <= 0) \
             || {argument}.?suspend.orValue(false) ? {} : '')",
            literal(EMPTY_NOTE)
        ),
        "owner" => format!(
            "({argument}.owner == 'head' ? 'the head pod' : \
             {argument}.owner == 'submitter' ? 'the submitter pod' : \
             'the pods of ' + group({argument}.group) + empty_note({argument}.group))"
        ),
        _ => {
            let (job, cluster) = (kind.job_path(), kind.cluster_path());
            format!(
                "({argument}.owner == 'head' ? '{cluster}.headGroupSpec.template' : \
                 {argument}.owner == 'submitter' ? '{job}.submitterPodTemplate' : \
                 '{cluster}.workerGroupSpecs[' + string(p - 1) + '].template')"
            )
        }
    }
}

/// A release as a number that compares as releases do: 107 for 1.7.
fn number(release: Release) -> u32 {
    let digits = |text: &str| text.parse::<u32>().unwrap_or_default();
    let (major, minor) = release.as_str().split_once('.').unwrap_or_default();
    digits(major) * 100 + digits(minor)
}

/// The release that is written as in Rust, such as `V1_7`.
fn release_named(name: &str) -> Option<Release> {
    Release::parse(&name.strip_prefix('V')?.replace('_', "."))
}

/// The expression that makes the text of a template.
fn concatenation(template: &str) -> String {
    let mut parts = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        if let Some((expression, after)) = bracketed(rest).filter(|_| rest.starts_with('{')) {
            parts.push(match is_macro(expression) {
                true => expression.into(),
                false => format!("string({expression})"),
            });
            rest = after;
        } else {
            let end = rest[1..].find('{').map_or(rest.len(), |end| end + 1);
            parts.push(literal(&rest[..end]));
            rest = &rest[end..];
        }
    }
    parts.join(" + ")
}

/// Whether an expression is one macro, which is a text already.
fn is_macro(expression: &str) -> bool {
    let call = |name| expression.strip_prefix(name).and_then(bracketed);
    let is_whole = |(_, rest): (_, &str)| rest.is_empty();
    MACROS.into_iter().filter_map(call).any(is_whole)
}

/// A text as a literal of CEL.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}
