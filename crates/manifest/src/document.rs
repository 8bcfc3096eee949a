//! Finds what to judge in a document.

use std::borrow::Cow;

use rayjob_policy_core::kind::Kind;

use crate::holder;
use crate::placeholder::Renderer;
use crate::syntax_error::SyntaxError;
use crate::tree::{NodeId, NodeKind, Tree};

/// A part of a document to judge.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// An object of a judged kind.
    Object { top: NodeId, kind: Kind },
    /// An AdmissionReview or a Kubewarden request: an object with a `request`.
    Envelope { top: NodeId, request: NodeId },
    /// An AdmissionRequest.
    Request { request: NodeId },
}

/// An item found in a document, in the order of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    /// A part to judge, and the renderer of its placeholders.
    Target(Target, Renderer),
    /// A text that may contain more, such as a manifest in a ConfigMap.
    Text(NodeId, Renderer),
}

/// The parts of a document to judge, without the texts inside it.
pub(crate) fn targets(tree: &Tree<'_>) -> impl Iterator<Item = Target> {
    let found = found(tree, Renderer::Author).into_iter();
    found.filter_map(|found| match found {
        Found::Target(target, _) => Some(target),
        Found::Text(..) => None,
    })
}

/// Everything found in a document.
pub(crate) fn found(tree: &Tree<'_>, renderer: Renderer) -> Vec<Found> {
    let mut found = Vec::new();
    collect(tree, tree.root(), renderer, &mut found);
    found
}

fn collect(tree: &Tree<'_>, top: NodeId, renderer: Renderer, found: &mut Vec<Found>) {
    let text = |key| tree.get(top, key).and_then(|id| tree.text(id));
    let target = |target| Found::Target(target, renderer);
    if let Some(kind) = text("kind") {
        let version = text("apiVersion").unwrap_or_default();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        if kind == "AdmissionReview" {
            found.extend(envelope(tree, top).map(target));
        } else if let Some(items) = tree.get(top, "items").and_then(|id| tree.items(id))
            && kind.ends_with("List")
        {
            for &item in items {
                collect(tree, item, renderer, found);
            }
        } else if group == "ray.io" {
            let object = Kind::named(kind).map(|kind| Target::Object { top, kind });
            found.extend(object.map(target));
        } else if let Some((held, by_holder)) = holder::held(tree, top, group, kind) {
            // The renderer of the holder also renders its content.
            let renderer = match by_holder {
                Renderer::Author => renderer,
                other => other,
            };
            for id in held {
                match &tree.node(id).kind {
                    NodeKind::Text(_) => found.push(Found::Text(id, renderer)),
                    _ => collect(tree, id, renderer, found),
                }
            }
        }
    } else if is_request(tree, top) {
        found.push(target(Target::Request { request: top }));
    } else {
        let asked = envelope(tree, top);
        let asked = asked.filter(|envelope| is_request(tree, envelope.request()));
        found.extend(asked.map(target));
    }
}

fn envelope(tree: &Tree<'_>, top: NodeId) -> Option<Target> {
    let request = tree.get(top, "request")?;
    Some(Target::Envelope { top, request })
}

/// Whether a node looks like an AdmissionRequest.
fn is_request(tree: &Tree<'_>, id: NodeId) -> bool {
    let has = |key| tree.get(id, key).is_some();
    let kind = tree.get(id, "kind").map(|kind| tree.kind(kind));
    matches!(kind, Some(NodeKind::Map(_))) && (has("object") || has("operation"))
}

impl Target {
    fn request(self) -> NodeId {
        match self {
            Self::Envelope { request, .. } | Self::Request { request } => request,
            Self::Object { top, .. } => top,
        }
    }

    /// The object itself, if there is one.
    pub fn object(self, tree: &Tree<'_>) -> Option<NodeId> {
        match self {
            Self::Object { top, .. } => Some(top),
            Self::Envelope { request, .. } | Self::Request { request } => {
                tree.get(request, "object")
            }
        }
    }

    /// Whether it is a request rather than a plain object.
    pub fn is_request(self) -> bool {
        !matches!(self, Self::Object { .. })
    }

    /// The kind of the object; `None` for a request about something that is
    /// not judged.
    pub fn kind(self, tree: &Tree<'_>) -> Option<Kind> {
        if let Self::Object { kind, .. } = self {
            return Some(kind);
        }
        let about = tree.get(self.request(), "kind")?;
        let text = |key| tree.get(about, key).and_then(|id| tree.text(id));
        let kind = text("kind").filter(|_| text("group") == Some("ray.io"))?;
        Kind::named(kind)
    }

    /// The request as JSON: verbatim if it is written as JSON.
    pub fn envelope<'t>(self, tree: &Tree<'t>, text: &'t str) -> Result<Cow<'t, str>, SyntaxError> {
        let written = |id: NodeId| match tree.is_json() {
            true => Ok(Cow::Borrowed(&text[tree.node(id).span.clone()])),
            false => Ok(Cow::Owned(tree.value(id)?.to_string())),
        };
        match self {
            Self::Object { top, .. } | Self::Envelope { top, .. } => written(top),
            Self::Request { request } => {
                Ok(format!(r#"{{"request":{}}}"#, written(request)?).into())
            }
        }
    }

    /// Where a JSON Pointer into the object or the request leads in the document: a node,
    /// and the JSON Pointer from there.
    pub fn locate(self, pointer: &str) -> (NodeId, &str) {
        match self {
            Self::Object { top, .. } | Self::Envelope { top, .. } => (top, pointer),
            Self::Request { request } => {
                (request, pointer.strip_prefix("/request").unwrap_or(pointer))
            }
        }
    }
}
