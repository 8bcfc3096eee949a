//! Files that hold parts of objects, and the files that list them.

use crate::stream;
use crate::tree::Tree;

/// The purpose of a part of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Kustomize merges it into an object.
    Patch,
    /// A test compares an object with it.
    Assertion,
}

/// The files that a kustomization or a Chainsaw test lists as parts of objects,
/// relative to it. A file that a test also sends is a whole object.
pub fn named(text: &str) -> Vec<(String, Part)> {
    let trees = stream::pieces(text).flat_map(|piece| stream::read(text, &piece).0);
    trees.flat_map(|tree| named_in(&tree)).collect()
}

fn named_in(tree: &Tree<'_>) -> Vec<(String, Part)> {
    let at = |key| tree.get(tree.root(), key).and_then(|id| tree.text(id));
    let version = at("apiVersion").unwrap_or_default();
    if version.starts_with("chainsaw.kyverno.io/") {
        let sent = files(tree, &["apply", "create", "update"].map(operation));
        let parts = |paths: &[String], part| {
            let files = files(tree, paths).into_iter();
            files.map(move |file| (file, part)).collect::<Vec<_>>()
        };
        let mut parts = [
            parts(&["assert", "error"].map(operation), Part::Assertion),
            parts(&["patch"].map(operation), Part::Patch),
        ]
        .concat();
        parts.retain(|(file, _)| !sent.contains(file));
        return parts;
    }
    // A kustomization may omit its kind.
    if !matches!(at("kind"), None | Some("Kustomization" | "Component")) {
        return Vec::new();
    }
    let paths = [
        "patches.*.path",
        "patchesStrategicMerge.*",
        "patchesJson6902.*.path",
    ];
    let files = files(tree, &paths.map(String::from)).into_iter();
    files.map(|file| (file, Part::Patch)).collect()
}

/// The path of an operation's file name in a Chainsaw test.
fn operation(name: &str) -> String {
    format!("spec.steps.*.try.*.{name}.file")
}

/// The strings at these paths that can be file names.
fn files(tree: &Tree<'_>, paths: &[String]) -> Vec<String> {
    let places = paths
        .iter()
        .flat_map(|path| tree.matches(tree.root(), path));
    let texts = places.filter_map(|id| tree.text(id));
    texts
        .filter(|text| !text.contains('\n'))
        .map(Into::into)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Part, named};

    fn files(text: &str) -> Vec<(String, Part)> {
        named(text)
    }

    #[test]
    fn a_kustomization_names_its_patches() {
        let text = "
patches:
- path: a.yaml
  target: {kind: RayJob}
- patch: |-
    kind: RayJob
patchesStrategicMerge:
- b.yaml
- |-
  kind: RayJob
  metadata: {name: x}
patchesJson6902: [{path: sub/c.json, target: {kind: RayJob}}]
resources: [d.yaml]
";
        for kind in ["", "kind: Kustomization", "kind: Component"] {
            let names: Vec<_> = files(&format!("{kind}{text}"))
                .into_iter()
                .map(|(file, part)| {
                    assert_eq!(part, Part::Patch);
                    file
                })
                .collect();
            assert_eq!(names, ["a.yaml", "b.yaml", "sub/c.json"]);
        }
        assert_eq!(files(&format!("kind: Other{text}")), []);
        assert_eq!(files("patches: ["), []);
    }

    #[test]
    fn a_test_of_chainsaw_names_its_assertions() {
        let text = "
apiVersion: chainsaw.kyverno.io/v1alpha1
kind: Test
spec:
  steps:
  - try:
    - apply: {file: job.yaml}
    - assert: {file: job.yaml}
    - assert: {file: done.yaml}
    - error: {file: failed.yaml}
    - patch: {file: suspend.yaml}
";
        let expected = [
            ("done.yaml", Part::Assertion),
            ("failed.yaml", Part::Assertion),
            ("suspend.yaml", Part::Patch),
        ];
        assert_eq!(
            files(text),
            expected.map(|(file, part)| (file.into(), part))
        );
    }
}
