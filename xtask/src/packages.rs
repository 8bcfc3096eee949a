//! What krew and Homebrew install the command by, for the archives of a release.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::project;

/// The version of the whole project.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The templates. Each is written under its name.
const TEMPLATES: [&str; 2] = [
    "deploy/krew/rayjob-policy.yaml",
    "deploy/homebrew/rayjob-policy.rb",
];

/// Writes the filled templates into the folder with the archives.
///
/// # Errors
/// If an archive is missing.
pub fn write(archives: &Path) -> Result<()> {
    for template in TEMPLATES {
        let text =
            fill(&project::read_text(template)?, archives).with_context(|| template.to_owned())?;
        let name = Path::new(template).file_name().context("a name")?;
        fs::write(archives.join(name), text)?;
    }
    Ok(())
}

/// Replaces what stands between two `@`.
fn fill(template: &str, archives: &Path) -> Result<String> {
    let mut text = String::new();
    for (index, part) in template.split('@').enumerate() {
        if index % 2 == 0 {
            text += part;
            continue;
        }
        text += &match part.split_once(' ') {
            None if part == "VERSION" => VERSION.to_owned(),
            Some(("URL", target)) => format!(
                "{}/releases/download/v{VERSION}/{}",
                env!("CARGO_PKG_REPOSITORY"),
                archive(target)
            ),
            Some(("SHA256", target)) => digest(&archives.join(archive(target)))?,
            _ => anyhow::bail!("@{part}@ is unknown"),
        };
    }
    ensure!(!text.contains('@'), "an @ too many");
    Ok(text)
}

/// The archive with the command for a target, as the release workflow names it.
fn archive(target: &str) -> String {
    format!("rayjob-policy-v{VERSION}-{target}.tar.gz")
}

/// The SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
/// If it cannot be read; the error names it.
pub fn digest(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    let digest = Sha256::digest(&bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::process::Command;

    use serde_json::Value;
    use tempfile::TempDir;

    use super::{VERSION, archive, write};
    use crate::project;

    /// The targets that the release workflow builds the command for.
    fn targets() -> Vec<String> {
        let workflow = project::read_text(".github/workflows/release.yml").expect("text");
        let workflow: Value = yaml_serde::from_str(&workflow).expect("YAML");
        let builds = workflow.pointer("/jobs/command/strategy/matrix/include");
        let builds = builds.and_then(Value::as_array).expect("builds").iter();
        let targets = builds.map(|build| build["target"].as_str().expect("a target").into());
        targets.collect()
    }

    /// The filled templates, with the folder they are in.
    fn packages() -> TempDir {
        let folder = TempDir::new().expect("a folder");
        for target in targets() {
            fs::write(folder.path().join(archive(&target)), &target).expect("a file");
        }
        write(folder.path()).expect("packages");
        folder
    }

    #[test]
    fn the_plugin_is_what_krew_demands() {
        let folder = packages();
        let text = fs::read_to_string(folder.path().join("rayjob-policy.yaml")).expect("text");
        let plugin: Value = yaml_serde::from_str(&text).expect("YAML");
        // The name of the file, and what kubectl looks for as kubectl-rayjob_policy.
        assert_eq!(plugin["metadata"]["name"], "rayjob-policy");
        assert_eq!(plugin["spec"]["version"], format!("v{VERSION}"));
        let summary = plugin["spec"]["shortDescription"].as_str().expect("text");
        assert!(summary.len() <= 50 && !summary.ends_with('.'), "{summary}");
        let platforms = plugin["spec"]["platforms"].as_array().expect("platforms");
        let mut seen = BTreeSet::new();
        for (platform, target) in platforms.iter().zip(targets_of(platforms)) {
            let url = format!(
                "https://github.com/rayjob-policy/rayjob-policy/releases/download/v{VERSION}/{}",
                archive(&target)
            );
            assert_eq!(platform["uri"], url);
            assert_eq!(platform["sha256"].as_str().map(str::len), Some(64));
            let end = if target.contains("windows") {
                ".exe"
            } else {
                ""
            };
            assert_eq!(platform["bin"], format!("rayjob-policy{end}"));
            let from = format!("*/bin/rayjob-policy{end}");
            assert_eq!(platform["files"][0]["from"], from);
            seen.insert(target);
        }
        assert_eq!(seen, targets().into_iter().collect());
    }

    /// The targets that platforms are for, by their selectors.
    fn targets_of(platforms: &[Value]) -> impl Iterator<Item = String> {
        platforms.iter().map(|platform| {
            let label = |name| platform["selector"]["matchLabels"][name].as_str();
            let arch = match label("arch").expect("an architecture") {
                "amd64" => "x86_64",
                _ => "aarch64",
            };
            let system = match label("os").expect("a system") {
                "linux" => "unknown-linux-musl",
                "darwin" => "apple-darwin",
                _ => "pc-windows-msvc",
            };
            format!("{arch}-{system}")
        })
    }

    #[test]
    fn digests_are_those_of_the_archives() {
        let folder = packages();
        let sums = Command::new("sh")
            .args(["-c", "sha256sum *.tar.gz || shasum -a 256 *.tar.gz"])
            .current_dir(folder.path())
            .output()
            .expect("a shell");
        let sums = String::from_utf8(sums.stdout).expect("text");
        assert_eq!(sums.lines().count(), targets().len());
        let text = |file| fs::read_to_string(folder.path().join(file)).expect("text");
        let (krew, formula) = (text("rayjob-policy.yaml"), text("rayjob-policy.rb"));
        for line in sums.lines() {
            let (digest, archive) = line.split_once("  ").expect("a digest");
            let follows = |text: &str| {
                let (_, rest) = text.split_once(archive).expect("the archive");
                let (_, rest) = rest.split_once("sha256").expect("its digest");
                rest.trim_start_matches([':', ' ', '"']).starts_with(digest)
            };
            assert!(follows(&krew), "{archive}");
            assert!(
                archive.contains("windows") || follows(&formula),
                "{archive}"
            );
        }
    }

    #[test]
    fn the_formula_is_ruby() {
        let folder = packages();
        let mut ruby = Command::new("ruby");
        ruby.args(["-c", "rayjob-policy.rb"])
            .current_dir(folder.path());
        match ruby.output() {
            Ok(output) => assert!(output.status.success(), "{output:?}"),
            Err(_) => eprintln!("skipped: the syntax of the formula: ruby is not installed"),
        }
    }

    #[test]
    fn a_missing_archive_is_named() {
        let folder = packages();
        let gone = archive("aarch64-apple-darwin");
        fs::remove_file(folder.path().join(&gone)).expect("a file");
        let error = write(folder.path()).expect_err("an archive is missing");
        assert!(format!("{error:#}").contains(&gone), "{error:#}");
    }
}
