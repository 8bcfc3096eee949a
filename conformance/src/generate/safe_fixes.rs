//! What a fix that is marked safe promises, because `--fix` applies it unasked:
//! in every bad example, and in made objects, most of which have a mistake with
//! such a fix.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use rayjob_policy_core::crd::Schema;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::kuberay::{JobDeploymentStatus, JobStatus};
use rayjob_policy_core::lifecycle::{Action, Event, Scenario, Trace, simulate_with};
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::edit::{Edit, apply};
use rayjob_policy_manifest::fix::{Wanted, fix};
use rayjob_policy_manifest::{Checked, Options, Source, check};
use rayjob_policy_manifest::{Finding, Fix};
use serde_json::{Map, Value, json};

use super::catalogue::{Catalogue, Piece};
use super::dice::Dice;
use super::{Fresh, Generator};

/// So many objects of each release.
const ENOUGH: usize = 400;

/// The operator of a release, with every rule switched on.
fn settings(release: Release, gates: &Map<String, Value>) -> Settings {
    let written = json!({"kuberayVersion": release.as_str(), "featureGates": gates});
    let mut settings = Settings::parse(written.to_string().as_bytes()).expect("settings");
    for rule in rules::all() {
        settings.set_level(rule.id, rule.level.max(Level::Warn));
    }
    settings
}

/// The text of an object with the words of YAML 1.1 for its booleans.
fn in_old_words(object: &Value) -> String {
    let yaml = yaml_serde::to_string(object).expect("YAML");
    let lines = yaml.lines().map(|line| {
        let value = [true, false]
            .into_iter()
            .find_map(|value| Some((line.strip_suffix(&format!(": {value}"))?, value)));
        match value {
            Some((key, value)) => format!("{key}: {}\n", old_word(value)),
            None => format!("{line}\n"),
        }
    });
    lines.collect()
}

/// A word of YAML 1.1 for a boolean.
fn old_word(value: bool) -> &'static str {
    match value {
        true => "yes",
        false => "off",
    }
}

/// Whether YAML 1.1 reads a word as this boolean.
fn is_word_for(value: bool, word: &str) -> bool {
    let words = match value {
        true => ["y", "yes", "on", "true"],
        false => ["n", "no", "off", "false"],
    };
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// What became of the safe fixes that were applied.
#[derive(Default)]
struct Promises {
    /// Their titles.
    applied: BTreeSet<&'static str>,
    /// A rule of which one broke its promise, and how.
    broken: BTreeMap<&'static str, String>,
}

impl Promises {
    /// Applies each safe fix alone, and then what `--fix` applies.
    fn count(&mut self, text: &str, settings: &Settings) {
        let options = Options {
            settings: Some(settings.clone()),
            ..Options::default()
        };
        let before = check(&Source::new(text), &options);
        // Not all that is made can be written in YAML.
        if before.documents.len() != 1 || !before.problems.is_empty() {
            return;
        }
        for finding in &before.documents[0].findings {
            let possible = |fix: &&Fix| fix.safe && !fix.edits.is_empty();
            for fix in finding.fixes.iter().filter(possible) {
                let edits = fix.edits.iter().map(|edit| Edit {
                    range: edit.span.range(),
                    text: edit.text.clone(),
                });
                let fixed = apply(text, edits.collect()).expect("edits that do not overlap");
                self.applied.insert(fix.title);
                self.compare(finding.rule, &before, &fixed, &options);
            }
        }
        let fixed = fix(text, &options, Wanted::Safe);
        if !fixed.applied.is_empty() {
            self.compare("--fix", &before, &fixed.text, &options);
        }
    }

    fn compare(
        &mut self,
        what: &'static str,
        before: &Checked,
        fixed: &str,
        options: &Options<'_>,
    ) {
        let after = check(&Source::new(fixed), options);
        let settings = options.settings.as_ref().expect("settings");
        if let Err(why) = keep_the_promise(before, &after, settings) {
            let object = &before.documents[0].object;
            let told = format!("KubeRay {}: {why}\n{object}", settings.release);
            self.broken.entry(what).or_insert(told);
        }
    }
}

/// What is broken of the promise, if anything.
fn keep_the_promise(before: &Checked, after: &Checked, settings: &Settings) -> Result<(), String> {
    let (old, new) = (&before.documents[0], &after.documents[0]);
    let unquoted = unquoted(&old.object, &new.object);
    let (was, is) = (
        Outcome::of(&old.object, settings),
        Outcome::of(&unquoted, settings),
    );
    let mut left: Vec<_> = old.findings.iter().collect();
    for finding in &new.findings {
        // The detail may quote what is now written otherwise.
        let of = |old: &&Finding| old.rule == finding.rule && old.path == finding.path;
        match left.iter().position(of) {
            Some(known) => _ = left.swap_remove(known),
            // Of an object that cannot be read, only the schema has been checked.
            None if was.lives == Lives::Unreadable => {}
            None => return Err(format!("new: {}", finding.message)),
        }
    }
    if left.is_empty() {
        return Err("nothing is gone".into());
    }
    changed_scalar(&old.object, &unquoted)?;
    match was.is_kept_by(&is) {
        true => Ok(()),
        false => Err("something else runs, or is deleted".into()),
    }
}

/// The new object with the scalars that were put in quotes, word for word, or whose case
/// or outer white space was corrected, as they were: the API server refuses them as
/// written, so nothing runs otherwise.
fn unquoted(old: &Value, new: &Value) -> Value {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let fields = new.iter().map(|(key, new)| {
                let old = old.get(key).unwrap_or(&Value::Null);
                (key.clone(), unquoted(old, new))
            });
            fields.collect()
        }
        (Value::Array(old), Value::Array(new)) => {
            let old = old.iter().chain(iter::repeat(&Value::Null));
            old.zip(new).map(|(old, new)| unquoted(old, new)).collect()
        }
        (Value::Bool(value), Value::String(word)) if is_word_for(*value, word) => old.clone(),
        (Value::String(old_text), Value::String(text))
            if old_text.trim().eq_ignore_ascii_case(text) || is_unquoted_yaml(old_text, text) =>
        {
            old.clone()
        }
        // In YAML 1.1, digits may have underscores between or behind them.
        (Value::Bool(_) | Value::Number(_), Value::String(text))
            if serde_json::from_str(&text.replace('_', ""))
                .is_ok_and(|value: Value| value == *old) =>
        {
            old.clone()
        }
        _ => new.clone(),
    }
}

