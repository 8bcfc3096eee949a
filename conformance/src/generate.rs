//! Makes objects that crowd around the edges of the rules.
//!
//! An object is an ordinary one with up to four examples of the catalogue's
//! guides merged into it, good and bad ones, and then some of its fields
//! changed: taken away, emptied, set to what another example has there, or
//! pushed over an edge. So a new rule is crowded as soon as it has examples.
//! The texts that rules parse come from `grammar`.

mod catalogue;
mod children;
mod dice;
mod grammar;
mod mutate;
mod place;

use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::{Gate, Release};
use serde_json::{Map, Value, json};

use catalogue::Catalogue;
pub use children::Children;
pub use dice::Dice;
use place::Place;

/// An object and the feature gates of the operator that is asked about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    /// The object as a user would write it.
    pub object: Value,
    /// Gates that are not at the release's defaults.
    pub gates: Map<String, Value>,
}

/// An endless row of objects, the same for the same seed and release.
pub struct Generator {
    dice: Dice,
    release: Release,
    kinds: Vec<Kind>,
    catalogue: Catalogue,
}

impl Generator {
    /// Objects of any kind that are about the rules of a release: two RayJobs for each
    /// other.
    ///
    /// # Errors
    /// If an example of the catalogue is not JSON.
    pub fn new(seed: u64, release: Release) -> serde_json::Result<Self> {
        let all = Kind::ALL.into_iter().chain([Kind::RayJob]);
        Self::of_kinds(seed, release, all.collect())
    }

    /// Objects of these kinds that are about the rules of a release; none of a kind that the
    /// release does not have.
    ///
    /// # Errors
    /// If an example of the catalogue is not JSON.
    pub fn of_kinds(seed: u64, release: Release, mut kinds: Vec<Kind>) -> serde_json::Result<Self> {
        kinds.retain(|kind| *kind != Kind::RayCronJob || Gate::RayCronJob.since() <= release);
        Ok(Self {
            dice: Dice::new(seed ^ (release as u64) << 32),
            release,
            kinds,
            catalogue: Catalogue::new()?,
        })
    }
}

impl Iterator for Generator {
    type Item = Fresh;

    fn next(&mut self) -> Option<Fresh> {
        let Self {
            dice,
            release,
            kinds,
            catalogue,
        } = self;
        let kind = *dice.choose(kinds)?;
        let mut object = catalogue.ordinary(kind).clone();
        let mut gates = Map::new();
        let mut touched = Vec::new();

        // Alone, a grammar is not hidden behind another rule.
        let texts = if dice.one_in(3) { 1 + dice.below(2) } else { 0 };
        let most = if texts > 0 { 2 } else { 5 };
        for _ in 0..dice.below(most) {
            let Some(piece) = catalogue.piece(dice, kind, *release) else {
                continue;
            };
            piece.merge_into(dice, kind, &mut object);
            touched.extend(piece.places(kind));
            for &(gate, on) in &piece.gates {
                gates.insert(gate.name().into(), on.into());
            }
        }
        for _ in 0..texts {
            write_text(dice, kind, &mut object);
        }
        let changes = if texts > 0 {
            dice.below(2)
        } else {
            dice.below(4)
        };
        for _ in 0..changes {
            let anywhere = touched.is_empty() || dice.one_in(3);
            let place = match anywhere {
                true => catalogue.place(dice, kind),
                false => dice.choose(&touched),
            };
            if let Some(place) = place {
                mutate::change(dice, &mut object, place, catalogue.values(kind, place));
            }
        }
        while dice.one_in(8) {
            gates.insert(
                dice.choose(&Gate::ALL)?.name().into(),
                (!dice.one_in(3)).into(),
            );
        }
        object["kind"] = kind.as_str().into();
        if kind == Kind::RayCluster
            && let Some(metadata) = object["metadata"].as_object_mut()
        {
            // One that KubeRay has made passes, whatever is in it.
            metadata.remove("ownerReferences");
        }
        if !object["apiVersion"].is_string() {
            // Nobody could tell what it is.
            object["apiVersion"] = catalogue.ordinary(kind)["apiVersion"].clone();
        }
        Some(Fresh { object, gates })
    }
}

/// Puts a text that some rule parses where that rule reads it.
fn write_text(dice: &Dice, kind: Kind, object: &mut Value) {
    let cluster = |path: &str| Place::parse(&format!("{}.{path}", kind.cluster_path()));
    let job = |field: &str| Place::parse(&format!("{}.{field}", kind.job_path()));
    let mut put = |place: Place, value: Value| place.set(dice, object, value);
    let choice = match kind {
        Kind::RayJob => dice.below(11),
        Kind::RayCronJob => dice.below(18),
        Kind::RayCluster => 4 + dice.below(7),
        Kind::RayService => 3 + dice.below(8),
    };
    match choice {
        3 if kind == Kind::RayService => {
            let timeout = match dice.one_in(3) {
                true => dice
                    .of(&["", "0", "-1", "+0", "600", "1.5", "9223372036854775808"])
                    .into(),
                false => grammar::go_duration(dice),
            };
            put(
                Place::parse("metadata.annotations"),
                json!({"ray.io/initializing-timeout": timeout}),
            );
        }
        0..4 => put(job("runtimeEnvYAML"), grammar::runtime_env(dice).into()),
        4 | 5 => {
            let asks = dice.one_in(2);
            let version = grammar::ray_version(dice);
            put(cluster("rayVersion"), version.into());
            match asks {
                true => put(cluster("authOptions"), json!({"mode": "token"})),
                false => {
                    put(cluster("autoscalerOptions"), json!({"version": "v2"}));
                    put(cluster("workerGroupSpecs.#.priority"), 1.into());
                }
            }
        }
        6 | 7 => {
            let group = dice.of(&["headGroupSpec.labels", "workerGroupSpecs.#.labels"]);
            let labels: Map<_, _> = (0..=dice.below(2))
                .map(|_| {
                    let value = match dice.one_in(2) {
                        true => grammar::label_value(dice),
                        false => "x".into(),
                    };
                    (grammar::label_key(dice), value.into())
                })
                .collect();
            put(cluster(group), labels.into());
        }
        8 => {
            put(Place::parse("metadata.name"), Value::Null);
            let name = grammar::name(dice);
            put(Place::parse("metadata.generateName"), name.into());
        }
        9 | 10 => {
            let name = grammar::name(dice);
            put(Place::parse("metadata.name"), name.into());
        }
        11 => {
            let zone = grammar::time_zone(dice);
            put(Place::parse("spec.timeZone"), zone.into());
        }
        _ => {
            let schedule = grammar::schedule(dice);
            put(Place::parse("spec.schedule"), schedule.into());
        }
    }
}

#[cfg(test)]
mod safe_fixes;
#[cfg(test)]
mod tests;
