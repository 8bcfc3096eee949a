//! `serveConfigV2`: agreement with Ray Serve.

use std::collections::BTreeMap;

use rayjob_policy_core::admit;
use rayjob_policy_core::example::patched;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_testkit::Asked;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The answers of `conformance/oracle/ray_serve.py` with these releases of Ray: why it refuses
/// the config, or null.
fn answers() -> impl Iterator<Item = Map<String, Value>> {
    let answers = include_str!("serve_config/answers.jsonl").lines();
    answers.map(|line| serde_json::from_str(line).expect("an answer"))
}

const OLDEST: &str = "2.9.0";
const NEWEST: &str = "2.60.0";
const RELEASES: [&str; 3] = [OLDEST, "2.53.0", NEWEST];

/// The keys that a release of Ray knows in each part of a config, from the same program.
#[derive(Deserialize)]
struct Known {
    release: String,
    fields: BTreeMap<String, Vec<String>>,
}

fn known() -> Vec<Known> {
    let known = include_str!("serve_config/fields.jsonl").lines();
    known
        .map(|line| serde_json::from_str(line).expect("the keys of a release"))
        .collect()
}

/// Judges a new RayService with this config, which does not tell the release of Ray or names one.
fn verdict(config: &str, ray: Option<&str>) -> Verdict {
    judge(&service(config, ray), None)
}

fn service(config: &str, ray: Option<&str>) -> Value {
    let mut service = patched(
        Kind::RayService,
        r#"{"spec": {"rayClusterConfig": {
        "rayVersion": null, "headGroupSpec": {"template": {"spec": {"containers": [
          {"name": "ray-head", "image": "example.com/chat:1"}]}}}}}}"#,
    )
    .expect("an object");
    service["spec"]["serveConfigV2"] = config.into();
    if let Some(ray) = ray {
        service["spec"]["rayClusterConfig"]["rayVersion"] = ray.into();
    }
    service
}

fn judge(service: &Value, stored: Option<&Value>) -> Verdict {
    let stored = stored.map(Value::to_string);
    let stored = stored.as_deref().map(str::as_bytes);
    admit::judge(service.to_string().as_bytes(), stored, &Settings::default())
}

/// The strictest level of what the rules find in this config.
fn judged(config: &Value, ray: Option<&str>) -> Level {
    let verdict = verdict(&config.to_string(), ray);
    let found = verdict.findings.iter();
    let found = found.filter(|graded| graded.finding.rule.id.starts_with("trap-serve-config-"));
    found.map(|graded| graded.level).max().unwrap_or(Level::Off)
}

/// What the rule about keys that Ray ignores says of a config: detail and advice.
fn ignored(config: &str, ray: Option<&str>) -> Vec<(String, String)> {
    let found = verdict(config, ray).findings.into_iter();
    let found = found.map(|graded| graded.finding);
    let found = found.filter(|finding| finding.rule.id == "trap-serve-config-ignored");
    found
        .map(|finding| (finding.detail, finding.advice.into_owned()))
        .collect()
}

#[test]
fn nothing_that_ray_accepts_is_denied() {
    for answer in answers() {
        let config = &answer["config"];
        for release in RELEASES {
            if answer[release].is_null() {
                assert_ne!(
                    judged(config, Some(release)),
                    Level::Deny,
                    "{release}: {config}"
                );
            }
        }
    }
}

/// What is not judged though Ray refuses it: it is rare, other releases may take it, or the image
/// may have the file.
const NOT_JUDGED: [&str; 8] = [
    "Setting max_replicas_per_node is not allowed",
    "may not contain wildcards",
    "extra fields not permitted",
    "Extra inputs are not permitted",
    "placement_group_bundles.0.CPU",
    "Only .zip or .whl files supported",
    ".txt is not a valid file",
    "Can't find conda YAML file",
];

/// The configs that these releases refuse, and that are not denied with this release of Ray.
fn missed(releases: &[&str], ray: Option<&str>) -> Vec<String> {
    let mut missed = Vec::new();
    for answer in answers() {
        let config = &answer["config"];
        let mut reasons = releases.iter().map(|release| answer[*release].as_str());
        let is_missed = reasons.all(|reason| {
            reason.is_some_and(|reason| !NOT_JUDGED.iter().any(|part| reason.contains(part)))
        });
        if is_missed && judged(config, ray) != Level::Deny {
            missed.push(format!("{config}: {}", answer[NEWEST]));
        }
    }
    missed
}

#[test]
fn what_all_releases_refuse_is_denied() {
    assert_eq!(missed(&RELEASES, None), [""; 0]);
}

