//! The command line.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use rayjob_rules::release::Release;
use rayjob_rules::rule::Level;

const EXIT_CODES: &str = "\
Exit codes:
  0  no finding at or above --fail-on
  1  such findings
  2  wrong usage, or something named or found that cannot be read
  3  with --require-rayjob: there was no RayJob and no RayCronJob";

/// Checks RayJobs and RayCronJobs in files as KubeRay would.
#[derive(Debug, Parser)]
#[command(name = "rayjob-policy", version, after_help = EXIT_CODES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check manifests, AdmissionReviews and AdmissionRequests
    Check(Check),
    /// Explain a rule
    Explain {
        /// Its id, such as interactive-backoff
        rule: String,
    },
    /// List the rules
    Rules,
}

#[derive(Debug, Group)]
#[command(after_help = EXIT_CODES)]
pub struct Check {
    /// Files, directories (honouring .gitignore), or - for the standard input
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// How to write what was found
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// The policy's settings, as JSON
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// The operator's release, such as 1.7, where there are no settings
    #[arg(long, value_name = "RELEASE", value_parser = release, conflicts_with = "settings")]
    pub kuberay: Option<Release>,
    /// The least level that fails the check
    #[arg(long, value_name = "LEVEL", default_value = "deny", value_parser = level)]
    pub fail_on: Level,
    /// Fail if there is nothing to check
    #[arg(long)]
    pub require_rayjob: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For people: a line for each finding
    Text,
    /// JSON, version 1
    Json,
}

fn release(text: &str) -> Result<Release, String> {
    let [oldest, .., newest] = Release::ALL;
    Release::parse(text).ok_or_else(|| format!("write a release from {oldest} to {newest}"))
}

fn level(text: &str) -> Result<Level, &'static str> {
    match text {
        "warn" => Ok(Level::Warn),
        "deny" => Ok(Level::Deny),
        _ => Err("write warn or deny"),
    }
}
