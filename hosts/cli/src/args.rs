//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use rayjob_policy_core::kind::{Kind, Kinds};
use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;

/// Validates RayJobs, RayCronJobs, RayClusters and RayServices as the KubeRay
/// operator would, before they are stored.
#[derive(Debug, Parser)]
#[command(name = "rayjob-policy", version, arg_required_else_help = true)]
pub struct Args {
    /// When to use colours. NO_COLOR is also honoured.
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
    /// Explains a rule: when it applies, why, and what to do, with examples. Explains
    /// the RayJobs of a file, or an entrypoint: what each shell makes of it.
    Explain {
        /// Rule ID, such as interactive-backoff, or a file with RayJobs. - is stdin.
        #[arg(
            required_unless_present = "entrypoint",
            value_name = "RULE|FILE",
            value_hint = ValueHint::FilePath,
        )]
        rule: Option<String>,
        /// Entrypoint to explain instead of a rule.
        #[arg(
            long,
            value_name = "TEXT",
            conflicts_with_all = ["rule", "kuberay"],
            allow_hyphen_values = true,
        )]
        entrypoint: Option<String>,
        /// Ray release that submits the entrypoint, such as 2.52.0. Without it, one up to
        /// 2.55 is assumed.
        #[arg(long, value_name = "RELEASE", requires = "entrypoint")]
        ray: Option<String>,
        /// Submission mode of the entrypoint.
        #[arg(long, default_value = "K8sJobMode", requires = "entrypoint", value_parser = mode)]
        mode: SubmissionMode,
        /// KubeRay release to simulate.
        #[arg(long, value_name = "RELEASE", value_parser = release)]
        kuberay: Option<Release>,
    },
    /// Lists all rules.
    Rules {
        /// Output format.
        #[arg(long, default_value = "text")]
        format: ListFormat,
    },
    /// Checks manifests in an editor: a language server on stdin and stdout.
    Lsp,
    /// Prints the rules as ValidatingAdmissionPolicies, for an API server without
    /// a webhook.
    AdmissionPolicy(AdmissionPolicy),
    /// Writes .rayjob-policy.yaml, the settings with which check judges the files in this
    /// folder and in those below it.
    Init {
        /// Operator to take the release and the feature gates from: its Deployment, as
        /// kubectl get deployment -o json prints it, or the values of its Helm chart. - is
        /// stdin.
        #[arg(value_name = "FILE")]
        operator: Option<PathBuf>,
        /// KubeRay release of the cluster, 1.3 to 1.7. Defaults to that of the operator, or
        /// without one to the newest.
        #[arg(long, value_name = "RELEASE", value_parser = release)]
        kuberay: Option<Release>,
    },
    /// Prints shell completions.
    Completions {
        /// Shell to print completions for.
        shell: Shell,
    },
}

const EXIT_CODES: &str = "\
Exit codes:
  0  no findings at or above --fail-on
  1  findings at or above --fail-on
  2  usage error, or a file or stdin that cannot be read. A file found in a
     directory is skipped instead if it is not YAML, or if it is not UTF-8 and
     does not mention ray.io. Also 2 if all files that name one of the four kinds
     were skipped
  3  with --require-rayjob: no RayJob or RayCronJob to check

A comment silences a rule on its own line, or on the next line if the comment
stands alone. The reason is required:
  backoffLimit: 2  # rayjob-policy: ignore[interactive-backoff] we run a fork";

