//! Properties of every lifecycle, and some lifecycles in full.

use proptest::prelude::*;
use rayjob_policy_core::kuberay::{JobDeploymentStatus, JobStatus};
use rayjob_policy_core::lifecycle::{
    Action, Ending, Event, Scenario, Trace, Transition, simulate, upgrade,
};
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::settings::Settings;
use serde_json::{Value, json};

const MODES: [&str; 5] = [
    "K8sJobMode",
    "HTTPMode",
    "InteractiveMode",
    "SidecarMode",
    "interactive",
];

/// A RayJob with its own RayCluster and more fields.
fn job(more: Value) -> Value {
    let mut spec = json!({"rayClusterSpec":
        {"headGroupSpec": {"template": {"spec": {"containers": [{"name": "head", "image": "ray"}]}}}}});
    let fields = spec.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    json!({"metadata": {"name": "job"}, "spec": spec})
}

fn event(when: JobDeploymentStatus, nth: usize, action: Action) -> Event {
    Event { when, nth, action }
}

/// The lifecycle of a RayJob whose applications end like this.
fn trace(release: Release, spec: Value, outcomes: &[JobStatus], events: Vec<Event>) -> Trace {
    let mut scenario = Scenario::new(job(spec), release).unwrap();
    scenario.outcomes = outcomes.to_vec();
    scenario.events = events;
    simulate(&scenario)
}

/// The first user submits `x`.
fn submits() -> Vec<Event> {
    vec![event(
        JobDeploymentStatus::Waiting,
        1,
        Action::Submit("x".into()),
    )]
}

#[test]
fn an_interactive_job_that_fails_once_waits_for_an_application_that_nobody_submits() {
    let spec = json!({"submissionMode": "InteractiveMode", "backoffLimit": 1});
    let trace = trace(Release::V1_3, spec, &[JobStatus::Failed], submits());
    let steps: Vec<_> = trace
        .steps
        .iter()
        .map(|step| {
            let cluster = step.cluster.map(|name| name.to_string());
            (
                step.transition.name(),
                step.state.as_str(),
                step.spec_job_id.as_str(),
                step.job_id.as_str(),
                cluster.unwrap_or_default(),
                step.failed,
            )
        })
        .collect();
    let step = |name, state, spec_id, id, cluster: &str, failed| {
        (name, state, spec_id, id, cluster.to_owned(), failed)
    };
    assert_eq!(
        steps,
        [
            step("Initialise", "Initializing", "", "", "c1", 0),
            step("MakeCluster", "Initializing", "", "", "c1", 0),
            step("OpenToUser", "Waiting", "", "", "c1", 0),
            step("TakeJobId", "Running", "x", "x", "c1", 0),
            step("SeeRunning", "Running", "x", "x", "c1", 0),
            step("FailApplication", "Retrying", "x", "x", "c1", 1),
            step("Release", "Retrying", "x", "x", "c1", 1),
            step("BeginAgain", "", "x", "", "", 1),
            step("Initialise", "Initializing", "x", "", "c2", 1),
            step("MakeCluster", "Initializing", "x", "", "c2", 1),
            step("OpenToUser", "Waiting", "x", "", "c2", 1),
            step("TakeJobId", "Running", "x", "x", "c2", 1),
        ]
    );
    assert_eq!(
        trace.ending,
        Ending::Idles {
            state: JobDeploymentStatus::Running,
            awaits: Transition::MissApplication.awaits().unwrap().into(),
        }
    );
    assert_eq!((trace.clusters, trace.started, trace.idle), (2, 1, true));
    let attempts: Vec<_> = trace.attempts().map(<[_]>::len).collect();
    assert_eq!(attempts, [8, 4]);
}

#[test]
fn later_releases_refuse_that_job() {
    for (release, ending) in [
        (Release::V1_4, "stays in New until the spec is corrected"),
        (
            Release::V1_5,
            "stays in ValidationFailed until deleted and recreated",
        ),
        (
            Release::V1_7,
            "stays in ValidationFailed until deleted and recreated",
        ),
    ] {
        let spec = json!({"submissionMode": "InteractiveMode", "backoffLimit": 1});
        let trace = trace(release, spec, &[JobStatus::Failed], submits());
        assert_eq!(trace.ending.to_string(), ending, "{release}");
        assert_eq!(trace.steps[0].refused_by, Some("interactive-backoff"));
        assert_eq!(trace.clusters, 0);
    }
}

