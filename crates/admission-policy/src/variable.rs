//! The variables of a policy.

use std::collections::BTreeSet;

use rayjob_policy_core::cel::VARIABLES;
use rayjob_policy_core::kind::Kind;

use crate::request_object::RequestObject;

/// A variable of a policy.
pub struct Variable {
    /// Its name; expressions read it as `variables.NAME`.
    pub name: String,
    /// Its value, in CEL.
    pub expression: String,
}

impl Variable {
    /// Returns the variables of the catalogue that these use, each after those that
    /// it uses itself.
    pub fn shared_by(users: &[Self], kind: Kind) -> Vec<Self> {
        let mut wanted: BTreeSet<String> = users.iter().flat_map(Self::uses).collect();
        let mut shared = Vec::new();
        let object = RequestObject::new(kind);
        for variable in VARIABLES.iter().rev() {
            for object in [object.old(), object] {
                let variable = Self {
                    name: object.variable(variable.name),
                    expression: object.expression(variable.value(kind)),
                };
                if wanted.contains(&variable.name) {
                    wanted.extend(variable.uses());
                    shared.push(variable);
                }
            }
        }
        shared.reverse();
        shared
    }

    /// Returns the names of the variables that this one uses.
    fn uses(&self) -> Vec<String> {
        let uses = self.expression.split("variables.").skip(1);
        uses.map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            rest[..end.unwrap_or(rest.len())].into()
        })
        .collect()
    }
}
