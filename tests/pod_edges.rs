//! What the rules about pods find on either side of where they begin, beyond their examples.

use rayjob_policy_core::example::Example;
use rayjob_policy_core::finding::Finding;
use rayjob_policy_core::fix::Fix;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_testkit::{advice, counts, findings, fixes, joined, tells};
use serde_json::{Value, json};

/// A job whose RayCluster has these fields.
fn cluster(fields: Value) -> Example {
    let patch = json!({"spec": {"rayClusterSpec": fields}});
    Example::job(patch.to_string().leak())
}

/// A job whose head has a pod template with these fields.
fn head_template(template: Value) -> Example {
    cluster(json!({"headGroupSpec": {"template": template}}))
}

/// A job whose head has a pod with these fields.
fn head(spec: Value) -> Example {
    head_template(json!({"spec": spec}))
}

/// A job whose workers have a pod with these fields.
fn workers(spec: Value) -> Value {
    json!([{"groupName": "workers", "replicas": 1, "minReplicas": 1, "maxReplicas": 1,
        "rayStartParams": {}, "template": {"spec": spec}}])
}

/// A container with more fields.
fn container(name: &str, fields: Value) -> Value {
    let container = json!({"name": name, "image": "rayproject/ray:2.52.0"});
    joined(container, fields)
}

/// A job whose Ray container in the head has these fields.
fn ray(fields: Value) -> Example {
    head(json!({"containers": [container("ray-head", fields)]}))
}

/// A job that a pod with these fields submits.
fn submitter(spec: Value) -> Example {
    let patch = json!({"spec": {"submitterPodTemplate": {"spec": spec}}});
    Example::job(patch.to_string().leak())
}

const CONTAINERS: &str = "spec.rayClusterSpec.headGroupSpec.template.spec.containers";

#[test]
fn kuberay_adds_containers_of_fixed_names() {
    let id = "trap-container-name-taken";
    let extra = |list: &str, name: &str| {
        let mut spec = json!({"containers": [container("ray", json!({}))]});
        match list {
            "containers" => spec[list] = json!([spec[list][0], container(name, json!({}))]),
            _ => spec[list] = json!([container(name, json!({}))]),
        }
        spec
    };
    let with = |list: &str, name: &str, fields: Value| {
        let mut fields = fields;
        fields["headGroupSpec"] = json!({"template": {"spec": extra(list, name)}});
        cluster(fields)
    };
    let in_workers = |list: &str, name: &str, fields: Value| {
        let mut fields = fields;
        fields["workerGroupSpecs"] = workers(extra(list, name));
        cluster(fields)
    };
    let sidecar = |release| {
        let patch = json!({"spec": {"submissionMode": "SidecarMode", "rayClusterSpec": {
            "headGroupSpec": {"template": {"spec": extra("containers", "ray-job-submitter")}}}}});
        Example::job(patch.to_string().leak()).on(release)
    };
    let scaled = || json!({"enableInTreeAutoscaling": true});
    let tls = |enabled: bool| json!({"tlsOptions": {"enabled": enabled}});
    const ON: &[(Gate, bool)] = &[(Gate::RayClusterMTLS, true)];
    const OFF: &[(Gate, bool)] = &[(Gate::RayClusterMTLS, false)];
    counts(
        id,
        vec![
            (with("containers", "autoscaler", scaled()), 1),
            (with("initContainers", "autoscaler", scaled()), 1),
            (with("containers", "autoscaler", json!({})), 0),
            (in_workers("containers", "autoscaler", scaled()), 0),
            (sidecar(Release::V1_5), 1),
            (sidecar(Release::V1_4), 0),
            (with("containers", "ray-job-submitter", json!({})), 0),
            (in_workers("containers", "wait-gcs-ready", json!({})), 1),
            (in_workers("initContainers", "wait-gcs-ready", json!({})), 1),
            (with("containers", "wait-gcs-ready", json!({})), 0),
            (
                with("containers", "wait-for-tls-ip-san", tls(true)).gates(ON),
                1,
            ),
            (
                in_workers("containers", "wait-for-tls-ip-san", tls(true)).gates(ON),
                1,
            ),
            // It takes the place of KubeRay's.
            (
                with("initContainers", "wait-for-tls-ip-san", tls(true)).gates(ON),
                0,
            ),
            (
                with("containers", "wait-for-tls-ip-san", tls(false)).gates(ON),
                0,
            ),
            (
                with("containers", "wait-for-tls-ip-san", tls(true)).gates(OFF),
                0,
            ),
        ],
    );
}

