//! How an API server treats an object in a file.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rayjob_policy_core::crd::{self, Schema};
use rayjob_policy_core::example::Example;
use rayjob_policy_core::release::Release::{self, V1_3, V1_4, V1_5, V1_6, V1_7};
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use serde_json::{Map, Value, json};

fn job(patch: &'static str) -> Value {
    Example::job(patch).object().expect("a patch")
}

fn cron(patch: &'static str) -> Value {
    Example::cron(patch).object().expect("a patch")
}

fn schema(release: Release, object: &Value) -> Schema {
    Schema::of_object(release, object).expect("a kind of the release")
}

fn stored(release: Release, mut object: Value) -> Value {
    schema(release, &object).store(&mut object);
    object
}

/// The findings, each as `path: detail. advice`.
fn found(release: Release, object: &Value, old: Option<&Value>) -> Vec<String> {
    let line = |finding: &rayjob_policy_core::finding::Finding| {
        format!("{}: {}. {}", finding.path, finding.detail, finding.advice)
    };
    crd::check(release, object, old).iter().map(line).collect()
}

#[test]
fn an_absent_field_gets_the_default_of_its_release() {
    let object = job(r#"{"spec": {"rayClusterSpec": {"networkPolicy": {},
                           "workerGroupSpecs": [{"groupName": "w", "maxReplicas": null}]},
                         "deletionStrategy": {"deletionRules": [{"condition": {"jobStatus": "FAILED"}}]}}}"#);
    for release in Release::ALL {
        let spec = stored(release, object.clone())["spec"].take();
        assert_eq!(spec["submissionMode"], "K8sJobMode", "{release}");
        assert_eq!(spec["backoffLimit"], 0, "{release}");
        assert_eq!(spec["ttlSecondsAfterFinished"], 0, "{release}");
        let mut worker = json!({
            "groupName": "w", "replicas": 0, "minReplicas": 0, "maxReplicas": 2_147_483_647,
            "numOfHosts": 1,
        });
        if release >= V1_7 {
            worker["priority"] = json!(0);
        }
        assert_eq!(
            spec["rayClusterSpec"]["workerGroupSpecs"][0], worker,
            "{release}"
        );
        let mode = &spec["rayClusterSpec"]["networkPolicy"]["mode"];
        assert_eq!(
            mode.as_str(),
            (release >= V1_7).then_some("DenyAll"),
            "{release}"
        );
        let rule = &spec["deletionStrategy"]["deletionRules"][0]["condition"];
        assert_eq!(
            rule["ttlSeconds"].as_i64(),
            (release >= V1_5).then_some(0),
            "{release}"
        );
    }
}

#[test]
fn the_job_of_a_ray_cron_job_gets_defaults_too() {
    let template = stored(V1_7, cron("{}"))["spec"]["jobTemplate"].take();
    assert_eq!(template["submissionMode"], "K8sJobMode");
    assert_eq!(
        template["rayClusterSpec"]["workerGroupSpecs"][0]["numOfHosts"],
        1
    );
}

