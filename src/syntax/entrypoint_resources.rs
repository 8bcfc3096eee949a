//! The resources of an entrypoint, as Ray reads them.

use crate::json::{self, Json};

/// Whether `text` is a JSON object of numbers, as it is read on the way to Ray.
///
/// KubeRay itself reads it in HTTPMode, into a `map[string]float32`, where `null` is fine
/// (`kuberay v1.7.0
/// ray-operator/controllers/ray/utils/dashboardclient/dashboard_httpclient.go:ConvertRayJobToReq`).
/// In the other modes it is quoted for a shell, which turns a control character into an escape that
/// is invalid in JSON, and `ray job submit` reads it, where `true` is a number, as always in Python
/// (`ray 2.52.0 python/ray/dashboard/modules/job/common.py:JobSubmitRequest`). Both drop one of two
/// entries with the same key; here such a text is invalid. The numbers beyond 32 bits that HTTPMode
/// refuses are accepted.
///
/// ```
/// use rayjob_policy_core::syntax::entrypoint_resources::are_valid;
///
/// assert!(are_valid(r#"{"accelerator": 0.5}"#, false));
/// assert!(!are_valid(r#"{"accelerator": "1"}"#, false));
/// ```
pub fn are_valid(text: &str, by_http: bool) -> bool {
    if !by_http && text.contains(|c: char| c.is_ascii_control()) {
        return false;
    }
    match json::read(text.as_bytes()) {
        Ok(Json::Null) => by_http,
        Ok(Json::Object(resources)) => resources.iter().all(|(_, amount)| match amount {
            Json::Number(_) => true,
            Json::Null => by_http,
            Json::Boolean(_) => !by_http,
            _ => false,
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::are_valid;

    #[test]
    fn resources_are_a_json_object_of_numbers() {
        for (text, [by_http, by_shell]) in [
            ("{}", [true, true]),
            (r#" {"a": 1, "b c": 0.5, "d": -2e3} "#, [true, true]),
            ("null", [true, false]),
            (r#"{"a": null}"#, [true, false]),
            (r#"{"a": true}"#, [false, true]),
            ("{\"a\": 1}\n", [true, false]),
            (r#"{"a": "1"}"#, [false, false]),
            (r#"{"a": {}}"#, [false, false]),
            (r#"{"a": [1]}"#, [false, false]),
            (r#"{"a": 1,}"#, [false, false]),
            ("{'a': 1}", [false, false]),
            ("{a: 1}", [false, false]),
            (r#"{"a": 1} {}"#, [false, false]),
            ("[]", [false, false]),
            ("1", [false, false]),
            (" ", [false, false]),
            ("a=1", [false, false]),
        ] {
            assert_eq!(are_valid(text, true), by_http, "{text}");
            assert_eq!(are_valid(text, false), by_shell, "{text}");
        }
    }
}
