//! Responses for hosts that ask for more than a verdict.

use rayjob_policy_core::admit::{Response, admit, judge, respond};
use rayjob_policy_core::json::Json;
use rayjob_policy_core::response::{AdmissionReview, findings, violations};
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Refusal;
use serde_json::{Value, json};

fn job(metadata: &Value) -> Value {
    json!({
        "apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": metadata,
        "spec": {
            "submissionMode": "InteractiveMode", "backoffLimit": 2,
            "rayClusterSpec": {
                "rayVersion": "2.52.0",
                "headGroupSpec": {"template": {"spec": {"containers": [
                    {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}},
            },
        },
    })
}

fn review(object: &Value) -> Value {
    json!({"kind": "AdmissionReview", "request": {
        "uid": "u-1", "kind": {"group": "ray.io", "kind": "RayJob"}, "operation": "CREATE", "object": object,
    }})
}

fn ask(question: &Value) -> Response {
    respond(question.to_string().as_bytes(), &Settings::from_json)
}

fn message(question: &Value) -> String {
    admit(question.to_string().as_bytes())
        .message
        .unwrap_or_default()
}

#[test]
fn an_object_by_itself_is_judged_as_if_it_were_created() {
    let job = job(&json!({"name": "train"}));
    let alone = message(&job);
    assert!(alone.ends_with("[interactive-backoff]"), "{alone}");
    assert_eq!(alone, message(&review(&job)));
    let cron = json!({
        "apiVersion": "ray.io/v1", "kind": "RayCronJob", "metadata": {"name": "train"},
        "spec": {"schedule": "0 3 * * *", "jobTemplate": job["spec"]},
    });
    assert!(message(&cron).starts_with("spec.jobTemplate.backoffLimit: "));
}

#[test]
fn an_object_without_a_kind_is_not_accepted() {
    for object in [
        json!({"apiVersion": "ray.io/v1"}),
        json!({"kind": "", "spec": {}}),
    ] {
        let verdict = judge(object.to_string().as_bytes(), None, &Settings::default());
        let message = verdict.message.unwrap_or_default();
        assert!(
            message.starts_with("kind: expected the kind of the object, found nothing"),
            "{message}"
        );
    }
}

#[test]
fn an_object_by_itself_does_not_choose_the_settings() {
    let mut job = job(&json!({"name": "train"}));
    for key in ["settings", "parameters"] {
        job[key] = json!({"rules": {"*": "off"}});
        assert!(message(&job).ends_with("[interactive-backoff]"), "{key}");
    }
}

#[test]
fn an_object_by_itself_does_not_pass_for_a_request() {
    let mut job = job(&json!({"name": "train"}));
    for request in [
        json!({"operation": "DELETE", "kind": {"kind": "Pod"}}),
        json!({"operation": "DELETE", "kind": {"kind": "Pod"}, "object": {"spec": 7}}),
        json!(7),
    ] {
        for key in ["request", "review"] {
            job[key] = request.clone();
            assert_ne!(message(&job), "", "{job}");
            job[key] = Value::Null;
        }
    }
}

#[test]
fn other_objects_by_themselves_pass() {
    for object in [
        json!({"apiVersion": "v1", "kind": "Pod", "spec": 7}),
        json!({"apiVersion": "example.org/v1", "kind": "RayJob", "spec": 7}),
        job(&json!({"name": "train", "deletionTimestamp": "2025-01-01T00:00:00Z"})),
    ] {
        assert_eq!(message(&object), "", "{object}");
    }
}

#[test]
fn what_is_no_object_does_not_pass_for_one() {
    for (question, says) in [
        (
            json!({"kind": "AdmissionReview"}),
            "request: expected an AdmissionRequest, found nothing",
        ),
        (
            json!({"apiVersion": "ray.io/v1"}),
            "request: expected an AdmissionRequest, found nothing",
        ),
        (
            json!({"kind": "RayJob"}),
            "apiVersion: expected ray.io/v1, found nothing",
        ),
        (
            json!({"kind": "List", "items": []}),
            "kind: expected a single object, found a list of them",
        ),
        (
            json!({"apiVersion": "ray.io/v1", "kind": "RayJob", "spec": 7}),
            "spec: expected an object, found 7",
        ),
    ] {
        let message = message(&question);
        assert!(
            message.starts_with(&format!("{says}. ")),
            "{question}: {message}"
        );
    }
}

#[test]
fn the_uid_comes_back_even_from_a_request_that_cannot_be_read() {
    let mut object = job(&json!({"name": "train"}));
    assert_eq!(ask(&review(&object)).uid, "u-1");
    object["spec"]["backoffLimit"] = json!("2");
    let answer = ask(&review(&object));
    assert_eq!(answer.uid, "u-1");
    let refusal = answer.verdict.refusal;
    assert!(
        matches!(refusal, Some(Refusal::Unreadable(_))),
        "{refusal:?}"
    );
    assert_eq!(ask(&object).uid, "");
}

#[test]
fn settings_are_asked_for_only_where_something_is_judged() {
    let object = job(&json!({"name": "train"}));
    let parse = |given: &Json<'_>| {
        assert!(matches!(given, Json::Absent));
        Settings::parse(b"7")
    };
    let mut question = review(&object);
    let answered = respond(question.to_string().as_bytes(), &parse);
    let refusal = answered.verdict.refusal;
    assert!(
        matches!(refusal, Some(Refusal::InvalidSettings)),
        "{refusal:?}"
    );
    question["request"]["operation"] = json!("DELETE");
    assert!(
        respond(question.to_string().as_bytes(), &parse)
            .verdict
            .allowed
    );
}

#[test]
fn an_answer_has_the_shapes_that_are_known() {
    let object = job(&json!({"name": "train"}));
    let answer = ask(&review(&object));
    let message = answer.verdict.message.clone();
    assert_eq!(
        serde_json::to_value(AdmissionReview::of(&answer)).expect("JSON"),
        json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {
            "uid": "u-1", "allowed": false,
            "status": {"message": message, "code": 422},
            "auditAnnotations": {"findings": "interactive-backoff"},
        }})
    );
    let entries = findings(&answer.verdict);
    let findings = serde_json::to_value(&entries).expect("JSON");
    let [finding] = &findings.as_array().expect("a list")[..] else {
        panic!("{findings}");
    };
    assert_eq!(finding["rule"], "interactive-backoff");
    assert_eq!(finding["level"], "deny");
    assert_eq!(finding["path"], "spec.backoffLimit");
    assert_eq!(finding["message"].as_str(), message.as_deref());
    let patch = json!([{"op": "add", "path": "/spec/backoffLimit", "value": 0}]);
    assert_eq!(finding["fixes"][0]["patch"], patch);
    let reasons = serde_json::to_value(violations(&entries)).expect("JSON");
    assert_eq!(reasons, json!([{"msg": message, "details": finding}]));
}

#[test]
fn what_could_not_be_judged_is_a_finding_too() {
    let object = json!({"apiVersion": "ray.io/v1", "kind": "RayJob", "spec": {"suspend": 1}});
    for question in [object.clone(), review(&object)] {
        let answer = ask(&question);
        let found = serde_json::to_value(findings(&answer.verdict)).expect("JSON");
        assert_eq!(found[0]["rule"], "unreadable-request", "{question}");
        assert_eq!(found[0]["path"], "spec.suspend", "{question}");
        assert_eq!(
            violations(&findings(&answer.verdict)).len(),
            1,
            "{question}"
        );
    }
}
