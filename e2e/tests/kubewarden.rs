//! The built module as Kubewarden calls it, in the engine that Kubewarden uses
//! and in the light one: it says what the core says.

use std::sync::Arc;

use rayjob_policy_e2e::{Cluster, Limits, Policy, built_module};
use rayjob_policy_testkit::{Expect, examples, harmless, unreadable, vectors};
use serde_json::{Value, json};
use wasmtime::{Engine, Module};

/// The engine that Kubewarden uses.
mod compiler {
    rayjob_policy_e2e::engine!(wasmtime, instantiate);
}

/// The built module in each engine.
fn policies() -> [Policy; 2] {
    let module = built_module().expect("the module");
    let compiled = Module::new(&Engine::default(), &module).expect("a module");
    [
        Policy::new(move || Box::new(compiler::Instance::new(&compiled, Limits::default()))),
        Policy::interpreted(&module).expect("a module"),
    ]
}

fn call(policy: &Policy, operation: &str, payload: &[u8]) -> Value {
    let answer = policy.call(operation, payload).expect("an answer");
    serde_json::from_slice(&answer).expect("JSON")
}

/// The answer on a host that knows the cluster.
fn call_in(cluster: &Arc<Cluster>, policy: &Policy, payload: &[u8]) -> Value {
    let answer = policy.call_in(cluster, "validate", payload);
    serde_json::from_slice(&answer.expect("an answer")).expect("JSON")
}

/// The response in Kubewarden's form.
fn response(expect: &Expect) -> Value {
    let mut annotations = json!({});
    let texts = [
        ("findings", expect.finding_ids()),
        ("unavailable", expect.unavailable.clone()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            annotations[name] = text.into();
        }
    }
    json!({
        "accepted": expect.allowed,
        "message": expect.message,
        "code": expect.code(),
        "audit_annotations": (annotations != json!({})).then_some(annotations),
        "warnings": (!expect.warnings.is_empty()).then_some(&expect.warnings),
    })
}

#[test]
fn every_vector_is_answered_as_expected() {
    for policy in &policies() {
        for vector in vectors().into_iter().chain(examples()) {
            let cluster = Cluster::of(vector.cluster.clone());
            let answer = call_in(&cluster, policy, &vector.question());
            assert_eq!(answer, response(&vector.expect), "{}", vector.name);
            let settings = vector.settings.as_ref();
            if settings.is_none_or(|settings| settings.get("cluster").is_none()) {
                assert_eq!(cluster.asked(), [""; 0], "{}", vector.name);
            }
        }
    }
}

/// A RayJob that needs everything that the policy may ask about.
fn needy_job(settings: Value) -> Vec<u8> {
    let pod = json!({"spec": {
        "serviceAccountName": "trainer",
        "containers": [{"name": "ray", "image": "rayproject/ray:2.52.0",
                        "envFrom": [{"configMapRef": {"name": "defaults"}}]}],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}});
    let labels = json!({"kueue.x-k8s.io/queue-name": "gpu"});
    let job = |name: &str, spec: Value| {
        json!({"request": {
            "uid": "1", "operation": "CREATE", "namespace": "team-a",
            "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
            "object": {"apiVersion": "ray.io/v1", "kind": "RayJob",
                       "metadata": {"name": name, "namespace": "team-a", "labels": labels},
                       "spec": spec}}, "settings": settings})
    };
    let cluster = json!({"headGroupSpec": {"rayStartParams": {}, "template": pod}});
    let job = job(
        "train",
        json!({"entrypoint": "python train.py", "shutdownAfterJobFinishes": true,
               "rayClusterSpec": cluster}),
    );
    job.to_string().into_bytes()
}

const TOPICS: [&str; 6] = [
    "operator",
    "rayclusters",
    "queues",
    "mounts",
    "jobs",
    "services",
];

#[test]
fn each_resource_is_asked_for_once() {
    for policy in &policies() {
        let cluster = Cluster::of(Vec::new());
        call_in(&cluster, policy, &needy_job(json!({"cluster": TOPICS})));
        let mut asked = cluster.asked();
        asked.sort();
        let expected = [
            "apps/v1 Deployment",
            "batch/v1 Job",
            "kueue.x-k8s.io/v1beta1 LocalQueue",
            "v1 ConfigMap",
            "v1 PersistentVolumeClaim",
            "v1 Service",
            "v1 ServiceAccount",
        ];
        assert_eq!(asked, expected);
    }
}

