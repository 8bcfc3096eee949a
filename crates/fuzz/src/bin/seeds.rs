//! Writes what the fuzzer starts with into a folder: `seeds TARGET FOLDER`.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{Error, Result};
use std::path::Path;

use rayjob_policy_fuzz::corpus::{archive, kept, seeds};

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [target, folder] = &*arguments else {
        return Err(Error::other("usage: seeds TARGET FOLDER"));
    };
    fs::create_dir_all(folder)?;
    let mut inputs = seeds(target)?;
    if archive(target).exists() {
        inputs.extend(kept(target)?);
    }
    for input in inputs {
        let mut hasher = DefaultHasher::new();
        input.hash(&mut hasher);
        fs::write(
            Path::new(folder).join(format!("{:016x}", hasher.finish())),
            input,
        )?;
    }
    Ok(())
}
