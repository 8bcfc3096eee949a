package verdict

import (
	"errors"
	"fmt"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
)

// answer is what KubeRay says of one object: rule ids, and the text they were read from.
type answer struct {
	// ids is nil for a kind that the release does not have.
	ids  []string
	text string
}

// ofChild is an error of the RayCluster that a RayJob would make.
type ofChild struct{ error }

// ask gives the answer of KubeRay to an object in JSON. A crash of the validator is the answer "panic".
func (r Release) ask(kind string, object []byte) (said answer) {
	defer func() {
		if cause := recover(); cause != nil {
			said = answer{[]string{"panic"}, fmt.Sprint(cause)}
		}
	}()
	switch {
	case kind == "RayJob":
		return read(Decoded(r.jobAndChild)(object))
	case kind == "RayCronJob" && r.CronJob != nil:
		return read(r.CronJob(object))
	default:
		return answer{}
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

// read turns the error of a validator into rule ids.
func read(err error) answer {
	if err == nil {
		return answer{ids: []string{}}
	}
	if errors.As(err, new(Unreadable)) {
		return answer{[]string{"unreadable"}, err.Error()}
	}
	ids := Ids(err.Error())
	if errors.As(err, new(ofChild)) {
		for i := range ids {
			ids[i] = "child:" + ids[i]
		}
	}
	return answer{ids, err.Error()}
}
