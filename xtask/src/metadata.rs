//! What Kubewarden knows of a policy before it runs it.

mod rule;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use rayjob_policy_core::live::Resource;
use rayjob_policy_core::syntax::names;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::project;
use rule::Rule;

/// The custom section that holds the metadata, as JSON.
/// Source: `kubewarden policy-evaluator src/constants.rs`.
pub const SECTION: &str = "io.kubewarden.metadata";

/// The annotation that holds the README.
const USAGE: &str = "io.kubewarden.policy.usage";

/// The metadata, in Kubewarden's own order. Its tools drop what they do not
/// know without a word, so here whatever is unknown or missing is an error.
/// Source: `kubewarden policy-evaluator src/policy_metadata.rs`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// Filled in where the module is annotated.
    protocol_version: Option<ProtocolVersion>,
    rules: Vec<Rule>,
    annotations: BTreeMap<String, String>,
    mutating: bool,
    #[serde(default = "yes")]
    background_audit: bool,
    /// What the policy may be allowed to read of the cluster.
    #[serde(default)]
    context_aware_resources: BTreeSet<ContextAwareResource>,
    execution_mode: ExecutionMode,
    #[serde(default)]
    policy_type: PolicyType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum_kubewarden_version: Option<Version>,
}

/// A resource that a policy reads.
#[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContextAwareResource {
    api_version: String,
    kind: String,
}

/// How the host and the module talk, if over waPC.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
enum ProtocolVersion {
    #[serde(rename = "v1")]
    V1,
    Unknown,
}

/// How the module is run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub enum ExecutionMode {
    /// Over waPC.
    #[serde(rename = "kubewarden-wapc")]
    Wapc,
    /// With OPA's ABI, asked as OPA's admission policies are.
    #[serde(rename = "opa")]
    Opa,
    /// With OPA's ABI, asked as Gatekeeper's are.
    #[serde(rename = "gatekeeper")]
    Gatekeeper,
}

impl ExecutionMode {
    fn protocol(self) -> ProtocolVersion {
        match self {
            Self::Wapc => ProtocolVersion::V1,
            Self::Opa | Self::Gatekeeper => ProtocolVersion::Unknown,
        }
    }
}

/// What is judged.
#[derive(Debug, Default, Deserialize, Serialize)]
enum PolicyType {
    /// AdmissionRequests.
    #[default]
    #[serde(rename = "kubernetes")]
    Kubernetes,
}

const fn yes() -> bool {
    true
}

impl Metadata {
    /// The metadata of this project, as it goes into the module.
    ///
    /// # Errors
    /// What is wrong with `policy-metadata.yml`.
    pub fn of_project() -> Result<Self> {
        let yaml = project::read_text(project::METADATA)?;
        let usage = project::path(project::README)
            .exists()
            .then(|| project::read_text(project::README))
            .transpose()?;
        Self::from_yaml(&yaml, usage).context(project::METADATA)
    }

    /// Reads metadata written by hand, and completes it.
    fn from_yaml(yaml: &str, usage: Option<String>) -> Result<Self> {
        // A map takes the last of several equal keys; only this refuses them.
        yaml_serde::from_str::<yaml_serde::Value>(yaml)?;
        let mut metadata: Self = yaml_serde::from_str(yaml)?;
        for key in [USAGE, "io.kubewarden.kwctl"] {
            ensure!(
                !metadata.annotations.contains_key(key),
                "annotations: {key} is not written by hand"
            );
        }
        ensure!(
            metadata.execution_mode == ExecutionMode::Wapc,
            "executionMode: one of OPA's is not written by hand"
        );
        metadata
            .annotations
            .extend(usage.map(|text| (USAGE.into(), text)));
        metadata.protocol_version = Some(metadata.execution_mode.protocol());
        metadata.check()?;
        Ok(metadata)
    }

    /// Makes it the metadata of a module that is run in another mode. In OPA's modes a host
    /// lists all that a policy may read for each request, so nothing is suggested.
    pub fn set_mode(&mut self, mode: ExecutionMode) {
        if mode != ExecutionMode::Wapc {
            self.context_aware_resources.clear();
        }
        self.execution_mode = mode;
        self.protocol_version = Some(mode.protocol());
    }

