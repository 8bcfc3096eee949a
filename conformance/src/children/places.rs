//! Where the author of an object wrote what Kubernetes refuses of a child.

use rayjob_policy_core::kind::Kind;
use serde_json::Value;

/// Returns the fields of an object that a fault of a child may come from, the likeliest
/// first. It takes the name of the child and the fault's path in the child. Of a pod it names
/// the field of the same container, volume and so on, not all that is below.
pub fn places(object: &Value, child: &str, child_path: &str) -> Vec<String> {
    let kind = kind_of(object);
    let (job, cluster) = (kind.job_path(), kind.cluster_path());
    let (spec, described) = (at(object, job), cluster_of(object));
    let head = format!("{cluster}.headGroupSpec");
    let path = child_path.strip_prefix("spec.template.");
    match child.split_once(':') {
        Some((_, group)) => {
            let groups = described["workerGroupSpecs"].as_array();
            let groups = groups.into_iter().flatten().enumerate();
            let named = groups.filter(|(_, spec)| spec["groupName"] == group);
            let pods = named.flat_map(|(index, spec)| {
                let group = format!("{cluster}.workerGroupSpecs[{index}]");
                let template = format!("{group}.template");
                let mut pod = pod(&spec["template"]["spec"], &template, child_path);
                if child_path.starts_with("metadata") {
                    pod.extend(["groupName", "labels"].map(|field| format!("{group}.{field}")));
                }
                if child_path.contains("Probe") {
                    pod.push(format!("{group}.rayStartParams"));
                }
                pod
            });
            pods.chain(names(child_path)).collect()
        }
        None if child == "head" => {
            let group = &described["headGroupSpec"];
            let template = format!("{head}.template");
            let mut pod = pod(&group["template"]["spec"], &template, child_path);
            pod.extend(names(child_path));
            if child_path.starts_with("metadata") {
                pod.push(format!("{head}.labels"));
            }
            if child_path.contains("Probe") {
                pod.push(format!("{head}.rayStartParams"));
            }
            if child_path.starts_with("spec.containers[") {
                pod.push(format!("{cluster}.autoscalerOptions"));
            }
            pod
        }
        None if child.starts_with("submitter") => {
            let template = format!("{job}.submitterPodTemplate");
            let path = path.unwrap_or(child_path);
            // Kubernetes leaves out `metadata` here.
            let path = match path.starts_with("labels") || path.starts_with("annotations") {
                true => format!("metadata.{path}"),
                false => path.to_owned(),
            };
            let mut pod = pod(&spec["submitterPodTemplate"]["spec"], &template, &path);
            pod.extend(names(&path));
            if spec["submitterPodTemplate"].is_null() {
                // The submitter has the image of the head.
                pod.push(format!("{head}.template.spec.containers[0]"));
            }
            if path == "spec.backoffLimit" {
                pod.push(format!("{job}.submitterConfig.backoffLimit"));
            }
            pod
        }
        None if child == "cluster" => vec!["metadata".into()],
        None if child == "serveConfig" => vec!["spec.serveConfigV2".into()],
        // Services, and the dashboard's port in one.
        None => {
            let fields = [
                "headService",
                "serviceType",
                "template.spec.containers[0].ports",
                "template.metadata.labels",
            ];
            let mut service = fields.map(|field| format!("{head}.{field}")).to_vec();
            service.push(format!("{cluster}.headServiceAnnotations"));
            service.push("metadata".into());
            if child == "rayServiceServeService" {
                service.push("spec.serveService".into());
            }
            service
        }
    }
}

/// Returns the RayCluster that an object is or describes, `null` if there is none.
pub fn cluster_of(object: &Value) -> &Value {
    at(object, kind_of(object).cluster_path())
}

fn kind_of(object: &Value) -> Kind {
    let named = object["kind"].as_str().and_then(Kind::named);
    named.unwrap_or(Kind::RayJob)
}

fn at<'o>(object: &'o Value, path: &str) -> &'o Value {
    path.split('.').fold(object, |value, field| &value[field])
}

/// The names of the object that become labels and names of its children.
fn names(path: &str) -> impl Iterator<Item = String> {
    let names: &[&str] = match path.starts_with("metadata") {
        true => &["metadata.name", "metadata.generateName"],
        false => &[],
    };
    names.iter().map(|&name| name.into())
}

/// The places in a pod's template.
fn pod(spec: &Value, template: &str, path: &str) -> Vec<String> {
    let Some(path) = path.strip_prefix("spec.") else {
        // All that is wrong with a label is said of `metadata.labels`.
        let field = path.split(['.', '[']).take(2).collect::<Vec<_>>().join(".");
        return vec![format!("{template}.{field}")];
    };
    // Kubernetes begins some names with a capital: `spec.HostPID`.
    let mut path = path.to_owned();
    if let Some(first) = path.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let (item, rest) = match path.split_once('.') {
        Some((item, rest)) => (item, rest),
        None => (&*path, ""),
    };
    let list = item.split('[').next().unwrap_or_default();
    let own = spec[list].as_array().map_or(0, Vec::len);
    let index = item.trim_start_matches(list).trim_matches(['[', ']']);
    let is_own = index.parse::<usize>().is_ok_and(|index| index < own);
    if !["containers", "initContainers"].contains(&list) {
        let mut places = vec![format!("{template}.spec.{item}")];
        if list == "securityContext" {
            // In the words of Kubernetes, `hostPID` and others are in it.
            places.push(format!("{template}.spec.{rest}"));
        }
        if list == "volumes" && !is_own {
            // The operator sizes the shared memory by that of the first container.
            places.push(format!("{template}.spec.containers[0].resources"));
        }
        return places;
    }
    let field = rest.split(['.', '[']).next().unwrap_or_default();
    // A container of the operator copies much from the first one of the user.
    let container = match is_own {
        true => item,
        false => "containers[0]",
    };
    let mut places = vec![match field {
        "" => format!("{template}.spec.{container}"),
        field => format!("{template}.spec.{container}.{field}"),
    }];
    let others: &[&str] = match field {
        "name" => &["containers", "initContainers"],
        "ports" => &["containers", "hostNetwork"],
        "volumeMounts" | "volumeDevices" => &["volumes"],
        _ => &[],
    };
    places.extend(
        others
            .iter()
            .map(|field| format!("{template}.spec.{field}")),
    );
    if list == "initContainers" && !is_own && own > 0 {
        // With TLS the operator puts a container before those of the user.
        places.push(format!("{template}.spec.initContainers"));
    }
    places
}
