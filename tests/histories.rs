//! Histories of objects: whatever their author, KubeRay, Kueue and others have written before,
//! whenever the policy is switched on and its settings change, no write of a controller is denied.

use std::collections::BTreeSet;
use std::slice;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use rayjob_policy_core::admit::admit_with;
use rayjob_policy_core::crd::{self, Schema};
use rayjob_policy_core::kuberay::JobDeploymentStatus;
use rayjob_policy_core::neighbours::{self, BatchScheduler};
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use serde_json::{Map, Value, json};

/// Objects of authors: the examples of all rules, as objects of each kind.
static OBJECTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let explained = rules::explained().flat_map(|(_, family)| family);
    let examples = explained.flat_map(|(rule, doc)| {
        let examples = doc.bad.iter().chain(doc.good);
        examples.flat_map(|example| example.in_kinds(rule).expect("JSON"))
    });
    examples
        .flat_map(|(object, old)| [Some(object), old])
        .flatten()
        .collect()
});

/// A write, or a change of the policy.
#[derive(Clone, Debug)]
enum Step {
    /// The policy is switched on, or gets other settings.
    Settings(Settings),
    /// The author copies a field of the spec of another object, or removes it.
    Author(Index, Index),
    Controller(Controller),
    Kueue(Kueue),
    /// `kubectl ray job submit` writes the ID of the job that it submits, which KubeRay waits for:
    /// an UPDATE of the whole object, as Go sends it
    /// (`kuberay v1.4.2 kubectl-plugin/pkg/cmd/job/job_submit.go:Run`; later ones create the
    /// RayJob with it).
    Plugin,
}

/// What controllers write that must never be denied.
#[derive(Clone, Debug)]
enum Controller {
    /// KubeRay adds its finalizer or removes it: an UPDATE of the whole object, as Go sends it
    /// (`kuberay v1.6.2 ray-operator/controllers/ray/rayjob_controller.go:Reconcile`,
    /// `raycluster_controller.go:rayClusterReconcile`, `rayservice_controller.go:Reconcile`).
    Finalizer { add: bool },
    /// KubeRay writes the status (`rayjob_controller.go:updateRayJobStatus`).
    Status(JobDeploymentStatus),
    /// The RayJob controller suspends the worker groups of its RayCluster
    /// (`rayjob_controller.go:suspendWorkerGroups`).
    SuspendGroups,
    /// Ray's autoscaler sets `replicas` and `workersToDelete` of a RayCluster.
    Scale(i32),
    /// The garbage collector marks an object that is being deleted or outlives its owner.
    GarbageCollection(&'static str),
    /// A user or a controller deletes the object.
    Delete,
}

/// What Kueue writes.
#[derive(Clone, Debug)]
enum Kueue {
    /// Resumes, with additions to the pod templates.
    Admit,
    /// Suspends, and takes the additions back.
    Preempt,
}

fn any_step() -> impl Strategy<Value = Step> {
    let marks = select(vec!["foregroundDeletion", "orphan", "ownerReferences"]);
    let states = select(JobDeploymentStatus::written().collect::<Vec<_>>());
    let controller = prop_oneof![
        any::<bool>().prop_map(|add| Controller::Finalizer { add }),
        states.prop_map(Controller::Status),
        Just(Controller::SuspendGroups),
        (0..5).prop_map(Controller::Scale),
        marks.prop_map(Controller::GarbageCollection),
        Just(Controller::Delete),
    ];
    prop_oneof![
        2 => any_settings().prop_map(Step::Settings),
        4 => (any::<Index>(), any::<Index>()).prop_map(|(o, f)| Step::Author(o, f)),
        8 => controller.prop_map(Step::Controller),
        2 => prop_oneof![Just(Kueue::Admit), Just(Kueue::Preempt)].prop_map(Step::Kueue),
        2 => Just(Step::Plugin),
    ]
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let levels = select(vec![None, Some(Level::Warn), Some(Level::Deny)]);
    let neighbours = any::<bool>();
    (select(Release::ALL.to_vec()), levels, neighbours).prop_map(|(release, level, neighbours)| {
        let mut settings = Settings::for_release(release);
        if let Some(level) = level {
            settings.set_level("*", level);
        }
        if neighbours {
            settings.neighbours.kueue = Some(neighbours::Kueue::LATEST);
            settings.neighbours.batch_scheduler = Some(BatchScheduler::Volcano);
        }
        settings
    })
}

/// The object that is stored, and the policy in front of it.
struct History {
    /// The release of KubeRay whose CRDs the API server has.
    crds: Release,
    stored: Value,
    policy: Option<Settings>,
}

impl History {
    /// An UPDATE with this object. What is denied is not stored.
    fn update(&mut self, object: Value, sub_resource: &str) -> Option<Verdict> {
        let object = Schema::stored(self.crds, &object);
        let verdict = self.ask("UPDATE", sub_resource, Some(&object));
        if verdict.as_ref().is_none_or(|verdict| verdict.allowed) {
            self.stored = object;
        }
        verdict
    }

