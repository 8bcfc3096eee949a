//! What is said to whoever wrote a manifest, and where, in each format.

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A manifest, and the only thing that is found in it.
struct Case {
    name: &'static str,
    /// What stands below the kind.
    manifest: &'static str,
    release: &'static str,
    rule: &'static str,
    /// Line and column.
    place: (u64, u64),
    path: &'static str,
    detail: &'static str,
    advice: &'static str,
    /// What `--fix` makes of the line.
    fixed: Option<&'static str>,
    /// Whether there is a fix that `--fix` applies only with the name of the rule.
    is_offered: bool,
}

impl Case {
    const DENIED: Self = Self {
        name: "",
        manifest: "",
        release: "1.7",
        rule: "",
        place: (0, 0),
        path: "",
        detail: "",
        advice: "",
        fixed: None,
        is_offered: false,
    };

    fn text(&self) -> String {
        let head = "headGroupSpec: {rayStartParams: {}, template: {spec: {containers: [{name: h, \
            image: r}]}}}";
        let manifest = self.manifest.replace("HEAD", head);
        format!("apiVersion: ray.io/v1\nkind: RayJob\n{manifest}")
    }

    fn run(&self, folder: &TempDir, args: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"))
            .args(["check", "job.yaml", "--kuberay", self.release])
            .args(args)
            .current_dir(folder.path())
            .output()
            .expect("it runs");
        String::from_utf8(output.stdout).expect("text")
    }

    fn json(&self, folder: &TempDir, format: &str) -> Value {
        serde_json::from_str(&self.run(folder, &["--format", format])).expect("JSON")
    }
}

#[test]
fn a_finding_says_what_is_written_and_where_in_each_format() {
    for case in CASES {
        let name = case.name;
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("job.yaml");
        fs::write(&file, case.text()).expect("a file");
        let (line, column) = case.place;

        let text = case.run(&folder, &[]);
        let title = format!("[{}]: {}: {}\n", case.rule, case.path, case.detail);
        assert!(text.contains(&title), "{name}: {text}");
        assert!(
            text.contains(&format!("--> job.yaml:{line}:{column}\n")),
            "{name}: {text}"
        );
        assert!(
            text.contains(&format!("= help: {}\n", case.advice)),
            "{name}: {text}"
        );
        assert_eq!(
            text.contains("with --fix:"),
            case.fixed.is_some(),
            "{name}: {text}"
        );
        assert_eq!(text.matches("--> job.yaml").count(), 1, "{name}: {text}");

        let report = case.json(&folder, "json");
        let findings = &report["files"][0]["documents"][0]["findings"];
        assert_eq!(
            findings.as_array().map(Vec::len),
            Some(1),
            "{name}: {findings:#}"
        );
        let finding = &findings[0];
        assert_eq!(finding["rule"], case.rule, "{name}");
        assert_eq!(finding["path"], case.path, "{name}");
        assert_eq!(finding["detail"], case.detail, "{name}");
        assert_eq!(finding["advice"], case.advice, "{name}");
        assert_eq!(finding["span"]["start"]["line"], line, "{name}");
        assert_eq!(finding["span"]["start"]["column"], column, "{name}");

        let report = case.json(&folder, "sarif");
        let results = &report["runs"][0]["results"];
        assert_eq!(
            results.as_array().map(Vec::len),
            Some(1),
            "{name}: {results:#}"
        );
        assert_eq!(results[0]["message"]["text"], finding["message"], "{name}");
        let region = &results[0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], line, "{name}");
        assert_eq!(region["startColumn"], column, "{name}");
        assert_eq!(
            results[0].get("fixes").is_some(),
            case.fixed.is_some() || case.is_offered,
            "{name}"
        );

        if let Some(fixed) = case.fixed {
            let text = case.run(&folder, &["--fix"]);
            assert!(
                text.contains("0 errors, 0 warnings, 1 fixed"),
                "{name}: {text}"
            );
            let expected = case.text();
            let expected: Vec<_> = (1..)
                .zip(expected.lines())
                .map(|(number, as_before)| if number == line { fixed } else { as_before })
                .collect();
            let written = fs::read_to_string(&file).expect("a file");
            assert_eq!(written.lines().collect::<Vec<_>>(), expected, "{name}");
        }
    }
}

