//! What is stated in CEL says what the Rust check says.

mod interpreter;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use interpreter::{Finding, Interpreter};
use rayjob_policy_admission::{Statement, statements};
use rayjob_policy_conformance::case;
use rayjob_policy_core::admit::judge;
use rayjob_policy_core::crd::Schema;
use rayjob_policy_core::example::{moved, patched};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::neighbours::{BatchScheduler, Kueue};
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use serde_json::Value;

#[test]
fn every_condition_finds_what_its_rule_finds_in_recorded_objects() {
    let cases = case::sample(20).expect("recorded cases");
    let mut comparison = Comparison::default();
    let stored = || case::questions(&cases).filter(|question| question.refused.is_empty());
    for question in stored() {
        comparison.compare(&question.case.object, &all_on(question.settings()));
    }
    // The same RayClusters by themselves, and in a RayService.
    for (position, question) in stored().enumerate() {
        let object = &question.case.object;
        let other = [Kind::RayCluster, Kind::RayService][position / Release::ALL.len() % 2];
        if object["kind"] == Kind::RayJob.as_str() {
            let patch = moved(object.clone(), Kind::RayJob, other);
            comparison.compare(&of_kind(other, patch), &all_on(question.settings()));
        }
    }
    // The API server refuses what the others are about.
    assert!(comparison.found.len() > 100, "{:#?}", comparison.found);
    comparison.expect_agreement();
}

#[test]
fn every_condition_finds_what_its_rule_finds_in_examples() {
    let mut comparison = Comparison::default();
    let explained = rules::explained().flat_map(|(_, family)| family);
    for (rule, doc) in explained.filter(|(rule, _)| !rule.is_about_files()) {
        for example in doc.bad.iter().chain(doc.good) {
            let settings = all_on(example.settings_on(example.release(rule), rule));
            for (object, _) in example.in_kinds(rule).expect("JSON") {
                comparison.compare(&object, &settings);
            }
        }
    }
    for (rule, _) in rules::stated_in_cel() {
        // The API server fills in what this one misses.
        assert!(
            rule.only_at_admission || comparison.found.contains(rule.id),
            "{}",
            rule.id
        );
    }
    comparison.expect_agreement();
}

/// An object of a kind with what a RayJob says of its RayCluster.
fn of_kind(kind: Kind, mut patch: Value) -> Value {
    patch["kind"] = kind.as_str().into();
    patched(kind, &patch.to_string()).expect("JSON")
}

/// Switches on all rules.
fn all_on(mut settings: Settings) -> Settings {
    settings.set_level("*", Level::Deny);
    settings
}

/// Compares what CEL and Rust find.
#[derive(Default)]
struct Comparison {
    interpreter: Interpreter,
    operators: Operators,
    /// What CEL finds in the last object, by the position of the statement:
    /// neighbouring questions are mostly about the same object.
    last: Value,
    known: HashMap<usize, Vec<Finding>>,
    /// The rules that found something.
    found: BTreeSet<&'static str>,
    /// By rule, where the two differ.
    different: BTreeMap<&'static str, Vec<String>>,
}

impl Comparison {
    fn compare(&mut self, written: &Value, settings: &Settings) {
        let Some(object) = stored(written, settings.release) else {
            return;
        };
        let kind = object["kind"].as_str().and_then(Kind::named);
        let kind = kind.expect("a kind that is judged");
        if object != self.last {
            self.known.clear();
        }
        let mut stated = Vec::new();
        let mut rules = BTreeSet::new();
        let mut variables = None;
        for (position, statement) in self.operators.statements(settings, kind) {
            rules.insert(statement.rule.id);
            let findings = self.known.entry(position).or_insert_with(|| {
                let variables =
                    variables.get_or_insert_with(|| self.interpreter.variables(&object, kind));
                self.interpreter.findings(statement, variables)
            });
            stated.extend_from_slice(findings);
        }
        let mut checked = checked(&object, settings);
        checked.retain(|(id, _)| rules.contains(id));
        self.found.extend(checked.iter().map(|(id, _)| *id));
        for (_, message) in stated.iter_mut().chain(&mut checked) {
            cut_shortened_advice(message);
        }
        stated.sort();
        checked.sort();
        if stated != checked {
            let id = stated
                .iter()
                .chain(&checked)
                .next()
                .map_or("", |(id, _)| id);
            let difference = format!(
                "{object} in {}: CEL {stated:#?}, Rust {checked:#?}",
                settings.release
            );
            self.different.entry(id).or_default().push(difference);
        }
        self.last = object;
    }

