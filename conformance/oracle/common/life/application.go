package life

import (
	"fmt"
	"time"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"k8s.io/apimachinery/pkg/api/errors"
)

// place is where an application runs: under an id, on the Ray of one cluster.
type place struct{ cluster, id string }

// application is a job of Ray's own.
type application struct {
	status, outcome rayv1.JobStatus
	// seen tells that the controller knows it to be running.
	seen           bool
	started, ended time.Time
}

// start runs an application, unless the Ray there knows the id already.
func (w *World) start(at place) *application {
	if known := w.applications[at]; known != nil {
		return known
	}
	outcome := rayv1.JobStatusRunning
	if w.started < len(w.scenario.Outcomes) {
		outcome = rayv1.JobStatus(w.scenario.Outcomes[w.started])
	}
	w.started++
	w.applications[at] = &application{status: rayv1.JobStatusRunning, outcome: outcome, started: time.Now()}
	return w.applications[at]
}

// end ends the applications that the controller has seen running and whose outcome is an end.
func (w *World) end() bool {
	any := false
	for _, application := range w.applications {
		if application.seen && application.status != application.outcome {
			application.status, application.ended = application.outcome, time.Now()
			any = true
		}
	}
	return any
}

// Dashboard is the Ray dashboard of one cluster.
type Dashboard struct {
	world   *World
	cluster string
}

// Dashboard gives the dashboard of the named cluster.
func (w *World) Dashboard(cluster string) Dashboard { return Dashboard{w, cluster} }

// Info is what a dashboard tells of an application. Times are in milliseconds since 1970, zero if there is none yet.
type Info struct {
	Status             rayv1.JobStatus
	StartTime, EndTime uint64
}

// Info tells of the application with that id. An unknown id is a BadRequest error, as from KubeRay's own client.
func (d Dashboard) Info(id string) (Info, error) {
	application := d.world.applications[place{d.cluster, id}]
	if application == nil {
		return Info{}, errors.NewBadRequest(fmt.Sprintf("Job %s does not exist on the cluster", id))
	}
	application.seen = true
	return Info{application.status, milliseconds(application.started), milliseconds(application.ended)}, nil
}

// Submit starts an application for an operator in HTTPMode.
func (d Dashboard) Submit(id string) { d.world.start(place{d.cluster, id}) }

func milliseconds(at time.Time) uint64 {
	if at.IsZero() {
		return 0
	}
	return uint64(at.UnixMilli())
}
