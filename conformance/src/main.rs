//! Compares the policy with KubeRay: `cargo conformance --help`.

mod answer;
mod children_compare;
mod compare;
mod entrypoints;
mod file;
mod fresh;
mod generate;
mod lives;
mod minimise;
mod oracle;
mod outcome;
mod page;
mod policed;
mod program;
mod ray;
mod record;
mod recorded;
mod tally;
mod verdicts;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use rayjob_policy_conformance::case;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_testkit::project;

use answer::Policy;

/// Compares the policy with KubeRay.
#[derive(Parser)]
#[command(name = "cargo conformance", bin_name = "cargo conformance")]
enum Command {
    /// Compares the policy with recorded answers of KubeRay's validators.
    Recorded {
        /// Recorded answers instead of the project's own.
        file: Option<PathBuf>,
        /// Asks the module that `cargo xtask build` wrote, not the core.
        #[arg(long)]
        wasm: bool,
        /// Writes the tables in `docs/conformance.md`.
        #[arg(long, conflicts_with = "wasm")]
        update: bool,
    },
    /// Compares the policy with KubeRay's own code on new objects. Needs Go.
    Fresh {
        /// How many objects for each release.
        #[arg(value_name = "N", default_value_t = 20_000)]
        count: usize,
        /// How many others for each release, about the children that KubeRay makes of them.
        #[arg(long, value_name = "N", default_value_t = 5_000)]
        children: usize,
        /// Another seed generates other objects.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only this release of KubeRay, such as 1.6.
        #[arg(long, value_name = "RELEASE", value_parser = release)]
        kuberay: Option<Release>,
        /// Only objects of this kind, such as RayCluster.
        #[arg(long, value_parser = kind)]
        kind: Option<Kind>,
        /// Asks the module that `cargo xtask build` wrote, not the core.
        #[arg(long)]
        wasm: bool,
    },
    /// Asks KubeRay's own code about an object and adds the object and the answers
    /// to the recorded ones. Needs Go.
    Record {
        /// An object of a judged kind in JSON, complete, as a user would write it.
        object: PathBuf,
        /// Adds it only if some release refuses it for this rule.
        #[arg(long, value_name = "ID")]
        rule: Option<String>,
        /// A feature gate of the operator that is not at its default, such as
        /// RayJobDeletionPolicy=true. Repeat it for several gates.
        #[arg(long = "gate", value_name = "NAME=BOOLEAN", value_parser = gate)]
        gates: Vec<(Gate, bool)>,
    },
    /// Asks KubeRay's own code about new objects and adds the objects and the answers to the
    /// recorded ones. Needs Go.
    RecordFresh {
        /// The kind of the objects, such as RayCluster.
        #[arg(long, value_parser = kind)]
        kind: Kind,
        /// How many objects for each release.
        #[arg(value_name = "N")]
        count: usize,
        /// Another seed generates other objects.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Compares the rules about entrypoints with bash, /bin/sh and both joins of Ray, on
    /// new entrypoints, and runs the advice. Needs bash, dash and Python.
    Entrypoints {
        /// How many entrypoints.
        #[arg(value_name = "N", default_value_t = 1000)]
        count: usize,
        /// Another seed generates other entrypoints.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Compares the rules about runtime environments with Ray's own code, on new runtime
    /// environments. Needs the releases of Ray that `make e2e-ray` installs.
    Ray {
        /// How many runtime environments.
        #[arg(value_name = "N", default_value_t = 2000)]
        count: usize,
        /// Another seed generates other runtime environments.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Compares the lifecycle model with recorded lives of RayJobs.
    Lives {
        /// Recorded lives instead of the project's own.
        file: Option<PathBuf>,
    },
    /// Plays lives of RayJobs on KubeRay's own controllers, without the policy and with it in
    /// front of the API server: the recorded scenarios, and new ones. Needs Go.
    Policed {
        /// How many new scenarios for each release.
        #[arg(value_name = "N", default_value_t = 100)]
        count: usize,
        /// Another seed generates other scenarios.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only this release of KubeRay, such as 1.6.
        #[arg(long, value_name = "RELEASE", value_parser = release)]
        kuberay: Option<Release>,
    },
    /// Answers AdmissionRequests, one `{request, settings}` a line, with one AdmissionResponse a
    /// line.
    Admit,
    /// Reads objects, one JSON object `{object, oldObject}` a line, and prints
    /// the policy's verdict on each.
    Verdicts {
        /// The release of the operator.
        #[arg(
            long,
            value_name = "RELEASE",
            default_value = Release::LATEST.as_str(),
            value_parser = release,
        )]
        kuberay: Release,
        /// Asks only the rules about the children that KubeRay makes, as for files.
        #[arg(long)]
        children: bool,
    },
    /// Prints recorded objects that a release accepts, with the children that KubeRay makes of
    /// them, one JSON object `{object, children}` a line. Needs Go.
    Children {
        /// The release of the operator.
        #[arg(long, value_name = "RELEASE", default_value = Release::LATEST.as_str(), value_parser = release)]
        kuberay: Release,
    },
    /// Prints the examples of the catalogue for a release, one JSON object
    /// `{object, oldObject}` a line.
    Examples {
        /// The release of the operator.
        #[arg(
            long,
            value_name = "RELEASE",
            default_value = Release::LATEST.as_str(),
            value_parser = release,
        )]
        kuberay: Release,
    },
}

