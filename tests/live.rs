//! What the rules about the cluster find there, beyond their examples.

use rayjob_policy_core::example::Example;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_testkit::{advice, counts, tells};
use serde_json::{Value, json};

fn job(patch: Value, cluster: Value) -> Example {
    Example::job(patch.to_string().leak()).live(cluster.to_string().leak())
}

/// The Deployment of an operator with this tag and these arguments.
fn operator(tag: &str, args: &[&str]) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "kuberay-operator", "namespace": "kuberay"},
        "spec": {"template": {
            "metadata": {"labels": {"app.kubernetes.io/component": "kuberay-operator"}},
            "spec": {"containers": [{
                "image": format!("quay.io/kuberay/operator:{tag}"), "args": args}]}}}})
}

/// An object in the namespace of the examples, with more fields.
fn object(kind: &str, name: &str, fields: Value) -> Value {
    let version = match kind {
        "RayCluster" => "ray.io/v1",
        "LocalQueue" => "kueue.x-k8s.io/v1beta1",
        "Job" => "batch/v1",
        _ => "v1",
    };
    let mut object = json!({"apiVersion": version, "kind": kind,
        "metadata": {"name": name, "namespace": "default"}});
    for (field, value) in fields.as_object().expect("fields") {
        match field.as_str() {
            "spec" => object["spec"] = value.clone(),
            field => object["metadata"][field] = value.clone(),
        }
    }
    object
}

#[test]
fn the_operator_of_the_cluster_is_the_one_that_the_policy_is_set_to() {
    let id = "live-operator";
    let found = |operators: Value| job(json!({}), operators).on(Release::V1_7);
    tells(
        id,
        &found(json!([operator("v1.6.2", &[])])),
        &[
            "metadata.name: the operator of the cluster is KubeRay 1.6, and the policy is set to \
             1.7",
        ],
    );
    tells(
        id,
        &found(json!([operator(
            "v1.7.0",
            &["--feature-gates=RayJobDeletionPolicy=false,RayClusterMTLS=true"]
        )])),
        &[
            "metadata.name: unlike the policy, the operator of the cluster has \
             RayJobDeletionPolicy off, RayClusterMTLS on",
        ],
    );
    const OFF: &[(Gate, bool)] = &[(Gate::RayJobDeletionPolicy, false)];
    let gate_off = || operator("v1.7.0", &["--feature-gates=RayJobDeletionPolicy=false"]);
    counts(
        id,
        vec![
            (found(json!([gate_off()])).gates(OFF), 0),
            (found(json!([operator("v1.6.2", &[])])).on(Release::V1_6), 0),
            // Operators that differ do not tell which one is responsible.
            (
                found(json!([operator("v1.6.2", &[]), operator("v1.5.1", &[])])),
                0,
            ),
            (found(json!([gate_off(), operator("v1.7.0", &[])])), 0),
            (
                found(json!([operator("v1.6.2", &[]), operator("v1.6.1", &[])])),
                1,
            ),
        ],
    );
}

#[test]
fn an_operator_may_watch_some_namespaces() {
    let id = "live-namespace-not-watched";
    let watching = |namespace: &str| {
        let patch = json!({"metadata": {"namespace": namespace}});
        job(
            patch,
            json!([operator("v1.7.0", &["--watch-namespace=team-a"])]),
        )
    };
    tells(
        id,
        &watching("team-b"),
        &["metadata.name: no operator watches the namespace \"team-b\""],
    );
    counts(
        id,
        vec![
            (watching("team-a"), 0),
            (
                job(json!({}), json!([object("Service", "a", json!({}))])),
                0,
            ),
        ],
    );
}

