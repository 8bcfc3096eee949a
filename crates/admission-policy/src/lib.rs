//! Writes ValidatingAdmissionPolicies: the rules of the policy that have a CEL
//! condition, for API servers that evaluate them without a webhook.

mod finding;
mod lexer;
mod policy;
mod request_object;
mod statement;
mod variable;

use std::fmt;

use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::syntax::names::is_dns1123_subdomain;

use policy::Policy;
pub use statement::{Statement, Within, statements};

/// The name that the manifests under `deploy/` begin with.
pub const DEFAULT_NAME: &str = "rayjob-policy";

/// Why there are no manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The name cannot begin the name of a Kubernetes object.
    InvalidName(String),
    /// The settings turn off every rule that has a CEL condition.
    NoRule,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName(name) => write!(
                f,
                "invalid name {name:?}: use at most 232 lowercase letters, digits and hyphens, \
                 and begin with a letter or a digit"
            ),
            Self::NoRule => f.write_str(
                "the settings turn off every rule that can be written in CEL; \
                 set one of them to deny or warn",
            ),
        }
    }
}

impl std::error::Error for Error {}

/// Returns the manifests for an operator with these settings, as YAML: for each
/// kind of object a policy that denies and one that warns, each with its binding.
/// `name` begins the name of each of them, such as `NAME-rayjobs-warnings`.
///
/// # Errors
/// If the name is invalid or no rule is on.
pub fn manifests(settings: &Settings, name: &str) -> Result<String, Error> {
    // The longest name decides, so a name does not become invalid when levels change.
    let longest = policy::full_name(name, Kind::RayCronJob, Level::Warn);
    if !is_dns1123_subdomain(longest.as_bytes()) {
        return Err(Error::InvalidName(name.to_owned()));
    }
    let policies = policies(settings, name);
    if policies.is_empty() {
        return Err(Error::NoRule);
    }
    let release = settings.release;
    Ok(format!(
        "# Generated from the catalogue of rules by `rayjob-policy admission-policy`.\n\
         # For KubeRay {release}, Kubernetes 1.33 or newer.\n{policies}"
    ))
}

fn policies(settings: &Settings, name: &str) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        if kind == Kind::RayCronJob && settings.release < Release::V1_6 {
            // The release has no such kind.
            continue;
        }
        for level in [Level::Deny, Level::Warn] {
            let mut statements = statements(settings, kind);
            statements.retain(|statement| settings.level(statement.rule) == level);
            if !statements.is_empty() {
                let policy = Policy {
                    name,
                    release: settings.release,
                    kind,
                    level,
                };
                text.push_str(&policy.render(&statements));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::settings::Settings;

    use super::{DEFAULT_NAME, Error, manifests};

    fn settings(json: &str) -> Settings {
        Settings::parse(json.as_bytes()).expect("settings")
    }

    /// The names of the policies and of what the bindings bind.
    fn names(manifests: &str) -> Vec<&str> {
        let lines = manifests.lines().map(str::trim_start);
        let names = lines.filter_map(|line| {
            line.strip_prefix("name: ")
                .or(line.strip_prefix("policyName: "))
        });
        names.collect()
    }

    #[test]
    fn every_object_is_named() {
        let settings = settings(r#"{"kuberayVersion": "1.5"}"#);
        let manifests = manifests(&settings, "team-a").expect("manifests");
        let expected = ["team-a-rayjobs", "team-a-rayjobs-warnings"];
        assert_eq!(names(&manifests), expected.map(|name| [name; 3]).concat());
    }

    #[test]
    fn a_name_must_be_a_name_in_kubernetes() {
        let settings = Settings::default();
        for name in ["", "-a", "A", "a_b", "a\nb", "a..b", &"a".repeat(233)] {
            let error = manifests(&settings, name).err();
            assert_eq!(error, Some(Error::InvalidName(name.to_owned())));
        }
        for name in ["a", "0.a-b", &"a".repeat(232)] {
            assert!(manifests(&settings, name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn a_level_moves_a_rule_and_off_removes_it() {
        let level_of = |level| {
            let settings = settings(&format!(
                r#"{{"rules": {{"*": "off", "backoff-negative": "{level}"}}}}"#
            ));
            manifests(&settings, DEFAULT_NAME)
        };
        let denied = level_of("deny").expect("manifests");
        assert!(denied.contains("validationActions: [Deny]"));
        let warned = level_of("warn").expect("manifests");
        assert!(warned.contains("validationActions: [Warn, Audit]"));
        assert_eq!(level_of("off").err(), Some(Error::NoRule));
    }

    #[test]
    fn a_gate_adds_its_rules() {
        let count = |on: bool| {
            let settings = settings(&format!(
                r#"{{"kuberayVersion": "1.5", "featureGates": {{"RayJobDeletionPolicy": {on}}}}}"#
            ));
            let manifests = manifests(&settings, DEFAULT_NAME).expect("manifests");
            manifests.matches("messageExpression").count()
        };
        assert!(count(true) > count(false), "{}", count(true));
    }
}
