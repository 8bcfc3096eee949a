//! The answers about a text, as JSON.

use std::collections::BTreeMap;

use rayjob_policy_core::json::Quoted;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::fix::{Wanted, fix as fixed};
use rayjob_policy_manifest::{Checked, Options, Source, lint, settings};
use serde_json::{Value, json};

/// Judges a text: what the command's JSON says about a file, and `pages`, the documentation of
/// the rules in it. If the settings cannot be used, only `settings`, their errors.
pub fn check(text: &str, settings: Option<&str>, kuberay: Option<&str>) -> String {
    let judged = options(settings, kuberay)
        .map(|options| rayjob_policy_manifest::check(&Source::new(text), &options));
    let answer = match judged {
        Ok(checked) => with_pages(&checked),
        Err(errors) => json!({"settings": errors}),
    };
    answer.to_string()
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
        let options = options(settings, kuberay)?;
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
fn options(text: Option<&str>, kuberay: Option<&str>) -> Result<Options<'static>, Vec<String>> {
    let release = kuberay.map(release).transpose()?;
    let settings = match text {
        Some(text) => {
            let read = settings::read(text, release)?;
            Some(read.ok_or_else(|| vec!["there are no settings".to_owned()])?)
        }
        None => release.map(Settings::for_release),
    };
    if settings.as_ref().is_some_and(|it| it.is_auto) {
        return Err(vec![
            "kuberayVersion: the operator is not known here; name a release instead of auto".into(),
        ]);
    }
    Ok(Options {
        settings,
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
