//! Writes what is derived from the catalogue of rules and the lifecycle model.

mod entry;
mod example;
mod life;
mod page;
mod settings;
mod yaml;

use anyhow::{Result, ensure};

use crate::project;

/// A file, and what makes its text.
type Page = (&'static str, fn() -> Result<String>);

const PAGES: [Page; 4] = [
    ("docs/rules.md", page::render),
    ("docs/settings.md", settings::render),
    ("docs/lives/interactive-retry.svg", life::interactive),
    ("docs/lives/k8s-job-retry.svg", life::k8s_job),
];

/// Writes the pages, or only checks them.
///
/// # Errors
/// If an example of the catalogue does not do what it should, a file cannot
/// be written, or, for a check, it is not as it would be written.
pub fn write(only_check: bool) -> Result<()> {
    for (file, render) in PAGES {
        let page = render()?;
        if only_check {
            check(file, &page)?;
        } else {
            project::write(file, page)?;
        }
    }
    Ok(())
}

fn check(file: &str, page: &str) -> Result<()> {
    let fresh = project::read_text(file).is_ok_and(|text| text == page);
    ensure!(fresh, "{file} is not up to date: run `cargo xtask docs`");
    Ok(())
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::lifecycle;
    use rayjob_policy_core::release::Release;

    use super::{PAGES, check, life};
    use crate::project;

    #[test]
    fn the_pages_are_up_to_date() {
        for (file, render) in PAGES {
            check(file, &render().expect("a page")).unwrap();
        }
    }

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
