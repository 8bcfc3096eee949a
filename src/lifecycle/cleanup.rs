//! Cleanup after the RayJob has ended
//! (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile`,
//! cases Complete and Failed).

use crate::release::Gate;

use super::plan::{DeletionPolicy, DeletionRule, DeletionStrategy};
use super::reconcile::Reconcile;
use super::transition::Transition;
use crate::kuberay::JobStatus;

/// Deletes nothing in selector mode.
pub(super) fn spare_selected(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    reconcile
        .plan
        .selects_cluster()
        .then_some(Transition::SpareSelected)
}

/// Deletes according to `deletionStrategy`, `deletionPolicy` or
/// `shutdownAfterJobFinishes`, in this order of precedence.
pub(super) fn clear(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let plan = reconcile.plan;
    let by_gate = reconcile.gates.is_on(Gate::RayJobDeletionPolicy);
    let by_strategy = by_gate && reconcile.release.has_deletion_strategy();
    Some(match (&plan.deletion_strategy, plan.deletion_policy) {
        (Some(DeletionStrategy::Rules(rules)), _) if by_strategy => by_rules(reconcile, rules),
        (
            Some(DeletionStrategy::Legacy {
                on_success,
                on_failure,
            }),
            _,
        ) if by_strategy => match reconcile.status.job_status {
            Some(JobStatus::Succeeded) => in_time(reconcile, *on_success),
            Some(JobStatus::Failed) => in_time(reconcile, *on_failure),
            _ => Transition::FitNoRule,
        },
        (_, Some(policy)) if by_gate && !by_strategy => in_time(reconcile, policy),
        _ if plan.shutdown => in_time(reconcile, DeletionPolicy::Cluster),
        _ => Transition::Finish,
    })
}

/// Deletes once `ttlSecondsAfterFinished` has passed.
fn in_time(reconcile: &mut Reconcile<'_>, policy: DeletionPolicy) -> Transition {
    if is_done(reconcile, policy) {
        Transition::Finish
    } else if reconcile.has_passed(reconcile.status.ended, reconcile.plan.ttl) {
        delete(reconcile, policy)
    } else {
        Transition::AwaitTtl
    }
}

/// Applies, of the matching rules whose TTL has expired, the one that deletes the
/// most (`handleDeletionRules`).
fn by_rules(reconcile: &mut Reconcile<'_>, rules: &[DeletionRule]) -> Transition {
    let status = &*reconcile.status;
    let by_state = reconcile.release.has_rules_by_state();
    let fitting = || {
        rules
            .iter()
            .filter(|rule| rule.fits(status.state, status.job_status, by_state))
    };
    let due = |rule: &&DeletionRule| reconcile.has_passed(status.ended, rule.ttl);
    let most = fitting()
        .filter(due)
        .map(|rule| rule.policy)
        .filter(|&policy| !is_done(reconcile, policy))
        .max();
    if let Some(policy) = most {
        delete(reconcile, policy)
    } else if fitting().any(|rule| !due(&rule)) {
        Transition::AwaitTtl
    } else if fitting().next().is_none() {
        Transition::FitNoRule
    } else {
        Transition::Finish
    }
}

/// `isDeletionActionCompleted`
fn is_done(reconcile: &Reconcile<'_>, policy: DeletionPolicy) -> bool {
    let cluster = reconcile.world.cluster(reconcile.status.cluster);
    match policy {
        DeletionPolicy::Nothing => true,
        DeletionPolicy::Workers => cluster.is_none_or(|cluster| cluster.without_workers),
        DeletionPolicy::Cluster => cluster.is_none(),
        DeletionPolicy::RayJob => false,
    }
}

/// `executeDeletionPolicy`
fn delete(reconcile: &mut Reconcile<'_>, policy: DeletionPolicy) -> Transition {
    let cluster = reconcile.status.cluster;
    match policy {
        DeletionPolicy::Nothing => Transition::Finish,
        DeletionPolicy::Workers => {
            if let Some(cluster) = reconcile.world.cluster_mut(cluster) {
                cluster.without_workers = true;
            }
            Transition::SuspendWorkers
        }
        DeletionPolicy::Cluster => {
            reconcile.world.delete_cluster(cluster);
            Transition::DeleteCluster
        }
        DeletionPolicy::RayJob => {
            reconcile.status.is_deleting = true;
            Transition::DeleteRayJob
        }
    }
}
