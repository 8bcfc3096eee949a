//! Example objects of rules.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::admit;
use crate::kind::Kind;
use crate::live::Objects;
use crate::neighbours::{BatchScheduler, Kueue, Neighbour, Neighbours};
use crate::release::{Gate, Release};
use crate::rule::{Level, Rule};
use crate::set::{self, Member};
use crate::settings::Settings;
use crate::verdict::{Graded, Verdict};

/// The namespace of an example that names none.
const NAMESPACE: &str = "default";

/// An example object of a rule, as a JSON merge patch (RFC 7386) of an ordinary object of
/// its kind: a RayJob, unless the rule is about another.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The patch.
    pub patch: &'static str,
    /// For an UPDATE: the patch that produces the stored object.
    pub stored: Option<&'static str>,
    /// An object that is applied together with it, as JSON.
    pub beside: Option<&'static str>,
    /// What the cluster has, as a JSON list of objects.
    pub live: Option<&'static str>,
    /// The kind of the object.
    pub kind: Kind,
    /// The release that judges it; `None` is the newest one that has the rule.
    pub release: Option<Release>,
    /// Gates that differ from their defaults, besides the rule's own.
    pub gates: &'static [(Gate, bool)],
    /// The neighbours of the operator that the settings name; by default, those that the rule
    /// needs.
    pub neighbours: Neighbours,
}

impl Example {
    /// A RayJob that is created.
    pub const fn job(patch: &'static str) -> Self {
        Self {
            patch,
            stored: None,
            beside: None,
            live: None,
            kind: Kind::RayJob,
            release: None,
            gates: &[],
            neighbours: Neighbours {
                kueue: None,
                batch_scheduler: None,
            },
        }
    }

    /// A RayCronJob that is created.
    pub const fn cron(patch: &'static str) -> Self {
        Self {
            kind: Kind::RayCronJob,
            ..Self::job(patch)
        }
    }

    /// A RayCluster that is created.
    pub const fn cluster(patch: &'static str) -> Self {
        Self {
            kind: Kind::RayCluster,
            ..Self::job(patch)
        }
    }

    /// A RayService that is created.
    pub const fn service(patch: &'static str) -> Self {
        Self {
            kind: Kind::RayService,
            ..Self::job(patch)
        }
    }

    /// Makes the object replace a stored one.
    #[must_use]
    pub const fn stored(mut self, patch: &'static str) -> Self {
        self.stored = Some(patch);
        self
    }

    /// Applies another object together with it.
    #[must_use]
    pub const fn beside(mut self, object: &'static str) -> Self {
        self.beside = Some(object);
        self
    }

    /// Creates the object in a cluster that has these objects, a JSON list.
    #[must_use]
    pub const fn live(mut self, objects: &'static str) -> Self {
        self.live = Some(objects);
        self
    }

    /// Judges the object for this release.
    #[must_use]
    pub const fn on(mut self, release: Release) -> Self {
        self.release = Some(release);
        self
    }

    /// Sets these gates of the operator.
    #[must_use]
    pub const fn gates(mut self, gates: &'static [(Gate, bool)]) -> Self {
        self.gates = gates;
        self
    }

    /// Judges the object beside this release of Kueue.
    #[must_use]
    pub const fn with_kueue(mut self, kueue: Kueue) -> Self {
        self.neighbours.kueue = Some(kueue);
        self
    }

    /// Judges the object for an operator with this batch scheduler.
    #[must_use]
    pub const fn with_batch_scheduler(mut self, scheduler: BatchScheduler) -> Self {
        self.neighbours.batch_scheduler = Some(scheduler);
        self
    }

    /// Returns the neighbours of the operator as an example of this rule.
    pub fn neighbours(&self, rule: &Rule) -> Neighbours {
        let needed = rule.neighbour.map(Neighbour::neighbours);
        let needed = needed.unwrap_or_default();
        let Neighbours {
            kueue,
            batch_scheduler,
        } = self.neighbours;
        Neighbours {
            kueue: kueue.or(needed.kueue),
            batch_scheduler: batch_scheduler.or(needed.batch_scheduler),
        }
    }

    /// Returns the release that judges it as an example of this rule.
    pub fn release(&self, rule: &Rule) -> Release {
        let newest = rule.releases.iter().last();
        self.release.or(newest).unwrap_or(Release::LATEST)
    }

