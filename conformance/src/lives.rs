//! `cargo conformance lives`: compares the lifecycle model with recorded lives of
//! RayJobs.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use rayjob_policy_core::kuberay::{JobDeploymentStatus, JobStatus};
use rayjob_policy_core::lifecycle::{self, Action, Event, Scenario};
use rayjob_policy_core::release::{Gate, Release};
use serde_json::{Value, json};

/// The project's recorded lives.
pub const FILE: &str = "conformance/recorded/lives.jsonl.gz";

/// How many of a hundred random lives may differ.
const TOLERATED: usize = 2;

/// What a recorded `timePasses` means, in seconds.
const HOUR: u32 = 3600;

/// Simulates [recorded] lives in every release, and prints where the model first differs
/// from what was recorded.
///
/// # Errors
/// If a named life differs, more than 2 % of the random ones (`life-*`) do, or
/// the file cannot be read.
pub fn run(file: &Path) -> Result<()> {
    let (mut named, mut random) = (Comparison::default(), Comparison::default());
    for line in recorded(file)? {
        let id = text(&line, "id");
        let differences = compare(&line).with_context(|| format!("life {id}"))?;
        for difference in &differences {
            println!("{id} {difference}");
        }
        let tally = if id.starts_with("life-") {
            &mut random
        } else {
            &mut named
        };
        tally.lives += 1;
        tally.different += usize::from(!differences.is_empty());
    }
    println!("named lives: {named}; random lives: {random}");
    if named.different > 0 || random.different * 100 > random.lives * TOLERATED {
        bail!("the lifecycle model differs from the real controllers");
    }
    Ok(())
}

/// Reads recorded lives, one JSON object a line. Unpacks a file whose name ends in `.gz`.
///
/// # Errors
/// If the file cannot be read.
pub fn recorded(file: &Path) -> Result<Vec<Value>> {
    let raw = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let reader: Box<dyn Read> = if file.extension().is_some_and(|end| end == "gz") {
        Box::new(MultiGzDecoder::new(raw))
    } else {
        Box::new(raw)
    };
    let lines = BufReader::new(reader).lines().enumerate();
    lines
        .map(|(index, line)| {
            serde_json::from_str(&line?).with_context(|| format!("line {} is not JSON", index + 1))
        })
        .collect()
}

/// How many lives were compared and differ.
#[derive(Default)]
struct Comparison {
    lives: usize,
    different: usize,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} differ", self.different, self.lives)
    }
}

/// Where the model differs, at most one place for each release.
fn compare(line: &Value) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    for release in Release::ALL {
        let recorded = &line["lives"][release.as_str()];
        if recorded.is_null() {
            continue;
        }
        let trace = lifecycle::simulate(&scenario(line, release)?);
        let simulated = serde_json::to_value(trace)?;
        if let Some(difference) = difference(recorded, &simulated) {
            differences.push(format!("in {release}: {difference}"));
        }
    }
    Ok(differences)
}

/// The scenario of a line in a release.
fn scenario(line: &Value, release: Release) -> Result<Scenario> {
    let scenario = Scenario::new(line["object"].clone(), release);
    let mut scenario = scenario.map_err(|error| anyhow::anyhow!("{error}"))?;
    for gate in Gate::ALL {
        if let Some(on) = line["gates"][gate.name()].as_bool() {
            scenario.gates.set(release, gate, on);
        }
    }
    for outcome in items(&line["outcomes"]) {
        let outcome = outcome.as_str().and_then(JobStatus::parse);
        scenario.outcomes.push(outcome.context("unknown outcome")?);
    }
    scenario.give_up = items(&line["submitter"])
        .map(|submitter| submitter == "fail")
        .collect();
    for recorded in items(&line["events"]) {
        scenario.events.push(event(recorded)?);
    }
    Ok(scenario)
}

fn event(recorded: &Value) -> Result<Event> {
    let value = || text(recorded, "value").to_owned();
    let action = match text(recorded, "do") {
        "submit" => Action::Submit(value()),
        "clearJobId" => Action::ClearJobId,
        "suspend" => Action::Suspend,
        "resume" => Action::Resume,
        "setMode" => Action::SetMode(value()),
        "fixBackoff" => Action::SetBackoffLimit(0),
        "breakBackoff" => Action::SetBackoffLimit(-1),
        "timePasses" => Action::TimePasses(HOUR),
        other => bail!("unknown event {other}"),
    };
    Ok(Event {
        when: JobDeploymentStatus::parse(text(recorded, "when")).context("unknown state")?,
        nth: recorded["nth"].as_u64().unwrap_or_default().try_into()?,
        action,
    })
}

/// The first difference between a recorded life and a simulated one.
fn difference(recorded: &Value, simulated: &Value) -> Option<String> {
    let (were, are) = (steps(recorded), steps(simulated));
    for index in 0..were.len().max(are.len()) {
        let (was, is) = (were.get(index), are.get(index));
        if was != is {
            let show = |step: Option<&Value>| step.map_or("the end".to_owned(), Value::to_string);
            let (was, is) = (show(was), show(is));
            return Some(format!("step {}: {is} instead of {was}", index + 1));
        }
    }
    // The recorded lives are of a fake client, which collects no garbage.
    let is_deleted = were.last().is_some_and(|step| step["state"] == "(deleted)");
    let counts = ["clusters", "submitters", "started", "idle", "panic"];
    counts.into_iter().find_map(|key| {
        let of = |trace: &Value| trace.get(key).cloned().unwrap_or(json!(false));
        let was = match key {
            "idle" if is_deleted => json!(false),
            _ => of(recorded),
        };
        let is = of(simulated);
        (was != is).then(|| format!("{key}: {is} instead of {was}"))
    })
}

/// The steps of a life, without what only one side has, and without those in
/// which then nothing changes.
fn steps(trace: &Value) -> Vec<Value> {
    let mut steps: Vec<_> = items(&trace["steps"]).cloned().collect();
    for step in steps.iter_mut().filter_map(Value::as_object_mut) {
        step.retain(|key, _| {
            !["error", "alive", "transition", "after", "refusedBy"].contains(&key.as_str())
        });
    }
    steps.dedup();
    steps
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text<'v>(object: &'v Value, key: &str) -> &'v str {
    object[key].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rayjob_policy_testkit::project;

    use super::{FILE, run};

    #[test]
    fn the_model_lives_as_kuberay_did() {
        run(&project(FILE)).expect("no difference");
    }
}
