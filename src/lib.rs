//! The policy core: judges KubeRay's RayJobs, RayCronJobs, RayClusters and RayServices
//! as the KubeRay operator would, before they are stored.
//!
//! ```text
//! request ─json─> Envelope ──> Context ─rules─> findings ─verdict─> Verdict ─response─> JSON
//!                 (views)      (object, old,    (rule, field,       (allowed,
//!                              release, gates)   detail, fixes)      message, warnings)
//! ```
//!
//! A host hands a request to [`admit::respond`], which also finds the settings in it, and
//! writes the response in its own form. A tool that has an object and settings calls
//! [`admit::judge`]; one that has an object from a file calls [`crd::judge`], which first
//! does what the API server would do:
//!
//! ```
//! use rayjob_policy_core::admit;
//! use rayjob_policy_core::settings::Settings;
//!
//! let job = br#"{
//!     "apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "train"},
//!     "spec": {"submissionMode": "InteractiveMode", "backoffLimit": 2, "rayClusterSpec": {
//!         "headGroupSpec": {"template": {"spec": {"containers": [
//!             {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}}}}}"#;
//! let verdict = admit::judge(job, None, &Settings::default());
//!
//! let ids: Vec<_> = verdict.findings.iter().map(|graded| graded.finding.rule.id).collect();
//! assert_eq!(ids, ["interactive-backoff"]);
//! assert!(!verdict.allowed);
//! ```
//!
//! Where to look:
//!
//! - what a rule is: [`rule`], [`finding`], [`fix`], [`rule_doc`], [`example`]; the rules
//!   themselves: [`rules`]; what they are given: [`context`], [`job`], [`cluster`],
//!   [`group`], and the views in [`rayjob`], [`raycluster`] and [`rayservice`];
//! - the operator: [`release`], [`kuberay`], and [`lifecycle`], which simulates what it
//!   does with a job;
//! - the API server: [`crd`]; objects that are applied together: [`set`];
//! - the same rules for a ValidatingAdmissionPolicy: [`cel`].
//!
//! The core is pure: no host, no WebAssembly, no I/O, and it never panics.
// Code that reads foreign input must not panic. This is not in `[workspace.lints]` because
// it would then apply to tools and to helpers of integration tests, which may.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::iter_over_hash_type,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

pub mod admit;
pub mod cel;
pub mod cluster;
pub mod context;
pub mod crd;
pub mod entrypoint;
mod equality;
pub mod example;
pub mod finding;
pub mod fix;
pub mod group;
pub mod job;
pub mod json;
pub mod kind;
pub mod kuberay;
pub mod lifecycle;
pub mod live;
pub mod neighbours;
pub mod pod;
pub mod raycluster;
pub mod rayjob;
pub mod rayservice;
pub mod release;
pub mod request;
pub mod response;
pub mod retries;
pub mod rule;
pub mod rule_doc;
pub mod rules;
pub mod service;
pub mod set;
pub mod settings;
pub mod syntax;
mod text;
pub mod verdict;
