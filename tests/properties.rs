//! Properties of every request.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use rayjob_policy_core::admit::{admit, admit_with};
use rayjob_policy_core::json::pointer_step;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_testkit::{Injury, mutilate, vectors};
use serde_json::{Map, Value, json};

/// Objects whose keys the user chooses.
const MAPS: [&str; 9] = [
    "annotations",
    "clusterSelector",
    "featureGates",
    "labels",
    "limits",
    "nodeSelector",
    "rayStartParams",
    "requests",
    "rules",
];

fn questions() -> Vec<Vec<u8>> {
    vectors().iter().map(|vector| vector.question()).collect()
}

fn any_question() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(questions())
}

fn said(verdict: &Verdict) -> (bool, Option<String>, Vec<String>, Option<String>) {
    (
        verdict.allowed,
        verdict.message.clone(),
        verdict.warnings.clone(),
        verdict.finding_ids(),
    )
}

fn parse(question: &[u8]) -> Value {
    serde_json::from_slice(question).expect("a vector is JSON")
}

/// Writes JSON with the keys of every object rotated by some places.
fn rotated(value: &Value, turn: usize) -> String {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map
                .iter()
                .map(|(key, value)| {
                    format!("{}: {}", Value::from(key.as_str()), rotated(value, turn))
                })
                .collect();
            if !fields.is_empty() {
                let turn = turn % fields.len();
                fields.rotate_left(turn);
            }
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| rotated(item, turn)).collect();
            format!("[{}]", items.join(", "))
        }
        value => value.to_string(),
    }
}

/// Adds an unknown field to every object whose keys the user does not choose,
/// except below some keys.
fn add_unknown(value: &mut Value, unknown: &Value, but: &[&str]) {
    match value {
        Value::Object(map) => {
            let is_job_spec = map.contains_key("entrypoint");
            for (key, value) in map
                .iter_mut()
                .filter(|(key, _)| !MAPS.contains(&key.as_str()))
            {
                let is_map = is_job_spec && key == "metadata";
                if !is_map && !but.contains(&key.as_str()) {
                    add_unknown(value, unknown, but);
                }
            }
            map.insert("unknownField".into(), unknown.clone());
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| add_unknown(item, unknown, but)),
        _ => {}
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..4)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn the_order_of_keys_is_irrelevant(question in any_question(), turn in 1..20_usize) {
        let turned = rotated(&parse(&question), turn);
        // Errors in settings are reported in the order in which they are written.
        let settings = "[invalid-settings]";
        let verdict = admit(&question);
        if !verdict.message.as_deref().unwrap_or_default().ends_with(settings) {
            prop_assert_eq!(said(&admit(turned.as_bytes())), said(&verdict), "{}", turned);
        }
    }

    #[test]
    fn unknown_fields_change_nothing(question in any_question(), unknown in any_value()) {
        let mut more = parse(&question);
        // Any change in a RayCluster is an edit of it.
        let but = match more.pointer("/request/oldObject") {
            Some(_) => &["settings", "rayClusterSpec"][..],
            None => &["settings"],
        };
        add_unknown(&mut more, &unknown, but);
        let verdict = admit(more.to_string().as_bytes());
        prop_assert_eq!(said(&verdict), said(&admit(&question)), "{}", more);
    }

    #[test]
    fn broken_questions_are_answered(
        question in any_question(),
        injuries in prop::collection::vec(any::<Injury>(), 1..8),
        cut in any::<Index>(),
    ) {
        let mut broken = mutilate(question, &injuries);
        broken.truncate(cut.index(broken.len() * 4 + 1));
        let verdict = admit(&broken);
        prop_assert_eq!(verdict.allowed, verdict.message.is_none());
        for warning in &verdict.warnings {
            prop_assert!(warning.len() <= 256 && warning.is_ascii(), "{}", warning);
        }
    }

    #[test]
    fn any_value_anywhere_is_answered(
        question in any_question(),
        at in any::<Index>(),
        value in any_value(),
    ) {
        let mut strange = parse(&question);
        let pointers = pointers(&strange, String::new());
        let pointer = at.get(&pointers);
        *strange.pointer_mut(pointer).expect("a pointer into it") = value;
        let verdict = admit(strange.to_string().as_bytes());
        let message = verdict.message.unwrap_or_default();
        prop_assert_eq!(verdict.allowed, message.is_empty());
        prop_assert!(message.lines().count() <= 4 && message.len() < 4000, "{}", message);
    }
}

