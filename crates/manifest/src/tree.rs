//! The content of a document, with positions.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::{Map, Number, Value};

use crate::source::Source;
use crate::syntax_error::SyntaxError;

/// A document: its nodes, each with its place in the text.
#[derive(Debug, Default)]
pub struct Tree<'t> {
    nodes: Vec<Node<'t>>,
    json: bool,
    /// The keys of large mappings; computed on demand, when the tree is complete.
    keys: OnceCell<Keys>,
}

/// The keys of the mappings that are too large to be searched entry by entry.
#[derive(Debug, Default)]
struct Keys {
    /// The last entry of each key, by the number of the mapping and the key.
    last: BTreeMap<String, usize>,
    /// The number of entries up to the last merge key of each of the mappings.
    merging: BTreeMap<String, usize>,
}

/// The largest number of entries of a mapping that are searched one by one.
const FEW: usize = 16;

/// The identifier of a node in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(usize);

/// A value and its place in the text.
#[derive(Debug)]
pub struct Node<'t> {
    /// Where it is, in bytes: without the key, with its anchor and tag. The span
    /// of a block ends with its last value. The span of an omitted value is empty.
    pub span: Range<usize>,
    /// Its content.
    pub kind: NodeKind<'t>,
    /// Whether an alias refers to it elsewhere.
    pub aliased: bool,
    /// Whether it is a mapping or a list in brackets.
    pub flow: bool,
}

/// The content of a node.
#[derive(Debug)]
pub enum NodeKind<'t> {
    /// `null`, or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(Cow<'t, str>),
    /// A list.
    List(Vec<NodeId>),
    /// A mapping, with its entries as written.
    Map(Vec<Entry<'t>>),
    /// An alias: the same as another node.
    Alias(NodeId),
}

/// A key and its value.
#[derive(Debug)]
pub struct Entry<'t> {
    /// The key.
    pub key: Cow<'t, str>,
    /// Where the key is, in bytes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: NodeId,
    /// Whether it is a merge key, `<<`, which stands for the entries of its value.
    pub merges: bool,
}