    /// Returns the settings with which it is an example of this rule: the rule is on.
    pub fn settings(&self, rule: &Rule) -> Settings {
        let mut settings = self.settings_on(self.release(rule), rule);
        settings.set_level(rule.id, rule.level.max(Level::Warn));
        if let Some(topic) = rule.asks {
            settings.topics.add(topic);
        }
        let objects = self.objects_in_cluster().unwrap_or_default();
        settings.with_inventory(Arc::new(Objects::new(objects, NAMESPACE)))
    }

    /// Returns the objects that the cluster has.
    ///
    /// # Errors
    /// If they are not a JSON list.
    pub fn objects_in_cluster(&self) -> serde_json::Result<Vec<Value>> {
        self.live.map_or(Ok(Vec::new()), serde_json::from_str)
    }

    /// Returns the settings of a release with the gates of an example of this rule.
    pub fn settings_on(&self, release: Release, rule: &Rule) -> Settings {
        let mut settings = Settings::for_release(release);
        settings.neighbours = self.neighbours(rule);
        for &(gate, on) in rule.gate.iter().chain(self.gates) {
            settings.gates.set(release, gate, on);
        }
        settings
    }

    /// Returns the same settings as an administrator writes them, without the defaults.
    pub fn written_settings(&self, rule: &Rule) -> Map<String, Value> {
        let release = self.release(rule);
        let mut settings = Map::new();
        if release != Release::LATEST {
            settings.insert("kuberayVersion".into(), release.as_str().into());
        }
        let gates = rule.gate.iter().chain(self.gates);
        // A gate that is off is always written, because some rules require it explicitly.
        let gates = gates.filter(|&&(gate, on)| !on || !gate.default(release));
        let gates: Map<_, _> = gates
            .map(|&(gate, on)| (gate.name().to_owned(), on.into()))
            .collect();
        if !gates.is_empty() {
            settings.insert("featureGates".into(), gates.into());
        }
        if let Some(topic) = rule.asks {
            settings.insert("cluster".into(), json!([topic.as_str()]));
        }
        let Neighbours {
            kueue,
            batch_scheduler,
        } = self.neighbours(rule);
        if let Some(kueue) = kueue {
            settings.insert("kueue".into(), kueue.as_str().into());
        }
        if let Some(scheduler) = batch_scheduler {
            settings.insert("batchScheduler".into(), scheduler.as_str().into());
        }
        if rule.level == Level::Off {
            settings.insert("rules".into(), json!({rule.id: "warn"}));
        }
        settings
    }

    /// Judges it as an example of this rule.
    ///
    /// # Errors
    /// If the patch is not JSON.
    pub fn judge(&self, rule: &Rule) -> serde_json::Result<Verdict> {
        let (object, stored) = (self.object()?, self.stored_object()?);
        let beside = self.object_beside()?;
        let set = beside.and_then(|beside| Member::of(&beside, "", "other.yaml:1"));
        let set = set.as_slice();
        Ok(judge_in(
            set,
            rule,
            &object,
            stored.as_ref(),
            &self.settings(rule),
        ))
    }

    /// Returns the complete object.
    ///
    /// # Errors
    /// If the patch is not JSON.
    pub fn object(&self) -> serde_json::Result<Value> {
        patched(self.kind, self.patch)
    }

    /// Returns the complete object that it replaces.
    ///
    /// # Errors
    /// If the patch is not JSON.
    pub fn stored_object(&self) -> serde_json::Result<Option<Value>> {
        self.stored
            .map(|patch| patched(self.kind, patch))
            .transpose()
    }

    /// Returns the complete object of the example and, if the rule applies to these kinds, a
    /// RayCluster and a RayService with the same spec of a RayCluster. Each comes with the
    /// object that it replaces.
    ///
    /// # Errors
    /// If a patch is not JSON.
    pub fn in_kinds(&self, rule: &Rule) -> serde_json::Result<Vec<(Value, Option<Value>)>> {
        let mut objects = vec![(self.object()?, self.stored_object()?)];
        for kind in [Kind::RayCluster, Kind::RayService] {
            let of = |patch: &str| {
                let patch = moved(serde_json::from_str(patch)?, self.kind, kind);
                patched(kind, &patch.to_string())
            };
            if kind != self.kind && rule.kinds.contain(kind) {
                objects.push((of(self.patch)?, self.stored.map(of).transpose()?));
            }
        }
        Ok(objects)
    }

