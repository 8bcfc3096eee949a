//! How KubeRay submits a job's entrypoint: by whom, and what each program that reads it on its
//! way to the head makes of it.

use crate::context::Object;
use crate::job::Job;
use crate::json::{self, ReadError};
use crate::kind::Kind;
use crate::kuberay::SubmissionMode;
use crate::release::Release;
use crate::syntax::ray_version::RayVersion;
use crate::syntax::shell::entrypoint::Submission;
use crate::syntax::shell::join::Join;
use crate::syntax::shell::steps::{self, Step};

/// The variables that KubeRay gives to the container that submits.
///
/// Source: `kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go`
pub const SUBMITTER_VARIABLES: [&str; 3] = [
    "PYTHONUNBUFFERED",
    "RAY_DASHBOARD_ADDRESS",
    "RAY_JOB_SUBMISSION_ID",
];

/// How KubeRay submits an entrypoint, step by step.
#[derive(Clone, Debug)]
pub struct EntrypointTrace {
    /// How KubeRay submits it.
    pub mode: SubmissionMode,
    /// The Ray release that submits it, if an image or `rayVersion` names it.
    pub ray: Option<RayVersion>,
    /// What each reader makes of it.
    pub steps: Vec<Step>,
}

impl EntrypointTrace {
    /// Traces the entrypoint of an object, given as JSON; `None` if KubeRay does not
    /// submit it.
    ///
    /// ```
    /// use rayjob_policy_core::entrypoint::EntrypointTrace;
    /// use rayjob_policy_core::kind::Kind;
    /// use rayjob_policy_core::release::Release;
    ///
    /// let job = br#"{"spec": {"entrypoint": "python -c 'print(1)'",
    ///                         "rayClusterSpec": {"rayVersion": "2.56.0"}}}"#;
    /// let trace = EntrypointTrace::of(Kind::RayJob, job, Release::LATEST)?;
    /// let trace = trace.expect("KubeRay submits it");
    /// assert_eq!(trace.ray.map(|ray| ray.to_string()).as_deref(), Some("2.56"));
    /// let submitted = trace.steps.iter().find_map(|step| step.text.as_deref());
    /// assert_eq!(submitted, Some("python -c 'print(1)'"));
    /// # Ok::<(), rayjob_policy_core::json::ReadError>(())
    /// ```
    ///
    /// # Errors
    /// The first field that could not be read.
    pub fn of(kind: Kind, object: &[u8], release: Release) -> Result<Option<Self>, ReadError> {
        Ok(match kind {
            Kind::RayJob => Self::in_object(Object::RayJob(&json::read(object)?), release),
            Kind::RayCronJob => Self::in_object(Object::RayCronJob(&json::read(object)?), release),
            Kind::RayCluster | Kind::RayService => None,
        })
    }

    fn in_object(object: Object<'_>, release: Release) -> Option<Self> {
        let job = object.job()?;
        let mut trace = None;
        with_submission(job, release, &mut |submission| {
            trace = Some(Self {
                mode: submission.mode,
                ray: ray_version(job),
                steps: steps::steps(&job.entrypoint, submission),
            });
        });
        trace.filter(|_| !job.entrypoint.is_empty())
    }
}

/// The Ray release with which a job is submitted: that of the image that submits, or else
/// `rayVersion`.
pub(crate) fn ray_version(job: Job<'_>) -> Option<RayVersion> {
    let submitter = job
        .submitter()
        .filter(|_| job.has_mode(SubmissionMode::K8sJob));
    let head = job
        .cluster()
        .and_then(|cluster| cluster.head().ray_container());
    let image = match submitter.map(|container| &*container.image) {
        Some(image) if !image.is_empty() => image,
        _ => head.map(|container| &*container.image).unwrap_or_default(),
    };
    RayVersion::of_image(image).or_else(|| RayVersion::parse(&job.cluster()?.ray_version))
}

/// Calls `use_submission` with the submission of a job's entrypoint, if KubeRay submits it.
pub(crate) fn with_submission(
    job: Job<'_>,
    release: Release,
    use_submission: &mut dyn FnMut(&Submission<'_>),
) {
    let mode = match job.mode() {
        Some(mode) if job.submits(release) => mode,
        _ => return,
    };
    let has = |name: &str| {
        let mut own = job
            .submitter()
            .into_iter()
            .flat_map(|submitter| submitter.env.iter());
        SUBMITTER_VARIABLES.contains(&name) || own.any(|variable| &*variable.name == name)
    };
    use_submission(&Submission {
        mode,
        join: Join::of(ray_version(job)),
        has_variable: &has,
    });
}
