//! Pictures of lives, in SVG.

use std::fmt::{Display, Write};

use anyhow::{Context, Error, Result};
use rayjob_policy_core::kuberay::{JobDeploymentStatus, JobStatus};
use rayjob_policy_core::lifecycle::{self, Action, Ending, Event, Scenario, Step, Trace};
use rayjob_policy_core::release::Release;
use serde_json::Value;

use crate::project;

/// An interactive job with `backoffLimit` 1 in a release that accepts it: its
/// application fails, and the user submits once.
///
/// # Errors
/// If the example cannot be read.
pub fn interactive() -> Result<String> {
    let trace = lifecycle::simulate(&interactive_in(Release::V1_3)?);
    draw(
        "An InteractiveMode job with backoffLimit 1, KubeRay 1.3",
        &trace,
    )
}

/// The same job in the hands of a release.
///
/// # Errors
/// If the example cannot be read.
pub fn interactive_in(release: Release) -> Result<Scenario> {
    let mut object = manifest("interactive-with-retry-script.yaml")?;
    object["spec"]["backoffLimit"] = 1.into();
    let mut scenario = Scenario::new(object, release).map_err(Error::msg)?;
    scenario.outcomes = vec![JobStatus::Failed];
    scenario.events = vec![Event {
        when: JobDeploymentStatus::Waiting,
        nth: 1,
        action: Action::Submit("explore-1".into()),
    }];
    Ok(scenario)
}

/// A job that KubeRay submits and retries: its application fails once.
///
/// # Errors
/// If the example cannot be read.
pub fn k8s_job() -> Result<String> {
    let object = manifest("k8s-job-with-retries.yaml")?;
    let mut scenario = Scenario::new(object, Release::LATEST).map_err(Error::msg)?;
    scenario.outcomes = vec![JobStatus::Failed, JobStatus::Succeeded];
    scenario.events = vec![Event {
        when: JobDeploymentStatus::Complete,
        nth: 1,
        action: Action::TimePasses(600),
    }];
    let trace = lifecycle::simulate(&scenario);
    draw("A K8sJobMode job with backoffLimit 2, KubeRay 1.7", &trace)
}

fn manifest(file: &str) -> Result<Value> {
    let text = project::read_text(&format!("examples/ways-out/{file}"))?;
    yaml_serde::from_str(&text).with_context(|| file.to_owned())
}

/// The width of a step.
const STEP: usize = 72;
/// Where the first step begins.
const LEFT: usize = 108;
const TOP: usize = 44;
const ROW: usize = 34;

/// What of a step a row shows; nothing if it is empty.
type Row = (&'static str, &'static str, fn(&Step) -> String);

const ROWS: [Row; 4] = [
    ("RayJob", "state", |step| match step.state {
        JobDeploymentStatus::New => "New".into(),
        state => state.as_str().into(),
    }),
    ("RayCluster", "cluster", |step| shown(step.alive.first())),
    ("application", "application", |step| {
        shown(step.job_status.map(JobStatus::as_str))
    }),
    ("spec.jobId", "id", |step| step.spec_job_id.clone()),
];

fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Draws a life as rows of bars, one step a column: what lasts is one bar.
fn draw(title: &str, trace: &Trace) -> Result<String> {
    let stuck = matches!(trace.ending, Ending::Idles { .. });
    let rows = ROWS
        .into_iter()
        .filter(|(_, _, show)| trace.steps.iter().any(|step| !show(step).is_empty()));
    let rows: Vec<_> = rows.collect();
    let width = LEFT + STEP * trace.steps.len() + 12;
    let height = TOP + ROW * rows.len() + 34;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<!-- Written by `cargo xtask update` from the lifecycle model. Do not edit. -->
<title>{title}: it {ending}</title>
<style>
text {{ font: 12px system-ui, sans-serif; fill: #1f2328 }}
.title {{ font-weight: 600; font-size: 14px }}
.bar {{ text-anchor: middle }}
rect {{ rx: 4px; stroke: #57606a }}
.paper {{ fill: #ffffff; stroke: #d0d7de }}
.state {{ fill: #ddf4ff }}
.cluster {{ fill: #dafbe1 }}
.application {{ fill: #fff8c5 }}
.id {{ fill: #eac7ff }}
.stuck {{ fill: #ffb3b8 }}
</style>
<rect class="paper" x="0.5" y="0.5" width="{}" height="{}"/>
<text class="title" x="12" y="26">{title}</text>
"##,
        width - 1,
        height - 1,
        ending = trace.ending,
    );
    for (row, (name, class, show)) in rows.into_iter().enumerate() {
        let y = TOP + ROW * row;
        writeln!(svg, r#"<text x="12" y="{}">{name}</text>"#, y + 17)?;
        let mut first = 0;
        for steps in trace.steps.chunk_by(|a, b| show(a) == show(b)) {
            let (x, text) = (LEFT + STEP * first, show(&steps[0]));
            first += steps.len();
            if text.is_empty() {
                continue;
            }
            let is_stuck = stuck && row == 0 && first == trace.steps.len();
            let class = if is_stuck { "stuck" } else { class };
            let bar = STEP * steps.len() - 4;
            writeln!(
                svg,
                r#"<rect class="{class}" x="{x}" y="{y}" width="{bar}" height="26"/><text class="bar" x="{}" y="{}">{text}</text>"#,
                x + bar / 2,
                y + 17,
            )?;
        }
    }
    let y = height - 14;
    writeln!(
        svg,
        r#"<text x="{LEFT}" y="{y}">It {}.</text>"#,
        trace.ending
    )?;
    svg.push_str("</svg>\n");
    Ok(svg)
}
