//! What `ray start` makes of single parameters: which releases have an option, which values they
//! take, what bash acts on, and which ports collide.

use rayjob_policy_core::json::{self, StringMap};
use rayjob_policy_core::release::Release;
use rayjob_policy_core::syntax::ray_start::{RayNode, StartFault, check, word};
use rayjob_policy_core::syntax::ray_version::RayVersion;
use rayjob_policy_testkit::Asked;
use serde_json::{Value, json};

/// A head and a worker whose release of Ray is not known.
const HEAD: RayNode<'_> = RayNode {
    is_head: true,
    version: None,
    passes_log_monitor: true,
    added: &[],
};
const WORKER: RayNode<'_> = RayNode {
    is_head: false,
    ..HEAD
};

fn with_ray<'n>(node: RayNode<'n>, minor: u64) -> RayNode<'n> {
    RayNode {
        version: RayVersion::parse(&format!("2.{minor}.0")),
        ..node
    }
}

/// The faults in parameters, each in a few words.
fn faults(node: RayNode<'_>, params: &Value) -> Vec<String> {
    let text = params.to_string();
    let params: StringMap<'_> = json::read(text.as_bytes()).expect("parameters");
    let mut faults = Vec::new();
    check(&params, node, &mut |key, fault| {
        let default = |is_default: bool| if is_default { ", by default" } else { "" };
        let fault = match fault {
            StartFault::Unknown(None) => "is unknown".into(),
            StartFault::Unknown(Some(meant)) => format!("means {meant}"),
            StartFault::OtherRelease => "is of another release".into(),
            StartFault::HeadOnly => "is for heads".into(),
            StartFault::Value(what, _) => format!("must be {what}"),
            StartFault::Words => "is several words".into(),
            StartFault::Syntax => "is not closed".into(),
            StartFault::Operator(operator) => format!("has {operator}"),
            StartFault::Takes(next) => format!("takes {next}"),
            StartFault::PortTwice(port, other, is_default) => {
                format!("{port} is also {other}{}", default(is_default))
            }
            StartFault::WorkerPort(port, other, is_default) => {
                format!("workers have {port} of {other}{}", default(is_default))
            }
        };
        faults.push(format!("{key} {fault}"));
    });
    faults
}

/// Compares the fault of each value of a parameter; none if it is empty.
#[track_caller]
fn each(node: RayNode<'_>, key: &str, values: &[&str], fault: &str) {
    for value in values {
        let params = json!({key: value});
        let expected = match fault {
            "" => vec![],
            fault => vec![format!("{key} {fault}")],
        };
        assert_eq!(faults(node, &params), expected, "{params}");
    }
}

/// Compares the faults of several parameters.
#[track_caller]
fn has(node: RayNode<'_>, params: Value, expected: &[&str]) {
    assert_eq!(faults(node, &params), expected, "{params}");
}

#[test]
fn a_misspelt_option_means_one_that_exists() {
    for (key, meant) in [
        ("num_cpus", "num-cpus"),
        ("num-cpu", "num-cpus"),
        ("cpu", "num-cpus"),
        ("cpus", "num-cpus"),
        ("gpu", "num-gpus"),
        ("GPUS", "num-gpus"),
        ("mem", "memory"),
        ("gcs-port", "port"),
        ("--num-cpus", "num-cpus"),
        (" num-cpus", "num-cpus"),
        ("Num-CPUs", "num-cpus"),
        ("temp_dir", "temp-dir"),
    ] {
        each(HEAD, key, &["1", "true"], &format!("means {meant}"));
        each(HEAD, key, &["false", "False"], "");
    }
    each(HEAD, "shm-size", &["1"], "is unknown");
    each(HEAD, "", &["1"], "is unknown");
}

