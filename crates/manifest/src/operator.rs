//! The operator, as its Deployment or the values of its Helm chart describe it.

use rayjob_policy_core::release::{Gate, Gates, Release};
use serde_json::Value;

use crate::cluster::{self, Cluster};
use crate::settings::trees;

/// The name of KubeRay's chart, under which a chart that depends on it has its values.
const CHART: &str = "kuberay-operator";

/// Reads the release and the feature gates of an operator: from its Deployment, as
/// `kubectl get deployment -o json` or `-o yaml` prints it, alone or in a list, or from the
/// values of its Helm chart (`kuberay v1.7.0 helm-chart/kuberay-operator/values.yaml`). A
/// given release goes before that of the image tag.
///
/// # Errors
/// If the text is neither, has several operators that differ, or no release is given or
/// known from the tag.
pub fn read(text: &str, given: Option<Release>) -> Result<(Release, Gates), String> {
    let trees = trees(text)?;
    let is_object = trees.iter().any(|it| it.get(it.root(), "kind").is_some());
    let (tag, written) = match &*trees {
        [] => return Err("the file is empty".into()),
        _ if is_object => of_deployment(text)?,
        [values] => of_values(&values.value(values.root()).map_err(|error| error.message)?)?,
        _ => return Err("there are several documents, but no Deployment".into()),
    };
    let release = given
        .or_else(|| Release::parse(&tag))
        .ok_or_else(|| match &*tag {
            "" => "image.tag is not set, so the release is not known".into(),
            tag => format!("the image tag {tag:?} names no known release; use --kuberay"),
        })?;
    let mut gates = Gates::default_of(release);
    for (gate, on) in written {
        gates.set(release, gate, on);
    }
    Ok((release, gates))
}

/// The image tag, and the gates that are set.
type Written = (String, Vec<(Gate, bool)>);

fn of_deployment(text: &str) -> Result<Written, String> {
    let objects = cluster::objects(text).map_err(|(_, message)| message)?;
    let operator = Cluster::new(objects, None).only_operator()?;
    let gates = Gate::ALL
        .into_iter()
        .filter(|&it| operator.gates.is_set(it));
    let written = gates.map(|gate| (gate, operator.gates.is_on(gate)));
    Ok((operator.tag, written.collect()))
}

fn of_values(values: &Value) -> Result<Written, String> {
    let values = values.get(CHART).unwrap_or(values);
    let tag = values.pointer("/image/tag");
    let gates = values.get("featureGates");
    if tag.is_none() && gates.is_none() {
        return Err(
            "there is no Deployment, and neither image.tag nor featureGates, as in the \
                    values of KubeRay's Helm chart"
                .into(),
        );
    }
    let gates = gates.and_then(Value::as_array);
    let written = gates.into_iter().flatten().filter_map(|gate| {
        let name = gate.get("name")?.as_str()?;
        Some((Gate::named(name)?, gate.get("enabled")?.as_bool()?))
    });
    let tag = tag.and_then(Value::as_str).unwrap_or_default();
    Ok((tag.into(), written.collect()))
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::release::{Gate, Gates, Release};

    use super::read;

    #[test]
    fn a_deployment_tells_the_release_and_the_gates() {
        let text = r#"{"kind": "List", "apiVersion": "v1", "items": [{
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "o"},
            "spec": {"template": {
                "metadata": {"labels": {"app.kubernetes.io/component": "kuberay-operator"}},
                "spec": {"containers": [{
                    "image": "quay.io/kuberay/operator:v1.6.2",
                    "args": ["--feature-gates=RayCronJob=true,RayMultiHostIndexing=false"]
                }]}
            }}
        }]}"#;
        let (release, gates) = read(text, None).unwrap();
        assert_eq!(release, Release::V1_6);
        let differing: Vec<_> = gates.differing(Gates::default_of(release)).collect();
        assert_eq!(differing, [Gate::RayCronJob, Gate::RayMultiHostIndexing]);
        let (release, gates) = read(text, Some(Release::V1_5)).unwrap();
        assert_eq!(release, Release::V1_5);
        assert!(!gates.is_on(Gate::RayCronJob), "1.5 does not have it");
    }

    #[test]
    fn helm_values_tell_the_release_and_the_gates() {
        let values = "image: {tag: v1.7.0}\nfeatureGates:\n- name: RayCronJob\n  enabled: true\n";
        let nested = values.replace('\n', "\n  ");
        for text in [values, &format!("kuberay-operator:\n  {nested}")] {
            let (release, gates) = read(text, None).unwrap();
            assert_eq!(release, Release::V1_7);
            let differing: Vec<_> = gates.differing(Gates::default_of(release)).collect();
            assert_eq!(differing, [Gate::RayCronJob]);
        }
        let (release, _) = read("featureGates: []", Some(Release::V1_4)).unwrap();
        assert_eq!(release, Release::V1_4);
    }

    #[test]
    fn what_tells_no_release_is_an_error() {
        for (text, why) in [
            ("", "the file is empty"),
            ("a: [", "expected"),
            (
                "replicas: 1",
                "there is no Deployment, and neither image.tag nor featureGates",
            ),
            (
                "a: 1\n---\nb: 1",
                "there are several documents, but no Deployment",
            ),
            ("featureGates: []", "image.tag is not set"),
            (
                "image: {tag: nightly}",
                "the image tag \"nightly\" names no known release",
            ),
            (
                "{apiVersion: v1, kind: List, items: []}",
                "the cluster has no Deployment",
            ),
        ] {
            let error = read(text, None).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
