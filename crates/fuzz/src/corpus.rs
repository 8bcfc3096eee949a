//! The inputs that the fuzzer starts with: a seed for each way through the code, and what it
//! kept of earlier runs, one archive a target.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Result};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use rayjob_policy_bench::hostile;
use rayjob_policy_testkit::{examples, harmless, project, unreadable, vectors};
use serde_json::Value;

/// The archive of a target.
pub fn archive(target: &str) -> PathBuf {
    project(format!("fuzz/corpus/{target}.tar.gz"))
}

/// The inputs in the archive of a target.
///
/// # Errors
/// If it cannot be read.
pub fn kept(target: &str) -> Result<Vec<Vec<u8>>> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(archive(target))?));
    let mut inputs = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.header().entry_type().is_file() {
            let mut input = Vec::new();
            entry.read_to_end(&mut input)?;
            inputs.push(input);
        }
    }
    Ok(inputs)
}

/// One of this many recorded cases is a seed.
const EVERY: usize = 20;

/// The largest seed, in bytes: the fuzzer is quicker with small ones.
const LARGEST: usize = 4096;

/// The largest seed of a target that needs no object of Kubernetes.
const LARGEST_TEXT: usize = 512;

/// The seeds of a target: the vectors, the examples of the rules, and recorded cases.
///
/// # Errors
/// If a recorded case cannot be read.
pub fn seeds(target: &str) -> Result<Vec<Vec<u8>>> {
    let text = |value: &Value| value.to_string().into_bytes();
    let requests = || vectors().into_iter().chain(examples());
    let objects = || recorded("cases", "object");
    let mut seeds = match target {
        "request" | "modules" | "fuel" => {
            let mut seeds: Vec<_> = requests().map(|vector| vector.question()).collect();
            seeds.extend(objects()?.iter().map(text));
            seeds.extend(unreadable().into_iter().map(|raw| raw.question));
            seeds.extend(harmless().into_iter().map(|(_, question)| question));
            seeds.extend(hostile::ALL.iter().map(|hostile| hostile.create(600)));
            seeds
        }
        "calls" => requests().map(|vector| vector.question()).collect(),
        "json" => {
            let mut seeds: Vec<_> = requests().map(|vector| text(vector.request())).collect();
            seeds.extend(unreadable().into_iter().map(|raw| raw.question));
            seeds
        }
        "manifest" => {
            let objects = objects()?
                .into_iter()
                .chain(recorded("children", "object")?);
            let pretty = |object| serde_json::to_vec_pretty(&object).unwrap_or_default();
            let yaml = |object: Value| match &object {
                Value::Object(fields) if fields.len() % 2 == 0 => {
                    rayjob_policy_manifest::write::to_yaml(fields).into_bytes()
                }
                _ => pretty(object),
            };
            objects.map(yaml).collect()
        }
        "yaml" | "runtime_env" => {
            let texts = recorded("runtime-env", "text")?.into_iter();
            texts
                .filter_map(|text| Some(text.as_str()?.into()))
                .collect()
        }
        "settings" => {
            let settings = requests().filter_map(|vector| vector.settings);
            settings.map(|settings| text(&settings)).collect()
        }
        "pods" => {
            let objects = recorded("children", "object")?
                .into_iter()
                .chain(objects()?);
            let spec = "/spec/rayClusterSpec/headGroupSpec/template/spec";
            let spec = |object: Value| object.pointer(spec).map(text);
            objects.filter_map(spec).collect()
        }
        "shell" => {
            let commands = recorded("commands", "command")?.into_iter();
            let words = commands.flat_map(|words| words.as_array().cloned().unwrap_or_default());
            let entrypoints = objects()?.into_iter();
            let entrypoints = entrypoints.map(|object| object["spec"]["entrypoint"].clone());
            let texts = words.chain(entrypoints);
            texts
                .filter_map(|text| Some(text.as_str()?.into()))
                .collect()
        }
        _ => Vec::new(),
    };
    let largest = match target {
        "json" | "runtime_env" | "shell" | "yaml" => LARGEST_TEXT,
        _ => LARGEST,
    };
    seeds.retain(|seed| seed.len() <= largest);
    Ok(seeds)
}

/// A field of some recorded cases.
fn recorded(name: &str, field: &str) -> Result<Vec<Value>> {
    let file = File::open(project(format!("conformance/recorded/{name}.jsonl.gz")))?;
    let lines = BufReader::new(GzDecoder::new(file)).lines().step_by(EVERY);
    let mut values = Vec::new();
    for line in lines {
        let case: Value = serde_json::from_str(&line?)?;
        values.extend(case.get(field).cloned());
    }
    Ok(values)
}
