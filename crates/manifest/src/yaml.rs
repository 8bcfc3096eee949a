//! Turns the documents of a YAML text into trees.

use std::borrow::Cow;
use std::ops::Range;

use rayjob_policy_yaml::{Content, Document, ErrorKind, Parser, Style, Value};
use serde_json::Number;

use crate::syntax_error::SyntaxError;
use crate::template::Masked;
use crate::tree::{Entry, NodeId, NodeKind, Tree};

/// The maximum nesting of a document.
const DEEPEST: usize = 300;

/// Reads the documents of a piece of YAML, whose placeholders may be masked.
///
/// Empty documents are left out. Reading stops at the first error.
pub(crate) fn read<'t>(
    text: &'t str,
    piece: Range<usize>,
    masked: &Masked,
) -> (Vec<Tree<'t>>, Option<SyntaxError>) {
    let readable = masked.text.as_deref().unwrap_or(&text[piece.clone()]);
    let mut parser = Parser::new(readable);
    let mut trees = Vec::new();
    loop {
        let tree = match parser.document() {
            Ok(None) => return (trees, None),
            Ok(Some(document)) => tree(text, piece.start, masked, &document),
            Err(error) => Err(syntax_error(piece.start + error.at, error.kind)),
        };
        match tree {
            Ok(tree) => trees.extend(Some(tree).filter(|tree| !tree.is_empty())),
            Err(error) => return (trees, Some(error)),
        }
    }
}

fn syntax_error(at: usize, kind: ErrorKind) -> SyntaxError {
    SyntaxError::at(at..at, kind.to_string())
}

fn tree<'t>(
    text: &'t str,
    start: usize,
    masked: &Masked,
    document: &Document<'_>,
) -> Result<Tree<'t>, SyntaxError> {
    let mut builder = Builder {
        text,
        start,
        masked,
        document,
        tree: Tree::default(),
        built: vec![None; document.nodes().len()],
    };
    builder.node(0, 0)?;
    Ok(builder.tree)
}

struct Builder<'t, 'd> {
    text: &'t str,
    /// Where in the text the piece begins.
    start: usize,
    masked: &'d Masked,
    document: &'d Document<'d>,
    tree: Tree<'t>,
    /// The node in the tree of each node of the document that has one yet.
    built: Vec<Option<NodeId>>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "the document itself numbers its nodes"
)]
impl<'t> Builder<'t, '_> {
    /// Adds a node and what is inside it.
    fn node(&mut self, at: usize, depth: usize) -> Result<NodeId, SyntaxError> {
        let node = &self.document.nodes()[at];
        let span = self.span(at);
        if depth > DEEPEST {
            return Err(SyntaxError::at(span, "nesting is too deep"));
        }
        let nodes = self.document.nodes();
        let mut flow = false;
        let mut child = at + 1;
        let kind = match &node.content {
            Content::Scalar(_) => self.scalar(at)?,
            Content::Sequence(style) => {
                flow = *style == Style::Flow;
                let mut items = Vec::new();
                while child < node.next {
                    items.push(self.node(child, depth + 1)?);
                    child = nodes[child].next;
                }
                NodeKind::List(items)
            }
            Content::Mapping(style) => {
                flow = *style == Style::Flow;
                let mut entries = Vec::new();
                while child < node.next {
                    let value = nodes[child].next;
                    entries.push(self.entry(child, value, depth)?);
                    child = nodes[value].next;
                }
                NodeKind::Map(entries)
            }
            Content::Alias(target) => NodeKind::Alias(self.target(*target, span.start)?),
        };
        let id = self.tree.push(span, kind);
        self.tree.node_mut(id).flow = flow;
        self.built[at] = Some(id);
        Ok(id)
    }

    fn span(&self, at: usize) -> Range<usize> {
        let span = &self.document.nodes()[at].span;
        self.start + span.start..self.start + span.end
    }

    /// The node that an alias at a place refers to.
    fn target(&mut self, target: usize, alias: usize) -> Result<NodeId, SyntaxError> {
        let id = match self.built[target] {
            Some(id) => id,
            // Keys have no nodes of their own.
            None if matches!(self.document.nodes()[target].content, Content::Scalar(_)) => {
                let kind = self.scalar(target)?;
                self.tree.push(self.span(target), kind)
            }
            None => return Err(syntax_error(alias, ErrorKind::EndlessAlias)),
        };
        self.built[target] = Some(id);
        self.tree.node_mut(id).aliased = true;
        Ok(id)
    }

    fn entry(&mut self, key: usize, value: usize, depth: usize) -> Result<Entry<'t>, SyntaxError> {
        let key_span = self.span(key);
        let mut scalar = key;
        if let Content::Alias(target) = self.document.nodes()[key].content {
            self.target(target, key_span.start)?;
            scalar = target;
        }
        let error = |kind| Err(syntax_error(key_span.start, kind));
        let text = match self.value(scalar)? {
            None => return error(ErrorKind::CollectionKey),
            Some(Value::Null) => return error(ErrorKind::NullKey),
            Some(Value::HugeInt(_)) => return error(ErrorKind::HugeKey),
            Some(Value::Bool(value)) => value.to_string().into(),
            Some(Value::Int(value)) => value.to_string().into(),
            Some(Value::Float(value)) => float(&value).to_string().into(),
            Some(Value::Nan) => ".nan".into(),
            Some(Value::Infinity { negative: false }) => ".inf".into(),
            Some(Value::Infinity { negative: true }) => "-.inf".into(),
            Some(Value::Text(text)) => self.text(scalar, &text),
            Some(Value::Binary(bytes)) => String::from_utf8_lossy(&bytes).into_owned().into(),
            Some(Value::Merge) => "<<".into(),
        };
        Ok(Entry {
            key: text,
            key_span,
            value: self.node(value, depth + 1)?,
            merges: self.value(key)? == Some(Value::Merge),
        })
    }

    /// The value of a scalar; `None` if the node is none.
    fn value(&self, at: usize) -> Result<Option<Value<'_>>, SyntaxError> {
        let node = &self.document.nodes()[at];
        let Content::Scalar(scalar) = &node.content else {
            return Ok(None);
        };
        let value = scalar.value();
        value
            .map(Some)
            .map_err(|kind| SyntaxError::at(self.span(at), kind.to_string()))
    }

    fn scalar(&self, at: usize) -> Result<NodeKind<'t>, SyntaxError> {
        Ok(match self.value(at)? {
            None | Some(Value::Null) => NodeKind::Null,
            Some(Value::Bool(value)) => NodeKind::Bool(value),
            Some(Value::Int(value)) => NodeKind::Number(value.into()),
            Some(Value::HugeInt(value)) => NodeKind::Number(value.into()),
            Some(Value::Float(value)) => NodeKind::Number(float(&value)),
            Some(Value::Nan | Value::Infinity { .. }) => {
                let problem = ErrorKind::NotFinite.to_string();
                return Err(SyntaxError::at(self.span(at), problem));
            }
            Some(Value::Text(text)) => NodeKind::Text(self.text(at, &text)),
            Some(Value::Binary(bytes)) => {
                NodeKind::Text(String::from_utf8_lossy(&bytes).into_owned().into())
            }
            Some(Value::Merge) => NodeKind::Text("<<".into()),
        })
    }

    /// The text of a scalar, which is that of the file if it is written there as it is.
    fn text(&self, at: usize, read: &str) -> Cow<'t, str> {
        let span = self.span(at);
        let quotes = [0, 1].into_iter();
        let mut written = quotes.filter_map(|quote| {
            let inside = span.start + quote..span.end.saturating_sub(quote);
            self.text.get(inside)
        });
        match written.find(|written| *written == read) {
            Some(written) => written.into(),
            None => {
                let unmasked = self.masked.unmask(read, self.text, &span);
                unmasked.unwrap_or_else(|| read.to_owned()).into()
            }
        }
    }
}

