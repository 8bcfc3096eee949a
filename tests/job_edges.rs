//! What the rules about a job find on either side of where they begin, beyond their examples.

use rayjob_policy_core::crd;
use rayjob_policy_core::example::Example;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_testkit::{advice, counts, fixes, joined, tells};
use serde_json::{Value, json};

fn job(spec: Value) -> Example {
    Example::job(json!({"spec": spec}).to_string().leak())
}

fn cron(patch: Value) -> Example {
    Example::cron(patch.to_string().leak())
}

/// A job on an existing RayCluster.
fn on_shared(mut spec: Value) -> Example {
    spec["rayClusterSpec"] = Value::Null;
    spec["clusterSelector"] = json!({"ray.io/cluster": "shared"});
    job(spec)
}

/// An UPDATE from one spec to another in this state.
fn update(before: Value, after: Value, status: Value) -> Example {
    let object = |spec| json!({"spec": spec, "status": status}).to_string().leak();
    Example::job(object(after)).stored(object(before))
}

const DELETES: &[(Gate, bool)] = &[(Gate::RayJobDeletionPolicy, true)];
const KEEPS: &[(Gate, bool)] = &[(Gate::RayJobDeletionPolicy, false)];

#[test]
fn a_cleanup_does_nothing_on_an_existing_cluster() {
    let by_rule = |policy: &str| {
        json!({"deletionStrategy": {"deletionRules": [
            {"policy": policy, "condition": {"jobStatus": "SUCCEEDED"}}]}})
    };
    let by_outcome = |success: &str, failure: &str| {
        json!({"deletionStrategy": {"onSuccess": {"policy": success},
            "onFailure": {"policy": failure}}})
    };
    let shutdown = json!({"shutdownAfterJobFinishes": true});
    let ttl = |shutdown: bool, ttl: i32| {
        json!({"shutdownAfterJobFinishes": shutdown,
            "ttlSecondsAfterFinished": ttl})
    };
    let suspended = json!({"shutdownAfterJobFinishes": true, "suspend": true});
    let old = |policy: &str| on_shared(json!({"deletionPolicy": policy})).on(Release::V1_4);
    counts(
        "trap-selector-cleanup-ignored",
        vec![
            (on_shared(shutdown.clone()), 1),
            (job(shutdown), 0),
            (on_shared(suspended), 0),
            (on_shared(ttl(true, 600)), 2),
            (on_shared(ttl(true, 0)), 1),
            (on_shared(ttl(false, 600)).on(Release::V1_3), 1),
            // Another rule reports it.
            (on_shared(ttl(false, 600)).on(Release::V1_4), 0),
            (on_shared(by_rule("DeleteSelf")), 1),
            (on_shared(by_rule("DeleteSelf")).gates(KEEPS), 0),
            (
                on_shared(by_rule("DeleteSelf"))
                    .on(Release::V1_5)
                    .gates(DELETES),
                1,
            ),
            (
                on_shared(by_rule("DeleteSelf"))
                    .on(Release::V1_4)
                    .gates(DELETES),
                0,
            ),
            (on_shared(by_outcome("DeleteSelf", "DeleteNone")), 1),
            (on_shared(by_outcome("DeleteNone", "DeleteSelf")), 1),
            (on_shared(by_outcome("DeleteNone", "DeleteNone")), 0),
            (old("DeleteSelf").gates(DELETES), 1),
            (old("DeleteNone").gates(DELETES), 0),
            (old("DeleteSelf").gates(KEEPS), 0),
            (
                on_shared(json!({"deletionPolicy": "DeleteSelf"})).gates(DELETES),
                0,
            ),
        ],
    );
}

#[test]
fn rules_that_delete_something_should_cover_every_failure() {
    let rules = |rules: Value| json!({"deletionStrategy": {"deletionRules": rules}});
    let rule = |policy: &str, condition: Value| json!({"policy": policy, "condition": condition});
    let on_success = |policy: &str| rules(json!([rule(policy, json!({"jobStatus": "SUCCEEDED"}))]));
    let with_shutdown = {
        let mut spec = on_success("DeleteCluster");
        spec["shutdownAfterJobFinishes"] = true.into();
        spec
    };
    let both = json!({"jobStatus": "FAILED", "jobDeploymentStatus": "Complete"});
    counts(
        "trap-deletion-uncovered-outcome",
        vec![
            (job(on_success("DeleteCluster")), 1),
            (job(on_success("DeleteNone")), 0),
            (job(rules(json!([]))), 0),
            (job(with_shutdown), 0),
            (on_shared(on_success("DeleteSelf")), 0),
            (job(rules(json!([rule("DeleteCluster", both)]))), 0),
            (
                job(rules(json!([rule(
                    "DeleteCluster",
                    json!({"jobDeploymentStatus": "Complete"})
                )]))),
                1,
            ),
            (
                job(rules(json!([
                    rule("DeleteCluster", json!({"jobStatus": "SUCCEEDED"})),
                    rule("DeleteNone", json!({"jobDeploymentStatus": "Failed"}))
                ]))),
                0,
            ),
        ],
    );
}

