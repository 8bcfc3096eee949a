//! What the project needs beside its programs: `cargo xtask --help`.

mod build;
mod bundle;
mod conformance;
mod docs;
mod generate;
mod inspect;
mod metadata;
mod module;
mod optimise;
mod project;
mod walks;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// Builds and inspects the modules, writes the documents, compares with KubeRay.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Builds the modules into `dist/`: plain, annotated, and as a bundle.
    Build,
    /// Checks what `build` made: imports, exports, size, memory, metadata.
    Inspect,
    /// Writes `docs/rules.md` from the catalogue of rules.
    Docs {
        /// Only says whether it is up to date.
        #[arg(long)]
        check: bool,
    },
    /// Compares the policy with what KubeRay's validators answer.
    Conformance(conformance::Comparison),
    /// Compares the lifecycle model with lives that KubeRay's controllers played.
    Walks {
        /// Recorded lives, such as `tests/conformance/walks.jsonl.gz`.
        file: PathBuf,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Build => build::build(),
        Command::Inspect => inspect::inspect(),
        Command::Docs { check } => docs::write(check),
        Command::Conformance(what) => conformance::conform(&what),
        Command::Walks { file } => walks::run(&file),
    }
}
