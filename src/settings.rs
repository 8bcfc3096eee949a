//! The settings of the policy.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::json::{self, Json, Quoted};
use crate::live::{Inventory, Live, Topic, Topics};
use crate::neighbours::{BatchScheduler, Kueue, Neighbours};
use crate::release::{Gate, Gates, Release};
use crate::rule::{Level, Rule};
use crate::rules;
use crate::syntax::nearest::nearest;
use crate::text::join;

/// Which operator runs in the cluster, what runs beside it, and what each rule does.
///
/// ```
/// use rayjob_policy_core::settings::Settings;
///
/// let settings = Settings::parse(br#"{
///     "kuberayVersion": "1.6",
///     "featureGates": {"RayJobDeletionPolicy": false},
///     "kueue": "0.19",
///     "rules": {"interactive-backoff": "warn", "trap-*": "off"}
/// }"#);
/// assert!(settings.is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// The operator's release.
    pub release: Release,
    /// The operator's feature gates.
    pub gates: Gates,
    /// Whether the release and the gates are those of the operator in the cluster, if it is
    /// known.
    pub is_auto: bool,
    /// What the policy may ask about the cluster.
    pub topics: Topics,
    /// Whom it asks.
    inventory: Option<Arc<dyn Inventory>>,
    /// What runs beside the operator.
    pub neighbours: Neighbours,
    /// The namespace of objects that name none; empty if it is not known.
    namespace: String,
    /// Levels by rule ID, or by a prefix of one followed by `*`.
    levels: Vec<(String, Level)>,
    /// Whether the objects come from files.
    in_files: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self::for_release(Release::LATEST)
    }
}

/// The longest number that an error shows, in bytes.
const LONGEST_NUMBER: usize = 8;

/// All errors in the settings, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    errors: Vec<String>,
}

impl SettingsError {
    /// The individual errors.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(&mut self.errors.iter().map(String::as_str), "; "))
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// The settings for an operator of this release with its default gates.
    pub fn for_release(release: Release) -> Self {
        Self {
            release,
            gates: Gates::default_of(release),
            is_auto: false,
            topics: Topics::default(),
            inventory: None,
            neighbours: Neighbours::default(),
            namespace: String::new(),
            levels: Vec::new(),
            in_files: false,
        }
    }