fn release(text: &str) -> Result<Release> {
    Release::parse(text).context("no known release of KubeRay")
}

/// The releases that are asked: all, or only one.
fn releases(only: Option<Release>) -> Vec<Release> {
    only.map_or(Release::ALL.to_vec(), |one| vec![one])
}

fn kind(text: &str) -> Result<Kind> {
    Kind::named(text).context("no judged kind of objects")
}

fn gate(text: &str) -> Result<(Gate, bool)> {
    let (name, on) = text
        .split_once('=')
        .context("expected NAME=true or NAME=false")?;
    let gate = Gate::named(name).context("no known feature gate of KubeRay")?;
    Ok((gate, on.parse().context("expected true or false")?))
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Recorded { file, wasm, update } => {
            let file = file.unwrap_or_else(|| project(case::FILE));
            recorded::run(Policy::new(wasm)?, &file, update)
        }
        Command::Fresh {
            count,
            children,
            seed,
            kuberay,
            kind,
            wasm,
        } => {
            let policy = Policy::new(wasm)?;
            fresh::run(policy, &releases(kuberay), kind, count, children, seed)
        }
        Command::Record {
            object,
            rule,
            gates,
        } => record::run(&object, rule.as_deref(), &gates),
        Command::RecordFresh { kind, count, seed } => record::run_fresh(kind, count, seed),
        Command::Ray { count, seed } => ray::run(count, seed),
        Command::Entrypoints { count, seed } => entrypoints::run(count, seed),
        Command::Lives { file } => lives::run(&file.unwrap_or_else(|| project(lives::FILE))),
        Command::Policed {
            count,
            seed,
            kuberay,
        } => policed::run(&releases(kuberay), count, seed),
        Command::Admit => policed::admit(),
        Command::Verdicts { kuberay, children } => verdicts::print(kuberay, children),
        Command::Children { kuberay } => children_compare::print(kuberay),
        Command::Examples { kuberay } => verdicts::print_examples(kuberay),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::{Command, project};

    #[test]
    fn documented_commands_are_commands() {
        let folders = ["", "docs", "conformance/recorded", "conformance/oracle"];
        let files = folders
            .iter()
            .flat_map(|folder| fs::read_dir(project(folder)).expect("a folder"));
        let files = files.map(|entry| entry.expect("an entry").path());
        let mut seen = 0;
        for file in files.filter(|file| file.extension().is_some_and(|name| name == "md")) {
            let text = fs::read_to_string(&file).expect("a document");
            // A command stands in backticks, or at the beginning of a line.
            let places = text.split('`').chain(text.lines());
            for command in places.filter(|place| place.starts_with("cargo conformance ")) {
                let command = command.split(['`', '#', '>']).next().unwrap_or_default();
                if let Err(error) = Command::try_parse_from(command.split_whitespace().skip(1)) {
                    panic!("{}: {command}: {error}", file.display());
                }
                seen += 1;
            }
        }
        assert!(seen >= 6, "{seen} commands");
    }
}
