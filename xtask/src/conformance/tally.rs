//! Counts outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rayjob_rules::release::Release;
use serde_json::json;

use super::answer::Answer;
use super::case::Question;
use super::outcome::Outcome;

/// How many disagreements are shown.
const SHOWN: usize = 20;

/// Of so many answers on a `runtimeEnvYAML` one may be another.
const RUNTIME_ENVS_FOR_ONE: usize = 100;

/// The row of what KubeRay accepts.
const ACCEPTED: &str = "(accepted)";

/// Outcomes, counted by rule and release.
#[derive(Debug, Default)]
pub struct Tally {
    rules: BTreeMap<String, [Count; Release::ALL.len()]>,
    totals: [Total; Release::ALL.len()],
    runtime_envs: Total,
    not_covered: BTreeSet<String>,
    shown: Vec<String>,
}

/// The outcomes of one rule.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    agreed: usize,
    missed: usize,
    extra: usize,
}

/// The outcomes of all rules.
#[derive(Clone, Copy, Debug, Default)]
struct Total {
    agreed: usize,
    disagreed: usize,
    not_covered: usize,
}

impl Tally {
    /// Counts an outcome.
    pub fn count(&mut self, question: &Question<'_>, answer: &Answer, outcome: Outcome) {
        let release = question.release as usize;
        let total = match question.has_runtime_env() {
            true => &mut self.runtime_envs,
            false => &mut self.totals[release],
        };
        let agrees = outcome.is_agreement();
        let Outcome::Compared {
            agreed,
            missed,
            extra,
        } = outcome
        else {
            total.not_covered += 1;
            if let Outcome::NotCovered(ids) = outcome {
                self.not_covered.extend(ids);
            }
            return;
        };
        if agrees {
            total.agreed += 1;
        } else {
            total.disagreed += 1;
            if self.shown.len() < SHOWN {
                self.shown.push(show(question, answer));
            }
        }
        if question.has_runtime_env() {
            return;
        }
        let accepted = agrees && agreed.is_empty();
        let agreed = agreed.into_iter().chain(accepted.then(|| ACCEPTED.into()));
        let rules = &mut self.rules;
        let mut add = |id, one: fn(&mut Count) -> &mut usize| {
            *one(&mut rules.entry(id).or_default()[release]) += 1;
        };
        agreed.for_each(|id| add(id, |count| &mut count.agreed));
        missed
            .into_iter()
            .for_each(|id| add(id, |count| &mut count.missed));
        extra
            .into_iter()
            .for_each(|id| add(id, |count| &mut count.extra));
    }

    /// Whether the policy and KubeRay agree, but for some `runtimeEnvYAML`.
    pub fn is_conformant(&self) -> bool {
        let Total {
            agreed, disagreed, ..
        } = self.runtime_envs;
        self.totals.iter().all(|total| total.disagreed == 0)
            && disagreed * RUNTIME_ENVS_FOR_ONE <= agreed + disagreed
    }
}

fn show(question: &Question<'_>, answer: &Answer) -> String {
    json!({
        "release": question.release.as_str(),
        "kuberay": question.kuberay,
        "policy": answer.ids,
        "denied": answer.denied,
        "gates": question.case.gates,
        "object": question.case.object,
    })
    .to_string()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |f: &mut fmt::Formatter<'_>, name: &str, cells: [String; 5]| {
            write!(f, "{name:<40}")?;
            cells.iter().try_for_each(|cell| write!(f, " {cell:>12}"))?;
            writeln!(f)
        };
        let releases = Release::ALL.map(|release| release.to_string());
        row(f, "rule: agreed -missed +extra", releases)?;
        for (id, counts) in &self.rules {
            row(f, id, counts.map(|count| count.to_string()))?;
        }
        writeln!(f)?;
        for (name, part) in [
            ("agreed", (|total| total.agreed) as fn(Total) -> usize),
            ("disagreed", |total| total.disagreed),
            ("not covered", |total| total.not_covered),
        ] {
            row(f, name, self.totals.map(|total| part(total).to_string()))?;
        }
        let Total {
            agreed,
            disagreed,
            not_covered,
        } = self.runtime_envs;
        writeln!(
            f,
            "\nwith runtimeEnvYAML: {agreed} agreed, {disagreed} disagreed, {not_covered} not covered"
        )?;
        if !self.not_covered.is_empty() {
            let ids: Vec<_> = self.not_covered.iter().map(String::as_str).collect();
            writeln!(f, "\nnot covered: {}", ids.join(" "))?;
        }
        if !self.shown.is_empty() {
            writeln!(f, "\nthe first disagreements:")?;
        }
        self.shown.iter().try_for_each(|line| writeln!(f, "{line}"))
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
