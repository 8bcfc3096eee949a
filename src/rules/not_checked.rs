//! Traps that are not visible in the object.

/// A trap that depends on the operator or on other objects in the cluster, so
/// that no rule can check for it.
#[derive(Debug)]
pub struct NotChecked {
    /// The ID of the trap.
    pub id: &'static str,
    /// When it happens and what happens, in full sentences.
    pub what: &'static str,
    /// How to find out whether it happens in a cluster, in full sentences.
    pub find: &'static str,
    /// The upstream source.
    pub source: &'static str,
}

/// All such traps, for the documentation.
pub const NOT_CHECKED: &[NotChecked] = &[
    NotChecked {
        id: "trap-batch-job-collision",
        what: "The submitter of a RayJob in K8sJobMode is a batch Job with the same name in the \
               same namespace. If there is another batch Job of that name, the operator cannot \
               create the submitter, tries again and submits nothing. If that batch Job has the \
               label `app.kubernetes.io/created-by: kuberay-operator`, the operator takes it for \
               the submitter, and deletes it when it suspends or retries the RayJob. \
               `live-job-collision` finds this where the policy may ask about the cluster.",
        find: "Before you create the RayJob, `kubectl get job NAME` must find no Job. Afterwards, \
               `kubectl get job NAME -o jsonpath='{.metadata.ownerReferences[*].kind}'` must \
               print `RayJob`.",
        source: "kuberay v1.7.0 \
                 ray-operator/controllers/ray/rayjob_controller.go:createK8sJobIfNeed, \
                 deleteSubmitterJob",
    },
    NotChecked {
        id: "trap-batch-scheduler",
        what: "A batch scheduler of the operator refuses some RayJobs, which then stay in \
               Initializing, or leaves the pods Pending. The rules that begin with `scheduler-` \
               report this, but only if the setting `batchScheduler` names the scheduler. What \
               the labels name is not checked: the pods also stay Pending without the queue of \
               `volcano.sh/queue-name`, `yunikorn.apache.org/queue` or `kai.scheduler/queue`.",
        find: "Check whether the operator has the flag `--batch-scheduler` (`batchScheduler.name` \
               in the values of its Helm chart), and set `batchScheduler`. Search the operator \
               log for errors about a RayJob that stays in Initializing, and the events of its \
               pods for the queue.",
        source: "kuberay v1.7.0 \
                 ray-operator/controllers/ray/batchscheduler/*:DoBatchSchedulingOnSubmission",
    },
    NotChecked {
        id: "trap-service-collision",
        what: "From 1.5 on, a RayJob has a Service of its own, its name and `-head-svc`. So has a \
               RayCluster or a RayService. If one of the same name runs in the namespace, KubeRay \
               changes its Service when the job runs: its clients and new workers then connect to \
               the head of the job. A RayCluster that is created after the job gets no pods. A \
               check of files finds this in the files, and `live-service-collision` where the \
               policy may ask about the cluster.",
        find: "Before you create the RayJob, `kubectl get service NAME-head-svc` must find no \
               Service. Afterwards, `kubectl get service NAME-head-svc -o \
               jsonpath='{.metadata.ownerReferences[*].kind}'` must print `RayJob`.",
        source: "kuberay v1.7.0 \
                 ray-operator/controllers/ray/rayjob_controller.go:reconcileServices",
    },
];
