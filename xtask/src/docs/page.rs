//! The page on the rules.

use std::fmt::Write;

use anyhow::{Context, Result};
use rayjob_policy_core::example::Example;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rules::{self, NotChecked};
use rayjob_policy_manifest::lint::{self, TextRule};
use serde_json::Value;

use super::{entry, example};

const INTRODUCTION: &str = include_str!("introduction.md");

/// The whole page, in Markdown.
///
/// # Errors
/// If an example of the catalogue does not do what it should.
pub fn render() -> Result<String> {
    let in_files = rules::about_files().count();
    let at_admission = rules::all().count() - in_files;
    let mut page = INTRODUCTION
        .replace("{admission}", &at_admission.to_string())
        .replace("{file}", &in_files.to_string())
        .replace("{newest}", Release::LATEST.as_str())
        .replace("{denial}", &denial()?)
        .replace(
            "{job}",
            &yaml_serde::to_string(&Example::job("{}").object()?)?,
        )
        .replace("{cron job}", &cron_job()?);
    write_summary(&mut page)?;
    for (title, family) in rules::explained() {
        write!(page, "\n## {title}\n")?;
        for (rule, doc) in family {
            entry::write(&mut page, rule, doc).context(rule.id)?;
        }
    }
    write_in_files(&mut page)?;
    write_not_checked(&mut page)?;
    Ok(page)
}

/// What only a check of files looks for, and what it names besides the rules.
fn write_in_files(page: &mut String) -> Result<()> {
    writeln!(page, "\n## In files only\n")?;
    writeln!(
        page,
        "`rayjob-policy check` names these besides the rules above. Settings do not change them. \
         The last two are also answers of the policy at admission."
    )?;
    for TextRule {
        id,
        level,
        what,
        why,
    } in lint::RULES.iter().chain(&lint::OTHERS)
    {
        let (level, why) = (level.as_str(), entry::sentence(why));
        writeln!(
            page,
            "\n### {id}\n\nLevel `{level}`.\n\n{what}\n\n- Why: {why}."
        )?;
    }
    Ok(())
}

/// What the policy cannot see, and where to look instead.
fn write_not_checked(page: &mut String) -> Result<()> {
    writeln!(page, "\n## Not checked\n")?;
    writeln!(
        page,
        "This depends on the operator or on other objects in the cluster, so no finding tells of it."
    )?;
    for trap in rules::NOT_CHECKED {
        let NotChecked {
            id,
            what,
            find,
            source,
        } = trap;
        writeln!(page, "\n### {id}\n\n{what}\n\n- How to find out: {find}")?;
        writeln!(page, "\nSource: `{source}`")?;
    }
    Ok(())
}

/// A denial, as an example of one.
fn denial() -> Result<String> {
    let id = "interactive-backoff";
    let (rule, doc) = rules::explained()
        .flat_map(|(_, family)| family)
        .find(|(rule, _)| rule.id == id)
        .context(id)?;
    let bad = doc.bad.first().context(id)?;
    Ok(example::judge(rule, bad)?.finding.to_string())
}

/// The ordinary RayCronJob, without its job, which is the ordinary one.
fn cron_job() -> Result<String> {
    let mut object = Example::cron("{}").object()?;
    object["spec"]["jobTemplate"] = Value::Null;
    let yaml = yaml_serde::to_string(&object)?;
    Ok(yaml.replace(" null", " # the spec of the RayJob above"))
}

fn write_summary(page: &mut String) -> Result<()> {
    writeln!(page, "\n## All rules\n")?;
    writeln!(page, "| rule | level | KubeRay | feature gate |")?;
    writeln!(page, "|---|---|---|---|")?;
    for rule in rules::all() {
        let releases = rule.releases.to_string();
        let releases = releases.replace("KubeRay ", "").replace(" releases", "");
        writeln!(
            page,
            "| [{id}](#{id}) | {} | {releases} | {} |",
            rule.level.as_str(),
            rule.gate.map(entry::state).unwrap_or_default(),
            id = rule.id,
        )?;
    }
    Ok(())
}
