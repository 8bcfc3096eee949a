//! `runtimeEnvYAML` as a whole: agreement with KubeRay and with Ray, and limits on time and stack.
//!
//! `SHOW=1` lists the recorded rows on which the rules and Ray differ.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use proptest::prelude::*;
use rayjob_policy_core::admit;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::syntax::runtime_env::{RuntimeEnv, SyntaxError, SyntaxErrorKind};
use rayjob_policy_core::syntax::shell::LONGEST_ARGUMENT;

fn check(text: &str) -> Result<(), SyntaxError> {
    RuntimeEnv::read(text).map(drop)
}
use rayjob_policy_testkit::{Asked, Injury, mutilate, project};
use serde::Deserialize;
use serde_json::{Value, json};

/// Texts, and whether KubeRay accepts them.
fn recorded() -> Vec<(String, bool)> {
    let packed: &[u8] = include_bytes!("runtime_env/texts.jsonl.gz");
    BufReader::new(GzDecoder::new(packed))
        .lines()
        .map(|line| line.expect("gzip of UTF-8"))
        .map(|line| serde_json::from_str(&line).expect("a text and whether it is accepted"))
        .collect()
}

/// The texts were generated (runtime environments, other block and flow documents, loose tokens,
/// scalars under tags, repeated keys, texts longer than a read buffer; the literals of go-yaml's
/// own tests; most of them then mutilated) and passed to `yaml.Unmarshal` of `sigs.k8s.io/yaml`
/// with a `map[string]interface{}`, in v1.4.0 (KubeRay 1.3.2) and v1.6.0 (KubeRay 1.6.2), which
/// agree on all. Of 710,000, half of these were drawn from the accepted ones and half evenly from
/// the messages of the others, without texts for which the order of a Go map decides. The project
/// allows 1 % to differ; none does.
#[test]
fn recorded_texts_are_judged_as_kuberay_does() {
    let recorded = recorded();
    assert!(recorded.len() > 4000, "only {} texts", recorded.len());

    let differences: Vec<String> = recorded
        .iter()
        .filter(|(text, accepted)| check(text).is_ok() != *accepted)
        .map(|(text, _)| format!("{text:?}: {:?}", check(text)))
        .collect();
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// A text, and what Ray did with it: one outcome, or one for each release.
#[derive(Deserialize)]
struct Row {
    id: String,
    text: String,
    k8s: Option<Value>,
    http: Option<Value>,
    #[serde(rename = "classK8s")]
    class_k8s: Option<String>,
    #[serde(rename = "classHttp")]
    class_http: Option<String>,
}

fn rows() -> impl Iterator<Item = Row> {
    let file = File::open(project("conformance/recorded/runtime-env.jsonl.gz"));
    let lines = BufReader::new(GzDecoder::new(file.expect("the recorded texts"))).lines();
    lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("a row"))
}

/// The strictest level of what the rules about Ray find.
fn judged(text: &str, mode: &str, ray: Option<&str>) -> Level {
    let template = json!({"spec": {"containers": [
        {"name": "ray", "image": "example.com/train:1"}]}});
    let mut object = json!({"apiVersion": "ray.io/v1", "kind": "RayJob",
        "metadata": {"name": "train"},
        "spec": {"entrypoint": "python train.py", "submissionMode": mode,
            "runtimeEnvYAML": text,
            "rayClusterSpec": {"headGroupSpec": {"rayStartParams": {}, "template": template}}}});
    if let Some(version) = ray {
        object["spec"]["rayClusterSpec"]["rayVersion"] = version.into();
    }
    let verdict = admit::judge(object.to_string().as_bytes(), None, &Settings::default());
    let found = verdict.findings.iter();
    let found = found.filter(|graded| graded.finding.rule.id.starts_with("trap-runtime-env-"));
    found.map(|graded| graded.level).max().unwrap_or(Level::Off)
}

