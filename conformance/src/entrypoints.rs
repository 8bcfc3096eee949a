//! `cargo conformance entrypoints`: compares what the policy says of entrypoints with real
//! shells and both joins of Ray, and runs the advice.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::syntax::shell::entrypoint::{Damage, Delivery, Kind, Submission};
use rayjob_policy_core::syntax::shell::join::Join;
use rayjob_policy_core::syntax::shell::remedy::remedy;
use rayjob_policy_testkit::project;
use serde_json::{Value, json};

use crate::program::Program;

#[cfg(test)]
mod advised;

/// The modes in which bash reads an entrypoint first.
const MODES: [SubmissionMode; 2] = [SubmissionMode::K8sJob, SubmissionMode::Sidecar];

const JOINS: [(Join, &str); 2] = [(Join::List2Cmdline, "list2cmdline"), (Join::Shlex, "shlex")];

/// How many disagreements are shown.
const SHOWN: usize = 20;

/// The most questions at once: answers are read while they are written.
const BATCH: usize = 200;

/// Asks the policy and the shells about `count` entrypoints of a seed, and runs the advice.
/// Nothing is compared without bash, dash and Python.
///
/// # Errors
/// If the shells cannot be asked, or the policy is silent about damage, or proposes what
/// does not arrive.
pub fn run(count: usize, seed: u64) -> Result<()> {
    match missing() {
        Some(name) => println!("entrypoints: skipped, because {name} is not installed"),
        None => {
            let tally = compare(&texts(count, seed))?;
            for (name, number) in &tally.counts {
                println!("{number:>6} {name}");
            }
            tally.check()?;
        }
    }
    Ok(())
}

/// The first program that the comparison needs and that is not there.
fn missing() -> Option<&'static str> {
    ["bash", "dash", "python3"].into_iter().find(|name| {
        let mut command = Command::new(name);
        let command = command.args(["-c", ""]).stdin(Stdio::null());
        command.status().map_or(true, |status| !status.success())
    })
}

/// What has been compared.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn count(&mut self, name: impl Into<String>) {
        *self.counts.entry(name.into()).or_default() += 1;
    }

    fn check(&self) -> Result<()> {
        let shown = self.wrong.iter().take(SHOWN).map(String::as_str);
        let shown: Vec<&str> = shown.collect();
        ensure!(
            shown.is_empty(),
            "{} disagree:\n{}",
            self.wrong.len(),
            shown.join("\n")
        );
        let alarms = self
            .counts
            .get("arrives, but found")
            .copied()
            .unwrap_or_default();
        let silent = self.counts.get("arrives").copied().unwrap_or_default();
        ensure!(
            alarms * 100 <= alarms + silent,
            "{alarms} false alarms, {silent} silent"
        );
        Ok(())
    }
}

fn has(name: &str) -> bool {
    matches!(
        name,
        "RAY_DASHBOARD_ADDRESS" | "RAY_JOB_SUBMISSION_ID" | "PYTHONUNBUFFERED"
    )
}

fn ask(questions: &[Value]) -> Result<Vec<Value>> {
    let mut command = Command::new("python3");
    command.arg(project("conformance/oracle/shells.py"));
    let mut program = Program::start(&mut command)?;
    let mut answers = Vec::new();
    for batch in questions.chunks(BATCH) {
        let lines: Vec<Vec<u8>> = batch
            .iter()
            .map(|question| question.to_string().into())
            .collect();
        for answer in program.ask(&lines)? {
            answers.push(serde_json::from_str(&answer).context("an answer")?);
        }
    }
    program.finish()?;
    Ok(answers)
}

fn is_denied(damages: &[Damage]) -> bool {
    damages
        .iter()
        .any(|damage| damage.kind <= Kind::HeadOperator)
}

/// Whether the head did what it was meant to, and the submitter nothing else.
fn arrives(answer: &Value, join: &str) -> bool {
    let head = &answer[join]["head"];
    answer["submits"] == 1
        && answer["rc"] == 0
        && answer["others"] == json!([])
        && answer["files"] == json!([])
        && ["calls", "files", "rc"]
            .iter()
            .all(|key| head[key] == answer["meant"][key])
}

