// Command verdict says what this release of KubeRay and an API server with its CRDs answer to the objects of users.
package main

import (
	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/verdict"
)

func main() {
	verdict.Main(verdict.Release{Job: job, Cluster: cluster, Service: service, Children: controllers})
}

// job asks as controllers/ray/rayjob_controller.go:Reconcile does.
func job(job *rayv1.RayJob) error {
	return verdict.First(
		func() error { return utils.ValidateRayJobSpec(job) },
		func() error { return utils.ValidateRayJobStatus(job) },
	)
}

// cluster asks as controllers/ray/raycluster_controller.go:rayClusterReconcile does.
func cluster(cluster *rayv1.RayCluster) error {
	return verdict.First(
		func() error { return utils.ValidateRayClusterSpec(cluster) },
		func() error { return utils.ValidateRayClusterStatus(cluster) },
	)
}

// service asks as controllers/ray/rayservice_controller.go:Reconcile does.
func service(service *rayv1.RayService) error { return utils.ValidateRayServiceSpec(service) }
