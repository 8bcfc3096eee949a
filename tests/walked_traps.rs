//! What the traps claim about retries, deadlines and suspension happens when the
//! lifecycle model simulates their bad examples.

use std::collections::BTreeSet;

use rayjob_policy_core::example::Example;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::kuberay::JobStatus::{self, Failed, Running, Stopped, Succeeded};
use rayjob_policy_core::kuberay::{JobDeploymentStatus, Reason};
use rayjob_policy_core::lifecycle::{
    Action, ClusterName, Ending, Event, Scenario, Trace, Transition, simulate,
};
use rayjob_policy_core::rule::{Origin, Rule};
use rayjob_policy_core::rules;
use serde_json::Value;

/// The events for the bad examples of a trap, and the expected outcome.
struct Walk {
    trap: &'static str,
    /// The part of the message that claims it.
    promise: &'static str,
    /// How the applications end.
    outcomes: &'static [JobStatus],
    /// Whether the first submitter gives up.
    gives_up: bool,
    /// Whether workers become ready only after the application has ended.
    late_workers: bool,
    /// Whether the job cleans up, which suspension requires.
    cleans_up: bool,
    /// What happens besides the example's edit.
    events: &'static [(JobDeploymentStatus, usize, Do)],
    sees: fn(&Trace) -> bool,
}

/// [`Action`], as a constant.
#[derive(Clone, Copy)]
enum Do {
    Submit,
    Suspend,
    Resume,
    Wait(u32),
}

