//! The part of the page on one rule.

use std::fmt::Write;

use anyhow::{Context, Result};
use rayjob_policy_core::example::Example;
use rayjob_policy_core::kind::{Kind, Kinds};
use rayjob_policy_core::neighbours::Neighbours;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::{Level, Rule};
use rayjob_policy_core::rule_doc::RuleDoc;

use super::{example, yaml};

/// Where `.github/workflows/pages.yml` publishes the playground. It shows the first example of
/// the rule that the fragment names.
const PLAYGROUND: &str = "https://rayjob-policy.github.io/rayjob-policy/";

/// Writes all that a reader should know of a rule.
///
/// # Errors
/// If an example does not do what it should.
pub fn write(page: &mut String, rule: &Rule, doc: &RuleDoc) -> Result<()> {
    let Rule {
        id,
        level,
        advice,
        fixes,
        ..
    } = rule;
    let RuleDoc { what, source, .. } = doc;
    let why = sentence(rule.why);
    write!(page, "\n## {id}\n\n")?;
    write!(page, "Level `{}`, {}", level.as_str(), rule.releases)?;
    if rule.kinds != Kinds::ALL {
        write!(page, ", {} only", rule.kinds)?;
    }
    if let Some(gate) = rule.gate.map(state) {
        write!(page, ", with the feature gate {gate}")?;
    }
    if let Some(neighbour) = rule.neighbour {
        write!(page, ", with {neighbour}")?;
    }
    if let Some(topic) = rule.asks {
        write!(page, ", with `cluster: [{}]`", topic.as_str())?;
    }
    write!(page, ".\n\n{what}\n\n")?;
    writeln!(page, "- Why: {why}.")?;
    if !advice.is_empty() {
        writeln!(page, "- Instead: {advice}.")?;
    }
    for fix in *fixes {
        let safe = if fix.safe { " (safe)" } else { "" };
        writeln!(page, "- Fix: {}{safe}.", fix.title)?;
    }

    let bad = doc.bad.first().context("no bad example")?;
    let graded = example::judge(rule, bad)?;
    let outcome = match rule.level {
        Level::Deny => "Denied",
        Level::Warn => "Accepted with a warning",
        Level::Off => "If switched on, found",
    };
    write_example(page, rule, bad, outcome)?;
    writeln!(page, "\n> {}", literal(&graded.finding.to_string()))?;
    writeln!(page, "\n[Try it in the playground]({PLAYGROUND}#rule={id})")?;

    let good = doc.good.first().context("no good example")?;
    write_example(page, rule, good, "Nothing found")?;

    writeln!(page, "\nSource: `{source}`")?;
    Ok(())
}

/// A gate, and in which state it is.
pub fn state((gate, on): (Gate, bool)) -> String {
    let state = if on { "on" } else { "off" };
    format!("`{}` {state}", gate.name())
}

fn write_example(page: &mut String, rule: &Rule, example: &Example, outcome: &str) -> Result<()> {
    write!(page, "\n{outcome}")?;
    if example.kind != Kind::RayJob {
        write!(page, ", in a {}", example.kind.as_str())?;
    }
    let release = example.release(rule);
    if release < Release::LATEST {
        write!(page, ", with KubeRay {release}")?;
    }
    for &gate in example.gates {
        write!(page, ", with {}", state(gate))?;
    }
    for (setting, value) in neighbours(example.neighbours) {
        write!(page, ", with `{setting}: \"{value}\"`")?;
    }
    if let Some(stored) = example.stored {
        writeln!(page, ", on an update from:\n")?;
        write_patch(page, example, stored)?;
        writeln!(page, "\nto:\n")?;
    } else {
        writeln!(page, ":\n")?;
    }
    write_patch(page, example, example.patch)?;
    for object in example.objects_in_cluster()? {
        writeln!(page, "\nin a cluster that has:\n")?;
        write_patch(page, example, &object.to_string())?;
    }
    if let Some(beside) = example.beside {
        writeln!(page, "\ntogether with:\n")?;
        write_patch(page, example, beside)?;
    }
    Ok(())
}

/// The settings that name the neighbours of an operator.
fn neighbours(neighbours: Neighbours) -> impl Iterator<Item = (&'static str, &'static str)> {
    let Neighbours {
        kueue,
        batch_scheduler,
    } = neighbours;
    let kueue = kueue.map(|kueue| ("kueue", kueue.as_str()));
    let scheduler = batch_scheduler.map(|scheduler| ("batchScheduler", scheduler.as_str()));
    kueue.into_iter().chain(scheduler)
}

fn write_patch(page: &mut String, example: &Example, patch: &str) -> Result<()> {
    let yaml = yaml::of_patch(patch)?;
    if yaml.is_empty() {
        writeln!(page, "The {} above as it is.", example.kind.as_str())?;
    } else {
        write!(page, "```yaml\n{yaml}```\n")?;
    }
    Ok(())
}

/// A text with a capital at its beginning.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// A text that Markdown shows as it is.
fn literal(text: &str) -> String {
    let mut literal = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '<' | '`') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal
}
