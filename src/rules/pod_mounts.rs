//! The volumes that the containers mount.

use std::collections::BTreeMap;

use super::pod_env::EnvFault;
use super::{Entry, Family};
use crate::cel::{CONTAINERS, Cel, PODS};
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::json::{Json, Path, Quoted};
use crate::pod::{COMPARED, Container, Owner, Part, Pod, PodContainer, Role, VolumeMount};
use crate::release::Release::V1_6;
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::nearest::nearest;
use crate::syntax::paths::{check_descending, check_no_backsteps};

/// Whether KubeRay adds a volume of this name.
///
/// Source: `kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:BuildPod,
/// configureTLS, configureEmbeddedFT`.
fn adds_volume(pod: Pod<'_, '_>, context: &Context<'_>, name: &str) -> bool {
    let Owner::Group(group, cluster) = pod.owner else {
        // A RayCluster that is selected may need a token.
        return name == "ray-token" && context.object.created_cluster().is_none();
    };
    let is_mounted = |role, path: &str| {
        let mut containers = pod.containers().filter(|container| container.role == role);
        let mounts = containers
            .next()
            .map(|container| &container.spec.volume_mounts);
        mounts.is_some_and(|mounts| mounts.iter().any(|mount| &*mount.mount_path == path))
    };
    match name {
        "shared-mem" => {
            let plasma = group.spec.ray_start_params.get("plasma-directory");
            !is_mounted(Role::Main, "/dev/shm") && (context.release < V1_6 || plasma.is_none())
        }
        "ray-logs" => {
            let is_shared = group.is_head() && cluster.autoscales();
            is_shared
                && !(is_mounted(Role::Main, "/tmp/ray") && is_mounted(Role::Autoscaler, "/tmp/ray"))
                || cluster.history_server_options.is_some()
        }
        "ray-token" => {
            let options = cluster.auth_options.as_ref();
            options.is_some_and(|options| options.enable_k8s_token_auth)
        }
        "ray-tls" => cluster.tls_options.as_ref().is_some_and(|tls| tls.enabled),
        "gcs-storage" => {
            let options = cluster.gcs_fault_tolerance_options.as_ref();
            group.is_head() && options.is_some_and(|options| &*options.backend == "rocksdb")
        }
        _ => false,
    }
}

fn volumes_missing(pod: Pod<'_, '_>, context: &Context<'_>, report: &mut Report) {
    let mut volumes = BTreeMap::new();
    for volume in pod.volumes() {
        volumes.insert(volume.name(), volume.index);
    }
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        let mounts = container.spec.volume_mounts.iter().enumerate();
        let mounts = mounts.map(|(index, mount)| ("volumeMounts", index, &*mount.name));
        let devices = container.spec.volume_devices.iter().enumerate();
        let devices =
            devices.map(|(index, device)| ("volumeDevices", index, device.get("name").text()));
        for (list, index, name) in mounts.chain(devices) {
            if report.is_full() {
                break;
            }
            if name.is_empty() || volumes.contains_key(name) || adds_volume(pod, context, name) {
                continue;
            }
            let detail = format!(
                "{container} mounts volume {}, which does not exist",
                Quoted(name)
            );
            let path = container.path(list).index(index).at("name");
            let finding = report.add(path, detail);
            let names = pod.volumes().take(COMPARED).map(|volume| volume.name());
            if let Some(meant) = nearest(name, names) {
                finding.advise(format!(
                    "Write {}, or add the volume to spec.volumes of the pod template",
                    Quoted(meant)
                ));
            }
        }
    }
}

const PROPAGATIONS: [&str; 3] = ["None", "HostToContainer", "Bidirectional"];

/// The values of `recursiveReadOnly`, and whether they make a mount read-only.
const RECURSIVE: [(&str, bool); 3] = [("Disabled", false), ("IfPossible", true), ("Enabled", true)];

const SUB_PATH_ADVICE: &str =
    "Write a path below the volume, without a leading '/' and without '..'";

fn is_privileged(container: &Container<'_>) -> bool {
    let privileged = container.security_context.get("privileged");
    matches!(privileged, Json::Boolean(true))
}

