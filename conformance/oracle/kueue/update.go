//go:build !queued_only

package main

import "sigs.k8s.io/kueue/pkg/controller/jobframework"

func shouldValidateUpdate(old, changed jobframework.GenericJob) bool {
	return jobframework.ShouldValidateRayOrSparkJobOnUpdate(old, changed, false)
}
