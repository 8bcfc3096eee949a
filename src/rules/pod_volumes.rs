//! The volumes of the pods.

use super::pod_env::{CORRECT_CASE, EnvFault, FieldCheck, field_fault, resource_fault};
use super::{Entry, Family};
use crate::example::Example;
use crate::finding::Report;
use crate::json::{Json, Location, Path, Quoted, each};
use crate::pod::{COMPARED, Part, Pod};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::downward_api::FILE_FIELDS;
use crate::syntax::go_case::lower_case;
use crate::syntax::names::{dns1123_label_fault, is_dns1123_subdomain};
use crate::syntax::paths::{check_descending, check_file, check_no_backsteps};
use crate::syntax::quantity::Quantity;
use crate::text::join;

/// The sources of a volume, in the order in which Kubernetes looks for them
/// (`validateVolumeSource`). A volume without a source is an `emptyDir`. Kubernetes 1.31 drops
/// a further one, `image`.
const SOURCES: [&str; 29] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
];

/// The sources of a part of a projected volume that Kubernetes 1.31 knows too.
const PROJECTED: [&str; 4] = ["secret", "configMap", "downwardAPI", "serviceAccountToken"];

/// Where there must be exactly one of two fields.
const ONE_OF: [(&str, [&str; 2]); 4] = [
    ("fc", ["targetWWNs", "wwids"]),
    ("flocker", ["datasetName", "datasetUUID"]),
    ("downwardAPI.items[]", ["fieldRef", "resourceFieldRef"]),
    (
        "projected.sources[].downwardAPI.items[]",
        ["fieldRef", "resourceFieldRef"],
    ),
];

