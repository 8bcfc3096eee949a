//! How a release of KubeRay differs from the one that the policy follows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::project;

/// What the policy follows.
const KNOWN: &str = "conformance/upstream.json";
/// The program that reads a release.
const PROGRAM: &str = "conformance/oracle/digests";
const MODULE: &str = "github.com/ray-project/kuberay/ray-operator";

/// Names, each with its digest or its text.
type Named = BTreeMap<String, String>;

/// What `conformance/oracle/digests` prints.
#[derive(Deserialize, Serialize)]
struct Source {
    code: Named,
    gates: Named,
    crds: Named,
}

/// A release of KubeRay.
#[derive(Deserialize, Serialize)]
struct Release {
    version: Version,
    #[serde(flatten)]
    source: Source,
}

/// Prints the differences in Markdown; the first line is a title. Prints nothing if no release
/// is newer.
///
/// # Errors
/// If Go is missing, or the module cannot be had.
pub fn print_differences(folder: Option<PathBuf>) -> Result<()> {
    let known: Release = serde_json::from_str(&project::read_text(KNOWN)?).context(KNOWN)?;
    let (name, folder) = match folder {
        Some(folder) => (folder.display().to_string(), folder),
        None => {
            let newest = newest()?;
            if newest <= known.version {
                eprintln!("no release is newer than KubeRay {}", known.version);
                return Ok(());
            }
            (newest.to_string(), download(&newest)?)
        }
    };
    print!("{}", differences(&known, &name, &read(&folder)?)?);
    Ok(())
}

/// Records a release as the one that the policy follows.
///
/// # Errors
/// If Go is missing, or the module cannot be had.
pub fn record(version: Version, folder: Option<PathBuf>) -> Result<()> {
    let folder = match folder {
        Some(folder) => folder,
        None => download(&version)?,
    };
    let source = read(&folder)?;
    let release = serde_json::to_string_pretty(&Release { version, source })?;
    project::write(KNOWN, format!("{release}\n"))
}

/// The newest release of the module.
fn newest() -> Result<Version> {
    let list = go(&["list", "-m", "-versions", MODULE])?;
    let versions = list.split_whitespace().skip(1);
    let versions = versions.filter_map(|version| Version::parse(version.strip_prefix('v')?).ok());
    let newest = versions.filter(|version| version.pre.is_empty()).max();
    newest.with_context(|| format!("{MODULE}: no releases"))
}

/// Downloads a release, and returns its folder.
fn download(version: &Version) -> Result<PathBuf> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Module {
        dir: PathBuf,
    }
    let module = format!("{MODULE}@v{version}");
    let module: Module = serde_json::from_str(&go(&["mod", "download", "-json", &module])?)?;
    Ok(module.dir)
}

/// Reads the folder of a release.
fn read(folder: &Path) -> Result<Source> {
    let folder = folder
        .canonicalize()
        .with_context(|| folder.display().to_string())?;
    let folder = folder.to_str().context("the folder has no name in UTF-8")?;
    Ok(serde_json::from_str(&go(&["run", ".", folder])?)?)
}

