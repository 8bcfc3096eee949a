//! What can be asked of the module.

use rayjob_rules::admit;
use rayjob_rules::json::Json;
use rayjob_rules::response::{AdmissionResponse, AdmissionReview, findings, violations};
use rayjob_rules::settings::{Settings, SettingsFault};
use serde::Serialize;

use crate::text::members;

/// A question that the module answers. All of them take the same input: an
/// AdmissionReview (`request`), what Gatekeeper makes of one (`review`), or an
/// object by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryPoint {
    /// The answer in the shape that the input asks for: of
    /// [`Violation`](Self::Violation) for a `review`, and else an
    /// AdmissionReview. Kubewarden calls it, by its number.
    Main,
    /// The reasons for a denial, as Gatekeeper has them.
    Violation,
    /// An AdmissionResponse.
    Response,
    /// Everything that was found.
    Findings,
}

impl EntryPoint {
    /// All of them; the place of each is its number.
    pub const ALL: [Self; 4] = [Self::Main, Self::Violation, Self::Response, Self::Findings];

    /// The names by which hosts know them, and their numbers, as JSON.
    pub const NAMES: &str = r#"{"kuberay/rayjob/main":0,"kuberay/rayjob/violation":1,"kuberay/rayjob/response":2,"kuberay/rayjob/findings":3}"#;

    /// Answers, in JSON, with the settings that come with the input or else
    /// these, or else the defaults.
    pub fn answer(self, input: &[u8], settings: Option<&[u8]>) -> Vec<u8> {
        let answer = admit::answer(input, &|given| choose(given, settings));
        match self {
            Self::Main if is_for_gatekeeper(input) => json(&violations(&answer.verdict)),
            Self::Main => json(&AdmissionReview::of(&answer)),
            Self::Violation => json(&violations(&answer.verdict)),
            Self::Response => json(&AdmissionResponse::of(&answer)),
            Self::Findings => json(&findings(&answer.verdict)),
        }
    }
}

fn choose(given: &Json<'_>, settings: Option<&[u8]>) -> Result<Settings, SettingsFault> {
    match (given, settings) {
        (Json::Absent, Some(settings)) => Settings::parse(settings),
        (given, _) => Settings::from_json(given),
    }
}

/// Whether a list is expected, which Kubewarden takes for "allowed" if it gets
/// anything else. So this is told even where the input cannot be read.
fn is_for_gatekeeper(input: &[u8]) -> bool {
    members(input)
        .find_map(|member| match &*member.key {
            "review" | "parameters" => Some(true),
            "request" => Some(false),
            _ => None,
        })
        .unwrap_or(false)
}

fn json(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap_or_else(|_| unreachable!("an answer is JSON"))
}
