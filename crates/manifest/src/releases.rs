//! What the policy, configured for one release after the other, says about a text.

use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;

use crate::check::{Options, check};
use crate::checked::Document;
use crate::source::Source;

/// The most rules that a summary names.
const MOST_NAMES: usize = 2;

/// What is found in an object.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// The rules that deny it, without duplicates.
    denials: Vec<&'static str>,
    /// How many rules only warn about it.
    warnings: usize,
}

/// Summarizes in one line for each object of a text which releases of KubeRay it suits.
///
/// `settings` are those for a release; `None` leaves the release out.
pub fn summaries(
    source: &Source<'_>,
    options: &Options<'_>,
    settings: &dyn Fn(Release) -> Option<Settings>,
) -> Vec<String> {
    let in_release = |release: Release| {
        let options = Options {
            settings: Some(settings(release)?),
            ..options.clone()
        };
        let documents = check(source, &options).documents;
        Some((release, documents.iter().map(found).collect::<Vec<_>>()))
    };
    let all: Vec<_> = Release::ALL.into_iter().filter_map(in_release).collect();
    let objects = all.first().map_or(0, |(_, objects)| objects.len());
    let of = |object: usize| {
        let found = all.iter().filter_map(|(release, objects)| {
            let found = objects.get(object)?;
            Some((*release, found))
        });
        summary(&found.collect::<Vec<_>>())
    };
    (0..objects).map(of).collect()
}

fn found(document: &Document) -> Found {
    let rules = |level: Level| {
        let mut rules = Vec::new();
        for finding in &document.findings {
            let counts = finding.ignored.is_none() && finding.level == level;
            if counts && !rules.contains(&finding.rule) {
                rules.push(finding.rule);
            }
        }
        rules
    };
    Found {
        denials: rules(Level::Deny),
        warnings: rules(Level::Warn).len(),
    }
}

fn summary(releases: &[(Release, &Found)]) -> String {
    let same = releases.chunk_by(|(_, one), (_, next)| one == next);
    let parts = same.filter_map(|chunk| {
        let ((first, found), (last, _)) = (chunk.first()?, chunk.last()?);
        let range = match first == last {
            true => first.to_string(),
            false => format!("{first} to {last}"),
        };
        Some(format!("{range}: {}", words(found)))
    });
    format!("KubeRay {}", parts.collect::<Vec<_>>().join("; "))
}

fn words(Found { denials, warnings }: &Found) -> String {
    let warnings = match warnings {
        0 => String::new(),
        1 => "1 warning".to_owned(),
        warnings => format!("{warnings} warnings"),
    };
    let names: Vec<_> = denials.iter().take(MOST_NAMES).copied().collect();
    let denied = match denials.len().saturating_sub(MOST_NAMES) {
        0 => format!("denied by {}", names.join(" and ")),
        more => format!("denied by {} and {more} more", names.join(", ")),
    };
    match (denials.is_empty(), warnings.is_empty()) {
        (true, true) => "accepted".to_owned(),
        (true, false) => format!("accepted with {warnings}"),
        (false, true) => denied,
        (false, false) => format!("{denied}, {warnings}"),
    }
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::release::Release;
    use rayjob_policy_core::settings::Settings;

    use super::{Found, summaries, summary};
    use crate::check::Options;
    use crate::source::Source;

    const JOB: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: train}\nspec:\n  \
        submissionMode: SidecarMode\n  entrypoint: python train.py\n  rayClusterSpec:\n    \
        headGroupSpec: {rayStartParams: {}, template: {spec: {containers: \
        [{name: head, image: rayproject/ray:2.52.0}]}}}\n";

    #[test]
    fn releases_that_agree_are_summarized_together() {
        let text = [JOB, &JOB.replace("SidecarMode", "HTTPMode")].join("---\n");
        let all = summaries(&Source::new(&text), &Options::default(), &|release| {
            Some(Settings::for_release(release))
        });
        assert_eq!(all.len(), 2);
        assert_eq!(
            all[0],
            "KubeRay 1.3 to 1.4: denied by trap-unknown-mode; 1.5 to 1.7: accepted"
        );
    }

    #[test]
    fn releases_without_settings_are_left_out() {
        let all = summaries(&Source::new(JOB), &Options::default(), &|release| {
            (release == Release::V1_6).then(|| Settings::for_release(release))
        });
        assert_eq!(all, ["KubeRay 1.6: accepted"]);
    }

    #[test]
    fn a_summary_is_short() {
        let found = |denials: &[&'static str], warnings| Found {
            denials: denials.to_vec(),
            warnings,
        };
        let told = |found: Found| summary(&[(Release::V1_7, &found)]);
        assert_eq!(told(found(&[], 2)), "KubeRay 1.7: accepted with 2 warnings");
        assert_eq!(
            told(found(&["a", "b"], 0)),
            "KubeRay 1.7: denied by a and b"
        );
        assert_eq!(
            told(found(&["a", "b", "c"], 1)),
            "KubeRay 1.7: denied by a, b and 1 more, 1 warning"
        );
    }
}
