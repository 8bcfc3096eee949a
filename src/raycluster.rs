//! Views of a RayCluster and the parts of a pod that rules read
//! (`kuberay v1.7.0 ray-operator/apis/ray/v1/raycluster_types.go`).

use crate::json::{Text, view};

view! {
    /// `spec.rayClusterSpec`.
    pub struct RayClusterSpec<'a> {
        "headGroupSpec" => head_group_spec: HeadGroupSpec<'a>,
    }
}

view! {
    /// The head of a RayCluster.
    pub struct HeadGroupSpec<'a> {
        "template" => template: PodTemplate<'a>,
    }
}

view! {
    /// A pod template.
    pub struct PodTemplate<'a> {
        "spec" => spec: PodSpec<'a>,
    }
}

view! {
    /// `spec` of a pod template.
    pub struct PodSpec<'a> {
        "restartPolicy" => restart_policy: Option<Text<'a>>,
    }
}

impl PodSpec<'_> {
    /// The value of `restartPolicy`, empty if absent.
    pub fn restart_policy(&self) -> &str {
        self.restart_policy.as_deref().unwrap_or_default()
    }
}
