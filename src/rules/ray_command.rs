//! `command` and `args` of the container that runs Ray.

use crate::pod::{Owner, Pod};

/// The annotation with which KubeRay leaves command and args alone.
pub(super) const OVERWRITES: &str = "ray.io/overwrite-container-cmd";

/// The variable that holds the `ray start` line of KubeRay.
const GENERATED: &str = "KUBERAY_GEN_RAY_START_CMD";

/// Whether KubeRay pastes the command in front of its own line instead of leaving it alone
/// (`kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:BuildPod`).
fn is_joined(pod: Pod<'_, '_>, text: &str) -> bool {
    let own = pod.template.metadata.annotations.get(OVERWRITES);
    let overwrites = |value: &str| value.eq_ignore_ascii_case("true");
    !(own.is_some_and(overwrites)
        || overwrites(pod.job.annotation(OVERWRITES))
        || text.contains("ray start"))
}

/// The words of the command and the arguments of the Ray container, each between blanks, as
/// KubeRay joins them; empty if there are none.
fn joined(pod: Pod<'_, '_>) -> String {
    let Owner::Group(group, _) = pod.owner else {
        return String::new();
    };
    let mut text = String::new();
    if let Some(ray) = group.ray_container() {
        for word in ray.command.iter().chain(&*ray.args) {
            text.push(' ');
            text.push_str(word);
            text.push(' ');
        }
    }
    text
}

/// Whether `rayStartParams` reach Ray: not if the container starts Ray with a line of its own.
pub(super) fn uses_start_params(pod: Pod<'_, '_>) -> bool {
    let text = joined(pod);
    is_joined(pod, &text) || text.contains(GENERATED)
}
