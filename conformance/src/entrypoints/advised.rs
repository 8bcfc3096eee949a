//! No advice is untried: what the policy advises for the examples of its rules, and for
//! recorded entrypoints, goes through the shells and arrives as its author meant it.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use rayjob_policy_core::admit;
use rayjob_policy_core::example::patched;
use rayjob_policy_core::fix::Proposal;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_testkit::project;
use serde_json::{Value, json};

use super::{arrives, ask, missing};

/// Each entrypoint of this number among the recorded ones is tried; `EVERY` in the
/// environment sets another number.
const STEP: usize = 40;

/// The family of the rules whose advice is tried.
const TITLE: &str = "Shells between the job and the head";

/// What their IDs begin with.
const FAMILY: &str = "trap-entrypoint-";

/// What sh and bash read in different ways, so that nobody knows what its author means.
const DIALECT: [&str; 6] = ["$[", "$-", "$\"", "$RANDOM", "~+", "=~/"];

/// Ray releases whose joins are old, new, and not known.
const RELEASES: [&str; 3] = ["2.55.1", "2.56.0", ""];

/// A finding, and what it advises.
#[derive(Debug)]
struct Advice {
    rule: &'static str,
    entrypoint: String,
    mode: String,
    /// The joins of the Ray releases that the advice is for.
    joins: &'static [&'static str],
    advice: String,
    proposed: Option<String>,
}

impl Advice {
    /// The advice in the findings about the entrypoint of a job.
    fn of(job: &Value, verdict: &Verdict) -> Vec<Self> {
        let spec = &job["spec"];
        let is_new = spec["rayClusterSpec"]["rayVersion"] == "2.56.0";
        let findings = verdict.findings.iter().map(|graded| &graded.finding);
        let of_family = findings.filter(|finding| {
            finding.rule.id.starts_with(FAMILY) && finding.path.to_string() == "spec.entrypoint"
        });
        let advice = of_family.map(|finding| Self {
            rule: finding.rule.id,
            entrypoint: spec["entrypoint"].as_str().expect("a text").into(),
            mode: spec["submissionMode"]
                .as_str()
                .unwrap_or("K8sJobMode")
                .into(),
            // The advice may be to use a newer release, never an older one.
            joins: match is_new {
                _ if spec["submissionMode"] == "HTTPMode" => &[],
                true => &["shlex"],
                false => &["list2cmdline", "shlex"],
            },
            advice: finding.advice.to_string(),
            proposed: match finding.proposal.as_deref() {
                Some(Proposal::Text(text)) => Some(text.to_string()),
                _ => None,
            },
        });
        advice.collect()
    }

    /// The entrypoints that it advises, in which mode and with which joins.
    fn ways(&self) -> Vec<(&str, &str, &'static [&'static str])> {
        let mut ways = Vec::new();
        if let Some(text) = &self.proposed {
            ways.push((&**text, &*self.mode, self.joins));
        }
        if self.advice.ends_with(", or use HTTPMode") {
            ways.push((&*self.entrypoint, "HTTPMode", &[]));
        }
        if self.advice.ends_with(", or use Ray 2.56 or newer") {
            ways.push((&*self.entrypoint, &*self.mode, &["shlex"]));
        }
        ways
    }

    /// What the author of the entrypoint meant, as the shell of the head reads it.
    fn meant(&self) -> String {
        // KubeRay removes it.
        let text = self.entrypoint.trim_end_matches(['\r', '\n']);
        if let Some(text) = with_json_quoted(text) {
            return text;
        }
        match self.rule {
            "trap-entrypoint-not-submitted" => text.trim_end_matches([';', '&', '|', ' ']).into(),
            "trap-entrypoint-quoted-command" => {
                let parts = text.split(r"'\''");
                let parts = parts.map(|part| part.replace(['"', '\''], ""));
                parts.collect::<Vec<_>>().join("'")
            }
            "trap-entrypoint-carriage-return" => text.replace('\r', ""),
            "trap-entrypoint-continuation" => {
                let lines = text.lines().map(|line| match line.trim_end() {
                    trimmed if trimmed.ends_with('\\') => trimmed,
                    _ => line,
                });
                let lines: Vec<&str> = lines.collect();
                lines.join("\n").trim_end_matches(['\\', '\n']).into()
            }
            "trap-entrypoint-not-a-command" if text.split(' ').next().is_some_and(is_python) => {
                format!("python {text}")
            }
            "trap-entrypoint-braces" => in_bash(text),
            _ => text.into(),
        }
    }
}

/// The text with quotes around the JSON that lacks them, if it has any.
fn with_json_quoted(text: &str) -> Option<String> {
    let at = text.find("{\"")?;
    let start = text[..at].rfind(' ')? + 1;
    let end = text[at..]
        .find("} ")
        .map_or(text.len(), |length| at + length + 1);
    let (before, json, after) = (&text[..start], &text[start..end], &text[end..]);
    let is_quoted = json.contains('\'');
    (!is_quoted && json.ends_with('}')).then(|| format!("{before}'{json}'{after}"))
}

