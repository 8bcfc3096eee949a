//! What an entrypoint asks for, and what the groups have.

use rayjob_policy_core::release::Release;
use rayjob_policy_testkit::Asked;
use serde_json::{Value, json};

/// The spec of a job that asks for this, with a head alone.
fn asking(asked: Value, container: Value, group: Value) -> Value {
    let mut ray = json!({"name": "ray-head", "image": "rayproject/ray:2.52.0"});
    merge(&mut ray, container);
    let mut head = json!({"template": {"spec": {"containers": [ray]}}});
    merge(&mut head, group);
    let mut spec = json!({"rayClusterSpec": {"headGroupSpec": head, "workerGroupSpecs": []}});
    merge(&mut spec, asked);
    spec
}

fn merge(object: &mut Value, fields: Value) {
    let Value::Object(fields) = fields else {
        return;
    };
    object.as_object_mut().expect("an object").extend(fields);
}

fn limits(limits: Value) -> Value {
    json!({"resources": {"limits": limits}})
}

const NO_GPU: Asked<'_> = Asked::job("trap-entrypoint-no-gpu", "spec");
const NONE: &str = "entrypointNumGpus is 1, but no group has a GPU";

#[test]
fn a_group_has_the_gpus_of_its_parameters_its_resources_or_its_limits() {
    let gpu = || limits(json!({"nvidia.com/gpu": 1}));
    for (container, group, told) in [
        (gpu(), json!({}), ""),
        (limits(json!({"amd.com/gpu": "2"})), json!({}), ""),
        (limits(json!({"nvidia.com/mig-1g.5gb": 1})), json!({}), ""),
        (limits(json!({"nvidia.com/gpu": 0})), json!({}), NONE),
        (
            limits(json!({"cpu": 1, "gpu.example.com/a": 1})),
            json!({}),
            NONE,
        ),
        (
            json!({}),
            json!({"rayStartParams": {"num-gpus": "'1'"}}),
            "",
        ),
        (json!({}), json!({"rayStartParams": {"num-gpus": "$N"}}), ""),
        (gpu(), json!({"rayStartParams": {"num-gpus": "0"}}), NONE),
        (gpu(), json!({"rayStartParams": {"num-gpus": "false"}}), ""),
        (
            json!({}),
            json!({"rayStartParams": {"num-gpus": "False"}}),
            NONE,
        ),
        (json!({}), json!({"resources": {"GPU": "1"}}), ""),
        (gpu(), json!({"resources": {"GPU": "0"}}), NONE),
        (gpu(), json!({"resources": {"CPU": "0"}}), ""),
    ] {
        let spec = asking(json!({"entrypointNumGpus": 1}), container, group);
        NO_GPU.tells([(spec, told)]);
    }
    let spec = json!({"entrypointNumGpus": 1});
    let spec = asking(spec, json!({}), json!({"resources": {"GPU": "1"}}));
    let asked = Asked {
        release: Some(Release::V1_4),
        ..NO_GPU
    };
    asked.tells([(spec, NONE)]);
}

