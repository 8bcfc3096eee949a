//! Whether the policy and KubeRay say the same.

use rayjob_policy_conformance::case::{self, Question};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rules;

use crate::answer::{PolicyAnswer, UNREADABLE};

/// What stands for the rule if the validator crashed.
const CRASHED: &str = "(crashed)";

/// What a comparison says. KubeRay names only the first rule that an object
/// breaks, so that the policy must begin with that one, and may find more.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Rules that both name.
    pub agreed: Vec<String>,
    /// Rules that only KubeRay names, or that the policy does not name as early.
    pub missed: Vec<String>,
    /// Rules that only the policy names, of an object that KubeRay accepts.
    pub extra: Vec<String>,
}

impl Outcome {
    /// Compares the policy's answer with KubeRay's.
    pub fn of(question: &Question<'_>, answer: &PolicyAnswer) -> Self {
        // KubeRay was not asked about the RayClusters of a RayCronJob, which come later.
        let excused = |id: &str| question.is_about_cron() && is_about_created_cluster(id);
        let accepted = *question.kuberay == case::Answer::Accepted;
        let extra = answer.ids.iter().filter(|id| accepted && !excused(id));
        let named = match question.kuberay {
            case::Answer::Crashed(_) => vec![CRASHED.to_owned()],
            case::Answer::Unreadable(_) => vec![UNREADABLE.to_owned()],
            other => other.rules(question.case.kind()),
        };
        // Several rules are of checks whose errors KubeRay reports together.
        let is_first = |id: &String| named.first() != Some(id) || answer.ids.first() == Some(id);
        let names = |id: &String| answer.ids.contains(id) && is_first(id);
        let (agreed, missed) =
            { named.iter().cloned() }.partition(|id| answer.denied && (id == CRASHED || names(id)));
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
    rules::all()
        .any(|rule| rule.id == id && rule.refuses_only_cluster(Kind::RayCronJob, Release::LATEST))
}

#[cfg(test)]
mod tests {
    use rayjob_policy_conformance::case::{Case, questions};
    use serde_json::{Value, json};

    use super::{Outcome, PolicyAnswer, UNREADABLE};

    /// Whether the two agree on an object of this kind.
    fn agree(kind: &str, kuberay: &Value, denied: bool, ids: &[&str]) -> bool {
        let case = json!({"object": {"kind": kind}, "gates": {}, "kuberay": {"1.6": kuberay}});
        let case: Case = serde_json::from_value(case).expect("a case");
        let question = questions(std::slice::from_ref(&case)).next();
        let answer = PolicyAnswer {
            denied,
            ids: ids.iter().map(|&id| id.into()).collect(),
        };
        Outcome::of(&question.expect("a question"), &answer).is_agreement()
    }

    #[test]
    fn an_object_that_kuberay_accepts_must_have_no_finding() {
        for (kind, denied, ids, expected) in [
            ("RayJob", false, &[][..], true),
            ("RayJob", true, &["ttl-negative"], false),
            ("RayJob", false, &["ttl-negative"], false),
            ("RayJob", true, &["late-upgrade-strategy"], false),
            ("RayCronJob", true, &["late-upgrade-strategy"], true),
            (
                "RayCronJob",
                true,
                &["late-upgrade-strategy", "ttl-negative"],
                false,
            ),
        ] {
            let found = agree(kind, &json!("accepted"), denied, ids);
            assert_eq!(found, expected, "{kind} {denied} {ids:?}");
        }
    }

    #[test]
    fn an_object_that_kuberay_refuses_must_be_denied_by_the_rules_it_names() {
        let ttl = json!({"refused": "TTLSecondsAfterFinished must be"});
        let head = json!({"clusterRefused": "headGroupSpec should have at least one container"});
        let two = json!({
            "refused": "deletionRules[0]: cannot set both\ndeletionRules[1]: duplicate rule",
        });
        let [both, duplicate] = ["deletion-rule-condition-both", "deletion-rule-duplicate"];
        for (kuberay, denied, ids, expected) in [
            (&ttl, true, &["ttl-negative"][..], true),
            (&ttl, true, &["ttl-negative", "backoff-negative"], true),
            (&ttl, true, &["backoff-negative", "ttl-negative"], false),
            (&ttl, true, &["backoff-negative"], false),
            (&ttl, false, &["ttl-negative"], false),
            (&ttl, false, &[], false),
            (&head, true, &["head-no-containers"], true),
            (&head, true, &["ttl-negative"], false),
            (&two, true, &[both, duplicate], true),
            (&two, true, &[both, "ttl-negative", duplicate], true),
            (&two, true, &[duplicate, both], false),
            (&two, true, &[both], false),
            (
                &json!({"refused": "unheard of"}),
                true,
                &["ttl-negative"],
                false,
            ),
        ] {
            let found = agree("RayJob", kuberay, denied, ids);
            assert_eq!(found, expected, "{kuberay} {denied} {ids:?}");
        }
    }

    #[test]
    fn an_object_that_kuberay_cannot_judge_must_be_denied() {
        let crashed = json!({"crashed": "nil"});
        assert!(agree("RayCronJob", &crashed, true, &["x"]));
        assert!(!agree("RayCronJob", &crashed, false, &[]));
        let unreadable = json!({"unreadable": "no number"});
        assert!(agree("RayJob", &unreadable, true, &[UNREADABLE]));
        assert!(!agree("RayJob", &unreadable, true, &["ttl-negative"]));
        assert!(!agree("RayJob", &unreadable, false, &[]));
    }
}