#[test]
fn a_name_of_a_container_that_is_nearly_right_is_proposed() {
    let id = "pod-container-name";
    let named = |name: &str, other: &str| {
        head(json!({"containers": [container(name, json!({})), container(other, json!({}))]}))
    };
    for (name, other, proposed) in [
        ("Ray_Head.1", "other", Some("ray-head-1")),
        ("Ray_Head", "ray-head", None),
        ("ray/head", "other", None),
    ] {
        let found = findings(id, &named(name, other));
        assert_eq!(found.len(), 1, "{name}");
        let fixes: Vec<Fix> = found.iter().flat_map(Finding::fixes).collect();
        let patch = serde_json::to_string(&fixes.first().map(|fix| &fix.patch)).expect("a patch");
        assert_eq!(fixes.len(), usize::from(proposed.is_some()), "{name}");
        let proposed = proposed.map_or("null".to_owned(), |name| format!("\"value\":\"{name}\""));
        assert!(patch.contains(&proposed), "{patch}");
    }
    let init = |init: &str| {
        head(json!({"initContainers": [container(init, json!({}))],
            "containers": [container("ray-head", json!({}))]}))
    };
    counts(id, vec![(init("ray-head"), 1), (init("other"), 0)]);
    assert_eq!(
        advice(id, &init("ray-head")),
        "Give each container of a pod a name of its own"
    );
}

#[test]
fn a_container_has_one_of_three_restart_policies() {
    let id = "pod-container-restart-policy";
    let policy = |policy: &str| ray(json!({"restartPolicy": policy}));
    counts(
        id,
        vec![
            (policy("Always"), 0),
            (policy("Never"), 0),
            (policy("OnFailure"), 0),
            (policy("always"), 1),
            (policy("Sometimes"), 1),
        ],
    );
    assert_eq!(
        (
            fixes(id, &policy("always")),
            fixes(id, &policy("Sometimes"))
        ),
        (1, 0)
    );
}

#[test]
fn an_image_has_no_space_around_it() {
    let image = |image: Value| ray(json!({"image": image}));
    let missing = "pod-image-missing";
    counts(
        missing,
        vec![
            (image(json!("")), 1),
            (image(Value::Null), 1),
            (image(json!("a")), 0),
        ],
    );
    let autoscaler = |image: Value| {
        cluster(json!({"enableInTreeAutoscaling": true, "autoscalerOptions": {"image": image}}))
    };
    counts(
        missing,
        vec![(autoscaler(Value::Null), 0), (autoscaler(json!("a")), 0)],
    );
    let id = "pod-image-space";
    counts(
        id,
        vec![
            (image(json!("a")), 0),
            (image(json!("a ")), 1),
            (image(json!("\ta")), 1),
            (image(json!(" ")), 1),
        ],
    );
    assert_eq!(
        (
            fixes(id, &image(json!("a "))),
            fixes(id, &image(json!(" ")))
        ),
        (1, 0)
    );
}

