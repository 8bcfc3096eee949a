//! The effects of a KubeRay operator upgrade on the objects in a text.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;

use rayjob_policy_core::finding::Message;
use rayjob_policy_core::lifecycle;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;

use crate::check::{Options, check_without};
use crate::checked::{Checked, Document, Finding};
use crate::lint::{self, TextRule};
use crate::source::Source;

/// Checks what changes in a text when an operator with the settings `before` is
/// replaced by one with the settings in the options: new findings, and RayJobs
/// that behave differently. Requests are left out, because they are not stored.
pub fn check_upgrade(source: &Source<'_>, before: &Settings, options: &Options<'_>) -> Checked {
    let old = Options {
        settings: Some(before.clone()),
        ..options.clone()
    };
    let levels = RefCell::new(BTreeMap::new());
    let key = |document, rule, path: &dyn Display| format!("{document} {rule} {path}");
    check_without(source, &old, &|document, rule, path, level| {
        let mut levels = levels.borrow_mut();
        levels.entry(key(document, rule, path)).or_insert(level);
        true
    });
    let levels = levels.into_inner();
    let mut new = check_without(source, options, &|document, rule, path, level| {
        let before = levels.get(&key(document, rule, path));
        before.is_some_and(|before| *before >= level)
    });
    let newest = Settings::default();
    let after = options.settings.as_ref().unwrap_or(&newest);
    for new in &mut new.documents {
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

#[cfg(test)]
mod tests {
    use rayjob_policy_core::release::Release;
    use rayjob_policy_core::settings::Settings;

    use super::check_upgrade;
    use crate::check::Options;
    use crate::source::Source;

    #[test]
    fn what_one_object_had_before_is_new_in_another() {
        let job = |mode: &str| {
            format!(
                "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {{name: train}}\nspec:\n  \
                 submissionMode: {mode}\n  entrypoint: python train.py\n  backoffLimit: 2\n  \
                 clusterSelector: {{ray.io/cluster: shared}}\n"
            )
        };
        // From 1.4 on, KubeRay refuses the second one for another reason.
        let text = [job("K8sJobMode"), job("InteractiveMode")].join("---\n");
        let options = Options {
            settings: Some(Settings::for_release(Release::V1_3)),
            ..Options::default()
        };
        let before = Settings::for_release(Release::V1_4);
        let checked = check_upgrade(&Source::new(&text), &before, &options);
        let documents = checked.documents.iter().map(|document| {
            let findings = document.findings.iter();
            findings.map(|finding| finding.rule).collect::<Vec<_>>()
        });
        let found: Vec<_> = documents.collect();
        assert_eq!(found, [vec![], vec!["trap-selector-retry-deletes-cluster"]]);
    }
}
