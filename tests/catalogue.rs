//! Properties of every rule in the catalogue.

use std::collections::BTreeSet;

use rayjob_policy_core::crd;
use rayjob_policy_core::example::{Example, judge, moved};
use rayjob_policy_core::finding::Finding;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::{Check, Level, Origin, Position, Rule};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use serde_json::Value;

fn judged(rule: &Rule, example: &Example) -> Verdict {
    example.judge(rule).expect("an example")
}

fn each_rule(mut law: impl FnMut(&'static Rule, &'static [Example], &'static [Example])) {
    for (_, family) in rules::explained() {
        for (rule, doc) in family {
            law(rule, doc.bad, doc.good);
        }
    }
}

fn found(verdict: &Verdict) -> BTreeSet<&'static str> {
    verdict
        .findings
        .iter()
        .map(|graded| graded.finding.rule.id)
        .collect()
}

#[test]
fn ids_are_unique_and_in_kebab_case() {
    let mut ids = BTreeSet::new();
    each_rule(|rule, _, _| {
        let kebab = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        assert!(rule.id.split('-').all(kebab), "{}", rule.id);
        assert!(ids.insert(rule.id), "{} twice", rule.id);
    });
    // A trap that a rule finds in files may be one that nothing finds at admission.
    let in_files: BTreeSet<_> = rules::about_files().map(|rule| rule.id).collect();
    for trap in rules::NOT_CHECKED {
        assert!(
            ids.insert(trap.id) || in_files.contains(trap.id),
            "{} twice",
            trap.id
        );
    }
}

/// `cargo xtask new-rule` writes TODO where the author of a rule must write something.
#[test]
fn every_rule_is_filled_in() {
    for (_, family) in rules::explained() {
        for (rule, doc) in family {
            let mut texts = vec![
                ("why", rule.why),
                ("advice", rule.advice),
                ("what", doc.what),
                ("source", doc.source),
            ];
            texts.extend(doc.messages.iter().map(|text| ("messages", *text)));
            texts.extend(doc.bad.iter().map(|example| ("bad", example.patch)));
            texts.extend(doc.good.iter().map(|example| ("good", example.patch)));
            texts.retain(|(_, text)| text.contains("TODO"));
            let mut missing: Vec<_> = texts.into_iter().map(|(field, _)| field).collect();
            if rule.origin == Origin::Operator && rule.position == Position::LAST {
                missing.push("position");
            }
            assert!(
                missing.is_empty(),
                "{}: fill in {}",
                rule.id,
                missing.join(", ")
            );
        }
    }
}

#[test]
fn only_rules_of_the_operator_have_messages_of_kuberay() {
    for (_, family) in rules::explained() {
        for (rule, doc) in family {
            let is_operator = rule.origin == Origin::Operator;
            assert_eq!(!doc.messages.is_empty(), is_operator, "{}", rule.id);
        }
    }
}

#[test]
fn every_bad_example_has_exactly_its_rules_finding() {
    each_rule(|rule, bad, _| {
        assert!(!bad.is_empty(), "{} has no bad example", rule.id);
        for example in bad {
            let verdict = judged(rule, example);
            assert_eq!(
                found(&verdict),
                BTreeSet::from([rule.id]),
                "{}: {}",
                rule.id,
                example.patch
            );
            assert_eq!(
                verdict.allowed,
                rule.level < Level::Deny,
                "{}: {}",
                rule.id,
                example.patch
            );
        }
    });
}

#[test]
fn no_good_example_has_a_finding() {
    each_rule(|rule, _, good| {
        assert!(!good.is_empty(), "{} has no good example", rule.id);
        for example in good {
            let verdict = judged(rule, example);
            assert_eq!(
                found(&verdict),
                BTreeSet::new(),
                "{}: {}",
                rule.id,
                example.patch
            );
        }
    });
}

#[test]
fn the_api_server_stores_what_a_good_example_shows() {
    each_rule(|rule, _, good| {
        for example in good {
            let object = example.object().expect("an example");
            let stored = example.stored_object().expect("an example");
            let release = example.settings(rule).release;
            let findings = crd::check(release, &object, stored.as_ref());
            let ids: Vec<_> = findings
                .iter()
                .map(|finding| (finding.rule.id, finding.path.to_string()))
                .collect();
            assert!(ids.is_empty(), "{}: {}: {ids:?}", rule.id, example.patch);
        }
    });
}