#[test]
fn a_variable_has_one_source() {
    let id = "pod-env-source";
    let variable = |value: &str, from: Value| {
        ray(json!({"env": [{"name": "A", "value": value, "valueFrom": from}]}))
    };
    let field = || json!({"fieldRef": {"fieldPath": "metadata.name"}});
    let two = || {
        json!({"fieldRef": {"fieldPath": "metadata.name"},
            "secretKeyRef": {"name": "a", "key": "b"}})
    };
    let subject = "environment variable \"A\" of container \"ray-head\" of the head pod";
    let told = |text: &str| format!("{CONTAINERS}[0].env[0].valueFrom: {subject} {text}");
    for (value, from, text) in [
        ("", json!({}), "has a valueFrom that names no source"),
        ("a", json!({}), "has a valueFrom that names no source"),
        ("a", field(), "has both value and valueFrom"),
        ("a", two(), "has both value and valueFrom"),
        (
            "",
            two(),
            "has two sources in valueFrom, fieldRef and secretKeyRef",
        ),
    ] {
        tells(id, &variable(value, from), &[&told(text)]);
    }
    // Kubernetes 1.31 does not know fileKeyRef.
    let file = || json!({"fileKeyRef": {"volumeName": "a", "path": "b", "key": "c"}});
    counts(
        id,
        vec![
            (variable("", field()), 0),
            (variable("a", Value::Null), 0),
            (variable("", file()), 0),
            (variable("a", file()), 1),
        ],
    );
    let many = |from: Value| ray(json!({"envFrom": [from]}));
    let (map, secret) = (json!({"name": "a"}), json!({"name": "b"}));
    let told = |text: &str| {
        let subject = "an item of envFrom of container \"ray-head\" of the head pod";
        format!("{CONTAINERS}[0].envFrom[0]: {subject} {text}")
    };
    tells(id, &many(json!({})), &[&told("names no source")]);
    tells(
        id,
        &many(json!({"configMapRef": map, "secretRef": secret})),
        &[&told("names both configMapRef and secretRef")],
    );
    counts(
        id,
        vec![
            (many(json!({"configMapRef": map})), 0),
            (many(json!({"secretRef": secret})), 0),
        ],
    );
}

#[test]
fn the_name_of_a_variable_is_printable_ascii_without_an_equals_sign() {
    let id = "pod-env-name";
    let named = |name: &str| ray(json!({"env": [{"name": name, "value": "a"}]}));
    let prefixed =
        |prefix: &str| ray(json!({"envFrom": [{"prefix": prefix, "secretRef": {"name": "a"}}]}));
    let of = "of container \"ray-head\" of the head pod";
    let subject = |name: &str| format!("environment variable \"{name}\" {of}");
    let path = format!("{CONTAINERS}[0].env[0].name");
    tells(
        id,
        &named("a=b"),
        &[&format!(
            "{path}: the name of {} contains '='",
            subject("a=b")
        )],
    );
    tells(
        id,
        &named("\u{e9}"),
        &[&format!(
            "{path}: the name of {} contains the character U+00E9",
            subject("\u{e9}")
        )],
    );
    tells(
        id,
        &named(""),
        &[&format!("{path}: an environment variable {of} has no name")],
    );
    tells(
        id,
        &prefixed("a="),
        &[&format!(
            "{CONTAINERS}[0].envFrom[0].prefix: the prefix \"a=\" of envFrom {of} contains '='"
        )],
    );
    counts(
        id,
        vec![
            (named("a.b-c d"), 0),
            (named("1"), 0),
            (prefixed(""), 0),
            (prefixed("a_"), 0),
        ],
    );
}

