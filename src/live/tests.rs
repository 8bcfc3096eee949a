use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{Inventory, Live, Objects, Resource, Topic, Topics};
use crate::admit::judge;
use crate::release::{Gate, Release};
use crate::settings::Settings;

/// A host that answers every question with the same text.
#[derive(Debug, Default)]
struct Answers {
    text: Option<Vec<u8>>,
    asked: AtomicUsize,
}

impl Answers {
    fn with(text: impl Into<Vec<u8>>) -> Arc<Self> {
        Arc::new(Self {
            text: Some(text.into()),
            ..Self::default()
        })
    }

    fn count(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Inventory for Answers {
    fn list(&self, _: Resource, _: &str) -> Option<Vec<u8>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.text.clone()
    }
}

fn live(inventory: impl Inventory + 'static, namespace: &str) -> Live {
    Live::new(Topics::ALL, Some(Arc::new(inventory)), namespace)
}

fn operator(image: &str, args: &[&str]) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
           "metadata": {"name": "kuberay-operator", "namespace": "kuberay"},
           "spec": {"template": {
             "metadata": {"labels": {"app.kubernetes.io/component": "kuberay-operator"}},
             "spec": {"containers": [{"image": image, "command": ["/manager"], "args": args}]}}}})
}

fn in_cluster_of(operators: impl IntoIterator<Item = Value>) -> Live {
    live(Objects::new(operators, ""), "team-a")
}

#[test]
fn the_release_is_that_of_the_tag() {
    for (image, release) in [
        ("quay.io/kuberay/operator:v1.6.2", Some(Release::V1_6)),
        (
            "registry:5000/kuberay/operator:v1.5.0@sha256:0f",
            Some(Release::V1_5),
        ),
        ("registry:5000/kuberay/operator", None),
        ("quay.io/kuberay/operator:nightly", None),
        ("quay.io/kuberay/operator@sha256:0f", None),
        ("", None),
    ] {
        let live = in_cluster_of([operator(image, &[])]);
        let found = live.operator().and_then(|operator| operator.release);
        assert_eq!(found, release, "{image}");
        let unavailable = if release.is_none() {
            vec!["operator"]
        } else {
            vec![]
        };
        assert_eq!(live.unavailable(), unavailable, "{image}");
    }
}

#[test]
fn a_port_of_a_registry_is_no_tag() {
    for (image, tag) in [
        ("registry:5000/kuberay/operator", ""),
        ("registry:5000/kuberay/operator:v1.6.2", "v1.6.2"),
        ("operator@sha256:0f", ""),
    ] {
        let live = in_cluster_of([operator(image, &[])]);
        let tags = live.operators().unwrap().iter().map(|it| &*it.tag);
        assert_eq!(tags.collect::<Vec<_>>(), [tag], "{image}");
    }
}

#[test]
fn gates_are_read_as_go_reads_flags() {
    let image = "quay.io/kuberay/operator:v1.7.0";
    let gate = Gate::RayClusterMTLS;
    for (args, on) in [
        (&[] as &[&str], gate.default(Release::V1_7)),
        (
            &["--feature-gates=RayCronJob=true,RayClusterMTLS=true"],
            true,
        ),
        (&["-feature-gates", "RayClusterMTLS=true"], true),
        (&["--feature-gates=RayClusterMTLS=false"], false),
        (
            &[
                "--feature-gates=RayClusterMTLS=false",
                "--feature-gates=RayClusterMTLS=true",
            ],
            true,
        ),
        (
            &["feature-gates=RayClusterMTLS=true"],
            gate.default(Release::V1_7),
        ),
    ] {
        let live = in_cluster_of([operator(image, args)]);
        assert_eq!(live.operator().unwrap().gates.is_on(gate), on, "{args:?}");
    }
}

#[test]
fn the_operator_is_the_one_that_watches_the_namespace() {
    let old = operator("operator:v1.5.1", &["--watch-namespace", "team-a,team-b"]);
    let new = operator("operator:v1.7.0", &["--watch-namespace=team-c"]);
    let release = |operators: Vec<Value>| {
        let live = in_cluster_of(operators);
        (
            live.operator().and_then(|it| it.release),
            live.is_unwatched(),
        )
    };
    assert_eq!(
        release(vec![old.clone(), new.clone()]),
        (Some(Release::V1_5), false)
    );
    assert_eq!(release(vec![new.clone()]), (None, true));
    // Two that are responsible do not agree.
    let everywhere = operator("operator:v1.7.0", &[]);
    assert_eq!(release(vec![old, everywhere.clone()]), (None, false));
    let gate = operator("operator:v1.7.0", &["--feature-gates=RayClusterMTLS=true"]);
    assert_eq!(release(vec![everywhere.clone(), gate]), (None, false));
    let same = release(vec![everywhere.clone(), everywhere]);
    assert_eq!(same, (Some(Release::V1_7), false));
    // The flags are ignored if there is a configuration file.
    let configured = operator(
        "operator:v1.7.0",
        &["--config", "c", "--watch-namespace=team-c"],
    );
    assert_eq!(release(vec![configured]), (Some(Release::V1_7), false));
    assert_eq!(release(vec![]), (None, false));
}

