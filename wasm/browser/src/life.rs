//! The life of a RayJob.

use rayjob_manifest::settings;
use rayjob_rules::attempts::Attempts;
use rayjob_rules::json;
use rayjob_rules::lifecycle::{self, Act, Ending, Event, JobStatus, Scenario, State};
use rayjob_rules::rayjob::RayJob;
use rayjob_rules::release::Release;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::job;

/// What happens to a RayJob.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Happenings {
    /// How the n-th application ends: `SUCCEEDED`, `FAILED`, `STOPPED`, or
    /// `RUNNING` if it does not.
    outcomes: Vec<String>,
    /// Whether the n-th batch Job gives up without submitting.
    give_up: Vec<bool>,
    /// What users and the clock do.
    events: Vec<Happening>,
    /// Leaves out the controller's own validation.
    unchecked: bool,
    /// The settings of the policy, for the feature gates.
    settings: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Happening {
    when: String,
    nth: usize,
    act: Act,
}

/// A life, attempt by attempt.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Life {
    attempts: Vec<Vec<Step>>,
    ending: Ending,
    /// The ending in words.
    says: String,
    clusters: u32,
    submitters: usize,
    started: usize,
    idle: bool,
    allowed: Allowed,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    #[serde(flatten)]
    step: lifecycle::Step,
    keeps_job_id: bool,
}

/// What the two limits of retries allow.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Allowed {
    retries: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<i32>,
    attempts: i64,
    pods: i64,
    /// Whether the job runs on a RayCluster that is there already.
    selects_cluster: bool,
}

/// Lets a RayJob live, or a job that a RayCronJob would make.
///
/// # Errors
/// If something cannot be read.
pub fn live(object: &Value, release: Release, happenings: &Happenings) -> Result<Life, String> {
    let job = job_of(object);
    let mut scenario = Scenario::new(job.clone(), release).map_err(|fault| fault.to_string())?;
    let settings = settings::read(&happenings.settings, Some(release));
    if let Some(settings) = settings.map_err(|faults| faults.join("; "))? {
        scenario.gates = settings.gates;
    }
    let unknown = || "this is no state or status of a RayJob".to_owned();
    for outcome in &happenings.outcomes {
        scenario
            .outcomes
            .push(JobStatus::parse(outcome).ok_or_else(unknown)?);
    }
    scenario.give_up.clone_from(&happenings.give_up);
    for Happening { when, nth, act } in &happenings.events {
        scenario.events.push(Event {
            when: State::parse(when).ok_or_else(unknown)?,
            nth: *nth,
            act: act.clone(),
        });
    }
    let life = match happenings.unchecked {
        true => lifecycle::walk_judged(&scenario, &|_| None),
        false => lifecycle::walk(&scenario),
    };
    let attempts = life.attempts().map(|steps| {
        let steps = steps.iter().map(|step| Step {
            keeps_job_id: step.keeps_job_id(),
            step: step.clone(),
        });
        steps.collect()
    });
    Ok(Life {
        attempts: attempts.collect(),
        ending: life.ending,
        says: life.ending.to_string(),
        clusters: life.clusters,
        submitters: life.submitters,
        started: life.started,
        idle: life.idle,
        allowed: allowed(&job)?,
    })
}

fn allowed(job: &Value) -> Result<Allowed, String> {
    let text = job.to_string();
    let job: RayJob<'_> = json::read(text.as_bytes()).map_err(|fault| fault.to_string())?;
    let attempts = Attempts::of(&job.spec);
    Ok(Allowed {
        retries: attempts.retries,
        repeats: attempts.repeats,
        attempts: attempts.attempts(),
        pods: attempts.pods(),
        selects_cluster: job.spec.selects_cluster(),
    })
}

/// The RayJob itself, or the first one of a RayCronJob.
fn job_of(object: &Value) -> Value {
    json!({"metadata": object["metadata"], "spec": job::spec(object)})
}