    fn expect_agreement(&self) {
        for (id, differences) in &self.different {
            println!(
                "{id} and {} more: {}",
                differences.len() - 1,
                differences[0]
            );
        }
        assert!(self.different.is_empty());
    }
}

/// The object as the API server of a release stores it; nothing if the release
/// has no such objects, or it has no metadata and so no name.
fn stored(written: &Value, release: Release) -> Option<Value> {
    let schema = Schema::of_object(release, written)?;
    let mut object = written.clone();
    schema.store(&mut object);
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
    let (name, prefix) = (text("name"), text("generateName"));
    if name.is_empty() && !prefix.is_empty() {
        let name: String = prefix.chars().take(58).chain("xxxxx".chars()).collect();
        object["metadata"]["name"] = name.into();
    }
    object["metadata"].is_object().then_some(object)
}

/// What the Rust checks find.
fn checked(object: &Value, settings: &Settings) -> Vec<Finding> {
    let verdict = judge(object.to_string().as_bytes(), None, settings);
    assert_ne!(verdict.code, Some(400), "{:?}: {object}", verdict.message);
    let findings = verdict.findings.iter();
    findings
        .map(|graded| (graded.finding.rule.id, graded.finding.to_string()))
        .collect()
}

/// Cuts the advice that CEL gives in fewer words.
fn cut_shortened_advice(message: &mut String) {
    for (rule, conditions) in rules::stated_in_cel() {
        let is_shortened = conditions.iter().any(|cel| cel.advice.is_some());
        if is_shortened && message.ends_with(&format!(" [{}]", rule.id)) {
            let end = message.find(rule.why).expect("the rule's own reason");
            message.truncate(end + rule.why.len());
        }
    }
}

/// The statements of each operator that was asked about, the same text once.
#[derive(Default)]
struct Operators {
    all: Vec<Statement>,
    positions: HashMap<String, usize>,
    known: HashMap<Operator, Vec<usize>>,
}

/// The release and its gates, its neighbours, and the kind that is judged.
type Operator = (
    &'static str,
    [bool; Gate::ALL.len()],
    [Option<&'static str>; 2],
    &'static str,
);

impl Operators {
    /// An operator's statements, and the position of each among all.
    fn statements(
        &mut self,
        settings: &Settings,
        kind: Kind,
    ) -> impl Iterator<Item = (usize, &Statement)> {
        let gates = Gate::ALL.map(|gate| settings.gates.is_on(gate));
        let neighbours = [
            settings.neighbours.kueue.map(Kueue::as_str),
            settings
                .neighbours
                .batch_scheduler
                .map(BatchScheduler::as_str),
        ];
        let release = settings.release.as_str();
        let operator = (release, gates, neighbours, kind.as_str());
        let positions = self.known.entry(operator).or_insert_with(|| {
            let intern = |statement: Statement| {
                let next = self.all.len();
                let position = *self.positions.entry(text(&statement)).or_insert(next);
                if position == next {
                    self.all.push(statement);
                }
                position
            };
            statements(settings, kind).into_iter().map(intern).collect()
        });
        let all = &self.all;
        positions.iter().map(|&position| (position, &all[position]))
    }
}

/// All that distinguishes a statement from others.
fn text(statement: &Statement) -> String {
    let Statement {
        rule,
        within,
        each,
        when,
        path,
        detail,
        ending,
    } = statement;
    let within: Vec<_> = within.iter().map(|within| &within.list).collect();
    format!(
        "{} {within:?} {each:?} {when} {path} {detail} {ending}",
        rule.id
    )
}
