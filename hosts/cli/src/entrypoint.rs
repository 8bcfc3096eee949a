//! `rayjob-policy explain` of an entrypoint: what each shell makes of it.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use rayjob_policy_core::admit;
use rayjob_policy_core::crd::Schema;
use rayjob_policy_core::entrypoint::{EntrypointTrace, SUBMITTER_VARIABLES};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::syntax::ray_version::RayVersion;
use rayjob_policy_core::syntax::shell::entrypoint::Submission;
use rayjob_policy_core::syntax::shell::join::Join;
use rayjob_policy_core::syntax::shell::steps::{Step, steps};
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_manifest::{Document, Options, Source, check};
use serde_json::json;

use crate::input;
use crate::{explain, report};

/// Explains what becomes of an entrypoint with a release of Ray.
///
/// # Errors
/// If the release is none, or the output cannot be written.
pub fn run(entrypoint: &str, ray: Option<&str>, mode: SubmissionMode) -> Result<()> {
    let version = match ray {
        None => None,
        Some(text) => {
            let version = RayVersion::parse(text);
            Some(version.with_context(|| format!("--ray {text} is no release such as 2.52.0"))?)
        }
    };
    let submission = Submission {
        mode,
        join: Join::of(version),
        has_variable: &|name| SUBMITTER_VARIABLES.contains(&name),
    };
    let mut text = String::new();
    let verdict = judge(entrypoint, ray, mode);
    write_steps(&mut text, &steps(entrypoint, &submission), version)?;
    write_findings(&mut text, &verdict, "spec.entrypoint")?;
    write!(anstream::stdout(), "{text}")?;
    Ok(())
}

/// Explains what becomes of the entrypoints of the jobs in a file, and how the jobs end.
///
/// # Errors
/// If the file cannot be read or has no job, or the output cannot be written.
pub fn run_file(path: &Path, kuberay: Option<Release>) -> Result<()> {
    let name = report::name(path);
    let text = input::read(path).map_err(|problem| anyhow!("{name}: {problem}"))?;
    let settings = kuberay.map(Settings::for_release);
    let options = Options {
        settings,
        ..Options::default()
    };
    let checked = check(&Source::new(&text), &options);
    if let Some(problem) = checked.problems.first() {
        let (start, message) = (problem.span.start, &problem.message);
        bail!(
            "{name}:{}:{}: cannot be read: {message}",
            start.line,
            start.column
        );
    }
    let release = kuberay.unwrap_or(Release::LATEST);
    let mut text = String::new();
    let documents = checked.documents.iter();
    for document in documents.filter(|it| report::may_have_job(it)) {
        if !text.is_empty() {
            text.push('\n');
        }
        write!(text, "{name}:{}: ", document.span.start.line)?;
        write_document(&mut text, document, release)?;
    }
    if text.is_empty() {
        bail!(
            "{name}: no RayJob or RayCronJob; explain simulates jobs, so use rayjob-policy check \
             for other kinds"
        );
    }
    write!(anstream::stdout(), "{text}")?;
    Ok(())
}

fn write_document(text: &mut String, document: &Document, release: Release) -> Result<()> {
    let kind = Kind::named(document.kind).context("an object of another kind")?;
    // KubeRay reads the object with the defaults of its CRDs.
    let object = Schema::stored(release, &document.object);
    write!(text, "{} {}", document.kind, document.name)?;
    let trace = EntrypointTrace::of(kind, object.to_string().as_bytes(), release);
    match trace.map_err(|error| anyhow!("{error}"))? {
        None => text.push_str(": KubeRay submits no entrypoint.\n"),
        Some(trace) => {
            let ray = match trace.ray {
                Some(ray) => format!("Ray {ray}"),
                None => "no image tag or rayVersion names the Ray release".into(),
            };
            writeln!(text, ", {}, {ray}\n", trace.mode.as_str())?;
            write_steps(text, &trace.steps, trace.ray)?;
            let path = format!("{}.entrypoint", kind.job_path());
            write_findings(text, &document.verdict, &path)?;
        }
    }
    if kind == Kind::RayJob {
        text.push_str(&explain::life(object, release)?);
    }
    Ok(())
}

/// What each reader makes of an entrypoint.
fn write_steps(text: &mut String, steps: &[Step], version: Option<RayVersion>) -> Result<()> {
    steps
        .iter()
        .try_for_each(|step| write_step(text, step, version))
}

fn write_step(text: &mut String, step: &Step, version: Option<RayVersion>) -> Result<()> {
    writeln!(text, "{}:", step.reader.title(version))?;
    for line in step.text.iter().flat_map(|text| text.lines()) {
        writeln!(text, "    {line}")?;
    }
    for (index, (word, note)) in step.words.iter().enumerate() {
        let note = note.map_or_else(String::new, |note| format!("  ({note})"));
        writeln!(
            text,
            "  {:>2}  {}{note}",
            index + 1,
            word.replace('\n', "\n      ")
        )?;
    }
    if let Some(error) = &step.error {
        writeln!(
            text,
            "It stops with an error at:\n    {}",
            error.replace('\n', "\n    ")
        )?;
    } else if let Some(rest) = &step.rest {
        writeln!(
            text,
            "It acts itself on:\n    {}",
            rest.replace('\n', "\n    ")
        )?;
    }
    text.push('\n');
    Ok(())
}

/// What the policy says about a job with this entrypoint, but for its other fields.
fn judge(entrypoint: &str, ray: Option<&str>, mode: SubmissionMode) -> Verdict {
    let tag = ray.unwrap_or("latest");
    let container = json!({"name": "ray-head", "image": format!("rayproject/ray:{tag}")});
    let object = json!({
        "apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "job"},
        "spec": {"entrypoint": entrypoint, "submissionMode": mode.as_str(), "rayClusterSpec": {
            "rayVersion": ray.unwrap_or_default(), "headGroupSpec": {"template": {"spec": {
                "containers": [container]}}}}},
    });
    admit::judge(object.to_string().as_bytes(), None, &Settings::default())
}

/// The findings about the field at a path.
fn write_findings(text: &mut String, verdict: &Verdict, path: &str) -> Result<()> {
    let mut arrives = true;
    for graded in &verdict.findings {
        if graded.finding.path.to_string() == path {
            arrives = false;
            writeln!(text, "{}: {}", graded.level.as_str(), graded.finding)?;
        }
    }
    if arrives {
        text.push_str("It arrives as it is written.\n");
    }
    Ok(())
}
