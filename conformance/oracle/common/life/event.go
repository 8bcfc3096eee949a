package life

import (
	"context"
	"fmt"
	"time"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// do makes an event happen to job.
func (w *World) do(ctx context.Context, event Event, job *rayv1.RayJob) error {
	switch event.Do {
	case "submit":
		w.start(place{job.Status.RayClusterName, event.Value})
		job.Spec.JobId = event.Value
	case "clearJobId":
		job.Spec.JobId = ""
	case "suspend":
		job.Spec.Suspend = true
	case "resume":
		job.Spec.Suspend = false
	case "setMode":
		job.Spec.SubmissionMode = rayv1.JobSubmissionMode(event.Value)
	case "fixBackoff":
		job.Spec.BackoffLimit = ptr.To[int32](0)
	case "breakBackoff":
		job.Spec.BackoffLimit = ptr.To[int32](-1)
	case "timePasses":
		return w.pass(ctx, job)
	default:
		return fmt.Errorf("unknown event %q", event.Do)
	}
	// The API server keeps the old object if the policy denies the new one.
	err := w.write(func() error { return w.client.Update(ctx, job) })
	if apierrors.IsForbidden(err) {
		return nil
	}
	return err
}

// pass lets an hour pass: the controller reads the real clock, so all that has happened is moved an hour back.
func (w *World) pass(ctx context.Context, job *rayv1.RayJob) error {
	for _, application := range w.applications {
		application.started = application.started.Add(-time.Hour)
		if !application.ended.IsZero() {
			application.ended = application.ended.Add(-time.Hour)
		}
	}
	if err := w.age(ctx, job); err != nil {
		return err
	}
	for _, list := range []client.ObjectList{&batchv1.JobList{}, &corev1.PodList{}} {
		if err := w.client.List(ctx, list); err != nil {
			return err
		}
		err := meta.EachListItem(list, func(object runtime.Object) error {
			return w.age(ctx, object.(client.Object))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// age moves every time in the status of object an hour back, whichever of them the release has.
func (w *World) age(ctx context.Context, object client.Object) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return err
	}
	content["status"] = earlier(content["status"])
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, object); err != nil {
		return err
	}
	return w.client.Status().Update(ctx, object)
}

// earlier is value with all times in it an hour earlier.
func earlier(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = earlier(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = earlier(inner)
		}
	case string:
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return at.Add(-time.Hour).Format(time.RFC3339)
		}
	}
	return value
}
