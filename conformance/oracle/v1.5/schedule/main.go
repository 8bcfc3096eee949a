// Command schedule says what this release's batch schedulers make of RayJobs and RayClusters.
package main

import (
	"context"

	config "github.com/ray-project/kuberay/ray-operator/apis/config/v1alpha1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/batchscheduler"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/schedule"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func main() { schedule.Main(scheduler) }

func scheduler(ctx context.Context, name string, client client.Client) (schedule.Scheduler, error) {
	manager, err := batchscheduler.NewSchedulerManager(ctx, config.Configuration{BatchScheduler: name}, nil, client)
	if err != nil {
		return nil, err
	}
	return manager.GetScheduler()
}
