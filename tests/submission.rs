//! How a job is submitted: its mode, its ID, the submitter, and the fields that reach a shell.

use rayjob_policy_core::release::Release;
use rayjob_policy_testkit::Asked;
use serde_json::{Value, json};

const BEFORE_SIDECARS: Option<Release> = Some(Release::V1_4);

#[test]
fn an_unknown_mode_is_told_with_the_mode_that_is_meant() {
    let asked = Asked::job("trap-unknown-mode", "spec.submissionMode");
    asked.tells(
        [
            (
                "DefaultMode",
                "\"DefaultMode\" is not a submission mode of KubeRay 1.7. Write K8sJobMode, the \
                 name of the default mode, or remove submissionMode",
            ),
            (
                "UserMode",
                "\"UserMode\" is not a submission mode of KubeRay 1.7. Write InteractiveMode, the \
                 name of UserMode since KubeRay 1.3",
            ),
            (
                "HttpMode",
                "\"HttpMode\" is not a submission mode of KubeRay 1.7. Write HTTPMode",
            ),
            (
                "Nonsense",
                "\"Nonsense\" is not a submission mode of KubeRay 1.7. Write one of K8sJobMode, \
                 HTTPMode, InteractiveMode, SidecarMode",
            ),
            ("K8sJobMode", ""),
            ("SidecarMode", ""),
            ("", ""),
        ]
        .map(|(mode, told)| (mode.into(), told)),
    );
    let asked = Asked {
        release: BEFORE_SIDECARS,
        ..asked
    };
    asked.tells([
        (
            "SidecarMode".into(),
            "\"SidecarMode\" is not a submission mode of KubeRay 1.4. Use K8sJobMode, because \
             SidecarMode requires KubeRay 1.5",
        ),
        (
            "Nonsense".into(),
            "\"Nonsense\" is not a submission mode of KubeRay 1.4. Write one of K8sJobMode, \
             HTTPMode, InteractiveMode",
        ),
    ]);
    for (mode, meant) in [
        ("DefaultMode", "K8sJobMode"),
        ("UserMode", "InteractiveMode"),
        ("SidecarMode", "K8sJobMode"),
        ("HttpMode", "HTTPMode"),
    ] {
        let fixes = asked.fixes(mode.into());
        assert!(fixes[0].contains(meant), "{fixes:?}");
    }
    assert!(asked.fixes("Nonsense".into()).is_empty());
}

#[test]
fn only_k8s_job_mode_has_a_submitter() {
    let asked = Asked::job("trap-submitter-ignored", "spec");
    let both = |mode: &str| {
        json!({"submissionMode": mode, "submitterPodTemplate": {},
            "submitterConfig": {"backoffLimit": 1}})
    };
    let told = |mode: &str| {
        format!(
            "submitterPodTemplate has no effect with submissionMode \"{mode}\"\n\
             submitterConfig has no effect with submissionMode \"{mode}\""
        )
    };
    asked.tells([
        (both("K8sJobMode"), ""),
        // KubeRay refuses it.
        (both("SidecarMode"), ""),
        (both("HTTPMode"), &*told("HTTPMode")),
        (both("InteractiveMode"), &*told("InteractiveMode")),
    ]);
    let asked = Asked {
        release: BEFORE_SIDECARS,
        ..asked
    };
    asked.tells([(both("SidecarMode"), &*told("SidecarMode"))]);
    assert_eq!(
        asked.places(both("HTTPMode")),
        ["spec.submitterPodTemplate", "spec.submitterConfig"]
    );
}

#[test]
fn a_job_id_is_one_part_of_an_address() {
    Asked::job("trap-job-id-path", "spec.jobId").tells([
        ("a/b".into(), "jobId is \"a/b\""),
        ("a?".into(), "jobId is \"a?\""),
        ("#a".into(), "jobId is \"#a\""),
        ("a-b_c.d&e".into(), ""),
    ]);
}

#[test]
fn a_shell_acts_on_a_job_id() {
    Asked::job("trap-job-id-shell", "spec.jobId").tells([
        (
            "a\nb".into(),
            "the shell acts on the line break before \"b\" in line 2 of jobId",
        ),
        (
            "a\n\n b c \nd".into(),
            "the shell acts on the line break before \"b c\" in line 3 of jobId",
        ),
        ("a; b".into(), "the shell acts on \"; b\" in jobId"),
        ("$A-b".into(), "the shell acts on \"$A\" in jobId"),
        ("a #b".into(), "the shell acts on \"#b\" in jobId"),
        ("a'b".into(), "the shell acts on \"'b\" in jobId"),
        ("a#b".into(), ""),
    ]);
}