/// Compares the policy with the shells.
fn compare(texts: &[String]) -> Result<Tally> {
    let mut tally = Tally::default();
    let asked = texts.iter().flat_map(|text| MODES.map(|mode| (text, mode)));
    let asked: Vec<_> = asked.collect();
    let question = |&(text, mode): &(&String, SubmissionMode)| json!({"entrypoint": text, "mode": mode.as_str()});
    let questions: Vec<Value> = asked.iter().map(question).collect();
    let mut advised: Vec<Advice<'_>> = Vec::new();
    for (&(text, mode), answer) in asked.iter().zip(ask(&questions)?) {
        if mode == SubmissionMode::K8sJob {
            compare_as_written(text, &answer, &mut tally);
        }
        for (join, name) in JOINS {
            let submission = Submission {
                mode,
                join,
                has_variable: &has,
            };
            let delivery = Delivery::new(text, &submission);
            let damages = delivery.damages();
            let about = || {
                let kinds: Vec<Kind> = damages.iter().map(|damage| damage.kind).collect();
                format!("{} {name} {kinds:?} {text:?}\n    {answer}", mode.as_str())
            };
            let is_read = delivery.submitter.as_ref().is_some_and(|submitter| {
                submitter
                    .first
                    .words
                    .iter()
                    .all(|word| word.active.is_none())
            });
            if let Some(submitted) = delivery
                .submitted
                .as_deref()
                .filter(|_| is_read && delivery.expanded.is_none())
                && answer["submits"] == 1
                && answer[name]["submitted"] != submitted
            {
                tally
                    .wrong
                    .push(format!("read as {submitted:?}: {}", about()));
            }
            // Whatever has one of these may arrive by chance: no such file or variable, or
            // a stub that succeeds, or does the same when it gets nothing.
            let is_chance = text.contains(['$', '`', '*', '?', '[', '~', '{', '\r', '<', '>'])
                || damages.iter().any(|damage| {
                    use Kind::{Continuation, Fallback, InSubmitter, QuotedCommand};
                    matches!(
                        damage.kind,
                        Continuation | Fallback | InSubmitter | QuotedCommand
                    )
                });
            match (arrives(&answer, name), damages.is_empty()) {
                (true, true) => tally.count("arrives"),
                (true, false) if is_chance => tally.count("arrives by chance"),
                (true, false) => {
                    tally.count("arrives, but found");
                    println!("false alarm: {}", about());
                }
                (false, false) => tally.count("does not arrive"),
                (false, true) => tally.wrong.push(format!("not found: {}", about())),
            }
            if answer["submits"] == 0 && !is_denied(&damages) {
                tally.wrong.push(format!("not denied: {}", about()));
            }
            for damage in &damages {
                if let Some(remedy) = remedy(&delivery, damage, &submission)
                    && !advised.iter().any(|(.., known)| *known == remedy)
                {
                    advised.push((text, mode, name, damage.kind, remedy));
                }
            }
        }
    }
    run_advice(&advised, &mut tally)?;
    Ok(tally)
}

/// Compares what the policy says in HTTPMode with what sh does.
fn compare_as_written(text: &str, answer: &Value, tally: &mut Tally) {
    let submission = Submission {
        mode: SubmissionMode::Http,
        join: Join::Shlex,
        has_variable: &has,
    };
    let damages = Delivery::new(text, &submission).damages();
    let meant = &answer["meant"];
    let is_broken = meant["calls"] == json!([])
        && meant["rc"] == 2
        && !text.contains(['?', '<'])
        && !text.contains("cd ");
    if is_broken && !is_denied(&damages) {
        tally
            .wrong
            .push(format!("not denied in HTTPMode: {text:?}\n    {answer}"));
    }
    if meant["rc"] == 0 && !text.contains('&') && is_denied(&damages) {
        tally.wrong.push(format!(
            "denied in HTTPMode, but runs: {damages:?} {text:?}\n    {answer}"
        ));
    }
}

type Advice<'t> = (&'t String, SubmissionMode, &'static str, Kind, String);

