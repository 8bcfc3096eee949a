//! What each program between a RayJob and the head makes of an entrypoint, step by step.

use rayjob_policy_core::entrypoint::EntrypointTrace;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::syntax::shell::steps::Step;
use serde_json::{Value, json};

fn trace(kind: Kind, object: &Value) -> Option<EntrypointTrace> {
    let object = object.to_string();
    EntrypointTrace::of(kind, object.as_bytes(), Release::LATEST).expect("a readable object")
}

/// The spec of a job whose head has this image.
fn spec(entrypoint: &str, image: &str, more: Value) -> Value {
    let containers = json!([{"name": "ray-head", "image": image}]);
    let mut spec = json!({"entrypoint": entrypoint, "rayClusterSpec": {"rayVersion": "2.46.0",
        "headGroupSpec": {"template": {"spec": {"containers": containers}}}}});
    let fields = spec.as_object_mut().expect("fields");
    fields.extend(more.as_object().expect("fields").clone());
    spec
}

fn job(entrypoint: &str, image: &str, more: Value) -> Option<EntrypointTrace> {
    trace(
        Kind::RayJob,
        &json!({"spec": spec(entrypoint, image, more)}),
    )
}

fn shown(step: &Step, trace: &EntrypointTrace) -> String {
    let mut shown = step.reader.title(trace.ray);
    if let Some(text) = &step.text {
        shown += &format!(": {text}");
    }
    for (word, note) in &step.words {
        shown += &format!(" [{word}]");
        if let Some(note) = note {
            shown += &format!(" ({note})");
        }
    }
    if let Some(rest) = &step.rest {
        shown += &format!("; then {rest}");
    }
    if let Some(error) = &step.error {
        shown += &format!("; stops at {error}");
    }
    shown
}

/// Compares the steps of an entrypoint.
#[track_caller]
fn takes(entrypoint: &str, image: &str, more: Value, expected: &[&str]) {
    let trace = job(entrypoint, image, more).expect("KubeRay submits it");
    let steps = trace.steps.iter().map(|step| shown(step, &trace));
    assert_eq!(steps.collect::<Vec<_>>(), expected, "{entrypoint}");
}

#[test]
fn each_reader_shows_what_it_makes_of_a_text() {
    let ray = "rayproject/ray:2.52.0";
    takes(
        "python 'b c' $HOME ~/x *.py {d,e} ${f?} && ls",
        ray,
        json!({}),
        &[
            "bash in the submitter reads these words [python] [b c] [$HOME] (replaced) [~/x] \
             (replaced by a home directory) [*.py] (replaced by names of files, if any match) \
             [{d,e}] (made several words) [${f?}] (replaced, or an error if it is not set); then \
             && ls",
            "Ray 2.52 makes of them: python \"b c\" $HOME ~/x *.py {d,e} ${f?}",
            "/bin/sh on the head reads these words [python] [b c] [$HOME] (as the submitter has \
             replaced it) [~/x] (as the submitter has replaced it) [*.py] (as the submitter has \
             replaced it) [{d,e}] (as the submitter has replaced it) [${f?}] (as the submitter has \
             replaced it)",
        ],
    );
    takes(
        "python $$ '$a'",
        ray,
        json!({}),
        &[
            "The kubelet makes of it: python $ '$a'",
            "bash in the submitter reads these words [python] [$] [$a]",
            "Ray 2.52 makes of them: python $ $a",
            "/bin/sh on the head reads these words [python] [$] [$a] (replaced)",
        ],
    );
    takes(
        "python \"it's\"",
        "rayproject/ray:2.56.0",
        json!({}),
        &[
            "bash in the submitter reads these words [python] [it's]",
            "Ray 2.56 makes of them: python 'it'\"'\"'s'",
            "/bin/sh on the head reads these words [python] [it's]",
        ],
    );
    takes(
        "python -c 'print(1)'",
        "example.com/train:1",
        json!({"rayClusterSpec": null}),
        &[
            "bash in the submitter reads these words [python] [-c] [print(1)]",
            "Ray up to 2.55 makes of them: python -c print(1)",
            "/bin/sh on the head reads these words [python] [-c] [print]; stops at (1)",
        ],
    );
}

