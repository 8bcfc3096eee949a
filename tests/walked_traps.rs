//! What the traps say of retries, deadlines and suspension happens when the
//! model of a RayJob's life walks through their bad examples.

use std::collections::BTreeSet;

use examples::{judge, settings};
use rayjob_rules::guide::Example;
use rayjob_rules::lifecycle::JobStatus::{self, Failed, Running, Stopped, Succeeded};
use rayjob_rules::lifecycle::{
    Act, ClusterName, Ending, Event, Life, Reason, Scenario, State, Transition, walk,
};
use rayjob_rules::rule::Rule;
use rayjob_rules::rules;
use rayjob_rules::subject::Kind;
use serde_json::Value;

mod examples;

/// What happens to the bad examples of a trap, and what must be seen then.
struct Walk {
    trap: &'static str,
    /// A part of the message that tells of it.
    promise: &'static str,
    /// How the applications end.
    outcomes: &'static [JobStatus],
    /// Whether the first submitter gives up.
    gives_up: bool,
    /// Whether the job is to clean up, which it must to be suspended.
    cleans_up: bool,
    /// What happens besides the example's edit.
    events: &'static [(State, usize, Do)],
    sees: fn(&Life) -> bool,
}

/// [`Act`], as a constant.
#[derive(Clone, Copy)]
enum Do {
    Submit,
    Suspend,
    Resume,
    Wait(u32),
}

impl From<Do> for Act {
    fn from(act: Do) -> Self {
        match act {
            Do::Submit => Self::Submit("x".into()),
            Do::Suspend => Self::Suspend,
            Do::Resume => Self::Resume,
            Do::Wait(seconds) => Self::TimePasses(seconds),
        }
    }
}

const WALK: Walk = Walk {
    trap: "",
    promise: "",
    outcomes: &[],
    gives_up: false,
    cleans_up: false,
    events: &[],
    sees: |_| false,
};

