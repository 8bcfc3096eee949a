//! Makes a libFuzzer target of a check and a mutator.

use rayjob_policy_fuzz::mutate::Mutate;

/// A target: the check, and, if there is one, the mutator that changes its inputs.
#[macro_export]
macro_rules! target {
    ($check:path $(, $mutate:path)?) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $check(input));
        $(
            libfuzzer_sys::fuzz_mutator!(|input: &mut [u8], size: usize, most: usize, seed: u32| {
                $crate::mutate($mutate, input, size, most, seed)
            });
        )?
    };
}

/// Changes an input in place, and returns its new size. One in four changes is one of bytes.
pub fn mutate(mutate: Mutate, input: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let of_form = match seed % 4 {
        0 => None,
        _ => mutate(&input[..size], seed.into()),
    };
    match of_form {
        Some(new) if new.len() <= most.min(input.len()) => {
            input[..new.len()].copy_from_slice(&new);
            new.len()
        }
        _ => libfuzzer_sys::fuzzer_mutate(input, size, most),
    }
}
