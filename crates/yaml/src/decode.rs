//! Whether a document can become a JSON object: go-yaml v2 `decode.go`, `sigs.k8s.io/yaml`
//! `yaml.go:convertToJSONableObject` and Go's `encoding/json`, without creating the object.

use std::collections::BinaryHeap;

use crate::document::{Content, Document, Node};
use crate::error::{Error, ErrorKind};
use crate::parser::Parser;
use crate::value::Value;

/// The maximum nesting of `encoding/json` (`scanner.go:maxNestingDepth`).
const MAX_DEPTH: usize = 10_000;

/// The maximum number of merges. go-yaml does not count them, and merging an empty list costs
/// nothing else, so only this limits documents that consist only of aliases of such merges.
const MAX_MERGES: u32 = 1_000_000;

/// Reads what `yaml.Unmarshal` of `sigs.k8s.io/yaml` can read into a `map[string]interface{}`:
/// the first document of a text, which is a mapping or nothing. It ignores later ones.
///
/// # Errors
/// The first error, or else one that remains once later keys have replaced equal ones.
pub fn mapping(text: &str) -> Result<Option<Document<'_>>, Error> {
    let text = if text.is_empty() { "\n" } else { text };
    let document = Parser::new(text).document()?;
    if let Some(document) = &document {
        check(document.nodes())?;
    }
    Ok(document)
}

