//! `rayjob-policy explain`.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, anyhow};
use rayjob_policy_core::example::Example;
use rayjob_policy_core::kind::{Kind, Kinds};
use rayjob_policy_core::kuberay::{JobDeploymentStatus, JobStatus};
use rayjob_policy_core::lifecycle::{self, Obstacle, Scenario, Trace};
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::{Level, Rule};
use rayjob_policy_core::rule_doc::RuleDoc;
use rayjob_policy_core::rules;
use rayjob_policy_manifest::lint::{self, TextRule};
use serde_json::Value;

use crate::{entrypoint, input};

/// Explains a rule, or the jobs in a file.
///
/// # Errors
/// If the rule is unknown, the file cannot be read, or the output cannot be written.
pub fn run(id: &str, kuberay: Option<Release>) -> Result<()> {
    let path = Path::new(id);
    let is_path = id == input::STDIN || id.contains(['/', '\\', '.']);
    if is_path || known(id).is_err() && path.exists() {
        return entrypoint::run_file(path, kuberay);
    }
    known(id)?;
    let text = match find(id) {
        Some((rule, doc)) => explain(rule, doc, kuberay)?,
        None => text_rule(id).map(explain_text_rule).unwrap_or_default(),
    };
    write!(anstream::stdout(), "{text}")?;
    Ok(())
}

/// Checks that a rule with this ID exists.
///
/// # Errors
/// If there is none.
pub fn known(id: &str) -> Result<()> {
    lint::known(id).map_err(|near| match near {
        Some(near) => anyhow!("unknown rule {id}; did you mean {near}?"),
        None => anyhow!("unknown rule {id}; list the rules with rayjob-policy rules"),
    })
}

/// The summary and the default level of a rule, or of another ID that a report
/// may contain.
pub fn about(id: &str) -> Option<(&'static str, Level)> {
    find(id)
        .map(|(rule, doc)| (doc.what, rule.level))
        .or(text_rule(id).map(|rule| (rule.what, rule.level)))
}

/// The address of the page that explains a rule, or another ID that a report may contain.
pub fn page(id: &str) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    format!("{repository}/blob/main/{}", rules::page_of(id))
}

fn text_rule(id: &str) -> Option<&'static TextRule> {
    lint::RULES
        .iter()
        .chain(&lint::OTHERS)
        .find(|rule| rule.id == id)
}

fn find(id: &str) -> Option<(&'static Rule, &'static RuleDoc)> {
    let mut rules = rules::explained().flat_map(|(_, family)| family);
    rules.find(|(rule, _)| rule.id == id)
}

/// A feature gate and its state.
pub fn state((gate, on): (Gate, bool)) -> String {
    format!("{} {}", gate.name(), if on { "on" } else { "off" })
}

fn explain_text_rule(rule: &TextRule) -> String {
    let (id, level) = (rule.id, rule.level.as_str());
    format!(
        "{id}: {level}, in files\n\n{}\n\nWhy: {}.\n",
        rule.what, rule.why
    )
}

/// The level of a rule and where it applies.
fn scope(rule: &Rule) -> String {
    let mut text = rule.level.as_str().to_owned();
    if let Some(level) = rule.level_in_files {
        text += &format!(", in files {}", level.as_str());
    }
    text += &format!(", {}", rule.releases);
    if rule.kinds != Kinds::ALL {
        text += &format!(", {} only", rule.kinds);
    }
    if let Some(gate) = rule.gate.map(state) {
        text += &format!(", with the feature gate {gate}");
    }
    if let Some(neighbour) = rule.neighbour {
        text += &format!(", with {neighbour}");
    }
    if let Some(topic) = rule.asks {
        text += &format!(", with cluster: [{}]", topic.as_str());
    }
    text
}

/// What an editor shows about a rule, in Markdown.
pub fn markdown(id: &str) -> String {
    let page = format!("[Examples]({})", page(id));
    match (find(id), text_rule(id)) {
        (Some((rule, doc)), _) => format!(
            "**{id}**: {}\n\n{}\n\nWhy: {}.\n\n{page}. Source: `{}`",
            scope(rule),
            doc.what,
            rule.why,
            doc.source
        ),
        (
            None,
            Some(TextRule {
                level, what, why, ..
            }),
        ) => {
            let level = level.as_str();
            format!("**{id}**: {level}, in files\n\n{what}\n\nWhy: {why}.\n\n{page}")
        }
        (None, None) => page,
    }
}

fn explain(rule: &Rule, doc: &RuleDoc, kuberay: Option<Release>) -> Result<String> {
    let mut text = format!("{}: {}", rule.id, scope(rule));
    write!(text, "\n\n{}\n\nWhy: {}.\n", doc.what, rule.why)?;
    if !rule.advice.is_empty() {
        writeln!(text, "Instead: {}.", rule.advice)?;
    }
    for fix in rule.fixes {
        let safe = if fix.safe { " (safe)" } else { "" };
        writeln!(text, "Fix: {}{safe}.", fix.title)?;
    }
    for (word, examples) in [("Found in", doc.bad), ("Not found in", doc.good)] {
        for example in examples {
            write_example(&mut text, word, rule, example)?;
        }
    }
    if let Some(trace) = example_life(rule, doc, kuberay)? {
        text.push_str(&trace);
    }
    writeln!(text, "\nSource: {}", doc.source)?;
    Ok(text)
}