#[test]
fn a_selected_cluster_exists_and_runs() {
    let on = |name: &str, cluster: Value| {
        job(
            json!({"spec": {"rayClusterSpec": null, "clusterSelector": {"ray.io/cluster": name}}}),
            json!([cluster]),
        )
    };
    let cluster = |fields: Value| object("RayCluster", "shared", fields);
    let path = "spec.clusterSelector[\"ray.io/cluster\"]";
    let id = "live-raycluster-missing";
    tells(
        id,
        &on("other", cluster(json!({}))),
        &[&format!(
            "{path}: the namespace has no RayCluster \"other\""
        )],
    );
    counts(
        id,
        vec![
            (on("shared", cluster(json!({}))), 0),
            (on("", cluster(json!({}))), 0),
        ],
    );
    let id = "live-raycluster-stopped";
    let suspended = || on("shared", cluster(json!({"spec": {"suspend": true}})));
    let deleted = || {
        let at = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
        on("shared", cluster(at))
    };
    tells(
        id,
        &suspended(),
        &[&format!("{path}: the RayCluster \"shared\" is suspended")],
    );
    tells(
        id,
        &deleted(),
        &[&format!(
            "{path}: the RayCluster \"shared\" is being deleted"
        )],
    );
    assert!(advice(id, &suspended()).starts_with("Resume the RayCluster"));
    assert!(advice(id, &deleted()).starts_with("Select another RayCluster"));
    counts(
        id,
        vec![(
            on("shared", cluster(json!({"spec": {"suspend": false}}))),
            0,
        )],
    );
}

#[test]
fn a_queue_exists_and_is_open() {
    let queued = |name: &str, policy: Value| {
        job(
            json!({"metadata": {"labels": {"kueue.x-k8s.io/queue-name": name}}}),
            json!([object(
                "LocalQueue",
                "gpu",
                json!({"spec": {"stopPolicy": policy}})
            )]),
        )
    };
    let path = "metadata.labels[\"kueue.x-k8s.io/queue-name\"]";
    tells(
        "live-queue-missing",
        &queued("cpu", Value::Null),
        &[&format!("{path}: the namespace has no LocalQueue \"cpu\"")],
    );
    tells(
        "live-queue-stopped",
        &queued("gpu", json!("Hold")),
        &[&format!("{path}: the LocalQueue \"gpu\" is stopped")],
    );
    counts("live-queue-missing", vec![(queued("gpu", Value::Null), 0)]);
    counts(
        "live-queue-stopped",
        vec![
            (queued("gpu", Value::Null), 0),
            (queued("gpu", json!("None")), 0),
            (queued("gpu", json!("HoldAndDrain")), 1),
            (queued("cpu", json!("Hold")), 0),
        ],
    );
}

#[test]
fn nothing_else_has_the_name_of_a_child() {
    let owned = |kind: &str, name: &str| json!({"ownerReferences": [{"kind": kind, "name": name}]});
    let id = "live-job-collision";
    let with_job = |spec: Value, owner: Value| {
        job(
            json!({"spec": spec}),
            json!([object("Job", "train", owner)]),
        )
    };
    tells(
        id,
        &with_job(json!({}), json!({})),
        &["metadata.name: the namespace has a Job \"train\" of another owner"],
    );
    let stored = with_job(json!({}), json!({})).stored("{}");
    counts(
        id,
        vec![
            (with_job(json!({}), owned("RayJob", "train")), 0),
            (with_job(json!({}), owned("RayJob", "other")), 1),
            (with_job(json!({}), owned("CronJob", "train")), 1),
            (
                with_job(json!({"submissionMode": "HTTPMode"}), json!({})),
                0,
            ),
            (stored, 0),
            (
                job(json!({}), json!([object("Job", "other", json!({}))])),
                0,
            ),
        ],
    );
    let id = "live-service-collision";
    let taken = |name: &str| {
        json!([object("Service", name, json!({}))])
            .to_string()
            .leak()
    };
    let shared =
        r#"{"spec": {"rayClusterSpec": null, "clusterSelector": {"ray.io/cluster": "shared"}}}"#;
    let named = r#"{"spec": {"headGroupSpec": {"headService": {"metadata": {"name": "mine"}}}}}"#;
    counts(
        id,
        vec![
            (Example::job("{}").live(taken("train-head-svc")), 1),
            (
                Example::job("{}")
                    .live(taken("train-head-svc"))
                    .on(Release::V1_5),
                1,
            ),
            (
                Example::job("{}")
                    .live(taken("train-head-svc"))
                    .on(Release::V1_4),
                0,
            ),
            (Example::job(shared).live(taken("train-head-svc")), 0),
            (Example::job("{}").live(taken("train")), 0),
            (Example::cluster("{}").live(taken("shared-head-svc")), 1),
            (
                Example::cluster("{}")
                    .live(taken("shared-head-svc"))
                    .on(Release::V1_4),
                1,
            ),
            (Example::cluster(named).live(taken("shared-head-svc")), 0),
            (Example::service("{}").live(taken("llm-head-svc")), 1),
        ],
    );
}

