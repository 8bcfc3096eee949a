package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// release is that of the KubeRay module in go.mod.
const release = "1.6"

// An asked question is an object as it is sent, and what the policy judges: the object as it is stored.
type asked struct {
	sent   map[string]any
	judged question
}

// TestAdmission asks an API server first without the policy, to see which objects it stores and as what, then with it, in each form in which
// an API server can have it.
func TestAdmission(t *testing.T) {
	plane := startControlPlane(t)
	t.Run("children", func(t *testing.T) { testChildren(t, plane) })
	plane.installKubeRay(t)
	questions := plane.questions(t)
	t.Run("ValidatingAdmissionPolicy", func(t *testing.T) { testValidatingAdmissionPolicy(t, plane, questions) })
	t.Run("OPA", func(t *testing.T) { testOPA(t, plane, questions) })
}

// questions are what every form of the policy is asked.
func (c *controlPlane) questions(t *testing.T) map[string][]asked {
	t.Helper()
	recorded := c.creations(t, recordedObjects(t))
	questions := c.examples(t, 1)
	questions["recorded objects"] = recorded
	questions["edited objects"] = c.edits(t, pairs(recorded))
	return questions
}

// examples are those of the rules, each nth.
func (c *controlPlane) examples(t *testing.T, n int) map[string][]asked {
	t.Helper()
	var some []question
	for position, example := range examples(t, c.release) {
		if position%n == 0 {
			some = append(some, example)
		}
	}
	created, edited := split(some)
	return map[string][]asked{
		"created examples": c.creations(t, created),
		"edited examples":  c.edits(t, edited),
	}
}

// TestOtherReleases holds the ValidatingAdmissionPolicies of each other release to its schemas, and asks them about some examples.
func TestOtherReleases(t *testing.T) {
	plane := startControlPlane(t)
	for _, other := range schemasOfReleases(t).releases() {
		if other == release {
			continue
		}
		t.Run(other, func(t *testing.T) {
			plane.installSchemas(t, other)
			questions := plane.examples(t, every(t, 5))
			policies := plane.applyPolicies(t)
			plane.compare(t, questions, func(v verdict) expectation { return v.Stated })
			plane.withdrawPolicies(t, policies)
		})
	}
}

// applyPolicies applies the ValidatingAdmissionPolicies of the release and waits until they are in force.
func (c *controlPlane) applyPolicies(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	policies := manifests(t, filepath.Join(root, "deploy/validating-admission-policy/kuberay-"+c.release+".yaml"))
	for _, policy := range policies {
		// kubectl apply keeps a copy in an annotation.
		if text, err := policy.MarshalJSON(); err != nil || len(text) > 256<<10 {
			t.Errorf("%s: %d bytes, %v", policy.GetName(), len(text), err)
		}
	}
	c.user(t).apply(t, policies...)
	// Meanwhile the API server compiles them.
	c.checkTypes(t, policies)
	c.awaitPolicies(t)
	return policies
}

// withdrawPolicies deletes the policies and waits until none is in force.
func (c *controlPlane) withdrawPolicies(t *testing.T, policies []*unstructured.Unstructured) {
	t.Helper()
	user := c.user(t)
	user.withdraw(t, policies...)
	for _, kind := range c.kinds {
		eventually(t, "a "+kind+" is stored without a warning", func() error {
			if err := user.probe(kind); err != nil {
				return err
			}
			if err := user.probe(kind, withoutImage()); err != nil || len(user.warnings) > 0 {
				return fmt.Errorf("warned of %q, %v", user.warnings, err)
			}
			return nil
		})
	}
}

func testValidatingAdmissionPolicy(t *testing.T, plane *controlPlane, questions map[string][]asked) {
	many := map[string][]asked{
		"many workers": plane.creations(t, []map[string]any{withWorkers(400, 1), withWorkers(400, -1)}),
		"more workers": plane.edits(t, []question{{withWorkers(401, -1), withWorkers(400, -1)}}),
	}
	broken := plane.stored(t, questions["recorded objects"])

	policies := plane.applyPolicies(t)
	plane.compare(t, questions, func(v verdict) expectation { return v.Stated })
	plane.compare(t, many, func(v verdict) expectation { return v.Stated })
	t.Run("the others write what they must", func(t *testing.T) { testWriters(t, plane, broken) })
	plane.withdrawPolicies(t, policies)
}

