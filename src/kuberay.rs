//! The values that KubeRay's API has names for
//! (`kuberay v1.7.0 ray-operator/apis/ray/v1/rayjob_types.go`).

use serde::{Serialize, Serializer};

/// Declares an enum whose values have names, by which they are read and
/// serialized.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $value,)*
        }

        impl $name {
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$value),*];

            /// The value as KubeRay writes it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)*
                }
            }

            /// Reads what [`as_str`](Self::as_str) writes; `None` if it is
            /// something else.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

named! {
    /// Who submits the job: `spec.submissionMode`.
    SubmissionMode {
        /// A batch Job that KubeRay makes.
        K8sJob = "K8sJobMode",
        /// KubeRay itself.
        Http = "HTTPMode",
        /// A user.
        Interactive = "InteractiveMode",
        /// A container in the head pod, from KubeRay 1.5 on.
        Sidecar = "SidecarMode",
    }
}

impl SubmissionMode {
    /// The mode of a job that names none: the CRD fills it in.
    pub const DEFAULT: Self = Self::K8sJob;
}

named! {
    /// Where a RayJob is in its life: `status.jobDeploymentStatus`.
    #[derive(Default)]
    JobDeploymentStatus {
        /// The controller has not begun, or begins anew.
        #[default]
        New = "",
        /// The RayCluster is being made.
        Initializing = "Initializing",
        /// A user is to submit.
        Waiting = "Waiting",
        /// The RayCluster is ready, and an application runs or should.
        Running = "Running",
        /// The end, but for cleaning up.
        Complete = "Complete",
        /// The end after a failure, but for cleaning up.
        Failed = "Failed",
        /// The controller refuses the RayJob.
        ValidationFailed = "ValidationFailed",
        /// The RayCluster is being deleted on the user's wish.
        Suspending = "Suspending",
        /// There is no RayCluster until the user resumes.
        Suspended = "Suspended",
        /// The RayCluster of a failed attempt is being deleted.
        Retrying = "Retrying",
        /// The RayJob is gone. KubeRay has no such state.
        Deleted = "(deleted)",
    }
}

named! {
    /// What is known of the application: `status.jobStatus`.
    JobStatus {
        /// It runs.
        Running = "RUNNING",
        /// A user has stopped it.
        Stopped = "STOPPED",
        /// It has ended well.
        Succeeded = "SUCCEEDED",
        /// It has ended with an error.
        Failed = "FAILED",
    }
}

named! {
    /// Why a RayJob has failed: `status.reason`.
    Reason {
        /// The submitter did not submit.
        SubmissionFailed = "SubmissionFailed",
        /// The application failed.
        AppFailed = "AppFailed",
        /// `activeDeadlineSeconds` is over.
        DeadlineExceeded = "DeadlineExceeded",
        /// `preRunningDeadlineSeconds` is over.
        PreRunningDeadlineExceeded = "PreRunningDeadlineExceeded",
        /// One of application and submitter ended long before the other.
        GracePeriodExceeded = "JobDeploymentStatusTransitionGracePeriodExceeded",
        /// The controller refuses the RayJob.
        ValidationFailed = "ValidationFailed",
    }
}
