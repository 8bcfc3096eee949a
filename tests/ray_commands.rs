//! What becomes of the command of a Ray container, as recorded in
//! `conformance/recorded/commands.jsonl.gz` (its README explains the format).
//!
//! `SHOW=1` lists the rows that are judged otherwise than recorded.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use rayjob_policy_core::admit;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::syntax::shell::LONGEST_ARGUMENT;
use serde::Deserialize;
use serde_json::{Value, json};

/// A command, and what became of `ray start`.
#[derive(Deserialize)]
struct Row {
    id: String,
    node: String,
    overwrite: bool,
    command: Vec<String>,
    args: Vec<String>,
    #[serde(default)]
    params: BTreeMap<String, String>,
    joined: bool,
    class: String,
}

fn rows() -> impl Iterator<Item = Row> {
    let path = rayjob_policy_testkit::project("conformance/recorded/commands.jsonl.gz");
    let file = File::open(path).expect("the recorded commands");
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("a row"))
}

impl Row {
    /// The strictest level of what the rules about commands find, and the rules.
    fn judged(&self) -> (Level, Vec<&'static str>) {
        let group = |node: &str| {
            let mut container = json!({"name": format!("ray-{node}"),
                "image": "example.com/train:1"});
            let mut params = json!({});
            if node == self.node {
                container["command"] = json!(self.command);
                container["args"] = json!(self.args);
                params = json!(self.params);
            }
            json!({"rayStartParams": params, "template": {"spec": {"containers": [container]}}})
        };
        let mut worker = group("worker");
        for (field, value) in [
            ("groupName", Value::from("workers")),
            ("replicas", 1.into()),
            ("minReplicas", 1.into()),
            ("maxReplicas", 1.into()),
        ] {
            worker[field] = value;
        }
        let mut object = json!({"apiVersion": "ray.io/v1", "kind": "RayJob",
            "metadata": {"name": "train"},
            "spec": {"entrypoint": "python train.py", "rayClusterSpec": {
                "headGroupSpec": group("head"), "workerGroupSpecs": [worker]}}});
        if self.overwrite {
            object["metadata"]["annotations"] = json!({"ray.io/overwrite-container-cmd": "true"});
        }
        let verdict = admit::judge(object.to_string().as_bytes(), None, &Settings::default());
        let found = verdict.findings.iter();
        let found = found.filter(|graded| {
            let id = graded.finding.rule.id;
            id.starts_with("trap-ray-command-") || id == "trap-ray-start-variable"
        });
        let level = found.clone().map(|graded| graded.level).max();
        let ids = found.map(|graded| graded.finding.rule.id).collect();
        (level.unwrap_or(Level::Off), ids)
    }
}

#[test]
fn commands_are_judged_as_recorded() {
    let mut counts = BTreeMap::new();
    for row in rows() {
        let (level, ids) = row.judged();
        let class = match row.class.split_once('-') {
            Some((class, _)) => class,
            None => &row.class,
        };
        let kind = if row.joined { "joined" } else { "own" };
        *counts.entry((kind, class.to_owned(), level)).or_insert(0) += 1;
        let is_expected = match (class, row.joined) {
            ("deny", true) => level == Level::Deny,
            ("deny", false) => level > Level::Off,
            ("warn", _) => level == Level::Warn,
            ("silent", _) => level == Level::Off,
            _ => true,
        };
        if !is_expected && std::env::var_os("SHOW").is_some() {
            println!(
                "{} {kind} {} {} {:?} {:?} {:?} {ids:?}",
                row.id,
                row.class,
                level.as_str(),
                row.command,
                row.args,
                row.params
            );
        }
    }
    let expected = [
        ("joined", "deny", Level::Deny, 135),
        // `set -e` before `ulimit`, which fails where the hard limit is low.
        ("joined", "depends", Level::Warn, 1),
        ("joined", "silent", Level::Off, 1),
        ("joined", "warn", Level::Warn, 211),
        // What scripts and other programs do is not known.
        ("own", "deny", Level::Off, 47),
        ("own", "deny", Level::Warn, 156),
        // The variable with KubeRay's line, in quotes or without `eval`.
        ("own", "deny", Level::Deny, 3),
        ("own", "silent", Level::Off, 46),
    ];
    let expected = expected.map(|(kind, class, level, count)| ((kind, class.into(), level), count));
    assert_eq!(counts, BTreeMap::from(expected));
}

/// Lines that no recorded row has, with what bash 5.2 makes of them.
#[test]
fn lines_that_bash_reads_are_not_refused() {
    for (args, denied) in [
        ("for ((i = 0; i < 3; i++)); do echo $i; done", false),
        ("f() { echo hi; }; f", false),
        ("case $A in a) echo a;; *) echo b;; esac", false),
        ("if [ -f x ]; then exit 1; fi", false),
        ("(cd /tmp && ls)", false),
        ("cat <<E\nit's\nE\ntrue", false),
        ("test -f x || exit 1", false),
        ("sleep infinity &", true),
        ("(sleep infinity &) ; true", false),
        ("while true; do date; break; done", false),
        ("while true; do date; sleep 60; done & true", false),
        ("tail -f log | head", false),
        ("a=(1 2); echo ${a[1]}", false),
        ("exec > log 2>&1; true", false),
        ("f() echo hi", true),
        ("if true; then echo a", true),
        ("bash -c 'tail -f /dev/null'", true),
        ("sleep infinity & wait", true),
    ] {
        let row = Row {
            id: String::new(),
            node: "head".into(),
            overwrite: false,
            command: Vec::new(),
            args: vec![args.into()],
            params: BTreeMap::new(),
            joined: true,
            class: String::new(),
        };
        let (level, ids) = row.judged();
        assert_eq!(level == Level::Deny, denied, "{args}: {ids:?}");
    }
}

/// bash is given the line in one argument. KubeRay writes blanks around each word.
#[test]
fn a_line_that_fits_into_no_argument_is_denied() {
    let row = |length: usize| Row {
        id: "made".into(),
        node: "head".into(),
        overwrite: false,
        command: vec!["echo".into(), "a".repeat(length - " echo   ".len())],
        args: Vec::new(),
        params: BTreeMap::new(),
        joined: true,
        class: String::new(),
    };
    let joined = (Level::Warn, vec!["trap-ray-command-joined"]);
    assert_eq!(row(LONGEST_ARGUMENT).judged(), joined);
    let never = (Level::Deny, vec!["trap-ray-command-never"]);
    assert_eq!(row(LONGEST_ARGUMENT + 1).judged(), never);
}
