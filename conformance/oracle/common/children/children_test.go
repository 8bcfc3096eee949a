package children

import (
	"context"
	"errors"
	"slices"
	"testing"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/record"
)

// release makes worker pods without KubeRay and cannot read a Serve configuration.
var release = Release{
	Record: func(jobs *ray.RayJobReconciler, clusters *ray.RayClusterReconciler, services *ray.RayServiceReconciler) {
		recorder := &record.FakeRecorder{}
		jobs.Recorder, clusters.Recorder, services.Recorder = recorder, recorder, recorder
	},
	Worker: func(_ context.Context, _ *ray.RayClusterReconciler, cluster *rayv1.RayCluster, group *rayv1.WorkerGroupSpec) corev1.Pod {
		return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: cluster.Name + "-" + group.GroupName}}
	},
	Serve: func(_ context.Context, _ *ray.RayServiceReconciler, service *rayv1.RayService, _ *rayv1.RayCluster) error {
		if service.Spec.ServeConfigV2 == "" {
			return errors.New("no configuration")
		}
		return nil
	},
}

// spec is a cluster with a group of one host and a group of none. In a RayCluster that KubeRay makes, none means one.
func spec(ports ...corev1.ContainerPort) rayv1.RayClusterSpec {
	template := corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "ray", Image: "rayproject/ray:2.52.0", Ports: ports}}}}
	group := func(name string, hosts int32) rayv1.WorkerGroupSpec {
		return rayv1.WorkerGroupSpec{GroupName: name, NumOfHosts: hosts, RayStartParams: map[string]string{}, Template: template}
	}
	return rayv1.RayClusterSpec{
		HeadGroupSpec:    rayv1.HeadGroupSpec{RayStartParams: map[string]string{}, Template: template},
		WorkerGroupSpecs: []rayv1.WorkerGroupSpec{group("one", 1), group("none", 0)},
	}
}

// names are those of the children; one that KubeRay cannot make has an exclamation mark.
func names(children []Child) []string {
	var names []string
	for _, child := range children {
		name := child.Name
		if child.Refusal != nil {
			name += "!"
		}
		names = append(names, name)
	}
	return names
}

func TestARayClusterMakesItsOwnChildren(t *testing.T) {
	cluster := &rayv1.RayCluster{ObjectMeta: metav1.ObjectMeta{Name: "mine"}, Spec: spec()}
	cluster.Annotations = map[string]string{"ray.io/enable-serve-service": "true"}
	made := release.OfCluster(context.Background(), cluster)
	if got, want := names(made), []string{"headService", "serveService", "head", "worker:one"}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if name := made[0].Object.GetName(); name != "mine-head-svc" {
		t.Errorf("the head Service is %s", name)
	}
}

func TestARayServiceMakesAClusterAndItsServices(t *testing.T) {
	dashboard := corev1.ContainerPort{Name: "dashboard", ContainerPort: 8265}
	serve := corev1.ContainerPort{Name: "serve", ContainerPort: 8000}
	for _, c := range []struct {
		ports  []corev1.ContainerPort
		config string
		own    *corev1.Service
		want   []string
	}{
		{nil, "applications: []", nil, []string{"rayServiceHeadService", "rayServiceServeService"}},
		{[]corev1.ContainerPort{serve}, "applications: []", nil, []string{"dashboardURL!", "rayServiceHeadService", "rayServiceServeService"}},
		{[]corev1.ContainerPort{dashboard}, "", nil, []string{"serveConfig!", "rayServiceHeadService", "rayServiceServeService!"}},
		// The Service of this name is there already, so KubeRay takes it for its own.
		{nil, "applications: []", &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "mine-head-svc"}}, []string{"rayServiceHeadService"}},
	} {
		service := &rayv1.RayService{ObjectMeta: metav1.ObjectMeta{Name: "mine"}}
		service.Spec = rayv1.RayServiceSpec{RayClusterSpec: spec(c.ports...), ServeConfigV2: c.config, ServeService: c.own}
		want := append([]string{"cluster", "headService", "head", "worker:one", "worker:none"}, c.want...)
		if got := names(release.OfService(context.Background(), service)); !slices.Equal(got, want) {
			t.Errorf("%v, not %v", got, want)
		}
	}
}