    /// Reads settings from JSON.
    ///
    /// # Errors
    /// All errors in the settings at once.
    pub fn parse(json: &[u8]) -> Result<Self, SettingsError> {
        match json::read::<Json<'_>>(json) {
            Ok(json) => Self::from_json(&json),
            Err(error) => Err(SettingsError {
                errors: vec![format!("settings: {}", error.problem())],
            }),
        }
    }

    /// Reads settings that came with a request; without any, the defaults apply.
    ///
    /// # Errors
    /// All errors in the settings at once.
    pub fn from_json(json: &Json<'_>) -> Result<Self, SettingsError> {
        let mut reader = Reader::default();
        let settings = match json {
            Json::Absent => Self::default(),
            json => reader.settings(json),
        };
        if reader.errors.is_empty() {
            Ok(settings)
        } else {
            Err(SettingsError {
                errors: reader.errors,
            })
        }
    }

    /// The level of this rule's findings: of the keys that match the rule's ID, the
    /// most specific one decides. A rule about a neighbour that the settings do not name is
    /// never stricter than a warning about a file.
    pub fn level(&self, rule: &Rule) -> Level {
        let mut levels = self.levels.iter();
        let written = levels.find(|(key, _)| matches(key, rule.id));
        let level = written.map_or(rule.level(self.in_files), |&(_, level)| level);
        level.min(rule.strictest_level(self.neighbours, self.in_files))
    }

    /// The same settings for objects from files, about which some rules are stricter.
    #[must_use]
    pub fn in_files(&self) -> Self {
        Self {
            in_files: true,
            ..self.clone()
        }
    }

    /// The same settings on a host that knows the live state of the cluster.
    #[must_use]
    pub fn with_inventory(mut self, inventory: Arc<dyn Inventory>) -> Self {
        self.inventory = Some(inventory);
        self
    }

    /// The same settings for objects that go to this namespace unless they name another.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// What these settings let the policy ask about the cluster around an object in a
    /// namespace; `None` if nothing.
    pub fn live(&self, namespace: &str) -> Option<Live> {
        let namespace = match namespace {
            "" => &self.namespace,
            namespace => namespace,
        };
        let live = || Live::new(self.topics, self.inventory.clone(), namespace);
        (!self.topics.are_empty()).then(live)
    }

    /// The release and the gates of the operator: those that are set, or those of the operator
    /// in the cluster if they are left to it and it is known.
    pub fn operator(&self, live: Option<&Live>) -> (Release, Gates) {
        let operator = live.filter(|_| self.is_auto).and_then(Live::operator);
        let found = operator.and_then(|operator| Some((operator.release?, operator.gates)));
        found.unwrap_or((self.release, self.gates))
    }

    /// The same settings for an object in a file: with the release and the gates of the
    /// operator in the cluster if they are left to it.
    #[must_use]
    pub fn resolved(&self, object: &Value) -> Self {
        let namespace = object.pointer("/metadata/namespace");
        let namespace = namespace.and_then(Value::as_str).unwrap_or_default();
        let (release, gates) = match self.is_auto {
            true => self.operator(self.live(namespace).as_ref()),
            false => (self.release, self.gates),
        };
        Self {
            release,
            gates,
            ..self.clone()
        }
    }

    /// Overrides the level of the rules that a key matches.
    pub fn set_level(&mut self, key: impl Into<String>, level: Level) {
        let key = key.into();
        let is_before = |(known, _): &(String, _)| specificity(known) > specificity(&key);
        let place = self.levels.partition_point(is_before);
        self.levels.insert(place, (key, level));
    }
}

/// How specific a key of `rules` is: by its length, and without `*` before with it.
fn specificity(key: &str) -> (usize, bool) {
    let prefix = key.strip_suffix('*');
    (prefix.unwrap_or(key).len(), prefix.is_none())
}

/// Whether a key of `rules` matches this rule.
fn matches(key: &str, id: &str) -> bool {
    match key.strip_suffix('*') {
        Some(prefix) => id.starts_with(prefix),
        None => key == id,
    }
}

const KEYS: [&str; 6] = [
    "kuberayVersion",
    "featureGates",
    "kueue",
    "batchScheduler",
    "cluster",
    "rules",
];

/// What `kuberayVersion` is if the operator in the cluster tells.
const AUTO: &str = "auto";

/// Reads settings and continues after an error.
#[derive(Default)]
struct Reader {
    errors: Vec<String>,
}

impl Reader {
    fn settings(&mut self, json: &Json<'_>) -> Settings {
        let Json::Object(settings) = json else {
            self.mismatch("settings", "an object", json);
            return Settings::default();
        };
        for (key, _) in settings.iter().filter(|(key, _)| !KEYS.contains(&&**key)) {
            let advice = did_you_mean(
                key,
                KEYS,
                "the settings are kuberayVersion, featureGates, kueue, batchScheduler, cluster and \
                 rules",
            );
            self.error(format!("unknown setting {}; {advice}", Quoted(key)));
        }
        let get = |wanted: &str| {
            settings
                .iter()
                .find(|(key, _)| &**key == wanted)
                .map(|(_, json)| json)
        };
        let is_auto = get("kuberayVersion").is_some_and(|json| json.text() == AUTO);
        let release = get("kuberayVersion").filter(|_| !is_auto);
        let release = release.and_then(|json| {
            let [oldest, .., newest] = Release::ALL.map(Release::as_str);
            let of = ("kuberayVersion", "KubeRay", [oldest, newest]);
            self.release(json, of, Release::parse)
        });
        let mut read = Settings::for_release(release.unwrap_or(Release::LATEST));
        read.is_auto = is_auto;
        if let Some(json) = get("cluster") {
            self.topics(json, &mut read.topics);
        }
        if is_auto && !read.topics.contain(Topic::Operator) {
            self.error(
                "kuberayVersion: \"auto\" is the release of the operator in the cluster; add \
                 operator to cluster, or name a release"
                    .into(),
            );
        }
        if is_auto && get("featureGates").is_some() {
            self.error(
                "featureGates: with kuberayVersion \"auto\" they are those of the operator in \
                 the cluster; remove them, or name a release"
                    .into(),
            );
        }
        read.neighbours.kueue = get("kueue").and_then(|json| {
            let [oldest, .., newest] = Kueue::ALL.map(Kueue::as_str);
            self.release(json, ("kueue", "Kueue", [oldest, newest]), Kueue::parse)
        });
        if let Some(json) = get("batchScheduler") {
            read.neighbours.batch_scheduler = self.batch_scheduler(json);
        }
        if let Some(json) = get("featureGates") {
            self.gates(json, &mut read);
        }
        if let Some(json) = get("rules") {
            self.rules(json, &mut read);
        }
        read
    }

