//! `rayjob-policy admission-policy`.

use std::io::{self, Write};

use anyhow::Result;
use rayjob_policy_admission::manifests;

use crate::args::AdmissionPolicy;
use crate::settings;

/// Prints the rules as ValidatingAdmissionPolicies.
///
/// # Errors
/// If the settings cannot be read or turn off every rule, the name is invalid, or
/// the output cannot be written.
pub fn run(args: &AdmissionPolicy) -> Result<()> {
    let settings = settings::load(args.settings.as_deref(), args.kuberay)?;
    let manifests = manifests(&settings, &args.name)?;
    io::stdout().write_all(manifests.as_bytes())?;
    Ok(())
}
