//! Counts outcomes.

use std::collections::BTreeMap;
use std::fmt;

use rayjob_policy_conformance::case::Question;
use rayjob_policy_core::release::Release;

use crate::outcome::Outcome;

/// Of so many answers on a `runtimeEnvYAML` one may be another.
const RUNTIME_ENVS_FOR_ONE: usize = 100;

/// The row of what KubeRay accepts.
const ACCEPTED: &str = "(accepted)";

/// Something for each release.
type ByRelease<T> = [T; Release::ALL.len()];

/// Outcomes, counted by rule and release; those on a `runtimeEnvYAML` apart.
#[derive(Debug, Default)]
pub struct Tally {
    rules: BTreeMap<String, ByRelease<Count>>,
    totals: ByRelease<Total>,
    runtime_envs: ByRelease<Total>,
}

/// The outcomes of one rule.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    agreed: usize,
    missed: usize,
    extra: usize,
}

/// How often the policy and KubeRay agree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Total {
    /// Answers that are the same.
    pub agreed: usize,
    /// Answers that are not.
    pub disagreed: usize,
}

impl Tally {
    /// Counts an outcome.
    pub fn count(&mut self, question: &Question<'_>, outcome: &Outcome) {
        let release = question.release as usize;
        let total = match question.has_runtime_env() {
            true => &mut self.runtime_envs[release],
            false => &mut self.totals[release],
        };
        match outcome.is_agreement() {
            true => total.agreed += 1,
            false => total.disagreed += 1,
        }
        if question.has_runtime_env() {
            return;
        }
        let mut add = |id: &str, one: fn(&mut Count) -> &mut usize| {
            *one(&mut self.rules.entry(id.into()).or_default()[release]) += 1;
        };
        if outcome.is_agreement() && outcome.agreed.is_empty() {
            add(ACCEPTED, |count| &mut count.agreed);
        }
        for id in &outcome.agreed {
            add(id, |count| &mut count.agreed);
        }
        for id in &outcome.missed {
            add(id, |count| &mut count.missed);
        }
        for id in &outcome.extra {
            add(id, |count| &mut count.extra);
        }
    }

    /// The outcomes for a release: without a `runtimeEnvYAML`, and with one.
    pub fn of(&self, release: Release) -> [Total; 2] {
        [self.totals, self.runtime_envs].map(|totals| totals[release as usize])
    }

    /// By rule, the outcomes for each release as they are shown.
    pub fn rules(&self) -> impl Iterator<Item = (&str, ByRelease<String>)> {
        let rules = self.rules.iter();
        rules.map(|(id, counts)| (&**id, counts.map(|count| count.to_string())))
    }

    /// Whether the policy and KubeRay agree, but for some `runtimeEnvYAML`.
    pub fn is_conformant(&self) -> bool {
        let sum = |one: fn(&Total) -> usize| self.runtime_envs.iter().map(one).sum::<usize>();
        let (agreed, disagreed) = (sum(|total| total.agreed), sum(|total| total.disagreed));
        self.totals.iter().all(|total| total.disagreed == 0)
            && disagreed * RUNTIME_ENVS_FOR_ONE <= agreed + disagreed
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |f: &mut fmt::Formatter<'_>, name: &str, cells: ByRelease<String>| {
            write!(f, "{name:<40}")?;
            cells.iter().try_for_each(|cell| write!(f, " {cell:>12}"))?;
            writeln!(f)
        };
        let releases = Release::ALL.map(|release| release.to_string());
        row(f, "rule: agreed -missed +extra", releases)?;
        for (id, counts) in self.rules() {
            row(f, id, counts)?;
        }
        for (totals, what) in [(self.totals, ""), (self.runtime_envs, "runtimeEnvYAML: ")] {
            writeln!(f)?;
            let agreed = totals.map(|total| total.agreed.to_string());
            row(f, &format!("{what}agreed"), agreed)?;
            let disagreed = totals.map(|total| total.disagreed.to_string());
            row(f, &format!("{what}disagreed"), disagreed)?;
        }
        Ok(())
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = match self.agreed {
            0 => String::new(),
            agreed => agreed.to_string(),
        };
        for (sign, number) in [(" -", self.missed), (" +", self.extra)] {
            if number > 0 {
                text = format!("{text}{sign}{number}");
            }
        }
        f.pad(text.trim_start())
    }
}
