//! What the rules about Kueue find beyond their examples and the recorded answers.

use rayjob_policy_core::example::Example;
use rayjob_policy_core::neighbours::Kueue;
use rayjob_policy_testkit::{counts, tells};
use serde_json::json;

#[test]
fn an_annotation_names_the_workload_since_0_18_and_by_a_gate_in_0_17() {
    const KEY: &str = "kueue.x-k8s.io/prebuilt-workload-name";
    let id = "kueue-label-value";
    let named = |label: &str, annotation: &str| {
        let metadata = json!({"labels": {KEY: label}, "annotations": {KEY: annotation}});
        Example::job(json!({"metadata": metadata}).to_string().leak())
    };
    for (kueue, label, annotation) in [
        (Kueue::V0_16, 1, 0),
        (Kueue::V0_17, 0, 0),
        (Kueue::V0_18, 0, 1),
        (Kueue::V0_19, 0, 1),
    ] {
        counts(
            id,
            vec![
                (named("a_b", "a").with_kueue(kueue), label),
                (named("a", "a_b").with_kueue(kueue), annotation),
                (named("a_b", "").with_kueue(kueue), 1),
            ],
        );
    }
    for (example, fields) in [
        (named("a_b", ""), "labels"),
        (named("a", "a_b"), "annotations"),
    ] {
        let told = format!("metadata.{fields}[\"{KEY}\"]: {KEY} is \"a_b\"");
        tells(id, &example.with_kueue(Kueue::V0_18), &[&told]);
    }
}

#[test]
fn a_group_of_pod_sets_has_a_name_that_is_no_number() {
    let id = "kueue-topology";
    let named = |name: &str| {
        let annotations = json!({"kueue.x-k8s.io/podset-required-topology": "cloud/rack",
            "kueue.x-k8s.io/podset-group-name": name});
        let template = json!({"metadata": {"annotations": annotations}, "spec": {"containers": [
            {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}});
        let patch = json!({"spec": {"rayClusterSpec": {
            "headGroupSpec": {"template": {"metadata": {"annotations": annotations}}},
            "workerGroupSpecs": [{"groupName": "workers", "replicas": 1, "minReplicas": 1,
                "maxReplicas": 1, "rayStartParams": {}, "template": template}]}}});
        Example::job(patch.to_string().leak())
    };
    counts(
        id,
        vec![
            (named("together"), 0),
            (named("1"), 2),
            (named("+1"), 0),
            (named("-1"), 0),
            (named("18446744073709551615"), 2),
            (named("18446744073709551616"), 0),
        ],
    );
}
