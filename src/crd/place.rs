//! Places in an object.

use super::node::Node;
use crate::json::Path;
use crate::kind::Kind;

/// A place in an object: a step, and the place above it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
    /// The object itself.
    Top,
    /// A field that the schema names.
    Field(&'p Self, &'static str),
    /// A key of a map, or a field that the schema does not know.
    Key(&'p Self, &'p str),
    /// An item of a list.
    Item(&'p Self, usize),
}

impl Place<'_> {
    /// Returns the path that findings show.
    pub fn path(self) -> Path {
        match self {
            Self::Top => Path::default(),
            Self::Field(above, name) => above.path().key(name),
            Self::Key(above, key) => above.path().key(key.to_owned()),
            Self::Item(above, index) => above.path().index(index),
        }
    }

    /// Returns the place above.
    pub fn above(self) -> Option<Self> {
        match self {
            Self::Top => None,
            Self::Field(above, _) | Self::Key(above, _) | Self::Item(above, _) => Some(*above),
        }
    }

    /// Returns the schema of this place.
    pub fn descend(self, root: &'static Node) -> Option<&'static Node> {
        let above = match self.above() {
            None => return Some(root),
            Some(above) => above.descend(root)?,
        };
        match self {
            Self::Top => Some(root),
            Self::Field(_, name) => Some(above.field(name)?.1),
            Self::Key(..) => above.values(),
            Self::Item(..) => above.items(),
        }
    }

    /// Returns the place as written in claims: list indexes are `[]`, keys of
    /// maps are `{}`, the RayCluster is `cluster`, and the job is `job`, wherever they
    /// are.
    pub fn pattern(self, kind: Kind) -> String {
        let mut pattern = String::new();
        self.write(&mut pattern);
        let roots = [(kind.cluster_path(), "cluster"), (kind.job_path(), "job")];
        for (root, name) in roots {
            if let Some(rest) = pattern.strip_prefix(root)
                && (rest.is_empty() || rest.starts_with('.'))
            {
                return format!("{name}{rest}");
            }
        }
        pattern
    }

    fn write(self, pattern: &mut String) {
        match self {
            Self::Top => {}
            Self::Field(above, name) => {
                above.write(pattern);
                if !pattern.is_empty() {
                    pattern.push('.');
                }
                pattern.push_str(name);
            }
            Self::Key(above, _) => {
                above.write(pattern);
                pattern.push_str("{}");
            }
            Self::Item(above, _) => {
                above.write(pattern);
                pattern.push_str("[]");
            }
        }
    }
}