fn write_example(text: &mut String, word: &str, rule: &Rule, example: &Example) -> Result<()> {
    write!(text, "\n{word} a {}", example.kind.as_str())?;
    let release = example.release(rule);
    if release < Release::LATEST {
        write!(text, ", with KubeRay {release}")?;
    }
    for &gate in example.gates {
        write!(text, ", with {}", state(gate))?;
    }
    if let Some(stored) = example.stored {
        write!(text, ", on an UPDATE from\n{}to", yaml(stored)?)?;
    }
    write!(text, ":\n{}", yaml(example.patch)?)?;
    for object in example.objects_in_cluster()? {
        write!(
            text,
            "  in a cluster that has:\n{}",
            yaml(&object.to_string())?
        )?;
    }
    if let Some(beside) = example.beside {
        write!(text, "  together with:\n{}", yaml(beside)?)?;
    }
    Ok(())
}

/// A part of an object as indented YAML.
fn yaml(patch: &str) -> Result<String> {
    let patch: yaml_serde::Value = yaml_serde::from_str(patch)?;
    let yaml = yaml_serde::to_string(&patch)?;
    let yaml = if yaml == "{}\n" {
        "(the base object)"
    } else {
        &yaml
    };
    Ok(yaml.lines().map(|line| format!("    {line}\n")).collect())
}

/// The lifecycle of the first example with the finding, if it differs from that
/// of the first one without: all applications fail, and a user submits once. Workers
/// become ready at once or, if that makes no difference, after the application.
fn example_life(rule: &Rule, doc: &RuleDoc, kuberay: Option<Release>) -> Result<Option<String>> {
    let (Some(bad), Some(good)) = (doc.bad.first(), doc.good.first()) else {
        return Ok(None);
    };
    let is_job = |example: &Example| example.kind == Kind::RayJob && example.stored.is_none();
    if !is_job(bad) || !is_job(good) {
        return Ok(None);
    }
    let release = kuberay.unwrap_or(bad.release(rule));
    for (late_workers, when) in [(false, ""), (true, " before all workers are ready")] {
        let of = |example| trace(example, release, late_workers);
        let (Some(bad), Some(good)) = (of(bad)?, of(good)?) else {
            return Ok(None);
        };
        if bad.steps != good.steps || bad.ending != good.ending {
            let heading = format!(
                "What KubeRay {release} does with the first example if the application fails{when} \
                 and the user, when asked, submits once:"
            );
            return Ok(Some(write_trace(&heading, &bad)?));
        }
    }
    Ok(None)
}

/// A lifecycle under a heading: its steps, with the rule by which KubeRay refuses the RayJob, its
/// ending, and what KubeRay has not come to.
fn write_trace(heading: &str, life: &Trace) -> Result<String> {
    let mut text = format!("\n{heading}\n");
    for step in &life.steps {
        let state = match step.state {
            JobDeploymentStatus::New => "New",
            state => state.as_str(),
        };
        let cluster = step
            .cluster
            .map_or_else(|| "-".into(), |cluster| cluster.to_string());
        let explanation = step.transition.explanation();
        write!(text, "  {state:<16} {cluster:<3} {explanation}")?;
        if let Some(rule) = step.refused_by {
            write!(text, " [{rule}]")?;
        }
        text.push('\n');
    }
    writeln!(text, "  It {}.", life.ending)?;
    let met = |obstacle: &Obstacle| {
        let mut steps = life.steps.iter();
        steps.any(|step| step.obstacle.as_ref() == Some(obstacle))
    };
    for obstacle in life.obstacles.iter().filter(|obstacle| !met(obstacle)) {
        writeln!(text, "  Besides, {}.", obstacle.what)?;
    }
    Ok(text)
}

/// The lifecycle of a stored RayJob whose applications all fail; empty if it cannot be simulated.
pub fn life(job: Value, release: Release) -> Result<String> {
    let Ok(scenario) = Scenario::new(job, release) else {
        return Ok(String::new());
    };
    let heading = format!(
        "What KubeRay {release} does with it if the application fails and the user, when asked, \
         submits once:"
    );
    let scenario = scenario.all_end(JobStatus::Failed);
    write_trace(&heading, &lifecycle::simulate(&scenario))
}

fn trace(example: &Example, release: Release, late_workers: bool) -> Result<Option<Trace>> {
    let Ok(scenario) = Scenario::new(example.object()?, release) else {
        return Ok(None);
    };
    let mut scenario = scenario.all_end(JobStatus::Failed);
    scenario.late_workers = late_workers;
    for &(gate, on) in example.gates {
        scenario.gates.set(release, gate, on);
    }
    Ok(Some(lifecycle::simulate(&scenario)))
}