impl From<Do> for Action {
    fn from(action: Do) -> Self {
        match action {
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
    late_workers: false,
    cleans_up: false,
    events: &[],
    sees: |_| false,
};

const WALKS: &[Walk] = &[
    Walk {
        trap: "trap-interactive-retry",
        promise: "the RayJob reports Running on a new, idle RayCluster instead of Waiting",
        outcomes: &[Failed],
        events: &[(JobDeploymentStatus::Waiting, 1, Do::Submit)],
        sees: |trace| {
            stays(trace, JobDeploymentStatus::Running)
                && trace.idle
                && trace.clusters == 2
                && trace.started == 1
        },
        ..WALK
    },
    Walk {
        trap: "trap-job-id-reused",
        promise: "every attempt submits with the same ID",
        outcomes: &[Failed, Succeeded],
        sees: |trace| {
            let runs = trace
                .steps
                .iter()
                .filter(|step| step.state == JobDeploymentStatus::Running);
            let ids: Vec<_> = runs.map(|step| (step.cluster, &*step.job_id)).collect();
            let id = |cluster| ids.iter().find(|run| run.0 == Some(ClusterName(cluster)));
            trace.clusters == 2
                && trace.started == 2
                && id(1)
                    .zip(id(2))
                    .is_some_and(|(first, second)| first.1 == second.1)
        },
        ..WALK
    },
    Walk {
        trap: "trap-retry-multiplication",
        promise: "although the entrypoint itself starts at most once per RayCluster",
        outcomes: &[Failed; 9],
        sees: |trace| {
            let attempts = trace.steps.last().map_or(0, |step| step.failed);
            attempts > 1
                && trace.clusters == attempts as u32
                && trace.submitters == attempts as usize
                && trace.started == attempts as usize
        },
        ..WALK
    },
    Walk {
        trap: "trap-retry-deletes-cluster",
        promise: "each retry deletes the RayCluster and submitter of the previous attempt",
        outcomes: &[Failed; 9],
        sees: |trace| {
            let last = trace.steps.last().expect("a step");
            trace.clusters > 1 && last.alive == [ClusterName(trace.clusters)]
        },
        ..WALK
    },
    Walk {
        trap: "trap-selector-retry-deletes-cluster",
        promise: "a retry deletes the RayCluster that clusterSelector names",
        outcomes: &[Failed],
        sees: |trace| {
            did(trace, Transition::ReleaseUsers)
                && trace.steps.last().is_some_and(|step| step.alive.is_empty())
                && stays(trace, JobDeploymentStatus::Initializing)
        },
        ..WALK
    },
    Walk {
        trap: "trap-selector-name-empty",
        promise: "the operator searches for that RayCluster forever",
        sees: |trace| {
            matches!(trace.ending, Ending::Idles { .. })
                && trace.started == 0
                && trace.clusters == 0
        },
        ..WALK
    },
    Walk {
        trap: "trap-selector-and-spec",
        promise: "rayClusterSpec",
        outcomes: &[Succeeded],
        sees: |trace| {
            !did(trace, Transition::MakeCluster) && trace.clusters == 1 && trace.started == 1
        },
        ..WALK
    },
    Walk {
        trap: "trap-selector-cleanup-ignored",
        promise: "KubeRay deletes nothing when a job on an existing RayCluster ends, not even the \
                  RayJob",
        outcomes: &[Succeeded],
        events: &[(JobDeploymentStatus::Complete, 1, Do::Wait(1_000_000))],
        sees: |trace| ends_with_cluster(trace, JobDeploymentStatus::Complete),
        ..WALK
    },
    Walk {
        trap: "trap-child-suspended",
        promise: "that RayCluster never becomes ready, and KubeRay waits for it forever",
        events: &[(JobDeploymentStatus::Initializing, 1, Do::Wait(1_000_000))],
        sees: |trace| stays(trace, JobDeploymentStatus::Initializing) && trace.started == 0,
        ..WALK
    },
    Walk {
        trap: "trap-child-managed-by",
        promise: "that RayCluster never becomes ready, and KubeRay waits for it forever",
        events: &[(JobDeploymentStatus::Initializing, 1, Do::Wait(1_000_000))],
        sees: |trace| stays(trace, JobDeploymentStatus::Initializing) && trace.started == 0,
        ..WALK
    },
    Walk {
        trap: "trap-deadline-per-attempt",
        promise: "activeDeadlineSeconds is 3600 for each",
        cleans_up: true,
        events: &[
            (JobDeploymentStatus::Suspended, 1, Do::Resume),
            (JobDeploymentStatus::Running, 1, Do::Wait(3599)),
            (JobDeploymentStatus::Running, 1, Do::Suspend),
            (JobDeploymentStatus::Suspended, 1, Do::Resume),
            (JobDeploymentStatus::Running, 2, Do::Wait(3599)),
        ],
        sees: |trace| {
            did(trace, Transition::Resume)
                && !did(trace, Transition::PassActiveDeadline)
                && stays(trace, JobDeploymentStatus::Running)
        },
        ..WALK
    },
    Walk {
        trap: "trap-sidecar-ends-before-ready",
        promise: "a job that ends before all workers are ready stays in Initializing forever",
        outcomes: &[Succeeded],
        late_workers: true,
        events: &[(JobDeploymentStatus::Initializing, 1, Do::Wait(1_000_000))],
        sees: |trace| {
            stays(trace, JobDeploymentStatus::Initializing)
                && did(trace, Transition::EndBeforeReady)
                && trace.idle
                && trace.started == 1
        },
        ..WALK
    },
    Walk {
        trap: "trap-unknown-mode",
        promise: "the operator creates a RayCluster, submits nothing, and reports Running",
        events: &[(JobDeploymentStatus::Running, 1, Do::Wait(1_000_000))],
        sees: |trace| {
            stays(trace, JobDeploymentStatus::Running) && trace.idle && trace.started == 0
        },
        ..WALK
    },
    Walk {
        trap: "trap-submitter-no-container",
        promise: "crashes repeatedly",
        sees: |trace| trace.panic,
        ..WALK
    },
    Walk {
        trap: "trap-interactive-stale-job-id",
        promise: "the RayJob reports Running while nothing runs",
        sees: |trace| {
            stays(trace, JobDeploymentStatus::Running) && trace.idle && trace.started == 0
        },
        ..WALK
    },
    Walk {
        trap: "trap-active-deadline-in-waiting",
        promise: "nothing ends the wait",
        events: &[(JobDeploymentStatus::Waiting, 1, Do::Wait(3600))],
        sees: |trace| stays(trace, JobDeploymentStatus::Waiting),
        ..WALK
    },
    Walk {
        trap: "trap-active-deadline-in-waiting",
        promise: "a job that is submitted late fails immediately",
        events: &[
            (JobDeploymentStatus::Waiting, 1, Do::Wait(3600)),
            (JobDeploymentStatus::Waiting, 1, Do::Submit),
        ],
        sees: |trace| {
            ends(
                trace,
                JobDeploymentStatus::Failed,
                Some(Reason::DeadlineExceeded),
            )
        },
        ..WALK
    },
    Walk {
        trap: "trap-interactive-unbounded",
        promise: "the RayCluster stays idle until someone submits",
        events: &[(JobDeploymentStatus::Waiting, 1, Do::Wait(1_000_000))],
        sees: |trace| stays(trace, JobDeploymentStatus::Waiting) && trace.idle,
        ..WALK
    },
    Walk {
        trap: "trap-pre-running-preset-job-id",
        promise: "the deadline has no effect, even if no one ever submits",
        events: &[(JobDeploymentStatus::Running, 1, Do::Wait(1_000_000))],
        sees: |trace| stays(trace, JobDeploymentStatus::Running) && trace.started == 0,
        ..WALK
    },
    Walk {
        trap: "trap-suspend-with-deletion-rules",
        promise: "KubeRay refuses the suspended job",
        events: &[(JobDeploymentStatus::Running, 1, Do::Suspend)],
        sees: |trace| {
            stays(trace, JobDeploymentStatus::ValidationFailed)
                && trace
                    .steps
                    .last()
                    .is_some_and(|step| !step.alive.is_empty())
        },
        ..WALK
    },
    Walk {
        trap: "trap-queue-selector",
        promise: "KubeRay refuses a suspended job",
        events: &[(JobDeploymentStatus::Running, 1, Do::Suspend)],
        sees: |trace| stays(trace, JobDeploymentStatus::ValidationFailed),
        ..WALK
    },
    Walk {
        trap: "trap-suspend-keeps-counters",
        promise: "suspension does not reset the number of failed attempts",
        outcomes: &[Failed, Running, Failed],
        events: &[
            (JobDeploymentStatus::Suspended, 1, Do::Resume),
            (JobDeploymentStatus::Running, 2, Do::Suspend),
            (JobDeploymentStatus::Suspended, 1, Do::Resume),
        ],
        sees: |trace| {
            let mut rested = trace
                .steps
                .iter()
                .filter(|step| step.state == JobDeploymentStatus::Suspended);
            ends(trace, JobDeploymentStatus::Failed, Some(Reason::AppFailed))
                && rested.next_back().is_some_and(|step| step.failed == 1)
                && trace.started == 3
        },
        ..WALK
    },
    Walk {
        trap: "trap-multikueue",
        promise: "the operator of this cluster ignores the job",
        sees: |trace| stays(trace, JobDeploymentStatus::New) && trace.clusters == 0,
        ..WALK
    },
    Walk {
        trap: "trap-deletion-uncovered-outcome",
        promise: "a failed submission",
        gives_up: true,
        events: &[(JobDeploymentStatus::Failed, 1, Do::Wait(1_000_000))],
        sees: |trace| {
            did(trace, Transition::FailSubmission)
                && ends_with_cluster(trace, JobDeploymentStatus::Failed)
        },
        ..WALK
    },
    Walk {
        trap: "trap-legacy-overrides-shutdown",
        promise: "a failed submission",
        gives_up: true,
        events: &[(JobDeploymentStatus::Failed, 1, Do::Wait(1_000_000))],
        sees: |trace| ends_with_cluster(trace, JobDeploymentStatus::Failed),
        ..WALK
    },
    Walk {
        trap: "trap-legacy-overrides-shutdown",
        promise: "a stopped job",
        outcomes: &[Stopped],
        events: &[(JobDeploymentStatus::Complete, 1, Do::Wait(1_000_000))],
        sees: |trace| ends_with_cluster(trace, JobDeploymentStatus::Complete),
        ..WALK
    },
    Walk {
        trap: "trap-deletion-field-dropped",
        promise: "so KubeRay never sees it",
        outcomes: &[Succeeded],
        events: &[(JobDeploymentStatus::Complete, 1, Do::Wait(1_000_000))],
        sees: |trace| ends_with_cluster(trace, JobDeploymentStatus::Complete),
        ..WALK
    },
    Walk {
        trap: "trap-mode-edit",
        promise: "a Running job waits for one forever",
        outcomes: &[Running, Succeeded],
        events: &[(JobDeploymentStatus::Running, 1, Do::Wait(1_000_000))],
        sees: |trace| stays(trace, JobDeploymentStatus::Running) && trace.submitters == 0,
        ..WALK
    },
    Walk {
        trap: "trap-suspend-in-waiting",
        promise: "so the RayCluster keeps its pods",
        events: &[(JobDeploymentStatus::Waiting, 1, Do::Wait(1_000_000))],
        sees: |trace| {
            let last = trace.steps.last().expect("a step");
            stays(trace, JobDeploymentStatus::Waiting) && last.suspend && !last.alive.is_empty()
        },
        ..WALK
    },
    Walk {
        trap: "trap-validation-failed-sticky",
        promise: "a RayJob never leaves this state, even with a corrected spec",
        sees: |trace| stays(trace, JobDeploymentStatus::ValidationFailed) && trace.clusters == 0,
        ..WALK
    },
];

/// The traps of those families that the model does not cover, and why.
const NOT_WALKED: &[(&str, &str)] = &[
    (
        "trap-queue-podsets",
        "the model does not know the Workloads of Kueue",
    ),
    (
        "trap-queue-podset-name",
        "the model does not know the Workloads of Kueue",
    ),
    (
        "trap-submitter-ignored",
        "an ignored value does not change the lifecycle",
    ),
    (
        "trap-selector-extra-keys",
        "an ignored value does not change the lifecycle",
    ),
    (
        "trap-job-id-path",
        "the model does not know the addresses of Ray's server",
    ),
    (
        "trap-job-id-existing-cluster",
        "a RayCluster of the user has no applications in the model",
    ),
    (
        "trap-sidecar-restarts-fixed",
        "submitters do not restart in the model",
    ),
    (
        "trap-cluster-spec-edit",
        "all RayClusters are the same in the model",
    ),
    (
        "trap-multikueue-added-later",
        "users do not delete RayJobs in the model",
    ),
];

/// The families about retries, deadlines and suspension.
const FAMILIES: [&str; 11] = [
    "Cluster selector",
    "Jobs on an existing RayCluster",
    "Mode and retries",
    "Sidecar mode",
    "The RayCluster of a job or a service",
    "Deadlines",
    "Submission",
    "Interactive jobs",
    "Queues",
    "Incomplete cleanup",
    "Changing a job",
];

/// Whether nothing changes any more in this state.
fn stays(trace: &Trace, wanted: JobDeploymentStatus) -> bool {
    matches!(trace.ending, Ending::Idles { state, .. } if state == wanted)
}

/// Whether the RayJob ends in this state, for this reason.
fn ends(trace: &Trace, state: JobDeploymentStatus, reason: Option<Reason>) -> bool {
    let last = trace.steps.last().expect("a step");
    trace.ending == Ending::Ends { state } && last.reason == reason
}

/// Whether the RayJob ends in this state, and a RayCluster remains.
fn ends_with_cluster(trace: &Trace, state: JobDeploymentStatus) -> bool {
    let last = trace.steps.last().expect("a step");
    let is_over = matches!(trace.ending, Ending::Ends { state: end } if end == state);
    is_over && last.state == state && !last.alive.is_empty()
}

fn did(trace: &Trace, transition: Transition) -> bool {
    trace.steps.iter().any(|step| step.transition == transition)
}

/// What the update of an example changes, and when.
fn edit(stored: &Value, object: &Value) -> Event {
    let [before, after] = [stored, object].map(|object| &object["spec"]);
    let changed = |field: &str| before[field] != after[field];
    let action = if changed("submissionMode") {
        Action::SetMode(after["submissionMode"].as_str().expect("a mode").into())
    } else if changed("backoffLimit") {
        Action::SetBackoffLimit(after["backoffLimit"].as_i64().unwrap_or_default() as i32)
    } else if after["suspend"] == true {
        Action::Suspend
    } else {
        Action::Resume
    };
    let state = object["status"]["jobDeploymentStatus"].as_str();
    let when = JobDeploymentStatus::parse(state.expect("a state")).expect("a state");
    Event {
        when,
        nth: 1,
        action,
    }
}

fn scenario(simulate: &Walk, rule: &Rule, example: &Example) -> Scenario {
    let object = example.object().expect("an example");
    let stored = example.stored_object().expect("an example");
    let settings = example.settings(rule);
    let mut start = stored.as_ref().unwrap_or(&object).clone();
    if simulate.cleans_up {
        start["spec"]["shutdownAfterJobFinishes"] = true.into();
    }
    let mut scenario = Scenario::new(start, settings.release).expect("a RayJob");
    scenario.gates = settings.gates;
    scenario.outcomes = simulate.outcomes.to_vec();
    scenario.give_up = vec![simulate.gives_up];
    scenario.late_workers = simulate.late_workers;
    let edit = stored.map(|stored| edit(&stored, &object));
    let events = simulate.events.iter().map(|&(when, nth, action)| Event {
        when,
        nth,
        action: action.into(),
    });
    scenario.events = edit.into_iter().chain(events).collect();
    scenario
}

#[test]
fn the_consequence_that_a_trap_promises_is_seen() {
    let mut wrong = Vec::new();
    for (rule, doc) in rules::explained().flat_map(|(_, family)| family) {
        for step in WALKS.iter().filter(|simulate| simulate.trap == rule.id) {
            let jobs = doc.bad.iter();
            for example in jobs.filter(|example| example.kind == Kind::RayJob) {
                let trace = simulate(&scenario(step, rule, example));
                if !(step.sees)(&trace) {
                    wrong.push(format!("{} {}: {trace:#?}", rule.id, example.patch));
                }
                let message = example.judge(rule).expect("an example").findings[0]
                    .finding
                    .to_string();
                if !message.contains(step.promise) {
                    wrong.push(format!("{:?} is not in {message}", step.promise));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn kuberay_stops_with_the_bad_examples_of_a_rule_that_says_so() {
    let mut about_pods = rules::all().filter(|rule| rule.origin == Origin::Kubernetes);
    assert!(about_pods.all(|rule| rule.stop.is_some()));
    let mut wrong = Vec::new();
    let rules = rules::explained().flat_map(|(_, family)| family);
    for (rule, doc) in rules.filter(|(rule, _)| rule.stop.is_some()) {
        let bad = doc.bad.iter().map(|example| (example, true));
        let good = doc.good.iter().map(|example| (example, false));
        let jobs = bad.chain(good);
        for (example, stops) in jobs.filter(|(example, _)| example.kind == Kind::RayJob) {
            let trace = simulate(&scenario(&WALK, rule, example));
            let mut obstacles = trace.obstacles.iter();
            if obstacles.any(|obstacle| obstacle.rule == rule.id) != stops {
                wrong.push(format!("{} {}: {trace:#?}", rule.id, example.patch));
            }
            let meets = trace.steps.iter().any(|step| step.obstacle.is_some());
            if meets != stops || meets && !matches!(trace.ending, Ending::Idles { .. }) {
                wrong.push(format!("{} {}: {}", rule.id, example.patch, trace.ending));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_trap_of_these_families_is_walked() {
    let known: BTreeSet<_> = rules::explained().map(|(title, _)| title).collect();
    assert!(FAMILIES.iter().all(|family| known.contains(family)));
    let walked = WALKS.iter().map(|simulate| simulate.trap);
    let walked: BTreeSet<_> = walked
        .chain(NOT_WALKED.iter().map(|(trap, _)| *trap))
        .collect();
    for (title, family) in rules::explained() {
        for (rule, _) in family.filter(|(rule, _)| rule.id.starts_with("trap-")) {
            let is_walked = walked.contains(rule.id);
            assert!(
                is_walked || !FAMILIES.contains(&title),
                "{}: add a walk to WALKS, or a reason to NOT_WALKED",
                rule.id
            );
        }
    }
    let all: BTreeSet<_> = rules::all().map(|rule| rule.id).collect();
    assert!(walked.is_subset(&all), "a trap that does not exist");
}
