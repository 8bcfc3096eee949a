package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// testWriters does to objects that the policy would refuse what others than their authors do: none of it may be refused.
func testWriters(t *testing.T, plane *controlPlane, broken []*unstructured.Unstructured) {
	for _, object := range broken {
		t.Run(fmt.Sprintf("%s %s", object.GetKind(), object.GetName()), func(t *testing.T) { plane.user(t).live(t, object) })
		if object.GetKind() == "RayCluster" {
			t.Run("a child like "+object.GetName(), func(t *testing.T) {
				user := plane.user(t)
				if child := user.create(t, childLike(object)); child != nil {
					user.change(t, child, "suspend the worker groups", suspendWorkers)
					user.live(t, child)
				}
			})
		}
	}
}

// live does to an object what the operator and others do in its life.
func (u *user) live(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	u.change(t, object, "add the finalizer", addFinalizer)
	u.change(t, object, "set a label", func(o *unstructured.Unstructured) { o.SetLabels(with(o.GetLabels(), "team", "ml")) })
	if object.GetKind() == "RayCluster" {
		u.change(t, object, "suspend", setSuspend(true))
		u.change(t, object, "resume as Kueue does", admit)
		u.scale(t, object, 1, "worker-a", "worker-b")
		u.scale(t, object, 0)
		u.scale(t, object, 3)
	}
	u.setStatus(t, object)
	u.end(t, object)
}

// finalizers are those of the operator.
var finalizers = map[string]string{
	"RayJob":     "ray.io/rayjob-finalizer",
	"RayCluster": "ray.io/gcs-ft-redis-cleanup-finalizer",
	"RayService": "ray.io/rayservice-finalizer",
	// It has none of the operator's, but may wait for its RayJobs.
	"RayCronJob": metav1.FinalizerDeleteDependents,
}

func addFinalizer(object *unstructured.Unstructured) {
	object.SetFinalizers([]string{finalizers[object.GetKind()]})
}

// states are the fields of a status that the operator writes, each with a value.
var states = map[string][2]string{
	"RayJob":     {"jobDeploymentStatus", "Running"},
	"RayCluster": {"state", "ready"},
	"RayService": {"serviceStatus", "Running"},
	"RayCronJob": {"lastScheduleTime", "2026-01-01T00:00:00Z"},
}

// setStatus writes the status as the operator does.
func (u *user) setStatus(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	ctx, client, state := context.Background(), u.of(object.Object), states[object.GetKind()]
	current, err := client.Get(ctx, object.GetName(), metav1.GetOptions{})
	if err == nil {
		err = unstructured.SetNestedField(current.Object, state[1], "status", state[0])
	}
	if err == nil {
		_, err = client.UpdateStatus(ctx, current, metav1.UpdateOptions{})
	}
	if err != nil {
		t.Errorf("set the status: %v", err)
	}
}

// scale patches each worker group as Ray's autoscaler does (ray 2.53.0 python/ray/autoscaler/_private/kuberay/node_provider.py).
func (u *user) scale(t *testing.T, cluster *unstructured.Unstructured, replicas int, deleted ...string) {
	t.Helper()
	groups, _, _ := unstructured.NestedSlice(cluster.Object, "spec", "workerGroupSpecs")
	var patch []map[string]any
	for position := range groups {
		group := fmt.Sprintf("/spec/workerGroupSpecs/%d/", position)
		patch = append(patch,
			map[string]any{"op": "replace", "path": group + "replicas", "value": replicas},
			map[string]any{"op": "replace", "path": group + "scaleStrategy", "value": map[string]any{"workersToDelete": append([]string{}, deleted...)}})
	}
	if patch == nil {
		return
	}
	text, err := json.Marshal(patch)
	if err == nil {
		_, err = u.of(cluster.Object).Patch(context.Background(), cluster.GetName(), types.JSONPatchType, text, metav1.PatchOptions{})
	}
	if err != nil {
		t.Errorf("scale to %d: %v", replicas, err)
	}
}

func setSuspend(suspend bool) func(*unstructured.Unstructured) {
	return func(object *unstructured.Unstructured) { set(object.Object, suspend, "spec", "suspend") }
}

// admit resumes a RayCluster, with what Kueue adds to the templates of its pods.
func admit(cluster *unstructured.Unstructured) {
	setSuspend(false)(cluster)
	eachGroup(cluster, func(group map[string]any) {
		template, ok := group["template"].(map[string]any)
		if !ok {
			return
		}
		set(template, "main", "metadata", "labels", "kueue.x-k8s.io/podset")
		set(template, "raycluster-shared-1a2b3", "metadata", "annotations", "kueue.x-k8s.io/workload")
		set(template, "nvidia-l4", "spec", "nodeSelector", "cloud.google.com/gke-accelerator")
		tolerations, _, _ := unstructured.NestedSlice(template, "spec", "tolerations")
		tolerations = append(tolerations, map[string]any{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"})
		set(template, tolerations, "spec", "tolerations")
	})
}

// suspendWorkers suspends the worker groups as the operator does for a RayJob whose policy is DeleteWorkers.
func suspendWorkers(cluster *unstructured.Unstructured) {
	eachGroup(cluster, func(group map[string]any) {
		if group["groupName"] != nil {
			group["suspend"] = true
		}
	})
}

// eachGroup changes the head group and the worker groups of a RayCluster.
func eachGroup(cluster *unstructured.Unstructured, change func(group map[string]any)) {
	spec, _ := cluster.Object["spec"].(map[string]any)
	workers, _ := spec["workerGroupSpecs"].([]any)
	for _, group := range append([]any{spec["headGroupSpec"]}, workers...) {
		if group, ok := group.(map[string]any); ok {
			change(group)
		}
	}
}

// childLike is a RayCluster like another, as the operator makes it for a RayJob.
func childLike(cluster *unstructured.Unstructured) map[string]any {
	controls := true
	child := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": cluster.GetAPIVersion(), "kind": cluster.GetKind(), "spec": cluster.DeepCopy().Object["spec"],
	}}
	child.SetLabels(with(cluster.GetLabels(), "ray.io/originated-from-crd", "RayJob"))
	child.SetAnnotations(cluster.GetAnnotations())
	child.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: "ray.io/v1", Kind: "RayJob", Name: "train", UID: "7f6a2c0e-52a4-4d7e-9a55-0b6a1f3c9d11", Controller: &controls,
	}})
	return child.Object
}

// with is a copy of labels with one more.
func with(labels map[string]string, key, value string) map[string]string {
	copied := map[string]string{key: value}
	for key, value := range labels {
		if _, ok := copied[key]; !ok {
			copied[key] = value
		}
	}
	return copied
}

// set sets a field, in place of one that is null.
func set(object map[string]any, value any, fields ...string) {
	for _, field := range fields[:len(fields)-1] {
		inner, ok := object[field].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[field] = inner
		}
		object = inner
	}
	object[fields[len(fields)-1]] = value
}