impl Row {
    fn show(&self, what: &str, outcome: Option<&Value>) {
        if std::env::var_os("SHOW").is_some() {
            println!("{} {what} {:?} {outcome:?}", self.id, self.text);
        }
    }
}

/// Judges all rows in a mode without a release of Ray: how many of each class are judged
/// how.
fn counts(mode: &str) -> BTreeMap<(String, Level), usize> {
    let mut counts = BTreeMap::new();
    for row in rows() {
        let (class, outcome) = match mode {
            "HTTPMode" => (&row.class_http, &row.http),
            _ => (&row.class_k8s, &row.k8s),
        };
        let Some(class) = class else { continue };
        let level = judged(&row.text, mode, None);
        *counts.entry((class.clone(), level)).or_insert(0) += 1;
        let is_expected = match &**class {
            "deny" => level == Level::Deny,
            "silent" => level == Level::Off,
            "warn" => level == Level::Warn,
            _ => level < Level::Deny,
        };
        if !is_expected {
            row.show(
                &format!("{mode} {class} {}", level.as_str()),
                outcome.as_ref(),
            );
        }
    }
    counts
}

/// The expected counts of a mode.
fn expected(counts: &[(&str, Level, usize)]) -> BTreeMap<(String, Level), usize> {
    let counts = counts.iter();
    counts
        .map(|&(class, level, count)| ((class.to_owned(), level), count))
        .collect()
}

#[test]
fn what_every_ray_refuses_is_denied_in_http_mode() {
    let expected = expected(&[
        // `pip: /abs/requirements.txt`, which the image of the head may have.
        ("deny", Level::Warn, 1),
        ("deny", Level::Deny, 1787),
        ("depends", Level::Off, 320),
        ("depends", Level::Warn, 81),
        ("silent", Level::Off, 1285),
        ("warn", Level::Warn, 272),
    ]);
    assert_eq!(counts("HTTPMode"), expected);
}

#[test]
fn what_every_ray_refuses_is_denied_in_k8s_job_mode_but_for_paths() {
    let expected = expected(&[
        // Paths that the recorded submitter lacked, and another may have.
        ("deny", Level::Off, 55),
        // Paths whose names tell that Ray does not take them, and texts with `$`.
        ("deny", Level::Warn, 104),
        ("deny", Level::Deny, 1623),
        ("depends", Level::Off, 302),
        ("depends", Level::Warn, 13),
        ("silent", Level::Off, 1365),
        ("warn", Level::Warn, 277),
    ]);
    assert_eq!(counts("K8sJobMode"), expected);
}

/// Ray 2.53 was given 130,500 bytes, which ran, and 131,500: with HTTPMode's request the job stays
/// PENDING, and in K8sJobMode no shell begins.
#[test]
fn what_fits_into_no_argument_of_a_program_is_denied() {
    let json = |more: usize| {
        let empty = r#"{"env_vars":{"A":""}}"#.len();
        let value = "a".repeat(LONGEST_ARGUMENT - empty);
        format!("env_vars: {{A: {value}{}}}", "a".repeat(more))
    };
    for mode in ["K8sJobMode", "SidecarMode", "HTTPMode"] {
        assert_eq!(judged(&json(0), mode, None), Level::Off, "{mode}");
        assert_eq!(judged(&json(1), mode, None), Level::Deny, "{mode}");
    }
    // kubectl ray reads it.
    assert_eq!(judged(&json(1), "InteractiveMode", None), Level::Off);
    let comment = format!("# {}\nenv_vars: {{A: b}}", "a".repeat(LONGEST_ARGUMENT));
    assert_eq!(judged(&comment, "K8sJobMode", None), Level::Off);
    let repeated = format!("env_vars: {{{}}}", "A: b, ".repeat(LONGEST_ARGUMENT));
    assert_eq!(judged(&repeated, "K8sJobMode", None), Level::Off);
    let list = format!("pip: [{}]", "ab, ".repeat(LONGEST_ARGUMENT / 4));
    assert_eq!(judged(&list, "K8sJobMode", None), Level::Deny);
}

