//! The objects of a cluster, as kubectl prints them, and those that are applied to it.

use std::sync::Arc;

use rayjob_policy_core::json::Json;
use rayjob_policy_core::live::{Inventory, Live, Objects, Operator, Resource, Topics};
use rayjob_policy_core::release::{Gates, Release};
use rayjob_policy_core::settings::{Settings, SettingsError};
use serde_json::Value;

use crate::check::DEEPEST;
use crate::detect::mentions_ray;
use crate::document::{self, Found};
use crate::placeholder::Renderer;
use crate::set;
use crate::source::{Source, Span};
use crate::stream;
use crate::syntax_error::SyntaxError;
use crate::tree::Tree;

/// A cluster that the policy may ask about: its objects, and those that are applied to it
/// together with a checked one.
#[derive(Clone, Debug)]
pub struct Cluster {
    live: Arc<Objects>,
    applied: Vec<Arc<[Value]>>,
    namespace: String,
}

/// Reads the objects of a cluster: what `kubectl get -o json` or `-o yaml` prints, once or
/// several times. Only objects that the policy may ask about are kept, and only the fields
/// that it reads: nothing of a ConfigMap but its name.
///
/// # Errors
/// At the first part that cannot be read.
pub fn objects(text: &str) -> Result<Vec<Value>, (Span, String)> {
    let at = |SyntaxError { span, message }| (Source::new(text).span(span), message);
    let mut objects = Vec::new();
    for piece in stream::pieces(text) {
        let (trees, error) = stream::read(text, &piece);
        if let Some(error) = error {
            return Err(at(error));
        }
        for tree in &trees {
            read(tree, &mut objects).map_err(at)?;
        }
    }
    Ok(objects)
}

/// The objects of a text that count as present when it is applied: its documents, the items
/// of its lists, RayClusters that other objects contain, and the objects of a text that an object
/// holds if it mentions Ray.
pub fn applied(text: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    gather(text, 0, &mut objects);
    objects
}

fn gather(text: &str, depth: usize, objects: &mut Vec<Value>) {
    for piece in stream::pieces(text) {
        for tree in stream::read(text, &piece).0 {
            // What cannot be read is reported when the text is checked.
            let _ = read(&tree, objects);
            for found in document::found(&tree, Renderer::Author) {
                match found {
                    Found::Target(target, _) => {
                        let object = target.object(&tree).and_then(|id| tree.value(id).ok());
                        objects.extend(object.and_then(known));
                    }
                    Found::Text(id, _) => {
                        let text = tree.text(id).unwrap_or_default();
                        if depth < DEEPEST && mentions_ray(text.as_bytes()) {
                            gather(text, depth + 1, objects);
                        }
                    }
                }
            }
        }
    }
}

/// Adds the objects of a document or of a list.
fn read(tree: &Tree<'_>, objects: &mut Vec<Value>) -> Result<(), SyntaxError> {
    let mut outcome = Ok(());
    set::collect(tree, tree.root(), &mut |top| match tree.value(top) {
        Ok(object) => objects.extend(known(object)),
        Err(error) => outcome = Err(error),
    });
    outcome
}

/// An object with the fields that the policy reads, if it may ask about such objects.
fn known(object: Value) -> Option<Value> {
    let resource = Resource::ALL.into_iter().find(|it| it.has(&object))?;
    let fields = [&["apiVersion", "kind"], resource.fields()].concat();
    Some(only(object, &fields))
}

/// A value with these fields only, by their paths; a path goes through the items of a list.
fn only(value: Value, fields: &[&str]) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter_map(|(key, value)| {
                let begun = fields.iter().filter_map(|field| field.strip_prefix(&*key));
                let begun: Vec<_> = begun.collect();
                let below = begun.iter().filter_map(|rest| rest.strip_prefix('.'));
                let below: Vec<_> = below.collect();
                match begun.contains(&"") {
                    true => Some((key, value)),
                    false if below.is_empty() => None,
                    false => Some((key, only(value, &below))),
                }
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => items.into_iter().map(|item| only(item, fields)).collect(),
        value => value,
    }
}

fn namespace_of(object: &Value) -> &str {
    let namespace = object.pointer("/metadata/namespace");
    namespace.and_then(Value::as_str).unwrap_or_default()
}

