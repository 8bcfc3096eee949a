//! What crosses between the module and JavaScript. `make page-test` runs
//! this under Node and in a browser.
#![cfg(target_arch = "wasm32")]

use js_sys::{JSON, Object};
use rayjob_policy_browser::{catalogue, check, lifecycle, matrix, releases, with_release};
use serde_json::{Value, json};
use wasm_bindgen::{JsError, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const INTERACTIVE: &str = "# \u{1f680}
apiVersion: ray.io/v1
kind: RayJob
metadata: {name: explore}
spec:
  submissionMode: InteractiveMode
  backoffLimit: 2
  preRunningDeadlineSeconds: 60
  shutdownAfterJobFinishes: true
  rayClusterSpec:
    rayVersion: 2.52.0
    headGroupSpec:
      rayStartParams: {}
      template: {spec: {containers: [{name: ray-head, image: \"rayproject/ray:2.52.0\"}]}}
";

fn js(value: &Value) -> JsValue {
    JSON::parse(&value.to_string()).unwrap()
}

/// What JavaScript gets.
fn got(answer: Result<JsValue, JsError>) -> Value {
    let Ok(answer) = answer else {
        panic!("refused");
    };
    let json = String::from(JSON::stringify(&answer).unwrap());
    serde_json::from_str(&json).unwrap()
}

fn checked(text: &str, options: &Value) -> Value {
    got(check(text, js(options)))
}

fn interactive() -> JsValue {
    js(&checked(INTERACTIVE, &json!({}))["documents"][0]["object"])
}

#[wasm_bindgen_test]
fn a_finding_is_where_javascript_counts_it() {
    let answer = checked(INTERACTIVE, &json!({}));
    let document = &answer["documents"][0];
    assert_eq!(document["response"]["allowed"], false);
    let finding = &document["findings"][0];
    assert_eq!(finding["rule"], "interactive-backoff");
    let units: Vec<u16> = INTERACTIVE.encode_utf16().collect();
    let unit = |end: &str| finding["span"][end]["utf16"].as_u64().unwrap() as usize;
    let shown = String::from_utf16(&units[unit("start")..unit("end")]).unwrap();
    assert_eq!(shown, "backoffLimit: 2");
    assert_eq!(finding["fixes"][0]["edits"][0]["text"], "0");
}

#[wasm_bindgen_test]
fn options_may_be_left_out_and_must_be_known() {
    assert!(check(INTERACTIVE, JsValue::UNDEFINED).is_ok());
    assert!(check(INTERACTIVE, Object::new().into()).is_ok());
    assert!(check(INTERACTIVE, js(&json!({"setings": ""}))).is_err());
    assert!(check(INTERACTIVE, js(&json!({"settings": 1}))).is_err());
}

#[wasm_bindgen_test]
fn nothing_is_judged_with_faulty_settings() {
    let answer = checked(
        INTERACTIVE,
        &json!({"settings": "kuberayVersion: 9\nrules: 1\n"}),
    );
    assert_eq!(answer["settings"].as_array().unwrap().len(), 2);
    assert_eq!(answer["documents"], json!([]));
    assert_eq!(answer["release"], Value::Null);
}

#[wasm_bindgen_test]
fn the_release_is_the_one_of_the_settings_that_were_used() {
    let policy = "kind: ClusterAdmissionPolicy\nspec: {settings: {kuberayVersion: v1.5.1}}\n";
    for (settings, release) in [
        ("", "1.7"),
        ("{\"kuberayVersion\": 1.4}", "1.4"),
        (policy, "1.5"),
    ] {
        let answer = checked(INTERACTIVE, &json!({"settings": settings}));
        assert_eq!(answer["release"], release);
        assert_eq!(answer["documents"][0]["release"], release);
    }
    let question = json!({
        "request": {"kind": {"group": "ray.io", "kind": "RayJob"}, "operation": "CREATE", "object": {}},
        "settings": {"kuberayVersion": "1.3"},
    });
    let answer = checked(&question.to_string(), &json!({}));
    assert_eq!(answer["documents"][0]["release"], "1.3");
    let Ok(edited) = with_release(policy, "1.6") else {
        panic!("refused");
    };
    assert_eq!(edited, Some(policy.replace("v1.5.1", "\"1.6\"")));
    assert!(with_release(policy, "2.0").is_err());
}

#[wasm_bindgen_test]
fn a_stored_object_makes_an_update() {
    let answer = checked(INTERACTIVE, &json!({"stored": INTERACTIVE}));
    let document = &answer["documents"][0];
    assert_eq!(document["response"]["allowed"], true);
    assert_eq!(document["findings"][0]["stored"], true);
    assert_eq!(document["oldObject"]["spec"]["backoffLimit"], 2);
}

#[wasm_bindgen_test]
fn a_cluster_decides_the_release_and_what_is_missing() {
    let operator = "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {metadata: {labels: \
        {app.kubernetes.io/component: kuberay-operator}}, spec: {containers: [{image: \
        'operator:v1.5.1'}]}}}\n---\napiVersion: ray.io/v1\nkind: RayCluster\n\
        metadata: {name: batch, namespace: a}\n";
    let job = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: train}\nspec:\n  \
        entrypoint: python train.py\n  clusterSelector: {ray.io/cluster: shared}\n";
    let answer = checked(job, &json!({"cluster": operator}));
    assert_eq!(
        (&answer["release"], &answer["cluster"]),
        (&json!("1.5"), &json!([]))
    );
    let document = &answer["documents"][0];
    assert_eq!(document["release"], "1.5");
    assert_eq!(document["findings"][0]["rule"], "live-raycluster-missing");

    let queued = job.replace(
        "name: train",
        "name: train, labels: {kueue.x-k8s.io/queue-name: q}",
    );
    let answer = checked(&queued, &json!({"cluster": operator}));
    let note = answer["cluster"][0].as_str().unwrap();
    assert!(note.starts_with("Not known: queues. "), "{note}");

    let auto = "{kuberayVersion: auto, cluster: [operator]}";
    for (cluster, settings, told) in [
        ("{", "", "1:"),
        ("NAME  AGE", "", "There is no object"),
        (
            "",
            auto,
            "kuberayVersion: the objects of the cluster are not given; name a release",
        ),
        (&*queued, auto, "kuberayVersion: the objects"),
    ] {
        let answer = checked(job, &json!({"cluster": cluster, "settings": settings}));
        let [of_cluster, of_settings] = [&answer["cluster"][0], &answer["settings"][0]];
        let note = of_settings.as_str().or(of_cluster.as_str()).unwrap();
        assert!(note.starts_with(told), "{note}");
    }
}

#[wasm_bindgen_test]
fn each_bad_example_of_the_catalogue_shows_its_rule_and_no_good_one_does() {
    let catalogue = got(catalogue());
    let families = catalogue["families"].as_array().unwrap();
    let rules = families
        .iter()
        .flat_map(|family| family["rules"].as_array().unwrap());
    let mut seen = 0;
    for rule in rules {
        for (example, shows) in [(&rule["bad"], true), (&rule["good"], false)] {
            let Some(text) = example["text"].as_str() else {
                continue;
            };
            let options = json!({"settings": example["settings"], "stored": example["stored"],
                                 "cluster": example["cluster"]});
            let answer = checked(text, &options);
            let findings = answer["documents"][0]["findings"].as_array().unwrap();
            let is_found = findings.iter().any(|found| found["rule"] == rule["id"]);
            // What the API server refuses stands for what the operator would say.
            let is_refused = findings
                .iter()
                .any(|found| found["rule"].as_str().unwrap().starts_with("crd-"));
            assert_eq!(
                is_found || shows && is_refused,
                shows,
                "{}: {findings:?}",
                rule["id"]
            );
            seen += 1;
        }
    }
    assert!(seen > 200, "{seen}");
}

#[wasm_bindgen_test]
fn a_life_tells_where_the_job_id_stays() {
    let happenings = json!({
        "outcomes": ["FAILED"],
        "events": [{"when": "Waiting", "nth": 1, "action": {"submit": "x"}}],
    });
    let life = got(lifecycle(interactive(), "1.3", js(&happenings)));
    let attempts = life["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2);
    let first = attempts[0].as_array().unwrap();
    let keeping = first.iter().filter(|step| step["keepsJobId"] == true);
    assert_eq!(keeping.count(), 1);
    assert_eq!(first.last().unwrap()["keepsJobId"], true);
    assert_eq!(life["ending"]["kind"], "idles");
    assert_eq!(life["ending"]["state"], "Running");
    assert_eq!(life["allowed"]["attempts"], 3);
}

#[wasm_bindgen_test]
fn a_life_without_the_operators_check_goes_on() {
    let ends_in = |unchecked: bool| {
        let happenings = js(&json!({"unchecked": unchecked}));
        got(lifecycle(interactive(), "1.7", happenings))["ending"]["state"].clone()
    };
    assert_eq!(ends_in(false), "ValidationFailed");
    assert_eq!(ends_in(true), "Waiting");
}

#[wasm_bindgen_test]
fn a_life_names_the_child_that_is_never_created() {
    let object = js(&json!({"apiVersion": "ray.io/v1", "kind": "RayJob",
        "metadata": {"name": "job"}, "spec": {"entrypoint": "python train.py", "rayClusterSpec": {
        "headGroupSpec": {"template": {"spec": {"containers": [{"name": "h", "image": "ray"}]}}},
        "workerGroupSpecs": [{"groupName": "gpu_workers", "replicas": 1, "template": {
            "spec": {"containers": [{"name": "w", "image": "ray"}]}}}]}}}));
    let life = got(lifecycle(object, "1.7", JsValue::UNDEFINED));
    let last = life["attempts"][0].as_array().unwrap().last().unwrap();
    assert_eq!(last["obstacle"]["rule"], "trap-group-name");
    assert_eq!(life["obstacles"][0], last["obstacle"]);
    let says = life["says"].as_str().unwrap();
    assert!(says.contains("worker group \"gpu_workers\""), "{says}");
}

#[wasm_bindgen_test]
fn late_workers_are_an_option() {
    let object = || {
        js(
            &json!({"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "job"},
            "spec": {"entrypoint": "python train.py", "submissionMode": "SidecarMode",
            "rayClusterSpec": {
                "headGroupSpec": {"template": {
                    "spec": {"containers": [{"name": "h", "image": "ray"}]}}},
                "workerGroupSpecs": [{"groupName": "workers", "replicas": 1, "template": {
                    "spec": {"containers": [{"name": "w", "image": "ray"}]}}}]}}}),
        )
    };
    for (late, state) in [(false, "Complete"), (true, "Initializing")] {
        let happenings = js(&json!({"outcomes": ["SUCCEEDED"], "lateWorkers": late}));
        let life = got(lifecycle(object(), "1.7", happenings));
        assert_eq!(life["ending"]["state"], state);
    }
}

#[wasm_bindgen_test]
fn what_is_no_happening_is_refused() {
    for happenings in [
        json!({"outcomes": ["GOOD"]}),
        json!({"event": []}),
        json!({"events": [{"when": "x", "nth": 1, "action": "resume"}]}),
    ] {
        let life = lifecycle(interactive(), "1.7", js(&happenings));
        assert!(life.is_err(), "{happenings}");
    }
    assert!(lifecycle(interactive(), "2.0", JsValue::UNDEFINED).is_err());
}

#[wasm_bindgen_test]
fn each_release_has_its_verdict() {
    let compare = |index| releases(INTERACTIVE, index, JsValue::UNDEFINED, JsValue::UNDEFINED);
    let rows = got(compare(0));
    let rows = rows.as_array().unwrap();
    let denied_by = |rule: &str| {
        let is_denied = |row: &&Value| row["denials"].as_array().unwrap().contains(&rule.into());
        rows.iter().filter(is_denied).count()
    };
    assert_eq!(denied_by("trap-interactive-retry"), 1);
    assert_eq!(denied_by("interactive-backoff"), rows.len() - 1);
    assert!(compare(1).is_err());
}

#[wasm_bindgen_test]
fn each_release_names_each_rule_of_the_policy_once() {
    let template =
        "template: {spec: {containers: [{name: worker, image: \"rayproject/ray:2.52.0\"}]}}";
    let group = |name| {
        format!(
            "    - {{groupName: {name}, minReplicas: -2, maxReplicas: -3, rayStartParams: {{}}, \
             {template}}}\n"
        )
    };
    let groups = format!(
        "    workerGroupSpecs:\n{}{}    headGroupSpec:\n",
        group("a"),
        group("b")
    );
    let text = INTERACTIVE
        .replace("    headGroupSpec:\n", &groups)
        .replace(
            "shutdownAfterJobFinishes: true",
            "shutdownAfterJobFinishes: yes",
        );
    let rows = got(releases(&text, 0, JsValue::UNDEFINED, JsValue::UNDEFINED));
    assert_eq!(
        (&rows[4]["denials"], &rows[4]["warnings"]),
        (
            &json!([
                "interactive-backoff",
                "worker-min-replicas-negative",
                "worker-max-replicas-negative",
                "worker-min-exceeds-max",
            ]),
            // A file's own flaws, such as its `yes`, are none of the policy's.
            &json!([]),
        )
    );
}

#[wasm_bindgen_test]
fn an_object_without_a_job_has_verdicts_and_no_life() {
    let cluster = "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: shared}\nspec:\n  \
        headGroupSpec: {rayStartParams: {}, template: {spec: {containers: [{name: head}]}}}\n";
    let document = &checked(cluster, &json!({}))["documents"][0];
    assert_eq!(document["mode"], "");
    let rows = got(releases(cluster, 0, js(&json!({})), js(&json!({}))));
    for row in rows.as_array().unwrap() {
        assert_eq!(row["denials"], json!(["pod-image-missing"]), "{row}");
        assert!(row.get("trace").is_none(), "{row}");
    }
    assert!(lifecycle(js(&document["object"]), "1.7", JsValue::UNDEFINED).is_err());
}

#[wasm_bindgen_test]
fn the_matrix_marks_what_the_object_has() {
    let matrix = got(matrix("", "1.7", interactive()));
    let rows = matrix["rows"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["mode"] == "InteractiveMode")
        .unwrap();
    let cells = row["cells"].as_array().unwrap();
    assert_eq!(cells[0]["level"], "deny");
    let current: Vec<_> = cells.iter().map(|cell| cell["current"] == true).collect();
    assert_eq!(current, [true, false, false, false, false]);
}
