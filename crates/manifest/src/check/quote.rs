//! Quotes numbers and booleans as they are written, where a finding proposes to quote them.

use rayjob_policy_core::crd;
use rayjob_policy_core::finding::Finding;
use rayjob_policy_core::fix::Proposal;
use rayjob_policy_core::json::Quoted;
use serde_json::{Value, json};

use super::Checker;
use crate::tree::{NodeId, NodeKind, Tree, key_of};

impl<'t> Checker<'_, 't> {
    /// Where a finding proposes to quote a number or a boolean, quotes it as
    /// written: "010" for `010`, which is 8, and "yes" for `yes`. Of `1_000`, which is 1000, it
    /// only says how to write the number.
    pub fn quote(&self, tree: &Tree<'t>, top: NodeId, finding: &mut Finding) {
        let pointer = finding.path.to_pointer();
        let (nodes, _) = tree.nodes_along(top, &pointer);
        let Some(node) = nodes.last().map(|place| tree.node(place.node)) else {
            return;
        };
        let value = match &node.kind {
            NodeKind::Bool(value) => value.to_string(),
            NodeKind::Number(number) => number.to_string(),
            _ => return,
        };
        let written = &self.source.text()[node.span.clone()];
        let proposes_value =
            matches!(finding.proposal.as_deref(), Some(Proposal::Text(text)) if *text == value);
        if !proposes_value || written == value {
            return;
        }
        // With a tag or an anchor it is more than the value.
        let is_value = !rayjob_policy_yaml::is_text(written);
        if is_value {
            let detail = finding.detail.replacen(" is not", ", which is not", 1);
            finding.detail = format!("{written} is {detail}");
        }
        // "1_000" may be meant, or "1000".
        let is_one_meant = is_value && !written.contains('_');
        if is_one_meant && self.is_taken(tree, top, &pointer, written) {
            finding.proposal = Some(Box::new(Proposal::Text(written.to_owned().into())));
        } else {
            finding.proposal = None;
            finding.advice = format!("Write {}", Quoted(&value)).into();
        }
    }

    /// Whether the API server accepts a string at a place of the object.
    fn is_taken(&self, tree: &Tree<'t>, top: NodeId, pointer: &str, text: &str) -> bool {
        let release = self.settings.unwrap_or(self.by_default).release;
        let (object, place) = alone(tree, top, pointer, text);
        let refused = crd::check(release, &object, None).into_iter();
        !refused
            .map(|finding| finding.path.to_pointer())
            .any(|path| path == place)
    }
}

/// An object of the kind of the one at `top` with nothing but a string at a place of it, in
/// the first item of each list, and where the string is then.
fn alone(tree: &Tree<'_>, top: NodeId, pointer: &str, text: &str) -> (Value, String) {
    let (nodes, _) = tree.nodes_along(top, pointer);
    let mut object = Value::from(text);
    let mut place = String::new();
    let steps = pointer.split('/').skip(1).collect::<Vec<_>>().into_iter();
    for (step, node) in steps.zip(nodes).rev() {
        (object, place) = match tree.kind(node.node) {
            NodeKind::List(_) => (json!([object]), format!("/0{place}")),
            _ => {
                let key = key_of(step);
                (json!({ key: object }), format!("/{step}{place}"))
            }
        };
    }
    let field = |key: &str| tree.get(top, key).and_then(|id| tree.text(id));
    for key in ["apiVersion", "kind"] {
        if let Some(fields) = object.as_object_mut() {
            fields.insert(key.to_owned(), field(key).into());
        }
    }
    (object, place)
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::crd;
    use rayjob_policy_core::json::pointer_step;
    use rayjob_policy_core::rules;
    use rayjob_policy_core::settings::Settings;
    use serde_json::Value;

    use super::alone;
    use crate::stream;
    use crate::tree::{NodeKind, Segment};

    #[test]
    fn a_place_is_judged_alone_as_in_its_object() {
        let mut compared = 0;
        let families = rules::explained();
        let docs = families.flat_map(|(_, family)| family.map(|(_, doc)| doc));
        for example in docs.flat_map(|doc| doc.bad.iter().chain(doc.good)) {
            let object = example.object().expect("an example");
            let text = object.to_string();
            let piece = stream::pieces(&text).next().expect("a piece");
            let (trees, _) = stream::read(&text, &piece);
            let tree = &trees[0];
            let mut places = Vec::new();
            tree.visit(tree.root(), &mut Vec::new(), &mut |node, path| {
                if matches!(node.kind, NodeKind::Bool(_) | NodeKind::Number(_)) {
                    let steps = path.iter().map(|step| match step {
                        Segment::Key(key) => pointer_step(key),
                        Segment::Index(index) => index.to_string(),
                    });
                    places.push(format!("/{}", steps.collect::<Vec<_>>().join("/")));
                }
            });
            let release = Settings::default().release;
            let is_refused = |object: &Value, place: &str| {
                let refused = crd::check(release, object, None);
                refused.iter().any(|it| it.path.to_pointer() == place)
            };
            for place in places {
                let mut whole = object.clone();
                *whole.pointer_mut(&place).expect("a place") = "010".into();
                let (part, at) = alone(tree, tree.root(), &place, "010");
                assert_eq!(
                    is_refused(&part, &at),
                    is_refused(&whole, &place),
                    "{place} {whole}"
                );
                compared += 1;
            }
        }
        assert!(compared > 500, "{compared}");
    }
}
