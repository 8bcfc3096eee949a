//! The settings of the policy, from a file.

use std::path::Path;

use anyhow::{Context, Result, bail};
use rayjob_manifest::stream;
use rayjob_rules::release::Release;
use rayjob_rules::settings::Settings;
use serde_json::{Value, json};

use crate::input;

/// The settings to judge by.
///
/// # Errors
/// If the file cannot be read, or holds no settings.
pub fn load(file: Option<&Path>, kuberay: Option<Release>) -> Result<Settings> {
    let Some(file) = file else {
        return Ok(Settings::for_release(kuberay.unwrap_or(Release::LATEST)));
    };
    let about = || file.display().to_string();
    let text = input::read(file)
        .map_err(anyhow::Error::msg)
        .with_context(about)?;
    let mut settings = written(&text).with_context(about)?;
    if let (Some(release), Value::Object(settings)) = (kuberay, &mut settings) {
        settings.insert("kuberayVersion".into(), release.as_str().into());
    }
    Settings::parse(settings.to_string().as_bytes())
        .map_err(anyhow::Error::msg)
        .with_context(about)
}

/// The settings in a text: those of the first policy in it, or all of it.
fn written(text: &str) -> Result<Value> {
    let mut documents = Vec::new();
    for piece in stream::pieces(text) {
        let (trees, broken) = stream::read(text, &piece);
        if let Some(broken) = broken {
            bail!("{}", broken.problem);
        }
        for tree in trees {
            let value = tree.value(tree.root());
            documents.push(value.map_err(|unwieldy| anyhow::anyhow!(unwieldy.problem))?);
        }
    }
    let is_policy = |document: &&Value| {
        let kind = document.get("kind").and_then(Value::as_str);
        matches!(kind, Some("ClusterAdmissionPolicy" | "AdmissionPolicy"))
    };
    if let Some(policy) = documents.iter().find(is_policy) {
        let settings = policy.pointer("/spec/settings").cloned();
        return Ok(settings.unwrap_or_else(|| json!({})));
    }
    match documents.len() {
        0 => bail!("there are no settings in it"),
        1 => Ok(documents.remove(0)),
        _ => bail!("several documents, and none is a ClusterAdmissionPolicy or AdmissionPolicy"),
    }
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn settings_stand_alone_or_in_a_policy() {
        let settings = "kuberayVersion: '1.6'\n";
        let policy = "apiVersion: policies.kubewarden.io/v1\nkind: ClusterAdmissionPolicy\n\
                      spec:\n  settings:\n    kuberayVersion: '1.6'\n";
        for text in [settings, policy, &format!("kind: Namespace\n---\n{policy}")] {
            let settings = written(text).unwrap();
            assert_eq!(settings, serde_json::json!({"kuberayVersion": "1.6"}));
        }
        assert_eq!(written("{}").unwrap(), serde_json::json!({}));
        assert!(written("").is_err());
        assert!(written("a: 1\n---\nb: 1\n").is_err());
        assert!(written("a: [").is_err());
    }
}