    fn ask(&self, operation: &str, sub_resource: &str, object: Option<&Value>) -> Option<Verdict> {
        let settings = self.policy.as_ref()?;
        let question = json!({"request": {
            "uid": "0",
            "kind": {"group": "ray.io", "version": "v1", "kind": self.stored["kind"]},
            "operation": operation,
            "subResource": sub_resource,
            "namespace": "ml",
            "object": object,
            "oldObject": self.stored,
        }});
        Some(admit_with(question.to_string().as_bytes(), settings))
    }

    /// The author's edit, which may be denied, and the API server may refuse.
    fn edit(&mut self, other: Index, field: Index) {
        let kind = &self.stored["kind"];
        let others: Vec<_> = OBJECTS.iter().filter(|o| o["kind"] == *kind).collect();
        let other = &other.get(&others)["spec"];
        let (Some(theirs), Some(ours)) = (other.as_object(), self.stored["spec"].as_object())
        else {
            return;
        };
        let fields: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
        if fields.is_empty() {
            return;
        }
        let field = *field.get(&fields.into_iter().collect::<Vec<_>>());
        let mut object = self.stored.clone();
        object["spec"][field] = other[field].clone();
        if crd::stores(self.crds, &object) {
            self.update(object, "");
        }
    }

    fn control(&mut self, controller: &Controller) -> Option<Verdict> {
        let mut object = self.stored.clone();
        match controller {
            Controller::Finalizer { add } => {
                let finalizer = match object["kind"].as_str() {
                    Some("RayJob") => "ray.io/rayjob-finalizer",
                    Some("RayCluster") => "ray.io/gcs-ft-redis-cleanup-finalizer",
                    Some("RayService") => "ray.io/rayservice-finalizer",
                    _ => return None,
                };
                mark(&mut object, finalizer, *add);
                self.update(as_go_sends(object), "")
            }
            Controller::Status(state) => {
                object["status"] = match object["kind"].as_str() {
                    Some("RayJob") => json!({
                        "jobDeploymentStatus": state.as_str(),
                        "jobId": "train-abcde",
                        "rayClusterName": "train-abcde",
                        "rayClusterStatus": {},
                    }),
                    _ => json!({"state": "ready"}),
                };
                self.update(object, "status")
            }
            Controller::SuspendGroups => {
                own(&mut self.stored)?;
                own(&mut object)?;
                for group in groups(&mut object) {
                    group["suspend"] = true.into();
                }
                self.update(as_go_sends(object), "")
            }
            Controller::Scale(replicas) => {
                if object["kind"] != "RayCluster" {
                    return None;
                }
                for group in groups(&mut object) {
                    group["replicas"] = (*replicas).into();
                    group["scaleStrategy"] = json!({"workersToDelete": ["worker-a"]});
                }
                self.update(object, "")
            }
            Controller::GarbageCollection("ownerReferences") => {
                let metadata = object["metadata"].as_object_mut()?;
                metadata.remove("ownerReferences");
                self.update(object, "")
            }
            Controller::GarbageCollection(finalizer) => {
                // Deletion has set these.
                object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
                mark(&mut object, finalizer, true);
                self.stored = object.clone();
                mark(&mut object, finalizer, false);
                let verdict = self.update(object, "");
                let metadata = self.stored["metadata"].as_object_mut()?;
                metadata.remove("deletionTimestamp");
                verdict
            }
            Controller::Delete => self.ask("DELETE", "", None),
        }
    }

