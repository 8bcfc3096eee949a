//! Entrypoints as two shells read them: the recorded answers of bash, of both joins of
//! Ray, and of `/bin/sh`; and what is told of some of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use proptest::prelude::*;
use rayjob_policy_core::admit;
use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::syntax::shell::LONGEST_ARGUMENT;
use rayjob_policy_core::syntax::shell::entrypoint::{Delivery, Kind, Submission};
use rayjob_policy_core::syntax::shell::join::Join;
use rayjob_policy_core::syntax::shell::remedy::remedy;
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_testkit::project;
use serde_json::{Value, json};

/// The verdict on a job with an entrypoint, whose head has this image.
fn judged(entrypoint: &str, mode: &str, image: &str) -> Verdict {
    let container = json!({"name": "ray-head", "image": image});
    let object = json!({
        "apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "train"},
        "spec": {"entrypoint": entrypoint, "submissionMode": mode, "rayClusterSpec": {
            "headGroupSpec": {"rayStartParams": {}, "template": {
                "spec": {"containers": [container]}}}}},
    });
    admit::judge(object.to_string().as_bytes(), None, &Settings::default())
}

/// What the policy says about an entrypoint: the rules, and the hardest level.
fn said(entrypoint: &str, mode: &str, ray: &str) -> (Vec<&'static str>, Option<Level>) {
    let verdict = judged(entrypoint, mode, &format!("rayproject/ray:{ray}"));
    let findings = || verdict.findings.iter();
    let rules = findings().map(|graded| graded.finding.rule.id).collect();
    (rules, findings().map(|graded| graded.level).max())
}

/// Each line of `messages.jsonl` has an entrypoint, its mode, the image of the head, and for each
/// finding the rule, the part of the text, what is wrong, and what to write.
#[test]
fn a_finding_tells_the_part_what_becomes_of_it_and_what_to_write() {
    for row in include_str!("entrypoints/messages.jsonl").lines() {
        let row: Value = serde_json::from_str(row).expect("JSON");
        let field = |name: &str| row[name].as_str().expect("a text");
        let entrypoint = field("entrypoint");
        let verdict = judged(entrypoint, field("mode"), field("image"));
        let found = verdict.findings.into_iter().filter_map(|graded| {
            let finding = graded.finding;
            let rule = finding.rule.id.strip_prefix("trap-entrypoint-")?;
            let part = &entrypoint[finding.part];
            Some(json!([rule, part, finding.detail, finding.advice]))
        });
        let found: Value = found.collect();
        assert_eq!(found, row["findings"], "{row}");
    }
}

#[test]
fn a_quoted_path_may_have_spaces_and_a_command_has_arguments() {
    for (entrypoint, is_command) in [
        ("'my dir/run.sh'", false),
        ("'./my dir/run.sh'", false),
        ("'/opt/my dir/run'", false),
        ("'my dir/run.sh' --lr 1", false),
        ("'python'", false),
        ("'python a.py'", true),
        ("'python src/a.py'", true),
        ("'cd /app && python a.py'", true),
        ("'/bin/python -u a.py'", true),
        ("'/bin/python a.py --lr 1'", true),
        ("'./run.sh data'", true),
        ("'copy data/a.csv out/'", true),
    ] {
        let (rules, _) = said(entrypoint, "HTTPMode", "2.53.0");
        let found = rules.contains(&"trap-entrypoint-quoted-command");
        assert_eq!(found, is_command, "{entrypoint}");
    }
}

/// The advice of the only finding in an entrypoint of K8sJobMode.
fn advice(entrypoint: &str) -> String {
    let verdict = judged(entrypoint, "K8sJobMode", "rayproject/ray:2.56.0");
    let [graded] = &*verdict.findings else {
        panic!("{:?}", verdict.findings)
    };
    graded.finding.advice.clone().into()
}

#[test]
fn only_a_short_text_is_shown_and_only_one_of_8_kib_is_rewritten() {
    let command = |length: usize| format!("{} && b", "a".repeat(length - " && b".len()));
    let short = command(120 - "bash -c ''".len());
    let expected = format!("Write bash -c '{short}', or use HTTPMode");
    assert_eq!(advice(&short), expected);
    let quote_all = "Quote all of it: bash -c '...', or use HTTPMode";
    assert_eq!(advice(&format!("a{short}")), quote_all);
    assert_eq!(advice(&command(8192)), quote_all);
    let script = "Move the command into a script, such as bash run.sh";
    assert_eq!(advice(&command(8193)), script);
    assert_eq!(advice(&command(LONGEST_ARGUMENT + 1)), script);
}

