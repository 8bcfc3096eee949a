//! Every fix of every rule, in every way to write an object.

use rayjob_policy_core::example::Example;
use rayjob_policy_core::rule::Rule;
use rayjob_policy_core::rules;
use rayjob_policy_manifest::edit::{Edit, apply};
use rayjob_policy_manifest::fix::{Wanted, fix};
use rayjob_policy_manifest::{Checked, Options, Source, check};
use serde_json::Value;

mod writer;

use writer::{block, commented};

fn each_bad_example(mut law: impl FnMut(&'static Rule, &'static Example)) {
    for (_, family) in rules::explained() {
        for (rule, doc) in family {
            doc.bad.iter().for_each(|example| law(rule, example));
        }
    }
}

fn options<'o>(rule: &Rule, example: &Example, stored: Option<&'o str>) -> Options<'o> {
    Options {
        settings: Some(example.settings(rule)),
        stored,
        ..Options::default()
    }
}

/// A way to write an object as text.
type Writer = fn(&Value) -> String;

const WRITERS: [(&str, Writer); 9] = [
    ("block", block),
    ("commented", |object| commented(object, "\n")),
    ("CRLF", |object| commented(object, "\r\n")),
    ("another writer's YAML", |object| {
        yaml_serde::to_string(object).expect("YAML")
    }),
    ("JSON", |object| object.to_string()),
    ("JSON on lines", |object| {
        serde_json::to_string_pretty(object).expect("JSON")
    }),
    ("a ConfigMap", |object| held(&commented(object, "\n"), "\n")),
    ("a ConfigMap with CRLF", |object| {
        held(&commented(object, "\r\n"), "\r\n")
    }),
    ("a ConfigMap with JSON", |object| {
        held(&serde_json::to_string_pretty(object).expect("JSON"), "\n")
    }),
];

/// A ConfigMap that holds a text.
fn held(text: &str, line_break: &str) -> String {
    let indented = text.lines().map(|line| format!("    {line}"));
    let lines = ["apiVersion: v1", "kind: ConfigMap", "data:", "  job: |"].map(String::from);
    let lines = lines
        .into_iter()
        .chain(indented)
        .chain(["  other: ü".into()]);
    lines.map(|line| line + line_break).collect()
}

fn checked(text: &str, options: &Options<'_>) -> Checked {
    let checked = check(&Source::new(text), options);
    assert!(
        checked.problems.is_empty(),
        "{text}\n{:?}",
        checked.problems
    );
    assert_eq!(checked.documents.len(), 1, "{text}");
    checked
}

#[test]
fn the_edits_of_a_fix_do_what_its_patch_does() {
    let mut done = 0;
    each_bad_example(|rule, example| {
        let object = example.object().expect("an example");
        let stored = example.stored_object().expect("an example");
        let stored = stored.map(|stored| stored.to_string());
        let options = options(rule, example, stored.as_deref());
        for (style, writer) in WRITERS {
            let text = writer(&object);
            let before = checked(&text, &options);
            assert_eq!(before.documents[0].object, object, "{style}\n{text}");
            for finding in &before.documents[0].findings {
                for fix in &finding.fixes {
                    let about = format!("{}: {} in {style}\n{text}", rule.id, fix.title);
                    let mut patched = object.clone();
                    let patch: json_patch::Patch =
                        serde_json::from_value(fix.patch.clone()).expect("a patch");
                    if json_patch::patch(&mut patched, &patch).is_err() {
                        assert!(fix.edits.is_empty(), "{about}");
                        continue;
                    }
                    assert!(!fix.edits.is_empty(), "{about}");
                    let edits = fix.edits.iter();
                    let edits = edits.map(|edit| Edit {
                        range: edit.span.range(),
                        text: edit.text.clone(),
                    });
                    let edited = apply(&text, edits.collect()).expect(&about);
                    let after = checked(&edited, &options);
                    assert_eq!(after.documents[0].object, patched, "{about}\n{edited}");
                    done += 1;
                }
            }
        }
    });
    assert!(done > 500, "{done}");
}

#[test]
fn only_lines_that_a_fix_is_about_change() {
    each_bad_example(|rule, example| {
        let object = example.object().expect("an example");
        let stored = example.stored_object().expect("an example");
        let stored = stored.map(|stored| stored.to_string());
        let options = options(rule, example, stored.as_deref());
        let text = commented(&object, "\n");
        let fixed = fix(&text, &options, Wanted::Safe);
        let mut rest = text.lines();
        let new = fixed.text.lines().filter(|line| {
            let mut before = rest.clone();
            let is_kept = before.any(|kept| kept == *line);
            if is_kept {
                rest = before;
            }
            !is_kept
        });
        let (new, applied) = (new.count(), fixed.applied.len());
        assert!(new <= 2 * applied, "{}: {new}\n{}", rule.id, fixed.text);
    });
}