#[test]
fn what_pods_use_by_name_exists() {
    let pod = |fields: Value, kind: &str| {
        let mut spec = json!({"containers": [
            {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]});
        for (field, value) in fields.as_object().expect("fields") {
            match field.as_str() {
                "env" | "envFrom" => spec["containers"][0][field] = value.clone(),
                _ => spec[field] = value.clone(),
            }
        }
        job(
            json!({"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": spec}}}}}),
            json!([object(kind, "there", json!({}))]),
        )
    };
    let id = "live-config-map-missing";
    let map = |fields: Value| pod(fields, "ConfigMap");
    let env = |name: &str, optional: Value| {
        map(
            json!({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {
            "name": name, "key": "a", "optional": optional}}}]}),
        )
    };
    let path = "spec.rayClusterSpec.headGroupSpec.template.spec";
    tells(
        id,
        &env("gone", Value::Null),
        &[&format!(
            "{path}.containers[0].env[0].valueFrom.configMapKeyRef.name: the namespace has no \
             ConfigMap \"gone\" for container \"ray-head\" of the head pod"
        )],
    );
    tells(
        id,
        &map(json!({"volumes": [{"name": "v", "projected": {"sources": [
            {"configMap": {"name": "there"}}, {"configMap": {"name": "gone"}}]}}]})),
        &[&format!(
            "{path}.volumes[0].projected.sources[1].configMap.name: the namespace has no \
             ConfigMap \"gone\" for volume \"v\" of the head pod"
        )],
    );
    let volume = |name: &str| map(json!({"volumes": [{"name": "v", "configMap": {"name": name}}]}));
    let many = |name: &str| map(json!({"envFrom": [{"configMapRef": {"name": name}}]}));
    counts(
        id,
        vec![
            (env("there", Value::Null), 0),
            (env("gone", json!(true)), 0),
            (env("gone", json!(false)), 1),
            (env("", Value::Null), 0),
            (volume("there"), 0),
            (volume("gone"), 1),
            (many("there"), 0),
            (many("gone"), 1),
        ],
    );
    let claim = |name: &str| {
        let volume = json!({"name": "v", "persistentVolumeClaim": {"claimName": name}});
        pod(json!({"volumes": [volume]}), "PersistentVolumeClaim")
    };
    let id = "live-volume-claim-missing";
    tells(
        id,
        &claim("gone"),
        &[&format!(
            "{path}.volumes[0].persistentVolumeClaim.claimName: the namespace has no \
             PersistentVolumeClaim \"gone\" for volume \"v\" of the head pod"
        )],
    );
    counts(id, vec![(claim("there"), 0), (claim(""), 0)]);
    let account = |name: &str| pod(json!({"serviceAccountName": name}), "ServiceAccount");
    let id = "live-service-account-missing";
    tells(
        id,
        &account("gone"),
        &[&format!(
            "{path}.serviceAccountName: the namespace has no ServiceAccount \"gone\" for the head \
             pod"
        )],
    );
    counts(id, vec![(account("there"), 0), (account(""), 0)]);
}
