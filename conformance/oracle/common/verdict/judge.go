package verdict

import (
	"context"
	"fmt"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/children"
	"sigs.k8s.io/json"
)

// ofChild is an error of the RayCluster that a RayJob or a RayService would make.
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
	case kind == "RayCluster":
		return read(Decoded(r.Cluster)(object))
	case kind == "RayService":
		return read(Decoded(r.serviceAndChild)(object))
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
	return r.child(clusterOf(job))
}

// serviceAndChild asks for a RayService and then for the RayCluster it would make.
func (r Release) serviceAndChild(service *rayv1.RayService) error {
	if err := r.Service(service); err != nil {
		return err
	}
	cluster, err := children.ClusterOf(service)
	if err != nil {
		return err
	}
	return r.child(cluster)
}

// child asks for the RayCluster that another object would make.
func (r Release) child(cluster *rayv1.RayCluster) error {
	if err := r.Cluster(cluster); err != nil {
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
	ctx := context.Background()
	switch kind {
	case "RayCluster":
		return of(ctx, object, r.Children.OfCluster)
	case "RayService":
		return of(ctx, object, r.Children.OfService)
	case "RayCronJob":
		job, err := r.Children.Run(object)
		if err != nil {
			return nil, err
		}
		return r.Children.OfJob(ctx, job), nil
	default:
		return of(ctx, object, r.Children.OfJob)
	}
}

// of makes the children of an object in JSON.
func of[T any](ctx context.Context, text []byte, make func(context.Context, *T) []children.Child) ([]children.Child, error) {
	object := new(T)
	if err := json.UnmarshalCaseSensitivePreserveInts(text, object); err != nil {
		return nil, err
	}
	return make(ctx, object), nil
}
