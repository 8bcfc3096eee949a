//! Turns a JSON Patch into edits of a text that keep its comments and layout.

use std::ops::Range;

use rayjob_policy_core::fix::Operation;
use serde_json::Value;

use crate::order::by_place;
use crate::tree::{Node, NodeId, NodeKind, PathNode, Tree, key_of};
use crate::write::{block_header, in_quotes, is_block_text, needs_escape};

/// A piece of a text and its replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The piece, in bytes.
    pub range: Range<usize>,
    /// The replacement.
    pub text: String,
}

impl Edit {
    pub(crate) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { range, text }
    }
}

/// Applies edits to a text; if they overlap, nothing is changed.
pub fn apply(text: &str, edits: Vec<Edit>) -> Option<String> {
    let edits = by_place(edits, |edit| (edit.range.start, edit.range.end));
    apply_in_order(text, &edits)
}

/// Applies edits that are in the order of the text.
pub(crate) fn apply_in_order(text: &str, edits: &[Edit]) -> Option<String> {
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        edited.push_str(text.get(done..edit.range.start)?);
        edited.push_str(&edit.text);
        done = edit.range.end;
    }
    edited.push_str(text.get(done..)?);
    Some(edited)
}

/// The edits that make the changes of a JSON Patch to the object at `top`.
///
/// `None` if the text does not allow it: a place that comes from an alias or a
/// merge key cannot be changed alone.
pub fn edits(text: &str, tree: &Tree<'_>, top: NodeId, patch: &[Operation]) -> Option<Vec<Edit>> {
    let editor = Editor { text, tree, top };
    let mut edits = Vec::new();
    let mut renamed = Vec::new();
    for operation in patch {
        edits.extend(match operation {
            Operation::Remove(path) => editor.remove(&path.to_pointer())?,
            Operation::Add(path, json) => {
                let value = serde_json::from_str(json).ok()?;
                // In the text a field still has its old name.
                let old = renamed.iter().find(|&&(_, to)| to == path);
                let path = old.map_or(path, |&(from, _)| from);
                editor.add(&path.to_pointer(), &value)?
            }
            Operation::Move(from, to) => {
                renamed.push((from, to));
                editor.rename(&from.to_pointer(), &to.to_pointer())?
            }
        });
    }
    Some(edits)
}

/// The parts before and after one in the same mapping or list.
type Neighbours<'p> = (Option<&'p Element>, Option<&'p Element>);

struct Editor<'e, 't> {
    text: &'t str,
    tree: &'e Tree<'t>,
    top: NodeId,
}

impl Editor<'_, '_> {
    fn remove(&self, pointer: &str) -> Option<Vec<Edit>> {
        let (nodes, found) = self.tree.nodes_along(self.top, pointer);
        let place = nodes.last().filter(|_| found)?;
        let parent = place.parent?;
        if place.shared || self.is_aliased(place.node) {
            return None;
        }
        if self.number_of_parts(parent) == 1 {
            return self.empty(nodes.iter().nth_back(1)?);
        }
        let index = self.index(parent, place.node);
        let part = self.part(parent, index)?;
        let before = index
            .checked_sub(1)
            .and_then(|index| self.part(parent, index));
        let after = self.part(parent, index + 1);
        let neighbours = (before.as_ref(), after.as_ref());
        Some(vec![match self.tree.node(parent).flow {
            true => self.remove_in_flow(&part.range, neighbours),
            false => self.remove_in_block(&part.range, neighbours)?,
        }])
    }

    /// Empties a mapping or list that has one entry.
    fn empty(&self, place: &PathNode) -> Option<Vec<Edit>> {
        let node = self.tree.node(place.node);
        let empty = match node.kind {
            NodeKind::Map(_) => "{}",
            NodeKind::List(_) => "[]",
            _ => return None,
        };
        self.write_over(place, empty)
    }

    fn remove_in_flow(&self, part: &Range<usize>, neighbours: Neighbours<'_>) -> Edit {
        let range = match neighbours {
            (_, Some(next)) if !self.has_comment(part.end..next.range.start) => {
                part.start..next.range.start
            }
            (_, Some(next)) => {
                let comma = self.text[part.end..next.range.start].find(',');
                part.start..part.end + comma.map_or(0, |comma| comma + 1)
            }
            (Some(before), None) if !self.has_comment(before.range.end..part.start) => {
                before.range.end..part.end
            }
            _ => part.clone(),
        };
        Edit::new(range, "")
    }

