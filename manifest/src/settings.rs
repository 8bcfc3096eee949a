//! Settings as people write them.

use rayjob_rules::fix::Operation;
use rayjob_rules::json::Path;
use rayjob_rules::release::Release;
use rayjob_rules::settings::Settings;
use serde_json::{Map, Value, json};

use crate::edit;
use crate::stream;
use crate::tree::{Kind, Tree};

const RELEASE: &str = "kuberayVersion";

/// Reads settings in YAML or JSON: those of the first ClusterAdmissionPolicy or
/// AdmissionPolicy in the text, or else all of it. `None` if the text says
/// nothing. A release that is given holds instead of the one that is written.
///
/// # Errors
/// Everything that is wrong with them, each by itself.
pub fn read(text: &str, release: Option<Release>) -> Result<Option<Settings>, Vec<String>> {
    let Some(mut settings) = written(text)? else {
        return Ok(None);
    };
    if let (Some(release), Value::Object(settings)) = (release, &mut settings) {
        settings.insert(RELEASE.to_owned(), release.as_str().into());
    }
    let settings = Settings::parse(settings.to_string().as_bytes());
    settings.map(Some).map_err(|fault| fault.faults().to_vec())
}

/// The text of settings with another release, and else as it is. `None` if
/// the text does not allow it: it cannot be read, or an alias or a merge key
/// brings the place in.
pub fn with_release(text: &str, release: Release) -> Option<String> {
    let edited = match trees(text).ok()?.as_slice() {
        [] => {
            let gap = if text.is_empty() || text.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            format!("{text}{gap}{RELEASE}: \"{release}\"\n")
        }
        trees => {
            let policy = trees.iter().find(|tree| is_policy(tree));
            let operation = operation(policy, release);
            let tree = policy.or_else(|| trees.first())?;
            let edits = edit::edits(text, tree, tree.root(), &[operation])?;
            edit::apply(text, edits)?
        }
    };
    let settings = written(&edited).ok()??;
    (settings.get(RELEASE)? == release.as_str()).then_some(edited)
}

/// What sets the release of a policy, or of settings by themselves.
fn operation(policy: Option<&Tree<'_>>, release: Release) -> Operation {
    let Some(policy) = policy else {
        let path = Path::default().at(RELEASE);
        return Operation::Add(path, json!(release.as_str()).to_string());
    };
    let settings = Path::default().at("spec").at("settings");
    let (way, found) = policy.way(policy.root(), &settings.to_pointer());
    let has_settings = way
        .last()
        .is_some_and(|place| matches!(policy.kind(place.node), Kind::Map(_)));
    match found && has_settings {
        true => Operation::Add(settings.at(RELEASE), json!(release.as_str()).to_string()),
        false => Operation::Add(settings, json!({RELEASE: release.as_str()}).to_string()),
    }
}

fn written(text: &str) -> Result<Option<Value>, Vec<String>> {
    let fault = |problem: &str| vec![format!("settings: {problem}")];
    let trees = trees(text).map_err(|problem| fault(&problem))?;
    let value = |tree: &Tree<'_>| {
        let value = tree.value(tree.root());
        value.map_err(|unwieldy| fault(unwieldy.problem))
    };
    match (trees.iter().find(|tree| is_policy(tree)), trees.as_slice()) {
        (Some(policy), _) => {
            let mut policy = value(policy)?;
            let settings = policy.pointer_mut("/spec/settings").map(Value::take);
            Ok(Some(settings.unwrap_or_else(|| Value::Object(Map::new()))))
        }
        (None, []) => Ok(None),
        (None, [settings]) => value(settings).map(Some),
        (None, _) => Err(fault(
            "there are several documents, and none is a ClusterAdmissionPolicy or AdmissionPolicy",
        )),
    }
}

fn is_policy(tree: &Tree<'_>) -> bool {
    let kind = tree.get(tree.root(), "kind").and_then(|id| tree.text(id));
    matches!(kind, Some("ClusterAdmissionPolicy" | "AdmissionPolicy"))
}

