//! Traps that the object does not show.

/// A trap that depends on the operator or on other objects in the cluster, so
/// that no rule looks for it.
#[derive(Debug)]
pub struct NotChecked {
    /// Its name.
    pub id: &'static str,
    /// When it happens, and what happens: whole sentences.
    pub what: &'static str,
    /// How to find out whether it happens here: whole sentences.
    pub find: &'static str,
    /// The upstream place that it was read from.
    pub source: &'static str,
}

/// All of them, for the documents.
pub const NOT_CHECKED: &[NotChecked] = &[
    NotChecked {
        id: "trap-batch-job-collision",
        what: "The submitter of a RayJob is a batch Job of the same name in the same namespace. In K8sJobMode the \
               operator takes any batch Job of that name for the submitter, so that nothing is submitted; when it \
               suspends or retries a RayJob in K8sJobMode or InteractiveMode, it deletes that batch Job, whoever owns it.",
        find: "Before you create the RayJob, `kubectl get job NAME`. Afterwards, `kubectl get job NAME -o \
               jsonpath='{.metadata.ownerReferences[*].kind}'` must print `RayJob`.",
        source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:createK8sJobIfNeed, deleteSubmitterJob",
    },
    NotChecked {
        id: "trap-batch-scheduler",
        what: "From 1.5 on a batch scheduler of the operator may refuse RayJobs, which then stay in Initializing: \
               `scheduler-plugins` every RayJob, `kai-scheduler` every RayJob in 1.5 and those in K8sJobMode later, \
               `volcano` those without `rayClusterSpec`. `yunikorn` refuses none, but crashes on one in K8sJobMode with \
               `clusterSelector`, without `rayClusterSpec` and with the label `ray.io/gang-scheduling-enabled`, whatever \
               its value: the operator recovers and tries again, and crashes again.",
        find: "Look for the flag `--batch-scheduler` of the operator (`batchScheduler.name` in the values of its Helm \
               chart), and in its log for errors of a RayJob that stays in Initializing.",
        source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/*:DoBatchSchedulingOnSubmission",
    },
];
