//! The objects of the cluster that Gatekeeper and kube-mgmt replicate into OPA's `data`.
//! Kubewarden gives them in the same form to policies with the execution mode `gatekeeper` or
//! `opa`.
//!
//! ```text
//! data.inventory.namespace[NAMESPACE][APIVERSION][KIND][NAME]   Gatekeeper
//! data.kubernetes[RESOURCE][NAMESPACE][NAME]                    kube-mgmt
//! ```
//!
//! Both can leave out resources and namespaces (`spec.match` of Gatekeeper's Config,
//! `--replicate-ignore-namespaces` of kube-mgmt). So an object is known to be missing only if
//! there are data of its resource, and data of its namespace.

use rayjob_policy_core::live::{Inventory, Resource};

use crate::data::{GATEKEEPER, KUBE_MGMT};
use crate::term;
use crate::text::{get, is_object, members};

/// The objects of the cluster in OPA's `data`.
#[derive(Clone, Copy, Debug)]
pub struct Replica {
    /// The data, as JSON or as a term.
    pub data: &'static [u8],
    /// Whether they are a term.
    pub is_term: bool,
}

impl Inventory for Replica {
    fn list(&self, resource: Resource, namespace: &str) -> Option<Vec<u8>> {
        let kept = self.kube_mgmt(resource, namespace);
        let kept = kept.or_else(|| self.gatekeeper(resource, namespace))?;
        let mut items: Vec<&[u8]> = Vec::new();
        for by_name in kept {
            for object in is_object(by_name).then(|| members(by_name))? {
                let text = &by_name[object.value()];
                items.push(is_one(resource, &object.key, text).then_some(text)?);
            }
        }
        let list = [b"{\"items\":[", &items.join(&b","[..])[..], b"]}"].concat();
        Some(match self.is_term {
            true => term::to_json(&list).into_owned(),
            false => list,
        })
    }
}

impl Replica {
    /// The objects of a resource that kube-mgmt replicates: for each namespace that matters, a
    /// JSON object from names to objects. `None` if it leaves out the resource or the namespace.
    fn kube_mgmt(&self, resource: Resource, namespace: &str) -> Option<Vec<&[u8]>> {
        let all = get(self.data, &[KUBE_MGMT])?;
        let by_namespace = get(all, &[resource.plural()]).filter(|text| is_object(text))?;
        if resource.is_everywhere() {
            let kept = members(by_namespace).map(|kept| &by_namespace[kept.value()]);
            return Some(kept.collect());
        }
        let is_kept = |other: Resource| get(all, &[other.plural(), namespace]).is_some();
        let here = get(by_namespace, &[namespace]);
        (here.is_some() || Resource::ALL.into_iter().any(is_kept))
            .then(|| here.into_iter().collect())
    }

    /// The same for Gatekeeper, which replicates each version of a resource separately.
    fn gatekeeper(&self, resource: Resource, namespace: &str) -> Option<Vec<&[u8]>> {
        let all = get(self.data, &GATEKEEPER)?;
        let mut is_known = false;
        let mut kept = Vec::new();
        for of_namespace in members(all) {
            let by_version = &all[of_namespace.value()];
            for version in members(by_version).filter(|it| resource.is_in_group_of(&it.key)) {
                let by_kind = &by_version[version.value()];
                let Some(by_name) = get(by_kind, &[resource.kind()]) else {
                    continue;
                };
                is_known = true;
                if resource.is_everywhere() || of_namespace.key == namespace {
                    kept.push(by_name);
                }
            }
        }
        let is_kept = resource.is_everywhere() || get(all, &[namespace]).is_some();
        (is_known && is_kept).then_some(kept)
    }
}

