//! Whatever a host hands over gets a verdict.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rayjob_policy_core::admit::admit;

fuzz_target!(|question: &[u8]| {
    let verdict = admit(question);
    assert_eq!(verdict.allowed, verdict.message.is_none());
});