    fn remove_in_block(&self, part: &Range<usize>, (before, next): Neighbours<'_>) -> Option<Edit> {
        let line = self.line_start(part.start);
        let next_line = self.line_end(part.end, true);
        let begun = &self.text[line..part.start];
        if begun.trim().is_empty() {
            return Some(Edit::new(line..next_line, ""));
        }
        // The first entry shares its line with the dash of an item: the next entry,
        // or a comment on it, moves up.
        let next = next.filter(|_| before.is_none())?;
        if !is_indent_of_item(begun) {
            return None;
        }
        let behind = self.text.get(next_line..next.range.start)?;
        let content = next.range.start - behind.trim_start().len();
        Some(Edit::new(part.start..content, ""))
    }

    /// Renames a field within the same mapping.
    fn rename(&self, from: &str, to: &str) -> Option<Vec<Edit>> {
        let (nodes, found) = self.tree.nodes_along(self.top, from);
        let place = nodes.last().filter(|_| found)?;
        let (parent, key) = (place.parent?, place.key.clone()?);
        let ((from, _), (to, name)) = (from.rsplit_once('/')?, to.rsplit_once('/')?);
        let name = key_of(name);
        if from != to || place.shared || self.tree.get(parent, &name).is_some() {
            return None;
        }
        let name = render(&name.into(), self.writes_json(parent));
        Some(vec![Edit::new(key, name)])
    }

    fn add(&self, pointer: &str, value: &Value) -> Option<Vec<Edit>> {
        let (nodes, found) = self.tree.nodes_along(self.top, pointer);
        let place = nodes.last()?;
        if found {
            return self.replace(place, value);
        }
        let (parent, key) = pointer.rsplit_once('/')?;
        let is_parent = nodes.len() == parent.matches('/').count() + 1;
        let node = self.tree.node(place.node);
        if !is_parent || place.shared || node.aliased {
            return None;
        }
        let key = key_of(key);
        let json = self.writes_json(place.node);
        let value = render(value, json);
        let part = match &node.kind {
            NodeKind::Map(_) => format!("{}: {value}", render(&key.into(), json)),
            NodeKind::List(_) if key == "-" => value,
            _ => return None,
        };
        let edit = match node.flow {
            true => self.insert_in_flow(place.node, part)?,
            false => self.insert_in_block(place.node, &part)?,
        };
        Some(vec![edit])
    }

    fn replace(&self, place: &PathNode, value: &Value) -> Option<Vec<Edit>> {
        if place.shared || self.is_aliased(place.node) {
            return None;
        }
        let node = self.tree.node(place.node);
        let json = place.parent.is_some_and(|parent| self.writes_json(parent));
        if let (Value::String(text), Some(parent)) = (value, place.parent)
            && !json
            && !self.tree.node(parent).flow
            && is_block_text(text)
        {
            return self.write_lines_over(place, text);
        }
        let written = match (value, self.text[node.span.clone()].chars().next()) {
            (Value::String(text), Some(quote @ ('"' | '\''))) => quoted(text, quote),
            _ => render(value, json),
        };
        self.write_over(place, &written)
    }

    /// Adds an entry or an item to a mapping or list in brackets.
    fn insert_in_flow(&self, id: NodeId, part: String) -> Option<Edit> {
        let span = self.tree.node(id).span.clone();
        let open = span.start + self.text[span].find(['{', '['])? + 1;
        let number = self.number_of_parts(id);
        let nth_back = |nth| self.part(id, number.checked_sub(nth)?);
        let Some(last) = nth_back(1) else {
            return Some(Edit::new(open..open, part));
        };
        // Use the spacing between the last two parts, or before the only one.
        let before = nth_back(2).map_or(open, |part| part.range.end);
        let gap = self.text[before..last.range.start].trim_start_matches(',');
        let is_usual = gap.trim().is_empty() && (number > 1 || gap.contains('\n'));
        let blanks = if is_usual { gap } else { " " };
        let at = last.range.end;
        Some(Edit::new(at..at, format!(",{blanks}{part}")))
    }