#[test]
fn a_default_does_not_replace_what_is_written() {
    let spec = stored(
        V1_7,
        job(r#"{"spec": {"submissionMode": "", "backoffLimit": 3}}"#),
    )["spec"]
        .take();
    assert_eq!(spec["submissionMode"], "");
    assert_eq!(spec["backoffLimit"], 3);
}

#[test]
fn unknown_fields_and_nulls_are_lost_and_metadata_is_kept() {
    let mut object = job(r#"{"metadata": {"labels": {"team": "a"}}, "spec": {"backofLimit": 2}}"#);
    object["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["volumes"] = Value::Null;
    let stored = stored(V1_7, object);
    assert_eq!(
        stored["metadata"],
        json!({"name": "train", "labels": {"team": "a"}})
    );
    assert_eq!(stored["spec"].get("backofLimit"), None);
    let pod = &stored["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"];
    assert_eq!(pod.get("volumes"), None);
}

#[test]
fn an_object_of_v1alpha1_loses_the_fields_of_v1_and_gets_its_defaults() {
    let spec = r#"{"apiVersion": "ray.io/v1alpha1",
                   "spec": {"submissionMode": "InteractiveMode", "backoffLimit": 2}}"#;
    let stored = stored(V1_7, job(spec));
    assert_eq!(stored["apiVersion"], "ray.io/v1alpha1");
    assert_eq!(stored["spec"]["submissionMode"], "K8sJobMode");
    assert_eq!(stored["spec"]["backoffLimit"], 0);
}

#[test]
fn numbers_are_stored_as_the_api_server_writes_them() {
    let spec = stored(
        V1_7,
        job(r#"{"spec": {"backoffLimit": 3.0, "entrypointNumCpus": 0.5}}"#),
    )["spec"]
        .take();
    assert_eq!(spec["backoffLimit"].to_string(), "3");
    assert_eq!(spec["entrypointNumCpus"].to_string(), "0.5");
    for (written, kept) in [
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775808.0", "-9223372036854775808"),
        ("1e19", "10000000000000000000"),
        ("1e20", "1e+20"),
        ("-1e20", "-1e+20"),
        ("0.0", "0"),
    ] {
        let mut object = job("{}");
        object["spec"]["entrypointNumCpus"] = serde_json::from_str(written).expect("a number");
        let number = stored(V1_7, object)["spec"]["entrypointNumCpus"].take();
        assert_eq!(number.to_string(), kept, "{written}");
    }
}

#[test]
fn an_integer_may_be_written_as_a_float_that_is_next_to_it() {
    for (number, is_refused) in [
        ("2.0", false),
        ("2.000000001", false),
        ("2.00000001", true),
        ("-2.000000001", false),
        ("-2.00000001", true),
        ("0.0", false),
        ("0.0000000001", true),
        ("2.5", true),
        ("9007199254740991.0", false),
        ("9007199254740993.0", true),
        ("9007199254740993", false),
        ("18446744073709551615", true),
    ] {
        let mut object = job("{}");
        object["spec"]["suspend"] = false.into();
        object["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["securityContext"] =
            json!({"runAsUser": serde_json::from_str::<Value>(number).expect("a number")});
        let found = found(V1_7, &object, None);
        assert_eq!(!found.is_empty(), is_refused, "{number}: {found:?}");
    }
}

#[test]
fn kubectl_creates_what_is_neither_refused_nor_unknown() {
    for (patch, stores) in [
        ("{}", true),
        (r#"{"apiVersion": "ray.io/v1alpha1"}"#, true),
        (r#"{"spec": {"backoffLimit": "2"}}"#, false),
        (r#"{"spec": {"backofLimit": 2}}"#, false),
    ] {
        assert_eq!(crd::stores(V1_7, &job(patch)), stores, "{patch}");
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_write() {
    for (patch, finding) in [
        (
            r#"{"spec": {"backoffLimit": "2"}}"#,
            r#"spec.backoffLimit: "2" is a string, not an integer. Write 2 without quotes"#,
        ),
        (
            r#"{"spec": {"backoffLimit": "two"}}"#,
            r#"spec.backoffLimit: "two" is a string, not an integer. Write an integer"#,
        ),
        (
            r#"{"spec": {"backoffLimit": 0.5}}"#,
            "spec.backoffLimit: 0.5 is not an integer. Write an integer",
        ),
        (
            r#"{"spec": {"suspend": "true"}}"#,
            r#"spec.suspend: "true" is a string, not a boolean. Write true without quotes"#,
        ),
        (
            r#"{"spec": {"suspend": "yes"}}"#,
            r#"spec.suspend: "yes" is a string, not a boolean. Write true or false"#,
        ),
        (
            r#"{"spec": {"entrypoint": ["python", "a.py"]}}"#,
            "spec.entrypoint: the value is a list, not a string. Write a string",
        ),
        (
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"rayStartParams": {"num-cpus": 2}}}}}"#,
            r#"spec.rayClusterSpec.headGroupSpec.rayStartParams["num-cpus"]: 2 is not a string. Put the value in quotes"#,
        ),
        (
            r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": {"groupName": "w"}}}}"#,
            "spec.rayClusterSpec.workerGroupSpecs: the value is an object, not a list. Write a list",
        ),
        (
            r#"{"spec": {"rayClusterSpec": {"authOptions": {"mode": "tokne"}}}}"#,
            r#"spec.rayClusterSpec.authOptions.mode: "tokne" is not one of disabled, token. Write token"#,
        ),
        (
            r#"{"spec": {"rayClusterSpec": {"authOptions": {"mode": "basic"}}}}"#,
            r#"spec.rayClusterSpec.authOptions.mode: "basic" is not one of disabled, token. Write one of disabled, token"#,
        ),
        (
            r#"{"metadata": {"labels": {"app.kubernetes.io/part-of": true}}}"#,
            r#"metadata.labels["app.kubernetes.io/part-of"]: true is not a string. Put the value in quotes"#,
        ),
        (
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"headService": {
                "spec": {"ports": [{"port": 1, "targetPort": 1.5}]}}}}}}"#,
            "spec.rayClusterSpec.headGroupSpec.headService.spec.ports[0].targetPort: 1.5 is not an \
             integer or a string. Write an integer or a string",
        ),
        (
            r#"{"spec": {"clusterSelector": {"matchExpressions": [{"key": "a",
                "operator": "Exists"}]}}}"#,
            "spec.clusterSelector.matchExpressions: clusterSelector names a RayCluster and is not \
             a label selector. Write ray.io/cluster: NAME in clusterSelector, where NAME is the \
             name of the RayCluster",
        ),
        (
            r#"{"spec": {"clusterSelector": {"ray.io/cluster": 7}}}"#,
            r#"spec.clusterSelector["ray.io/cluster"]: 7 is not a string. Put the value in quotes"#,
        ),
        (
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                "resources": {"limits": {"cpu": "two"}}}}}}}}"#,
            r#"spec.rayClusterSpec.headGroupSpec.template.spec.resources.limits.cpu: "two" is not a quantity. Write a quantity such as 2, 500m or 16Gi"#,
        ),
        (
            r#"{"metadata": null}"#,
            "metadata.name: name or generateName is missing. Add a name such as train-2, or a \
             generateName such as train-",
        ),
    ] {
        assert_eq!(found(V1_7, &job(patch), None), [finding], "{patch}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_told_from_the_right_one() {
    for (pointer, value, finding) in [
        (
            "/spec/entrypointNumCpus",
            json!("0.5"),
            "spec.entrypointNumCpus: \"0.5\" is a string, not a number. Write 0.5 without quotes",
        ),
        (
            "/spec/entrypointNumCpus",
            json!("half"),
            "spec.entrypointNumCpus: \"half\" is a string, not a number. Write a number",
        ),
        (
            "/spec/rayClusterSpec",
            json!(5),
            "spec.rayClusterSpec: 5 is not an object. Write keys with values",
        ),
        ("/spec/preRunningDeadlineSeconds", json!(1), ""),
        (
            "/spec/preRunningDeadlineSeconds",
            json!(0),
            "spec.preRunningDeadlineSeconds: 0 is less than 1. Write 1 or more",
        ),
        (
            "/spec/preRunningDeadlineSeconds",
            json!(0.999_999_999_9),
            "spec.preRunningDeadlineSeconds: 0.9999999999 is less than 1. Write 1 or more",
        ),
        ("/spec/preRunningDeadlineSeconds", json!(1.0), ""),
        (
            "/spec/backoffLimit",
            json!(2_147_483_648_i64),
            "spec.backoffLimit: 2147483648 is not a 32-bit integer. Write a number from -2147483648 to 2147483647",
        ),
        ("/spec/backoffLimit", json!(-2_147_483_648), ""),
        (
            "/spec/suspend",
            json!(1),
            "spec.suspend: 1 is not a boolean. Write true or false",
        ),
        (
            "/metadata/labels",
            json!({"team": true}),
            "metadata.labels.team: true is not a string. Put the value in quotes",
        ),
        (
            "/spec/rayClusterSpec/headGroupSpec/template/spec/resources",
            json!({"limits": {"cpu": 1.5}}),
            "spec.rayClusterSpec.headGroupSpec.template.spec.resources.limits.cpu: 1.5 is not an integer or a string. Put the value in quotes",
        ),
        (
            "/spec/rayClusterSpec/headGroupSpec/template/spec/resources",
            json!({"limits": {"cpu": true}}),
            "spec.rayClusterSpec.headGroupSpec.template.spec.resources.limits.cpu: true is not an integer or a string. Write an integer or a string",
        ),
        (
            "/spec/rayClusterSpec/headGroupSpec/template/spec/resources",
            json!({"limits": {"cpu": 2}}),
            "",
        ),
        (
            "/spec/rayClusterSpec/headGroupSpec/headService",
            json!({"spec": {"ports": [{"port": 1, "targetPort": true}]}}),
            "spec.rayClusterSpec.headGroupSpec.headService.spec.ports[0].targetPort: true is not an integer or a string. Write an integer or a string",
        ),
        (
            "/spec/deletionStrategy",
            json!({"deletionRules": [{"policy": "DeleteCluster",
                "condition": {"jobDeploymentStatus": "Complete"}}]}),
            "spec.deletionStrategy.deletionRules[0].condition.jobDeploymentStatus: \"Complete\" is not Failed. Write Failed",
        ),
        (
            "/spec/rayClusterSpec/workerGroupSpecs/0/template/spec/tolerations",
            json!({}),
            "spec.rayClusterSpec.workerGroupSpecs[0].template.spec.tolerations: the value is an object, not a list. Write a list",
        ),
    ] {
        let mut object = job("{}");
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        object.pointer_mut(parent).expect("an object")[key] = value.clone();
        assert_eq!(
            found(V1_7, &object, None).join("\n"),
            finding,
            "{pointer} {value}"
        );
    }
}

#[test]
fn an_unknown_field_is_told_from_the_one_that_was_meant() {
    for (release, patch, finding) in [
        (
            V1_7,
            r#"{"spec": {"backofLimit": 2}}"#,
            r#"spec.backofLimit: "backofLimit" is not a field. Write backoffLimit"#,
        ),
        (
            V1_7,
            r#"{"spec": {"backofflimit": 2}}"#,
            r#"spec.backofflimit: "backofflimit" is not a field. Write backoffLimit"#,
        ),
        (
            V1_7,
            r#"{"spec": {"rayVersion": "2.52.0"}}"#,
            r#"spec.rayVersion: "rayVersion" is not a field. Move it to spec.rayClusterSpec"#,
        ),
        (
            V1_7,
            r#"{"spec": {"rayClusterSpec": {"rayStartParams": {}}}}"#,
            r#"spec.rayClusterSpec.rayStartParams: "rayStartParams" is not a field. Move it to spec.rayClusterSpec.headGroupSpec or spec.rayClusterSpec.workerGroupSpecs[]"#,
        ),
        (
            V1_7,
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"submissionMode": "HTTPMode"}}}}"#,
            r#"spec.rayClusterSpec.headGroupSpec.submissionMode: "submissionMode" is not a field. Move it to spec"#,
        ),
        (
            V1_7,
            r#"{"spec": {"quux": 1}}"#,
            r#"spec.quux: "quux" is not a field. Remove it"#,
        ),
        (
            V1_7,
            r#"{"metadata": {"lables": {}}}"#,
            r#"metadata.lables: "lables" is not a field. Write labels"#,
        ),
        (
            V1_5,
            r#"{"spec": {"preRunningDeadlineSeconds": 60}}"#,
            r#"spec.preRunningDeadlineSeconds: "preRunningDeadlineSeconds" is not a field in KubeRay 1.5 (added in 1.6). Remove it, or use KubeRay 1.6"#,
        ),
        (
            V1_5,
            r#"{"spec": {"deletionPolicy": "DeleteSelf"}}"#,
            r#"spec.deletionPolicy: "deletionPolicy" is not a field in KubeRay 1.5 (removed after 1.4). Use deletionStrategy, which replaced it in KubeRay 1.5, and write deletionRules, each with a policy and a condition"#,
        ),
        (
            V1_6,
            r#"{"apiVersion": "ray.io/v1alpha1", "spec": {"backoffLimit": 2}}"#,
            r#"spec.backoffLimit: "backoffLimit" is not a field of ray.io/v1alpha1. Use apiVersion: ray.io/v1, which has it"#,
        ),
    ] {
        assert_eq!(found(release, &job(patch), None), [finding], "{patch}");
    }
}

