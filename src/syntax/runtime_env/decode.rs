//! Whether a document can become a JSON object: go-yaml v2 `decode.go`, `sigs.k8s.io/yaml`
//! `yaml.go:convertToJSONableObject` and Go's `encoding/json`, without creating the object.

use std::collections::BinaryHeap;

use super::error::{SyntaxError, SyntaxErrorKind};
use super::tree::{Content, Node};
use super::types::{Kind, Scalar};

/// The maximum nesting of `encoding/json` (`scanner.go:maxNestingDepth`).
const MAX_DEPTH: usize = 10_000;

/// The maximum number of merges. go-yaml does not count them, and merging an empty list costs
/// nothing else, so only this limits documents that consist only of aliases of such merges.
const MAX_MERGES: u32 = 1_000_000;

/// Judges a document by its nodes.
///
/// # Errors
/// The first error, or else one that remains once later keys have replaced equal ones.
pub(super) fn judge(nodes: &[Node]) -> Result<(), SyntaxError> {
    let mut decoder = Decoder {
        nodes,
        active: vec![false; nodes.len()],
        decoded: 0,
        from_aliases: 0,
        alias_depth: 0,
        merges: 0,
        walks: Vec::new(),
        open: Vec::new(),
        error: None,
    };
    let Some(root) = nodes.first() else {
        return Ok(());
    };
    let found = match root.content {
        Content::Mapping | Content::Alias(_) => None,
        Content::Sequence => Some(SyntaxErrorKind::List),
        Content::Scalar(scalar) => match scalar.kind {
            Kind::Null => return Ok(()),
            Kind::Bool => Some(SyntaxErrorKind::Boolean),
            Kind::Text | Kind::Merge => Some(SyntaxErrorKind::Text),
            _ => Some(SyntaxErrorKind::Number),
        },
    };
    if let Some(kind) = found {
        return Err(kind.at(root.line));
    }
    decoder.value(0)?;
    while let Some(walk) = decoder.walks.pop() {
        decoder.step(walk)?;
    }
    decoder.error.map_or(Ok(()), Err)
}

struct Decoder<'t> {
    nodes: &'t [Node],
    /// Whether each node is an alias being decoded.
    active: Vec<bool>,
    /// The number of nodes decoded so far.
    decoded: u32,
    /// The number of those inside an alias.
    from_aliases: u32,
    alias_depth: u32,
    merges: u32,
    /// The pending nodes, the next last.
    walks: Vec<Walk>,
    /// The collections being decoded, the innermost last.
    open: Vec<Collection>,
    /// The error of the value decoded last.
    error: Option<SyntaxError>,
}

enum Walk {
    Items {
        next: usize,
        end: usize,
    },
    Pairs {
        next: usize,
        end: usize,
        of: Pairs,
    },
    /// Mappings to merge, the last first.
    Merges(Vec<usize>),
    /// The alias whose node has been decoded.
    Leave(usize),
}

/// Whether pairs belong to the open collection or are merged into it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pairs {
    Own,
    Merged,
}

/// A collection being decoded.
#[derive(Default)]
struct Collection {
    /// The key whose value is being decoded, if a later one can be equal.
    key: Option<Scalar>,
    /// An error that nothing can undo.
    error: Option<SyntaxError>,
    /// The result of each key from the first invalid one on; a later key replaces an equal one.
    by_key: Vec<(u64, Option<SyntaxError>)>,
}

/// The first error that no later equal key has replaced.
fn lasting(outcomes: &[(u64, Option<SyntaxError>)]) -> Option<SyntaxError> {
    let keys = outcomes.iter().map(|(key, _)| *key);
    let sorted = keys
        .zip(0..)
        .collect::<BinaryHeap<(u64, usize)>>()
        .into_sorted_vec();
    let mut last = sorted
        .chunk_by(|(a, _), (b, _)| a == b)
        .filter_map(<[_]>::last);
    last.find_map(|(_, place)| outcomes.get(*place)?.1)
}

impl Collection {
    fn set(&mut self, error: Option<SyntaxError>) {
        match self.key.take() {
            None => self.error = self.error.or(error),
            Some(key) if error.is_some() || !self.by_key.is_empty() => {
                self.by_key.push((key.hash, error));
            }
            Some(_) => {}
        }
    }
}

impl<'t> Decoder<'t> {
    fn step(&mut self, walk: Walk) -> Result<(), SyntaxError> {
        match walk {
            Walk::Items { next, end } if next < end => {
                let after = self.end_of(next);
                self.walks.push(Walk::Items { next: after, end });
                self.value(next)
            }
            Walk::Pairs { next, end, of } if next < end => {
                let value = self.end_of(next);
                let after = self.end_of(value);
                self.walks.push(Walk::Pairs {
                    next: after,
                    end,
                    of,
                });
                self.pair(next, value)
            }
            Walk::Pairs {
                of: Pairs::Merged, ..
            } => Ok(()),
            Walk::Items { .. } | Walk::Pairs { .. } => {
                if let Some(Collection { error, by_key, .. }) = self.open.pop() {
                    self.done(error.or_else(|| lasting(&by_key)));
                }
                Ok(())
            }
            Walk::Merges(mut mappings) => {
                let Some(mapping) = mappings.pop() else {
                    return Ok(());
                };
                self.walks.push(Walk::Merges(mappings));
                self.merge_one(mapping)
            }
            Walk::Leave(alias) => {
                self.alias_depth = self.alias_depth.saturating_sub(1);
                self.set_active(alias, false);
                Ok(())
            }
        }
    }

