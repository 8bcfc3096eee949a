//! What the project needs beside its programs: `cargo xtask --help`.

mod browser;
mod build;
mod bundle;
mod cel;
mod conformance;
mod deploy;
mod docs;
mod generate;
mod inspect;
mod lives;
mod metadata;
mod module;
mod optimise;
mod package;
mod project;
mod verdicts;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use rayjob_policy_core::release::Release;

/// Builds and inspects the modules, writes the documents, compares with KubeRay.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Builds the modules into `dist/`: plain, annotated, and as a bundle.
    Build,
    /// Builds the module for web pages into `dist/browser/`.
    Browser,
    /// Checks what `build` made: imports, exports, size, memory, metadata.
    Inspect,
    /// Writes the pages and pictures under `docs/` that follow from the
    /// catalogue of rules and the lifecycle model.
    Docs {
        /// Only says whether it is up to date.
        #[arg(long)]
        check: bool,
    },
    /// Compares the policy with what KubeRay's validators answer.
    Conformance(conformance::Comparison),
    /// Writes the manifests under `deploy/` that follow from the catalogue.
    Deploy {
        /// Only says whether they are up to date.
        #[arg(long)]
        check: bool,
        /// Prints a ValidatingAdmissionPolicy for the policy's settings in this
        /// file instead.
        #[arg(long, conflicts_with = "check")]
        settings: Option<PathBuf>,
    },
    /// Prints what the changelog says of the release of a tag.
    Notes {
        /// The tag, such as `v1.2.3`, which must be of this version.
        tag: String,
    },
    /// Writes `questions-ui.yml` and `artifacthub-pkg.yml`.
    Package {
        /// Only says whether they are up to date.
        #[arg(long)]
        check: bool,
    },
    /// Reads objects, one JSON object `{object, oldObject}` a line, and prints
    /// what the policy says of each.
    Verdicts {
        /// The release of the operator.
        #[arg(long, default_value = Release::LATEST.as_str())]
        kuberay: String,
    },
    /// Prints the examples of the catalogue for a release, one JSON object
    /// `{object, oldObject}` a line.
    Examples {
        /// The release of the operator.
        #[arg(long, default_value = Release::LATEST.as_str())]
        kuberay: String,
    },
    /// Compares the lifecycle model with lives that KubeRay's controllers played.
    Lives {
        /// Recorded lives, such as `conformance/recorded/lives.jsonl.gz`.
        file: PathBuf,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Build => build::build(),
        Command::Browser => browser::build(),
        Command::Inspect => inspect::inspect(),
        Command::Docs { check } => docs::write(check),
        Command::Conformance(what) => conformance::conform(&what),
        Command::Deploy {
            settings: Some(file),
            ..
        } => deploy::print(&file),
        Command::Deploy { check, .. } => deploy::write(check),
        Command::Notes { tag } => package::print_notes(&tag),
        Command::Package { check } => package::write(check),
        Command::Verdicts { kuberay } => verdicts::print(&kuberay),
        Command::Examples { kuberay } => verdicts::print_examples(&kuberay),
        Command::Lives { file } => lives::run(&file),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::Command;
    use crate::project;

    #[test]
    fn documented_commands_are_commands() {
        let folders = ["", "docs", "deploy", "conformance/oracle"]
            .map(project::path)
            .into_iter();
        let files = folders.flat_map(|folder| fs::read_dir(folder).expect("a folder"));
        let files = files.map(|entry| entry.expect("an entry").path());
        let mut seen = 0;
        for file in files.filter(|file| file.extension().is_some_and(|name| name == "md")) {
            let text = fs::read_to_string(&file).expect("a document");
            for line in text.lines().map(str::trim) {
                let Some(command) = line.strip_prefix("cargo xtask ") else {
                    continue;
                };
                let command = command.split(['#', '>']).next().unwrap_or_default();
                let words = ["cargo xtask"]
                    .into_iter()
                    .chain(command.split_whitespace());
                if let Err(error) = Command::try_parse_from(words) {
                    panic!("{}: {line}: {error}", file.display());
                }
                seen += 1;
            }
        }
        assert!(seen >= 3, "{seen} commands");
    }
}
