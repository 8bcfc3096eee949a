#![no_main]

rayjob_policy_fuzz_targets::target!(rayjob_policy_fuzz::runtime_env::check, rayjob_policy_fuzz::mutate::yaml);
