//go:build queued_only

package main

import "sigs.k8s.io/kueue/pkg/controller/jobframework"

func shouldValidateUpdate(_, changed jobframework.GenericJob) bool {
	return jobframework.QueueName(changed) != ""
}