#[test]
fn a_host_that_cannot_tell_changes_no_verdict() {
    let settings = json!({"kuberayVersion": "auto", "cluster": TOPICS});
    for policy in &policies() {
        let without = call(policy, "validate", &needy_job(json!({})));
        let big = json!({"items": "x".repeat(3 << 20)}).to_string();
        for cluster in [
            Cluster::failing("Policy has not been granted access to Kubernetes v1/Service"),
            Cluster::failing(""),
            Cluster::saying(""),
            Cluster::saying("nonsense \0"),
            Cluster::saying("[[[[[[[["),
            Cluster::saying(r#"{"items": [{"metadata": 7}]}"#),
            Cluster::saying(big),
        ] {
            let mut answer = call_in(&cluster, policy, &needy_job(settings.clone()));
            let annotations = answer["audit_annotations"].take();
            let unavailable = "operator,queues,mounts,jobs,services";
            assert_eq!(annotations["unavailable"], unavailable, "{cluster:.80?}");
            assert_eq!(
                annotations.get("findings"),
                without["audit_annotations"].get("findings")
            );
            for field in ["accepted", "message", "warnings", "code"] {
                assert_eq!(answer[field], without[field], "{cluster:.80?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_denied_and_never_traps() {
    for policy in &policies() {
        for raw in unreadable() {
            let answer = call(policy, "validate", &raw.question);
            assert_eq!(answer["accepted"], false, "{}", raw.name);
            assert_eq!(answer["message"], raw.message(), "{}", raw.name);
            assert_eq!(answer["code"], 400, "{}", raw.name);
        }
    }
}

#[test]
fn what_nobody_reads_does_no_harm() {
    for policy in &policies() {
        for (name, question) in harmless() {
            assert_eq!(
                call(policy, "validate", &question)["accepted"],
                true,
                "{name}"
            );
        }
    }
}

#[test]
fn settings_are_validated_all_at_once() {
    for policy in &policies() {
        let fine = json!({"kuberayVersion": "1.6", "rules": {"trap-*": "off"}}).to_string();
        for settings in ["{}", &fine] {
            let answer = call(policy, "validate_settings", settings.as_bytes());
            assert_eq!(
                answer,
                json!({"valid": true, "message": null}),
                "{settings}"
            );
        }
        let faulty =
            json!({"kuberayVersion": "0.9", "rules": {"interactive-backof": "warn"}}).to_string();
        assert_eq!(
            call(policy, "validate_settings", faulty.as_bytes()),
            json!({
                "valid": false,
                "message": "kuberayVersion: \"0.9\" is not a known KubeRay release; use one from \
                            \"1.3\" to \"1.7\"; rules.interactive-backof: unknown rule; did you \
                            mean interactive-backoff?",
            })
        );
        for settings in ["null", "", "[]", "{\"rules\": null}"] {
            let answer = call(policy, "validate_settings", settings.as_bytes());
            assert_eq!(answer["valid"], false, "{settings}");
        }
    }
}

#[test]
fn settings_that_deny_a_request_are_refused_beforehand() {
    for policy in &policies() {
        let mut refused = 0;
        for vector in vectors() {
            let message = vector.expect.message.as_deref().unwrap_or_default();
            let error = message.strip_suffix(" [invalid-settings]");
            let settings = vector.settings.as_ref().map(Value::to_string);
            let (Some(error), Some(settings)) = (error, settings) else {
                continue;
            };
            let answer = call(policy, "validate_settings", settings.as_bytes());
            assert_eq!(answer["valid"], false, "{}", vector.name);
            let said = answer["message"].as_str().expect("a message");
            let denial = format!(
                "The settings of the policy cannot be read, so nothing can be \
                                  judged with them: {said}"
            );
            assert_eq!(error, denial, "{}", vector.name);
            refused += 1;
        }
        assert!(refused > 0);
    }
}

#[test]
fn the_protocol_is_version_1() {
    for policy in &policies() {
        assert_eq!(
            policy.call("protocol_version", b"").expect("an answer"),
            b"\"v1\""
        );
    }
}