fn pointers(value: &Value, at: String) -> Vec<String> {
    let mut all = vec![at.clone()];
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (pointer_step(key), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| (i.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        all.extend(pointers(child, format!("{at}/{key}")));
    }
    all
}

/// Adds an environment variable to every container.
fn add_variable(value: &mut Value, variable: &Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if let ("containers" | "initContainers", Value::Array(containers)) =
                    (key.as_str(), &mut *value)
                {
                    for container in containers.iter_mut().filter_map(Value::as_object_mut) {
                        let env = container.entry("env").or_insert_with(|| json!([]));
                        env.as_array_mut()
                            .into_iter()
                            .for_each(|env| env.push(variable.clone()));
                    }
                }
                add_variable(value, variable);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| add_variable(item, variable)),
        _ => {}
    }
}

#[test]
fn the_value_of_an_environment_variable_is_not_shown() {
    const SECRET: &str = "hunter2-of-alice";
    let mut changed = 0;
    for question in questions() {
        let Ok(mut question) = serde_json::from_slice::<Value>(&question) else {
            continue;
        };
        let before = question.clone();
        add_variable(&mut question, &json!({"name": "TOKEN", "value": SECRET}));
        changed += usize::from(question != before);
        let verdict = admit(question.to_string().as_bytes());
        let said = said(&verdict);
        assert!(!format!("{said:?}").contains(SECRET), "{said:?}");
    }
    assert!(changed > 100, "{changed} questions");
}

#[test]
fn a_rule_that_is_off_takes_only_its_own_findings_along() {
    for question in questions() {
        let all = admit_with(&question, &Settings::default());
        for rule in rules::all() {
            let mut settings = Settings::default();
            settings.set_level(rule.id, Level::Off);
            let verdict = admit_with(&question, &settings);
            let details = |verdict: &Verdict| -> Vec<String> {
                let others = verdict
                    .findings
                    .iter()
                    .filter(|graded| graded.finding.rule.id != rule.id);
                others.map(|graded| graded.finding.to_string()).collect()
            };
            assert_eq!(details(&verdict), details(&all), "{}", rule.id);
        }
    }
}

/// The rules that some lines name, in full or as the rest.
fn told<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<&'l str> {
    let mut ids = Vec::new();
    for (n, line) in lines.enumerate() {
        match line.rsplit_once(" more: ") {
            Some((count, rest)) if count.starts_with("and ") => {
                assert_eq!(n, 3, "{line}");
                ids.extend(rest.split(", "));
            }
            _ => {
                let (_, id) = line.rsplit_once('[').expect("the rule's ID");
                ids.push(id.trim_end_matches(']').trim_end_matches(", as stored"));
            }
        }
    }
    ids
}

fn ids(verdict: &Verdict, level: Level) -> BTreeSet<&'static str> {
    let findings = verdict.findings.iter();
    let of_level = findings.filter(|graded| graded.level == level);
    of_level.map(|graded| graded.finding.rule.id).collect()
}

#[test]
fn three_findings_are_told_in_full_and_no_rule_is_left_out() {
    let mut most = 0;
    for question in questions() {
        for level in [Level::Warn, Level::Deny] {
            let mut settings = Settings::default();
            settings.set_level("*", level);
            let verdict = admit_with(&question, &settings);
            let message = verdict.message.as_deref().unwrap_or_default();
            if verdict.code == Some(400) {
                continue;
            }
            let denied = told(message.lines());
            assert_eq!(BTreeSet::from_iter(denied), ids(&verdict, Level::Deny));
            let warned = told(verdict.warnings.iter().map(String::as_str));
            assert_eq!(BTreeSet::from_iter(warned), ids(&verdict, Level::Warn));
            let all: BTreeSet<_> = verdict.findings.iter().map(|w| w.finding.rule.id).collect();
            let annotation = verdict.finding_ids().unwrap_or_default();
            let annotated: Vec<_> = annotation.split(',').filter(|id| !id.is_empty()).collect();
            assert_eq!(annotated.len(), all.len(), "{annotation}");
            assert_eq!(BTreeSet::from_iter(annotated), all);
            most = most.max(verdict.findings.len());
        }
    }
    assert!(most > 6, "no vector has more findings than a message tells");
}

#[test]
fn what_the_operator_refuses_is_told_before_what_it_does_not_do() {
    for question in questions() {
        let mut settings = Settings::default();
        settings.set_level("*", Level::Deny);
        let verdict = admit_with(&question, &settings);
        let message = verdict.message.unwrap_or_default();
        let traps: Vec<_> = told(message.lines())
            .iter()
            .map(|id| id.starts_with("trap-"))
            .collect();
        assert!(traps.is_sorted(), "{message}");
    }
}

#[test]
fn what_is_new_is_told_before_what_was_stored() {
    for question in questions() {
        let verdict = admit_with(&question, &Settings::default());
        let warnings = verdict.warnings.iter().take(3);
        let stored: Vec<_> = warnings.map(|w| w.ends_with(", as stored]")).collect();
        assert!(stored.is_sorted(), "{:?}", verdict.warnings);
    }
}
