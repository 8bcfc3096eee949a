//! What a rule finds on either side of where it begins, beyond its examples.

use rayjob_policy_core::example::{Example, judge, patched};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rules;
use rayjob_policy_testkit::{findings, joined};
use serde_json::{Value, json};

/// How many findings a rule has in an ordinary job with this patch, on the release that its
/// examples are judged on.
fn count(id: &str, patch: &Value, stored: Option<&Value>) -> usize {
    count_on(None, id, patch, stored)
}

fn count_on(release: Option<Release>, id: &str, patch: &Value, stored: Option<&Value>) -> usize {
    let text = |patch: &Value| -> &'static str { patch.to_string().leak() };
    let mut example = Example::job(text(patch));
    example.release = release;
    example.stored = stored.map(text);
    findings(id, &example).len()
}

/// Holds the findings of a rule against those expected for each value of a field.
#[track_caller]
fn holds(id: &str, field: &str, cases: Vec<(Value, usize)>) {
    for (value, expected) in cases {
        let fields = field.rsplit('.');
        let patch = fields.fold(value, |value, field| json!({field: value}));
        assert_eq!(count(id, &patch, None), expected, "{id}: {patch}");
    }
}

const SERVICE: &str = "spec.rayClusterSpec.headGroupSpec.headService.spec";

#[test]
fn a_target_port_is_a_port_or_0() {
    let port = |target: Value| json!([{"name": "own", "port": 9999, "targetPort": target}]);
    holds(
        "trap-head-service-ports",
        &format!("{SERVICE}.ports"),
        vec![
            (port(json!(0)), 0),
            (port(json!(65_535)), 0),
            (port(json!(65_536)), 1),
            (port(json!(-1)), 1),
            (port(json!("")), 0),
            (port(json!("own")), 0),
            (port(json!("own_port")), 1),
        ],
    );
}

#[test]
fn two_ports_may_share_a_node_port_only_with_different_protocols() {
    let second = |protocol: &str| {
        json!({"type": "NodePort", "ports": [
            {"name": "a", "port": 9998, "nodePort": 30_000},
            {"name": "b", "port": 9999, "nodePort": 30_000, "protocol": protocol}]})
    };
    holds(
        "trap-head-service-spec",
        SERVICE,
        vec![(second("TCP"), 1), (second("UDP"), 0), (second(""), 1)],
    );
}

#[test]
fn an_external_address_of_the_head_service_is_one_of_a_node() {
    let address = |address: &str| json!([address]);
    holds(
        "trap-head-service-spec",
        &format!("{SERVICE}.externalIPs"),
        vec![
            (address("192.0.2.1"), 0),
            (address("224.0.0.1"), 1),
            (address("224.0.1.1"), 0),
            (address("2001:db8::1"), 0),
            (address("ff02::1"), 1),
            (address("ff05::1"), 0),
            (address("fe80::1"), 1),
            (address("::1"), 1),
            (address("0.0.0.0"), 1),
        ],
    );
}