fn go(args: &[&str]) -> Result<String> {
    let mut go = Command::new("go");
    let output = go.args(args).current_dir(project::path(PROGRAM)).output();
    let output = output.context("go")?;
    let told = [&*output.stdout, &output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    ensure!(output.status.success(), "go {}: {told}", args.join(" "));
    Ok(String::from_utf8(output.stdout)?)
}

/// The differences in Markdown.
fn differences(known: &Release, name: &str, source: &Source) -> Result<String> {
    let Release {
        version,
        source: before,
    } = known;
    let mut text = format!(
        "KubeRay {name}: what differs from {version}\n\nThe policy follows KubeRay {version}. \
         CONTRIBUTING.md lists what a new release touches. When the policy follows it, \
         `cargo xtask upstream --record VERSION` records it.\n"
    );
    let mut packages = BTreeSet::new();
    for code in [&before.code, &source.code] {
        packages.extend(code.keys().filter_map(|name| Some(name.split_once('.')?.0)));
    }
    section(&mut text, "CRDs", &before.crds, &source.crds)?;
    let named: fn(&Named) -> Named = |gates| {
        let gates = gates.iter();
        gates
            .map(|(gate, spec)| (format!("{gate} {spec}"), String::new()))
            .collect()
    };
    section(
        &mut text,
        "Feature gates",
        &named(&before.gates),
        &named(&source.gates),
    )?;
    for package in packages {
        let of = |code: &Named| {
            let names = code.iter().filter_map(|(name, digest)| {
                let (of, name) = name.split_once('.')?;
                (of == package).then(|| (name.to_owned(), digest.clone()))
            });
            names.collect::<Named>()
        };
        section(&mut text, package, &of(&before.code), &of(&source.code))?;
    }
    Ok(text)
}

/// Adds a section with what differs, if anything does. A validator is listed first.
fn section(text: &mut String, title: &str, before: &Named, after: &Named) -> Result<()> {
    let changed = |name: &&String| before.get(*name).is_some_and(|old| old != &after[*name]);
    let lists = [
        (
            "added",
            after
                .keys()
                .filter(|name| !before.contains_key(*name))
                .collect::<Vec<_>>(),
        ),
        ("changed", after.keys().filter(changed).collect()),
        (
            "removed",
            before
                .keys()
                .filter(|name| !after.contains_key(*name))
                .collect(),
        ),
    ];
    if lists.iter().any(|(_, names)| !names.is_empty()) {
        write!(text, "\n## {title}\n\n")?;
    }
    for (word, mut names) in lists {
        names.sort_by_key(|name| !name.to_lowercase().contains("validate"));
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        if !names.is_empty() {
            writeln!(text, "- {word}: {}", names.join(", "))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use rayjob_policy_core::release::Release as Minor;
    use semver::Version;
    use tempfile::TempDir;

    use super::{KNOWN, Release, differences, read};
    use crate::project;

    const VALIDATION: &str = "controllers/ray/utils/validation.go";
    const CONTROLLER: &str = "controllers/ray/rayjob_controller.go";
    const FEATURES: &str = "pkg/features/features.go";
    const CRD: &str = "config/crd/bases/ray.io_rayjobs.yaml";

    fn tree(files: &[(&str, &str)]) -> TempDir {
        let folder = TempDir::new().expect("a folder");
        for (file, text) in files {
            let file = folder.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        folder
    }

    #[test]
    fn what_was_added_changed_and_removed_is_listed() {
        if Command::new("go").arg("version").output().is_err() {
            eprintln!("skipped: how a release of KubeRay differs: Go is not installed");
            return;
        }
        let before = tree(&[
            (
                VALIDATION,
                "package utils\n\nconst Longest = 47\n\n// A comment.\nfunc ValidateJob(n int) bool \
                 { return n > 0 }\n\nfunc same(n int) int {\n\treturn n\n}\n\nfunc init() {}\n",
            ),
            (
                CONTROLLER,
                "package ray\n\nfunc (r *R) Reconcile() {}\n\nfunc old() {}\n",
            ),
            (
                FEATURES,
                "package features\n\nvar gates = map[f.Feature]f.FeatureSpec{\n\tA: {Default: \
                 false},\n\tB: {Default: true},\n}\n",
            ),
            (CRD, "kind: CustomResourceDefinition\n"),
        ]);
        let after = tree(&[
            (
                VALIDATION,
                "package utils\n\nconst Longest = 63\n\n// Another one.\nfunc ValidateJob(n int) \
                 bool { return n > 1 }\n\nfunc same(n int) int { // as before\n\n\treturn n }\n\n\
                 func ValidateNew() {}\n\nfunc init() {}\n",
            ),
            (
                CONTROLLER,
                "package ray\n\nfunc (r *R) Reconcile() { r.do() }\n",
            ),
            (
                "controllers/ray/rayjob_controller_test.go",
                "package ray\n\nfunc Test() {}\n",
            ),
            (
                FEATURES,
                "package features\n\nvar gates = map[f.Feature]f.FeatureSpec{\n\tA: {Default: \
                 true},\n\tB: {Default: true},\n}\n",
            ),
            (CRD, "kind: CustomResourceDefinition\nmetadata: {}\n"),
        ]);
        let known = Release {
            version: Version::new(1, 7, 0),
            source: read(before.path()).expect("a release"),
        };
        let source = read(after.path()).expect("a release");
        let text = differences(&known, "1.8.0", &source).expect("differences");
        let (title, rest) = text.split_once("\n\n").expect("a title");
        assert_eq!(title, "KubeRay 1.8.0: what differs from 1.7.0");
        let (_, lists) = rest.split_once("\n\n").expect("lists");
        assert_eq!(
            lists,
            "## CRDs\n\n- changed: `ray.io_rayjobs.yaml`\n\n\
             ## Feature gates\n\n- added: `A {Default: true}`\n- removed: `A {Default: false}`\n\n\
             ## controllers/ray\n\n- changed: `R.Reconcile`\n- removed: `old`\n\n\
             ## controllers/ray/utils\n\n- added: `ValidateNew`\n\
             - changed: `ValidateJob`, `Longest`\n"
        );
    }

    #[test]
    fn the_newest_release_that_the_policy_knows_is_recorded() {
        let known = project::read_text(KNOWN).expect("a file");
        let known: Release = serde_json::from_str(&known).expect("a release");
        let minor = format!("{}.{}", known.version.major, known.version.minor);
        assert_eq!(minor, Minor::LATEST.as_str());
        let validator = "controllers/ray/utils.ValidateRayJobSpec";
        assert!(known.source.code.contains_key(validator));
    }
}
