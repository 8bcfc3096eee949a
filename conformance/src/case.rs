//! Objects and KubeRay's answers to them, as `conformance/recorded/README.md`
//! describes them.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::num::NonZero;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::settings::Settings;
use rayjob_policy_testkit::project;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::messages;

/// The project's recorded cases.
pub const FILE: &str = "conformance/recorded/cases.jsonl.gz";

/// An object, and what the releases of KubeRay said of it: a line of
/// `conformance/recorded/cases.jsonl.gz`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Case {
    /// The object as a user would write it.
    pub object: Value,
    /// The operator's feature gates; the others have their defaults.
    pub gates: Map<String, Value>,
    /// By release, KubeRay's answer; nothing for a kind that the release does not
    /// have.
    pub kuberay: BTreeMap<String, Answer>,
    /// By release, where and why the API server refuses the object; nothing if
    /// it stores it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apiserver: BTreeMap<String, Vec<String>>,
    /// By release, KubeRay's answer to the object as it is stored, if it is
    /// another.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stored: BTreeMap<String, Answer>,
}

/// What KubeRay says of an object, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// No validator has an error.
    Accepted,
    /// A validator of the object itself has this error.
    Refused(String),
    /// The RayJob passes, and the RayCluster that it would make has this error.
    ClusterRefused(String),
    /// A validator panicked, for this cause.
    Crashed(String),
    /// The operator could not decode the object, for this cause.
    Unreadable(String),
}

impl Answer {
    /// Returns the IDs of the rules that a refusal of an object of this kind stands for,
    /// `unmapped: TEXT` where no rule has its text. None without a refusal.
    pub fn rules(&self, kind: Kind) -> Vec<String> {
        match self {
            Self::Refused(text) | Self::ClusterRefused(text) => messages::rules_in(text, kind),
            Self::Accepted | Self::Crashed(_) | Self::Unreadable(_) => Vec::new(),
        }
    }
}

impl Case {
    /// An object without answers.
    pub fn new(object: Value, gates: Map<String, Value>) -> Self {
        Self {
            object,
            gates,
            kuberay: BTreeMap::new(),
            apiserver: BTreeMap::new(),
            stored: BTreeMap::new(),
        }
    }

    /// The kind of the object; a RayJob if it does not say.
    pub fn kind(&self) -> Kind {
        let named = self.object["kind"].as_str().and_then(Kind::named);
        named.unwrap_or(Kind::RayJob)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// Reads recorded cases, one a line; gunzips a file that ends in `.gz`.
///
/// # Errors
/// If the file cannot be read or a line is no case.
pub fn read(file: &Path) -> Result<Vec<Case>> {
    let name = || file.display().to_string();
    let bytes = File::open(file).with_context(name)?;
    let bytes: Box<dyn Read> = match file.extension() {
        Some(extension) if extension == "gz" => Box::new(MultiGzDecoder::new(bytes)),
        _ => Box::new(bytes),
    };
    let case = |(index, line): (usize, io::Result<String>)| {
        serde_json::from_str(&line?).with_context(|| format!("line {}", index + 1))
    };
    let lines = BufReader::new(bytes).lines().enumerate();
    lines.map(case).collect::<Result<_>>().with_context(name)
}

/// Adds cases as the last lines of a gzipped file of cases and leaves the other
/// lines as they are.
///
/// # Errors
/// If the file cannot be read or written.
pub fn append(file: &Path, cases: &[Case]) -> Result<()> {
    let name = || file.display().to_string();
    let packed = fs::read(file).with_context(name)?;
    let packed = with_lines(&packed, cases).with_context(name)?;
    fs::write(file, packed).with_context(name)
}

/// Returns gzipped lines with some more. They hold no time, so that the same lines
/// are the same bytes.
fn with_lines(packed: &[u8], more: &[impl fmt::Display]) -> io::Result<Vec<u8>> {
    let mut lines = String::new();
    MultiGzDecoder::new(packed).read_to_string(&mut lines)?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(lines.as_bytes())?;
    for line in more {
        writeln!(packed, "{line}")?;
    }
    packed.finish()
}

/// Returns each `n`-th of the project's recorded cases, for slow tests. The
/// environment variable `EVERY` overrides `n`.
///
/// # Errors
/// If the cases cannot be read or `EVERY` is not a positive number.
pub fn sample(n: usize) -> Result<Vec<Case>> {
    let n = match env::var("EVERY") {
        Ok(every) => every.parse::<NonZero<usize>>().context("EVERY")?.get(),
        Err(_) => n,
    };
    let cases = read(&project(FILE))?;
    Ok(cases.into_iter().step_by(n).collect())
}

/// All questions that the cases answer, in order.
pub fn questions(cases: &[Case]) -> impl Iterator<Item = Question<'_>> {
    cases.iter().flat_map(Case::questions)
}

impl Case {
    /// The questions that the case answers, the oldest release first.
    pub fn questions(&self) -> impl Iterator<Item = Question<'_>> {
        Release::ALL.into_iter().filter_map(|release| {
            let kuberay = self.kuberay.get(release.as_str())?;
            Some(Question {
                case: self,
                release,
                kuberay,
                refused: self
                    .apiserver
                    .get(release.as_str())
                    .map_or(&[], Vec::as_slice),
                stored: self.stored.get(release.as_str()).unwrap_or(kuberay),
            })
        })
    }
}