#[test]
fn a_shell_expands_what_kuberay_quotes() {
    Asked::job("trap-runtime-env-shell", "spec").tells([
        (
            json!({"runtimeEnvYAML": "env_vars:\n  A: $B\n"}),
            "the shell acts on \"$B\" in line 2 of runtimeEnvYAML",
        ),
        (
            json!({"runtimeEnvYAML": "env_vars: {A: \"`b c` d\"}"}),
            "the shell acts on \"`b c`\" in runtimeEnvYAML",
        ),
        (json!({"runtimeEnvYAML": "env_vars: {A: \"5 $\"}"}), ""),
        (
            json!({"entrypointResources": "{\"a\": $N}"}),
            "the shell acts on \"$N\" in entrypointResources",
        ),
        (
            json!({"metadata": {"a$b": "c"}}),
            "the shell acts on \"$b\" in a key of metadata",
        ),
        (
            json!({"metadata": {"a": "$(b (c) d)"}}),
            "the shell acts on \"$(b (c) d)\" in metadata",
        ),
        (
            json!({"metadata": {"a": "b\n$C d"}}),
            "the shell acts on \"$C\" in line 2 of metadata",
        ),
        (
            json!({"metadata": {"a": "$B"}, "submissionMode": "HTTPMode"}),
            "",
        ),
        (
            json!({"metadata": {"a": "$B"}, "submissionMode": "SidecarMode",
                "activeDeadlineSeconds": 9}),
            "the shell acts on \"$B\" in metadata",
        ),
    ]);
}

#[test]
fn entrypoint_resources_are_a_json_object_of_numbers() {
    let told = |shown: &str| format!("entrypointResources is {shown}");
    let field =
        |text: &str, mode: &str| json!({"entrypointResources": text, "submissionMode": mode});
    let asked = Asked::job("trap-entrypoint-resources-json", "spec");
    for (text, by_shell, by_http) in [
        ("a=1", "\"a=1\"", "\"a=1\""),
        (" ", "\" \"", "\" \""),
        ("", "", ""),
        ("{\"a\": 1}", "", ""),
        ("{\"a\": 1}\n", "\"{\\\"a\\\": 1}\", with a line break", ""),
        (
            "{\"a\": 1}\n \n",
            "\"{\\\"a\\\": 1}\", with a line break",
            "",
        ),
        (
            "{\"a\": 1\n, \"b\": 2}",
            "\"{\\\"a\\\": 1\", and more lines",
            "",
        ),
        ("x\ny", "\"x\", and more lines", "\"x\", and more lines"),
        ("null", "\"null\"", ""),
        ("{\"a\": null}", "\"{\\\"a\\\": null}\"", ""),
        ("{\"a\": true}", "", "\"{\\\"a\\\": true}\""),
        // What the shell makes of it is not known.
        ("{\"a\": \"$N\"}", "", "\"{\\\"a\\\": \\\"$N\\\"}\""),
    ] {
        for (mode, shown) in [("K8sJobMode", by_shell), ("HTTPMode", by_http)] {
            let told = if shown.is_empty() {
                String::new()
            } else {
                told(shown)
            };
            asked.tells([(field(text, mode), &*told)]);
        }
    }
    asked.tells([(
        json!({"entrypointResources": "a", "entrypoint": null,
        "submissionMode": "InteractiveMode"}),
        "",
    )]);
}

/// A submitter with these fields of its pod and its container.
fn submitter(pod: Value, container: Value) -> Value {
    let mut own = json!({"name": "submitter", "image": "rayproject/ray:2.52.0"});
    let fields = own.as_object_mut().expect("fields");
    fields.extend(container.as_object().expect("fields").clone());
    let mut spec = json!({"restartPolicy": "Never", "containers": [own]});
    let fields = spec.as_object_mut().expect("fields");
    fields.extend(pod.as_object().expect("fields").clone());
    json!({"submitterPodTemplate": {"spec": spec}})
}

fn by_http(mut spec: Value) -> Value {
    spec["submissionMode"] = "HTTPMode".into();
    spec
}

