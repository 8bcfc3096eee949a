//! The copy of the repository that contains every mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::iter;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::mutant::Mutant;
use crate::rewrite::{self, Rewritten};

/// Why a mutant is not tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Untried {
    /// It does not compile.
    Unviable,
    /// No switch can express it, such as in code that the compiler evaluates.
    NoSwitch,
}

/// The copy.
pub struct Tree {
    /// Its folder.
    pub folder: PathBuf,
    packages: BTreeSet<String>,
    /// Of each file with mutants its mutants.
    files: BTreeMap<String, Vec<usize>>,
}

/// A program with tests.
pub struct Program {
    /// The file.
    pub file: PathBuf,
    /// The folder of its package, in which tests run.
    pub package: PathBuf,
}

impl Tree {
    /// Copies what git tracks.
    ///
    /// # Errors
    /// If a file cannot be copied.
    pub fn copy(root: &Path, folder: PathBuf, mutants: &[Mutant]) -> Result<Self> {
        let mut files = BTreeMap::<String, Vec<usize>>::new();
        for (number, mutant) in mutants.iter().enumerate() {
            files.entry(mutant.file.clone()).or_default().push(number);
        }
        let listed = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(["ls-files", "-z"])
            .output()?;
        ensure!(listed.status.success(), "git ls-files failed");
        for file in String::from_utf8(listed.stdout)?.split_terminator('\0') {
            let (from, to) = (root.join(file), folder.join(file));
            if from.is_file() && !files.contains_key(file) {
                write(&to, &fs::read(&from)?)?;
                // Tests run scripts.
                fs::set_permissions(&to, fs::metadata(&from)?.permissions())?;
            }
        }
        let switch = include_str!("switch.rs");
        write(&folder.join("mutant/src/lib.rs"), switch.as_bytes())?;
        let manifest = "[package]\nname = \"mutant\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
        write(&folder.join("mutant/Cargo.toml"), manifest.as_bytes())?;
        let packages = mutants
            .iter()
            .map(|mutant| mutant.package.clone())
            .collect();
        let tree = Self {
            folder,
            packages,
            files,
        };
        let workspace = tree.folder.join("Cargo.toml");
        let text = fs::read_to_string(&workspace)?;
        let text = text.replacen("members = [", "members = [\"mutant\", ", 1);
        write(&workspace, text.as_bytes())?;
        let sources = tree.files.keys().filter_map(|file| file.split_once("src/"));
        for package in sources.map(|(package, _)| package).collect::<BTreeSet<_>>() {
            let manifest = tree.folder.join(package).join("Cargo.toml");
            let text = fs::read_to_string(&manifest)?;
            let path = tree.folder.join("mutant");
            write(&manifest, depending(&text, &path).as_bytes())?;
        }
        Ok(tree)
    }

    /// Writes the mutants into the copy, and leaves out what does not compile.
    ///
    /// # Errors
    /// If the compiler complains about something else.
    pub fn write(&self, root: &Path, mutants: &[Mutant]) -> Result<BTreeMap<usize, Untried>> {
        let mut untried = BTreeMap::new();
        let paths = self.files.keys().map(|file| self.folder.join(file));
        let compiled: Vec<_> = paths.filter_map(|path| Written::read(path).ok()).collect();
        for round in 1.. {
            let mut files = BTreeMap::new();
            for (file, numbers) in &self.files {
                let kept = numbers
                    .iter()
                    .filter(|number| !untried.contains_key(*number));
                let kept: Vec<_> = kept.map(|&number| (number, &mutants[number])).collect();
                let text = fs::read_to_string(root.join(file))?;
                let rewritten = rewrite::rewrite(&text, &kept).with_context(|| file.clone())?;
                write(&self.folder.join(file), rewritten.text.as_bytes())?;
                files.insert(file.as_str(), rewritten);
            }
            let before = untried.len();
            for rewritten in files.values() {
                let without = rewritten.no_switch.iter();
                untried.extend(without.map(|&number| (number, Untried::NoSwitch)));
            }
            let errors = self.errors()?;
            eprintln!(
                "round {round}: {} errors, {before} mutants left out",
                errors.len()
            );
            if errors.is_empty() {
                break;
            }
            let is_of_tool = |error: &&Diagnostic| error.message.contains("`mutant`");
            if let Some(error) = errors.iter().find(is_of_tool) {
                bail!("a crate has no switches: {}", error.message);
            }
            let known = untried.len();
            for error in &errors {
                untried.extend(
                    error
                        .causes()
                        .find_map(|span| span.caused_by(&files))
                        .into_iter()
                        .flatten(),
                );
            }
            if untried.len() == known {
                let texts: Vec<_> = errors
                    .iter()
                    .filter_map(|error| error.rendered.as_deref())
                    .collect();
                bail!("the copy does not compile:\n{}", texts.join("\n"));
            }
        }
        for written in compiled {
            written.restore()?;
        }
        Ok(untried)
    }

    fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(&self.folder)
            .arg(command)
            .arg("--message-format=json")
            .arg("--quiet");
        cargo.args(
            self.packages
                .iter()
                .flat_map(|package| ["--package", package]),
        );
        cargo.env("CARGO_TARGET_DIR", self.folder.with_file_name("build"));
        cargo
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        cargo.stderr(Stdio::inherit());
        cargo
    }

    fn errors(&self) -> Result<Vec<Diagnostic>> {
        let output = self
            .cargo("check")
            .args(["--keep-going"])
            .stderr(Stdio::null())
            .output()?;
        let messages = messages(&output.stdout)?;
        let errors = messages
            .into_iter()
            .filter(|message| message["reason"] == "compiler-message");
        let errors = errors.map(|mut message| serde_json::from_value(message["message"].take()));
        let errors: Vec<Diagnostic> = errors.collect::<serde_json::Result<_>>()?;
        Ok(errors
            .into_iter()
            .filter(|error| error.level == "error" && !error.spans.is_empty())
            .collect())
    }

    /// Compiles the tests of the packages, and of others.
    ///
    /// # Errors
    /// If they do not compile.
    pub fn programs(&self, others: &[String]) -> Result<Vec<Program>> {
        let mut cargo = self.cargo("test");
        cargo
            .arg("--no-run")
            .args(others.iter().flat_map(|package| ["--package", package]));
        let output = cargo.output()?;
        ensure!(
            output.status.success(),
            "the tests do not compile: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        let mut programs = Vec::new();
        for message in messages(&output.stdout)? {
            let (Some(file), Some(manifest)) = (
                message["executable"].as_str(),
                message["manifest_path"].as_str(),
            ) else {
                continue;
            };
            if message["profile"]["test"] == true {
                let package = Path::new(manifest)
                    .parent()
                    .context("a manifest has a folder")?;
                programs.push(Program {
                    file: file.into(),
                    package: package.into(),
                });
            }
        }
        Ok(programs)
    }
}

/// Returns a manifest with the crate of the switches among its dependencies.
fn depending(manifest: &str, path: &Path) -> String {
    let dependencies = format!("[dependencies]\nmutant = {{ path = {path:?} }}\n");
    match manifest.contains("[dependencies]\n") {
        true => manifest.replacen("[dependencies]\n", &dependencies, 1),
        false => format!("{manifest}\n{dependencies}"),
    }
}

fn messages(output: &[u8]) -> Result<Vec<Value>> {
    let lines = output
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty());
    Ok(lines
        .map(serde_json::from_slice)
        .collect::<serde_json::Result<_>>()?)
}

/// Writes a file if its contents differ, so that Cargo compiles it only then.
fn write(file: &Path, contents: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|before| before == contents) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, contents).with_context(|| file.display().to_string())
}

/// A file as it was compiled by an earlier run.
struct Written {
    path: PathBuf,
    contents: Vec<u8>,
    modified: SystemTime,
}

impl Written {
    fn read(path: PathBuf) -> Result<Self> {
        let modified = fs::metadata(&path)?.modified()?;
        let contents = fs::read(&path)?;
        Ok(Self {
            path,
            contents,
            modified,
        })
    }

    /// Restores the time of a file that has its contents again, so that Cargo does not compile it.
    fn restore(self) -> Result<()> {
        if fs::read(&self.path)? == self.contents {
            File::options()
                .write(true)
                .open(&self.path)?
                .set_modified(self.modified)?;
        }
        Ok(())
    }
}

/// What the compiler says.
#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    spans: Vec<ErrorSpan>,
    rendered: Option<String>,
}

impl Diagnostic {
    /// Returns where the cause may be, the most likely place first.
    fn causes(&self) -> impl Iterator<Item = &ErrorSpan> {
        let primary = self.spans.iter().filter(|span| span.is_primary);
        primary.chain(self.spans.iter().filter(|span| !span.is_primary))
    }
}

#[derive(Deserialize)]
struct ErrorSpan {
    file_name: String,
    byte_start: usize,
    is_primary: bool,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: ErrorSpan,
}

impl ErrorSpan {
    /// Returns the mutants that have caused an error here.
    fn caused_by(&self, files: &BTreeMap<&str, Rewritten>) -> Option<Vec<(usize, Untried)>> {
        let mut places = iter::successors(Some(self), |span| Some(&span.expansion.as_ref()?.span));
        places.find_map(|span| {
            let rewritten = files.get(span.file_name.as_str())?;
            let innermost = |ranges: &[(usize, Range<usize>)]| {
                let here = ranges
                    .iter()
                    .filter(|(_, range)| range.contains(&span.byte_start));
                here.min_by_key(|(_, range)| range.len()).cloned()
            };
            if let Some((number, _)) = innermost(&rewritten.added) {
                return Some(vec![(number, Untried::Unviable)]);
            }
            let (_, range) = innermost(&rewritten.around)?;
            let causes = rewritten
                .around
                .iter()
                .filter(|(_, around)| *around == range);
            Some(
                causes
                    .map(|&(number, _)| (number, Untried::NoSwitch))
                    .collect(),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::depending;

    #[test]
    fn each_package_has_the_switches() {
        let added = "[dependencies]\nmutant = { path = \"/m\" }\n";
        let path = Path::new("/m");
        assert_eq!(
            depending("[dependencies]\na = \"1\"\n", path),
            format!("{added}a = \"1\"\n")
        );
        let without = "[package]\n[dev-dependencies]\na = \"1\"\n";
        assert_eq!(depending(without, path), format!("{without}\n{added}"));
    }
}