#[test]
fn policies_by_outcome_replace_shutdown() {
    let by_outcome = |success: Value, failure: Value, shutdown: bool| {
        json!({"shutdownAfterJobFinishes": shutdown,
            "deletionStrategy": {"onSuccess": success, "onFailure": failure}})
    };
    let policy = |policy: &str| json!({"policy": policy});
    let (all, none, itself) = (
        policy("DeleteCluster"),
        policy("DeleteNone"),
        policy("DeleteSelf"),
    );
    counts(
        "trap-legacy-overrides-shutdown",
        vec![
            (job(by_outcome(all.clone(), itself.clone(), true)), 1),
            (job(by_outcome(all.clone(), itself.clone(), false)), 0),
            (job(by_outcome(all.clone(), none.clone(), true)), 0),
            (job(by_outcome(none, all.clone(), true)), 0),
            (job(by_outcome(all.clone(), json!({}), true)), 0),
            (job(by_outcome(all, Value::Null, true)), 0),
            (on_shared(by_outcome(itself.clone(), itself, true)), 0),
        ],
    );
}

#[test]
fn the_field_for_deletion_has_another_name_since_1_5() {
    let id = "trap-deletion-field-dropped";
    let old = || job(json!({"deletionPolicy": "DeleteCluster"})).gates(DELETES);
    let new = || job(json!({"deletionStrategy": {"deletionRules": []}}));
    tells(
        id,
        &old().on(Release::V1_5),
        &["spec.deletionPolicy: KubeRay 1.5 has no deletionPolicy"],
    );
    tells(
        id,
        &new().on(Release::V1_4),
        &["spec.deletionStrategy: KubeRay 1.4 has no deletionStrategy"],
    );
    counts(
        id,
        vec![(old().on(Release::V1_4), 0), (new().on(Release::V1_5), 0)],
    );
    assert!(advice(id, &old().on(Release::V1_5)).starts_with("Use deletionStrategy"));
    assert!(advice(id, &new().on(Release::V1_4)).starts_with("Use deletionPolicy"));
}

#[test]
fn an_interactive_job_is_not_retried() {
    let spec = |retries: i32| {
        json!({"submissionMode": "InteractiveMode", "entrypoint": null,
            "backoffLimit": retries})
    };
    tells(
        "interactive-backoff",
        &job(spec(2)),
        &["spec.backoffLimit: backoffLimit is 2 on an InteractiveMode job"],
    );
    counts(
        "trap-interactive-retry",
        vec![
            (job(spec(1)).on(Release::V1_3), 1),
            (job(spec(0)).on(Release::V1_3), 0),
            (on_shared(spec(1)).on(Release::V1_3), 0),
        ],
    );
}

#[test]
fn attempts_share_a_job_id_if_kuberay_submits_them() {
    let spec = |mode: &str| json!({"jobId": "train-1", "backoffLimit": 1, "submissionMode": mode});
    counts(
        "trap-job-id-reused",
        vec![
            (job(spec("K8sJobMode")), 1),
            (job(spec("HTTPMode")), 1),
            (job(spec("SidecarMode")).on(Release::V1_5), 1),
            (job(spec("SidecarMode")).on(Release::V1_4), 0),
            (job(spec("InteractiveMode")).on(Release::V1_3), 0),
            (on_shared(spec("HTTPMode")), 0),
        ],
    );
}

#[test]
fn retries_of_the_job_and_of_its_submitter_multiply() {
    let id = "trap-retry-multiplication";
    let spec = |retries: i32, repeats: i32| {
        json!({"backoffLimit": retries,
        "submitterConfig": {"backoffLimit": repeats}})
    };
    tells(
        id,
        &job(spec(3, 1)),
        &[
            "spec.backoffLimit: backoffLimit 3, and 1 for the submitter, allow 4 RayClusters and \
             8 submitter pods",
        ],
    );
    counts(
        id,
        vec![
            (job(spec(1, 0)), 1),
            (job(spec(0, 1)), 0),
            (job(spec(-1, 1)), 0),
            (on_shared(spec(1, 1)), 0),
        ],
    );
}

#[test]
fn a_retry_deletes_a_cluster_that_would_be_kept() {
    let spec = |retries: i32, shutdown: bool, mode: &str| {
        json!({"backoffLimit": retries, "shutdownAfterJobFinishes": shutdown,
            "submissionMode": mode})
    };
    counts(
        "trap-retry-deletes-cluster",
        vec![
            (job(spec(1, false, "HTTPMode")), 1),
            (job(spec(0, false, "HTTPMode")), 0),
            (job(spec(1, true, "HTTPMode")), 0),
            (job(spec(1, false, "InteractiveMode")).on(Release::V1_3), 0),
            (on_shared(spec(1, false, "HTTPMode")), 0),
        ],
    );
}

#[test]
fn a_deadline_is_at_least_a_second() {
    for field in ["activeDeadlineSeconds", "preRunningDeadlineSeconds"] {
        let id = match field {
            "activeDeadlineSeconds" => "active-deadline-not-positive",
            _ => "pre-running-deadline-not-positive",
        };
        let spec = |seconds: i32| job(json!({field: seconds}));
        counts(id, vec![(spec(-1), 1), (spec(0), 1), (spec(1), 0)]);
    }
}