#[test]
fn the_submitter_needs_a_container_and_a_policy_of_a_job() {
    let empty = || json!({"submitterPodTemplate": {}});
    Asked::job("trap-submitter-no-container", "spec").tells([
        (empty(), "submitterPodTemplate has no container"),
        (by_http(empty()), ""),
        (submitter(json!({}), json!({})), ""),
    ]);
    let policy = |policy: &str| submitter(json!({"restartPolicy": policy}), json!({}));
    let asked = Asked::job("trap-submitter-restart-policy", "spec");
    asked.tells([
        (policy("Never"), ""),
        (policy("OnFailure"), ""),
        (
            policy("Always"),
            "restartPolicy of the submitter is \"Always\"",
        ),
        (
            policy("never"),
            "restartPolicy of the submitter is \"never\"",
        ),
        (
            policy(""),
            "restartPolicy of the submitter is not set, which means Always",
        ),
        (by_http(policy("Always")), ""),
        (
            submitter(
                json!({"restartPolicy": "Always", "containers": []}),
                json!({}),
            ),
            "",
        ),
    ]);
    assert_eq!(asked.fixes(policy("Always")).len(), 1);
    let limit = |limit: i32| json!({"submitterConfig": {"backoffLimit": limit}});
    Asked::job("trap-submitter-backoff-negative", "spec").tells([
        (limit(-1), "submitterConfig.backoffLimit is -1"),
        (limit(0), ""),
        (by_http(limit(-1)), ""),
    ]);
}

#[test]
fn a_command_of_the_submitter_may_submit_the_entrypoint() {
    let asked = Asked::job("trap-submitter-command", "spec");
    let command = |words: &[&str]| submitter(json!({}), json!({"command": words}));
    let args = |words: &[&str]| submitter(json!({}), json!({"args": words}));
    let with = |mut spec: Value, fields: Value| {
        let own = spec.as_object_mut().expect("fields");
        own.extend(fields.as_object().expect("fields").clone());
        spec
    };
    let lost = |fields: &str| {
        format!("the submitter has its own command, which does not receive {fields}")
    };
    let all = json!({"runtimeEnvYAML": "pip: [a]", "entrypointNumCpus": 1, "entrypointNumGpus": 1,
        "entrypointResources": "{}", "metadata": {"a": "b"}});
    let submits = ["ray", "job", "submit", "--", "python", "train.py"];
    let in_shell = json!({"command": ["sh", "-c"],
        "args": ["ray job \\\n submit -- python  train.py"]});
    asked.tells([
        (command(&["./submit.sh"]), &*lost("entrypoint")),
        (
            with(command(&["./submit.sh"]), json!({"entrypoint": null})),
            "",
        ),
        (
            with(command(&["./submit.sh"]), all),
            &*lost(
                "entrypoint, entrypointNumCpus, entrypointNumGpus, entrypointResources, \
                 runtimeEnvYAML, metadata",
            ),
        ),
        (command(&submits), ""),
        (
            with(command(&submits), json!({"metadata": {"a": "b"}})),
            &*lost("metadata"),
        ),
        (submitter(json!({}), in_shell), ""),
        (
            command(&["python", "train.py", "ray", "job", "submit"]),
            &*lost("entrypoint"),
        ),
        (
            command(&["ray", "job", "submit", "python", "a.py"]),
            &*lost("entrypoint"),
        ),
        (by_http(command(&["./submit.sh"])), ""),
        (args(&["a"]), "args of the submitter are not used"),
        (args(&["python", "train.py"]), ""),
        (
            args(&["python", "train.py", ""]),
            "args of the submitter are not used",
        ),
        (
            with(args(&["python", ""]), json!({"entrypoint": "python ''"})),
            "",
        ),
        (args(&[]), ""),
    ]);
    for (spec, field) in [(command(&["a"]), "command"), (args(&["a"]), "args")] {
        let place = format!("spec.submitterPodTemplate.spec.containers[0].{field}");
        assert_eq!(asked.places(spec), [place]);
    }
}

#[test]
fn kubernetes_sets_labels_of_the_pod_of_a_job_itself() {
    let asked = Asked::job("pod-submitter-label", "spec.submitterPodTemplate");
    let labels = |labels: Value| {
        let mut template = submitter(json!({}), json!({}))["submitterPodTemplate"].take();
        template["metadata"] = json!({"labels": labels});
        template
    };
    asked.tells([
        (labels(json!({"job-name": "train"})), ""),
        (
            labels(json!({"batch.kubernetes.io/job-name": "train", "team": "a"})),
            "",
        ),
        (
            labels(json!({"job-name": "other"})),
            "label job-name of the submitter pod is \"other\"",
        ),
        (
            labels(json!({"controller-uid": "train"})),
            "label controller-uid of the submitter pod is \"train\"",
        ),
    ]);
}