    /// Kueue suspends an object or, if that is suspended and KubeRay has noticed, resumes it
    /// (`kueue v0.19.2 pkg/controller/jobframework/reconciler.go:ReconcileGenericJob`,
    /// `pkg/controller/jobs/rayjob/rayjob_controller.go:RunWithPodSetsInfo`,
    /// `RestorePodSetsInfo`).
    fn queue(&mut self, kueue: &Kueue) -> Option<Verdict> {
        let mut object = self.stored.clone();
        let spec = match object["kind"].as_str() {
            Some("RayJob") if may_queue(&object["spec"]) => "/spec/rayClusterSpec",
            Some("RayCluster") => "/spec",
            _ => return None,
        };
        let state = object["status"]["jobDeploymentStatus"].as_str();
        let is_idle = object["kind"] == "RayCluster" || matches!(state, None | Some("Suspended"));
        let is_suspended = object["spec"]["suspend"] == true;
        let is_next = match kueue {
            Kueue::Admit => is_suspended && is_idle,
            Kueue::Preempt => !is_suspended,
        };
        if !is_next {
            return None;
        }
        object["spec"]["suspend"] = matches!(kueue, Kueue::Preempt).into();
        if let Some(cluster) = object.pointer_mut(spec) {
            for template in pod_templates(cluster) {
                select_nodes(&mut template["spec"], kueue);
            }
        }
        self.update(object, "")
    }

    fn submit(&mut self) -> Option<Verdict> {
        let mut object = self.stored.clone();
        let spec = &mut object["spec"];
        let has_id = spec["jobId"].as_str().is_some_and(|id| !id.is_empty());
        if spec["submissionMode"] != "InteractiveMode" || has_id {
            return None;
        }
        spec["jobId"] = "raysubmit_VpgXjv2hGsMjNhPD".into();
        self.update(as_go_sends(object), "")
    }
}

/// The pod templates of the head and the worker groups.
fn pod_templates(cluster: &mut Value) -> impl Iterator<Item = &mut Value> {
    let fields = cluster.as_object_mut().into_iter().flatten();
    let groups = fields.flat_map(|(field, value)| match (field.as_str(), value) {
        ("headGroupSpec", head) => slice::from_mut(head).iter_mut(),
        ("workerGroupSpecs", Value::Array(workers)) => workers.iter_mut(),
        _ => [].iter_mut(),
    });
    let templates = groups.filter_map(|group| group.get_mut("template"));
    templates.filter(|template| template.is_object())
}

/// Adds the node labels of Kueue's ResourceFlavor to the node selector of a pod, or removes them.
fn select_nodes(pod: &mut Value, kueue: &Kueue) {
    const LABEL: &str = "cloud.google.com/gke-spot";
    match kueue {
        Kueue::Admit => pod["nodeSelector"][LABEL] = "a".into(),
        Kueue::Preempt => {
            if let Some(selector) = pod["nodeSelector"].as_object_mut() {
                selector.remove(LABEL);
            }
        }
    }
}

/// Whether Kueue's webhook accepts the job
/// (`kueue v0.19.2 pkg/controller/jobs/rayjob/rayjob_webhook.go:validateCreate`).
fn may_queue(job: &Value) -> bool {
    job["shutdownAfterJobFinishes"] == true && job["clusterSelector"].is_null()
}

/// Makes a RayCluster one of a RayJob. Without a RayJob there is no such write.
fn own(object: &mut Value) -> Option<()> {
    if object["kind"] != "RayCluster" {
        return None;
    }
    let metadata = object["metadata"].as_object_mut()?;
    metadata.insert(
        "labels".into(),
        json!({"ray.io/originated-from-crd": "RayJob"}),
    );
    let owner = json!({"apiVersion": "ray.io/v1", "kind": "RayJob", "name": "train",
        "controller": true});
    metadata.insert("ownerReferences".into(), json!([owner]));
    Some(())
}

fn groups(cluster: &mut Value) -> impl Iterator<Item = &mut Value> {
    let groups = cluster["spec"]["workerGroupSpecs"].as_array_mut();
    groups.into_iter().flatten()
}

fn mark(object: &mut Value, finalizer: &str, add: bool) {
    let metadata = &mut object["metadata"];
    let mut all: Vec<Value> = metadata["finalizers"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    all.retain(|known| known != finalizer);
    if add {
        all.push(finalizer.into());
    }
    metadata["finalizers"] = all.into();
}

/// Fields whose zero value a client in Go leaves out, because their type is no pointer.
const ZERO: [&str; 7] = [
    "hostNetwork",
    "numOfHosts",
    "shutdownAfterJobFinishes",
    "submissionMode",
    "suspend",
    "ttlSecondsAfterFinished",
    "value",
];

/// The object as the types of a client in Go keep it.
fn as_go_sends(mut object: Value) -> Value {
    retype(&mut object);
    object
}

fn retype(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["limits", "requests"] {
                if let Some(Value::Object(amounts)) = fields.get_mut(name) {
                    amounts.values_mut().for_each(rewrite);
                }
            }
            fields.retain(|name, value| {
                let is_zero = match value {
                    Value::Null => true,
                    Value::Bool(is) => !*is,
                    Value::Number(number) => number.as_i64() == Some(0),
                    Value::String(text) => text.is_empty(),
                    Value::Array(items) => return !items.is_empty(),
                    Value::Object(_) => false,
                };
                !is_zero || !(value.is_null() || ZERO.contains(&name.as_str()))
            });
            if let Some(Value::Object(template)) = fields.get_mut("template") {
                let metadata = template
                    .entry("metadata")
                    .or_insert_with(|| Map::new().into());
                metadata["creationTimestamp"] = Value::Null;
            }
            fields.values_mut().for_each(retype);
        }
        Value::Array(items) => items.iter_mut().for_each(retype),
        _ => {}
    }
}

