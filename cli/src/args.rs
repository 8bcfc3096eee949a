//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use rayjob_rules::release::Release;
use rayjob_rules::rule::Level;

/// Judges RayJobs and RayCronJobs as the KubeRay operator would, before they
/// are stored.
#[derive(Debug, Parser)]
#[command(name = "rayjob-policy", version, arg_required_else_help = true)]
pub struct Args {
    /// When to use colours; NO_COLOR is honoured too.
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<Color>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks manifests.
    #[command(after_help = EXIT_CODES)]
    Check(Box<Check>),
    /// Explains a rule: when it finds something, why, what to do, with examples.
    Explain {
        /// The id of the rule, such as interactive-backoff.
        rule: String,
        /// The KubeRay release whose doings are shown.
        #[arg(long, value_name = "RELEASE", value_parser = release)]
        kuberay: Option<Release>,
    },
    /// Lists all rules.
    Rules {
        /// How to print them.
        #[arg(long, default_value = "text")]
        format: ListFormat,
    },
    /// Prints the completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

const EXIT_CODES: &str = "\
Exit codes:
  0  no finding at or above --fail-on
  1  such findings
  2  wrong usage, or a file or stdin that cannot be read; of the files found in a
     directory, what is no YAML, or is not UTF-8 and does not mention ray.io, is
     skipped instead; also if all of those that name a RayJob were skipped
  3  with --require-rayjob: there was nothing to check

A comment silences the findings of a rule on its line, or on the line below if
it has a line to itself; the reason is required:
  backoffLimit: 2  # rayjob-policy: ignore[interactive-backoff] we run a fork";

#[derive(Debug, clap::Args)]
pub struct Check {
    /// Files, directories, or - for stdin. Of a directory the files that end in
    /// .yaml, .yml and .json are checked, but for what .gitignore names and what
    /// is hidden.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The settings of the policy: a file with settings, or a
    /// ClusterAdmissionPolicy or AdmissionPolicy with them.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// The KubeRay release of the cluster, 1.3 to 1.7; the newest if neither
    /// this nor --settings says otherwise.
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    pub kuberay: Option<Release>,
    /// Shows only what an upgrade of the operator from this release changes:
    /// what would begin to be refused, and what would begin to behave otherwise.
    #[arg(long, value_name = "RELEASE", value_parser = release, conflicts_with_all = ["fix", "diff", "stored"])]
    pub upgrade_from: Option<Release>,
    /// The objects as they are stored, such as the output of kubectl get -o
    /// yaml: those that are among them are judged as updates.
    #[arg(long, value_name = "FILE")]
    pub stored: Option<PathBuf>,
    /// What to print.
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// Writes a file too, such as sarif=report.sarif; may be given repeatedly.
    #[arg(long, value_name = "FORMAT=FILE")]
    pub output: Vec<Output>,
    /// Mends the files where a fix is safe; with a rule, where the rule finds
    /// something, by its first fix.
    #[arg(long, value_name = "RULE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub fix: Option<String>,
    /// Shows what --fix would change, and changes nothing.
    #[arg(long)]
    pub diff: bool,
    /// The level from which on findings make the exit code 1.
    #[arg(long, default_value = "deny", value_name = "LEVEL")]
    pub fail_on: FailOn,
    /// Makes the exit code 3 if there is no RayJob or RayCronJob to check.
    #[arg(long)]
    pub require_rayjob: bool,
    /// Treats files that are named like those found in directories: what is no
    /// YAML, such as a Helm template, is skipped.
    #[arg(long)]
    pub lenient: bool,
}

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with the lines of the source.
    Text,
    /// For programs.
    Json,
    /// For code scanning, SARIF 2.1.0.
    Sarif,
    /// For GitHub, as annotations of a workflow.
    Github,
}

/// A format of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A report that is written to a file.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its format.
    pub format: Format,
    /// The file.
    pub file: PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text
            .split_once('=')
            .filter(|(_, file)| !file.is_empty())
            .ok_or("write a format and a file, such as sarif=report.sarif")?;
        Ok(Self {
            format: Format::from_str(format, false).map_err(|_| {
                format!("{format:?} is not a format; write text, json, sarif or github")
            })?,
            file: file.into(),
        })
    }
}

/// From which level on findings count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// What the policy would deny.
    Deny,
    /// What it would warn of, too.
    Warn,
    /// Nothing.
    Never,
}

impl FailOn {
    /// The mildest level that counts.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Deny => Some(Level::Deny),
            Self::Warn => Some(Level::Warn),
            Self::Never => None,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

impl Color {
    /// Makes it so.
    pub fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

fn release(text: &str) -> Result<Release, String> {
    let [oldest, .., newest] = Release::ALL;
    Release::parse(text)
        .ok_or_else(|| format!("not a known KubeRay release; write one from {oldest} to {newest}"))
}