#[test]
fn lives_end_as_in_kuberay() {
    use JobStatus::{Failed, Stopped, Succeeded};
    for (spec, outcomes, events, release, ending, idle) in [
        (
            json!({}),
            vec![Succeeded],
            vec![],
            Release::V1_7,
            "ends in Complete",
            true,
        ),
        (
            json!({"shutdownAfterJobFinishes": true}),
            vec![Stopped],
            vec![],
            Release::V1_7,
            "ends in Complete",
            false,
        ),
        (
            json!({"shutdownAfterJobFinishes": true, "ttlSecondsAfterFinished": 60}),
            vec![Succeeded],
            vec![],
            Release::V1_7,
            "stays in Complete until its TTL expires",
            true,
        ),
        (
            json!({"shutdownAfterJobFinishes": true, "ttlSecondsAfterFinished": 60}),
            vec![Succeeded],
            vec![event(
                JobDeploymentStatus::Complete,
                1,
                Action::TimePasses(60),
            )],
            Release::V1_7,
            "ends in Complete",
            false,
        ),
        (
            json!({"clusterSelector": {"ray.io/cluster": "mine"}, "backoffLimit": 1}),
            vec![Failed],
            vec![],
            Release::V1_5,
            "stays in Initializing until the RayCluster that clusterSelector names exists",
            false,
        ),
        (
            json!({"submissionMode": "interactiveMode"}),
            vec![],
            vec![],
            Release::V1_7,
            "stays in Running because nothing submits the application",
            true,
        ),
        (
            json!({"submissionMode": "HTTPMode"}),
            vec![],
            vec![event(
                JobDeploymentStatus::Running,
                1,
                Action::SetMode("K8sJobMode".into()),
            )],
            Release::V1_6,
            "stays in Running because nothing creates the submitter Job",
            false,
        ),
        (
            json!({"submitterPodTemplate": {"spec": {"containers": []}}}),
            vec![],
            vec![],
            Release::V1_3,
            "crashes the controller in Initializing",
            false,
        ),
        (
            json!({"submissionMode": "InteractiveMode", "activeDeadlineSeconds": 60}),
            vec![],
            vec![event(
                JobDeploymentStatus::Waiting,
                1,
                Action::TimePasses(61),
            )],
            Release::V1_7,
            "stays in Waiting until a user submits and sets spec.jobId",
            true,
        ),
        (
            json!({"submissionMode": "InteractiveMode", "preRunningDeadlineSeconds": 60}),
            vec![],
            vec![event(
                JobDeploymentStatus::Waiting,
                1,
                Action::TimePasses(60),
            )],
            Release::V1_6,
            "ends in Failed",
            true,
        ),
        (
            json!({"managedBy": "kueue.x-k8s.io/multikueue"}),
            vec![],
            vec![],
            Release::V1_7,
            "stays in New until the operator named in managedBy handles it",
            false,
        ),
    ] {
        let shown = spec.to_string();
        let trace = trace(release, spec, &outcomes, events);
        assert_eq!(trace.ending.to_string(), ending, "{shown}");
        assert_eq!(trace.idle, idle, "{shown}");
    }
}

#[test]
fn kuberay_writes_every_state_but_the_deleted_one() {
    let written: Vec<_> = JobDeploymentStatus::written().collect();
    assert_eq!(written.len() + 1, JobDeploymentStatus::ALL.len());
    assert!(!written.contains(&JobDeploymentStatus::Deleted));
}

#[test]
fn every_transition_is_explained_in_one_sentence() {
    for transition in Transition::ALL {
        let sentence = transition.explanation();
        assert!(sentence.ends_with('.'), "{sentence}");
        assert_eq!(sentence.matches(". ").count(), 0, "{sentence}");
        assert!(transition.upstream().contains(".go:"));
    }
}

fn any_state() -> impl Strategy<Value = JobDeploymentStatus> {
    prop::sample::select(JobDeploymentStatus::ALL)
}