/// What is wrong with a mount: a text that follows the mount.
fn mount_faults(
    container: &Container<'_>,
    mount: &VolumeMount<'_>,
    found: &mut dyn FnMut(&'static str, EnvFault),
) {
    if mount.name.is_empty() {
        let fault = EnvFault::new("names no volume", "Write the name of a volume of the pod");
        found("name", fault);
    }
    if mount.mount_path.is_empty() {
        let fault = EnvFault::new("has no mountPath", "Write a path in the container");
        found("mountPath", fault);
    }
    for (field, path) in [
        ("subPath", &mount.sub_path),
        ("subPathExpr", &mount.sub_path_expr),
    ] {
        if let Err(error) = check_descending(path) {
            let text = format!("has the {field} {}, {error}", Quoted(path));
            found(field, EnvFault::new(text, SUB_PATH_ADVICE));
        }
    }
    if !mount.sub_path.is_empty() && !mount.sub_path_expr.is_empty() {
        let fault = EnvFault::new("has both subPath and subPathExpr", "Keep one of them");
        found("subPathExpr", fault);
    }
    let propagation = mount.mount_propagation.as_deref();
    if let Some(written) = propagation.filter(|written| !PROPAGATIONS.contains(written)) {
        let text = format!("has the mountPropagation {}", Quoted(written));
        let advice = "Write None, HostToContainer or Bidirectional";
        found("mountPropagation", EnvFault::new(text, advice));
    }
    if propagation == Some("Bidirectional") && !is_privileged(container) {
        found(
            "mountPropagation",
            EnvFault::new(
                "has the mountPropagation Bidirectional, but the container is not privileged",
                "Write HostToContainer or None",
            ),
        );
    }
    let Some(written) = mount.recursive_read_only.as_deref() else {
        return;
    };
    let text = format!("has the recursiveReadOnly {}", Quoted(written));
    let fault = match RECURSIVE.iter().find(|(value, _)| *value == written) {
        None => EnvFault::new(text, "Write Disabled, IfPossible or Enabled"),
        Some((_, true)) if !mount.read_only => EnvFault::new(
            format!("{text}, but readOnly is not true"),
            "Set readOnly to true",
        ),
        Some((_, true)) if !matches!(propagation, None | Some("None")) => EnvFault::new(
            format!("{text} and a mountPropagation"),
            "Remove mountPropagation or recursiveReadOnly",
        ),
        Some(_) => return,
    };
    found("recursiveReadOnly", fault);
}

fn mounts(container: PodContainer<'_, '_>, report: &mut Report) {
    let list = &container.spec.volume_mounts;
    for (index, mount) in list.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let path = || container.path("volumeMounts").index(index);
        let subject = || match &*mount.name {
            "" => format!("a mount of {container}"),
            name => format!("the mount of volume {} in {container}", Quoted(name)),
        };
        mount_faults(container.spec, mount, &mut |field, fault| {
            fault.report(path().at(field), &subject(), report);
        });
        // The schema refuses it in the other containers.
        let is_repeated = container.role == Role::Autoscaler
            && !mount.mount_path.is_empty()
            && list
                .iter()
                .take(index.min(COMPARED))
                .any(|other| other.mount_path == mount.mount_path);
        if is_repeated {
            let text = format!(
                "has the mountPath of another, {}",
                Quoted(&mount.mount_path)
            );
            let fault = EnvFault::new(text, "Write another path, or remove one of the mounts");
            fault.report(path().at("mountPath"), &subject(), report);
        }
    }
}

