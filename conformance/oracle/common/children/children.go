// Package children makes what KubeRay makes of a RayJob, a RayCluster or a RayService, with KubeRay's own functions.
package children

import (
	"context"
	_ "unsafe" // Functions that KubeRay does not export are linked by name.

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Release is what differs between KubeRay releases: how their functions are called.
type Release struct {
	// Record gives the controllers somebody who hears of events.
	Record func(*ray.RayJobReconciler, *ray.RayClusterReconciler, *ray.RayServiceReconciler)
	// Init sets the status of a new RayJob.
	Init func(context.Context, *rayv1.RayJob)
	// Defaults fills in the defaults of a RayCluster. Nil if the release has none.
	Defaults func(*rayv1.RayCluster)
	// Worker makes the first pod of a group.
	Worker func(context.Context, *ray.RayClusterReconciler, *rayv1.RayCluster, *rayv1.WorkerGroupSpec) corev1.Pod
	// JobService creates the RayJob's own Service. Nil if the release has none.
	JobService func(context.Context, *ray.RayJobReconciler, *rayv1.RayJob, *rayv1.RayCluster) error
	// Serve sends the Serve configuration of a RayService to its RayCluster, which takes whatever it gets.
	Serve func(context.Context, *ray.RayServiceReconciler, *rayv1.RayService, *rayv1.RayCluster) error
	// Run makes the RayJob of a RayCronJob in JSON. Nil if the release has no such kind.
	Run func([]byte) (*rayv1.RayJob, error)
}

// Child is what KubeRay makes of an object, or what keeps it from making it.
type Child struct {
	// Name is cluster, headService, headlessService, serveService, head, worker:GROUP, dashboardURL, jobService, submitter,
	// serveConfig, rayServiceHeadService or rayServiceServeService.
	Name string `json:"child"`
	// Object is what KubeRay asks the API server to create.
	Object client.Object `json:"object,omitempty"`
	// Refusal is what is known to be wrong with it before the API server looks at it.
	Refusal *Refusal `json:"refusal,omitempty"`
}

// Refusal is a fault of a child, in the form of the program kubernetes.
type Refusal struct {
	Child   string `json:"child"`
	Path    string `json:"childPath"`
	Type    string `json:"type"`
	Message string `json:"message"`
	By      string `json:"by"`
}

// Scheme holds what KubeRay makes, and what it makes it of.
var Scheme = runtime.NewScheme()

func init() {
	utilruntime.Must(clientgoscheme.AddToScheme(Scheme))
	utilruntime.Must(rayv1.AddToScheme(Scheme))
}

// maker makes the children of one object.
type maker struct {
	Release
	client   *Client
	jobs     *ray.RayJobReconciler
	clusters *ray.RayClusterReconciler
	services *ray.RayServiceReconciler
	children []Child
}

func (r Release) maker() *maker {
	made := &Client{}
	m := &maker{
		Release:  r,
		client:   made,
		jobs:     &ray.RayJobReconciler{Client: made, Scheme: Scheme},
		clusters: &ray.RayClusterReconciler{Client: made, Scheme: Scheme},
		services: &ray.RayServiceReconciler{Client: made, Scheme: Scheme, ServeConfigs: lru.New(1)},
	}
	r.Record(m.jobs, m.clusters, m.services)
	return m
}

// OfJob makes the children of a RayJob that the API server has stored and the operator accepts, each as if all others came to be. Of each
// group it makes the first pod, whatever its replicas. What the operator is asked to wait for, such as the end of `suspend`, has happened.
func (r Release) OfJob(ctx context.Context, job *rayv1.RayJob) []Child {
	m := r.maker()
	job = job.DeepCopy()
	place(job, "job")
	job.Status = rayv1.RayJobStatus{}
	r.Init(ctx, job)
	if len(job.Spec.ClusterSelector) > 0 {
		m.submitter(ctx, job, selected(job))
		return m.children
	}
	cluster, err := constructRayClusterForRayJob(m.jobs, job, job.Status.RayClusterName)
	if err != nil {
		m.fail("cluster", "BuildError", err)
		return m.children
	}
	cluster = m.cluster(ctx, cluster)
	// In the order of controllers/ray/rayjob_controller.go:Reconcile.
	job.Status.DashboardURL = m.dashboard(ctx, cluster)
	m.submitter(ctx, job, cluster)
	if r.JobService != nil {
		m.create("jobService", func() error { return r.JobService(ctx, m.jobs, job, cluster) })
	}
	return m.children
}

// OfCluster makes the children of a RayCluster, as OfJob does those of a RayJob.
func (r Release) OfCluster(ctx context.Context, cluster *rayv1.RayCluster) []Child {
	m := r.maker()
	cluster = cluster.DeepCopy()
	place(cluster, "cluster")
	cluster.Status = rayv1.RayClusterStatus{}
	m.ofCluster(ctx, cluster)
	return m.children
}

// OfService makes the children of a RayService, as OfJob does those of a RayJob.
func (r Release) OfService(ctx context.Context, service *rayv1.RayService) []Child {
	m := r.maker()
	service = service.DeepCopy()
	place(service, "service")
	service.Status = rayv1.RayServiceStatuses{}
	cluster, err := ClusterOf(service)
	if err != nil {
		m.fail("cluster", "BuildError", err)
		return m.children
	}
	cluster = m.cluster(ctx, cluster)
	// In the order of controllers/ray/rayservice_controller.go:Reconcile.
	m.dashboard(ctx, cluster)
	if err := r.Serve(ctx, m.services, service, cluster); err != nil {
		m.fail("serveConfig", "Invalid", err)
	}
	m.create("rayServiceHeadService", func() error { return m.service(ctx, service, cluster, utils.HeadService) })
	m.create("rayServiceServeService", func() error { return m.service(ctx, service, cluster, utils.ServingService) })
	return m.children
}

// ClusterOf is the RayCluster that a RayService makes. Its error says what keeps KubeRay from making one.
func ClusterOf(service *rayv1.RayService) (*rayv1.RayCluster, error) {
	return constructRayClusterForRayService(service, utils.GenerateRayClusterName(service.Name), Scheme)
}

// place does what the API server does when it stores an object.
func place(object client.Object, uid types.UID) {
	if object.GetNamespace() == "" {
		object.SetNamespace(metav1.NamespaceDefault)
	}
	object.SetUID(uid)
}

// cluster adds the RayCluster that a controller has made, and its children. It gives the RayCluster as that controller sees it: what
// the RayCluster controller writes into its copy, such as ports, is not in it.
func (m *maker) cluster(ctx context.Context, cluster *rayv1.RayCluster) *rayv1.RayCluster {
	cluster.UID = "cluster"
	// A 0 is not sent to the API server, which fills in the default.
	for index := range cluster.Spec.WorkerGroupSpecs {
		if group := &cluster.Spec.WorkerGroupSpecs[index]; group.NumOfHosts == 0 {
			group.NumOfHosts = 1
		}
	}
	created := cluster.DeepCopy()
	m.add("cluster", created)
	m.ofCluster(ctx, cluster)
	return created
}

// ofCluster adds the children of a RayCluster.
func (m *maker) ofCluster(ctx context.Context, cluster *rayv1.RayCluster) {
	if m.Defaults != nil {
		m.Defaults(cluster)
	}
	// In the order of controllers/ray/raycluster_controller.go:rayClusterReconcile.
	m.create("headService", func() error { return reconcileHeadService(m.clusters, ctx, cluster) })
	m.create("headlessService", func() error { return reconcileHeadlessService(m.clusters, ctx, cluster) })
	m.create("serveService", func() error { return reconcileServeService(m.clusters, ctx, cluster) })
	m.head(ctx, cluster)
	for _, group := range cluster.Spec.WorkerGroupSpecs {
		if group.NumOfHosts > 0 {
			pod := m.Worker(ctx, m.clusters, cluster, group.DeepCopy())
			m.add("worker:"+group.GroupName, &pod)
		}
	}
}

// dashboard gives the address of the dashboard, or adds why there is none.
func (m *maker) dashboard(ctx context.Context, cluster *rayv1.RayCluster) string {
	url, err := utils.FetchHeadServiceURL(ctx, m.client, cluster, utils.DashboardPortName)
	if err != nil {
		m.fail("dashboardURL", "NotFound", err)
	}
	return url
}

// service creates a Service of the RayService's own, unless there is one of the same name.
func (m *maker) service(ctx context.Context, service *rayv1.RayService, cluster *rayv1.RayCluster, kind utils.ServiceType) error {
	_, err := reconcileServices(m.services, ctx, service, cluster, kind)
	return err
}

// selected is a plain cluster of the user's.
func selected(job *rayv1.RayJob) *rayv1.RayCluster {
	cluster := &rayv1.RayCluster{ObjectMeta: metav1.ObjectMeta{Name: job.Status.RayClusterName, Namespace: job.Namespace, UID: types.UID("cluster")}}
	cluster.Spec.HeadGroupSpec.Template.Spec.Containers = []corev1.Container{{Name: "ray-head", Image: "rayproject/ray:2.52.0"}}
	return cluster
}

// create adds what a function of a controller creates, if it creates anything.
func (m *maker) create(name string, reconcile func() error) {
	before := len(m.client.created)
	if err := reconcile(); err != nil {
		m.fail(name, "BuildError", err)
		return
	}
	for _, object := range m.client.created[before:] {
		m.add(name, object)
	}
}

func (m *maker) head(ctx context.Context, cluster *rayv1.RayCluster) {
	const name = "head"
	pod := buildHeadPod(m.clusters, ctx, *cluster)
	m.add(name, &pod)
	// The operator insists on the account that the user names (reconcileAutoscalerServiceAccount), which need not be that of the pod.
	named := cluster.Spec.HeadGroupSpec.Template.Spec.ServiceAccountName
	if named != "" && pod.Spec.ServiceAccountName != named {
		m.refuse(Refusal{Child: name, Path: "spec.serviceAccountName", Type: "Forbidden", Message: "service account " + pod.Spec.ServiceAccountName + " not found", By: "admission"})
	}
}

func (m *maker) submitter(ctx context.Context, job *rayv1.RayJob, cluster *rayv1.RayCluster) {
	if job.Spec.SubmissionMode == rayv1.K8sJobMode {
		m.create("submitter", func() error { return createK8sJobIfNeed(m.jobs, ctx, job, cluster) })
	}
}

// add adds an object as it is sent to the API server, which is with its kind.
func (m *maker) add(name string, object client.Object) {
	kind, err := apiutil.GVKForObject(object, Scheme)
	utilruntime.Must(err)
	object.GetObjectKind().SetGroupVersionKind(kind)
	m.children = append(m.children, Child{Name: name, Object: object})
}

func (m *maker) refuse(refusal Refusal) {
	m.children = append(m.children, Child{Name: refusal.Child, Refusal: &refusal})
}

func (m *maker) fail(name, kind string, err error) {
	m.refuse(Refusal{Child: name, Type: kind, Message: err.Error(), By: "operator"})
}

//go:linkname constructRayClusterForRayJob github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayJobReconciler).constructRayClusterForRayJob
func constructRayClusterForRayJob(*ray.RayJobReconciler, *rayv1.RayJob, string) (*rayv1.RayCluster, error)

//go:linkname constructRayClusterForRayService github.com/ray-project/kuberay/ray-operator/controllers/ray.constructRayClusterForRayService
func constructRayClusterForRayService(*rayv1.RayService, string, *runtime.Scheme) (*rayv1.RayCluster, error)

//go:linkname createK8sJobIfNeed github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayJobReconciler).createK8sJobIfNeed
func createK8sJobIfNeed(*ray.RayJobReconciler, context.Context, *rayv1.RayJob, *rayv1.RayCluster) error

//go:linkname reconcileHeadService github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayClusterReconciler).reconcileHeadService
func reconcileHeadService(*ray.RayClusterReconciler, context.Context, *rayv1.RayCluster) error

//go:linkname reconcileHeadlessService github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayClusterReconciler).reconcileHeadlessService
func reconcileHeadlessService(*ray.RayClusterReconciler, context.Context, *rayv1.RayCluster) error

//go:linkname reconcileServeService github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayClusterReconciler).reconcileServeService
func reconcileServeService(*ray.RayClusterReconciler, context.Context, *rayv1.RayCluster) error

//go:linkname reconcileServices github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayServiceReconciler).reconcileServices
func reconcileServices(*ray.RayServiceReconciler, context.Context, *rayv1.RayService, *rayv1.RayCluster, utils.ServiceType) (*corev1.Service, error)

//go:linkname buildHeadPod github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayClusterReconciler).buildHeadPod
func buildHeadPod(*ray.RayClusterReconciler, context.Context, rayv1.RayCluster) corev1.Pod