/// The fields that must not be empty, by the object that has them.
const REQUIRED: [(&str, &[&str]); 39] = [
    ("hostPath", &["path"]),
    ("gitRepo", &["repository"]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("secret", &["secretName"]),
    ("secret.items[]", &["key", "path"]),
    ("nfs", &["server", "path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("glusterfs", &["endpoints", "path"]),
    ("persistentVolumeClaim", &["claimName"]),
    ("rbd", &["monitors", "image"]),
    ("cinder", &["volumeID"]),
    ("cinder.secretRef", &["name"]),
    ("cephfs", &["monitors"]),
    ("quobyte", &["registry", "volume"]),
    ("downwardAPI.items[]", &["path"]),
    ("downwardAPI.items[].resourceFieldRef", &["containerName"]),
    ("flexVolume", &["driver"]),
    ("configMap", &["name"]),
    ("configMap.items[]", &["key", "path"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("storageos", &["volumeName"]),
    ("storageos.secretRef", &["name"]),
    ("projected.sources[].secret", &["name"]),
    ("projected.sources[].secret.items[]", &["key", "path"]),
    ("projected.sources[].configMap", &["name"]),
    ("projected.sources[].configMap.items[]", &["key", "path"]),
    ("projected.sources[].downwardAPI.items[]", &["path"]),
    (
        "projected.sources[].downwardAPI.items[].resourceFieldRef",
        &["containerName"],
    ),
    ("projected.sources[].serviceAccountToken", &["path"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("csi", &["driver"]),
    ("csi.nodePublishSecretRef", &["name"]),
    ("ephemeral", &["volumeClaimTemplate"]),
    (
        "ephemeral.volumeClaimTemplate",
        &["spec.accessModes", "spec.resources.requests.storage"],
    ),
];

/// The fields with a closed set of values.
const VALUES: [(&str, &[&str]); 5] = [
    (
        "hostPath.type",
        &[
            "",
            "DirectoryOrCreate",
            "Directory",
            "FileOrCreate",
            "File",
            "Socket",
            "CharDevice",
            "BlockDevice",
        ],
    ),
    ("azureDisk.cachingMode", &["None", "ReadOnly", "ReadWrite"]),
    ("azureDisk.kind", &["Shared", "Dedicated", "Managed"]),
    (
        "ephemeral.volumeClaimTemplate.spec.accessModes[]",
        &[
            "ReadWriteOnce",
            "ReadOnlyMany",
            "ReadWriteMany",
            "ReadWriteOncePod",
        ],
    ),
    (
        "ephemeral.volumeClaimTemplate.spec.volumeMode",
        &["Filesystem", "Block"],
    ),
];

/// The checks of other values, by field.
const CHECKS: [FieldCheck; 39] = [
    ("emptyDir.sizeLimit", size_fault),
    ("hostPath.path", upwards_fault),
    ("gitRepo.directory", directory_fault),
    ("gcePersistentDisk.partition", byte_fault),
    ("awsElasticBlockStore.partition", byte_fault),
    ("iscsi.lun", byte_fault),
    ("fc.lun", byte_fault),
    ("nfs.path", absolute_fault),
    ("csi.driver", driver_fault),
    ("csi.nodePublishSecretRef.name", name_fault),
    ("secret.defaultMode", mode_fault),
    ("secret.items[].path", file_fault),
    ("secret.items[].mode", mode_fault),
    ("configMap.defaultMode", mode_fault),
    ("configMap.items[].path", file_fault),
    ("configMap.items[].mode", mode_fault),
    ("downwardAPI.defaultMode", mode_fault),
    ("downwardAPI.items[].path", file_fault),
    ("downwardAPI.items[].mode", mode_fault),
    ("downwardAPI.items[].fieldRef", pod_field_fault),
    ("downwardAPI.items[].resourceFieldRef", resource_fault),
    ("projected.defaultMode", mode_fault),
    ("projected.sources[].secret.items[].path", file_fault),
    ("projected.sources[].secret.items[].mode", mode_fault),
    ("projected.sources[].configMap.items[].path", file_fault),
    ("projected.sources[].configMap.items[].mode", mode_fault),
    ("projected.sources[].downwardAPI.items[].path", file_fault),
    ("projected.sources[].downwardAPI.items[].mode", mode_fault),
    (
        "projected.sources[].downwardAPI.items[].fieldRef",
        pod_field_fault,
    ),
    (
        "projected.sources[].downwardAPI.items[].resourceFieldRef",
        resource_fault,
    ),
    ("projected.sources[].serviceAccountToken.path", file_fault),
    (
        "projected.sources[].serviceAccountToken.expirationSeconds",
        expiration_fault,
    ),
    (
        "ephemeral.volumeClaimTemplate.metadata.name",
        own_name_fault,
    ),
    (
        "ephemeral.volumeClaimTemplate.metadata.namespace",
        own_name_fault,
    ),
    (
        "ephemeral.volumeClaimTemplate.metadata.finalizers",
        own_name_fault,
    ),
    (
        "ephemeral.volumeClaimTemplate.spec.accessModes",
        modes_fault,
    ),
    (
        "ephemeral.volumeClaimTemplate.spec.resources.requests.storage",
        storage_fault,
    ),
    (
        "ephemeral.volumeClaimTemplate.spec.storageClassName",
        name_fault,
    ),
    (
        "ephemeral.volumeClaimTemplate.spec.volumeAttributesClassName",
        name_fault,
    ),
];

/// The lists of the files of a projected volume, no two of which may have one path.
const PROJECTED_FILES: [&str; 3] = [
    "projected.sources[].secret.items[].path",
    "projected.sources[].configMap.items[].path",
    "projected.sources[].downwardAPI.items[].path",
];

/// The quantity as it is written.
fn quantity<'j>(json: &'j Json<'_>) -> &'j str {
    match json {
        Json::Number(number) => number,
        json => json.text(),
    }
}

fn is_negative(quantity: &str) -> bool {
    let is_zero = || Quantity::parse(quantity).is_none_or(|value| value == Quantity::ZERO);
    quantity.starts_with('-') && !is_zero()
}

fn size_fault(json: &Json<'_>) -> Option<EnvFault> {
    let written = quantity(json);
    let advice = "Write a positive quantity such as 10Gi, or remove sizeLimit";
    is_negative(written).then(|| EnvFault::new(format!("is {written}, which is negative"), advice))
}

fn storage_fault(json: &Json<'_>) -> Option<EnvFault> {
    let written = quantity(json);
    let is_zero = Quantity::parse(written) == Some(Quantity::ZERO);
    (is_zero || is_negative(written)).then(|| {
        let advice = "Write a positive quantity such as 10Gi";
        EnvFault::new(format!("is {}", Quoted(written)), advice)
    })
}

const LAST_MODE: i64 = 0o777;

fn mode_fault(json: &Json<'_>) -> Option<EnvFault> {
    let mode = json
        .integer()
        .filter(|mode| !(0..=LAST_MODE).contains(mode))?;
    let octal = i64::from_str_radix(&mode.to_string(), 8).ok();
    let advice = match octal.filter(|octal| (0..=LAST_MODE).contains(octal)) {
        Some(octal) => format!("Write {octal}, or 0{mode} in YAML"),
        None => "Write 0 to 511, which is 0777 in YAML".into(),
    };
    let text = match mode < 0 {
        true => format!("is {mode}"),
        false => format!("is {mode}, which is 0{mode:o} in octal"),
    };
    Some(EnvFault::new(text, advice))
}

fn byte_fault(json: &Json<'_>) -> Option<EnvFault> {
    let number = json
        .integer()
        .filter(|number| !(0..=255).contains(number))?;
    Some(EnvFault::new(format!("is {number}"), "Write 0 to 255"))
}

fn expiration_fault(json: &Json<'_>) -> Option<EnvFault> {
    const LONGEST: i64 = 1 << 32;
    let seconds = json
        .integer()
        .filter(|seconds| !(600..=LONGEST).contains(seconds))?;
    Some(EnvFault::new(
        format!("is {seconds}"),
        "Write at least 600, which is ten minutes, and at most 4294967296",
    ))
}

fn upwards_fault(json: &Json<'_>) -> Option<EnvFault> {
    let path = json.text();
    let error = check_no_backsteps(path).err()?;
    let advice = "Write the path without '..'";
    Some(EnvFault::new(
        format!("is {}, {error}", Quoted(path)),
        advice,
    ))
}

const RELATIVE: &str = "Write a path below the volume, without a leading '/' and without '..'";

fn directory_fault(json: &Json<'_>) -> Option<EnvFault> {
    let path = json.text();
    let error = check_descending(path).err()?;
    Some(EnvFault::new(
        format!("is {}, {error}", Quoted(path)),
        RELATIVE,
    ))
}

fn file_fault(json: &Json<'_>) -> Option<EnvFault> {
    let path = json.text();
    let error = check_file(path).err()?;
    Some(EnvFault::new(
        format!("is {}, {error}", Quoted(path)),
        RELATIVE,
    ))
}

fn absolute_fault(json: &Json<'_>) -> Option<EnvFault> {
    let path = json.text();
    (!path.is_empty() && !path.starts_with('/')).then(|| {
        let text = format!("is {}, which is not absolute", Quoted(path));
        EnvFault::new(
            text,
            "Write the path that the server exports, which begins with '/'",
        )
    })
}

fn driver_fault(json: &Json<'_>) -> Option<EnvFault> {
    let driver = json.text();
    let is_valid = driver.len() <= 63 && is_dns1123_subdomain(lower_case(driver).as_bytes());
    (!driver.is_empty() && !is_valid).then(|| {
        EnvFault::new(
            format!("is {}", Quoted(driver)),
            "Write the name of the CSIDriver: letters, digits, '-' and '.', at most 63 characters",
        )
    })
}

fn name_fault(json: &Json<'_>) -> Option<EnvFault> {
    let name = json.text();
    (!name.is_empty() && !is_dns1123_subdomain(name.as_bytes())).then(|| {
        EnvFault::new(
            format!("is {}", Quoted(name)),
            "Write the name of an existing object: lowercase letters, digits, '-' and '.', a \
             letter or digit at each end, at most 253 characters",
        )
    })
}

fn pod_field_fault(reference: &Json<'_>) -> Option<EnvFault> {
    field_fault(
        reference,
        &FILE_FIELDS,
        "Write metadata.name, metadata.namespace, metadata.uid, metadata.labels or \
         metadata.annotations",
    )
}

fn own_name_fault(json: &Json<'_>) -> Option<EnvFault> {
    let is_set = !is_empty(json);
    is_set.then(|| {
        EnvFault::new(
            "is set",
            "Remove it: Kubernetes names the claim after the pod and the volume",
        )
    })
}

fn modes_fault(modes: &Json<'_>) -> Option<EnvFault> {
    let is_exclusive = |mode: &Json<'_>| mode.text() == "ReadWriteOncePod";
    let has_both =
        modes.items().iter().any(is_exclusive) && !modes.items().iter().all(is_exclusive);
    has_both.then(|| {
        EnvFault::new(
            "has ReadWriteOncePod and another mode",
            "Write ReadWriteOncePod alone, or leave it out",
        )
    })
}

/// Whether a required field counts as missing.
fn is_empty(json: &Json<'_>) -> bool {
    match json {
        Json::Absent | Json::Null => true,
        Json::Text(text) => text.is_empty(),
        Json::List(items) => items.is_empty(),
        Json::Boolean(_) | Json::Number(_) | Json::Object(_) => false,
    }
}

/// Those of the fields that an object has.
fn present(json: &Json<'_>, fields: &[&'static str]) -> Vec<&'static str> {
    let Json::Object(entries) = json else {
        return Vec::new();
    };
    // Shorter than a search for each field, of which an object has few.
    let has = |field: &str| {
        let mut entries = entries.iter();
        entries.any(|(key, value)| &**key == field && !is_empty(value))
    };
    let fields = fields.iter().copied();
    fields.filter(|field| has(field)).collect()
}

fn names(pod: Pod<'_, '_>, report: &mut Report) {
    for volume in pod.volumes() {
        if report.is_full() {
            break;
        }
        if let Some(fault) = dns1123_label_fault(volume.name()) {
            let detail = match volume.name() {
                "" => format!("a volume of {pod} has no name"),
                _ => format!("the name of {volume} {fault}"),
            };
            report.add(volume.path().at("name"), detail);
        }
    }
}

/// The field of a volume as a message names it.
fn field(location: Location<'_>, below: &'static str) -> String {
    let path = location.below(Path::default());
    match below {
        "" => path.to_string(),
        below => path.at(below).to_string(),
    }
}

fn source_counts(pod: Pod<'_, '_>, report: &mut Report) {
    for volume in pod.volumes() {
        if report.is_full() {
            break;
        }
        for (object, sources) in [("", &SOURCES[..]), ("projected.sources[]", &PROJECTED)] {
            each(volume.spec, object, &mut |json, location| {
                if report.is_full() {
                    return;
                }
                let [first, second, ..] = present(json, sources)[..] else {
                    return;
                };
                let subject = match field(location, "") {
                    whole if whole.is_empty() => volume.to_string(),
                    source => format!("{source} of {volume}"),
                };
                let path = location.below(volume.path()).at(second);
                let fault = EnvFault::new(
                    format!("has both {first} and {second}"),
                    "Keep one of them, and add another item for the other",
                );
                fault.report(path, &subject, report);
            });
        }
        for (object, fields) in &ONE_OF {
            each(volume.spec, object, &mut |json, location| {
                if report.is_full() {
                    return;
                }
                let [first, second] = fields;
                let text = match present(json, fields).len() {
                    0 => format!("has neither {first} nor {second}"),
                    1 => return,
                    _ => format!("has both {first} and {second}"),
                };
                let subject = format!("{} of {volume}", field(location, ""));
                let fault = EnvFault::new(text, format!("Write {first} or {second}"));
                fault.report(location.below(volume.path()), &subject, report);
            });
        }
    }
}

fn values_missing(pod: Pod<'_, '_>, report: &mut Report) {
    for volume in pod.volumes() {
        if report.is_full() {
            break;
        }
        for (object, fields) in &REQUIRED {
            each(volume.spec, object, &mut |json, location| {
                if report.is_full() {
                    return;
                }
                for name in *fields {
                    if is_empty(name.split('.').fold(json, Json::get)) {
                        let missing = field(location, name);
                        let path = location.below(volume.path()).at(name);
                        let fault =
                            EnvFault::new(format!("has no {missing}"), format!("Write {missing}"));
                        fault.report(path, &volume.to_string(), report);
                    }
                }
            });
        }
    }
}

fn wrong_values(pod: Pod<'_, '_>, report: &mut Report) {
    for volume in pod.volumes() {
        if report.is_full() {
            break;
        }
        let mut add = |location: Location<'_>, fault: EnvFault| {
            if report.is_full() {
                return;
            }
            let subject = format!("{} of {volume}", field(location, fault.field));
            fault.report(location.below(volume.path()), &subject, report);
        };
        for (name, values) in &VALUES {
            each(volume.spec, name, &mut |json, location| {
                let written = json.text();
                if values.contains(&written) {
                    return;
                }
                let words = join(&mut values.iter().copied(), ", ");
                let fault = EnvFault::new(
                    format!("is {}", Quoted(written)),
                    format!("Write one of {words}"),
                );
                // The other items of a list may forbid what is meant.
                add(
                    location,
                    match name.ends_with("[]") {
                        true => fault,
                        false => fault.or_in_other_case(written, values),
                    },
                );
            });
        }
        for (name, check) in &CHECKS {
            each(volume.spec, name, &mut |json, location| {
                if let Some(fault) = check(json) {
                    add(location, fault);
                }
            });
        }
        let mut seen = Vec::new();
        for name in PROJECTED_FILES {
            each(volume.spec, name, &mut |path, location| {
                let path = path.text();
                if !path.is_empty() && seen.contains(&path) {
                    let text = format!("is {}, as that of another file", Quoted(path));
                    add(location, EnvFault::new(text, "Write another path"));
                }
                if seen.len() < COMPARED {
                    seen.push(path);
                }
            });
        }
    }
}

const SOURCE: &str = "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:ValidateVolumes, \
                      validateVolumeSource";

const WHY: &str = "the API server refuses to create the pod";

/// The patch that gives volumes to the head.
macro_rules! volumes {
    ($volumes:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                 "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0"}],
                 "volumes": ["#,
            $volumes,
            "]}}}}}}"
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Pods: volumes",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-volume-name",
                why: WHY,
                advice: "Name the volume, and its mounts, with lowercase letters, digits and '-', \
                         a letter or digit at each end, at most 63 characters",
                check: Check::Pod(Part::Volumes, |pod, _, report| names(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The name of a volume is not a DNS label.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(volumes!(r#"{"name": "alphafold_db", "emptyDir": {}}"#)),
                    Example::job(volumes!(r#"{"name": "", "emptyDir": {}}"#)),
                ],
                good: &[Example::job(volumes!(
                    r#"{"name": "alphafold-db", "emptyDir": {}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-volume-source",
                why: WHY,
                advice: "Write one source",
                check: Check::Pod(Part::Volumes, |pod, _, report| source_counts(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A volume, or a source of a projected volume, has two sources; or a part of \
                       a volume has both or neither of two fields.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(volumes!(
                        r#"{"name": "data", "emptyDir": {},
                            "persistentVolumeClaim": {"claimName": "data"}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "all", "projected": {"sources": [
                             {"secret": {"name": "keys"}, "configMap": {"name": "defaults"}}]}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "pod", "downwardAPI": {"items": [{"path": "labels"}]}}"#
                    )),
                ],
                good: &[Example::job(volumes!(
                    r#"{"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
                       {"name": "all", "projected": {"sources": [
                         {"secret": {"name": "keys"}}, {"configMap": {"name": "defaults"}}]}},
                       {"name": "empty"}, {"name": "model", "emptyDir": {}, "image": {}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-volume-required",
                why: WHY,
                advice: "Write the missing field",
                check: Check::Pod(Part::Volumes, |pod, _, report| values_missing(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A volume lacks a field that its source needs, such as `secretName`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(volumes!(
                        r#"{"name": "keys", "secret": {"optional": true}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "data", "persistentVolumeClaim": {"claimName": ""}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {
                             "accessModes": ["ReadWriteOnce"]}}}}"#
                    )),
                ],
                good: &[Example::job(volumes!(
                    r#"{"name": "keys", "secret": {"secretName": "keys"}},
                       {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {
                         "accessModes": ["ReadWriteOnce"],
                         "resources": {"requests": {"storage": "100Gi"}}}}}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-volume-value",
                why: WHY,
                advice: "Correct the value",
                fixes: &[CORRECT_CASE],
                check: Check::Pod(Part::Volumes, |pod, _, report| wrong_values(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A field of a volume has a value that it cannot have, such as a mode above \
                       0777 or a negative size.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(volumes!(
                        r#"{"name": "scripts", "configMap": {"name": "scripts",
                             "defaultMode": 755}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "cache", "hostPath": {"path": "/mnt", "type": "directory"}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "cache", "hostPath": {"path": "/mnt/../home"}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "data", "nfs": {"server": "nfs.example.com",
                             "path": "exports"}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "cache", "emptyDir": {"sizeLimit": "-1Gi"}}"#
                    )),
                    Example::job(volumes!(
                        r#"{"name": "token", "projected": {"sources": [{"serviceAccountToken":
                             {"path": "token", "expirationSeconds": 60}}]}}"#
                    )),
                ],
                good: &[Example::job(volumes!(
                    r#"{"name": "scripts", "configMap": {"name": "scripts", "defaultMode": 493,
                         "items": [{"key": "run", "path": "bin/run.sh"}]}},
                       {"name": "cache", "hostPath": {"path": "/mnt", "type": "Directory"}},
                       {"name": "data", "nfs": {"server": "nfs.example.com", "path": "/exports"}},
                       {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "8Gi"}}"#
                ))],
            },
            cel: &[],
        },
    ],
};
