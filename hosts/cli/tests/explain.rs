//! `rayjob-policy explain` on files.

mod command;

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use command::{folder, told};

const JOBS: &str = r#"apiVersion: ray.io/v1
kind: RayJob
metadata: {name: train}
spec:
  entrypoint: python -c 'print(1)'
  rayClusterSpec:
    rayVersion: 2.52.0
    headGroupSpec:
      template: {spec: {containers: [{name: h, image: "rayproject/ray:2.52.0"}]}}
---
apiVersion: ray.io/v1
kind: RayCronJob
metadata: {name: nightly}
spec:
  schedule: 0 3 * * *
  jobTemplate:
    entrypoint: python -c 'print(1)' --id '$(JOB)'
    submissionMode: K8sJobMode
    submitterPodTemplate:
      spec:
        restartPolicy: Never
        containers:
        - {name: submit, image: "rayproject/ray:2.56.0", env: [{name: JOB, value: a}]}
    rayClusterSpec:
      rayVersion: 2.52.0
      headGroupSpec:
        template: {spec: {containers: [{name: h, image: "rayproject/ray:2.52.0"}]}}
---
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: shared}
spec:
  headGroupSpec:
    template: {spec: {containers: [{name: h, image: "rayproject/ray:2.52.0"}]}}
---
apiVersion: ray.io/v1
kind: RayJob
metadata: {name: notebook}
spec:
  submissionMode: InteractiveMode
  rayClusterSpec:
    headGroupSpec:
      template: {spec: {containers: [{name: h, image: "rayproject/ray:2.52.0"}]}}
"#;

fn explain(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"));
    command.arg("explain").args(args).current_dir(folder);
    if args.contains(&"-") {
        let jobs = File::open(folder.join("jobs.yaml")).expect("a file");
        command.stdin(Stdio::from(jobs));
    }
    told(command.output().expect("it runs"))
}

#[test]
fn the_way_of_each_entrypoint_is_that_of_its_object() {
    let folder = folder(&[("jobs.yaml", JOBS.as_bytes())]);
    let (code, stdout, stderr) = explain(folder.path(), &["jobs.yaml"]);
    assert_eq!((code, &*stderr), (0, ""));
    let at = |text: &str| {
        stdout
            .find(text)
            .unwrap_or_else(|| panic!("{text} in {stdout}"))
    };
    let places = [
        "jobs.yaml:2: RayJob train, K8sJobMode, Ray 2.52\n",
        "Ray 2.52 makes of them:\n    python -c print(1)\n",
        "[trap-entrypoint-operator-on-head]",
        "It ends in Failed.",
        // The image that submits has another release than the head.
        "jobs.yaml:12: RayCronJob nightly, K8sJobMode, Ray 2.56\n",
        "The kubelet makes of it:\n    python -c 'print(1)' --id '$(JOB)'\n",
        "Ray 2.56 makes of them:\n    python -c 'print(1)' --id '$(JOB)'\n",
        "warn: spec.jobTemplate.entrypoint: the text has \"$(JOB)\"",
        "jobs.yaml:37: RayJob notebook: KubeRay submits no entrypoint.\n",
    ];
    let places = places.map(at);
    assert!(places.is_sorted(), "{places:?}");
    assert!(!stdout.contains("RayCluster shared"), "{stdout}");
    let (code, from_stdin, _) = explain(folder.path(), &["-"]);
    assert_eq!(
        (code, from_stdin),
        (0, stdout.replace("jobs.yaml:", "stdin:"))
    );
}

#[test]
fn the_simulation_is_that_of_the_release() {
    let folder = folder(&[("jobs.yaml", JOBS.as_bytes())]);
    let (_, stdout, _) = explain(folder.path(), &["jobs.yaml", "--kuberay", "1.4"]);
    assert!(stdout.contains("What KubeRay 1.4 does with it"), "{stdout}");
}

