//! What is said of manifests as strangers publish them: with placeholders, as
//! templates, in other objects, as patches. Each format says the same.

mod command;

use std::path::Path;

use command::{check, folder};
use serde_json::Value;

const HEAD: &str = "headGroupSpec:
      rayStartParams: {}
      template:
        spec:
          containers:
          - name: h
            image: r
";

/// A RayJob; its spec begins on line 5, its cluster on line 6.
fn job(spec: &str, cluster: &str) -> String {
    format!(
        "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {{name: x}}\nspec:\n  {spec}\n  \
         rayClusterSpec:\n    {HEAD}{cluster}"
    )
}

/// Something that is said: where, and a finding's rule or the text of a note.
type Said = (String, u64, String);

/// The findings and the notes about some files, and the exit code; the same in
/// all formats.
fn said(folder: &Path, paths: &[&str]) -> (Vec<Said>, Vec<Said>, i32) {
    let run = |format| check(folder, &[paths, &["--format", format]].concat());
    let json: Value = serde_json::from_str(&run("json").1).expect("JSON");
    let (mut findings, mut notes) = (Vec::new(), Vec::new());
    for file in json["files"].as_array().expect("files") {
        let said = |it: &Value, what: &str| {
            let line = it["span"]["start"]["line"].as_u64().expect("a line");
            (text(&file["path"]), line, text(&it[what]))
        };
        for document in file["documents"].as_array().expect("documents") {
            let found = document["findings"].as_array().expect("findings").iter();
            findings.extend(found.map(|finding| said(finding, "rule")));
        }
        let all = file["notes"].as_array().expect("notes").iter();
        notes.extend(all.map(|note| said(note, "message")));
        for problem in file["problems"].as_array().expect("problems") {
            assert_eq!(file["skipped"], true, "{file}");
            notes.push(said(problem, "message"));
        }
    }
    let (code, stdout, stderr) = run("text");
    assert_eq!(from_text(&stdout), findings, "{stdout}");
    same_notes("text", &notes_of_text(&stderr), &notes);
    let sarif: Value = serde_json::from_str(&run("sarif").1).expect("JSON");
    assert_eq!(
        from_sarif(&sarif["runs"][0]["results"], "/ruleId"),
        findings
    );
    let told = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    same_notes("sarif", &from_sarif(told, "/message/text"), &notes);
    let (found, told) = from_github(&run("github").1);
    assert_eq!(found, findings);
    same_notes("github", &told, &notes);
    (findings, notes, code)
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// A note is told in full; a format may say before it that a file was skipped.
fn same_notes(format: &str, told: &[Said], notes: &[Said]) {
    let mut told = told.to_vec();
    told.sort();
    let mut notes = notes.to_vec();
    notes.sort();
    assert_eq!(told.len(), notes.len(), "{format}: {told:#?}");
    for (told, note) in told.iter().zip(&notes) {
        assert_eq!((&told.0, told.1), (&note.0, note.1), "{format}");
        assert!(told.2.ends_with(&note.2), "{format}: {} {}", told.2, note.2);
    }
}

fn from_text(report: &str) -> Vec<Said> {
    let lines: Vec<_> = report.lines().collect();
    let findings = lines.windows(2).filter_map(|lines| {
        let rule = lines[0].split_once('[')?.1.split_once(']')?.0;
        let place = lines[1].trim_start().strip_prefix("--> ")?;
        let [file, line, _] = place.split(':').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some((file.to_owned(), line.parse().ok()?, rule.to_owned()))
    });
    findings.collect()
}

fn notes_of_text(stderr: &str) -> Vec<Said> {
    let note = |line: &str| {
        let told = line.strip_prefix("note: ").expect("a note");
        let told = told.strip_prefix("skipped: ").unwrap_or(told);
        let [file, line, _, message] = told.splitn(4, ':').collect::<Vec<_>>()[..] else {
            panic!("{told}")
        };
        (file.into(), line.parse().expect("a line"), message.into())
    };
    stderr.lines().map(note).collect()
}

fn from_sarif(results: &Value, what: &str) -> Vec<Said> {
    let results = results.as_array().expect("results").iter();
    let said = |result: &Value| {
        let place = &result["locations"][0]["physicalLocation"];
        let line = place["region"]["startLine"].as_u64().expect("a line");
        let what = result.pointer(what).expect("what is said");
        (text(&place["artifactLocation"]["uri"]), line, text(what))
    };
    results.map(said).collect()
}

/// The findings, and the notices.
fn from_github(report: &str) -> (Vec<Said>, Vec<Said>) {
    let said = |line: &str| {
        let (_, command) = line.split_once(" file=").expect("a command");
        let (properties, message) = command.split_once("::").expect("a message");
        let mut properties = properties.split(',');
        let file = properties.next().expect("a file").to_owned();
        let value = |property: &str| Some(property.split_once('=')?.1.to_owned());
        let line = properties.next().and_then(value).expect("a line");
        let title = properties.next_back().and_then(value).expect("a title");
        let line = line.parse().expect("a number");
        (file, line, title, message.replace("%25", "%"))
    };
    let (notices, findings): (Vec<_>, Vec<_>) = report
        .lines()
        .partition(|line| line.starts_with("::notice "));
    let findings = findings.into_iter().map(said);
    let notices = notices.into_iter().map(said);
    (
        findings
            .map(|(file, line, title, _)| (file, line, title))
            .collect(),
        notices
            .map(|(file, line, _, message)| (file, line, message))
            .collect(),
    )
}

/// A line, and what is said there.
type Line = (u64, String);

/// The findings in one file and its notes.
fn said_of(text: &str) -> (Vec<Line>, Vec<Line>) {
    let folder = folder(&[("job.yaml", text.as_bytes())]);
    let (findings, notes, _) = said(folder.path(), &["job.yaml"]);
    let placed = |said: Vec<Said>| {
        said.into_iter()
            .map(|(_, line, what)| (line, what))
            .collect()
    };
    (placed(findings), placed(notes))
}

/// The note about placeholders.
fn note(line: u64, token: &str, advice: &str) -> Vec<Line> {
    let text = format!(
        "contains placeholders such as {token}: {advice}; fields that depend on them are not judged"
    );
    vec![(line, text)]
}

const ENVSUBST: &str = "render it first, for example with envsubst";

#[test]
fn one_note_tells_of_all_placeholders() {
    let bare = job("entrypoint: a", "");
    for (text, line, token) in [
        (bare.replace("{name: x}", "{name: \"job-${ID}\"}"), 3, "${ID}"),
        (
            job("entrypoint: a", "    workerGroupSpecs:\n    - groupName: w\n      replicas: $N\n      template: {spec: {containers: [{name: w, image: r}]}}\n"),
            16,
            "$N",
        ),
        (
            bare.replace("            image: r", "            image: r\n            resources:\n              limits: {cpu: \"${CPU}\", memory: \"${MEMORY}Gi\"}\n              requests: {cpu: \"${CPU}\"}"),
            15,
            "${CPU}",
        ),
        (
            job("entrypoint: a\n  runtimeEnvYAML: \"env_vars: {OUT: s3://$S3_BUCKET/x}\"", ""),
            6,
            "$S3_BUCKET",
        ),
    ] {
        assert_eq!(said_of(&text), (vec![], note(line, token, ENVSUBST)), "{text}");
    }
}

#[test]
fn placeholders_that_break_no_type_are_noted() {
    let bare = job("entrypoint: a", "");
    for (text, line, token, advice) in [
        (
            bare.replace("{name: x}", "{name: x, namespace: <your-namespace>}"),
            3,
            "<your-namespace>",
            "fill them in first",
        ),
        (
            bare.replace("image: r", "image: <APP_IMAGE>@sha256:<DIGEST>"),
            13,
            "<APP_IMAGE>",
            "fill them in first",
        ),
        (
            bare.replace(
                "headGroupSpec",
                "rayVersion: \"<RAY_VERSION>\"\n    headGroupSpec",
            ),
            7,
            "<RAY_VERSION>",
            "fill them in first",
        ),
        (
            bare.replace("image: r", "image: \"{{ .Values.image }}\""),
            13,
            "{{ .Values.image }}",
            "render it first, for example with helm template",
        ),
        (
            bare.replace("image: r", "image: \"@IMAGE@\""),
            13,
            "@IMAGE@",
            "render it first",
        ),
        (
            bare.replace("image: r", "image: ray:%TAG%"),
            13,
            "%TAG%",
            "render it first",
        ),
    ] {
        assert_eq!(
            said_of(&text),
            (vec![], note(line, token, advice)),
            "{text}"
        );
    }
}

#[test]
fn what_rests_on_no_placeholder_is_still_found() {
    // The shell replaces this on purpose.
    let shell = job("entrypoint: python a.py --out $HOME", "");
    assert_eq!(
        said_of(&shell),
        (vec![(5, "trap-entrypoint-submitter-value".into())], vec![])
    );
    // Ray has it, so nobody renders it; the submitter puts its own there.
    let path = job(
        "entrypoint: a\n  runtimeEnvYAML: \"env_vars: {PATH: '/opt:${PATH}'}\"",
        "",
    );
    assert_eq!(
        said_of(&path),
        (vec![(6, "trap-runtime-env-shell".into())], vec![])
    );
    // The rest of the text is wrong whatever the bucket is.
    let both = path.replace("/opt", "$BUCKET");
    let (findings, notes) = said_of(&both);
    assert_eq!(findings, [(6, "trap-runtime-env-shell".into())]);
    assert_eq!(notes, note(6, "$BUCKET", ENVSUBST));
    // A field that KubeRay does not read or know is none whatever it says.
    let interactive = job(
        "submissionMode: InteractiveMode\n  entrypointNumCpus: ${N}\n  jobIdd: ${ID}",
        "",
    );
    let (findings, _) = said_of(&interactive);
    let expected = [(7, "trap-unknown-field"), (6, "trap-entrypoint-ignored")];
    assert_eq!(
        findings,
        expected.map(|(line, rule)| (line, rule.to_owned()))
    );
    // A line of a text may become anything.
    let env = job(
        "entrypoint: a\n  runtimeEnvYAML: |\n    {{ common }}\n    pip: [a]",
        "",
    );
    assert_eq!(said_of(&env).0, []);
    let (findings, _) = said_of(&env.replace("[a]", "[a"));
    assert_eq!(findings, [(6, "runtime-env-invalid".into())]);
    // What could not be read for a placeholder hides nothing else.
    let worker = "    workerGroupSpecs:\n    - groupName: w\n      replicas: ${N}\n      \
        minReplicas: 5\n      maxReplicas: 3\n      template: {spec: {containers: [{name: w, \
        image: r}]}}\n";
    let (findings, _) = said_of(&job("entrypoint: a", worker));
    assert_eq!(findings, [(17, "worker-min-exceeds-max".into())]);
    let (findings, _) = said_of(&job("entrypoint: a", &worker.replace('5', "${MIN}")));
    assert_eq!(findings, []);
    let (findings, _) = said_of(&job(
        "suspend: ${SUSPEND}\n  entrypoint: a\n  ttlSecondsAfterFinished: 9",
        "",
    ));
    assert_eq!(findings, [(7, "ttl-needs-shutdown".into())]);
    let (findings, _) = said_of(&job(
        "shutdownAfterJobFinishes: ${DOWN}\n  entrypoint: a\n  ttlSecondsAfterFinished: 9",
        "",
    ));
    assert_eq!(findings, []);
}

#[test]
fn a_request_is_judged_as_it_is() {
    let review = "apiVersion: admission.k8s.io/v1
kind: AdmissionReview
request:
  uid: a
  operation: CREATE
  kind: {group: ray.io, version: v1, kind: RayJob}
  object:
    apiVersion: ray.io/v1
    kind: RayJob
    metadata: {name: \"job-${ID}\"}
    spec: {entrypoint: a, clusterSelector: {ray.io/cluster: c}}
";
    let (findings, notes) = said_of(review);
    assert_eq!(findings, [(10, "name-not-dns1035".into())]);
    assert_eq!(notes, []);
}

const HELM: &str =
    "looks like a Helm template ({{ ... }}): render it first, for example with helm template";

#[test]
fn a_template_says_that_it_is_one() {
    let template = job("entrypoint: a", "").replace("name: x", "name: {{ .Values.name }}");
    for (text, line, said) in [
        (&*template, 3, HELM),
        (
            "apiVersion: ray.io/v1\nkind: RayJob\n{% if gpu %}\nspec: {}\n{% endif %}\n",
            3,
            "looks like a Jinja template ({% ... %}): render it first",
        ),
        (
            "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: ${NAME}}\n",
            3,
            "looks like a template (${NAME}): render it first, for example with envsubst",
        ),
        (
            "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: @NAME@\n",
            4,
            "looks like a template (@NAME@): render it first",
        ),
    ] {
        let folder = folder(&[("job.yaml", text.as_bytes())]);
        let (code, _, stderr) = check(folder.path(), &["job.yaml"]);
        assert_eq!(code, 2);
        assert!(
            stderr.starts_with(&format!("error: job.yaml:{line}:")),
            "{stderr}"
        );
        assert!(
            stderr.contains(&format!(": cannot be read: {said}")),
            "{stderr}"
        );
    }
}

#[test]
fn a_folder_of_nothing_but_templates_is_no_success() {
    let template = job("entrypoint: a", "").replace("name: x", "name: {{ .Values.name }}");
    let service = "apiVersion: v1\nkind: Service\nspec: {{ .Values.spec }} # ray.io/cluster: a\n";
    let files: &[(&str, &[u8])] = &[
        ("templates/job.yaml", template.as_bytes()),
        ("templates/service.yaml", service.as_bytes()),
        ("values.yaml", b"name: x\n"),
    ];
    let skipped = vec![("templates/job.yaml".to_owned(), 3, HELM.to_owned())];
    let chart = folder(files);
    assert_eq!(said(chart.path(), &["."]), (vec![], skipped.clone(), 2));
    let (_, sarif, _) = check(chart.path(), &[".", "--format", "sarif"]);
    assert!(sarif.contains("\"executionSuccessful\":false"), "{sarif}");
    let (_, stdout, _) = check(chart.path(), &["."]);
    assert_eq!(
        stdout,
        "nothing to check: no RayJob, RayCronJob, RayCluster or RayService in 3 files; skipped 2 files that cannot be \
         read as YAML, including every file that names an object to check\n"
    );
    for kind in ["RayCluster", "RayService"] {
        let template = template.replace("RayJob", kind);
        let skipped = vec![("other.yaml".to_owned(), 3, HELM.to_owned())];
        let other = folder(&[("other.yaml", template.as_bytes())]);
        assert_eq!(said(other.path(), &["."]), (vec![], skipped, 2));
    }
    let with_job = job("entrypoint: a", "");
    let beside = folder(&[files, &[("job.yaml", with_job.as_bytes())]].concat());
    assert_eq!(said(beside.path(), &["."]), (vec![], skipped, 0));
    let without = folder(&[files[1], files[2]]);
    assert_eq!(said(without.path(), &["."]), (vec![], vec![], 0));
    // Who names a file and says that it may be a template knows.
    let (code, ..) = check(chart.path(), &["templates/job.yaml", "--lenient"]);
    assert_eq!(code, 0);
}

const BAD: &str = "apiVersion: ray.io/v1
kind: RayJob
metadata: {name: x}
spec: {entrypoint: a, clusterSelector: {ray.io/cluster: c}, backoffLimit: 2}
";

#[test]
fn a_rayjob_in_another_object_is_judged_at_its_line() {
    let indented = |by: usize| BAD.replace('\n', &format!("\n{}", " ".repeat(by)));
    for (begin, by, line) in [
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templates:\n  - \
             resource:\n      action: create\n      manifest: |\n        ",
            8,
            11,
        ),
        (
            "apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: Test\nspec:\n  steps:\n  - try:\n    \
             - apply:\n        resource:\n          ",
            10,
            11,
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  job: |\n    ",
            4,
            8,
        ),
        (
            "apiVersion: v1\nkind: ConfigMapList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  \
             data:\n    job: |\n      apiVersion: v1\n      kind: List\n      items:\n      - ",
            8,
            14,
        ),
    ] {
        let text = format!("{begin}{}", indented(by));
        assert_eq!(
            said_of(&text),
            (vec![(line, "selector-backoff".into())], vec![]),
            "{text}"
        );
    }
}

#[test]
fn clusters_and_services_in_other_objects_are_judged_too() {
    for (kind, begin, end) in [
        ("RayCluster", "", ""),
        ("RayService", "rayClusterConfig: {", "}"),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  ray: |\n    apiVersion: ray.io/v1\n    \
             kind: {kind}\n    metadata: {{name: x}}\n    spec: {{{begin}headGroupSpec: {{\n      \
             template: {{spec: {{containers: [{{name: h}}]}}}}}}{end}}}\n"
        );
        let (findings, notes) = said_of(&text);
        assert!(
            findings
                .iter()
                .any(|(line, rule)| (*line, &**rule) == (9, "pod-image-missing")),
            "{text}{findings:?}"
        );
        assert_eq!(notes, []);
        // What cannot be read is said to be one.
        let template = text.replace("{name: x}", "{{ name }}");
        let (_, notes) = said_of(&template);
        let begin = format!("this text names a {kind} but cannot be read: ");
        assert!(notes[0].1.starts_with(&begin), "{notes:?}");
    }
}