fn trees(text: &str) -> Result<Vec<Tree<'_>>, String> {
    let mut all = Vec::new();
    for piece in stream::pieces(text) {
        let (trees, broken) = stream::read(text, &piece);
        if let Some(broken) = broken {
            return Err(broken.problem);
        }
        all.extend(trees);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use rayjob_rules::release::{Gate, Release};

    use super::{read, with_release};

    #[test]
    fn settings_are_read_from_yaml_json_and_policies() {
        for text in [
            "kuberayVersion: 1.5 # ours\n",
            r#"{"kuberayVersion": "1.5"}"#,
            "kind: ClusterAdmissionPolicy\nspec: {settings: {kuberayVersion: v1.5.1}}",
            "kind: Namespace\n---\nkind: AdmissionPolicy\nspec: {settings: {kuberayVersion: 1.5}}",
        ] {
            let settings = read(text, None).unwrap().unwrap();
            assert_eq!(settings.release, Release::V1_5, "{text}");
        }
    }

    #[test]
    fn nothing_written_is_no_settings() {
        for text in ["", "\n# rules:\n", "---\n"] {
            assert!(read(text, None).unwrap().is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_policy_without_settings_has_the_defaults() {
        for text in ["{}", "kind: AdmissionPolicy\nspec: {}"] {
            let settings = read(text, None).unwrap().unwrap();
            assert_eq!(settings.release, Release::LATEST, "{text}");
        }
    }

    #[test]
    fn every_fault_is_told() {
        let faults = read("kuberayVersion: 2\nmode: x\n", None).unwrap_err();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert_eq!(
            read("a: [", None).unwrap_err().len(),
            1,
            "what is no YAML at all is one fault"
        );
        assert!(
            read("a: 1\n---\nb: 1\n", None).is_err(),
            "which of the two?"
        );
    }

    #[test]
    fn another_release_is_written_where_the_settings_are() {
        let policy = "kind: ClusterAdmissionPolicy\nspec:\n  settings:\n    ";
        let text_of = |text: &str| format!("{policy}{text}");
        for (text, edited) in [
            ("".to_owned(), "kuberayVersion: \"1.4\"\n".to_owned()),
            ("# ours".to_owned(), "# ours\nkuberayVersion: \"1.4\"\n".to_owned()),
            (
                "kuberayVersion: 1.5 # ours\nrules: {}\n".to_owned(),
                "kuberayVersion: \"1.4\" # ours\nrules: {}\n".to_owned(),
            ),
            (
                "{rules: {}}".to_owned(),
                "{rules: {}, kuberayVersion: \"1.4\"}".to_owned(),
            ),
            (
                "{\"kuberayVersion\": \"1.5\"}".to_owned(),
                "{\"kuberayVersion\": \"1.4\"}".to_owned(),
            ),
            (
                text_of("kuberayVersion: '1.5'\n"),
                text_of("kuberayVersion: '1.4'\n"),
            ),
            (
                text_of("rules: {}\n"),
                text_of("rules: {}\n    kuberayVersion: \"1.4\"\n"),
            ),
            (
                "kind: AdmissionPolicy\nspec:\n  mode: protect\n".to_owned(),
                "kind: AdmissionPolicy\nspec:\n  mode: protect\n  settings: {kuberayVersion: \"1.4\"}\n"
                    .to_owned(),
            ),
        ] {
            assert_eq!(with_release(&text, Release::V1_4), Some(edited), "{text}");
        }
    }

    #[test]
    fn no_release_is_written_where_the_text_does_not_allow_it() {
        for text in [
            "a: [",
            "[]",
            "a: 1\n---\nb: 1\n",
            "kind: AdmissionPolicy\nspec:\n  mutating: &a {}\n  settings: *a\n",
        ] {
            assert_eq!(with_release(text, Release::V1_4), None, "{text}");
        }
    }

    #[test]
    fn another_release_keeps_the_rest() {
        let text = "{kuberayVersion: 1.7, featureGates: {RayJobDeletionPolicy: false}}";
        let settings = read(text, Some(Release::V1_6)).unwrap().unwrap();
        assert_eq!(settings.release, Release::V1_6);
        assert!(!settings.gates.is_on(Gate::RayJobDeletionPolicy));
    }
}
