//! Any `runtimeEnvYAML` is accepted or refused in one short line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rayjob_policy_core::syntax::runtime_env::check;

fuzz_target!(|text: &str| {
    if let Err(error) = check(text) {
        let message = error.kind.to_string();
        assert!(message.len() < 100 && !message.contains('\n'));
    }
});