#[test]
fn a_reference_names_what_can_exist() {
    let id = "pod-env-reference";
    let variable = |from: Value| ray(json!({"env": [{"name": "A", "valueFrom": from}]}));
    let key = |name: &str, key: &str| variable(json!({"secretKeyRef": {"name": name, "key": key}}));
    let many = |name: &str| ray(json!({"envFrom": [{"configMapRef": {"name": name}}]}));
    let field = |path: &str| variable(json!({"fieldRef": {"fieldPath": path}}));
    let version = |version: &str| {
        variable(json!({"fieldRef": {"apiVersion": version, "fieldPath": "metadata.name"}}))
    };
    let resource = |resource: &str, divisor: Value| {
        variable(json!({"resourceFieldRef": {"resource": resource, "divisor": divisor}}))
    };
    counts(
        id,
        vec![
            (key("a", "b"), 0),
            (key("a", ""), 1),
            (key("a", "..b"), 1),
            (key("", "b"), 1),
            (key("A", "b"), 1),
            (key("a-", "b"), 1),
            (many("a"), 0),
            // Kubernetes checks it as the beginning of a name, with an `a` for the last two bytes.
            (many("a-"), 0),
            (many("A-"), 0),
            (many("Aa-"), 1),
            (many("-"), 1),
            (many("a."), 1),
            (many(""), 1),
            (field("metadata.name"), 0),
            (field("metadata.labels['a']"), 0),
            (field("metadata.labels"), 1),
            (version(""), 0),
            (version("v1"), 0),
            (version("v2"), 1),
            (resource("limits.cpu", Value::Null), 0),
            (resource("limits.cpu", json!("1m")), 0),
            (resource("limits.cpu", json!(1)), 0),
            (resource("limits.cpu", json!("1Mi")), 1),
            (resource("limits.memory", json!("1Mi")), 0),
            (resource("limits.memory", json!("1m")), 1),
            (resource("cpu", Value::Null), 1),
        ],
    );
    let told = |path: &str, text: &str| format!("{CONTAINERS}[0].env[0].valueFrom.{path}: {text}");
    let of = "of environment variable \"A\" of container \"ray-head\" of the head pod";
    tells(
        id,
        &version("v2"),
        &[&told(
            "fieldRef",
            &format!("fieldRef {of} has the apiVersion \"v2\""),
        )],
    );
    tells(
        id,
        &key("a", "b c"),
        &[&told(
            "secretKeyRef.key",
            &format!("secretKeyRef.key {of} is \"b c\""),
        )],
    );
    tells(
        id,
        &many(""),
        &[&format!(
            "{CONTAINERS}[0].envFrom[0].configMapRef.name: configMapRef.name of an item of \
             envFrom of container \"ray-head\" of the head pod is empty"
        )],
    );
    for (example, meant) in [
        (field("metadata.Name"), Some("Write metadata.name")),
        (field("metadata.nam"), None),
        (
            resource("Limits.CPU", Value::Null),
            Some("Write limits.cpu"),
        ),
        (resource("Limits.CPU", json!("1Mi")), None),
        (
            resource("Limits.Memory", json!("1Mi")),
            Some("Write limits.memory"),
        ),
    ] {
        assert_eq!(fixes(id, &example), usize::from(meant.is_some()));
        if let Some(meant) = meant {
            assert_eq!(advice(id, &example), meant);
        }
    }
    assert!(advice(id, &resource("limits.cpu", json!("1Mi"))).contains("1m"));
    assert!(advice(id, &resource("limits.memory", json!("1m"))).contains("1Mi"));
}

#[test]
fn what_admission_sets_is_not_in_a_template() {
    counts(
        "pod-priority",
        vec![
            (head(json!({"priority": 1})), 1),
            (head(json!({"priority": -1})), 1),
            (head(json!({"priority": 0})), 0),
            (head(json!({"priority": 1, "priorityClassName": "a"})), 0),
            (head(json!({"preemptionPolicy": "Never"})), 1),
            (head(json!({"preemptionPolicy": "PreemptLowerPriority"})), 0),
            (head(json!({"priority": 1, "preemptionPolicy": "Never"})), 2),
        ],
    );
    counts(
        "pod-overhead",
        vec![
            (head(json!({"overhead": {"cpu": "1m"}})), 1),
            (head(json!({"overhead": {}})), 0),
            (
                head(json!({"overhead": {"cpu": "1m"}, "runtimeClassName": "a"})),
                0,
            ),
        ],
    );
    let deadline = |seconds: i64| head(json!({"activeDeadlineSeconds": seconds}));
    counts(
        "pod-deadline",
        vec![
            (deadline(0), 1),
            (deadline(1), 0),
            (deadline(2_147_483_647), 0),
            (deadline(2_147_483_648), 1),
        ],
    );
}