#[test]
fn a_deadline_begins_again_with_each_attempt_or_period() {
    let id = "trap-deadline-per-attempt";
    tells(
        id,
        &job(json!({"activeDeadlineSeconds": 60, "backoffLimit": 2})),
        &["spec.activeDeadlineSeconds: activeDeadlineSeconds is 60 for each of 3 attempts"],
    );
    tells(
        id,
        &job(json!({"preRunningDeadlineSeconds": 60, "suspend": true,
            "shutdownAfterJobFinishes": true})),
        &[
            "spec.preRunningDeadlineSeconds: preRunningDeadlineSeconds is 60 for each period \
             between two suspensions",
        ],
    );
}

#[test]
fn deletion_rules_exclude_policies_by_outcome() {
    let spec = |success: Value, failure: Value, rules: Value| {
        job(
            json!({"deletionStrategy": {"onSuccess": success, "onFailure": failure,
            "deletionRules": rules}}),
        )
    };
    let one = json!([{"policy": "DeleteCluster", "condition": {"jobStatus": "SUCCEEDED"}}]);
    let none = || json!({"policy": "DeleteNone"});
    let id = "deletion-rules-with-legacy";
    for (success, failure, fields) in [
        (none(), none(), "onSuccess and onFailure are"),
        (none(), Value::Null, "onSuccess is"),
        (Value::Null, none(), "onFailure is"),
    ] {
        let expected = format!("spec.deletionStrategy: {fields} set together with deletionRules");
        tells(id, &spec(success, failure, one.clone()), &[&expected]);
    }
    counts(
        id,
        vec![
            (spec(none(), none(), json!([])), 0),
            (spec(Value::Null, Value::Null, one.clone()), 0),
        ],
    );
    let id = "deletion-strategy-empty";
    counts(
        id,
        vec![
            (spec(Value::Null, Value::Null, json!([])), 1),
            (spec(none(), Value::Null, json!([])), 0),
            (spec(Value::Null, none(), json!([])), 0),
            (spec(Value::Null, Value::Null, one), 0),
        ],
    );
    // Without the field, shutdownAfterJobFinishes applies.
    let fixes = |shutdown: bool| {
        let spec = json!({"deletionStrategy": {}, "shutdownAfterJobFinishes": shutdown});
        fixes(id, &job(spec))
    };
    assert_eq!((fixes(false), fixes(true)), (2, 1));
}

#[test]
fn a_job_cuts_only_its_own_cluster() {
    let old = |policy: &str| json!({"deletionPolicy": policy});
    let on_old = |example: Example| example.on(Release::V1_4);
    counts(
        "deletion-policy-selector",
        vec![
            (on_old(on_shared(old("DeleteCluster"))), 1),
            (on_old(on_shared(old("DeleteWorkers"))), 1),
            (on_old(on_shared(old("DeleteSelf"))), 0),
            (on_old(job(old("DeleteCluster"))), 0),
        ],
    );
    tells(
        "deletion-policy-selector",
        &on_old(on_shared(old("DeleteCluster"))),
        &[
            "spec.deletionPolicy: policy DeleteCluster on a job that runs on an existing \
             RayCluster",
        ],
    );
    let by_outcome = |success: &str, failure: &str| {
        json!({"deletionStrategy": {"onSuccess": {"policy": success},
            "onFailure": {"policy": failure}}})
    };
    counts(
        "deletion-legacy-success-selector",
        vec![
            (on_shared(by_outcome("DeleteWorkers", "DeleteNone")), 1),
            (on_shared(by_outcome("DeleteSelf", "DeleteCluster")), 0),
            (job(by_outcome("DeleteCluster", "DeleteNone")), 0),
        ],
    );
    counts(
        "deletion-legacy-failure-selector",
        vec![
            (on_shared(by_outcome("DeleteNone", "DeleteCluster")), 1),
            (on_shared(by_outcome("DeleteCluster", "DeleteSelf")), 0),
            (job(by_outcome("DeleteNone", "DeleteCluster")), 0),
        ],
    );
}

/// A job with these deletion rules: policy, condition and seconds.
fn with_rules(rules: &[(&str, &str, &str, i32)]) -> Example {
    let rules: Vec<_> = rules
        .iter()
        .map(|(policy, field, value, seconds)| {
            json!({"policy": policy, "condition": {*field: value, "ttlSeconds": seconds}})
        })
        .collect();
    job(json!({"deletionStrategy": {"deletionRules": rules}}))
}

