//! Any text is checked, every finding lies in it, and a fix changes what its patch says.

use rayjob_policy_manifest::edit::{Edit, apply};
use rayjob_policy_manifest::fix::{Wanted, fix};
use rayjob_policy_manifest::{Document, Options, Source, check as judge};
use serde_json::Value;

/// Checks a manifest, each fix by itself, and the safe fixes together.
pub fn check(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let options = Options::default();
    let checked = judge(&Source::new(text), &options);
    for problem in checked.problems.iter().chain(&checked.notes) {
        assert!(text.get(problem.span.range()).is_some());
    }
    for (index, document) in checked.documents.iter().enumerate() {
        for finding in &document.findings {
            assert!(text.get(finding.span.range()).is_some());
        }
        for fix in document
            .findings
            .iter()
            .flat_map(|finding| &finding.fixes)
            .take(8)
        {
            if fix.edits.is_empty() {
                continue;
            }
            let edits = fix.edits.iter().map(|edit| Edit {
                range: edit.span.range(),
                text: edit.text.clone(),
            });
            let edited = apply(text, edits.collect()).expect("edits that do not overlap");
            let after = judge(&Source::new(&edited), &options);
            let after = after.documents.get(index).map(|document| &document.object);
            assert_eq!(
                after,
                Some(&patched(document, &fix.patch)),
                "{}\n{edited}",
                fix.title
            );
        }
    }
    let once = fix(text, &options, Wanted::Safe).text;
    let twice = fix(&once, &options, Wanted::Safe);
    assert!(twice.applied.is_empty() && twice.text == once, "{once}");
}

fn patched(document: &Document, patch: &Value) -> Value {
    let mut object = document.object.clone();
    let patch: json_patch::Patch = serde_json::from_value(patch.clone()).expect("a patch");
    json_patch::patch(&mut object, &patch).expect("a patch of this object");
    object
}
