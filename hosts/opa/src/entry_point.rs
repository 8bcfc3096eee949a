//! The entry points of the module.

use std::sync::Arc;

use rayjob_policy_core::admit;
use rayjob_policy_core::json::Json;
use rayjob_policy_core::live::Inventory;
use rayjob_policy_core::response::{AdmissionResponse, AdmissionReview, findings, violations};
use rayjob_policy_core::settings::{Settings, SettingsError};
use serde::Serialize;

use crate::text::members;

/// An entry point. All of them take the same input: an AdmissionReview
/// (`request`), Gatekeeper's form of one (`review`), or a plain object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryPoint {
    /// The answer in the form that matches the input: that of
    /// [`Violation`](Self::Violation) for a `review`, else an AdmissionReview.
    /// Kubewarden calls it by its number.
    Main,
    /// The reasons for a denial, in Gatekeeper's form.
    Violation,
    /// An AdmissionResponse.
    Response,
    /// All findings.
    Findings,
}

impl EntryPoint {
    /// All entry points; the index of each is its number.
    pub const ALL: [Self; 4] = [Self::Main, Self::Violation, Self::Response, Self::Findings];

    /// The names that hosts use, with their numbers, as JSON.
    pub const NAMES: &str = r#"{"kuberay/rayjob/main":0,"kuberay/rayjob/violation":1,"kuberay/rayjob/response":2,"kuberay/rayjob/findings":3}"#;

    /// Answers in JSON, with the settings in the input, else with these, else with
    /// the defaults, about this cluster.
    pub fn answer(
        self,
        input: &[u8],
        settings: Option<&[u8]>,
        cluster: Option<Arc<dyn Inventory>>,
    ) -> Vec<u8> {
        let response = admit::respond(input, &|given| {
            let settings = choose(given, settings)?;
            Ok(match cluster.clone() {
                Some(cluster) => settings.with_inventory(cluster),
                None => settings,
            })
        });
        let findings = || findings(&response.verdict);
        match self {
            Self::Main if is_for_gatekeeper(input) => json(&violations(&findings())),
            Self::Main => json(&AdmissionReview::of(&response)),
            Self::Violation => json(&violations(&findings())),
            Self::Response => json(&AdmissionResponse::of(&response)),
            Self::Findings => json(&findings()),
        }
    }
}

fn choose(given: &Json<'_>, settings: Option<&[u8]>) -> Result<Settings, SettingsError> {
    match (given, settings) {
        (Json::Absent, Some(settings)) => Settings::parse(settings),
        (given, _) => Settings::from_json(given),
    }
}

/// Whether the host expects a list. Kubewarden treats anything but a list as
/// "allowed", so this is determined even if the input cannot be read.
fn is_for_gatekeeper(input: &[u8]) -> bool {
    members(input)
        .find_map(|member| match &*member.key {
            "review" | "parameters" => Some(true),
            "request" => Some(false),
            _ => None,
        })
        .unwrap_or(false)
}

/// The answer in JSON. Every answer can be written; nothing at all would be an error for
/// every host, never a verdict.
fn json(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::EntryPoint;

    const JOB: &str = r#"{"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "train"},
        "spec": {"clusterSelector": {"ray.io/cluster": "shared"}, "submissionMode": "InteractiveMode", "backoffLimit": 2}}"#;

    fn answer(entry_point: EntryPoint, input: &str, settings: Option<&str>) -> String {
        let answer = entry_point.answer(input.as_bytes(), settings.map(str::as_bytes), None);
        String::from_utf8(answer).expect("text")
    }

    #[test]
    fn every_entry_point_has_a_name_and_its_place_for_a_number() {
        let names: BTreeMap<String, usize> = serde_json::from_str(EntryPoint::NAMES).expect("JSON");
        for (number, entry_point) in EntryPoint::ALL.iter().enumerate() {
            let name = format!("kuberay/rayjob/{entry_point:?}").to_lowercase();
            assert_eq!(names.get(&name), Some(&number), "{name}");
        }
        assert_eq!(names.len(), EntryPoint::ALL.len());
    }

    #[test]
    fn the_main_one_answers_in_the_shape_of_the_input() {
        for (input, start) in [
            (JOB, r#"{"apiVersion""#),
            (
                r#"{"kind": "AdmissionReview", "request": 7}"#,
                r#"{"apiVersion""#,
            ),
            ("7", r#"{"apiVersion""#),
            (r#"{"request": 7, "parameters": {}}"#, r#"{"apiVersion""#),
            (r#"{"parameters": {}, "review": {}}"#, r#"[{"msg""#),
            (r#"{"review": null}"#, r#"[{"msg""#),
            (r#"{"parameters": {"#, r#"[{"msg""#),
        ] {
            let answer = answer(EntryPoint::Main, input, None);
            assert!(answer.starts_with(start), "{input}: {answer}");
        }
    }

    #[test]
    fn settings_of_the_input_come_before_those_of_the_data() {
        let request = |more: &str| {
            format!(
                r#"{{"review": {{"kind": {{"group": "ray.io", "kind": "RayJob"}}, "operation": "CREATE", "object": {JOB}}}{more}}}"#
            )
        };
        let off = r#"{"rules": {"*": "off"}}"#;
        let findings =
            |more: &str, settings| answer(EntryPoint::Findings, &request(more), settings);
        assert_ne!(findings("", None), "[]");
        assert_eq!(findings("", Some(off)), "[]");
        assert_ne!(findings(r#", "parameters": {}"#, Some(off)), "[]");
        assert_eq!(
            findings(&format!(r#", "parameters": {off}"#), Some("{}")),
            "[]"
        );
        assert!(findings("", Some("7")).contains("invalid-settings"));
    }
}