#[test]
fn a_deletion_rule_has_one_condition_since_1_6() {
    let rule = |condition: Value| {
        job(json!({"deletionStrategy": {"deletionRules": [
            {"policy": "DeleteCluster", "condition": condition}]}}))
    };
    let both = || rule(json!({"jobStatus": "FAILED", "jobDeploymentStatus": "Failed"}));
    let neither = || rule(json!({}));
    tells(
        "deletion-rule-condition-both",
        &both().on(Release::V1_6),
        &[
            "spec.deletionStrategy.deletionRules[0].condition: both jobStatus \"FAILED\" and \
             jobDeploymentStatus \"Failed\" are set",
        ],
    );
    counts("deletion-rule-condition-both", vec![(neither(), 0)]);
    counts(
        "deletion-rule-condition-neither",
        vec![(neither().on(Release::V1_6), 1), (both(), 0)],
    );
    // The first fault hides the others.
    let late = |status: Value| {
        rule(json!({"jobStatus": "FAILED", "jobDeploymentStatus": status, "ttlSeconds": -1}))
    };
    counts(
        "deletion-rule-ttl-negative",
        vec![
            (late(json!("Failed")).on(Release::V1_6), 0),
            (late(json!("Failed")).on(Release::V1_5), 1),
            (late(Value::Null), 1),
            (rule(json!({"ttlSeconds": -1})).on(Release::V1_6), 0),
            (rule(json!({"ttlSeconds": -1})).on(Release::V1_5), 1),
        ],
    );
}

#[test]
fn a_deletion_rule_is_repeated_by_one_of_the_same_policy_and_condition() {
    let id = "deletion-rule-duplicate";
    let first = ("DeleteCluster", "jobStatus", "FAILED", 1);
    tells(
        id,
        &with_rules(&[
            first,
            ("DeleteSelf", "jobStatus", "FAILED", 2),
            ("DeleteCluster", "jobStatus", "FAILED", 3),
        ]),
        &[
            "spec.deletionStrategy.deletionRules[2]: policy \"DeleteCluster\" on jobStatus \
             \"FAILED\" repeats deletionRules[0]",
        ],
    );
    for (other, on_1_5, on_1_6) in [
        (("DeleteCluster", "jobStatus", "SUCCEEDED", 1), 0, 0),
        (("DeleteWorkers", "jobStatus", "FAILED", 1), 0, 0),
        (("DeleteCluster", "jobDeploymentStatus", "Failed", 1), 0, 0),
        (("DeleteCluster", "jobStatus", "FAILED", 2), 1, 1),
    ] {
        counts(
            id,
            vec![
                (with_rules(&[first, other]).on(Release::V1_5), on_1_5),
                (with_rules(&[first, other]).on(Release::V1_6), on_1_6),
            ],
        );
    }
    // 1.5 does not know jobDeploymentStatus.
    let states = [
        ("DeleteCluster", "jobDeploymentStatus", "Failed", 1),
        ("DeleteCluster", "jobDeploymentStatus", "Complete", 1),
    ];
    counts(
        id,
        vec![
            (with_rules(&states).on(Release::V1_5), 1),
            (with_rules(&states).on(Release::V1_6), 0),
        ],
    );
}

#[test]
fn what_is_deleted_later_has_a_time_that_is_not_shorter() {
    let id = "deletion-rule-ttl-order";
    let example = with_rules(&[
        ("DeleteSelf", "jobStatus", "FAILED", 2),
        ("DeleteCluster", "jobStatus", "FAILED", 3),
    ]);
    tells(
        id,
        &example,
        &[
            "spec.deletionStrategy.deletionRules[0].condition.ttlSeconds: on jobStatus \"FAILED\", \
             ttlSeconds of DeleteSelf is 2, but that of DeleteCluster is 3",
        ],
    );
    assert_eq!(
        advice(id, &example),
        "Set ttlSeconds of DeleteSelf to 3 or more"
    );
    let pair = |first: (&'static str, i32), second: (&'static str, i32)| {
        let rule = |(policy, seconds)| (policy, "jobStatus", "FAILED", seconds);
        with_rules(&[rule(first), rule(second)])
    };
    let state = ("DeleteCluster", "jobDeploymentStatus", "Failed", 1);
    counts(
        id,
        vec![
            (pair(("DeleteWorkers", 2), ("DeleteCluster", 2)), 0),
            (pair(("DeleteWorkers", 2), ("DeleteCluster", 1)), 1),
            (pair(("DeleteWorkers", 2), ("DeleteSelf", 1)), 1),
            (pair(("DeleteWorkers", 2), ("DeleteNone", 1)), 0),
            // A repeated rule counts once, with its first time.
            (pair(("DeleteCluster", 2), ("DeleteCluster", 1)), 0),
            (
                with_rules(&[("DeleteWorkers", "jobStatus", "FAILED", 2), state]),
                0,
            ),
            (
                with_rules(&[("DeleteWorkers", "jobStatus", "SUCCEEDED", 2), state]),
                0,
            ),
            (
                with_rules(&[
                    ("DeleteWorkers", "jobStatus", "FAILED", 3),
                    ("DeleteCluster", "jobStatus", "FAILED", 2),
                    ("DeleteSelf", "jobStatus", "FAILED", 1),
                ]),
                2,
            ),
        ],
    );
}

