//! The effects of a KubeRay operator upgrade on the objects in a text.

use std::collections::BTreeMap;

use rayjob_policy_core::finding::Message;
use rayjob_policy_core::lifecycle;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;

use crate::check::{Checked, Document, Finding, Options, judged};
use crate::lint::{self, TextRule};
use crate::source::Source;
use crate::tally::{self, Tally};

/// Checks what changes in a text when an operator with the settings `before` is
/// replaced by one with the settings in the options: new findings, and RayJobs
/// that behave differently. Requests are left out, because they are not stored.
pub fn check_upgrade(source: &Source<'_>, before: &Settings, options: &Options<'_>) -> Checked {
    let old = Options {
        settings: Some(before.clone()),
        ..options.clone()
    };
    // All of them, because the first of one may not be among the first of the other.
    let old = judged(source, &old, usize::MAX);
    let mut new = judged(source, options, usize::MAX);
    let newest = Settings::default();
    let after = options.settings.as_ref().unwrap_or(&newest);
    for (new, old) in new.documents.iter_mut().zip(&old.documents) {
        let mut levels = BTreeMap::new();
        for Finding {
            rule, path, level, ..
        } in &old.findings
        {
            levels.entry(format!("{rule} {path}")).or_insert(*level);
        }
        new.tally = Tally::of_at_most(tally::MOST);
        let is_new = |Finding {
                          rule,
                          path,
                          level,
                          ignored,
                          ..
                      }: &Finding| {
            let before = levels.get(&format!("{rule} {path}"));
            before.is_none_or(|before| before < level)
                && new.tally.shows(rule, *level, ignored.is_some())
        };
        new.findings.retain(is_new);
        let is_refused = new
            .findings
            .iter()
            .any(|finding| finding.level == Level::Deny);
        if new.kind == "RayJob" && !is_refused {
            new.findings.extend(behaviour(new, before, after));
        }
    }
    new.tell();
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
