//! What the project needs beside its programs: `cargo xtask --help`.

mod bench_files;
mod browser;
mod build;
mod bundle;
mod cel;
mod conformance;
mod deploy;
mod docs;
mod generate;
mod inspect;
mod metadata;
mod module;
mod optimise;
mod project;
mod verdicts;
mod walks;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use rayjob_rules::release::Release;

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
    /// Writes `docs/rules.md` from the catalogue of rules.
    Docs {
        /// Only says whether it is up to date.
        #[arg(long)]
        check: bool,
    },
    /// Compares the policy with what KubeRay's validators answer.
    Conformance(conformance::Comparison),
    /// Measures how fast the command line checks files.
    BenchFiles {
        /// How many files.
        #[arg(default_value_t = 10_000)]
        files: usize,
    },
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
    Walks {
        /// Recorded lives, such as `tests/conformance/walks.jsonl.gz`.
        file: PathBuf,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::BenchFiles { files } => bench_files::run(files),
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
        Command::Verdicts { kuberay } => verdicts::print(&kuberay),
        Command::Examples { kuberay } => verdicts::print_examples(&kuberay),
        Command::Walks { file } => walks::run(&file),
    }
}
