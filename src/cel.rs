//! Conditions in CEL, the Common Expression Language, for API servers that
//! judge without a webhook (ValidatingAdmissionPolicy).
//!
//! An expression is CEL as Kubernetes speaks it, with optional fields and its
//! string functions, and may use [`VARIABLES`], `release` (the number 17 for
//! KubeRay 1.7) and two macros:
//!
//! - `quoted(text)`: a text as messages show it;
//! - `group(item)`: a worker group as messages name it.

use crate::kind::Kind;

/// One way to break a rule, as an API server sees it: in an object that it has
/// pruned and in which it has filled in the defaults.
///
/// Paths and texts are templates: what stands in braces is an expression, of
/// which the value is shown. Without its positions in lists, the path is the
/// same for all findings.
#[derive(Clone, Copy, Debug)]
pub struct Cel {
    /// The list of which each item may be at fault, `item` at position `i`;
    /// empty is the object as a whole.
    pub each: &'static str,
    /// Whether there is a finding.
    pub when: &'static str,
    /// Where; `{job}` is the path of the job.
    pub path: &'static str,
    /// What was written.
    pub detail: &'static str,
    /// What to write instead, if it is not the rule's own advice. It may say
    /// less than the Rust check does.
    pub advice: Option<&'static str>,
}

impl Cel {
    /// A way to break a rule that nothing breaks; the rest of a block
    /// overrides it.
    pub const NEVER: Self = Self {
        each: "",
        when: "false",
        path: "{job}",
        detail: "",
        advice: None,
    };
}

/// Something that several conditions look at.
#[derive(Debug)]
pub struct Variable {
    /// The name by which expressions use it.
    pub name: &'static str,
    /// Its value in a RayJob, an expression over `object` and other variables.
    pub in_job: &'static str,
    /// Its value in a RayCronJob.
    pub in_cron: &'static str,
}

impl Variable {
    const fn new(name: &'static str, value: &'static str) -> Self {
        Self {
            name,
            in_job: value,
            in_cron: value,
        }
    }

    /// Its value in an object of a kind.
    pub const fn value(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::RayJob => self.in_job,
            Kind::RayCronJob => self.in_cron,
        }
    }
}

/// The variables; each may use those before it. An absent field is read as
/// KubeRay reads it, except that `cluster`, `head`, `strategy` and those named
/// like a field that may be absent are optional values.
pub static VARIABLES: &[Variable] = &[
    Variable {
        name: "job",
        in_job: "object.spec",
        in_cron: "object.spec.jobTemplate",
    },
    // The jobs of a RayCronJob get none of its annotations, and have no status yet.
    Variable {
        name: "annotations",
        in_job: "object.metadata.?annotations.orValue({})",
        in_cron: "{}",
    },
    Variable {
        name: "state",
        in_job: "object.?status.?jobDeploymentStatus.orValue('')",
        in_cron: "''",
    },
    // The API server has made a name of a `generateName`.
    Variable::new("name", "object.metadata.?name.orValue('')"),
    Variable::new("schedule", "object.spec.?schedule.orValue('')"),
    Variable::new("mode", "job.?submissionMode.orValue('K8sJobMode')"),
    Variable::new("retries", "job.?backoffLimit.orValue(0)"),
    Variable::new("suspend", "job.?suspend.orValue(false)"),
    Variable::new("shutdown", "job.?shutdownAfterJobFinishes.orValue(false)"),
    Variable::new("ttl", "job.?ttlSecondsAfterFinished.orValue(0)"),
    Variable::new("selector", "job.?clusterSelector.orValue({})"),
    Variable::new("selects", "selector.size() > 0"),
    Variable::new("strategy", "job.?deletionStrategy"),
    Variable::new("onSuccess", "strategy.?onSuccess"),
    Variable::new("onFailure", "strategy.?onFailure"),
    Variable::new("deletionRules", "strategy.?deletionRules.orValue([])"),
    // What KubeRay goes by where neither outcome has a policy of its own.
    Variable::new(
        "rules",
        "onSuccess.hasValue() || onFailure.hasValue() ? [] : deletionRules",
    ),
    Variable::new("cluster", "job.?rayClusterSpec"),
    Variable::new("rayVersion", "cluster.?rayVersion.orValue('')"),
    Variable::new(
        "rayVersionIsValid",
        r"rayVersion.matches(r'^[ \t\n\f\r]*v?(0|[1-9][0-9]{0,18})\.0*[0-9]{1,19}([^0-9\n][^\n]*)?$')",
    ),
    Variable::new(
        "autoscales",
        "cluster.?enableInTreeAutoscaling.orValue(false)",
    ),
    Variable::new("autoscalerOptions", "cluster.?autoscalerOptions"),
    Variable::new("autoscalerVersion", "autoscalerOptions.?version"),
    Variable::new("ft", "cluster.?gcsFaultToleranceOptions"),
    Variable::new("backend", "ft.?backend.orValue('')"),
    Variable::new(
        "collector",
        "cluster.?historyServerOptions.?collectorOptions",
    ),
    Variable::new("networkPolicy", "cluster.?networkPolicy"),
    Variable::new("networkMode", "networkPolicy.?mode.orValue('')"),
    Variable::new("encrypts", "cluster.?tlsOptions.?enabled.orValue(false)"),
    Variable::new("head", "cluster.?headGroupSpec"),
    Variable::new("headParams", "head.?rayStartParams.orValue({})"),
    Variable::new("headPod", "head.?template.?spec"),
    Variable::new("headContainers", "headPod.?containers.orValue([])"),
    Variable::new("headEnv", "headContainers[?0].?env.orValue([])"),
    Variable::new("headMounts", "headContainers[?0].?volumeMounts.orValue([])"),
    Variable::new("workers", "cluster.?workerGroupSpecs.orValue([])"),
    // Whether the head's variable switches on version 2 of the autoscaler. The
    // API server stores no two variables of one name.
    Variable::new(
        "v2Switched",
        "headEnv.exists(v, v.name == 'RAY_enable_autoscaler_v2' && v.?value.orValue('') in ['1', 'true'])",
    ),
    Variable::new(
        "choosesV2",
        "autoscalerVersion.orValue('') == 'v2' || v2Switched",
    ),
];
