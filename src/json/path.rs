//! The place of a finding in an object.

use std::borrow::Cow;
use std::fmt;

use super::Quoted;

/// The path from the top of an object to one of its fields, for example
/// `spec.clusterSelector["ray.io/cluster"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Segment>);

/// One segment of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Key(Cow<'static, str>),
    Index(usize),
}

impl Path {
    /// Descends through fields, written with dots: `spec.rayClusterSpec`.
    #[must_use]
    pub fn at(mut self, fields: &'static str) -> Self {
        let keys = fields.split('.').map(|field| Segment::Key(field.into()));
        self.0.extend(keys);
        self
    }

    /// Descends to a key that may contain any character.
    #[must_use]
    pub fn key(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Segment::Key(key.into()));
        self
    }

    /// Descends to an item of a list.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Segment::Index(index));
        self
    }

    /// Moves to a sibling of this field.
    #[must_use]
    pub fn beside(mut self, key: &'static str) -> Self {
        self.0.pop();
        self.key(key)
    }

    /// Appends another path.
    #[must_use]
    pub fn join(mut self, rest: Self) -> Self {
        self.0.extend(rest.0);
        self
    }

    /// The path without its leading keys, if it begins with them.
    pub(super) fn strip_prefix(&self, keys: &[&str]) -> Option<Self> {
        let (head, tail) = self.0.split_at_checked(keys.len())?;
        let same = head
            .iter()
            .zip(keys)
            .all(|(segment, key)| matches!(segment, Segment::Key(k) if k == key));
        same.then(|| Self(tail.to_vec()))
    }

    /// The last key, unless the path ends in a position in a list.
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last()? {
            Segment::Key(key) => Some(key),
            Segment::Index(_) => None,
        }
    }

    /// Whether this path is strictly below another one.
    pub fn is_below(&self, above: &Self) -> bool {
        self != above && self.0.starts_with(&above.0)
    }

    /// Whether this is the top of the object.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path without the positions in lists, which change when an item before them is
    /// added or removed.
    pub fn fields(&self) -> Self {
        let fields = self.0.iter().map(|segment| match segment {
            Segment::Key(key) => Segment::Key(key.clone()),
            Segment::Index(_) => Segment::Index(0),
        });
        Self(fields.collect())
    }

    /// The path as a JSON Pointer (RFC 6901), as a JSON Patch needs it.
    pub fn to_pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in &self.0 {
            pointer.push('/');
            match segment {
                Segment::Key(key) => pointer.push_str(&pointer_step(key)),
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }
}

/// The step of a JSON Pointer that names a key (RFC 6901).
pub fn pointer_step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) => {
                    f.write_str(if position == 0 { "" } else { "." })?;
                    f.write_str(key)?;
                }
                Segment::Key(key) => write!(f, "[{}]", Quoted(key))?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    (1..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn keys_that_are_no_identifiers_are_quoted() {
        let path = Path::default()
            .at("spec.clusterSelector")
            .key("ray.io/cluster");
        assert_eq!(
            path.to_string(),
            r#"spec.clusterSelector["ray.io/cluster"]"#
        );
        assert_eq!(path.to_pointer(), "/spec/clusterSelector/ray.io~1cluster");
    }

    #[test]
    fn a_moved_list_item_has_the_same_fields() {
        let group = |index| Path::default().at("groups").index(index).at("name");
        assert_eq!(group(0).fields(), group(3).fields());
        let other = Path::default().at("groups").index(0).at("replicas");
        assert_ne!(group(0).fields(), other.fields());
        assert_eq!(group(3).to_string(), "groups[3].name");
    }

    #[test]
    fn a_huge_key_is_not_echoed() {
        let path = Path::default().at("metadata").key("k".repeat(5000));
        assert!(path.to_string().len() < 100, "{path}");
    }
}