#[test]
fn a_list_of_objects_says_nothing_about_kinds_and_namespaces_that_it_lacks() {
    let cluster = json!({"apiVersion": "ray.io/v1", "kind": "RayCluster",
                         "metadata": {"name": "shared", "namespace": "team-a"}});
    let list = json!({"kind": "List", "items": [cluster]});
    let find = |namespace: &str, resource, name: &str| {
        let live = live(Objects::new([list.clone()], "team-a"), namespace);
        live.find(resource, name).map(|found| found.is_some())
    };
    assert_eq!(find("team-a", Resource::RayCluster, "shared"), Some(true));
    assert_eq!(find("team-a", Resource::RayCluster, "other"), Some(false));
    assert_eq!(find("", Resource::RayCluster, "shared"), Some(true));
    assert_eq!(find("team-b", Resource::RayCluster, "shared"), None);
    assert_eq!(find("team-a", Resource::LocalQueue, "gpu"), None);
}

#[test]
fn lists_among_objects_stand_for_their_items() {
    let item = json!({"kind": "RayCluster"});
    let list = json!({"kind": "RayClusterList", "items": [item, item]});
    // A field of this name does not make a list.
    let other = json!({"kind": "Other", "items": [item, item]});
    for (objects, count) in [(vec![], 0), (vec![list.clone()], 2), (vec![list, other], 3)] {
        let objects = Objects::new(objects, "");
        assert_eq!(objects.len(), count);
        assert_eq!(objects.is_empty(), count == 0);
    }
}

#[test]
fn a_namespace_is_unwatched_only_if_it_and_an_operator_are_known() {
    let watching = || operator("operator:v1.7.0", &["--watch-namespace=team-b"]);
    let unwatched = |namespace| live(Objects::new([watching()], ""), namespace).is_unwatched();
    assert!(unwatched("team-a"));
    assert!(!unwatched("team-b"));
    assert!(!unwatched(""));
    let none = Answers::with(r#"{"items": []}"#);
    assert!(!Live::new(Topics::ALL, Some(none), "team-a").is_unwatched());
}

#[test]
fn a_resource_of_another_group_is_another() {
    let service = json!({"apiVersion": "serving.knative.dev/v1", "kind": "Service",
                         "metadata": {"name": "a", "namespace": "team-a"}});
    let live = live(Objects::new([service], ""), "team-a");
    assert_eq!(live.find(Resource::Service, "a"), None);
}

const JOB: &[u8] = br#"{"apiVersion": "ray.io/v1", "kind": "RayJob",
    "metadata": {"name": "train", "namespace": "team-a",
                 "labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
    "spec": {"clusterSelector": {"ray.io/cluster": "shared"},
             "shutdownAfterJobFinishes": false, "entrypoint": "python train.py"}}"#;

fn with(settings: &str, inventory: &Arc<Answers>) -> Settings {
    let settings = Settings::parse(settings.as_bytes()).unwrap();
    settings.with_inventory(inventory.clone())
}

#[test]
fn without_the_setting_the_host_is_not_asked() {
    let inventory = Answers::with("{}");
    let verdict = judge(JOB, None, &with("{}", &inventory));
    assert_eq!(inventory.count(), 0);
    assert!(verdict.unavailable.is_empty());
}

#[test]
fn each_resource_is_asked_for_once_and_only_on_create() {
    let settings = r#"{"cluster": ["operator", "rayclusters", "queues"]}"#;
    let inventory = Answers::with(r#"{"items": []}"#);
    judge(JOB, None, &with(settings, &inventory));
    assert_eq!(inventory.count(), 3);
    judge(JOB, Some(JOB), &with(settings, &inventory));
    assert_eq!(inventory.count(), 3);
}

#[test]
fn a_host_that_cannot_tell_changes_no_verdict() {
    let before = judge(JOB, None, &Settings::default());
    let all = r#"{"kuberayVersion": "auto",
                  "cluster": ["operator", "rayclusters", "queues", "mounts", "jobs", "services"]}"#;
    let big = format!(r#"{{"items": "{}"}}"#, "x".repeat(3 << 20));
    for text in [
        "",
        "nonsense",
        "[]",
        "null",
        r#"{"items": 7}"#,
        r#"{"items": [7]}"#,
        &big,
    ] {
        let verdict = judge(JOB, None, &with(all, &Answers::with(text)));
        assert_eq!(verdict.message, before.message, "{text:.20}");
        assert_eq!(verdict.warnings, before.warnings, "{text:.20}");
        assert_eq!(
            verdict.unavailable,
            ["operator", "rayclusters", "queues", "jobs"],
            "{text:.20}"
        );
    }
    let silent = judge(JOB, None, &with(all, &Arc::new(Answers::default())));
    assert_eq!(
        silent.unavailable,
        ["operator", "rayclusters", "queues", "jobs"]
    );
}

#[test]
fn auto_judges_by_the_release_of_the_operator() {
    let settings = Settings::parse(br#"{"kuberayVersion": "auto", "cluster": ["operator"]}"#);
    let gate = Gate::RayJobDeletionPolicy;
    let objects = Objects::new([operator("operator:v1.3.2", &[])], "");
    let settings = settings.unwrap().with_inventory(Arc::new(objects));
    let (release, _) = settings.operator(settings.live("team-a").as_ref());
    assert_eq!(release, Release::V1_3);
    let job = json!({"metadata": {"namespace": "team-a"}});
    assert_eq!(settings.resolved(&job).release, Release::V1_3);
    assert!(settings.gates.is_on(gate) && !settings.resolved(&job).gates.is_on(gate));
    let elsewhere = settings.in_namespace("team-b").live("").unwrap();
    assert_eq!(elsewhere.namespace(), "team-b");
    assert!(Topics::ALL.contain(Topic::Services));
}