#[test]
fn only_some_releases_have_an_option() {
    let late = "is of another release";
    for (key, value, since) in [
        ("labels-file", "a", [35, 36]),
        ("redis-username", "a", [35, 36]),
        ("object-spilling-directory", "/a", [35, 36]),
        ("include-log-monitor", "true", [35, 36]),
        ("proxy-server-url", "a", [53, 54]),
    ] {
        each(with_ray(HEAD, since[0]), key, &[value], late);
        for minor in [since[1], 60] {
            each(with_ray(HEAD, minor), key, &[value], "");
        }
    }
    for (key, until) in [
        ("dashboard-grpc-port", [51, 52]),
        ("gcs-server-port", [51, 52]),
        ("redis-max-memory", [45, 46]),
    ] {
        for minor in [9, until[0]] {
            each(with_ray(HEAD, minor), key, &["0"], "");
        }
        each(with_ray(HEAD, until[1]), key, &["0"], late);
        each(HEAD, key, &["0"], "");
    }
    each(
        with_ray(HEAD, 53),
        "no-redirect-output",
        &["true"],
        "must be left out before Ray 2.55",
    );
    each(with_ray(HEAD, 54), "no-redirect-output", &["true"], "");
    each(HEAD, "no-redirect-output", &["true"], "");
}

#[test]
fn numbers_are_read_as_by_python() {
    let good = [
        "4",
        "4 ",
        "'4'",
        "\"4\"",
        "+4",
        "-4",
        "1_000",
        "$N",
        "99999999999999999999",
    ];
    each(HEAD, "num-cpus", &good, "");
    let bad = [
        "4.0", "4k", "500m", "", "''", "1__0", "_1", "1_", " 4", "'$N'", "+-4", "true",
    ];
    each(HEAD, "num-cpus", &bad, "must be a whole number");
    let few = "must be at least 78643200 bytes";
    each(HEAD, "object-store-memory", &["78643199", "-1", "0"], few);
    each(
        HEAD,
        "object-store-memory",
        &["78643200", "1_000_000_000"],
        "",
    );
    each(
        HEAD,
        "object-store-memory",
        &["1e9"],
        "must be a whole number",
    );
    let isolated =
        |value: &str| json!({"system-reserved-cpu": value, "enable-resource-isolation": "true"});
    for number in [
        "1",
        "1.5",
        ".5",
        "5.",
        "1e3",
        "1E-3",
        "1e+3",
        "-1.5",
        "+1",
        "inf",
        "-Infinity",
        "NaN",
        "'1.5'",
        "1_0.5_0",
        "1e1_0",
        "0",
    ] {
        has(HEAD, isolated(number), &[]);
    }
    for other in [
        "", "1.5.2", "e3", ".", "1e", "1e1.5", "abc", "1__0", "+", "true",
    ] {
        has(
            HEAD,
            isolated(other),
            &["system-reserved-cpu must be a number"],
        );
    }
}

#[test]
fn only_isolation_reserves_resources() {
    let fault = "must be used with enable-resource-isolation";
    each(
        HEAD,
        "system-reserved-cpu",
        &["1", "0.5", "inf", "1e0"],
        fault,
    );
    each(
        HEAD,
        "system-reserved-cpu",
        &["0", "0.0", "-0", "0e5", "'0'", ".0"],
        "",
    );
    each(HEAD, "system-reserved-memory", &["1"], fault);
    each(HEAD, "system-reserved-memory", &["0"], "");
    each(HEAD, "cgroup-path", &["/a"], fault);
    each(HEAD, "cgroup-path", &["", "''", "false"], "");
    let path = |switch: &str| json!({"cgroup-path": "/a", "enable-resource-isolation": switch});
    has(HEAD, path("true"), &[]);
    has(HEAD, path("True"), &[]);
    has(
        HEAD,
        path("false"),
        &["cgroup-path must be used with enable-resource-isolation"],
    );
}

#[test]
fn an_option_with_words_takes_no_other() {
    let yes_or_no = [
        "1", "0", "t", "F", "y", "N", "yes", "No", "on", "OFF", "true", "False", "'yes '",
    ];
    each(HEAD, "include-dashboard", &yes_or_no, "");
    each(
        HEAD,
        "include-dashboard",
        &["2", "oui", "yess"],
        "must be true or false",
    );
    each(
        HEAD,
        "log-color",
        &["auto", "AUTO", "true", "false", "False"],
        "",
    );
    each(
        HEAD,
        "log-color",
        &["never", "", "0"],
        "must be auto, false or true",
    );
    each(
        HEAD,
        "log-style",
        &["auto", "record", "Pretty", "false"],
        "",
    );
    each(
        HEAD,
        "log-style",
        &["json", "true"],
        "must be auto, record or pretty",
    );
    each(HEAD, "no-monitor", &["true", "True", "false"], "");
    let other = ["1", "yes", "", " true"];
    each(
        HEAD,
        "no-monitor",
        &other,
        "must be \"true\" or \"false\", without more",
    );
}

