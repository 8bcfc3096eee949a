//! Whether the policy and KubeRay say the same.

use rayjob_rules::rules;

use super::answer::Answer;
use super::case::Question;

/// KubeRay's answer when its validator crashed.
const PANIC: &str = "panic";

/// The rule that refuses what crashes the validator: KubeRay 1.6 on a schedule
/// with a time zone and nothing behind it (`robfig/cron` v3.0.1 `parser.go:Parse`).
const CRASHING: &str = "cron-schedule-invalid";

/// What a comparison says.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// KubeRay names rules that the catalogue does not have yet.
    NotCovered(Vec<String>),
    /// Both have been compared. KubeRay names only the first rule that an
    /// object breaks, so that further findings are none of its business.
    Compared {
        /// Rules that both name.
        agreed: Vec<String>,
        /// Rules that only KubeRay names.
        missed: Vec<String>,
        /// Rules that only the policy names, of an object that KubeRay accepts.
        extra: Vec<String>,
    },
}

impl Outcome {
    /// Compares the policy's answer with KubeRay's.
    pub fn of(question: &Question<'_>, answer: &Answer) -> Self {
        let named: Vec<_> = question
            .kuberay
            .iter()
            .map(|id| id.strip_prefix("child:").unwrap_or(id))
            .collect();
        let unknown: Vec<_> = named
            .iter()
            .map(|&id| if id == PANIC { CRASHING } else { id })
            .filter(|&id| !rules::all().any(|rule| rule.id == id))
            .map(Into::into)
            .collect();
        if !unknown.is_empty() {
            return Self::NotCovered(unknown);
        }
        if named.is_empty() {
            // What KubeRay refuses in a RayCluster, it has not been asked of a
            // RayCronJob, whose RayClusters come later.
            let excused = |id: &str| question.is_about_cron() && id.starts_with("late-");
            let extra = answer.ids.iter().filter(|id| !excused(id));
            return Self::Compared {
                agreed: Vec::new(),
                missed: Vec::new(),
                extra: extra.cloned().collect(),
            };
        }
        let (agreed, missed) = named
            .into_iter()
            .map(ToOwned::to_owned)
            .partition(|id| answer.denied && (id == PANIC || answer.ids.contains(id)));
        Self::Compared {
            agreed,
            missed,
            extra: Vec::new(),
        }
    }

    /// Whether the two agree, as far as they could be compared.
    pub fn is_agreement(&self) -> bool {
        match self {
            Self::NotCovered(_) => true,
            Self::Compared { missed, extra, .. } => missed.is_empty() && extra.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Outcome;
    use crate::conformance::answer::Answer;
    use crate::conformance::case::{Case, questions};

    /// Whether the two agree on an object of this kind; nothing if KubeRay's
    /// answer is not covered.
    fn agreement(kind: &str, kuberay: &[&str], denied: bool, ids: &[&str]) -> Option<bool> {
        let case = json!({"object": {"kind": kind}, "gates": {}, "kuberay": {"1.6": kuberay}});
        let case: Case = serde_json::from_value(case).expect("a case");
        let question = questions(std::slice::from_ref(&case)).next();
        let answer = Answer {
            denied,
            ids: ids.iter().map(|&id| id.into()).collect(),
        };
        let outcome = Outcome::of(&question.expect("a question"), &answer);
        (!matches!(outcome, Outcome::NotCovered(_))).then(|| outcome.is_agreement())
    }

    #[test]
    fn an_answer_is_compared_as_kuberay_gives_it() {
        for (kind, kuberay, denied, ids, expected) in [
            ("RayJob", &[][..], false, &[][..], Some(true)),
            ("RayJob", &[], true, &["ttl-negative"], Some(false)),
            ("RayJob", &[], false, &["ttl-negative"], Some(false)),
            ("RayJob", &[], true, &["late-upgrade-strategy"], Some(false)),
            (
                "RayCronJob",
                &[],
                true,
                &["late-upgrade-strategy"],
                Some(true),
            ),
            (
                "RayCronJob",
                &[],
                true,
                &["late-upgrade-strategy", "ttl-negative"],
                Some(false),
            ),
            (
                "RayJob",
                &["ttl-negative"],
                true,
                &["ttl-negative"],
                Some(true),
            ),
            (
                "RayJob",
                &["ttl-negative"],
                true,
                &["ttl-negative", "backoff-negative"],
                Some(true),
            ),
            (
                "RayJob",
                &["ttl-negative"],
                true,
                &["backoff-negative"],
                Some(false),
            ),
            (
                "RayJob",
                &["ttl-negative"],
                false,
                &["ttl-negative"],
                Some(false),
            ),
            ("RayJob", &["ttl-negative"], false, &[], Some(false)),
            (
                "RayJob",
                &["child:ttl-negative"],
                true,
                &["ttl-negative"],
                Some(true),
            ),
            (
                "RayJob",
                &["ttl-negative", "backoff-negative"],
                true,
                &["ttl-negative"],
                Some(false),
            ),
            ("RayJob", &["no-such-rule"], true, &["ttl-negative"], None),
            (
                "RayJob",
                &["ttl-negative", "no-such-rule"],
                true,
                &["ttl-negative"],
                None,
            ),
        ] {
            let found = agreement(kind, kuberay, denied, ids);
            assert_eq!(found, expected, "{kind} {kuberay:?} {denied} {ids:?}");
        }
    }

    #[test]
    fn a_crash_is_asked_for_only_where_a_rule_could_know_it() {
        let known = rayjob_rules::rules::all().any(|rule| rule.id == super::CRASHING);
        assert_eq!(
            agreement("RayCronJob", &["panic"], false, &[]),
            known.then_some(false)
        );
        assert_eq!(
            agreement("RayCronJob", &["panic"], true, &["x"]),
            known.then_some(true)
        );
    }
}