#[test]
fn safe_fixes_mend_what_has_one_and_nothing_else() {
    each_bad_example(|rule, example| {
        let object = example.object().expect("an example");
        let stored = example.stored_object().expect("an example");
        let stored = stored.map(|stored| stored.to_string());
        let options = options(rule, example, stored.as_deref());
        for (style, writer) in WRITERS {
            let text = writer(&object);
            let findings = &checked(&text, &options).documents[0].findings;
            let has_safe = findings
                .iter()
                .any(|finding| finding.fixes.iter().any(|fix| fix.safe));
            let fixed = fix(&text, &options, Wanted::Safe);
            let after = checked(&fixed.text, &options);
            let left = &after.documents[0].findings;
            assert!(
                left.iter()
                    .all(|finding| finding.fixes.iter().all(|fix| !fix.safe)),
                "{} in {style}:\n{}\n{left:?}",
                rule.id,
                fixed.text
            );
            assert_eq!(fixed.text != text, has_safe, "{} in {style}", rule.id);
            let again = fix(&fixed.text, &options, Wanted::Safe);
            assert_eq!(again.text, fixed.text, "{} in {style}", rule.id);
            assert!(again.applied.is_empty());
        }
    });
}

#[test]
fn the_first_fix_of_a_rule_is_taken_when_asked_for() {
    each_bad_example(|rule, example| {
        if rule.fixes.is_empty() {
            return;
        }
        let object = example.object().expect("an example");
        let stored = example.stored_object().expect("an example");
        let stored = stored.map(|stored| stored.to_string());
        let options = options(rule, example, stored.as_deref());
        let text = commented(&object, "\n");
        let before = checked(&text, &options);
        if before.documents[0]
            .findings
            .iter()
            .all(|finding| finding.fixes.is_empty())
        {
            return;
        }
        let fixed = fix(&text, &options, Wanted::Rule(rule.id));
        let after = checked(&fixed.text, &options);
        let mut left = after.documents[0].findings.iter();
        assert!(
            left.all(|finding| finding.rule != rule.id || finding.fixes.is_empty()),
            "{}\n{}",
            rule.id,
            fixed.text
        );
    });
}

#[test]
fn all_objects_of_a_text_are_mended() {
    let text: String = (0..50)
        .map(|number| {
            format!(
                "---\napiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: job-{number}\nspec:\n  \
                 submissionMode: InteractiveMode\n  backoffLimit: 2 # rays\n  clusterSelector: {{ray.io/cluster: x}}\n  suspend: off\n"
            )
        })
        .collect();
    let fixed = fix(&text, &Options::default(), Wanted::Safe);
    assert_eq!(fixed.text.matches("suspend: false").count(), 50);
    assert!(fixed.applied.len() >= 50);
}

#[test]
fn many_values_of_one_object_are_fixed() {
    let labels = (0..1500).map(|index| format!("    label{index}: 0{index}\n"));
    let text = format!(
        "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: job\n  labels:\n{}spec:\n  \
         entrypoint: a\n  clusterSelector: {{ray.io/cluster: x}}\n",
        labels.collect::<String>()
    );
    let fixed = fix(&text, &Options::default(), Wanted::Safe);
    assert_eq!(fixed.applied.len(), 1500);
    assert_eq!(fixed.text.matches('"').count(), 3000);
}

#[test]
fn silenced_findings_are_left_alone() {
    let text = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: job\nspec:\n  \
        clusterSelector: {ray.io/cluster: x}\n  \
        suspend: off # rayjob-policy: ignore[yaml-boolean] as we like it\n";
    let fixed = fix(text, &Options::default(), Wanted::Rule("yaml-boolean"));
    assert_eq!(fixed.text, text);
}

#[test]
fn a_word_where_a_text_is_due_does_not_become_a_boolean() {
    let text = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: job\n  labels:\n    canary: off\nspec:\n  \
        entrypoint: a\n  clusterSelector: {ray.io/cluster: x}\n  suspend: off\n";
    let safe = fix(text, &Options::default(), Wanted::Safe);
    let fixed = text.replace("suspend: off", "suspend: false");
    assert_eq!(safe.text, fixed.replace("canary: off", "canary: \"off\""));
}

fn job(spec: &str) -> String {
    format!(
        "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {{name: train}}\nspec:\n  \
         entrypoint: a\n  {spec}\n  rayClusterSpec:\n    headGroupSpec:\n      \
         rayStartParams: {{}}\n      template:\n        spec:\n          containers:\n          \
         - {{name: head, image: 'example.com/train:1'}}\n"
    )
}

#[track_caller]
fn fixes(wanted: Wanted<'_>, text: &str, expected: &str) {
    assert_eq!(fix(text, &Options::default(), wanted).text, expected);
}

