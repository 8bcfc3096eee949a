//! The policy core: judges KubeRay RayJobs and RayCronJobs as the KubeRay
//! operator would, before they are stored.
//!
//! The core is pure: no host, no WebAssembly, no I/O, and it never panics.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::iter_over_hash_type,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

pub mod admit;
pub mod cel;
pub mod cluster;
pub mod context;
pub mod crd;
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
pub mod raycluster;
pub mod rayjob;
pub mod release;
pub mod request;
pub mod response;
pub mod retries;
pub mod rule;
pub mod rule_doc;
pub mod rules;
pub mod settings;
pub mod syntax;
mod text;
pub mod verdict;
