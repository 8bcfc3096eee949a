package life

import (
	"context"
	"fmt"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// scheme holds what lives in the world.
var scheme = runtime.NewScheme()

func init() {
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(rayv1.AddToScheme(scheme))
}

// World is the cluster that a RayJob lives in, and all that acts in it beside the RayJob controller.
type World struct {
	client   client.Client
	gate     *gate
	scenario Scenario
	job      client.ObjectKey

	applications map[place]*application
	started      int
	// made counts the submitter Jobs, submitters holds them and the side containers by the UID of Job or pod.
	made       int
	submitters map[types.UID]*submitter
}

// newWorld makes a world with nothing in it but the RayJob and, in selector mode, the user's cluster.
func newWorld(ctx context.Context, gate *gate, scenario Scenario, job *rayv1.RayJob) (*World, error) {
	world := &World{
		gate:         gate,
		scenario:     scenario,
		job:          client.ObjectKeyFromObject(job),
		applications: map[place]*application{},
		submitters:   map[types.UID]*submitter{},
	}
	objects := fake.NewClientBuilder().
		WithScheme(scheme).
		WithStatusSubresource(&rayv1.RayJob{}, &rayv1.RayCluster{}, &batchv1.Job{}, &corev1.Pod{}).
		Build()
	world.client = interceptor.NewClient(objects, gate.funcs(world.create))
	if err := world.write(func() error { return world.client.Create(ctx, job) }); err != nil {
		return nil, err
	}
	if name := job.Spec.ClusterSelector[utils.RayClusterLabelKey]; name != "" {
		if err := world.create(ctx, objects, users(name, job.Namespace)); err != nil {
			return nil, err
		}
	}
	return world, world.raise(ctx)
}

// write lets the author write, not the operator.
func (w *World) write(what func() error) error {
	w.gate.writer = author
	defer func() { w.gate.writer = operator }()
	return what()
}

// users is a cluster that a user made.
func users(name, namespace string) *rayv1.RayCluster {
	cluster := &rayv1.RayCluster{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
	cluster.Spec.HeadGroupSpec.Template.Spec.Containers = []corev1.Container{{Name: "ray-head"}}
	return cluster
}

// create gives a new object the UID that the fake client does not, and counts submitter Jobs.
func (w *World) create(ctx context.Context, to client.WithWatch, object client.Object, options ...client.CreateOption) error {
	object.SetUID(types.UID(fmt.Sprintf("%T %s", object, object.GetName())))
	if _, ok := object.(*batchv1.Job); ok {
		object.SetUID(types.UID(fmt.Sprint("submitter ", w.made)))
		w.made++
	}
	return to.Create(ctx, object, options...)
}

// rayJob reads the RayJob; nil if it is gone.
func (w *World) rayJob(ctx context.Context) (*rayv1.RayJob, error) {
	job := &rayv1.RayJob{}
	if err := w.client.Get(ctx, w.job, job); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return job, nil
}

// clusters lists the RayClusters that exist.
func (w *World) clusters(ctx context.Context) ([]rayv1.RayCluster, error) {
	list := &rayv1.RayClusterList{}
	err := w.client.List(ctx, list)
	return list.Items, err
}

// turn lets everything but the controller and the user act once. It reports whether anything did.
func (w *World) turn(ctx context.Context) (bool, error) {
	if err := w.raise(ctx); err != nil {
		return false, err
	}
	finished, err := w.finish(ctx)
	if err != nil {
		return false, err
	}
	ended := w.end()
	submitted, err := w.submit(ctx)
	return finished || ended || submitted, err
}

// idle tells whether a cluster stands with nothing running on it.
func (w *World) idle(ctx context.Context) (bool, error) {
	clusters, err := w.clusters(ctx)
	if err != nil {
		return false, err
	}
	busy := map[string]bool{}
	for at, application := range w.applications {
		if application.status == rayv1.JobStatusRunning {
			busy[at.cluster] = true
		}
	}
	for _, cluster := range clusters {
		if !busy[cluster.Name] {
			return true, nil
		}
	}
	return false, nil
}
