//! What the controller deletes after the end
//! (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile`,
//! cases Complete and Failed).

use crate::release::Gate;

use super::controller::Look;
use super::plan::{Clearing, DeletionRule, DeletionStrategy};
use super::state::JobStatus;
use super::transition::Transition;

/// Nothing is deleted in selector mode.
pub(super) fn spare_selected(look: &mut Look<'_>) -> Option<Transition> {
    look.plan
        .selects_cluster()
        .then_some(Transition::SpareSelected)
}

/// Deletes what `deletionStrategy`, `deletionPolicy` or
/// `shutdownAfterJobFinishes` tells to, in this order.
pub(super) fn clear(look: &mut Look<'_>) -> Option<Transition> {
    let plan = look.plan;
    let by_gate = look.gates.is_on(Gate::RayJobDeletionPolicy);
    let by_strategy = by_gate && look.release.has_deletion_strategy();
    Some(match (&plan.deletion_strategy, plan.deletion_policy) {
        (Some(DeletionStrategy::Rules(rules)), _) if by_strategy => by_rules(look, rules),
        (
            Some(DeletionStrategy::Legacy {
                on_success,
                on_failure,
            }),
            _,
        ) if by_strategy => match look.status.job_status {
            Some(JobStatus::Succeeded) => in_time(look, *on_success),
            Some(JobStatus::Failed) => in_time(look, *on_failure),
            _ => Transition::FitNoRule,
        },
        (_, Some(clearing)) if by_gate && !by_strategy => in_time(look, clearing),
        _ if plan.shutdown => in_time(look, Clearing::Cluster),
        _ => Transition::Finish,
    })
}

/// Deletes once `ttlSecondsAfterFinished` is over.
fn in_time(look: &mut Look<'_>, clearing: Clearing) -> Transition {
    if is_done(look, clearing) {
        Transition::Finish
    } else if look.has_passed(look.status.ended, look.plan.ttl) {
        delete(look, clearing)
    } else {
        Transition::AwaitTtl
    }
}

/// Of the rules that fit and whose time is over, obeys the one that deletes
/// most (`handleDeletionRules`).
fn by_rules(look: &mut Look<'_>, rules: &[DeletionRule]) -> Transition {
    let status = &*look.status;
    let by_state = look.release.has_rules_by_state();
    let fitting = || {
        rules
            .iter()
            .filter(|rule| rule.fits(status.state, status.job_status, by_state))
    };
    let due = |rule: &&DeletionRule| look.has_passed(status.ended, rule.ttl);
    let most = fitting()
        .filter(due)
        .map(|rule| rule.clearing)
        .filter(|&clearing| !is_done(look, clearing))
        .max();
    if let Some(clearing) = most {
        delete(look, clearing)
    } else if fitting().any(|rule| !due(&rule)) {
        Transition::AwaitTtl
    } else if fitting().next().is_none() {
        Transition::FitNoRule
    } else {
        Transition::Finish
    }
}

/// `isDeletionActionCompleted`
fn is_done(look: &Look<'_>, clearing: Clearing) -> bool {
    let cluster = look.world.cluster(look.status.cluster);
    match clearing {
        Clearing::Nothing => true,
        Clearing::Workers => cluster.is_none_or(|cluster| cluster.without_workers),
        Clearing::Cluster => cluster.is_none(),
        Clearing::RayJob => false,
    }
}

/// `executeDeletionPolicy`
fn delete(look: &mut Look<'_>, clearing: Clearing) -> Transition {
    let cluster = look.status.cluster;
    match clearing {
        Clearing::Nothing => Transition::Finish,
        Clearing::Workers => {
            if let Some(cluster) = look.world.cluster_mut(cluster) {
                cluster.without_workers = true;
            }
            Transition::SuspendWorkers
        }
        Clearing::Cluster => {
            look.world.delete_cluster(cluster);
            Transition::DeleteCluster
        }
        Clearing::RayJob => {
            look.status.is_deleting = true;
            Transition::DeleteRayJob
        }
    }
}
