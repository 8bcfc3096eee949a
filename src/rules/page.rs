//! The pages that explain the rules: one for each family.

use super::explained;

/// Title of the page on the IDs that only a check of files reports. They are in no
/// family.
pub const FILES_ONLY: &str = "In files only";

/// Returns the page of the family with this title, as a path in the project.
pub fn page(title: &str) -> String {
    let name = title.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c => c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase()),
    });
    format!("docs/rules/{}.md", name.collect::<String>())
}

/// Returns the page and the heading that explain the rule with this ID, as a path in the
/// project with an anchor. The page is [`FILES_ONLY`] if the ID is in no family.
pub fn page_of(id: &str) -> String {
    let title = explained()
        .find_map(|(title, mut family)| family.any(|(rule, _)| rule.id == id).then_some(title));
    format!("{}#{id}", page(title.unwrap_or(FILES_ONLY)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{FILES_ONLY, explained, page, page_of};

    #[test]
    fn a_page_is_named_after_its_family() {
        assert_eq!(
            page("API server: the job's own RayCluster"),
            "docs/rules/api-server-the-jobs-own-raycluster.md"
        );
    }

    #[test]
    fn every_family_has_a_page_of_its_own() {
        let titles = explained().map(|(title, _)| title).chain([FILES_ONLY]);
        let mut pages = HashSet::new();
        for title in titles {
            assert!(pages.insert(page(title)), "{title}");
        }
    }

    #[test]
    fn a_rule_is_explained_on_the_page_of_its_family() {
        assert_eq!(
            page_of("ttl-negative"),
            "docs/rules/suspend-and-ttl.md#ttl-negative"
        );
        assert_eq!(
            page_of("yaml-boolean"),
            "docs/rules/in-files-only.md#yaml-boolean"
        );
    }
}
