//! What the rules about RayClusters find on either side of where they begin, beyond their
//! examples.

use rayjob_policy_core::example::Example;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_testkit::{advice, counts, findings, fixes, joined, tells};
use serde_json::{Value, json};

/// A job whose RayCluster has these fields.
fn cluster(fields: Value) -> Example {
    let patch = json!({"spec": {"rayClusterSpec": fields}});
    Example::job(patch.to_string().leak())
}

/// A job whose head has these fields.
fn head(fields: Value) -> Example {
    cluster(json!({"headGroupSpec": fields}))
}

/// A worker group with more fields.
fn group(fields: Value) -> Value {
    let group = json!({"groupName": "workers", "replicas": 1, "minReplicas": 1,
        "maxReplicas": 1, "rayStartParams": {}, "template": {"spec": {"containers": [
            {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}});
    joined(group, fields)
}

#[test]
fn tokens_need_a_version_of_ray() {
    let token =
        |version: &str| cluster(json!({"rayVersion": version, "authOptions": {"mode": "token"}}));
    for (id, version, told) in [
        ("auth-version-missing", "", "rayVersion is not set"),
        (
            "auth-version-invalid",
            "nightly",
            "rayVersion \"nightly\" is not a version number",
        ),
        ("auth-version-old", "2.51.1", "rayVersion is \"2.51.1\""),
    ] {
        let path = "spec.rayClusterSpec.rayVersion";
        let told = format!("{path}: authOptions.mode is token, but {told}");
        tells(id, &token(version), &[&told]);
        let off = cluster(json!({"rayVersion": version, "authOptions": {"mode": "disabled"}}));
        counts(id, vec![(token("2.52.0"), 0), (off, 0)]);
    }
    let options = |options: Value| cluster(json!({"authOptions": options}));
    let k8s = || options(json!({"enableK8sTokenAuth": true}));
    counts(
        "trap-auth-mode-unset",
        vec![
            (options(json!({})), 1),
            (options(json!({"mode": "disabled"})), 0),
            // 1.5 does not know this field, and 1.6 refuses it.
            (k8s().on(Release::V1_5), 1),
            (k8s().on(Release::V1_6), 0),
            (options(json!({"enableK8sTokenAuth": false})), 1),
        ],
    );
}

#[test]
fn options_of_the_autoscaler_need_one() {
    let id = "trap-autoscaler-options-unused";
    let with = |fields: Value, of_group: Value| {
        let mut fields = fields;
        fields["workerGroupSpecs"] = json!([group(of_group)]);
        cluster(fields)
    };
    let v2 = || json!({"autoscalerOptions": {"version": "v2"}});
    let timeout = || json!({"idleTimeoutSeconds": 60});
    let priority = || json!({"priority": 1});
    counts(
        id,
        vec![
            (with(v2(), json!({})), 1),
            (with(v2(), timeout()), 2),
            (with(json!({}), timeout()), 0),
            (with(v2(), priority()).on(Release::V1_7), 2),
            (with(v2(), priority()).on(Release::V1_6), 1),
            (with(v2(), json!({"priority": 0})), 1),
            (with(json!({}), priority()), 0),
            (
                cluster(json!({"enableInTreeAutoscaling": false, "autoscalerOptions": {}})),
                0,
            ),
        ],
    );
}

#[test]
fn an_idle_time_of_a_group_needs_the_second_autoscaler() {
    let id = "worker-idle-timeout-needs-v2";
    let with = |options: Value, seconds: i32| {
        cluster(
            json!({"enableInTreeAutoscaling": true, "autoscalerOptions": options,
            "workerGroupSpecs": [group(json!({"idleTimeoutSeconds": seconds}))]}),
        )
    };
    let path = "spec.rayClusterSpec.workerGroupSpecs[0].idleTimeoutSeconds";
    for (options, told) in [
        (json!({"version": "v1"}), "autoscalerOptions.version is v1"),
        (
            json!({"version": "v3"}),
            "autoscalerOptions.version is not v2",
        ),
        (json!({}), "autoscalerOptions.version is not set"),
    ] {
        let told =
            format!("{path}: idleTimeoutSeconds of worker group \"workers\" is 60, but {told}");
        tells(id, &with(options, 60), &[&told]);
    }
    let v2 = || json!({"version": "v2"});
    counts(id, vec![(with(v2(), 60), 0)]);
    counts(
        "worker-idle-timeout-negative",
        vec![(with(v2(), -1), 1), (with(v2(), 0), 0)],
    );
    let of_all = |seconds: i32| with(json!({"version": "v2", "idleTimeoutSeconds": seconds}), 1);
    counts(
        "autoscaler-idle-timeout-negative",
        vec![(of_all(-1), 1), (of_all(0), 0)],
    );
}

#[test]
fn the_version_of_the_autoscaler_is_in_one_place() {
    let id = "autoscaler-version-and-env";
    let with = |version: Value, scales: bool, variable: Value| {
        cluster(json!({"enableInTreeAutoscaling": scales,
            "autoscalerOptions": {"version": version}, "headGroupSpec": {"template": {"spec": {
                "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0",
                    "env": [{"name": "A"}, variable]}]}}}}))
    };
    let path = "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].env[1]";
    let set = |value: &str| json!({"name": "RAY_enable_autoscaler_v2", "value": value});
    let tell = |value: &str| {
        format!(
            "{path}: RAY_enable_autoscaler_v2 is {value}, and autoscalerOptions.version is \"v2\""
        )
    };
    tells(id, &with(json!("v2"), true, set("1")), &[&tell("\"1\"")]);
    tells(id, &with(json!("v2"), true, set("")), &[&tell("set")]);
    counts(
        id,
        vec![
            (with(json!("v2"), false, set("1")), 0),
            (with(Value::Null, true, set("1")), 0),
            (with(json!("v2"), true, json!({"name": "B"})), 0),
        ],
    );
    let id = "autoscaler-v2-env-without-autoscaling";
    counts(
        id,
        vec![
            (with(Value::Null, false, set("1")), 1),
            (with(Value::Null, false, set("true")), 1),
            (with(Value::Null, false, set("0")), 0),
            (with(Value::Null, true, set("1")), 0),
        ],
    );
}

#[test]
fn workers_of_an_autoscaler_do_not_restart() {
    let with = |version: Value, scales: bool, policy: &str| {
        let mut group = group(json!({}));
        group["template"]["spec"]["restartPolicy"] = policy.into();
        cluster(json!({"enableInTreeAutoscaling": scales,
            "autoscalerOptions": {"version": version}, "workerGroupSpecs": [group]}))
    };
    counts(
        "trap-autoscaler-restart-policy",
        vec![
            (with(Value::Null, true, "Always"), 1),
            (with(Value::Null, true, "OnFailure"), 1),
            (with(Value::Null, true, "Never"), 0),
            (with(Value::Null, false, "Always"), 0),
            (with(json!("v2"), true, "Always"), 0),
        ],
    );
    let id = "autoscaler-v2-worker-restart-policy";
    counts(
        id,
        vec![
            (with(json!("v2"), true, "Never"), 0),
            (with(json!("v2"), true, ""), 0),
            (with(json!("v2"), true, "Always"), 1),
            (with(json!("v1"), true, "Always"), 0),
            (with(json!("v2"), false, "Always"), 0),
        ],
    );
    tells(
        id,
        &with(json!("v2"), true, "OnFailure"),
        &[
            "spec.rayClusterSpec.workerGroupSpecs[0].template.spec.restartPolicy: restartPolicy \
             of worker group \"workers\" is \"OnFailure\", but autoscalerOptions.version is v2",
        ],
    );
}

#[test]
fn two_groups_of_one_name_fight() {
    let id = "trap-duplicate-group-name";
    let named = |names: &[&str]| {
        let groups = names.iter().map(|name| group(json!({"groupName": name})));
        cluster(json!({"workerGroupSpecs": groups.collect::<Vec<_>>()}))
    };
    tells(
        id,
        &named(&["b", "a", "b"]),
        &["spec.rayClusterSpec.workerGroupSpecs[2].groupName: two worker groups are named \"b\""],
    );
    counts(
        id,
        vec![
            (named(&["a", "b"]), 0),
            (named(&["b", "a"]), 0),
            (named(&["a", "a"]), 1),
            (named(&["g9", "g10", "g10"]), 1),
            (named(&["g10", "g9", "g10"]), 1),
            (named(&["", ""]), 0),
            (named(&["a", "a", "a"]), 2),
        ],
    );
    let options = |options: Value| cluster(json!({"gcsFaultToleranceOptions": options}));
    counts(
        "trap-redis-address-empty",
        vec![
            (options(json!({})), 1),
            (options(json!({"redisAddress": "redis:6379"})), 0),
            (options(json!({"backend": "rocksdb"})), 0),
        ],
    );
}

#[test]
fn fault_tolerance_is_set_in_one_place() {
    let param = |name: &str, value: &str, options: bool| {
        let mut fields = json!({"headGroupSpec": {"rayStartParams": {name: value}}});
        if options {
            fields["gcsFaultToleranceOptions"] = json!({"redisAddress": "redis:6379"});
        }
        cluster(fields)
    };
    let path = "spec.rayClusterSpec.headGroupSpec";
    tells(
        "ft-redis-password-start-param",
        &param("redis-password", "secret", true),
        &[&format!(
            "{path}.rayStartParams[\"redis-password\"]: rayStartParams of the head sets \
             redis-password alongside gcsFaultToleranceOptions"
        )],
    );
    counts(
        "ft-redis-password-start-param",
        vec![
            (param("redis-password", "", true), 0),
            (param("redis-password", "secret", false), 0),
        ],
    );
    counts(
        "redis-username",
        vec![
            (param("redis-username", "", false), 0),
            (param("redis-username", "user", false), 1),
        ],
    );
    let variable = |name: &str| {
        head(
            json!({"template": {"spec": {"containers": [{"name": "ray-head",
            "image": "rayproject/ray:2.52.0", "env": [{"name": "A"}, {"name": name}]}]}}}),
        )
    };
    tells(
        "redis-username",
        &variable("REDIS_USERNAME"),
        &[&format!(
            "{path}.template.spec.containers[0].env[1]: the head's Ray container sets \
             REDIS_USERNAME"
        )],
    );
    tells(
        "redis-address-env-without-ft",
        &variable("RAY_REDIS_ADDRESS"),
        &[&format!(
            "{path}.template.spec.containers[0].env[1]: the head's Ray container sets \
             RAY_REDIS_ADDRESS, but gcsFaultToleranceOptions is not set"
        )],
    );
    let annotated = |key: &str, value: &str, options: bool| {
        let mut spec = json!({});
        if options {
            spec["rayClusterSpec"] =
                json!({"gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}});
        }
        let patch = json!({"metadata": {"annotations": {key: value}}, "spec": spec});
        Example::job(patch.to_string().leak())
    };
    for (id, key) in [
        ("ft-annotation-and-options", "ray.io/ft-enabled"),
        (
            "ft-external-storage-annotation",
            "ray.io/external-storage-namespace",
        ),
    ] {
        tells(
            id,
            &annotated(key, "a", true),
            &[&format!(
                "metadata.annotations[\"{key}\"]: {key} is \"a\" alongside \
                 gcsFaultToleranceOptions"
            )],
        );
        counts(
            id,
            vec![
                (annotated(key, "", true), 0),
                (annotated(key, "a", false), 0),
            ],
        );
    }
}

#[test]
fn a_resource_of_a_group_is_a_quantity() {
    let with = |name: &str, amount: &str| head(json!({"resources": {name: amount}}));
    let path = "spec.rayClusterSpec.headGroupSpec.resources";
    tells(
        "trap-group-resources",
        &with("CPU", "four"),
        &[&format!(
            "{path}.CPU: \"CPU\" of the head group is \"four\", which is not a quantity"
        )],
    );
    tells(
        "trap-group-resources-rounded",
        &with("CPU", "1500m"),
        &[&format!(
            "{path}.CPU: \"CPU\" of the head group is \"1500m\", which KubeRay rounds up to 2"
        )],
    );
    counts("trap-group-resources", vec![(with("CPU", "1500m"), 0)]);
    counts(
        "trap-group-resources-rounded",
        vec![
            (with("CPU", "2000m"), 0),
            (with("CPU", "four"), 0),
            (with("memory", "1500m"), 1),
            (with("memory", "1Gi"), 0),
            (with("GPU", "500m"), 1),
            (with("custom", "500m"), 0),
        ],
    );
    let hosts = |hosts: i32| {
        let patch = json!({"spec": {"workerGroupSpecs": [group(json!({"numOfHosts": hosts}))]}});
        Example::cluster(patch.to_string().leak())
    };
    counts(
        "trap-num-of-hosts-zero",
        vec![(hosts(-1), 0), (hosts(0), 1), (hosts(1), 0)],
    );
    counts(
        "trap-num-of-hosts-negative",
        vec![(hosts(-1), 1), (hosts(0), 0), (hosts(1), 0)],
    );
}

#[test]
fn the_name_of_a_group_is_part_of_the_names_of_pods() {
    let id = "trap-group-name";
    let named = |object: &str, name: &str| {
        let patch = json!({"metadata": {"name": object}, "spec": {
            "rayClusterSpec": {"workerGroupSpecs": [group(json!({"groupName": name}))]}}});
        Example::job(patch.to_string().leak())
    };
    let long = |bytes: usize| "a".repeat(bytes);
    counts(
        id,
        vec![
            (named("train", "GPU-1"), 0),
            (named("train", "a.b"), 0),
            (named("train", "a_b"), 1),
            (named("train", &long(63)), 0),
            (named("train", &long(64)), 1),
            // KubeRay keeps 50 bytes of `NAME-xxxxx-GROUP`.
            (named(&long(41), "a_b"), 1),
            (named(&long(42), "a_b"), 0),
            // KubeRay writes a hyphen after them, which cannot follow a dot.
            (named(&long(40), "a.b"), 0),
            (named(&long(41), "a.b"), 1),
            (named(&long(42), "a.b"), 0),
        ],
    );
    tells(
        id,
        &named("train", "gpu_workers"),
        &[
            "spec.rayClusterSpec.workerGroupSpecs[0].groupName: groupName \"gpu_workers\" gives \
             pods the name \"train-xxxxx-gpu_workers-worker-xxxxx\"",
        ],
    );
    // 1.3 writes more between the names of the job and of the group.
    counts(
        id,
        vec![
            (named(&long(30), "a_b").on(Release::V1_3), 1),
            (named(&long(31), "a_b").on(Release::V1_3), 0),
        ],
    );
    let policy = json!({"spec": {"rayClusterSpec": {"networkPolicy": {},
        "workerGroupSpecs": [group(json!({"groupName": "a_b"}))]}}});
    let policy = || Example::job(policy.to_string().leak());
    const ON: &[(Gate, bool)] = &[(Gate::RayClusterNetworkPolicy, true)];
    const OFF: &[(Gate, bool)] = &[(Gate::RayClusterNetworkPolicy, false)];
    counts(id, vec![(policy().gates(ON), 0), (policy().gates(OFF), 1)]);
    let run = |name: &str, group_name: &str| {
        let groups = [group(json!({"groupName": group_name}))];
        let patch = json!({"metadata": {"name": name}, "spec": {"jobTemplate": {
            "rayClusterSpec": {"workerGroupSpecs": groups}}}});
        Example::cron(patch.to_string().leak())
    };
    // A run is named after its time: 9 more bytes, in 1.6 random ones, 6.
    counts(
        id,
        vec![
            (run(&long(32), "a_b"), 1),
            (run(&long(33), "a_b"), 0),
            (run(&long(35), "a_b").on(Release::V1_6), 1),
            (run(&long(36), "a_b").on(Release::V1_6), 0),
        ],
    );
    let of_cluster = |name: Value| {
        let patch = json!({"metadata": {"name": name},
            "spec": {"workerGroupSpecs": [group(json!({"groupName": "a_b"}))]}});
        Example::cluster(patch.to_string().leak())
    };
    counts(
        id,
        vec![
            (of_cluster(json!(long(47))), 1),
            (of_cluster(json!(long(48))), 0),
            (of_cluster(Value::Null), 0),
        ],
    );
}

#[test]
fn a_group_of_several_hosts_has_a_shorter_name() {
    let id = "trap-group-name-multi-host";
    let with = |name: &str, hosts: i32| {
        let group = group(json!({"groupName": name, "numOfHosts": hosts}));
        cluster(json!({"workerGroupSpecs": [group]}))
    };
    let long = |bytes: usize| "a".repeat(bytes);
    counts(
        id,
        vec![
            (with("", 2), 1),
            (with(&long(57), 2), 0),
            (with(&long(58), 2), 1),
            (with(&long(63), 2), 1),
            // Another rule reports it.
            (with(&long(64), 2), 0),
            (with(&long(58), 1), 0),
        ],
    );
}

#[test]
fn kuberay_1_3_makes_names_of_the_name_of_the_object() {
    let id = "trap-name-of-cluster";
    let named = |name: &str, hosts: i32, serves: &str| {
        let patch = json!({"metadata": {"name": name,
                "annotations": {"ray.io/enable-serve-service": serves}},
            "spec": {"rayClusterSpec": {
                "workerGroupSpecs": [group(json!({"numOfHosts": hosts}))]}}});
        Example::job(patch.to_string().leak())
    };
    let long = |bytes: usize| "a".repeat(bytes);
    let far = format!("a.{}", long(24));
    for (name, hosts, serves, fault) in [
        (&long(47), 1, "", "gives a name of 47 bytes"),
        (
            &long(41),
            1,
            "true",
            "gives a name of 41 bytes, and ray.io/enable-serve-service is \"true\"",
        ),
        (
            &long(27),
            2,
            "",
            "gives a name of 27 bytes, and worker group \"workers\" has several hosts",
        ),
        (
            &far,
            2,
            "",
            "contains a dot, and worker group \"workers\" has several hosts",
        ),
        (&"a.b".into(), 1, "", "contains a dot near its end"),
    ] {
        let told = format!("metadata.name: \"{name}\" {fault}");
        tells(id, &named(name, hosts, serves), &[&told]);
    }
    counts(
        id,
        vec![
            (named(&long(26), 2, ""), 0),
            (named(&long(27), 1, ""), 0),
            (named(&far, 1, ""), 0),
            (named(&long(41), 1, ""), 0),
        ],
    );
}

#[test]
fn the_collector_has_what_its_backend_needs() {
    const ON: &[(Gate, bool)] = &[(Gate::RayClusterHistoryServer, true)];
    let with = |variables: &[(&str, &str)]| {
        let env: Vec<_> = variables
            .iter()
            .map(|(name, value)| match *value {
                "FROM" => {
                    json!({"name": name, "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}})
                }
                value => json!({"name": name, "value": value}),
            })
            .collect();
        cluster(json!({"historyServerOptions": {"collectorOptions": {"image": "a", "env": env}}}))
            .gates(ON)
    };
    const BACKEND: &str = "STORAGE_BACKEND";
    const MODE: &str = "AZURE_STORAGE_AUTH_MODE";
    const CONNECTION: &str = "AZURE_STORAGE_CONNECTION_STRING";
    const ACCOUNT: &str = "AZURE_STORAGE_ACCOUNT_URL";
    let path = "spec.rayClusterSpec.historyServerOptions.collectorOptions.env";
    tells(
        "history-s3-region",
        &with(&[(BACKEND, "s3")]),
        &[&format!(
            "{path}: STORAGE_BACKEND is \"s3\", but S3_REGION has no value"
        )],
    );
    tells(
        "history-azure-either",
        &with(&[(BACKEND, "AZUREBLOB"), (MODE, "other")]),
        &[&format!(
            "{path}: STORAGE_BACKEND is \"AZUREBLOB\" and AZURE_STORAGE_AUTH_MODE \"other\", but \
             neither AZURE_STORAGE_CONNECTION_STRING nor AZURE_STORAGE_ACCOUNT_URL has a value"
        )],
    );
    // The mode is only for Azure.
    tells(
        "history-gcs-bucket",
        &with(&[(BACKEND, "GCS"), (MODE, "default")]),
        &[&format!(
            "{path}: STORAGE_BACKEND is \"GCS\", but GCS_BUCKET has no value"
        )],
    );
    tells(
        "history-azure-either",
        &with(&[(BACKEND, "AZUREBLOB")]),
        &[&format!(
            "{path}: STORAGE_BACKEND is \"AZUREBLOB\", but neither \
             AZURE_STORAGE_CONNECTION_STRING nor AZURE_STORAGE_ACCOUNT_URL has a value"
        )],
    );
    counts(
        "history-s3-region",
        vec![
            (with(&[(BACKEND, "S3"), ("S3_REGION", "a")]), 0),
            (with(&[(BACKEND, "S3"), ("S3_REGION", "FROM")]), 0),
            (with(&[(BACKEND, "S3"), ("S3_REGION", "")]), 1),
            (with(&[(BACKEND, "GCS")]), 0),
            // Of two variables of one name, the last counts.
            (with(&[(BACKEND, "GCS"), (BACKEND, "S3")]), 1),
            (with(&[(BACKEND, "S3"), (BACKEND, "GCS")]), 0),
            (
                with(&[(BACKEND, "S3"), ("S3_REGION", "a"), ("S3_REGION", "")]),
                1,
            ),
        ],
    );
    let azure = |more: &[(&str, &str)]| with(&[&[(BACKEND, "AZUREBLOB")], more].concat());
    for (mode, connection, account, either) in [
        ("connection_string", 1, 0, 0),
        (" Connection_String ", 1, 0, 0),
        ("workload_identity", 0, 1, 0),
        ("Default", 0, 1, 0),
        ("other", 0, 0, 1),
    ] {
        for (id, expected) in [
            ("history-azure-connection-string", connection),
            ("history-azure-account-url", account),
            ("history-azure-either", either),
        ] {
            let both = [(MODE, mode), (CONNECTION, "a"), (ACCOUNT, "b")];
            counts(
                id,
                vec![(azure(&[(MODE, mode)]), expected), (azure(&both), 0)],
            );
        }
    }
    counts(
        "history-azure-either",
        vec![
            (azure(&[(CONNECTION, "a")]), 0),
            (azure(&[(ACCOUNT, "a")]), 0),
        ],
    );
    counts(
        "history-backend-missing",
        vec![
            (with(&[]), 1),
            (with(&[(BACKEND, "FROM")]), 1),
            (with(&[(BACKEND, "S3")]), 0),
        ],
    );
    let container = |name: &str, options: Value| {
        let containers = json!([{"name": "ray", "image": "rayproject/ray:2.52.0"},
            {"name": name, "image": "a"}]);
        let template = json!({"spec": {"containers": containers}});
        cluster(json!({"historyServerOptions": options,
            "headGroupSpec": {"template": template},
            "workerGroupSpecs": [group(json!({"template": template}))]}))
        .gates(ON)
    };
    let collector = || json!({"collectorOptions": {}});
    for id in [
        "history-head-container-name",
        "history-worker-container-name",
    ] {
        counts(
            id,
            vec![
                (container("ray-history-collector", collector()), 1),
                (container("other", collector()), 0),
                (container("ray-history-collector", json!({})), 0),
            ],
        );
    }
    tells(
        "history-head-container-name",
        &container("ray-history-collector", collector()),
        &[
            "spec.rayClusterSpec.headGroupSpec.template.spec.containers[1].name: a container of \
             the head group is named ray-history-collector",
        ],
    );
}

#[test]
fn a_gate_that_is_off_is_named() {
    const OFF: &[(Gate, bool)] = &[
        (Gate::RayClusterHistoryServer, false),
        (Gate::RayClusterNetworkPolicy, false),
    ];
    let fields = || json!({"historyServerOptions": {}, "networkPolicy": {}});
    for (id, field, gate) in [
        (
            "history-gate-off",
            "historyServerOptions",
            "RayClusterHistoryServer",
        ),
        (
            "netpol-gate-off",
            "networkPolicy",
            "RayClusterNetworkPolicy",
        ),
    ] {
        let told = format!(
            "spec.rayClusterSpec.{field}: {field} is set, but the operator's feature gate {gate} \
             is off"
        );
        tells(id, &cluster(fields()).gates(OFF), &[&told]);
    }
}

#[test]
fn a_network_policy_allows_only_what_it_denies() {
    const ON: &[(Gate, bool)] = &[(Gate::RayClusterNetworkPolicy, true)];
    let rule = |mode: Value, field: &str, rules: Value| {
        let pods = json!({field: rules});
        let groups = json!([{"groupName": "workers", field: rules},
            {"groupName": "other", field: rules}]);
        cluster(
            json!({"networkPolicy": {"mode": mode, "head": pods, "worker": pods,
            "workerGroups": groups}}),
        )
        .gates(ON)
    };
    for (field, open_in, ids) in [
        (
            "ingressRules",
            "DenyAllEgress",
            [
                "netpol-head-ingress",
                "netpol-worker-ingress",
                "netpol-group-ingress",
            ],
        ),
        (
            "egressRules",
            "DenyAllIngress",
            [
                "netpol-head-egress",
                "netpol-worker-egress",
                "netpol-group-egress",
            ],
        ),
    ] {
        let path = "spec.rayClusterSpec.networkPolicy";
        let example = || rule(json!(open_in), field, json!([{}]));
        let problem = format!("{field} is not empty, but mode is {open_in}");
        let [head, worker, groups] = ids;
        for (id, pods) in [(head, "head"), (worker, "worker")] {
            let told = format!("{path}.{pods}.{field}: {pods}.{problem}");
            tells(id, &example(), &[&told]);
        }
        let of = |index: usize, name: &str| {
            let group = format!("for worker group \"{name}\"");
            format!("{path}.workerGroups[{index}].{field}: {problem}, {group}")
        };
        tells(groups, &example(), &[&of(0, "workers"), &of(1, "other")]);
        for id in ids {
            counts(
                id,
                vec![
                    (rule(json!(open_in), field, json!([])), 0),
                    (rule(json!("DenyAll"), field, json!([{}])), 0),
                    (rule(Value::Null, field, json!([{}])), 0),
                ],
            );
        }
        tells(
            "netpol-group-unknown",
            &example(),
            &[&format!(
                "{path}.workerGroups[1].groupName: no worker group is named \"other\""
            )],
        );
    }
    let named = |name: &str, policy: Value| {
        cluster(json!({"networkPolicy": policy,
            "workerGroupSpecs": [group(json!({"groupName": name}))]}))
        .gates(ON)
    };
    counts(
        "netpol-group-name-dns1123",
        vec![
            (named("a-1", json!({})), 0),
            (named("A", json!({})), 1),
            (named("A", Value::Null), 0),
            (named("a.b", json!({})), 1),
        ],
    );
}

#[test]
fn only_a_cluster_of_its_own_has_an_upgrade_strategy() {
    let strategy = |kind: Value| json!({"upgradeStrategy": {"type": kind}});
    let own = |kind: Value| {
        let patch = json!({"spec": strategy(kind)});
        Example::cluster(patch.to_string().leak())
    };
    counts(
        "cluster-upgrade-type",
        vec![
            (own(json!("Recreate")), 0),
            (own(json!("None")), 0),
            (own(json!("none")), 1),
            (own(Value::Null), 0),
        ],
    );
    counts(
        "late-upgrade-strategy",
        vec![
            (cluster(strategy(json!("None"))), 1),
            (cluster(strategy(Value::Null)), 0),
        ],
    );
    counts(
        "trap-child-managed-by",
        vec![
            (
                cluster(json!({"managedBy": "kueue.x-k8s.io/multikueue"})),
                1,
            ),
            (cluster(json!({"managedBy": "ray.io/kuberay-operator"})), 0),
        ],
    );
}

#[test]
fn a_given_name_comes_before_a_generated_one() {
    let named = |name: Value, prefix: Value| {
        let metadata = json!({"name": name, "generateName": prefix});
        Example::job(json!({"metadata": metadata}).to_string().leak())
    };
    let long = |bytes: usize| json!("a".repeat(bytes));
    counts(
        "name-too-long",
        vec![
            (named(json!("train"), long(60)), 0),
            (named(Value::Null, long(42)), 0),
            (named(Value::Null, long(43)), 1),
            (named(json!(""), long(43)), 1),
            (named(long(47), Value::Null), 0),
            (named(long(48), Value::Null), 1),
        ],
    );
    tells(
        "name-too-long",
        &named(Value::Null, json!("a".repeat(70))),
        &[&format!(
            "metadata.generateName: \"{}\" gives a name of 63 bytes",
            "a".repeat(70)
        )],
    );
    let id = "name-not-dns1035";
    for name in [Value::Null, json!("")] {
        tells(
            id,
            &named(name, json!("")),
            &["metadata.name: name or generateName is missing"],
        );
    }
    tells(
        id,
        &named(json!("A"), Value::Null),
        &["metadata.name: \"A\" gives a name that KubeRay refuses"],
    );
    counts(
        id,
        vec![
            (named(Value::Null, json!("train-")), 0),
            (named(Value::Null, json!("1-")), 1),
        ],
    );
}

/// A job whose head has a Service with these fields in its spec.
fn service(spec: Value) -> Example {
    head(json!({"headService": {"spec": spec}}))
}

const SERVICE: &str = "spec.rayClusterSpec.headGroupSpec.headService";

#[test]
fn the_service_of_the_head_has_each_port_once() {
    let id = "trap-head-service-ports";
    let with = |ray: Value, own: Value| {
        head(
            json!({"headService": {"spec": {"ports": own}}, "template": {"spec": {"containers": [
            {"name": "ray-head", "image": "rayproject/ray:2.52.0", "ports": ray}]}}}),
        )
    };
    let none = || json!([]);
    let port = |name: &str, number: i32| json!({"name": name, "containerPort": number});
    let own = |name: &str, number: i32| json!({"name": name, "port": number});
    let dashboard = || port("dashboard", 8265);
    let ray = "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].ports";
    let path = format!("{SERVICE}.spec.ports");
    for (example, told) in [
        (
            with(json!([dashboard(), port("a", 1), port("b", 1)]), none()),
            vec![format!(
                "{ray}[2]: ports \"a\" and \"b\" of the Ray container are both 1"
            )],
        ),
        (
            with(json!([dashboard(), port("a", 8080)]), none()),
            vec![format!(
                "{ray}[1]: port 8080 of the Ray container is not named metrics, the port with \
                 this number that KubeRay adds to the Service"
            )],
        ),
        (
            with(none(), json!([own("a", 1), own("a", 2)])),
            vec![format!("{path}[1].name: headService has two ports \"a\"")],
        ),
        (
            with(none(), json!([own("serve", 1)])),
            vec![format!(
                "{path}[0].name: port \"serve\" of headService has the name of a port that \
                 KubeRay adds"
            )],
        ),
        (
            with(none(), json!([own("a", 6379)])),
            vec![format!(
                "{path}[0].port: port 6379 of headService is also port \"gcs-server\", which \
                 KubeRay adds"
            )],
        ),
        (
            with(none(), json!([{"port": 1}])),
            vec![format!("{path}[0].name: port 1 of headService has no name")],
        ),
        (
            with(none(), json!([own("a", 0)])),
            vec![format!("{path}[0].port: headService has port 0")],
        ),
        (
            with(none(), json!([{"name": "a", "port": 1, "protocol": "udp"}])),
            vec![format!(
                "{path}[0].protocol: protocol of port 1 of headService is \"udp\""
            )],
        ),
        (
            with(
                none(),
                json!([{"name": "a", "port": 1, "targetPort": 65_536}]),
            ),
            vec![format!(
                "{path}[0].targetPort: targetPort of port 1 of headService is \"65536\""
            )],
        ),
    ] {
        let told: Vec<_> = told.iter().map(String::as_str).collect();
        tells(id, &example, &told);
    }
    counts(
        id,
        vec![
            // Of ports with one name, the last stands.
            (
                with(json!([dashboard(), port("a", 1), port("a", 2)]), none()),
                0,
            ),
            (
                with(
                    json!([dashboard(), port("a", 1), port("a", 2)]),
                    json!([own("b", 1)]),
                ),
                0,
            ),
            // One without a name has one of its number.
            (
                with(
                    json!([dashboard(), {"containerPort": 7}]),
                    json!([own("7-port", 8)]),
                ),
                1,
            ),
            (with(json!([dashboard(), port("metrics", 8080)]), none()), 0),
            (
                with(
                    json!([dashboard(), port("metrics", 9090)]),
                    json!([own("a", 8080)]),
                ),
                0,
            ),
            (with(json!([dashboard()]), json!([own("a", 8080)])), 1),
            (with(json!([dashboard()]), json!([own("serve", 8000)])), 0),
            // KubeRay adds TCP ports only.
            (
                with(
                    none(),
                    json!([{"name": "a", "port": 6379, "protocol": "UDP"}]),
                ),
                0,
            ),
            (
                with(
                    none(),
                    json!([{"name": "a", "port": 6379, "protocol": "TCP"}]),
                ),
                1,
            ),
            // The schema refuses two ports of one number.
            (with(none(), json!([own("a", 1), own("b", 1)])), 0),
            (with(none(), json!([own("a", 65_535)])), 0),
            (with(none(), json!([own("a", 65_536)])), 1),
            (with(none(), json!([own("a_b", 1)])), 1),
            (
                with(
                    none(),
                    json!([{"name": "a", "port": 1, "appProtocol": "http"}]),
                ),
                0,
            ),
            (
                with(
                    none(),
                    json!([{"name": "a", "port": 1, "appProtocol": "a b"}]),
                ),
                1,
            ),
        ],
    );
    let protocol = |protocol: &str| {
        with(
            none(),
            json!([{"name": "a", "port": 1, "protocol": protocol}]),
        )
    };
    assert_eq!(fixes(id, &protocol("udp")), 1);
    assert_eq!(fixes(id, &protocol("http")), 0);
    assert_eq!(
        fixes(id, &with(json!([dashboard(), port("a", 8080)]), none())),
        1
    );
}

#[test]
fn jobs_reach_the_head_through_the_port_named_dashboard() {
    let with = |ray: Value, own: Value| {
        head(
            json!({"headService": {"spec": {"ports": own}}, "template": {"spec": {"containers": [
            {"name": "ray-head", "image": "rayproject/ray:2.52.0", "ports": ray}]}}}),
        )
    };
    let id = "trap-no-dashboard-port";
    let port = |name: &str, number: i32| json!([{"name": name, "containerPort": number}]);
    let path = "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].ports";
    tells(
        id,
        &with(port("ui", 8265), json!([])),
        &[&format!(
            "{path}[0]: port 8265 of the Ray container is not named dashboard, nor is another"
        )],
    );
    tells(
        id,
        &with(port("ui", 80), json!([])),
        &[&format!(
            "{path}: no port of the Ray container is named dashboard"
        )],
    );
    assert_eq!(
        advice(id, &with(port("ui", 8265), json!([]))),
        "Name the port dashboard"
    );
    counts(
        id,
        vec![
            (with(json!([]), json!([])), 0),
            (with(port("dashboard", 80), json!([])), 0),
            (
                with(port("ui", 80), json!([{"name": "dashboard", "port": 80}])),
                0,
            ),
        ],
    );
    let id = "trap-dashboard-port-differs";
    let listening = |number: i32, listens: &str| {
        head(
            json!({"rayStartParams": {"dashboard-port": listens}, "template": {"spec": {
            "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0",
                "ports": port("dashboard", number)}]}}}),
        )
    };
    tells(
        id,
        &listening(8266, "8265"),
        &[&format!(
            "{path}[0].containerPort: the port dashboard of the head is 8266, but dashboard-port \
             is 8265"
        )],
    );
    tells(
        id,
        &head(json!({"rayStartParams": {"dashboard-port": "9000"}})),
        &[
            "spec.rayClusterSpec.headGroupSpec.rayStartParams[\"dashboard-port\"]: the port \
             dashboard of the head is 8265, but dashboard-port is 9000",
        ],
    );
    counts(
        id,
        vec![
            (listening(8266, "8266"), 0),
            (listening(8266, "any"), 0),
            (listening(0, "8265"), 0),
            (listening(65_535, "8265"), 1),
            (listening(65_536, "8265"), 0),
            (with(port("ui", 80), json!([])), 0),
        ],
    );
}

#[test]
fn a_service_for_ray_serve_needs_its_port() {
    let id = "trap-serve-service-annotation";
    let with = |value: &str, ports: Value| {
        let patch = json!({"metadata": {"annotations": {"ray.io/enable-serve-service": value}},
            "spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {"containers": [
                {"name": "ray-head", "image": "rayproject/ray:2.52.0", "ports": ports}]}}}}}});
        Example::job(patch.to_string().leak())
    };
    let port = |name: &str| json!([{"name": name, "containerPort": 8000}]);
    tells(
        id,
        &with("true", port("ui")),
        &[
            "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].ports: \
             ray.io/enable-serve-service is \"true\", but no port of the Ray container is named \
             serve",
        ],
    );
    counts(
        id,
        vec![
            (with("true", port("serve")), 0),
            (with("true", port("serve-grpc")).on(Release::V1_6), 0),
            (with("true", port("serve-grpc")).on(Release::V1_5), 1),
            (with("true", port("server")), 1),
            (with("false", port("ui")), 0),
            (with("true", json!([])), 0),
        ],
    );
    let id = "trap-agent-port";
    let agent = |port: &str, version: &str, probes: Value| {
        let container = joined(
            json!({"name": "ray-head", "image": "example.com/ray:1"}),
            probes,
        );
        cluster(json!({"rayVersion": version, "headGroupSpec": {
            "rayStartParams": {"dashboard-agent-listen-port": port},
            "template": {"spec": {"containers": [container]}}}}))
    };
    let probe = || json!({"exec": {"command": ["true"]}});
    let both = json!({"livenessProbe": probe(), "readinessProbe": probe()});
    tells(
        id,
        &agent("0", "2.53.0", json!({})),
        &[
            "spec.rayClusterSpec.headGroupSpec.rayStartParams[\"dashboard-agent-listen-port\"]: \
             dashboard-agent-listen-port of the head group is 0",
        ],
    );
    counts(
        id,
        vec![
            (agent("1", "2.53.0", json!({})), 0),
            (agent("65535", "2.53.0", json!({})), 0),
            (agent("65536", "2.53.0", json!({})), 1),
            (agent("any", "2.53.0", json!({})), 0),
            (agent("0", "2.52.0", json!({})), 0),
            (agent("0", "", json!({})), 0),
            (agent("0", "2.53.0", both), 0),
            (agent("0", "2.53.0", json!({"livenessProbe": probe()})), 1),
            (agent("0", "2.53.0", json!({"readinessProbe": probe()})), 1),
        ],
    );
}

