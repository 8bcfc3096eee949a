//! `rayjob-policy init`.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use rayjob_policy_core::release::{Gates, Release};
use rayjob_policy_manifest::{operator, settings};

use crate::settings::FILE;
use crate::{input, report};

/// Writes a settings file into the working directory.
///
/// # Errors
/// If there is one, the file about the operator cannot be read, or no release is known.
pub fn run(file: Option<&Path>, kuberay: Option<Release>) -> Result<()> {
    let (release, gates) = match file {
        Some(file) => {
            let read = || operator::read(&input::read(file)?, kuberay);
            read().map_err(|why| anyhow!("{}: {why}", report::name(file)))?
        }
        None => {
            let release = kuberay.unwrap_or(Release::LATEST);
            (release, Gates::default_of(release))
        }
    };
    let mut out = match File::create_new(FILE) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{FILE} exists already: change it, or remove it first")
        }
        file => file.context(FILE)?,
    };
    out.write_all(settings::text(release, gates).as_bytes())
        .context(FILE)?;
    anstream::println!("wrote {FILE} for KubeRay {release}");
    Ok(())
}
