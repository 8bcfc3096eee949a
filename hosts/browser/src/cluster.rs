//! The objects of a cluster, as kubectl prints them.

use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::cluster::{self, Cluster};
use rayjob_policy_manifest::{Document, settings};

/// Reads the cluster; `None` if the text is blank.
///
/// # Errors
/// If the text cannot be read, or has no object that the policy asks about.
pub fn read(text: &str) -> Result<Option<Cluster>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let objects = cluster::objects(text).map_err(|(span, message)| {
        let (line, column) = (span.start.line, span.start.column);
        format!("{line}:{column}: cannot be read: {message}")
    })?;
    match objects.is_empty() {
        true => Err("There is no object that the policy asks about.".into()),
        false => Ok(Some(Cluster::new(objects, None))),
    }
}

/// Reads settings that may leave the release to the operator in the cluster.
///
/// # Errors
/// All errors in the settings.
pub fn settings(text: &str, cluster: Option<&Cluster>) -> Result<Option<Settings>, Vec<String>> {
    let mut settings = settings::read(text, None)?;
    if let Some(settings) = settings.as_mut().filter(|settings| settings.is_auto) {
        let resolved = match cluster {
            Some(cluster) => cluster.resolve(settings),
            None => Err("the objects of the cluster are not given".into()),
        };
        resolved.map_err(|why| {
            vec![format!(
                "kuberayVersion: {why}; name a release instead of auto"
            )]
        })?;
    }
    Ok(settings)
}

/// A note about what the cluster does not tell about some documents, if anything.
pub fn note(cluster: &Cluster, documents: &[Document]) -> Option<String> {
    let mut topics = Vec::new();
    for topic in documents.iter().flat_map(|it| &it.verdict.unavailable) {
        if !topics.contains(topic) {
            topics.push(*topic);
        }
    }
    if topics.is_empty() {
        return None;
    }
    let lacks_namespace = documents.iter().any(|it| it.namespace.is_empty());
    let advice = match cluster.namespace().is_empty() && lacks_namespace {
        true => " Write metadata.namespace.",
        false => "",
    };
    Some(format!(
        "Not known: {}. There is no object of such a kind, or none in the namespace of an \
         object in the manifest.{advice}",
        topics.join(", ")
    ))
}
