package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A replica is OPA, with data of the API server's objects as kube-mgmt keeps them.
type replica struct {
	*user
	address string
	client  http.Client
}

// TestLive holds the rules about the live state to the objects of an API server that OPA has in its data.
func TestLive(t *testing.T) {
	plane := startControlPlane(t)
	plane.installKubeRay(t)
	user := plane.user(t)
	user.apply(t, localQueues())
	queue := map[string]any{"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "LocalQueue", "metadata": map[string]any{"name": "gpu"}}
	eventually(t, "the API server knows LocalQueue", func() error {
		_, err := user.of(queue).List(context.Background(), metav1.ListOptions{})
		return err
	})
	// Every namespace of a cluster with its controllers has it.
	user.ensure(t, "v1", "ServiceAccount", "default", nil)

	opa := startReplica(t, plane)
	operator := opa.store(t, deployment("quay.io/kuberay/operator:v1.3.2"))
	opa.load(t, "apps/v1/deployments")
	opa.load(t, "ray.io/v1/rayclusters")
	opa.load(t, "kueue.x-k8s.io/v1beta2/localqueues")
	opa.load(t, "v1/serviceaccounts")

	onShared, inQueue, sidecar := withWorkers(1, 0), withWorkers(1, 0), withWorkers(1, 0)
	onShared["spec"] = map[string]any{"clusterSelector": map[string]any{"ray.io/cluster": "shared"}}
	set(inQueue, map[string]any{"kueue.x-k8s.io/queue-name": "gpu"}, "metadata", "labels")
	set(inQueue, true, "spec", "shutdownAfterJobFinishes")
	set(sidecar, "SidecarMode", "spec", "submissionMode")
	for _, job := range []map[string]any{onShared, inQueue, sidecar} {
		set(job, "python train.py", "spec", "entrypoint")
	}

	t.Run("without the setting nothing is said", func(t *testing.T) {
		opa.set(t, release)
		opa.expect(t, onShared)
		opa.expect(t, inQueue)
	})
	t.Run("the operator", func(t *testing.T) {
		opa.set(t, release, "operator")
		opa.expect(t, onShared, "live-operator")
		opa.set(t, "auto", "operator")
		opa.expect(t, onShared)
		if _, err := opa.try(asked{sent: sidecar}); !apierrors.IsInvalid(err) {
			t.Errorf("KubeRay 1.3 does not know the mode: %v", err)
		}
		opa.change(t, operator, "another release", func(object *unstructured.Unstructured) {
			object.Object["spec"] = deployment("quay.io/kuberay/operator:v" + release + ".0")["spec"]
		})
		opa.put(t, operator)
		opa.expect(t, sidecar)
		opa.set(t, release, "operator")
		opa.expect(t, onShared)
	})
	t.Run("the RayCluster", func(t *testing.T) {
		opa.set(t, release, "rayclusters")
		opa.expect(t, onShared, "live-raycluster-missing")
		cluster := objectOf("RayCluster", rayCluster())
		set(cluster, "shared", "metadata", "name")
		shared := opa.store(t, cluster)
		opa.put(t, shared)
		opa.expect(t, onShared)
		opa.change(t, shared, "suspend", func(object *unstructured.Unstructured) { set(object.Object, true, "spec", "suspend") })
		opa.put(t, shared)
		opa.expect(t, onShared, "live-raycluster-stopped")
		opa.remove(t, shared)
		opa.expect(t, onShared, "live-raycluster-missing")
	})
	t.Run("the queue", func(t *testing.T) {
		opa.set(t, release, "queues")
		opa.expect(t, inQueue, "live-queue-missing")
		opa.put(t, opa.store(t, queue))
		opa.expect(t, inQueue)
	})
	t.Run("what is not replicated is not missing", func(t *testing.T) {
		opa.set(t, release, "rayclusters", "queues")
		opa.expect(t, onShared, "live-raycluster-missing")
		opa.send(t, http.MethodPatch, "data", []any{map[string]any{"op": "remove", "path": "/kubernetes"}})
		opa.expect(t, onShared)
	})
}

// startReplica makes OPA the webhook of an API server.
func startReplica(t *testing.T, plane *controlPlane) *replica {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	certificate, key := selfSigned(t)
	runHearing(t, isComplaint, filepath.Join(root, "target/tools/opa"), "run", "--server", "--skip-version-check", "--log-level", "debug",
		"--addr", address, "--tls-cert-file", certificate, "--tls-private-key-file", key, "--bundle", filepath.Join(root, "dist/bundle.tar.gz"))
	configuration := webhook(t, address, certificate)
	// How fast this machine is does not matter.
	hook(configuration)["timeoutSeconds"] = int64(30)
	plane.ask(t, configuration)
	eventually(t, "OPA refuses", func() error { return refuses(plane.user(t)) })
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	return &replica{plane.user(t), address, http.Client{Transport: transport}}
}

// load gives OPA all objects of a resource, as kube-mgmt does when it starts (pkg/data/generic.go:syncAll).
func (r *replica) load(t *testing.T, resource string) {
	t.Helper()
	version, name := path.Split(resource)
	group, err := schema.ParseGroupVersion(strings.TrimSuffix(version, "/"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := r.Resource(group.WithResource(name)).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]map[string]any{}
	for _, object := range list.Items {
		namespace := object.GetNamespace()
		if objects[namespace] == nil {
			objects[namespace] = map[string]any{}
		}
		objects[namespace][object.GetName()] = object.Object
	}
	r.send(t, http.MethodPut, "data/kubernetes/"+name, objects)
}

// put gives OPA an object that is new or has changed, as kube-mgmt does (pkg/data/generic.go:processNext).
func (r *replica) put(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	stored, err := r.of(object.Object).Get(context.Background(), object.GetName(), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.send(t, http.MethodPut, "data"+placeOf(object), stored.Object)
}

// remove tells OPA that an object is gone, as kube-mgmt does.
func (r *replica) remove(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	r.send(t, http.MethodPatch, "data", []any{map[string]any{"op": "remove", "path": placeOf(object)}})
}

// placeOf is where kube-mgmt keeps an object.
func placeOf(object *unstructured.Unstructured) string {
	return fmt.Sprintf("/kubernetes/%ss/%s/%s", strings.ToLower(object.GetKind()), object.GetNamespace(), object.GetName())
}

// store creates an object.
func (r *replica) store(t *testing.T, object map[string]any) *unstructured.Unstructured {
	t.Helper()
	stored, err := r.of(object).Create(context.Background(), &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// send asks OPA's REST API.
func (r *replica) send(t *testing.T, method, path string, body any) {
	t.Helper()
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(body); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, "https://"+r.address+"/v1/"+path, &text)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusMultipleChoices {
		t.Fatalf("%s %s: %s", method, path, answer.Status)
	}
}

// set changes the settings of the policy.
func (r *replica) set(t *testing.T, kubeRay string, topics ...string) {
	t.Helper()
	settings := map[string]any{"kuberayVersion": kubeRay}
	if topics != nil {
		settings["cluster"] = topics
	}
	r.send(t, http.MethodPut, "data/kuberay/rayjob/settings", settings)
}

// expect holds the rules about the live state that give a warning of an object to those that should.
func (r *replica) expect(t *testing.T, object map[string]any, rules ...string) {
	t.Helper()
	if _, err := r.try(asked{sent: object}); err != nil {
		t.Error(err)
	}
	var told []string
	for _, warning := range r.warnings {
		if id := rule(warning); strings.HasPrefix(id, "live-") {
			told = append(told, id)
		}
	}
	if !slices.Equal(told, rules) {
		t.Errorf("warned of %q instead of %q", told, rules)
	}
}

// deployment is that of KubeRay's operator, with this image.
func deployment(image string) map[string]any {
	labels := map[string]any{"app.kubernetes.io/name": "kuberay-operator", "app.kubernetes.io/component": "kuberay-operator"}
	return map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "kuberay-operator", "labels": labels},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "kuberay-operator", "image": image, "command": []any{"/manager"}}}},
			},
		},
	}
}

// localQueues is a CRD that serves the LocalQueues of Kueue, without their schema.
func localQueues() *unstructured.Unstructured {
	names := map[string]any{"plural": "localqueues", "singular": "localqueue", "kind": "LocalQueue", "listKind": "LocalQueueList"}
	schema := map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{
			"name":        "localqueues.kueue.x-k8s.io",
			"annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, a stand-in"},
		},
		"spec": map[string]any{
			"group": "kueue.x-k8s.io", "scope": "Namespaced", "names": names,
			"versions": []any{map[string]any{"name": "v1beta2", "served": true, "storage": true, "schema": schema}},
		},
	}}
}
