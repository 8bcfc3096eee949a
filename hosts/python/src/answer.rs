//! The answers about a text, as JSON.

use std::collections::BTreeMap;

use rayjob_policy_core::json::Quoted;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::fix::{Wanted, fix as fixed};
use rayjob_policy_manifest::{Checked, Cluster, Options, Source, cluster, lint, settings};
use serde_json::{Value, json};

/// Judges a text, in a cluster with these objects if they are given: what the command's JSON
/// says about a file, and `pages`, the documentation of the rules in it. If the settings or
/// the cluster cannot be used, only `settings`, their errors.
pub fn check(
    text: &str,
    settings: Option<&str>,
    kuberay: Option<&str>,
    cluster: Option<&str>,
) -> String {
    let judged = cluster.map(objects).transpose().and_then(|cluster| {
        let cluster = cluster.map(|cluster| cluster.with(cluster::applied(text)));
        let options = options(settings, kuberay, cluster.as_ref())?;
        Ok(rayjob_policy_manifest::check(&Source::new(text), &options))
    });
    let answer = match judged {
        Ok(checked) => with_pages(&checked),
        Err(errors) => json!({"settings": errors}),
    };
    answer.to_string()
}

/// Reads the objects of a cluster.
fn objects(text: &str) -> Result<Cluster, Vec<String>> {
    let objects = cluster::objects(text);
    let objects = objects.map_err(|(_, message)| vec![format!("cluster: {message}")])?;
    Ok(Cluster::new(objects, None))
}

/// Applies the safe fixes to a text, or the first fix of a rule: `text` is the new one, and
/// `problems` are the parts that cannot be read. If the settings or the rule cannot be used,
/// only `settings`, what is wrong with them.
pub fn fix(
    text: &str,
    rule: Option<&str>,
    settings: Option<&str>,
    kuberay: Option<&str>,
) -> String {
    let answer = wanted(rule).and_then(|wanted| {
        let options = options(settings, kuberay, None)?;
        let Checked { problems, .. } = rayjob_policy_manifest::check(&Source::new(text), &options);
        Ok(json!({"text": fixed(text, &options, wanted).text, "problems": problems}))
    });
    answer
        .unwrap_or_else(|errors| json!({"settings": errors}))
        .to_string()
}

fn wanted(rule: Option<&str>) -> Result<Wanted<'_>, Vec<String>> {
    let Some(rule) = rule else {
        return Ok(Wanted::Safe);
    };
    match lint::known(rule) {
        Ok(()) => Ok(Wanted::Rule(rule)),
        Err(near) => {
            let unknown = format!("unknown rule {}", Quoted(rule));
            let advice = near.map(|near| format!("; did you mean {near}?"));
            Err(vec![unknown + &advice.unwrap_or_default()])
        }
    }
}

/// Without settings and a release, those in a request apply.
fn options<'c>(
    text: Option<&str>,
    kuberay: Option<&str>,
    cluster: Option<&'c Cluster>,
) -> Result<Options<'c>, Vec<String>> {
    let release = kuberay.map(release).transpose()?;
    let mut settings = match text {
        Some(text) => {
            let read = settings::read(text, release)?;
            Some(read.ok_or_else(|| vec!["there are no settings".to_owned()])?)
        }
        None => release.map(Settings::for_release),
    };
    if let Some(settings) = settings.as_mut().filter(|it| it.is_auto) {
        let resolved = match cluster {
            Some(cluster) => cluster.resolve(settings),
            None => Err("the operator is not known here".into()),
        };
        let unknown = |why| format!("kuberayVersion: {why}; name a release instead of auto");
        resolved.map_err(|why| vec![unknown(why)])?;
    }
    Ok(Options {
        settings,
        cluster,
        ..Options::default()
    })
}

fn release(text: &str) -> Result<Release, Vec<String>> {
    let [oldest, .., newest] = Release::ALL;
    Release::parse(text).ok_or_else(|| {
        vec![format!(
            "unknown KubeRay release {}; use one from {oldest} to {newest}",
            Quoted(text)
        )]
    })
}

fn with_pages(checked: &Checked) -> Value {
    let findings = checked.documents.iter().flat_map(|it| &it.findings);
    let page = |rule| {
        format!(
            "{}/blob/main/{}",
            env!("CARGO_PKG_REPOSITORY"),
            rules::page_of(rule)
        )
    };
    let pages: BTreeMap<_, _> = findings.map(|it| (it.rule, page(it.rule))).collect();
    let mut answer = json!(checked);
    answer["pages"] = json!(pages);
    answer
}
