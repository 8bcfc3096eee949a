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
    use super::write;

    #[test]
    fn the_files_are_up_to_date() {
        write(true).unwrap();
    }
}
