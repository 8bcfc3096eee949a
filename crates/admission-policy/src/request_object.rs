//! The objects of an admission request.

use rayjob_policy_core::cel::VARIABLES;
use rayjob_policy_core::kind::Kind;

use crate::lexer::{Piece, pieces};

/// An object of an admission request: `object`, or `oldObject`, which an UPDATE
/// replaces.
#[derive(Clone, Copy)]
pub struct RequestObject {
    kind: Kind,
    /// Whether it is `oldObject`.
    pub is_old: bool,
}

impl RequestObject {
    /// Returns `object`.
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            is_old: false,
        }
    }

    /// Returns `oldObject` of the same request.
    pub const fn old(self) -> Self {
        Self {
            is_old: true,
            ..self
        }
    }

    /// Returns an expression of the catalogue as one about this object.
    pub fn expression(self, expression: &str) -> String {
        let rename = |piece: Piece<'_>| {
            let Piece::Name(name) = piece else {
                return piece.text().into();
            };
            match VARIABLES.iter().find(|known| known.name == name) {
                Some(path) if is_path(path.value(self.kind)) => {
                    self.expression(path.value(self.kind))
                }
                Some(_) => format!("variables.{}", self.variable(name)),
                None if name == "object" && self.is_old => "oldObject".into(),
                None => name.into(),
            }
        };
        pieces(expression).map(rename).collect()
    }

    /// Returns the name of a variable of the catalogue where it is about this object.
    pub fn variable(self, name: &str) -> String {
        match self.is_old {
            true => format!("stored_{name}"),
            false => name.into(),
        }
    }
}

/// Whether an expression is only a path through an object. It is written out
/// where it is used: the API server does not look into an optional value that is
/// held by a variable (`github.com/google/cel-go` v0.26 interpreter/attributes.go).
fn is_path(expression: &str) -> bool {
    !expression.contains('(')
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::cel::VARIABLES;
    use rayjob_policy_core::kind::Kind;

    use super::{RequestObject, is_path};

    #[test]
    fn an_expression_about_the_old_object_reads_nothing_of_the_new_one() {
        let old = RequestObject::new(Kind::RayJob).old();
        for variable in VARIABLES {
            let value = variable.value(Kind::RayJob);
            let used = old.expression(&format!("object.a == {}", variable.name));
            let (left, right) = used.split_once(" == ").expect("both sides");
            assert_eq!(left, "oldObject.a");
            let expected = match is_path(value) {
                true => old.expression(value),
                false => format!("variables.stored_{}", variable.name),
            };
            assert_eq!(right, expected);
        }
    }
}