#[test]
fn what_a_known_release_refuses_is_denied() {
    for release in RELEASES {
        assert_eq!(missed(&[release], Some(release)), [""; 0], "{release}");
    }
}

#[test]
fn the_answers_are_of_both_sorts() {
    let answers: Vec<_> = answers().collect();
    let accepted = answers.iter().filter(|answer| answer[NEWEST].is_null());
    assert_eq!((answers.len(), accepted.count()), (232, 72));
}

/// A config with this key in a part of it.
fn with_key(part: &str, key: &str) -> Value {
    let mut config = json!({"applications": [{"import_path": "a:b", "deployments": [
        {"name": "A", "ray_actor_options": {}}]}], "http_options": {}, "grpc_options": {}});
    let part = match part {
        "top" => &mut config,
        "application" => &mut config["applications"][0],
        "deployment" => &mut config["applications"][0]["deployments"][0],
        "ray_actor_options" => {
            &mut config["applications"][0]["deployments"][0]["ray_actor_options"]
        }
        part => &mut config[part],
    };
    let part = part.as_object_mut().expect("a mapping");
    part.entry(key).or_insert_with(|| "x".into());
    config
}

#[test]
fn a_key_is_ignored_if_the_release_does_not_know_it() {
    let known = known();
    assert!(known.iter().map(|known| &known.release).eq(&RELEASES));
    for Known { release, fields } in &known {
        for (part, of_release) in fields {
            // Ray refuses other keys there.
            if part == "logging_config" {
                continue;
            }
            let all = known.iter().flat_map(|known| &known.fields[part]);
            let unknown = String::from("quite_another_key");
            for key in all.chain([&unknown]) {
                let config = with_key(part, key).to_string();
                let is_ignored = !ignored(&config, Some(release)).is_empty();
                let is_known = of_release.contains(key);
                assert_eq!(is_ignored, !is_known, "{release}: {key} of {part}");
            }
        }
    }
}

#[test]
fn a_newer_or_unknown_release_of_ray_may_know_a_key() {
    let newer = with_key("deployment", "max_surge_percent").to_string();
    let unknown = with_key("deployment", "quite_another_key").to_string();
    for (config, ray, count) in [
        (&newer, None, 0),
        (&newer, Some("2.59.1"), 1),
        (&newer, Some("2.60.0"), 0),
        (&unknown, None, 1),
        (&unknown, Some("2.60.0"), 1),
        (&unknown, Some("2.61.0"), 0),
        (&unknown, Some("3.0.0"), 0),
    ] {
        assert_eq!(ignored(config, ray).len(), count, "{ray:?}: {config}");
    }
}

#[test]
fn the_advice_on_a_key_makes_no_other_fault() {
    for (part, key, ray, advice) in [
        ("deployment", "num_replica", None, "Write num_replicas"),
        (
            "deployment",
            "max_concurrent_queries",
            Some(NEWEST),
            "Write max_ongoing_requests",
        ),
        (
            "top",
            "tracing_config",
            Some("2.53.0"),
            "Remove the key, or use a newer release of Ray",
        ),
        // There is a name.
        ("deployment", "nam", None, "Remove the key"),
    ] {
        let config = with_key(part, key).to_string();
        let found = ignored(&config, ray);
        let found: Vec<_> = found.iter().map(|(_, advice)| &**advice).collect();
        assert_eq!(found, [advice], "{key}");
    }
}

#[test]
fn keys_that_only_yaml_needs_are_not_told() {
    for config in [
        "common: &env {A: b}\napplications:\n- import_path: a:b\n  runtime_env: {env_vars: *env}\n",
        "x-common: {A: b}\napplications:\n- import_path: a:b\n",
        "all:\n  env: &env {A: b}\napplications:\n- import_path: a:b\n  runtime_env:\n    \
         env_vars: {<<: *env}\n",
    ] {
        assert_eq!(ignored(config, None), [], "{config}");
    }
}

#[test]
fn another_application_in_front_denies_nothing_that_is_stored() {
    let (front, twice) = (
        r#"{"name": "z", "import_path": "z:z", "route_prefix": "/z"}"#,
        r#"{"import_path": "b:b"}"#,
    );
    let wrong = r#"{"name": "a", "import_path": "a:a", "runtime_env": {"env_vars": {"A": 1}}}"#;
    let stored = format!("applications: [{wrong}, {twice}, {twice}]");
    let edited = format!("applications: [{front}, {wrong}, {twice}, {twice}]");
    let verdict = judge(&service(&edited, None), Some(&service(&stored, None)));
    assert!(verdict.allowed, "{verdict:?}");
    let details = verdict
        .findings
        .iter()
        .map(|graded| &*graded.finding.detail);
    let details: Vec<_> = details
        .filter(|detail| detail.contains("application"))
        .collect();
    let expected = r#"applications["a"].runtime_env: env_vars has "A" as the number 1"#;
    assert!(details.contains(&expected), "{details:?}");
}

