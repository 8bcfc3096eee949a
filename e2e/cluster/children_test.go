package cluster

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A family is an object and what KubeRay's own functions make of it: a line of `cargo conformance children --kuberay 1.6`.
type family struct {
	Object   map[string]any `json:"object"`
	Children []struct {
		Name   string         `json:"child"`
		Object map[string]any `json:"object"`
	} `json:"children"`
}

// testChildren holds the rules about children, with their levels for files, to an API server that is asked to create the children.
func testChildren(t *testing.T, plane *controlPlane) {
	families := families(t)
	plane.user(t).provide(t, families)
	objects := make([]question, len(families))
	for position, family := range families {
		objects[position] = question{Object: family.Object}
	}
	verdicts := judge(t, release, objects, "--children")
	refused := make([]string, len(families))
	plane.inParallel(t, len(families), func(user *user, position int) {
		refused[position] = user.refusal(t, families[position])
	})
	count := 0
	for position, verdict := range verdicts {
		if refused[position] != "" {
			count++
		}
		if isDenied := verdict.Answer.refuses(); isDenied != (refused[position] != "") {
			t.Errorf("object %d: the policy says %q, the API server %q", position, verdict.Answer.Message, refused[position])
		}
	}
	t.Logf("%d objects, %d with a child that is refused", len(families), count)
	if count < len(families)/4 || count > len(families)*3/4 {
		t.Error("the objects are one-sided")
	}
}

// refusal says which of the children the API server refuses first, and why; nothing if it refuses none.
func (u *user) refusal(t *testing.T, family family) string {
	for _, child := range family.Children {
		if child.Object == nil {
			t.Errorf("%s is not made", child.Name)
			continue
		}
		object := inDefault(child.Object)
		err := u.dryRun(object)
		if err == nil && object.GetKind() == "Job" {
			err = u.dryRun(podOf(object))
		}
		if apierrors.IsInvalid(err) || apierrors.IsForbidden(err) {
			return child.Name + ": " + err.Error()
		}
		if err != nil {
			t.Errorf("%s: %v", child.Name, err)
		}
	}
	return ""
}

func (u *user) dryRun(object *unstructured.Unstructured) error {
	_, err := u.of(object.Object).Create(context.Background(), object, metav1.CreateOptions{DryRun: dryRun})
	return err
}

// inDefault is an object in the namespace that a new cluster has.
func inDefault(object map[string]any) *unstructured.Unstructured {
	copied := (&unstructured.Unstructured{Object: object}).DeepCopy()
	copied.SetNamespace("default")
	return copied
}

// podOf is a pod as the Job controller, which is not here, makes it.
func podOf(job *unstructured.Unstructured) *unstructured.Unstructured {
	template, _, _ := unstructured.NestedMap(job.Object, "spec", "template")
	template["apiVersion"], template["kind"] = "v1", "Pod"
	pod := inDefault(template)
	pod.SetName("")
	pod.SetGenerateName(job.GetName() + "-")
	return pod
}

// provide creates what pods name and the policy takes for granted: service accounts, and classes that say what the pods say.
func (u *user) provide(t *testing.T, families []family) {
	t.Helper()
	u.ensure(t, "v1", "ServiceAccount", "default", nil)
	for _, family := range families {
		for _, child := range family.Children {
			spec, _, _ := unstructured.NestedMap(child.Object, "spec")
			if template, ok, _ := unstructured.NestedMap(spec, "template", "spec"); ok {
				spec = template
			}
			if name, _ := spec["serviceAccountName"].(string); name != "" {
				u.ensure(t, "v1", "ServiceAccount", name, nil)
			}
			if name, _ := spec["priorityClassName"].(string); name != "" {
				class := map[string]any{"value": int64(0)}
				if policy, ok := spec["preemptionPolicy"]; ok {
					class["preemptionPolicy"] = policy
				}
				u.ensure(t, "scheduling.k8s.io/v1", "PriorityClass", name, class)
			}
			if name, _ := spec["runtimeClassName"].(string); name != "" {
				class := map[string]any{"handler": "runc"}
				if overhead, ok := spec["overhead"]; ok {
					class["overhead"] = map[string]any{"podFixed": overhead}
				}
				u.ensure(t, "node.k8s.io/v1", "RuntimeClass", name, class)
			}
		}
	}
}

// ensure creates an object that may be there already. One that has a bad name cannot be, and the pod that names it is refused.
func (u *user) ensure(t *testing.T, version, kind, name string, object map[string]any) {
	t.Helper()
	if object == nil {
		object = map[string]any{}
	}
	object["apiVersion"], object["kind"], object["metadata"] = version, kind, map[string]any{"name": name}
	client := u.of(object)
	if kind != "ServiceAccount" {
		client = u.clusterWide(&unstructured.Unstructured{Object: object})
	}
	_, err := client.Create(context.Background(), &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) && !apierrors.IsInvalid(err) && !apierrors.IsForbidden(err) {
		t.Errorf("%s %s: %v", kind, name, err)
	}
}

// families reads children.jsonl.gz. conformance/oracle/README.md says how it is written.
func families(t *testing.T) []family {
	t.Helper()
	file, err := os.Open("children.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var families []family
	for lines := json.NewDecoder(bufio.NewReader(unpacked)); lines.More(); {
		var family family
		if err := lines.Decode(&family); err != nil {
			t.Fatal(err)
		}
		families = append(families, family)
	}
	return families
}