#[test]
fn a_file_shows_every_rule_that_is_not_for_admission_alone() {
    each_rule(|rule, bad, _| {
        for example in bad.iter().filter(|example| example.beside.is_none()) {
            let object = example.object().expect("an example");
            let stored = example.stored_object().expect("an example");
            let verdict = crd::judge(&object, stored.as_ref(), &example.settings(rule));
            // A refusal by the API server in the same place replaces it.
            let place = &judged(rule, example).findings[0].finding.path;
            let is_refusal =
                |finding: &Finding| finding.rule.id.starts_with("crd-") && finding.path == *place;
            let shown = verdict.findings.iter().map(|graded| &graded.finding);
            let shown = { shown }.any(|finding| finding.rule.id == rule.id || is_refusal(finding));
            assert_eq!(
                shown, !rule.only_at_admission,
                "{}: {}",
                rule.id, example.patch
            );
        }
    });
}

/// A refusal by the API server replaces the operator's finding in the same place.
#[test]
fn what_the_api_server_refuses_is_told_once() {
    for (example, refused) in [
        (
            Example::job(
                r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {
                             "template": {"spec": {"containers": null}}}}}}"#,
            ),
            "crd-pod-template-shape",
        ),
        (
            Example::job(
                r#"{"spec": {"rayClusterSpec": {"workerGroupSpecs": [
                             {"groupName": "a", "minReplicas": 1, "maxReplicas": 1,
                             "rayStartParams": {}, "template": {"spec": {}}}]}}}"#,
            ),
            "crd-pod-template-shape",
        ),
        (
            Example::job(
                r#"{"spec": {"submitterPodTemplate": {"spec": {"restartPolicy": "Never"}}}}"#,
            ),
            "crd-pod-template-shape",
        ),
        (
            Example::job(r#"{"spec": {"rayClusterSpec": {"headGroupSpec": null}}}"#),
            "crd-head-required",
        ),
        (
            Example::job(r#"{"spec": {"preRunningDeadlineSeconds": 0}}"#),
            "crd-pre-running-min",
        ),
        (
            Example::job(r#"{"spec": {"deletionStrategy": {}}}"#),
            "crd-deletion-complete",
        ),
    ] {
        let object = example.object().expect("an example");
        let mut settings = Settings::default();
        let found_with = |settings: &Settings| found(&crd::judge(&object, None, settings));
        let told = found_with(&settings);
        assert_eq!(told, BTreeSet::from([refused]), "{}", example.patch);
        // With another schema in the API server, the operator's rules still apply.
        settings.set_level("crd-*", Level::Off);
        let operators = found_with(&settings);
        assert_eq!(operators.len(), 1, "{}: {operators:?}", example.patch);
    }
}

#[test]
fn a_refusal_offers_the_fix_of_the_rule_that_it_stands_for() {
    let example = Example::job(r#"{"spec": {"deletionStrategy": {}}}"#);
    let object = example.object().expect("an example");
    let verdict = crd::judge(&object, None, &Settings::default());
    let titles: Vec<_> = verdict.findings[0].finding.fixes().collect();
    assert!(
        titles[0].title.starts_with("remove deletionStrategy"),
        "{titles:?}"
    );
}

#[test]
fn every_fix_mends_a_bad_example() {
    each_rule(|rule, bad, _| {
        let mut applied = BTreeSet::new();
        for example in bad {
            let verdict = judged(rule, example);
            let finding = &verdict.findings[0].finding;
            for fix in finding.fixes() {
                let mut object = example.object().expect("an example");
                let patch = serde_json::to_value(&fix.patch).expect("a patch");
                let patch: json_patch::Patch = serde_json::from_value(patch).expect("a patch");
                if let Err(error) = json_patch::patch(&mut object, &patch) {
                    panic!("{}: {}: {error}", rule.id, fix.title);
                }
                let stored = example.stored_object().expect("an example");
                let settings = example.settings(rule);
                let verdict = judge(rule, &object, stored.as_ref(), &settings);
                assert!(
                    !found(&verdict).contains(rule.id),
                    "{}: {}: {object}",
                    rule.id,
                    fix.title
                );
                applied.insert(fix.title);
            }
        }
        for fix in rule.fixes {
            assert!(
                applied.contains(fix.title),
                "{}: no example shows how to {}",
                rule.id,
                fix.title
            );
        }
    });
}

#[test]
fn messages_are_whole_lines() {
    each_rule(|rule, bad, _| {
        for example in bad {
            let verdict = judged(rule, example);
            let message = verdict.findings[0].finding.to_string();
            let sentence = |text: &str| !text.is_empty() && !text.ends_with(['.', ',', ' ']);
            assert!(
                sentence(rule.why) && sentence(&verdict.findings[0].finding.advice),
                "{message}"
            );
            assert!(!message.contains(['\n', '\r']), "{message}");
            assert!(message.ends_with(&format!(". [{}]", rule.id)), "{message}");
            assert!(!message.contains("  "), "{message}");
            let parts: Vec<_> = message.split(" of ").collect();
            let says_twice = |pair: &[&str]| pair[1].starts_with(pair[0]);
            assert!(!parts.windows(2).any(says_twice), "{message}");
            for warning in &verdict.warnings {
                assert!(warning.len() <= 256 && warning.is_ascii(), "{warning}");
            }
        }
    });
}

#[test]
fn a_rule_that_is_off_finds_nothing() {
    each_rule(|rule, bad, _| {
        for example in bad {
            let mut settings = example.settings(rule);
            settings.set_level("*", Level::Deny);
            settings.set_level(format!("{}*", rule.id), Level::Off);
            settings.set_level(rule.id, Level::Off);
            let object = example.object().expect("an example");
            let stored = example.stored_object().expect("an example");
            let verdict = judge(rule, &object, stored.as_ref(), &settings);
            assert!(!found(&verdict).contains(rule.id), "{}", rule.id);
        }
    });
}

#[test]
fn what_the_prose_calls_releases_and_gates_exists() {
    each_rule(|rule, _, _| {
        assert!(
            rule.releases.iter().next().is_some(),
            "{} applies nowhere",
            rule.id
        );
        if let Some((gate, true)) = rule.gate {
            let first = rule.releases.iter().next().expect("a release");
            assert!(
                gate.since() <= first,
                "{} needs a gate that {first} lacks",
                rule.id
            );
        }
    });
    assert_eq!(Gate::ALL.len(), 10);
    assert_eq!(Release::ALL.len(), 5);
}

#[test]
fn the_id_of_a_rule_begins_as_its_origin_has_it() {
    for rule in rules::all() {
        let origin = match rule.id.split_once('-') {
            Some(("trap", _)) => Origin::Trap,
            Some(("live", _)) => Origin::Cluster,
            Some(("crd", _)) => Origin::ApiServer,
            Some(("pod", _)) => Origin::Kubernetes,
            Some(("kueue", _)) => Origin::Kueue,
            Some(("scheduler", _)) => Origin::BatchScheduler,
            _ => Origin::Operator,
        };
        assert_eq!(rule.origin, origin, "{}", rule.id);
    }
}

/// The findings of a rule in an object, each without the place of the RayCluster.
fn found_in(kind: Kind, object: &Value, rule: &Rule, settings: &Settings) -> Vec<String> {
    let verdict = judge(rule, object, None, settings);
    let findings = verdict.findings.iter().map(|graded| &graded.finding);
    let of_rule = findings.filter(|finding| finding.rule.id == rule.id);
    let text = |finding: &Finding| {
        let path = finding.path.to_string();
        let place = path.strip_prefix(kind.cluster_path());
        format!("{}: {}", place.unwrap_or(&path), finding.detail)
    };
    of_rule.map(text).collect()
}

#[test]
fn a_rule_about_the_ray_cluster_finds_the_same_in_each_kind() {
    let is_about_clusters = |rule: &Rule| {
        // Their findings depend on the name of the RayCluster, which differs.
        let has_name = ["trap-group-name", "trap-name-of-cluster"].contains(&rule.id);
        let check = rule.check;
        !has_name
            && matches!(
                check,
                Check::Cluster(_) | Check::CreatedCluster(_) | Check::Pod(..)
            )
    };
    let mut compared = 0;
    each_rule(|rule, bad, _| {
        let examples = bad.iter().filter(|example| example.kind == Kind::RayJob);
        for example in examples.filter(|_| is_about_clusters(rule)) {
            let object = example.object().expect("an example");
            let settings = example.settings(rule);
            let expected = found_in(Kind::RayJob, &object, rule, &settings);
            for kind in [Kind::RayCluster, Kind::RayService] {
                if rule.kinds.contain(kind) {
                    let mut there = moved(object.clone(), Kind::RayJob, kind);
                    there["kind"] = kind.as_str().into();
                    let found = found_in(kind, &there, rule, &settings);
                    assert_eq!(found, expected, "{} in a {}", rule.id, kind.as_str());
                    compared += 1;
                }
            }
        }
    });
    assert!(compared > 400, "{compared}");
}
