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
use rayjob_policy_testkit::Asked;
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
        ("sleep infinity & true", false),
        ("sleep infinity | cat", false),
        ("false || sleep infinity", false),
        ("true && sleep infinity", true),
        ("! sleep infinity", true),
        ("sleep 1d", true),
        ("sleep 60", false),
        ("tail --follow log", true),
        ("tail log", false),
        ("bash -c \"$FIRST; sleep infinity\"", false),
        ("/bin/bash -ec 'sleep inf'", true),
        ("bash -c -- 'sleep inf'", true),
        ("bash --c 'sleep inf'", false),
        ("while true; do date; sleep 60; done & wait", true),
        ("while :; do date; done", true),
        ("until false; do date; done", true),
        ("until true; do date; done", false),
        ("while true; do exit; done", false),
        ("while true; do date; done | head", false),
        ("while true; do date; done && ls", true),
        ("cat x | while true; do date; done", false),
        ("if true; then while true; do date; done; fi", false),
        ("exit 1", true),
        ("echo a | exit", false),
        ("true || exit 1", false),
        ("(exit 1)", false),
        ("exec sleep 1", true),
        ("exec > log", false),
        ("exec $NOTHING", false),
        ("f() (echo hi); f", false),
        ("f()\n{ echo hi; }; f", false),
        ("# first\necho hi", false),
        ("echo a; # b\necho c", false),
        ("echo hi # x", true),
        ("ray stop # x", true),
        ("python -c 'sleep inf'", false),
        ("cat <<E\nE", true),
        ("echo hi &&", true),
        ("echo hi |", true),
        ("echo hi;", true),
        ("&& ls", true),
        ("echo (hi)", true),
        ("ls )", true),
        ("(ls", true),
        ("( (ls) )", false),
        ("{ ls", true),
        ("done", true),
        ("a=(1", true),
        ("ls > log", false),
        ("ls &> log", false),
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

/// What a rule tells of the head's container.
fn told(rule: &str, container: Value, overwrites: bool, group: Value) -> String {
    let mut ray = json!({"name": "ray-head", "image": "example.com/train:1"});
    let fields = ray.as_object_mut().expect("fields");
    fields.extend(container.as_object().expect("fields").clone());
    let mut head = json!({"template": {"spec": {"containers": [ray]}}});
    if overwrites {
        let annotations = json!({"ray.io/overwrite-container-cmd": "True"});
        head["template"]["metadata"] = json!({"annotations": annotations});
    }
    let fields = head.as_object_mut().expect("fields");
    fields.extend(group.as_object().expect("fields").clone());
    Asked::job(rule, "spec.rayClusterSpec.headGroupSpec").told(head)
}

#[test]
fn a_finding_tells_why_ray_never_starts() {
    let line = "bash cannot read both as one line. Write one command without an operator, a line \
                break or a bracket at its end, with quotes around words such as \"'print(1)'\"";
    for (text, why) in [
        ("echo hi;", line),
        (
            "echo hi # x",
            "the line ends in a comment or a here-document. Remove the comment or the \
             here-document",
        ),
        ("exit 1", "\"exit 1\" ends the shell"),
        ("sleep infinity & wait", "\"wait\" runs forever"),
        ("while true; do date; done", "\"while true\" runs forever"),
        ("sh -c 'tail -f x'", "\"sh -c tail -f x\" runs forever"),
    ] {
        let told = told(
            "trap-ray-command-never",
            json!({"args": [text]}),
            false,
            json!({}),
        );
        let expected =
            format!("the command of the head group is \"{text}\", before ray start; {why}");
        assert_eq!(told, expected);
    }
    let container = json!({"args": ["a".repeat(LONGEST_ARGUMENT)]});
    let told = told("trap-ray-command-never", container, false, json!({}));
    let expected = "the command of the head group has 131073 bytes, and Linux passes at most 131071 \
                    to a program in one argument. Put the script into a file in the image or in a \
                    volume";
    assert_eq!(told, expected);
}

#[test]
fn a_joined_script_is_cut_after_its_first_word() {
    let own = "Write the script alone, without bash -c, or put single quotes around it";
    let fails = "has no script, and fails. Remove the command: when it fails, KubeRay skips ulimit";
    let cut = |text: &str, shell: &str, script: &str| {
        format!(
            "\"{text}\"; in the line that KubeRay makes of it, the script of \"{shell}\" is only \
             \"{script}\". {own}"
        )
    };
    for (words, expected) in [
        (&["ls"][..], "\"ls\"".into()),
        (&["bash", "x.sh"], "\"bash x.sh\"".into()),
        (&["bash", "-c", "ls"], "\"bash -c ls\"".into()),
        (&["sh", "-c", "'ls -l'"], "\"sh -c 'ls -l'\"".into()),
        (
            &["bash", "-c", "pip list"],
            cut("bash -c pip list", "bash", "pip"),
        ),
        (
            &["bash", "-c", "--", "ls -l"],
            cut("bash -c -- ls -l", "bash", "ls"),
        ),
        (
            &["ls;", "/bin/sh", "-ec", "a b"],
            cut("ls; /bin/sh -ec a b", "/bin/sh", "a"),
        ),
        (
            &["/bin/bash", "-lc"],
            format!("\"/bin/bash -lc\": \"/bin/bash\" {fails}"),
        ),
        (
            &["bash", "-c", "--"],
            format!("\"bash -c --\": \"bash\" {fails}"),
        ),
    ] {
        let container = json!({"command": words});
        let told = told(
            "trap-ray-command-joined",
            container.clone(),
            false,
            json!({}),
        );
        assert_eq!(told, format!("the command of the head group is {expected}"));
        let alone = self::told("trap-ray-command-joined", container, true, json!({}));
        assert_eq!(alone, "");
    }
}

