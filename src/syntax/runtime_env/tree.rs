use super::types::Scalar;

/// A document's nodes, each before its children; the root is the first.
pub(super) struct Tree {
    nodes: Vec<Node>,
    open: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub content: Content,
    /// The position of the next node that is not inside this one.
    pub end: usize,
    /// The line, from 1.
    pub line: u32,
}

#[derive(Debug)]
pub(super) enum Content {
    Scalar(Scalar),
    Sequence,
    /// Alternating keys and values.
    Mapping,
    /// Refers to the node at that position, which is never an alias itself.
    Alias(usize),
}

impl Tree {
    pub fn new() -> Self {
        Self {
            nodes: Vec::new(),
            open: Vec::new(),
        }
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The position of the next node to be added.
    pub fn next(&self) -> usize {
        self.nodes.len()
    }

    pub fn add(&mut self, content: Content, line: u32) {
        let end = self.nodes.len().saturating_add(1);
        self.nodes.push(Node { content, end, line });
    }

    /// Adds a collection; the nodes up to [`Tree::close`] become its children.
    pub fn open(&mut self, collection: Content, line: u32) {
        self.open.push(self.nodes.len());
        self.add(collection, line);
    }

    pub fn close(&mut self) {
        let end = self.nodes.len();
        if let Some(node) = self.open.pop().and_then(|place| self.nodes.get_mut(place)) {
            node.end = end;
        }
    }
}
