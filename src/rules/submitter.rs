//! The submitter Job of K8sJobMode.

use super::{Entry, Family};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::json::Quoted;
use crate::kuberay::SubmissionMode;
use crate::raycluster::Container;
use crate::rule::{Check, Level, Rule, Stop};
use crate::rule_doc::RuleDoc;
use crate::text::join;

const CONTAINERS: &str = "submitterPodTemplate.spec.containers";

const ADD_POLICY: FixTemplate = FixTemplate {
    title: "add restartPolicy: Never, as in KubeRay's own template",
    safe: true,
    edits: &[Edit::Set(At::Finding, "\"Never\"")],
};

const SET_POLICY: FixTemplate = FixTemplate {
    title: "set restartPolicy to Never",
    safe: false,
    ..ADD_POLICY
};

/// Returns whether KubeRay creates a submitter Job for the job.
fn has_submitter(job: Job<'_>) -> bool {
    job.has_mode(SubmissionMode::K8sJob)
}

/// Returns whether the container's own command passes this entrypoint to `ray
/// job submit`, as arguments or in a script. Whitespace and line continuations
/// are ignored.
fn submits(container: &Container<'_>, entrypoint: &str) -> bool {
    let mut command = Vec::new();
    for text in container.command.iter().chain(container.args.iter()) {
        push_solid(text, &mut command);
    }
    let mut submitted = Vec::new();
    push_solid(entrypoint, &mut submitted);
    let submits = position(&command, b"rayjobsubmit");
    let rest = submits.and_then(|at| command.get(at..));
    rest.is_some_and(|rest| position(rest, &submitted).is_some())
}

/// Returns whether args are the words of the entrypoint, which KubeRay submits anyway. Flyte copies
/// the container of a task into the submitter, and joins its args to the entrypoint with `''` for
/// an empty one (`flyte flyteplugins/go/tasks/plugins/k8s/ray/ray.go:constructRayJob`).
fn are_entrypoint(container: &Container<'_>, entrypoint: &str) -> bool {
    let mut words = container.args.iter().map(|arg| match arg.is_empty() {
        true => "''",
        false => &**arg,
    });
    join(&mut words, " ") == entrypoint
}

fn push_solid(text: &str, solid: &mut Vec<u8>) {
    let is_solid = |byte: &u8| !byte.is_ascii_whitespace() && *byte != b'\\';
    solid.extend(text.bytes().filter(is_solid));
}

/// Returns the position of one text in another, like `str::find`, whose search
/// would add 10 KB to a module.
fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len().max(1))
        .position(|window| window == part)
}

