//! Fields that are gone, misplaced or not what the API server takes: what each
//! report says of them, and what `--fix` makes of them.

mod command;

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

/// A manifest, what is said of it, and what the fix makes of it.
struct Case {
    manifest: &'static str,
    rule: &'static str,
    path: &'static str,
    line: u64,
    detail: &'static str,
    advice: &'static str,
    fixed: Option<(&'static str, &'static str)>,
}

const CASES: [Case; 12] = [
    // {"pip": ["requests==2.26.0"], "env_vars": {"counter_name": "test_counter"}}
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  runtimeEnv: eyJwaXAiOiBbInJlcXVlc3RzPT0yLjI2LjAiXSwgImVudl92YXJzIjogeyJjb3VudGVyX25hbWUiOiAidGVzdF9jb3VudGVyIn19  # base64
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "trap-unknown-field",
        path: "spec.runtimeEnv",
        line: 6,
        detail: r#""runtimeEnv" is not a field in KubeRay 1.7 (removed after 1.0)"#,
        advice: "Decode it, and write it as text in runtimeEnvYAML",
        fixed: Some((
            "  runtimeEnv: eyJwaXAiOiBbInJlcXVlc3RzPT0yLjI2LjAiXSwgImVudl92YXJzIjogeyJjb3VudGVyX25hbWUiOiAidGVzdF9jb3VudGVyIn19  # base64",
            "  runtimeEnvYAML: |  # base64\n    env_vars:\n      counter_name: test_counter\n    \
             pip:\n    - requests==2.26.0",
        )),
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  runtimeEnv:
    workingDir: "https://example.com/a.zip"
    envVars:
      PORT: 8080
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "trap-unknown-field",
        path: "spec.runtimeEnv",
        line: 6,
        detail: r#""runtimeEnv" is not a field in KubeRay 1.7 (removed after 1.0)"#,
        advice: "Write it as text in runtimeEnvYAML (runtimeEnvYAML: |), with the keys env_vars \
            and working_dir",
        fixed: Some((
            "  runtimeEnv:\n    workingDir: \"https://example.com/a.zip\"\n    envVars:\n      \
             PORT: 8080",
            "  runtimeEnvYAML: |\n    env_vars:\n      PORT: \"8080\"\n    working_dir: \
             \"https://example.com/a.zip\"",
        )),
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  runtimeEnv: |
    pip: [torch]  # pinned by the image
    workingDir: "https://example.com/a.zip"
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "trap-unknown-field",
        path: "spec.runtimeEnv",
        line: 6,
        detail: r#""runtimeEnv" is not a field in KubeRay 1.7 (removed after 1.0)"#,
        advice: "Write it in runtimeEnvYAML, with the key working_dir",
        fixed: Some((
            "runtimeEnv: |\n    pip: [torch]  # pinned by the image\n    workingDir:",
            "runtimeEnvYAML: |\n    pip: [torch]  # pinned by the image\n    working_dir:",
        )),
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  runtimeEnv: requirements.txt
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "trap-unknown-field",
        path: "spec.runtimeEnv",
        line: 6,
        detail: r#""runtimeEnv" is not a field in KubeRay 1.7 (removed after 1.0)"#,
        advice: "Write it as text in runtimeEnvYAML",
        fixed: None,
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  rayClusterSpec:
    headGroupSpec:
      replicas: 1
      template: {spec: {containers: [{name: h, image: r}]}}
"#,
        rule: "trap-unknown-field",
        path: "spec.rayClusterSpec.headGroupSpec.replicas",
        line: 8,
        detail: "replicas is a field of worker groups, and the head is always one pod",
        advice: "Remove it",
        fixed: Some(("      replicas: 1\n", "")),
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  rayClusterSpec:
    headGroupSpec:
      template:
        spec:
          containers: [{name: h, image: r, resources: {claims: [{name: gpu}]}}]
          resourceClaims:
          - name: gpu
            source:
              resourceClaimTemplateName: single-gpu
"#,
        rule: "trap-unknown-field",
        path: "spec.rayClusterSpec.headGroupSpec.template.spec.resourceClaims[0].source",
        line: 13,
        detail: r#""source" is not a field in KubeRay 1.7 (removed after 1.3.0)"#,
        advice: "Write resourceClaimTemplateName next to name, without source",
        fixed: Some((
            "source:\n              resourceClaimTemplateName: single-gpu",
            "resourceClaimTemplateName: single-gpu",
        )),
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  deletionPolicy: DeleteCluster
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "trap-unknown-field",
        path: "spec.deletionPolicy",
        line: 6,
        detail: r#""deletionPolicy" is not a field in KubeRay 1.7 (removed after 1.4)"#,
        advice: "Use deletionStrategy, which replaced it in KubeRay 1.5, and write deletionRules, \
            each with a policy and a condition",
        fixed: None,
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  runtimeEnvYaml: "pip: [torch]"
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "trap-unknown-field",
        path: "spec.runtimeEnvYaml",
        line: 6,
        detail: r#""runtimeEnvYaml" is not a field"#,
        advice: "Write runtimeEnvYAML",
        fixed: Some(("runtimeEnvYaml", "runtimeEnvYAML")),
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  backofflimit: 2  # rays
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "trap-unknown-field",
        path: "spec.backofflimit",
        line: 6,
        detail: r#""backofflimit" is not a field"#,
        advice: "Write backoffLimit",
        fixed: Some(("backofflimit", "backoffLimit")),
    },
    Case {
        manifest: r#"
spec:
  entrypoint: python train.py
  image: rayproject/ray:2.52.0
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "trap-unknown-field",
        path: "spec.image",
        line: 6,
        detail: r#""image" is not a field"#,
        advice: "Move it to spec.rayClusterSpec.headGroupSpec.template.spec.containers[] or \
                 spec.rayClusterSpec.workerGroupSpecs[].template.spec.containers[]",
        fixed: None,
    },
    Case {
        manifest: r#"
  labels: {team: a b}
spec:
  entrypoint: python train.py
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "crd-metadata-labels",
        path: "metadata.labels.team",
        line: 5,
        detail: r#""a b" contains ' '; only ASCII letters, digits, '-', '_' and '.' are allowed"#,
        advice: "Use at most 63 letters, digits, -, _ and ., or use an annotation, which can hold \
            any text",
        fixed: None,
    },
    Case {
        manifest: r#"
  namespace: ML_Team
spec:
  entrypoint: python train.py
  rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: r}]}}}}