#[test]
fn a_mode_changes_while_the_job_is_busy() {
    let id = "trap-mode-edit";
    let mode = |mode: &str| json!({"submissionMode": mode});
    for (state, expected) in [
        ("", 0),
        ("Initializing", 1),
        ("Waiting", 0),
        ("Running", 1),
        ("Suspending", 1),
        ("Suspended", 0),
        ("Retrying", 1),
        ("Complete", 0),
        ("Failed", 0),
    ] {
        let status = json!({"jobDeploymentStatus": state});
        let change = update(mode("HTTPMode"), mode("K8sJobMode"), status.clone());
        let same = update(mode("HTTPMode"), mode("HTTPMode"), status);
        counts(id, vec![(change, expected), (same, 0)]);
    }
    let running = || json!({"jobDeploymentStatus": "Running"});
    let known = update(mode("HTTPMode"), mode("K8sJobMode"), running());
    let unknown = update(mode("SidecarMode"), mode("K8sJobMode"), running()).on(Release::V1_4);
    tells(
        id,
        &unknown,
        &[
            "spec.submissionMode: submissionMode changes from \"SidecarMode\" to \"K8sJobMode\" \
             on a job that is Running",
        ],
    );
    assert_eq!(advice(id, &unknown), "Create a new RayJob");
    assert!(advice(id, &known).starts_with("Keep the current submissionMode"));
    let back = update(mode("K8sJobMode"), mode("SidecarMode"), running()).on(Release::V1_4);
    counts(id, vec![(back, 0)]);
}

#[test]
fn what_was_used_already_does_not_change_the_running_attempt() {
    let id = "trap-cluster-spec-edit";
    let status = |state: &str, cluster: &str| {
        json!({"jobDeploymentStatus": state,
            "rayClusterName": cluster})
    };
    let edit = |field: &str, mode: &str, state: &str| {
        let spec = |value: Value| json!({"submissionMode": mode, field: value});
        update(
            spec(json!("one")),
            spec(json!("two")),
            status(state, "train-x"),
        )
    };
    for (mode, state, entrypoint, id_of_job) in [
        ("K8sJobMode", "Running", 1, 1),
        ("K8sJobMode", "Initializing", 0, 1),
        ("InteractiveMode", "Running", 0, 1),
        ("InteractiveMode", "Waiting", 0, 0),
        ("K8sJobMode", "Suspended", 0, 0),
    ] {
        counts(
            id,
            vec![
                (edit("entrypoint", mode, state), entrypoint),
                (edit("runtimeEnvYAML", mode, state), entrypoint),
                (edit("jobId", mode, state), id_of_job),
            ],
        );
    }
    let without_id = update(
        json!({"jobId": "one"}),
        json!({}),
        status("Running", "train-x"),
    );
    let version = || json!({"rayClusterSpec": {"rayVersion": "2.53.0"}});
    let without_cluster = update(version(), json!({}), status("Running", ""));
    let gone = json!({"rayClusterSpec": null});
    counts(
        id,
        vec![
            (without_id, 0),
            (without_cluster, 0),
            (
                update(json!({}), gone.clone(), status("Running", "train-x")),
                1,
            ),
            (update(gone.clone(), gone, status("Running", "train-x")), 0),
        ],
    );
    tells(
        id,
        &update(version(), json!({}), status("Running", "train-x")),
        &["spec.rayClusterSpec: rayClusterSpec changes on a job that is Running"],
    );
}

#[test]
fn multikueue_cannot_take_over_a_job_of_this_cluster() {
    let id = "trap-multikueue-added-later";
    let multikueue = json!("kueue.x-k8s.io/multikueue");
    let change = |before: Value, after: &Value, finalizers: Value| {
        let object = |by: &Value| {
            let metadata = json!({"finalizers": finalizers});
            json!({"metadata": metadata, "spec": {"managedBy": by}})
                .to_string()
                .leak()
        };
        Example::job(object(after)).stored(object(&before))
    };
    let own = || json!(["ray.io/rayjob-finalizer"]);
    counts(
        id,
        vec![
            (change(Value::Null, &multikueue, own()), 1),
            (change(json!(""), &multikueue, own()), 1),
            (change(multikueue.clone(), &multikueue, own()), 0),
            (
                change(Value::Null, &multikueue, json!(["example.com/other"])),
                0,
            ),
            (
                change(Value::Null, &json!("ray.io/kuberay-operator"), own()),
                0,
            ),
        ],
    );
    let created = json!({"metadata": {"finalizers": own()}, "spec": {"managedBy": multikueue}});
    counts(id, vec![(Example::job(created.to_string().leak()), 0)]);
}

#[test]
fn a_refused_job_that_is_corrected_is_not_judged_by_the_operator_again() {
    let id = "trap-validation-failed-sticky";
    let status = |state: &str| json!({"jobDeploymentStatus": state});
    let wrong = || json!({"backoffLimit": -1});
    counts(
        id,
        vec![
            (update(wrong(), json!({}), status("ValidationFailed")), 1),
            (update(wrong(), wrong(), status("ValidationFailed")), 0),
            (update(wrong(), json!({}), status("Failed")), 0),
        ],
    );
}

