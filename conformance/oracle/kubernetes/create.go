package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apimachineryvalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/capabilities"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/service"
)

func init() {
	// As most clusters have it.
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
}

// refusalsOf tells what the API server refuses when a child is created after those whose Services hold what is taken.
func refusalsOf(child child, taken allocations) ([]refusal, error) {
	var kind metav1.TypeMeta
	if err := json.Unmarshal(child.Object, &kind); err != nil {
		return nil, err
	}
	if kind.Kind == "RayCluster" {
		return metadataRefusals(child)
	}
	// Decoding converts to the internal version and fills in the defaults.
	object, err := runtime.Decode(legacyscheme.Codecs.UniversalDecoder(), child.Object)
	if err != nil {
		return nil, err
	}
	switch object := object.(type) {
	case *core.Pod:
		return podRefusals(child.Name, object), nil
	case *core.Service:
		return serviceRefusals(child.Name, object, taken), nil
	case *batch.Job:
		return jobRefusals(child.Name, object)
	default:
		return nil, fmt.Errorf("%s is none of the objects that KubeRay makes", kind.Kind)
	}
}

// object is what can be created.
type object interface {
	runtime.Object
	metav1.Object
}

// create does what the registry does before it stores an object
// (`k8s.io/apiserver` pkg/registry/rest/create.go:BeforeCreate): it names it, drops disabled fields, and validates it.
func create(name string, strategy rest.RESTCreateStrategy, object object) []refusal {
	rest.FillObjectMetaSystemFields(object)
	if object.GetName() == "" && object.GetGenerateName() != "" {
		object.SetName(strategy.GenerateName(object.GetGenerateName()))
	}
	ctx := genericapirequest.WithNamespace(context.Background(), object.GetNamespace())
	strategy.PrepareForCreate(ctx, object)
	return refusals(name, strategy.Validate(ctx, object))
}

// refusals writes down the errors of a child, each once.
func refusals(name string, errs field.ErrorList) []refusal {
	var all []refusal
	seen := map[refusal]bool{}
	for _, err := range errs {
		found := refusal{Child: name, Path: err.Field, Type: strings.TrimPrefix(string(err.Type), "FieldValue"), Message: err.ErrorBody()}
		if !seen[found] {
			seen[found] = true
			all = append(all, found)
		}
	}
	return all
}

// metadataRefusals are those that the API server has for the metadata of any object.
func metadataRefusals(child child) ([]refusal, error) {
	var object struct {
		metav1.ObjectMeta `json:"metadata"`
	}
	if err := json.Unmarshal(child.Object, &object); err != nil {
		return nil, err
	}
	errs := apimachineryvalidation.ValidateObjectMeta(&object.ObjectMeta, true, apimachineryvalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	return refusals(child.Name, errs), nil
}

func podRefusals(name string, made *core.Pod) []refusal {
	refused := admit(name, made)
	return append(refused, create(name, pod.Strategy, made)...)
}

// admit does what those admission plug-ins do to a pod that are on by default, as far as the pod decides it: ServiceAccount, Priority and
// RuntimeClass. Classes that are named exist, and none is the default.
func admit(name string, made *core.Pod) []refusal {
	spec := &made.Spec
	var refused []refusal
	forbid := func(field, message string) {
		refused = append(refused, refusal{Child: name, Path: "spec." + field, Type: "Forbidden", Message: message, By: "admission"})
	}
	if spec.ServiceAccountName == "" {
		spec.ServiceAccountName = "default"
	}
	// plugin/pkg/admission/priority/admission.go:admitPod
	if spec.PriorityClassName == "" {
		if spec.Priority != nil && *spec.Priority != 0 {
			forbid("priority", "the integer value of priority must not be provided in pod spec")
		}
		if spec.PreemptionPolicy != nil && *spec.PreemptionPolicy != core.PreemptLowerPriority {
			forbid("preemptionPolicy", "the string value of PreemptionPolicy must not be provided in pod spec")
		}
	}
	// plugin/pkg/admission/runtimeclass/admission.go:validateOverhead
	if spec.RuntimeClassName == nil && len(spec.Overhead) > 0 {
		forbid("overhead", "Pod Overhead set without corresponding RuntimeClass defined Overhead")
	}
	return refused
}

// jobRefusals are those of a Job or, if it has none, of a pod that the Job controller makes of it.
func jobRefusals(name string, made *batch.Job) ([]refusal, error) {
	if refused := create(name, job.Strategy, made); len(refused) > 0 {
		return refused, nil
	}
	// pkg/controller/controller_utils.go:GetPodFromTemplate
	template := made.Spec.Template.DeepCopy()
	controller := true
	of := &core.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: made.Namespace, GenerateName: made.Name + "-",
			Labels: template.Labels, Annotations: template.Annotations, Finalizers: append(template.Finalizers, "batch.kubernetes.io/job-tracking"),
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: made.Name, UID: made.UID, Controller: &controller}},
		},
		Spec: template.Spec,
	}
	// The controller sends it to the API server, which fills in the defaults of a pod.
	sent, err := runtime.Encode(legacyscheme.Codecs.LegacyCodec(corev1.SchemeGroupVersion), of)
	if err != nil {
		return nil, err
	}
	return refusalsOf(child{Name: name + "Pod", Object: sent}, nil)
}

// allocations are the node ports and cluster IPs that Services hold.
type allocations map[any]bool

// take tells whether something was free.
func (a allocations) take(wanted any) bool {
	free := !a[wanted]
	a[wanted] = true
	return free
}

// serviceRefusals are those of a Service in an IPv4 cluster.
func serviceRefusals(name string, made *core.Service, taken allocations) []refusal {
	prepareService(made)
	refused := create(name, service.Strategy, made)
	if len(refused) > 0 {
		return refused
	}
	occupied := func(path string, value any) {
		message := fmt.Sprintf("Invalid value: %v: provided value is already allocated", value)
		refused = append(refused, refusal{Child: name, Path: path, Type: "Invalid", Message: message, By: "allocator"})
	}
	if ip := made.Spec.ClusterIP; ip != "" && ip != core.ClusterIPNone && !taken.take(ip) {
		occupied("spec.clusterIPs", ip)
	}
	own := allocations{}
	for index, port := range made.Spec.Ports {
		// Ports of one Service may share a node port, if their protocols differ.
		if port.NodePort != 0 && own.take(port.NodePort) && !taken.take(port.NodePort) {
			occupied(fmt.Sprintf("spec.ports[%d].nodePort", index), port.NodePort)
		}
	}
	return refused
}

// prepareService fills in what the storage of Services does before anybody validates them
// (pkg/registry/core/service/storage: normalizeClusterIPs, initIPFamilyFields).
func prepareService(made *core.Service) {
	spec := &made.Spec
	if spec.ClusterIP != "" && len(spec.ClusterIPs) == 0 {
		spec.ClusterIPs = []string{spec.ClusterIP}
	}
	if spec.Type == core.ServiceTypeExternalName {
		return
	}
	if spec.IPFamilyPolicy == nil {
		policy := core.IPFamilyPolicySingleStack
		spec.IPFamilyPolicy = &policy
	}
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []core.IPFamily{core.IPv4Protocol}
	}
}
