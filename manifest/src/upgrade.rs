//! What an upgrade of the KubeRay operator changes for the objects in a text.

use rayjob_rules::crd::Schema;
use rayjob_rules::lifecycle::{self, Act, Event, JobStatus, Life, Scenario, State};
use rayjob_rules::rule::Level;
use rayjob_rules::settings::Settings;
use serde_json::Value;

use crate::check::{Checked, Document, Finding, Options, check};
use crate::source::Source;

/// The id of the finding that an object would live otherwise.
pub const BEHAVIOUR: &str = "upgrade-behaviour";

/// Checks a text for what is new when an operator with the settings `before` is
/// replaced by one with those of the options: the findings that there were none
/// of before, and lives that go otherwise. Requests are left out, because they
/// are not stored.
pub fn check_upgrade(source: &Source<'_>, before: &Settings, options: &Options<'_>) -> Checked {
    let old = check(
        source,
        &Options {
            settings: Some(before.clone()),
            ..options.clone()
        },
    );
    let mut new = check(source, options);
    let newest = Settings::default();
    let after = options.settings.as_ref().unwrap_or(&newest);
    for (new, old) in new.documents.iter_mut().zip(&old.documents) {
        let was_found = |finding: &Finding| {
            let same =
                |before: &&Finding| before.rule == finding.rule && before.path == finding.path;
            old.findings
                .iter()
                .find(same)
                .is_some_and(|before| before.level >= finding.level)
        };
        new.findings.retain(|finding| !was_found(finding));
        let is_refused = new
            .findings
            .iter()
            .any(|finding| finding.level == Level::Deny);
        if new.kind == "RayJob" && !is_refused {
            new.findings.extend(behaviour(new, before, after));
        }
    }
    new.documents.retain(|document| !document.is_request);
    new
}

/// A finding if the object lives otherwise after the upgrade.
fn behaviour(document: &Document, before: &Settings, after: &Settings) -> Option<Finding> {
    for (outcome, words) in [
        (JobStatus::Succeeded, "if the application succeeds"),
        (JobStatus::Failed, "if the application fails"),
    ] {
        let old = life(&document.object, before, outcome)?;
        let new = life(&document.object, after, outcome)?;
        if tell(&old) != tell(&new) {
            let (from, to) = (before.release, after.release);
            let detail = format!(
                "{words}, the RayJob {} with KubeRay {from}, and {} with KubeRay {to}",
                tell(&old),
                tell(&new)
            );
            let why = "the upgrade changes what happens to it";
            let advice = "See whether that is what you want".to_owned();
            return Some(Finding {
                rule: BEHAVIOUR,
                level: Level::Warn,
                path: "spec".into(),
                message: format!("spec: {detail}; {why}. {advice}. [{BEHAVIOUR}]"),
                detail,
                why,
                advice,
                stored: false,
                span: document.span,
                fixes: Vec::new(),
                ignored: None,
            });
        }
    }
    None
}

/// The life of an object as it is stored; a user who is asked to submits once.
fn life(object: &Value, settings: &Settings, outcome: JobStatus) -> Option<Life> {
    let mut object = object.clone();
    if let Some(schema) = Schema::of_object(settings.release, &object) {
        schema.store(&mut object);
    }
    // It is to live from the beginning.
    object.as_object_mut()?.remove("status");
    let mut scenario = Scenario::new(object, settings.release).ok()?;
    scenario.gates = settings.gates;
    scenario.outcomes = vec![outcome; ATTEMPTS];
    scenario.events = vec![Event {
        when: State::Waiting,
        nth: 1,
        act: Act::Submit("raysubmit-1".into()),
    }];
    Some(lifecycle::walk(&scenario))
}

/// How many applications may end.
const ATTEMPTS: usize = 20;

/// What a user sees of a life in the end.
fn tell(life: &Life) -> String {
    let clusters = match life.clusters {
        1 => "1 RayCluster".into(),
        clusters => format!("{clusters} RayClusters"),
    };
    let idle = if life.idle { ", the last one idle" } else { "" };
    format!("{} after {clusters}{idle}", life.ending)
}
