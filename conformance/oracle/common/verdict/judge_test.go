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
			if maker := cluster.Labels["ray.io/originated-from-crd"]; maker != cluster.Annotations["maker"] {
				t.Errorf("the child does not look like one of %s: %v", cluster.Annotations["maker"], cluster.ObjectMeta)
			}
			return errors.New("headGroupSpec should have at least one container")
		},
		Service: func(service *rayv1.RayService) error {
			if service.Spec.ServeConfigV2 == "refused" {
				return errors.New("RayService name should be no more than 47 characters")
			}
			return nil
		},
	}
	accepted := &Answer{Outcome: Accepted}
	for _, c := range []struct {
		kind, object string
		want         *Answer
	}{
		{"RayJob", `{"spec": {}}`, accepted},
		{"RayJob", `{"spec": {"suspend": true, "rayClusterSpec": {}}}`, &Answer{Refused, "activeDeadlineSeconds must be a positive integer"}},
		{"RayJob", `{"metadata": {"annotations": {"maker": "RayJob"}}, "spec": {"rayClusterSpec": {}}}`, &Answer{ClusterRefused, "headGroupSpec should have at least one container"}},
		{"RayJob", `{"spec": {"rayClusterSpec": {}, "clusterSelector": {"a": "b"}}}`, accepted},
		{"RayJob", `{"metadata": {"name": "crash"}}`, &Answer{Crashed, "no container"}},
		{"RayJob", `{"spec": {"suspend": "true"}}`, &Answer{Undecodable, "json: cannot unmarshal string into Go struct field RayJobSpec.spec.suspend of type bool"}},
		{"RayJob", `{"spec": {"Suspend": true}}`, accepted},
		{"RayCronJob", `{}`, nil},
		{"RayCluster", `{"spec": {}}`, &Answer{Refused, "headGroupSpec should have at least one container"}},
		{"RayCluster", `{"spec": []}`, &Answer{Undecodable, "json: cannot unmarshal array into Go struct field RayCluster.spec of type v1.RayClusterSpec"}},
		{"RayService", `{"spec": {"serveConfigV2": "refused"}}`, &Answer{Refused, "RayService name should be no more than 47 characters"}},
		{"RayService", `{"metadata": {"annotations": {"maker": "RayService"}}, "spec": {}}`, &Answer{ClusterRefused, "headGroupSpec should have at least one container"}},
	} {
		got := release.ask(c.kind, []byte(c.object))
		if !same(got, c.want) {
			t.Errorf("%s %s: %v, not %v", c.kind, c.object, got, c.want)
		}
	}
}
