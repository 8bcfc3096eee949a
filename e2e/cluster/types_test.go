package cluster

import (
	"fmt"
	"strings"
	"testing"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/restmapper"
)

// checkTypes holds the expressions of a policy to the schema of what they are about, as kube-controller-manager does with validations; it
// would leave its warnings in the status of the policy.
func (c *controlPlane) checkTypes(t *testing.T, manifests []*unstructured.Unstructured) {
	t.Helper()
	client, err := discovery.NewDiscoveryClientForConfig(c.config)
	if err != nil {
		t.Fatal(err)
	}
	cache := memory.NewMemCacheClient(client)
	schemas := &resolver.ClientDiscoveryResolver{Discovery: cache}
	checker := validating.TypeChecker{SchemaResolver: schemas, RestMapper: restmapper.NewDeferredDiscoveryRESTMapper(cache)}
	for _, kind := range c.kinds {
		eventually(t, "the schema of "+kind, func() error {
			cache.Invalidate()
			found, err := schemas.ResolveSchema(schema.GroupVersionKind{Group: "ray.io", Version: "v1", Kind: kind})
			if err == nil && c.described != "" && found.Description != c.described {
				err = fmt.Errorf("it is that of %q", found.Description)
			}
			return err
		})
	}
	c.inParallel(t, len(manifests), func(_ *user, position int) {
		manifest := manifests[position]
		if manifest.GetKind() != "ValidatingAdmissionPolicy" {
			return
		}
		var policy admissionregistration.ValidatingAdmissionPolicy
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(manifest.Object, &policy); err != nil {
			t.Errorf("%s: %v", manifest.GetName(), err)
			return
		}
		// Only what is found looks at the object.
		var shared []admissionregistration.Variable
		var looking []admissionregistration.Validation
		for _, variable := range policy.Spec.Variables {
			isFinding := strings.Contains(variable.Name, "found_")
			if !isFinding && len(shared) == len(looking) {
				shared = append(shared, variable)
			}
			if isFinding || len(shared) > len(looking) {
				looking = append(looking, admissionregistration.Validation{Expression: variable.Expression})
			}
		}
		policy.Spec.Variables, policy.Spec.Validations = shared, looking
		for _, warning := range checker.Check(&policy) {
			t.Errorf("%s: %s", policy.Name, warning.Warning)
		}
	})
}
