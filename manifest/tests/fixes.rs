//! Every fix of every rule, in every way to write an object.

use std::collections::BTreeSet;

use rayjob_manifest::edit::{Edit, apply};
use rayjob_manifest::fix::{Wanted, fix};
use rayjob_manifest::{Checked, Options, Source, check};
use rayjob_rules::guide::Example;
use rayjob_rules::rule::{Level, Rule};
use rayjob_rules::rules;
use rayjob_rules::settings::Settings;
use serde_json::Value;

fn each_bad_example(mut law: impl FnMut(&'static Rule, &'static Example)) {
    for (_, family) in rules::explained() {
        for (rule, guide) in family {
            guide.bad.iter().for_each(|example| law(rule, example));
        }
    }
}

fn options<'o>(rule: &Rule, example: &Example, stored: Option<&'o str>) -> Options<'o> {
    let newest = rule.releases.iter().last().expect("a release");
    let release = example.release.unwrap_or(newest);
    let mut settings = Settings::for_release(release);
    for &(gate, on) in rule.gate.iter().chain(example.gates) {
        settings.gates.set(release, gate, on);
    }
    settings.set_level(rule.id, rule.level.max(Level::Warn));
    Options {
        settings: Some(settings),
        stored,
        ..Options::default()
    }
}

/// A way to write an object as text.
type Writer = fn(&Value) -> String;

const WRITERS: [(&str, Writer); 5] = [
    ("block", |object| block(object, "\n")),
    ("CRLF", |object| block(object, "\r\n")),
    ("another writer's YAML", |object| {
        yaml_serde::to_string(object).expect("YAML")
    }),
    ("JSON", |object| object.to_string()),
    ("JSON on lines", |object| {
        serde_json::to_string_pretty(object).expect("JSON")
    }),
];

/// YAML in block style with a comment on each line and one before it.
fn block(object: &Value, line_break: &str) -> String {
    let mut lines = Vec::new();
    write(object, 0, &mut lines);
    let numbered = lines.iter().enumerate().map(|(number, line)| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        format!(
            "{:indent$}# before {number}{line_break}{line} # on {number} ü{line_break}",
            ""
        )
    });
    numbered.collect()
}

fn write(value: &Value, indent: usize, lines: &mut Vec<String>) {
    let is_scalar = |value: &Value| match value {
        Value::Object(entries) => entries.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let key = match key.is_empty() || key.contains(['.', '/']) {
                    true => format!("{key:?}"),
                    false => key.clone(),
                };
                if is_scalar(value) {
                    lines.push(format!("{:indent$}{key}: {value}", ""));
                } else {
                    lines.push(format!("{:indent$}{key}:", ""));
                    write(value, indent + 2, lines);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let first = lines.len();
                if is_scalar(item) {
                    lines.push(format!("{:indent$}- {item}", ""));
                } else {
                    write(item, indent + 2, lines);
                    lines[first].replace_range(indent..=indent, "-");
                }
            }
        }
        scalar => lines.push(format!("{:indent$}{scalar}", "")),
    }
}

/// The rules with a fix of which no edit can be made yet in every style: it adds
/// an item to a list, or an object that is absent with a field of it.
const WITHOUT_EDITS: [&str; 2] = [
    "deletion-rule-condition-neither",
    "trap-deletion-uncovered-outcome",
];

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
    let mut without = BTreeSet::new();
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
                    if fix.edits.is_empty() {
                        without.insert(finding.rule.to_owned());
                        continue;
                    }
                    let edits = fix.edits.iter();
                    let edits = edits.map(|edit| Edit {
                        range: edit.span.range(),
                        text: edit.text.clone(),
                    });
                    let edited = apply(&text, edits.collect()).expect(&about);
                    let after = checked(&edited, &options);
                    let mut patched = object.clone();
                    let patch: json_patch::Patch =
                        serde_json::from_value(fix.patch.clone()).expect("a patch");
                    json_patch::patch(&mut patched, &patch).expect(&about);
                    assert_eq!(after.documents[0].object, patched, "{about}\n{edited}");
                    done += 1;
                }
            }
        }
    });
    assert!(done > 500, "{done}");
    assert_eq!(without, WITHOUT_EDITS.map(String::from).into());
}

#[test]
fn only_lines_that_a_fix_is_about_change() {
    each_bad_example(|rule, example| {
        let object = example.object().expect("an example");
        let stored = example.stored_object().expect("an example");
        let stored = stored.map(|stored| stored.to_string());
        let options = options(rule, example, stored.as_deref());
        let text = block(&object, "\n");
        let fixed = fix(&text, &options, Wanted::Safe);
        // A comment before a line stays, and that on a line goes only with the
        // line.
        let comments = |text: &str, mark: &str| text.matches(mark).count();
        assert_eq!(
            comments(&fixed.text, "# before"),
            comments(&text, "# before") - lost_inside(&text, &fixed.text),
            "{}\n{}",
            rule.id,
            fixed.text
        );
    });
}

/// How many comments were inside of something that was removed.
fn lost_inside(before: &str, after: &str) -> usize {
    let lines: Vec<_> = before.lines().collect();
    let gone = |line: &&str| !after.contains(*line);
    let comment = |line: &str| line.trim_start().starts_with("# before");
    let pairs = lines.windows(3);
    pairs
        .filter(|three| comment(three[1]) && gone(&three[1]) && gone(&three[0]))
        .count()
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
            let mut fixes = findings.iter().flat_map(|finding| &finding.fixes);
            let has_safe = fixes.any(|fix| fix.safe);
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
            if !has_safe {
                assert_eq!(fixed.text, text, "{} in {style}", rule.id);
            }
            let again = fix(&fixed.text, &options, Wanted::Safe);
            assert_eq!(again.text, fixed.text, "{} in {style}", rule.id);
            assert!(again.mended.is_empty());
        }
    });
}

#[test]
fn the_first_fix_of_a_rule_is_taken_when_asked_for() {
    each_bad_example(|rule, example| {
        if rule.fixes.is_empty() || WITHOUT_EDITS.contains(&rule.id) {
            return;
        }
        let object = example.object().expect("an example");
        let stored = example.stored_object().expect("an example");
        let stored = stored.map(|stored| stored.to_string());
        let options = options(rule, example, stored.as_deref());
        let text = block(&object, "\n");
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
    assert!(fixed.mended.len() >= 50);
}

#[test]
fn silenced_findings_are_left_alone() {
    let text = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: job\nspec:\n  \
        clusterSelector: {ray.io/cluster: x}\n  \
        suspend: off # rayjob-policy: ignore[yaml-boolean] as we like it\n";
    let fixed = fix(text, &Options::default(), Wanted::Rule("yaml-boolean"));
    assert_eq!(fixed.text, text);
}
