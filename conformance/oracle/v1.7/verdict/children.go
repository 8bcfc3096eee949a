package main

import (
	"context"
	"time"
	_ "unsafe" // Functions that KubeRay does not export are linked by name.

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils/dashboardclient"
	"github.com/ray-project/kuberay/ray-operator/pkg/features"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/children"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/json"
)

// controllers says how the functions of the controllers are called.
var controllers = children.Release{
	Record: func(jobs *ray.RayJobReconciler, clusters *ray.RayClusterReconciler, services *ray.RayServiceReconciler) {
		recorder := &events.FakeRecorder{}
		jobs.Recorder, clusters.Recorder, services.Recorder = recorder, recorder, recorder
	},
	Init:     initRayJobStatusIfNeed,
	Defaults: setDefaults,
	Worker:   worker,
	JobService: func(ctx context.Context, jobs *ray.RayJobReconciler, job *rayv1.RayJob, cluster *rayv1.RayCluster) error {
		return reconcileServices(jobs, ctx, job, cluster)
	},
	Serve: serve,
	Run:   run,
}

// worker makes the first pod of a group as reconcilePods or, for several hosts, reconcileMultiHostWorkerGroup does.
func worker(ctx context.Context, clusters *ray.RayClusterReconciler, cluster *rayv1.RayCluster, group *rayv1.WorkerGroupSpec) corev1.Pod {
	replica := ""
	if group.NumOfHosts > 1 && features.Enabled(features.RayMultiHostIndexing) {
		replica = utils.GenerateRayWorkerReplicaGroupName(group.GroupName)
	}
	return buildWorkerPod(clusters, ctx, *cluster, *group, replica, 0, 0)
}

func run(object []byte) (*rayv1.RayJob, error) {
	cron := &rayv1.RayCronJob{}
	if err := json.UnmarshalCaseSensitivePreserveInts(object, cron); err != nil {
		return nil, err
	}
	cron.UID = "cron"
	return constructRayJob(&ray.RayCronJobReconciler{Scheme: children.Scheme}, cron, time.Now())
}

func serve(ctx context.Context, services *ray.RayServiceReconciler, service *rayv1.RayService, cluster *rayv1.RayCluster) error {
	return updateServeDeployment(services, ctx, service, dashboard{}, cluster.Name)
}

// dashboard takes any Serve configuration.
type dashboard struct {
	dashboardclient.RayDashboardClientInterface
}

func (dashboard) UpdateDeployments(context.Context, []byte) error { return nil }

//go:linkname initRayJobStatusIfNeed github.com/ray-project/kuberay/ray-operator/controllers/ray.initRayJobStatusIfNeed
func initRayJobStatusIfNeed(context.Context, *rayv1.RayJob)

//go:linkname setDefaults github.com/ray-project/kuberay/ray-operator/controllers/ray.setDefaults
func setDefaults(*rayv1.RayCluster)

//go:linkname buildWorkerPod github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayClusterReconciler).buildWorkerPod
func buildWorkerPod(*ray.RayClusterReconciler, context.Context, rayv1.RayCluster, rayv1.WorkerGroupSpec, string, int, int) corev1.Pod

//go:linkname reconcileServices github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayJobReconciler).reconcileServices
func reconcileServices(*ray.RayJobReconciler, context.Context, *rayv1.RayJob, *rayv1.RayCluster) error

//go:linkname constructRayJob github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayCronJobReconciler).constructRayJob
func constructRayJob(*ray.RayCronJobReconciler, *rayv1.RayCronJob, time.Time) (*rayv1.RayJob, error)

//go:linkname updateServeDeployment github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayServiceReconciler).updateServeDeployment
func updateServeDeployment(*ray.RayServiceReconciler, context.Context, *rayv1.RayService, dashboardclient.RayDashboardClientInterface, string) error
