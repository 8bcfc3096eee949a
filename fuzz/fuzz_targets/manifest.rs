#![no_main]

rayjob_policy_fuzz_targets::target!(rayjob_policy_fuzz::manifest::check, rayjob_policy_fuzz::mutate::manifest);