#[test]
fn names_of_a_pod_are_dns_names() {
    counts(
        "pod-hostname",
        vec![
            (head(json!({"hostname": "a"})), 0),
            (head(json!({"hostname": ""})), 0),
            (head(json!({"hostname": "a.b"})), 1),
            (head(json!({"subdomain": "A"})), 1),
            (head(json!({"hostname": "a_b", "subdomain": "A"})), 2),
        ],
    );
    counts(
        "pod-object-name",
        vec![
            (head(json!({"serviceAccountName": "a.b"})), 0),
            (head(json!({"serviceAccountName": ""})), 0),
            (head(json!({"serviceAccountName": "A"})), 1),
            (head(json!({"priorityClassName": "A"})), 1),
            (head(json!({"priorityClassName": ""})), 0),
            (head(json!({"nodeName": "A"})), 1),
            (head(json!({"nodeName": ""})), 0),
            (head(json!({"runtimeClassName": "A"})), 1),
            (head(json!({"runtimeClassName": ""})), 1),
            (head(json!({"runtimeClassName": null})), 0),
        ],
    );
    let alias =
        |ip: &str, names: &[&str]| head(json!({"hostAliases": [{"ip": ip, "hostnames": names}]}));
    counts(
        "pod-host-alias",
        vec![
            (alias("192.0.2.1", &["a.b"]), 0),
            (alias("192.0.2", &["a.b"]), 1),
            (alias("", &[]), 1),
            (alias("::1", &["A", "b", ""]), 2),
        ],
    );
    let gate = |gate: &str| head(json!({"readinessGates": [{"conditionType": gate}]}));
    counts(
        "pod-readiness-gate",
        vec![(gate("example.com/ready"), 0), (gate("a b"), 1)],
    );
    let ephemeral = |list: Value| head(json!({"ephemeralContainers": list}));
    counts(
        "pod-ephemeral-containers",
        vec![
            (ephemeral(json!([])), 0),
            (ephemeral(json!([{"name": "a"}])), 1),
        ],
    );
}

