//! What the project needs beside its programs: `cargo xtask --help`.

mod build;
mod inspect;
mod metadata;
mod module;
mod project;

use anyhow::Result;
use clap::Parser;

/// Builds and inspects the modules, writes the documents, compares with KubeRay.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Builds the Kubewarden module into `dist/`, plain and annotated.
    Build,
    /// Checks what `build` made: imports, exports, size, memory, metadata.
    Inspect,
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Build => build::build(),
        Command::Inspect => inspect::inspect(),
    }
}