fn any_act() -> impl Strategy<Value = Action> {
    prop_oneof![
        prop::sample::select(&["x", "y"][..]).prop_map(|id| Action::Submit(id.into())),
        Just(Action::ClearJobId),
        Just(Action::Suspend),
        Just(Action::Resume),
        prop::sample::select(&MODES[..]).prop_map(|mode| Action::SetMode(mode.into())),
        (-1..3).prop_map(Action::SetBackoffLimit),
        (0..10_000u32).prop_map(Action::TimePasses),
    ]
}

prop_compose! {
    fn any_spec(backoff: i32)(
        mode in prop::sample::select(&MODES[..]),
        job_id in prop::sample::select(&["", "x"][..]),
        [suspend, shutdown, selects] in prop::array::uniform3(any::<bool>()),
        active in prop::option::of(1..5000),
        pre_running in prop::option::of(1..5000),
    ) -> Value {
        let selector = if selects { json!({"ray.io/cluster": "mine"}) } else { json!({}) };
        json!({
            "submissionMode": mode, "backoffLimit": backoff, "jobId": job_id, "suspend": suspend,
            "shutdownAfterJobFinishes": shutdown, "clusterSelector": selector,
            "activeDeadlineSeconds": active, "preRunningDeadlineSeconds": pre_running,
        })
    }
}

prop_compose! {
    fn any_scenario(backoff: i32)(
        spec in any_spec(backoff),
        release in prop::sample::select(&Release::ALL[..]),
        outcomes in prop::collection::vec(prop::sample::select(JobStatus::ALL), 0..6),
        give_up in prop::collection::vec(any::<bool>(), 0..4),
        events in prop::collection::vec(
            (any_state(), 1..3usize, any_act())
                .prop_map(|(when, nth, action)| event(when, nth, action)),
            0..8,
        ),
    ) -> Scenario {
        let mut scenario = Scenario::new(job(spec), release).unwrap();
        scenario.outcomes = outcomes;
        scenario.give_up = give_up;
        scenario.events = events;
        scenario
    }
}

proptest! {
    #[test]
    fn a_life_ends_or_names_the_state_it_idles_in(scenario in (0..4).prop_flat_map(any_scenario)) {
        let trace = simulate(&scenario);
        let last = trace.steps.last().unwrap();
        match trace.ending {
            Ending::Ends { state } => {
                prop_assert_eq!(state, last.state);
                prop_assert!(matches!(
                    state,
                    JobDeploymentStatus::Complete
                        | JobDeploymentStatus::Failed
                        | JobDeploymentStatus::Deleted
                ));
            }
            Ending::Idles { state, awaits } => {
                prop_assert_eq!(state, last.state);
                prop_assert!(!awaits.is_empty());
            }
            Ending::Crashes { .. } => prop_assert!(trace.panic),
        }
    }

    #[test]
    fn attempts_never_exceed_the_limit_and_one(
        (limit, scenario) in (0..4i32).prop_flat_map(|limit| (Just(limit), any_scenario(limit))),
    ) {
        let trace = simulate(&scenario);
        // An edit can raise the limit, and resuming starts an attempt without a failure.
        let edits = scenario.events.iter().map(|event| match event.action {
            Action::SetBackoffLimit(limit) => limit,
            _ => 0,
        });
        let limit = edits.fold(limit, i32::max);
        let did = |transition| {
            let steps = trace.steps.iter();
            steps.filter(|step| step.transition == transition).count()
        };
        let attempts = did(Transition::Initialise);
        let allowed = limit as usize + 1 + did(Transition::Resume);
        prop_assert!(attempts <= allowed, "{attempts} attempts, {allowed} allowed");
        prop_assert!(trace.steps.iter().all(|step| step.failed <= limit + 1));
        // The user's own RayCluster exists without any attempt.
        prop_assert!(trace.clusters as usize <= attempts.max(1));
    }
}

