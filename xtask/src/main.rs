//! What the project needs beside its programs: `cargo xtask --help`.

mod browser;
mod build;
mod bundle;
mod deploy;
mod docs;
mod inspect;
mod metadata;
mod module;
mod new_rule;
mod optimise;
mod package;
mod packages;
mod project;
mod update;
mod upstream;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use new_rule::Applies;
use semver::Version;

/// Builds and inspects the modules, writes the documents and manifests.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Builds the modules into `dist/`: plain, annotated, and as a bundle.
    Build,
    /// Builds the module for web pages into `dist/browser/`.
    Browser,
    /// Checks what `build` made: imports, exports, size, memory, metadata.
    Inspect,
    /// Writes what follows from the catalogue of rules and the lifecycle model: pages
    /// and pictures under `docs/`, `questions-ui.yml`, manifests under `deploy/`.
    Update {
        /// Only says whether it is up to date.
        #[arg(long)]
        check: bool,
    },
    /// Adds the block of a new rule to the catalogue, with TODO where it must be filled in.
    NewRule {
        /// The file of its family in `src/rules/`, such as `entrypoint`; a new one creates
        /// a family.
        family: String,
        /// Its ID, which begins with `trap-` if it is not a rule of the operator.
        id: String,
        #[command(flatten)]
        applies: Applies,
    },
    /// Prints what the changelog says of the release of a tag.
    Notes {
        /// The tag, such as `v1.2.3`, which must be of this version.
        tag: String,
        /// Adds the digests of what `build` made.
        #[arg(long)]
        digests: bool,
    },
    /// Prints how the newest release of KubeRay differs from the one that the policy follows:
    /// CRDs, feature gates, functions. Prints nothing if there is no newer one. Needs Go.
    Upstream {
        /// The folder `ray-operator` of a checkout, to compare instead of the newest release.
        #[arg(long)]
        source: Option<PathBuf>,
        /// Records this release as the one that the policy follows.
        #[arg(long, value_name = "VERSION")]
        record: Option<Version>,
    },
    /// Writes what krew and Homebrew install the command by, into the folder with the
    /// archives of the release.
    Packages {
        /// The folder.
        archives: PathBuf,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Build => build::build(),
        Command::Browser => browser::build(),
        Command::Inspect => inspect::inspect(),
        Command::NewRule {
            family,
            id,
            applies,
        } => new_rule::run(&family, &id, applies),
        Command::Notes { tag, digests } => package::print_notes(&tag, digests),
        Command::Upstream { source, record } => match record {
            Some(version) => upstream::record(version, source),
            None => upstream::print_differences(source),
        },
        Command::Packages { archives } => packages::write(&archives),
        Command::Update { check } => update::run(check),
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
            // A command stands in backticks, or at the beginning of a line.
            let places = text.split('`').chain(text.lines());
            for command in places.filter(|place| place.starts_with("cargo xtask ")) {
                let command = command.split(['`', '#', '>']).next().unwrap_or_default();
                if let Err(error) = Command::try_parse_from(command.split_whitespace().skip(1)) {
                    panic!("{}: {command}: {error}", file.display());
                }
                seen += 1;
            }
        }
        assert!(seen >= 3, "{seen} commands");
    }
}