/// What is wrong with a device.
fn device_fault(
    pod: Pod<'_, '_>,
    container: &Container<'_>,
    device: &Json<'_>,
    before: &[Json<'_>],
) -> Option<(&'static str, EnvFault)> {
    let (name, path) = (device.get("name").text(), device.get("devicePath").text());
    let mut volumes = pod.volumes().filter(|volume| volume.name() == name);
    let is_claim = volumes.next().is_none_or(|volume| {
        let sources = ["persistentVolumeClaim", "ephemeral"];
        sources
            .iter()
            .any(|source| volume.spec.get(source).is_set())
    });
    let mounts = || container.volume_mounts.iter().take(COMPARED);
    Some(if name.is_empty() {
        let advice = "Write the name of a volume of the pod";
        ("name", EnvFault::new("names no volume", advice))
    } else if !is_claim {
        let advice =
            "Mount the volume with volumeMounts, or use a volume of a PersistentVolumeClaim";
        (
            "name",
            EnvFault::new("needs a volume of a PersistentVolumeClaim", advice),
        )
    } else if before.iter().any(|other| other.get("name").text() == name) {
        (
            "name",
            EnvFault::new("is listed twice", "Keep one device of the volume"),
        )
    } else if mounts().any(|mount| &*mount.name == name) {
        let advice = "Keep the volume in volumeDevices or in volumeMounts";
        (
            "name",
            EnvFault::new("is mounted in volumeMounts too", advice),
        )
    } else if path.is_empty() {
        (
            "devicePath",
            EnvFault::new("has no devicePath", "Write a path in the container"),
        )
    } else if let Err(error) = check_no_backsteps(path) {
        let text = format!("has the devicePath {}, {error}", Quoted(path));
        (
            "devicePath",
            EnvFault::new(text, "Write a path without '..'"),
        )
    } else if mounts().any(|mount| &*mount.mount_path == path) {
        let text = format!("has the path of a mount, {}", Quoted(path));
        ("devicePath", EnvFault::new(text, "Write another path"))
    } else {
        return None;
    })
}

fn devices(pod: Pod<'_, '_>, container: PodContainer<'_, '_>, report: &mut Report) {
    let list = &container.spec.volume_devices;
    for (index, device) in list.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let before = list.get(..index.min(COMPARED)).unwrap_or_default();
        if let Some((field, fault)) = device_fault(pod, container.spec, device, before) {
            let subject = format!(
                "device {} of {container}",
                Quoted(device.get("name").text())
            );
            let path: Path = container.path("volumeDevices").index(index).at(field);
            fault.report(path, &subject, report);
        }
    }
}

const WHY: &str = "the API server refuses to create the pod";

/// The patch that gives fields to the head's only container, which has a volume `data` of a
/// claim and an empty one, `cache`.
macro_rules! container {
    ($fields:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                 "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
                             {"name": "cache", "emptyDir": {}}],
                 "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0", "#,
            $fields,
            "}]}}}}}}"
        )
    };
}

/// The condition of `volumes_missing` in CEL, about `item` of a pod.
const ABSENT: &str = "!(item.name in pod.volumes) && item.name != '' && \
     !(pod.owner == 'submitter' ? \
     item.name == 'ray-token' && (selects || !cluster.hasValue()) : \
     item.name == 'shared-mem' ? \
     !pod.spec.?containers.orValue([])[?0].?volumeMounts.orValue([]) \
     .exists(m, m.mountPath == '/dev/shm') && \
     (release < V1_6 || !('plasma-directory' in pod.group.?rayStartParams.orValue({}))) : \
     item.name == 'ray-logs' ? \
     dyn(cluster.value()).?historyServerOptions.hasValue() || \
     pod.owner == 'head' && autoscales && \
     !(pod.spec.?containers.orValue([])[?0].?volumeMounts.orValue([]) \
     .exists(m, m.mountPath == '/tmp/ray') && \
     autoscalerOptions.?volumeMounts.orValue([]).exists(m, m.mountPath == '/tmp/ray')) : \
     item.name == 'ray-token' ? \
     dyn(cluster.value()).?authOptions.?enableK8sTokenAuth.orValue(false) : \
     item.name == 'ray-tls' ? encrypts : \
     item.name == 'gcs-storage' && pod.owner == 'head' && backend == 'rocksdb')";

/// What CEL advises, since it looks for no similar name.
const ADVICE: Option<&str> =
    Some("Add the volume to spec.volumes of the pod template, or remove the mount");