    fn end_of(&self, place: usize) -> usize {
        self.nodes.get(place).map_or(usize::MAX, |node| node.end)
    }

    fn set_active(&mut self, alias: usize, to: bool) {
        if let Some(active) = self.active.get_mut(alias) {
            *active = to;
        }
    }

    /// Passes a value's error to the enclosing collection.
    fn done(&mut self, error: Option<SyntaxError>) {
        match self.open.last_mut() {
            Some(collection) => collection.set(error),
            None => self.error = error,
        }
    }

    /// Counts a node, including an alias's own node; returns the node that holds the content.
    fn enter(&mut self, place: usize) -> Result<(usize, &'t Node), SyntaxError> {
        let mut place = place;
        let nodes = self.nodes;
        loop {
            let Some(node) = nodes.get(place) else {
                return Err(SyntaxErrorKind::UnknownAlias.at(0));
            };
            self.count(node.line)?;
            let Content::Alias(target) = node.content else {
                return Ok((place, node));
            };
            if self.active.get(place) == Some(&true) {
                return Err(SyntaxErrorKind::EndlessAlias.at(node.line));
            }
            self.set_active(place, true);
            self.alias_depth = self.alias_depth.saturating_add(1);
            self.walks.push(Walk::Leave(place));
            place = target;
        }
    }

    /// Counts as `decode.go:unmarshal` does, with the limit of `decode.go:allowedAliasRatio`.
    fn count(&mut self, line: u32) -> Result<(), SyntaxError> {
        const LOW: f64 = 400_000.0;
        const HIGH: f64 = 4_000_000.0;
        self.decoded = self.decoded.saturating_add(1);
        if self.alias_depth > 0 {
            self.from_aliases = self.from_aliases.saturating_add(1);
        }
        if self.decoded <= 1000 {
            return Ok(());
        }
        let decoded = f64::from(self.decoded);
        let allowed = if decoded <= LOW {
            0.99
        } else if decoded >= HIGH {
            0.10
        } else {
            0.99 - 0.89 * ((decoded - LOW) / (HIGH - LOW))
        };
        if f64::from(self.from_aliases) / decoded > allowed {
            return Err(SyntaxErrorKind::ManyAliases.at(line));
        }
        Ok(())
    }

    fn value(&mut self, place: usize) -> Result<(), SyntaxError> {
        let (place, node) = self.enter(place)?;
        let &Node { end, line, .. } = node;
        let next = place.saturating_add(1);
        match node.content {
            Content::Scalar(scalar) => {
                let refused = matches!(scalar.kind, Kind::Nan | Kind::Infinity);
                self.done(refused.then(|| SyntaxErrorKind::NotFinite.at(line)));
                return Ok(());
            }
            Content::Mapping => {
                let of = Pairs::Own;
                self.walks.push(Walk::Pairs { next, end, of });
            }
            Content::Sequence | Content::Alias(_) => self.walks.push(Walk::Items { next, end }),
        }
        let deep = self.open.len() >= MAX_DEPTH;
        self.open.push(Collection {
            error: deep.then(|| SyntaxErrorKind::Depth.at(line)),
            ..Collection::default()
        });
        Ok(())
    }

    fn pair(&mut self, key: usize, value: usize) -> Result<(), SyntaxError> {
        if let Some(Content::Scalar(scalar)) = self.nodes.get(key).map(|node| &node.content)
            && scalar.kind == Kind::Merge
        {
            return self.merge(value);
        }
        let (_, node) = self.enter(key)?;
        let line = node.line;
        let Content::Scalar(scalar) = node.content else {
            return Err(SyntaxErrorKind::CollectionKey.at(line));
        };
        if let Some(leave) = self.walks.pop_if(|walk| matches!(walk, Walk::Leave(_))) {
            self.step(leave)?;
        }
        if let Some(collection) = self.open.last_mut() {
            match scalar.kind {
                Kind::Null => collection.set(Some(SyntaxErrorKind::NullKey.at(line))),
                Kind::HugeInt => collection.set(Some(SyntaxErrorKind::HugeKey.at(line))),
                _ => {}
            }
            collection.key = (scalar.kind != Kind::Nan).then_some(scalar);
        }
        self.value(value)
    }

    /// Merges the value of `<<` (`decode.go:merge`).
    fn merge(&mut self, value: usize) -> Result<(), SyntaxError> {
        self.merges = self.merges.saturating_add(1);
        let Some(node) = self.nodes.get(value) else {
            return Ok(());
        };
        if self.merges > MAX_MERGES {
            return Err(SyntaxErrorKind::ManyAliases.at(node.line));
        }
        if !matches!(node.content, Content::Sequence) {
            return self.merge_one(value);
        }
        let mut mappings = Vec::new();
        let mut next = value.saturating_add(1);
        while next < node.end {
            mappings.push(next);
            next = self.end_of(next);
        }
        self.walks.push(Walk::Merges(mappings));
        Ok(())
    }

    fn merge_one(&mut self, place: usize) -> Result<(), SyntaxError> {
        let (place, node) = self.enter(place)?;
        let &Node { end, line, .. } = node;
        if !matches!(node.content, Content::Mapping) {
            return Err(SyntaxErrorKind::Merge.at(line));
        }
        let next = place.saturating_add(1);
        let of = Pairs::Merged;
        self.walks.push(Walk::Pairs { next, end, of });
        Ok(())
    }
}
