//! The live state of the Kubernetes cluster: what the setting `cluster` allows the policy to
//! ask of its host.
//!
//! A host that cannot tell changes no verdict: what is not known is not found.

mod known;
mod objects;
mod operator;
mod resource;

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

pub use known::Known;
pub use objects::Objects;
pub use operator::Operator;
pub use resource::{Resource, Topic, Topics};

/// What a host knows of the cluster.
pub trait Inventory: fmt::Debug + Send + Sync {
    /// The objects of a resource in a namespace, or in all for a resource that is
    /// [looked for everywhere](Resource::is_everywhere): a JSON object whose list `items` has
    /// at least their [fields](Resource::fields). `None` if the host cannot tell.
    fn list(&self, resource: Resource, namespace: &str) -> Option<Vec<u8>>;
}

/// The live state around one object. Each resource is asked for once, when a rule needs it.
#[derive(Debug)]
pub struct Live {
    topics: Topics,
    inventory: Option<Arc<dyn Inventory>>,
    namespace: String,
    known: [OnceCell<Option<Vec<Known>>>; Resource::ALL.len()],
    operators: OnceCell<Option<Vec<Operator>>>,
}

impl Live {
    /// The live state around an object in a namespace, as far as the topics go.
    pub fn new(topics: Topics, inventory: Option<Arc<dyn Inventory>>, namespace: &str) -> Self {
        Self {
            topics,
            inventory,
            namespace: namespace.into(),
            known: [const { OnceCell::new() }; Resource::ALL.len()],
            operators: OnceCell::new(),
        }
    }

    /// Whether the policy may ask about a topic.
    pub fn covers(&self, topic: Topic) -> bool {
        self.topics.contain(topic)
    }

    /// The namespace of the object; empty if it has none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The objects of a resource in the namespace; `None` if they are not known.
    pub fn known(&self, resource: Resource) -> Option<&[Known]> {
        if !self.covers(resource.topic()) {
            return None;
        }
        let slot = self.known.get(resource as usize)?;
        let objects = slot.get_or_init(|| known::read(&self.list(resource)?, &self.namespace));
        objects.as_deref()
    }

    /// The object of this name: `Some(None)` if there is none, `None` if that is not known.
    pub fn find(&self, resource: Resource, name: &str) -> Option<Option<&Known>> {
        let objects = self.known(resource)?;
        Some(objects.iter().find(|object| object.name == name))
    }

    /// The operator that is responsible for the namespace; `None` if it is not known, as when
    /// several of different releases are.
    pub fn operator(&self) -> Option<&Operator> {
        let mut responsible = self
            .watching()?
            .filter(|operator| operator.release.is_some());
        let first = responsible.next()?;
        responsible
            .all(|other| {
                other.release == first.release && other.gates.differing(first.gates).count() == 0
            })
            .then_some(first)
    }

    /// Whether no operator of the cluster watches the namespace.
    pub fn is_unwatched(&self) -> bool {
        let is_known = self.operators().is_some_and(|known| !known.is_empty());
        is_known && !self.namespace.is_empty() && self.watching().is_some_and(|it| it.count() == 0)
    }

    /// The topics that the host was asked about and could not answer, in the words of the
    /// setting.
    pub fn unavailable(&self) -> Vec<&'static str> {
        let failed = |topic: Topic| {
            let of_topic = Resource::ALL.into_iter().zip(&self.known);
            let mut of_topic = of_topic.filter(|(resource, _)| resource.topic() == topic);
            of_topic.any(|(_, slot)| matches!(slot.get(), Some(None)))
        };
        let no_operator = |topic| {
            topic == Topic::Operator
                && self.operators.get().is_some()
                && self.operator().is_none()
                && !self.is_unwatched()
        };
        let topics = Topic::ALL.into_iter();
        topics
            .filter(|&topic| failed(topic) || no_operator(topic))
            .map(Topic::as_str)
            .collect()
    }

    /// The operators of the cluster; `None` if they are not known.
    pub fn operators(&self) -> Option<&[Operator]> {
        if !self.covers(Topic::Operator) {
            return None;
        }
        let read = || operator::read(&self.list(Resource::Deployment)?);
        self.operators.get_or_init(read).as_deref()
    }

    fn watching(&self) -> Option<impl Iterator<Item = &Operator>> {
        let operators = self.operators()?.iter();
        Some(operators.filter(|operator| operator.watches(&self.namespace)))
    }

    fn list(&self, resource: Resource) -> Option<Vec<u8>> {
        self.inventory.as_ref()?.list(resource, &self.namespace)
    }
}

#[cfg(test)]
mod tests;
