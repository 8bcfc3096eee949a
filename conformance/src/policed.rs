//! `cargo conformance policed`: lives of RayJobs on KubeRay's own controllers, with the policy in
//! front of the API server.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::env::current_exe;
use std::fmt;
use std::io::{BufRead, Write, stdin, stdout};

use anyhow::{Context, Result, bail};
use rayjob_policy_core::admit::respond;
use rayjob_policy_core::crd;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::kuberay::JobDeploymentStatus;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::response::AdmissionResponse;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_testkit::project;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::generate::{Dice, Fresh, Generator};
use crate::lives;
use crate::oracle::{Oracle, life};
use crate::program::Program;

/// How many writes of a life may come before the policy is switched on. A life has about ten.
const LATEST: usize = 8;

/// Answers each line of the standard input, an envelope, with an AdmissionResponse.
///
/// # Errors
/// If a line cannot be read or an answer not written.
pub fn admit() -> Result<()> {
    let mut output = stdout().lock();
    for line in stdin().lock().lines() {
        let response = respond(line?.as_bytes(), &Settings::from_json);
        serde_json::to_writer(&mut output, &AdmissionResponse::of(&response))?;
        writeln!(output)?;
        output.flush()?;
    }
    Ok(())
}

/// Plays the recorded scenarios and `count` new ones in each release, without the policy and with
/// it, under several settings, from the creation on and from some later moment on.
///
/// # Errors
/// If a controller's write is denied, if a life ends worse than without the policy although each
/// rule has its own level, or if no release can be asked.
pub fn run(releases: &[Release], count: usize, seed: u64) -> Result<()> {
    if !Oracle::is_buildable() {
        println!("policed lives: skipped, because Go is not installed");
        return Ok(());
    }
    let policy = format!("{} admit", current_exe()?.display());
    let mut tally = Tally::default();
    for &release in releases {
        let mut program = match life(release) {
            Ok(mut command) => Program::start(command.args(["-policy", &policy]))?,
            Err(error) => {
                println!("KubeRay {release}: skipped, {error}");
                continue;
            }
        };
        let dice = Dice::new(seed);
        let recorded = lives::recorded(&project(lives::FILE))?.into_iter();
        let recorded = recorded.filter(|life| crd::stores(release, &life["object"]));
        let generator = Generator::of_kinds(seed, release, vec![Kind::RayJob])?;
        let fresh = generator.filter_map(|fresh| scenario(fresh, release, &dice));
        for scenario in recorded.chain(fresh.take(count)) {
            tally.play(&mut program, release, &scenario, &dice)?;
        }
        program.finish()?;
        println!("up to KubeRay {release}: {tally}");
    }
    if tally.lives == 0 || tally.bad > 0 {
        bail!(
            "the policy has broken {} of {} lives",
            tally.bad,
            tally.lives
        );
    }
    Ok(())
}

/// A scenario with an object that an API server stores, whatever the policy says of it.
fn scenario(fresh: Fresh, release: Release, dice: &Dice) -> Option<Value> {
    let Fresh { mut object, gates } = fresh;
    object["metadata"]["namespace"] = "default".into();
    object["metadata"]["name"]
        .as_str()
        .filter(|name| !name.is_empty())?;
    if !crd::stores(release, &object) {
        return None;
    }
    let outcomes: Vec<_> = (0..3)
        .map(|_| dice.of(&["SUCCEEDED", "FAILED", "STOPPED", "RUNNING"]))
        .collect();
    let submitter: Vec<_> = (0..2)
        .map(|_| if dice.one_in(5) { "fail" } else { "" })
        .collect();
    let events: Vec<_> = (0..dice.below(6)).map(|_| event(dice)).collect();
    Some(json!({
        "object": object, "gates": gates, "outcomes": outcomes, "submitter": submitter,
        "events": events,
    }))
}

/// What an author may do, at some moment.
fn event(dice: &Dice) -> Value {
    let states: Vec<_> = JobDeploymentStatus::written()
        .map(JobDeploymentStatus::as_str)
        .collect();
    let (what, value) = *dice
        .choose(&[
            ("submit", "user-1"),
            ("submit", "user-2"),
            ("clearJobId", ""),
            ("suspend", ""),
            ("resume", ""),
            ("setMode", "HTTPMode"),
            ("setMode", "K8sJobMode"),
            ("setMode", "InteractiveMode"),
            ("fixBackoff", ""),
            ("breakBackoff", ""),
            ("timePasses", ""),
        ])
        .expect("an event");
    json!({"when": dice.of(&states), "nth": 1 + dice.below(2), "do": what, "value": value})
}

/// The settings that a life is played under.
fn variants(release: Release, gates: &Value) -> [Value; 3] {
    let release = release.as_str();
    [
        json!({"kuberayVersion": release, "featureGates": gates}),
        json!({"kuberayVersion": release, "featureGates": gates, "kueue": "0.19",
            "batchScheduler": "volcano", "rules": {"*": "deny"}}),
        // The operator is older than the settings say.
        json!({"rules": {"*": "deny"}}),
    ]
}

