//! What is found in a RayService on either side of where its rules begin.

use rayjob_policy_core::admit;
use rayjob_policy_core::example::patched;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_testkit::joined;
use serde_json::{Value, json};

const NEW_CLUSTER: &str = "trap-service-new-cluster";

/// The rules that find something in a RayService that replaces another one.
fn found(release: Release, patch: &Value, old: Option<&Value>) -> Vec<&'static str> {
    let object = |patch: &Value| {
        let object = patched(Kind::RayService, &patch.to_string()).expect("JSON");
        object.to_string().into_bytes()
    };
    let mut settings = Settings::for_release(release);
    settings.set_level(NEW_CLUSTER, Level::Warn);
    let old = old.map(object);
    let verdict = admit::judge(&object(patch), old.as_deref(), &settings);
    let findings = verdict.findings.iter();
    findings.map(|graded| graded.finding.rule.id).collect()
}

#[test]
fn an_edit_that_changes_a_hash_makes_another_raycluster() {
    let template = |image: &str| json!({"spec": {"containers": [{"name": "ray", "image": image}]}});
    let service = |config: Value| {
        let mut config = config;
        config["headGroupSpec"]["template"] = template("rayproject/ray:2.52.0");
        json!({"spec": {"rayClusterConfig": config}, "status": {"activeServiceStatus": {
            "rayClusterName": "serve-1"}}})
    };
    let group = |fields: Value| {
        let group = json!({"groupName": "w", "replicas": 1, "minReplicas": 1, "maxReplicas": 2,
            "rayStartParams": {}, "template": template("rayproject/ray:2.52.0")});
        json!({"workerGroupSpecs": [joined(group, fields)]})
    };
    for (release, old, new, expected) in [
        (
            Release::V1_7,
            json!({}),
            json!({"rayVersion": "2.53.0"}),
            true,
        ),
        (Release::V1_7, json!({}), json!({"suspend": true}), false),
        (Release::V1_6, json!({}), json!({"suspend": true}), true),
        (
            Release::V1_7,
            json!({}),
            json!({"upgradeStrategy": {"type": "Recreate"}}),
            false,
        ),
        (
            Release::V1_7,
            group(json!({})),
            group(json!({"replicas": 2})),
            false,
        ),
        (
            Release::V1_7,
            group(json!({})),
            group(json!({"maxReplicas": 3})),
            false,
        ),
        (
            Release::V1_7,
            group(json!({})),
            group(json!({"scaleStrategy": {"workersToDelete": ["a"]}})),
            false,
        ),
        (
            Release::V1_7,
            group(json!({})),
            group(json!({"numOfHosts": 2})),
            true,
        ),
        (
            Release::V1_7,
            group(json!({})),
            group(json!({"rayStartParams": {"a": "b"}})),
            true,
        ),
        (
            Release::V1_7,
            group(json!({})),
            group(json!({"template": template("rayproject/ray:2.53.0")})),
            true,
        ),
        (
            Release::V1_7,
            group(json!({})),
            json!({"workerGroupSpecs": []}),
            true,
        ),
        (
            Release::V1_7,
            json!({"workerGroupSpecs": []}),
            group(json!({})),
            false,
        ),
    ] {
        let ids = found(release, &service(new.clone()), Some(&service(old.clone())));
        assert_eq!(
            ids.contains(&NEW_CLUSTER),
            expected,
            "{release} {old} {new} {ids:?}"
        );
    }
}

#[test]
fn kuberay_takes_the_ports_of_a_service_that_the_author_describes() {
    let head = json!({"template": {"spec": {"containers": [{"name": "ray-head",
        "image": "rayproject/ray:2.52.0", "ports": [{"name": "ui", "containerPort": 8265}]}]}}});
    let port = |name: &str| json!({"ports": [{"name": name, "port": 8000}]});
    for (release, service, expected) in [
        (Release::V1_7, Value::Null, true),
        (Release::V1_7, json!({"spec": {}}), true),
        (Release::V1_7, json!({"spec": port("http")}), false),
        (Release::V1_5, json!({"spec": port("http")}), true),
        (Release::V1_5, json!({"spec": port("serve")}), false),
        (Release::V1_7, json!({"spec": {"clusterIP": "None"}}), false),
        (
            Release::V1_7,
            json!({"spec": {"clusterIP": "10.0.0.1"}}),
            true,
        ),
        (
            Release::V1_7,
            json!({"spec": {"type": "ExternalName"}}),
            false,
        ),
        (Release::V1_7, json!({"spec": {"type": "NodePort"}}), true),
    ] {
        let patch = json!({"spec": {"serveService": service, "rayClusterConfig":
            {"headGroupSpec": head}}});
        let ids = found(release, &patch, None);
        assert_eq!(
            ids.contains(&"trap-serve-port"),
            expected,
            "{release} {patch}"
        );
    }
}
