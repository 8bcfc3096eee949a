//! What the fuzzer has kept breaks no promise.

use std::panic::catch_unwind;

use rayjob_policy_fuzz::{TARGETS, corpus};

#[test]
fn every_input_that_was_kept_is_answered_as_promised() {
    for (target, check) in TARGETS {
        let inputs = corpus::kept(target).expect("the archive of a target");
        assert!(!inputs.is_empty(), "{target}");
        for input in inputs {
            let text = String::from_utf8_lossy(&input);
            assert!(catch_unwind(|| check(&input)).is_ok(), "{target}: {text}");
        }
    }
}