// creations are those of the objects that the API server stores.
func (c *controlPlane) creations(t *testing.T, objects []map[string]any) []asked {
	t.Helper()
	stored := make([]map[string]any, len(objects))
	c.inParallel(t, len(objects), func(user *user, position int) {
		object, err := user.try(asked{sent: objects[position]})
		if err != nil && !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) && !apierrors.IsNotFound(err) {
			t.Errorf("object %d: %v", position, err)
		}
		stored[position] = object
	})
	var creations []asked
	for position, object := range stored {
		if object == nil {
			continue
		}
		sent := (&unstructured.Unstructured{Object: objects[position]}).DeepCopy()
		// A generated name would be another one next time.
		sent.SetName((&unstructured.Unstructured{Object: object}).GetName())
		creations = append(creations, asked{sent.Object, question{Object: object}})
	}
	return creations
}

// pairs are edits that make of an object the next one of its kind.
func pairs(creations []asked) []question {
	var pairs []question
	for position := 0; position+1 < len(creations); position += 2 {
		old, next := creations[position].sent, creations[position+1].sent
		if old["kind"] == next["kind"] && old["apiVersion"] == next["apiVersion"] {
			pairs = append(pairs, question{Object: next, OldObject: old})
		}
	}
	return pairs
}

// split tells the objects that are created from those that replace one.
func split(questions []question) (created []map[string]any, edited []question) {
	for _, question := range questions {
		if question.OldObject == nil {
			created = append(created, question.Object)
		} else {
			edited = append(edited, question)
		}
	}
	return created, edited
}

// edits stores the old objects and returns those of the edits that the API server accepts; of each object also an edit of its labels.
func (c *controlPlane) edits(t *testing.T, edits []question) []asked {
	t.Helper()
	accepted := make([][]asked, len(edits))
	c.inParallel(t, len(edits), func(user *user, position int) {
		old := user.create(t, edits[position].OldObject)
		if old == nil {
			return
		}
		labelled := old.DeepCopy()
		labelled.SetLabels(map[string]string{"team": "ml"})
		for _, edit := range []*unstructured.Unstructured{labelled, {Object: named(edits[position].Object, old.GetName())}} {
			edit.SetResourceVersion(old.GetResourceVersion())
			edit := asked{edit.Object, question{OldObject: old.Object}}
			stored, err := user.try(edit)
			if err != nil && !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) {
				t.Errorf("edit %d: %v", position, err)
			}
			if err == nil {
				edit.judged.Object = stored
				accepted[position] = append(accepted[position], edit)
			}
		}
	})
	return slices.Concat(accepted...)
}

// stored are objects of each kind that were stored before the policy came and that it would refuse.
func (c *controlPlane) stored(t *testing.T, creations []asked) []*unstructured.Unstructured {
	t.Helper()
	const enough = 6
	count := map[string]int{}
	judged := make([]question, len(creations))
	for position, creation := range creations {
		judged[position] = creation.judged
	}
	var stored []*unstructured.Unstructured
	for position, verdict := range judge(t, c.release, judged) {
		kind := creations[position].sent["kind"].(string)
		// Without a spec there is nothing to suspend or to scale.
		_, described := creations[position].sent["spec"].(map[string]any)
		if described && len(verdict.Stated.Denials) > 0 && count[kind] < enough {
			count[kind]++
			stored = append(stored, c.user(t).create(t, creations[position].sent))
		}
	}
	for _, kind := range c.kinds {
		if count[kind] < enough {
			t.Fatalf("only %d objects of kind %s would be refused", count[kind], kind)
		}
	}
	return stored
}

// end deletes an object and removes its finalizer.
func (u *user) end(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	ctx, client := context.Background(), u.of(object.Object)
	if err := client.Delete(ctx, object.GetName(), metav1.DeleteOptions{}); err != nil {
		t.Errorf("delete: %v", err)
	}
	u.change(t, object, "remove the finalizer", func(o *unstructured.Unstructured) { o.SetFinalizers(nil) })
	if _, err := client.Get(ctx, object.GetName(), metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("%s is stuck: %v", object.GetName(), err)
	}
}

