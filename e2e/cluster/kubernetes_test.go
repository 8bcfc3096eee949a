package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/ray-project/kuberay/ray-operator/apis/ray/v1" // The module whose CRDs are installed.
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

var (
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	policies    = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies"}
	bindings    = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings"}
	priorities  = schema.GroupVersionResource{Group: "scheduling.k8s.io", Version: "v1", Resource: "priorityclasses"}
	runtimes    = schema.GroupVersionResource{Group: "node.k8s.io", Version: "v1", Resource: "runtimeclasses"}
	webhooks    = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}
)

// kinds are those that the policy judges.
var kinds = []string{"RayJob", "RayCronJob", "RayCluster", "RayService"}

var dryRun = []string{metav1.DryRunAll}

// A user is a client that keeps the warnings it is given. Only one goroutine may use it.
type user struct {
	dynamic.Interface
	warnings []string
}

func (u *user) HandleWarningHeader(_ int, _ string, text string) {
	u.warnings = append(u.warnings, text)
}

func (c *controlPlane) user(t *testing.T) *user {
	t.Helper()
	user := &user{}
	config := rest.CopyConfig(c.config)
	config.WarningHandler = user
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	user.Interface = client
	return user
}

// of is the client for the objects like this one.
func (u *user) of(object map[string]any) dynamic.ResourceInterface {
	like := (&unstructured.Unstructured{Object: object}).GroupVersionKind()
	resource := like.GroupVersion().WithResource(strings.ToLower(like.Kind) + "s")
	return u.Resource(resource).Namespace("default")
}

// try asks whether an object would be stored, in place of another if there is one, and as what.
func (u *user) try(asked asked) (map[string]any, error) {
	u.warnings = nil
	ctx, client, object := context.Background(), u.of(asked.sent), &unstructured.Unstructured{Object: asked.sent}
	var stored *unstructured.Unstructured
	var err error
	if asked.judged.OldObject == nil {
		stored, err = client.Create(ctx, object, metav1.CreateOptions{DryRun: dryRun})
	} else {
		stored, err = client.Update(ctx, object, metav1.UpdateOptions{DryRun: dryRun})
	}
	if err != nil {
		return nil, err
	}
	return stored.Object, nil
}

// create stores an object under a name of its own; nothing if it cannot be stored.
func (u *user) create(t *testing.T, object map[string]any) *unstructured.Unstructured {
	t.Helper()
	name := fmt.Sprintf("stored-%d", lastName.Add(1))
	created, err := u.of(object).Create(context.Background(), &unstructured.Unstructured{Object: named(object, name)}, metav1.CreateOptions{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	return created
}

var lastName atomic.Int64

// named is a copy of an object with this name.
func named(object map[string]any, name string) map[string]any {
	copied := (&unstructured.Unstructured{Object: object}).DeepCopy()
	copied.SetName(name)
	copied.SetGenerateName("")
	copied.SetNamespace("default")
	return copied.Object
}

// manifests are what a file describes.
func manifests(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var manifests []*unstructured.Unstructured
	for documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		manifest := &unstructured.Unstructured{}
		switch err := documents.Decode(&manifest.Object); {
		case errors.Is(err, io.EOF):
			return manifests
		case err != nil:
			t.Fatalf("%s: %v", file, err)
		case manifest.Object != nil:
			manifests = append(manifests, manifest)
		}
	}
}

// apply creates or changes objects that are in no namespace.
func (u *user) apply(t *testing.T, objects ...*unstructured.Unstructured) {
	t.Helper()
	options := metav1.ApplyOptions{FieldManager: "e2e", Force: true}
	for _, object := range objects {
		if _, err := u.clusterWide(object).Apply(context.Background(), object.GetName(), object, options); err != nil {
			t.Fatalf("%s: %v", object.GetName(), err)
		}
	}
}

// withdraw deletes what apply creates.
func (u *user) withdraw(t *testing.T, objects ...*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		if err := u.clusterWide(object).Delete(context.Background(), object.GetName(), metav1.DeleteOptions{}); err != nil {
			t.Fatalf("%s: %v", object.GetName(), err)
		}
	}
}

// clusterWide is the client for the objects like this one, which are in no namespace.
func (u *user) clusterWide(like *unstructured.Unstructured) dynamic.ResourceInterface {
	return u.Resource(map[string]schema.GroupVersionResource{
		"CustomResourceDefinition":         definitions,
		"ValidatingAdmissionPolicy":        policies,
		"ValidatingAdmissionPolicyBinding": bindings,
		"PriorityClass":                    priorities,
		"RuntimeClass":                     runtimes,
	}[like.GetKind()])
}

// ask makes the API server ask the webhook of this configuration and no other.
func (c *controlPlane) ask(t *testing.T, configuration *unstructured.Unstructured) {
	t.Helper()
	client := c.user(t).Resource(webhooks)
	_, err := client.Apply(context.Background(), configuration.GetName(), configuration, metav1.ApplyOptions{FieldManager: "e2e", Force: true})
	if err != nil {
		t.Fatal(err)
	}
}

// installKubeRay installs the CRDs of KubeRay as the module in go.mod has them, and waits for them.
func (c *controlPlane) installKubeRay(t *testing.T) {
	t.Helper()
	output, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/ray-project/kuberay/ray-operator").Output()
	if err != nil {
		t.Fatal(err)
	}
	user := c.user(t)
	for _, kind := range kinds {
		file := fmt.Sprintf("config/crd/bases/ray.io_%ss.yaml", strings.ToLower(kind))
		user.apply(t, manifests(t, filepath.Join(strings.TrimSpace(string(output)), file))...)
		user.awaitKind(t, kind)
	}
	c.release, c.kinds = release, kinds
}

// awaitKind waits until the API server knows a kind of KubeRay.
func (u *user) awaitKind(t *testing.T, kind string) {
	t.Helper()
	eventually(t, "the API server knows "+kind, func() error {
		_, err := u.of(map[string]any{"apiVersion": "ray.io/v1", "kind": kind}).List(context.Background(), metav1.ListOptions{})
		return err
	})
}

// inParallel calls work for each position up to n, with a user of its own for each of a few workers.
func (c *controlPlane) inParallel(t *testing.T, n int, work func(user *user, position int)) {
	t.Helper()
	const workers = 4
	positions := make(chan int)
	var group sync.WaitGroup
	for range workers {
		user := c.user(t)
		group.Go(func() {
			for position := range positions {
				work(user, position)
			}
		})
	}
	for position := range n {
		positions <- position
	}
	close(positions)
	group.Wait()
}
