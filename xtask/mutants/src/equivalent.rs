//! The committed list of mutants that change nothing that a test could notice.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// The list: lines with a mutant's key, and below each, indented, why it is equivalent.
pub struct Equivalents {
    /// By key, whether a mutant with this key has survived, and whether one exists.
    listed: BTreeMap<String, (bool, bool)>,
}

impl Equivalents {
    /// Reads the list.
    ///
    /// # Errors
    /// If an entry has no reason.
    pub fn read(file: &Path) -> Result<Self> {
        Self::parse(&fs::read_to_string(file).with_context(|| file.display().to_string())?)
    }

    fn parse(text: &str) -> Result<Self> {
        let mut listed = BTreeMap::new();
        let mut unexplained = Vec::new();
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            if line.starts_with(' ') {
                unexplained.clear();
            } else {
                listed.insert(line.to_owned(), (false, false));
                unexplained.push(line);
            }
        }
        ensure!(unexplained.is_empty(), "no reason: {unexplained:?}");
        Ok(Self { listed })
    }

    /// Returns whether the list has a mutant, which exists.
    pub fn is_listed(&mut self, key: &str) -> bool {
        let entry = self.listed.get_mut(key);
        entry.map(|(_, exists)| *exists = true).is_some()
    }

    /// Notes that no test has killed a mutant of the list.
    pub fn survived(&mut self, key: &str) {
        if let Some((survived, _)) = self.listed.get_mut(key) {
            *survived = true;
        }
    }

    /// Returns the entries that a test kills, and, if all mutants have been tried, those without a
    /// mutant.
    pub fn outdated(&self, is_whole: bool) -> Vec<&str> {
        let outdated = self
            .listed
            .iter()
            .filter(|(_, (survived, exists))| !survived && (*exists || is_whole));
        outdated.map(|(key, _)| key.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Equivalents;

    #[test]
    fn an_entry_needs_a_reason_and_a_survivor() {
        assert!(Equivalents::parse("a.rs: replace f with (): f();\n").is_err());
        let text = "# Equivalents.\n\na.rs: one\na.rs: two\n  For both.\na.rs: three\n  Why.\n";
        let mut list = Equivalents::parse(text).expect("a list");
        assert!(list.is_listed("a.rs: one") && list.is_listed("a.rs: two"));
        assert!(!list.is_listed("a.rs: four"));
        list.survived("a.rs: one");
        assert_eq!(list.outdated(false), ["a.rs: two"]);
        assert_eq!(list.outdated(true), ["a.rs: three", "a.rs: two"]);
    }
}