/// Runs what the policy proposes, with a real bash on the head.
fn run_advice(advised: &[Advice<'_>], tally: &mut Tally) -> Result<()> {
    let question = |text: &str, mode: SubmissionMode| json!({"entrypoint": text, "mode": mode.as_str(), "real": true});
    let new = advised
        .iter()
        .map(|(_, mode, _, _, remedy)| question(remedy, *mode));
    let old = advised
        .iter()
        .map(|(text, ..)| question(text, SubmissionMode::Http));
    let answers = ask(&new.collect::<Vec<_>>())?;
    let meant = ask(&old.collect::<Vec<_>>())?;
    for (((text, mode, join, kind, remedy), answer), meant) in
        advised.iter().zip(answers).zip(meant)
    {
        let about = || {
            format!(
                "{} {join} {kind:?} {text:?}: {remedy:?}\n    {answer}",
                mode.as_str()
            )
        };
        if !arrives(&answer, join) {
            tally.wrong.push(format!("does not arrive: {}", about()));
        }
        // These mean something else than what is written, or sh cannot run that.
        let is_meant = match kind {
            Kind::QuotedCommand | Kind::Syntax | Kind::Braces | Kind::NotACommand => false,
            Kind::CarriageReturn | Kind::Continuation => false,
            // A space more, in JSON.
            _ if text.ends_with('\\') => false,
            // bash reads these otherwise than sh, or KubeRay removes them.
            _ if ["cd ", "[[", "((", "\r", "=~", "^^"]
                .iter()
                .any(|part| text.contains(part)) =>
            {
                false
            }
            _ => !remedy.contains("{ ") && !text.contains("{a,b}") && meant["meant"]["rc"] == 0,
        };
        if is_meant && answer["meant"]["calls"] != meant["meant"]["calls"] {
            tally
                .wrong
                .push(format!("means something else: {}\n    {meant}", about()));
        }
        tally.count("proposed and run");
    }
    Ok(())
}

const PROGRAMS: [&str; 14] = [
    "python train.py",
    "python -m pkg.cli",
    "./run.sh",
    "torchrun src/main.py",
    "bash run.sh",
    "env A=1 python a.py",
    "A=1 python a.py",
    "A='a b' python a.py",
    "! python a.py",
    "python3 -c",
    "bash -c",
    "serve run app:main",
    "cd src",
    "ray status",
];

const VALUES: [&str; 60] = [
    "1",
    "a",
    "a b",
    "",
    "é",
    "key=value",
    "--",
    "-1",
    "a,b",
    "50%",
    "@cfg",
    "$LR",
    "${LR}",
    "$EPOCHS",
    "${LR:-1}",
    "${LR^^}",
    "${EPOCHS:?}",
    "$(date)",
    "$(date +%F",
    "`date`",
    "$((1+1))",
    "$1",
    "$?",
    "$",
    "5$",
    "$$",
    "$$LR",
    "$(RAY_JOB_SUBMISSION_ID)",
    "*.csv",
    "?.csv",
    "[ab].csv",
    "[64,64]",
    "x=[1,2]",
    "~/data",
    "x=~/y",
    "{a,b}",
    "{1..3}",
    "{a}",
    "{}",
    "{\"a\":1,\"b\":2}",
    "{\"a\": 1}",
    "{\"q\":\"it's\"}",
    "print(1)",
    "print('hi')",
    "import sys; print(1)",
    "a&b",
    "a;b",
    "a|b",
    "x<y",
    "x > 3",
    "it's",
    "say \"hi\"",
    "\\d+",
    "a\\",
    "#tag",
    "a#b",
    "two\nlines",
    "http://h/p?a=1&b=2",
    "!",
    "python a.py $LR && ls",
];

const TAILS: [&str; 34] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " ",
    "\n",
    " \\\n  --x 1",
    " \\\n",
    "\\",
    " \\ \n  --x 1",
    " # note",
    "#note",
    ";",
    " &",
    " &&",
    " |",
    " > log.txt",
    " 2>&1",
    " < a.csv",
    " && ls",
    "; ls",
    " | tee log",
    " || exit 1",
    " || ls",
    "\nls",
    " & wait",
    "\n# note\nls",
    " <<EOF\nx\nEOF",
    "\r\n",
    " >",
];

const FORMS: [&str; 22] = [
    "for i in 1 2; do @; done",
    "if true; then @; fi",
    "( @ )",
    "{ @; }",
    "while false; do @; done",
    "case a in a) @ ;; esac",
    "f() { @; }; f",
    "[[ -f a.csv ]] && @",
    "[ -f a.csv ] && @",
    "true && @",
    "bash -c '@'",
    "sh -c \"@\"",
    "'@'",
    "\"@\"",
    "# first\n@",
    "(( 1 )) && @",
    "time @",
    "fi; @",
    "&& @",
    "set -e\n@",
    "export A=1; @",
    "nohup @ &",
];

/// Texts of a seed.
fn texts(count: usize, seed: u64) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    (0..count).map(|_| text(&mut rng)).collect()
}