    /// Returns the object that is applied together with it.
    ///
    /// # Errors
    /// If it is not JSON.
    pub fn object_beside(&self) -> serde_json::Result<Option<Value>> {
        self.beside.map(serde_json::from_str).transpose()
    }
}

/// Judges an object by itself, which replaces a stored one if there is one, as a host of the rule
/// does: one that reads files for a rule about files, and then only by such rules.
pub fn judge(rule: &Rule, object: &Value, stored: Option<&Value>, settings: &Settings) -> Verdict {
    judge_in(&[], rule, object, stored, settings)
}

/// Does so for an object of a set.
fn judge_in(
    set: &[Member],
    rule: &Rule,
    object: &Value,
    stored: Option<&Value>,
    settings: &Settings,
) -> Verdict {
    if !rule.is_about_files() {
        let stored = stored.map(Value::to_string);
        let stored = stored.as_deref().map(str::as_bytes);
        return admit::judge(object.to_string().as_bytes(), stored, settings);
    }
    let mut verdict = set::judge(object, stored, ("", set), settings);
    let is_of_files = |graded: &Graded| graded.finding.rule.is_about_files();
    verdict.findings.retain(is_of_files);
    verdict
}

const ORDINARY_JOB: &str = r#"{"apiVersion": "ray.io/v1", "kind": "RayJob",
                               "metadata": {"name": "train"},
                               "spec": {"entrypoint": "python train.py",
                                 "rayClusterSpec": {"rayVersion": "2.52.0",
                                   "headGroupSpec": {"rayStartParams": {},
                                     "template": {"spec": {"containers": [
                                       {"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}},
                                   "workerGroupSpecs": [{"groupName": "workers", "replicas": 1,
                                     "minReplicas": 1, "maxReplicas": 1, "rayStartParams": {},
                                     "template": {"spec": {"containers": [
                                       {"name": "ray-worker",
                                       "image": "rayproject/ray:2.52.0"}]}}}]}}}"#;

/// Returns a complete ordinary object of a kind with a JSON merge patch (RFC 7386)
/// applied.
///
/// # Errors
/// If the patch is not JSON.
pub fn patched(kind: Kind, patch: &str) -> serde_json::Result<Value> {
    let job: Value = serde_json::from_str(ORDINARY_JOB)?;
    let own = match kind {
        Kind::RayJob => json!({}),
        Kind::RayCronJob => json!({
            "metadata": {"name": "nightly"},
            "spec": {"schedule": "0 3 * * *", "jobTemplate": {"shutdownAfterJobFinishes": true}},
        }),
        Kind::RayCluster => json!({"metadata": {"name": "shared"}}),
        Kind::RayService => json!({
            "metadata": {"name": "llm"},
            "spec": {"serveConfigV2": "applications:\n- name: chat\n  import_path: chat:app\n"},
        }),
    };
    let mut object = moved(job, Kind::RayJob, kind);
    merge(&mut object, json!({"kind": kind.as_str()}));
    merge(&mut object, own);
    merge(&mut object, serde_json::from_str(patch)?);
    Ok(object)
}

/// Returns an object of one kind, or a part of it, as one of another kind. What that has
/// no place for is lost: the schedule of a RayCronJob in a RayJob, the job in a RayCluster.
pub fn moved(mut object: Value, from: Kind, to: Kind) -> Value {
    let spec = object.get_mut("spec").filter(|_| from != to);
    let Some(spec) = spec.map(Value::take) else {
        return object;
    };
    let part = |mut of: Value, field: &str| of.get_mut(field).map(Value::take);
    let cluster = |cluster: Value| json!({"rayClusterSpec": cluster});
    let job = match from {
        Kind::RayJob => Some(spec),
        Kind::RayCronJob => part(spec, "jobTemplate"),
        Kind::RayCluster => Some(cluster(spec)),
        Kind::RayService => part(spec, "rayClusterConfig").map(cluster),
    };
    let spec = match to {
        Kind::RayJob => job,
        Kind::RayCronJob => job.map(|job| json!({"jobTemplate": job})),
        Kind::RayCluster => job.and_then(|job| part(job, "rayClusterSpec")),
        Kind::RayService => job
            .and_then(|job| part(job, "rayClusterSpec"))
            .map(|cluster| json!({"rayClusterConfig": cluster})),
    };
    if let Some(fields) = object.as_object_mut() {
        match spec {
            Some(spec) => fields.insert("spec".into(), spec),
            None => fields.remove("spec"),
        };
    }
    object
}

/// Applies a JSON merge patch (RFC 7386).
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}
