//! Which requests a policy is asked about.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// A webhook rule: requests that match one item of each list.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<Operation>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Operation {
    Create,
    Update,
    Delete,
    Connect,
    #[serde(rename = "*")]
    All,
}

impl Rule {
    /// # Errors
    /// What Kubewarden or the API server would refuse.
    pub fn check(&self) -> Result<()> {
        let stars = |items: &[String]| items.iter().filter(|item| *item == "*").count();
        let all = |operation: &&Operation| matches!(operation, Operation::All);
        for (name, items, stars) in [
            ("apiGroups", self.api_groups.len(), stars(&self.api_groups)),
            (
                "apiVersions",
                self.api_versions.len(),
                stars(&self.api_versions),
            ),
            ("resources", self.resources.len(), stars(&self.resources)),
            (
                "operations",
                self.operations.len(),
                self.operations.iter().filter(all).count(),
            ),
        ] {
            ensure!(items > 0, "{name} is empty");
            ensure!(stars == 0 || items == 1, "{name}: * stands alone");
        }
        // The API server knows wildcards of subresources too, which this
        // policy, without subresources, has no use for.
        for resource in &self.resources {
            let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            ensure!(
                resource == "*" || (!resource.is_empty() && resource.bytes().all(is_name)),
                "resources: {resource:?} is not the plural of a resource"
            );
        }
        Ok(())
    }
}
