//go:build untyped

package main

import (
	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"sigs.k8s.io/kueue/pkg/controller/jobframework"
	"sigs.k8s.io/kueue/pkg/controller/jobs/raycluster"
	"sigs.k8s.io/kueue/pkg/controller/jobs/rayjob"
)

const workloadVersion = "v1beta1"

type rayJob struct{ *rayv1.RayJob }
type rayCluster struct{ *rayv1.RayCluster }

func newRayService(*rayv1.RayService) object { panic("Kueue has no webhook for a RayService") }

func (j rayJob) create() error {
	_, err := new(rayjob.RayJobWebhook).ValidateCreate(background, j.RayJob)
	return err
}

func (j rayJob) job() jobframework.GenericJob {
	return (*rayjob.RayJob)(j.RayJob)
}

func (j rayJob) podSets() (any, error) { return (*rayjob.RayJob)(j.RayJob).PodSets() }

func (c rayCluster) create() error {
	_, err := new(raycluster.RayClusterWebhook).ValidateCreate(background, c.RayCluster)
	return err
}

func (c rayCluster) job() jobframework.GenericJob {
	return (*raycluster.RayCluster)(c.RayCluster)
}

func (c rayCluster) podSets() (any, error) { return (*raycluster.RayCluster)(c.RayCluster).PodSets() }