#[test]
fn kubernetes_checks_the_metadata_of_a_template() {
    let meta = |field: &str, value: Value| head_template(json!({"metadata": {field: value}}));
    let label = |key: &str, value: &str| meta("labels", json!({key: value}));
    let id = "pod-label";
    let both = |key: &str| {
        cluster(json!({"headGroupSpec": {"labels": {key: "b"},
            "template": {"metadata": {"labels": {"a": "b c"}}}}}))
    };
    counts(
        id,
        vec![
            (label("a", "b"), 0),
            (label("a b", "b"), 1),
            (label("a", "b c"), 1),
            // KubeRay replaces the value, by that of the group too, but keeps the key.
            (label("ray.io/group", "b c"), 0),
            (both("a"), 0),
            (both("other"), 1),
            (
                Example::job(
                    r#"{"spec": {"submitterPodTemplate": {
                        "metadata": {"labels": {"ray.io/group": "b c"}},
                        "spec": {"containers": [{"name": "a", "image": "b"}]}}}}"#,
                ),
                1,
            ),
        ],
    );
    let path = "spec.rayClusterSpec.headGroupSpec.template.metadata";
    let found = findings(id, &label("a", "b c")).remove(0);
    assert_eq!(found.path.to_string(), format!("{path}.labels.a"));
    assert!(found.detail.starts_with("value \"b c\" of label \"a\" of"));
    let found = findings(id, &label("a b", "c d")).remove(0);
    assert!(found.detail.starts_with("label key \"a b\" of"));
    let annotation = |key: &str| meta("annotations", json!({key: "any text"}));
    counts(
        "pod-annotation",
        vec![
            (annotation("a"), 0),
            (annotation("Example.COM/A"), 0),
            (annotation("a b"), 1),
        ],
    );
    let finalizer = |name: &str| meta("finalizers", json!([name]));
    counts(
        "pod-finalizer",
        vec![
            (finalizer("example.com/a"), 0),
            (finalizer("orphan"), 0),
            (finalizer("kubernetes"), 0),
            (finalizer("foregroundDeletion"), 0),
            (finalizer("other"), 1),
            (finalizer("example.com/"), 1),
        ],
    );
    let of_workers = {
        let mut groups = workers(json!({"containers": [container("ray", json!({}))]}));
        groups[0]["template"]["metadata"] = json!({"name": "a_b"});
        cluster(json!({"workerGroupSpecs": groups}))
    };
    counts(
        "pod-template-name",
        vec![
            (meta("name", json!("a.b")), 0),
            (meta("name", json!("")), 0),
            (meta("name", json!("a_b")), 1),
            (of_workers, 0),
        ],
    );
    let selector = |key: &str, value: &str| head(json!({"nodeSelector": {key: value}}));
    let id = "pod-node-selector";
    counts(
        id,
        vec![
            (selector("a", "b"), 0),
            (selector("a b", "c"), 1),
            (selector("a", "b c"), 1),
        ],
    );
    let detail = |example| findings(id, &example).remove(0).detail;
    assert!(detail(selector("a b", "c d")).starts_with("key \"a b\" in nodeSelector of"));
    assert!(detail(selector("a", "b c")).starts_with("value \"b c\" of \"a\" in nodeSelector of"));
}

/// A job whose Ray container has these fields and these volumes.
fn with_volumes(fields: Value, volumes: Value) -> Example {
    head(json!({"volumes": volumes, "containers": [container("ray-head", fields)]}))
}

