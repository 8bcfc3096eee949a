//! The pages on the rules: an index, and a page for each family.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, bail};
use rayjob_policy_core::example::{Example, patched};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rules::{self, FILES_ONLY, NotChecked};
use rayjob_policy_manifest::lint::{self, TextRule};
use serde_json::Value;

use super::{entry, example, link};
use crate::project;

const INTRODUCTION: &str = include_str!("introduction.md");

/// Title of the page on what no rule can check.
const NOT_CHECKED: &str = "Not checked";

/// Returns the index in Markdown.
///
/// # Errors
/// If an example of the catalogue does not do what it should.
pub fn index() -> Result<String> {
    let in_files = rules::about_files().count();
    let at_admission = rules::all().count() - in_files;
    Ok(INTRODUCTION
        .replace("{admission}", &at_admission.to_string())
        .replace("{file}", &in_files.to_string())
        .replace("{newest}", Release::LATEST.as_str())
        .replace("{files only}", &link(FILES_ONLY, &rules::page(FILES_ONLY)))
        .replace(
            "{not checked}",
            &link(NOT_CHECKED, &rules::page(NOT_CHECKED)),
        )
        .replace("{families}", &families()?)
        .replace("{denial}", &denial()?)
        .replace(
            "{job}",
            &yaml_serde::to_string(&Example::job("{}").object()?)?,
        )
        .replace("{cron job}", &outline(Kind::RayCronJob)?)
        .replace("{cluster}", &outline(Kind::RayCluster)?)
        .replace("{service}", &outline(Kind::RayService)?))
}

/// Returns the links to the families and their rules, a family a line.
fn families() -> Result<String> {
    let mut list = String::new();
    for (title, family) in rules::explained() {
        let rules = family.map(|(rule, _)| link(rule.id, &rules::page_of(rule.id)));
        let rules: Vec<_> = rules.collect();
        let title = link(title, &rules::page(title));
        writeln!(list, "- {title}: {}", rules.join(", "))?;
    }
    Ok(list.trim_end().into())
}

/// Returns the other pages in Markdown, each with its path in the project.
///
/// # Errors
/// If an example of the catalogue does not do what it should.
pub fn pages() -> Result<Vec<(String, String)>> {
    let families = rules::explained().map(|(title, family)| {
        let mut page = begin(
            title,
            &source(title)?,
            "The examples show only the differences from \
             [the ordinary object of their kind](../rules.md#how-to-read-the-examples).",
        );
        for (rule, doc) in family {
            entry::write(&mut page, rule, doc).context(rule.id)?;
        }
        Ok((rules::page(title), page))
    });
    let others = [
        Ok((rules::page(FILES_ONLY), files_only()?)),
        Ok((rules::page(NOT_CHECKED), not_checked()?)),
    ];
    families.chain(others).collect()
}

/// Returns the beginning of a page: its title, the file that it is written from, and an
/// introduction.
fn begin(title: &str, source: &str, introduction: &str) -> String {
    format!(
        "<!-- Written by `cargo xtask update` from {source}. Do not edit. -->\n\n\
         # {title}\n\nAll rules: [rules.md](../rules.md). Source: [{source}](../../{source}). \
         {introduction}\n"
    )
}

/// Returns the file of the family with this title.
///
/// # Errors
/// If there is none.
fn source(title: &str) -> Result<String> {
    let title = format!("    title: {title:?},\n");
    for folder in ["src/rules", "src/rules/crd"] {
        for file in fs::read_dir(project::path(folder)).context(folder)? {
            let file = file?;
            let source = format!("{folder}/{}", file.file_name().display());
            if file.file_type()?.is_file() && project::read_text(&source)?.contains(&title) {
                return Ok(source);
            }
        }
    }
    bail!("no file in src/rules has a family with {}", title.trim())
}

/// Returns the page on what only a check of files reports besides the catalogue.
fn files_only() -> Result<String> {
    let mut page = begin(
        FILES_ONLY,
        "crates/manifest/src/lint.rs",
        "`rayjob-policy check` names these besides the rules of the catalogue. Settings do not \
         change them. The last two are also answers of the policy at admission.",
    );
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
            "\n## {id}\n\nLevel `{level}`.\n\n{what}\n\n- Why: {why}."
        )?;
    }
    Ok(page)
}

/// Returns the page on what the policy cannot see, and where to look instead.
fn not_checked() -> Result<String> {
    let mut page = begin(
        NOT_CHECKED,
        "src/rules/not_checked.rs",
        "What follows depends on the operator or on other objects in the cluster, so no finding \
         reports it.",
    );
    for trap in rules::NOT_CHECKED {
        let NotChecked {
            id,
            what,
            find,
            source,
        } = trap;
        writeln!(page, "\n## {id}\n\n{what}\n\n- How to find out: {find}")?;
        writeln!(page, "\nSource: `{source}`")?;
    }
    Ok(page)
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

/// The ordinary object of another kind, without the part that it shares with the ordinary
/// RayJob.
fn outline(kind: Kind) -> Result<String> {
    let (path, shared) = match kind.has_job() {
        true => (kind.job_path(), "spec"),
        false => (kind.cluster_path(), "rayClusterSpec"),
    };
    let mut object = patched(kind, "{}")?;
    let pointer = format!("/{}", path.replace('.', "/"));
    *object.pointer_mut(&pointer).context(path)? = Value::Null;
    let yaml = yaml_serde::to_string(&object)?;
    Ok(yaml.replace(" null", &format!(" # the {shared} of the RayJob above")))
}
