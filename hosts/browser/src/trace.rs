//! Simulates the lifecycle of a RayJob.

use rayjob_policy_core::crd::Schema;
use rayjob_policy_core::json;
use rayjob_policy_core::lifecycle::{self, Ending, Obstacle, Scenario};
use rayjob_policy_core::rayjob::RayJob;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::retries::RetryLimits;
use rayjob_policy_manifest::settings;
use serde::Serialize;
use serde_json::{Value, json};

use crate::job;
use crate::options::SimulationOptions;

/// A lifecycle, attempt by attempt.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    attempts: Vec<Vec<Step>>,
    ending: Ending,
    /// The ending in words.
    says: String,
    clusters: u32,
    submitters: usize,
    started: usize,
    idle: bool,
    /// What KubeRay tries forever, as soon as it comes to it.
    obstacles: Vec<Obstacle>,
    allowed: Allowed,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    #[serde(flatten)]
    step: lifecycle::Step,
    keeps_job_id: bool,
}

/// What the two retry limits allow.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Allowed {
    retries: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<i32>,
    attempts: i64,
    pods: i64,
    /// Whether the job runs on an existing RayCluster.
    selects_cluster: bool,
}

/// Simulates a RayJob, or a job that a RayCronJob would create.
///
/// # Errors
/// If something cannot be read.
pub fn simulate(
    object: &Value,
    release: Release,
    options: &SimulationOptions,
) -> Result<Trace, String> {
    if !job::has_job(object) {
        return Err("the object describes no job".into());
    }
    let job = job_of(&Schema::stored(release, object));
    let mut scenario = Scenario::new(job.clone(), release).map_err(|error| error.to_string())?;
    let settings = settings::read(&options.settings, Some(release));
    if let Some(settings) = settings.map_err(|errors| errors.join("; "))? {
        scenario.gates = settings.gates;
    }
    scenario.outcomes.clone_from(&options.outcomes);
    scenario.give_up.clone_from(&options.give_up);
    scenario.late_workers = options.late_workers;
    scenario.events.clone_from(&options.events);
    let trace = match options.unchecked {
        true => lifecycle::simulate_with(&scenario, &|_| None),
        false => lifecycle::simulate(&scenario),
    };
    let attempts = trace.attempts().map(|steps| {
        let steps = steps.iter().map(|step| Step {
            keeps_job_id: step.keeps_job_id(),
            step: step.clone(),
        });
        steps.collect()
    });
    Ok(Trace {
        attempts: attempts.collect(),
        says: trace.ending.to_string(),
        ending: trace.ending,
        clusters: trace.clusters,
        submitters: trace.submitters,
        started: trace.started,
        idle: trace.idle,
        obstacles: trace.obstacles,
        allowed: allowed(&job)?,
    })
}

fn allowed(job: &Value) -> Result<Allowed, String> {
    let text = job.to_string();
    let job: RayJob<'_> = json::read(text.as_bytes()).map_err(|error| error.to_string())?;
    let attempts = RetryLimits::of(&job.spec);
    Ok(Allowed {
        retries: attempts.retries,
        repeats: attempts.repeats,
        attempts: attempts.attempts(),
        pods: attempts.pods(),
        selects_cluster: job.spec.selects_cluster(),
    })
}

/// The RayJob itself, or the first one of a RayCronJob, as the API server stores it.
fn job_of(object: &Value) -> Value {
    json!({"metadata": object["metadata"], "spec": job::spec(object)})
}
