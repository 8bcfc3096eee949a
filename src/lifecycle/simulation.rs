//! The simulation of a lifecycle.

use std::borrow::Cow;

use serde_json::Value;

use super::obstacle::{Obstacle, obstacles};
use super::plan::{ClusterSource, Plan};
use super::reconcile::{RayJobState, Reconcile};
use super::scenario::{Action, Event, Scenario, set};
use super::step::{ClusterName, Step};
use super::transition::Transition;
use super::world::{RayCluster, Script, World};
use super::{Ending, Trace};
use crate::kuberay::JobDeploymentStatus;

/// The maximum number of reconciles. Each one but the last changes something, and
/// only the events of the scenario can lead back to a former state, so only a very
/// long scenario reaches this.
const MAX_RECONCILES: usize = 10_000;

pub(super) struct Simulation<'s> {
    scenario: &'s Scenario,
    object: Value,
    plan: Plan,
    obstacles: Vec<Obstacle>,
    status: RayJobState,
    world: World,
    /// The events that have not happened yet.
    pending: Vec<Event>,
    /// The states entered, in order.
    entered: Vec<JobDeploymentStatus>,
    steps: Vec<Step>,
    /// The state in which the RayJob was last validated, and the rule that refused it.
    validated: Option<(JobDeploymentStatus, Option<&'static str>)>,
}

impl<'s> Simulation<'s> {
    /// A RayJob that has just been created.
    pub fn new(scenario: &'s Scenario) -> Self {
        let mut world = World::default();
        if matches!(scenario.plan.cluster, ClusterSource::Selected) {
            let name = world.name();
            world.clusters.push(RayCluster::of_user(name));
        }
        let mut simulation = Self {
            scenario,
            object: scenario.object.clone(),
            plan: scenario.plan.clone(),
            obstacles: Vec::new(),
            status: RayJobState::default(),
            world,
            pending: scenario.events.clone(),
            entered: vec![JobDeploymentStatus::New],
            steps: Vec::new(),
            validated: None,
        };
        simulation.find_obstacles();
        simulation
    }

    /// Looks for the obstacles of the RayJob as it is now.
    fn find_obstacles(&mut self) {
        let scenario = self.scenario;
        self.obstacles = obstacles(&self.object, scenario.release, scenario.gates);
        if scenario.late_workers {
            self.obstacles.push(Obstacle::early_end());
        }
    }

    /// The obstacle that the controller met in a transition.
    fn obstacle(&self, met: Transition) -> Option<&Obstacle> {
        let met = Some(met);
        self.obstacles.iter().find(|obstacle| obstacle.met == met)
    }

    /// Runs until nothing changes any more.
    pub fn run(mut self, validate: &dyn Fn(&Value) -> Option<&'static str>) -> Trace {
        let mut after = None;
        let mut last = Transition::Ignore;
        for _ in 0..MAX_RECONCILES {
            let before = (self.status.clone(), self.world.clone());
            let refused_by = self.refused_by(validate);
            last = self.reconcile(refused_by.is_some());
            if last == Transition::Crash {
                return self.crash();
            }
            self.record(last, after.take(), refused_by);
            if self.status.state == JobDeploymentStatus::Deleted {
                break;
            }
            self.step();
            if before == (self.status.clone(), self.world.clone()) {
                after = self.apply_event();
                if after.is_none() {
                    break;
                }
            }
        }
        self.close(last)
    }

