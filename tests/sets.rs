//! Which objects of a set are judged together.

use rayjob_policy_core::example::patched;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::set::{self, Member};
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use serde_json::{Value, json};

const SHARED: &str = "trap-head-service-shared";

/// A RayJob whose head has a Service of this name.
fn job(name: &str, namespace: Value, service: &str) -> Value {
    let patch = json!({"metadata": {"name": name, "namespace": namespace}, "spec": {
        "rayClusterSpec": {"headGroupSpec": {"headService": {"metadata": {"name": service}}}}}});
    patched(Kind::RayJob, &patch.to_string()).expect("a patch")
}

/// Judges a RayJob in the folder `a` beside another object.
fn verdict(object: &Value, old: Option<&Value>, folder: &str, other: &Value) -> Verdict {
    let other = Member::of(other, folder, "other.yaml:1").expect("an object with a RayCluster");
    let mut settings = Settings::default().in_files();
    settings.set_level(SHARED, Level::Deny);
    set::judge(object, old, ("a", &[other]), &settings)
}

fn levels(verdict: &Verdict) -> Vec<Level> {
    let findings = { verdict.findings.iter() }.filter(|it| it.finding.rule.id == SHARED);
    findings.map(|graded| graded.level).collect()
}

#[test]
fn objects_share_a_namespace_if_they_name_it_or_are_applied_together() {
    for (own, folder, other, is_shared) in [
        (json!("team"), "a", json!("team"), true),
        (json!("team"), "b", json!("team"), true),
        (json!("team"), "a", json!("other"), false),
        (json!("team"), "a", Value::Null, false),
        (Value::Null, "a", Value::Null, true),
        (Value::Null, "b", Value::Null, false),
    ] {
        let [own, other] = [job("one", own, "head"), job("two", other, "head")];
        let found = !levels(&verdict(&own, None, folder, &other)).is_empty();
        assert_eq!(found, is_shared, "{own} {folder} {other}");
    }
}

#[test]
fn an_object_is_not_judged_beside_itself() {
    let object = job("one", json!("team"), "head");
    assert_eq!(levels(&verdict(&object, None, "b", &object)), []);
    let mut other = object.clone();
    other["kind"] = "RayCronJob".into();
    other["spec"] = json!({"jobTemplate": object["spec"]});
    assert_eq!(levels(&verdict(&object, None, "b", &other)).len(), 1);
}

#[test]
fn what_the_stored_object_shared_is_only_a_warning() {
    let other = job("two", json!("team"), "head");
    let shares = job("one", json!("team"), "head");
    let mut edited = shares.clone();
    edited["spec"]["entrypoint"] = "python other.py".into();
    let differs = job("one", json!("team"), "own");
    let level = |old: &Value, new: &Value| levels(&verdict(new, Some(old), "a", &other));
    assert_eq!(level(&shares, &edited), [Level::Warn]);
    assert_eq!(level(&differs, &shares), [Level::Deny]);
    assert_eq!(level(&shares, &differs), []);
}