#[test]
fn a_field_that_is_gone_is_told_from_what_replaced_it() {
    const BASE64: &str = "eyJwaXAiOiBbInRvcmNoIl0sICJlbnZWYXJzIjogeyJBIjogImIifX0=";
    let gone = |release, spec: Value| {
        let mut object = job("{}");
        object["spec"]
            .as_object_mut()
            .expect("a spec")
            .extend(spec.as_object().expect("fields").clone());
        found(release, &object, None).join("\n")
    };
    let runtime_env = |spec: Value| {
        let found = gone(V1_7, spec);
        let advice = found.strip_prefix(
            r#"spec.runtimeEnv: "runtimeEnv" is not a field in KubeRay 1.7 (removed after 1.0). "#,
        );
        advice.expect(&found).to_owned()
    };
    for (value, advice) in [
        (
            json!(BASE64),
            "Decode it, and write it as text in runtimeEnvYAML, with the key env_vars",
        ),
        (json!("pip: [torch]"), "Write it in runtimeEnvYAML"),
        (
            json!({"pip": []}),
            "Write it as text in runtimeEnvYAML (runtimeEnvYAML: |)",
        ),
        (
            json!({"envVars": {}, "workingDir": "."}),
            "Write it as text in runtimeEnvYAML (runtimeEnvYAML: |), with the keys env_vars and \
             working_dir",
        ),
        (json!("torch"), "Write it as text in runtimeEnvYAML"),
        (json!(null), "Write it as text in runtimeEnvYAML"),
    ] {
        assert_eq!(runtime_env(json!({"runtimeEnv": value})), advice);
    }
    assert_eq!(
        runtime_env(json!({"runtimeEnv": {"pip": []}, "runtimeEnvYAML": "pip: []"})),
        "Remove it, and add anything that is missing to runtimeEnvYAML"
    );
    assert_eq!(
        gone(V1_4, json!({"deletionStrategy": {"deletionRules": []}})),
        r#"spec.deletionStrategy: "deletionStrategy" is not a field in KubeRay 1.4 (added in 1.5). Use deletionPolicy, a single policy for jobs that succeed and jobs that fail, or use KubeRay 1.5"#
    );
}

