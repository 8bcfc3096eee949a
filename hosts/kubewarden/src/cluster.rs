//! What policy-server tells of the cluster.
//!
//! The requests are those of `kubewarden-policy-sdk 0.17.3
//! src/host_capabilities/kubernetes.rs`, whose types of Kubernetes would be the larger part of
//! the module.

use rayjob_policy_core::live::{Inventory, Resource};
use wapc_guest::host_call;

use crate::json::{NULL, Object};

/// The host of the policy: it watches the resources that the policy may read, and answers
/// from its memory.
#[derive(Debug)]
pub struct PolicyServer;

impl Inventory for PolicyServer {
    fn list(&self, resource: Resource, namespace: &str) -> Option<Vec<u8>> {
        let (operation, request) = request(resource, namespace);
        host_call("kubewarden", "kubernetes", operation, request.as_bytes()).ok()
    }
}

/// The operation that lists a resource, and its payload.
fn request(resource: Resource, namespace: &str) -> (&'static str, String) {
    let request = Object::default()
        .text("api_version", Some(resource.api_version()))
        .text("kind", Some(resource.kind()));
    let (operation, request) = match resource.is_everywhere() {
        true => ("list_resources_all", request),
        false => (
            "list_resources_by_namespace",
            request.text("namespace", Some(namespace)),
        ),
    };
    let request = request
        .text("label_selector", resource.selector())
        .value("field_selector", NULL)
        .texts("field_masks", resource.fields());
    (operation, request.finish())
}
