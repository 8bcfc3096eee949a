//! What rules read of the objects in the cluster.

use crate::json::{self, List, Present, Text, view};

/// An object in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// `metadata.name`
    pub name: String,
    /// Whether it is being deleted.
    pub is_deleted: bool,
    /// Whether it is suspended: `spec.suspend`.
    pub is_suspended: bool,
    /// Whether the queue admits nothing: `spec.stopPolicy`.
    pub is_stopped: bool,
    /// The kind and the name of each owner.
    owners: Vec<(String, String)>,
}

impl Known {
    /// Whether an object of a kind and a name owns it.
    pub fn is_owned_by(&self, kind: &str, name: &str) -> bool {
        self.owners
            .iter()
            .any(|owner| owner.0 == kind && owner.1 == name)
    }
}

view! {
    struct Listed<'a> {
        "items" => items: Option<List<Item<'a>>>,
    }
}

view! {
    struct Item<'a> {
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: Spec<'a>,
    }
}

view! {
    struct Metadata<'a> {
        "name" => name: Text<'a>,
        "namespace" => namespace: Text<'a>,
        "deletionTimestamp" => deletion_timestamp: Present,
        "ownerReferences" => owner_references: List<Owner<'a>>,
    }
}

view! {
    struct Owner<'a> {
        "kind" => kind: Text<'a>,
        "name" => name: Text<'a>,
    }
}

view! {
    struct Spec<'a> {
        "suspend" => suspend: bool,
        "stopPolicy" => stop_policy: Text<'a>,
    }
}

/// Reads the objects of a namespace in a list; `None` if it is not one.
pub(super) fn read(list: &[u8], namespace: &str) -> Option<Vec<Known>> {
    let list: Listed<'_> = json::read(list).ok()?;
    let items = list.items?;
    let here = |item: &&Item<'_>| {
        let of = &*item.metadata.namespace;
        of.is_empty() || namespace.is_empty() || of == namespace
    };
    Some(items.iter().filter(here).map(Known::of).collect())
}

impl Known {
    fn of(item: &Item<'_>) -> Self {
        let Metadata {
            name,
            deletion_timestamp,
            owner_references,
            ..
        } = &item.metadata;
        let owner = |owner: &Owner<'_>| ((*owner.kind).into(), (*owner.name).into());
        Self {
            name: (**name).into(),
            is_deleted: deletion_timestamp.0,
            is_suspended: item.spec.suspend,
            is_stopped: !["", "None"].contains(&&*item.spec.stop_policy),
            owners: owner_references.iter().map(owner).collect(),
        }
    }
}