fn text(rng: &mut Rng) -> String {
    let mut text = PROGRAMS[rng.usize(..PROGRAMS.len())].to_owned();
    for _ in 0..rng.usize(..4) {
        text.push(' ');
        if rng.bool() {
            text += ["--lr ", "--out=", "-c ", "--match="][rng.usize(..4)];
        }
        let value = VALUES[rng.usize(..VALUES.len())];
        text += &quoted(rng, value);
    }
    text += TAILS[rng.usize(..TAILS.len())];
    match rng.usize(..4) {
        0 => FORMS[rng.usize(..FORMS.len())].replace('@', &text),
        _ => text,
    }
}

/// A value, quoted in some way, right or not.
fn quoted(rng: &mut Rng, value: &str) -> String {
    match rng.usize(..5) {
        0 => value.into(),
        1 => format!("\"{value}\""),
        2 => format!("\"{}\"", value.replace('"', "\\\"")),
        3 => value.chars().map(|c| format!("\\{c}")).collect(),
        _ => format!("'{value}'"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_policy_says_what_the_shells_do() {
        run(80, 7).expect("they agree");
    }

    #[test]
    fn the_policy_says_what_the_shells_do_with_documented_entrypoints() {
        if let Some(name) = missing() {
            println!("skipped: documented entrypoints: {name} is not installed");
            return;
        }
        let documented = fs::read_to_string(project("tests/entrypoints/documented.jsonl"));
        let documented = documented.expect("the documented entrypoints");
        let texts = documented.lines().map(|line| {
            let row: Value = serde_json::from_str(line).expect("JSON");
            row["entrypoint"]
                .as_str()
                .expect("an entrypoint")
                .to_owned()
        });
        let tally = compare(&texts.collect::<Vec<_>>()).expect("answers");
        tally.check().expect("they agree");
    }

    /// What is advised for a kind of text, and whether it arrives with each join.
    const ADVICE: [(&str, bool, bool); 20] = [
        ("bash run.sh", true, true),
        ("python main.py", true, true),
        ("bash -c 'python a.py && python b.py'", true, true),
        ("bash -c 'cd src && python a.py > log.txt'", true, true),
        ("bash -c 'python a.py | tee log'", true, true),
        ("bash -c 'python a.py || python b.py'", true, true),
        ("bash -c 'set -e; python a.py\npython b.py'", true, true),
        ("bash -c 'python t.py --lr $LR --day $(date)'", true, true),
        (
            "bash -c 'for i in 1 2; do python a.py $i; done'",
            false,
            true,
        ),
        ("bash -c 'export A=1; python a.py $A'", false, true),
        (
            "bash -c 'for i in 1 2; do python a.py \\$i; done'",
            true,
            false,
        ),
        (
            "bash -c 'python a.py \"a&b\" \"*.csv\" \"~/x\" \"(x)\" \"#t\"'",
            true,
            true,
        ),
        ("python -c 'print( 1 )'", true, true),
        ("python a.py '{\"a\": 1, \"m\": \"x & y\"}'", true, true),
        ("python a.py '{ \"a\":1,\"b\":2}'", true, true),
        ("env 'A=a b' python x.py", true, true),
        ("bash -c 'A=\"a b\" python x.py'", true, true),
        ("bash -c '! python a.py'", true, true),
        ("bash -c 'python a.py data/*.csv'", true, true),
        ("python a.py '$LR'", false, true),
    ];

    #[test]
    fn advice_arrives_as_the_documents_say() {
        if let Some(name) = missing() {
            println!("skipped: advice through the shells: {name} is not installed");
            return;
        }
        for mode in MODES {
            let question = |(text, ..): &(&str, bool, bool)| json!({"entrypoint": text, "mode": mode.as_str(), "real": true});
            let questions: Vec<Value> = ADVICE.iter().map(question).collect();
            let answers = ask(&questions).expect("answers");
            for ((text, old, new), answer) in ADVICE.iter().zip(answers) {
                // Behind a backslash, the value is meant to be that of the loop.
                let mut answer = answer;
                if text.contains("\\$i") {
                    let calls = ["1", "2"].map(|i| json!([".", "python", "a.py", i]));
                    answer["meant"]["calls"] = json!(calls);
                }
                let arrived = ["list2cmdline", "shlex"].map(|join| arrives(&answer, join));
                assert_eq!(arrived, [*old, *new], "{text}\n{answer}");
            }
        }
    }
}
