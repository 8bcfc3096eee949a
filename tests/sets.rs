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

#[test]
fn a_rayjob_has_the_service_of_its_name_as_a_raycluster_and_a_rayservice_have() {
    let cluster = |name: &str, service: Value| {
        json!({"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": {"name": name,
            "namespace": "team"}, "spec": {"headGroupSpec": {"headService": service}}})
    };
    let fixed = |name: &str| json!({"metadata": {"name": name}});
    let service = |name: &str, service: Value| {
        json!({"apiVersion": "ray.io/v1", "kind": "RayService", "metadata": {"name": name,
            "namespace": "team"}, "spec": {"rayClusterConfig": {
                "headGroupSpec": {"headService": service}}}})
    };
    let own = job("one", json!("team"), "");
    for (other, collides) in [
        (cluster("one", json!({})), true),
        (cluster("two", json!({})), false),
        (cluster("one", fixed("other")), false),
        (cluster("two", fixed("one-head-svc")), true),
        (service("one", json!({})), true),
        (service("one", fixed("other")), true),
        (service("two", fixed("one-head-svc")), false),
        (job("one-head", json!("team"), "one-head-svc"), false),
    ] {
        let found = verdict(&own, None, "a", &other).findings;
        let mut ids = { found.iter() }.map(|graded| graded.finding.rule.id);
        let found = ids.any(|id| id == "trap-service-collision");
        assert_eq!(found, collides, "{other}");
    }
    let nameless = job("", json!("team"), "");
    let found = verdict(&nameless, None, "a", &cluster("", json!({}))).findings;
    let mut ids = { found.iter() }.map(|graded| graded.finding.rule.id);
    assert!(ids.all(|id| id != "trap-service-collision"));
    let found = verdict(
        &cluster("one", json!({})),
        None,
        "a",
        &service("one", json!({})),
    );
    assert!(
        found
            .findings
            .iter()
            .all(|it| it.finding.rule.id != "trap-service-collision")
    );
}
