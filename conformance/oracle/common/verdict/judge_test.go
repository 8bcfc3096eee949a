package verdict

import (
	"errors"
	"slices"
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
	for _, c := range []struct {
		kind, object string
		want         []string
	}{
		{"RayJob", `{"spec": {}}`, []string{}},
		{"RayJob", `{"spec": {"suspend": true, "rayClusterSpec": {}}}`, []string{"active-deadline-not-positive"}},
		{"RayJob", `{"metadata": {"annotations": {"a": "b"}}, "spec": {"rayClusterSpec": {}}}`, []string{"child:head-no-containers"}},
		{"RayJob", `{"spec": {"rayClusterSpec": {}, "clusterSelector": {"a": "b"}}}`, []string{}},
		{"RayJob", `{"metadata": {"name": "crash"}}`, []string{"panic"}},
		{"RayJob", `{"spec": {"suspend": "true"}}`, []string{"unreadable"}},
		{"RayJob", `{"spec": {"Suspend": true}}`, []string{}},
		{"RayCronJob", `{}`, nil},
	} {
		got := release.ask(c.kind, []byte(c.object)).ids
		if !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%s %s: %v, not %v", c.kind, c.object, got, c.want)
		}
	}
}