pub(super) const FAMILY: Family = Family {
    title: "Submitter",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-submitter-no-container",
                // The job is never submitted, and the RayCluster idles.
                level: Level::Deny,
                why: "the operator uses the first container as the submitter and crashes \
                      repeatedly, while the RayCluster idles",
                advice: "Add a container that submits the job, or remove submitterPodTemplate",
                fixes: &[FixTemplate {
                    title: "remove submitterPodTemplate",
                    safe: false,
                    edits: &[Edit::Remove(At::Job("submitterPodTemplate"))],
                }],
                check: Check::Job(|job, _, report| {
                    if has_submitter(job)
                        && job.submitter_pod_template.is_some()
                        && job.submitter().is_none()
                    {
                        report.add(
                            job.path(CONTAINERS),
                            "submitterPodTemplate has no container",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submitterPodTemplate` is set but has no container, in K8sJobMode.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:getSubmitterTemplate",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"submitterPodTemplate": {}}}"#),
                    Example::job(
                        r#"{"spec": {"submitterPodTemplate": {
                                     "spec": {"restartPolicy": "Never", "containers": []}}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"submitterPodTemplate": {"spec": {"restartPolicy": "Never",
                        "containers": [{"name": "submitter",
                          "image": "rayproject/ray:2.52.0"}]}}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-submitter-restart-policy",
                stop: Some(Stop::Pods),
                // The job is never submitted, and the RayCluster idles.
                level: Level::Deny,
                why: "Kubernetes refuses a Job with this value, so the RayJob stays in \
                      Initializing while the RayCluster idles",
                advice: "Set restartPolicy to Never",
                fixes: &[ADD_POLICY, SET_POLICY],
                check: Check::Job(|job, _, report| {
                    let Some(template) = &job.submitter_pod_template else {
                        return;
                    };
                    let policy = &*template.spec.restart_policy;
                    if !has_submitter(job)
                        || template.spec.containers.is_empty()
                        || matches!(policy, "Never" | "OnFailure")
                    {
                        return;
                    }
                    let (written, fixes) = match policy {
                        "" => ("not set, which means Always".into(), &[ADD_POLICY]),
                        policy => (Quoted(policy).to_string(), &[SET_POLICY]),
                    };
                    report
                        .add(
                            job.path("submitterPodTemplate.spec.restartPolicy"),
                            format!("restartPolicy of the submitter is {written}"),
                        )
                        .offer(fixes);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`restartPolicy` in `submitterPodTemplate` is neither `Never` nor \
                       `OnFailure`, in K8sJobMode. The default is `Always`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/common/job.go:GetSubmitterTemplate",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"submitterPodTemplate": {
                                     "spec": {"containers": [
                                       {"name": "submitter",
                                        "image": "rayproject/ray:2.52.0"}]}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submitterPodTemplate": {
                                     "spec": {"restartPolicy": "Always",
                                     "containers": [
                                       {"name": "submitter",
                                        "image": "rayproject/ray:2.52.0"}]}}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"submitterPodTemplate": {"spec": {"restartPolicy": "OnFailure",
                        "containers": [
                          {"name": "submitter",
                           "image": "rayproject/ray:2.52.0"}]}}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-submitter-backoff-negative",
                stop: Some(Stop::Pods),
                // The job is never submitted, and the RayCluster idles.
                level: Level::Deny,
                why: "Kubernetes refuses a Job with this value, so the RayJob stays in \
                      Initializing while the RayCluster idles",
                advice: "Set submitterConfig.backoffLimit to 0, or to the number of retries of \
                         the submitter pod",
                fixes: &[FixTemplate {
                    title: "set it to 0",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "0")],
                }],
                check: Check::Job(|job, _, report| {
                    let config = job.submitter_config.as_ref();
                    let limit = config.and_then(|config| config.backoff_limit);
                    if let Some(limit) = limit.filter(|limit| has_submitter(job) && limit.0 < 0) {
                        report.add(
                            job.path("submitterConfig.backoffLimit"),
                            format!("submitterConfig.backoffLimit is {limit}"),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submitterConfig.backoffLimit` is below 0, in K8sJobMode.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:createNewK8sJob",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submitterConfig": {"backoffLimit": -1}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"submitterConfig": {"backoffLimit": 0}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-submitter-command",
                // The command may already do what the fields say.
                level: Level::Warn,
                why: "KubeRay keeps a custom command unchanged, and without one it sets command \
                      and args itself",
                advice: "Remove command and args, or make the command submit everything that the \
                         job needs, with --submission-id $RAY_JOB_SUBMISSION_ID",
                fixes: &[FixTemplate {
                    title: "let KubeRay set the command",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Job(|job, _, report| {
                    if !has_submitter(job) {
                        return;
                    }
                    let path = |field| job.path(CONTAINERS).index(0).at(field);
                    if job.has_own_command() {
                        let hands_over = job
                            .submitter()
                            .is_some_and(|container| submits(container, &job.entrypoint));
                        let mut unused = job
                            .submission_fields()
                            .filter(|&field| field != "entrypoint" || !hands_over);
                        let unused = join(&mut unused, ", ");
                        if !unused.is_empty() {
                            let detail = format!(
                                "the submitter has its own command, which does not receive {unused}"
                            );
                            report.add(path("command"), detail);
                        }
                    } else if job.submitter().is_some_and(|container| {
                        !container.args.is_empty() && !are_entrypoint(container, &job.entrypoint)
                    }) {
                        report.add(path("args"), "args of the submitter are not used");
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode, the submitter container has its own command, and \
                       `entrypoint`, `entrypointNumCpus`, `entrypointNumGpus`, \
                       `entrypointResources`, `metadata` or `runtimeEnvYAML` is also set. The \
                       command receives only the variables `RAY_DASHBOARD_ADDRESS` and \
                       `RAY_JOB_SUBMISSION_ID`. An `entrypoint` that the command itself passes to \
                       `ray job submit` is not reported. A container that has `args` without a \
                       command is also reported, unless they are the words of `entrypoint`, as \
                       Flyte writes them.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/\
                         rayjob_controller.go:configureSubmitterContainer",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"submitterPodTemplate": {
                                     "spec": {"restartPolicy": "Never",
                                     "containers": [
                                       {"name": "submitter", "image": "rayproject/ray:2.52.0",
                                       "command": ["./submit.sh"]}]}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submitterPodTemplate": {
                                     "spec": {"restartPolicy": "Never",
                                     "containers": [
                                       {"name": "submitter", "image": "rayproject/ray:2.52.0",
                                       "command": [],
                                       "args": ["--verbose"]}]}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML": "pip: [emoji]",
                                     "submitterPodTemplate": {"spec": {"restartPolicy": "Never",
                                       "containers": [
                                         {"name": "submitter", "image": "rayproject/ray:2.52.0",
                                         "command": ["ray", "job", "submit", "--", "python",
                                           "train.py"]}]}}}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"submitterPodTemplate": {
                                     "spec": {"restartPolicy": "Never",
                                     "containers": [
                                       {"name": "submitter", "image": "rayproject/ray:2.52.0",
                                       "command": ["sh", "-c"],
 "args": ["ray job submit --submission-id=$RAY_JOB_SUBMISSION_ID -- \\\n  python train.py"]}]}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": null,
                                     "submitterPodTemplate": {"spec": {"restartPolicy": "Never",
                                       "containers": [
                                         {"name": "submitter", "image": "rayproject/ray:2.52.0",
                                         "command": ["./submit.sh"], "args": ["--all"]}]}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --tag ''",
                                     "submitterPodTemplate": {"spec": {"restartPolicy": "Never",
                                       "containers": [
                                         {"name": "submitter", "image": "rayproject/ray:2.52.0",
                                         "args": ["python", "train.py", "--tag", ""]}]}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submitterPodTemplate": {
                                     "spec": {"restartPolicy": "Never",
                                     "containers": [
                                       {"name": "submitter", "image": "rayproject/ray:2.52.0"},
                                       {"name": "logs", "image": "rayproject/ray:2.52.0",
                                       "command": ["./logs.sh"]}]}}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
    ],
};
