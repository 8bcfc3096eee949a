//! What the fuzzer has kept breaks no promise.

use rayjob_policy_fuzz::{TARGETS, corpus};

#[test]
fn every_input_that_was_kept_is_answered_as_promised() {
    for (target, check) in TARGETS {
        let inputs = corpus::kept(target).expect("the archive of a target");
        assert!(!inputs.is_empty(), "{target}");
        inputs.iter().for_each(|input| check(input));
    }
}
