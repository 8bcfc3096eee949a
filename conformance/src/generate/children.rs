//! Objects that crowd around the edges of what Kubernetes accepts of their children.
//!
//! An object is a recorded one in which some fields are changed: set to what another recorded
//! object has there or to a value from a table, taken away, or pushed over an edge. Examples of
//! the rules about children are merged into some.

use anyhow::Result;
use rayjob_policy_conformance::children::recorded;
use rayjob_policy_core::example::moved;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::Origin;
use serde_json::{Value, json};

use super::Fresh;
use super::catalogue::Catalogue;
use super::dice::Dice;
use super::mutate;
use super::place::Place;

/// An endless row of objects, the same for the same seed and release.
pub struct Children {
    dice: Dice,
    catalogue: Catalogue,
    /// Recorded objects about one condition, by kind.
    seeds: Vec<(Kind, Vec<Fresh>)>,
}

impl Children {
    /// Objects for a release, all of one kind if one is given.
    ///
    /// # Errors
    /// If the recorded objects cannot be read, or an example is not JSON.
    pub fn new(seed: u64, release: Release, only: Option<Kind>) -> Result<Self> {
        let has_kind = |kind: &Kind| {
            only.is_none_or(|only| only == *kind)
                && (*kind != Kind::RayCronJob || Gate::RayCronJob.since() <= release)
        };
        let kinds = Kind::ALL.into_iter().filter(has_kind);
        let mut seeds: Vec<_> = kinds.map(|kind| (kind, Vec::new())).collect();
        for case in recorded()? {
            let case = case?;
            if case.about.len() != 1 {
                continue;
            }
            let from = case.object["kind"].as_str().and_then(Kind::named);
            for (kind, seeds) in &mut seeds {
                // RayClusters and RayServices are recorded RayJobs without their jobs.
                let object = match from {
                    Some(from) if from == *kind => case.object.clone(),
                    Some(Kind::RayJob) if !kind.has_job() => {
                        let mut object = moved(case.object.clone(), Kind::RayJob, *kind);
                        object["kind"] = kind.as_str().into();
                        object
                    }
                    _ => continue,
                };
                seeds.push(Fresh {
                    object,
                    gates: case.gates.clone(),
                });
            }
        }
        Ok(Self {
            dice: Dice::new(seed ^ (release as u64) << 32),
            catalogue: Catalogue::new()?,
            seeds,
        })
    }
}

impl Iterator for Children {
    type Item = Fresh;

    fn next(&mut self) -> Option<Fresh> {
        let Self {
            dice,
            catalogue,
            seeds,
        } = self;
        let kind = match dice.one_in(3) {
            true => dice.below(seeds.len()),
            false => 0,
        };
        let (kind, seeds) = seeds.get(kind)?;
        let mut fresh = dice.choose(seeds)?.clone();
        let object = &mut fresh.object;
        if dice.one_in(4) {
            let is_about_pods = |rule: Origin| rule == Origin::Kubernetes;
            let pieces = catalogue.pieces().iter();
            let pieces: Vec<_> = pieces.filter(|p| is_about_pods(p.rule.origin)).collect();
            dice.choose(&pieces)?.merge_into(dice, *kind, object);
        }
        for _ in 0..=dice.below(3) {
            let donor = match dice.one_in(2) {
                true => dice.choose(seeds)?.object.clone(),
                false => object.clone(),
            };
            let places: Vec<_> = Place::all(&donor)
                .into_iter()
                .filter(|(place, _)| place.upwards().count() > 3)
                .collect();
            let Some((place, value)) = dice.choose(&places) else {
                continue;
            };
            match dice.below(3) {
                0 => place.set(dice, object, (*value).clone()),
                1 if !value.is_object() && !value.is_array() => {
                    let value = beside(dice, place, value);
                    place.set(dice, object, value);
                }
                _ => mutate::change(dice, object, place, std::slice::from_ref(value)),
            }
        }
        Some(fresh)
    }
}

const NAMES: &[&str] = &[
    "",
    "a",
    "a_b",
    "A",
    "a.b",
    "a--b",
    "-a",
    "a-",
    "0",
    "1a",
    "a/b",
    "metrics",
    "dashboard",
    "serve",
    "serve-grpc",
    "client",
    "autoscaler",
    "wait-gcs-ready",
    "ray-job-submitter",
    "ray-worker",
    "shared-mem",
    "ray-logs",
    "a-name-of-16-byte",
    "a-name-of-15-by",
    "é",
];

const PORTS: &[i64] = &[
    -1, 0, 1, 80, 443, 6379, 8000, 8080, 8265, 10001, 30080, 65535, 65536, 52365,
];

const QUANTITIES: &[&str] = &[
    "0", "1", "2", "500m", "1500m", "0.5", "-1", "1Ki", "1Gi", "4Mi", "3Mi", "1e3", "100Gi", "1m",
    "0.0001", "1E", "+1", "1.0",
];

const PATHS: &[&str] = &[
    "", "/", "/x", "/x/", "x", "..", "../x", "a/..", "..a", "a:b", "/x/../y", "/dev/shm",
    "/tmp/ray", "$(A)",
];

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "", " ", "x", "X", "a b", "a/b", "a=b", "é", "1", "0", "None", "none", "Always", "always", "Never", "OnFailure",
    "IfNotPresent", "TCP", "tcp", "UDP", "SCTP", "HTTP", "HTTPS", "Exists", "Equal", "In", "NotIn", "DoesNotExist", "Gt", "Lt",
    "NoSchedule", "NoExecute", "PreferNoSchedule", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "Local", "Cluster",
    "Default", "ClusterFirst", "ClusterFirstWithHostNet", "Unconfined", "RuntimeDefault", "Localhost", "linux", "windows",
    "Memory", "HugePages", "Directory", "ReadWriteOnce", "Block", "Filesystem", "Socket", "File", "FallbackToLogsOnError",
    "metadata.name", "metadata.labels['a']", "status.podIP", "spec.nodeName", "limits.cpu", "requests.memory",
    "nvidia.com/gpu", "example.com/a", "10.0.0.1", "::1", "1.2.3", "kernel.shm_rmid_forced",
];

const NUMBERS: &[i64] = &[
    -1,
    0,
    1,
    2,
    3,
    99,
    100,
    101,
    255,
    256,
    511,
    512,
    599,
    600,
    755,
    1000,
    65535,
    65536,
    2_147_483_647,
];

/// A value from the table for a place that has this value.
fn beside(dice: &Dice, place: &Place, value: &Value) -> Value {
    let mut names = place.upwards().filter(|name| *name != "#");
    let (name, parent) = (
        names.next().unwrap_or_default(),
        names.next().unwrap_or_default(),
    );
    let text = |table: &[&str]| Value::from(dice.of(table));
    let number = |table: &[i64]| json!(dice.choose(table));
    match (name, parent) {
        ("groupName" | "hostname" | "serviceAccountName" | "priorityClassName", _) => text(NAMES),
        ("name", _) => text(NAMES),
        ("containerPort" | "hostPort" | "nodePort" | "port" | "targetPort", _) => number(PORTS),
        (_, "limits" | "requests" | "overhead") | ("sizeLimit" | "storage" | "divisor", _) => {
            text(QUANTITIES)
        }
        ("mountPath" | "path" | "subPath" | "subPathExpr", _) => text(PATHS),
        _ => match value {
            Value::Number(_) => number(NUMBERS),
            Value::Bool(value) => (!value).into(),
            _ => text(WORDS),
        },
    }
}