const WALKS: &[Walk] = &[
    Walk {
        trap: "trap-interactive-retry",
        promise: "the RayJob reports Running on a new, idle RayCluster instead of Waiting",
        outcomes: &[Failed],
        events: &[(State::Waiting, 1, Do::Submit)],
        sees: |life| {
            stays(life, State::Running) && life.idle && life.clusters == 2 && life.started == 1
        },
        ..WALK
    },
    Walk {
        trap: "trap-job-id-reused",
        promise: "each attempt submits under the same id",
        outcomes: &[Failed, Succeeded],
        sees: |life| {
            let runs = life
                .steps
                .iter()
                .filter(|step| step.state == State::Running);
            let ids: Vec<_> = runs.map(|step| (step.cluster, &*step.job_id)).collect();
            let id = |cluster| ids.iter().find(|run| run.0 == Some(ClusterName(cluster)));
            life.clusters == 2
                && life.started == 2
                && id(1)
                    .zip(id(2))
                    .is_some_and(|(first, second)| first.1 == second.1)
        },
        ..WALK
    },
    Walk {
        trap: "trap-retry-multiplication",
        promise: "although the entrypoint itself starts at most once in each RayCluster",
        outcomes: &[Failed; 9],
        sees: |life| {
            let attempts = life.steps.last().map_or(0, |step| step.failed);
            attempts > 1
                && life.clusters == attempts as u32
                && life.submitters == attempts as usize
                && life.started == attempts as usize
        },
        ..WALK
    },
    Walk {
        trap: "trap-retry-deletes-cluster",
        promise: "each retry deletes the RayCluster and the submitter of the attempt before",
        outcomes: &[Failed; 9],
        sees: |life| {
            let last = life.steps.last().expect("a step");
            life.clusters > 1 && last.alive == [ClusterName(life.clusters)]
        },
        ..WALK
    },
    Walk {
        trap: "trap-selector-retry-deletes-cluster",
        promise: "a retry deletes the RayCluster that clusterSelector names",
        outcomes: &[Failed],
        sees: |life| {
            did(life, Transition::ReleaseUsers)
                && life.steps.last().is_some_and(|step| step.alive.is_empty())
                && stays(life, State::Initializing)
        },
        ..WALK
    },
    Walk {
        trap: "trap-selector-name-empty",
        promise: "the operator looks for that RayCluster forever",
        sees: |life| {
            matches!(life.ending, Ending::Idles { .. }) && life.started == 0 && life.clusters == 0
        },
        ..WALK
    },
    Walk {
        trap: "trap-selector-and-spec",
        promise: "rayClusterSpec",
        outcomes: &[Succeeded],
        sees: |life| !did(life, Transition::MakeCluster) && life.clusters == 1 && life.started == 1,
        ..WALK
    },
    Walk {
        trap: "trap-selector-cleanup-ignored",
        promise: "KubeRay deletes nothing once a job on an existing RayCluster is over, not even the RayJob",
        outcomes: &[Succeeded],
        events: &[(State::Complete, 1, Do::Wait(1_000_000))],
        sees: |life| ends_with_cluster(life, State::Complete),
        ..WALK
    },
    Walk {
        trap: "trap-child-suspended",
        promise: "that RayCluster never becomes ready, so the RayJob stays in Initializing",
        events: &[(State::Initializing, 1, Do::Wait(1_000_000))],
        sees: |life| stays(life, State::Initializing) && life.started == 0,
        ..WALK
    },
    Walk {
        trap: "trap-child-managed-by",
        promise: "that RayCluster never becomes ready, so the RayJob stays in Initializing",
        events: &[(State::Initializing, 1, Do::Wait(1_000_000))],
        sees: |life| stays(life, State::Initializing) && life.started == 0,
        ..WALK
    },
    Walk {
        trap: "trap-deadline-per-attempt",
        promise: "activeDeadlineSeconds is 3600 for each",
        cleans_up: true,
        events: &[
            (State::Suspended, 1, Do::Resume),
            (State::Running, 1, Do::Wait(3599)),
            (State::Running, 1, Do::Suspend),
            (State::Suspended, 1, Do::Resume),
            (State::Running, 2, Do::Wait(3599)),
        ],
        sees: |life| {
            did(life, Transition::Resume)
                && !did(life, Transition::PassActiveDeadline)
                && stays(life, State::Running)
        },
        ..WALK
    },
    Walk {
        trap: "trap-unknown-mode",
        promise: "the operator would start a RayCluster, submit nothing, and report Running",
        events: &[(State::Running, 1, Do::Wait(1_000_000))],
        sees: |life| stays(life, State::Running) && life.idle && life.started == 0,
        ..WALK
    },
    Walk {
        trap: "trap-submitter-no-container",
        promise: "crashes, again and again",
        sees: |life| life.panic,
        ..WALK
    },
    Walk {
        trap: "trap-interactive-stale-job-id",
        promise: "the RayJob reports Running with nothing running on it",
        sees: |life| stays(life, State::Running) && life.idle && life.started == 0,
        ..WALK
    },
    Walk {
        trap: "trap-active-deadline-in-waiting",
        promise: "nothing ends the waiting",
        events: &[(State::Waiting, 1, Do::Wait(3600))],
        sees: |life| stays(life, State::Waiting),
        ..WALK
    },
    Walk {
        trap: "trap-active-deadline-in-waiting",
        promise: "a job that was submitted late fails at once",
        events: &[
            (State::Waiting, 1, Do::Wait(3600)),
            (State::Waiting, 1, Do::Submit),
        ],
        sees: |life| ends(life, State::Failed, Some(Reason::DeadlineExceeded)),
        ..WALK
    },
    Walk {
        trap: "trap-interactive-unbounded",
        promise: "the RayCluster waits, idle, until somebody submits",
        events: &[(State::Waiting, 1, Do::Wait(1_000_000))],
        sees: |life| stays(life, State::Waiting) && life.idle,
        ..WALK
    },
    Walk {
        trap: "trap-pre-running-preset-job-id",
        promise: "the deadline ends nothing, even if nobody ever submits",
        events: &[(State::Running, 1, Do::Wait(1_000_000))],
        sees: |life| stays(life, State::Running) && life.started == 0,
        ..WALK
    },
    Walk {
        trap: "trap-suspend-with-deletion-rules",
        promise: "KubeRay refuses the suspended job",
        events: &[(State::Running, 1, Do::Suspend)],
        sees: |life| {
            stays(life, State::ValidationFailed)
                && life.steps.last().is_some_and(|step| !step.alive.is_empty())
        },
        ..WALK
    },
    Walk {
        trap: "trap-suspend-keeps-counters",
        promise: "a suspended job keeps the number of its failed attempts",
        outcomes: &[Failed, Running, Failed],
        events: &[
            (State::Suspended, 1, Do::Resume),
            (State::Running, 2, Do::Suspend),
            (State::Suspended, 1, Do::Resume),
        ],
        sees: |life| {
            let mut rested = life
                .steps
                .iter()
                .filter(|step| step.state == State::Suspended);
            ends(life, State::Failed, Some(Reason::AppFailed))
                && rested.next_back().is_some_and(|step| step.failed == 1)
                && life.started == 3
        },
        ..WALK
    },
    Walk {
        trap: "trap-multikueue",
        promise: "the operator of this cluster leaves the job alone",
        sees: |life| stays(life, State::New) && life.clusters == 0,
        ..WALK
    },
    Walk {
        trap: "trap-deletion-uncovered-outcome",
        promise: "a failed submission",
        gives_up: true,
        events: &[(State::Failed, 1, Do::Wait(1_000_000))],
        sees: |life| {
            did(life, Transition::FailSubmission) && ends_with_cluster(life, State::Failed)
        },
        ..WALK
    },
    Walk {
        trap: "trap-legacy-overrides-shutdown",
        promise: "a failed submission",
        gives_up: true,
        events: &[(State::Failed, 1, Do::Wait(1_000_000))],
        sees: |life| ends_with_cluster(life, State::Failed),
        ..WALK
    },
    Walk {
        trap: "trap-legacy-overrides-shutdown",
        promise: "a job that was stopped",
        outcomes: &[Stopped],
        events: &[(State::Complete, 1, Do::Wait(1_000_000))],
        sees: |life| ends_with_cluster(life, State::Complete),
        ..WALK
    },
    Walk {
        trap: "trap-deletion-field-dropped",
        promise: "nothing is deleted",
        outcomes: &[Succeeded],
        events: &[(State::Complete, 1, Do::Wait(1_000_000))],
        sees: |life| ends_with_cluster(life, State::Complete),
        ..WALK
    },
    Walk {
        trap: "trap-mode-edit",
        promise: "looks for the submitter of K8sJobMode forever",
        outcomes: &[Running, Succeeded],
        events: &[(State::Running, 1, Do::Wait(1_000_000))],
        sees: |life| stays(life, State::Running) && life.submitters == 0,
        ..WALK
    },
    Walk {
        trap: "trap-suspend-in-waiting",
        promise: "is not suspended, so its RayCluster keeps its pods",
        events: &[(State::Waiting, 1, Do::Wait(1_000_000))],
        sees: |life| {
            let last = life.steps.last().expect("a step");
            stays(life, State::Waiting) && last.suspend && !last.alive.is_empty()
        },
        ..WALK
    },
    Walk {
        trap: "trap-validation-failed-sticky",
        promise: "KubeRay does not leave this state, whatever is mended",
        sees: |life| stays(life, State::ValidationFailed) && life.clusters == 0,
        ..WALK
    },
];

