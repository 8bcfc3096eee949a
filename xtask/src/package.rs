//! Writes what users choose the policy and its settings by: the questions that
//! Rancher asks, and the package as Artifact Hub shows it.

mod artifact_hub;
mod changelog;
mod questions;

use anyhow::{Result, ensure};

use crate::metadata::Metadata;
use crate::project;

pub use changelog::print_notes;

/// The questions about the settings.
const QUESTIONS: &str = "questions-ui.yml";
/// The package as Artifact Hub shows it.
const PACKAGE: &str = "artifacthub-pkg.yml";

/// Writes the files, or only checks them.
///
/// # Errors
/// If Kubewarden or Artifact Hub would refuse something, a file cannot be
/// written, or, for a check, is not as it would be written.
pub fn write(only_check: bool) -> Result<()> {
    for (file, text) in files()? {
        if !only_check {
            project::write(file, text)?;
            continue;
        }
        let fresh = project::read_text(file).is_ok_and(|written| written == text);
        ensure!(fresh, "{file} is not up to date: run `cargo xtask package`");
    }
    Ok(())
}

fn files() -> Result<[(&'static str, String); 2]> {
    let questions = questions::render()?;
    let written = project::read_text(PACKAGE)?;
    let created_at = artifact_hub::created_at(&written)?;
    let package = artifact_hub::render(&Metadata::of_project()?, &created_at, &questions)?;
    Ok([(QUESTIONS, questions), (PACKAGE, package)])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::write;
    use crate::project;

    #[test]
    fn the_files_are_up_to_date() {
        write(true).unwrap();
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
        for document in documents.chain([project::path(project::README)]) {
            let text = fs::read_to_string(&document).unwrap_or_default();
            for before in ["/rayjob-policy:v", "/rayjob-policy@v", "rev: v"] {
                for written in text.split(before).skip(1) {
                    let version = written.split_whitespace().next();
                    let expected = Some(env!("CARGO_PKG_VERSION"));
                    assert_eq!(version, expected, "{}: {before}", document.display());
                    places += 1;
                }
            }
        }
        assert!(places > 0);
    }
}
