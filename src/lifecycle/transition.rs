//! What the controller does when it looks at a RayJob.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Declares the transitions: where KubeRay has each, what it means, and, if it
/// leaves the RayJob as it is, what the RayJob then waits for.
macro_rules! transitions {
    ($($name:ident: $upstream:literal, $explanation:literal $(, $awaits:literal)?;)*) => {
        /// What the controller did, or did not do, when it looked at the
        /// RayJob.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Transition {
            $(#[doc = $explanation] $name,)*
        }

        impl Transition {
            /// All transitions.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The transition's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// Where KubeRay does it, in the newest release that does:
            /// `FILE:FUNCTION` in `kuberay ray-operator/controllers/ray`.
            pub const fn upstream(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("rayjob_controller.go:", $upstream),)*
                }
            }

            /// What it means, in a sentence for a reader.
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => $explanation,)*
                }
            }

            /// What a RayJob waits for with which the controller does this
            /// again and again; `None` if it does not, or if it has ended.
            pub const fn awaits(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => transitions!(@awaits $($awaits)?),)*
                }
            }
        }
    };
    (@awaits) => { None };
    (@awaits $awaits:literal) => { Some($awaits) };
}

transitions! {
    LeaveToOthers: "Reconcile", "The RayJob is managed by another operator, so this one does nothing.",
        "the operator that managedBy names";
    Refuse: "validateRayJob", "The RayJob breaks a rule, and KubeRay gives it up for good: mending it changes nothing.",
        "being deleted and created anew";
    RefuseAgain: "validateRayJob", "The RayJob breaks a rule: KubeRay reports an event and tries again, for ever.",
        "the spec to be mended";
    Initialise: "initRayJobStatusIfNeed", "KubeRay chooses the name of the RayCluster, and the job id unless a user is to submit, and starts the clock of the deadlines.";
    MissSelectorKey: "initRayJobStatusIfNeed", "clusterSelector has no key ray.io/cluster, so KubeRay finds no name and tries again, for ever.",
        "the key ray.io/cluster in clusterSelector";
    MakeCluster: "getOrCreateRayClusterInstance", "KubeRay makes a RayCluster.";
    MissCluster: "getOrCreateRayClusterInstance", "The RayCluster that clusterSelector names does not exist, and KubeRay makes none.",
        "the RayCluster that clusterSelector names";
    AwaitCluster: "Reconcile", "The RayCluster is not ready.",
        "the RayCluster to become ready";
    OpenToUser: "Reconcile", "The RayCluster is ready, and now a user is to submit.";
    AwaitSubmission: "Reconcile", "Nobody has written spec.jobId; suspend and activeDeadlineSeconds are not looked at meanwhile.",
        "a user to submit and write spec.jobId";
    TakeJobId: "Reconcile", "KubeRay takes the id in spec.jobId for the application to follow, whoever wrote it and whenever.";
    MakeSubmitter: "createK8sJobIfNeed", "The RayCluster is ready, and the batch Job that submits is there.";
    Crash: "getSubmitterTemplate", "submitterPodTemplate has no container, and KubeRay takes the first one: the controller crashes.";
    Run: "Reconcile", "The RayCluster is ready for the application.";
    RunUnsubmitted: "Reconcile", "The RayCluster is ready, but KubeRay does not know this submissionMode: nobody will submit.";
    Submit: "reconcileHTTPModeJobNotFound", "The RayCluster does not know the job id, so KubeRay submits the application.";
    MissApplication: "Reconcile", "The RayCluster does not know the job id, and in this mode KubeRay does not submit: it just looks again.",
        "an application that nobody submits";
    MissSubmitter: "checkSubmitterAndUpdateStatusIfNeeded", "KubeRay looks for the batch Job that submits, which exists only if the mode was K8sJobMode from the beginning.",
        "a batch Job that nobody makes";
    SeeRunning: "Reconcile", "The application runs.";
    SeeEnd: "Reconcile", "The application has ended, its submitter has not.";
    AwaitApplication: "Reconcile", "The application still runs.",
        "the application to end";
    AwaitSubmitter: "Reconcile", "The application has ended, but its submitter still runs.",
        "the submitter to end";
    Complete: "Reconcile", "The application has ended.";
    FailApplication: "Reconcile", "The application has failed.";
    FailSubmission: "checkSubmitterAndUpdateStatusIfNeeded", "The submitter has failed before it could submit.";
    LoseApplication: "Reconcile", "The submitter has ended, but the RayCluster does not know the job id.";
    PassSubmitterTimeout: "checkSubmitterFinishedTimeoutAndUpdateStatusIfNeeded", "The submitter ended more than 30 seconds ago, and KubeRay no longer waits for the application.";
    PassGracePeriod: "checkTransitionGracePeriodAndUpdateStatusIfNeeded", "The application ended more than 5 minutes ago, and KubeRay no longer waits for the submitter.";
    PassActiveDeadline: "checkActiveDeadlineAndUpdateStatusIfNeeded", "activeDeadlineSeconds is over, which ends the RayJob whatever backoffLimit allows.";
    PassPreRunningDeadline: "checkPreRunningDeadlineAndUpdateStatusIfNeeded", "preRunningDeadlineSeconds is over and the RayJob is not Running, which counts as a failed attempt.";
    Suspend: "updateStatusToSuspendingIfNeeded", "suspend is true, so KubeRay gives up the RayCluster.";
    Release: "deleteClusterResources", "KubeRay deletes the RayCluster and the batch Job.";
    ReleaseUsers: "deleteClusterResources", "KubeRay deletes the RayCluster that clusterSelector names, although it did not make it.";
    BeginAgain: "Reconcile", "KubeRay forgets the attempt and begins another one; spec.jobId stays as it is.";
    RestSuspended: "Reconcile", "KubeRay forgets the attempt; spec.jobId stays as it is.";
    StaySuspended: "Reconcile", "The RayJob is suspended.",
        "suspend to be false";
    Resume: "Reconcile", "suspend is false, so KubeRay begins anew.";
    AwaitTtl: "handleShutdownAfterJobFinishes", "The time after which KubeRay deletes is not over.",
        "its time to live to be over";
    DeleteCluster: "executeDeletionPolicy", "KubeRay deletes the RayCluster.";
    SuspendWorkers: "suspendWorkerGroups", "KubeRay deletes the workers of the RayCluster; the head stays.";
    DeleteRayJob: "executeDeletionPolicy", "KubeRay deletes the RayJob, and the RayCluster goes with it.";
    Delete: "Reconcile", "KubeRay takes off its finalizer, and the RayJob is gone.";
    SpareSelected: "Reconcile", "The RayCluster is the user's own, so KubeRay deletes nothing, not even the RayJob.";
    FitNoRule: "isDeletionRuleMatched", "deletionStrategy says nothing of such an end, and shutdownAfterJobFinishes does not count beside it.";
    Finish: "Reconcile", "KubeRay has nothing more to do.";
    Ignore: "Reconcile", "KubeRay has no code for this state.",
        "being deleted and created anew";
}

impl Serialize for Transition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Transition", 3)?;
        fields.serialize_field("name", self.name())?;
        fields.serialize_field("upstream", self.upstream())?;
        fields.serialize_field("explanation", self.explanation())?;
        fields.end()
    }
}