const CASES: &[Case] = &[
    Case {
        name: "a label selector in clusterSelector",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  clusterSelector:
    matchLabels:
      ray.io/cluster: shared
",
        rule: "crd-types",
        place: (7, 5),
        path: "spec.clusterSelector.matchLabels",
        detail: "clusterSelector names a RayCluster and is not a label selector",
        advice: "Write ray.io/cluster: NAME in clusterSelector, where NAME is the name of the \
            RayCluster",
        ..Case::DENIED
    },
    Case {
        name: "rayClusterSpec with nothing behind it",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  rayClusterSpec:
",
        rule: "cluster-source-missing",
        place: (6, 3),
        path: "spec.rayClusterSpec",
        detail: "neither rayClusterSpec nor clusterSelector is set: rayClusterSpec is empty",
        advice: r#"Define a RayCluster in rayClusterSpec, or name an existing one in clusterSelector["ray.io/cluster"]"#,
        ..Case::DENIED
    },
    Case {
        name: "no rayClusterSpec",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
",
        rule: "cluster-source-missing",
        place: (4, 1),
        path: "spec.rayClusterSpec",
        detail: "neither rayClusterSpec nor clusterSelector is set",
        advice: r#"Define a RayCluster in rayClusterSpec, or name an existing one in clusterSelector["ray.io/cluster"]"#,
        ..Case::DENIED
    },
    Case {
        name: "a container whose name has nothing behind it",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  rayClusterSpec:
    headGroupSpec:
      rayStartParams: {}
      template:
        spec:
          containers:
          - name:
            image: r
",
        rule: "crd-pod-template-shape",
        place: (12, 13),
        path: "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].name",
        detail: "name is empty",
        advice: "Give name a value",
        ..Case::DENIED
    },
    Case {
        name: "a submitter without restartPolicy",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  submitterPodTemplate: {spec: {containers: [{name: s, image: r}]}}
  rayClusterSpec: {HEAD}
",
        rule: "trap-submitter-restart-policy",
        place: (6, 26),
        path: "spec.submitterPodTemplate.spec.restartPolicy",
        detail: "restartPolicy of the submitter is not set, which means Always",
        advice: "Set restartPolicy to Never",
        fixed: Some(
            "  submitterPodTemplate: {spec: {containers: [{name: s, image: r}], restartPolicy: \
             Never}}",
        ),
        ..Case::DENIED
    },
    Case {
        name: "no name",
        manifest: "metadata:
  labels: {team: ml}
spec: {entrypoint: a, rayClusterSpec: {HEAD}}
",
        rule: "crd-metadata-name",
        place: (3, 1),
        path: "metadata.name",
        detail: "name or generateName is missing",
        advice: "Add a name such as train-2, or a generateName such as train-",
        ..Case::DENIED
    },
    Case {
        name: "no name with KubeRay 1.3",
        manifest: "metadata: {name: ''}
spec: {entrypoint: a, rayClusterSpec: {HEAD}}
",
        release: "1.3",
        rule: "crd-metadata-name",
        place: (3, 12),
        path: "metadata.name",
        detail: "name or generateName is missing",
        advice: "Add a name such as train-2, or a generateName such as train-",
        ..Case::DENIED
    },
    Case {
        name: "a variable in a block",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  runtimeEnvYAML: |
    env_vars:
      OUT: \"s3://$HOME/results\"
      LLM_ENDPOINT: \"http://llm\"
  rayClusterSpec: {HEAD}
",
        rule: "trap-runtime-env-shell",
        place: (8, 18),
        path: "spec.runtimeEnvYAML",
        detail: r#"the shell acts on "$HOME" in line 2 of runtimeEnvYAML"#,
        advice: "Remove $ and backquotes from the value, or use HTTPMode",
        ..Case::DENIED
    },
    Case {
        name: "a variable in double quotes",
        manifest: r#"metadata: {name: x}
spec:
  entrypoint: a
  runtimeEnvYAML: "env_vars:\n  OUT: \"s3://${HOME}/results\"\n  LLM: llm"
  rayClusterSpec: {HEAD}
"#,
        rule: "trap-runtime-env-shell",
        place: (6, 45),
        path: "spec.runtimeEnvYAML",
        detail: r#"the shell acts on "${HOME}" in line 2 of runtimeEnvYAML"#,
        advice: "Remove $ and backquotes from the value, or use HTTPMode",
        ..Case::DENIED
    },
    Case {
        name: "an entrypoint of several commands",
        manifest: "metadata: {name: x}
spec:
  entrypoint: |
    python a.py
    python b.py
    python c.py
  rayClusterSpec: {HEAD}
",
        rule: "trap-entrypoint-in-submitter",
        place: (7, 5),
        path: "spec.entrypoint",
        detail: r#"line 2: the head runs only "python a.py", and the submitter runs "python b.py\npython c.py""#,
        advice: "Quote all of it: bash -c '...', or use HTTPMode",
        is_offered: true,
        ..Case::DENIED
    },
    Case {
        name: "an entrypoint that Ray joins without its quotes",
        manifest: "metadata: {name: x}
spec:
  entrypoint: python -c 'print(1)'
  rayClusterSpec: {HEAD}
",
        rule: "trap-entrypoint-operator-on-head",
        place: (5, 25),
        path: "spec.entrypoint",
        detail: r#"with Ray up to 2.55 (no rayVersion or image tag names the release), the head runs "python -c print(1)", and its shell acts on "(""#,
        advice: r#"Write bash -c 'python -c "print(1)"', or use HTTPMode"#,
        is_offered: true,
        ..Case::DENIED
    },
    Case {
        name: "broken YAML in a block",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  runtimeEnvYAML: |
    pip:
    - torch
    env_vars: {A: 'b}
  rayClusterSpec: {HEAD}
",
        rule: "runtime-env-invalid",
        place: (9, 5),
        path: "spec.runtimeEnvYAML",
        detail: "line 3 of runtimeEnvYAML cannot be read: the closing quote is missing",
        advice: "Fix the YAML",
        ..Case::DENIED
    },
    Case {
        name: "a list in a block",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  runtimeEnvYAML: |
    - torch
    - numpy
  rayClusterSpec: {HEAD}
",
        rule: "runtime-env-invalid",
        place: (7, 5),
        path: "spec.runtimeEnvYAML",
        detail: "line 1 of runtimeEnvYAML cannot be read: a list, not a mapping",
        advice: "Fix the YAML",
        ..Case::DENIED
    },
    Case {
        name: "a name that no Service can have",
        manifest: "metadata: {name: train.v2}
spec: {entrypoint: a, rayClusterSpec: {HEAD}}
",
        rule: "name-not-dns1035",
        place: (3, 12),
        path: "metadata.name",
        detail: r#""train.v2" gives a name that KubeRay refuses"#,
        advice: "Use lowercase letters, digits and hyphens, starting with a letter and not ending \
            with a hyphen, such as train-2",
        ..Case::DENIED
    },
    Case {
        name: "a boolean among the parameters of ray start",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  rayClusterSpec:
    headGroupSpec:
      rayStartParams:
        block: true # as ever
      template: {spec: {containers: [{name: h, image: r}]}}
",
        rule: "crd-types",
        place: (9, 9),
        path: "spec.rayClusterSpec.headGroupSpec.rayStartParams.block",
        detail: "true is not a string",
        advice: "Put the value in quotes",
        fixed: Some("        block: \"true\" # as ever"),
        ..Case::DENIED
    },
    Case {
        name: "half a CPU",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  rayClusterSpec:
    headGroupSpec:
      rayStartParams: {}
      template:
        spec:
          containers:
          - name: h
            image: r
            resources:
              limits:
                cpu: 0.5
",
        rule: "crd-types",
        place: (16, 17),
        path: "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].resources.limits.cpu",
        detail: "0.5 is not an integer or a string",
        advice: "Put the value in quotes",
        fixed: Some("                cpu: \"0.5\""),
        ..Case::DENIED
    },
    Case {
        name: "a number that YAML 1.1 reads otherwise than it is written",
        manifest: "metadata: {name: x, labels: {team: 010}}
spec: {entrypoint: a, rayClusterSpec: {HEAD}}
",
        rule: "crd-types",
        place: (3, 30),
        path: "metadata.labels.team",
        detail: "010 is 8, which is not a string",
        advice: "Put the value in quotes",
        fixed: Some("metadata: {name: x, labels: {team: \"010\"}}"),
        ..Case::DENIED
    },
    Case {
        name: "a number with a tag",
        manifest: "metadata: {name: x, labels: {team: !!int 010}}
spec: {entrypoint: a, rayClusterSpec: {HEAD}}
",
        rule: "crd-types",
        place: (3, 30),
        path: "metadata.labels.team",
        detail: "8 is not a string",
        advice: r#"Write "8""#,
        ..Case::DENIED
    },
    Case {
        name: "a number that is no label as it is written",
        manifest: "metadata: {name: x, labels: {team: +1}}
spec: {entrypoint: a, rayClusterSpec: {HEAD}}
",
        rule: "crd-types",
        place: (3, 30),
        path: "metadata.labels.team",
        detail: "+1 is 1, which is not a string",
        advice: r#"Write "1""#,
        ..Case::DENIED
    },
    Case {
        name: "a number with an underscore",
        manifest: "metadata: {name: x, labels: {team: 1_0}}
spec: {entrypoint: a, rayClusterSpec: {HEAD}}
",
        rule: "crd-types",
        place: (3, 30),
        path: "metadata.labels.team",
        detail: "1_0 is 10, which is not a string",
        advice: r#"Write "10""#,
        ..Case::DENIED
    },
    Case {
        name: "a release of Ray that ends in a zero",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  rayClusterSpec:
    rayVersion: 2.50
    HEAD
",
        rule: "crd-types",
        place: (7, 5),
        path: "spec.rayClusterSpec.rayVersion",
        detail: "2.50 is 2.5, which is not a string",
        advice: "Put the value in quotes",
        fixed: Some("    rayVersion: \"2.50\""),
        ..Case::DENIED
    },
    Case {
        name: "a word that YAML 1.1 takes for a boolean",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  metadata: {debug: yes}
  rayClusterSpec: {HEAD}
",
        rule: "crd-types",
        place: (6, 14),
        path: "spec.metadata.debug",
        detail: "yes is true, which is not a string",
        advice: "Put the value in quotes",
        fixed: Some("  metadata: {debug: \"yes\"}"),
        ..Case::DENIED
    },
    Case {
        name: "a quantity that would be none in quotes",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  rayClusterSpec:
    headGroupSpec:
      rayStartParams: {}
      template: {spec: {containers: [{name: h, image: r, resources: {limits: {cpu: 1_0.5}}}]}}
",
        rule: "crd-types",
        place: (9, 79),
        path: "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].resources.limits.cpu",
        detail: "1_0.5 is 10.5, which is not an integer or a string",
        advice: r#"Write "10.5""#,
        ..Case::DENIED
    },
    Case {
        name: "a key that is written twice",
        manifest: "metadata: {name: x}
spec:
  entrypoint: a
  rayClusterSpec: {HEAD}
  entrypoint: b
",
        rule: "yaml-duplicate-key",
        place: (7, 3),
        path: "spec.entrypoint",
        detail: "already written at line 5, column 3",
        advice: "Keep only one",
        ..Case::DENIED
    },
];