#[test]
fn an_upgrade_tells_how_a_life_ends_in_both_releases_if_it_ends_otherwise() {
    let deletion = json!({"deletionStrategy":
        {"onSuccess": {"policy": "DeleteCluster"}, "onFailure": {"policy": "DeleteNone"}}});
    let mut object = job(deletion);
    object["apiVersion"] = "ray.io/v1".into();
    object["kind"] = "RayJob".into();
    object["status"] = json!({"jobDeploymentStatus": "Running"});
    let [from, to] = [Release::V1_4, Release::V1_6].map(Settings::for_release);
    let told = upgrade(&object, &from, &to).expect("a difference");
    assert_eq!(
        told,
        "if the application succeeds, the RayJob ends in Complete (1 RayCluster, left idle) with \
         KubeRay 1.4 and ends in Complete (1 RayCluster) with KubeRay 1.6"
    );
    assert_eq!(upgrade(&object, &to, &to), None);
}

#[test]
fn a_rayjob_does_not_wait_long_for_its_submitter_after_the_application_has_ended() {
    use JobStatus::{Failed, Stopped, Succeeded};
    // The API server refuses the pod of the submitter Job, and the user submits instead.
    let spec = json!({"jobId": "x", "submitterPodTemplate": {"spec": {"restartPolicy": "Never",
        "containers": [{"name": "submit", "image": " ray"}]}}});
    for (release, seconds, outcome, ending) in [
        (
            Release::V1_3,
            300,
            Failed,
            "stays in Running until the submitter ends",
        ),
        (
            Release::V1_4,
            299,
            Failed,
            "stays in Running until the submitter ends",
        ),
        (Release::V1_4, 300, Failed, "ends in Failed"),
        (Release::V1_4, 300, Succeeded, "ends in Complete"),
        (Release::V1_7, 300, Stopped, "ends in Complete"),
    ] {
        let events = vec![
            event(JobDeploymentStatus::Running, 1, Action::Submit("x".into())),
            event(JobDeploymentStatus::Running, 1, Action::TimePasses(seconds)),
        ];
        let trace = trace(release, spec.clone(), &[outcome], events);
        assert_eq!(trace.ending.to_string(), ending, "{release} {seconds}");
    }
}

#[test]
fn a_deletion_rule_can_be_about_the_state_from_1_6_on() {
    let rules = |condition: Value| json!({"deletionStrategy": {"deletionRules": [{"policy": "DeleteCluster", "condition": condition}]}});
    for (release, condition, idle) in [
        (Release::V1_5, json!({"jobStatus": "FAILED"}), false),
        (Release::V1_5, json!({"jobStatus": "SUCCEEDED"}), true),
        (
            Release::V1_5,
            json!({"jobDeploymentStatus": "Failed"}),
            true,
        ),
        (
            Release::V1_6,
            json!({"jobDeploymentStatus": "Failed"}),
            false,
        ),
        (Release::V1_6, json!({"jobStatus": "SUCCEEDED"}), true),
    ] {
        let mut scenario = Scenario::new(job(rules(condition.clone())), release).unwrap();
        let gate = Gate::RayJobDeletionPolicy;
        scenario.gates.set(release, gate, true);
        scenario.outcomes = vec![JobStatus::Failed];
        let trace = simulate(&scenario);
        assert_eq!(trace.ending.to_string(), "ends in Failed");
        assert_eq!(trace.idle, idle, "{release} {condition}");
    }
}

#[test]
fn a_submitter_that_fails_is_restarted_only_in_the_head_pod() {
    for restarts in [false, true] {
        let mut scenario = Scenario::new(job(json!({})), Release::V1_7).unwrap();
        let gate = Gate::SidecarSubmitterRestart;
        scenario.gates.set(Release::V1_7, gate, restarts);
        scenario.give_up = vec![true];
        let last = simulate(&scenario).steps.pop().unwrap();
        assert_eq!(last.transition, Transition::FailSubmission);
    }
}