#[test]
fn the_simulation_has_the_defaults_of_the_crd() {
    let job = JOBS.split("---").next().expect("a job");
    let group = "    workerGroupSpecs: [{groupName: w, replicas: 2, rayStartParams: {}, template: \
        {spec: {containers: [{name: w, image: 'rayproject/ray:2.52.0'}]}}}]\n";
    let folder = folder(&[("job.yaml", format!("{job}{group}").as_bytes())]);
    let (code, stdout, _) = explain(folder.path(), &["job.yaml"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("It ends in Failed."), "{stdout}");
}

#[test]
fn a_refusal_names_its_rule() {
    let job = JOBS.split("---").next().expect("a job");
    let job = format!("{job}  ttlSecondsAfterFinished: 5\n");
    let folder = folder(&[("job.yaml", job.as_bytes())]);
    let (_, stdout, _) = explain(folder.path(), &["job.yaml"]);
    let refusal = "KubeRay refuses it permanently: fixing the spec changes nothing. \
        [ttl-needs-shutdown]\n";
    assert!(stdout.contains(refusal), "{stdout}");
}

#[test]
fn a_file_without_a_job_is_an_error_that_names_it() {
    let folder = folder(&[
        ("other.yaml", b"apiVersion: v1\nkind: Pod\n"),
        ("cluster.yaml", b"apiVersion: ray.io/v1\nkind: RayCluster\n"),
        (
            "tabs.yaml",
            b"apiVersion: ray.io/v1\nkind: RayJob\nspec:\n\tsuspend: true\n",
        ),
    ]);
    let errors = [
        (
            "other.yaml",
            "error: other.yaml: no RayJob or RayCronJob; explain simulates jobs",
        ),
        (
            "cluster.yaml",
            "error: cluster.yaml: no RayJob or RayCronJob; explain simulates jobs, so use \
             rayjob-policy check for other kinds\n",
        ),
        ("tabs.yaml", "error: tabs.yaml:4:1: cannot be read: "),
        (
            "absent.yaml",
            "error: absent.yaml: No such file or directory",
        ),
        ("absent", "error: unknown rule absent"),
    ];
    for (name, error) in errors {
        let (code, stdout, stderr) = explain(folder.path(), &[name]);
        assert_eq!((code, &*stdout), (2, ""), "{name}");
        assert!(stderr.starts_with(error), "{stderr}");
    }
}

#[test]
fn a_rule_is_explained_with_its_examples_and_a_life() {
    let folder = folder(&[]);
    let explained = |rule: &str| {
        let (code, stdout, stderr) = explain(folder.path(), &[rule]);
        assert_eq!((code, &*stderr), (0, ""));
        stdout
    };
    let fails = "if the application fails and the user, when asked, submits once:\n";
    let late = "if the application fails before all workers are ready and the user, when asked, \
                submits once:\n";
    for (rule, begin, life) in [
        (
            "ttl-needs-shutdown",
            "ttl-needs-shutdown: deny, KubeRay 1.4 and later, RayJob and RayCronJob only\n\n",
            Some(fails),
        ),
        (
            "trap-sidecar-ends-before-ready",
            "trap-sidecar-ends-before-ready: ",
            Some(late),
        ),
        ("deletion-gate-off", "deletion-gate-off: ", Some(fails)),
        // The examples are lived alike.
        (
            "deletion-policy-selector",
            "deletion-policy-selector: ",
            None,
        ),
        // An UPDATE, and a RayCluster.
        ("trap-cluster-spec-edit", "trap-cluster-spec-edit: ", None),
        ("cluster-name-too-long", "cluster-name-too-long: ", None),
    ] {
        let text = explained(rule);
        assert!(text.starts_with(begin), "{text}");
        assert!(
            text.contains("\n\nWhy: ") && text.contains("\nSource: "),
            "{text}"
        );
        match life {
            Some(life) => assert!(text.contains(life), "{text}"),
            None => assert!(!text.contains("What KubeRay"), "{text}"),
        }
    }
    let gate = explained("deletion-gate-off");
    let (first, _) = gate.split_once('\n').expect("lines");
    assert!(
        first.ends_with(", with the feature gate RayJobDeletionPolicy off"),
        "{first}"
    );
    let older = explained("deletion-policy-gate-off");
    assert!(
        older.contains("\nFound in a RayJob, with KubeRay 1.4:\n"),
        "{older}"
    );
    let latest = explained("ttl-needs-shutdown");
    assert!(latest.contains("\nFound in a RayJob:\n"), "{latest}");
    let boolean = explained("yaml-boolean");
    assert!(
        boolean.starts_with("yaml-boolean: warn, in files\n\n"),
        "{boolean}"
    );
    assert!(boolean.contains("\n\nWhy: "), "{boolean}");
}
