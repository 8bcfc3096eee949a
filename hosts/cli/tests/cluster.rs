//! `rayjob-policy check --cluster`.

mod command;

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use command::{check, command, folder, told};
use serde_json::{Value, json};

/// A job on a RayCluster, without a namespace.
const JOB: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: train}\nspec:\n  \
    entrypoint: python train.py\n  clusterSelector: {ray.io/cluster: shared}\n";

const RAYCLUSTER: &str = "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: shared}\n\
    spec: {headGroupSpec: {rayStartParams: {}, template: {spec: {containers: [{name: head, image: \
    r}]}}}}\n";

/// What `kubectl get -o json` prints.
fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn operator(tag: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
           "metadata": {"name": "kuberay-operator", "namespace": "kuberay"},
           "spec": {"template": {
               "metadata": {"labels": {"app.kubernetes.io/component": "kuberay-operator"}},
               "spec": {"containers": [{"image": format!("quay.io/kuberay/operator:{tag}")}]}}}})
}

fn object(version: &str, kind: &str, namespace: &str, name: &str, owner: &[&str]) -> Value {
    let owners: Vec<_> = owner
        .iter()
        .map(|name| json!({"kind": "RayJob", "name": name}))
        .collect();
    json!({"apiVersion": version, "kind": kind,
           "metadata": {"name": name, "namespace": namespace, "ownerReferences": owners}})
}

fn raycluster(namespace: &str, name: &str) -> Value {
    object("ray.io/v1", "RayCluster", namespace, name, &[])
}