#[test]
fn json_keeps_its_quotes_only_within_single_ones() {
    let object = "must be a JSON object once the shell has removed quotes";
    let good = [
        "'{\"a\": 1}'",
        "\"{\\\"a\\\": 1}\"",
        "{}",
        "'{\"cpu\": 1}'",
        "$R",
        "'{\"a\": 1, \"a\": 2}'",
    ];
    each(WORKER, "resources", &good, "");
    let bad = [
        "{\"a\": 1}",
        "{\"a\":1}",
        "'[]'",
        "'{\"a\": 1,}'",
        "{a,b}",
        "'{\"a\": $X}'",
        "",
        "true",
    ];
    each(WORKER, "resources", &bad, object);
    let own = [
        "'{\"CPU\": 1}'",
        "'{\"a\": 1, \"GPU\": 1}'",
        "'{\"memory\": 1}'",
        "'{\"object_store_memory\": 1}'",
    ];
    each(
        WORKER,
        "resources",
        &own,
        "must be without CPU, GPU, memory and object_store_memory",
    );
    each(
        HEAD,
        "system-config",
        &["'{\"a\": 1}'", "'[1]'", "1", "$C"],
        "",
    );
    each(
        HEAD,
        "system-config",
        &["true", "{a", "nul", ""],
        "must be JSON",
    );
}

#[test]
fn some_texts_must_be_more_than_text() {
    let absolute = "must be an absolute path";
    each(HEAD, "temp-dir", &["tmp/ray", "", "~/ray"], absolute);
    each(
        HEAD,
        "temp-dir",
        &["/tmp/ray", "'/tmp/my ray'", "$TMP/ray"],
        "",
    );
    each(with_ray(WORKER, 55), "temp-dir", &["ray"], absolute);
    each(with_ray(WORKER, 54), "temp-dir", &["ray"], "");
    each(WORKER, "temp-dir", &["ray"], "");
    each(HEAD, "node-ip-address", &[""], "must be an address");
    each(HEAD, "node-ip-address", &["192.0.2.1", "$IP"], "");
    each(
        WORKER,
        "address",
        &["local"],
        "must be the address of the head",
    );
    each(WORKER, "address", &["head:6379", "auto"], "");
    each(HEAD, "address", &["local"], "");
    let list = "must be a list of ports from 1024 to 65535";
    let bad = ["1023", "65536", "20000, 20001", "20000,", "a", ""];
    each(HEAD, "worker-port-list", &bad, list);
    each(
        HEAD,
        "worker-port-list",
        &["1024,65535", "20000,7000", "'20000, 20001'", "$P"],
        "",
    );
}

#[test]
fn a_worker_does_not_take_options_of_the_head() {
    for (key, value) in [
        ("port", "6379"),
        ("redis-shard-ports", "1"),
        ("include-dashboard", "true"),
    ] {
        each(WORKER, key, &[value], "is for heads");
        each(HEAD, key, &[value], "");
    }
    each(WORKER, "port", &["false"], "");
    has(WORKER, json!({"head": "true", "port": "6380"}), &[]);
    has(
        WORKER,
        json!({"head": "false", "port": "6380"}),
        &["port is for heads"],
    );
}

#[test]
fn bash_acts_on_a_value_without_quotes() {
    let words = ["a b", "a 'b' c", "a \\ b", "a *"];
    each(HEAD, "node-name", &words, "is several words");
    let open = ["it's", "\"a", "a)", "(a", "a;;b", "$(a", "a 'b", "a ("];
    each(HEAD, "node-name", &open, "is not closed");
    for (operator, values) in [
        (";", &["a;b", "a;(b)"][..]),
        ("&", &["a&b"]),
        ("&&", &["a && b"]),
        ("|", &["a | b"]),
        ("||", &["a||b"]),
        (">", &["a > f", "a > f b", "a 2>f"]),
        (">>", &["a >> f"]),
        (">|", &["a >| f"]),
        (">&", &["a >& f", "2>&1"]),
        ("<", &["a < f"]),
        ("<<", &["a <<E"]),
        ("\n", &["a\nb"]),
    ] {
        each(HEAD, "node-name", values, &format!("has {operator}"));
    }
    let passed = [
        "a", "a#b", "#a", "a\\ b", "'a b'", "`a`", "$(a b)", "a --x=1", "a  -b", "a #b", "{a,b}",
    ];
    each(HEAD, "node-name", &passed, "");
    // An operator other than `>` keeps bash from passing what comes after it, and so does `#`.
    for (name, faults) in [
        (
            "a b",
            &[
                "node-name is several words",
                "num-cpus must be a whole number",
            ][..],
        ),
        (
            "a>b",
            &["node-name has >", "num-cpus must be a whole number"],
        ),
        ("a;b", &["node-name has ;"]),
        ("it's", &["node-name is not closed"]),
        ("a #b", &["node-name has #"]),
    ] {
        has(HEAD, json!({"node-name": name, "num-cpus": "x"}), faults);
    }
    let commented = json!({"node-name": "a #b", "temp-dir": "false"});
    has(HEAD, commented, &["node-name has #"]);
}

