//! What the downward API tells a container about its pod.
//!
//! Upstream: `kubernetes v1.36.3 pkg/apis/core/validation/validation.go`.

use super::go_case::lower_case;
use super::labels::check_label_key;
use super::quantity::Quantity;

/// The fields of the pod that a variable can have (`validEnvDownwardAPIFieldPathExpressions`),
/// and the old name of `spec.nodeName`.
pub const VARIABLE_FIELDS: [&str; 10] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
    "spec.host",
];

/// The fields of the pod that a file can have
/// (`validVolumeDownwardAPIFieldPathExpressions`).
pub const FILE_FIELDS: [&str; 5] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "metadata.uid",
];

/// The resources of a container, besides huge pages
/// (`validContainerResourceFieldPathExpressions`).
pub const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
];

/// Whether a `fieldPath` is one of these fields, or one label or annotation, such as
/// `metadata.labels['app']` (`validateObjectFieldSelector`).
pub fn is_field(path: &str, fields: &[&str]) -> bool {
    match subscript(path) {
        Some(("metadata.labels", key)) => check_label_key(key).is_ok(),
        Some(("metadata.annotations", key)) => check_label_key(&lower_case(key)).is_ok(),
        Some(_) => false,
        None => fields.contains(&path),
    }
}

/// The field and the key of `field['key']` (`SplitMaybeSubscriptedPath`).
fn subscript(path: &str) -> Option<(&str, &str)> {
    let (field, key) = path.strip_suffix("']")?.split_once('[')?;
    let key = key.strip_prefix('\'').filter(|_| !field.is_empty())?;
    Some((field, key))
}

/// Whether the `resource` of a `resourceFieldRef` exists
/// (`validateContainerResourceFieldSelector`).
pub fn is_resource(resource: &str) -> bool {
    RESOURCES.contains(&resource) || is_huge_pages(resource)
}

fn is_huge_pages(resource: &str) -> bool {
    ["limits.hugepages-", "requests.hugepages-"]
        .iter()
        .any(|prefix| resource.starts_with(prefix))
}

/// Whether a resource can be divided by a quantity (`validateContainerResourceDivisor`): CPU
/// by `1` or `1m`, others by `1` with a suffix. What is no quantity is not judged.
pub fn is_divisor(resource: &str, divisor: &str) -> bool {
    const CPU: &[&str] = &["1", "1m"];
    const DECIMAL: &[&str] = &["1", "1k", "1M", "1G", "1T", "1P", "1E"];
    const BINARY: &[&str] = &["1", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
    const EXPONENT: &[&str] = &["1"];
    if !is_resource(resource) {
        return true;
    }
    // Kubernetes compares the written form: `1024` is no form of `1Ki`, nor `1e3` of `1k`.
    let suffix = divisor.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let allowed = match suffix {
        _ if resource.ends_with(".cpu") => CPU,
        "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei" => BINARY,
        _ if suffix.len() > 1 => EXPONENT,
        _ => DECIMAL,
    };
    Quantity::parse(divisor).is_none_or(|value| {
        value == Quantity::ZERO
            || allowed
                .iter()
                .any(|text| Quantity::parse(text) == Some(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_one_field() {
        for (path, variable, file) in [
            ("metadata.name", true, true),
            ("status.podIP", true, false),
            ("spec.host", true, false),
            ("status.podIp", false, false),
            ("status.phase", false, false),
            ("metadata.labels", false, true),
            ("metadata.labels['ray.io/group']", true, true),
            ("metadata.labels['a b']", false, false),
            ("metadata.labels['']", false, false),
            ("metadata.labels['Ray.io/a']", false, false),
            ("metadata.annotations['Ray.io/A']", true, true),
            ("metadata.labels[\"app\"]", false, false),
            ("metadata.name['a']", false, false),
            ("['a']", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_field(path, &VARIABLE_FIELDS), variable, "{path}");
            assert_eq!(is_field(path, &FILE_FIELDS), file, "{path}");
        }
    }

    #[test]
    fn a_resource_has_a_limit_or_a_request() {
        for (resource, exists) in [
            ("limits.cpu", true),
            ("requests.ephemeral-storage", true),
            ("limits.hugepages-2Mi", true),
            ("requests.hugepages-2Mi", true),
            ("cpu", false),
            ("limits.nvidia.com/gpu", false),
            ("Limits.cpu", false),
        ] {
            assert_eq!(is_resource(resource), exists, "{resource}");
        }
    }

    #[test]
    fn a_divisor_is_one_of_a_unit() {
        for (resource, divisor, is_allowed) in [
            ("limits.cpu", "1", true),
            ("limits.cpu", "1m", true),
            ("limits.cpu", "0.001", true),
            ("limits.cpu", "0", true),
            ("limits.cpu", "1k", false),
            ("limits.cpu", "10m", false),
            ("limits.cpu", "1Ki", false),
            ("limits.memory", "1Gi", true),
            ("limits.memory", "1024Mi", true),
            ("limits.memory", "1000", true),
            ("limits.memory", "1E", true),
            ("limits.memory", "1e0", true),
            ("limits.memory", "1m", false),
            ("limits.memory", "1024", false),
            ("limits.memory", "1e3", false),
            ("limits.memory", "2Mi", false),
            ("requests.hugepages-2Mi", "2Mi", false),
            ("bogus", "2Mi", true),
        ] {
            assert_eq!(
                is_divisor(resource, divisor),
                is_allowed,
                "{resource} {divisor}"
            );
        }
    }
}