#[test]
fn a_text_that_is_too_long_is_counted() {
    for mode in ["K8sJobMode", "HTTPMode"] {
        let text = "a".repeat(LONGEST_ARGUMENT + 1);
        let verdict = judged(&format!(" {text}\n"), mode, "rayproject/ray:2.52.0");
        let details = verdict
            .findings
            .iter()
            .map(|graded| &*graded.finding.detail);
        let expected = "the text has 131072 bytes, and Linux passes at most 131071 to a program in \
                        one argument";
        assert_eq!(details.collect::<Vec<_>>(), [expected], "{mode}");
    }
}

#[test]
fn a_command_with_more_behind_it_is_not_one_command() {
    for (text, by_shell, by_http) in [
        ("python a.py", true, true),
        ("python a.py && b", false, false),
        ("python a.py > log", false, false),
        ("python a.py\nb", false, false),
        ("python a.py \\", false, true),
    ] {
        for (mode, expected) in [
            (SubmissionMode::K8sJob, by_shell),
            (SubmissionMode::Sidecar, by_shell),
            (SubmissionMode::Http, by_http),
        ] {
            let submission = Submission {
                mode,
                join: Join::Shlex,
                has_variable: &|_| false,
            };
            let delivery = Delivery::new(text, &submission);
            assert_eq!(delivery.is_one_command(), expected, "{mode:?} {text:?}");
        }
    }
    let submission = Submission {
        mode: SubmissionMode::Http,
        join: Join::Shlex,
        has_variable: &|_| false,
    };
    assert!(!Delivery::new("(python a.py)", &submission).is_one_command());
}

#[test]
fn a_plain_text_has_only_characters_without_a_meaning_and_a_usual_name() {
    for text in [
        "python train.py --lr=0.1,2 -x +y a_b@c:1%",
        " \npython a.py\n ",
        "./a.py",
        "A=1 b",
        "x in",
        "time a",
        "",
    ] {
        assert!(Delivery::is_plain(text), "{text:?}");
    }
    for text in [
        "a.py x", "source x", "let x", "in a", "if a", "fi", "then a", "do a", "done", "for a",
        "while a", "until a", "case a", "esac", "elif a", "else a", "!", "{ a", "}", "a\tb",
        "a\nb", "a;b", "a*", "~", "a\"b", "a#b", "a?", "a[b", "a\\", "a&b", "a<b", "a>b", "a|b",
        "a(b", "a)b", "a$b", "a`b", "a^b", "a!b", "a{b", "a}b", "a'b", "é", "[[ a", "a\r",
    ] {
        assert!(!Delivery::is_plain(text), "{text:?}");
    }
    assert!(Delivery::is_plain(&"a".repeat(LONGEST_ARGUMENT)));
}

/// The rows of the recording.
fn rows() -> impl Iterator<Item = Value> {
    let file = File::open(project("tests/entrypoints/recorded.jsonl.gz")).expect("the recording");
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    let rows = lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("JSON"));
    rows.skip(1)
}

/// The modes, a release of Ray with each join, and where a row has the class.
const SUBMISSIONS: [(&str, &str, &str); 5] = [
    ("K8sJobMode", "2.55.1", "/class/k8s/list2cmdline"),
    ("K8sJobMode", "2.56.0", "/class/k8s/shlexJoin"),
    ("SidecarMode", "2.55.1", "/class/sidecar/list2cmdline"),
    ("SidecarMode", "2.56.0", "/class/sidecar/shlexJoin"),
    ("HTTPMode", "2.55.1", "/class/http"),
];

