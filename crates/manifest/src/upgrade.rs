//! The effects of a KubeRay operator upgrade on the objects in a text.

use rayjob_policy_core::finding::Message;
use rayjob_policy_core::lifecycle;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;

use crate::check::{Checked, Document, Finding, Options, check};
use crate::lint::{self, TextRule};
use crate::source::Source;

/// Checks what changes in a text when an operator with the settings `before` is
/// replaced by one with the settings in the options: new findings, and RayJobs
/// that behave differently. Requests are left out, because they are not stored.
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

/// A finding if the object behaves differently after the upgrade.
fn behaviour(document: &Document, before: &Settings, after: &Settings) -> Option<Finding> {
    let detail = lifecycle::upgrade(&document.object, before, after)?;
    let TextRule { id, level, why, .. } = lint::UPGRADE;
    let advice = "Check whether this is what you want".to_owned();
    Some(Finding {
        rule: id,
        level,
        path: "spec".into(),
        message: Message {
            path: &"spec",
            detail: &detail,
            why,
            advice: &advice,
            rule: id,
        }
        .to_string(),
        detail,
        why: why.into(),
        advice,
        stored: false,
        span: document.span,
        fixes: Vec::new(),
        ignored: None,
    })
}