#[test]
fn a_service_with_an_external_name_has_a_dns_name_and_no_address() {
    let name = |name: &str| json!({"type": "ExternalName", "externalName": name});
    let addresses = json!({"type": "ExternalName", "externalName": "a", "clusterIP": "None",
        "clusterIPs": ["None"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"});
    holds(
        "trap-head-service-spec",
        SERVICE,
        vec![
            (name("ray.example.com."), 0),
            (name("ray_1.example.com"), 1),
            (name(""), 1),
            (addresses, 4),
        ],
    );
}

#[test]
fn source_ranges_are_ranges_of_addresses() {
    let range = |range: &str| json!({"type": "LoadBalancer", "loadBalancerSourceRanges": [range]});
    holds(
        "trap-head-service-spec",
        SERVICE,
        vec![
            (range("10.0.0.0/8"), 0),
            (range(" 10.0.0.0/32 "), 0),
            (range("10.0.0.0/33"), 1),
            (range("2001:db8::/128"), 0),
            (range("2001:db8::/129"), 1),
            (range("10.0.0.0/+8"), 1),
            (range("10.0.0/8"), 1),
            (range("10.0.0.0"), 1),
        ],
    );
}

#[test]
fn a_finalizer_of_the_head_service_has_a_domain_or_is_one_of_kubernetes() {
    holds(
        "trap-head-service-metadata",
        "spec.rayClusterSpec.headGroupSpec.headService.metadata.finalizers",
        vec![
            (json!(["example.com/name"]), 0),
            (json!(["orphan"]), 0),
            (json!(["name"]), 1),
            (json!(["example.com/"]), 1),
        ],
    );
}

#[test]
fn kuberay_rounds_the_resources_that_it_passes_to_ray_as_numbers() {
    let resource = |name: &str| json!({name: "100m"});
    holds(
        "trap-group-resources-rounded",
        "spec.rayClusterSpec.headGroupSpec.resources",
        vec![
            (resource("cpu"), 1),
            (resource("nvidia.com/gpu"), 1),
            (resource("nvidia.com/mig-2g.32gb"), 1),
            (resource("nvidia.com/mig-g.32gb"), 0),
            (resource("nvidia.com/mig-2g.gb"), 0),
            (resource("example.com/2g.32gb"), 0),
        ],
    );
}

#[test]
fn an_edit_of_the_cluster_matters_while_the_job_runs_on_it() {
    let status = json!({"jobDeploymentStatus": "Running", "rayClusterName": "train-x",
        "jobId": "train-1"});
    let stored = json!({"status": status});
    let version = json!({"rayVersion": "2.53.0"});
    let selector = json!({"ray.io/cluster": "shared"});
    for (spec, expected) in [
        (json!({"rayClusterSpec": version}), 1),
        (json!({}), 0),
        (json!({"rayClusterSpec": version, "suspend": true}), 0),
        (
            json!({"rayClusterSpec": version, "clusterSelector": selector}),
            0,
        ),
    ] {
        let patch = json!({"spec": spec, "status": status});
        let count = count("trap-cluster-spec-edit", &patch, Some(&stored));
        assert_eq!(count, expected, "{patch}");
    }
}

#[test]
fn suspending_a_job_that_waits_does_nothing_without_a_job_id() {
    let job = |suspend: bool, id: Value, state: &str| {
        json!({"spec": {"submissionMode": "InteractiveMode", "entrypoint": null,
            "shutdownAfterJobFinishes": true, "suspend": suspend, "jobId": id},
            "status": {"jobDeploymentStatus": state}})
    };
    for (suspend, id, state, expected) in [
        (true, Value::Null, "Waiting", 1),
        (false, Value::Null, "Waiting", 0),
        (true, json!("train-1"), "Waiting", 0),
        (true, Value::Null, "Running", 0),
    ] {
        let stored = job(false, Value::Null, state);
        let patch = job(suspend, id, state);
        let count = count("trap-suspend-in-waiting", &patch, Some(&stored));
        assert_eq!(count, expected, "{patch}");
    }
}

#[test]
fn a_deadline_counts_for_each_attempt_if_there_are_several() {
    let job = |retries: i32, seconds: i32| json!({"backoffLimit": retries, "activeDeadlineSeconds": seconds});
    let both = json!({"backoffLimit": 1, "activeDeadlineSeconds": 1,
        "preRunningDeadlineSeconds": 1});
    holds(
        "trap-deadline-per-attempt",
        "spec",
        vec![(job(1, 1), 1), (job(1, 0), 0), (job(0, 1), 0), (both, 2)],
    );
}

#[test]
fn a_job_without_an_entrypoint_may_follow_one_on_a_cluster_that_it_selects() {
    let selector = json!({"ray.io/cluster": "shared"});
    holds(
        "trap-entrypoint-empty",
        "spec",
        vec![
            (json!({"entrypoint": " "}), 1),
            (json!({"entrypoint": "", "jobId": "train-1"}), 1),
            (json!({"entrypoint": "", "clusterSelector": selector}), 1),
            (
                json!({"entrypoint": "", "clusterSelector": selector, "jobId": "train-1"}),
                0,
            ),
        ],
    );
}

#[test]
fn from_1_6_on_an_idle_time_needs_the_second_autoscaler_and_another_rule_says_so() {
    let patch = json!({"spec": {"rayClusterSpec": {"workerGroupSpecs": [{
        "groupName": "w", "replicas": 1, "minReplicas": 0, "maxReplicas": 1,
        "idleTimeoutSeconds": 60, "rayStartParams": {}, "template": {"spec": {"containers": [
            {"name": "w", "image": "rayproject/ray:2.52.0"}]}}}]}}});
    for (release, expected) in [(Release::V1_5, 1), (Release::V1_6, 0)] {
        let id = "trap-autoscaler-options-unused";
        assert_eq!(count_on(Some(release), id, &patch, None), expected);
    }
}

/// The patch of a job whose Ray containers have this mount.
fn mounting(name: &str, path: &str, cluster: Value, head: Value) -> Value {
    let containers = json!([{"name": "ray-head", "image": "rayproject/ray:2.52.0",
        "volumeMounts": [{"name": name, "mountPath": path}]}]);
    let group = joined(
        json!({"template": {"spec": {"containers": containers}}}),
        head,
    );
    let mut cluster = cluster;
    cluster["headGroupSpec"] = group;
    json!({"spec": {"rayClusterSpec": cluster}})
}

#[test]
fn kuberay_adds_shared_memory_unless_something_is_in_its_place() {
    let on_disk = json!({"rayStartParams": {"plasma-directory": "/data"}});
    for (path, head, release, missing) in [
        ("/data", json!({}), Release::V1_7, 0),
        ("/dev/shm", json!({}), Release::V1_7, 1),
        ("/data", on_disk.clone(), Release::V1_5, 0),
        ("/data", on_disk, Release::V1_6, 1),
    ] {
        let patch = mounting("shared-mem", path, json!({}), head);
        let count = count_on(Some(release), "pod-mount-no-volume", &patch, None);
        assert_eq!(count, missing, "{release} {patch}");
    }
}

#[test]
fn kuberay_adds_volumes_to_what_needs_them() {
    let autoscales = json!({"enableInTreeAutoscaling": true});
    for (name, cluster, missing) in [
        ("ray-logs", autoscales.clone(), 0),
        ("ray-logs", json!({}), 1),
        (
            "ray-token",
            json!({"authOptions": {"mode": "token", "enableK8sTokenAuth": true}}),
            0,
        ),
        ("ray-token", json!({"authOptions": {"mode": "token"}}), 1),
        ("shared", autoscales, 1),
    ] {
        let patch = mounting(name, "/data", cluster, json!({}));
        assert_eq!(
            count("pod-mount-no-volume", &patch, None),
            missing,
            "{patch}"
        );
    }
}

#[test]
fn a_mount_is_read_only_all_the_way_down_if_it_is_read_only() {
    let mount = |read_only: bool, propagation: Value, recursive: &str| {
        json!([{"name": "ray-head", "image": "rayproject/ray:2.52.0", "volumeMounts": [
            {"name": "shared-mem", "mountPath": "/data", "readOnly": read_only,
             "mountPropagation": propagation, "recursiveReadOnly": recursive}]}])
    };
    holds(
        "pod-mount-value",
        "spec.rayClusterSpec.headGroupSpec.template.spec.containers",
        vec![
            (mount(true, Value::Null, "Enabled"), 0),
            (mount(true, json!("None"), "Enabled"), 0),
            (mount(false, Value::Null, "Enabled"), 1),
            (mount(true, json!("HostToContainer"), "Enabled"), 1),
            (mount(false, Value::Null, "Disabled"), 0),
            (mount(true, Value::Null, "enabled"), 1),
        ],
    );
}

#[test]
fn two_mounts_of_the_autoscaler_have_two_paths() {
    let mounts = |second: &str| {
        json!({"enableInTreeAutoscaling": true, "autoscalerOptions": {"volumeMounts": [
            {"name": "ray-logs", "mountPath": "/a"}, {"name": "ray-logs", "mountPath": second}]}})
    };
    holds(
        "pod-mount-value",
        "spec.rayClusterSpec",
        vec![(mounts("/a"), 1), (mounts("/b"), 0)],
    );
}

#[test]
fn only_probes_that_end_a_container_have_a_grace_period() {
    let probe = |field: &str, seconds: i32| {
        json!([{"name": "ray-head", "image": "rayproject/ray:2.52.0", field: {
            "exec": {"command": ["true"]}, "terminationGracePeriodSeconds": seconds}}])
    };
    holds(
        "pod-probe-number",
        "spec.rayClusterSpec.headGroupSpec.template.spec.containers",
        vec![
            (probe("readinessProbe", 1), 1),
            (probe("livenessProbe", 1), 0),
            (probe("startupProbe", 0), 1),
        ],
    );
}

#[test]
fn something_else_may_forward_to_the_dashboard() {
    let head = |containers: Value, ports: Value| {
        json!({"rayStartParams": {"dashboard-port": "9000"}, "headService": {"spec": {"ports": ports}},
            "template": {"spec": {"containers": containers}}})
    };
    let ray = json!({"name": "ray-head", "image": "rayproject/ray:2.52.0",
        "ports": [{"name": "dashboard", "containerPort": 8265}]});
    let proxy = json!({"name": "proxy", "image": "example.com/proxy:1"});
    let port = json!([{"name": "dashboard", "port": 8265, "targetPort": 9000}]);
    holds(
        "trap-dashboard-port-differs",
        "spec.rayClusterSpec.headGroupSpec",
        vec![
            (head(json!([ray]), json!([])), 1),
            (head(json!([ray, proxy]), json!([])), 0),
            (head(json!([ray]), port), 0),
        ],
    );
    let own = json!({"metadata": {"annotations": {"ray.io/overwrite-container-cmd": "true"}},
        "spec": {"rayClusterSpec": {"headGroupSpec": head(json!([ray]), json!([]))}}});
    assert_eq!(count("trap-dashboard-port-differs", &own, None), 0);
}

#[test]
fn replicas_stay_within_their_bounds() {
    let group = |replicas: i32, min: i32, max: i32| {
        json!([{"groupName": "w", "replicas": replicas, "minReplicas": min, "maxReplicas": max,
            "rayStartParams": {}, "template": {"spec": {"containers": [
                {"name": "w", "image": "rayproject/ray:2.52.0"}]}}}])
    };
    holds(
        "trap-replicas-clamped",
        "spec.rayClusterSpec.workerGroupSpecs",
        vec![
            (group(1, 1, 2), 0),
            (group(2, 1, 2), 0),
            (group(3, 1, 2), 1),
            (group(1, 2, 3), 1),
            (group(0, 2, 3), 0),
        ],
    );
}

#[test]
fn a_pod_searches_in_at_most_32_domains_of_at_most_3_servers() {
    let dns = |servers: usize, searches: usize| json!({"nameservers": vec!["192.0.2.1"; servers], "searches": vec!["example.com"; searches]});
    holds(
        "pod-dns-config",
        "spec.rayClusterSpec.headGroupSpec.template.spec.dnsConfig",
        vec![(dns(3, 32), 0), (dns(4, 32), 1), (dns(3, 33), 1)],
    );
}

#[test]
fn a_node_is_chosen_by_one_name() {
    let names = |operator: &str, values: Value| {
        json!([{"matchFields": [
            {"key": "metadata.name", "operator": operator, "values": values}]}])
    };
    holds(
        "pod-node-affinity",
        "spec.rayClusterSpec.headGroupSpec.template.spec.affinity.nodeAffinity\
         .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
        vec![
            (names("In", json!(["node-1"])), 0),
            (names("In", json!(["node-1", "node-2"])), 1),
            (names("NotIn", json!([])), 1),
            (names("Exists", json!([])), 1),
            (names("In", json!(["node_1"])), 1),
        ],
    );
}

#[test]
fn a_rule_with_many_findings_says_that_there_are_more() {
    let verdict = |mounts: usize| {
        let mounts = (0..mounts).map(|n| json!({"name": "none", "mountPath": format!("/{n}")}));
        let containers = json!([{"name": "ray-head", "image": "rayproject/ray:2.52.0",
            "volumeMounts": mounts.collect::<Vec<_>>()}]);
        let patch = json!({"spec": {"ttlSecondsAfterFinished": -1, "rayClusterSpec":
            {"headGroupSpec": {"template": {"spec": {"containers": containers}}}}}});
        let rule = { rules::all() }.find(|rule| rule.id == "pod-mount-no-volume");
        let rule = rule.expect("a rule");
        let job = patched(Kind::RayJob, &patch.to_string()).expect("JSON");
        judge(rule, &job, None, &Example::job("{}").settings(rule))
    };
    for (mounts, found, says) in [(1000, 1000, 0), (1001, 1000, 1)] {
        let verdict = verdict(mounts);
        let of = |id: &str| {
            let findings = { verdict.findings.iter() }.filter(|it| it.finding.rule.id == id);
            let details: Vec<_> = findings.map(|it| it.finding.detail.as_str()).collect();
            details
        };
        let told = |id| {
            let more =
                |detail: &&&str| detail.ends_with("(only the first 1000 of these are reported)");
            of(id).iter().filter(more).count()
        };
        assert_eq!(of("pod-mount-no-volume").len(), found);
        assert_eq!(told("pod-mount-no-volume"), says, "{mounts}");
        assert_eq!((of("ttl-negative").len(), told("ttl-negative")), (1, 0));
    }
}

#[test]
fn a_finding_of_the_stored_object_excuses_one_of_the_new_object() {
    let job = |names: &[&str]| {
        let env: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
        let containers = json!([{"name": "ray-head", "image": "rayproject/ray:2.52.0",
            "env": env}]);
        let patch = json!({"spec": {"rayClusterSpec":
            {"headGroupSpec": {"template": {"spec": {"containers": containers}}}}}});
        patched(Kind::RayJob, &patch.to_string()).expect("JSON")
    };
    let rule = { rules::all() }.find(|rule| rule.id == "pod-env-name");
    let rule = rule.expect("a rule");
    for (stored, new, excused) in [
        (&["A="][..], &["A="][..], vec![true]),
        (&["A="], &["OK", "A="], vec![true]),
        (&["A="], &["A=", "A="], vec![true, false]),
        (&["A=", "A="], &["A=", "A="], vec![true, true]),
        (&["A="], &["B="], vec![false]),
        (&["OK"], &["A="], vec![false]),
    ] {
        let settings = Example::job("{}").settings(rule);
        let verdict = judge(rule, &job(new), Some(&job(stored)), &settings);
        let findings = { verdict.findings.iter() }.filter(|it| it.finding.rule.id == rule.id);
        let found: Vec<_> = findings.map(|graded| graded.stored).collect();
        assert_eq!(found, excused, "{stored:?} {new:?}");
    }
}

#[test]
fn a_group_with_the_template_of_another_is_judged_by_itself() {
    let group = |name: &str, fields: Value| {
        let group = json!({"groupName": name, "replicas": 1, "minReplicas": 1, "maxReplicas": 1,
            "rayStartParams": {}, "template": {"spec": {"containers": [
                {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}});
        joined(group, fields)
    };
    for (id, fields) in [
        (
            "trap-group-resources-rounded",
            json!({"resources": {"cpu": "100m"}}),
        ),
        ("worker-labels-syntax", json!({"labels": {"a b": "c"}})),
    ] {
        let patch = json!({"spec": {"rayClusterSpec": {
            "workerGroupSpecs": [group("one", json!({})), group("two", fields)]}}});
        assert_eq!(count(id, &patch, None), 1, "{id}");
    }
}

#[test]
fn the_batch_scheduler_of_another_cluster_is_not_known() {
    for id in [
        "scheduler-kai-submission-mode",
        "scheduler-volcano-selector",
        "scheduler-volcano-topology-tier",
        "scheduler-yunikorn-gang-selector",
        "scheduler-plugins-job",
    ] {
        let mut rules = rules::explained().flat_map(|(_, family)| family);
        let (rule, doc) = rules.find(|(rule, _)| rule.id == id).expect("a rule");
        let example = &doc.bad[0];
        let found = |managed_by: &str| {
            let mut object = example.object().expect("JSON");
            object["spec"]["managedBy"] = managed_by.into();
            let findings = judge(rule, &object, None, &example.settings(rule)).findings;
            let mut ids = findings.iter().map(|graded| graded.finding.rule.id);
            ids.any(|found| found == id)
        };
        assert!(found("ray.io/kuberay-operator"), "{id}");
        assert!(!found("kueue.x-k8s.io/multikueue"), "{id}");
    }
}
