//! What the changelog says of a release.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use chrono::NaiveDate;
use semver::Version;

use crate::packages::digest;
use crate::project;

const CHANGELOG: &str = "CHANGELOG.md";
/// The version of the whole project.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Prints what is new in this version, for the release of a tag, and the digests of
/// the modules.
///
/// # Errors
/// If the tag or the changelog is of another version, or a module is missing.
pub fn print_notes(tag: &str, with_digests: bool) -> Result<()> {
    print!("{}", notes(&project::read_text(CHANGELOG)?, VERSION, tag)?);
    if with_digests {
        let modules = project::MODULES.map(project::path);
        print!("{}", digests(tag, &modules)?);
    }
    Ok(())
}

/// A section with the digests of files, as sha256sum prints them.
fn digests(tag: &str, files: &[PathBuf]) -> Result<String> {
    let mut text = format!(
        "\n## Digests\n\nAnyone can [rebuild]({}/blob/{tag}/SECURITY.md#rebuild-a-release) the \
         modules and compare their SHA-256:\n\n```text\n",
        env!("CARGO_PKG_REPOSITORY")
    );
    for file in files {
        let name = file.file_name().context("a name")?.display();
        writeln!(text, "{}  {name}", digest(file)?)?;
    }
    Ok(text + "```\n\n")
}

fn notes<'a>(changelog: &'a str, version: &str, tag: &str) -> Result<&'a str> {
    ensure!(
        tag == format!("v{version}"),
        "{tag}: the version in Cargo.toml is {version}"
    );
    let newest = releases(changelog).context(CHANGELOG)?.into_iter().next();
    match newest {
        Some((newest, notes)) if newest.to_string() == version => Ok(notes),
        _ => bail!("{CHANGELOG}: the newest release is not {version}"),
    }
}

/// The releases, each with what is said of it, and before them nothing but what
/// is not released yet.
///
/// # Errors
/// If a heading is not like `[1.2.3] - 2026-01-31`.
fn releases(changelog: &str) -> Result<Vec<(Version, &str)>> {
    let sections = changelog.split("\n## ").skip(1);
    sections
        .filter(|section| !section.starts_with("[Unreleased]\n"))
        .map(|section| {
            release(section).with_context(|| section.lines().next().unwrap_or_default().to_owned())
        })
        .collect()
}

fn release(section: &str) -> Result<(Version, &str)> {
    let (heading, text) = section.split_once('\n').context("nothing is said of it")?;
    let heading = heading
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] - "));
    let (version, date) = heading.context("expected [version] - date")?;
    NaiveDate::parse_from_str(date, "%Y-%m-%d")?;
    Ok((Version::parse(version)?, text.trim_start()))
}

#[cfg(test)]
mod tests {
    use semver::Version;
    use tempfile::TempDir;

    use super::{CHANGELOG, VERSION, digests, notes, releases};
    use crate::project;

    const TWO: &str = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-02-28\n\n- B\n\n## \
        [0.1.0] - 2026-01-31\n\n- A\n";

    #[test]
    fn the_newest_release_is_this_version_or_this_version_is_yet_to_come() {
        let changelog = project::read_text(CHANGELOG).expect("the changelog");
        let releases = releases(&changelog).expect("releases");
        let version = Version::parse(VERSION).expect("a version");
        match releases.first() {
            Some((newest, _)) if *newest == version => {}
            newest => {
                assert!(
                    newest.is_none_or(|(newest, _)| *newest < version),
                    "{newest:?}"
                );
                let (_, unreleased) = changelog
                    .split_once("\n## [Unreleased]\n")
                    .expect("what is to come");
                let unreleased = unreleased.split("\n## ").next().expect("a text");
                assert!(!unreleased.trim().is_empty(), "{VERSION} brings nothing");
            }
        }
        assert!(
            releases.is_sorted_by(|(a, _), (b, _)| a > b),
            "{releases:?}"
        );
    }

    #[test]
    fn a_release_is_told_by_its_own_section() {
        assert_eq!(notes(TWO, "0.2.0", "v0.2.0").expect("notes"), "- B\n");
    }

    #[test]
    fn the_digests_are_as_sha256sum_prints_them() {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("policy.wasm");
        std::fs::write(&file, "abc").expect("a file");
        let text = digests("v1.2.3", &[file]).expect("digests");
        // The first example of FIPS 180-2, appendix B.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(
            text.contains(&format!("\n{digest}  policy.wasm\n")),
            "{text}"
        );
        assert!(
            text.contains("/blob/v1.2.3/SECURITY.md#rebuild-a-release"),
            "{text}"
        );
        assert!(digests("v1.2.3", &[folder.path().join("missing.wasm")]).is_err());
    }

    #[test]
    fn a_release_of_another_version_is_refused() {
        for (version, tag) in [
            ("0.2.0", "v0.1.0"),
            ("0.2.0", "0.2.0"),
            ("0.1.0", "v0.1.0"),
            ("0.3.0", "v0.3.0"),
        ] {
            assert!(notes(TWO, version, tag).is_err(), "{version} {tag}");
        }
        assert!(notes("# Changelog\n\n## [Unreleased]\n\n- A\n", "0.1.0", "v0.1.0").is_err());
    }

    #[test]
    fn a_heading_that_is_no_release_is_refused() {
        for heading in [
            "0.1.0 - 2026-01-31",
            "[0.1] - 2026-01-31",
            "[0.1.0]",
            "[0.1.0] - 31.1.2026",
            "[unreleased]",
        ] {
            assert!(
                releases(&format!("# Changelog\n\n## {heading}\n\n- A\n")).is_err(),
                "{heading}"
            );
        }
    }
}