/// What is read of a life.
#[derive(Deserialize)]
struct Life {
    #[serde(default)]
    steps: Option<Vec<Value>>,
    #[serde(default)]
    idle: bool,
    #[serde(default)]
    panic: bool,
    #[serde(default)]
    denied: Vec<Denial>,
    error: Option<String>,
}

/// A write that the policy denied.
#[derive(Deserialize)]
struct Denial {
    by: String,
    operation: String,
    message: String,
}

/// How a life ends, the worst first.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
enum End {
    /// KubeRay crashes, tries in vain, or has refused the job.
    Stuck,
    /// The job is not at its end, or has failed.
    Unfinished,
    /// The job has succeeded, or is deleted.
    Done,
}

impl Life {
    /// How it ends, and whether no RayCluster is left without work.
    fn end(&self) -> (End, bool) {
        let last = self.steps.iter().flatten().next_back();
        let text = |key: &str| last.and_then(|step| step[key].as_str()).unwrap_or_default();
        let end = match text("state") {
            _ if self.panic || !text("error").is_empty() => End::Stuck,
            "ValidationFailed" => End::Stuck,
            "Complete" | "(deleted)" => End::Done,
            _ => End::Unfinished,
        };
        (end, !self.idle)
    }
}

/// What came of the lives.
#[derive(Default)]
struct Tally {
    scenarios: usize,
    /// Lives with the policy in front.
    lives: usize,
    not_created: usize,
    /// Lives in which an edit of the author was denied.
    edited: usize,
    /// How these end, compared with those without the policy.
    ends: BTreeMap<&'static str, usize>,
    bad: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scenarios,
            lives,
            not_created,
            edited,
            ends,
            bad,
        } = self;
        write!(
            f,
            "{scenarios} scenarios, {lives} lives with the policy; {not_created} RayJobs not \
             created; {edited} lives with a denied edit end {ends:?}; {bad} broken",
        )
    }
}

impl Tally {
    /// Plays a scenario without the policy, and with it in several ways.
    fn play(
        &mut self,
        program: &mut Program,
        release: Release,
        scenario: &Value,
        dice: &Dice,
    ) -> Result<()> {
        let gates = match &scenario["gates"] {
            Value::Null => json!({}),
            gates => gates.clone(),
        };
        let mut policies = vec![Value::Null];
        for settings in variants(release, &gates) {
            for after in [0, 1, 2 + dice.below(LATEST)] {
                policies.push(json!({"settings": settings, "after": after}));
            }
        }
        let lines: Vec<_> = policies
            .iter()
            .map(|policy| {
                let mut line = scenario.clone();
                line["policy"] = policy.clone();
                line.to_string().into_bytes()
            })
            .collect();
        let answers = program.ask(&lines)?;
        let read = |line: &String| serde_json::from_str::<Life>(line).context("no life");
        let lives = answers.iter().map(read).collect::<Result<Vec<_>>>()?;
        let (free, policed) = lives.split_first().context("no life")?;
        self.scenarios += 1;
        for ((life, policy), answer) in policed.iter().zip(&policies[1..]).zip(&answers[1..]) {
            self.lives += 1;
            let is_raised = !policy["settings"]["rules"].is_null();
            if let Some(complaint) = self.compare(free, life, (&answers[0], answer), is_raised) {
                self.bad += 1;
                println!("KubeRay {release}, {policy}: {complaint}: {scenario}");
            }
        }
        Ok(())
    }

    /// What is wrong with a life with the policy. What an author may still edit under settings
    /// that raise rules is a choice.
    fn compare(
        &mut self,
        free: &Life,
        life: &Life,
        texts: (&str, &str),
        is_raised: bool,
    ) -> Option<String> {
        if free.error.is_some() || life.error.is_some() {
            return (free.error != life.error).then(|| format!("not played: {:?}", life.error));
        }
        if let Some(denial) = life.denied.iter().find(|denial| denial.by != "author") {
            let Denial {
                by,
                operation,
                message,
            } = denial;
            return Some(format!("{operation} by {by} is denied: {message}"));
        }
        let Some(denial) = life.denied.first() else {
            return (texts.0 != texts.1).then(|| "it differs, and nothing was denied".into());
        };
        if denial.operation == "CREATE" {
            self.not_created += 1;
            return None;
        }
        self.edited += 1;
        let (without, with) = (free.end(), life.end());
        let how = match with.cmp(&without) {
            Ordering::Less => "worse",
            Ordering::Equal => "as well",
            Ordering::Greater => "better",
        };
        *self.ends.entry(how).or_default() += 1;
        let is_broken = how == "worse" && !is_raised;
        is_broken.then(|| format!("{with:?} after {without:?}: {}", denial.message))
    }
}
