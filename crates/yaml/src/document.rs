use std::ops::Range;

use crate::value::Scalar;

/// A document: its nodes, each before its children; the root is the first.
#[derive(Debug, Default)]
pub struct Document<'t> {
    nodes: Vec<Node<'t>>,
    open: Vec<usize>,
}

/// A value or a key, and its place in the text.
#[derive(Debug)]
pub struct Node<'t> {
    /// Its content.
    pub content: Content<'t>,
    /// The position in the document of the next node that is not inside this one.
    pub next: usize,
    /// Where it is, in bytes: from its anchor or tag, if it has one, to the end of its last token.
    /// The span of an omitted node is empty and follows the token before it.
    pub span: Range<usize>,
}

/// The content of a node.
#[derive(Debug)]
pub enum Content<'t> {
    /// A scalar.
    Scalar(Scalar<'t>),
    /// A list, whose items follow.
    Sequence(Style),
    /// A mapping, whose keys and values follow by turns.
    Mapping(Style),
    /// The same as the node at that position, which is never an alias itself.
    Alias(usize),
}

/// How a list or a mapping is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without brackets.
    Block,
    /// In brackets.
    Flow,
}

impl<'t> Document<'t> {
    /// The nodes.
    pub fn nodes(&self) -> &[Node<'t>] {
        &self.nodes
    }

    pub(crate) fn add(&mut self, content: Content<'t>, span: Range<usize>) {
        let next = self.nodes.len().saturating_add(1);
        self.nodes.push(Node {
            content,
            next,
            span,
        });
    }

    /// Adds a collection; the nodes up to [`Document::close`] become its children.
    pub(crate) fn open(&mut self, collection: Content<'t>, start: usize) {
        self.open.push(self.nodes.len());
        self.add(collection, start..start);
    }

    /// Ends the innermost collection there.
    pub(crate) fn close(&mut self, end: usize) {
        let next = self.nodes.len();
        if let Some(node) = self.open.pop().and_then(|place| self.nodes.get_mut(place)) {
            node.next = next;
            node.span.end = end;
        }
    }
}
