//! A pod spec is judged in every template, and alike in each group.

use rayjob_policy_core::admit::judge;
use rayjob_policy_core::crd;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use serde_json::{Value, json};

use crate::mutate::respelled;
use crate::request::is_sound;

/// Checks a pod spec in the head, in two worker groups and in the submitter, by itself and as
/// the API server would store it.
pub fn check(spec: &[u8]) {
    let Ok(spec) = serde_json::from_slice::<Value>(spec) else {
        return;
    };
    let template = json!({"spec": spec});
    let group = |name| json!({"groupName": name, "template": template});
    let job = json!({
        "apiVersion": "ray.io/v1", "kind": "RayJob",
        "metadata": {"name": "train", "namespace": "ml"},
        "spec": {
            "entrypoint": "python train.py",
            "submitterPodTemplate": template,
            "rayClusterSpec": {
                "headGroupSpec": {"template": template},
                "workerGroupSpecs": [group("a"), group("b")],
            },
        },
    });
    let mut settings = Settings::default();
    settings.set_level("*", Level::Deny);
    let verdict = judge(job.to_string().as_bytes(), None, &settings);
    is_sound(&verdict);
    let other = judge(respelled(&job, 5).as_bytes(), None, &settings);
    let found = |verdict: &rayjob_policy_core::verdict::Verdict| -> Vec<_> {
        let findings = verdict.findings.iter();
        findings
            .map(|it| (it.finding.rule.id, it.finding.path.to_string()))
            .collect()
    };
    assert_eq!(found(&verdict), found(&other));
    let in_group = |group: &str| -> Vec<_> {
        let within = format!("spec.rayClusterSpec.workerGroupSpecs[{group}].template.");
        let below =
            |(rule, path): (_, String)| Some((rule, path.strip_prefix(&within)?.to_owned()));
        found(&verdict).into_iter().filter_map(below).collect()
    };
    assert_eq!(in_group("0"), in_group("1"));
    is_sound(&crd::judge(&job, None, &settings.in_files()));
}