/// What a rule tells of a Serve config with this release of Ray.
fn told(rule: &str, config: &str, ray: Option<&str>) -> String {
    let asked = Asked {
        kind: Kind::RayService,
        ..Asked::job(rule, "spec")
    };
    let containers = json!([{"name": "ray-head", "image": "example.com/llm:1"}]);
    asked.told(
        json!({"serveConfigV2": config, "rayClusterConfig": {"rayVersion": ray,
        "workerGroupSpecs": [],
        "headGroupSpec": {"template": {"spec": {"containers": containers}}}}}),
    )
}

/// Each line of `messages.jsonl` has a config, and what is told of it with releases of Ray that
/// read it with pydantic 1 and 2.
#[test]
fn a_finding_tells_the_key_the_value_and_what_to_write() {
    for row in include_str!("serve_config/messages.jsonl").lines() {
        let row: Value = serde_json::from_str(row).expect("JSON");
        let field = |name: &str| row[name].as_str().expect("a text");
        for ray in ["2.52.0", "2.55.0"] {
            let told = told("trap-serve-config-refused", field("config"), Some(ray));
            assert_eq!(told, field("told"), "{ray} {row}");
        }
    }
}

const APPLICATION: &str = "applications:\n- import_path: a:app\n";

#[test]
fn a_number_of_the_config_has_a_least_and_a_most() {
    let count = "Write a whole number of at least 1";
    let replicas = "Write a whole number of at least 1, or auto";
    let queue = "Write a whole number of at least 1, or -1 for no limit";
    let positive = "Write a number above 0 without a unit";
    for (field, value, shown, advice) in [
        ("max_ongoing_requests", "0", "the number 0", count),
        ("max_ongoing_requests", "1", "", ""),
        ("max_ongoing_requests", "'2'", "", ""),
        ("max_replicas_per_node", "0", "", ""),
        ("num_replicas", "0", "the number 0", replicas),
        ("num_replicas", "'0'", "\"0\"", replicas),
        ("num_replicas", "1", "", ""),
        ("num_replicas", "auto", "", ""),
        ("num_replicas", "automatic", "\"automatic\"", replicas),
        ("max_queued_requests", "-1", "", ""),
        ("max_queued_requests", "0", "the number 0", queue),
        ("max_queued_requests", "1", "", ""),
        ("max_queued_requests", "-2", "the number -2", queue),
        ("health_check_period_s", "0", "the number 0", positive),
        ("health_check_period_s", "0.5", "", ""),
        ("health_check_period_s", "100.5", "", ""),
        ("health_check_period_s", "1s", "\"1s\"", positive),
        ("graceful_shutdown_timeout_s", "0", "", ""),
        ("graceful_shutdown_timeout_s", "101", "", ""),
    ] {
        let config = format!("{APPLICATION}  deployments:\n  - name: x\n    {field}: {value}\n");
        let expected = match shown {
            "" => String::new(),
            shown => format!("applications[0].deployments[\"x\"].{field} is {shown}. {advice}"),
        };
        assert_eq!(
            told("trap-serve-config-refused", &config, None),
            expected,
            "{config}"
        );
    }
    for (value, is_told) in [
        ("0", false),
        ("100", false),
        ("100.0", false),
        ("99.9", false),
        ("101", true),
        ("100.5", true),
        ("-1", true),
        ("-0.5", true),
    ] {
        let config = format!("target_capacity: {value}\n{APPLICATION}");
        let expected = match is_told {
            true => format!("target_capacity is the number {value}. Write a number from 0 to 100"),
            false => String::new(),
        };
        assert_eq!(told("trap-serve-config-refused", &config, None), expected);
    }
}