/// The traps of those families of which the model cannot tell, and why.
const NOT_WALKED: &[(&str, &str)] = &[
    ("trap-submitter-ignored", "what is ignored changes no life"),
    (
        "trap-selector-extra-keys",
        "what is ignored changes no life",
    ),
    (
        "trap-job-id-existing-cluster",
        "a RayCluster of the user has no applications in the model",
    ),
    (
        "trap-cluster-spec-edit",
        "in the model RayClusters are all alike",
    ),
    (
        "trap-multikueue-added-later",
        "nobody deletes a RayJob in the model",
    ),
];

/// The families that tell of retries, deadlines and suspension.
const FAMILIES: [&str; 10] = [
    "Cluster selector",
    "Jobs on an existing RayCluster",
    "Mode and retries",
    "The job's own RayCluster",
    "Deadlines",
    "Submission",
    "Waiting for a user",
    "Queues",
    "What is not deleted",
    "Changing a job",
];

/// Whether nothing changes any more in this state.
fn stays(life: &Life, wanted: State) -> bool {
    matches!(life.ending, Ending::Idles { state, .. } if state == wanted)
}

/// Whether KubeRay is done in this state, for this reason.
fn ends(life: &Life, state: State, reason: Option<Reason>) -> bool {
    let last = life.steps.last().expect("a step");
    life.ending == Ending::Ends { state } && last.reason == reason
}

