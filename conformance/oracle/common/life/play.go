package life

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	// quiet is how many looks in a row must change nothing before the next event happens.
	quiet = 2
	// endless is how many looks a life may take.
	endless = 1000
	// deleted is the state of the last step of a RayJob that is gone.
	deleted = "(deleted)"
)

// play is a scenario being played.
type play struct {
	world      *World
	controller reconcile.Reconciler
	life       Life
	// names are the clusters in order of appearance.
	names []string
	// pending are the events that have not happened, entered counts how often each state was entered.
	pending []Event
	entered map[string]int
	state   string
}

// newPlay begins in the state New.
func newPlay(world *World, controller reconcile.Reconciler) *play {
	return &play{
		world:      world,
		controller: controller,
		pending:    slices.Clone(world.scenario.Events),
		entered:    map[string]int{"": 1},
	}
}

// run plays until nothing changes any more.
func (p *play) run(ctx context.Context) (Life, error) {
	if job, err := p.world.rayJob(ctx); err != nil {
		return Life{}, err
	} else if err := p.name(ctx, job); err != nil {
		return Life{}, err
	}
	still := 0
	for range endless {
		failed, panicked := p.reconcile(ctx)
		if panicked {
			return Life{Steps: p.life.Steps, Panic: true}, nil
		}
		job, err := p.world.rayJob(ctx)
		if err != nil {
			return Life{}, err
		}
		changed, err := p.look(ctx, job, failed)
		if err != nil {
			return Life{}, err
		}
		acted, err := p.world.turn(ctx)
		if err != nil {
			return Life{}, err
		}
		if still++; changed || acted {
			still = 0
		}
		if job == nil {
			return p.close(ctx)
		}
		if still < quiet {
			continue
		}
		happened, err := p.next(ctx, job)
		if err != nil {
			return Life{}, err
		}
		if !happened {
			return p.close(ctx)
		}
		still = 0
	}
	return Life{}, fmt.Errorf("no end after %d looks", endless)
}

// reconcile lets the controller look once. It reports an error of the controller, or its crash.
func (p *play) reconcile(ctx context.Context) (failed, panicked bool) {
	defer func() { panicked = recover() != nil }()
	_, err := p.controller.Reconcile(ctx, ctrl.Request{NamespacedName: p.world.job})
	return err != nil, false
}

// next makes the first event happen that fits the state, if that was entered as often as the event asks or more often.
func (p *play) next(ctx context.Context, job *rayv1.RayJob) (bool, error) {
	at := slices.IndexFunc(p.pending, func(event Event) bool {
		return event.When == p.state && event.Nth <= p.entered[p.state]
	})
	if at < 0 {
		return false, nil
	}
	event := p.pending[at]
	p.pending = slices.Delete(p.pending, at, at+1)
	return true, p.world.do(ctx, event, job)
}

// look notes what is seen of the RayJob, and reports whether that differs from what was seen before.
func (p *play) look(ctx context.Context, job *rayv1.RayJob, failed bool) (bool, error) {
	if job == nil {
		p.life.Steps = append(p.life.Steps, Step{State: deleted})
		return true, nil
	}
	if state := string(job.Status.JobDeploymentStatus); state != p.state {
		p.state = state
		p.entered[state]++
	}
	if err := p.name(ctx, job); err != nil {
		return false, err
	}
	step, err := p.step(ctx, job, failed)
	if err != nil {
		return false, err
	}
	if n := len(p.life.Steps); n > 0 && reflect.DeepEqual(p.life.Steps[n-1], step) {
		return false, nil
	}
	p.life.Steps = append(p.life.Steps, step)
	return true, nil
}

// name gives every cluster that has newly appeared its short name.
func (p *play) name(ctx context.Context, job *rayv1.RayJob) error {
	clusters, err := p.world.clusters(ctx)
	if err != nil {
		return err
	}
	appeared := []string{job.Status.RayClusterName}
	for _, cluster := range clusters {
		appeared = append(appeared, cluster.Name)
	}
	for _, name := range appeared {
		if name != "" && !slices.Contains(p.names, name) {
			p.names = append(p.names, name)
		}
	}
	return nil
}

// short is the name of a cluster that does not depend on chance.
func (p *play) short(cluster string) string {
	return fmt.Sprintf("c%d", slices.Index(p.names, cluster)+1)
}

// step is what is seen of the RayJob now.
func (p *play) step(ctx context.Context, job *rayv1.RayJob, failed bool) (Step, error) {
	status := job.Status
	step := Step{
		State:     string(status.JobDeploymentStatus),
		JobStatus: string(status.JobStatus),
		Reason:    string(status.Reason),
		SpecJobID: job.Spec.JobId,
		JobID:     status.JobId,
		Suspend:   job.Spec.Suspend,
	}
	if status.JobId != "" && status.JobId != job.Spec.JobId {
		step.JobID = "(generated)"
	}
	if status.RayClusterName != "" {
		step.Cluster = p.short(status.RayClusterName)
	}
	if status.Failed != nil {
		step.Failed = *status.Failed
	}
	if failed {
		step.Error = "reconcile error"
	}
	clusters, err := p.world.clusters(ctx)
	for _, cluster := range clusters {
		step.Alive = append(step.Alive, p.short(cluster.Name))
	}
	slices.Sort(step.Alive)
	return step, err
}

// close counts what there was.
func (p *play) close(ctx context.Context) (Life, error) {
	p.life.Clusters, p.life.Submitters, p.life.Started = len(p.names), p.world.made, p.world.started
	var err error
	p.life.Idle, err = p.world.idle(ctx)
	return p.life, err
}