#[test]
fn a_type_of_service_is_written_in_the_right_case() {
    let id = "trap-head-service-spec";
    let of_type = |of: &str| service(json!({"type": of}));
    let by_group = |of: &str| head(json!({"serviceType": of}));
    let group = "spec.rayClusterSpec.headGroupSpec.serviceType";
    tells(
        id,
        &of_type("nodeport"),
        &[&format!(
            "{SERVICE}.spec.type: type of the Service is \"nodeport\""
        )],
    );
    tells(
        id,
        &by_group("nodeport"),
        &[&format!("{group}: type of the Service is \"nodeport\"")],
    );
    assert_eq!(
        advice(id, &of_type("nodeport")),
        "Write ClusterIP, NodePort, LoadBalancer or ExternalName"
    );
    assert_eq!(fixes(id, &of_type("nodeport")), 1);
    assert_eq!(fixes(id, &of_type("port")), 0);
    counts(
        id,
        vec![
            (of_type(""), 0),
            (of_type("NodePort"), 0),
            (by_group("NodePort"), 0),
            (by_group("ExternalName"), 1),
            // The Service of a job has only the type of headService.
            (
                head(json!({"serviceType": "any", "headService": {"spec": {"type": "NodePort"}}})),
                0,
            ),
        ],
    );
    let serving = |of_group: &str, own: &str| {
        let patch = json!({"spec": {"rayClusterConfig": {"headGroupSpec": {
            "serviceType": of_group, "headService": {"spec": {"type": own}}}}}});
        Example::service(patch.to_string().leak())
    };
    tells(
        id,
        &serving("nodeport", "ClusterIP"),
        &[
            "spec.rayClusterConfig.headGroupSpec.serviceType: type of the Service of Ray Serve is \
             \"nodeport\"",
        ],
    );
    counts(
        id,
        vec![
            (serving("", "ClusterIP"), 0),
            (serving("NodePort", "ClusterIP"), 0),
            (serving("nodeport", ""), 1),
        ],
    );
}