#[test]
fn a_command_of_its_own_starts_ray_or_may() {
    const SCRIPT: &str = ". Use command [/bin/bash, -c, --] with the script as one argument";
    const ADD: &str =
        ". Add eval \"$KUBERAY_GEN_RAY_START_CMD\" to the script, or remove the annotation";
    for (words, expected) in [
        (
            &["bash", "-c", "ls"][..],
            format!("\"bash -c ls\", which does not start Ray{ADD}"),
        ),
        (
            &["sh", "-ec", "--", "ls; wait"],
            format!("\"sh -ec -- ls; wait\", which does not start Ray{ADD}"),
        ),
        (
            &["/bin/bash", "-c", "if true; then cd a; else ls; fi"],
            format!(
                "\"/bin/bash -c if true; then cd a; else ls; fi\", which does not start Ray{ADD}"
            ),
        ),
        (
            &["bash", "-c", "while true; do echo; done"],
            format!("\"bash -c while true; do echo; done\", which does not start Ray{ADD}"),
        ),
        (
            &["sleep", "infinity"],
            format!("\"sleep infinity\", which does not start Ray{ADD}"),
        ),
        (
            &["bash", "-c", "echo ray start"],
            format!("\"bash -c echo ray start\", which only mentions ray start{ADD}"),
        ),
        (&["ls -l"], format!("the one word \"ls -l\"{SCRIPT}")),
        (
            &["bash", "x y"],
            format!("\"bash x y\", which the shell takes for a file{SCRIPT}"),
        ),
        (
            &["sh", "$X"],
            format!("\"sh $X\", which the shell takes for a file{SCRIPT}"),
        ),
        (
            &["bash", "-c", "ls 'x"],
            format!("\"bash -c ls 'x\", which the shell cannot read{SCRIPT}"),
        ),
    ] {
        let told = told(
            "trap-ray-command-no-start",
            json!({"command": words}),
            true,
            json!({}),
        );
        assert_eq!(told, format!("the command of the head group is {expected}"));
    }
    for words in [
        &["bash", "-c", "./run.sh"][..],
        &["bash", "-c", "ls; ./run.sh"],
        &["bash", "-c", "if true; then ./run.sh; fi"],
        &["bash", "-c", "eval \"$KUBERAY_GEN_RAY_START_CMD\""],
        &["bash", "x.sh"],
        &["bash"],
        &["bash", "-x", "x.sh"],
        &["bash", "-x", "ls"],
        &["/usr/bin/bash", "-c", "ls"],
        &["python", "a.py"],
        &["bash", "-c", "ray start --head"],
    ] {
        let told = told(
            "trap-ray-command-no-start",
            json!({"command": words}),
            true,
            json!({}),
        );
        assert_eq!(told, "", "{words:?}");
    }
}

#[test]
fn the_line_of_kuberay_needs_eval_if_it_has_quotes() {
    let variable = "the command of the head group runs \"KUBERAY_GEN_RAY_START_CMD\"";
    let quotes = format!("{variable} without eval, and resources in it have quotes");
    let word = format!("{variable} in quotes, as one word");
    let plain = || json!({});
    let quoted = || json!({"rayStartParams": {"resources": "'{\"a\": 1}'"}});
    for (script, group, expected) in [
        ("$KUBERAY_GEN_RAY_START_CMD", plain(), ""),
        ("${KUBERAY_GEN_RAY_START_CMD}", quoted(), &*quotes),
        ("exec $KUBERAY_GEN_RAY_START_CMD", quoted(), &*quotes),
        ("eval \"$KUBERAY_GEN_RAY_START_CMD\"", quoted(), ""),
        ("echo $KUBERAY_GEN_RAY_START_CMD", quoted(), ""),
        ("\"$KUBERAY_GEN_RAY_START_CMD\"", plain(), &*word),
        ("exec \"$KUBERAY_GEN_RAY_START_CMD\"", plain(), &*word),
        ("ls; \"$KUBERAY_GEN_RAY_START_CMD\"", plain(), &*word),
        ("\"$KUBERAY_GEN_RAY_START_CMD_X\"", plain(), ""),
        (
            "$KUBERAY_GEN_RAY_START_CMD",
            json!({"rayStartParams": {"resources": "{}"}}),
            "",
        ),
        (
            "$KUBERAY_GEN_RAY_START_CMD",
            json!({"resources": {"a": "1"}}),
            &*quotes,
        ),
        (
            "$KUBERAY_GEN_RAY_START_CMD",
            json!({"resources": {"CPU": "1", "GPU": "1", "memory": "1Gi"}}),
            "",
        ),
    ] {
        let container = json!({"command": ["bash", "-c", script]});
        let told = told(
            "trap-ray-start-variable",
            container.clone(),
            true,
            group.clone(),
        );
        assert_eq!(told, expected, "{script} {group}");
        let joined = self::told("trap-ray-start-variable", container, false, group);
        assert_eq!(joined, "");
    }
    let tpu = json!({"command": ["bash", "-c", "$KUBERAY_GEN_RAY_START_CMD"],
        "resources": {"limits": {"google.com/tpu": 4}}});
    assert_eq!(told("trap-ray-start-variable", tpu, true, plain()), quotes);
}