/// Whether two texts are YAML of the same mapping, but for scalars that were put in quotes.
fn is_unquoted_yaml(old: &str, new: &str) -> bool {
    let [Ok(old), Ok(new)] = [old, new].map(yaml_serde::from_str::<Value>) else {
        return false;
    };
    old.is_object() && unquoted(&old, &new) == old
}

/// A scalar that is written and then has another value. What stands for nothing
/// counts as absent; the two versions of the API name the same objects.
fn changed_scalar(old: &Value, new: &Value) -> Result<(), String> {
    const VERSIONS: [&str; 2] = ["ray.io/v1alpha1", "ray.io/v1"];
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old
            .iter()
            .filter_map(|(key, value)| Some((value, new.get(key)?)))
            .try_for_each(|(old, new)| changed_scalar(old, new)),
        (Value::Array(old), Value::Array(new)) => old
            .iter()
            .zip(new)
            .try_for_each(|(old, new)| changed_scalar(old, new)),
        (old, new) if old == new || is_nothing(old) => Ok(()),
        (old, new) if *old == VERSIONS[0] && *new == VERSIONS[1] => Ok(()),
        (old, new) => Err(format!("{old} becomes {new}")),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// What runs and what is deleted.
struct Outcome {
    /// The schedule, the command and the pods, as they are stored.
    stored: Value,
    lives: Lives,
}

/// The lives that a RayJob would have if nobody refused it.
#[derive(PartialEq)]
enum Lives {
    Unreadable,
    /// The API server refuses a child, so nothing comes of the RayJob.
    Hindered,
    Of(Value),
}

impl Outcome {
    fn of(object: &Value, settings: &Settings) -> Self {
        let stored = Schema::stored(settings.release, object);
        let is_cron = stored["kind"] == "RayCronJob";
        let schedule = is_cron.then(|| {
            let spec = &stored["spec"];
            let of_none = |field: &str| Some(&spec[field]).filter(|value| !is_nothing(value));
            json!([of_none("schedule"), of_none("timeZone"), of_none("suspend")])
        });
        let job = match is_cron {
            true => json!({"metadata": {"name": "run"}, "spec": stored["spec"]["jobTemplate"]}),
            false => stored,
        };
        let spec = &job["spec"];
        let said = [
            "entrypoint",
            "entrypointNumCpus",
            "entrypointNumGpus",
            "entrypointResources",
            "runtimeEnvYAML",
            "metadata",
            "clusterSelector",
            "rayClusterSpec",
        ]
        .map(|field| &spec[field]);
        let containers = &spec["submitterPodTemplate"]["spec"]["containers"];
        Self {
            stored: json!([schedule, said, containers]),
            lives: lives(&job, settings),
        }
    }

    /// Whether a fix that makes this the other outcome keeps what the author wrote.
    fn is_kept_by(&self, fixed: &Self) -> bool {
        self.stored == fixed.stored && (self.lives == Lives::Hindered || self.lives == fixed.lives)
    }
}

/// The lives in which the applications end in each way and much time passes.
fn lives(job: &Value, settings: &Settings) -> Lives {
    let Ok(scenario) = Scenario::new(job.clone(), settings.release) else {
        return Lives::Unreadable;
    };
    let traces = [
        JobStatus::Succeeded,
        JobStatus::Failed,
        JobStatus::Stopped,
        JobStatus::Running,
    ]
    .map(|outcome| trace(scenario.clone().all_end(outcome), settings));
    match traces.iter().any(|trace| !trace.obstacles.is_empty()) {
        true => Lives::Hindered,
        false => Lives::Of(serde_json::to_value(traces).expect("lives")),
    }
}

fn trace(mut scenario: Scenario, settings: &Settings) -> Trace {
    scenario.gates = settings.gates;
    scenario.events.push(Event {
        when: JobDeploymentStatus::Suspended,
        nth: 1,
        action: Action::Resume,
    });
    for when in [
        JobDeploymentStatus::Running,
        JobDeploymentStatus::Complete,
        JobDeploymentStatus::Failed,
    ] {
        scenario.events.push(Event {
            when,
            nth: 1,
            action: Action::TimePasses(i32::MAX.unsigned_abs()),
        });
    }
    simulate_with(&scenario, &|_| None)
}

/// The titles of all safe fixes.
fn safe() -> BTreeSet<&'static str> {
    let fixes = rules::all()
        .flat_map(|rule| rule.fixes)
        .filter(|fix| fix.safe);
    let titles = fixes.map(|fix| fix.title);
    titles.chain(["write true", "write false"]).collect()
}

