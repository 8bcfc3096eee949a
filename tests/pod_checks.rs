//! What the rules about the ports, probes, resources, scheduling and security of pods say.

use rayjob_policy_core::example::Example;
use rayjob_policy_testkit::{joined, says};
use serde_json::{Value, json};

/// The head of a RayCluster, with these fields of its pod.
fn head(fields: Value) -> Value {
    let pod = json!({"containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0"}]});
    json!({"headGroupSpec": {"template": {"spec": joined(pod, fields)}}})
}

/// The head of a RayCluster, with these fields of its container.
fn ray(fields: Value) -> Value {
    let container = json!({"name": "ray-head", "image": "rayproject/ray:2.52.0"});
    head(json!({"containers": [joined(container, fields)]}))
}

/// Demands that a rule says just this of RayClusters.
#[track_caller]
fn holds<const N: usize>(id: &str, cases: [(Value, &str); N]) {
    for (cluster, expected) in cases {
        let patch = json!({"spec": {"rayClusterSpec": cluster}});
        let example = Example::job(patch.to_string().leak());
        assert_eq!(says(id, &example), expected, "{cluster}");
    }
}

#[test]
fn a_probe_has_numbers_in_bounds() {
    let probe = |probe: &str, field: &str, number: i64| {
        ray(json!({probe: {"exec": {"command": ["true"]}, field: number}}))
    };
    holds(
        "pod-probe-number",
        [
            (probe("livenessProbe", "successThreshold", 1), ""),
            (
                probe("livenessProbe", "successThreshold", 2),
                "successThreshold in livenessProbe of container \"ray-head\" of the head pod is 2. Write 1, or remove it",
            ),
            (probe("readinessProbe", "successThreshold", 2), ""),
            (
                probe("readinessProbe", "successThreshold", -1),
                "successThreshold in readinessProbe of container \"ray-head\" of the head pod is -1. Write a number from 0 to 2147483647",
            ),
            (
                probe("livenessProbe", "periodSeconds", -1),
                "periodSeconds in livenessProbe of container \"ray-head\" of the head pod is -1. Write a number from 0 to 2147483647",
            ),
            (probe("livenessProbe", "periodSeconds", 2_147_483_647), ""),
            (
                probe("livenessProbe", "terminationGracePeriodSeconds", 0),
                "terminationGracePeriodSeconds in livenessProbe of container \"ray-head\" of the head pod is 0. Write 1 or more, or remove it",
            ),
            (
                probe("readinessProbe", "terminationGracePeriodSeconds", 30),
                "terminationGracePeriodSeconds in readinessProbe of container \"ray-head\" of the head pod is 30. Remove it",
            ),
        ],
    );
}

#[test]
fn a_probe_asks_a_port() {
    let port = |port: Value| ray(json!({"livenessProbe": {"tcpSocket": {"port": port}}}));
    holds(
        "pod-probe-port",
        [
            (port(json!(1)), ""),
            (port(json!(65_535)), ""),
            (
                port(json!(0)),
                "port of tcpSocket in livenessProbe of container \"ray-head\" of the head pod is 0. Write a number from 1 to 65535, or the name of a port: at most 15 lowercase letters, digits and '-', with a letter",
            ),
            (
                port(json!(65_536)),
                "port of tcpSocket in livenessProbe of container \"ray-head\" of the head pod is 65536. Write a number from 1 to 65535, or the name of a port: at most 15 lowercase letters, digits and '-', with a letter",
            ),
            (port(json!("dashboard")), ""),
            (
                port(json!("8265")),
                "port of tcpSocket in livenessProbe of container \"ray-head\" of the head pod is \"8265\", which has no letter. Write 8265 without quotes",
            ),
            (
                port(json!("0")),
                "port of tcpSocket in livenessProbe of container \"ray-head\" of the head pod is \"0\", which has no letter. Write a number from 1 to 65535, or the name of a port: at most 15 lowercase letters, digits and '-', with a letter",
            ),
            (
                port(json!("my_port")),
                "port of tcpSocket in livenessProbe of container \"ray-head\" of the head pod is \"my_port\", which has the character '_'. Write a number from 1 to 65535, or the name of a port: at most 15 lowercase letters, digits and '-', with a letter",
            ),
        ],
    );
}

#[test]
fn amounts_are_not_negative_and_requests_not_above_limits() {
    let resources = |limits: Value, requests: Value| {
        ray(json!({"resources": {"limits": limits, "requests": requests}}))
    };
    let cpu =
        |limit: &str, request: &str| resources(json!({"cpu": limit}), json!({"cpu": request}));
    holds(
        "pod-resources",
        [
            (cpu("1", "1"), ""),
            (cpu("1", "1000m"), ""),
            (
                cpu("1", "1001m"),
                "request \"cpu\" of container \"ray-head\" of the head pod is \"1001m\", its limit \"1\". Set the request to the limit or less",
            ),
            (cpu("-0", "-0"), ""),
            (
                cpu("-1m", "-1m"),
                "limit \"cpu\" of container \"ray-head\" of the head pod is \"-1m\". Write an amount that is not negative\nrequest \"cpu\" of container \"ray-head\" of the head pod is \"-1m\". Write an amount that is not negative",
            ),
            (
                resources(json!({}), json!({"cpu": "-1"})),
                "request \"cpu\" of container \"ray-head\" of the head pod is \"-1\". Write an amount that is not negative",
            ),
        ],
    );
}