#[test]
fn a_known_release_of_ray_decides() {
    for mode in ["HTTPMode", "K8sJobMode"] {
        let mut counts = BTreeMap::new();
        for row in rows() {
            let outcomes = if mode == "HTTPMode" {
                &row.http
            } else {
                &row.k8s
            };
            let Some(Value::Object(outcomes)) = outcomes else {
                continue;
            };
            for (version, outcome) in outcomes {
                let level = judged(&row.text, mode, Some(version));
                let is_ok = outcome == "ok";
                *counts.entry((is_ok, level)).or_insert(0) += 1;
                if is_ok == (level == Level::Deny) {
                    row.show(
                        &format!("{mode} {version} {}", level.as_str()),
                        Some(outcome),
                    );
                }
            }
        }
        // The others depend on files.
        let denied = if mode == "HTTPMode" { 2295 } else { 1926 };
        assert_eq!(counts.get(&(true, Level::Deny)), None, "{mode}");
        assert_eq!(counts.get(&(false, Level::Deny)), Some(&denied), "{mode}");
    }
}

fn kind(text: &str) -> Option<SyntaxErrorKind> {
    check(text).err().map(|error| error.kind)
}

/// Lists that each repeat the previous one this many times.
fn bomb(width: usize, depth: usize) -> String {
    let mut text = format!("l0: &l0 [{}]\n", "x, ".repeat(width));
    for level in 1..depth {
        let repeated = format!("*l{}, ", level - 1).repeat(width);
        text += &format!("l{level}: &l{level} [{repeated}]\n");
    }
    text
}

#[test]
fn alias_bombs_are_refused_from_the_size_that_go_yaml_refuses() {
    for (width, depth) in [(2, 9), (10, 3), (101, 2)] {
        assert_eq!(check(&bomb(width, depth)), Ok(()), "{width} {depth}");
    }
    for (width, depth) in [(2, 10), (10, 4), (1000, 2), (2, 60), (1000, 4)] {
        let found = kind(&bomb(width, depth));
        assert_eq!(found, Some(SyntaxErrorKind::ManyAliases), "{width} {depth}");
    }
}

#[test]
fn a_large_document_may_repeat_less_of_itself() {
    let text = |times| {
        let long = "1,".repeat(200_000);
        let repeated = "*a,".repeat(times);
        format!(
            "a: &a [{}]\nb: [{long}]\nc: [{repeated}]",
            "x,".repeat(1000)
        )
    };
    assert_eq!(check(&text(898)), Ok(()));
    assert_eq!(kind(&text(899)), Some(SyntaxErrorKind::ManyAliases));
}

#[test]
fn aliases_of_merges_that_cost_nothing_end() {
    let merges = "<<: [], ".repeat(20_000);
    let text = format!("a: &a {{{merges}}}\nb: [{}]", "*a, ".repeat(20_000));
    assert_eq!(kind(&text), Some(SyntaxErrorKind::ManyAliases));
}

#[test]
fn ten_thousand_levels_are_accepted_and_one_more_is_not() {
    let flow = |depth| "[".repeat(depth) + &"]".repeat(depth);
    let block = |depth| "- ".repeat(depth) + "x";
    for depth in [9_999, 10_000, 10_001] {
        let expected = (depth > 9_999).then_some(SyntaxErrorKind::Depth);
        assert_eq!(kind(&format!("a: {}", flow(depth))), expected, "{depth}");
        assert_eq!(kind(&format!("a:\n {}", block(depth))), expected, "{depth}");
    }
    // Each kind is within its own limit here, but JSON exceeds its limit.
    let mixed = format!("a:\n {}{}", "- ".repeat(6_000), flow(6_000));
    assert_eq!(kind(&mixed), Some(SyntaxErrorKind::Depth));
    assert_eq!(check(&(mixed + "\na: 1")), Ok(()));
}