#[test]
fn a_service_has_only_the_fields_of_its_type() {
    let id = "trap-head-service-spec";
    let of_type = |of: &str, fields: Value| service(joined(json!({"type": of}), fields));
    let policy = |of: &str, policy: &str| of_type(of, json!({"externalTrafficPolicy": policy}));
    let health = |of: &str, policy: &str| {
        of_type(
            of,
            json!({"externalTrafficPolicy": policy, "healthCheckNodePort": 30_000}),
        )
    };
    let at = |field: &str, text: &str| format!("{SERVICE}.spec.{field}: {text}");
    for (example, told) in [
        (
            policy("ClusterIP", "Local"),
            at(
                "externalTrafficPolicy",
                "externalTrafficPolicy is \"Local\", but type is ClusterIP",
            ),
        ),
        (
            policy("NodePort", "local"),
            at(
                "externalTrafficPolicy",
                "externalTrafficPolicy is \"local\"",
            ),
        ),
        (
            health("NodePort", "Local"),
            at(
                "healthCheckNodePort",
                "healthCheckNodePort is set, but not both type LoadBalancer and \
                 externalTrafficPolicy Local",
            ),
        ),
        (
            of_type("NodePort", json!({"clusterIP": "None"})),
            at("clusterIP", "clusterIP is None, but type is NodePort"),
        ),
        (
            service(json!({"clusterIP": "a"})),
            at("clusterIP", "clusterIP is \"a\""),
        ),
        (
            service(json!({"clusterIP": "192.0.2.1", "clusterIPs": ["192.0.2.2"]})),
            at(
                "clusterIPs",
                "clusterIPs begins with \"192.0.2.2\", but clusterIP is \"192.0.2.1\"",
            ),
        ),
        (
            service(json!({"ports": [{"name": "a", "port": 1, "nodePort": 30_000}]})),
            at(
                "ports[0].nodePort",
                "nodePort is 30000, but type is ClusterIP",
            ),
        ),
        (
            service(json!({"loadBalancerClass": "a"})),
            at(
                "loadBalancerClass",
                "loadBalancerClass is set, but type is ClusterIP",
            ),
        ),
        (
            service(json!({"sessionAffinity": "none"})),
            at("sessionAffinity", "sessionAffinity is \"none\""),
        ),
        (
            service(json!({"ipFamilies": ["ipv4"]})),
            at("ipFamilies[0]", "IP family is \"ipv4\""),
        ),
    ] {
        tells(id, &example, &[&told]);
    }
    counts(
        id,
        vec![
            (policy("NodePort", "Local"), 0),
            (policy("LoadBalancer", "Cluster"), 0),
            (policy("ClusterIP", ""), 0),
            (policy("NodePort", ""), 0),
            (
                of_type(
                    "ClusterIP",
                    json!({"externalIPs": ["192.0.2.1"], "externalTrafficPolicy": "Local"}),
                ),
                0,
            ),
            (
                of_type(
                    "ExternalName",
                    json!({"externalName": "a", "externalTrafficPolicy": "Local"}),
                ),
                1,
            ),
            (health("LoadBalancer", "Local"), 0),
            (health("LoadBalancer", "Cluster"), 1),
            (service(json!({"healthCheckNodePort": 0})), 0),
            (service(json!({"clusterIP": "None"})), 0),
            (service(json!({"clusterIP": "none"})), 1),
            (service(json!({"clusterIP": "192.0.2.1"})), 0),
            (
                service(json!({"clusterIP": "192.0.2.1", "clusterIPs": ["192.0.2.1"]})),
                0,
            ),
            (
                of_type(
                    "NodePort",
                    json!({"ports": [{"name": "a", "port": 1, "nodePort": 30_000},
                    {"name": "b", "port": 2, "nodePort": 30_001}]}),
                ),
                0,
            ),
            (
                of_type("LoadBalancer", json!({"loadBalancerClass": "a"})),
                0,
            ),
            (
                of_type("LoadBalancer", json!({"loadBalancerClass": "a b"})),
                1,
            ),
            (service(json!({"loadBalancerClass": "a b"})), 1),
            (service(json!({"allocateLoadBalancerNodePorts": true})), 1),
            (
                of_type(
                    "LoadBalancer",
                    json!({"allocateLoadBalancerNodePorts": true}),
                ),
                0,
            ),
            (
                service(json!({"loadBalancerSourceRanges": ["10.0.0.0/8"]})),
                1,
            ),
            (service(json!({"sessionAffinity": ""})), 0),
            (service(json!({"sessionAffinity": "ClientIP"})), 0),
            (service(json!({"internalTrafficPolicy": "Local"})), 0),
            (service(json!({"internalTrafficPolicy": ""})), 1),
            (service(json!({"trafficDistribution": "PreferSameNode"})), 0),
            (service(json!({"trafficDistribution": "Any"})), 1),
            (service(json!({"ipFamilyPolicy": "SingleStack"})), 0),
            (service(json!({"ipFamilyPolicy": "DualStack"})), 1),
            (service(json!({"ipFamilies": ["IPv4", "IPv6"]})), 0),
        ],
    );
    // A type that is no type has no fields of its own.
    counts(id, vec![(of_type("any", json!({"clusterIP": "a"})), 1)]);
    assert_eq!(
        advice(id, &service(json!({"loadBalancerClass": "a"}))),
        "Remove loadBalancerClass, or set type to LoadBalancer"
    );
    assert_eq!(fixes(id, &service(json!({"clusterIP": "none"}))), 1);
    assert_eq!(fixes(id, &service(json!({"clusterIP": "a"}))), 0);
}

