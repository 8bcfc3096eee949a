//! What the controller does in one reconcile of a RayJob.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Declares the transitions: the place in KubeRay's source, the meaning, and,
/// if the RayJob stays as it is, why or until when.
macro_rules! transitions {
    ($(
        $name:ident: $function:literal $(in $file:literal)?, $explanation:literal
            $(, $awaits:literal)?;
    )*) => {
        /// What the controller did, or did not do, in one reconcile.
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

            /// The place in the newest KubeRay release that does it:
            /// `FILE:FUNCTION` in `kuberay ray-operator/controllers/ray`.
            pub const fn upstream(self) -> &'static str {
                match self {
                    $(Self::$name => {
                        concat!(transitions!(@file $($file)?), ":", $function)
                    })*
                }
            }

            /// The meaning, in one sentence for a reader.
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => $explanation,)*
                }
            }

            /// Until when, or why, a RayJob stays as it is if the controller
            /// repeats this transition, as the end of a sentence; `None` if it
            /// does not repeat it or the RayJob has ended.
            pub const fn awaits(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => transitions!(@awaits $($awaits)?),)*
                }
            }
        }
    };
    (@file) => { "rayjob_controller.go" };
    (@file $file:literal) => { $file };
    (@awaits) => { None };
    (@awaits $awaits:literal) => { Some($awaits) };
}

