//! The small grammars agree with the libraries that KubeRay uses.
//!
//! Each line of `tests/syntax/NAME.jsonl` has a text, `in`, and what the Go
//! library answered, `out`: `null` where it refused the text, and otherwise the
//! answer described at the function below that compares it. Recorded with Go 1.26 on
//! Debian 12, `robfig/cron` v3.0.1, `k8s.io/apimachinery` v0.35.0, the one that
//! KubeRay 1.6.2 is built with, and `Masterminds/semver` v3.2.1 and v3.4.0, which
//! agree. `shell.jsonl` was recorded with bash 5.2, as the argument of a command,
//! `scripts.jsonl` with `-n -c` of bash 5.2 and dash 0.5.12, and `words.jsonl` as the arguments of
//! `printf` in both.

use proptest::prelude::*;
use rayjob_policy_core::syntax::quantity::Quantity;
use rayjob_policy_core::syntax::ray_version::RayVersion;
use rayjob_policy_core::syntax::{
    cron, go_duration, labels, names, nearest, semver,
    shell::{
        self, script,
        word::Shell::{Bash, Sh},
    },
    time_zone,
};
use serde_json::{Value, json};

fn compare(recorded: &str, answer: fn(&str) -> Value) {
    let differences: Vec<String> = recorded
        .lines()
        .filter_map(|line| {
            let vector: Value = serde_json::from_str(line).unwrap();
            let ours = answer(vector["in"].as_str().unwrap());
            (ours != vector["out"]).then(|| format!("{line}, but we say {ours}"))
        })
        .collect();
    assert!(!recorded.is_empty());
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Whether the version is at least 2.52, 2.53, 2.55, 0.0, 0.1 and 3.0.
fn ray_version(text: &str) -> Value {
    RayVersion::parse(text).map_or(Value::Null, |version| {
        [(2, 52), (2, 53), (2, 55), (0, 0), (0, 1), (3, 0)]
            .map(|(major, minor)| version.at_least(major, minor))
            .into_iter()
            .collect()
    })
}

/// Whether the name is a DNS-1035 label, a DNS-1123 label, a DNS-1123 subdomain.
fn dns_names(text: &str) -> Value {
    let name = text.as_bytes();
    json!([
        names::is_dns1035_label(name),
        names::is_dns1123_label(name),
        names::is_dns1123_subdomain(name)
    ])
}

/// Whether the text is a label key, a label value.
fn label_syntax(text: &str) -> Value {
    json!([
        labels::check_label_key(text).is_ok(),
        labels::check_label_value(text).is_ok()
    ])
}

/// The nanoseconds, as text: JSON numbers lose the last digits of some.
fn duration(text: &str) -> Value {
    go_duration::parse(text).map_or(Value::Null, |nanoseconds| json!(nanoseconds.to_string()))
}

/// How KubeRay 1.6 reads a schedule with its zone prefix: `"panic"`, the
/// seconds of `@every`, or whether the schedule never matches.
fn schedule(text: &str) -> Value {
    let Ok((zone, fields)) = cron::split_zone(text) else {
        return json!("panic");
    };
    match cron::Schedule::parse(fields) {
        Ok(schedule) if zone.is_none_or(time_zone::is_loadable) => match schedule.every_seconds() {
            Some(seconds) => json!({"every": seconds}),
            None => json!({"never": schedule.never_matches()}),
        },
        _ => Value::Null,
    }
}

/// Whether the zone loads.
fn zone(text: &str) -> Value {
    json!(time_zone::is_loadable(text))
}

/// Whether the version is a release since 2.6.0.
fn release(text: &str) -> Value {
    json!(semver::is_release_since(text, 2, 6))
}

/// Whether the shell reads the text as anything but the words as written.
fn active(text: &str) -> Value {
    json!(shell::first_active(text).is_some())
}

/// Whether bash and sh can read the script.
fn scripts(text: &str) -> Value {
    let can_read = |shell| script::read(text, shell).error.is_none();
    json!([can_read(Bash), can_read(Sh)])
}

/// The words of the arguments in bash and in sh.
fn words(text: &str) -> Value {
    let words = |shell| {
        let command = script::read(&format!("printf {text}"), shell).first;
        let words = command.words.into_iter().skip(1);
        words.map(|word| word.text).collect::<Vec<_>>()
    };
    json!([words(Bash), words(Sh)])
}

#[test]
fn scripts_are_read_as_by_bash_and_dash() {
    compare(include_str!("syntax/scripts.jsonl"), scripts);
}

#[test]
fn words_lose_their_quotes_as_in_bash_and_dash() {
    compare(include_str!("syntax/words.jsonl"), words);
}

#[test]
fn releases_are_told_from_other_versions_as_by_semver() {
    compare(include_str!("syntax/semver.jsonl"), release);
}

#[test]
fn what_bash_acts_on_is_found() {
    compare(include_str!("syntax/shell.jsonl"), active);
}

#[test]
fn ray_versions_are_read_as_by_apimachinery() {
    compare(include_str!("syntax/ray_version.jsonl"), ray_version);
}

#[test]
fn dns_names_are_judged_as_by_apimachinery() {
    compare(include_str!("syntax/names.jsonl"), dns_names);
}

#[test]
fn labels_are_judged_as_by_apimachinery() {
    compare(include_str!("syntax/labels.jsonl"), label_syntax);
}

#[test]
fn durations_are_read_as_by_go() {
    compare(include_str!("syntax/go_duration.jsonl"), duration);
}

#[test]
fn schedules_are_read_as_by_robfig_cron() {
    compare(include_str!("syntax/cron.jsonl"), schedule);
}

#[test]
fn time_zones_are_found_as_by_go() {
    compare(include_str!("syntax/time_zone.jsonl"), zone);
}

#[test]
fn a_label_of_63_bytes_is_not_too_long() {
    let fault = |bytes: usize| names::dns1123_label_fault(&("a".repeat(bytes - 1) + "-"));
    assert_eq!(fault(63).as_deref(), Some("begins or ends with '-'"));
    assert_eq!(
        fault(64).as_deref(),
        Some("is 64 bytes long, at most 63 are allowed")
    );
}

#[test]
fn what_is_beyond_64_bits_is_no_integer() {
    for (text, integer) in [
        ("9223372036854775806", Some(i64::MAX - 1)),
        ("-9223372036854775806", Some(1 - i64::MAX)),
        ("1e18", Some(1_000_000_000_000_000_000)),
        ("1e19", None),
        ("-1e30", None),
        ("16Ei", None),
        ("1.5", None),
        ("500m", None),
        ("2.0", Some(2)),
    ] {
        let quantity = Quantity::parse(text).expect("a quantity");
        assert_eq!(quantity.as_integer(), integer, "{text}");
    }
}

/// Any text, and texts made of pieces of the grammars.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-0-9a-z*?/,.@=+_ TZµİ]{0,40}",
        "[\"'$`\\\\#;a( \n]{0,12}",
        "(TZ=[A-Z]{0,3} )?(@every |@)?([-0-9*?/,]{1,4} ?){1,6}",
        "[-+]?([0-9]{0,22}[.]?[0-9]{0,22}([nuµm]?s|m|h)?){0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_text_makes_a_grammar_panic(text in texts()) {
        let grammars = [
            ray_version, dns_names, label_syntax, duration, schedule, zone, release, active,
            scripts, words,
        ];
        for answer in grammars {
            answer(&text);
        }
        shell::first_expansion(&text);
        nearest::nearest(&text, [text.as_str(), "warn", ""]);
    }
}
