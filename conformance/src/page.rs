//! The tables in `docs/conformance.md`.

use anyhow::{Context, Result};
use rayjob_policy_core::release::Release;

use crate::tally::Tally;

/// The page that has them.
pub const PAGE: &str = "docs/conformance.md";

/// The end of a table.
const END: &str = "<!-- end -->";

/// The page with a table put in place of the one under this title.
///
/// # Errors
/// If the page has no place for it.
pub fn with_table(page: &str, title: &str, tally: &Tally) -> Result<String> {
    let mark = format!("<!-- {title}: written by `cargo conformance recorded --update` -->");
    let missing = || format!("{PAGE} has no table {title}");
    let (before, rest) = page.split_once(&mark).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    Ok(format!("{before}{mark}\n\n{}\n{END}{after}", table(tally)))
}

/// How many answers are the same, by release and by rule.
fn table(tally: &Tally) -> String {
    let row = |name: &str, cells: &[String]| format!("| {name} | {} |\n", cells.join(" | "));
    let mut table = row("", &Release::ALL.map(|release| release.to_string()));
    table += &format!("|---{}|\n", "|--:".repeat(Release::ALL.len()));
    let totals = Release::ALL.map(|release| tally.of(release));
    for (index, what) in ["", ", on a `runtimeEnvYAML`"].into_iter().enumerate() {
        let agreed = totals.map(|total| total[index].agreed.to_string());
        table += &row(&format!("agreements{what}"), &agreed);
        let disagreed = totals.map(|total| total[index].disagreed.to_string());
        table += &row(&format!("disagreements{what}"), &disagreed);
    }
    for (id, counts) in tally.rules() {
        let is_rule = !id.starts_with('(');
        let name = if is_rule {
            format!("`{id}`")
        } else {
            id.into()
        };
        table += &row(&name, &counts);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{Tally, with_table};

    #[test]
    fn a_table_takes_the_place_of_the_one_before() {
        let page = "A\n<!-- t: written by `cargo conformance recorded --update` -->\nold\n<!-- \
            end -->\nB\n";
        let tally = Tally::default();
        let once = with_table(page, "t", &tally).expect("a place");
        assert!(once.starts_with("A\n<!-- t") && once.ends_with("-->\nB\n"));
        assert!(once.contains("| disagreements | 0 |") && !once.contains("old"));
        assert_eq!(with_table(&once, "t", &tally).expect("a place"), once);
        assert!(with_table(page, "u", &tally).is_err());
    }
}