#[test]
fn what_a_job_needs_in_the_cluster_is_looked_up() {
    let cluster = list(&[operator("v1.5.1"), raycluster("a", "batch")]);
    let folder = folder(&[("job.yaml", JOB.as_bytes())]);
    let mut command = command(folder.path(), &["job.yaml", "--cluster", "-"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(cluster.as_bytes()).expect("it reads");
    drop(pipe);
    let (code, stdout, stderr) = told(child.wait_with_output().expect("it ends"));
    assert_eq!((code, &*stderr), (0, ""), "{stdout}");
    assert!(
        stdout.contains("warning[live-raycluster-missing]"),
        "{stdout}"
    );
    let sentence = "checked 1 object in 1 file for KubeRay 1.5: 0 errors, 1 warning\n";
    assert!(stdout.ends_with(sentence), "{stdout}");
}

#[test]
fn the_settings_say_what_is_looked_up() {
    let cluster = list(&[operator("v1.6.0"), raycluster("a", "batch")]);
    let folder = folder(&[
        ("job.yaml", JOB.as_bytes()),
        (
            "settings.yaml",
            b"{kuberayVersion: auto, cluster: [operator]}",
        ),
        ("cluster.json", cluster.as_bytes()),
    ]);
    let args = [
        "job.yaml",
        "--settings",
        "settings.yaml",
        "--cluster",
        "cluster.json",
    ];
    let (_, stdout, _) = check(folder.path(), &args);
    let sentence = "checked 1 object in 1 file for KubeRay 1.6: 0 errors, 0 warnings\n";
    assert_eq!(stdout, sentence);
}

#[test]
fn the_files_of_a_run_count_as_present() {
    let batch = list(&[raycluster("a", "batch")]);
    let folder = folder(&[
        ("all/job.yaml", JOB.as_bytes()),
        ("all/shared/raycluster.yaml", RAYCLUSTER.as_bytes()),
        ("cluster.json", batch.as_bytes()),
    ]);
    for (path, warnings) in [("all", 0), ("all/job.yaml", 1)] {
        let (_, stdout, _) = check(folder.path(), &[path, "--cluster", "cluster.json"]);
        let found = stdout.matches("warning[").count();
        assert_eq!(found, warnings, "{path}: {stdout}");
    }
}

/// Files that are applied again are an update: what KubeRay has made of them is no collision.
#[test]
fn what_a_deployed_job_owns_is_not_in_its_way() {
    let job = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: train, namespace: a}\n\
        spec:\n  entrypoint: python train.py\n  rayClusterSpec: {headGroupSpec: {rayStartParams: \
        {}, template: {spec: {containers: [{name: head, image: 'rayproject/ray:2.52.0'}]}}}}\n";
    let with = |owner: &[&str]| {
        list(&[
            object("ray.io/v1", "RayJob", "a", "train", &[]),
            object("batch/v1", "Job", "a", "train", owner),
            object("v1", "Service", "a", "train-head-svc", owner),
        ])
    };
    let (own, others) = (with(&["train"]), with(&[]));
    let folder = folder(&[
        ("job.yaml", job.as_bytes()),
        ("own.json", own.as_bytes()),
        ("others.json", others.as_bytes()),
    ]);
    let found = |cluster: &str| {
        let (_, stdout, _) = check(folder.path(), &["job.yaml", "--cluster", cluster]);
        ["live-job-collision", "live-service-collision"].map(|rule| stdout.contains(rule))
    };
    assert_eq!(found("own.json"), [false, false]);
    assert_eq!(found("others.json"), [true, true]);
}

#[test]
fn what_the_cluster_does_not_tell_is_one_note_in_every_format() {
    let clusters = list(&[
        operator("v1.7.0"),
        raycluster("a", "shared"),
        raycluster("b", "b"),
    ]);
    let folder = folder(&[
        ("a.yaml", JOB.as_bytes()),
        ("b.yaml", JOB.as_bytes()),
        ("cluster.json", clusters.as_bytes()),
    ]);
    let run = |more: &[&str]| {
        let args = ["a.yaml", "b.yaml", "--cluster", "cluster.json"];
        check(folder.path(), &[&args, more].concat())
    };
    let note = "--cluster does not tell about jobs, rayclusters: it has no object of such a kind, \
                or none in the namespace of a checked object; add --namespace for objects that \
                name none";
    assert_eq!(run(&[]).2, format!("note: {note}\n"));
    assert_eq!(run(&["-n", "a"]).2, "");
    let json = |format| -> Value { serde_json::from_str(&run(&["--format", format]).1).unwrap() };
    assert_eq!(json("json")["summary"]["notes"], json!([note]));
    let sarif = &json("sarif")["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(
        sarif,
        &json!([{"level": "note", "message": {"text": note}}])
    );
    assert_eq!(
        run(&["--format", "github"]).1,
        format!("::notice title=note::{note}\n")
    );
}

#[test]
fn a_file_without_the_objects_of_a_cluster_is_told() {
    let folder = folder(&[
        ("job.yaml", JOB.as_bytes()),
        ("table.txt", b"NAME     AGE\nshared   3d\n"),
    ]);
    let (code, _, stderr) = check(folder.path(), &["job.yaml", "--cluster", "table.txt"]);
    let note = "note: table.txt has no object that the policy asks about; --cluster takes the \
                output of kubectl get -o json\n";
    assert_eq!((code, &*stderr), (0, note));
}

#[test]
fn what_cannot_be_looked_up_is_an_error() {
    let one = list(&[operator("v1.5.1")]);
    let two = list(&[operator("v1.5.1"), operator("v1.7.0")]);
    let folder = folder(&[
        ("job.yaml", JOB.as_bytes()),
        ("auto.yaml", b"{kuberayVersion: auto, cluster: [operator]}"),
        ("cut.json", &one.as_bytes()[..40]),
        ("none.json", list(&[raycluster("a", "b")]).as_bytes()),
        ("two.json", two.as_bytes()),
    ]);
    let without = "kuberayVersion is auto, the release of the operator in the cluster; add \
                   --cluster, or name a release with --kuberay";
    let advice = "; name a release with --kuberay instead of auto";
    for (args, error) in [
        (
            &["--cluster", "absent.json"][..],
            "absent.json: No such file",
        ),
        (
            &["--cluster", "cut.json"],
            "cut.json:1:40: cannot be read: ",
        ),
        (&["--kuberay", "auto"], without),
        (&["--settings", "auto.yaml"], without),
        (
            &["--kuberay", "auto", "--cluster", "none.json"],
            &format!("the cluster has no Deployment of a KubeRay operator{advice}\n"),
        ),
        (
            &["--kuberay", "auto", "--cluster", "two.json"],
            &format!("the cluster has several operators, which differ{advice}\n"),
        ),
        (
            &["-", "--cluster", "-"],
            "stdin can be either a file to check or --cluster",
        ),
    ] {
        let (code, stdout, stderr) = check(folder.path(), &[&["job.yaml"], args].concat());
        assert_eq!((code, &*stdout), (2, ""), "{args:?}");
        assert!(
            stderr.starts_with(&format!("error: {error}")),
            "{args:?}: {stderr}"
        );
    }
    let args = ["job.yaml", "--settings", "auto.yaml", "--kuberay", "1.6"];
    assert_eq!(check(folder.path(), &args).0, 0);
    let stdin = check(Path::new("."), &["-", "--kuberay", "1.8"]).2;
    assert!(stdin.contains("unknown KubeRay release"), "{stdin}");
}