#[test]
fn an_option_without_a_value_takes_the_next_option() {
    let own = "must be a value other than true";
    each(
        HEAD,
        "dashboard-host",
        &["true", "True"],
        "takes --metrics-export-port=8080",
    );
    each(HEAD, "address", &["true"], "takes --block");
    each(
        WORKER,
        "dashboard-host",
        &["true"],
        "takes --metrics-export-port=8080",
    );
    each(HEAD, "node-name", &["true"], own);
    each(HEAD, "temp-dir", &["true"], own);
    each(HEAD, "worker-port-list", &["true"], own);
    for (params, faults) in [
        (
            json!({"node-name": "true", "num-cpus": "x"}),
            &["node-name takes --num-cpus=x"][..],
        ),
        (
            json!({"node-name": "true", "verbose": "True"}),
            &["node-name takes --verbose"],
        ),
        (
            json!({"node-name": "true", "object-manager-port": "false"}),
            &["node-name must be a value other than true"],
        ),
        (json!({"block": "x"}), &[]),
        (json!({"labels": "a b"}), &[]),
        (json!({"include-log-monitor": "true"}), &[]),
        (
            json!({"include-log-monitor": "x"}),
            &["include-log-monitor must be true or false"],
        ),
    ] {
        has(HEAD, params, faults);
    }
    let before_1_7 = RayNode {
        passes_log_monitor: false,
        ..HEAD
    };
    each(
        before_1_7,
        "include-log-monitor",
        &["true"],
        "must be true or false",
    );
    each(before_1_7, "include-log-monitor", &["false"], "");
}

#[test]
fn two_parts_of_ray_do_not_share_a_port() {
    let defaults = [
        ("port", "6379"),
        ("ray-client-server-port", "10001"),
        ("dashboard-port", "8265"),
        ("dashboard-agent-listen-port", "52365"),
        ("metrics-export-port", "8080"),
    ];
    let free = [
        "object-manager-port",
        "node-manager-port",
        "dashboard-agent-grpc-port",
        "runtime-env-agent-port",
    ];
    let keys = || defaults.iter().map(|(key, _)| *key).chain(free);
    for (other, port) in defaults {
        for key in keys().filter(|key| *key != other) {
            let fault = format!("{port} is also {other}, by default");
            each(HEAD, key, &[port], &fault);
            let is_of_worker = other != "port";
            if key != "port" {
                each(WORKER, key, &[port], if is_of_worker { &fault } else { "" });
            }
        }
        each(HEAD, other, &[port], "");
    }
    for key in keys() {
        each(HEAD, key, &["7000", "$P"], "");
    }
    for (params, faults) in [
        (
            json!({"object-manager-port": "7000", "node-manager-port": "7000"}),
            &["node-manager-port 7000 is also object-manager-port"][..],
        ),
        (
            json!({"object-manager-port": "0", "node-manager-port": "0"}),
            &[],
        ),
        (json!({"port": "8265", "dashboard-port": "6379"}), &[]),
        (json!({"port": "8265", "dashboard-port": "7000"}), &[]),
        (
            json!({"dashboard-port": "$P", "metrics-export-port": "8265"}),
            &[],
        ),
        (
            json!({"port": "7000", "dashboard-port": "7000", "metrics-export-port": "7000"}),
            &["dashboard-port 7000 is also port"],
        ),
        (
            json!({"node-name": "a;b", "port": "10005"}),
            &["node-name has ;"],
        ),
        (
            json!({"node-name": "a>b", "port": "10005"}),
            &["node-name has >", "port workers have 10005 of port"],
        ),
    ] {
        has(HEAD, params, faults);
    }
}

