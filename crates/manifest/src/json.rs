//! Parses JSON into trees.

use std::borrow::Cow;
use std::ops::Range;

use jsonc_parser::ast::{self, ObjectPropName};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::de::IgnoredAny;
use serde_json::Deserializer;

use crate::stream::Broken;
use crate::tree::{Entry, Kind, NodeId, Tree};

/// Options for strict JSON.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads the consecutive JSON texts in a piece of the text.
///
/// # Errors
/// At the first part that is not JSON.
pub(crate) fn read(text: &str, piece: Range<usize>) -> Result<Vec<Tree<'_>>, Broken> {
    let mut texts = Deserializer::from_str(&text[piece.clone()]).into_iter::<IgnoredAny>();
    let mut trees = Vec::new();
    let mut start = piece.start;
    while let Some(outcome) = texts.next() {
        let end = piece.start + texts.byte_offset();
        if let Err(error) = outcome {
            return Err(broken(text, start, &error));
        }
        trees.push(tree(text, start..end)?);
        start = end;
    }
    Ok(trees)
}

fn tree(text: &str, piece: Range<usize>) -> Result<Tree<'_>, Broken> {
    let parsed = parse_to_ast(&text[piece.clone()], &CollectOptions::default(), &STRICT);
    let value = match parsed {
        Ok(parsed) => parsed.value,
        Err(error) => {
            let at = piece.start + error.range().start;
            return Err(Broken::at(at..at, error.kind().to_string()));
        }
    };
    let mut tree = Tree::json();
    if let Some(value) = value {
        add(&mut tree, piece.start, value)?;
    }
    Ok(tree)
}

/// Adds a value and everything in it; the parser limits the nesting.
fn add<'t>(tree: &mut Tree<'t>, start: usize, value: ast::Value<'t>) -> Result<NodeId, Broken> {
    let place = |range: &dyn Ranged| start + range.start()..start + range.end();
    let span = place(&value);
    let kind = match value {
        ast::Value::NullKeyword(_) => Kind::Null,
        ast::Value::BooleanLit(boolean) => Kind::Bool(boolean.value),
        ast::Value::NumberLit(number) => match number.value.parse() {
            Ok(number) => Kind::Number(number),
            Err(_) => return Err(Broken::at(span, "the number is out of range")),
        },
        ast::Value::StringLit(string) => Kind::Text(string.value),
        ast::Value::Array(array) => {
            let items = array.elements.into_iter();
            let items = items.map(|item| add(tree, start, item));
            Kind::List(items.collect::<Result<_, _>>()?)
        }
        ast::Value::Object(object) => {
            let entries = object.properties.into_iter().map(|property| {
                let key_span = place(&property.name);
                let key = match property.name {
                    ObjectPropName::String(key) => key.value,
                    ObjectPropName::Word(key) => Cow::Borrowed(key.value),
                };
                Ok(Entry {
                    key,
                    key_span,
                    value: add(tree, start, property.value)?,
                    merges: false,
                })
            });
            Kind::Map(entries.collect::<Result<_, Broken>>()?)
        }
    };
    let is_flow = matches!(kind, Kind::List(_) | Kind::Map(_));
    let id = tree.push(span, kind);
    tree.node_mut(id).flow = is_flow;
    Ok(id)
}

fn broken(text: &str, start: usize, error: &serde_json::Error) -> Broken {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&*place).unwrap_or(&message);
    let lines = error.line().saturating_sub(1);
    let begins: usize = text[start..]
        .split_inclusive('\n')
        .take(lines)
        .map(str::len)
        .sum();
    let at = start + begins + error.column().saturating_sub(1);
    Broken::at(at..at, message)
}
