//! Conditions in CEL, the Common Expression Language, for API servers that judge
//! without a webhook (ValidatingAdmissionPolicy).
//!
//! An expression is CEL as in Kubernetes, with optional fields and its
//! string functions, and may use [`VARIABLES`], `release`, which compares with
//! the names of releases as in Rust (`release >= V1_5`), `releaseName`, which is a
//! text, the names of feature gates, which are true if the gate is on, and macros:
//!
//! - `quoted(text)`: a text as shown in messages;
//! - `group(item)`: a worker group as named in messages;
//! - `empty_note(item)`: what messages say of a worker group that has no pods yet;
//! - `owner(pod)`: one of [`PODS`] as named in messages;
//! - `template(pod)`: the path of its template.

use crate::kind::Kind;

/// One way to break a rule, as an API server sees it: in an object after pruning
/// and defaulting.
///
/// Paths and texts are templates: an expression in braces is replaced by its
/// value. Apart from positions in lists, the path is the same for all findings.
#[derive(Clone, Copy, Debug)]
pub struct Cel {
    /// The lists around `each`, outermost first: each may use the items of those before
    /// it. With them, an empty `each` checks the items of the last one.
    pub within: &'static [Within],
    /// The list whose items are checked, each as `item` at position `i`, in parentheses if
    /// it is no call; empty
    /// checks the object as a whole.
    pub each: &'static str,
    /// The condition of a finding.
    pub when: &'static str,
    /// The path of the finding; `{job}` is the path of the job,
    /// `{cluster}` that of the RayCluster.
    pub path: &'static str,
    /// What was written.
    pub detail: &'static str,
    /// What to write instead, if it differs from the rule's own advice. It may be
    /// less specific than the advice of the Rust check.
    pub advice: Option<&'static str>,
}

impl Cel {
    /// A condition that is never met, for struct update syntax.
    pub const NEVER: Self = Self {
        within: &[],
        each: "",
        when: "false",
        path: "{job}",
        detail: "",
        advice: None,
    };
}

/// A list whose items have lists of their own.
#[derive(Clone, Copy, Debug)]
pub struct Within {
    /// The name of the position of an item.
    pub index: &'static str,
    /// The name of an item.
    pub item: &'static str,
    /// The list.
    pub list: &'static str,
}

/// The pods that KubeRay makes of the object, each as `pod` at position `p`: a map with the
/// `owner` (`head`, `workers` or `submitter`), the `group` that it belongs to, its `spec`,
/// the names of its `volumes`, and its `lists` of containers. The head comes first and the
/// worker groups follow it, which `template(pod)` relies on.
pub const PODS: &[Within] = &[POD];

/// The lists of containers in [`PODS`], each as `list` at position `l`: a map with the
/// `word` for a container, the `field` of the list, and its `items`.
pub const CONTAINER_LISTS: &[Within] = &[POD, LIST];

/// The containers in [`CONTAINER_LISTS`], each as `container` at position `c`.
pub const CONTAINERS: &[Within] = &[
    POD,
    LIST,
    Within {
        index: "c",
        item: "container",
        list: "list.items",
    },
];

const POD: Within = Within {
    index: "p",
    item: "pod",
    list: "pods",
};

const LIST: Within = Within {
    index: "l",
    item: "list",
    list: "pod.lists",
};

/// The worker groups, each as `worker` at position `w`.
pub const WORKERS: &[Within] = &[Within {
    index: "w",
    item: "worker",
    list: "workers",
}];

/// A value that several conditions use.
#[derive(Debug)]
pub struct Variable {
    /// Its name in expressions.
    pub name: &'static str,
    /// Its value in a RayJob, an expression over `object` and other variables.
    pub in_job: &'static str,
    /// Its value in a RayCronJob.
    pub in_cron: &'static str,
    /// Its value in a RayCluster.
    pub in_cluster: &'static str,
    /// Its value in a RayService.
    pub in_service: &'static str,
}

impl Variable {
    const fn new(name: &'static str, value: &'static str) -> Self {
        Self {
            name,
            in_job: value,
            in_cron: value,
            in_cluster: value,
            in_service: value,
        }
    }

    /// One that only a job can have, and its value for other objects.
    const fn of_job(name: &'static str, value: &'static str, otherwise: &'static str) -> Self {
        Self {
            in_cluster: otherwise,
            in_service: otherwise,
            ..Self::new(name, value)
        }
    }

    /// Its value in an object of this kind.
    pub const fn value(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::RayJob => self.in_job,
            Kind::RayCronJob => self.in_cron,
            Kind::RayCluster => self.in_cluster,
            Kind::RayService => self.in_service,
        }
    }
}

