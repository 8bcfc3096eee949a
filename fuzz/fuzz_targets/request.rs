#![no_main]

rayjob_policy_fuzz_targets::target!(rayjob_policy_fuzz::request::check, rayjob_policy_fuzz::mutate::json);
