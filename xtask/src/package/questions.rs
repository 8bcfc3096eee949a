//! The questions that Rancher asks about the settings of the policy.

use anyhow::Result;
use rayjob_policy_core::neighbours::{BatchScheduler, Kueue};
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::{Level, Origin, Rule};
use rayjob_policy_core::rules;
use serde::Serialize;

const INTRODUCTION: &str = "\
# Written by `cargo xtask update` from the rules in src/rules/. Do not edit.
";

const RELEASE: &str = "\
The release of the KubeRay operator in this cluster. What is left open below keeps its default. \
Several rules can be set at once in the YAML, by the beginning of their names: `\"trap-*\": warn`.";

const KUEUE: &str = "\
The release of Kueue in this cluster, if its integrations include `ray.io/rayjob` or \
`ray.io/raycluster`. The rules of Kueue apply only if it is set.";

const BATCH_SCHEDULER: &str = "\
The batch scheduler of the KubeRay operator, as in its flag `--batch-scheduler`. The rules of \
batch schedulers apply only if it is set.";

/// Source: the `questions-ui.yml` of Kubewarden's own policies, in
/// `kubewarden/policies`.
#[derive(Serialize)]
struct Questions {
    questions: Vec<Question>,
}

#[derive(Default, Serialize)]
struct Question {
    /// Where in the settings the answer goes, with dots between the keys.
    variable: String,
    label: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<&'static str>,
    /// Without one the setting is left out until somebody answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'static str>,
    required: bool,
    /// The heading, or tab, under which it stands.
    group: &'static str,
    description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    show_if: String,
}

/// The file.
///
/// # Errors
/// None that could happen.
pub fn render() -> Result<String> {
    let gates = Gate::ALL.into_iter().map(gate);
    let rules = rules::explained().flat_map(|(_, family)| family);
    let rules = rules
        .filter(|(rule, _)| !rule.is_about_files())
        .map(|(rule, doc)| level(rule, doc.what));
    let questions = [release(), kueue(), batch_scheduler()];
    let questions = questions.into_iter().chain(gates).chain(rules);
    let questions = Questions {
        questions: questions.collect(),
    };
    // YAML 1.1 takes a bare off for false.
    let yaml = yaml_serde::to_string(&questions)?.replace("- off\n", "- 'off'\n");
    Ok(INTRODUCTION.to_owned() + &yaml)
}

fn release() -> Question {
    Question {
        variable: "kuberayVersion".into(),
        label: "KubeRay release".into(),
        kind: "enum",
        options: Release::ALL.map(Release::as_str).into(),
        default: Some(Release::LATEST.as_str()),
        group: "Settings",
        description: RELEASE.into(),
        ..Question::default()
    }
}

fn kueue() -> Question {
    Question {
        variable: "kueue".into(),
        label: "Kueue release".into(),
        kind: "enum",
        options: Kueue::ALL.map(Kueue::as_str).into(),
        group: "Settings",
        description: KUEUE.into(),
        ..Question::default()
    }
}

fn batch_scheduler() -> Question {
    let names = BatchScheduler::ALL
        .iter()
        .map(|scheduler| scheduler.as_str());
    Question {
        variable: "batchScheduler".into(),
        label: "Batch scheduler".into(),
        kind: "enum",
        options: names.collect(),
        group: "Settings",
        description: BATCH_SCHEDULER.into(),
        ..Question::default()
    }
}

fn gate(gate: Gate) -> Question {
    let have_it = Release::ALL
        .into_iter()
        .filter(|&release| gate.since() <= release);
    let conditions: Vec<_> = have_it
        .map(|release| format!("kuberayVersion={release}"))
        .collect();
    let default = Release::ALL
        .into_iter()
        .find(|&release| gate.default(release));
    let default = default.map_or("Off".into(), |release| format!("On from {release} on"));
    Question {
        variable: format!("featureGates.{}", gate.name()),
        label: gate.name().into(),
        kind: "boolean",
        group: "Feature gates",
        description: format!("{default}, unless the operator is told otherwise."),
        show_if: match conditions.len() < Release::ALL.len() {
            true => conditions.join("||"),
            false => String::new(),
        },
        ..Question::default()
    }
}

fn level(rule: &Rule, what: &str) -> Question {
    let Rule { id, level, .. } = rule;
    Question {
        variable: format!("rules.{id}"),
        label: (*id).into(),
        kind: "enum",
        options: Level::ALL.map(Level::as_str).into_iter().rev().collect(),
        group: match rule.origin {
            Origin::Trap => "Traps",
            Origin::Kueue => "Rules of Kueue",
            Origin::BatchScheduler => "Rules of batch schedulers",
            Origin::Cluster => "Rules about the cluster",
            Origin::Operator | Origin::ApiServer | Origin::Kubernetes => "Rules of the operator",
        },
        description: format!("{what} By default: {}.", level.as_str()),
        ..Question::default()
    }
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::rules;
    use rayjob_policy_core::settings::Settings;
    use serde_json::{Value, json};

    use super::render;

    fn questions() -> Vec<Value> {
        let yaml: Value = yaml_serde::from_str(&render().expect("questions")).expect("YAML");
        yaml["questions"].as_array().expect("a list").clone()
    }

    /// The settings that Rancher makes of one answer.
    fn settings(question: &Value, answer: Value) -> Value {
        let variable = question["variable"].as_str().expect("a name");
        let keys = variable.split('.').rev();
        keys.fold(answer, |settings, key| json!({key: settings}))
    }

    #[test]
    fn every_answer_is_a_setting_that_can_be_read() {
        for question in &questions() {
            let answers = match question["type"].as_str() {
                Some("enum") => question["options"].as_array().expect("options").clone(),
                Some("boolean") => vec![json!(true), json!(false)],
                kind => panic!("{kind:?}"),
            };
            for answer in answers {
                let settings = settings(question, answer).to_string();
                let read = Settings::parse(settings.as_bytes());
                assert!(read.is_ok(), "{settings}: {}", read.unwrap_err());
            }
        }
    }

    #[test]
    fn every_rule_that_finds_something_at_admission_is_asked_about() {
        let in_files = rules::about_files().count();
        let about_rules = questions()
            .iter()
            .filter(|question| {
                let variable = question["variable"].as_str();
                variable.is_some_and(|variable| variable.starts_with("rules."))
            })
            .count();
        assert_eq!(about_rules, rules::all().count() - in_files);
    }

    #[test]
    fn readers_of_old_yaml_do_not_take_off_for_false() {
        let yaml = render().expect("questions");
        assert!(yaml.contains("- 'off'\n") && !yaml.contains("- off\n"));
    }
}