#[test]
fn the_head_is_one_pod() {
    let head = |field: &str, value: Value| {
        let mut object = job("{}");
        object["spec"]["rayClusterSpec"]["headGroupSpec"][field] = value;
        let findings = crd::check(V1_7, &object, None);
        let fixes = findings[0].fixes().count();
        (findings[0].advice.to_string(), fixes)
    };
    let removed = ("Remove it".to_owned(), 1);
    assert_eq!(head("replicas", json!(1)), removed);
    assert_eq!(head("groupName", json!("head")), removed);
    assert_eq!(head("numOfHosts", json!(1)), removed);
    // The author wants more pods.
    let advice = "Remove it, and set the number of pods in a worker group";
    assert_eq!(head("replicas", json!(2)), (advice.to_owned(), 0));
    assert_eq!(head("maxReplicas", json!(2)), (advice.to_owned(), 0));
}

#[test]
fn a_misplaced_field_is_told_from_the_closest_place_that_takes_it() {
    const HEAD: &str = "spec.rayClusterSpec.headGroupSpec";
    const WORKERS: &str = "spec.rayClusterSpec.workerGroupSpecs[]";
    let in_both = |rest| format!("Move it to {HEAD}{rest} or {WORKERS}{rest}");
    let advice = |pointer: &str, value: Value| {
        let (above, field) = pointer.rsplit_once('/').expect("a pointer");
        let mut object = job("{}");
        object.pointer_mut(above).expect("an object")[field] = value;
        let findings = crd::check(V1_7, &object, None);
        findings[0].advice.to_string()
    };
    let quantities = json!({"limits": {"cpu": 1}});
    for (field, value, expected) in [
        ("image", json!("a"), in_both(".template.spec.containers[]")),
        (
            "resources",
            quantities,
            in_both(".template.spec.containers[]"),
        ),
        ("tolerations", json!([]), in_both(".template.spec")),
        ("rayStartParams", json!({}), in_both("")),
    ] {
        assert_eq!(advice(&format!("/spec/{field}"), value), expected);
    }
    let head = "/spec/rayClusterSpec/headGroupSpec";
    let group = "/spec/rayClusterSpec/workerGroupSpecs/0";
    for (pointer, value, expected) in [
        (
            "/spec/headGroupSpec",
            json!({}),
            "Move it to spec.rayClusterSpec",
        ),
        (
            "/spec/rayClusterSpec/ttlSecondsAfterFinished",
            json!(9),
            "Move it to spec",
        ),
        (
            "/spec/rayClusterSpec/idleTimeoutSeconds",
            json!(9),
            "Move it to autoscalerOptions",
        ),
        ("/spec/labels", json!({"a": "b"}), "Move it to metadata"),
        ("/spec/name", json!("a"), "Remove it"),
        (
            "/spec/pip",
            json!(["torch"]),
            "Move it to the job's runtimeEnvYAML, as text",
        ),
        ("/spec/submissionId", json!("a"), "Write jobId"),
        // A number is still the version.
        (
            "/spec/rayVersion",
            json!(2.52),
            "Move it to spec.rayClusterSpec",
        ),
        // A text is never a rayClusterSpec.
        ("/spec/rayClustrSpec", json!("a"), "Remove it"),
        (
            &format!("{head}/env"),
            json!([]),
            "Move it to spec.rayClusterSpec.headGroupSpec.template.spec.containers[]",
        ),
        (
            &format!("{head}/template/spec/replicas"),
            json!(1),
            "Remove it",
        ),
        (&format!("{group}/name"), json!("a"), "Write groupName"),
        (
            &format!("{group}/computeTemplate"),
            json!("gpu"),
            "Write resources and tolerations in template; only version 2 of KubeRay's API server \
             reads a computeTemplate",
        ),
        (
            &format!("{group}/template/metadata"),
            json!({"creationTimestamp": null}),
            "Remove it: only the object itself has one, and the API server sets it",
        ),
        (
            &format!("{group}/serviceType"),
            json!("ClusterIP"),
            "Remove it",
        ),
        (
            &format!("{group}/template/spec/containers/0/volumes"),
            json!([]),
            "Move it to spec.rayClusterSpec.workerGroupSpecs[0].template.spec",
        ),
    ] {
        assert_eq!(advice(pointer, value), expected, "{pointer}");
    }
}

