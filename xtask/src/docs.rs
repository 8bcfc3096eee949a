//! The documents that are derived from the catalogue of rules and the lifecycle model.

mod entry;
mod example;
mod life;
mod page;
mod settings;
mod yaml;

use anyhow::Result;

/// Returns the documents, each with its path in the project.
///
/// # Errors
/// If an example of the catalogue does not do what it should.
pub fn derived() -> Result<Vec<(String, String)>> {
    let mut documents = vec![
        ("docs/rules.md".into(), page::index()?),
        ("docs/settings.md".into(), settings::render()?),
        (
            "docs/lives/interactive-retry.svg".into(),
            life::interactive()?,
        ),
        ("docs/lives/k8s-job-retry.svg".into(), life::k8s_job()?),
    ];
    documents.extend(page::pages()?);
    Ok(documents)
}

/// Returns a link from a page in `docs/`, in Markdown, to a path in the project.
fn link(text: &str, path: &str) -> String {
    format!("[{text}]({})", path.trim_start_matches("docs/"))
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::lifecycle;
    use rayjob_policy_core::release::Release;

    use super::life;
    use crate::project;

    #[test]
    fn the_guide_says_how_an_interactive_job_with_retries_ends_in_each_release() {
        let guide = project::read_text("docs/interactive-and-backoff.md").expect("the guide");
        for release in Release::ALL {
            let scenario = life::interactive_in(release).expect("a scenario");
            let ending = lifecycle::simulate(&scenario).ending;
            let row = |line: &&str| {
                let cells: Vec<_> = line.split(" | ").collect();
                let releases = cells[0].trim_start_matches("| ").split(" to ");
                let (first, last) = (releases.clone().next(), releases.last());
                let is_in = first <= Some(release.as_str()) && Some(release.as_str()) <= last;
                is_in && line.ends_with(&format!("| it {ending} |"))
            };
            let found = guide.lines().filter(row).count();
            assert_eq!(found, 1, "{release}: it {ending}");
        }
    }
}
