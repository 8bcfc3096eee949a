//! How many findings of an object are shown.

use rayjob_policy_core::rule::Level;

/// How many findings of one sort are shown of an object. Nobody reads more, and each costs
/// its author's machine a search in the text.
pub(crate) const MOST: usize = 1000;

/// The findings of an object by number.
#[derive(Clone, Debug)]
pub struct Tally {
    most: usize,
    sorts: Vec<Sort>,
}

/// Findings of an object that do the same: they have the same rule and level, and comments
/// silence all or none of them.
#[derive(Clone, Debug)]
pub struct Sort {
    /// The ID of the rule.
    pub rule: &'static str,
    /// The level.
    pub level: Level,
    /// Whether comments silence them.
    pub ignored: bool,
    number: usize,
    /// How many of them are not shown.
    pub omitted: usize,
}

impl Tally {
    /// A tally that shows at most this many findings of each sort.
    pub(crate) fn of_at_most(most: usize) -> Self {
        Self {
            most,
            sorts: Vec::new(),
        }
    }

    /// Counts a finding, and returns whether to show it.
    pub(crate) fn shows(&mut self, rule: &'static str, level: Level, ignored: bool) -> bool {
        // Findings of one sort come one after the other.
        let is_same = |it: &Sort| it.rule == rule && it.level == level && it.ignored == ignored;
        let index = self.sorts.iter().rposition(is_same).unwrap_or_else(|| {
            self.sorts.push(Sort {
                rule,
                level,
                ignored,
                number: 0,
                omitted: 0,
            });
            self.sorts.len() - 1
        });
        let Some(sort) = self.sorts.get_mut(index) else {
            return false;
        };
        sort.number += 1;
        sort.omitted = sort.number.saturating_sub(self.most);
        sort.omitted == 0
    }

    /// The sorts with findings that are not shown.
    pub fn omitted(&self) -> impl Iterator<Item = &Sort> {
        self.sorts.iter().filter(|sort| sort.omitted > 0)
    }

    /// A note about the findings that are not shown, if any.
    pub(crate) fn note(&self) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for Sort {
            rule,
            omitted,
            ignored,
            ..
        } in self.omitted()
        {
            let ignored = if *ignored { " (ignored)" } else { "" };
            parts.push(format!("{omitted} more of {rule}{ignored}"));
        }
        let most = self.most;
        (!parts.is_empty()).then(|| {
            let parts = parts.join(", ");
            format!("only the first {most} findings of a rule are shown; counted, too: {parts}")
        })
    }
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::rule::Level;

    use super::Tally;

    #[test]
    fn the_first_of_each_sort_are_shown_and_all_are_counted() {
        let mut tally = Tally::of_at_most(2);
        let mut shows = |rule, level, ignored| tally.shows(rule, level, ignored);
        assert!(shows("a", Level::Warn, false));
        assert!(shows("a", Level::Warn, false));
        assert!(!shows("a", Level::Warn, false));
        assert!(shows("b", Level::Warn, false));
        assert!(!shows("a", Level::Warn, false));
        assert!(shows("a", Level::Deny, false), "it decides the exit code");
        assert!(shows("a", Level::Warn, true));
        let note = tally.note().expect("a note");
        assert!(note.ends_with("counted, too: 2 more of a"), "{note}");
    }

    #[test]
    fn few_findings_need_no_note() {
        let mut tally = Tally::of_at_most(1);
        assert!(tally.shows("a", Level::Warn, false));
        assert_eq!(tally.note(), None);
    }
}
