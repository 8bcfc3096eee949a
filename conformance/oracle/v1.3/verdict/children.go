package main

import (
	"context"
	_ "unsafe" // Functions that KubeRay does not export are linked by name.

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/children"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
)

// controllers says how the functions of the controllers are called.
var controllers = children.Release{
	Record: func(jobs *ray.RayJobReconciler, clusters *ray.RayClusterReconciler, services *ray.RayServiceReconciler) {
		recorder := &record.FakeRecorder{}
		jobs.Recorder, clusters.Recorder, services.Recorder = recorder, recorder, recorder
	},
	Init: func(ctx context.Context, job *rayv1.RayJob) {
		// Its error is always nil.
		_ = initRayJobStatusIfNeed(ctx, job)
	},
	Worker: worker,
	Serve:  serve,
}

func worker(ctx context.Context, clusters *ray.RayClusterReconciler, cluster *rayv1.RayCluster, group *rayv1.WorkerGroupSpec) corev1.Pod {
	return buildWorkerPod(clusters, ctx, *cluster, *group)
}

func serve(ctx context.Context, services *ray.RayServiceReconciler, service *rayv1.RayService, cluster *rayv1.RayCluster) error {
	return updateServeDeployment(services, ctx, service, dashboard{}, cluster.Name)
}

// dashboard takes any Serve configuration.
type dashboard struct {
	utils.RayDashboardClientInterface
}

func (dashboard) UpdateDeployments(context.Context, []byte) error { return nil }

//go:linkname initRayJobStatusIfNeed github.com/ray-project/kuberay/ray-operator/controllers/ray.initRayJobStatusIfNeed
func initRayJobStatusIfNeed(context.Context, *rayv1.RayJob) error

//go:linkname buildWorkerPod github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayClusterReconciler).buildWorkerPod
func buildWorkerPod(*ray.RayClusterReconciler, context.Context, rayv1.RayCluster, rayv1.WorkerGroupSpec) corev1.Pod

//go:linkname updateServeDeployment github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayServiceReconciler).updateServeDeployment
func updateServeDeployment(*ray.RayServiceReconciler, context.Context, *rayv1.RayService, utils.RayDashboardClientInterface, string) error