#[test]
fn no_fix_replaces_what_is_written() {
    let fixes = |spec: Value| {
        let mut object = job("{}");
        let more = spec.as_object().expect("fields").clone();
        object["spec"].as_object_mut().expect("a spec").extend(more);
        crd::check(V1_7, &object, None)[0].fixes().count()
    };
    assert_eq!(fixes(json!({"runtimeEnv": {"pip": []}})), 1);
    let both = json!({"runtimeEnv": {"pip": []}, "runtimeEnvYAML": ""});
    assert_eq!(fixes(both), 0);
    assert_eq!(fixes(json!({"backofLimit": 2})), 1);
    assert_eq!(fixes(json!({"backofLimit": 2, "backoffLimit": 3})), 0);
    let source = |claim: Value| {
        let mut object = job("{}");
        let pod = &mut object["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"];
        pod["resourceClaims"] = json!([claim]);
        crd::check(V1_7, &object, None)[0].fixes().count()
    };
    assert_eq!(
        source(json!({"name": "a", "source": {"resourceClaimName": "b"}})),
        1
    );
    for source_of in [
        json!({}),
        json!({"resourceClaimName": 7}),
        json!({"resourceClaimName": "b", "resourceClaimTemplateName": "c"}),
    ] {
        assert_eq!(
            source(json!({"name": "a", "source": source_of})),
            0,
            "{source_of}"
        );
    }
    let both = json!({"name": "a", "resourceClaimName": "c", "source": {"resourceClaimName": "b"}});
    assert_eq!(source(both), 0);
}

