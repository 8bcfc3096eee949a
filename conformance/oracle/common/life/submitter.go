package life

import (
	"context"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// sideContainer is the submitter's container in SidecarMode (controllers/ray/utils/constant.go:SubmitterContainerName,
// from 1.5 on).
const sideContainer = "ray-job-submitter"

// submitter is a Job or a head pod with a side container, after it has submitted.
type submitter struct {
	application *application
	finished    bool
	// finish writes the end into the status of Job or pod.
	finish func(ctx context.Context, failed bool) error
}

// submit lets the submitters submit that have not, as soon as the RayJob is Running.
func (w *World) submit(ctx context.Context) (bool, error) {
	job, err := w.rayJob(ctx)
	if err != nil || job == nil || job.Status.JobDeploymentStatus != rayv1.JobDeploymentStatusRunning {
		return false, err
	}
	byJob, err := w.submitByJob(ctx, job.Status.RayClusterName)
	if err != nil {
		return false, err
	}
	bySide, err := w.submitBySide(ctx)
	return byJob || bySide, err
}

// submitByJob lets the batch Job submit to the cluster, or give up.
func (w *World) submitByJob(ctx context.Context, cluster string) (bool, error) {
	job := &batchv1.Job{}
	if err := w.client.Get(ctx, w.job, job); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	if w.submitters[job.UID] != nil {
		return false, nil
	}
	finish := func(ctx context.Context, failed bool) error { return w.finishJob(ctx, job.UID, failed) }
	if n := w.made - 1; n < len(w.scenario.Submitter) && w.scenario.Submitter[n] == "fail" {
		w.submitters[job.UID] = &submitter{finished: true}
		return true, finish(ctx, true)
	}
	at := place{cluster, submissionID(job.Spec.Template.Spec.Containers[utils.RayContainerIndex])}
	w.submitters[job.UID] = &submitter{application: w.start(at), finish: finish}
	return true, nil
}

// submitBySide lets the side containers of the heads submit, each to its own cluster.
func (w *World) submitBySide(ctx context.Context) (bool, error) {
	clusters, err := w.clusters(ctx)
	if err != nil {
		return false, err
	}
	any := false
	for i := range clusters {
		cluster := &clusters[i]
		pod, err := w.head(ctx, cluster)
		if err != nil {
			return false, err
		}
		if pod == nil || w.submitters[pod.UID] != nil {
			continue
		}
		for _, container := range pod.Spec.Containers {
			if container.Name == sideContainer {
				finish := func(ctx context.Context, failed bool) error { return w.finishSide(ctx, cluster, failed) }
				at := place{cluster.Name, submissionID(container)}
				w.submitters[pod.UID] = &submitter{application: w.start(at), finish: finish}
				any = true
			}
		}
	}
	return any, nil
}

// submissionID is the id that a submitter container submits under.
func submissionID(container corev1.Container) string {
	id := ""
	for _, env := range container.Env {
		if env.Name == utils.RAY_JOB_SUBMISSION_ID {
			id = env.Value
		}
	}
	return id
}

// finish ends the submitters whose application has ended before; they fail if it did.
func (w *World) finish(ctx context.Context) (bool, error) {
	any := false
	for _, submitter := range w.submitters {
		if submitter.finished || submitter.application.status == rayv1.JobStatusRunning {
			continue
		}
		submitter.finished, any = true, true
		if err := submitter.finish(ctx, submitter.application.status == rayv1.JobStatusFailed); err != nil {
			return false, err
		}
	}
	return any, nil
}

// finishJob ends the submitter Job with that UID, if it still exists.
func (w *World) finishJob(ctx context.Context, uid types.UID, failed bool) error {
	job := &batchv1.Job{}
	if err := w.client.Get(ctx, w.job, job); err != nil || job.UID != uid {
		return client.IgnoreNotFound(err)
	}
	condition := batchv1.JobCondition{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}
	if failed {
		condition.Type = batchv1.JobFailed
	}
	job.Status.Conditions = append(job.Status.Conditions, condition)
	return w.client.Status().Update(ctx, job)
}

// finishSide ends the side container of a cluster's head, if it still exists.
func (w *World) finishSide(ctx context.Context, cluster *rayv1.RayCluster, failed bool) error {
	pod, err := w.head(ctx, cluster)
	if err != nil || pod == nil {
		return err
	}
	end := &corev1.ContainerStateTerminated{FinishedAt: metav1.Now()}
	if failed {
		end.ExitCode = 1
	}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: sideContainer, State: corev1.ContainerState{Terminated: end}}}
	return w.client.Status().Update(ctx, pod)
}
