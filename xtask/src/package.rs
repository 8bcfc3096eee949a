//! What users choose the policy and its settings by: the questions that Rancher asks,
//! the package on Artifact Hub, and the changelog.

mod changelog;
mod questions;

use anyhow::Result;

pub use changelog::print_notes;

/// Returns the questions about the settings, with their path in the project.
///
/// # Errors
/// If they cannot be written as YAML.
pub fn derived() -> Result<Vec<(String, String)>> {
    Ok(vec![("questions-ui.yml".into(), questions::render()?)])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use chrono::DateTime;
    use serde_json::Value;

    use crate::project;

    /// The version of the whole project.
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    fn yaml(file: &str) -> Value {
        let text = project::read_text(file).expect("a file");
        yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    #[test]
    fn artifact_hub_shows_the_package_of_this_version() {
        let package = yaml("artifacthub-pkg.yml");
        assert_eq!(package["version"], VERSION);
        for (pointer, end) in [
            ("/containersImages/0/image", format!(":v{VERSION}")),
            ("/links/0/url", format!("/v{VERSION}/policy.wasm")),
            ("/install", format!(":v{VERSION}\n```\n")),
        ] {
            let text = package.pointer(pointer).and_then(Value::as_str);
            let is_of_version = text.is_some_and(|text| text.ends_with(&end));
            assert!(is_of_version, "{pointer}: {text:?} does not end with {end}");
        }
        let created_at = package["createdAt"].as_str().expect("createdAt");
        let time = DateTime::parse_from_rfc3339(created_at);
        assert!(
            time.is_ok(),
            "createdAt: {created_at:?} is not like 2026-01-31T12:00:00Z"
        );
    }

    #[test]
    fn the_maintainers_of_the_package_own_its_repository() {
        let maintainers = &yaml("artifacthub-pkg.yml")["maintainers"];
        assert_eq!(&yaml("artifacthub-repo.yml")["owners"], maintainers);
    }

    /// The files of a folder and of those within it.
    fn files(folder: PathBuf) -> Vec<PathBuf> {
        let paths = fs::read_dir(folder).expect("a folder");
        let paths = paths.map(|entry| entry.expect("a file").path());
        let files = paths.flat_map(|path| match path.is_dir() {
            true => files(path),
            false => vec![path],
        });
        files.collect()
    }

    #[test]
    fn what_users_copy_is_of_this_version() {
        let folders = ["deploy", "docs"].map(project::path);
        let documents = folders.into_iter().flat_map(files);
        let mut places = 0;
        for document in documents.chain([project::README, "SECURITY.md"].map(project::path)) {
            let text = fs::read_to_string(&document).unwrap_or_default();
            for before in [
                "/rayjob-policy:v",
                "/rayjob-policy@v",
                "rev: v",
                "release download v",
                "/releases/download/v",
                "rayjob-policy-v",
                "rayjob-policy==",
                "--branch v",
            ] {
                for written in text.split(before).skip(1) {
                    let rest = written.strip_prefix(VERSION);
                    let ends = rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
                    assert!(ends, "{}: {before}{written:.20}", document.display());
                    places += 1;
                }
            }
        }
        assert!(places > 0);
    }
}