#[test]
fn the_service_of_the_head_has_metadata_that_kubernetes_accepts() {
    let id = "trap-head-service-metadata";
    let meta = |metadata: Value| head(json!({"headService": {"metadata": metadata}}));
    let label = |key: &str, value: &str| meta(json!({"labels": {key: value}}));
    counts(
        id,
        vec![
            (meta(json!({"name": "a"})), 0),
            (meta(json!({"name": ""})), 0),
            (meta(json!({"name": "a.b"})), 1),
            (label("a", "b"), 0),
            (label("a", "b c"), 1),
            (label("a b", "c"), 1),
            (label("a b", "c d"), 2),
            // KubeRay writes its own value.
            (label("ray.io/cluster", "b c"), 0),
            (meta(json!({"annotations": {"A": "any text"}})), 0),
            (meta(json!({"annotations": {"a b": ""}})), 1),
            (
                cluster(json!({"headServiceAnnotations": {"A": "any text"}})),
                0,
            ),
        ],
    );
    let path = format!("{SERVICE}.metadata");
    let told = |example| {
        let found = findings(id, &example).remove(0);
        format!("{}: {}", found.path, found.detail)
    };
    for (example, beginning) in [
        (
            meta(json!({"name": "a_b"})),
            format!("{path}.name: name \"a_b\" of headService "),
        ),
        (
            label("a", "b c"),
            format!("{path}.labels.a: label \"a\": \"b c\" of headService: "),
        ),
        (
            label("a b", "c"),
            format!("{path}.labels[\"a b\"]: label key \"a b\" of headService: "),
        ),
        (
            cluster(json!({"headServiceAnnotations": {"a b": ""}})),
            "spec.rayClusterSpec.headServiceAnnotations[\"a b\"]: annotation key \"a b\": ".into(),
        ),
        (
            meta(json!({"finalizers": ["other"]})),
            format!("{path}.finalizers[0]: headService has the finalizer \"other\""),
        ),
    ] {
        let told = told(example);
        assert!(told.starts_with(&beginning), "{told}");
    }
}