#[test]
fn ray_may_see_gpus_that_no_limit_tells() {
    for (container, told) in [
        (json!({"resources": {"claims": [{"name": "gpu"}]}}), ""),
        (json!({"envFrom": [{"secretRef": {"name": "a"}}]}), ""),
        (
            json!({"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}),
            "",
        ),
        (
            json!({"env": [{"name": "MY_NVIDIA", "value": "all"}]}),
            NONE,
        ),
        (limits(json!({"google.com/tpu": 4})), ""),
        (limits(json!({"aws.amazon.com/neuroncore": 1})), ""),
        (
            json!({"command": ["/bin/bash", "-c"], "args": ["ray start --num-gpus=1"]}),
            "",
        ),
    ] {
        let spec = asking(json!({"entrypointNumGpus": 1}), container, json!({}));
        NO_GPU.tells([(spec, told)]);
    }
    let mut spec = asking(json!({"entrypointNumGpus": 1}), json!({}), json!({}));
    spec["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["runtimeClassName"] = "a".into();
    NO_GPU.tells([(spec, "")]);
}

#[test]
fn only_a_job_that_kuberay_submits_to_its_own_cluster_waits() {
    let half = "entrypointNumGpus is 0.5, but no group has a GPU";
    NO_GPU.tells(
        [
            (json!({"entrypointNumGpus": 0.5}), half),
            (json!({"entrypointNumGpus": 0.0}), ""),
            (
                json!({"entrypointNumGpus": 1, "submissionMode": "HTTPMode"}),
                NONE,
            ),
            (
                json!({"entrypointNumGpus": 1, "submissionMode": "InteractiveMode"}),
                "",
            ),
            (
                json!({"entrypointNumGpus": 1, "clusterSelector": {"ray.io/cluster": "a"}}),
                "",
            ),
        ]
        .map(|(asked, told)| (asking(asked, json!({}), json!({})), told)),
    );
}

#[test]
fn no_node_has_more_than_the_largest_group() {
    const TOO_BIG: Asked<'_> = Asked::job("trap-entrypoint-too-big", "spec");
    let four = "entrypointNumCpus is 5, but no node has more than 4 CPU";
    for (cpus, container, group, told) in [
        (5.0, limits(json!({"cpu": 4})), json!({}), "5.0"),
        (4.5, limits(json!({"cpu": "3500m"})), json!({}), "4.5"),
        (4.0, limits(json!({"cpu": 4})), json!({}), ""),
        (3.5, limits(json!({"cpu": "4"})), json!({}), ""),
    ] {
        let told = match told {
            "" => String::new(),
            cpus => format!("entrypointNumCpus is {cpus}, but no node has more than 4 CPU"),
        };
        let spec = asking(json!({"entrypointNumCpus": cpus}), container, group);
        TOO_BIG.tells([(spec, &*told)]);
    }
    let eight = || limits(json!({"cpu": 8}));
    for (container, group, told) in [
        (
            json!({"resources": {"requests": {"cpu": 4}}}),
            json!({}),
            four,
        ),
        (
            json!({"resources": {"limits": {"cpu": 8}, "requests": {"cpu": 4}}}),
            json!({}),
            "",
        ),
        (json!({}), json!({}), ""),
        (
            eight(),
            json!({"rayStartParams": {"num-cpus": "' 4'"}}),
            four,
        ),
        (
            eight(),
            json!({"rayStartParams": {"num-cpus": "false"}}),
            "",
        ),
        (eight(), json!({"resources": {"CPU": "4"}}), four),
        (json!({}), json!({"rayStartParams": {"num-cpus": "0"}}), ""),
    ] {
        let spec = asking(json!({"entrypointNumCpus": 5}), container, group);
        TOO_BIG.tells([(spec, told)]);
    }
    let both = json!({"entrypointNumCpus": 5, "entrypointNumGpus": 2});
    let has = limits(json!({"cpu": 4, "nvidia.com/gpu": 1}));
    let told = format!("{four}\nentrypointNumGpus is 2, but no node has more than 1 GPU");
    TOO_BIG.tells([(asking(both, has, json!({})), &*told)]);
}

#[test]
fn a_worker_may_have_what_the_head_lacks() {
    const TOO_BIG: Asked<'_> = Asked::job("trap-entrypoint-too-big", "spec");
    let nine = "entrypointNumCpus is 9, but no node has more than 8 CPU";
    for (cpus, worker, told) in [
        (5, json!({"cpu": 8}), ""),
        (9, json!({"cpu": 8}), nine),
        (9, json!({}), ""),
    ] {
        let asked = json!({"entrypointNumCpus": cpus});
        let mut spec = asking(asked, limits(json!({"cpu": 4})), json!({}));
        spec["rayClusterSpec"]["workerGroupSpecs"] = json!([{"groupName": "w", "replicas": 1,
            "minReplicas": 1, "maxReplicas": 1, "template": {"spec": {"containers": [
                {"name": "ray", "image": "ray", "resources": {"limits": worker}}]}}}]);
        TOO_BIG.tells([(spec, told)]);
    }
}
