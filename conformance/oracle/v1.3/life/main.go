// Command life plays RayJobs' lives on this release's RayJob controller.
package main

import (
	"context"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/life"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

func main() { life.Main(life.Release{Controller: controller}) }

func controller(ctx context.Context, world *life.World) reconcile.Reconciler {
	return ray.NewRayJobReconciler(ctx, world.Manager(), provider{world: world})
}

// provider gives the controller the world's dashboards. Anything else it could be asked for crashes.
type provider struct {
	utils.ClientProvider
	world *life.World
}

// GetDashboardClient gives what makes a dashboard client.
func (p provider) GetDashboardClient(manager.Manager) func() utils.RayDashboardClientInterface {
	return func() utils.RayDashboardClientInterface { return &dashboard{world: p.world} }
}

// dashboard is as much of a dashboard client as the RayJob controller needs.
type dashboard struct {
	utils.RayDashboardClientInterface
	world   *life.World
	cluster life.Dashboard
}

// InitClient turns to the dashboard of a cluster.
func (d *dashboard) InitClient(_ context.Context, _ string, cluster *rayv1.RayCluster) error {
	d.cluster = d.world.Dashboard(cluster.Name)
	return nil
}

// GetJobInfo tells of an application.
func (d *dashboard) GetJobInfo(_ context.Context, id string) (*utils.RayJobInfo, error) {
	info, err := d.cluster.Info(id)
	return &utils.RayJobInfo{JobStatus: info.Status, StartTime: info.StartTime, EndTime: info.EndTime}, err
}

// SubmitJob starts an application.
func (d *dashboard) SubmitJob(_ context.Context, job *rayv1.RayJob) (string, error) {
	d.cluster.Submit(job.Status.JobId)
	return job.Status.JobId, nil
}

// StopJob is asked for when the RayJob is deleted, and its cluster goes with it.
func (d *dashboard) StopJob(context.Context, string) error { return nil }