#[derive(Debug, clap::Args)]
pub struct Check {
    /// Files, directories, or - for stdin. Directories are searched for *.yaml,
    /// *.yml and *.json; hidden and git-ignored files are skipped.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Policy settings: a settings file, or a ClusterAdmissionPolicy or
    /// AdmissionPolicy that contains them. Defaults to the nearest .rayjob-policy.yaml, in the
    /// folder of a file or above.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// KubeRay release of the cluster, 1.3 to 1.7, or auto: that of the operator in
    /// --cluster. Defaults to the release in the settings, or else to auto with --cluster, or
    /// else to the newest.
    #[arg(long, value_name = "RELEASE", value_parser = kuberay)]
    pub kuberay: Option<KubeRay>,
    /// Objects of the cluster, as kubectl get -o json prints them. The checked objects are
    /// judged against them too: what they need in the cluster, and what is in their way
    /// there. - is stdin. Can be repeated.
    #[arg(long, value_name = "FILE", conflicts_with = "upgrade_from")]
    pub cluster: Vec<PathBuf>,
    /// Namespace of the objects that name none. Defaults to the only namespace in --cluster.
    #[arg(short, long, value_name = "NAME", requires = "cluster")]
    pub namespace: Option<String>,
    /// Shows only what upgrading the operator from this release changes: what
    /// would start to be denied, and what would start to behave differently.
    #[arg(
        long,
        value_name = "RELEASE",
        value_parser = release,
        conflicts_with_all = ["fix", "diff", "stored"],
    )]
    pub upgrade_from: Option<Release>,
    /// Stored objects, such as the output of kubectl get -o yaml. A checked
    /// object that is among them is judged as an UPDATE.
    #[arg(long, value_name = "FILE")]
    pub stored: Option<PathBuf>,
    /// Format of the report on stdout.
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// Also writes a report to a file, such as sarif=report.sarif. Can be repeated.
    #[arg(long, value_name = "FORMAT=FILE")]
    pub output: Vec<Output>,
    /// Applies safe fixes to the files. With RULE, applies the first fix of that
    /// rule to its findings instead.
    #[arg(
        long,
        value_name = "RULE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
    )]
    pub fix: Option<String>,
    /// Prints what --fix would change, without changing any file.
    #[arg(long)]
    pub diff: bool,
    /// Lowest level of a finding that makes the exit code 1.
    #[arg(long, default_value = "deny", value_name = "LEVEL")]
    pub fail_on: FailOn,
    /// Exits with code 3 if there is no RayJob or RayCronJob to check, even if there are
    /// other objects.
    #[arg(long)]
    pub require_rayjob: bool,
    /// Treats named files like files found in directories: a file that is not
    /// YAML, such as a Helm template, is skipped.
    #[arg(long)]
    pub lenient: bool,
}

#[derive(Debug, clap::Args)]
pub struct AdmissionPolicy {
    /// Policy settings: a settings file, or a ClusterAdmissionPolicy or
    /// AdmissionPolicy that contains them.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// KubeRay release of the cluster, 1.3 to 1.7. Defaults to the release in
    /// --settings, or else to the newest.
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    pub kuberay: Option<Release>,
    /// What the names of the policies and bindings begin with.
    #[arg(long, value_name = "NAME", default_value = rayjob_policy_admission::DEFAULT_NAME)]
    pub name: String,
    /// Kind of objects to check: RayJob, RayCronJob, RayCluster or RayService. Can be
    /// repeated. Defaults to all kinds that the release has.
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    pub kinds: Vec<Kind>,
}

/// The release to judge for.
#[derive(Clone, Copy, Debug)]
pub enum KubeRay {
    /// That of the operator in the cluster.
    Auto,
    /// This one.
    Release(Release),
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with source lines.
    Text,
    /// For programs.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For GitHub: workflow annotations.
    Github,
    /// For GitLab: a Code Quality report.
    Gitlab,
    /// For Jenkins and others: a JUnit report, with a test case for each object.
    Junit,
}

/// The format of a list.
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
            .ok_or("expected FORMAT=FILE, such as sarif=report.sarif")?;
        Ok(Self {
            format: Format::from_str(format, false).map_err(|_| {
                let known = "text, json, sarif, github, gitlab or junit";
                format!("unknown format {format:?}; use {known}")
            })?,
            file: file.into(),
        })
    }
}

/// The lowest level of a finding that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Findings that the policy would deny.
    Deny,
    /// Also findings that the policy would warn about.
    Warn,
    /// No findings.
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
    /// Only on a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Applies the choice to all output.
    pub fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

fn mode(text: &str) -> Result<SubmissionMode, String> {
    SubmissionMode::parse(text)
        .filter(|mode| *mode != SubmissionMode::Interactive)
        .ok_or_else(|| "use K8sJobMode, SidecarMode or HTTPMode".into())
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::named(text).ok_or_else(|| format!("unknown kind; use one of {}", Kinds::ALL))
}

fn kuberay(text: &str) -> Result<KubeRay, String> {
    match text {
        "auto" => Ok(KubeRay::Auto),
        text => release(text).map(KubeRay::Release),
    }
}

fn release(text: &str) -> Result<Release, String> {
    let [oldest, .., newest] = Release::ALL;
    Release::parse(text)
        .ok_or_else(|| format!("unknown KubeRay release; use one from {oldest} to {newest}"))
}
