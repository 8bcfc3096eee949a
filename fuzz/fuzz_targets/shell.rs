#![no_main]

rayjob_policy_fuzz_targets::target!(rayjob_policy_fuzz::shell::check, rayjob_policy_fuzz::mutate::shell);