pub(super) const FAMILY: Family = Family {
    title: "Pods: volume mounts",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-mount-no-volume",
                // A webhook may inject the volume.
                level: Level::Warn,
                level_in_files: Some(Level::Deny),
                why: WHY,
                advice: "Add the volume to spec.volumes of the pod template, or remove the mount",
                check: Check::Pod(Part::Mounts, volumes_missing),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A container mounts a volume that is not in `volumes` of the pod, nor one \
                       that KubeRay adds.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         ValidateVolumeMounts, ValidateVolumeDevices",
                messages: &[],
                bad: &[
                    Example::job(container!(
                        r#""volumeMounts": [{"name": "dataset", "mountPath": "/data"}]"#
                    )),
                    Example::job(container!(
                        r#""volumeMounts": [{"name": "caches", "mountPath": "/cache"}]"#
                    )),
                ],
                good: &[
                    Example::job(container!(
                        r#""volumeMounts": [{"name": "data", "mountPath": "/data"},
                                            {"name": "shared-mem", "mountPath": "/shm"}]"#
                    )),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"enableInTreeAutoscaling": true,
                             "headGroupSpec": {"template": {"spec": {"containers": [
                               {"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                               {"name": "logs", "image": "busybox", "volumeMounts": [
                                 {"name": "ray-logs", "mountPath": "/logs"}]}]}}}}}}"#,
                    ),
                    Example::cluster(
                        r#"{"spec": {"rayVersion": "2.55.0",
                             "authOptions": {"mode": "token", "enableK8sTokenAuth": true},
                             "headGroupSpec": {"template": {"spec": {"containers": [
                               {"name": "ray-head", "image": "example.com/ray:1"},
                               {"name": "proxy", "image": "example.com/proxy:1", "volumeMounts": [
                                 {"name": "ray-token", "mountPath": "/token"}]}]}}}}}"#,
                    ),
                ],
            },
            cel: &[
                Cel {
                    within: CONTAINERS,
                    each: "container.?volumeMounts.orValue([])",
                    when: ABSENT,
                    path: "{template(pod)}.spec.{list.field}[{c}].volumeMounts[{i}].name",
                    detail: "{list.word} {quoted(container.name)} of {owner(pod)} mounts volume \
                             {quoted(item.name)}, which does not exist",
                    advice: ADVICE,
                },
                Cel {
                    within: CONTAINERS,
                    each: "container.?volumeDevices.orValue([])",
                    when: ABSENT,
                    path: "{template(pod)}.spec.{list.field}[{c}].volumeDevices[{i}].name",
                    detail: "{list.word} {quoted(container.name)} of {owner(pod)} mounts volume \
                             {quoted(item.name)}, which does not exist",
                    advice: ADVICE,
                },
                Cel {
                    within: PODS,
                    each: "(pod.owner == 'head' && autoscales ? \
                           autoscalerOptions.?volumeMounts.orValue([]) : [])",
                    when: ABSENT,
                    path: "{cluster}.autoscalerOptions.volumeMounts[{i}].name",
                    detail: "the autoscaler container of {owner(pod)} mounts volume \
                             {quoted(item.name)}, which does not exist",
                    advice: ADVICE,
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "pod-mount-value",
                why: WHY,
                advice: "Correct the mount",
                check: Check::Pod(Part::Mounts, |pod, _, report| {
                    for container in pod.containers() {
                        if report.is_full() {
                            break;
                        }
                        mounts(container, report);
                        devices(pod, container, report);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "An item of `volumeMounts` names no volume, has no `mountPath`, has a \
                       `subPath` or `subPathExpr` that begins with `/` or contains `..`, has \
                       both, or has a `mountPropagation` or `recursiveReadOnly` that Kubernetes \
                       refuses. Or an item of `volumeDevices` has no volume of a \
                       PersistentVolumeClaim, uses one that is listed or mounted already, or has \
                       no `devicePath` of its own.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         ValidateVolumeMounts, ValidateVolumeDevices",
                messages: &[],
                bad: &[
                    Example::job(container!(
                        r#""volumeMounts": [{"name": "cache", "mountPath": ""}]"#
                    )),
                    Example::job(container!(
                        r#""volumeMounts": [{"name": "data", "mountPath": "/data",
                                             "subPath": "/datasets"}]"#
                    )),
                    Example::job(container!(
                        r#""volumeMounts": [{"name": "data", "mountPath": "/data",
                                             "subPathExpr": "../$(USER)"}]"#
                    )),
                    Example::job(container!(
                        r#""volumeMounts": [{"name": "data", "mountPath": "/data",
                                             "mountPropagation": "Bidirectional"}]"#
                    )),
                    Example::job(container!(
                        r#""volumeDevices": [{"name": "cache", "devicePath": "/dev/cache"}]"#
                    )),
                ],
                good: &[
                    Example::job(container!(
                        r#""volumeMounts": [{"name": "data", "mountPath": "/data",
                                             "subPath": "datasets/..2024"}]"#
                    )),
                    Example::job(container!(
                        r#""volumeDevices": [{"name": "data", "devicePath": "/dev/data"}]"#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};