/// `CheckName` of KubeRay 1.3 keeps 50 bytes and writes an `r` for a digit or a sign at the start.
#[test]
fn kuberay_1_3_corrects_the_name_of_the_service_of_a_cluster() {
    let id = "trap-head-service-metadata";
    let named = |name: &str| {
        let head = json!({"headService": {"metadata": {"name": name}}});
        (
            Example::cluster(json!({"spec": {"headGroupSpec": head}}).to_string().leak()),
            Example::job(
                json!({"spec": {"rayClusterSpec": {"headGroupSpec": head}}})
                    .to_string()
                    .leak(),
            ),
        )
    };
    let long = "a".repeat(64);
    for (name, in_cluster, in_job) in [
        ("_head", 0, 1),
        ("ray_head", 1, 1),
        (&*long, 0, 1),
        ("head", 0, 0),
        ("", 0, 0),
    ] {
        let (cluster, job) = named(name);
        counts(
            id,
            vec![
                (cluster.on(Release::V1_3), in_cluster),
                (cluster.on(Release::V1_4), in_job),
                (job.on(Release::V1_3), in_job),
            ],
        );
    }
}

#[test]
fn a_fixed_name_or_address_serves_one_cluster() {
    let named = |name: &str, retries: i32| {
        let patch = json!({"spec": {"backoffLimit": retries, "rayClusterSpec": {"headGroupSpec": {
            "headService": {"metadata": {"name": name}}}}}});
        Example::job(patch.to_string().leak())
    };
    let id = "trap-head-service-name";
    counts(
        id,
        vec![(named("a", 0), 0), (named("a", -1), 0), (named("", 1), 0)],
    );
    let path = "headGroupSpec.headService.metadata.name";
    tells(
        id,
        &named("a", 1),
        &[&format!(
            "spec.rayClusterSpec.{path}: headService has the name \"a\", and backoffLimit is 1"
        )],
    );
    let of_runs = json!({"spec": {"jobTemplate": {"rayClusterSpec": {"headGroupSpec": {
        "headService": {"metadata": {"name": "a"}}}}}}});
    tells(
        id,
        &Example::cron(of_runs.to_string().leak()),
        &[&format!(
            "spec.jobTemplate.rayClusterSpec.{path}: headService has the name \"a\", and runs of \
             a RayCronJob may overlap"
        )],
    );
    let id = "trap-head-service-allocated";
    let node = |of: &str, port: i32| {
        service(json!({"type": of, "ports": [{"name": "a", "port": 1},
            {"name": "b", "port": 2, "nodePort": port}]}))
    };
    tells(
        id,
        &node("NodePort", 30_000),
        &[&format!(
            "{SERVICE}.spec.ports[1].nodePort: nodePort of headService is 30000"
        )],
    );
    tells(
        id,
        &service(json!({"clusterIP": "192.0.2.1"})),
        &[&format!(
            "{SERVICE}.spec.clusterIP: clusterIP of headService is \"192.0.2.1\""
        )],
    );
    counts(
        id,
        vec![
            (node("LoadBalancer", 30_000), 1),
            (node("nodeport", 30_000), 1),
            (node("ClusterIP", 30_000), 0),
            (node("NodePort", 0), 0),
            (service(json!({"clusterIP": "None"})), 0),
            (
                service(json!({"type": "ExternalName", "clusterIP": "192.0.2.1"})),
                0,
            ),
            (
                service(json!({"type": "NodePort", "clusterIP": "192.0.2.1"})),
                1,
            ),
        ],
    );
}