#[test]
fn a_kind_that_the_release_does_not_serve_is_refused() {
    assert_eq!(
        found(V1_4, &cron("{}"), None),
        [r#"kind: KubeRay 1.4 has no RayCronJob in "ray.io/v1". Use KubeRay 1.6 or later"#]
    );
    assert_eq!(
        found(V1_7, &job(r#"{"apiVersion": "ray.io/v1beta1"}"#), None),
        [r#"apiVersion: KubeRay 1.7 has no RayJob in "ray.io/v1beta1". Write ray.io/v1"#]
    );
    assert_eq!(
        found(V1_3, &job(r#"{"apiVersion": "ray.io/v1beta1"}"#), None),
        [r#"apiVersion: KubeRay 1.3 has no RayJob in "ray.io/v1beta1". Write ray.io/v1"#]
    );
}

#[test]
fn an_object_of_another_group_is_not_looked_at() {
    assert!(
        found(
            V1_7,
            &json!({"apiVersion": "example.com/v1", "kind": "RayJob", "spec": 1}),
            None
        )
        .is_empty()
    );
    assert!(
        found(
            V1_7,
            &json!({"apiVersion": "ray.io/v1", "kind": "Cluster", "spec": 1}),
            None
        )
        .is_empty()
    );
    assert!(found(V1_7, &json!([]), None).is_empty());
}

#[test]
fn the_first_of_equal_items_is_not_a_duplicate() {
    let ports = |ports| {
        let mut object = job("{}");
        object["spec"]["rayClusterSpec"]["headGroupSpec"]["headService"] =
            json!({"spec": {"ports": ports}});
        found(V1_7, &object, None)
    };
    assert!(ports(json!([{"port": 80}, {"port": 80, "protocol": "UDP"}])).is_empty());
    assert_eq!(
        ports(
            json!([{"port": 80}, {"port": 80, "protocol": "TCP"}, {"port": 80, "protocol": null}])
        ),
        [
            r#"spec.rayClusterSpec.headGroupSpec.headService.spec.ports[1]: there is another item with port 80 and protocol "TCP". Give the item another port or protocol, or remove it"#,
            r#"spec.rayClusterSpec.headGroupSpec.headService.spec.ports[2]: there is another item with port 80 and protocol "TCP". Give the item another port or protocol, or remove it"#,
        ]
    );
}

#[test]
fn a_field_that_may_not_change_may_come_and_go() {
    let ours = job(r#"{"spec": {"managedBy": "ray.io/kuberay-operator"}}"#);
    let kueue = job(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#);
    let nobody = job("{}");
    assert!(found(V1_3, &ours, Some(&ours)).is_empty());
    assert!(found(V1_3, &ours, Some(&nobody)).is_empty());
    assert!(found(V1_3, &nobody, Some(&ours)).is_empty());
    assert_eq!(
        found(V1_3, &ours, Some(&kueue)),
        [
            r#"spec.managedBy: "ray.io/kuberay-operator" replaces "kueue.x-k8s.io/multikueue". Keep the stored managedBy, or create a new object"#
        ]
    );
}

/// Each line of `tests/syntax/metadata.jsonl` has the metadata of an object, `in`,
/// and the fields that `ValidateObjectMeta` of `k8s.io/apimachinery` v0.35.0
/// refuses, `out`, after a namespace and a name have been filled in as the API
/// server does. An error in a generated name is an error of `generateName`.
#[test]
fn metadata_is_refused_as_by_apimachinery() {
    let recorded = include_str!("syntax/metadata.jsonl").lines();
    let differences: Vec<_> = recorded
        .filter_map(|line| {
            let vector: Value = serde_json::from_str(line).unwrap();
            let mut object = job("{}");
            object["metadata"] = vector["in"].clone();
            let findings = crd::check(V1_7, &object, None);
            let fields: BTreeSet<_> = findings.iter().map(field_of_metadata).collect();
            (json!(fields) != vector["out"]).then(|| format!("{line}, but we say {fields:?}"))
        })
        .collect();
    assert_eq!(differences, [""; 0]);
}

/// The field as apimachinery names it, without items and keys.
fn field_of_metadata(finding: &rayjob_policy_core::finding::Finding) -> String {
    let pointer = finding.path.to_pointer();
    let steps: Vec<_> = pointer.split('/').skip(1).collect();
    match steps[..] {
        [top, "ownerReferences", _, field] => format!("{top}.ownerReferences.{field}"),
        [top, field, ..] => format!("{top}.{field}"),
        _ => panic!("{pointer}"),
    }
}

#[test]
fn annotations_are_refused_from_256_kib_on() {
    let found = |size| {
        let mut object = job("{}");
        object["metadata"]["annotations"] = json!({"a": "x".repeat(size)});
        found(V1_7, &object, None)
    };
    assert!(found(262_143).is_empty());
    assert_eq!(
        found(262_144),
        [
            "metadata.annotations: 262145 bytes in total, more than 262144. Move large texts to a \
          ConfigMap"
        ]
    );
}

#[test]
fn what_is_wrong_in_metadata_is_said_with_what_to_write() {
    for (patch, finding) in [
        (
            r#"{"metadata": {"name": "Train_1"}}"#,
            r#"metadata.name: "Train_1" cannot be a name. Use lower-case letters, digits and -, starting with a letter and not ending in -"#,
        ),
        (
            r#"{"metadata": {"name": null}}"#,
            "metadata.name: name or generateName is missing. Add a name such as train-2, or a \
             generateName such as train-",
        ),
        (
            r#"{"metadata": {"labels": {"team": "a b"}}}"#,
            r#"metadata.labels.team: "a b" contains ' '; only ASCII letters, digits, '-', '_' and '.' are allowed. Use at most 63 letters, digits, -, _ and ., or use an annotation, which can hold any text"#,
        ),
        (
            r#"{"metadata": {"annotations": {"a/b/c": ""}}}"#,
            r#"metadata.annotations["a/b/c"]: the name "a/b/c": has more than one '/'. Use a name such as team, with or without a DNS prefix, as in example.com/team"#,
        ),
        (
            r#"{"metadata": {"ownerReferences": [{"kind": "Job", "name": "a", "uid": "b"}]}}"#,
            "metadata.ownerReferences[0].apiVersion: the owner has no apiVersion. Write the \
             apiVersion of the owner",
        ),
    ] {
        assert_eq!(found(V1_7, &job(patch), None), [finding], "{patch}");
    }
}

fn judge(patch: &'static str, settings: &Settings) -> Verdict {
    crd::judge(&job(patch), None, settings)
}

fn ids(verdict: &Verdict) -> Vec<&'static str> {
    verdict
        .findings
        .iter()
        .map(|graded| graded.finding.rule.id)
        .collect()
}

#[test]
fn a_file_meets_the_api_server_first_and_then_the_operator() {
    let patch = r#"{"spec": {"submissionMode": "InteractiveMode", "backoffLimit": 2,
                    "entrypoint": null, "managedBy": "me"}}"#;
    let verdict = judge(patch, &Settings::for_release(V1_7));
    assert_eq!(
        ids(&verdict),
        ["crd-managed-by-value", "interactive-backoff"]
    );
    assert!(!verdict.allowed);
}

#[test]
fn the_operator_sees_defaults() {
    // Without a default this group would have no maxReplicas.
    let patch = r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true, "workerGroupSpecs":
        [{"groupName": "w",
          "template": {"spec": {"containers": [{"name": "w", "image": "ray"}]}}}]}}}"#;
    assert_eq!(ids(&judge(patch, &Settings::for_release(V1_7))), [""; 0]);
}

#[test]
fn what_the_api_server_refuses_need_not_be_readable() {
    let patch = r#"{"spec": {"backoffLimit": "2"}}"#;
    let mut settings = Settings::for_release(V1_7);
    assert_eq!(ids(&judge(patch, &settings)), ["crd-types"]);
    for level in [Level::Warn, Level::Off] {
        settings.set_level("crd-types", level);
        let verdict = judge(patch, &settings);
        assert_eq!(
            (verdict.allowed, verdict.code),
            (false, Some(400)),
            "{level:?}"
        );
    }
}

#[test]
fn what_belongs_in_quotes_hides_nothing_else() {
    let patch = r#"{"metadata": {"name": 7},
                    "spec": {"rayClusterSpec": {"authOptions": {"mode": "token"},
                      "rayVersion": 2.5}}}"#;
    let verdict = judge(patch, &Settings::for_release(V1_7));
    let expected = [
        "crd-types",
        "crd-types",
        "name-not-dns1035",
        "auth-version-old",
        "trap-ray-version-differs",
    ];
    assert_eq!(ids(&verdict), expected);
}

#[test]
fn the_patch_of_a_list_item_replaces_it() {
    let mut object = job(r#"{"metadata": {"finalizers": ["example.com/a", 7]}}"#);
    let verdict = crd::judge(&object, None, &Settings::default());
    let fix = verdict.findings[0].finding.fixes().next().expect("a fix");
    let patch = serde_json::to_value(fix.patch).expect("JSON");
    let patch: json_patch::Patch = serde_json::from_value(patch).expect("a patch");
    json_patch::patch(&mut object, &patch).expect("a patch of the object");
    assert_eq!(
        object["metadata"]["finalizers"],
        json!(["example.com/a", "7"])
    );
}

#[test]
fn a_field_that_is_written_without_a_value_is_called_empty() {
    let mut object = job("{}");
    let details = |object: &Value| -> Vec<_> {
        let verdict = crd::judge(object, None, &Settings::for_release(V1_7));
        let details = verdict.findings.into_iter();
        details.map(|graded| graded.finding.detail).collect()
    };
    object["spec"]["rayClusterSpec"] = Value::Null;
    assert_eq!(
        details(&object),
        ["neither rayClusterSpec nor clusterSelector is set: rayClusterSpec is empty"]
    );
    object["spec"]
        .as_object_mut()
        .map(|spec| spec.remove("rayClusterSpec"));
    assert_eq!(
        details(&object),
        ["neither rayClusterSpec nor clusterSelector is set"]
    );
    let head = json!({"name": null, "image": "ray"});
    object["spec"]["rayClusterSpec"] =
        json!({"headGroupSpec": {"template": {"spec": {"containers": [head]}}}});
    assert_eq!(details(&object), ["name is empty"]);
}

#[test]
fn an_object_without_a_name_is_refused_once_in_every_release() {
    for release in Release::ALL {
        for patch in [
            r#"{"metadata": {"name": null}}"#,
            r#"{"metadata": {"name": "", "generateName": ""}}"#,
        ] {
            let verdict = judge(patch, &Settings::for_release(release));
            assert_eq!(ids(&verdict), ["crd-metadata-name"], "{release}: {patch}");
        }
        let verdict = judge(
            r#"{"metadata": {"name": null, "generateName": "a-"}}"#,
            &Settings::for_release(release),
        );
        assert_eq!(ids(&verdict), [""; 0], "{release}");
    }
}

#[test]
fn a_number_that_the_operator_cannot_read_is_refused() {
    for (patch, expected) in [
        (r#"{"spec": {"backoffLimit": 2147483647}}"#, &[][..]),
        (r#"{"spec": {"backoffLimit": 2147483648}}"#, &["crd-types"]),
        (r#"{"spec": {"backoffLimit": -2147483649}}"#, &["crd-types"]),
    ] {
        let verdict = judge(patch, &Settings::for_release(V1_7));
        assert_eq!(ids(&verdict), expected, "{patch}");
    }
}

/// Any JSON, with the names of fields that schemas know.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-zA-Z0-9 ]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 6, |inner| {
        let key = prop_oneof![
            Just("spec"),
            Just("metadata"),
            Just("status"),
            Just("jobTemplate"),
            Just("rayClusterSpec"),
            Just("headGroupSpec"),
            Just("workerGroupSpecs"),
            Just("template"),
            Just("containers"),
            Just("name"),
            Just("env"),
            Just("replicas"),
            Just("labels"),
            Just("backofLimit"),
            Just("deletionStrategy"),
            Just("deletionRules"),
            Just("condition"),
            Just("managedBy"),
        ];
        let fields = prop::collection::vec((key.prop_map(String::from), inner.clone()), 0..6);
        prop_oneof![
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

proptest! {
    #[test]
    fn storing_again_changes_nothing_and_heals_nothing_but_unknown_fields(
        spec in any_json(), metadata in any_json(), release in prop::sample::select(&Release::ALL),
        version in prop::sample::select(&["ray.io/v1", "ray.io/v1alpha1"]),
    ) {
        let object = json!({
            "apiVersion": version, "kind": "RayJob", "metadata": metadata, "spec": spec,
        });
        let refused = |object: &Value| -> Vec<_> {
            let findings = crd::check(release, object, None).into_iter();
            let refused = findings.filter(|finding| finding.rule.id.starts_with("crd-"));
            refused.map(|finding| (finding.rule.id, finding.path.to_string())).collect()
        };
        let once = stored(release, object.clone());
        prop_assert_eq!(&stored(release, once.clone()), &once);
        prop_assert_eq!(refused(&once), refused(&object));
        let mut left = crd::check(release, &once, None).into_iter();
        let is_unknown = left.any(|finding| finding.rule.id == "trap-unknown-field");
        prop_assert!(!is_unknown || version != "ray.io/v1");
    }
}

#[test]
fn a_number_is_put_in_quotes_only_where_it_is_a_label_then() {
    for (team, expected) in [(7, 1), (-7, 0)] {
        let mut object = job("{}");
        object["metadata"]["labels"]["team"] = team.into();
        let verdict = crd::judge(&object, None, &Settings::for_release(V1_7));
        assert_eq!(ids(&verdict), ["crd-types"]);
        let fixes = verdict.findings[0].finding.fixes();
        assert_eq!(fixes.count(), expected, "{team}");
    }
}

#[test]
fn what_a_field_demands_is_told() {
    let long = |length: usize| {
        json!({"conditions": [{"type": "a", "status": "True", "message": "", "reason":
            "a".repeat(length), "lastTransitionTime": "2026-01-31T12:00:00Z"}]})
    };
    let strategy = |fields: Value| {
        let mut object = job("{}");
        object["spec"]["deletionStrategy"] = fields;
        object
    };
    let policy = || json!({"policy": "DeleteCluster"});
    let with = |pointer: &str, value: Value| {
        let mut object = job("{}");
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        object.pointer_mut(parent).expect("an object")[key] = value;
        object
    };
    let zone = |zone: &str| {
        let mut object = cron("{}");
        object["spec"]["timeZone"] = zone.into();
        object
    };

    for (object, finding) in [
        (zone("UTC"), ""),
        (
            zone(""),
            "spec.timeZone: the text is empty. Write a value, or remove the field",
        ),
        (with("/status", json!({"rayClusterStatus": long(1024)})), ""),
        (
            with("/status", json!({"rayClusterStatus": long(1025)})),
            "status.rayClusterStatus.conditions[0].reason: the text has 1025 characters, more than 1024. Shorten the value",
        ),
        (with("/metadata/namespace", json!("team")), ""),
        (
            with("/metadata/namespace", json!("team.a")),
            "metadata.namespace: \"team.a\" cannot be a namespace. Use lower-case letters, digits and -, with a letter or digit at both ends",
        ),
        (
            with("/metadata/creationTimestamp", json!("today")),
            "metadata.creationTimestamp: \"today\" is not a time. Write a time such as 2026-01-31T12:00:00Z",
        ),
        (
            with(
                "/metadata/managedFields",
                json!([{"fieldsV1": {"f:spec": {}}}]),
            ),
            "",
        ),
        (
            strategy(json!({"onSuccess": policy(), "onFailure": policy()})),
            "",
        ),
        (
            strategy(json!({"onSuccess": policy()})),
            "spec.deletionStrategy: only onSuccess is set. Write deletionRules, or both onSuccess and onFailure",
        ),
        (
            strategy(json!({"onSuccess": policy(), "onFailure": null})),
            "spec.deletionStrategy: only onSuccess is set. Write deletionRules, or both onSuccess and onFailure",
        ),
        (
            strategy(json!({})),
            "spec.deletionStrategy: none of its fields is set. Write deletionRules, or both onSuccess and onFailure",
        ),
    ] {
        assert_eq!(found(V1_7, &object, None).join("\n"), finding, "{object}");
    }
}

#[test]
fn an_old_version_is_replaced_only_if_the_object_stays_the_same() {
    for (spec, is_fixed) in [
        (json!({}), true),
        (json!({"backoffLimit": 2}), false),
        (json!({"shutdownAfterJobFinishes": true}), true),
    ] {
        let mut object = job("{}");
        object["apiVersion"] = "ray.io/v1alpha1".into();
        object["spec"]
            .as_object_mut()
            .expect("fields")
            .extend(spec.as_object().expect("fields").clone());
        let found = crd::check(V1_7, &object, None);
        let old = found
            .iter()
            .find(|finding| finding.rule.id == "trap-v1alpha1");
        let fixes = old.expect("a finding").fixes().count();
        assert_eq!(fixes > 0, is_fixed, "{spec} {found:?}");
    }
}
