//! Any text is YAML or not, its nodes lie in it, and what is written as YAML is read back.

use rayjob_policy_manifest::{stream, write};
use rayjob_policy_yaml::{Content, Parser, infer, mapping};
use serde_json::Value;

/// Checks the nodes of each document, and writes what the first document says.
pub fn check(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let mut parser = Parser::new(text);
    let mut end = 0;
    while let Ok(Some(document)) = parser.document() {
        let nodes = document.nodes();
        for (place, node) in nodes.iter().enumerate() {
            assert!(text.get(node.span.clone()).is_some(), "{:?}", node.span);
            assert!(
                place < node.next && node.next <= nodes.len(),
                "{place} {}",
                node.next
            );
            match &node.content {
                Content::Scalar(scalar) => drop(scalar.value()),
                Content::Alias(target) => {
                    assert!(!matches!(nodes[*target].content, Content::Alias(_)));
                }
                Content::Sequence(_) | Content::Mapping(_) => {}
            }
        }
        let start = nodes.first().map_or(end, |node| node.span.start);
        assert!(start >= end, "{start} {end}");
        end = nodes.first().map_or(end, |node| node.span.end);
    }
    infer(text);
    drop(mapping(text));
    let Some(piece) = stream::pieces(text).next() else {
        return;
    };
    let (trees, _) = stream::read(text, &piece);
    for tree in &trees {
        if let Ok(Value::Object(object)) = tree.value(tree.root())
            && !object.values().any(has_fraction)
        {
            let yaml = write::to_yaml(&object);
            let piece = stream::pieces(&yaml).next().expect("a document");
            let (read, error) = stream::read(&yaml, &piece);
            assert_eq!(error, None, "{yaml}");
            let again = read[0].value(read[0].root());
            assert_eq!(again.ok(), Some(Value::Object(object)), "{yaml}");
        }
    }
}

/// Whether there is a number that serde_json may round.
fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(fields) => fields.values().any(has_fraction),
        _ => false,
    }
}