// change changes a stored object.
func (u *user) change(t *testing.T, object *unstructured.Unstructured, what string, change func(*unstructured.Unstructured)) {
	t.Helper()
	ctx, client := context.Background(), u.of(object.Object)
	current, err := client.Get(ctx, object.GetName(), metav1.GetOptions{})
	if err == nil {
		change(current)
		_, err = client.Update(ctx, current, metav1.UpdateOptions{})
	}
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// awaitPolicies waits until each policy is in force: it refuses, or warns of, an object that nothing else is wrong with.
func (c *controlPlane) awaitPolicies(t *testing.T) {
	t.Helper()
	user := c.user(t)
	for _, kind := range c.kinds {
		eventually(t, "a "+kind+" is refused", func() error {
			if err := user.probe(kind); !apierrors.IsInvalid(err) {
				return fmt.Errorf("not refused: %v", err)
			}
			return nil
		})
		eventually(t, "a "+kind+" gives a warning", func() error {
			if err := user.probe(kind, withoutImage()); err != nil || len(user.warnings) == 0 {
				return fmt.Errorf("warned of %q, %v", user.warnings, err)
			}
			return nil
		})
	}
}

// probe asks whether an object of a kind would be stored whose head has these containers.
func (u *user) probe(kind string, containers ...any) error {
	cluster := rayCluster()
	// The schema refuses a list that is null.
	set(cluster, append([]any{}, containers...), "headGroupSpec", "template", "spec", "containers")
	_, err := u.try(asked{sent: objectOf(kind, cluster)})
	return err
}

func withoutImage() any {
	container := container("ray-head")
	delete(container, "image")
	return container
}

// objectOf is an object of a kind with this RayCluster.
func objectOf(kind string, cluster any) map[string]any {
	specs := map[string]map[string]any{
		"RayJob":     {"rayClusterSpec": cluster},
		"RayCronJob": {"schedule": "@daily", "jobTemplate": map[string]any{"rayClusterSpec": cluster}},
		"RayService": {"serveConfigV2": "applications:\n- name: chat\n  import_path: chat:app\n", "rayClusterConfig": cluster},
	}
	var spec any = cluster
	if described, ok := specs[kind]; ok {
		spec = described
	}
	return map[string]any{"apiVersion": "ray.io/v1", "kind": kind, "metadata": map[string]any{"name": "probe"}, "spec": spec}
}

// compare asks the API server the questions and compares each answer with what is expected of the policy's verdict.
func (c *controlPlane) compare(t *testing.T, questions map[string][]asked, of func(verdict) expectation) {
	t.Helper()
	var all, refused, warned int
	for name, questions := range questions {
		t.Run(name, func(t *testing.T) {
			judged := make([]question, len(questions))
			for position, question := range questions {
				judged[position] = question.judged
			}
			verdicts := judge(t, c.release, judged)
			for _, verdict := range verdicts {
				all++
				if of(verdict).refuses() {
					refused++
				}
				if of(verdict).warns() {
					warned++
				}
			}
			c.inParallel(t, len(questions), func(user *user, position int) {
				_, err := user.try(questions[position])
				if difference := of(verdicts[position]).differs(err, user.warnings); difference != "" {
					t.Errorf("question %d: %s", position, difference)
				}
			})
		})
	}
	t.Logf("%d asked, %d to be refused, %d to be warned of", all, refused, warned)
	if all > 100 && (refused == 0 || refused == all || warned == 0) {
		t.Error("the questions are one-sided")
	}
}

// rayCluster is an ordinary RayCluster with these worker groups.
func rayCluster(workers ...any) map[string]any {
	return map[string]any{
		"headGroupSpec":    map[string]any{"rayStartParams": map[string]any{}, "template": pod("ray-head")},
		"workerGroupSpecs": workers,
	}
}

// withWorkers is a RayJob with this many worker groups, each with this minReplicas.
func withWorkers(groups int, minReplicas int64) map[string]any {
	var workers []any
	for position := range groups {
		workers = append(workers, map[string]any{
			"groupName": fmt.Sprintf("group-%d", position), "minReplicas": minReplicas, "maxReplicas": int64(1),
			// KubeRay 1.3 requires it.
			"rayStartParams": map[string]any{}, "template": pod("ray-worker"),
		})
	}
	return map[string]any{
		"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": map[string]any{"name": "many-workers"},
		"spec": map[string]any{"rayClusterSpec": rayCluster(workers...)},
	}
}

func pod(name string) map[string]any {
	return map[string]any{"spec": map[string]any{"containers": []any{container(name)}}}
}

func container(name string) map[string]any {
	port := func(name string, number int64) any { return map[string]any{"name": name, "containerPort": number} }
	ports := []any{port("gcs-server", 6379), port("dashboard", 8265), port("serve", 8000)}
	return map[string]any{"name": name, "image": "rayproject/ray:2.52.0", "ports": ports}
}