#[test]
fn an_interactive_job_has_no_id_before_it_is_submitted() {
    let id = "trap-interactive-stale-job-id";
    let spec = |suspend: bool, more: Value| {
        let spec = json!({"submissionMode": "InteractiveMode", "entrypoint": null,
            "jobId": "train-1", "shutdownAfterJobFinishes": true, "suspend": suspend});
        joined(spec, more)
    };
    let limited = || spec(false, json!({"preRunningDeadlineSeconds": 600}));
    let resumed = update(
        spec(true, json!({})),
        spec(false, json!({})),
        json!({"jobDeploymentStatus": "Suspended"}),
    );
    tells(
        id,
        &resumed,
        &["spec.jobId: jobId is set on an InteractiveMode job that is being resumed"],
    );
    tells(
        id,
        &job(spec(false, json!({}))),
        &["spec.jobId: jobId is set on an InteractiveMode job that is being created"],
    );
    assert!(
        advice(id, &job(spec(false, json!({})))).ends_with("kubectl ray job submit sets its own")
    );
    assert_eq!(
        advice(id, &resumed),
        "Remove jobId, and set it after you submit the job"
    );
    let update = |before: bool, after: bool| {
        update(
            spec(before, json!({})),
            spec(after, json!({})),
            json!({"jobDeploymentStatus": "Suspended"}),
        )
    };
    counts(
        id,
        vec![
            (update(true, true), 0),
            (update(false, true), 0),
            (update(false, false), 0),
            (job(limited()).on(Release::V1_6), 0),
            (job(limited()).on(Release::V1_5), 1),
            (job(spec(false, json!({"jobId": ""}))), 0),
            (job(spec(false, json!({"submissionMode": "HTTPMode"}))), 0),
            (on_shared(spec(false, json!({}))), 0),
        ],
    );
    counts(
        "trap-pre-running-preset-job-id",
        vec![
            (job(limited()), 1),
            (job(spec(false, json!({}))), 0),
            (
                job(spec(
                    false,
                    json!({"jobId": "", "preRunningDeadlineSeconds": 600}),
                )),
                0,
            ),
        ],
    );
}

#[test]
fn a_wait_for_the_user_ends_with_another_deadline() {
    let id = "trap-active-deadline-in-waiting";
    let spec = |active: i32, waiting: Value| {
        job(
            json!({"submissionMode": "InteractiveMode", "entrypoint": null,
            "activeDeadlineSeconds": active, "preRunningDeadlineSeconds": waiting}),
        )
    };
    counts(
        id,
        vec![
            (spec(600, Value::Null), 1),
            (spec(600, json!(600)), 0),
            (spec(600, json!(601)), 1),
            (spec(600, json!(600)).on(Release::V1_6), 0),
            (spec(600, json!(600)).on(Release::V1_5), 1),
            (spec(0, Value::Null), 0),
            (job(json!({"activeDeadlineSeconds": 600})), 0),
            (
                job(
                    json!({"submissionMode": "InteractiveMode", "entrypoint": null,
                    "activeDeadlineSeconds": 600, "jobId": "train-1"}),
                ),
                0,
            ),
        ],
    );
    for id in [id, "trap-interactive-unbounded"] {
        let is_old = |release| {
            advice(id, &spec(600, Value::Null).on(release)).contains("before KubeRay 1.6")
        };
        assert!(is_old(Release::V1_5) && !is_old(Release::V1_6), "{id}");
    }
    counts(
        "trap-interactive-unbounded",
        vec![
            (spec(0, json!(600)), 0),
            (spec(0, json!(600)).on(Release::V1_5), 1),
            (spec(0, Value::Null), 1),
            (job(json!({})), 0),
        ],
    );
}

#[test]
fn metadata_needs_a_ray_that_knows_it() {
    let id = "trap-metadata-ray-version";
    let spec = |version: &str, mode: &str| {
        job(json!({"metadata": {"team": "ml"}, "submissionMode": mode,
            "rayClusterSpec": {"rayVersion": version}}))
    };
    let own_command = |version: &str| {
        job(
            json!({"metadata": {"team": "ml"}, "rayClusterSpec": {"rayVersion": version},
            "submitterPodTemplate": {"spec": {"containers": [
                {"name": "submit", "image": "rayproject/ray:2.52.0", "command": ["true"]}]}}}),
        )
    };
    let shared = || on_shared(json!({"metadata": {"team": "ml"}}));
    tells(
        id,
        &spec("2.5.0", "K8sJobMode"),
        &["spec.rayClusterSpec.rayVersion: metadata is set, but rayVersion is \"2.5.0\""],
    );
    tells(
        id,
        &spec("", "K8sJobMode").on(Release::V1_6),
        &["spec.rayClusterSpec.rayVersion: metadata is set, but rayVersion is not set"],
    );
    tells(
        id,
        &shared().on(Release::V1_4),
        &["spec.rayClusterSpec.rayVersion: metadata is set, but rayClusterSpec is not set"],
    );
    counts(
        id,
        vec![
            (spec("2.6.0", "K8sJobMode"), 0),
            (spec("", "K8sJobMode").on(Release::V1_7), 0),
            (spec("2.5.0", "HTTPMode"), 0),
            (spec("2.5.0", "SidecarMode"), 1),
            (own_command("2.5.0").on(Release::V1_5), 1),
            (own_command("2.5.0").on(Release::V1_4), 0),
            (shared().on(Release::V1_5), 0),
            (job(json!({"rayClusterSpec": {"rayVersion": "2.5.0"}})), 0),
        ],
    );
    let beside = |mode: &str| {
        json!({"metadata": {"team": "ml"}, "submissionMode": mode,
            "clusterSelector": {"ray.io/cluster": "shared"}})
    };
    let selected = |mode: &str| on_shared(beside(mode)).on(Release::V1_6);
    counts(
        "trap-metadata-dropped",
        vec![
            (selected("K8sJobMode"), 1),
            (selected("HTTPMode"), 0),
            (job(beside("K8sJobMode")).on(Release::V1_6), 0),
            (spec("2.6.0", "K8sJobMode").on(Release::V1_6), 0),
            (on_shared(json!({})).on(Release::V1_6), 0),
        ],
    );
}