fn in_bash(text: &str) -> String {
    format!("bash -c '{}'", text.replace('\'', r"'\''"))
}

fn is_python(word: &str) -> bool {
    word.ends_with(".py")
}

/// What is advised for the bad examples of the rules.
fn for_examples() -> Vec<Advice> {
    let mut families = rules::explained();
    let family = families.find(|(title, _)| *title == TITLE);
    let entries = family.expect("the family").1;
    let of_family = entries.filter(|(rule, _)| rule.id.starts_with(FAMILY));
    let examples = of_family.flat_map(|(rule, doc)| doc.bad.iter().map(move |bad| (rule, bad)));
    let advice = examples.flat_map(|(rule, example)| {
        let job = example.object().expect("an object");
        Advice::of(&job, &example.judge(rule).expect("an object"))
    });
    advice.collect()
}

/// What is advised for a sample of the recorded entrypoints.
fn for_recorded() -> Vec<Advice> {
    let file = File::open(project("tests/entrypoints/recorded.jsonl.gz")).expect("the recording");
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    let every = env::var("EVERY").map(|every| every.parse().expect("EVERY is a number"));
    let mut advice = Vec::new();
    for line in lines.skip(1).step_by(every.unwrap_or(STEP)) {
        let row: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        for mode in ["K8sJobMode", "SidecarMode", "HTTPMode"] {
            for ray in RELEASES {
                let job = job(&row["entrypoint"], mode, ray);
                let verdict = admit::judge(job.to_string().as_bytes(), None, &Settings::default());
                advice.extend(Advice::of(&job, &verdict));
            }
        }
    }
    advice
}

fn job(entrypoint: &Value, mode: &str, ray: &str) -> Value {
    let image = format!(
        "rayproject/ray:{}",
        if ray.is_empty() { "latest" } else { ray }
    );
    let container = json!({"name": "ray-head", "image": image});
    let patch = json!({"spec": {
        "entrypoint": entrypoint, "submissionMode": mode, "activeDeadlineSeconds": 3600,
        "rayClusterSpec": {"rayVersion": ray, "workerGroupSpecs": [],
            "headGroupSpec": {"template": {"spec": {"containers": [container]}}}},
    }});
    patched(Kind::RayJob, &patch.to_string()).expect("an object")
}

/// Runs advice. Whatever is advised must do what is meant; a recorded entrypoint may fail on
/// the head, where it then fails in the same way.
fn try_all(advice: &[Advice], may_fail: bool) {
    let ways = advice
        .iter()
        .flat_map(|advice| advice.ways().into_iter().map(move |way| (advice, way)));
    let mut ways: Vec<_> = ways.collect();
    let mut known = BTreeSet::new();
    ways.retain(|(advice, way)| known.insert((*way, advice.meant())));
    let question = |text: &str, mode: &str| json!({"entrypoint": text, "mode": mode, "real": true});
    let advised = ways.iter().map(|(_, (text, mode, _))| question(text, mode));
    let advised = ask(&advised.collect::<Vec<_>>()).expect("answers");
    let meant = |change: &dyn Fn(String) -> String| {
        let meant = ways
            .iter()
            .map(|(advice, _)| question(&change(advice.meant()), "HTTPMode"));
        ask(&meant.collect::<Vec<_>>()).expect("answers")
    };
    let by_sh = meant(&|text| text);
    let by_bash = meant(&|text| in_bash(&text));
    let mut wrong = Vec::new();
    for (index, (advice, way)) in ways.iter().enumerate() {
        let answer = &advised[index];
        let does = &answer["meant"];
        let calls = |run: &Value| (run["rc"] == 0, calls(run, &advice.entrypoint));
        let readings = [&by_sh[index]["meant"], &by_bash[index]["meant"]];
        let meant = match DIALECT.iter().any(|part| advice.entrypoint.contains(part)) {
            true => &readings[..],
            false if readings[0]["rc"] == 0 => &readings[..1],
            false => &readings[1..],
        };
        let is_meant = meant.iter().any(|meant| calls(does) == calls(meant));
        let runs = may_fail || does["calls"] != json!([]) && (does["rc"] == 0) != is_negated(way.0);
        if !runs || !is_meant || !way.2.iter().all(|join| arrives(answer, join)) {
            wrong.push(format!(
                "{advice:?}\n  {way:?}\n  does  {answer}\n  meant {meant:?}"
            ));
        }
    }
    println!("{} entrypoints that are advised ran", ways.len());
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn is_negated(text: &str) -> bool {
    text.contains("! ")
}

/// What was called for an entrypoint. The policy proposes JSON with a space, which means the
/// same, and `$$` is another number each time.
fn calls(run: &Value, entrypoint: &str) -> String {
    let calls = run["calls"].to_string().replace("{ ", "{");
    match entrypoint.contains("$$") {
        true => calls.replace(|c: char| c.is_ascii_digit(), ""),
        false => calls,
    }
}

#[test]
fn no_advice_is_untried() {
    if let Some(name) = missing() {
        println!("skipped: running the advice: {name} is not installed");
        return;
    }
    try_all(&for_examples(), false);
    try_all(&for_recorded(), true);
}
