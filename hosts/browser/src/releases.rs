//! Judges one object in every release.

use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::{Options, Source, check, settings};
use serde::Serialize;

use crate::job;
use crate::options::SimulationOptions;
use crate::trace::{self, Trace};

/// What a release, and the policy configured for it, would do with an object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InRelease {
    release: &'static str,
    /// Whether the policy accepts it.
    allowed: bool,
    /// The rules that the policy denies it by, without duplicates.
    denials: Vec<&'static str>,
    /// The rules that the policy warns about, without duplicates.
    warnings: Vec<&'static str>,
    /// What KubeRay would do with the job, if the object describes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Trace>,
}

/// Compares the releases, the oldest first.
///
/// # Errors
/// If there is no object at this index, or something cannot be read.
pub fn compare(
    text: &str,
    index: usize,
    settings: &str,
    stored: Option<&str>,
    simulation: &SimulationOptions,
) -> Result<Vec<InRelease>, String> {
    let source = Source::new(text);
    let in_release = |release: Release| {
        let settings = settings::read(settings, Some(release));
        let settings = settings.map_err(|errors| errors.join("; "))?;
        let options = Options {
            settings: Some(settings.unwrap_or_else(|| Settings::for_release(release))),
            stored,
            ..Options::default()
        };
        let mut documents = check(&source, &options).documents.into_iter();
        let document = documents.nth(index).ok_or("no such object")?;
        let ids = |level| {
            let mut ids = Vec::new();
            for graded in &document.verdict.findings {
                let id = graded.finding.rule.id;
                if graded.level == level && !ids.contains(&id) {
                    ids.push(id);
                }
            }
            ids
        };
        let trace = match job::has_job(&document.object) {
            true => Some(trace::simulate(&document.object, release, simulation)?),
            false => None,
        };
        Ok(InRelease {
            release: release.as_str(),
            allowed: document.verdict.allowed,
            denials: ids(Level::Deny),
            warnings: ids(Level::Warn),
            trace,
        })
    };
    Release::ALL.into_iter().map(in_release).collect()
}