#[test]
fn what_does_not_arrive_is_found_and_what_arrives_is_not() {
    // For each class of a submission: the rows, and those that the policy judges otherwise.
    let mut counts: BTreeMap<(&str, String), (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    for row in rows() {
        let entrypoint = row["entrypoint"].as_str().expect("an entrypoint");
        for (mode, ray, class) in SUBMISSIONS {
            let class_of_row = row.pointer(class).and_then(Value::as_str).expect("a class");
            let (rules, level) = said(entrypoint, mode, ray);
            let is_right = match class_of_row {
                "deny" => level == Some(Level::Deny),
                "warn" => level.is_some(),
                "silent" => level.is_none(),
                _ => continue,
            };
            let count = counts.entry((class, class_of_row.into())).or_default();
            count.0 += 1;
            if !is_right {
                count.1 += 1;
                missed.push((mode, ray, rules, entrypoint.to_owned()));
            }
        }
    }
    // Known exceptions, all in HTTPMode:
    // - six scripts `./run.sh` that the directory of the test does not have: which files
    //   there are cannot be known;
    // - texts whose last word ends in \r, which no program expects. The recording calls
    //   them equal because HTTPMode is what it compares with.
    let is_known = |(mode, _, rules, entrypoint): &(&str, &str, Vec<&str>, String)| {
        let is_script = entrypoint.contains("cd ") && entrypoint.contains("./run.sh");
        let is_return = **rules == ["trap-entrypoint-carriage-return"];
        *mode == "HTTPMode" && (is_script && rules.is_empty() || is_return)
    };
    missed.retain(|miss| !is_known(miss));
    assert!(missed.is_empty(), "{missed:#?}");
    let counts: Vec<_> = counts
        .iter()
        .map(|((submission, class), (rows, others))| (*submission, &**class, *rows, *others))
        .collect();
    let expected = [
        ("/class/http", "deny", 275, 0),
        ("/class/http", "silent", 3699, 21),
        ("/class/http", "warn", 26, 6),
        ("/class/k8s/list2cmdline", "deny", 445, 0),
        ("/class/k8s/list2cmdline", "silent", 1302, 0),
        ("/class/k8s/list2cmdline", "warn", 1874, 0),
        ("/class/k8s/shlexJoin", "deny", 436, 0),
        ("/class/k8s/shlexJoin", "silent", 1619, 0),
        ("/class/k8s/shlexJoin", "warn", 1218, 0),
        ("/class/sidecar/list2cmdline", "deny", 368, 0),
        ("/class/sidecar/list2cmdline", "silent", 1341, 0),
        ("/class/sidecar/list2cmdline", "warn", 1912, 0),
        ("/class/sidecar/shlexJoin", "deny", 359, 0),
        ("/class/sidecar/shlexJoin", "silent", 1658, 0),
        ("/class/sidecar/shlexJoin", "warn", 1256, 0),
    ];
    assert_eq!(counts, expected);
}

/// The documented entrypoints in which something is found, by how they begin, and the rule.
/// Each is true:
const FOUND: [(&str, &str); 7] = [
    // The documentation shows it as the mistake.
    ("\"python script.py\"", "trap-entrypoint-quoted-command"),
    // ~ is the home directory of the submitter.
    (
        "python3 examples/data_preprocess/gsm8k.py",
        "trap-entrypoint-submitter-value",
    ),
    // It was written for a terminal: tee runs in the submitter, and only prints what ray job
    // submit prints.
    (
        "PYTHONUNBUFFERED=1 python3 -m verl",
        "trap-entrypoint-in-submitter",
    ),
    // Ray's tests send these with its SDK, as HTTPMode does. In the submitter, the second
    // command and grep run there, ray job submit is redirected, and the variable is empty.
    (
        "python script.py && python -c",
        "trap-entrypoint-in-submitter",
    ),
    ("ls tests | grep", "trap-entrypoint-in-submitter"),
    ("echo error 1>&2", "trap-entrypoint-redirect"),
    (
        "echo $TEST_SUBPROCESS_JOB_CONFIG_ENV_VAR",
        "trap-entrypoint-submitter-value",
    ),
];

/// Reads entrypoints out of the documentation, samples and tests of KubeRay and Ray. Long
/// scripts are left out, the one of verl is shortened, and what a test computes is filled in.
#[test]
fn documented_entrypoints_have_only_findings_that_are_true() {
    let documented = fs::read_to_string(project("tests/entrypoints/documented.jsonl"));
    let documented = documented.expect("the documented entrypoints");
    let rows = documented.lines().map(serde_json::from_str);
    let rows: Vec<Value> = rows.collect::<Result<_, _>>().expect("JSON");
    assert!(rows.len() >= 100, "{}", rows.len());
    for row in rows {
        let entrypoint = row["entrypoint"].as_str().expect("an entrypoint");
        let found = FOUND
            .iter()
            .find(|(start, _)| entrypoint.starts_with(start));
        for (mode, ray, _) in SUBMISSIONS {
            let rules = said(entrypoint, mode, ray).0;
            // Of them, only a command in quotes does not run when sh reads the text itself.
            let expected = found.filter(|(_, rule)| {
                mode != "HTTPMode" || *rule == "trap-entrypoint-quoted-command"
            });
            let expected: Vec<&str> = expected.map(|(_, rule)| *rule).into_iter().collect();
            assert_eq!(rules, expected, "{mode} {ray} {row}");
        }
    }
}

/// Delivers a text in each mode with each join, and checks the advice.
fn deliver(text: &str) {
    for mode in [
        SubmissionMode::K8sJob,
        SubmissionMode::Sidecar,
        SubmissionMode::Http,
    ] {
        for join in [Join::List2Cmdline, Join::Shlex] {
            let has = |name: &str| name == "RAY_JOB_SUBMISSION_ID";
            let submission = Submission {
                mode,
                join,
                has_variable: &has,
            };
            let delivery = Delivery::new(text, &submission);
            delivery.shown();
            for damage in delivery.damages() {
                assert!(
                    text.get(damage.part.clone()).is_some(),
                    "{text:?} {damage:?}"
                );
                if let Some(text) = remedy(&delivery, &damage, &submission) {
                    let arrives = Delivery::new(&text, &submission).damages().is_empty();
                    assert!(arrives, "{text:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_delivered(text in prop_oneof![
        any::<String>(),
        "[\"'$`\\\\#;a(){}\\[\\]~*?=!<>|&, \té\n\r]{0,24}",
        "((if|then|fi|for|in|do|done|case|esac|a|b=c|x\\)|;;|[;&|(){}<>!]|\n|\\$\\(|<<E|E) ?){0,16}",
    ]) {
        deliver(&text);
    }
}

/// Ray 2.53 runs an entrypoint of 131,071 bytes, and fails at one more with "Argument list too
/// long".
#[test]
fn a_text_that_linux_does_not_pass_on_never_arrives() {
    for (mode, kind) in [
        (SubmissionMode::K8sJob, Kind::NotSubmitted),
        (SubmissionMode::Sidecar, Kind::NotSubmitted),
        (SubmissionMode::Http, Kind::Syntax),
    ] {
        let submission = Submission {
            mode,
            join: Join::List2Cmdline,
            has_variable: &|_| false,
        };
        let damages = |length: usize| {
            let text = format!("true {}", "a".repeat(length - "true ".len()));
            let damages = Delivery::new(&text, &submission).damages().into_iter();
            damages.map(|damage| damage.kind).collect::<Vec<_>>()
        };
        assert_eq!(damages(LONGEST_ARGUMENT), []);
        assert_eq!(damages(LONGEST_ARGUMENT + 1), [kind]);
    }
    assert!(!Delivery::is_plain(&"a".repeat(LONGEST_ARGUMENT + 1)));
}

/// The advice on the first finding in an entrypoint.
fn advised(entrypoint: &str, mode: &str) -> String {
    let verdict = judged(entrypoint, mode, "rayproject/ray:2.53.0");
    let finding = verdict.findings.first().map(|graded| &graded.finding);
    finding.map_or("nothing", |finding| &*finding.advice).into()
}

#[test]
fn advice_drops_no_command_and_makes_no_program_of_a_keyword() {
    for (entrypoint, mode, expected) in [
        (
            "python a.py\n&& python b.py",
            "K8sJobMode",
            "Move the command into a script, such as bash run.sh",
        ),
        (
            "a;;b",
            "K8sJobMode",
            "Move the command into a script, such as bash run.sh",
        ),
        (
            "python a.py ;",
            "K8sJobMode",
            "Write python a.py, or use HTTPMode",
        ),
        ("python a.py &&", "K8sJobMode", "Write python a.py"),
        (
            "# first\npython a.py",
            "K8sJobMode",
            "Write python a.py, or use HTTPMode",
        ),
        (
            "! a '*'",
            "K8sJobMode",
            "Move the command into a script, such as bash run.sh, or use HTTPMode",
        ),
        (
            "a '*'",
            "K8sJobMode",
            "Write bash -c 'a \"*\"', or use HTTPMode",
        ),
        (
            "train.py \\\n --lr 1",
            "K8sJobMode",
            "Write python in front of \"train.py\"",
        ),
        (
            "'python a.py' \\\n --lr 1",
            "K8sJobMode",
            "Remove the quotes around \"'python a.py'\"",
        ),
        (
            "'python a.py' \\\n --lr 1",
            "HTTPMode",
            "Remove the quotes around \"'python a.py'\"",
        ),
        (
            "A='b c' python a.py \\\n --lr 1",
            "K8sJobMode",
            "Write env in front of the assignments, each in quotes, or use HTTPMode",
        ),
        (
            "python a.py \\\n --config '{\"a\":1}'",
            "K8sJobMode",
            "nothing",
        ),
        ("python a.py {1..a} {a..1}", "K8sJobMode", "nothing"),
        (
            "python a.py {1..3}",
            "K8sJobMode",
            "Write bash -c 'python a.py {1..3}'",
        ),
        (
            "python a.py {a..c..2}",
            "K8sJobMode",
            "Write bash -c 'python a.py {a..c..2}'",
        ),
    ] {
        assert_eq!(advised(entrypoint, mode), expected, "{mode} {entrypoint}");
    }
}
