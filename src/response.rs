//! The response in JSON, in the shapes that API servers, Gatekeeper
//! and programs know. Kubewarden's waPC has one of its own.

use serde::Serialize;

use crate::admit::Response;
use crate::fix::Fix;
use crate::json::ReadError;
use crate::rule::Level;
use crate::verdict::{Graded, Verdict};

/// An AdmissionReview with the response only: what an API server takes from
/// its webhooks.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionReview<'v> {
    api_version: &'static str,
    kind: &'static str,
    response: AdmissionResponse<'v>,
}

/// An AdmissionResponse.
/// Source: `k8s.io/api v0.34.1 admission/v1/types.go`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionResponse<'v> {
    uid: &'v str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'v>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'v [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<AuditAnnotations>,
}

#[derive(Debug, Serialize)]
struct Status<'v> {
    message: &'v str,
    code: Option<u16>,
}

#[derive(Debug, Serialize)]
struct AuditAnnotations {
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unavailable: Option<String>,
}

impl AuditAnnotations {
    fn of(verdict: &Verdict) -> Option<Self> {
        let annotations = Self {
            findings: verdict.finding_ids(),
            unavailable: verdict.unavailable(),
        };
        (annotations.findings.is_some() || annotations.unavailable.is_some()).then_some(annotations)
    }
}

/// A reason for a denial, as Gatekeeper has it.
#[derive(Debug, Serialize)]
pub struct Violation<'f> {
    msg: &'f str,
    details: &'f FindingEntry,
}

/// A finding.
#[derive(Debug, Serialize)]
pub struct FindingEntry {
    rule: &'static str,
    level: &'static str,
    path: String,
    message: String,
    fixes: Vec<Fix>,
}

impl<'v> AdmissionReview<'v> {
    /// The AdmissionReview that carries this response.
    pub fn of(response: &'v Response) -> Self {
        Self {
            api_version: "admission.k8s.io/v1",
            kind: "AdmissionReview",
            response: AdmissionResponse::of(response),
        }
    }
}

impl<'v> AdmissionResponse<'v> {
    /// The AdmissionResponse that carries this response.
    pub fn of(response: &'v Response) -> Self {
        let Response { uid, verdict } = response;
        let status = |message| Status {
            message,
            code: verdict.code,
        };
        Self {
            uid,
            allowed: verdict.allowed,
            status: verdict.message.as_deref().map(status),
            warnings: &verdict.warnings,
            audit_annotations: AuditAnnotations::of(verdict),
        }
    }
}

/// Those of the findings that are reasons for a denial.
pub fn violations(findings: &[FindingEntry]) -> Vec<Violation<'_>> {
    findings
        .iter()
        .filter(|finding| finding.level == Level::Deny.as_str())
        .map(|details| Violation {
            msg: &details.message,
            details,
        })
        .collect()
}

/// Everything that was found, in the operator's order. That nothing could be
/// judged is a finding too: an empty list means that all is well.
pub fn findings(verdict: &Verdict) -> Vec<FindingEntry> {
    match &verdict.refusal {
        Some(refusal) => vec![FindingEntry {
            rule: refusal.id(),
            level: Level::Deny.as_str(),
            path: refusal.error().map(ReadError::field).unwrap_or_default(),
            message: verdict.message.clone().unwrap_or_default(),
            fixes: Vec::new(),
        }],
        None => verdict.findings.iter().map(FindingEntry::of).collect(),
    }
}

impl FindingEntry {
    fn of(graded: &Graded) -> Self {
        let finding = &graded.finding;
        Self {
            rule: finding.rule.id,
            level: graded.level.as_str(),
            path: finding.path.to_string(),
            message: finding.to_string(),
            fixes: finding.fixes().collect(),
        }
    }
}
