//! The values at the same place in a JSON value.

use super::{Json, Path, Text};

/// The place of a value below the one that [`each`] searched.
#[derive(Clone, Copy, Debug)]
pub struct Location<'p> {
    fields: &'static str,
    indices: &'p [usize],
}

impl Location<'_> {
    /// The path of the value, below the path of the one that was searched.
    pub fn below(self, mut path: Path) -> Path {
        let mut indices = self.indices.iter();
        for field in self.fields.split('.').filter(|field| !field.is_empty()) {
            path = match field.strip_suffix("[]") {
                None => path.key(field),
                Some(list) => path
                    .key(list)
                    .index(indices.next().copied().unwrap_or_default()),
            };
        }
        path
    }
}

/// Visits the values at these fields, written with dots and with brackets after a list:
/// `projected.sources[].secret`. Values that are absent or `null` are not visited.
pub fn each<'j, 'a>(
    json: &'j Json<'a>,
    fields: &'static str,
    visit: &mut dyn FnMut(&'j Json<'a>, Location<'_>),
) {
    // Tables name many fields, and an object has few of them.
    let may_have = |entries: &[(Text<'_>, Json<'_>)]| {
        let first = fields.bytes().next();
        let begins = |key: &str| key.bytes().next() == first && fields.starts_with(key);
        first.is_none() || entries.iter().any(|(key, _)| begins(key))
    };
    if matches!(json, Json::Object(entries) if !may_have(entries)) {
        return;
    }
    // Split once, not for every item of a list.
    let steps: Vec<_> = fields
        .split('.')
        .filter(|field| !field.is_empty())
        .collect();
    below(json, &steps, &mut Vec::new(), &mut |value, indices| {
        visit(value, Location { fields, indices });
    });
}

fn below<'j, 'a>(
    json: &'j Json<'a>,
    steps: &[&str],
    indices: &mut Vec<usize>,
    visit: &mut dyn FnMut(&'j Json<'a>, &[usize]),
) {
    let [field, rest @ ..] = steps else {
        if json.is_set() {
            visit(json, indices);
        }
        return;
    };
    let Some(list) = field.strip_suffix("[]") else {
        return below(json.get(field), rest, indices, visit);
    };
    for (index, item) in json.get(list).items().iter().enumerate() {
        indices.push(index);
        below(item, rest, indices, visit);
        indices.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, each};
    use crate::json::read;

    #[test]
    fn each_value_is_visited_with_its_path() {
        let json = read(
            br#"{"sources": [{"items": [{"path": "a"}, {}, {"path": null}]}, null,
                             {"items": [{"path": "b"}]}, {"items": "none"}]}"#,
        )
        .unwrap();
        let mut visited = Vec::new();
        each(&json, "sources[].items[].path", &mut |value, location| {
            let path = location.below(Path::default().at("spec"));
            visited.push(format!("{path} {}", value.text()));
        });
        assert_eq!(
            visited,
            [
                "spec.sources[0].items[0].path a",
                "spec.sources[2].items[0].path b",
            ]
        );
    }

    #[test]
    fn no_field_is_the_value_itself() {
        let json = read(b"7").unwrap();
        let mut visited = 0;
        each(&json, "", &mut |_, location| {
            assert!(location.below(Path::default()).is_empty());
            visited += 1;
        });
        assert_eq!(visited, 1);
    }
}
