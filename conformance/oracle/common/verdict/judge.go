package verdict

import (
	"context"
	"fmt"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/children"
	"sigs.k8s.io/json"
)

// ofChild is an error of the RayCluster that a RayJob would make.
type ofChild struct{ error }

// ask gives the answer of KubeRay to an object in JSON: nil for a kind that the release does not have.
func (r Release) ask(kind string, object []byte) (answer *Answer) {
	defer func() {
		if cause := recover(); cause != nil {
			answer = newAnswer(Crashed, fmt.Sprint(cause))
		}
	}()
	switch {
	case kind == "RayJob":
		return read(Decoded(r.jobAndChild)(object))
	case kind == "RayCronJob" && r.CronJob != nil:
		return read(r.CronJob(object))
	default:
		return nil
	}
}

// jobAndChild asks for a RayJob and then for the RayCluster it would make, unless it selects one.
func (r Release) jobAndChild(job *rayv1.RayJob) error {
	if err := r.Job(job); err != nil {
		return err
	}
	if job.Spec.RayClusterSpec == nil || len(job.Spec.ClusterSelector) != 0 {
		return nil
	}
	if err := r.Cluster(child(job)); err != nil {
		return ofChild{err}
	}
	return nil
}

// children makes the children of an object in JSON that is stored and accepted; none if KubeRay panics.
func (r Release) children(kind string, object []byte) (made []children.Child, err error) {
	defer func() {
		if recover() != nil {
			made = nil
		}
	}()
	job := &rayv1.RayJob{}
	if kind == "RayCronJob" {
		if job, err = r.Children.Run(object); err != nil {
			return nil, err
		}
	} else if err := json.UnmarshalCaseSensitivePreserveInts(object, job); err != nil {
		return nil, err
	}
	return r.Children.Of(context.Background(), job), nil
}
