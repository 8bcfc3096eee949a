//go:build !untyped && !no_client

package main

import (
	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"sigs.k8s.io/kueue/pkg/controller/jobframework"
	"sigs.k8s.io/kueue/pkg/controller/jobs/raycluster"
	"sigs.k8s.io/kueue/pkg/controller/jobs/rayjob"
	"sigs.k8s.io/kueue/pkg/controller/jobs/rayservice"
)

const workloadVersion = "v1beta2"

type rayJob struct{ *rayv1.RayJob }
type rayCluster struct{ *rayv1.RayCluster }

type rayService struct{ *rayv1.RayService }

func newRayService(service *rayv1.RayService) object { return rayService{service} }

func (j rayJob) create() error {
	_, err := new(rayjob.RayJobWebhook).ValidateCreate(background, j.RayJob)
	return err
}

func (j rayJob) job() jobframework.GenericJob {
	return (*rayjob.RayJob)(j.RayJob)
}

func (j rayJob) podSets() (any, error) { return (*rayjob.RayJob)(j.RayJob).PodSets(background, nil) }

func (c rayCluster) create() error {
	_, err := new(raycluster.RayClusterWebhook).ValidateCreate(background, c.RayCluster)
	return err
}

func (c rayCluster) job() jobframework.GenericJob {
	return (*raycluster.RayCluster)(c.RayCluster)
}

func (c rayCluster) podSets() (any, error) {
	return (*raycluster.RayCluster)(c.RayCluster).PodSets(background, nil)
}

func (s rayService) create() error {
	_, err := new(rayservice.RayServiceWebhook).ValidateCreate(background, s.RayService)
	return err
}

func (s rayService) job() jobframework.GenericJob {
	return (*rayservice.RayService)(s.RayService)
}

func (s rayService) podSets() (any, error) {
	return (*rayservice.RayService)(s.RayService).PodSets(background, nil)
}