impl Cluster {
    /// A cluster with these [`objects`]. `namespace` is where checked objects without one go;
    /// if it is not given, the only one that the objects have.
    pub fn new(objects: Vec<Value>, namespace: Option<&str>) -> Self {
        let of_jobs = objects.iter().filter(|it| !Resource::Deployment.has(it));
        let mut namespaces: Vec<_> = of_jobs.map(namespace_of).collect();
        namespaces.dedup();
        let namespace = match (namespace, &*namespaces) {
            (Some(given), _) => given,
            (None, [only]) => only,
            (None, _) => "",
        };
        let namespace = namespace.to_owned();
        Self {
            live: Arc::new(Objects::new(objects, &namespace)),
            applied: Vec::new(),
            namespace,
        }
    }

    /// Whether it has nothing that the policy may ask about.
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// The namespace of checked objects that name none; empty if it is not known.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The same cluster when these [`applied`] objects are applied to it, too.
    #[must_use]
    pub fn with(mut self, applied: Vec<Value>) -> Self {
        self.applied.push(applied.into());
        self
    }

    /// The release and the feature gates of its operator.
    ///
    /// # Errors
    /// If there is none, its release is not known, or there are several that differ.
    pub fn operator(&self) -> Result<(Release, Gates), String> {
        let Operator {
            release,
            gates,
            tag,
            ..
        } = self.only_operator()?;
        let unknown = || format!("the image tag {tag:?} of the operator names no known release");
        Ok((release.ok_or_else(unknown)?, gates))
    }

    /// Its operator, or the first of several that have the same release and gates.
    ///
    /// # Errors
    /// If there is none, or they differ.
    pub(crate) fn only_operator(&self) -> Result<Operator, String> {
        let live = Live::new(Topics::ALL, Some(self.live.clone()), "");
        let mut operators = live.operators().unwrap_or_default().iter();
        let Some(first) = operators.next() else {
            return Err("the cluster has no Deployment of a KubeRay operator".into());
        };
        let differs = |other: &Operator| {
            other.release != first.release || other.gates.differing(first.gates).next().is_some()
        };
        match operators.any(differs) {
            true => Err("the cluster has several operators, which differ".into()),
            false => Ok(first.clone()),
        }
    }

    /// Replaces the release and the gates of settings that leave them to the operator
    /// (`kuberayVersion: auto`) by those of the operator.
    ///
    /// # Errors
    /// If they do, and it is not known.
    pub fn resolve(&self, settings: &mut Settings) -> Result<(), String> {
        if settings.is_auto {
            (settings.release, settings.gates) = self.operator()?;
            settings.is_auto = false;
        }
        Ok(())
    }

    /// The settings for this cluster if none are given: those of its operator, or the defaults.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        if let Ok((release, gates)) = self.operator() {
            (settings.release, settings.gates) = (release, gates);
        }
        self.ask(settings)
    }

    /// The same settings with this cluster to ask: about everything, if they name nothing.
    pub fn ask(&self, mut settings: Settings) -> Settings {
        if settings.topics.are_empty() {
            settings.topics = Topics::ALL;
        }
        let settings = settings.in_namespace(&self.namespace);
        settings.with_inventory(Arc::new(self.clone()))
    }

    /// The settings that a request carries, with this cluster to ask.
    pub(crate) fn settings_in(&self, request: &Json<'_>) -> Result<Settings, SettingsError> {
        match request {
            Json::Absent => Ok(self.settings()),
            given => Ok(self.ask(Settings::from_json(given)?)),
        }
    }
}