#[test]
fn a_safe_fix_keeps_its_promise_in_every_bad_example() {
    let mut promises = Promises::default();
    for (rule, doc) in rules::explained().flat_map(|(_, family)| family) {
        for example in doc.bad.iter().filter(|example| example.stored.is_none()) {
            let gates = rule.gate.iter().chain(example.gates);
            let gates = gates.map(|&(gate, on)| (gate.name().into(), on.into()));
            let settings = settings(example.release(rule), &gates.collect());
            let object = example.object().expect("an example");
            promises.count(&object.to_string(), &settings);
            promises.count(&in_old_words(&object), &settings);
        }
    }
    assert_eq!(promises.broken, BTreeMap::new());
    assert_eq!(promises.applied, safe());
}

#[test]
fn a_safe_fix_keeps_its_promise_in_made_objects() {
    let mut promises = Promises::default();
    let (catalogue, dice) = (Catalogue::new().expect("a catalogue"), Dice::new(15));
    for release in Release::ALL {
        let pieces = catalogue.pieces().iter();
        let is_fixed = |piece: &&Piece| piece.rule.fixes.iter().any(|fix| fix.safe);
        let pieces = pieces.filter(|piece| piece.is_of(piece.kind, release) && is_fixed(piece));
        let pieces: Vec<_> = pieces.map(Some).chain([None]).collect();
        let objects = Generator::new(15, release).expect("a catalogue");
        for (object, piece) in objects.take(ENOUGH).zip(pieces.iter().cycle()) {
            let Fresh {
                mut object,
                mut gates,
            } = object;
            if let Some(fields) = object.as_object_mut() {
                // An author writes no status, and what a rule says of one waits for other rules.
                fields.remove("status");
            }
            let kind = object["kind"].as_str().and_then(Kind::named);
            if let (Some(piece), Some(kind)) = (piece, kind) {
                piece.merge_into(&dice, kind, &mut object);
                let own = piece.gates.iter();
                gates.extend(own.map(|&(gate, on)| (gate.name().into(), on.into())));
            }
            let settings = settings(release, &gates);
            promises.count(&object.to_string(), &settings);
            promises.count(&in_old_words(&object), &settings);
        }
    }
    assert_eq!(promises.broken, BTreeMap::new());
    assert_eq!(promises.applied, safe());
}