#[test]
fn two_ports_have_a_range() {
    let range = "must be a port from 1024 to 65535";
    for key in ["ray-client-server-port", "runtime-env-agent-port"] {
        each(HEAD, key, &["1023", "65536", "-1"], range);
        each(HEAD, key, &["1024", "65535"], "");
    }
    each(HEAD, "ray-client-server-port", &["0"], range);
    each(with_ray(HEAD, 53), "runtime-env-agent-port", &["0"], range);
    each(with_ray(HEAD, 54), "runtime-env-agent-port", &["0"], "");
    each(HEAD, "runtime-env-agent-port", &["0"], "");
    each(HEAD, "object-manager-port", &["80", "0"], "");
}

#[test]
fn the_ports_of_workers_are_for_workers() {
    for (node, key) in [(HEAD, "object-manager-port"), (WORKER, "node-manager-port")] {
        for port in ["10002", "15000", "19999"] {
            each(node, key, &[port], &format!("workers have {port} of {key}"));
        }
        each(node, key, &["10000", "20000"], "");
    }
    let listed = [
        ("20000,8265", "8265 of dashboard-port"),
        ("6379", "6379 of port"),
    ];
    for (list, fault) in listed {
        each(
            HEAD,
            "worker-port-list",
            &[list],
            &format!("workers have {fault}, by default"),
        );
    }
    each(WORKER, "worker-port-list", &["6379"], "");
    each(
        HEAD,
        "worker-port-list",
        &["20000,20001,20000"],
        "20000 is also worker-port-list",
    );
    for (params, faults) in [
        (
            json!({"worker-port-list": "7000", "object-manager-port": "7000"}),
            &["worker-port-list workers have 7000 of object-manager-port"][..],
        ),
        (
            json!({"worker-port-list": "20000", "object-manager-port": "10005"}),
            &[],
        ),
        (
            json!({"worker-port-list": "$P", "object-manager-port": "10005"}),
            &[],
        ),
        (
            json!({"worker-port-list": "20000", "min-worker-port": "8000"}),
            &[],
        ),
    ] {
        has(HEAD, params, faults);
    }
}

#[test]
fn the_range_of_workers_has_a_least_and_a_most() {
    let right = "must be right: max-worker-port, by default 19999, must be more than \
                 min-worker-port, by default 10002";
    let range = "must be a port from 1024 to 65535";
    let (min, max) = ("min-worker-port", "max-worker-port");
    each(HEAD, min, &["19999", "20000"], right);
    each(HEAD, max, &["10001", "10002"], right);
    each(HEAD, max, &["10003", "20000", "0", "$P"], "");
    each(HEAD, min, &["1023", "-1", "65536"], range);
    each(HEAD, max, &["1023", "65536"], range);
    each(HEAD, min, &["0"], "workers have 6379 of port, by default");
    each(
        HEAD,
        min,
        &["8000"],
        "workers have 10001 of ray-client-server-port, by default",
    );
    let agent = "workers have 52365 of dashboard-agent-listen-port, by default";
    each(HEAD, max, &["65535", "52365"], agent);
    each(HEAD, max, &["52364"], "");
    for (least, most, fault) in [
        ("20000", "20000", format!("{max} {right}")),
        ("20000", "20001", String::new()),
        ("1024", "2000", String::new()),
        ("0", "0", String::new()),
        ("$A", "5", String::new()),
        ("20000", "$B", String::new()),
        ("1023", "65536", format!("{min} {range}")),
        (
            "8000",
            "8265",
            format!("{min} workers have 8265 of dashboard-port, by default"),
        ),
        (
            "8265",
            "9000",
            format!("{min} workers have 8265 of dashboard-port, by default"),
        ),
        ("8266", "9000", String::new()),
        ("5000", "6378", String::new()),
        (
            "5000",
            "6379",
            format!("{min} workers have 6379 of port, by default"),
        ),
        (
            "10001",
            "10002",
            format!("{min} workers have 10001 of ray-client-server-port, by default"),
        ),
    ] {
        let expected: Vec<_> = [fault]
            .into_iter()
            .filter(|fault| !fault.is_empty())
            .collect();
        let params = json!({min: least, max: most});
        assert_eq!(faults(HEAD, &params), expected, "{params}");
    }
    let own = json!({min: "5000", max: "7000", "port": "6000"});
    has(HEAD, own, &["port workers have 6000 of port"]);
    has(HEAD, json!({min: "5000", max: "7000", "port": "8000"}), &[]);
    has(WORKER, json!({min: "5000", max: "7000"}), &[]);
}

