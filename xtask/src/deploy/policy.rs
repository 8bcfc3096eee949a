//! A ValidatingAdmissionPolicy and its binding.

use std::collections::BTreeSet;
use std::fmt::Write;

use rayjob_policy_core::cel::VARIABLES;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;

use super::finding::{self, Finding};
use crate::cel::{Piece, Statement, pieces};

const TEMPLATE: &str = include_str!("policy.yaml");

/// A variable of a policy.
pub struct Variable {
    pub name: String,
    pub expression: String,
}

/// The manifests of a policy that does the same with every finding of these
/// statements, and of its binding.
pub fn render(statements: &[Statement], release: Release, kind: Kind, level: Level) -> String {
    let (suffix, actions) = match level {
        Level::Deny => ("", "Deny"),
        _ => ("-warnings", "Warn, Audit"),
    };
    let resource = match kind {
        Kind::RayJob => "rayjobs",
        Kind::RayCronJob => "raycronjobs",
    };
    let findings = finding::all(statements, kind);
    let mut own: Vec<_> = findings.iter().flat_map(Finding::variables).collect();
    own.extend(finding::others(&findings));
    let mut variables = String::new();
    for Variable { name, expression } in shared(&own, kind).iter().chain(&own) {
        let expression = block(expression);
        _ = write!(
            variables,
            "    - name: {name}\n      expression: {expression}"
        );
    }
    let mut validations = String::new();
    for finding in &findings {
        let (expression, message) = (block(&finding.is_absent()), block(&finding.message()));
        _ = write!(
            validations,
            "    - expression: {expression}      messageExpression: {message}"
        );
    }
    TEMPLATE
        .replace("{name}", &format!("rayjob-policy-{resource}{suffix}"))
        .replace("{release}", release.as_str())
        .replace("{resource}", resource)
        .replace("{actions}", actions)
        .replace("{variables}", &variables)
        .replace("{validations}", &validations)
}

/// An expression as a block of YAML.
fn block(expression: &str) -> String {
    let mut block = String::from("|-\n");
    for line in expression.lines() {
        _ = writeln!(block, "        {line}");
    }
    block
}

/// The object that an expression is about.
#[derive(Clone, Copy)]
pub struct Subject {
    kind: Kind,
    /// Whether it is the stored object that an UPDATE replaces.
    pub is_stored: bool,
}

impl Subject {
    /// The object under review.
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            is_stored: false,
        }
    }

    /// The stored object that it replaces.
    pub const fn stored(self) -> Self {
        Self {
            is_stored: true,
            ..self
        }
    }

    /// An expression of the catalogue about this object.
    pub fn apply(self, expression: &str) -> String {
        let rename = |piece: Piece<'_>| {
            let Piece::Name(name) = piece else {
                return piece.text().into();
            };
            match VARIABLES.iter().find(|known| known.name == name) {
                Some(path) if is_path(path.value(self.kind)) => self.apply(path.value(self.kind)),
                Some(_) => format!("variables.{}", self.name(name)),
                None if name == "object" && self.is_stored => "oldObject".into(),
                None => name.into(),
            }
        };
        pieces(expression).map(rename).collect()
    }

    /// What a variable is called where it is about this object.
    pub fn name(self, variable: &str) -> String {
        match self.is_stored {
            true => format!("stored_{variable}"),
            false => variable.into(),
        }
    }
}

/// Whether an expression is only a way through an object. It is written out
/// where it is used: the API server does not look into an optional value that is
/// held by a variable (`github.com/google/cel-go` v0.26 interpreter/attributes.go).
fn is_path(expression: &str) -> bool {
    !expression.contains('(')
}

/// The variables of the catalogue that these use, each after those that it uses
/// itself.
fn shared(users: &[Variable], kind: Kind) -> Vec<Variable> {
    let mut wanted: BTreeSet<String> = users.iter().flat_map(used).collect();
    let mut shared = Vec::new();
    let object = Subject::new(kind);
    for variable in VARIABLES.iter().rev() {
        for subject in [object.stored(), object] {
            let variable = Variable {
                name: subject.name(variable.name),
                expression: subject.apply(variable.value(kind)),
            };
            if wanted.contains(&variable.name) {
                wanted.extend(used(&variable));
                shared.push(variable);
            }
        }
    }
    shared.reverse();
    shared
}

/// The names of the variables that a variable uses.
fn used(variable: &Variable) -> Vec<String> {
    let uses = variable.expression.split("variables.").skip(1);
    uses.map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        rest[..end.unwrap_or(rest.len())].into()
    })
    .collect()
}
