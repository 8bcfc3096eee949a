//! The lives of RayJobs whose children cannot be created, and of those that end before all
//! their workers are ready.

use rayjob_policy_core::kuberay::{JobDeploymentStatus, JobStatus};
use rayjob_policy_core::lifecycle::{Action, Event, Scenario, Trace, Transition, simulate};
use rayjob_policy_core::release::Release;
use serde_json::{Value, json};

/// A RayJob whose parts are given; KubeRay submits it.
fn job(head: Value, groups: Value, more: Value) -> Value {
    let mut spec = json!({"entrypoint": "python train.py", "rayClusterSpec": {
        "headGroupSpec": {"rayStartParams": {}, "template": {"spec": head}},
        "workerGroupSpecs": groups}});
    let fields = spec.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    json!({"metadata": {"name": "job"}, "spec": spec})
}

fn head() -> Value {
    json!({"containers": [{"name": "ray-head", "image": "ray"}]})
}

fn group(name: &str, replicas: i32) -> Value {
    json!({"groupName": name, "replicas": replicas, "minReplicas": 0, "maxReplicas": 9,
        "template": {"spec": {"containers": [{"name": "ray-worker", "image": "ray"}]}}})
}

fn submitter(spec: Value) -> Value {
    json!({"submitterPodTemplate": {"spec": spec}})
}

/// The life of a RayJob whose applications succeed, while a day passes in every state in
/// which it stays.
fn life(release: Release, object: Value) -> Trace {
    let mut scenario = Scenario::new(object, release).unwrap();
    scenario.outcomes = vec![JobStatus::Succeeded; 5];
    scenario.events = [
        JobDeploymentStatus::Initializing,
        JobDeploymentStatus::Running,
    ]
    .map(|when| Event {
        when,
        nth: 1,
        action: Action::TimePasses(86_400),
    })
    .into();
    simulate(&scenario)
}

/// The rule of the obstacle that the last step met.
fn met(trace: &Trace) -> Option<(Transition, &'static str)> {
    let last = trace.steps.last()?;
    Some((last.transition, last.obstacle.as_ref()?.rule))
}

#[test]
fn a_job_stays_where_a_child_cannot_be_created() {
    let spaced = json!({"restartPolicy": "Never",
        "containers": [{"name": "submit", "image": " ray"}]});
    let ports = json!({"containers": [{"name": "ray-head", "image": "ray",
        "ports": [{"name": "dashboard", "containerPort": 8265}, {"containerPort": 8080}]}]});
    let no_dashboard = json!({"containers": [{"name": "ray-head", "image": "ray",
        "ports": [{"containerPort": 8265}]}]});
    let mut fixed = job(head(), json!([]), json!({}));
    fixed["spec"]["rayClusterSpec"]["headGroupSpec"]["headService"] =
        json!({"spec": {"clusterIP": "10.0.0.9"}});
    let mut negative = group("w", 1);
    negative["numOfHosts"] = (-1).into();
    // KubeRay leaves a 0 out of the RayCluster, where 1 is the default.
    let mut gpu_workers = group("gpu_workers", 1);
    gpu_workers["numOfHosts"] = 0.into();
    for (object, transition, rule, ending, idle) in [
        (
            job(
                json!({"containers": [{"name": "ray_head", "image": "ray"}]}),
                json!([]),
                json!({}),
            ),
            Transition::RefuseHead,
            "pod-container-name",
            "stays in Initializing because the API server refuses the head pod, and no deadline \
             ends this",
            false,
        ),
        (
            job(ports, json!([]), json!({})),
            Transition::RefuseService,
            "trap-head-service-ports",
            "stays in Initializing because the API server refuses the Service of the head, and no \
             deadline ends this",
            false,
        ),
        (
            job(head(), json!([group("small", 1), gpu_workers]), json!({})),
            Transition::RefuseWorkers,
            "trap-group-name",
            "stays in Initializing because the API server refuses the pods of worker group \
             \"gpu_workers\", and no deadline ends this",
            true,
        ),
        (
            job(head(), json!([negative]), json!({})),
            Transition::AwaitCluster,
            "trap-num-of-hosts-negative",
            "stays in Initializing because no number of pods is the one that KubeRay waits for, \
             and no deadline ends this",
            true,
        ),
        (
            job(no_dashboard, json!([]), json!({})),
            Transition::MissDashboard,
            "trap-no-dashboard-port",
            "stays in Initializing because the Service of the head has no port named dashboard, \
             and no deadline ends this",
            true,
        ),
        (
            job(
                head(),
                json!([]),
                submitter(json!({"containers": [{"name": "s", "image": "ray"}]})),
            ),
            Transition::RefuseSubmitter,
            "trap-submitter-restart-policy",
            "stays in Initializing because the API server refuses the submitter Job, and no \
             deadline ends this",
            true,
        ),
        (
            job(head(), json!([]), submitter(spaced)),
            Transition::RefuseSubmitterPod,
            "pod-image-space",
            "stays in Running because the API server refuses the pod of the submitter Job, and no \
             deadline ends this",
            true,
        ),
        (
            fixed,
            Transition::RefuseJobService,
            "trap-head-service-allocated",
            "stays in Running because the API server refuses the Service of the RayJob, and no \
             deadline ends this",
            false,
        ),
    ] {
        let trace = life(Release::V1_7, object);
        assert_eq!(trace.ending.to_string(), ending);
        assert_eq!(met(&trace), Some((transition, rule)), "{ending}");
        assert_eq!(trace.idle, idle, "{ending}");
    }
}

