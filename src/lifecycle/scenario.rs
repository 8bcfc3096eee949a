//! A RayJob, and what happens to it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::json::{self, ReadError};
use crate::rayjob::RayJob;
use crate::release::{Gates, Release};

use super::plan::Plan;
use crate::kuberay::{JobDeploymentStatus, JobStatus};

/// A RayJob, its operator, and what happens to it.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(super) object: Value,
    pub(super) plan: Plan,
    /// The operator's release.
    pub release: Release,
    /// The operator's feature gates.
    pub gates: Gates,
    /// How the n-th application that actually starts ends;
    /// [`JobStatus::Running`], and applications not listed, do not end.
    pub outcomes: Vec<JobStatus>,
    /// Whether the n-th submitter Job gives up without submitting; Jobs not listed
    /// submit.
    pub give_up: Vec<bool>,
    /// Whether the workers of a job in SidecarMode become ready only after the
    /// application has ended, which runs in the head pod meanwhile.
    pub late_workers: bool,
    /// What users and the clock do.
    pub events: Vec<Event>,
}

/// What a user or the clock does once nothing changes any more. The first pending
/// event whose condition is met happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The state in which it happens.
    pub when: JobDeploymentStatus,
    /// It happens when that state is entered for the n-th time or later.
    pub nth: usize,
    /// What happens.
    pub action: Action,
}

/// What a user or the clock does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Submits an application under this ID, and writes the ID into
    /// `spec.jobId`.
    Submit(String),
    /// Removes `spec.jobId`.
    ClearJobId,
    /// Sets `spec.suspend`.
    Suspend,
    /// Clears `spec.suspend`.
    Resume,
    /// Sets `spec.submissionMode`.
    SetMode(String),
    /// Sets `spec.backoffLimit`.
    SetBackoffLimit(i32),
    /// This many seconds pass.
    TimePasses(u32),
}

impl Scenario {
    /// A RayJob to which nothing happens: applications run forever, submitters
    /// submit, workers become ready at once, users do nothing, and the
    /// feature gates have their defaults.
    ///
    /// # Errors
    /// The first field that could not be read.
    pub fn new(object: Value, release: Release) -> Result<Self, ReadError> {
        json::read::<RayJob<'_>>(object.to_string().as_bytes())?;
        Ok(Self {
            plan: Plan::read(&object)?,
            object,
            release,
            gates: Gates::default_of(release),
            outcomes: Vec::new(),
            give_up: Vec::new(),
            late_workers: false,
            events: Vec::new(),
        })
    }

    /// Makes the first 20 applications end like this, and a user submit once when
    /// the RayJob waits for it.
    #[must_use]
    pub fn all_end(self, outcome: JobStatus) -> Self {
        Self {
            outcomes: vec![outcome; 20],
            events: vec![Event {
                when: JobDeploymentStatus::Waiting,
                nth: 1,
                action: Action::Submit("raysubmit-1".into()),
            }],
            ..self
        }
    }
}

impl Action {
    /// The change of the RayJob's spec: a field and its new value.
    pub(super) fn edit(&self) -> Option<(&'static str, Value)> {
        Some(match self {
            Self::Submit(id) => ("jobId", id.as_str().into()),
            Self::ClearJobId => ("jobId", "".into()),
            Self::Suspend => ("suspend", true.into()),
            Self::Resume => ("suspend", false.into()),
            Self::SetMode(mode) => ("submissionMode", mode.as_str().into()),
            Self::SetBackoffLimit(limit) => ("backoffLimit", (*limit).into()),
            Self::TimePasses(_) => return None,
        })
    }
}

/// Sets a field in a part of an object, which is created if absent.
pub(super) fn set(object: &mut Value, part: &'static str, field: &'static str, value: Value) {
    let Value::Object(object) = object else {
        return;
    };
    let part = object.entry(part).or_insert(Value::Null);
    if part.is_null() {
        *part = Value::Object(Map::new());
    }
    if let Value::Object(part) = part {
        part.insert(field.to_owned(), value);
    }
}
