// Asks the webhooks of Kueue, and the schema of its Workloads, about RayJobs, RayClusters
// and RayServices.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/kueue/pkg/controller/jobframework"
	"sigs.k8s.io/yaml"
)

type question struct {
	Object  json.RawMessage `json:"object"`
	Old     json.RawMessage `json:"old"`
	Answers []recorded      `json:"answers"`
}

type recorded struct {
	Kueue []string `json:"kueue"`
	answer
}

type answer struct {
	Refused  []string `json:"refused,omitempty"`
	Crashed  string   `json:"crashed,omitempty"`
	Workload []string `json:"workload,omitempty"`
}

// object is one of KubeRay's kinds, as Kueue sees it.
type object interface {
	job() jobframework.GenericJob
	podSets() (any, error)
	create() error
}

func decode(raw json.RawMessage) (object, error) {
	var meta metav1.TypeMeta
	if err := json.Unmarshal(raw, &meta); err != nil {
		return nil, err
	}
	switch meta.Kind {
	case "RayJob":
		job := &rayv1.RayJob{}
		return rayJob{job}, json.Unmarshal(raw, job)
	case "RayCluster":
		cluster := &rayv1.RayCluster{}
		return rayCluster{cluster}, json.Unmarshal(raw, cluster)
	case "RayService":
		service := &rayv1.RayService{}
		return newRayService(service), json.Unmarshal(raw, service)
	}
	return nil, fmt.Errorf("kind %q", meta.Kind)
}

func texts(err error) []string {
	if err == nil {
		return nil
	}
	var aggregate utilerrors.Aggregate
	if !errors.As(err, &aggregate) {
		return []string{err.Error()}
	}
	var all []string
	for _, err := range aggregate.Errors() {
		all = append(all, err.Error())
	}
	return all
}

func ask(question question, workloads *workloadSchema) (answer answer, err error) {
	object, err := decode(question.Object)
	if err != nil {
		return answer, err
	}
	defer func() {
		if cause := recover(); cause != nil {
			answer.Crashed = fmt.Sprint(cause)
		}
	}()
	if question.Old != nil {
		old, err := decode(question.Old)
		if err != nil {
			return answer, err
		}
		answer.Refused = texts(update(old.job(), object.job(), object.create))
		return answer, nil
	}
	answer.Refused = texts(object.create())
	if answer.Refused != nil || jobframework.QueueName(object.job()) == "" || skipped(object.job()) {
		return answer, nil
	}
	podSets, err := object.podSets()
	if err != nil {
		return answer, err
	}
	answer.Workload, err = workloads.check(podSets)
	return answer, err
}

// skipped says whether Kueue makes no Workload of a job.
func skipped(job jobframework.GenericJob) bool {
	rayJob, isRayJob := job.Object().(*rayv1.RayJob)
	return isRayJob && len(rayJob.Spec.ClusterSelector) > 0
}

// update repeats ValidateUpdate of the webhooks, which asks the queues of a running Kueue for
// a default one.
func update(old, changed jobframework.GenericJob, create func() error) error {
	if !shouldValidateUpdate(old, changed) {
		return nil
	}
	noDefault := func(string) bool { return false }
	all := jobframework.ValidateJobOnUpdate(old, changed, noDefault)
	var others utilerrors.Aggregate
	if err := create(); err != nil && !errors.As(err, &others) {
		return err
	}
	if others != nil {
		for _, err := range others.Errors() {
			var one *field.Error
			if !errors.As(err, &one) {
				return err
			}
			all = append(all, one)
		}
	}
	return all.ToAggregate()
}

type workloadSchema struct {
	version    string
	validator  validation.SchemaValidator
	structural *structural.Structural
}

func newWorkloadSchema(version string) (*workloadSchema, error) {
	function := reflect.ValueOf(jobframework.ValidateJobOnCreate).Pointer()
	file, _ := runtime.FuncForPC(function).FileLine(function)
	root := filepath.Join(filepath.Dir(file), "../../..")
	text, err := os.ReadFile(filepath.Join(root, "config/components/crd/bases/kueue.x-k8s.io_workloads.yaml"))
	if err != nil {
		return nil, err
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &crd); err != nil {
		return nil, err
	}
	for _, served := range crd.Spec.Versions {
		if served.Name != version {
			continue
		}
		var schema apiextensions.CustomResourceValidation
		if err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(served.Schema, &schema, nil); err != nil {
			return nil, err
		}
		validator, _, err := validation.NewSchemaValidator(schema.OpenAPIV3Schema)
		if err != nil {
			return nil, err
		}
		shape, err := structural.NewStructural(schema.OpenAPIV3Schema)
		return &workloadSchema{version, validator, shape}, err
	}
	return nil, fmt.Errorf("no version %s", version)
}

// check says what the API server refuses of the Workload with these pod sets.
func (s *workloadSchema) check(podSets any) ([]string, error) {
	workload := map[string]any{
		"apiVersion": "kueue.x-k8s.io/" + s.version, "kind": "Workload",
		"metadata": map[string]any{"name": "w"},
		"spec":     map[string]any{"podSets": podSets, "active": true},
	}
	text, err := json.Marshal(workload)
	if err != nil {
		return nil, err
	}
	var value map[string]any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	defaulting.Default(value, s.structural)
	errs := validation.ValidateCustomResource(nil, value, s.validator)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, s.structural, value)...)
	return texts(errs.ToAggregate()), nil
}

// differs says whether the recorded answer of a release is another; no answer is none.
func (q question) differs(release string, answer answer) bool {
	for _, recorded := range q.Answers {
		if slices.Contains(recorded.Kueue, release) {
			return !reflect.DeepEqual(recorded.answer, answer)
		}
	}
	return false
}

func (q question) hasAnswer(release string) bool {
	return slices.ContainsFunc(q.Answers, func(recorded recorded) bool {
		return slices.Contains(recorded.Kueue, release)
	})
}

// run answers each line; with a release, only the lines whose recorded answer is another.
func run(release string) error {
	workloads, err := newWorkloadSchema(workloadVersion)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	compared, differ := 0, 0
	for lines.Scan() {
		var question question
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			return err
		}
		if release != "" && !question.hasAnswer(release) {
			continue
		}
		answer, err := ask(question, workloads)
		if err != nil {
			return fmt.Errorf("%s: %w", lines.Bytes(), err)
		}
		compared++
		if release != "" && !question.differs(release, answer) {
			continue
		}
		differ++
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	if release != "" {
		fmt.Fprintf(os.Stderr, "%d of %d answers differ\n", differ, compared)
	}
	return lines.Err()
}

func main() {
	release := flag.String("check", "", "compare with the recorded answers of this release of Kueue")
	flag.Parse()
	if err := run(*release); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var background = context.Background()