/// The variables; each can use those before it. An absent field is read as KubeRay
/// reads it, except that `cluster`, `head`, `strategy` and those named like a field
/// that may be absent are optional values, and so is `job` where there is no job.
pub static VARIABLES: &[Variable] = &[
    // An API server stores an object without a spec, which may be updated nevertheless.
    Variable {
        in_cron: "object.spec.jobTemplate",
        ..Variable::of_job("job", "object.spec", "object.?spec")
    },
    // The jobs of a RayCronJob do not inherit its annotations and have no status yet.
    Variable {
        in_cron: "{}",
        ..Variable::new("annotations", "object.metadata.?annotations.orValue({})")
    },
    Variable {
        in_cron: "''",
        ..Variable::of_job(
            "state",
            "object.?status.?jobDeploymentStatus.orValue('')",
            "''",
        )
    },
    // The API server has already generated a name from `generateName`.
    Variable::new("name", "object.metadata.?name.orValue('')"),
    Variable::new("schedule", "object.?spec.?schedule.orValue('')"),
    Variable::of_job(
        "mode",
        "job.?submissionMode.orValue('') == '' ? 'K8sJobMode' : job.submissionMode",
        "''",
    ),
    Variable::new("retries", "job.?backoffLimit.orValue(0)"),
    Variable::new("suspend", "job.?suspend.orValue(false)"),
    Variable::new("shutdown", "job.?shutdownAfterJobFinishes.orValue(false)"),
    Variable::new("ttl", "job.?ttlSecondsAfterFinished.orValue(0)"),
    Variable::new("selector", "job.?clusterSelector.orValue({})"),
    Variable::of_job("selects", "selector.size() > 0", "false"),
    Variable::new("strategy", "job.?deletionStrategy"),
    Variable::new("onSuccess", "strategy.?onSuccess"),
    Variable::new("onFailure", "strategy.?onFailure"),
    Variable::new("deletionRules", "strategy.?deletionRules.orValue([])"),
    // The rules that KubeRay applies if neither outcome has its own policy.
    Variable::new(
        "rules",
        "onSuccess.hasValue() || onFailure.hasValue() ? [] : deletionRules",
    ),
    Variable {
        in_cluster: "object.?spec",
        in_service: "object.?spec.?rayClusterConfig",
        ..Variable::new("cluster", "job.?rayClusterSpec")
    },
    // A job need not describe a RayCluster, the others are read as one without fields.
    Variable::of_job("describes", "cluster.hasValue()", "true"),
    // Of a RayService.
    Variable::new("upgrade", "object.?spec.?upgradeStrategy"),
    Variable::new("upgradeOptions", "upgrade.?clusterUpgradeOptions"),
    Variable::new("rayVersion", "cluster.?rayVersion.orValue('')"),
    Variable::new(
        "rayVersionIsValid",
        concat!(
            r"rayVersion.matches(r'^[ \t\n\f\r]*v?(0|[1-9][0-9]{0,18})",
            r"\.0*[0-9]{1,19}([^0-9\n][^\n]*)?$')",
        ),
    ),
    Variable::new(
        "autoscales",
        "cluster.?enableInTreeAutoscaling.orValue(false)",
    ),
    Variable::new("autoscalerOptions", "cluster.?autoscalerOptions"),
    Variable::new("autoscalerVersion", "autoscalerOptions.?version"),
    Variable::new("ft", "cluster.?gcsFaultToleranceOptions"),
    Variable::new(
        "backend",
        "ft.hasValue() ? dyn(ft.value()).?backend.orValue('') : ''",
    ),
    Variable::new(
        "collector",
        "cluster.?historyServerOptions.?collectorOptions",
    ),
    Variable::new("networkPolicy", "cluster.?networkPolicy"),
    Variable::new("networkMode", "networkPolicy.?mode.orValue('')"),
    // Older CRDs lack the fields behind `dyn`, and rules about all releases ask for them.
    Variable::new(
        "encrypts",
        "cluster.hasValue() && dyn(cluster.value()).?tlsOptions.?enabled.orValue(false)",
    ),
    Variable::new(
        "autoscalesByV2",
        "autoscales && autoscalerOptions.hasValue() && \
         dyn(autoscalerOptions.value()).?version.orValue('') == 'v2'",
    ),
    Variable::new("head", "cluster.?headGroupSpec"),
    Variable::new("headParams", "head.?rayStartParams.orValue({})"),
    Variable::new("headPod", "head.?template.?spec"),
    Variable::new("headContainers", "headPod.?containers.orValue([])"),
    Variable::new("headEnv", "headContainers[?0].?env.orValue([])"),
    Variable::new("headPorts", "headContainers[?0].?ports.orValue([])"),
    Variable::new("headMounts", "headContainers[?0].?volumeMounts.orValue([])"),
    Variable::new("workers", "cluster.?workerGroupSpecs.orValue([])"),
    // Whether the head's variable enables version 2 of the autoscaler. The API
    // server stores no two variables of the same name.
    Variable::new(
        "v2Switched",
        "headEnv.exists(v, v.name == 'RAY_enable_autoscaler_v2' && v.?value.orValue('') in ['1', \
         'true'])",
    ),
    Variable::new(
        "choosesV2",
        "autoscalerVersion.orValue('') == 'v2' || v2Switched",
    ),
    // The pods of `PODS`, before what all have is added. The values of a map must be of one
    // type, so each is `dyn`.
    Variable::of_job(
        "submitters",
        "mode == 'K8sJobMode' && job.?submitterPodTemplate.?spec.hasValue() ? \
         [{'owner': dyn('submitter'), 'group': dyn({}), \
         'spec': dyn(job.submitterPodTemplate.spec)}] : []",
        "[]",
    ),
    Variable::new(
        "owners",
        "(selects || !cluster.hasValue() ? [] : [{'owner': dyn('head'), \
         'group': dyn(cluster.value().headGroupSpec), \
         'spec': headPod.hasValue() ? dyn(headPod.value()) : dyn({})}]) + \
         (selects ? [] : workers.map(w, {'owner': dyn('workers'), 'group': dyn(w), \
         'spec': w.?template.?spec.hasValue() ? dyn(w.template.spec) : dyn({})})) + submitters",
    ),
    Variable::new(
        "pods",
        "owners.map(o, {'owner': dyn(o.owner), 'group': dyn(o.group), 'spec': dyn(o.spec), \
         'volumes': dyn(o.spec.?volumes.orValue([]).map(v, v.name)), 'lists': dyn([\
         {'word': dyn('container'), 'field': dyn('containers'), \
         'items': dyn(o.spec.?containers.orValue([]))}, \
         {'word': dyn('init container'), 'field': dyn('initContainers'), \
         'items': dyn(o.spec.?initContainers.orValue([]))}])})",
    ),
];