#[test]
fn a_reader_shows_where_it_stops() {
    let ray = "rayproject/ray:2.52.0";
    let http = json!({"submissionMode": "HTTPMode"});
    for (entrypoint, step) in [
        ("python a > log", "[python] [a]; then > log"),
        (
            "python ${a^^} | b",
            "[python] [${a^^}] (an error); then | b",
        ),
        ("python $a <(b)", "[python] [$a] (replaced); stops at (b)"),
        ("if a", "[a]; stops at the end"),
        ("python 'a", "[python]; stops at 'a"),
        (
            "A=* B=~ c A=~",
            "[A=*] [B=~] (replaced by a home directory) [c] [A=~]",
        ),
        ("for a in B=*; do c", "[c]; stops at the end"),
    ] {
        let step = format!("/bin/sh on the head reads these words {step}");
        takes(entrypoint, ray, http.clone(), &[&step]);
    }
    let step = "bash in the submitter reads these words [python]; stops at 'a";
    takes("python 'a", ray, json!({}), &[step]);
}

#[test]
fn the_submitter_acts_on_redirections_and_what_follows() {
    for (entrypoint, words, rest) in [
        ("python a > log", "[python] [a]", "> log"),
        (
            "python > log a 2>&1 && b",
            "[python] [a]",
            "> log\n2>&1\n&& b",
        ),
        ("python <<E -\nprint(1)\nE\nls", "[python] [-]", "<<E\nls"),
    ] {
        let read = "bash in the submitter reads these words";
        let trace =
            job(entrypoint, "rayproject/ray:2.52.0", json!({})).expect("KubeRay submits it");
        let bash = trace.steps.first().map(|step| shown(step, &trace));
        let expected = format!("{read} {words}; then {rest}");
        assert_eq!(bash.as_deref(), Some(&*expected), "{entrypoint}");
    }
}

#[test]
fn the_image_that_submits_tells_the_release_of_ray() {
    let submitter = |image: &str| {
        json!({"submitterPodTemplate": {"spec": {"containers": [
            {"name": "submitter", "image": image}]}}})
    };
    let mut sidecar = submitter("rayproject/ray:2.56.0");
    sidecar["submissionMode"] = "SidecarMode".into();
    for (image, more, ray) in [
        ("rayproject/ray:2.52.0", json!({}), "2.52"),
        ("example.com/train:1", json!({}), "2.46"),
        (
            "rayproject/ray:2.52.0",
            submitter("rayproject/ray:2.56.0"),
            "2.56",
        ),
        ("rayproject/ray:2.52.0", submitter(""), "2.52"),
        (
            "rayproject/ray:2.52.0",
            submitter("example.com/submit:1"),
            "2.46",
        ),
        ("rayproject/ray:2.52.0", sidecar, "2.52"),
    ] {
        let trace = job("python a.py", image, more.clone()).expect("KubeRay submits it");
        let known = trace.ray.map(|ray| ray.to_string());
        assert_eq!(known.as_deref(), Some(ray), "{image} {more}");
    }
}

#[test]
fn the_kubelet_knows_the_variables_of_the_submitter() {
    let own = json!({"submitterPodTemplate": {"spec": {"containers": [
        {"name": "submitter", "image": "", "env": [{"name": "MINE", "value": "1"}]}]}}});
    for (entrypoint, more, is_replaced) in [
        ("python $(RAY_JOB_SUBMISSION_ID)", json!({}), true),
        ("python $(RAY_DASHBOARD_ADDRESS)", json!({}), true),
        ("python $(PYTHONUNBUFFERED)", json!({}), true),
        ("python $(MINE)", own.clone(), true),
        ("python $(MINE)", json!({}), false),
        ("python $(OTHER)", own, false),
    ] {
        let trace = job(entrypoint, "rayproject/ray:2.52.0", more).expect("KubeRay submits it");
        assert_eq!(trace.steps.len() == 4, is_replaced, "{entrypoint}");
    }
}

#[test]
fn only_what_kuberay_submits_has_steps() {
    let ray = "rayproject/ray:2.52.0";
    for (mode, expected) in [
        ("K8sJobMode", Some(SubmissionMode::K8sJob)),
        ("SidecarMode", Some(SubmissionMode::Sidecar)),
        ("HTTPMode", Some(SubmissionMode::Http)),
        ("InteractiveMode", None),
    ] {
        let trace = job("python a.py", ray, json!({"submissionMode": mode}));
        assert_eq!(trace.map(|trace| trace.mode), expected, "{mode}");
    }
    assert!(job("", ray, json!({})).is_none());
    let cron = json!({"spec": {"jobTemplate": spec("python a.py", ray, json!({}))}});
    assert!(trace(Kind::RayCronJob, &cron).is_some());
    assert!(trace(Kind::RayCluster, &json!({})).is_none());
    let unreadable = EntrypointTrace::of(Kind::RayJob, b"{\"spec\": 1}", Release::LATEST);
    assert!(unreadable.is_err());
}
