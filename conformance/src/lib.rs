//! KubeRay's recorded answers.

pub mod case;
pub mod children;
pub mod messages;
