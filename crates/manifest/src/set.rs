//! The objects of a set of texts that are applied together.

use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::set::Member;

use crate::detect::named_kind;
use crate::source::Source;
use crate::stream;
use crate::tree::{NodeId, Tree};

/// Whether a text may have an object that matters to rules about sets: one whose Service
/// another can take. Most texts have none, and then need not be read before they are checked.
pub fn matters(text: &str) -> bool {
    text.contains("headService")
        || named_kind(text, &[Kind::RayCluster, Kind::RayService]).is_some()
}

/// The objects of a text, as rules about sets see them: its documents and the items of its
/// lists, not what other objects contain. `file` is shown before their line.
///
/// `folder` tells which objects without a namespace share one, as in [`Member::of`].
pub fn members(text: &str, file: &str, folder: &str) -> Vec<Member> {
    let mut members = Vec::new();
    if !matters(text) {
        return members;
    }
    let source = Source::new(text);
    let place = |tree: &Tree<'_>, top: NodeId| {
        let line = source.position(tree.node(top).span.start).line;
        match file {
            "" => format!("line {line}"),
            file => format!("{file}:{line}"),
        }
    };
    for piece in stream::pieces(text) {
        let (trees, _) = stream::read(text, &piece);
        for tree in &trees {
            collect(tree, tree.root(), &mut |top| {
                let object = tree.value(top).ok();
                members.extend(object.and_then(|it| Member::of(&it, folder, &place(tree, top))));
            });
        }
    }
    members
}

/// Visits a document, or the items of a list.
pub(crate) fn collect(tree: &Tree<'_>, top: NodeId, visit: &mut dyn FnMut(NodeId)) {
    let kind = tree.get(top, "kind").and_then(|id| tree.text(id));
    let items = tree.get(top, "items").and_then(|id| tree.items(id));
    match items.filter(|_| kind.is_some_and(|kind| kind.ends_with("List"))) {
        Some(items) => items.iter().for_each(|&item| collect(tree, item, visit)),
        None => visit(top),
    }
}
