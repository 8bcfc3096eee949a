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

// ask gives the answer of KubeRay to an object in JSON. A crash of the validator is the answer "panic".
func (r Release) ask(kind string, object []byte) (said answer) {
	defer func() {
		if cause := recover(); cause != nil {
			said = answer{[]string{"panic"}, fmt.Sprint(cause)}
		}
	}()
	switch {
	case kind == "RayJob":
		prefix := ""
		return read(Decoded(func(job *rayv1.RayJob) error {
			if err := r.Job(job); err != nil {
				return err
			}
			if job.Spec.RayClusterSpec == nil || len(job.Spec.ClusterSelector) != 0 {
				return nil
			}
			prefix = "child:"
			return r.Cluster(child(job))
		})(object), &prefix)
	case kind == "RayCronJob" && r.CronJob != nil:
		return read(r.CronJob(object), new(string))
	default:
		return answer{}
	}
}

// read turns the error of a validator into rule ids, each with the prefix.
func read(err error, prefix *string) answer {
	if err == nil {
		return answer{ids: []string{}}
	}
	if errors.As(err, new(Unreadable)) {
		return answer{[]string{"unreadable"}, err.Error()}
	}
	ids := Ids(err.Error())
	for i := range ids {
		ids[i] = *prefix + ids[i]
	}
	return answer{ids, err.Error()}
}