    /// How the module is run.
    pub fn mode(&self) -> ExecutionMode {
        self.execution_mode
    }

    /// Reads the metadata of a module.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let metadata: Self = serde_json::from_slice(json).context(SECTION)?;
        metadata.check().context(SECTION)?;
        Ok(metadata)
    }

    /// The metadata as a module holds it.
    ///
    /// # Errors
    /// None that could happen.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }

    fn check(&self) -> Result<()> {
        ensure!(
            self.protocol_version.is_some(),
            "protocolVersion is missing"
        );
        ensure!(
            self.protocol_version == Some(self.execution_mode.protocol()),
            "protocolVersion is not that of the executionMode"
        );
        ensure!(!self.mutating, "mutating: the policy changes nothing");
        ensure!(!self.rules.is_empty(), "rules: there are none");
        for (index, rule) in self.rules.iter().enumerate() {
            rule.check().with_context(|| format!("rules[{index}]"))?;
        }
        let asked = Resource::ALL.map(|resource| ContextAwareResource {
            api_version: resource.api_version().into(),
            kind: resource.kind().into(),
        });
        let asks = self.execution_mode == ExecutionMode::Wapc;
        let asked = asked.into_iter().filter(|_| asks);
        ensure!(
            self.context_aware_resources == asked.collect(),
            "contextAwareResources: not those that the setting cluster is about"
        );
        check_annotations(&self.annotations).context("annotations")
    }
}

/// What users find the policy by, in Kubewarden, in its catalogue and in
/// Artifact Hub.
const REQUIRED: &[&str] = &[
    "io.artifacthub.displayName",
    "io.artifacthub.keywords",
    "io.artifacthub.resources",
    "io.kubewarden.policy.author",
    "io.kubewarden.policy.category",
    "io.kubewarden.policy.description",
    "io.kubewarden.policy.license",
    "io.kubewarden.policy.ociUrl",
    "io.kubewarden.policy.severity",
    "io.kubewarden.policy.source",
    TITLE,
    "io.kubewarden.policy.url",
    VERSION,
];
const OPTIONAL: &[&str] = &[RELEASE_TAG, "io.kubewarden.hidden-ui", USAGE];
const TITLE: &str = "io.kubewarden.policy.title";
const VERSION: &str = "io.kubewarden.policy.version";
const RELEASE_TAG: &str = "com.github.release.tag";
const SEVERITIES: &[&str] = &["critical", "high", "medium", "low", "info"];

fn check_annotations(annotations: &BTreeMap<String, String>) -> Result<()> {
    let get = |key: &str| annotations.get(key).map_or("", |text| text.trim());
    for key in annotations.keys().map(String::as_str) {
        ensure!(
            REQUIRED.contains(&key) || OPTIONAL.contains(&key),
            "{key} is known to no tool"
        );
    }
    for key in REQUIRED {
        ensure!(!get(key).is_empty(), "{key} is missing");
    }
    let title = get(TITLE);
    // `kwctl scaffold manifest` makes it the name of a resource.
    if !names::is_dns1123_label(title.as_bytes()) {
        bail!("{TITLE}: {title:?} is not an RFC 1123 name");
    }
    let version = get(VERSION);
    Version::parse(version).with_context(|| format!("{VERSION}: {version:?}"))?;
    let tag = get(RELEASE_TAG);
    ensure!(
        tag.is_empty() || tag == format!("v{version}"),
        "{RELEASE_TAG}: {tag:?} is not v{version}"
    );
    let severity = get("io.kubewarden.policy.severity");
    ensure!(
        SEVERITIES.contains(&severity),
        "io.kubewarden.policy.severity: {severity:?} is none of {}",
        SEVERITIES.join(", ")
    );
    let mut keywords = get("io.artifacthub.keywords").split(',');
    ensure!(
        keywords.all(|word| !word.trim().is_empty()),
        "io.artifacthub.keywords: an empty one"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