"#,
        rule: "crd-metadata-name",
        path: "metadata.namespace",
        line: 5,
        detail: r#""ML_Team" cannot be a namespace"#,
        advice: "Use lower-case letters, digits and -, with a letter or digit at both ends",
        fixed: None,
    },
];

impl Case {
    fn text(&self) -> String {
        let begin = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: x";
        let begin = match self.manifest.starts_with("\n  ") {
            true => begin.into(),
            false => begin.replace("metadata:\n  name: x", "metadata: {name: x}"),
        };
        begin + self.manifest
    }

    fn folder(&self) -> TempDir {
        command::folder(&[("job.yaml", self.text().as_bytes())])
    }
}

/// What is written to stdout.
fn check(folder: &TempDir, args: &[&str]) -> String {
    let args = [&["job.yaml", "--kuberay", "1.7"], args].concat();
    command::check(folder.path(), &args).1
}

fn report(folder: &TempDir, format: &str) -> Value {
    serde_json::from_str(&check(folder, &["--format", format])).expect("JSON")
}

#[test]
fn text_tells_what_to_write() {
    for case in CASES {
        let text = check(&case.folder(), &[]);
        let Case {
            rule, path, line, ..
        } = case;
        let (detail, advice) = (case.detail, case.advice);
        let found = format!("error[{rule}]: {path}: {detail}\n");
        assert!(text.starts_with(&found), "{found}\n{text}");
        assert!(text.contains(&format!("--> job.yaml:{line}:")), "{text}");
        assert!(
            text.contains(&format!("= help: {advice}\n")),
            "{advice}\n{text}"
        );
        let offered = text.contains(&format!("= help: with --fix={rule}: "));
        assert_eq!(offered, case.fixed.is_some(), "{text}");
        assert!(text.contains(": 1 error, 0 warnings"), "{text}");
    }
}

#[test]
fn json_and_sarif_tell_the_same() {
    for case in CASES {
        let folder = case.folder();
        let json = report(&folder, "json");
        let findings = &json["files"][0]["documents"][0]["findings"];
        let [finding] = &findings.as_array().expect("findings")[..] else {
            panic!("{findings:#}");
        };
        assert_eq!(finding["rule"], case.rule);
        assert_eq!(finding["path"], case.path);
        assert_eq!(finding["detail"], case.detail);
        assert_eq!(finding["advice"], case.advice);
        assert_eq!(finding["span"]["start"]["line"], case.line);
        let sarif = report(&folder, "sarif");
        let result = &sarif["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], case.rule);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], case.line);
        let message = result["message"]["text"].as_str().expect("a text");
        assert!(message.contains(case.advice), "{message}");
        for fixes in [&finding["fixes"], &result["fixes"]] {
            let number = fixes.as_array().map_or(0, Vec::len);
            assert_eq!(number, usize::from(case.fixed.is_some()), "{fixes:#}");
        }
    }
}

#[test]
fn a_fix_writes_what_was_meant_when_asked_for() {
    for case in CASES {
        let folder = case.folder();
        let text = || fs::read_to_string(folder.path().join("job.yaml")).expect("a file");
        // What the job does changes, so nobody gets it unasked.
        check(&folder, &["--fix"]);
        assert_eq!(text(), case.text());
        check(&folder, &[&format!("--fix={}", case.rule)]);
        let fixed = match case.fixed {
            None => case.text(),
            Some((before, after)) => {
                assert!(case.text().contains(before), "{}", case.text());
                let clean = check(&folder, &[]);
                assert!(clean.contains(": 0 errors, 0 warnings"), "{clean}");
                case.text().replace(before, after)
            }
        };
        assert_eq!(text(), fixed);
    }
}
