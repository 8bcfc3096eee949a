//! `--cluster`: what the cluster has.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::cluster::{self, Cluster};

use crate::args::{Check, KubeRay};
use crate::input::{self, STDIN};
use crate::report::{self, Summary};
use crate::settings;

/// Returns the cluster of the command line, if there is one.
///
/// # Errors
/// If a file cannot be read, or stdin would be read twice.
pub fn load(args: &Check) -> Result<Option<Cluster>> {
    if args.cluster.is_empty() {
        return Ok(None);
    }
    let files = args.paths.iter().chain(&args.cluster);
    if files.filter(|file| *file == Path::new(STDIN)).count() > 1 {
        bail!("only one of the files to check and --cluster can be stdin");
    }
    let mut objects = Vec::new();
    for file in &args.cluster {
        let text = input::read(file).map_err(anyhow::Error::msg);
        let text = text.with_context(|| report::name(file))?;
        let read = cluster::objects(&text).map_err(|(span, message)| {
            let (name, start) = (report::name(file), span.start);
            anyhow!(
                "{name}:{}:{}: cannot be read: {message}",
                start.line,
                start.column
            )
        })?;
        objects.extend(read);
    }
    Ok(Some(Cluster::new(objects, args.namespace.as_deref())))
}

/// Returns the settings to judge with.
///
/// # Errors
/// If they cannot be read, or leave the release to an operator that is not known.
pub fn settings(args: &Check, cluster: Option<&Cluster>) -> Result<Settings> {
    let named = match args.kuberay {
        Some(KubeRay::Release(release)) => Some(release),
        _ => None,
    };
    let mut settings = match (&args.settings, args.kuberay, cluster) {
        (None, None, Some(cluster)) => return Ok(cluster.settings()),
        (file, ..) => settings::load(file.as_deref(), named)?,
    };
    settings.is_auto |= matches!(args.kuberay, Some(KubeRay::Auto));
    cluster::resolve(&mut settings, cluster).map_err(|why| match cluster {
        Some(_) => anyhow!("{why}"),
        None => anyhow!("{why}, or add --cluster"),
    })?;
    Ok(settings)
}

/// Returns notes about what the cluster does not tell.
pub fn notes(cluster: &Cluster, summary: &Summary) -> Vec<String> {
    if cluster.is_empty() {
        let note = "--cluster has no object that the policy asks about; it takes the output of \
                    kubectl get -o json";
        return vec![note.into()];
    }
    if summary.unavailable.is_empty() {
        return Vec::new();
    }
    let topics: Vec<_> = summary.unavailable.iter().copied().collect();
    let mut note = format!(
        "not judged by the cluster's {}: --cluster has no object of such a kind, or none in the \
         namespace of a checked object",
        topics.join(", ")
    );
    if cluster.namespace().is_empty() && summary.lacks_namespace {
        note += "; name the namespace of objects that have none with --namespace";
    }
    vec![note]
}