#[test]
fn huge_pages_are_limited_with_memory_or_cpu() {
    let pages = |limits: Value, requests: Value| {
        ray(json!({"resources": {"limits": limits, "requests": requests}}))
    };
    let some = |amount: &str| json!({"cpu": "1", "hugepages-2Mi": amount});
    holds(
        "pod-hugepages",
        [
            (pages(some("4Mi"), json!({})), ""),
            (pages(some("4Mi"), some("4Mi")), ""),
            (pages(some("4Mi"), some("4096Ki")), ""),
            (
                pages(some("4Mi"), some("2Mi")),
                "request \"hugepages-2Mi\" of container \"ray-head\" of the head pod is \"2Mi\", its limit \"4Mi\". Write the same amount for both, or only the limit",
            ),
            (
                pages(json!({"cpu": "1"}), json!({"hugepages-2Mi": "2Mi"})),
                "request \"hugepages-2Mi\" of container \"ray-head\" of the head pod is \"2Mi\", and has no limit. Write the same amount for both, or only the limit",
            ),
            (
                pages(some("3Mi"), json!({})),
                "limit \"hugepages-2Mi\" of container \"ray-head\" of the head pod is \"3Mi\". Write a multiple of the page size",
            ),
            (
                pages(json!({"hugepages-2Mi": "2Mi"}), json!({})),
                "container \"ray-head\" of the head pod has huge pages, but neither memory nor cpu. Limit memory or cpu too",
            ),
            (
                pages(json!({"hugepages-2Mi": "2Mi", "memory": "1Gi"}), json!({})),
                "",
            ),
        ],
    );
}

#[test]
fn operators_of_node_affinity_take_their_number_of_values() {
    let term = |operator: &str, values: &[&str]| {
        let expression = json!({"key": "zone", "operator": operator, "values": values});
        head(json!({"affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [expression]}]}}}}))
    };
    holds(
        "pod-node-affinity",
        [
            (term("In", &["a"]), ""),
            (term("In", &["a", "b"]), ""),
            (
                term("In", &[]),
                "node affinity of the head pod: In has no value. Add a value, or use Exists or DoesNotExist",
            ),
            (
                term("NotIn", &[]),
                "node affinity of the head pod: NotIn has no value. Add a value, or use Exists or DoesNotExist",
            ),
            (term("Exists", &[]), ""),
            (
                term("Exists", &["a"]),
                "node affinity of the head pod: Exists has a value. Remove values, or use In or NotIn",
            ),
            (
                term("DoesNotExist", &["a"]),
                "node affinity of the head pod: DoesNotExist has a value. Remove values, or use In or NotIn",
            ),
            (term("Gt", &["1"]), ""),
            (
                term("Gt", &["1", "2"]),
                "node affinity of the head pod: Gt has 2 values. Write one value",
            ),
            (
                term("Lt", &[]),
                "node affinity of the head pod: Lt has no value. Write one value",
            ),
            (
                term("in", &["a"]),
                "operator in node affinity of the head pod is \"in\". Write In",
            ),
        ],
    );
}

#[test]
fn a_preference_has_a_weight_from_1_to_100() {
    let preferred = |weight: i32| {
        head(json!({"affinity": {"nodeAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": weight, "preference": {
                "matchExpressions": [{"key": "zone", "operator": "Exists"}]}}]}}}))
    };
    holds(
        "pod-node-affinity",
        [
            (preferred(1), ""),
            (preferred(100), ""),
            (
                preferred(0),
                "node affinity of the head pod: weight is 0. Use a number from 1 to 100",
            ),
            (
                preferred(101),
                "node affinity of the head pod: weight is 101. Use a number from 1 to 100",
            ),
        ],
    );
}

#[test]
fn a_key_of_matchlabelkeys_is_not_in_the_selector_too() {
    let spread = |selector: Value, key: &str| {
        let mut cluster = head(json!({"topologySpreadConstraints": [{
            "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": selector, "matchLabelKeys": [key]}]}));
        cluster["headGroupSpec"]["template"]["metadata"] = json!({"labels": {"app": "a"}});
        cluster
    };
    let exists = |key: &str| json!({"matchExpressions": [{"key": key, "operator": "Exists"}]});
    holds(
        "pod-topology-spread",
        [
            (
                spread(json!({"matchLabels": {"app": "a"}}), "app"),
                "topology spread constraint of the head pod: \"app\" in both matchLabelKeys and labelSelector. Remove the key from matchLabelKeys or labelSelector",
            ),
            (spread(json!({"matchLabels": {"tier": "a"}}), "app"), ""),
            (
                spread(exists("app"), "app"),
                "topology spread constraint of the head pod: \"app\" in both matchLabelKeys and labelSelector. Remove the key from matchLabelKeys or labelSelector",
            ),
            (spread(exists("tier"), "app"), ""),
            (spread(exists("tier"), "tier"), ""),
        ],
    );
}