/// A number that is no integer, as Go writes it into JSON: a whole number without a point.
fn float(spelling: &str) -> Number {
    let value = spelling.parse::<Number>().ok();
    let value = value.and_then(|value| value.as_f64()).unwrap_or_default();
    let whole = value as i64;
    if whole as f64 == value && value.abs() <= 1e18 {
        return whole.into();
    }
    Number::from_f64(value).unwrap_or_else(|| whole.into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::DEEPEST;
    use crate::stream;

    fn value(text: &str) -> Value {
        let piece = stream::pieces(text).next().expect("a document");
        let (trees, error) = stream::read(text, &piece);
        assert_eq!(error, None, "{text}");
        trees[0].value(trees[0].root()).expect("a value")
    }

    fn problem(text: &str) -> String {
        let piece = stream::pieces(text).next().expect("a document");
        let error = stream::read(text, &piece).1.expect("a problem");
        format!("{}: {}", &text[error.span.start..], error.message)
    }

    /// The values are those of `sigs.k8s.io/yaml v1.6.0`.
    #[test]
    fn a_scalar_is_what_kubectl_sends() {
        let text = "[010, 0o10, 0x1F, 1_000, -0, 1e3, 3.0, 1.5, .5, 18446744073709551615, 1e999, \
            1:30, 2001-01-01, yes, 'yes', ~, !!str 1, !!float 2, !!binary aGk=, <<]";
        let expected = json!([
            8,
            8,
            31,
            1000,
            0,
            1000,
            3,
            1.5,
            0.5,
            18446744073709551615_u64,
            "1e999",
            "1:30",
            "2001-01-01",
            true,
            "yes",
            null,
            "1",
            2,
            "hi",
            "<<"
        ]);
        assert_eq!(value(text), expected);
    }

    #[test]
    fn a_key_becomes_a_string() {
        let text = "1: a\nyes: b\n1.50: c\n.nan: d\n&k e: f\n*k : g\n";
        let expected = json!({"1": "a", "true": "b", "1.5": "c", ".nan": "d", "e": "g"});
        assert_eq!(value(text), expected);
    }

    #[test]
    fn the_last_entry_counts_even_if_it_is_merged_in() {
        let text = "a: &a {x: 1, w: 1}\nb: {w: 2, <<: *a}\nc: {<<: [*a, {x: 3, z: 3}], w: 2}\n";
        let read = value(text);
        assert_eq!(read["b"], json!({"x": 1, "w": 1}));
        assert_eq!(read["c"], json!({"x": 1, "w": 2, "z": 3}));
    }

    #[test]
    fn what_json_lacks_is_shown() {
        for (text, told) in [
            ("a: .inf", ".inf: .nan and .inf are not valid in JSON"),
            ("~: a", "~: a: a key is null"),
            ("[a]: b", "[a]: b: a key is a list or a mapping"),
            (
                "a: &x [*x]",
                "*x]: an alias refers to a node that contains it",
            ),
            ("a: !!int b", "!!int b: the value does not match its tag"),
            (
                "  a: 1\nb: 2",
                "b: 2: the document ends before this: indent it as the rest, or write '---' first",
            ),
        ] {
            assert_eq!(problem(text), told);
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        for (open, close) in [("[", "]"), ("{a: ", "}")] {
            let deep = |depth| format!("{}b{}", open.repeat(depth), close.repeat(depth));
            value(&deep(DEEPEST));
            assert!(problem(&deep(DEEPEST + 1)).ends_with("nesting is too deep"));
        }
    }
}
