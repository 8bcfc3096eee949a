//! Adds the block of a new rule to the catalogue, for its author to fill in.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rules;

use crate::project;

/// The file that lists the families.
const FAMILIES: &str = "src/rules.rs";

/// Where the rules of a family begin.
const BEGIN: &str = "pub(super) const FAMILY: Family";
/// Where they end; tests may follow.
const END: &str = "],\n};\n";

/// A family without rules.
const FAMILY: &str = r#"//! {title}.

use super::{Entry, Family};
use crate::example::Example;
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;

pub(super) const FAMILY: Family = Family {
    title: "{title}",
    entries: &[],
};
"#;

/// What a trap states besides what every rule states.
const TRAP: &str = r#"
// TODO: state why it has this level. Deny only what certainly cannot work as written.
level: Level::Warn,
"#;

/// What a rule of the operator states besides what every rule states.
const OPERATOR: &str = r#"
// TODO: its place among KubeRay's checks.
position: Position::LAST,
"#;

/// A rule, with TODO in every text: a test of the catalogue lists them.
const ENTRY: &str = r##"
Entry {
    rule: Rule {
        id: "{id}",
        {own}
        why: "TODO: what would happen, without a full stop",
        advice: "TODO: what to write instead, as a sentence without a full stop",
        fixes: &[],
        check: Check::Job(|_job, _context, _report| {
            // TODO: report.add(job.path("field"), format!("field is {value}"));
        }),
        ..Rule::{defaults}
    },
    doc: RuleDoc {
        what: "TODO: when the rule finds something, as a sentence.",
        source: "TODO: kuberay v1.7.0 file:function",
        messages: &[{messages}],
        bad: &[Example::job(r#"{"spec": {"TODO": "breaks this rule only"}}"#)],
        good: &[Example::job(r#"{"spec": {"TODO": "lies just outside this rule"}}"#)],
    },
    cel: &[],
},
"##;

/// The operators that a rule applies to; without a limit, all of them.
#[derive(Clone, Copy, Default, clap::Args)]
pub struct Applies {
    /// The first KubeRay release that the rule applies to, such as 1.5.
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    since: Option<Release>,
    /// The last KubeRay release that the rule applies to.
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    until: Option<Release>,
    /// The feature gate that decides whether the rule applies, such as
    /// RayJobDeletionPolicy=true.
    #[arg(long, value_name = "NAME=BOOLEAN", value_parser = gate)]
    gate: Option<(Gate, bool)>,
}

impl Applies {
    /// Returns the fields of the rule, and the names that they need: each with its module.
    fn fields(self) -> (String, Vec<(&'static str, String)>) {
        let (mut fields, mut names) = (String::new(), Vec::new());
        let since = self.since.or(self.until.map(|_| Release::ALL[0]));
        let limits = since.iter().chain(&self.until);
        let limits: Vec<_> = limits.map(|release| format!("{release:?}")).collect();
        if !limits.is_empty() {
            let function = self.until.map_or("since", |_| "between");
            fields += &format!("releases: Releases::{function}({}),\n", limits.join(", "));
            names.push(("rule", "Releases".into()));
        }
        names.extend(limits.into_iter().map(|limit| ("release::Release", limit)));
        if let Some((gate, on)) = self.gate {
            fields += &format!("gate: Some(({gate:?}, {on})),\n");
            names.push(("release::Gate", format!("{gate:?}")));
        }
        (fields, names)
    }
}

fn release(text: &str) -> Result<Release> {
    Release::parse(text).context("no known release of KubeRay")
}

fn gate(text: &str) -> Result<(Gate, bool)> {
    let (name, on) = text
        .split_once('=')
        .context("expected NAME=true or NAME=false")?;
    let gate = Gate::named(name).context("no rule depends on this feature gate")?;
    Ok((gate, on.parse().context("expected true or false")?))
}

/// Adds a rule to the file of its family in `src/rules/`, or creates the family. An ID that
/// begins with `trap-` is of a trap, any other of a rule of the operator.
///
/// # Errors
/// If a name is malformed or taken, the file is not a family, or a file cannot be written.
pub fn run(family: &str, id: &str, applies: Applies) -> Result<()> {
    check_id(id)?;
    ensure!(
        is_made_of(family, '_'),
        "{family:?}: expected the name of a file in src/rules, such as entrypoint"
    );
    let path = format!("src/rules/{family}.rs");
    let is_new = !project::path(&path).exists();
    let text = match is_new {
        true => FAMILY.replace("{title}", &title(family)),
        false => project::read_text(&path)?,
    };
    let text = with_rule(&text, id, applies);
    let text =
        text.with_context(|| format!("{path}: the file does not end with a family of rules"))?;
    project::write(&path, text)?;
    if is_new {
        let families = with_family(&project::read_text(FAMILIES)?, family);
        let families = families.with_context(|| format!("{FAMILIES}: no list of families"))?;
        project::write(FAMILIES, families)?;
    }
    let format = Command::new("cargo")
        .args(["fmt", "--package", "rayjob-policy-core"])
        .current_dir(project::root())
        .status()?;
    ensure!(format.success(), "cargo fmt failed");
    println!("{path}: fill in every TODO of {id}; cargo test --test catalogue lists them");
    Ok(())
}

fn check_id(id: &str) -> Result<()> {
    ensure!(
        is_made_of(id, '-'),
        "{id:?}: expected an ID such as ttl-negative or trap-entrypoint-empty"
    );
    ensure!(
        !id.starts_with("crd-"),
        "{id}: a rule about files is written in src/rules/crd by hand"
    );
    let catalogue = rules::all().map(|rule| rule.id);
    let mut ids = catalogue.chain(rules::NOT_CHECKED.iter().map(|trap| trap.id));
    ensure!(ids.all(|known| known != id), "{id}: the rule exists");
    Ok(())
}

/// Returns whether a name consists of words in lowercase with this between them.
fn is_made_of(name: &str, separator: char) -> bool {
    let is_word = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(|c| c.is_ascii_lowercase())
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.split(separator).all(is_word)
}

/// Returns the heading of a new family: `worker_suspend` is `Worker suspend`.
fn title(family: &str) -> String {
    let (first, rest) = family.split_at(1);
    first.to_uppercase() + &rest.replace('_', " ")
}

/// Returns the file of a family with one more rule, to be formatted. None if the file does
/// not end with a family.
fn with_rule(file: &str, id: &str, applies: Applies) -> Option<String> {
    let begin = file.find(BEGIN)?;
    let end = file.get(begin..)?.find(END)?.saturating_add(begin);
    let (rules, rest) = file.split_at(end);
    let (defaults, own, name, messages) = match id.starts_with("trap-") {
        true => ("TRAP", TRAP, "Level", ""),
        false => (
            "OPERATOR",
            OPERATOR,
            "Position",
            r#""TODO: the beginning of what KubeRay says""#,
        ),
    };
    let (fields, mut names) = applies.fields();
    names.push(("rule", name.into()));
    let entry = ENTRY
        .replace("{id}", id)
        .replace("{own}", format!("{}\n{fields}", own.trim()).trim_end())
        .replace("{defaults}", defaults)
        .replace("{messages}", messages);
    let comma = match rules.trim_end().ends_with([',', '[']) {
        true => "",
        false => ",",
    };
    let rules = names.into_iter().fold(rules.to_owned(), with_import);
    Some(rules + comma + &entry + rest)
}

/// Returns a file that imports this name of a module of the core, to be formatted.
fn with_import(file: String, (module, name): (&str, String)) -> String {
    let one = format!("use crate::{module}::{name};\n");
    let several = format!("use crate::{module}::{{");
    match file.split_once(&several) {
        _ if file.contains(&one) => file,
        Some((_, after)) if names(after).any(|known| known == name) => file,
        Some((before, after)) => format!("{before}{several}{name}, {after}"),
        None => file.replacen("use crate::", &format!("{one}use crate::"), 1),
    }
}

/// Returns the names up to the brace.
fn names(import: &str) -> impl Iterator<Item = &str> {
    let names = import.split('}').next().unwrap_or_default();
    names.split(',').map(str::trim)
}

/// Returns the list of families with one more, to be formatted. None if there is no list.
fn with_family(file: &str, family: &str) -> Option<String> {
    let (before, modules) = file.split_once("\nmod ")?;
    let (modules, list) = modules.split_once("\nfamilies![")?;
    let (list, after) = list.split_once("];")?;
    Some(format!(
        "{before}\nmod {family};\nmod {modules}\nfamilies![{list}    {family},\n];{after}"
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rayjob_policy_core::release::{Gate, Release};

    use super::{
        Applies, FAMILIES, check_id, is_made_of, title, with_family, with_import, with_rule,
    };
    use crate::project;

    #[test]
    fn every_family_gets_another_rule_at_its_end() {
        let files = fs::read_dir(project::path("src/rules")).expect("the rules");
        let mut families = 0;
        for file in files.map(|file| file.expect("a file").path()) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let added = with_rule(&text, "trap-new", Applies::default());
            assert_eq!(
                added.is_some(),
                text.contains("const FAMILY: Family"),
                "{}",
                file.display()
            );
            let Some(added) = added else { continue };
            assert!(added.contains(r#"id: "trap-new""#) && added.contains("..Rule::TRAP"));
            assert!(added.contains("cel: &[],\n},\n],\n};\n"));
            families += 1;
        }
        assert!(families > 30, "{families}");
    }

    #[test]
    fn a_new_family_is_listed_last() {
        let families = project::read_text(FAMILIES).expect("the families");
        let families = with_family(&families, "new").expect("a list");
        assert!(families.contains("\nmod new;\n"));
        assert!(families.contains("    new,\n];\n"));
        assert_eq!(title("worker_suspend"), "Worker suspend");
    }

    #[test]
    fn a_name_is_imported_once() {
        let file = "use crate::rule::{Check, Rule};\n";
        let level = ("rule", "Level".to_owned());
        let with = with_import(file.into(), level.clone());
        assert_eq!(with, "use crate::rule::{Level, Check, Rule};\n");
        assert_eq!(with_import(with.clone(), level), with);
        let release = ("release::Release", "V1_6".to_owned());
        let with = with_import(file.into(), release.clone());
        assert_eq!(with, format!("use crate::release::Release::V1_6;\n{file}"));
        assert_eq!(with_import(with.clone(), release), with);
    }

    #[test]
    fn a_rule_states_the_operators_that_it_applies_to() {
        let fields = |since, until, gate| Applies { since, until, gate }.fields().0;
        assert_eq!(fields(None, None, None), "");
        assert_eq!(
            fields(Some(Release::V1_5), None, Some((Gate::RayCronJob, true))),
            "releases: Releases::since(V1_5),\ngate: Some((RayCronJob, true)),\n"
        );
        assert_eq!(
            fields(None, Some(Release::V1_4), None),
            "releases: Releases::between(V1_3, V1_4),\n"
        );
    }

    #[test]
    fn an_id_is_new_and_in_kebab_case() {
        assert!(check_id("trap-new").is_ok());
        for id in [
            "",
            "Trap-new",
            "trap_new",
            "trap--new",
            "crd-new",
            "ttl-negative",
        ] {
            assert!(check_id(id).is_err(), "{id}");
        }
        assert!(is_made_of("worker_suspend", '_') && !is_made_of("../x", '_'));
    }
}
