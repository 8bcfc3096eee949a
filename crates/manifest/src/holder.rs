//! Objects that contain other objects, or their text.

use crate::order::by_place;
use crate::placeholder::Renderer;
use crate::tree::{NodeId, Tree};

/// Kinds of objects that contain others.
struct Holder {
    /// The group of their `apiVersion`.
    group: &'static str,
    kinds: &'static [&'static str],
    /// Where the objects and texts are.
    paths: &'static [&'static str],
    /// Whether the enclosing step sends whole objects that should be accepted.
    sends: fn(&Tree<'_>, NodeId) -> bool,
    renderer: Renderer,
}

/// All holders. Patches and assertions are left out, because they are only parts
/// of objects.
static HOLDERS: [Holder; 6] = [
    Holder {
        group: "",
        kinds: &["ConfigMap"],
        paths: &["data.*"],
        sends: |_, _| true,
        renderer: Renderer::Author,
    },
    Holder {
        group: "argoproj.io",
        kinds: &["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"],
        paths: &[
            "spec.templates.*.resource.manifest",
            "spec.templates.*.steps.*.*.inline.resource.manifest",
            "spec.templates.*.dag.tasks.*.inline.resource.manifest",
            "spec.templates.*.plugin.ray",
        ],
        sends: argo_sends,
        renderer: Renderer::Argo,
    },
    Holder {
        group: "argoproj.io",
        kinds: &["CronWorkflow"],
        paths: &[
            "spec.workflowSpec.templates.*.resource.manifest",
            "spec.workflowSpec.templates.*.steps.*.*.inline.resource.manifest",
            "spec.workflowSpec.templates.*.dag.tasks.*.inline.resource.manifest",
            "spec.workflowSpec.templates.*.plugin.ray",
        ],
        sends: argo_sends,
        renderer: Renderer::Argo,
    },
    Holder {
        group: "chainsaw.kyverno.io",
        kinds: &["Test"],
        paths: &[
            "spec.steps.*.try.*.apply.resource",
            "spec.steps.*.try.*.create.resource",
            "spec.steps.*.try.*.update.resource",
        ],
        sends: chainsaw_sends,
        renderer: Renderer::Chainsaw,
    },
    Holder {
        group: "chainsaw.kyverno.io",
        kinds: &["StepTemplate", "TestStep"],
        paths: &[
            "spec.try.*.apply.resource",
            "spec.try.*.create.resource",
            "spec.try.*.update.resource",
        ],
        sends: chainsaw_sends,
        renderer: Renderer::Chainsaw,
    },
    Holder {
        group: "workload.codeflare.dev",
        kinds: &["AppWrapper"],
        paths: &["spec.components.*.template"],
        sends: |_, _| true,
        renderer: Renderer::Author,
    },
];

/// An Argo step that patches sends part of an object, and one that deletes or
/// gets only names an object.
fn argo_sends(tree: &Tree<'_>, resource: NodeId) -> bool {
    let action = tree.get(resource, "action").and_then(|id| tree.text(id));
    !matches!(action, Some("patch" | "delete" | "get"))
}

/// Tests of policies send invalid objects and expect an error.
fn chainsaw_sends(tree: &Tree<'_>, operation: NodeId) -> bool {
    tree.get(operation, "expect").is_none()
}

/// The objects and texts inside an object of this group and kind, in the order of
/// the text, and the renderer of their placeholders.
pub(crate) fn held(
    tree: &Tree<'_>,
    top: NodeId,
    group: &str,
    kind: &str,
) -> Option<(Vec<NodeId>, Renderer)> {
    let fits = |holder: &&Holder| holder.group == group && holder.kinds.contains(&kind);
    let holder = HOLDERS.iter().find(fits)?;
    let mut held = Vec::new();
    for (above, last) in holder.paths.iter().filter_map(|path| path.rsplit_once('.')) {
        for place in tree.matches(top, above) {
            if (holder.sends)(tree, place) {
                held.extend(tree.matches(place, last));
            }
        }
    }
    let held = by_place(held, |&id| (tree.node(id).span.start, 0));
    Some((held, holder.renderer))
}
