//! KubeRay's recorded answers.

pub mod case;