#[test]
fn a_thousand_parameters_are_read() {
    let params = |known: &str| {
        let names = (0..1000).map(|number| (format!("no-such-{number:04}"), "false".into()));
        let mut params: serde_json::Map<String, Value> = names.collect();
        params.insert(known.into(), "x".into());
        Value::Object(params)
    };
    has(HEAD, params("num-cpus"), &[]);
    has(HEAD, params("memory"), &["memory must be a whole number"]);
}

#[test]
fn one_word_has_no_expansion() {
    for (value, expected) in [
        ("4", Some("4")),
        ("'a b'", Some("a b")),
        ("", Some("")),
        ("a b", None),
        ("$A", None),
        ("{a,b}", None),
        ("'a", None),
        ("a;b", None),
    ] {
        assert_eq!(word(value).as_deref(), expected, "{value}");
    }
}

/// What a rule tells of the parameters of the head, which has these limits.
fn told(rule: &str, params: &Value, limits: &Value, group: &Value) -> String {
    let ray = json!({"name": "ray-head", "image": "example.com/train:1",
        "resources": {"limits": limits}});
    let mut head = group.clone();
    head["rayStartParams"] = params.clone();
    head["template"] = json!({"spec": {"containers": [ray]}});
    let cluster = json!({"rayVersion": null, "headGroupSpec": head, "workerGroupSpecs": []});
    Asked::job(rule, "spec.rayClusterSpec").told(cluster)
}

#[test]
fn a_finding_names_the_parameter_and_what_to_write() {
    for (rule, params, expected) in [
        (
            "unknown",
            json!({"num_cpus": "1"}),
            "\"num_cpus\" of the head group is no option of ray start. Write num-cpus",
        ),
        (
            "unknown",
            json!({"cpus": "1", "num-cpus": "1"}),
            "cpus of the head group is no option of ray start. Remove the parameter",
        ),
        (
            "unknown",
            json!({"": "1"}),
            "\"\" of the head group is no option of ray start. Remove the parameter",
        ),
        (
            "value",
            json!({"no-monitor": "1"}),
            "no-monitor of the head group is \"1\", but must be \"true\" or \"false\", without \
             more. Write \"true\", or remove the parameter",
        ),
        (
            "shell",
            json!({"redis-password": "a b"}),
            "redis-password of the head group is \"...\", several words for the shell",
        ),
        (
            "shell",
            json!({"node-name": "it's"}),
            "node-name of the head group is \"it's\", with an open quote or a bracket for the \
             shell",
        ),
        (
            "changed",
            json!({"node-name": "a\nb"}),
            "node-name of the head group is \"a\\nb\", and the shell acts on a line break",
        ),
        (
            "changed",
            json!({"node-name": "a;b"}),
            "node-name of the head group is \"a;b\", and the shell acts on \";\"",
        ),
        (
            "changed",
            json!({"dashboard-host": "true"}),
            "dashboard-host of the head group is \"true\", for which KubeRay writes no value, so \
             ray start takes \"--metrics-export-port=8080\" for it. Write the value that you mean, \
             or remove the parameter",
        ),
        (
            "port",
            json!({"port": "8265"}),
            "port 8265 is port and also dashboard-port of the head group, by default",
        ),
        (
            "port",
            json!({"object-manager-port": "7000", "node-manager-port": "7000"}),
            "port 7000 is node-manager-port and also object-manager-port of the head group",
        ),
        (
            "port",
            json!({"port": "10005"}),
            "port of the head group is \"10005\", a port of the workers, which have 10002 to 19999 \
             by default",
        ),
        (
            "port",
            json!({"worker-port-list": "8265"}),
            "worker-port-list of the head group is \"8265\", and dashboard-port is 8265, by \
             default, a port of the workers, which have 10002 to 19999 by default",
        ),
    ] {
        let rule = format!("trap-start-param-{rule}");
        assert_eq!(
            told(&rule, &params, &json!({}), &json!({})),
            expected,
            "{params}"
        );
    }
}