#[test]
fn a_part_of_an_object_is_passed_over() {
    let kustomization: &[u8] = b"resources: [job.yaml]\npatches: [{path: patches/gpu.yaml}]\npatchesStrategicMerge: [./old.yaml]\n";
    let test: &[u8] = b"apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: Test\nspec: {steps: [{try: [{apply: {file: bad.yaml}}, {assert: {file: done.yaml}}]}]}\n";
    let bad = BAD.as_bytes();
    let folder = folder(&[
        ("prod/kustomization.yaml", kustomization),
        ("prod/job.yaml", bad),
        ("prod/old.yaml", bad),
        ("prod/patches/gpu.yaml", bad),
        ("tests/01-assert.yaml", bad),
        ("tests/01-bad.yaml", bad),
        ("tests/bad-assert.yaml", bad),
        ("tests/chainsaw-test.yaml", test),
        ("tests/done.yaml", bad),
    ]);
    let found = |file: &str| (file.to_owned(), 4, "selector-backoff".to_owned());
    let noted = |file: &str, what: &str| (file.to_owned(), 2, what.to_owned());
    let patch = "not judged: this patch, named in prod/kustomization.yaml, is only a part of an object; check the \
                 patched object, such as the output of kustomize build";
    let assertion =
        |by| format!("not judged: this test assertion, {by}, is only a part of an object");
    let (findings, notes, code) = said(folder.path(), &["."]);
    assert_eq!(
        findings,
        [
            found("prod/job.yaml"),
            found("tests/01-bad.yaml"),
            found("tests/bad-assert.yaml")
        ]
    );
    assert_eq!(
        notes,
        [
            noted("prod/old.yaml", patch),
            noted("prod/patches/gpu.yaml", patch),
            noted("tests/01-assert.yaml", &assertion("recognized by its name")),
            noted(
                "tests/done.yaml",
                &assertion("named in tests/chainsaw-test.yaml")
            ),
        ]
    );
    assert_eq!(code, 1);
    let (findings, notes, code) = said(folder.path(), &["prod/patches", "--require-rayjob"]);
    assert_eq!((findings.len(), notes.len(), code), (0, 1, 3));
}
