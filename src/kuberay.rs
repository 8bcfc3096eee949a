//! The named values of KubeRay's API
//! (`kuberay v1.7.0 ray-operator/apis/ray/v1/rayjob_types.go`).

/// Declares an enum that is parsed and serialized by the names of its values.
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

            /// Parses what [`as_str`](Self::as_str) writes; `None` for anything
            /// else.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use named;

named! {
    /// Who submits the job: `spec.submissionMode`.
    SubmissionMode {
        /// A batch Job that KubeRay creates.
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
    /// The default that the CRD fills in.
    pub const DEFAULT: Self = Self::K8sJob;
}

named! {
    /// The state of a RayJob: `status.jobDeploymentStatus`.
    #[derive(Default)]
    JobDeploymentStatus {
        /// The controller has not started, or starts again.
        #[default]
        New = "",
        /// KubeRay is creating the RayCluster.
        Initializing = "Initializing",
        /// KubeRay waits for a user to submit.
        Waiting = "Waiting",
        /// The RayCluster is ready, and an application runs or should.
        Running = "Running",
        /// The RayJob has ended, except for cleanup.
        Complete = "Complete",
        /// The RayJob has failed, except for cleanup.
        Failed = "Failed",
        /// The controller refuses the RayJob.
        ValidationFailed = "ValidationFailed",
        /// KubeRay is deleting the RayCluster because the user suspended the RayJob.
        Suspending = "Suspending",
        /// There is no RayCluster until the user resumes the RayJob.
        Suspended = "Suspended",
        /// KubeRay is deleting the RayCluster of a failed attempt.
        Retrying = "Retrying",
        /// The RayJob is gone. KubeRay has no such state.
        Deleted = "(deleted)",
    }
}

impl JobDeploymentStatus {
    /// The states that KubeRay writes.
    pub fn written() -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|state| *state != Self::Deleted)
    }
}

named! {
    /// The state of the application: `status.jobStatus`.
    JobStatus {
        /// It is running.
        Running = "RUNNING",
        /// A user has stopped it.
        Stopped = "STOPPED",
        /// It has succeeded.
        Succeeded = "SUCCEEDED",
        /// It has failed.
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
        /// `activeDeadlineSeconds` has passed.
        DeadlineExceeded = "DeadlineExceeded",
        /// `preRunningDeadlineSeconds` has passed.
        PreRunningDeadlineExceeded = "PreRunningDeadlineExceeded",
        /// The application or the submitter ended long before the other.
        GracePeriodExceeded = "JobDeploymentStatusTransitionGracePeriodExceeded",
        /// The controller refuses the RayJob.
        ValidationFailed = "ValidationFailed",
    }
}
