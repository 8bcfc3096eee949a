//! `cargo conformance ray`: compares the rules about `runtimeEnvYAML` with Ray's own code on
//! new runtime environments.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use rayjob_policy_core::admit;
use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_testkit::project;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::program::Program;

const MODES: [SubmissionMode; 2] = [SubmissionMode::K8sJob, SubmissionMode::Http];

/// How many disagreements are shown.
const SHOWN: usize = 20;

/// The most questions at once: answers are read while they are written.
const BATCH: usize = 200;

/// What Ray makes of a runtime environment.
#[derive(Deserialize)]
struct RayAnswer {
    refused: Option<String>,
    ignored: Vec<String>,
    /// Whether Ray refuses it for a file that another submitter or head may have.
    files: bool,
}

/// Asks the policy and each installed release of Ray about `count` runtime environments of a
/// seed. Nothing is compared if none is installed.
///
/// # Errors
/// If Ray cannot be asked, or the policy denies what Ray takes, or is silent about what Ray
/// refuses or ignores.
pub fn run(count: usize, seed: u64) -> Result<()> {
    let installed = installed();
    if installed.is_empty() {
        println!("ray: skipped, because no release is installed: make target/ray/2.53/bin/ray");
    }
    let mut rng = Rng::with_seed(seed);
    let envs: Vec<Value> = (0..count).map(|_| env(&mut rng)).collect();
    let mut wrong = Vec::new();
    for python in installed {
        compare(&python, &envs, &mut wrong)?;
    }
    let shown = wrong.iter().take(SHOWN).map(String::as_str);
    let shown = shown.collect::<Vec<_>>().join("\n");
    ensure!(wrong.is_empty(), "{} disagree:\n{shown}", wrong.len());
    Ok(())
}

/// The Pythons of the releases that `make e2e-ray` has installed.
fn installed() -> Vec<PathBuf> {
    let folders = fs::read_dir(project("target/ray"))
        .into_iter()
        .flatten()
        .flatten();
    let pythons = folders.map(|folder| folder.path().join("bin/python"));
    let mut pythons: Vec<PathBuf> = pythons
        .filter(|python| python.with_file_name("ray").exists())
        .collect();
    pythons.sort();
    pythons
}

fn compare(python: &Path, envs: &[Value], wrong: &mut Vec<String>) -> Result<()> {
    let mut command = Command::new(python);
    let mut program = Program::start(command.arg(project("conformance/oracle/ray_envs.py")))?;
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    // The empty question is answered with the release.
    let release = program.ask(&[b"{}".to_vec()])?;
    let release: String = serde_json::from_str(release.first().context("no release")?)?;
    for mode in MODES {
        for batch in envs.chunks(BATCH) {
            let question = |env: &Value| json!({"env": env, "mode": mode.as_str()}).to_string();
            let lines: Vec<Vec<u8>> = batch.iter().map(|env| question(env).into()).collect();
            for (env, answer) in batch.iter().zip(program.ask(&lines)?) {
                let answer: RayAnswer = serde_json::from_str(&answer).context("an answer")?;
                let level = judged(env, mode, &release);
                let (seen, expected) = match answer {
                    RayAnswer {
                        refused: Some(_), ..
                    } => ("refused", Level::Deny),
                    RayAnswer { ref ignored, .. } if !ignored.is_empty() => {
                        ("ignored", Level::Warn)
                    }
                    _ => ("taken", Level::Off),
                };
                *counts.entry((seen, level.as_str())).or_default() += 1;
                // The policy does not know the files of an image.
                if level != expected && !(answer.files && level < Level::Deny) {
                    let why = answer.refused.unwrap_or_default();
                    wrong.push(format!(
                        "Ray {release} {} {}: {seen} {why}\n    {env}",
                        mode.as_str(),
                        level.as_str()
                    ));
                }
            }
        }
    }
    for ((seen, level), count) in counts {
        println!("Ray {release} {count:>6} {seen}, {level}");
    }
    program.finish()
}

/// The strictest level of what the rules say.
fn judged(env: &Value, mode: SubmissionMode, release: &str) -> Level {
    let image = format!("rayproject/ray:{release}");
    let template = json!({"spec": {"containers": [{"name": "ray-head", "image": image}]}});
    let object = json!({
        "apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "train"},
        "spec": {"entrypoint": "python train.py", "submissionMode": mode.as_str(),
            "runtimeEnvYAML": env.to_string(), "rayClusterSpec": {"rayVersion": release,
                "headGroupSpec": {"rayStartParams": {}, "template": template}}},
    });
    let verdict = admit::judge(object.to_string().as_bytes(), None, &Settings::default());
    let found = verdict.findings.iter();
    let found = found.filter(|graded| graded.finding.rule.id.starts_with("trap-runtime-env-"));
    found.map(|graded| graded.level).max().unwrap_or(Level::Off)
}

