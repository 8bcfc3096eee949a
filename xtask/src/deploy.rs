//! The manifests that are derived from the catalogue of rules.

use anyhow::Result;
use rayjob_policy_admission::{DEFAULT_NAME, manifests};
use rayjob_policy_core::kind::Kinds;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::settings::Settings;

/// Returns the manifests for each release with its default gates, each with its path in
/// the project.
///
/// # Errors
/// If no rule is on.
pub fn derived() -> Result<Vec<(String, String)>> {
    let manifests = Release::ALL.map(|release| {
        let path = format!("deploy/validating-admission-policy/kuberay-{release}.yaml");
        let manifests = manifests(&Settings::for_release(release), DEFAULT_NAME, Kinds::ALL)?;
        Ok((path, manifests))
    });
    manifests.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rayjob_policy_core::live::Resource;
    use rayjob_policy_core::settings::Settings;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use crate::project;

    /// The files of a folder, as paths in the project.
    fn files(folder: &str) -> Vec<String> {
        let entries = fs::read_dir(project::path(folder)).expect("a folder");
        let names = entries.map(|entry| entry.expect("a file").file_name());
        names
            .map(|name| format!("{folder}/{}", name.display()))
            .collect()
    }

    /// The manifests for Kubewarden, each of which holds one policy.
    fn kubewarden() -> Vec<(String, Value)> {
        let files = files("deploy/kubewarden").into_iter();
        files
            .map(|file| {
                let manifest = manifests(&file).remove(0);
                (file, manifest)
            })
            .collect()
    }

    fn manifests(file: &str) -> Vec<Value> {
        let text = project::read_text(file).expect("a file");
        let documents = yaml_serde::Deserializer::from_str(&text);
        documents
            .map(|document| Value::deserialize(document).expect("YAML"))
            .filter(|document| !document.is_null())
            .collect()
    }

    #[test]
    fn every_manifest_is_an_object_of_kubernetes() {
        let folders = ["kubewarden", "opa", "validating-admission-policy"];
        let files = folders.map(|folder| files(&format!("deploy/{folder}")));
        for file in files.iter().flatten() {
            let manifests = manifests(file);
            assert!(!manifests.is_empty(), "{file}");
            for manifest in manifests {
                for field in ["/apiVersion", "/kind", "/metadata/name"] {
                    let text = manifest.pointer(field).and_then(Value::as_str);
                    assert!(text.is_some_and(|text| !text.is_empty()), "{file}: {field}");
                }
            }
        }
    }

    #[test]
    fn kubewarden_gets_settings_that_can_be_read() {
        for (name, manifest) in kubewarden() {
            let settings = manifest["spec"]["settings"].to_string();
            assert!(
                Settings::parse(settings.as_bytes()).is_ok(),
                "{name}: {settings}"
            );
        }
    }

    #[test]
    fn every_host_is_asked_about_what_the_module_is_for() {
        let metadata = project::read_text(project::METADATA).expect("metadata");
        let metadata: Value = yaml_serde::from_str(&metadata).expect("YAML");
        let rules = &metadata["rules"];
        let webhook = &manifests("deploy/opa/webhook.yaml")[0]["webhooks"][0];
        let conditions = &webhook["matchConditions"];
        assert!(conditions.is_array(), "{conditions}");
        for (name, manifest) in kubewarden() {
            assert_eq!(&manifest["spec"]["rules"], rules, "{name}");
            assert_eq!(&manifest["spec"]["matchConditions"], conditions, "{name}");
            assert_eq!(manifest["spec"]["mutating"], metadata["mutating"], "{name}");
        }
        assert_eq!(&webhook["rules"], rules);
    }

    /// The resources that a policy may ask about, by its setting `cluster`.
    fn asked(policy: &Value) -> Vec<Resource> {
        let settings = policy["spec"]["settings"].to_string();
        let settings = Settings::parse(settings.as_bytes()).expect("settings");
        let mut resources = Vec::from(Resource::ALL);
        resources.retain(|resource| settings.topics.contain(resource.topic()));
        resources
    }

    #[test]
    fn kubewarden_lets_the_policy_read_what_it_asks_about() {
        for (name, policy) in kubewarden() {
            let asked = asked(&policy);
            let resources = asked.iter().map(
                |resource| json!({"apiVersion": resource.api_version(), "kind": resource.kind()}),
            );
            let resources: Vec<_> = resources.collect();
            let granted = policy["spec"]["contextAwareResources"].as_array();
            assert_eq!(granted.cloned().unwrap_or_default(), resources, "{name}");

            let readable: Vec<_> = manifests(&name)
                .iter()
                .filter(|manifest| manifest["kind"] == "ClusterRole")
                .flat_map(|role| role["rules"].as_array().cloned().unwrap_or_default())
                .flat_map(|rule| {
                    let group = rule["apiGroups"][0].as_str().expect("a group").to_owned();
                    assert_eq!(rule["verbs"], json!(["get", "list", "watch"]), "{name}");
                    let resources = rule["resources"].as_array().cloned().unwrap_or_default();
                    resources
                        .into_iter()
                        .map(move |resource| (group.clone(), resource))
                })
                .collect();
            assert_eq!(readable.len(), asked.len(), "{name}");
            for resource in asked {
                let (group, _) = resource.api_version().split_once('/').unwrap_or_default();
                let is_readable =
                    |(of, plural): &(String, Value)| of == group && *plural == resource.plural();
                assert!(readable.iter().any(is_readable), "{name}: {resource:?}");
            }
        }
    }

    #[test]
    fn kubewarden_gets_the_module_of_this_version() {
        for (name, manifest) in kubewarden() {
            let module = manifest["spec"]["module"].as_str().expect("a module");
            let version = concat!(":v", env!("CARGO_PKG_VERSION"));
            assert!(module.ends_with(version), "{name}: {module}");
        }
    }
}
