//! The tables of writers in docs/writers.md agree with the policy, and no write of a program is
//! denied, whatever it is written to.

use std::collections::BTreeSet;
use std::fs;

use rayjob_policy_core::admit::judge;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::rules;
use rayjob_policy_testkit::{Expect, vectors};
use serde_json::{Value, json};

/// The prefix of the writers' cases.
const PREFIX: &str = "writer-";

/// The cases of the tables, each with its verdict.
fn rows() -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/writers.md");
    let page = fs::read_to_string(path).expect("docs/writers.md");
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let is_row = |line: &&str| !line.starts_with("|---") && !line.starts_with("| writer |");
    rows.filter(is_row)
        .map(|line| match cells(line).as_slice() {
            [_, _, _, verdict, case, _] => (case.trim_matches('`').to_owned(), verdict.clone()),
            _ => panic!("a row needs four cells: {line}"),
        })
        .collect()
}

fn verdict(expect: &Expect) -> &'static str {
    match (expect.allowed, expect.warnings.is_empty()) {
        (true, true) => "passes",
        (true, false) => "passes, with a warning",
        (false, _) => "denied",
    }
}

#[test]
fn every_row_has_a_case_with_its_verdict() {
    let vectors = vectors();
    for (case, says) in rows() {
        let file = format!("{PREFIX}{case}");
        let vector = vectors.iter().find(|vector| vector.file_name() == file);
        let vector = vector.unwrap_or_else(|| panic!("no case {file}.json"));
        assert_eq!(verdict(&vector.expect), says, "{case}");
    }
}

#[test]
fn every_case_of_a_writer_has_one_row() {
    let rows = rows();
    let cases: BTreeSet<_> = rows.iter().map(|(case, _)| case.clone()).collect();
    assert_eq!(cases.len(), rows.len(), "a case has two rows");
    let vectors = vectors();
    let names = vectors.iter().map(|vector| vector.file_name());
    let known = names.filter_map(|name| Some(name.strip_prefix(PREFIX)?.to_owned()));
    assert_eq!(cases, known.collect());
}

/// What a program does to a RayCluster.
type Write = fn(&mut Value);

/// Each write that must never be denied, after another.
const WRITES: [(&str, Write, Write); 5] = [
    (
        "Ray's autoscaler grows a group",
        |o| scale(o, 0),
        |o| scale(o, 3),
    ),
    ("Ray's autoscaler fills a group", |_| {}, fill),
    (
        "Ray's autoscaler empties a group",
        |o| scale(o, 3),
        |o| scale(o, 0),
    ),
    ("Kueue resumes", |o| suspend(o, true), admit),
    ("Kueue suspends", admit, |o| suspend(o, true)),
];

/// Scales each group to this number of workers and asks Ray to end one of them.
fn scale(cluster: &mut Value, replicas: i32) {
    let groups = cluster["spec"]["workerGroupSpecs"].as_array_mut();
    for group in groups.into_iter().flatten() {
        group["minReplicas"] = 0.into();
        group["replicas"] = replicas.into();
        group["scaleStrategy"] = json!({"workersToDelete": ["worker-a"]});
    }
}

/// Asks for as many workers of each group as it may have.
fn fill(cluster: &mut Value) {
    let groups = cluster["spec"]["workerGroupSpecs"].as_array_mut();
    for group in groups.into_iter().flatten() {
        group["replicas"] = group["maxReplicas"].as_i64().unwrap_or(3).into();
    }
}

fn suspend(cluster: &mut Value, suspend: bool) {
    cluster["spec"]["suspend"] = suspend.into();
}

/// Resumes, with what Kueue adds to the templates of pods.
fn admit(cluster: &mut Value) {
    suspend(cluster, false);
    let spec = &mut cluster["spec"];
    add_to_template(&mut spec["headGroupSpec"]);
    for group in spec["workerGroupSpecs"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        add_to_template(group);
    }
}

fn add_to_template(group: &mut Value) {
    let template = &mut group["template"];
    template["metadata"]["labels"]["kueue.x-k8s.io/podset"] = "main".into();
    template["metadata"]["annotations"]["kueue.x-k8s.io/workload"] = "raycluster-a".into();
    template["spec"]["nodeSelector"]["cloud.google.com/gke-accelerator"] = "nvidia-l4".into();
    let toleration = json!({"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"});
    let tolerations = &mut template["spec"]["tolerations"];
    match tolerations.as_array_mut() {
        Some(tolerations) => tolerations.push(toleration),
        None => *tolerations = json!([toleration]),
    }
}

#[test]
fn no_write_to_a_raycluster_with_a_finding_is_denied() {
    let mut count = 0;
    let explained = rules::explained().flat_map(|(_, family)| family);
    // What the others find is never stored.
    for (rule, doc) in explained.filter(|(rule, _)| !rule.is_about_files()) {
        for example in doc.bad.iter().chain(doc.good) {
            let mut settings = example.settings(rule);
            settings.set_level("*", Level::Deny);
            let objects = example.in_kinds(rule).expect("JSON").into_iter();
            for (cluster, _) in objects.filter(|(object, _)| object["kind"] == "RayCluster") {
                for (what, before, after) in WRITES {
                    let mut stored = cluster.clone();
                    before(&mut stored);
                    let mut written = stored.clone();
                    after(&mut written);
                    let [stored, written] = [stored, written].map(|object| object.to_string());
                    let verdict = judge(written.as_bytes(), Some(stored.as_bytes()), &settings);
                    let message = verdict.message;
                    assert_eq!(message, None, "{what}, {}: {stored} -> {written}", rule.id);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 1000, "{count} writes");
}
