//! `rayjob-policy admission-policy`.

use std::io::{self, Write};

use anyhow::{Result, bail};
use rayjob_policy_admission::manifests;
use rayjob_policy_core::kind::Kinds;
use rayjob_policy_core::release::Release;

use crate::args::AdmissionPolicy;
use crate::settings;

/// Prints the rules as ValidatingAdmissionPolicies.
///
/// # Errors
/// If the settings cannot be read, name no release or turn off every rule, the name is
/// invalid, the release has none of the kinds, or the output cannot be written.
pub fn run(args: &AdmissionPolicy) -> Result<()> {
    let settings = settings::load(args.settings.as_deref(), args.kuberay)?;
    if settings.is_auto {
        bail!(
            "kuberayVersion is auto, and a ValidatingAdmissionPolicy cannot ask the cluster; name \
             a release, for example with --kuberay {}",
            Release::LATEST
        );
    }
    if !settings.topics.are_empty() {
        anstream::eprintln!(
            "note: the setting cluster is left out: a ValidatingAdmissionPolicy cannot ask the \
             cluster"
        );
    }
    let kinds = match &*args.kinds {
        [] => Kinds::ALL,
        [first, rest @ ..] => {
            let first = Kinds::only(*first);
            rest.iter().fold(first, |kinds, &kind| kinds.and(kind))
        }
    };
    let manifests = manifests(&settings, &args.name, kinds)?;
    io::stdout().write_all(manifests.as_bytes())?;
    Ok(())
}