transitions! {
    LeaveToOthers: "Reconcile",
        "Another operator manages the RayJob, so this one does nothing.",
        "until the operator named in managedBy handles it";
    Refuse: "validateRayJob",
        "The RayJob breaks a rule, and KubeRay refuses it permanently: fixing the spec changes \
         nothing.",
        "until deleted and recreated";
    RefuseAgain: "validateRayJob",
        "The RayJob breaks a rule, so KubeRay reports an event and retries forever.",
        "until the spec is corrected";
    Initialise: "initRayJobStatusIfNeed",
        "KubeRay chooses the RayCluster name, and the job ID unless a user submits, and the \
         deadlines start to run.";
    MissSelectorKey: "initRayJobStatusIfNeed",
        "clusterSelector has no key ray.io/cluster, so KubeRay finds no name and retries forever.",
        "until clusterSelector has the key ray.io/cluster";
    MakeCluster: "getOrCreateRayClusterInstance",
        "KubeRay creates a RayCluster.";
    MissCluster: "getOrCreateRayClusterInstance",
        "The RayCluster that clusterSelector names does not exist, and KubeRay does not create it.",
        "until the RayCluster that clusterSelector names exists";
    AwaitCluster: "Reconcile",
        "The RayCluster is not ready yet.",
        "until the RayCluster is ready";
    RefuseService: "reconcileHeadService" in "raycluster_controller.go",
        "KubeRay tries again and again to create a Service that must precede the pods, so the \
         RayCluster never has a pod.",
        "because a Service cannot be created";
    RefuseHead: "reconcilePods" in "raycluster_controller.go",
        "KubeRay tries again and again to create the head pod, so the RayCluster never has a pod.",
        "because the head pod cannot be created";
    RefuseWorkers: "reconcilePods" in "raycluster_controller.go",
        "KubeRay tries again and again to create the pods of a worker group, so the RayCluster \
         never becomes ready, while its head and the groups before this one run and cost money.",
        "because the pods of a worker group cannot be created";
    EndBeforeReady: "CheckAllPodsRunning" in "utils/util.go",
        "The application and its submitter have ended, so the head pod is no longer Ready, and \
         KubeRay does not look at the application until all pods are.",
        "because the application ended before all workers were ready";
    MissDashboard: "FetchHeadServiceURL" in "utils/util.go",
        "The RayCluster is ready, but KubeRay does not find its dashboard, so the RayCluster idles \
         and costs money.",
        "because the dashboard cannot be found";
    OpenToUser: "Reconcile",
        "The RayCluster is ready, and KubeRay waits for a user to submit.";
    AwaitSubmission: "Reconcile",
        "spec.jobId is not set, and KubeRay ignores suspend and activeDeadlineSeconds until it is.",
        "until a user submits and sets spec.jobId";
    TakeJobId: "Reconcile",
        "KubeRay follows the application whose ID is in spec.jobId, no matter who wrote it or \
         when.";
    MakeSubmitter: "createK8sJobIfNeed",
        "The RayCluster is ready, and the submitter Job exists.";
    RefuseSubmitter: "createNewK8sJob",
        "The RayCluster is ready, and KubeRay tries again and again to create the submitter Job, \
         so the RayCluster idles and costs money.",
        "because the submitter Job cannot be created";
    RefuseSubmitterPod: "createNewK8sJob",
        "The submitter Job exists, but never has a pod, so the RayCluster idles and costs money.",
        "because the pod of the submitter Job cannot be created";
    RefuseJobService: "reconcileServices",
        "KubeRay tries again and again to create a Service for the RayJob, and does not look at \
         the application before.",
        "because the Service of the RayJob cannot be created";
    Crash: "getSubmitterTemplate",
        "submitterPodTemplate has no containers, but KubeRay reads the first one, so the \
         controller crashes.";
    Run: "Reconcile",
        "The RayCluster is ready for the application.";
    RunUnsubmitted: "Reconcile",
        "The RayCluster is ready, but KubeRay does not know this submissionMode, so nothing \
         submits the application.";
    Submit: "reconcileHTTPModeJobNotFound",
        "The RayCluster does not know the job ID, so KubeRay submits the application.";
    MissApplication: "Reconcile",
        "The RayCluster does not know the job ID, and in this mode KubeRay does not submit the \
         application but only checks again.",
        "because nothing submits the application";
    MissSubmitter: "checkSubmitterAndUpdateStatusIfNeeded",
        "KubeRay looks for the submitter Job, which exists only if submissionMode was K8sJobMode \
         from the start.",
        "because nothing creates the submitter Job";
    SeeRunning: "Reconcile",
        "The application is running.";
    SeeEnd: "Reconcile",
        "The application has ended, but its submitter has not.";
    AwaitApplication: "Reconcile",
        "The application is still running.",
        "until the application ends";
    AwaitSubmitter: "Reconcile",
        "The application has ended, but its submitter is still running.",
        "until the submitter ends";
    Complete: "Reconcile",
        "The application has ended.";
    FailApplication: "Reconcile",
        "The application has failed.";
    FailSubmission: "checkSubmitterAndUpdateStatusIfNeeded",
        "The submitter failed before it could submit the application.";
    PassSubmitterTimeout: "checkSubmitterFinishedTimeoutAndUpdateStatusIfNeeded",
        "The submitter ended 30 seconds ago or earlier, so KubeRay no longer waits for the \
         application.";
    PassGracePeriod: "checkTransitionGracePeriodAndUpdateStatusIfNeeded",
        "The application ended 5 minutes ago or earlier, so KubeRay no longer waits for the \
         submitter.";
    PassActiveDeadline: "checkActiveDeadlineAndUpdateStatusIfNeeded",
        "activeDeadlineSeconds has passed, which ends the RayJob regardless of backoffLimit.";
    PassPreRunningDeadline: "checkPreRunningDeadlineAndUpdateStatusIfNeeded",
        "preRunningDeadlineSeconds has passed and the RayJob is not Running, which counts as a \
         failed attempt.";
    Suspend: "updateStatusToSuspendingIfNeeded",
        "suspend is true, so KubeRay releases the RayCluster.";
    Release: "deleteClusterResources",
        "KubeRay deletes the RayCluster and, in K8sJobMode, the submitter Job.";
    ReleaseUsers: "deleteClusterResources",
        "KubeRay deletes the RayCluster that clusterSelector names, although KubeRay did not \
         create it.";
    BeginAgain: "Reconcile",
        "KubeRay clears the status of the attempt and starts another one; spec.jobId does not \
         change.";
    RestSuspended: "Reconcile",
        "KubeRay clears the status of the attempt; spec.jobId does not change.";
    StaySuspended: "Reconcile",
        "The RayJob is suspended.",
        "until suspend is false";
    Resume: "Reconcile",
        "suspend is false, so KubeRay starts again.";
    AwaitTtl: "handleShutdownAfterJobFinishes",
        "The TTL has not expired, so KubeRay deletes nothing yet.",
        "until its TTL expires";
    DeleteCluster: "executeDeletionPolicy",
        "KubeRay deletes the RayCluster.";
    SuspendWorkers: "suspendWorkerGroups",
        "KubeRay deletes the worker pods of the RayCluster and keeps the head pod.";
    DeleteRayJob: "executeDeletionPolicy",
        "KubeRay deletes the RayJob, and the RayCluster with it.";
    Delete: "Reconcile",
        "KubeRay removes its finalizer, and the RayJob is gone.";
    SpareSelected: "Reconcile",
        "The RayCluster belongs to the user, so KubeRay deletes nothing, not even the RayJob.";
    FitNoRule: "isDeletionRuleMatched",
        "deletionStrategy does not cover this outcome, and it overrides shutdownAfterJobFinishes.";
    Finish: "Reconcile",
        "KubeRay has nothing left to do.";
    Ignore: "Reconcile",
        "KubeRay has no code for this state.",
        "until deleted and recreated";
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
