//! KubeRay's recorded answers.

pub mod case;
pub mod children;
pub mod example;
pub mod messages;
