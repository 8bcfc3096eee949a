//! Policy settings in YAML or JSON.

use rayjob_policy_core::fix::Operation;
use rayjob_policy_core::json::Path;
use rayjob_policy_core::release::{Gates, Release};
use rayjob_policy_core::settings::Settings;
use serde_json::{Map, Value};

use crate::edit;
use crate::stream;
use crate::tree::{NodeKind, PathNode, Tree};

const RELEASE: &str = "kuberayVersion";

/// Reads settings in YAML or JSON: those of the ClusterAdmissionPolicy or
/// AdmissionPolicy in the text, or else the whole text. `None` if the text has
/// no document. A given release overrides the one in the text.
///
/// # Errors
/// If the settings are invalid, with one message for each error, or if the text has
/// several policies or, without one, several documents.
pub fn read(text: &str, release: Option<Release>) -> Result<Option<Settings>, Vec<String>> {
    let written = written(text).map_err(|problem| vec![format!("settings: {problem}")])?;
    let Some(mut settings) = written else {
        return Ok(None);
    };
    if let (Some(release), Value::Object(settings)) = (release, &mut settings) {
        settings.insert(RELEASE.to_owned(), release.as_str().into());
    }
    let settings = Settings::parse(settings.to_string().as_bytes());
    settings.map(Some).map_err(|error| error.errors().to_vec())
}

/// Changes only the release in the text of settings. `None` if the text does not
/// allow it: it cannot be read, or the place comes from an alias or a merge key.
pub fn with_release(text: &str, release: Release) -> Option<String> {
    let trees = trees(text).ok()?;
    let Some((tree, is_policy)) = holder(&trees).ok()? else {
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        return Some(format!("{text}{gap}{RELEASE}: \"{release}\"\n"));
    };
    let path = match is_policy {
        true => Path::default().at("spec").at("settings"),
        false => Path::default(),
    };
    let (nodes, found) = tree.nodes_along(tree.root(), &path.to_pointer());
    let is_null = |place: &PathNode| matches!(tree.kind(place.node), NodeKind::Null);
    let operation = match found && !nodes.last().is_some_and(is_null) {
        true => Operation::Add(path.at(RELEASE), format!("\"{release}\"")),
        false => Operation::Add(path, format!("{{\"{RELEASE}\": \"{release}\"}}")),
    };
    let edits = edit::edits(text, tree, tree.root(), &[operation])?;
    edit::apply_in_order(text, &edits)
}

/// The text of a settings file for an operator, with comments for those who go on with it.
pub fn text(release: Release, gates: Gates) -> String {
    let mut text = format!(
        "# Settings of rayjob-policy for the files in this folder and in those below it:
# {}/blob/main/docs/settings.md

# The release of the KubeRay operator in the cluster.
{RELEASE}: \"{release}\"

# The operator's feature gates that are not as the release has them by default.
",
        env!("CARGO_PKG_REPOSITORY")
    );
    let differing: Vec<_> = gates.differing(Gates::default_of(release)).collect();
    text += match *differing {
        [] => "# featureGates:\n#   RayCronJob: true\n",
        _ => "featureGates:\n",
    };
    for gate in differing {
        text += &format!("  {}: {}\n", gate.name(), gates.is_on(gate));
    }
    text += "
# What runs beside the operator.
# kueue: \"0.19\"
# batchScheduler: volcano

# What a rule does if it finds something, one of deny, warn and off.
# rules:
#   trap-*: warn
";
    text
}

fn written(text: &str) -> Result<Option<Value>, String> {
    let trees = trees(text)?;
    let Some((tree, is_policy)) = holder(&trees)? else {
        return Ok(None);
    };
    let value = tree.value(tree.root());
    let mut value = value.map_err(|error| error.message)?;
    if is_policy {
        let settings = value.pointer_mut("/spec/settings").map(Value::take);
        value = settings.unwrap_or_else(|| Value::Object(Map::new()));
    }
    Ok(Some(value))
}

/// The document that holds the settings, and whether it is a policy; `None` if
/// there is no document.
///
/// # Errors
/// If there are several that could hold them.
fn holder<'h, 't>(trees: &'h [Tree<'t>]) -> Result<Option<(&'h Tree<'t>, bool)>, String> {
    let is_policy = |tree: &&Tree<'_>| {
        let kind = tree.get(tree.root(), "kind").and_then(|id| tree.text(id));
        matches!(kind, Some("ClusterAdmissionPolicy" | "AdmissionPolicy"))
    };
    let policies: Vec<_> = trees.iter().filter(is_policy).collect();
    match (&*policies, trees) {
        ([policy], _) => Ok(Some((policy, true))),
        ([], []) => Ok(None),
        ([], [settings]) => Ok(Some((settings, false))),
        ([], _) => Err(
            "there are several documents, but no ClusterAdmissionPolicy or AdmissionPolicy"
                .to_owned(),
        ),
        _ => Err(format!(
            "there are {} policies; leave only the one whose settings apply",
            policies.len()
        )),
    }
}

/// The documents of a text.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn trees(text: &str) -> Result<Vec<Tree<'_>>, String> {
    let mut all = Vec::new();
    for piece in stream::pieces(text) {
        let (trees, error) = stream::read(text, &piece);
        if let Some(error) = error {
            return Err(error.message);
        }
        all.extend(trees);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::release::{Gate, Gates, Release};

    use super::{read, text, with_release};

    #[test]
    fn the_text_of_settings_reads_as_what_it_was_made_of() {
        for release in Release::ALL {
            let mut gates = Gates::default_of(release);
            for changed in Gate::ALL {
                let on = !gates.is_on(changed);
                gates.set(release, changed, on);
                let text = text(release, gates);
                let settings = read(&text, None).unwrap().unwrap();
                assert_eq!(settings.release, release, "{text}");
                assert_eq!(settings.gates.differing(gates).count(), 0, "{text}");
            }
        }
    }

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
        let errors = read("kuberayVersion: 2\nmode: x\n", None).unwrap_err();
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert_eq!(
            read("a: [", None).unwrap_err().len(),
            1,
            "what is no YAML at all is one fault"
        );
        let [which] = &read("a: 1\n---\nb: 1\n", None).unwrap_err()[..] else {
            panic!("one fault");
        };
        assert!(
            which.contains("there are several documents, but no"),
            "{which}"
        );
    }

    #[test]
    fn the_settings_of_several_policies_are_not_guessed() {
        let policy = "kind: ClusterAdmissionPolicy\nspec: {settings: {}}\n";
        let errors = read(&format!("{policy}---\n{policy}"), None).unwrap_err();
        let error = "settings: there are 2 policies; leave only the one whose settings apply";
        assert_eq!(errors, [error]);
    }

    #[test]
    fn another_release_is_written_where_the_settings_are() {
        let policy = "kind: ClusterAdmissionPolicy\nspec:\n  settings:\n    ";
        let text_of = |text: &str| format!("{policy}{text}");
        for (text, edited) in [
            ("".to_owned(), "kuberayVersion: \"1.4\"\n".to_owned()),
            (
                "# ours".to_owned(),
                "# ours\nkuberayVersion: \"1.4\"\n".to_owned(),
            ),
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
                "kind: AdmissionPolicy\nspec:\n  mode: protect\n  settings: {kuberayVersion: \
                 \"1.4\"}\n"
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
            "kind: AdmissionPolicy\n---\nkind: AdmissionPolicy\n",
            "kind: AdmissionPolicy\nspec: {settings: [1]}\n",
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