/// Values that any key may have by mistake.
const ANY: &str = r#"null true 1 0 -1 1.5 "" "1" "a" [] ["a"] [1] {} {"a":"b"} {"a":1}"#;

/// Values around the limits of each key.
const FIELDS: [(&str, &str); 16] = [
    (
        "env_vars",
        r#"{"A":"1"} {"A":1} {"A":null} {"A":"1","B":true} {"A":["1"]} {"1":"2"}"#,
    ),
    (
        "working_dir",
        r#""s3://b/x.zip" "gs://b/x.zip" "https://h/x.zip" "http://h/x.zip" "s3://b/x"
           "git://h/x.zip" "S3://b/x.zip" "s3://b/x.ZIP" "s3://b/x.tar.gz"
           "s3://b/x.tgz" "https://h/x.zip?a=1" "https://h/x?y=.zip" "https://h/x.zip#y"
           "file:///a/x.zip" "gcs://b/x.zip" "azure://c/x.zip" "abfss://c/x.zip" "pip://x"
           "hdfs://h/x.zip" "https://h/a/../x.zip" "https://h/x.jar" "s3://.zip"
           "https://h/.tgz?a=1" "s3://b/x.zip/" "s3://b/x.tar.gz/""#,
    ),
    (
        "py_modules",
        r#"["s3://b/x.zip"] ["s3://b/x.whl"] ["s3://b/x.zip","gs://b/y.whl"] ["s3://b/x"]
           "s3://b/x.zip" ["ftp://h/x.zip"] [1] ["https://h/x.whl?a=1"] [""] ["s3://b/x.tar.gz"]
           ["gs://b/.zip"] ["s3://b/x.whl/"]"#,
    ),
    ("excludes", r#"["*.csv"] "*.csv" [1]"#),
    (
        "pip",
        r#"["torch"] [] {"packages":["torch"]} {"packages":[]} {"package":["torch"]}
           {"packages":["torch"],"pip_check":true} {"packages":["torch"],"pip_check":"no"}
           {"packages":["torch"],"pip_version":"==22.0"} {"packages":["torch"],"pip_version":22}
           {"packages":["torch"],"pip_install_options":["--user"]}
           {"packages":["torch"],"pip_install_options":"--user"} ["torch",1] {"packages":""}
           "/image/requirements.txt" {"packages":"/image/requirements.txt"}"#,
    ),
    (
        "uv",
        r#"["torch"] [] {"packages":["torch"]} {} {"packages":["torch"],"uv_check":1}
           {"packages":["torch"],"uv_version":"==0.5"} {"packages":["torch"],"uv_version":5}
           {"packages":["torch"],"uv_pip_install_options":["--x"]} {"packages":[1]}
           {"packages":"/image/requirements.txt"} "/image/requirements.txt""#,
    ),
    (
        "conda",
        r#"{"dependencies":["numpy"]} {} "myenv" ["numpy"] 1 "/image/environment.yml""#,
    ),
    (
        "container",
        r#"{} {"image":"a"} {"image":"a","run_options":["-v"]} "a""#,
    ),
    ("image_uri", r#""rayproject/ray:2.53.0" "" 1"#),
    (
        "config",
        r#"{} {"setup_timeout_seconds":600} {"setup_timeout_seconds":0}
           {"setup_timeout_seconds":-1} {"setup_timeout_seconds":-2}
           {"setup_timeout_seconds":"600"} {"setup_timeout_seconds":true}
           {"setup_timeout_seconds":null} {"eager_install":false} {"eager_install":"yes"}
           {"log_files":["a"]} {"log_files":"a"} {"log_files":[1]} {"timeout":1}"#,
    ),
    ("worker_process_setup_hook", r#""a.b" 1 "" ["a"]"#),
    ("nsight", r#""default" {"t":"cuda"}"#),
    ("py_executable", r#""python3""#),
    ("mpi", r#"{"worker_entry":"a.b"} "a""#),
    ("envVars", r#"{"A":"1"}"#),
    ("java_jars", r#"["s3://b/x.zip"]"#),
];

/// A runtime environment of one to three keys.
fn env(rng: &mut Rng) -> Value {
    let mut env = Map::new();
    for _ in 0..rng.usize(1..4) {
        let (key, values) = FIELDS[rng.usize(..FIELDS.len())];
        let values = if rng.usize(..6) == 0 { ANY } else { values };
        let values: Vec<&str> = values.split_whitespace().collect();
        let value = values[rng.usize(..values.len())];
        // Ray takes an empty working_dir in HTTPMode, and fails only when it prepares it.
        if (key, value) != ("working_dir", r#""""#) {
            env.insert(key.into(), serde_json::from_str(value).expect("JSON"));
        }
    }
    env.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_says_what_ray_does() {
        run(300, 7).expect("they agree");
    }
}
