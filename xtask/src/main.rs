//! What the project needs beside its programs: `cargo xtask --help`.

mod browser;
mod build;
mod bundle;
mod deploy;
mod docs;
mod inspect;
mod metadata;
mod module;
mod optimise;
mod package;
mod project;

use anyhow::Result;
use clap::Parser;

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
    /// Writes the pages and pictures under `docs/` that follow from the
    /// catalogue of rules and the lifecycle model.
    Docs {
        /// Only says whether it is up to date.
        #[arg(long)]
        check: bool,
    },
    /// Writes the manifests under `deploy/` that follow from the catalogue.
    Deploy {
        /// Only says whether they are up to date.
        #[arg(long)]
        check: bool,
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
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Build => build::build(),
        Command::Browser => browser::build(),
        Command::Inspect => inspect::inspect(),
        Command::Docs { check } => docs::write(check),
        Command::Deploy { check } => deploy::write(check),
        Command::Notes { tag } => package::print_notes(&tag),
        Command::Package { check } => package::write(check),
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