#[test]
fn what_kuberay_replaces_is_not_told() {
    let tpu = json!({"google.com/tpu": 4});
    let neuron = json!({"aws.amazon.com/neuroncore": 1});
    let none = json!({});
    let bare = "{\"a\": 1}";
    for (resources, limits, is_told) in [
        (bare, &none, true),
        (bare, &tpu, false),
        (bare, &neuron, false),
        (bare, &json!({"google.com/tpus": 4}), true),
        ("\"{\\\"a\\\": 1}\"", &tpu, false),
        ("'{\"a\": 1}", &tpu, false),
        ("x", &tpu, true),
        ("'[1]'", &tpu, true),
    ] {
        let params = json!({"resources": resources});
        let told = told("trap-start-param-value", &params, limits, &none);
        assert_eq!(!told.is_empty(), is_told, "{resources} {limits}");
    }
    let has_cpus = json!({"resources": {"CPU": "1"}});
    for (key, group, is_told) in [
        ("num-cpus", &has_cpus, false),
        ("num-gpus", &has_cpus, false),
        ("memory", &has_cpus, false),
        ("resources", &has_cpus, false),
        ("port", &has_cpus, true),
        ("num-cpus", &none, true),
    ] {
        let told = told("trap-start-param-value", &json!({key: "x"}), &none, group);
        assert_eq!(!told.is_empty(), is_told, "{key}");
    }
    let own = json!({"rayStartParams": {"num-cpus": "x"}, "resources": {"CPU": "1"}});
    let before = Asked {
        release: Some(Release::V1_4),
        ..Asked::job(
            "trap-start-param-value",
            "spec.rayClusterSpec.headGroupSpec",
        )
    };
    assert!(!before.told(own).is_empty());
}

#[test]
fn limits_add_options_that_a_switch_may_take() {
    let all = json!({"cpu": 1, "memory": "1Gi", "nvidia.com/gpu": 1});
    let none = json!({});
    for (key, limits, is_taken) in [
        ("node-name", &all, true),
        ("node-name", &json!({"cpu": 1}), true),
        ("node-name", &json!({"nvidia.com/gpu": 1}), true),
        ("node-name", &json!({"memory": "1Gi"}), false),
        ("node-name", &none, false),
        ("object-spilling-directory", &all, false),
    ] {
        let told = told(
            "trap-start-param-changed",
            &json!({key: "true"}),
            limits,
            &none,
        );
        assert_eq!(!told.is_empty(), is_taken, "{key} {limits}");
    }
}

#[test]
fn the_dashboard_of_the_head_is_reachable() {
    let host = "dashboard-host of the head group is";
    for (params, expected) in [
        (json!({"include-dashboard": "true"}), String::new()),
        (
            json!({"include-dashboard": "No"}),
            "include-dashboard of the head group is \"No\". Remove include-dashboard: Ray then \
             starts the dashboard"
                .into(),
        ),
        (json!({"dashboard-host": "0.0.0.0"}), String::new()),
        (json!({"dashboard-host": "$HOST"}), String::new()),
        (
            json!({"dashboard-host": "'127.0.0.1'"}),
            format!("{host} \"'127.0.0.1'\". Remove dashboard-host: KubeRay then writes 0.0.0.0"),
        ),
        (
            json!({"dashboard-host": "localhost"}),
            format!("{host} \"localhost\". Remove dashboard-host: KubeRay then writes 0.0.0.0"),
        ),
        (
            json!({"dashboard-host": "::1"}),
            format!("{host} \"::1\". Remove dashboard-host: KubeRay then writes 0.0.0.0"),
        ),
    ] {
        let told = told(
            "trap-dashboard-unreachable",
            &params,
            &json!({}),
            &json!({}),
        );
        assert_eq!(told, expected, "{params}");
    }
    for word in ["0", "n", "F", "off", "'false '"] {
        let params = json!({"include-dashboard": word});
        let told = told(
            "trap-dashboard-unreachable",
            &params,
            &json!({}),
            &json!({}),
        );
        assert!(!told.is_empty(), "{word}");
    }
}