    /// The rule that refuses the RayJob, which is validated again only if it has changed.
    fn refused_by(
        &mut self,
        validate: &dyn Fn(&Value) -> Option<&'static str>,
    ) -> Option<&'static str> {
        let state = self.status.state;
        if let Some((_, rule)) = self.validated.filter(|&(about, _)| about == state) {
            return rule;
        }
        let written = state.as_str().into();
        set(&mut self.object, "status", "jobDeploymentStatus", written);
        let rule = validate(&self.object);
        self.validated = Some((state, rule));
        rule
    }

    fn reconcile(&mut self, refused: bool) -> Transition {
        let mut reconcile = Reconcile {
            release: self.scenario.release,
            gates: self.scenario.gates,
            plan: &self.plan,
            obstacles: &self.obstacles,
            late_workers: self.scenario.late_workers,
            status: &mut self.status,
            world: &mut self.world,
        };
        reconcile.run(refused)
    }

    fn step(&mut self) {
        let script = Script {
            outcomes: &self.scenario.outcomes,
            give_up: &self.scenario.give_up,
        };
        let is_running = self.status.state == JobDeploymentStatus::Running;
        let running = self.status.cluster.filter(|_| is_running);
        self.world.step(script, running);
    }

    /// Records the visible state of the RayJob, if it has changed.
    fn record(
        &mut self,
        transition: Transition,
        after: Option<Action>,
        refused_by: Option<&'static str>,
    ) {
        let status = &self.status;
        if self.entered.last() != Some(&status.state) {
            self.entered.push(status.state);
        }
        let step = if status.state == JobDeploymentStatus::Deleted {
            Step::of(JobDeploymentStatus::Deleted, transition)
        } else {
            let job_id = match status.job_id.as_str() {
                "" => "",
                id if id == self.plan.job_id => id,
                _ => "(generated)",
            };
            let clusters = self.world.clusters.iter();
            Step {
                job_status: status.job_status,
                reason: status.reason,
                spec_job_id: self.plan.job_id.clone(),
                job_id: job_id.to_owned(),
                cluster: status.cluster,
                alive: clusters.map(|cluster| cluster.name).collect(),
                failed: status.failed,
                suspend: self.plan.suspend,
                after,
                refused_by,
                obstacle: self.obstacle(transition).cloned(),
                ..Step::of(status.state, transition)
            }
        };
        if !self.steps.last().is_some_and(|last| last.looks_like(&step)) {
            self.steps.push(step);
        }
    }

    /// Applies the next event whose condition is met, if any.
    fn apply_event(&mut self) -> Option<Action> {
        let state = self.status.state;
        let nth = self.entered.iter().filter(|&&then| then == state).count();
        let has_come = |event: &Event| event.when == state && event.nth <= nth;
        let index = self.pending.iter().position(has_come)?;
        let action = self.pending.remove(index).action;
        match &action {
            Action::TimePasses(seconds) => {
                self.world.now = self.world.now.saturating_add((*seconds).into());
            }
            Action::Submit(id) => self.world.start(self.status.cluster, id),
            _ => {}
        }
        if let Some((field, value)) = action.edit() {
            set(&mut self.object, "spec", field, value);
            self.validated = None;
            // An edit like this keeps the object readable.
            if let Ok(plan) = Plan::read(&self.object) {
                self.plan = plan;
                self.find_obstacles();
            }
        }
        Some(action)
    }

    /// Why the RayJob stays as it is, and which deadline ends that.
    fn until_deadline(&self, why: &str) -> String {
        let plan = &self.plan;
        let is_waiting = self.status.state == JobDeploymentStatus::Initializing
            && self.scenario.release.has_pre_running_deadline();
        let pre_running = plan.pre_running_deadline.filter(|_| is_waiting);
        let field = match (plan.active_deadline, pre_running) {
            (None, None) => return format!("because {why}, and no deadline ends this"),
            (Some(active), Some(pre_running)) if active <= pre_running => "activeDeadlineSeconds",
            (_, Some(_)) => "preRunningDeadlineSeconds",
            (Some(_), None) => "activeDeadlineSeconds",
        };
        format!("until {field} ends this, because {why}")
    }

    fn close(self, last: Transition) -> Trace {
        let state = self.status.state;
        let awaits = match self.obstacle(last) {
            Some(obstacle) => Some(self.until_deadline(&obstacle.what).into()),
            None => last.awaits().map(Cow::from),
        };
        Trace {
            steps: self.steps,
            ending: match awaits {
                Some(awaits) => Ending::Idles { state, awaits },
                None => Ending::Ends { state },
            },
            clusters: self.world.named,
            submitters: self.world.submitters,
            started: self.world.applications.len(),
            idle: self.world.is_idle(),
            obstacles: self.obstacles,
            panic: false,
        }
    }

    fn crash(self) -> Trace {
        Trace {
            steps: self.steps,
            ending: Ending::Crashes {
                state: self.status.state,
            },
            clusters: 0,
            submitters: 0,
            started: 0,
            idle: false,
            obstacles: self.obstacles,
            panic: true,
        }
    }
}

impl RayCluster {
    /// A RayCluster that a user has created.
    fn of_user(name: ClusterName) -> Self {
        Self {
            name,
            ready: true,
            never_ready: false,
            obstacle: None,
            empty: false,
            late: false,
            without_workers: false,
            sidecar: None,
        }
    }
}
