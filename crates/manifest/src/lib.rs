//! Judges RayJobs, RayCronJobs, RayClusters and RayServices in YAML and JSON files,
//! locates the findings in the text and proposes edits.
//!
//! ```
//! use rayjob_policy_manifest::{Options, Source, check};
//!
//! let text = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: train}\nspec:\n  \
//!     submissionMode: InteractiveMode\n  backoffLimit: 2\n  rayClusterSpec:\n    \
//!     headGroupSpec: {rayStartParams: {}, template: {spec: {containers: [{name: head, image: rayproject/ray:2.52.0}]}}}\n";
//! let checked = check(&Source::new(text), &Options::default());
//! let finding = &checked.documents[0].findings[0];
//! assert_eq!(finding.rule, "interactive-backoff");
//! assert_eq!((finding.span.start.line, finding.span.start.column), (6, 3));
//! assert_eq!(finding.fixes[0].edits[0].text, "0");
//! ```
//!
//! It reads what `kubectl` reads, as `kubectl` reads it: streams of YAML
//! documents or JSON texts, `List`s, YAML 1.1 booleans and numbers. It also
//! reads AdmissionReviews and AdmissionRequests. It does no I/O.

// Code that reads foreign input must not panic. This is not in `[workspace.lints]` because
// it would then apply to tools and to helpers of integration tests, which may.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::iter_over_hash_type,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

pub mod check;
mod checked;
pub mod cluster;
pub mod detect;
mod document;
pub mod edit;
pub mod fix;
mod holder;
pub mod ignore;
mod json;
pub mod lint;
pub mod operator;
mod order;
mod part;
pub mod partial;
mod placeholder;
pub mod releases;
pub mod set;
pub mod settings;
pub mod source;
mod stored;
pub mod stream;
mod syntax_error;
mod tally;
mod template;
mod tree;
mod unrendered;
pub mod upgrade;
pub mod write;
mod yaml;

pub use check::{Options, check};
pub use checked::{Checked, Document, Finding, Fix, Problem, TextEdit};
pub use cluster::Cluster;
pub use source::{Position, Source, Span};
pub use syntax_error::SyntaxError;
pub use tally::{Sort, Tally};
pub use tree::Tree;
