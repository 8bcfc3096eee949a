//! Fields behind a feature gate.

use crate::release::Gate;

/// Why KubeRay refuses a field while its gate is off.
pub(in crate::rules) const WHY: &str = "KubeRay refuses it unless that gate is on";

/// Describes a field that is set while its gate is off.
pub(in crate::rules) fn off(field: &str, gate: Gate) -> String {
    let gate = gate.name();
    format!("{field}, but the operator's feature gate {gate} is off")
}
