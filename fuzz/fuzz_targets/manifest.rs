//! Any text is checked, every finding lies in it, and its fixes are applied at once.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rayjob_policy_manifest::fix::{Wanted, fix};
use rayjob_policy_manifest::{Options, Source, check};

fuzz_target!(|text: &str| {
    let options = Options::default();
    for document in check(&Source::new(text), &options).documents {
        for finding in document.findings {
            assert!(text.get(finding.span.range()).is_some());
        }
    }
    let once = fix(text, &options, Wanted::Safe).text;
    let twice = fix(&once, &options, Wanted::Safe);
    assert!(twice.applied.is_empty() && twice.text == once);
});
