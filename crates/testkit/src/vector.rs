//! Vectors: one JSON file per case, or an example of a rule.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

/// A case: a request, the settings, and the answer.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// What the case shows, in one sentence.
    pub name: String,
    /// An AdmissionRequest.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Value>,
    /// Or an AdmissionReview with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Value>,
    /// The settings of the policy; absent means the defaults.
    #[serde(
        default,
        deserialize_with = "even_null",
        skip_serializing_if = "Option::is_none"
    )]
    pub settings: Option<Value>,
    /// The objects in the cluster; those without a namespace are in `default`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cluster: Vec<Value>,
    /// The answer.
    pub expect: Expect,
    #[serde(skip)]
    file: PathBuf,
}

/// The answer of the policy.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Whether the request passes.
    pub allowed: bool,
    /// The findings, in order.
    pub findings: Vec<ExpectedFinding>,
    /// The message of a denial.
    pub message: Option<String>,
    /// The warnings.
    pub warnings: Vec<String>,
    /// What is not known of the cluster, as in the audit annotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
}

/// A finding of the policy.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFinding {
    /// The ID of the rule.
    pub rule: String,
    /// The field.
    pub path: String,
    /// `deny` or `warn`.
    pub level: String,
}

/// `null` is a value, unlike the absence of one.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Expect {
    /// The IDs of the rules with findings, joined by commas, each once; `None` if
    /// there are none.
    pub fn finding_ids(&self) -> Option<String> {
        let mut ids: Vec<&str> = Vec::new();
        for finding in &self.findings {
            if !ids.contains(&finding.rule.as_str()) {
                ids.push(&finding.rule);
            }
        }
        (!ids.is_empty()).then(|| ids.join(","))
    }

    /// The code of a denial: 422 for an object that breaks a rule, 400 for input that could
    /// not be read.
    pub fn code(&self) -> Option<u16> {
        let code = if self.findings.is_empty() { 400 } else { 422 };
        (!self.allowed).then_some(code)
    }
}

impl Vector {
    /// A vector that has no file.
    #[cfg(feature = "examples")]
    pub(crate) fn of(name: String, request: Value, settings: Option<Value>) -> Self {
        Self {
            name,
            request: Some(request),
            review: None,
            settings,
            cluster: Vec::new(),
            expect: Expect::default(),
            file: PathBuf::new(),
        }
    }

    /// The name of its file, without the extension.
    pub fn file_name(&self) -> &str {
        let stem = self.file.file_stem();
        stem.and_then(|stem| stem.to_str()).unwrap_or_default()
    }

    /// The AdmissionRequest.
    pub fn request(&self) -> &Value {
        match (&self.request, &self.review) {
            (Some(request), None) => request,
            (None, Some(review)) => &review["request"],
            _ => panic!("{}: either request or review", self.file.display()),
        }
    }

    /// The question as Kubewarden asks it.
    pub fn question(&self) -> Vec<u8> {
        let mut question = json!({"request": self.request()});
        if let Some(settings) = &self.settings {
            question["settings"] = settings.clone();
        }
        question.to_string().into_bytes()
    }

    /// Compares an answer with the expected one, or writes it into the file if
    /// `BLESS=1` is set in the environment.
    ///
    /// # Panics
    /// If they differ.
    pub fn check(mut self, answer: Expect) {
        if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
            self.expect = answer;
            let json = serde_json::to_string_pretty(&self).expect("a vector is JSON");
            fs::write(&self.file, json + "\n").expect("a vector can be written");
        } else {
            assert_eq!(
                answer,
                self.expect,
                "{}: {}",
                self.file.display(),
                self.name
            );
        }
    }
}

/// All vectors under `tests/vectors`, sorted by file name.
///
/// # Panics
/// If one of them cannot be read.
pub fn vectors() -> Vec<Vector> {
    let folder = crate::project("tests/vectors");
    let entries = fs::read_dir(folder).expect("tests/vectors");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("a vector");
        let vector = serde_json::from_str(&text);
        let vector = vector.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Vector { file, ..vector }
    };
    files.into_iter().map(read).collect()
}
