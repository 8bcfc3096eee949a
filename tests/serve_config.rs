//! `serveConfigV2`: agreement with Ray Serve.

use rayjob_policy_core::admit;
use rayjob_policy_core::example::patched;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use serde_json::{Map, Value, json};

/// The answers of `conformance/oracle/ray_serve.py` with two releases of Ray: why it refuses the
/// config, or null.
fn answers() -> impl Iterator<Item = Map<String, Value>> {
    let answers = include_str!("serve_config/answers.jsonl").lines();
    answers.map(|line| serde_json::from_str(line).expect("an answer"))
}

/// The strictest level of what the rules find in a RayService with this config, which does
/// not tell the release of Ray or names one.
fn judged(config: &Value, ray: Option<&str>) -> Level {
    let mut service = patched(
        Kind::RayService,
        r#"{"spec": {"rayClusterConfig": {
        "rayVersion": null, "headGroupSpec": {"template": {"spec": {"containers": [
          {"name": "ray-head", "image": "example.com/chat:1"}]}}}}}}"#,
    )
    .expect("an object");
    service["spec"]["serveConfigV2"] = config.to_string().into();
    if let Some(ray) = ray {
        service["spec"]["rayClusterConfig"]["rayVersion"] = ray.into();
    }
    let verdict = admit::judge(service.to_string().as_bytes(), None, &Settings::default());
    let found = verdict.findings.iter();
    let found = found.filter(|graded| graded.finding.rule.id.starts_with("trap-serve-config-"));
    found.map(|graded| graded.level).max().unwrap_or(Level::Off)
}

const RELEASES: [&str; 2] = ["2.9.0", "2.53.0"];

#[test]
fn nothing_that_ray_accepts_is_denied() {
    for answer in answers() {
        let config = &answer["config"];
        let is_empty = config["applications"] == json!([]);
        for release in RELEASES {
            if answer[release].is_null() && !is_empty {
                assert_ne!(
                    judged(config, Some(release)),
                    Level::Deny,
                    "{release}: {config}"
                );
            }
        }
    }
}

/// What is not judged though both releases refuse it: it is rare, or other releases may take it.
const NOT_JUDGED: [&str; 4] = [
    "extra fields not permitted",
    "num_replicas` must be an int or \"auto\", but got: 0",
    "placement_group_bundles.0.CPU",
    "Only .zip or .whl files supported",
];

#[test]
fn what_both_releases_refuse_is_denied() {
    let mut missed = Vec::new();
    for answer in answers() {
        let config = &answer["config"];
        let is_refused = RELEASES.iter().all(|release| answer[*release].is_string());
        let reason = answer["2.53.0"].as_str().unwrap_or_default();
        let is_judged = !NOT_JUDGED.iter().any(|part| reason.contains(part));
        if is_refused && is_judged && judged(config, None) != Level::Deny {
            missed.push(format!("{config}: {reason}"));
        }
    }
    assert!(
        missed.is_empty(),
        "{} are not denied:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

#[test]
fn the_answers_are_of_both_sorts() {
    let answers: Vec<_> = answers().collect();
    let accepted = answers
        .iter()
        .filter(|answer| answer["2.53.0"].is_null())
        .count();
    assert_eq!((answers.len(), accepted), (198, 71));
}