#[test]
fn one_fix_of_two_findings_is_applied_once() {
    let text = job("suspend: false").replace(
        "    headGroupSpec:",
        "    autoscalerOptions: {version: v2}\n    workerGroupSpecs:\n    - {groupName: a, \
         replicas: 1, minReplicas: 1, maxReplicas: 1, idleTimeoutSeconds: 60, rayStartParams: {}, \
         template: {spec: {containers: [{name: a, image: 'example.com/train:1'}]}}}\n    \
         headGroupSpec:",
    );
    let rule = "trap-autoscaler-options-unused";
    let findings = checked(&text, &Options::default());
    let findings = findings.documents[0].findings.iter();
    assert_eq!(findings.filter(|it| it.rule == rule).count(), 2);
    let expected = format!("{text}    enableInTreeAutoscaling: true\n");
    fixes(Wanted::Rule(rule), &text, &expected);
}

#[test]
fn items_of_a_list_are_fixed() {
    let text = |args: &str| job("suspend: false").replace("head,", &format!("head, args: {args},"));
    fixes(
        Wanted::Safe,
        &text("[a, 1, yes]"),
        &text("[a, \"1\", \"yes\"]"),
    );
}

#[test]
fn a_misspelled_field_below_another_is_renamed() {
    let text = job("suspend: false");
    let misspelled = text.replace("ClusterSpec:", "ClusterSpe:");
    let misspelled = misspelled.replace("GroupSpec:", "GroupSpe:");
    fixes(Wanted::Rule("trap-unknown-field"), &misspelled, &text);
}

#[test]
fn a_fix_that_leaves_its_finding_is_not_applied() {
    let variable = "{name: RAY_REDIS_ADDRESS, value: 'redis:6379'}";
    let text = |env: &str| job("suspend: false").replace("head,", &format!("head, env: [{env}],"));
    let rule = Wanted::Rule("redis-address-env-without-ft");
    fixes(rule, &text(variable), &text(""));
    let twice = text(&format!("{variable}, {variable}"));
    fixes(rule, &twice, &twice);
}

#[test]
fn a_safe_fix_with_a_new_finding_is_not_applied() {
    let text = |value: &str| {
        let job = job(&format!("runtimeEnvYAML: 'env_vars: {{A: {value}}}'"));
        format!("{job}status: {{jobDeploymentStatus: Running, rayClusterName: train-x}}\n")
    };
    let (written, quoted) = (text("1"), text("\"1\""));
    fixes(Wanted::Safe, &written, &quoted);
    // The edit would have no effect on the running job, which is a finding, too.
    let update = Options {
        stored: Some(&written),
        ..Options::default()
    };
    assert_eq!(fix(&written, &update, Wanted::Safe).text, written);
}

#[test]
fn a_fix_that_the_text_does_not_allow_keeps_no_other_from_being_applied() {
    // Without the second `timeZone`, the first one counts.
    let cron = |suspend: &str| {
        let job = job("shutdownAfterJobFinishes: true").replace('\n', "\n  ");
        let (_, spec) = job.trim_end().split_once("spec:\n").expect("a spec");
        format!(
            "apiVersion: ray.io/v1\nkind: RayCronJob\nmetadata: {{name: train}}\nspec:\n  \
             schedule: '0 3 * * *'\n  timeZone: UTC\n  timeZone: ''\n  suspend: {suspend}\n  \
             jobTemplate:\n{spec}\n"
        )
    };
    let faultless = job("suspend: false");
    let all = |suspend: &str| {
        let fixable = job(&format!("suspend: {suspend}"));
        [&*faultless, &cron(suspend), &fixable].join("---\n")
    };
    fixes(Wanted::Safe, &cron("off"), &cron("false"));
    fixes(Wanted::Safe, &all("off"), &all("false"));
}

/// The numbers and booleans get quotes where they stand; everything else stays.
#[test]
fn variables_in_a_block_get_quotes_in_place() {
    let job = |lines: [&str; 3]| {
        let [debug, rate, name] = lines;
        format!(
            "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {{name: train}}\nspec:\n  \
             entrypoint: python train.py\n  runtimeEnvYAML: |  # ours\n    # for all\n    \
             pip: [torch]\n    env_vars:\n      DEBUG: {debug}  # verbose\n      \
             RATE: {rate}\n      NAME: {name}\n  rayClusterSpec:\n    headGroupSpec:\n      \
             rayStartParams: {{}}\n      template:\n        spec:\n          \
             containers: [{{name: ray-head, image: 'example.com/train:1'}}]\n"
        )
    };
    let fixed = fix(
        &job(["yes", "0.5", "a b"]),
        &Options::default(),
        Wanted::Safe,
    );
    assert_eq!(fixed.text, job(["\"yes\"", "\"0.5\"", "a b"]));
    // What null is meant to be, nobody knows.
    let unclear = job(["1", "null", "a"]);
    assert_eq!(
        fix(&unclear, &Options::default(), Wanted::Safe).text,
        unclear
    );
}
