//! `--cluster`: what the cluster has.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::cluster::{self, Cluster};

use crate::args::{Check, KubeRay};
use crate::input::{self, STDIN};
use crate::report::{self, Summary};
use crate::settings;

/// Returns the cluster of the command line, if there is one, with notes about its files.
///
/// # Errors
/// If a file cannot be read, or stdin would be read twice.
pub fn load(args: &Check) -> Result<(Option<Cluster>, Vec<String>)> {
    let files = args.paths.iter().chain(&args.cluster);
    let is_read_twice = files.filter(|file| *file == Path::new(STDIN)).count() > 1;
    if is_read_twice && !args.cluster.is_empty() {
        bail!("stdin can be either a file to check or --cluster, and only once");
    }
    let (mut objects, mut notes) = (Vec::new(), Vec::new());
    for file in &args.cluster {
        let name = report::name(file);
        let text = input::read(file).map_err(anyhow::Error::msg);
        let text = text.with_context(|| name.clone())?;
        let read = cluster::objects(&text).map_err(|(span, message)| {
            let (line, column) = (span.start.line, span.start.column);
            anyhow!("{name}:{line}:{column}: cannot be read: {message}")
        })?;
        if read.is_empty() {
            notes.push(format!(
                "{name} has no object that the policy asks about; --cluster takes the output of \
                 kubectl get -o json"
            ));
        }
        objects.extend(read);
    }
    let cluster = || Cluster::new(objects, args.namespace.as_deref());
    Ok(((!args.cluster.is_empty()).then(cluster), notes))
}

/// Returns the settings to judge with: those in the file, for the release on the command line.
///
/// # Errors
/// If they cannot be read, or leave the release to an operator that is not known.
pub fn settings(
    file: Option<&Path>,
    kuberay: Option<KubeRay>,
    cluster: Option<&Cluster>,
) -> Result<Settings> {
    let release = match kuberay {
        Some(KubeRay::Release(release)) => Some(release),
        Some(KubeRay::Auto) | None => None,
    };
    let mut settings = match (file, kuberay, cluster) {
        (None, None, Some(cluster)) => return Ok(cluster.settings()),
        _ => settings::load(file, release)?,
    };
    settings.is_auto |= matches!(kuberay, Some(KubeRay::Auto));
    match cluster {
        Some(cluster) => cluster
            .resolve(&mut settings)
            .map_err(|why| anyhow!("{why}; name a release with --kuberay instead of auto"))?,
        None if settings.is_auto => bail!(
            "kuberayVersion is auto, the release of the operator in the cluster; add --cluster, \
             or name a release with --kuberay"
        ),
        None => {}
    }
    Ok(settings)
}

/// Returns a note about what the cluster does not tell, if anything.
pub fn note(cluster: &Cluster, summary: &Summary) -> Option<String> {
    if cluster.is_empty() || summary.unavailable.is_empty() {
        return None;
    }
    let topics: Vec<_> = summary.unavailable.iter().copied().collect();
    let mut note = format!(
        "--cluster does not tell about {}: it has no object of such a kind, or none in the \
         namespace of a checked object",
        topics.join(", ")
    );
    if cluster.namespace().is_empty() && summary.lacks_namespace {
        note += "; add --namespace for objects that name none";
    }
    Some(note)
}
