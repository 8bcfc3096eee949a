//! Manifests as they are found in the wild, each cut down to what somebody
//! stumbled over: what is said of them, in every format, and what `--fix` makes
//! of them.

mod command;

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

const CLUSTER: &str = "  rayClusterSpec:
    headGroupSpec: {rayStartParams: {}, template: {spec: {containers: [{name: h, image: r}]}}}
";

/// A RayJob whose `spec` ends with these lines.
fn job(spec: &str) -> String {
    format!("apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {{name: x}}\nspec:\n{spec}")
}

/// A RayJob on a RayCluster of its own.
fn with_cluster(spec: &str) -> String {
    job(&format!("{spec}{CLUSTER}"))
}

fn check(text: &str, args: &[&str]) -> (TempDir, String) {
    let folder = command::folder(&[("job.yaml", text.as_bytes())]);
    let (_, stdout, _) = command::check(folder.path(), &[&["job.yaml"], args].concat());
    (folder, stdout)
}

/// What a release finds, `LEVEL RULE FIELD: DETAIL` in the order of the report:
/// the same in text, JSON and SARIF.
fn found(text: &str, kuberay: &str) -> Vec<String> {
    let report = |format| check(text, &["--kuberay", kuberay, "--format", format]).1;
    let parsed = |format| serde_json::from_str::<Value>(&report(format)).expect("JSON");
    let text_of = |value: &Value| value.as_str().expect("a text").to_owned();

    let json = parsed("json");
    let documents = json["files"].as_array().into_iter().flatten();
    let documents = documents.flat_map(|file| file["documents"].as_array().expect("documents"));
    let findings =
        documents.flat_map(|document| document["findings"].as_array().expect("findings"));
    let (mut in_json, mut headlines, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    for finding in findings {
        let [rule, path, detail] = ["rule", "path", "detail"].map(|key| text_of(&finding[key]));
        let level = text_of(&finding["level"]);
        let word = if level == "deny" { "error" } else { "warning" };
        headlines.push(format!("{word}[{rule}]: {path}: {detail}"));
        messages.push((rule.clone(), text_of(&finding["message"])));
        in_json.push(format!("{level} {rule} {path}: {detail}"));
    }

    let printed = report("text");
    let heads = printed.lines().filter(|line| line.contains("]: "));
    let heads: Vec<_> = heads.filter(|line| line.starts_with(['e', 'w'])).collect();
    assert_eq!(heads, headlines, "{printed}");

    let sarif = parsed("sarif");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let results = results.iter().map(|result| {
        let message = &result["message"]["text"];
        (text_of(&result["ruleId"]), text_of(message))
    });
    assert_eq!(results.collect::<Vec<_>>(), messages);
    in_json
}

/// The titles of the fixes of the only finding, the safe ones with a `!`, and
/// its advice.
fn ways_out(text: &str) -> (Vec<String>, String) {
    let json: Value = serde_json::from_str(&check(text, &["--format", "json"]).1).expect("JSON");
    let finding = &json["files"][0]["documents"][0]["findings"][0];
    let fixes = finding["fixes"].as_array().expect("fixes").iter();
    let title = |fix: &Value| {
        let safe = if fix["safe"] == true { "!" } else { "" };
        format!("{safe}{}", fix["title"].as_str().expect("a title"))
    };
    let advice = finding["advice"].as_str().expect("an advice");
    (fixes.map(title).collect(), advice.to_owned())
}

/// The text after `--fix`.
fn fixed(text: &str) -> String {
    let (folder, _) = check(text, &["--fix"]);
    fs::read_to_string(folder.path().join("job.yaml")).expect("the file")
}

const RELEASES: [&str; 5] = ["1.3", "1.4", "1.5", "1.6", "1.7"];

#[test]
fn the_runtime_env_of_an_interactive_job_is_for_kubectl_ray() {
    let spec = "  submissionMode: InteractiveMode\n  runtimeEnvYAML: \"pip: [emoji]\"\n";
    for release in RELEASES {
        assert_eq!(found(&with_cluster(spec), release), [""; 0], "{release}");
    }
    // The command line of `kubectl ray job submit` has these.
    let spec = format!("{spec}  entrypoint: python a.py\n  entrypointNumGpus: 1\n");
    assert_eq!(
        found(&with_cluster(&spec), "1.7"),
        [
            "warn trap-entrypoint-ignored spec.entrypoint: entrypoint has no effect with \
             InteractiveMode",
            "warn trap-entrypoint-ignored spec.entrypointNumGpus: entrypointNumGpus has no effect \
             with InteractiveMode",
        ]
    );
}

#[test]
fn a_job_id_in_a_file_helps_nobody() {
    let spec = "  submissionMode: InteractiveMode\n  jobId: raysubmit_1\n";
    let text = with_cluster(spec);
    assert_eq!(
        found(&text, "1.7"),
        [
            "warn trap-interactive-stale-job-id spec.jobId: jobId is set on an InteractiveMode \
             job that is being created"
        ]
    );
    let (fixes, advice) = ways_out(&text);
    assert_eq!(fixes, ["remove jobId: the job waits until you set it"]);
    assert!(
        advice.ends_with("kubectl ray job submit sets its own"),
        "{advice}"
    );
}

#[test]
fn no_fix_turns_over_that_the_cluster_is_to_stay() {
    let text = with_cluster(
        "  entrypoint: python a.py\n  shutdownAfterJobFinishes: false   # keep cluster alive to inspect results\n  \
         ttlSecondsAfterFinished: 300\n",
    );
    assert_eq!(
        found(&text, "1.7"),
        [
            "deny ttl-needs-shutdown spec.ttlSecondsAfterFinished: ttlSecondsAfterFinished is 300, but \
             shutdownAfterJobFinishes is not true"
        ]
    );
    assert_eq!(
        ways_out(&text),
        (
            vec![
                "remove ttlSecondsAfterFinished".to_owned(),
                "set shutdownAfterJobFinishes to true".to_owned(),
            ],
            "Remove ttlSecondsAfterFinished, or set shutdownAfterJobFinishes to true".to_owned()
        )
    );
    assert_eq!(fixed(&text), text);
    // Nor is a cluster deleted of which nothing is said.
    let text = text.replace(
        "  shutdownAfterJobFinishes: false   # keep cluster alive to inspect results\n",
        "",
    );
    assert_eq!(ways_out(&text).0[0], "set shutdownAfterJobFinishes to true");
    assert_eq!(fixed(&text), text);
}

#[test]
fn a_time_to_live_on_an_existing_cluster_is_removed() {
    let text = job(
        "  entrypoint: python a.py\n  clusterSelector: {ray.io/cluster: shared}\n  \
         ttlSecondsAfterFinished: 300\n",
    );
    assert_eq!(
        found(&text, "1.7"),
        [
            "deny ttl-needs-shutdown spec.ttlSecondsAfterFinished: ttlSecondsAfterFinished is 300, but \
             shutdownAfterJobFinishes is not true"
        ]
    );
    assert_eq!(
        ways_out(&text),
        (
            vec![
                "!remove ttlSecondsAfterFinished: an existing RayCluster is never deleted"
                    .to_owned()
            ],
            "Remove ttlSecondsAfterFinished".to_owned()
        )
    );
    let after = fixed(&text);
    assert_eq!(after, text.replace("  ttlSecondsAfterFinished: 300\n", ""));
    assert_eq!(found(&after, "1.7"), [""; 0]);
}

#[test]
fn a_switched_off_autoscaler_may_keep_its_options() {
    let options = "    autoscalerOptions: {idleTimeoutSeconds: 60}\n";
    let text = with_cluster("  entrypoint: a\n") + options;
    assert_eq!(
        found(&text, "1.7"),
        [
            "warn trap-autoscaler-options-unused spec.rayClusterSpec.autoscalerOptions: autoscalerOptions is set, but \
             enableInTreeAutoscaling is not"
        ]
    );
    let text = text + "    enableInTreeAutoscaling: false # true\n";
    assert_eq!(found(&text, "1.7"), [""; 0]);
}

#[test]
fn a_submitter_that_submits_the_entrypoint_does_what_it_should() {
    let submitter = "  entrypoint: python train.py
  submitterPodTemplate: {spec: {restartPolicy: Never, containers: [{name: s, image: r, command: [sh, -c],
    args: [\"ray job submit --address=http://$RAY_DASHBOARD_ADDRESS --submission-id=$RAY_JOB_SUBMISSION_ID -- python train.py\"]}]}}
";
    assert_eq!(found(&with_cluster(submitter), "1.7"), [""; 0]);
    let other = submitter.replace("entrypoint: python train.py", "entrypoint: python other.py");
    let with_env = format!("{submitter}  runtimeEnvYAML: \"pip: [emoji]\"\n");
    let command = "warn trap-submitter-command spec.submitterPodTemplate.spec.containers[0].command: the submitter has \
                   its own command, which does not receive";
    assert_eq!(
        found(&with_cluster(&other), "1.7"),
        [format!("{command} entrypoint")]
    );
    assert_eq!(
        found(&with_cluster(&with_env), "1.7"),
        [format!("{command} runtimeEnvYAML")]
    );
}

#[test]
fn a_job_in_v1alpha1_hears_of_what_it_loses() {
    let text = with_cluster("  entrypoint: a\n").replace("ray.io/v1\n", "ray.io/v1alpha1\n");
    for release in &RELEASES[..4] {
        assert_eq!(found(&text, release), [""; 0], "{release}");
    }
    let old = "warn trap-v1alpha1 apiVersion: apiVersion is ray.io/v1alpha1";
    assert_eq!(found(&text, "1.7"), [old]);
    assert_eq!(fixed(&text), text.replace("v1alpha1", "v1"));
    let text = text.replace(
        "  entrypoint: a\n",
        "  entrypoint: a\n  submissionMode: HTTPMode\n",
    );
    let lost = "deny trap-unknown-field spec.submissionMode: \"submissionMode\" is not a field of \
        ray.io/v1alpha1";
    assert_eq!(found(&text, "1.6"), [lost]);
    assert_eq!(found(&text, "1.7"), [lost, old]);
    // In v1 the job would be submitted in another way.
    assert_eq!(fixed(&text), text);
}

#[test]
fn what_the_api_server_refuses_is_no_second_mistake() {
    let missing = "deny crd-pod-template-shape spec";
    for (spec, place) in [
        (
            "  entrypoint: a\n  rayClusterSpec:\n    headGroupSpec: {rayStartParams: {}, template: {spec: {}}}\n".to_owned(),
            "rayClusterSpec.headGroupSpec.template.spec",
        ),
        (
            format!(
                "  entrypoint: a\n{CLUSTER}    workerGroupSpecs: [{{groupName: w, minReplicas: 0, maxReplicas: 1, \
                 rayStartParams: {{}}, template: {{spec: {{}}}}}}]\n"
            ),
            "rayClusterSpec.workerGroupSpecs[0].template.spec",
        ),
        (
            format!("  entrypoint: a\n  submitterPodTemplate: {{spec: {{restartPolicy: Never}}}}\n{CLUSTER}"),
            "submitterPodTemplate.spec",
        ),
    ] {
        for release in RELEASES {
            assert_eq!(
                found(&job(&spec), release),
                [format!("{missing}.{place}.containers: containers is missing")],
                "{release}"
            );
        }
    }
}

#[test]
fn the_clusters_of_a_cron_job_that_keeps_them_pile_up() {
    let cron = |template: &str| {
        let head = "apiVersion: ray.io/v1\nkind: RayCronJob\nmetadata: {name: x}\nspec:\n  \
            schedule: \"0 3 * * *\"\n";
        let template = format!("  entrypoint: a\n{template}{CLUSTER}");
        let template: String = template.lines().map(|line| format!("  {line}\n")).collect();
        format!("{head}  jobTemplate:\n{template}")
    };
    for release in ["1.6", "1.7"] {
        assert_eq!(
            found(&cron(""), release),
            [
                "warn trap-cron-clusters-pile-up spec.jobTemplate.shutdownAfterJobFinishes: shutdownAfterJobFinishes is \
                 not true in jobTemplate"
            ]
        );
        assert_eq!(
            found(&cron("  shutdownAfterJobFinishes: true\n"), release),
            [""; 0]
        );
    }
}