    /// Reads a release of a product: the setting, the name of the product, and its oldest and
    /// newest release.
    fn release<R>(
        &mut self,
        json: &Json<'_>,
        (field, product, [oldest, newest]): (&str, &str, [&str; 2]),
        parse: fn(&str) -> Option<R>,
    ) -> Option<R> {
        let (release, written) = match json {
            Json::Text(text) => (parse(text), Quoted(text).to_string()),
            Json::Number(number) if number.len() <= LONGEST_NUMBER => {
                (parse(number), (*number).into())
            }
            Json::Number(number) => (parse(number), json.kind().into()),
            _ => {
                let expected = format!("a {product} release such as \"{newest}\"");
                self.mismatch(field, &expected, json);
                return None;
            }
        };
        if release.is_none() {
            self.error(format!(
                "{field}: {written} is not a known {product} release; use one from \
                 \"{oldest}\" to \"{newest}\""
            ));
        }
        release
    }

    fn topics(&mut self, json: &Json<'_>, topics: &mut Topics) {
        let Json::List(names) = json else {
            self.mismatch("cluster", "a list such as [\"operator\"]", json);
            return;
        };
        for json in names {
            let Json::Text(name) = json else {
                self.mismatch("cluster", "a list of strings", json);
                continue;
            };
            match Topic::ALL
                .into_iter()
                .find(|topic| topic.as_str() == &**name)
            {
                Some(topic) => topics.add(topic),
                None => {
                    let known = Topic::ALL.map(Topic::as_str);
                    let all = join(&mut known.into_iter(), ", ");
                    let advice = did_you_mean(name, known, &format!("use any of {all}"));
                    let name = Quoted(name);
                    self.error(format!(
                        "cluster: the policy asks nothing about {name}; {advice}"
                    ));
                }
            }
        }
    }

    fn batch_scheduler(&mut self, json: &Json<'_>) -> Option<BatchScheduler> {
        let names = || {
            BatchScheduler::ALL
                .iter()
                .map(|scheduler| scheduler.as_str())
        };
        let Json::Text(written) = json else {
            self.mismatch("batchScheduler", "the name of a batch scheduler", json);
            return None;
        };
        let scheduler = BatchScheduler::parse(written);
        if scheduler.is_none() {
            let known = format!("use {}", join(&mut names(), ", "));
            let advice = did_you_mean(written, names(), &known);
            let written = Quoted(written);
            self.error(format!(
                "batchScheduler: unknown scheduler {written}; {advice}"
            ));
        }
        scheduler
    }

