//! What an object needs in the cluster, or what is in its way there.

use super::selector::CLUSTER;
use super::{Entry, Family};
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::job::{Job, QUEUE};
use crate::json::{Path, Quoted};
use crate::kind::{Kind, Kinds};
use crate::kuberay::SubmissionMode;
use crate::live::{Known, Resource, Topic};
use crate::release::Gate;
use crate::release::Release::V1_5;
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::text::join;

/// The operator in the cluster: its Deployment, with the tag of the image and other arguments.
macro_rules! operator {
    ($tag:literal $(, $argument:literal)*) => {
        concat!(
            r#"[{"apiVersion": "apps/v1", "kind": "Deployment",
                 "metadata": {"name": "kuberay-operator", "namespace": "kuberay",
                   "labels": {"app.kubernetes.io/name": "kuberay-operator"}},
                 "spec": {"template": {
                   "metadata": {"labels": {"app.kubernetes.io/component": "kuberay-operator"}},
                   "spec": {"containers": [{"name": "kuberay-operator",
                     "image": "quay.io/kuberay/operator:"#,
            $tag,
            r#"", "command": ["/manager""#,
            $(r#", ""#, $argument, r#"""#,)*
            r#"]}]}}}}]"#
        )
    };
}

/// An object in the cluster, with fields other than the name.
macro_rules! object {
    ($version:literal, $kind:literal, $name:literal, $($field:literal),*) => {
        concat!(
            r#"[{"apiVersion": ""#, $version, r#"", "kind": ""#, $kind,
            r#"", "metadata": {"name": ""#, $name, r#"", "namespace": "default""#,
            $($field,)* "}]"
        )
    };
}

const ON_SHARED: &str =
    r#"{"spec": {"rayClusterSpec": null, "clusterSelector": {"ray.io/cluster": "shared"}}}"#;

const IN_QUEUE: &str = r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
                           "spec": {"shutdownAfterJobFinishes": true}}"#;

/// The path of the name, which stands for the whole object.
fn whole() -> Path {
    Path::default().at("metadata.name")
}

/// The RayCluster that a job selects, with its field, and what the cluster knows of it.
fn selected<'s, 'c>(
    job: Job<'s>,
    context: &'c Context<'_>,
) -> Option<(&'s str, Path, Option<&'c Known>)> {
    let name = job.spec.cluster_selector.get(CLUSTER)?;
    let path = job.path("clusterSelector").key(CLUSTER);
    let live = context.live.as_ref().filter(|_| !name.is_empty())?;
    Some((name, path, live.find(Resource::RayCluster, name)?))
}

/// The queue that an object asks for, and what the cluster knows of it.
fn queue<'c>(context: &'c Context<'_>) -> Option<(&'c str, Option<&'c Known>)> {
    let queue = context.object.metadata().labels.get(QUEUE)?;
    let found = context.live.as_ref()?.find(Resource::LocalQueue, queue)?;
    Some((queue, found))
}

fn queue_path() -> Path {
    Path::default().at("metadata.labels").key(QUEUE)
}

/// Reports an object whose name another object in the cluster has: one that this object has
/// not made.
fn collision(context: &Context<'_>, resource: Resource, taken: &str, report: &mut Report) {
    let name = context.object.metadata().name.as_deref();
    if let Some(name) = name.filter(|_| context.is_new())
        && let Some(Some(found)) = context
            .live
            .as_ref()
            .and_then(|live| live.find(resource, taken))
        && !found.is_owned_by(context.object.kind().as_str(), name)
    {
        let kind = resource.kind();
        let detail = format!(
            "the namespace has a {kind} {} of another owner",
            Quoted(taken)
        );
        report.add(whole(), detail);
    }
}

pub(super) const FAMILY: Family = Family {
    title: "The cluster",
    entries: &[
        Entry {
            rule: Rule {
                id: "live-operator",
                asks: Some(Topic::Operator),
                why: "the policy judges by the wrong operator",
                advice: "Ask an administrator to set kuberayVersion and featureGates of the \
                         policy as the operator has them, or kuberayVersion to auto",
                check: Check::Object(|context, report| {
                    let Some(operator) = context.live.as_ref().and_then(|live| live.operator())
                    else {
                        return;
                    };
                    let Some(release) = operator.release else {
                        return;
                    };
                    if release != context.release {
                        let set = context.release;
                        let detail = format!(
                            "the operator of the cluster is KubeRay {release}, and the policy is \
                             set to {set}"
                        );
                        report.add(whole(), detail);
                        return;
                    }
                    let state = |gate: Gate| {
                        let state = if operator.gates.is_on(gate) {
                            "on"
                        } else {
                            "off"
                        };
                        format!("{} {state}", gate.name())
                    };
                    let gates: Vec<_> =
                        operator.gates.differing(context.gates).map(state).collect();
                    if !gates.is_empty() {
                        let gates = join(&mut gates.iter().map(String::as_str), ", ");
                        let detail =
                            format!("unlike the policy, the operator of the cluster has {gates}");
                        report.add(whole(), detail);
                    }
                }),
                ..Rule::LIVE
            },
            doc: RuleDoc {
                what: "The release that the policy is set to, or a feature gate, differs from that \
                       of the operator which watches the namespace. The release is that of the tag \
                       of its image, and the gates are those of its flag `--feature-gates`.",
                source: "kuberay v1.7.0 ray-operator/main.go:main",
                messages: &[],
                bad: &[
                    Example::job("{}").live(operator!("v1.6.2")),
                    Example::job("{}").live(operator!(
                        "v1.7.0",
                        "--feature-gates=RayJobDeletionPolicy=false"
                    )),
                ],
                good: &[
                    Example::job("{}").live(operator!("v1.7.0")),
                    Example::job("{}").live(operator!("nightly")),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-namespace-not-watched",
                asks: Some(Topic::Operator),
                why: "KubeRay never looks at the object, so nothing happens",
                advice: "Use a namespace that the operator watches, or add this one to its flag \
                         --watch-namespace",
                check: Check::Object(|context, report| {
                    if let Some(live) = context.live.as_ref().filter(|live| live.is_unwatched()) {
                        let namespace = Quoted(live.namespace());
                        let detail = format!("no operator watches the namespace {namespace}");
                        report.add(whole(), detail);
                    }
                }),
                ..Rule::LIVE
            },
            doc: RuleDoc {
                what: "The operator has the flag `--watch-namespace` (`watchNamespace` or \
                       `singleNamespaceInstall` in the values of its Helm chart), which does not \
                       name the namespace of the object. With several operators, none of them \
                       watches it.",
                source: "kuberay v1.7.0 ray-operator/main.go:main",
                messages: &[],
                bad: &[
                    Example::job(r#"{"metadata": {"namespace": "team-a"}}"#).live(operator!(
                        "v1.7.0",
                        "--watch-namespace",
                        "kuberay,team-b"
                    )),
                ],
                good: &[
                    Example::job(r#"{"metadata": {"namespace": "team-b"}}"#)
                        .live(operator!("v1.7.0", "--watch-namespace=kuberay,team-b")),
                    Example::job(r#"{"metadata": {"namespace": "team-a"}}"#)
                        .live(operator!("v1.7.0")),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-raycluster-missing",
                asks: Some(Topic::RayClusters),
                why: "the operator searches for it until it exists",
                advice: "Create the RayCluster first, or correct its name",
                check: Check::RayJob(|job, context, report| {
                    if let Some((name, path, None)) = selected(job, context) {
                        let name = Quoted(name);
                        report.add(path, format!("the namespace has no RayCluster {name}"));
                    }
                }),
                ..Rule::LIVE
            },
            doc: RuleDoc {
                what: "`clusterSelector` names a RayCluster that does not exist in the namespace.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/\
                         rayjob_controller.go:getOrCreateRayClusterInstance",
                messages: &[],
                bad: &[Example::job(ON_SHARED).live(object!(
                    "ray.io/v1",
                    "RayCluster",
                    "batch",
                    "}"
                ))],
                good: &[Example::job(ON_SHARED).live(object!(
                    "ray.io/v1",
                    "RayCluster",
                    "shared",
                    "}"
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-raycluster-stopped",
                asks: Some(Topic::RayClusters),
                why: "it has no pods, or soon none, and the job waits in Initializing",
                advice: "Resume the RayCluster, or select another one",
                check: Check::RayJob(|job, context, report| {
                    if let Some((name, path, Some(cluster))) = selected(job, context)
                        && (cluster.is_suspended || cluster.is_deleted)
                    {
                        let state = match cluster.is_deleted {
                            true => "is being deleted",
                            false => "is suspended",
                        };
                        let name = Quoted(name);
                        let finding = report.add(path, format!("the RayCluster {name} {state}"));
                        if cluster.is_deleted {
                            finding.advise("Select another RayCluster, or create this one again");
                        }
                    }
                }),
                ..Rule::LIVE
            },
            doc: RuleDoc {
                what: "`clusterSelector` names a RayCluster that is suspended or is being deleted.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/\
                         rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[
                    Example::job(ON_SHARED).live(object!(
                        "ray.io/v1",
                        "RayCluster",
                        "shared",
                        r#"}, "spec": {"suspend": true}"#
                    )),
                    Example::job(ON_SHARED).live(object!(
                        "ray.io/v1",
                        "RayCluster",
                        "shared",
                        r#", "deletionTimestamp": "2026-01-01T00:00:00Z"}"#
                    )),
                ],
                good: &[Example::job(ON_SHARED).live(object!(
                    "ray.io/v1",
                    "RayCluster",
                    "shared",
                    "}"
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-queue-missing",
                kinds: QUEUED,
                asks: Some(Topic::Queues),
                why: "Kueue keeps it suspended until the queue exists",
                advice: "Create the LocalQueue, or name one of this namespace",
                check: Check::Object(|context, report| {
                    if let Some((queue, None)) = queue(context) {
                        let detail = format!("the namespace has no LocalQueue {}", Quoted(queue));
                        report.add(queue_path(), detail);
                    }
                }),
                ..Rule::LIVE
            },
            doc: RuleDoc {
                what: "The label `kueue.x-k8s.io/queue-name` names a LocalQueue that does not \
                       exist in the namespace.",
                source: "kueue v0.19.2 pkg/cache/queue/manager.go",
                messages: &[],
                bad: &[Example::job(IN_QUEUE).live(object!(
                    "kueue.x-k8s.io/v1beta1",
                    "LocalQueue",
                    "cpu",
                    "}"
                ))],
                good: &[Example::job(IN_QUEUE).live(object!(
                    "kueue.x-k8s.io/v1beta2",
                    "LocalQueue",
                    "gpu",
                    "}"
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-queue-stopped",
                kinds: QUEUED,
                asks: Some(Topic::Queues),
                why: "Kueue keeps it suspended until the queue is opened",
                advice: "Wait, or name another LocalQueue of this namespace",
                check: Check::Object(|context, report| {
                    if let Some((queue, Some(found))) = queue(context)
                        && found.is_stopped
                    {
                        let detail = format!("the LocalQueue {} is stopped", Quoted(queue));
                        report.add(queue_path(), detail);
                    }
                }),
                ..Rule::LIVE
            },
            doc: RuleDoc {
                what: "The label `kueue.x-k8s.io/queue-name` names a LocalQueue whose `stopPolicy` \
                       is `Hold` or `HoldAndDrain`.",
                source: "kueue v0.19.2 apis/kueue/v1beta2/localqueue_types.go:LocalQueueSpec",
                messages: &[],
                bad: &[Example::job(IN_QUEUE).live(object!(
                    "kueue.x-k8s.io/v1beta1",
                    "LocalQueue",
                    "gpu",
                    r#"}, "spec": {"stopPolicy": "Hold"}"#
                ))],
                good: &[Example::job(IN_QUEUE).live(object!(
                    "kueue.x-k8s.io/v1beta1",
                    "LocalQueue",
                    "gpu",
                    r#"}, "spec": {"stopPolicy": "None"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-job-collision",
                asks: Some(Topic::Jobs),
                why: "KubeRay submits with a batch Job of the same name as the RayJob, which it \
                      cannot create, so the job is never submitted",
                advice: "Give the RayJob another name, or delete the batch Job",
                check: Check::RayJob(|job, context, report| {
                    if job.has_mode(SubmissionMode::K8sJob) {
                        let name = context.object.metadata().name.as_deref();
                        collision(context, Resource::Job, name.unwrap_or_default(), report);
                    }
                }),
                ..Rule::LIVE
            },
            doc: RuleDoc {
                what: "A RayJob in K8sJobMode is created, and its namespace has a batch Job of the \
                       same name that it does not own. Creating the submitter fails, or, if the \
                       batch Job has the label `app.kubernetes.io/created-by: kuberay-operator`, \
                       KubeRay takes it for the submitter.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:createK8sJobIfNeed, \
                         ray-operator/internal/managercache/cache.go",
                messages: &[],
                bad: &[Example::job("{}").live(object!("batch/v1", "Job", "train", "}"))],
                good: &[
                    Example::job("{}").live(object!("batch/v1", "Job", "tune", "}")),
                    Example::job("{}").live(object!(
                        "batch/v1",
                        "Job",
                        "train",
                        r#", "ownerReferences": [{"kind": "RayJob", "name": "train"}]}"#
                    )),
                    Example::job(r#"{"spec": {"submissionMode": "HTTPMode"}}"#)
                        .live(object!("batch/v1", "Job", "train", "}")),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-service-collision",
                kinds: Kinds::only(Kind::RayJob)
                    .and(Kind::RayCluster)
                    .and(Kind::RayService),
                asks: Some(Topic::Services),
                why: "KubeRay needs a Service of that name: for a RayJob or a RayService it \
                      changes the other one, whose clients then reach this cluster; a RayCluster \
                      gets no pods",
                advice: "Choose another name",
                check: Check::Object(|context, report| {
                    let object = context.object;
                    let has_none = match object.kind() {
                        Kind::RayJob => context.release < V1_5 || object.selects_cluster(),
                        // A RayCluster may fix another name.
                        _ => object.cluster().is_some_and(|cluster| {
                            let service = &cluster.spec.head_group_spec.head_service;
                            !service.metadata.name.is_empty()
                        }),
                    };
                    if !has_none {
                        let name = object.metadata().name.as_deref().unwrap_or_default();
                        let service = format!("{name}-head-svc");
                        collision(context, Resource::Service, &service, report);
                    }
                }),
                ..Rule::LIVE
            },
            doc: RuleDoc {
                what: "A RayJob (with KubeRay 1.5 or later), a RayCluster or a RayService is \
                       created, and its namespace has a Service with its name and `-head-svc` that \
                       it does not own. For the files of one check, see \
                       `trap-service-collision`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:reconcileServices, \
                         raycluster_controller.go:reconcileHeadService",
                messages: &[],
                bad: &[
                    Example::job("{}").live(object!("v1", "Service", "train-head-svc", "}")),
                    Example::cluster("{}").live(object!("v1", "Service", "shared-head-svc", "}")),
                    Example::service("{}").live(object!("v1", "Service", "llm-head-svc", "}")),
                ],
                good: &[
                    Example::job("{}").live(object!("v1", "Service", "train", "}")),
                    Example::cluster("{}").live(object!(
                        "v1",
                        "Service",
                        "shared-head-svc",
                        r#", "ownerReferences": [{"kind": "RayCluster", "name": "shared"}]}"#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};

/// The kinds that Kueue queues by their own label.
const QUEUED: Kinds = Kinds::only(Kind::RayJob).and(Kind::RayCluster);