#[test]
fn a_deadline_ends_the_wait() {
    let stuck = |more| job(head(), json!([group("gpu_workers", 1)]), more);
    let active = json!({"activeDeadlineSeconds": 3600});
    let pre_running = json!({"preRunningDeadlineSeconds": 600});
    for (release, more, ends) in [
        (Release::V1_3, &active, true),
        (Release::V1_5, &pre_running, false),
        (Release::V1_6, &pre_running, true),
    ] {
        let trace = life(release, stuck(more.clone()));
        let ending = trace.ending.to_string();
        assert_eq!(
            ending == "ends in Failed",
            ends,
            "{release} {more} {ending}"
        );
    }
    for (release, active, first) in [
        (Release::V1_7, 3600, "preRunningDeadlineSeconds"),
        (Release::V1_7, 601, "preRunningDeadlineSeconds"),
        (Release::V1_7, 600, "activeDeadlineSeconds"),
        (Release::V1_7, 60, "activeDeadlineSeconds"),
        (Release::V1_5, 3600, "activeDeadlineSeconds"),
    ] {
        let both = json!({"activeDeadlineSeconds": active, "preRunningDeadlineSeconds": 600});
        let trace = simulate(&Scenario::new(stuck(both), release).unwrap());
        assert_eq!(
            trace.ending.to_string(),
            format!(
                "stays in Initializing until {first} ends this, because the API server refuses \
                 the pods of worker group \"gpu_workers\""
            )
        );
    }
}

#[test]
fn a_group_without_workers_stops_nothing_but_cannot_grow() {
    let trace = life(
        Release::V1_7,
        job(head(), json!([group("gpu_workers", 0)]), json!({})),
    );
    assert_eq!(trace.ending.to_string(), "ends in Complete");
    assert!(trace.steps.iter().all(|step| step.obstacle.is_none()));
    let obstacles: Vec<_> = trace
        .obstacles
        .iter()
        .map(|obstacle| (obstacle.what.as_str(), obstacle.rule))
        .collect();
    assert_eq!(
        obstacles,
        [(
            "the API server refuses the pods of worker group \"gpu_workers\", so it never grows",
            "trap-group-name"
        )]
    );
}

#[test]
fn kuberay_meets_the_obstacles_in_its_order() {
    let object = job(
        json!({"containers": [{"name": "ray_head", "image": "ray"}]}),
        json!([group("a_b", 1), group("c_d", 1)]),
        submitter(json!({"containers": [{"name": "s", "image": "ray"}]})),
    );
    let trace = life(Release::V1_7, object);
    let rules: Vec<_> = trace
        .obstacles
        .iter()
        .map(|obstacle| obstacle.rule)
        .collect();
    assert_eq!(
        rules,
        [
            "pod-container-name",
            "trap-group-name",
            "trap-group-name",
            "trap-submitter-restart-policy"
        ]
    );
    assert_eq!(met(&trace).unwrap().0, Transition::RefuseHead);
}

#[test]
fn only_the_submitter_of_an_existing_cluster_can_be_an_obstacle() {
    let mut more = submitter(json!({"containers": [{"name": "s", "image": "ray"}]}));
    more["clusterSelector"] = json!({"ray.io/cluster": "mine"});
    let object = job(head(), json!([group("gpu_workers", 1)]), more);
    let trace = life(Release::V1_7, object);
    assert_eq!(trace.obstacles.len(), 1);
    assert_eq!(met(&trace).unwrap().0, Transition::RefuseSubmitter);
}

#[test]
fn a_sidecar_that_ends_before_all_workers_are_ready_is_never_looked_at() {
    let life = |release, groups, outcome, more: &Value| {
        let mut spec = json!({"submissionMode": "SidecarMode"});
        spec.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let mut scenario = Scenario::new(job(head(), groups, spec), release).unwrap();
        scenario.late_workers = true;
        scenario.outcomes = vec![outcome; 5];
        simulate(&scenario)
    };
    let (none, workers) = (json!({}), json!([group("workers", 2)]));
    for outcome in [JobStatus::Succeeded, JobStatus::Failed] {
        let trace = life(Release::V1_5, workers.clone(), outcome, &none);
        assert_eq!(
            trace.ending.to_string(),
            "stays in Initializing because the application ended before all workers were ready, \
             and no deadline ends this"
        );
        assert_eq!(
            (trace.started, trace.clusters, trace.idle),
            (1, 1, true),
            "{outcome:?}"
        );
        let rule = "trap-sidecar-ends-before-ready";
        assert_eq!(met(&trace), Some((Transition::EndBeforeReady, rule)));
    }
    let deadline = json!({"activeDeadlineSeconds": 60});
    let trace = life(
        Release::V1_7,
        workers.clone(),
        JobStatus::Succeeded,
        &deadline,
    );
    assert_eq!(
        trace.ending.to_string(),
        "stays in Initializing until activeDeadlineSeconds ends this, because the application \
         ended before all workers were ready"
    );
    // Without workers at first, the head alone is the RayCluster; and 1.4 does not know the mode.
    let trace = life(
        Release::V1_7,
        json!([group("workers", 0)]),
        JobStatus::Succeeded,
        &none,
    );
    assert_eq!(trace.ending.to_string(), "ends in Complete");
    let trace = life(Release::V1_4, workers.clone(), JobStatus::Succeeded, &none);
    assert_eq!(
        trace.ending.to_string(),
        "stays in Running because nothing submits the application"
    );
    // It is the end that is early: an application that goes on waits for its workers.
    let trace = life(Release::V1_7, workers, JobStatus::Running, &none);
    assert_eq!(
        trace.ending.to_string(),
        "stays in Initializing until the RayCluster is ready"
    );
}