/// Writes a quantity as Kubernetes does.
fn rewrite(amount: &mut Value) {
    let text = match amount {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return,
    };
    let number = |end: &str| text.strip_suffix(end)?.parse::<i64>().ok();
    let other = match (number("m"), number("Mi"), &*text) {
        (Some(milli), _, _) if milli % 1000 == 0 => (milli / 1000).to_string(),
        (_, Some(mebi), _) if mebi % 1024 == 0 => format!("{}Gi", mebi / 1024),
        (_, _, "0.5") => "500m".into(),
        (_, _, "1.5Gi") => "1536Mi".into(),
        _ => text.clone(),
    };
    *amount = other.into();
}

/// The one rule that denies a write of Kueue, for the reason in docs/writers.md.
const DENIES_KUEUE: &str = "trap-suspend-with-deletion-rules";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_write_of_a_controller_is_denied(
        object in select(&OBJECTS[..]),
        crds in select(Release::ALL.to_vec()),
        steps in prop::collection::vec(any_step(), 1..24),
    ) {
        if !crd::stores(crds, &object) {
            return Ok(());
        }
        let stored = Schema::stored(crds, &object);
        let mut history = History { crds, stored, policy: None };
        for step in steps {
            let before = history.stored.clone();
            match &step {
                Step::Settings(settings) => history.policy = Some(settings.clone()),
                Step::Author(other, field) => history.edit(*other, *field),
                Step::Controller(controller) => {
                    let verdict = history.control(controller);
                    let message = verdict.and_then(|verdict| verdict.message);
                    prop_assert_eq!(message, None, "{:?}: {}", step, before);
                }
                Step::Kueue(kueue) => {
                    let denies = denies_by_default(history.queue(kueue));
                    let unexpected = denies.iter().find(|id| **id != DENIES_KUEUE);
                    prop_assert_eq!(unexpected, None, "{:?}: {}", step, before);
                }
                Step::Plugin => {
                    let denies = denies_by_default(history.submit());
                    prop_assert_eq!(denies, Vec::<&str>::new(), "{}", before);
                }
            }
        }
    }
}

/// The rules that deny, except those that settings raise to that level, which are a choice.
fn denies_by_default(verdict: Option<Verdict>) -> Vec<&'static str> {
    let denied = verdict.filter(|verdict| !verdict.allowed);
    let findings = denied.iter().flat_map(|verdict| &verdict.findings);
    let denials = findings.filter(|graded| graded.level == Level::Deny);
    let rules = denials.map(|graded| graded.finding.rule);
    rules
        .filter(|rule| rule.level == Level::Deny)
        .map(|rule| rule.id)
        .collect()
}
