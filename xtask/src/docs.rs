//! Writes what is derived from the catalogue of rules.

mod entry;
mod example;
mod page;
mod yaml;

use anyhow::{Result, ensure};

use crate::project;

/// The page on the rules.
const RULES: &str = "docs/rules.md";

/// Writes the page on the rules, or only checks it.
///
/// # Errors
/// If an example of the catalogue does not do what it should, the file cannot
/// be written, or, for a check, it is not as it would be written.
pub fn write(only_check: bool) -> Result<()> {
    let page = page::render()?;
    if only_check {
        return check(&page);
    }
    project::write(RULES, page)
}

fn check(page: &str) -> Result<()> {
    let fresh = project::read_text(RULES).is_ok_and(|text| text == page);
    ensure!(fresh, "{RULES} is not up to date: run `cargo xtask docs`");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check, page};

    #[test]
    fn the_page_on_the_rules_is_up_to_date() {
        let page = page::render().expect("a page");
        check(&page).unwrap();
    }
}
