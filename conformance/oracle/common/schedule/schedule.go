// Package schedule says what a batch scheduler of the operator makes of a RayJob or a RayCluster.
package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	_ "unsafe" // A function that KubeRay does not export is linked by name.

	"github.com/go-logr/logr"
	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/children"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Scheduler is a batch scheduler as KubeRay's controllers call it since 1.5.
type Scheduler interface {
	DoBatchSchedulingOnSubmission(context.Context, metav1.Object) error
	AddMetadataToChildResource(context.Context, metav1.Object, metav1.Object, string)
}

// Release makes the batch scheduler of a name, as the operator does with the flag --batch-scheduler.
type Release func(context.Context, string, client.Client) (Scheduler, error)

// question is an object, as the API server stores it, and the name of the batch scheduler.
type question struct {
	Scheduler string          `json:"scheduler"`
	Object    json.RawMessage `json:"object"`
}

// answer says what becomes of the object: it is refused again and again, the operator crashes, or there are pods.
type answer struct {
	Refused   string          `json:"refused,omitempty"`
	Crashed   string          `json:"crashed,omitempty"`
	PodGroups []client.Object `json:"podGroups,omitempty"`
	Head      *pod            `json:"head,omitempty"`
	Submitter *pod            `json:"submitter,omitempty"`
}

// pod is what a scheduler reads of a pod.
type pod struct {
	SchedulerName string            `json:"schedulerName,omitempty"`
	Labels        map[string]string `json:"labels,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// Main reads questions from stdin and writes answers to stdout, line by line and in order.
func Main(release Release) {
	log.SetLogger(logr.Discard())
	if err := run(context.Background(), release, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "schedule: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, release Release, in io.Reader, out io.Writer) error {
	questions, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var asked question
		err := questions.Decode(&asked)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		given, err := asked.answer(ctx, release)
		if err != nil {
			return err
		}
		if err := answers.Encode(given); err != nil {
			return err
		}
	}
}

func (q question) answer(ctx context.Context, release Release) (given answer, err error) {
	cluster := &cluster{}
	scheduler, err := release(ctx, q.Scheduler, cluster)
	if err != nil {
		return given, err
	}
	defer func() {
		// As controller-runtime does, which then tries again.
		if cause := recover(); cause != nil {
			given = answer{Crashed: fmt.Sprint(cause)}
		}
		given.PodGroups = cluster.created
	}()
	var kind metav1.TypeMeta
	if err := json.Unmarshal(q.Object, &kind); err != nil {
		return given, err
	}
	if kind.Kind == "RayCluster" {
		object := &rayv1.RayCluster{}
		if err := json.Unmarshal(q.Object, object); err != nil {
			return given, err
		}
		return ofCluster(ctx, scheduler, object), nil
	}
	object := &rayv1.RayJob{}
	if err := json.Unmarshal(q.Object, object); err != nil {
		return given, err
	}
	return ofJob(ctx, scheduler, object)
}

// ofJob does what the RayJob controller does in Initializing, and the RayCluster controller after it.
func ofJob(ctx context.Context, scheduler Scheduler, job *rayv1.RayJob) (given answer, err error) {
	if err := scheduler.DoBatchSchedulingOnSubmission(ctx, job); err != nil {
		return answer{Refused: err.Error()}, nil
	}
	if len(job.Spec.ClusterSelector) == 0 {
		jobs := &ray.RayJobReconciler{Scheme: children.Scheme}
		cluster, err := constructRayClusterForRayJob(jobs, job, job.Name+"-abcde")
		if err != nil {
			return given, err
		}
		if job.Spec.SubmissionMode == rayv1.K8sJobMode {
			scheduler.AddMetadataToChildResource(ctx, job, cluster, "")
		}
		if given = ofCluster(ctx, scheduler, cluster); given.Refused != "" {
			return given, nil
		}
	}
	if job.Spec.SubmissionMode == rayv1.K8sJobMode {
		template := corev1.PodTemplateSpec{}
		scheduler.AddMetadataToChildResource(ctx, job, &template, utils.RayNodeSubmitterGroupLabelValue)
		given.Submitter = &pod{template.Spec.SchedulerName, template.Labels, template.Annotations}
	}
	return given, nil
}

// ofCluster does what the RayCluster controller does for the head, whose pod has the metadata of its template.
func ofCluster(ctx context.Context, scheduler Scheduler, cluster *rayv1.RayCluster) answer {
	if err := scheduler.DoBatchSchedulingOnSubmission(ctx, cluster); err != nil {
		return answer{Refused: err.Error()}
	}
	template := cluster.Spec.HeadGroupSpec.Template
	head := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: maps.Clone(template.Labels), Annotations: maps.Clone(template.Annotations)}}
	scheduler.AddMetadataToChildResource(ctx, cluster, head, utils.RayNodeHeadGroupLabelValue)
	return answer{Head: &pod{head.Spec.SchedulerName, head.Labels, head.Annotations}}
}

// cluster is one in which only a scheduler has created something.
type cluster struct {
	children.Client
	created []client.Object
}

// Scheme is where schedulers add their types.
func (*cluster) Scheme() *runtime.Scheme { return children.Scheme }

// Create keeps the object.
func (c *cluster) Create(_ context.Context, object client.Object, _ ...client.CreateOption) error {
	c.created = append(c.created, object.DeepCopyObject().(client.Object))
	return nil
}

//go:linkname constructRayClusterForRayJob github.com/ray-project/kuberay/ray-operator/controllers/ray.(*RayJobReconciler).constructRayClusterForRayJob
func constructRayClusterForRayJob(*ray.RayJobReconciler, *rayv1.RayJob, string) (*rayv1.RayCluster, error)
