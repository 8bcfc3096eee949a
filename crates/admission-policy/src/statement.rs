//! A condition of the catalogue in plain CEL: its macros are expanded and its
//! templates are expressions.

use rayjob_policy_core::cel::Cel;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Rule;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;

use crate::lexer::{Piece, bracketed, pieces};

/// One way to break a rule of one operator, in one kind of object.
pub struct Statement {
    /// The rule.
    pub rule: &'static Rule,
    /// The list of which each item, `item` at position `i`, may be at fault.
    pub each: Option<String>,
    /// Whether there is a finding: a boolean.
    pub when: String,
    /// Where: a string.
    pub path: String,
    /// What was written: a string.
    pub detail: String,
    /// The rest of the message: a string.
    pub ending: String,
}

/// What can be said in CEL of the rules that an operator has, in the order in
/// which the operator would come to them.
pub fn statements(settings: &Settings, kind: Kind) -> Vec<Statement> {
    let release = settings.release;
    let mut rules: Vec<_> = rules::stated_in_cel()
        .filter(|(rule, _)| rule.exists_in(kind, release, settings.gates))
        .collect();
    rules.sort_by_key(|(rule, _)| (rule.is_late(release), rule.position));
    rules
        .into_iter()
        .flat_map(|(rule, conditions)| conditions.iter().map(move |cel| (rule, cel)))
        .map(|(rule, cel)| state(rule, cel, release, kind))
        .collect()
}

fn state(rule: &'static Rule, cel: &Cel, release: Release, kind: Kind) -> Statement {
    let plain = |expression: &str| expand(expression, release);
    let text = |template: &str| plain(&concatenation(template));
    let when = match rule.is_late(release) {
        // A job on an existing RayCluster makes none.
        true => plain(&format!("!selects && ({})", cel.when)),
        false => plain(cel.when),
    };
    Statement {
        rule,
        each: (!cel.each.is_empty()).then(|| plain(cel.each)),
        when,
        path: text(
            &cel.path
                .replace("{cluster}", kind.cluster_path())
                .replace("{job}", kind.job_path()),
        ),
        detail: text(cel.detail),
        ending: match cel.advice {
            Some(advice) => text(&format!("; {}. {advice}. [{}]", rule.why, rule.id)),
            None => literal(&format!("; {}. {}. [{}]", rule.why, rule.advice, rule.id)),
        },
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

/// Replaces the macros, `release`, `releaseName` and the names of releases.
fn expand(expression: &str, release: Release) -> String {
    let mut expanded = String::new();
    let mut rest = expression;
    while let Some(piece) = pieces(rest).next() {
        rest = &rest[piece.text().len()..];
        let call = match piece {
            Piece::Name("release") => {
                expanded.push_str(&number(release).to_string());
                continue;
            }
            Piece::Name("releaseName") => {
                expanded.push_str(&literal(release.as_str()));
                continue;
            }
            Piece::Name(name) if release_named(name).is_some() => {
                expanded.extend(release_named(name).map(|release| number(release).to_string()));
                continue;
            }
            Piece::Name(name @ ("quoted" | "group")) => bracketed(rest).map(|call| (name, call)),
            _ => None,
        };
        let Some((name, (argument, after))) = call else {
            expanded.push_str(piece.text());
            continue;
        };
        rest = after;
        expanded.push_str(&match name {
            "quoted" => {
                let argument = expand(argument, release);
                format!(
                    "[string({argument})].map(t, strings.quote(t.size() > 72 ? t.substring(0, 72) \
                     + '...' : t))[0]"
                )
            }
            _ => expand(
                &format!(
                    "({argument}.groupName == '' ? 'an unnamed worker group' : \
                     'worker group ' + quoted({argument}.groupName))"
                ),
                release,
            ),
        });
    }
    expanded
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
    ["quoted", "group"]
        .into_iter()
        .filter_map(call)
        .any(is_whole)
}

/// A text as a literal of CEL.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}