#[test]
fn an_id_is_found_again_on_an_existing_cluster() {
    let spec = |mode: &str, id: &str| json!({"submissionMode": mode, "jobId": id});
    counts(
        "trap-job-id-existing-cluster",
        vec![
            (on_shared(spec("K8sJobMode", "train-1")), 1),
            (on_shared(spec("HTTPMode", "train-1")), 1),
            (on_shared(spec("HTTPMode", "")), 0),
            (on_shared(spec("SidecarMode", "train-1")), 0),
            (job(spec("HTTPMode", "train-1")), 0),
        ],
    );
}

#[test]
fn the_names_of_runs_fit_a_rayjob() {
    let named = |name: &str| cron(json!({"metadata": {"name": name}}));
    let long = |bytes: usize| "a".repeat(bytes);
    let id = "trap-cron-name";
    counts(
        id,
        vec![
            (named(&long(41)).on(Release::V1_6), 0),
            (named(&long(42)).on(Release::V1_6), 1),
            (named(&long(36)).on(Release::V1_7), 0),
            // KubeRay refuses these.
            (named(&long(37)).on(Release::V1_7), 0),
            (named(&long(42)).on(Release::V1_7), 0),
            (named("a.b").on(Release::V1_7), 1),
        ],
    );
    tells(
        id,
        &named("a.b"),
        &["metadata.name: \"a.b\" cannot begin the name of a RayJob"],
    );
    tells(
        id,
        &cron(json!({"metadata": {"name": null}})),
        &["metadata.name: name or generateName is missing"],
    );
    let id = "cron-name-too-long";
    counts(id, vec![(named(&long(36)), 0), (named(&long(37)), 1)]);
}

#[test]
fn runs_that_wait_for_a_user_are_bounded() {
    let template = |template: Value| cron(json!({"spec": {"jobTemplate": template}}));
    let waiting = |deadline: Value, shutdown: bool, id: &str| {
        template(
            json!({"submissionMode": "InteractiveMode", "entrypoint": null, "jobId": id,
            "preRunningDeadlineSeconds": deadline, "shutdownAfterJobFinishes": shutdown}),
        )
    };
    counts(
        "trap-cron-interactive",
        vec![
            (waiting(json!(600), true, ""), 0),
            (waiting(Value::Null, true, ""), 1),
            (waiting(json!(600), false, ""), 1),
            (waiting(json!(600), true, "train-1"), 1),
            (template(json!({})), 0),
        ],
    );
    let piles = |more: Value| {
        let spec = json!({"shutdownAfterJobFinishes": null});
        template(joined(spec, more))
    };
    counts(
        "trap-cron-clusters-pile-up",
        vec![
            (piles(json!({})), 1),
            (piles(json!({"shutdownAfterJobFinishes": true})), 0),
            (piles(json!({"deletionStrategy": {}})), 0),
            (piles(json!({"suspend": true})), 0),
            (piles(json!({"submissionMode": "InteractiveMode"})), 0),
            (piles(json!({"ttlSecondsAfterFinished": 1})), 0),
            (piles(json!({"ttlSecondsAfterFinished": 0})), 1),
        ],
    );
    let shared = |more: Value| {
        let spec = json!({"shutdownAfterJobFinishes": null, "rayClusterSpec": null,
            "clusterSelector": {"ray.io/cluster": "shared"}, "jobId": "nightly"});
        template(joined(spec, more))
    };
    counts(
        "trap-cron-fixed-job-id",
        vec![
            (shared(json!({})), 1),
            (shared(json!({"jobId": ""})), 0),
            (shared(json!({"submissionMode": "InteractiveMode"})), 0),
        ],
    );
    counts(
        "trap-cron-template-suspend",
        vec![
            (template(json!({"suspend": true})), 1),
            (
                template(json!({"suspend": true, "shutdownAfterJobFinishes": false})),
                0,
            ),
            (
                template(json!({"suspend": true, "rayClusterSpec": null,
                    "clusterSelector": {"ray.io/cluster": "shared"}})),
                0,
            ),
        ],
    );
}