/// Objects that are applied count as present, with the fields that they write.
impl Inventory for Cluster {
    fn list(&self, resource: Resource, namespace: &str) -> Option<Vec<u8>> {
        let live = self.live.list(resource, namespace);
        // Of these, an applied one is not present, and if there are none, none is in the way.
        match resource {
            Resource::Deployment => return live,
            Resource::Job | Resource::Service => {
                let none = || (!namespace.is_empty()).then(|| br#"{"items": []}"#.to_vec());
                return live.or_else(none);
            }
            _ => {}
        }
        // From bytes, serde_json would be in a module for pages twice.
        let live = String::from_utf8(live?).ok()?;
        let mut list: Value = serde_json::from_str(&live).ok()?;
        let items = list.get_mut("items")?.as_array_mut()?;
        let name = |object: &Value| object.pointer("/metadata/name").cloned();
        let goes_here = |object: &&Value| {
            resource.has(object) && ["", namespace].contains(&namespace_of(object))
        };
        for applied in self
            .applied
            .iter()
            .flat_map(|them| them.iter())
            .filter(goes_here)
        {
            match items.iter_mut().find(|live| name(live) == name(applied)) {
                Some(live) => apply(live, applied),
                None => items.push(applied.clone()),
            }
        }
        Some(list.to_string().into())
    }
}

/// Overwrites the fields of the spec that an object in a file has, as applying it does.
fn apply(live: &mut Value, applied: &Value) {
    let Some(Value::Object(written)) = applied.get("spec") else {
        return;
    };
    match live.get_mut("spec") {
        Some(Value::Object(spec)) => spec.extend(written.clone()),
        _ => {
            let live = live.as_object_mut();
            let _ = live.map(|live| live.insert("spec".into(), written.clone().into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cluster, applied, objects};
    use crate::check::{DEEPEST, Options, check};
    use crate::settings;
    use crate::source::Source;

    /// What is found in a text when it is applied to a cluster.
    fn found(text: &str, cluster: &Cluster) -> Vec<&'static str> {
        let options = Options {
            cluster: Some(cluster),
            ..Options::default()
        };
        let documents = check(&Source::new(text), &options).documents;
        let findings = documents.iter().flat_map(|it| &it.findings);
        findings.map(|finding| finding.rule).collect()
    }

    fn cluster(text: &str) -> Cluster {
        Cluster::new(objects(text).unwrap(), None)
    }

    const JOB: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: train, namespace: a}\n\
        spec: {entrypoint: python train.py, clusterSelector: {ray.io/cluster: shared}}\n";

    fn raycluster(name: &str, suspend: &str) -> String {
        format!(
            "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {{name: {name}, namespace: a}}\n\
             spec: {{{suspend}headGroupSpec: {{rayStartParams: {{}}, template: {{spec: \
             {{containers: [{{name: head, image: r}}]}}}}}}}}\n"
        )
    }

    fn operator(tag: &str) -> String {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: o, namespace: kuberay}}\n\
             spec: {{template: {{metadata: {{labels: {{app.kubernetes.io/component: \
             kuberay-operator}}}}, spec: {{containers: [{{image: 'q/operator:{tag}'}}]}}}}}}\n---\n"
        )
    }

    #[test]
    fn only_what_the_policy_reads_is_kept() {
        let text = "apiVersion: v1\nkind: List\nitems:\n\
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: a, uid: u}, data: {k: secret}}\n\
            - {apiVersion: v1, kind: Secret, metadata: {name: s}, data: {k: c2VjcmV0}}\n\
            - {apiVersion: batch.volcano.sh/v1alpha1, kind: Job, metadata: {name: v}}\n";
        let kept = json!([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]);
        assert_eq!(json!(objects(text).unwrap()), kept);
        let operator = &objects(&operator("v1.6.0")).unwrap()[0];
        let image = operator.pointer("/spec/template/spec/containers/0/image");
        assert_eq!(image, Some(&json!("q/operator:v1.6.0")));
    }

    #[test]
    fn the_place_that_cannot_be_read_is_told() {
        let (span, _) = objects("{\"kind\": \"List\",\n\"items\": [").unwrap_err();
        assert_eq!(span.start.line, 2);
    }

    #[test]
    fn objects_of_the_same_text_count_as_present() {
        let cluster = cluster(&raycluster("batch", ""));
        assert_eq!(found(JOB, &cluster), ["live-raycluster-missing"]);
        let beside = format!("{JOB}---\n{}", raycluster("shared", ""));
        assert_eq!(found(&beside, &cluster), [""; 0]);
        let with = cluster.clone().with(applied(&raycluster("shared", "")));
        assert_eq!(found(JOB, &with), [""; 0]);
        assert_eq!(found(&held(&beside), &cluster), [""; 0]);
    }

    /// A ConfigMap that holds manifests.
    fn held(manifests: &str) -> String {
        let manifests: String = manifests.lines().map(|it| format!("    {it}\n")).collect();
        format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  all: |\n{manifests}")
    }

    #[test]
    fn what_is_held_too_deep_does_not_count_as_present() {
        let shared = |depth| (0..depth).fold(raycluster("shared", ""), |text, _| held(&text));
        let with = |depth| cluster(&raycluster("batch", "")).with(applied(&shared(depth)));
        assert_eq!(found(JOB, &with(DEEPEST)), [""; 0]);
        let missing = ["live-raycluster-missing"];
        assert_eq!(found(JOB, &with(DEEPEST + 1)), missing);
    }

    #[test]
    fn what_another_kind_or_namespace_has_does_not_count_as_present() {
        let cluster = cluster(&raycluster("batch", ""));
        let shared = raycluster("shared", "");
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared, namespace: a}\n";
        for other in [&*shared.replace("namespace: a", "namespace: b"), map] {
            let with = cluster.clone().with(applied(other));
            assert_eq!(found(JOB, &with), ["live-raycluster-missing"], "{other}");
        }
    }

    #[test]
    fn an_applied_object_overwrites_the_fields_that_it_has() {
        let suspended = cluster(&raycluster("shared", "suspend: true, "));
        let with = |fields| {
            suspended
                .clone()
                .with(applied(&raycluster("shared", fields)))
        };
        assert_eq!(found(JOB, &with("")), ["live-raycluster-stopped"]);
        assert_eq!(found(JOB, &with("suspend: false, ")), [""; 0]);
    }

    #[test]
    fn an_object_without_a_namespace_goes_to_the_only_one_or_the_given_one() {
        let job = JOB.replace(", namespace: a", "");
        let one = operator("v1.7.0") + &raycluster("batch", "");
        let both = format!("{one}---\n{}", one.replace("namespace: a", "namespace: b"));
        assert_eq!(found(&job, &cluster(&one)), ["live-raycluster-missing"]);
        assert_eq!(found(&job, &cluster(&both)), [""; 0]);
        let given = Cluster::new(objects(&both).unwrap(), Some("b"));
        assert_eq!(found(&job, &given), ["live-raycluster-missing"]);
        let namespaces = [cluster(&one), cluster(&both), given];
        assert_eq!(
            namespaces.each_ref().map(Cluster::namespace),
            ["a", "", "b"]
        );
    }

    #[test]
    fn without_settings_the_operator_decides_the_release() {
        let [old, new] = ["v1.5.1", "v1.7.0"].map(operator);
        let release = |text: &str| cluster(text).settings().release.to_string();
        assert_eq!(
            [release(&old), release(&new), release("")],
            ["1.5", "1.7", "1.7"]
        );
    }

    #[test]
    fn an_operator_that_is_only_applied_does_not_judge_yet() {
        let [old, new] = ["v1.5.1", "v1.7.0"].map(operator);
        let text = old.replace("namespace: kuberay", "namespace: ''") + JOB;
        assert_eq!(found(&text, &cluster(&new)), [""; 0]);
    }

    #[test]
    fn auto_is_the_release_of_the_only_operator() {
        let resolved = |text: &str| {
            let auto = "{kuberayVersion: auto, cluster: [operator]}";
            let mut settings = settings::read(auto, None).unwrap().unwrap();
            cluster(text).resolve(&mut settings)?;
            Ok::<_, String>(settings.release.to_string())
        };
        let [old, new, unknown] = ["v1.5.1", "v1.7.0", "nightly"].map(operator);
        assert_eq!(resolved(&old).as_deref(), Ok("1.5"));
        assert_eq!(resolved(&old.repeat(2)).as_deref(), Ok("1.5"));
        let gate = "args: ['--feature-gates=RayJobDeletionPolicy=true'], image";
        let gated = old.replace("image", gate);
        let differ = "the cluster has several operators, which differ";
        for (text, error) in [
            ("", "the cluster has no Deployment of a KubeRay operator"),
            (
                &*unknown,
                "the image tag \"nightly\" of the operator names no known release",
            ),
            (&*format!("{old}{new}"), differ),
            (&*format!("{old}{gated}"), differ),
        ] {
            assert_eq!(resolved(text).unwrap_err(), error);
        }
    }

    #[test]
    fn a_request_without_settings_is_judged_for_the_operator() {
        let review = json!({"request": {
            "uid": "1", "operation": "CREATE", "namespace": "a",
            "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
            "object": {
                "apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "train"},
                "spec": {
                    "clusterSelector": {"ray.io/cluster": "shared"},
                    "entrypoint": "python train.py",
                },
            },
        }});
        let cluster = cluster(&(operator("v1.6.0") + &raycluster("batch", "")));
        let found = found(&review.to_string(), &cluster);
        assert_eq!(found, ["live-raycluster-missing"]);
    }
}
