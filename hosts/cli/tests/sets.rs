//! What `rayjob-policy check` finds in objects that are applied together.

mod command;

use command::{check, folder};
use serde_json::Value;

const TEMPLATE: &str = "rayStartParams: {}, template: {spec: {containers: [{name: h, image: r}]}}";

/// An object whose head has these fields.
fn object(kind: &str, metadata: &str, head: &str) -> String {
    let (begin, end) = match kind {
        "RayJob" => ("{entrypoint: a, rayClusterSpec: {", "}}"),
        "RayService" => (
            "{serveConfigV2: 'applications: [{import_path: a:b}]', rayClusterConfig: {",
            "}}",
        ),
        _ => ("{", "}"),
    };
    format!(
        "apiVersion: ray.io/v1\nkind: {kind}\nmetadata: {{{metadata}}}\n\
         spec: {begin}headGroupSpec: {{{head}{TEMPLATE}}}{end}\n"
    )
}

/// The rule, place and detail of each finding of these files.
fn found(files: &[(&str, &str)], args: &[&str]) -> Vec<(String, String, String)> {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    let folder = folder(&files);
    let (_, stdout, stderr) = check(folder.path(), &[args, &["--format", "json"]].concat());
    assert_eq!(stderr, "");
    let json: Value = serde_json::from_str(&stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut found = Vec::new();
    for file in json["files"].as_array().expect("files") {
        for document in file["documents"].as_array().expect("documents") {
            for finding in document["findings"].as_array().expect("findings") {
                let place = format!("{} {}", text(&file["path"]), text(&finding["path"]));
                found.push((text(&finding["rule"]), place, text(&finding["detail"])));
            }
        }
    }
    found
}

const COLLISION: &str = "trap-service-collision";

fn collides(files: &[(&str, &str)], args: &[&str]) -> bool {
    let found = found(files, args);
    assert!(
        found.iter().all(|(rule, ..)| rule == COLLISION),
        "{found:?}"
    );
    !found.is_empty()
}

#[test]
fn a_rayjob_and_a_cluster_of_one_name_are_found_wherever_they_stand() {
    let job = object("RayJob", "name: train", "");
    for kind in ["RayCluster", "RayService"] {
        let other = object(kind, "name: train", "");
        let detail =
            |place| format!(r#"{kind} "train" ({place}) has the Service "train-head-svc" too"#);
        let finding = |place, file| {
            let place: String = detail(place);
            vec![(COLLISION.to_owned(), format!("{file} metadata.name"), place)]
        };
        let apart = [("a/job.yaml", &*job), ("a/other.yaml", &*other)];
        assert_eq!(
            found(&apart, &["a"]),
            finding("a/other.yaml:1", "a/job.yaml")
        );
        let one = format!("{job}---\n{other}");
        assert_eq!(
            found(&[("one.yaml", &one)], &["one.yaml"]),
            finding("line 6", "one.yaml")
        );
        let list = format!(
            "apiVersion: v1\nkind: List\nitems:\n- {}- {}",
            job.replace('\n', "\n  ").trim_end_matches(' '),
            other.replace('\n', "\n  ").trim_end_matches(' ')
        );
        assert_eq!(
            found(&[("list.yaml", &list)], &["list.yaml"]),
            finding("line 8", "list.yaml")
        );
    }
}

#[test]
fn a_patch_is_no_object_of_a_set() {
    let job = object("RayJob", "name: train", "");
    let cluster = object("RayCluster", "name: train", "");
    let mut files = vec![("job.yaml", &*job), ("patch.yaml", &*cluster)];
    assert!(collides(&files, &["."]));
    files.push(("kustomization.yaml", "patches: [{path: patch.yaml}]\n"));
    let folder: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    let (_, stdout, _) = check(command::folder(&folder).path(), &["."]);
    assert!(!stdout.contains(COLLISION), "{stdout}");
}

#[test]
fn what_goes_to_different_namespaces_does_not_collide() {
    let job = object("RayJob", "name: train", "");
    let cluster = object("RayCluster", "name: train", "");
    let [job_in_ml, cluster_in_ml] =
        ["RayJob", "RayCluster"].map(|kind| object(kind, "name: train, namespace: ml", ""));
    assert!(!collides(
        &[("a.yaml", &job_in_ml), ("b.yaml", &cluster)],
        &["."]
    ));
    assert!(collides(
        &[("a/a.yaml", &job_in_ml), ("b/b.yaml", &cluster_in_ml)],
        &["."]
    ));
    // Without a namespace, folders may be for different ones.
    let folders = [("a/a.yaml", &*job), ("b/b.yaml", &*cluster)];
    assert!(!collides(&folders, &["."]));
    assert!(!collides(&folders, &["--lenient", "a/a.yaml", "b/b.yaml"]));
    assert!(collides(&folders, &["a/a.yaml", "b/b.yaml"]));
}

#[test]
fn what_has_no_such_service_does_not_collide() {
    let job = object("RayJob", "name: train", "");
    let cluster = object("RayCluster", "name: train", "");
    let files = |one: &str, other: &str| collides(&[("a.yaml", one), ("b.yaml", other)], &["."]);
    assert!(files(&job, &cluster));
    assert!(!collides(
        &[("a.yaml", &job), ("b.yaml", &cluster)],
        &[".", "--kuberay", "1.4"]
    ));
    assert!(!files(&job, &object("RayCluster", "name: other", "")));
    assert!(!files(
        &job,
        &cluster.replace("ray.io/v1", "example.com/v1")
    ));
    let named = "headService: {metadata: {name: of-train}}, ";
    assert!(!files(&job, &object("RayCluster", "name: train", named)));
    let named = "headService: {metadata: {name: train-head-svc}}, ";
    assert!(files(&job, &object("RayCluster", "name: other", named)));
    let selects = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: train}\n\
                   spec: {entrypoint: a, clusterSelector: {ray.io/cluster: train}}\n";
    assert!(!files(selects, &cluster));
    let indented = format!("    {}", cluster.replace('\n', "\n    "));
    let held = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n{indented}\n");
    assert!(!files(&job, &held));
}

#[test]
fn settings_and_comments_silence_it() {
    let cluster = object("RayCluster", "name: train", "");
    let ignored = "\n  name: train # rayjob-policy: ignore[trap-service-collision] never at once\n";
    let ignored = object("RayJob", "name: train", "").replace(" {name: train}\n", ignored);
    let folder = folder(&[
        ("a.yaml", ignored.as_bytes()),
        ("b.yaml", cluster.as_bytes()),
        ("c/a.yaml", object("RayJob", "name: train", "").as_bytes()),
        ("c/b.yaml", cluster.as_bytes()),
        ("warn.yml", b"rules: {trap-service-collision: warn}"),
    ]);
    assert_eq!(check(folder.path(), &["a.yaml", "b.yaml"]).0, 0);
    assert_eq!(check(folder.path(), &["c"]).0, 1);
    let (code, stdout, _) = check(folder.path(), &["c", "--settings", "warn.yml"]);
    assert!(
        code == 0 && stdout.contains("warning[trap-service-collision]"),
        "{stdout}"
    );
}

#[test]
fn jobs_that_fix_the_name_of_one_service_are_warned_about() {
    let fixed = "headService: {metadata: {name: ray-head}}, ";
    let jobs = ["a", "b"].map(|name| object("RayJob", &format!("name: {name}"), fixed));
    let [a, b] = &jobs;
    // A folder of examples has a RayCluster with the same name, which nobody applies with it.
    let cluster = object("RayCluster", "name: c", fixed);
    assert_eq!(found(&[("a.yaml", a), ("c.yaml", &cluster)], &["."]), []);
    let found = found(&[("a.yaml", a), ("b.yaml", b)], &["."]);
    let at = |file| format!("{file} spec.rayClusterSpec.headGroupSpec.headService.metadata.name");
    let places: Vec<_> = found
        .iter()
        .map(|(rule, place, _)| (&**rule, place.clone()))
        .collect();
    let rule = "trap-head-service-shared";
    assert_eq!(places, [(rule, at("a.yaml")), (rule, at("b.yaml"))]);
    assert!(
        found[0]
            .2
            .ends_with(r#"and so has that of RayJob "b" (b.yaml:1)"#),
        "{found:?}"
    );
}
