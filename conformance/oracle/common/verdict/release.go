// Package verdict asks a KubeRay release and an API server with its CRDs what they say of an object.
package verdict

import (
	"fmt"
	"maps"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/children"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/json"
)

// Release is what differs between KubeRay releases: how their validators are called.
type Release struct {
	// Job asks the metadata, spec and status rules in the order of the RayJob controller.
	Job func(*rayv1.RayJob) error
	// Cluster asks the rules of the RayCluster controller, in its order.
	Cluster func(*rayv1.RayCluster) error
	// Service asks the rules of the RayService controller, in its order.
	Service func(*rayv1.RayService) error
	// CronJob asks the rules of the RayCronJob controller of a RayCronJob in JSON. Nil if the release has no such kind.
	CronJob func([]byte) error
	// Children is how the functions of the controllers are called that make the children of an object.
	Children children.Release
}

// Unreadable is the error of an object that the operator cannot even decode; an API server refuses such a one.
type Unreadable struct{ cause error }

// Error says what could not be decoded.
func (e Unreadable) Error() string { return fmt.Sprintf("unreadable: %v", e.cause) }

// Decoded makes a validator of T ask for JSON. Names of fields count in their exact case, as in the API server.
func Decoded[T any](validate func(*T) error) func([]byte) error {
	return func(text []byte) error {
		object := new(T)
		if err := json.UnmarshalCaseSensitivePreserveInts(text, object); err != nil {
			return Unreadable{err}
		}
		return validate(object)
	}
}

// clusterOf makes the RayCluster of a RayJob (controllers/ray/rayjob_controller.go:constructRayClusterForRayJob).
func clusterOf(job *rayv1.RayJob) *rayv1.RayCluster {
	labels := map[string]string{}
	maps.Copy(labels, job.Labels)
	labels[utils.RayOriginatedFromCRDLabelKey] = utils.RayOriginatedFromCRDLabelValue(utils.RayJobCRD)
	return &rayv1.RayCluster{
		ObjectMeta: metav1.ObjectMeta{
			Name:        "child",
			Namespace:   job.Namespace,
			Labels:      labels,
			Annotations: job.Annotations,
		},
		Spec: *job.Spec.RayClusterSpec,
	}
}

// First asks one validator after the other and returns the first error.
func First(validators ...func() error) error {
	for _, validate := range validators {
		if err := validate(); err != nil {
			return err
		}
	}
	return nil
}