fn check(nodes: &[Node<'_>]) -> Result<(), Error> {
    let mut scalars = Vec::with_capacity(nodes.len());
    for node in nodes {
        scalars.push(Fingerprint::of(node)?);
    }
    let mut decoder = Decoder {
        nodes,
        scalars: &scalars,
        active: vec![false; nodes.len()],
        decoded: 0,
        from_aliases: 0,
        alias_depth: 0,
        merges: 0,
        walks: Vec::new(),
        open: Vec::new(),
        error: None,
    };
    let (Some(root), Some(scalar)) = (nodes.first(), scalars.first()) else {
        return Ok(());
    };
    let found = match (&root.content, scalar.kind) {
        (Content::Mapping(_) | Content::Alias(_), _) => None,
        (Content::Sequence(_), _) => Some(ErrorKind::List),
        (_, ScalarKind::Null) => return Ok(()),
        (_, ScalarKind::Bool) => Some(ErrorKind::Boolean),
        (_, ScalarKind::Text | ScalarKind::Merge) => Some(ErrorKind::Text),
        _ => Some(ErrorKind::Number),
    };
    if let Some(kind) = found {
        return Err(kind.at(root.span.start));
    }
    decoder.value(0)?;
    while let Some(walk) = decoder.walks.pop() {
        decoder.step(walk)?;
    }
    decoder.error.map_or(Ok(()), Err)
}

/// What matters of a scalar here: its type and, to distinguish keys, a hash of its value.
///
/// Equal values of a type have equal hashes; other collisions have to be deliberate, and only let a
/// later key hide a value that Kubernetes refuses.
#[derive(Clone, Copy)]
struct Fingerprint {
    kind: ScalarKind,
    hash: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScalarKind {
    Null,
    Bool,
    Int,
    HugeInt,
    Float,
    Nan,
    Infinity,
    Text,
    Merge,
}

impl Fingerprint {
    /// For a collection or an alias.
    const NONE: Self = Self {
        kind: ScalarKind::Null,
        hash: 0,
    };

    fn of(node: &Node<'_>) -> Result<Self, Error> {
        let Content::Scalar(scalar) = &node.content else {
            return Ok(Self::NONE);
        };
        let value = scalar.value().map_err(|kind| kind.at(node.span.start))?;
        Ok(match &value {
            Value::Null => Self::new(ScalarKind::Null, b""),
            Value::Bool(value) => Self::new(ScalarKind::Bool, &[u8::from(*value)]),
            Value::Int(value) => Self::new(ScalarKind::Int, &value.to_le_bytes()),
            Value::HugeInt(value) => Self::new(ScalarKind::HugeInt, &value.to_le_bytes()),
            Value::Float(value) => Self::new(ScalarKind::Float, value.as_bytes()),
            Value::Nan => Self::new(ScalarKind::Nan, b""),
            Value::Infinity { negative } => Self::new(ScalarKind::Infinity, &[u8::from(*negative)]),
            Value::Text(text) => Self::new(ScalarKind::Text, text.as_bytes()),
            Value::Binary(bytes) => Self::new(ScalarKind::Text, bytes),
            Value::Merge => Self::new(ScalarKind::Merge, b""),
        })
    }

    fn new(kind: ScalarKind, value: &[u8]) -> Self {
        // FNV-1a of the type and the value.
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ kind as u64;
        for byte in value {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self { kind, hash }
    }
}

struct Decoder<'t> {
    nodes: &'t [Node<'t>],
    scalars: &'t [Fingerprint],
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
    error: Option<Error>,
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
    key: Option<Fingerprint>,
    /// An error that nothing can undo.
    error: Option<Error>,
    /// The result of each key from the first invalid one on; a later key replaces an equal one.
    by_key: Vec<(u64, Option<Error>)>,
}

/// The first error that no later equal key has replaced.
fn lasting(outcomes: &[(u64, Option<Error>)]) -> Option<Error> {
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
    fn set(&mut self, error: Option<Error>) {
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
    fn step(&mut self, walk: Walk) -> Result<(), Error> {
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
        self.nodes.get(place).map_or(usize::MAX, |node| node.next)
    }

    fn scalar(&self, place: usize) -> Fingerprint {
        let scalar = self.scalars.get(place);
        scalar.copied().unwrap_or(Fingerprint::NONE)
    }

    fn set_active(&mut self, alias: usize, to: bool) {
        if let Some(active) = self.active.get_mut(alias) {
            *active = to;
        }
    }

    /// Passes a value's error to the enclosing collection.
    fn done(&mut self, error: Option<Error>) {
        match self.open.last_mut() {
            Some(collection) => collection.set(error),
            None => self.error = error,
        }
    }

    /// Counts a node, including an alias's own node; returns the node that holds the content.
    fn enter(&mut self, place: usize) -> Result<(usize, &'t Node<'t>), Error> {
        let mut place = place;
        let nodes = self.nodes;
        loop {
            let Some(node) = nodes.get(place) else {
                return Err(ErrorKind::UnknownAlias.at(0));
            };
            self.count(node.span.start)?;
            let Content::Alias(target) = node.content else {
                return Ok((place, node));
            };
            if self.active.get(place) == Some(&true) {
                return Err(ErrorKind::EndlessAlias.at(node.span.start));
            }
            self.set_active(place, true);
            self.alias_depth = self.alias_depth.saturating_add(1);
            self.walks.push(Walk::Leave(place));
            place = target;
        }
    }

    /// Counts as `decode.go:unmarshal` does, with the limit of `decode.go:allowedAliasRatio`.
    fn count(&mut self, at: usize) -> Result<(), Error> {
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
            return Err(ErrorKind::ManyAliases.at(at));
        }
        Ok(())
    }

    fn value(&mut self, place: usize) -> Result<(), Error> {
        let (place, node) = self.enter(place)?;
        let (end, at) = (node.next, node.span.start);
        let next = place.saturating_add(1);
        match node.content {
            Content::Scalar(_) => {
                let refused = matches!(
                    self.scalar(place).kind,
                    ScalarKind::Nan | ScalarKind::Infinity
                );
                self.done(refused.then(|| ErrorKind::NotFinite.at(at)));
                return Ok(());
            }
            Content::Mapping(_) => {
                let of = Pairs::Own;
                self.walks.push(Walk::Pairs { next, end, of });
            }
            Content::Sequence(_) | Content::Alias(_) => self.walks.push(Walk::Items { next, end }),
        }
        let deep = self.open.len() >= MAX_DEPTH;
        self.open.push(Collection {
            error: deep.then(|| ErrorKind::Depth.at(at)),
            ..Collection::default()
        });
        Ok(())
    }

    fn pair(&mut self, key: usize, value: usize) -> Result<(), Error> {
        if self.scalar(key).kind == ScalarKind::Merge {
            return self.merge(value);
        }
        let (place, node) = self.enter(key)?;
        let at = node.span.start;
        if !matches!(node.content, Content::Scalar(_)) {
            return Err(ErrorKind::CollectionKey.at(at));
        }
        let scalar = self.scalar(place);
        if let Some(leave) = self.walks.pop_if(|walk| matches!(walk, Walk::Leave(_))) {
            self.step(leave)?;
        }
        if let Some(collection) = self.open.last_mut() {
            match scalar.kind {
                ScalarKind::Null => collection.set(Some(ErrorKind::NullKey.at(at))),
                ScalarKind::HugeInt => collection.set(Some(ErrorKind::HugeKey.at(at))),
                _ => {}
            }
            collection.key = (scalar.kind != ScalarKind::Nan).then_some(scalar);
        }
        self.value(value)
    }

    /// Merges the value of `<<` (`decode.go:merge`).
    fn merge(&mut self, value: usize) -> Result<(), Error> {
        self.merges = self.merges.saturating_add(1);
        let Some(node) = self.nodes.get(value) else {
            return Ok(());
        };
        if self.merges > MAX_MERGES {
            return Err(ErrorKind::ManyAliases.at(node.span.start));
        }
        if !matches!(node.content, Content::Sequence(_)) {
            return self.merge_one(value);
        }
        let mut mappings = Vec::new();
        let mut next = value.saturating_add(1);
        while next < node.next {
            mappings.push(next);
            next = self.end_of(next);
        }
        self.walks.push(Walk::Merges(mappings));
        Ok(())
    }

    fn merge_one(&mut self, place: usize) -> Result<(), Error> {
        let (place, node) = self.enter(place)?;
        let (end, at) = (node.next, node.span.start);
        if !matches!(node.content, Content::Mapping(_)) {
            return Err(ErrorKind::Merge.at(at));
        }
        let next = place.saturating_add(1);
        let of = Pairs::Merged;
        self.walks.push(Walk::Pairs { next, end, of });
        Ok(())
    }
}
