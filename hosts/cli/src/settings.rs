//! Policy settings from a file.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use rayjob_policy_core::release::Release;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::settings;

use crate::input;

/// Returns the settings to judge with.
///
/// # Errors
/// If the file cannot be read or contains no settings.
pub fn load(file: Option<&Path>, kuberay: Option<Release>) -> Result<Settings> {
    let Some(file) = file else {
        return Ok(Settings::for_release(kuberay.unwrap_or(Release::LATEST)));
    };
    let read = || {
        let text = input::read(file).map_err(anyhow::Error::msg)?;
        settings::read(&text, kuberay)
            .map_err(|errors| anyhow!(errors.join("; ")))?
            .ok_or_else(|| anyhow!("the file contains no settings"))
    };
    read().with_context(|| file.display().to_string())
}
