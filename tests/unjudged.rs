//! Which objects the policy lets through unjudged.

use rayjob_policy_core::admit::admit;
use rayjob_policy_core::example::patched;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::verdict::Verdict;
use serde_json::{Value, json};

fn verdict(object: &Value) -> Verdict {
    let request = json!({"request": {"uid": "0", "operation": "CREATE", "object": object,
        "kind": {"group": "ray.io", "version": "v1", "kind": object["kind"]}}});
    admit(request.to_string().as_bytes())
}

/// An object of a kind that KubeRay refuses, with more metadata.
fn refused(kind: Kind, metadata: Value) -> Value {
    let cluster = json!({"headGroupSpec": {"template": {"spec": {"containers": []}}}});
    let spec = match kind {
        Kind::RayCluster => cluster,
        Kind::RayService => json!({"rayClusterConfig": cluster}),
        Kind::RayJob => json!({"rayClusterSpec": cluster}),
        Kind::RayCronJob => json!({"jobTemplate": {"rayClusterSpec": cluster}}),
    };
    let patch = json!({"metadata": metadata, "spec": spec});
    patched(kind, &patch.to_string()).expect("a patch")
}

#[test]
fn an_object_that_is_being_deleted_is_not_judged() {
    for kind in Kind::ALL {
        for (metadata, allowed) in [
            (json!({}), false),
            (json!({"deletionTimestamp": null}), false),
            (json!({"deletionTimestamp": "2026-01-31T12:00:00Z"}), true),
        ] {
            let verdict = verdict(&refused(kind, metadata));
            assert_eq!(verdict.allowed, allowed, "{kind:?}");
        }
    }
}

#[test]
fn a_raycluster_that_kuberay_created_is_not_judged() {
    let metadata = |origin: &str, kind: &str, version: &str, controller: Value| {
        json!({"labels": {"ray.io/originated-from-crd": origin}, "ownerReferences": [
            {"apiVersion": version, "kind": kind, "name": "a", "controller": controller}]})
    };
    let yes = || Value::Bool(true);
    for (metadata, allowed) in [
        (metadata("RayJob", "RayJob", "ray.io/v1", yes()), true),
        (
            metadata("RayService", "RayService", "ray.io/v1alpha1", yes()),
            true,
        ),
        (metadata("RayJob", "RayService", "ray.io/v1", yes()), false),
        (
            metadata("RayCluster", "RayCluster", "ray.io/v1", yes()),
            false,
        ),
        (metadata("RayJob", "RayJob", "batch/v1", yes()), false),
        (
            metadata("RayJob", "RayJob", "ray.io/v1", json!(false)),
            false,
        ),
        (
            metadata("RayJob", "RayJob", "ray.io/v1", Value::Null),
            false,
        ),
        (
            json!({"labels": {"ray.io/originated-from-crd": "RayJob"}}),
            false,
        ),
    ] {
        let shown = metadata.to_string();
        let verdict = verdict(&refused(Kind::RayCluster, metadata));
        assert_eq!(verdict.allowed, allowed, "{shown}");
    }
}