    /// Adds an entry or an item on its own line.
    fn insert_in_block(&self, id: NodeId, part: &str) -> Option<Edit> {
        let first = self.part(id, 0)?;
        let last = self.part(id, self.number_of_parts(id).checked_sub(1)?)?;
        let begun = &self.text[self.line_start(first.range.start)..first.range.start];
        if !is_indent_of_item(begun) || self.keeps_breaks(last.value) {
            return None;
        }
        let indent = begun.replace('-', " ");
        let dash = match self.tree.node(id).kind {
            NodeKind::List(_) => "- ",
            _ => "",
        };
        let line_break = self.line_break();
        let at = self.line_end(last.range.end, false);
        Some(Edit::new(
            at..at,
            format!("{line_break}{indent}{dash}{part}"),
        ))
    }

    /// Writes a text line by line over the value at a place.
    fn write_lines_over(&self, place: &PathNode, text: &str) -> Option<Vec<Edit>> {
        let span = self.tree.node(place.node).span.clone();
        let key = place.key.as_ref().filter(|_| !span.is_empty())?;
        let begun = &self.text[self.line_start(key.start)..key.start];
        if !is_indent_of_item(begun) {
            return None;
        }
        let indent = " ".repeat(begun.len() + 2);
        let line_break = self.line_break();
        let lines = text.lines().map(|line| match line {
            "" => line_break.into(),
            line => format!("{line_break}{indent}{line}"),
        });
        let lines: String = lines.collect();
        let header = block_header(text);
        if !is_block(self.tree.node(place.node)) {
            // The sign of a block, and a comment behind it, may stay.
            let old = &self.text[span.clone()];
            let first = old.lines().next().unwrap_or_default();
            let rest = first.strip_prefix(header);
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')) {
                return Some(vec![Edit::new(span.start + first.len()..span.end, lines)]);
            }
            let end = self.line_end(span.end, false);
            return Some(vec![Edit::new(span, header), Edit::new(end..end, lines)]);
        }
        let mut edits = self.write_over(place, header)?;
        let block = edits.last_mut()?;
        // A comment above the first entry would become part of the text.
        let begin = self.line_end(key.end, true);
        block.range = begin..self.line_end(span.end, false);
        block.text = lines.strip_prefix(line_break)?.into();
        Some(edits)
    }

    fn line_break(&self) -> &'static str {
        let text = self.text.as_bytes();
        let mut returns = memchr::memchr_iter(b'\r', text);
        match returns.any(|at| text.get(at + 1) == Some(&b'\n')) {
            true => "\r\n",
            false => "\n",
        }
    }

    /// Writes a one-line value over the one at a place.
    fn write_over(&self, place: &PathNode, value: &str) -> Option<Vec<Edit>> {
        let span = self.tree.node(place.node).span.clone();
        let Some(key) = &place.key else {
            return Some(vec![Edit::new(span, value)]);
        };
        if span.is_empty() {
            let has_colon = self.text[..span.start].ends_with(':');
            let colon = if has_colon { "" } else { ":" };
            return Some(vec![Edit::new(span, format!("{colon} {value}"))]);
        }
        if !is_block(self.tree.node(place.node)) {
            return Some(vec![Edit::new(span, value)]);
        }
        // A block begins on its own line, unless it has an anchor or a tag.
        let colon = key.end + self.text[key.end..span.start].find(':')? + 1;
        let line = self.line_start(span.start);
        self.text[colon..span.start]
            .contains(['\n', '\r'])
            .then(|| {
                vec![
                    Edit::new(colon..colon, format!(" {value}")),
                    Edit::new(line..self.line_end(span.end, true), ""),
                ]
            })
    }

    /// Whether the content of these brackets is written as JSON.
    fn writes_json(&self, id: NodeId) -> bool {
        let node = self.tree.node(id);
        let is_quoted = match &node.kind {
            NodeKind::Map(entries) => entries
                .first()
                .is_some_and(|entry| self.text[entry.key_span.clone()].starts_with('"')),
            _ => false,
        };
        self.tree.is_json() || (node.flow && is_quoted)
    }

    /// The number of entries of a mapping or items of a list.
    fn number_of_parts(&self, id: NodeId) -> usize {
        match &self.tree.node(id).kind {
            NodeKind::Map(entries) => entries.len(),
            NodeKind::List(items) => items.len(),
            _ => 0,
        }
    }

    /// The index of a value in a mapping or list. Nodes are numbered in the order of the text.
    fn index(&self, id: NodeId, value: NodeId) -> usize {
        match &self.tree.node(id).kind {
            NodeKind::Map(entries) => entries.partition_point(|entry| entry.value < value),
            NodeKind::List(items) => items.partition_point(|&item| item < value),
            _ => 0,
        }
    }

    /// An entry of a mapping or an item of a list.
    fn part(&self, id: NodeId, index: usize) -> Option<Element> {
        let span = |id: NodeId| self.tree.node(id).span.clone();
        match &self.tree.node(id).kind {
            NodeKind::Map(entries) => {
                let entry = entries.get(index)?;
                let end = span(entry.value).end.max(entry.key_span.end);
                Some(Element {
                    range: entry.key_span.start..end,
                    value: entry.value,
                })
            }
            NodeKind::List(items) => {
                let item = *items.get(index)?;
                Some(Element {
                    range: self.with_dash(id, span(item)),
                    value: item,
                })
            }
            _ => None,
        }
    }

    /// An item of a block-style list, including its dash.
    fn with_dash(&self, list: NodeId, item: Range<usize>) -> Range<usize> {
        if self.tree.node(list).flow {
            return item;
        }
        match self.text[..item.start].trim_end().strip_suffix('-') {
            Some(before) => before.len()..item.end,
            None => item,
        }
    }

    fn is_aliased(&self, id: NodeId) -> bool {
        let mut aliased = false;
        self.tree
            .visit(id, &mut Vec::new(), &mut |node, _| aliased |= node.aliased);
        aliased
    }

    /// Whether a value ends in a block scalar that keeps the line breaks after it.
    fn keeps_breaks(&self, id: NodeId) -> bool {
        let node = self.tree.node(id);
        match &node.kind {
            NodeKind::Map(entries) => entries
                .last()
                .is_some_and(|entry| self.keeps_breaks(entry.value)),
            NodeKind::List(items) => items.last().is_some_and(|&item| self.keeps_breaks(item)),
            NodeKind::Text(_) => {
                let written = &self.text[node.span.clone()];
                let header = written.lines().next().unwrap_or_default();
                header.starts_with(['|', '>']) && header.contains('+')
            }
            _ => false,
        }
    }

    fn has_comment(&self, range: Range<usize>) -> bool {
        self.text
            .get(range)
            .is_some_and(|between| between.contains('#'))
    }

    fn line_start(&self, at: usize) -> usize {
        let before = &self.text[..at];
        memchr::memrchr2(b'\n', b'\r', before.as_bytes()).map_or(0, |end| end + 1)
    }

    /// The end of the line that contains a place, with or without its line break.
    fn line_end(&self, at: usize, with_break: bool) -> usize {
        let rest = &self.text[at..];
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let line_break = match &rest[end..] {
            _ if !with_break => 0,
            tail if tail.starts_with("\r\n") => 2,
            "" => 0,
            _ => 1,
        };
        at + end + line_break
    }
}

