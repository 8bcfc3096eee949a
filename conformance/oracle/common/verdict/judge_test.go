package verdict

import (
	"errors"
	"testing"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
)

func TestAsk(t *testing.T) {
	release := Release{
		Job: func(job *rayv1.RayJob) error {
			if job.Name == "crash" {
				panic("no container")
			}
			if job.Spec.Suspend {
				return errors.New("activeDeadlineSeconds must be a positive integer")
			}
			return nil
		},
		Cluster: func(cluster *rayv1.RayCluster) error {
			if cluster.Labels["ray.io/originated-from-crd"] != "RayJob" || cluster.Annotations["a"] != "b" {
				t.Errorf("the child does not look like a RayJob's: %v", cluster.ObjectMeta)
			}
			return errors.New("headGroupSpec should have at least one container")
		},
	}
	accepted := &Answer{Outcome: Accepted}
	for _, c := range []struct {
		kind, object string
		want         *Answer
	}{
		{"RayJob", `{"spec": {}}`, accepted},
		{"RayJob", `{"spec": {"suspend": true, "rayClusterSpec": {}}}`, &Answer{Refused, "activeDeadlineSeconds must be a positive integer"}},
		{"RayJob", `{"metadata": {"annotations": {"a": "b"}}, "spec": {"rayClusterSpec": {}}}`, &Answer{ClusterRefused, "headGroupSpec should have at least one container"}},
		{"RayJob", `{"spec": {"rayClusterSpec": {}, "clusterSelector": {"a": "b"}}}`, accepted},
		{"RayJob", `{"metadata": {"name": "crash"}}`, &Answer{Crashed, "no container"}},
		{"RayJob", `{"spec": {"suspend": "true"}}`, &Answer{Undecodable, "json: cannot unmarshal string into Go struct field RayJobSpec.spec.suspend of type bool"}},
		{"RayJob", `{"spec": {"Suspend": true}}`, accepted},
		{"RayCronJob", `{}`, nil},
	} {
		got := release.ask(c.kind, []byte(c.object))
		if !same(got, c.want) {
			t.Errorf("%s %s: %v, not %v", c.kind, c.object, got, c.want)
		}
	}
}
