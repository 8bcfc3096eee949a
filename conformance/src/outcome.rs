//! Whether the policy and KubeRay say the same.

use rayjob_policy_conformance::case::Question;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rules;

use crate::answer::Answer;

/// KubeRay's answer when its validator crashed.
const PANIC: &str = "panic";

/// What a comparison says. KubeRay names only the first rule that an object
/// breaks, so that further findings are none of its business.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Rules that both name.
    pub agreed: Vec<String>,
    /// Rules that only KubeRay names.
    pub missed: Vec<String>,
    /// Rules that only the policy names, of an object that KubeRay accepts.
    pub extra: Vec<String>,
}

impl Outcome {
    /// Compares the policy's answer with KubeRay's.
    pub fn of(question: &Question<'_>, answer: &Answer) -> Self {
        // KubeRay was not asked about the RayClusters of a RayCronJob, which come later.
        let excused = |id: &str| question.is_about_cron() && is_about_created_cluster(id);
        let accepted = question.kuberay.is_empty();
        let extra = answer.ids.iter().filter(|id| accepted && !excused(id));
        let named = question.kuberay.iter();
        let (agreed, missed) = named
            .map(|id| id.strip_prefix("child:").unwrap_or(id).to_owned())
            .partition(|id| answer.denied && (id == PANIC || answer.ids.contains(id)));
        Self {
            agreed,
            missed,
            extra: extra.cloned().collect(),
        }
    }

    /// Whether the two agree.
    pub fn is_agreement(&self) -> bool {
        self.missed.is_empty() && self.extra.is_empty()
    }
}

/// Whether the operator never refuses the job for this rule, only its RayCluster.
fn is_about_created_cluster(id: &str) -> bool {
    rules::all().any(|rule| rule.id == id && rule.is_late(Release::LATEST))
}

#[cfg(test)]
mod tests {
    use rayjob_policy_conformance::case::{Case, questions};
    use serde_json::json;

    use super::{Answer, Outcome};

    /// Whether the two agree on an object of this kind.
    fn agree(kind: &str, kuberay: &[&str], denied: bool, ids: &[&str]) -> bool {
        let case = json!({"object": {"kind": kind}, "gates": {}, "kuberay": {"1.6": kuberay}});
        let case: Case = serde_json::from_value(case).expect("a case");
        let question = questions(std::slice::from_ref(&case)).next();
        let answer = Answer {
            denied,
            ids: ids.iter().map(|&id| id.into()).collect(),
        };
        Outcome::of(&question.expect("a question"), &answer).is_agreement()
    }

    #[test]
    fn an_answer_is_compared_as_kuberay_gives_it() {
        for (kind, kuberay, denied, ids, expected) in [
            ("RayJob", &[][..], false, &[][..], true),
            ("RayJob", &[], true, &["ttl-negative"], false),
            ("RayJob", &[], false, &["ttl-negative"], false),
            ("RayJob", &[], true, &["late-upgrade-strategy"], false),
            ("RayCronJob", &[], true, &["late-upgrade-strategy"], true),
            (
                "RayCronJob",
                &[],
                true,
                &["late-upgrade-strategy", "ttl-negative"],
                false,
            ),
            ("RayJob", &["ttl-negative"], true, &["ttl-negative"], true),
            (
                "RayJob",
                &["ttl-negative"],
                true,
                &["ttl-negative", "backoff-negative"],
                true,
            ),
            (
                "RayJob",
                &["ttl-negative"],
                true,
                &["backoff-negative"],
                false,
            ),
            ("RayJob", &["ttl-negative"], false, &["ttl-negative"], false),
            ("RayJob", &["ttl-negative"], false, &[], false),
            (
                "RayJob",
                &["child:ttl-negative"],
                true,
                &["ttl-negative"],
                true,
            ),
            (
                "RayJob",
                &["ttl-negative", "backoff-negative"],
                true,
                &["ttl-negative"],
                false,
            ),
            ("RayJob", &["no-such-rule"], true, &["ttl-negative"], false),
            ("RayCronJob", &["panic"], true, &["x"], true),
            ("RayCronJob", &["panic"], false, &[], false),
        ] {
            let found = agree(kind, kuberay, denied, ids);
            assert_eq!(found, expected, "{kind} {kuberay:?} {denied} {ids:?}");
        }
    }
}
