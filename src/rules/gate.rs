//! What rules about fields behind a feature gate have in common.

use crate::release::Gate;

/// Why a field is refused while its gate is off.
pub(super) const WHY: &str = "KubeRay refuses it unless that gate is on";

/// What was written while its gate is off.
pub(super) fn off(field: &str, gate: Gate) -> String {
    let gate = gate.name();
    format!("{field}, but the operator's feature gate {gate} is off")
}