#[test]
fn long_texts_of_one_part_end() {
    let parts = "[ { - ? a: a, : []: {}: &a *a !a ' \" | --- a <<: 1_ \\ %TAG \u{feff}".split(' ');
    let parts = parts.flat_map(|part| ["", " ", "\n"].map(|end| part.to_owned() + end));
    for part in parts {
        let text = part.repeat(20_000 / part.len());
        for text in [format!("a: {text}"), format!("[{text}"), text] {
            let _ = check(&text);
        }
    }
}

/// Texts of pieces of YAML syntax, with other characters in between.
fn soup() -> impl Strategy<Value = String> {
    const PARTS: &str = "- ? : , [ ] { } # & * ! | > ' \" % @ ~ . < = a 0 _ -- ?: []: {}: &a *a !a \
        !!int !!binary << --- ... %TAG \\x4 \\u26 0x .nan 2001-1-1 1e5 |2- >+ \u{feff} é 😀";
    let parts: Vec<&str> = PARTS
        .split(' ')
        .chain([" ", "\n", "\t", "\r\n", "\u{2028}", "\0"])
        .collect();
    let gaps = prop::sample::select(vec!["", "", " ", " ", "\n", "\n ", "\n  "]);
    let part = prop_oneof![
        12 => prop::sample::select(parts).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    let part = (part, gaps).prop_map(|(part, gap)| part + gap);
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

/// Recorded texts that were mutilated; some of them are very long.
fn mutilated() -> impl Strategy<Value = String> {
    let texts: Vec<_> = recorded().into_iter().map(|(text, _)| text).collect();
    let injuries = prop::collection::vec(any::<Injury>(), 1..12);
    (prop::sample::select(texts), injuries).prop_map(|(text, injuries)| {
        String::from_utf8_lossy(&mutilate(text.into_bytes(), &injuries)).into_owned()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_judged_in_one_short_line(text in prop_oneof![soup(), mutilated()]) {
        if let Err(error) = check(&text) {
            let message = error.kind.to_string();
            prop_assert!(message.len() < 100 && !message.contains('\n'));
        }
    }
}

/// The keys of `env_vars`, and what their values are.
fn variables(text: &str) -> String {
    let env = RuntimeEnv::read(text).expect("YAML").expect("a mapping");
    let variables = env.top().get("env_vars").expect("env_vars");
    let entries = variables.entries().into_iter();
    let entries = entries.map(|(key, value)| format!("{key}: {:?}", value.is()));
    entries.collect::<Vec<_>>().join(", ")
}

#[test]
fn keys_and_values_are_those_of_the_json_that_kuberay_makes() {
    for (text, expected) in [
        (
            "env_vars: {yes: a, Off: b}",
            "true: Text(\"a\"), false: Text(\"b\")",
        ),
        (
            "env_vars: {010: a, 0x10: b, 1.5: c}",
            "8: Text(\"a\"), 16: Text(\"b\"), 1.5: Text(\"c\")",
        ),
        ("env_vars: {A: 1, A: 2}", "A: Whole(2)"),
        (
            "base: &b {A: 1, B: 2}\nenv_vars: {<<: *b, B: 3}",
            "A: Whole(1), B: Whole(3)",
        ),
        (
            "a: &a {A: 1}\nb: &b {A: 2, B: 2}\nenv_vars: {<<: [*a, *b]}",
            "B: Whole(2), A: Whole(1)",
        ),
        // As sigs.k8s.io/yaml v1.6.0 reads them.
        (
            "env_vars: {<<: {<<: {<<: {A: 1}}}, <<: {B: 2}}",
            "A: Whole(1), B: Whole(2)",
        ),
        (
            "a: &a {K: 1, <<: {K: 2}}\nenv_vars: {<<: *a}",
            "K: Whole(2)",
        ),
        (
            "a: &a {K: 1, <<: {K: 2}}\nb: &b {<<: [*a, {K: 3, L: 3}]}\nenv_vars: {K: 0, <<: *b}",
            "L: Whole(3), K: Whole(2)",
        ),
        (
            "m: &m {K: 1}\na: &a {<<: *m, K: 2}\nenv_vars: {<<: [*a, *m]}",
            "K: Whole(2)",
        ),
        (
            "m: &m {K: 1}\na: &a {K: 2, <<: *m}\nenv_vars: {<<: [*m, *a]}",
            "K: Whole(1)",
        ),
        (
            "m: &m {K: 1}\na: &a {K: 2}\nb: &b {<<: *m, <<: *a}\nenv_vars: {<<: *b}",
            "K: Whole(2)",
        ),
        ("env_vars: {\"<<\": a}", "<<: Text(\"a\")"),
        ("a: &a {B: [1]}\nenv_vars: {A: *a}", "A: Mapping"),
        ("a: &a [1]\nenv_vars: {A: *a, B: [*a]}", "A: List, B: List"),
        ("a: &a 1\nenv_vars: {A: *a}", "A: Whole(1)"),
    ] {
        assert_eq!(variables(text), expected, "{text}");
    }
}

#[test]
fn a_plain_value_is_written_without_quotes_tag_or_anchor() {
    for (text, is_plain) in [
        ("a: 1", true),
        ("a: yes", true),
        ("a: b c", true),
        ("a: \"1\"", false),
        ("a: '1'", false),
        ("a: !!int 1", false),
        ("a: !!int \"1\"", false),
        ("a: &x 1", false),
        ("a:", false),
        ("a: ''", false),
        ("a: []", false),
    ] {
        let env = RuntimeEnv::read(text).expect("YAML").expect("a mapping");
        let value = env.top().get("a").expect("a value");
        assert_eq!(value.is_plain(), is_plain, "{text}");
    }
}

/// What an alias stands for may be huge, and is counted once.
#[test]
fn an_alias_counts_as_one_byte_of_json() {
    let told = |twice: &str| {
        let long = "y".repeat(LONGEST_ARGUMENT);
        Asked::job("trap-runtime-env-refused", "spec.runtimeEnvYAML")
            .told(format!("a: &x [1, 2]\nb: {twice}\nc: {long}").into())
    };
    let least = |bytes: usize| {
        format!(
            "the JSON of runtimeEnvYAML has at least {bytes} bytes, and Linux passes at most \
             131071 to a program in one argument or variable. Put long values into files in the \
             image or in a volume"
        )
    };
    assert_eq!(told("*x"), least(131_095));
    assert_eq!(told("[1, 2]"), least(131_099));
}

#[test]
fn three_variables_are_shown_and_quotes_around_all_are_offered() {
    let asked = Asked::job("trap-runtime-env-variables", "spec.runtimeEnvYAML");
    for (variables, told, fix) in [
        ("{A: 1}", "\"A\" as the number 1", Some("{A: \"1\"}")),
        (
            "{A: yes, B: \"1\", C: 2.5}",
            "\"A\" as the boolean yes, \"C\" as the number 2.5",
            Some("{A: \"yes\", B: \"1\", C: \"2.5\"}"),
        ),
        (
            "{A: 1, B: 2, C: 3}",
            "\"A\" as the number 1, \"B\" as the number 2, \"C\" as the number 3",
            Some("{A: \"1\", B: \"2\", C: \"3\"}"),
        ),
        (
            "{A: 1, B: 2, C: 3, D: 4, E: 5}",
            "\"A\" as the number 1, \"B\" as the number 2, \"C\" as the number 3 and 2 more",
            Some("{A: \"1\", B: \"2\", C: \"3\", D: \"4\", E: \"5\"}"),
        ),
        ("{A: }", "\"A\" as null", None),
        ("{A: [1]}", "\"A\" as a list", None),
        (
            "{A: 1, B: {c: d}}",
            "\"A\" as the number 1, \"B\" as a mapping",
            None,
        ),
        ("{A: !!int 1}", "\"A\" as the number 1", None),
        (
            "{A: &x 1, B: *x}",
            "\"A\" as the number 1, \"B\" as the number 1",
            None,
        ),
    ] {
        let text = Value::from(format!("env_vars: {variables}"));
        assert_eq!(asked.told(text.clone()), format!("env_vars has {told}"));
        let fix = fix.map(|fixed| {
            json!([{"op": "add", "path": "/spec/runtimeEnvYAML",
                "value": format!("env_vars: {fixed}")}])
            .to_string()
        });
        assert_eq!(asked.fixes(text), Vec::from_iter(fix), "{variables}");
    }
}

#[test]
fn an_unknown_key_means_one_of_the_release() {
    let asked = Asked::job("trap-runtime-env-ignored", "spec.runtimeEnvYAML");
    let unknown = |key: &str| format!("runtime environments have no key \"{key}\"");
    for (key, meant) in [
        ("envVars", "env_vars"),
        ("env", "env_vars"),
        ("environment", "env_vars"),
        ("environment-variables", "env_vars"),
        ("ENVIRONMENT-VARIABLES", "env_vars"),
        ("ENV_VARS", "env_vars"),
        ("PIP", "pip"),
        ("workdir", "working_dir"),
        ("workingDirectory", "working_dir"),
        ("exclude", "excludes"),
        ("Pip", "pip"),
        ("image-uri", "image_uri"),
        ("condas", "conda"),
    ] {
        let text = Value::from(format!("{key}: a"));
        let told = format!("{}. Write {meant}", unknown(key));
        assert_eq!(asked.told(text.clone()), told);
        assert!(
            asked.fixes(text)[0].contains(&format!("\"{meant}: a\"")),
            "{key}"
        );
    }
    for (text, told) in [
        (
            "mine: 1".into(),
            format!("{}. Remove the key", unknown("mine")),
        ),
        (
            "env: {}\nenv_vars: {}".into(),
            format!("{}. Remove the key", unknown("env")),
        ),
        (
            "docker: {a: b}".into(),
            "runtime environments of this release of Ray have no key \"docker\". Remove the key, \
             or use a release of Ray that has it"
                .into(),
        ),
        ("mine: null".into(), String::new()),
        ("_validate: 1".into(), String::new()),
        (
            "a: 1\nb: 2".into(),
            format!(
                "{}. Remove the key\n{}. Remove the key",
                unknown("a"),
                unknown("b")
            ),
        ),
    ] {
        asked.tells([(text, &*told)]);
    }
}

/// What a rule tells of a runtime environment with this release of Ray.
fn told_with(rule: &str, env: &str, mode: &str, ray: Option<&str>) -> String {
    let containers = json!([{"name": "ray-head", "image": "example.com/train:1"}]);
    Asked::job(rule, "spec").told(json!({"runtimeEnvYAML": env, "submissionMode": mode,
        "rayClusterSpec": {"rayVersion": ray, "workerGroupSpecs": [],
            "headGroupSpec": {"template": {"spec": {"containers": containers}}}}}))
}

/// Each line of `messages.jsonl` has a runtime environment, and what a rule tells of it with Ray
/// 2.52 in two modes.
#[test]
fn a_finding_tells_the_value_and_what_to_write() {
    for row in include_str!("runtime_env/messages.jsonl").lines() {
        let row: Value = serde_json::from_str(row).expect("JSON");
        let field = |name: &str| row[name].as_str().expect("a text");
        let rule = format!("trap-runtime-env-{}", field("rule"));
        for mode in ["K8sJobMode", "HTTPMode"] {
            let told = told_with(&rule, field("env"), mode, Some("2.52.0"));
            assert_eq!(told, field(mode), "{mode} {row}");
        }
    }
}

#[test]
fn a_scheme_begins_with_a_letter_and_has_no_blank() {
    for (path, is_uri) in [
        ("git://a", true),
        ("C:/a", true),
        ("my code:a", false),
        ("1a:b", false),
    ] {
        let env = format!("working_dir: \"{path}\"");
        let told = told_with("trap-runtime-env-refused", &env, "K8sJobMode", None);
        assert_eq!(!told.is_empty(), is_uri, "{path}");
    }
}

#[test]
fn a_wheel_is_a_module_but_no_folder() {
    let (refused, path) = ("trap-runtime-env-refused", "trap-runtime-env-path");
    // Whether there is such a file, only the submitter knows.
    let windows = "py_modules: [C:/m.whl]";
    assert_eq!(told_with(refused, windows, "K8sJobMode", None), "");
    assert_ne!(told_with(refused, windows, "HTTPMode", None), "");
    assert_ne!(
        told_with(refused, "working_dir: C:/m.whl", "K8sJobMode", None),
        ""
    );
    let wheel = "working_dir: https://example.com/a.whl";
    let told =
        "working_dir is \"https://example.com/a.whl\", a wheel. Write the URI of a .zip file";
    assert_eq!(told_with(path, wheel, "HTTPMode", Some("2.59.0")), told);
    assert_eq!(told_with(path, wheel, "HTTPMode", None), told);
    assert_eq!(told_with(path, wheel, "HTTPMode", Some("2.60.0")), "");
    assert_eq!(told_with(path, wheel, "K8sJobMode", Some("2.59.0")), "");
    let zip = "working_dir: https://example.com/a.zip";
    assert_eq!(told_with(path, zip, "HTTPMode", Some("2.59.0")), "");
    let module = "py_modules: [https://example.com/a.whl]";
    assert_eq!(told_with(path, module, "HTTPMode", Some("2.59.0")), "");
}

#[test]
fn newer_releases_take_more_archives_as_folders() {
    for (archive, since) in [
        ("code.zip", 56),
        ("code.tar.gz", 56),
        ("code.tgz", 56),
        ("code.tar.xz", 60),
        ("code.jar", 99),
        ("code.whl", 99),
    ] {
        let env = format!("working_dir: ./{archive}");
        let told = |ray: Option<&str>| told_with("trap-runtime-env-path", &env, "K8sJobMode", ray);
        let before = format!("2.{}.0", since - 1);
        assert_ne!(told(Some(&before)), "", "{archive} {before}");
        assert_ne!(told(None), "", "{archive}");
        assert_eq!(
            told(Some(&format!("2.{since}.0"))).is_empty(),
            since < 99,
            "{archive}"
        );
    }
}

#[test]
fn beside_a_container_some_keys_count_even_if_they_are_null() {
    for (key, is_kept) in [
        ("docker", true),
        ("excludes", true),
        ("java_jars", true),
        ("_nsight", true),
        ("mine", true),
        ("pip", false),
        ("working_dir", false),
        ("_validate", false),
    ] {
        let env = format!("container: {{image: a}}\n{key}:");
        let told = told_with("trap-runtime-env-refused", &env, "HTTPMode", None);
        let expected = match is_kept {
            true => format!(
                "there are both container and \"{key}\". Keep only config and env_vars beside it, \
                 or use an image for the whole RayCluster instead"
            ),
            false => String::new(),
        };
        assert_eq!(told, expected);
    }
}

#[test]
fn a_value_on_several_lines_is_shown_by_its_first() {
    for (text, part) in [
        ("pip: [a, 1]", "1"),
        ("pip: [a, [b,\n  c]]", "pip: [a, [b,"),
        ("pip:\n- a\n- b: c\n  d: e\n", "- b: c"),
    ] {
        let asked = Asked::job("trap-runtime-env-refused", "spec.runtimeEnvYAML");
        let parts = asked.parts(text.into());
        let shown = parts.iter().map(|part| &text[part.clone()]);
        assert_eq!(shown.collect::<Vec<_>>(), [part], "{text:?}");
    }
}
