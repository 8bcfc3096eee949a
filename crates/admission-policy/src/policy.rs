//! A ValidatingAdmissionPolicy and its binding.

use std::fmt::Write;

use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;

use crate::finding::{self, Finding};
use crate::statement::Statement;
use crate::variable::Variable;

const TEMPLATE: &str = include_str!("policy.yaml");

/// Exempts a RayCluster that KubeRay has made of an object which was judged itself.
const IS_CHILD: &str = r#"    - name: is-not-made-by-kuberay
      expression: >-
        !(object.metadata.?labels[?'ray.io/originated-from-crd'].orValue('') in
        ['RayJob', 'RayService']) ||
        !object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false) &&
        o.apiVersion.startsWith('ray.io/') &&
        o.kind == object.metadata.labels['ray.io/originated-from-crd'])
"#;

/// What a policy is for, beside its statements.
pub struct Policy<'n> {
    /// What its name begins with.
    pub name: &'n str,
    /// The release of the operator.
    pub release: Release,
    /// The kind that it matches.
    pub kind: Kind,
    /// What it does with a finding.
    pub level: Level,
}

impl Policy<'_> {
    /// Returns the manifests of the policy that consists of these statements and of
    /// its binding, as YAML.
    pub fn render(&self, statements: &[Statement]) -> String {
        let Self {
            name,
            release,
            kind,
            level,
        } = *self;
        let findings = finding::all(statements, kind);
        let mut own: Vec<_> = findings.iter().flat_map(Finding::variables).collect();
        own.extend(finding::others(&findings));
        let mut variables = String::new();
        for Variable { name, expression } in Variable::shared_by(&own, kind).iter().chain(&own) {
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
            .replace("{name}", &full_name(name, kind, level))
            .replace("{release}", release.as_str())
            .replace("{resource}", resource(kind))
            .replace("{actions}", actions(level))
            .replace("{exempt}", exempt(kind))
            .replace("{variables}", &variables)
            .replace("{validations}", &validations)
    }
}

/// Returns the name of a policy and of its binding.
pub fn full_name(name: &str, kind: Kind, level: Level) -> String {
    let suffix = match level {
        Level::Deny => "",
        _ => "-warnings",
    };
    format!("{name}-{}{suffix}", resource(kind))
}

/// The resource of a kind, as the API server names it.
fn resource(kind: Kind) -> &'static str {
    match kind {
        Kind::RayJob => "rayjobs",
        Kind::RayCronJob => "raycronjobs",
        Kind::RayCluster => "rayclusters",
        Kind::RayService => "rayservices",
    }
}

/// What else is not judged of a kind, as match conditions.
const fn exempt(kind: Kind) -> &'static str {
    match kind {
        Kind::RayCluster => IS_CHILD,
        Kind::RayJob | Kind::RayCronJob | Kind::RayService => "",
    }
}

/// The `validationActions` of a level.
fn actions(level: Level) -> &'static str {
    match level {
        Level::Deny => "Deny",
        _ => "Warn, Audit",
    }
}

/// An expression as a block of YAML.
fn block(expression: &str) -> String {
    let mut block = String::from("|-\n");
    for line in expression.lines() {
        _ = writeln!(block, "        {line}");
    }
    block
}