/// Whether a text is an object of a resource, with this name. It may belong to another group
/// with a resource of the same name: `jobs` of Volcano.
fn is_one(resource: Resource, name: &str, object: &[u8]) -> bool {
    let text = |path: &[&str]| {
        let text = get(object, path).and_then(|text| str::from_utf8(text).ok())?;
        Some(text.trim_matches('"'))
    };
    text(&["metadata", "name"]) == Some(name)
        && text(&["kind"]).is_none_or(|kind| kind == resource.kind())
        && text(&["apiVersion"]).is_none_or(|version| resource.is_in_group_of(version))
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::live::{Inventory, Resource};
    use serde_json::{Value, json};

    use super::Replica;

    fn list(data: &str, resource: Resource, namespace: &str) -> Option<Value> {
        let data = data.to_owned().leak().as_bytes();
        let [json, term] = [false, true].map(|is_term| {
            let list = Replica { data, is_term }.list(resource, namespace)?;
            Some(serde_json::from_slice::<Value>(&list).expect("JSON"))
        });
        assert_eq!(json, term);
        json.map(|mut list| list["items"].take())
    }

    fn object(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
        json!({"apiVersion": api_version, "kind": kind,
               "metadata": {"name": name, "namespace": namespace}})
    }

    /// A cluster in both forms.
    fn replicas() -> [String; 2] {
        let shared = object("ray.io/v1", "RayCluster", "ml", "shared");
        let queue = object("kueue.x-k8s.io/v1beta2", "LocalQueue", "web", "gpu");
        let operator = object("apps/v1", "Deployment", "kuberay", "operator");
        [
            json!({"kubernetes": {
                "pods": {"dev": {"a": {}}},
                "rayclusters": {"ml": {"shared": shared}},
                "localqueues": {"web": {"gpu": queue}},
                "deployments": {"kuberay": {"operator": operator}},
                "jobs": {}}}),
            json!({"inventory": {"cluster": {"v1": {"Namespace": {}}}, "namespace": {
                "ml": {"ray.io/v1": {"RayCluster": {"shared": shared}}},
                "web": {"kueue.x-k8s.io/v1beta2": {"LocalQueue": {"gpu": queue}}},
                "kuberay": {"apps/v1": {"Deployment": {"operator": operator}}}}}}),
        ]
        .map(|data| data.to_string())
    }

    #[test]
    fn the_objects_of_the_namespace_are_found_in_both_forms() {
        for data in replicas() {
            let names = |resource, namespace| {
                let items = list(&data, resource, namespace)?;
                let items = items.as_array().expect("a list").iter();
                let name = |item: &Value| item["metadata"]["name"].as_str().map(str::to_owned);
                items.map(name).collect::<Option<Vec<_>>>()
            };
            let none = Vec::<String>::new();
            let some = |name: &str| Some(vec![name.to_owned()]);
            assert_eq!(names(Resource::RayCluster, "ml"), some("shared"));
            assert_eq!(names(Resource::LocalQueue, "web"), some("gpu"), "{data}");
            assert_eq!(names(Resource::RayCluster, "web"), Some(none));
            // It is looked for everywhere.
            assert_eq!(names(Resource::Deployment, "ml"), some("operator"));
            assert_eq!(names(Resource::Deployment, "nowhere"), some("operator"));
            // Resources and namespaces that are not replicated.
            assert_eq!(names(Resource::ConfigMap, "ml"), None);
            assert_eq!(names(Resource::RayCluster, "dev"), None);
            assert_eq!(names(Resource::RayCluster, ""), None);
        }
        let [kube_mgmt, _] = replicas();
        assert_eq!(list(&kube_mgmt, Resource::Job, "ml"), Some(json!([])));
    }

    #[test]
    fn what_is_not_the_objects_of_the_resource_tells_nothing() {
        let volcano = object("batch.volcano.sh/v1alpha1", "Job", "ml", "train");
        let knative = object("serving.knative.dev/v1", "Service", "ml", "train");
        let renamed = object("ray.io/v1", "RayCluster", "ml", "other");
        for (resource, data) in [
            (Resource::RayCluster, json!({})),
            (Resource::RayCluster, json!(7)),
            (
                Resource::RayCluster,
                json!({"kubernetes": 7, "inventory": []}),
            ),
            (
                Resource::RayCluster,
                json!({"inventory": {"namespace": "ml"}}),
            ),
            (
                Resource::RayCluster,
                json!({"kubernetes": {"rayclusters": null}}),
            ),
            (
                Resource::RayCluster,
                json!({"kubernetes": {"rayclusters": {"ml": 7}}}),
            ),
            (
                Resource::RayCluster,
                json!({"kubernetes": {"rayclusters": {"ml": {"a": {}}}}}),
            ),
            (
                Resource::RayCluster,
                json!({"kubernetes": {"rayclusters": {"ml": {"a": renamed}}}}),
            ),
            (
                Resource::Job,
                json!({"kubernetes": {"jobs": {"ml": {"train": volcano}}}}),
            ),
            (
                Resource::Service,
                json!({"inventory": {"namespace": {"ml": {
                    "serving.knative.dev/v1": {"Service": {"train": knative}}}}}}),
            ),
        ] {
            assert_eq!(list(&data.to_string(), resource, "ml"), None, "{data}");
        }
    }
}