/// Whether KubeRay is done in this state, and a RayCluster is left.
fn ends_with_cluster(life: &Life, state: State) -> bool {
    let last = life.steps.last().expect("a step");
    let is_over = matches!(life.ending, Ending::Ends { state: end } if end == state);
    is_over && last.state == state && !last.alive.is_empty()
}

fn did(life: &Life, transition: Transition) -> bool {
    life.steps.iter().any(|step| step.transition == transition)
}

/// What the update of an example changes, and when.
fn edit(stored: &Value, object: &Value) -> Event {
    let [before, after] = [stored, object].map(|object| &object["spec"]);
    let changed = |field: &str| before[field] != after[field];
    let act = if changed("submissionMode") {
        Act::SetMode(after["submissionMode"].as_str().expect("a mode").into())
    } else if changed("backoffLimit") {
        Act::SetBackoffLimit(after["backoffLimit"].as_i64().unwrap_or_default() as i32)
    } else if after["suspend"] == true {
        Act::Suspend
    } else {
        Act::Resume
    };
    let state = object["status"]["jobDeploymentStatus"].as_str();
    let when = State::parse(state.expect("a state")).expect("a state");
    Event { when, nth: 1, act }
}

fn scenario(walk: &Walk, rule: &Rule, example: &Example) -> Scenario {
    let object = example.object().expect("an example");
    let stored = example.stored_object().expect("an example");
    let settings = settings(rule, example);
    let mut start = stored.as_ref().unwrap_or(&object).clone();
    if walk.cleans_up {
        start["spec"]["shutdownAfterJobFinishes"] = true.into();
    }
    let mut scenario = Scenario::new(start, settings.release).expect("a RayJob");
    scenario.gates = settings.gates;
    scenario.outcomes = walk.outcomes.to_vec();
    scenario.give_up = vec![walk.gives_up];
    let edit = stored.map(|stored| edit(&stored, &object));
    let events = walk.events.iter().map(|&(when, nth, act)| Event {
        when,
        nth,
        act: act.into(),
    });
    scenario.events = edit.into_iter().chain(events).collect();
    scenario
}

#[test]
fn the_consequence_that_a_trap_promises_is_seen() {
    let mut wrong = Vec::new();
    for (rule, guide) in rules::explained().flat_map(|(_, family)| family) {
        for step in WALKS.iter().filter(|walk| walk.trap == rule.id) {
            let jobs = guide.bad.iter();
            for example in jobs.filter(|example| example.kind == Kind::RayJob) {
                let life = walk(&scenario(step, rule, example));
                if !(step.sees)(&life) {
                    wrong.push(format!("{} {}: {life:#?}", rule.id, example.patch));
                }
                let message = judge(rule, example).findings[0].message();
                if !message.contains(step.promise) {
                    wrong.push(format!("{:?} is not in {message}", step.promise));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_trap_of_these_families_is_walked() {
    let known: BTreeSet<_> = rules::explained().map(|(title, _)| title).collect();
    assert!(FAMILIES.iter().all(|family| known.contains(family)));
    let walked = WALKS.iter().map(|walk| walk.trap);
    let walked: BTreeSet<_> = walked
        .chain(NOT_WALKED.iter().map(|(trap, _)| *trap))
        .collect();
    for (title, family) in rules::explained() {
        for (rule, _) in family.filter(|(rule, _)| rule.id.starts_with("trap-")) {
            let is_walked = walked.contains(rule.id);
            assert!(
                is_walked || !FAMILIES.contains(&title),
                "{} is not walked",
                rule.id
            );
        }
    }
    let all: BTreeSet<_> = rules::all().map(|rule| rule.id).collect();
    assert!(walked.is_subset(&all), "a trap that does not exist");
}