/// The key that a step of a JSON Pointer names (RFC 6901).
pub fn key_of(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// A node and how it was reached.
#[derive(Clone, Debug)]
pub struct PathNode {
    /// The node; it may be an alias.
    pub node: NodeId,
    /// Its key, in bytes; `None` for the top and for items of lists.
    pub key: Option<Range<usize>>,
    /// The mapping or list that it is in.
    pub parent: Option<NodeId>,
    /// Whether the path leads through an alias, a merge key or what an alias refers to, so
    /// that a change here also changes other places.
    pub shared: bool,
}

/// The maximum nesting of a document.
pub(crate) const DEEPEST: usize = 500;

/// How much text the aliases of one document may expand to, in bytes.
const LONGEST_ALIASED: usize = 16 << 20;

impl<'t> Tree<'t> {
    /// An empty JSON document.
    pub(crate) fn json() -> Self {
        Self {
            json: true,
            ..Self::default()
        }
    }

    /// Whether the document is written in JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the document is empty or null.
    pub fn is_empty(&self) -> bool {
        let mut nodes = self.nodes.iter();
        nodes.all(|node| matches!(node.kind, NodeKind::Null))
    }

    /// The root node.
    pub fn root(&self) -> NodeId {
        NodeId(self.nodes.len().saturating_sub(1))
    }

    /// A node.
    #[expect(
        clippy::indexing_slicing,
        reason = "a tree only grows, and made the ID itself"
    )]
    pub fn node(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id.0]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a tree only grows, and made the ID itself"
    )]
    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node<'t> {
        &mut self.nodes[id.0]
    }

    /// Adds a node; the one added last is the root.
    pub(crate) fn push(&mut self, span: Range<usize>, kind: NodeKind<'t>) -> NodeId {
        self.nodes.push(Node {
            span,
            kind,
            aliased: false,
            flow: false,
        });
        NodeId(self.nodes.len() - 1)
    }

    /// The content of a node, with aliases resolved.
    pub fn kind(&self, id: NodeId) -> &NodeKind<'t> {
        &self.node(self.target(id)).kind
    }

    /// The nodes at a path of keys separated by dots, where `*` is every item of a
    /// list or every value of a mapping, without aliases.
    pub(crate) fn matches(&self, id: NodeId, path: &str) -> Vec<NodeId> {
        let mut found = vec![id];
        for step in path.split('.') {
            found = match step {
                "*" => found.iter().flat_map(|&id| self.children(id)).collect(),
                key => found.iter().filter_map(|&id| self.get(id, key)).collect(),
            };
        }
        found
    }

    /// The items of a list or the values of a mapping, without aliases.
    fn children(&self, id: NodeId) -> Vec<NodeId> {
        let mut children = match &self.node(id).kind {
            NodeKind::List(items) => items.clone(),
            NodeKind::Map(entries) => entries.iter().map(|entry| entry.value).collect(),
            _ => Vec::new(),
        };
        children.retain(|&id| !matches!(self.node(id).kind, NodeKind::Alias(_)));
        children
    }

    /// The string of a node, if it is one.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match self.kind(id) {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a node, if it is a list.
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.kind(id) {
            NodeKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key of a node, if it is a mapping.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|(entry, _)| entry.value)
    }

    /// The entry that determines the value of a key, and whether it is merged in:
    /// the last one, as in go-yaml v2 `decode.go:mapping`, even if it is merged in.
    fn entry(&self, id: NodeId, key: &str) -> Option<(&Entry<'t>, bool)> {
        self.entry_unless(id, key, &mut BTreeSet::new(), 0)
    }

    /// As [`Self::entry`], without the mappings that were merged in and searched before.
    fn entry_unless(
        &self,
        id: NodeId,
        key: &str,
        searched: &mut BTreeSet<String>,
        depth: usize,
    ) -> Option<(&Entry<'t>, bool)> {
        let NodeKind::Map(entries) = self.kind(id) else {
            return None;
        };
        let (own, merging) = self.own(self.target(id), entries, key);
        let later = entries.get(own.unwrap_or_default()..merging);
        let mut later = later.into_iter().flatten().rev().filter(|it| it.merges);
        let merged = later.find_map(|entry| {
            let mut merged = self.merged(entry).iter().filter(|_| depth < DEEPEST);
            merged.find_map(|&id| {
                let is_new = searched.insert(self.target(id).0.to_string());
                let found = is_new.then(|| self.entry_unless(id, key, searched, depth + 1));
                found.flatten()
            })
        });
        match merged {
            Some((entry, _)) => Some((entry, true)),
            None => Some((entries.get(own?)?, false)),
        }
    }

    /// The last entry that writes a key in a mapping, and the number of entries up to the
    /// last merge key.
    fn own(&self, id: NodeId, entries: &[Entry<'t>], key: &str) -> (Option<usize>, usize) {
        if entries.len() <= FEW {
            let is_own = |entry: &Entry<'t>| !entry.merges && entry.key == key;
            return (entries.iter().rposition(is_own), entries.len());
        }
        let keys = self.keys.get_or_init(|| self.keys());
        let own = keys.last.get(&format!("{} {key}", id.0));
        let merging = keys.merging.get(&id.0.to_string());
        (own.copied(), merging.copied().unwrap_or_default())
    }

    fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        for (id, node) in self.nodes.iter().enumerate() {
            let NodeKind::Map(entries) = &node.kind else {
                continue;
            };
            for (index, entry) in entries.iter().enumerate().filter(|_| entries.len() > FEW) {
                match entry.merges {
                    true => keys.merging.insert(id.to_string(), index + 1),
                    false => keys.last.insert(format!("{id} {}", entry.key), index),
                };
            }
        }
        keys
    }

    /// The node itself, or the one that an alias refers to.
    fn target(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            NodeKind::Alias(target) => self.target(target),
            _ => id,
        }
    }

    /// The mappings that a merge key merges in, in order of precedence.
    fn merged<'s>(&'s self, entry: &'s Entry<'t>) -> &'s [NodeId] {
        match &self.node(entry.value).kind {
            NodeKind::List(items) => items,
            _ => std::slice::from_ref(&entry.value),
        }
    }

    /// The nodes along a JSON Pointer, from `top` on, as far as they exist, and whether the last
    /// is the one that it names.
    pub fn nodes_along(&self, top: NodeId, pointer: &str) -> (Vec<PathNode>, bool) {
        let mut nodes = vec![PathNode {
            node: top,
            key: None,
            parent: None,
            shared: false,
        }];
        for step in pointer.split('/').skip(1) {
            let Some(last) = nodes.last() else { break };
            let step = key_of(step);
            let above = self.node(last.node);
            let through = above.aliased || matches!(above.kind, NodeKind::Alias(_));
            let (node, key, merged) = match self.kind(last.node) {
                NodeKind::Map(_) => match self.entry(last.node, &step) {
                    Some((entry, merged)) => (entry.value, Some(entry.key_span.clone()), merged),
                    None => return (nodes, false),
                },
                NodeKind::List(items) => {
                    match step.parse().ok().and_then(|index: usize| items.get(index)) {
                        Some(&item) => (item, None, false),
                        None => return (nodes, false),
                    }
                }
                _ => return (nodes, false),
            };
            nodes.push(PathNode {
                node,
                key,
                parent: Some(last.node),
                shared: last.shared || through || merged,
            });
        }
        (nodes, true)
    }

    /// The piece of text to show for a JSON Pointer: the entry if it is on one
    /// line, else its key; for a missing field, that of its parent.
    pub fn shown(&self, top: NodeId, pointer: &str, source: &Source<'_>) -> Range<usize> {
        let (nodes, _) = self.nodes_along(top, pointer);
        // Never: the first of the nodes is the top.
        let Some(place) = nodes.last() else {
            return 0..0;
        };
        let node = self.node(place.node);
        let span = node.span.clone();
        match &place.key {
            Some(key) => {
                let is_short = |whole: &Range<usize>| {
                    whole.end > key.end && source.first_line(whole.clone()) == *whole
                };
                Some(key.start..span.end)
                    .filter(|whole| !matches!(node.kind, NodeKind::Null) && is_short(whole))
                    .unwrap_or_else(|| key.clone())
            }
            // The root of an object: its `kind` entry.
            None => match self.entry(place.node, "kind") {
                Some((entry, false)) if self.text(entry.value).is_some() => {
                    entry.key_span.start..self.node(entry.value).span.end
                }
                _ => source.first_line(span),
            },
        }
    }

    /// The value of a node, as kubectl sends it.
    ///
    /// # Errors
    /// If an alias contains itself, or the aliases expand to too much text; with
    /// the place of the alias.
    pub fn value(&self, id: NodeId) -> Result<Value, SyntaxError> {
        let mut budget = Budget {
            depth: 0,
            aliased: 0,
            rest: LONGEST_ALIASED,
        };
        self.expand(id, &mut budget)
    }

    fn expand(&self, id: NodeId, budget: &mut Budget) -> Result<Value, SyntaxError> {
        let node = self.node(id);
        budget.spend(node)?;
        budget.depth += 1;
        let value = match &node.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Number(number) => Value::Number(number.clone()),
            NodeKind::Text(text) => Value::String(text.clone().into_owned()),
            NodeKind::List(items) => {
                let items = items.iter().map(|&item| self.expand(item, budget));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            NodeKind::Map(entries) => Value::Object(self.expand_map(entries, budget)?),
            NodeKind::Alias(target) => {
                budget.aliased += 1;
                let value = self.expand(*target, budget)?;
                budget.aliased -= 1;
                value
            }
        };
        budget.depth -= 1;
        Ok(value)
    }

    fn expand_map(
        &self,
        entries: &[Entry<'t>],
        budget: &mut Budget,
    ) -> Result<Map<String, Value>, SyntaxError> {
        let mut map = Map::new();
        for entry in entries {
            if !entry.merges {
                let value = self.expand(entry.value, budget)?;
                map.insert(entry.key.clone().into_owned(), value);
                continue;
            }
            for &id in self.merged(entry).iter().rev() {
                let Value::Object(more) = self.expand(id, budget)? else {
                    return Err(SyntaxError::at(
                        entry.key_span.clone(),
                        "'<<' needs a mapping or a list of mappings",
                    ));
                };
                map.extend(more);
            }
        }
        Ok(map)
    }

    /// Visits a node and everything below it, each with its path, without
    /// following aliases.
    pub(crate) fn visit<'s>(
        &'s self,
        id: NodeId,
        path: &mut Vec<Segment<'s>>,
        visitor: &mut dyn FnMut(&'s Node<'t>, &[Segment<'s>]),
    ) {
        let node = self.node(id);
        visitor(node, path);
        match &node.kind {
            NodeKind::List(items) => {
                for (index, &item) in items.iter().enumerate() {
                    path.push(Segment::Index(index));
                    self.visit(item, path, visitor);
                    path.pop();
                }
            }
            NodeKind::Map(entries) => {
                for entry in entries {
                    path.push(Segment::Key(&entry.key));
                    self.visit(entry.value, path, visitor);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}

/// One step of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Segment<'s> {
    Key(&'s str),
    Index(usize),
}

/// The remaining budget for aliases.
struct Budget {
    depth: usize,
    aliased: usize,
    rest: usize,
}

impl Budget {
    fn spend(&mut self, node: &Node<'_>) -> Result<(), SyntaxError> {
        let error = |problem: &str| Err(SyntaxError::at(node.span.clone(), problem));
        if self.depth > DEEPEST {
            return error("nesting is too deep");
        }
        if self.aliased == 0 {
            return Ok(());
        }
        let cost = match &node.kind {
            NodeKind::Text(text) => text.len() + 32,
            _ => 32,
        };
        match self.rest.checked_sub(cost) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => error("aliases expand to too much text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, DEEPEST, FEW, Tree};
    use crate::stream;

    fn tree(text: &str) -> Tree<'_> {
        let piece = stream::pieces(text).next().expect("a piece");
        let (mut trees, error) = stream::read(text, &piece);
        assert_eq!(error, None);
        trees.remove(0)
    }

    #[test]
    fn only_what_an_alias_stands_for_is_paid_for() {
        let tree = tree("[&a abcdefgh, *a, a longer text that costs nothing]");
        for (rest, fits) in [(39, false), (40, true)] {
            let mut budget = Budget {
                depth: 0,
                aliased: 0,
                rest,
            };
            let value = tree.expand(tree.root(), &mut budget);
            assert_eq!(value.is_ok(), fits, "{rest}");
        }
    }

    #[test]
    fn a_value_has_a_largest_depth() {
        let tree = tree("a");
        for (depth, fits) in [(DEEPEST, true), (DEEPEST + 1, false)] {
            let mut budget = Budget {
                depth,
                aliased: 0,
                rest: 0,
            };
            let value = tree.expand(tree.root(), &mut budget);
            assert_eq!(value.is_ok(), fits, "{depth}");
        }
    }

    #[test]
    fn a_key_is_searched_in_mappings_merged_so_deep() {
        for (depth, is_found) in [(DEEPEST, true), (DEEPEST + 1, false)] {
            let merged = (1..=depth).map(|it| format!("- &a{it} {{<<: *a{}}}\n", it - 1));
            let text = format!("- &a0 {{x: 1}}\n{}", merged.collect::<String>());
            let tree = tree(&text);
            let last = tree
                .items(tree.root())
                .and_then(|items| items.last().copied());
            let found = tree.get(last.expect("an item"), "x");
            assert_eq!(found.is_some(), is_found, "{depth}");
        }
    }

    #[test]
    fn a_key_is_found_in_a_mapping_of_any_size() {
        for number in [2, FEW, FEW + 1, 3 * FEW] {
            let entries = (0..number).map(|index| match index % 7 {
                3 => "  <<: *a\n".to_owned(),
                5 => "  <<: [*b, *a]\n".to_owned(),
                _ => format!("  k{}: {index}\n", index % 11),
            });
            let entries: String = entries.collect();
            let text = format!(
                "a: &a {{k0: a, k1: a, k9: a, <<: {{k20: c}}}}\n\
                 b: &b {{k1: b, k2: b, k10: b, k21: b}}\nc:\n{entries}"
            );
            let tree = tree(&text);
            let top = tree.get(tree.root(), "c").expect("an entry");
            let value = tree.value(top).expect("a value");
            for key in (0..25).map(|index| format!("k{index}")) {
                let found = tree
                    .get(top, &key)
                    .map(|id| tree.value(id).expect("a value"));
                assert_eq!(found.as_ref(), value.get(&key), "{key} in {text}");
            }
        }
    }

    #[test]
    fn mappings_that_are_merged_again_and_again_are_searched_once() {
        let merged = (1..60).map(|it| format!("a{it}: &a{it} {{<<: [*a{0}, *a{0}]}}\n", it - 1));
        let text = format!("a0: &a0 {{x: 1}}\n{}<<: *a59\n", merged.collect::<String>());
        let tree = tree(&text);
        assert!(tree.get(tree.root(), "x").is_some());
        assert!(tree.get(tree.root(), "y").is_none());
    }
}
