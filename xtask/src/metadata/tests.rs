use serde_json::{Value, json};

use super::{Metadata, USAGE};
use crate::project;

fn yaml() -> String {
    project::read_text(project::METADATA).expect("the project's metadata")
}

/// What is said of the project's metadata after a change of its text.
fn error(from: &str, to: &str) -> String {
    let yaml = yaml();
    assert!(yaml.contains(from), "{from:?} is not in the metadata");
    match Metadata::from_yaml(&yaml.replacen(from, to, 1), None) {
        Ok(_) => panic!("{from:?} may be {to:?}"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn the_version_is_that_of_the_workspace() {
    let metadata = Metadata::of_project().expect("metadata");
    assert_eq!(
        metadata.annotations["io.kubewarden.policy.version"],
        env!("CARGO_PKG_VERSION")
    );
}

#[test]
fn the_section_is_what_kwctl_would_write() {
    let metadata = Metadata::from_yaml(
        "{contextAwareResources: [
            {apiVersion: apps/v1, kind: Deployment}, {apiVersion: ray.io/v1, kind: RayCluster},
            {apiVersion: kueue.x-k8s.io/v1beta1, kind: LocalQueue},
            {apiVersion: v1, kind: ConfigMap}, {apiVersion: v1, kind: PersistentVolumeClaim},
            {apiVersion: v1, kind: ServiceAccount}, {apiVersion: batch/v1, kind: Job},
            {apiVersion: v1, kind: Service}],
          rules: [{
            apiGroups: [ray.io], apiVersions: [v1], resources: [rayjobs], operations: [CREATE]}],
          mutating: false, executionMode: kubewarden-wapc, minimumKubewardenVersion: 1.30.0,
          annotations: {
            io.kubewarden.policy.title: t, io.kubewarden.policy.version: 1.0.0,
            io.kubewarden.policy.description: d, io.kubewarden.policy.author: a,
            io.kubewarden.policy.url: u, io.kubewarden.policy.source: s,
            io.kubewarden.policy.ociUrl: o, io.kubewarden.policy.license: l,
            io.kubewarden.policy.severity: low, io.kubewarden.policy.category: c,
            io.artifacthub.displayName: n, io.artifacthub.resources: r,
            io.artifacthub.keywords: k}}",
        Some("# Usage\n".into()),
    )
    .expect("metadata");
    let json: Value = serde_json::from_slice(&metadata.to_json().expect("JSON")).expect("JSON");
    assert_eq!(
        json,
        json!({
            "protocolVersion": "v1",
            "rules": [{
                "apiGroups": ["ray.io"], "apiVersions": ["v1"],
                "resources": ["rayjobs"], "operations": ["CREATE"],
            }],
            "annotations": {
                "io.artifacthub.displayName": "n", "io.artifacthub.keywords": "k",
                "io.artifacthub.resources": "r", "io.kubewarden.policy.author": "a",
                "io.kubewarden.policy.category": "c", "io.kubewarden.policy.description": "d",
                "io.kubewarden.policy.license": "l", "io.kubewarden.policy.ociUrl": "o",
                "io.kubewarden.policy.severity": "low", "io.kubewarden.policy.source": "s",
                "io.kubewarden.policy.title": "t", "io.kubewarden.policy.url": "u",
                "io.kubewarden.policy.version": "1.0.0", "io.kubewarden.policy.usage": "# Usage\n",
            },
            "mutating": false,
            "backgroundAudit": true,
            "contextAwareResources": [
                {"apiVersion": "apps/v1", "kind": "Deployment"},
                {"apiVersion": "batch/v1", "kind": "Job"},
                {"apiVersion": "kueue.x-k8s.io/v1beta1", "kind": "LocalQueue"},
                {"apiVersion": "ray.io/v1", "kind": "RayCluster"},
                {"apiVersion": "v1", "kind": "ConfigMap"},
                {"apiVersion": "v1", "kind": "PersistentVolumeClaim"},
                {"apiVersion": "v1", "kind": "Service"},
                {"apiVersion": "v1", "kind": "ServiceAccount"},
            ],
            "executionMode": "kubewarden-wapc",
            "policyType": "kubernetes",
            "minimumKubewardenVersion": "1.30.0",
        })
    );
}

#[test]
fn what_the_build_writes_can_be_read() {
    let metadata = Metadata::from_yaml(&yaml(), None).expect("metadata");
    let json = metadata.to_json().expect("JSON");
    assert!(Metadata::from_json(&json).is_ok());
    let without = String::from_utf8(json)
        .expect("UTF-8")
        .replace(r#""protocolVersion":"v1","#, "");
    assert!(Metadata::from_json(without.as_bytes()).is_err());
}

#[test]
fn without_a_readme_there_is_no_usage() {
    let metadata = Metadata::from_yaml(&yaml(), None).expect("metadata");
    assert!(!metadata.annotations.contains_key(USAGE));
}

#[test]
fn each_fault_is_named() {
    for (from, to, expected) in [
        (
            "backgroundAudit:",
            "backgroundAudits:",
            "unknown field `backgroundAudits`",
        ),
        ("apiVersions:", "apiVersion:", "unknown field `apiVersion`"),
        (
            "mutating: false",
            "contextAware: false",
            "unknown field `contextAware`",
        ),
        ("mutating: false\n", "", "missing field `mutating`"),
        ("mutating: false", "mutating: true", "mutating"),
        (
            "mutating: false",
            "mutating: false\nmutating: false",
            "duplicate",
        ),
        (
            "executionMode: kubewarden-wapc\n",
            "",
            "missing field `executionMode`",
        ),
        ("kubewarden-wapc", "wapc", "unknown variant `wapc`"),
        ("kubewarden-wapc", "opa", "is not written by hand"),
        ("kubewarden-wapc", "Kubewarden-WaPC", "unknown variant"),
        ("kubernetes", "raw", "unknown variant `raw`"),
        (
            "mutating:",
            "minimumKubewardenVersion: \"1.30\"\nmutating:",
            "minimumKubewardenVersion",
        ),
        (
            "kind: ConfigMap",
            "kind: Secret",
            "contextAwareResources: not those",
        ),
        (
            "    resources: [\"rayjobs\", \"raycronjobs\", \"rayclusters\", \"rayservices\"]\n",
            "",
            "missing field `resources`",
        ),
        ("\"CREATE\"", "\"Create\"", "unknown variant `Create`"),
        ("\"CREATE\"", "\"*\"", "operations: * stands alone"),
        ("[\"CREATE\", \"UPDATE\"]", "[]", "operations is empty"),
        ("\"rayjobs\"", "\"*\"", "resources: * stands alone"),
        ("\"rayjobs\"", "\"RayJob\"", "\"RayJob\" is not the plural"),
        ("\"v1alpha1\"", "\"*\"", "apiVersions: * stands alone"),
        ("[\"ray.io\"]", "[]", "apiGroups is empty"),
        (
            "policy.title:",
            "policy.titel:",
            "io.kubewarden.policy.titel is known to no tool",
        ),
        (
            "title: rayjob-policy",
            "title: RayJob policy",
            "not an RFC 1123 name",
        ),
        (
            "title: rayjob-policy",
            "title: rayjob-policy\n  io.kubewarden.policy.title: other",
            "duplicate",
        ),
        (
            "\"0.1.0\"",
            "\"0.1\"",
            "io.kubewarden.policy.version: \"0.1\"",
        ),
        ("tag: v0.1.0", "tag: v0.2.0", "is not v0.1.0"),
        ("severity: medium", "severity: bad", "\"bad\" is none of"),
        ("license: Apache-2.0", "license: \"\"", "license is missing"),
        (
            "license: Apache-2.0",
            "license: [Apache-2.0]",
            "invalid type",
        ),
        (
            "keywords: ray,",
            "keywords: ray,,",
            "keywords: an empty one",
        ),
        (
            "io.kubewarden.policy.url:",
            "io.kubewarden.kwctl: 1.0\n  io.kubewarden.policy.url:",
            "by hand",
        ),
    ] {
        let said = error(from, to);
        assert!(said.contains(expected), "{to:?}: {said}");
    }
}