#[test]
fn a_schedule_says_when_runs_start() {
    let schedule = |schedule: &str| cron(json!({"spec": {"schedule": schedule}}));
    counts(
        "trap-cron-sub-minute",
        vec![(schedule("@every 59s"), 1), (schedule("@every 60s"), 0)],
    );
    tells(
        "trap-cron-sub-minute",
        &schedule("@every 30s"),
        &["spec.schedule: a run is scheduled every 30 s"],
    );
    counts(
        "cron-schedule-tz",
        vec![
            (schedule("TZ=UTC 0 3 * * *"), 1),
            (schedule("tz=UTC 0 3 * * *"), 0),
        ],
    );
    let id = "cron-schedule-invalid";
    let unknown = || schedule("TZ=Europe/Bonn 0 3 * * *");
    tells(
        id,
        &unknown().on(Release::V1_6),
        &[
            "spec.schedule: schedule \"TZ=Europe/Bonn 0 3 * * *\": \"Europe/Bonn\" is not a time \
             zone",
        ],
    );
    // Another rule reports the prefix.
    counts(id, vec![(unknown().on(Release::V1_7), 0)]);
    let resumed = |before: bool, after: bool, last: &str| {
        let object = |suspend: bool| {
            json!({"spec": {"suspend": suspend}, "status": {"lastScheduleTime": last}})
                .to_string()
                .leak()
        };
        Example::cron(object(after)).stored(object(before))
    };
    let id = "trap-cron-catch-up";
    counts(
        id,
        vec![
            (resumed(false, false, ""), 0),
            (resumed(true, true, ""), 0),
            (resumed(false, true, ""), 0),
        ],
    );
    tells(
        id,
        &resumed(true, false, ""),
        &["spec.suspend: the RayCronJob is resumed, and nothing has run since it was created"],
    );
    tells(
        id,
        &resumed(true, false, "2026-01-01T00:00:00Z"),
        &[
            "spec.suspend: the RayCronJob is resumed, and the last run was scheduled for \
             \"2026-01-01T00:00:00Z\"",
        ],
    );
}

#[test]
fn a_time_zone_that_is_nearly_right_is_proposed() {
    let zone = |zone: &str| cron(json!({"spec": {"timeZone": zone}}));
    let id = "cron-timezone-invalid";
    let (near, far) = (zone("europe/berlin"), zone("+01:00"));
    assert_eq!(advice(id, &near), "Set timeZone to Europe/Berlin");
    assert!(advice(id, &far).starts_with("Use a name"));
    assert_eq!((fixes(id, &near), fixes(id, &far)), (1, 0));
}

#[test]
fn who_manages_a_cluster_does_not_change() {
    let cluster = |by: &str| json!({"rayClusterSpec": {"managedBy": by}});
    let (own, other) = ("ray.io/kuberay-operator", "kueue.x-k8s.io/multikueue");
    for (before, after, expected) in [(own, other, 1), (other, own, 1), (own, own, 0)] {
        let example = update(cluster(before), cluster(after), json!({}));
        let object = example.object().expect("an example");
        let stored = example.stored_object().expect("an example");
        let found = crd::check(Release::V1_7, &object, stored.as_ref());
        let changes = found
            .iter()
            .filter(|it| it.rule.id == "crd-managed-by-immutable");
        assert_eq!(changes.count(), expected, "{before} {after} {found:?}");
    }
}

#[test]
fn only_a_job_that_could_be_suspended_waits_in_vain() {
    let job = |spec: Value| {
        let spec = joined(
            json!({"submissionMode": "InteractiveMode", "entrypoint": null, "suspend": true}),
            spec,
        );
        let patch = |spec: &Value| {
            let status = json!({"jobDeploymentStatus": "Waiting"});
            json!({"spec": spec, "status": status}).to_string().leak()
        };
        let stored = joined(spec.clone(), json!({"suspend": false}));
        Example::job(patch(&spec)).stored(patch(&stored))
    };
    let selector = json!({"ray.io/cluster": "shared"});
    counts(
        "trap-suspend-in-waiting",
        vec![
            (job(json!({"shutdownAfterJobFinishes": true})), 1),
            (job(json!({"shutdownAfterJobFinishes": false})), 0),
            (
                job(json!({"shutdownAfterJobFinishes": true, "clusterSelector": selector})),
                0,
            ),
        ],
    );
}

#[test]
fn kuberay_uses_the_rules_of_a_strategy_alone() {
    let policy = || json!({"policy": "DeleteCluster"});
    let rules = json!([{"policy": "DeleteCluster",
        "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": -1}}]);
    let job = |fields: Value| {
        let strategy = joined(json!({"deletionRules": rules}), fields);
        let patch = json!({"spec": {"deletionStrategy": strategy}});
        Example::job(patch.to_string().leak())
    };
    counts(
        "deletion-rule-ttl-negative",
        vec![
            (job(json!({})), 1),
            (job(json!({"onSuccess": policy()})), 0),
            (job(json!({"onFailure": policy()})), 0),
        ],
    );
}