#[test]
fn a_security_profile_on_the_node_has_a_path_that_fits() {
    let seccomp = |profile: Value| head(json!({"securityContext": {"seccompProfile": profile}}));
    let apparmor = |profile: Value| head(json!({"securityContext": {"appArmorProfile": profile}}));
    let local = |path: &str| json!({"type": "Localhost", "localhostProfile": path});
    holds(
        "pod-security-profile",
        [
            (seccomp(json!({"type": "RuntimeDefault"})), ""),
            (
                seccomp(json!({"type": "Localhost"})),
                "seccompProfile of the head pod has type Localhost, but no localhostProfile. Set localhostProfile to the profile on the node",
            ),
            (
                seccomp(json!({"type": "Unconfined", "localhostProfile": "a"})),
                "seccompProfile of the head pod has localhostProfile, but type Unconfined. Remove localhostProfile, or set type to Localhost",
            ),
            (
                seccomp(json!({"type": "runtimeDefault"})),
                "seccompProfile of the head pod has type \"runtimeDefault\". Write RuntimeDefault",
            ),
            (
                seccomp(json!({"type": "localhost", "localhostProfile": "a"})),
                "seccompProfile of the head pod has type \"localhost\". Write Localhost",
            ),
            (
                seccomp(json!({"type": "localhost", "localhostProfile": "/a"})),
                "seccompProfile of the head pod has type \"localhost\". Write RuntimeDefault, Localhost or Unconfined",
            ),
            (
                seccomp(json!({"type": "localhost"})),
                "seccompProfile of the head pod has type \"localhost\". Write RuntimeDefault, Localhost or Unconfined",
            ),
            (
                seccomp(json!({"type": "unconfined", "localhostProfile": "a"})),
                "seccompProfile of the head pod has type \"unconfined\". Write RuntimeDefault, Localhost or Unconfined",
            ),
            (seccomp(local("a/b")), ""),
            (
                seccomp(local("/a")),
                "seccompProfile of the head pod has localhostProfile \"/a\", which begins with '/'. Write the profile below the directory of profiles on the node, without '..' and white space",
            ),
            (
                seccomp(local("a/../b")),
                "seccompProfile of the head pod has localhostProfile \"a/../b\", which has '..'. Write the profile below the directory of profiles on the node, without '..' and white space",
            ),
            (seccomp(local("a..b")), ""),
            (apparmor(local("a")), ""),
            (
                apparmor(local("")),
                "appArmorProfile of the head pod has localhostProfile \"\", which is empty. Write the profile below the directory of profiles on the node, without '..' and white space",
            ),
            (
                apparmor(local("a ")),
                "appArmorProfile of the head pod has localhostProfile \"a \", which has white space at an end. Write the profile below the directory of profiles on the node, without '..' and white space",
            ),
        ],
    );
}

#[test]
fn the_name_of_a_kernel_parameter_is_words_joined_by_dots_or_slashes() {
    let sysctl =
        |name: &str| head(json!({"securityContext": {"sysctls": [{"name": name, "value": "1"}]}}));
    holds(
        "pod-sysctl",
        [
            (sysctl("net.core.somaxconn"), ""),
            (sysctl("net/ipv4/conf.eth0-1/rp_filter"), ""),
            (
                sysctl("net..core"),
                "sysctls of the head pod has \"net..core\", which is no name of a kernel parameter. Write the name of a kernel parameter, such as net.core.somaxconn, once",
            ),
            (
                sysctl("net.core-"),
                "sysctls of the head pod has \"net.core-\", which is no name of a kernel parameter. Write the name of a kernel parameter, such as net.core.somaxconn, once",
            ),
            (
                sysctl("net._core"),
                "sysctls of the head pod has \"net._core\", which is no name of a kernel parameter. Write the name of a kernel parameter, such as net.core.somaxconn, once",
            ),
            (
                sysctl("net.Core"),
                "sysctls of the head pod has \"net.Core\", which is no name of a kernel parameter. Write the name of a kernel parameter, such as net.core.somaxconn, once",
            ),
            (sysctl(&"a".repeat(253)), ""),
        ],
    );
}

#[test]
fn a_port_of_the_node_is_taken_once_by_containers_that_run_together() {
    let port = |number: i32| json!([{"containerPort": number, "hostPort": number}]);
    let container =
        |name: &str, number: i32| json!({"name": name, "image": "a:1", "ports": port(number)});
    holds(
        "pod-host-port",
        [
            (
                head(json!({"containers": [container("ray-head", 9001), container("b", 9001)]})),
                "container \"b\" of the head pod takes port 9001 of the node, as does container \"ray-head\" of the head pod. Use another number",
            ),
            (
                head(json!({"containers": [container("ray-head", 9001), container("b", 9002)]})),
                "",
            ),
            (
                head(json!({"initContainers": [container("i", 9001)],
                "containers": [container("ray-head", 9001)]})),
                "",
            ),
            (
                head(json!({"initContainers": [container("i", 9001), container("j", 9001)]})),
                "",
            ),
        ],
    );
}
