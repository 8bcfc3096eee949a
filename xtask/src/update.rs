//! Writes the files that are derived from the catalogue of rules and the lifecycle
//! model.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{deploy, docs, package, project};

/// Folders that contain derived files only.
const FOLDERS: [&str; 3] = [
    "docs/rules",
    "docs/lives",
    "deploy/validating-admission-policy",
];

/// Texts of derived files, by their path in the project.
type Derived = BTreeMap<String, String>;

/// Writes the derived files that have changed, removes those that are no longer derived, and
/// names both; or only checks them.
///
/// # Errors
/// If an example of the catalogue does not do what it should, or a file cannot be
/// written; for a check, if a file differs from what would be written.
pub fn run(only_check: bool) -> Result<()> {
    let derived = derived()?;
    if only_check {
        return check(&derived);
    }
    for path in obsolete(&derived)? {
        println!("{path}: removed");
        fs::remove_file(project::path(&path)).context(path)?;
    }
    for (path, text) in derived.iter().filter(is_outdated) {
        println!("{path}");
        project::write(path, text)?;
    }
    Ok(())
}

/// Whether a file differs from what would be written.
fn is_outdated((path, text): &(&String, &String)) -> bool {
    !project::read_text(path).is_ok_and(|written| written == **text)
}

fn derived() -> Result<Derived> {
    let files = [docs::derived()?, package::derived()?, deploy::derived()?];
    Ok(files.into_iter().flatten().collect())
}

/// Checks that the files are as they would be written.
fn check(derived: &Derived) -> Result<()> {
    let outdated = derived.iter().filter(is_outdated);
    let outdated = outdated.map(|(path, _)| path.clone());
    let stale: Vec<_> = outdated.chain(obsolete(derived)?).collect();
    ensure!(
        stale.is_empty(),
        "not up to date: {}; run `cargo xtask update`",
        stale.join(", ")
    );
    Ok(())
}

/// Returns the files in [`FOLDERS`] that are no longer derived.
fn obsolete(derived: &Derived) -> Result<Vec<String>> {
    let mut obsolete = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(project::path(folder)).context(folder)? {
            let path = format!("{folder}/{}", entry?.file_name().display());
            if !derived.contains_key(&path) {
                obsolete.push(path);
            }
        }
    }
    Ok(obsolete)
}

#[cfg(test)]
mod tests {
    use super::{check, derived, obsolete};

    #[test]
    fn the_derived_files_are_up_to_date() {
        check(&derived().expect("the files")).unwrap();
    }

    #[test]
    fn a_file_that_is_no_longer_derived_is_found() {
        let mut derived = derived().expect("the files");
        let removed = "docs/lives/k8s-job-retry.svg";
        assert!(derived.remove(removed).is_some());
        assert_eq!(obsolete(&derived).expect("the folders"), [removed]);
        assert!(check(&derived).is_err());
    }
}