    fn gates(&mut self, json: &Json<'_>, settings: &mut Settings) {
        let Json::Object(gates) = json else {
            self.mismatch(
                "featureGates",
                "an object whose values are true or false",
                json,
            );
            return;
        };
        for (name, json) in gates {
            let field = format!("featureGates.{}", plain(name));
            let gate = Gate::named(name);
            if gate.is_none() && !Gate::WITHOUT_RULES.contains(&&**name) {
                let known = Gate::ALL
                    .into_iter()
                    .map(Gate::name)
                    .chain(Gate::WITHOUT_RULES);
                let advice = did_you_mean(name, known, "see the operator's --feature-gates");
                self.error(format!(
                    "{field}: no known KubeRay release has this gate; {advice}"
                ));
            }
            match (gate, json) {
                (Some(gate), &Json::Boolean(on)) => settings.gates.set(settings.release, gate, on),
                (None, Json::Boolean(_)) => {}
                _ => self.mismatch(&field, "true or false", json),
            }
        }
    }

    fn rules(&mut self, json: &Json<'_>, settings: &mut Settings) {
        let Json::Object(levels) = json else {
            self.mismatch(
                "rules",
                "an object whose values are deny, warn or off",
                json,
            );
            return;
        };
        for (key, json) in levels {
            let field = format!("rules.{}", plain(key));
            if !rules::ids().any(|id| matches(key, id)) {
                let advice = did_you_mean(key, rules::ids(), "docs/rules.md lists the rules");
                self.error(format!("{field}: unknown rule; {advice}"));
            }
            let Json::Text(written) = json else {
                self.mismatch(&field, "\"deny\", \"warn\" or \"off\", in quotes", json);
                continue;
            };
            match Level::ALL
                .into_iter()
                .find(|level| level.as_str() == &**written)
            {
                Some(level) => settings.set_level(&**key, level),
                None => {
                    let written = Quoted(written);
                    self.error(format!(
                        "{field}: unknown level {written}; use deny, warn or off"
                    ));
                }
            }
        }
    }

    fn mismatch(&mut self, field: &str, expected: &str, json: &Json<'_>) {
        let found = json.kind();
        self.error(format!("{field}: expected {expected}, found {found}"));
    }

    fn error(&mut self, error: String) {
        self.errors.push(error);
    }
}

/// A key as written, quoted if necessary.
fn plain(key: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-*_.".contains(&b);
    if (1..=64).contains(&key.len()) && key.bytes().all(is_plain) {
        key.into()
    } else {
        Quoted(key).to_string()
    }
}

fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean {near}?"),
        None => otherwise.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::live::Topic;
    use crate::neighbours::{BatchScheduler, Kueue, Neighbours};
    use crate::release::{Gate, Release};
    use crate::rule::Level;
    use crate::rules;

    fn errors(json: &str) -> String {
        Settings::parse(json.as_bytes()).unwrap_err().to_string()
    }

    fn level(json: &str, id: &str) -> Level {
        let settings = Settings::parse(json.as_bytes()).unwrap();
        settings.level(rules::all().find(|rule| rule.id == id).unwrap())
    }

    #[test]
    fn no_settings_mean_the_newest_release_with_its_gates() {
        let settings = Settings::parse(b"{}").unwrap();
        assert_eq!(settings.release, Release::LATEST);
        assert!(settings.gates.is_on(Gate::RayJobDeletionPolicy));
    }

    #[test]
    fn a_release_may_be_a_number() {
        for json in [
            r#"{"kuberayVersion": 1.5}"#,
            r#"{"kuberayVersion": "v1.5.1"}"#,
        ] {
            let settings = Settings::parse(json.as_bytes()).unwrap();
            assert_eq!(settings.release, Release::V1_5, "{json}");
            assert!(!settings.gates.is_on(Gate::RayJobDeletionPolicy));
        }
    }

    #[test]
    fn the_neighbours_are_not_known_by_default() {
        let neighbours = Settings::parse(b"{}").unwrap().neighbours;
        assert_eq!(neighbours, Neighbours::default());
    }

    #[test]
    fn the_neighbours_are_read() {
        for kueue in [r#""0.18""#, "0.18", r#""v0.18.3""#] {
            let json = format!(r#"{{"kueue": {kueue}, "batchScheduler": "kai-scheduler"}}"#);
            let neighbours = Settings::parse(json.as_bytes()).unwrap().neighbours;
            assert_eq!(neighbours.kueue, Some(Kueue::V0_18), "{kueue}");
            let scheduler = Some(BatchScheduler::KaiScheduler);
            assert_eq!(neighbours.batch_scheduler, scheduler);
        }
    }

    #[test]
    fn a_gate_that_the_release_lacks_is_ignored() {
        let json = r#"{"kuberayVersion": "1.6",
                       "featureGates": {"RayClusterMTLS": true, "RayJobDeletionPolicy": false,
                         "RayMultiHostIndexing": true}}"#;
        let gates = Settings::parse(json.as_bytes()).unwrap().gates;
        assert!(!gates.is_on(Gate::RayClusterMTLS));
        assert!(!gates.is_on(Gate::RayJobDeletionPolicy));
    }

    #[test]
    fn the_longest_key_decides_the_level() {
        let json = r#"{"rules": {"*": "deny", "trap-*": "off", "trap-job-id-reused": "warn",
                       "trap-job-*": "deny"}}"#;
        assert_eq!(level(json, "trap-unknown-mode"), Level::Off);
        assert_eq!(level(json, "trap-job-id-reused"), Level::Warn);
        assert_eq!(level(json, "trap-retry-multiplication"), Level::Off);
        assert_eq!(level(json, "interactive-backoff"), Level::Deny);
        assert_eq!(level("{}", "trap-job-id-reused"), Level::Warn);
        assert_eq!(
            level(
                r#"{"rules": {"ttl-*": "warn", "ttl-negative*": "off"}}"#,
                "ttl-negative"
            ),
            Level::Off
        );
        assert_eq!(
            level(
                r#"{"rules": {"ttl-negative": "off", "ttl-negative*": "warn"}}"#,
                "ttl-negative"
            ),
            Level::Off
        );
    }

    #[test]
    fn a_rule_about_a_neighbour_denies_only_if_the_settings_name_the_neighbour() {
        let levels = |neighbour: &str| {
            let json = format!(r#"{{"rules": {{"kueue-*": "deny"}}{neighbour}}}"#);
            let mut settings = Settings::parse(json.as_bytes()).unwrap();
            let rule = rules::all().find(|rule| rule.id == "kueue-selector");
            [false, true].map(|in_files| {
                settings.in_files = in_files;
                settings.level(rule.unwrap())
            })
        };
        assert_eq!(levels(""), [Level::Off, Level::Warn]);
        assert_eq!(levels(r#", "kueue": "0.18""#), [Level::Deny, Level::Deny]);
    }

    #[test]
    fn every_fault_is_named_in_one_line() {
        assert_eq!(
            errors(
                r#"{"kuberayVerson": "1.7", "kuberayVersion": "1.2", "mode": 1,
                       "featureGates": {"RayJobDeletePolicy": true, "RayCronJob": "yes",
                         "RayClusterMTLS": null},
                       "rules": {"interactive-backof": "warn", "ttl-negative": "wran",
                         "nope-*": "off", "backoff-negative": 1}}"#
            ),
            "unknown setting \"kuberayVerson\"; did you mean kuberayVersion?; unknown setting \
             \"mode\"; the settings are kuberayVersion, featureGates, kueue, batchScheduler, \
             cluster and rules; kuberayVersion: \"1.2\" is not a known KubeRay release; use one \
             from \"1.3\" to \"1.7\"; \
             featureGates.RayClusterMTLS: expected true or false, found null; \
             featureGates.RayCronJob: expected true or false, found a string; \
             featureGates.RayJobDeletePolicy: no known KubeRay release has this gate; did you \
             mean RayJobDeletionPolicy?; rules.backoff-negative: expected \"deny\", \"warn\" or \
             \"off\", in quotes, found a number; rules.interactive-backof: unknown rule; did you \
             mean interactive-backoff?; rules.nope-*: unknown rule; docs/rules.md lists the \
             rules; rules.ttl-negative: unknown level \"wran\"; use deny, warn or off"
        );
    }

    #[test]
    fn the_cluster_is_asked_about_what_is_listed() {
        let json = r#"{"cluster": ["queues", "operator"], "kuberayVersion": "auto"}"#;
        let settings = Settings::parse(json.as_bytes()).unwrap();
        let asked = |topic| settings.topics.contain(topic);
        assert!(settings.is_auto && asked(Topic::Queues) && asked(Topic::Operator));
        assert!(!asked(Topic::RayClusters));
        let none = Settings::parse(b"{}").unwrap();
        assert!(none.topics.are_empty() && !none.is_auto);
    }

    #[test]
    fn settings_of_another_type_are_refused() {
        for (json, error) in [
            ("null", "settings: expected an object, found null"),
            ("[]", "settings: expected an object, found a list"),
            ("", "settings: expected JSON, found nothing"),
            ("{", "settings: the JSON is cut off here"),
            (
                r#"{"kuberayVersion": null}"#,
                "kuberayVersion: expected a KubeRay release such as \"1.7\", found null",
            ),
            (
                r#"{"featureGates": []}"#,
                "featureGates: expected an object whose values are true or false, found a list",
            ),
            (
                r#"{"rules": null}"#,
                "rules: expected an object whose values are deny, warn or off, found null",
            ),
            (
                r#"{"cluster": "operator"}"#,
                "cluster: expected a list such as [\"operator\"], found a string",
            ),
            (
                r#"{"cluster": ["raycluster", "secrets", 7]}"#,
                "cluster: the policy asks nothing about \"raycluster\"; did you mean \
                 rayclusters?; cluster: the policy asks nothing about \"secrets\"; use any of \
                 operator, rayclusters, queues, mounts, jobs, services; cluster: expected a list \
                 of strings, found a number",
            ),
            (
                r#"{"kuberayVersion": "auto", "featureGates": {}}"#,
                "kuberayVersion: \"auto\" is the release of the operator in the cluster; add \
                 operator to cluster, or name a release; featureGates: with kuberayVersion \
                 \"auto\" they are those of the operator in the cluster; remove them, or name a \
                 release",
            ),
            (
                r#"{"kuberayVersion": 1.8}"#,
                "kuberayVersion: 1.8 is not a known KubeRay release; use one from \"1.3\" to \
                 \"1.7\"",
            ),
            (
                r#"{"kueue": 0.10}"#,
                "kueue: 0.10 is not a known Kueue release; use one from \"0.11\" to \"0.19\"",
            ),
            (
                r#"{"rules": {"a b": "off"}}"#,
                "rules.\"a b\": unknown rule; docs/rules.md lists the rules",
            ),
            (
                r#"{"kuberayVersion": 1.70000}"#,
                "kuberayVersion: 1.70000 is not a known KubeRay release; use one from \"1.3\" to \
                 \"1.7\"",
            ),
            (
                r#"{"kuberayVersion": 1.7000000}"#,
                "kuberayVersion: a number is not a known KubeRay release; use one from \"1.3\" to \
                 \"1.7\"",
            ),
            (
                r#"{"kueue": true}"#,
                "kueue: expected a Kueue release such as \"0.19\", found a boolean",
            ),
            (
                r#"{"batchScheduler": "vulcano"}"#,
                "batchScheduler: unknown scheduler \"vulcano\"; did you mean volcano?",
            ),
            (
                r#"{"batchScheduler": "default"}"#,
                "batchScheduler: unknown scheduler \"default\"; use volcano, yunikorn, \
                 kai-scheduler, scheduler-plugins",
            ),
            (
                r#"{"batchScheduler": {}}"#,
                "batchScheduler: expected the name of a batch scheduler, found an object",
            ),
        ] {
            assert_eq!(errors(json), error, "{json}");
        }
        let key = "a".repeat(65);
        let unknown = errors(&format!(r#"{{"rules": {{"{key}": "off"}}}}"#));
        assert!(
            unknown.starts_with(&format!("rules.\"{key}\": ")),
            "{unknown}"
        );
        let two = Settings::parse(br#"{"kueue": true, "rules": null}"#).unwrap_err();
        assert_eq!(two.errors().len(), 2);
        assert!(two.errors()[1].starts_with("rules: "));
    }
}