fn volumes() -> Value {
    json!([{"name": "claim", "persistentVolumeClaim": {"claimName": "a"}},
        {"name": "own", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
        {"name": "cache", "emptyDir": {}}])
}

#[test]
fn a_device_is_a_volume_of_a_claim() {
    let id = "pod-mount-value";
    let devices = |devices: &[(&str, &str)], mounts: &[&str]| {
        let devices: Vec<_> = devices
            .iter()
            .map(|(name, path)| json!({"name": name, "devicePath": path}))
            .collect();
        let mounts: Vec<_> = mounts
            .iter()
            .map(|name| json!({"name": name, "mountPath": format!("/{name}")}))
            .collect();
        with_volumes(
            json!({"volumeDevices": devices, "volumeMounts": mounts}),
            volumes(),
        )
    };
    for (example, told) in [
        (
            devices(&[("", "/a")], &[]),
            "[0].name: device \"\" of THIS names no volume",
        ),
        (
            devices(&[("cache", "/a")], &[]),
            "[0].name: device \"cache\" of THIS needs a volume of a PersistentVolumeClaim",
        ),
        (
            devices(&[("claim", "/a"), ("claim", "/b")], &[]),
            "[1].name: device \"claim\" of THIS is listed twice",
        ),
        (
            devices(&[("claim", "/a")], &["claim"]),
            "[0].name: device \"claim\" of THIS is mounted in volumeMounts too",
        ),
        (
            devices(&[("claim", "")], &[]),
            "[0].devicePath: device \"claim\" of THIS has no devicePath",
        ),
        (
            devices(&[("claim", "/cache")], &["cache"]),
            "[0].devicePath: device \"claim\" of THIS has the path of a mount, \"/cache\"",
        ),
    ] {
        let told = told.replace("THIS", "container \"ray-head\" of the head pod");
        tells(
            id,
            &example,
            &[&format!("{CONTAINERS}[0].volumeDevices{told}")],
        );
    }
    counts(
        id,
        vec![
            (devices(&[("claim", "/a")], &["cache"]), 0),
            (devices(&[("own", "/a")], &[]), 0),
            (devices(&[("claim", "/a"), ("own", "/b")], &[]), 0),
            (devices(&[("claim", "/../a")], &[]), 1),
            // Another rule reports a volume that does not exist.
            (devices(&[("none", "/a")], &[]), 0),
        ],
    );
}

#[test]
fn a_mount_names_a_volume_and_a_path() {
    let id = "pod-mount-value";
    let mount = |fields: Value, privileged: bool| {
        let mount = joined(json!({"name": "cache", "mountPath": "/a"}), fields);
        with_volumes(
            json!({"volumeMounts": [mount], "securityContext": {"privileged": privileged}}),
            volumes(),
        )
    };
    let both = json!({"subPath": "a", "subPathExpr": "b"});
    let told = |field: &str, text: &str| {
        format!(
            "{CONTAINERS}[0].volumeMounts[0].{field}: the mount of volume \"cache\" in container \
             \"ray-head\" of the head pod {text}"
        )
    };
    tells(
        id,
        &mount(both, false),
        &[&told("subPathExpr", "has both subPath and subPathExpr")],
    );
    tells(
        id,
        &mount(json!({"mountPropagation": "Bidirectional"}), false),
        &[&told(
            "mountPropagation",
            "has the mountPropagation Bidirectional, but the container is not privileged",
        )],
    );
    let fields = |fields: Value| mount(fields, false);
    counts(
        id,
        vec![
            (fields(json!({"name": ""})), 1),
            (fields(json!({"mountPath": ""})), 1),
            (fields(json!({"subPath": "a/b"})), 0),
            (fields(json!({"subPath": "/a"})), 1),
            (fields(json!({"subPathExpr": "a/.."})), 1),
            (fields(json!({"mountPropagation": "None"})), 0),
            (fields(json!({"mountPropagation": "none"})), 1),
            (mount(json!({"mountPropagation": "Bidirectional"}), true), 0),
            (fields(json!({"recursiveReadOnly": "Disabled"})), 0),
            (fields(json!({"recursiveReadOnly": "IfPossible"})), 1),
            (
                fields(json!({"recursiveReadOnly": "IfPossible", "readOnly": true})),
                0,
            ),
        ],
    );
    // The schema refuses a repeated path in other containers.
    let twice = json!([{"name": "cache", "mountPath": "/a"}, {"name": "claim", "mountPath": "/a"}]);
    let autoscaler = |mounts: Value| {
        cluster(
            json!({"enableInTreeAutoscaling": true, "autoscalerOptions": {"volumeMounts": mounts},
            "headGroupSpec": {"template": {"spec": {"volumes": volumes()}}}}),
        )
    };
    let nowhere = json!([{"name": "cache", "mountPath": ""}, {"name": "claim", "mountPath": ""}]);
    counts(
        id,
        vec![
            (with_volumes(json!({"volumeMounts": twice}), volumes()), 0),
            (autoscaler(twice), 1),
            (autoscaler(nowhere), 2),
        ],
    );
}

#[test]
fn kuberay_adds_the_volumes_of_its_own_features() {
    let id = "pod-mount-no-volume";
    let mounts = |name: &str, path: &str| {
        json!({"containers": [container("ray", json!({"volumeMounts": [
            {"name": name, "mountPath": path}]}))]})
    };
    let in_head = |name: &str, path: &str, fields: Value| {
        let mut fields = fields;
        fields["headGroupSpec"] = json!({"template": {"spec": mounts(name, path)}});
        cluster(fields)
    };
    let in_workers = |name: &str, fields: Value| {
        let mut fields = fields;
        fields["workerGroupSpecs"] = workers(mounts(name, "/data"));
        cluster(fields)
    };
    let scaled = |own: Value| {
        json!({"enableInTreeAutoscaling": true,
            "autoscalerOptions": {"volumeMounts": own}})
    };
    let logs = json!([{"name": "cache", "mountPath": "/tmp/ray"}]);
    let history = || json!({"historyServerOptions": {}});
    let rocksdb = |backend: &str| json!({"gcsFaultToleranceOptions": {"backend": backend}});
    let tls = |enabled: bool| json!({"tlsOptions": {"enabled": enabled}});
    let of_submitter = |shared: bool| {
        let mut spec = json!({"submitterPodTemplate": {"spec": mounts("ray-token", "/data")}});
        if shared {
            spec["rayClusterSpec"] = Value::Null;
            spec["clusterSelector"] = json!({"ray.io/cluster": "shared"});
        }
        Example::job(json!({"spec": spec}).to_string().leak())
    };
    counts(
        id,
        vec![
            (in_head("ray-logs", "/data", scaled(json!([]))), 0),
            (in_head("ray-logs", "/tmp/ray", scaled(json!([]))), 0),
            (in_workers("ray-logs", scaled(json!([]))), 1),
            (in_head("ray-logs", "/data", history()), 0),
            (in_workers("ray-logs", history()), 0),
            (in_workers("ray-tls", tls(true)), 0),
            (in_workers("ray-tls", tls(false)), 1),
            (in_workers("ray-tls", json!({})), 1),
            (in_head("gcs-storage", "/data", rocksdb("rocksdb")), 0),
            (in_head("gcs-storage", "/data", rocksdb("redis")), 1),
            (in_workers("gcs-storage", rocksdb("rocksdb")), 1),
            (of_submitter(true), 0),
            (of_submitter(false), 1),
            (in_head("ray-logs", "/data", scaled(logs.clone())), 1),
            // Both containers have something else in the place of the logs.
            (in_head("ray-logs", "/tmp/ray", scaled(logs)), 2),
        ],
    );
    let near = |name: &str| {
        with_volumes(
            json!({"volumeMounts": [{"name": name, "mountPath": "/a"}]}),
            volumes(),
        )
    };
    assert!(advice(id, &near("cach")).starts_with("Write \"cache\", or add the volume"));
    assert!(advice(id, &near("something")).starts_with("Add the volume"));
    counts(
        id,
        vec![
            (near("cache"), 0),
            (near(""), 0),
            (
                with_volumes(
                    json!({"volumeDevices": [{"name": "other", "devicePath": "/a"}]}),
                    volumes(),
                ),
                1,
            ),
        ],
    );
}

#[test]
fn an_account_of_an_autoscaling_head_keeps_its_name() {
    let id = "trap-service-account-clipped";
    let account = |name: &str, scales: bool| {
        cluster(json!({"enableInTreeAutoscaling": scales,
            "headGroupSpec": {"template": {"spec": {"serviceAccountName": name}}}}))
    };
    let long = "a".repeat(50);
    counts(
        id,
        vec![
            (account(&long, true), 0),
            (account(&format!("b{long}"), true), 1),
            (account(&format!("b{long}"), false), 0),
            (account("1a", true), 1),
            (account("", true), 0),
        ],
    );
    tells(
        id,
        &account("1a", true),
        &[
            "spec.rayClusterSpec.headGroupSpec.template.spec.serviceAccountName: the head pod \
             autoscales, and KubeRay changes its serviceAccountName \"1a\" to \"ra\"",
        ],
    );
    let of_workers = cluster(
        json!({"enableInTreeAutoscaling": true, "workerGroupSpecs": workers(
        json!({"serviceAccountName": "1a", "containers": [container("ray", json!({}))]}))}),
    );
    counts(
        id,
        vec![
            (of_workers, 0),
            (
                submitter(json!({"serviceAccountName": "1a",
                    "containers": [container("ray", json!({}))]})),
                0,
            ),
        ],
    );
}
