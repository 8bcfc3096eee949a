//! KubeRay's recorded answers.

pub mod case;
pub mod messages;
