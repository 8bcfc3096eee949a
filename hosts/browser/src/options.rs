//! The options of the functions, as `types.ts` declares them. (serde's derive
//! would make the module 12 KB larger.)

use rayjob_policy_core::kuberay::{JobDeploymentStatus, JobStatus};
use rayjob_policy_core::lifecycle::{Action, Event};
use serde_json::{Map, Value};

/// The options for judging a text.
#[derive(Default)]
pub struct Given {
    /// The settings of the policy, as YAML or JSON; blank for the defaults.
    pub settings: String,
    /// The objects of the cluster, as kubectl prints them; blank for none.
    pub cluster: String,
    stored: String,
}

/// The events that happen to a RayJob.
#[derive(Default)]
pub struct SimulationOptions {
    /// How the n-th application ends.
    pub outcomes: Vec<JobStatus>,
    /// Whether the n-th batch Job gives up without submitting.
    pub give_up: Vec<bool>,
    /// Whether workers of SidecarMode become ready only after the application has ended.
    pub late_workers: bool,
    /// What users and the clock do.
    pub events: Vec<Event>,
    /// Skips the controller's own validation.
    pub unchecked: bool,
    /// The settings of the policy, for the feature gates.
    pub settings: String,
}

impl Given {
    /// Reads the options; null stands for none.
    ///
    /// # Errors
    /// If an option is unknown or has another type.
    pub fn of(options: Value) -> Result<Self, String> {
        let mut given = Self::default();
        for (name, value) in fields(options)? {
            match (&*name, value) {
                ("settings", Value::String(text)) => given.settings = text,
                ("stored", Value::String(text)) => given.stored = text,
                ("cluster", Value::String(text)) => given.cluster = text,
                _ => return Err(unexpected(&name)),
            }
        }
        Ok(given)
    }

    /// The stored objects, as manifests.
    pub fn stored(&self) -> Option<&str> {
        Some(self.stored.as_str()).filter(|stored| !stored.is_empty())
    }
}

impl SimulationOptions {
    /// Reads the options; null stands for none.
    ///
    /// # Errors
    /// If an option is unknown or cannot be read.
    pub fn of(options: Value) -> Result<Self, String> {
        let mut read = Self::default();
        for (name, value) in fields(options)? {
            let is_read = match (&*name, value) {
                ("outcomes", value) => all(&value, outcome).map(|them| read.outcomes = them),
                ("giveUp", value) => all(&value, Value::as_bool).map(|them| read.give_up = them),
                ("lateWorkers", value) => value.as_bool().map(|it| read.late_workers = it),
                ("events", value) => all(&value, event).map(|them| read.events = them),
                ("unchecked", value) => value.as_bool().map(|it| read.unchecked = it),
                ("settings", Value::String(text)) => {
                    read.settings = text;
                    Some(())
                }
                _ => None,
            };
            is_read.ok_or_else(|| unexpected(&name))?;
        }
        Ok(read)
    }
}

fn fields(options: Value) -> Result<Map<String, Value>, String> {
    match options {
        Value::Null => Ok(Map::new()),
        Value::Object(fields) => Ok(fields),
        _ => Err("the options are no object".into()),
    }
}

fn unexpected(name: &str) -> String {
    format!("the option {name} is unknown or has an unknown value")
}

fn all<T>(items: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    items.as_array()?.iter().map(read).collect()
}

fn outcome(value: &Value) -> Option<JobStatus> {
    JobStatus::parse(value.as_str()?)
}

fn event(value: &Value) -> Option<Event> {
    Some(Event {
        when: JobDeploymentStatus::parse(value["when"].as_str()?)?,
        nth: value["nth"].as_u64()?.try_into().ok()?,
        action: action(&value["action"])?,
    })
}

fn action(value: &Value) -> Option<Action> {
    let (name, with) = match value {
        Value::String(name) => (name, &Value::Null),
        value => value.as_object()?.iter().next()?,
    };
    Some(match &**name {
        "clearJobId" => Action::ClearJobId,
        "suspend" => Action::Suspend,
        "resume" => Action::Resume,
        "submit" => Action::Submit(with.as_str()?.into()),
        "setMode" => Action::SetMode(with.as_str()?.into()),
        "setBackoffLimit" => Action::SetBackoffLimit(with.as_i64()?.try_into().ok()?),
        "timePasses" => Action::TimePasses(with.as_u64()?.try_into().ok()?),
        _ => return None,
    })
}
