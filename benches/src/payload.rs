//! Requests of three sizes, in the shape in which Kubewarden sends them: keys
//! sorted, nothing absent.

use serde_json::{Value, json};

/// The requests by name: about 1 KB, 9 KB and 1.2 MB.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    [("1 KB", 0, 0), ("9 KB", 5, 20), ("1.2 MB", 900, 14)]
        .into_iter()
        .map(|(name, groups, variables)| {
            (name, request(groups, variables).to_string().into_bytes())
        })
        .collect()
}

fn request(groups: usize, variables: usize) -> Value {
    let groups: Vec<_> = (0..groups)
        .map(|group| worker_group(group, variables))
        .collect();
    json!({
        "request": {
            "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
            "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
            "resource": {"group": "ray.io", "version": "v1", "resource": "rayjobs"},
            "name": "train", "namespace": "ml", "operation": "CREATE",
            "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
            "object": {
                "apiVersion": "ray.io/v1", "kind": "RayJob",
                "metadata": {"name": "train", "namespace": "ml"},
                "spec": {
                    "entrypoint": "python /home/ray/samples/train.py --epochs 10",
                    "submissionMode": "K8sJobMode", "backoffLimit": 2,
                    "shutdownAfterJobFinishes": true, "ttlSecondsAfterFinished": 600,
                    "rayClusterSpec": {
                        "rayVersion": "2.52.0",
                        "headGroupSpec": {
                            "rayStartParams": {"dashboard-host": "0.0.0.0"},
                            "template": {"spec": {
                                "containers": [container("ray-head", 0)], "volumes": [volume()],
                            }},
                        },
                        "workerGroupSpecs": groups,
                    },
                },
            },
        },
        "settings": {},
    })
}

fn worker_group(group: usize, variables: usize) -> Value {
    json!({
        "groupName": format!("group-{group}"), "replicas": 1, "minReplicas": 1, "maxReplicas": 5,
        "numOfHosts": 1, "rayStartParams": {"metrics-export-port": "8080"},
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/name": "train", "team": "ml"}},
            "spec": {
                "containers": [container("ray-worker", variables)], "volumes": [volume()],
                "nodeSelector": {"cloud.google.com/gke-accelerator": "nvidia-l4"},
                "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            },
        },
    })
}

fn volume() -> Value {
    json!({"name": "data", "persistentVolumeClaim": {"claimName": "data"}})
}

fn container(name: &str, variables: usize) -> Value {
    let variable =
        |n| json!({"name": format!("SETTING_NUMBER_{n}"), "value": format!("value-{n}")});
    let env: Vec<_> = (0..variables).map(variable).collect();
    json!({
        "name": name, "image": "rayproject/ray:2.52.0", "env": env,
        "resources": {"limits": {"cpu": "4", "memory": "16Gi"}, "requests": {"cpu": "4", "memory": "16Gi"}},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    })
}
