//! Settings as people write them.

use rayjob_rules::release::Release;
use rayjob_rules::settings::Settings;
use serde_json::{Map, Value};

use crate::stream;

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
        settings.insert("kuberayVersion".to_owned(), release.as_str().into());
    }
    let settings = Settings::parse(settings.to_string().as_bytes());
    settings.map(Some).map_err(|fault| fault.faults().to_vec())
}

fn written(text: &str) -> Result<Option<Value>, Vec<String>> {
    let mut documents = documents(text).map_err(|problem| vec![format!("settings: {problem}")])?;
    let is_policy = |document: &&mut Value| {
        let kind = document.get("kind").and_then(Value::as_str);
        matches!(kind, Some("ClusterAdmissionPolicy" | "AdmissionPolicy"))
    };
    if let Some(policy) = documents.iter_mut().find(is_policy) {
        let settings = policy.pointer_mut("/spec/settings").map(Value::take);
        return Ok(Some(settings.unwrap_or_else(|| Value::Object(Map::new()))));
    }
    if documents.len() > 1 {
        let problem = "settings: there are several documents, and none is a \
                       ClusterAdmissionPolicy or AdmissionPolicy";
        return Err(vec![problem.to_owned()]);
    }
    Ok(documents.pop())
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut documents = Vec::new();
    for piece in stream::pieces(text) {
        let (trees, broken) = stream::read(text, &piece);
        if let Some(broken) = broken {
            return Err(broken.problem);
        }
        for tree in trees {
            let value = tree.value(tree.root());
            documents.push(value.map_err(|unwieldy| unwieldy.problem)?);
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use rayjob_rules::release::{Gate, Release};

    use super::read;

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
    fn another_release_keeps_the_rest() {
        let text = "{kuberayVersion: 1.7, featureGates: {RayJobDeletionPolicy: false}}";
        let settings = read(text, Some(Release::V1_6)).unwrap().unwrap();
        assert_eq!(settings.release, Release::V1_6);
        assert!(!settings.gates.is_on(Gate::RayJobDeletionPolicy));
    }
}
