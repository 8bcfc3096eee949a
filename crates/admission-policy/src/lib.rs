//! Writes ValidatingAdmissionPolicies: the rules of the policy that have a CEL
//! condition, for API servers that evaluate them without a webhook.

mod finding;
mod lexer;
mod policy;
mod request_object;
mod statement;
mod variable;

use std::fmt;

use rayjob_policy_core::kind::{Kind, Kinds};
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
    /// The release has no such kinds.
    NoKind(Kinds, Release),
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
            Self::NoKind(kinds, release) => {
                write!(f, "KubeRay {release} has no {kinds}; choose another kind")
            }
            Self::NoRule => f.write_str(
                "the settings turn off every rule that can be written in CEL; \
                 set one of them to deny or warn",
            ),
        }
    }
}

impl std::error::Error for Error {}

/// Returns the manifests for an operator with these settings, as YAML: for each of
/// these kinds that the release has, a policy that denies and one that warns, each with
/// its binding. `name` begins the name of each of them, such as `NAME-rayjobs-warnings`.
///
/// # Errors
/// If the name is invalid, the release has none of the kinds, or no rule is on.
pub fn manifests(settings: &Settings, name: &str, kinds: Kinds) -> Result<String, Error> {
    // The longest name decides, so a name does not become invalid when levels change.
    let longest = policy::full_name(name, Kind::RayCronJob, Level::Warn);
    if !is_dns1123_subdomain(longest.as_bytes()) {
        return Err(Error::InvalidName(name.to_owned()));
    }
    let release = settings.release;
    let mut served = kinds
        .iter()
        .filter(|&kind| serves(release, kind))
        .peekable();
    if served.peek().is_none() {
        return Err(Error::NoKind(kinds, release));
    }
    let policies = policies(settings, name, served);
    if policies.is_empty() {
        return Err(Error::NoRule);
    }
    Ok(format!(
        "# Generated from the catalogue of rules by `rayjob-policy admission-policy`.\n\
         # For KubeRay {release}, Kubernetes 1.33 or newer.\n{policies}"
    ))
}

/// Whether a release has a kind.
fn serves(release: Release, kind: Kind) -> bool {
    kind != Kind::RayCronJob || release >= Release::V1_6
}

fn policies(settings: &Settings, name: &str, kinds: impl Iterator<Item = Kind>) -> String {
    let mut text = String::new();
    for kind in kinds {
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
    use rayjob_policy_core::kind::{Kind, Kinds};
    use rayjob_policy_core::release::Release;
    use rayjob_policy_core::settings::Settings;

    use super::{DEFAULT_NAME, Error};

    /// The manifests about all kinds.
    fn manifests(settings: &Settings, name: &str) -> Result<String, Error> {
        super::manifests(settings, name, Kinds::ALL)
    }

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
        let expected = [
            "team-a-rayjobs",
            "team-a-rayjobs-warnings",
            "team-a-rayclusters",
            "team-a-rayclusters-warnings",
            "team-a-rayservices",
            "team-a-rayservices-warnings",
        ];
        assert_eq!(names(&manifests), expected.map(|name| [name; 3]).concat());
    }

    #[test]
    fn only_the_chosen_kinds_are_judged() {
        let settings = settings(r#"{"kuberayVersion": "1.5"}"#);
        let chosen = |kinds| super::manifests(&settings, "a", kinds);
        let cron = Kinds::only(Kind::RayCronJob);
        let manifests = chosen(cron.and(Kind::RayCluster)).expect("manifests");
        let expected = ["a-rayclusters", "a-rayclusters-warnings"];
        assert_eq!(names(&manifests), expected.map(|name| [name; 3]).concat());
        assert_eq!(chosen(cron).err(), Some(Error::NoKind(cron, Release::V1_5)));
    }

    #[test]
    fn only_a_raycluster_may_be_made_by_kuberay() {
        for kind in Kind::ALL {
            let kinds = Kinds::only(kind);
            let manifests = super::manifests(&Settings::default(), "a", kinds).expect("manifests");
            let exempts = manifests.matches("is-not-made-by-kuberay").count();
            // The policy that denies, and the one that warns.
            assert_eq!(
                exempts,
                2 * usize::from(kind == Kind::RayCluster),
                "{kind:?}"
            );
        }
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