#[test]
fn a_fixed_number_of_replicas_excludes_autoscaling() {
    for (fields, is_both) in [
        (
            "num_replicas: 1\n    autoscaling_config: {max_replicas: 4}",
            true,
        ),
        (
            "num_replicas: '2'\n    autoscaling_config: {max_replicas: 4}",
            true,
        ),
        (
            "num_replicas: 0\n    autoscaling_config: {max_replicas: 4}",
            false,
        ),
        (
            "num_replicas: auto\n    autoscaling_config: {max_replicas: 4}",
            false,
        ),
        (
            "num_replicas: null\n    autoscaling_config: {max_replicas: 4}",
            false,
        ),
        ("num_replicas: 2\n    autoscaling_config: null", false),
    ] {
        let config = format!("{APPLICATION}  deployments:\n  - name: x\n    {fields}\n");
        let told = told("trap-serve-config-refused", &config, None);
        assert_eq!(told.contains("are both set"), is_both, "{fields}: {told}");
    }
}

#[test]
fn an_unknown_key_may_be_for_yaml_or_for_a_newer_ray() {
    let unknown = |key: &str| format!("Ray Serve does not know the key {key}");
    let deployment = "  deployments:\n  - name: x\n    max_concurrent_queries: 3\n";
    let old = unknown("applications[0].deployments[\"x\"].max_concurrent_queries");
    for (config, ray, expected) in [
        (
            format!("{APPLICATION}  foo: 1"),
            "2.60.0",
            unknown("applications[0].foo"),
        ),
        (format!("{APPLICATION}  foo: 1"), "2.61.0", String::new()),
        (format!("{APPLICATION}  foo: null"), "2.52.0", String::new()),
        (format!("{APPLICATION}  x-foo: 1"), "2.52.0", String::new()),
        (format!("{APPLICATION}  foo: &a 1"), "2.52.0", String::new()),
        (
            format!("{APPLICATION}  deployment: []"),
            "2.52.0",
            format!(
                "{}. Write deployments",
                unknown("applications[0].deployment")
            ),
        ),
        (
            format!("{APPLICATION}  deployment: []\n  deployments: []"),
            "2.52.0",
            unknown("applications[0].deployment"),
        ),
        (
            format!("{APPLICATION}{deployment}"),
            "2.56.0",
            format!("{old}. Write max_ongoing_requests"),
        ),
        (
            format!("{APPLICATION}{deployment}"),
            "2.52.0",
            String::new(),
        ),
        (
            format!("{APPLICATION}{deployment}    max_ongoing_requests: 2"),
            "2.56.0",
            old,
        ),
        (
            format!("controller_options: {{}}\n{APPLICATION}"),
            "2.52.0",
            format!(
                "{}. Remove the key, or use a newer release of Ray",
                unknown("controller_options")
            ),
        ),
        (
            format!("logging_config: {{foo: 1}}\n{APPLICATION}"),
            "2.52.0",
            String::new(),
        ),
        ("foo: 1".into(), "2.52.0", String::new()),
    ] {
        let told = told("trap-serve-config-ignored", &config, Some(ray));
        assert_eq!(told, expected, "{ray} {config}");
    }
}

#[test]
fn a_config_without_applications_deploys_nothing() {
    for (config, expected) in [
        ("", "serveConfigV2 is empty"),
        ("{}", "serveConfigV2 is empty"),
        ("# later", "serveConfigV2 is empty"),
        ("a: 1", "serveConfigV2 has no applications"),
        ("applications: []", ""),
    ] {
        assert_eq!(
            told("trap-serve-config-empty", config, None),
            expected,
            "{config}"
        );
    }
}

#[test]
fn serve_listens_where_requests_arrive() {
    let ports = |port: i64| {
        format!(
            "Ray Serve listens on port {port}, and the port named serve of the Ray container is \
             8000. Make port of http_options and the port named serve the same"
        )
    };
    let host = |host: &str| {
        format!(
            "http_options.host is \"{host}\". Remove host: Ray Serve then listens on all addresses"
        )
    };
    for (config, expected) in [
        (
            "proxy_location: Disabled\n",
            "proxy_location is Disabled. Remove proxy_location, or write EveryNode".into(),
        ),
        ("proxy_location: HeadOnly\n", String::new()),
        ("http_options: {host: localhost}\n", host("localhost")),
        ("http_options: {host: 127.1.2.3}\n", host("127.1.2.3")),
        ("http_options: {host: '::1'}\n", host("::1")),
        ("http_options: {host: 0.0.0.0}\n", String::new()),
        ("http_options: {port: 9000}\n", ports(9000)),
        ("http_options: {port: 8000}\n", String::new()),
        ("http_options: {port: x}\n", String::new()),
    ] {
        let config = format!("{config}{APPLICATION}");
        assert_eq!(
            told("trap-serve-address", &config, None),
            expected,
            "{config}"
        );
    }
}