#[test]
fn an_attempt_that_ends_leaves_the_job_id_of_its_user() {
    let keeps = |spec: Value, outcomes: &[JobStatus], events| {
        let steps = trace(Release::V1_3, spec, outcomes, events).steps;
        let keeping: Vec<_> = { steps.iter() }
            .filter(|step| step.keeps_job_id())
            .map(|step| step.transition)
            .collect();
        keeping
    };
    let interactive = json!({"submissionMode": "InteractiveMode", "backoffLimit": 1});
    assert_eq!(
        keeps(interactive, &[JobStatus::Failed], submits()),
        [Transition::BeginAgain]
    );
    let suspends = vec![event(JobDeploymentStatus::Running, 1, Action::Suspend)];
    let suspended = json!({"jobId": "x", "shutdownAfterJobFinishes": true});
    assert_eq!(keeps(suspended, &[], suspends), [Transition::RestSuspended]);
    assert_eq!(
        keeps(json!({"backoffLimit": 1}), &[JobStatus::Failed], vec![]),
        []
    );
}

#[test]
fn a_step_shows_what_differs_from_a_new_rayjob() {
    let spec = json!({"backoffLimit": 1, "shutdownAfterJobFinishes": true});
    let suspends = vec![event(JobDeploymentStatus::Running, 2, Action::Suspend)];
    let steps = trace(Release::V1_7, spec, &[JobStatus::Failed], suspends).steps;
    let shown = |step: &_| serde_json::to_value(step).expect("JSON");
    let first = shown(&steps[0]);
    assert_eq!((first.get("failed"), first.get("suspend")), (None, None));
    let after: Vec<_> = steps.iter().filter(|step| step.after.is_some()).collect();
    let [after] = after[..] else {
        panic!("{after:?}");
    };
    let after = shown(after);
    assert_eq!(after["after"], "suspend");
    assert_eq!(after["failed"], 1);
    assert_eq!(after["suspend"], true);
}

#[test]
fn kuberay_deletes_what_the_strategy_names() {
    let strategy = |fields: Value| json!({"deletionStrategy": fields});
    let rules = |rules: Value| strategy(json!({"deletionRules": rules}));
    let rule = |policy: &str, seconds: u32| json!({"policy": policy, "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": seconds}});
    let legacy = |policy: &str| {
        strategy(json!({"onSuccess": {"policy": policy}, "onFailure": {"policy": "DeleteNone"}}))
    };
    for (release, spec, ending, idle) in [
        (
            Release::V1_7,
            legacy("DeleteCluster"),
            "ends in Complete",
            false,
        ),
        (
            Release::V1_7,
            legacy("DeleteWorkers"),
            "ends in Complete",
            true,
        ),
        (
            Release::V1_7,
            legacy("DeleteSelf"),
            "ends in (deleted)",
            false,
        ),
        (
            Release::V1_7,
            legacy("DeleteNone"),
            "ends in Complete",
            true,
        ),
        (
            Release::V1_7,
            rules(json!([rule("DeleteCluster", 0)])),
            "ends in Complete",
            false,
        ),
        (
            Release::V1_7,
            rules(json!([rule("DeleteCluster", 60)])),
            "stays in Complete until its TTL expires",
            true,
        ),
        (
            Release::V1_7,
            rules(json!([rule("DeleteWorkers", 0), rule("DeleteCluster", 60)])),
            "stays in Complete until its TTL expires",
            true,
        ),
        (
            Release::V1_7,
            rules(json!([rule("DeleteWorkers", 0), rule("DeleteSelf", 0)])),
            "ends in (deleted)",
            false,
        ),
        (
            Release::V1_7,
            rules(json!([{"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED"}}])),
            "ends in Complete",
            true,
        ),
        (
            Release::V1_4,
            json!({"deletionPolicy": "DeleteCluster"}),
            "ends in Complete",
            false,
        ),
        (
            Release::V1_4,
            legacy("DeleteCluster"),
            "ends in Complete",
            true,
        ),
        (
            Release::V1_5,
            json!({"deletionPolicy": "DeleteCluster"}),
            "ends in Complete",
            true,
        ),
    ] {
        let mut scenario = Scenario::new(job(spec.clone()), release).unwrap();
        let gate = Gate::RayJobDeletionPolicy;
        scenario.gates.set(release, gate, true);
        scenario.outcomes = vec![JobStatus::Succeeded];
        let trace = simulate(&scenario);
        assert_eq!(trace.ending.to_string(), ending, "{release} {spec}");
        assert_eq!(trace.idle, idle, "{release} {spec}");
    }
}