/// What is asked about one object for one release.
#[derive(Clone, Copy, Debug)]
pub struct Question<'c> {
    /// The object and the gates.
    pub case: &'c Case,
    /// The operator's release.
    pub release: Release,
    /// KubeRay's answer.
    pub kuberay: &'c Answer,
    /// What the API server refuses: `path: reason`.
    pub refused: &'c [String],
    /// KubeRay's answer to the object as it is stored.
    pub stored: &'c Answer,
}

/// What the policy reads.
#[derive(Serialize)]
struct Asked<'c> {
    request: Request<'c>,
    settings: Value,
}

#[derive(Serialize)]
struct Request<'c> {
    uid: &'static str,
    kind: Value,
    operation: &'static str,
    object: &'c Value,
}

impl Question<'_> {
    /// The question as a host asks it: JSON in one line, with the operator's
    /// rules on and those that the operator does not have off.
    ///
    /// # Errors
    /// None that could happen.
    pub fn to_json(self) -> Result<Vec<u8>> {
        self.to_json_about(&self.case.object)
    }

    /// The same question about another object.
    ///
    /// # Errors
    /// None that could happen.
    pub fn to_json_about(self, object: &Value) -> Result<Vec<u8>> {
        let asked = Asked {
            request: Request {
                uid: "0",
                kind: json!({"group": "ray.io", "version": "v1", "kind": object["kind"]}),
                operation: "CREATE",
                object,
            },
            settings: json!({
                "kuberayVersion": self.release.as_str(),
                "featureGates": self.case.gates,
                "rules": {"trap-*": "off", "pod-*": "off"},
            }),
        };
        Ok(serde_json::to_vec(&asked)?)
    }

    /// Returns the settings of the operator that answers. Each rule has its own level.
    pub fn settings(self) -> Settings {
        let mut settings = Settings::for_release(self.release);
        for gate in Gate::ALL {
            if let Some(on) = self.case.gates.get(gate.name()).and_then(Value::as_bool) {
                settings.gates.set(self.release, gate, on);
            }
        }
        settings
    }

    /// The case with this answer only.
    pub fn alone(self) -> Case {
        let release = self.release.as_str();
        let mut case = self.case.clone();
        case.kuberay.retain(|answered, _| answered == release);
        case.apiserver.retain(|answered, _| answered == release);
        case.stored.retain(|answered, _| answered == release);
        case
    }

    /// Whether the object is a RayCronJob.
    pub fn is_about_cron(self) -> bool {
        self.case.kind() == Kind::RayCronJob
    }

    /// Whether the object has a `runtimeEnvYAML`. KubeRay reads it with an old
    /// port of libyaml, and half of those in the cases are broken on purpose,
    /// so that not every last one is agreed on.
    pub fn has_runtime_env(self) -> bool {
        let job = if self.is_about_cron() {
            &self.case.object["spec"]["jobTemplate"]
        } else {
            &self.case.object["spec"]
        };
        !job["runtimeEnvYAML"].is_null()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Compression, GzEncoder, MultiGzDecoder, with_lines};

    #[test]
    fn a_line_is_added_behind_the_others() {
        let empty = GzEncoder::new(Vec::new(), Compression::best());
        let mut packed = empty.finish().expect("gzip");
        for line in [r#"{"b":1,"a":2}"#, "{}"] {
            packed = with_lines(&packed, &[line]).expect("gzip");
        }
        let mut lines = String::new();
        let read = MultiGzDecoder::new(&*packed).read_to_string(&mut lines);
        read.expect("gzip");
        assert_eq!(lines, "{\"b\":1,\"a\":2}\n{}\n");
        let time = packed.get(4..8);
        assert_eq!(time, Some(&[0; 4][..]));
    }
}