/// An entry of a mapping or an item of a list, with its place.
struct Element {
    range: Range<usize>,
    value: NodeId,
}

fn is_block(node: &Node<'_>) -> bool {
    matches!(node.kind, NodeKind::Map(_) | NodeKind::List(_)) && !node.flow
}

/// Whether a line begins with only blanks and dashes.
fn is_indent_of_item(begun: &str) -> bool {
    begun.chars().all(|c| c == ' ' || c == '-')
}

/// Writes a value on one line, as JSON or as idiomatic YAML.
fn render(value: &Value, json: bool) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::String(text) if !json && is_plain(text) => text.clone(),
        Value::Array(items) => {
            let items = items.iter().map(|item| render(item, json));
            format!("[{}]", join(items.collect()))
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                let key: Value = key.as_str().into();
                format!("{}: {}", render(&key, json), render(value, json))
            };
            format!("{{{}}}", join(entries.iter().map(entry).collect()))
        }
        Value::String(text) => in_quotes(text),
        _ => value.to_string(),
    }
}

fn quoted(text: &str, quote: char) -> String {
    match quote {
        '\'' if !text.contains(needs_escape) => format!("'{}'", text.replace('\'', "''")),
        _ => in_quotes(text),
    }
}

/// Whether a string needs no quotes.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(is_harmless)
        && rayjob_policy_yaml::is_text(text)
        && !looks_like_timestamp(text)
}

/// Whether other YAML parsers may read a string as a date.
fn looks_like_timestamp(text: &str) -> bool {
    matches!(text.as_bytes(), [year @ .., b'-', _, b'-', _] | [year @ .., b'-', _, _, b'-', _, _]
        if year.iter().all(u8::is_ascii_digit))
}
