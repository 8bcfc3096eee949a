package crd

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/kuberay"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

func TestAdmit(t *testing.T) {
	set, err := Load("ray.io_rayjobs.yaml", "no-such-file.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		version, spec string
		refusals      []string
		stored        string
	}{
		{"v1", `{"backoffLimit": null, "unknown": 1}`, nil, `{"backoffLimit":0,"submissionMode":"K8sJobMode","ttlSecondsAfterFinished":0}`},
		{"v1", `{"backoffLimit": "3"}`, []string{"spec.backoffLimit: FieldValueTypeInvalid"}, ``},
		{"v1", `{"managedBy": "nobody"}`, []string{"[].spec.managedBy: FieldValueInvalid"}, ``},
		{"v1", `{"backoffLimit": "3", "managedBy": "nobody"}`, []string{"spec.backoffLimit: FieldValueTypeInvalid"}, ``},
		{"v1alpha1", `{"entrypoint": "x", "submissionMode": "HTTPMode"}`, nil, `{"backoffLimit":0,"entrypoint":"x","submissionMode":"K8sJobMode","ttlSecondsAfterFinished":0}`},
		{"v1alpha1", `{}`, []string{"spec.entrypoint: FieldValueRequired"}, ``},
	} {
		var object map[string]any
		text := `{"apiVersion": "ray.io/` + c.version + `", "kind": "RayJob", "metadata": {"name": "job"}, "spec": ` + c.spec + `}`
		if err := utiljson.Unmarshal([]byte(text), &object); err != nil {
			t.Fatal(err)
		}
		refusals, known := set.Admit(context.Background(), Name{"RayJob", "ray.io/" + c.version}, object)
		if !known || !slices.Equal(refusals, c.refusals) {
			t.Errorf("%s: refused for %v, not for %v", text, refusals, c.refusals)
		}
		if stored, _ := json.Marshal(object["spec"]); len(c.refusals) == 0 && string(stored) != c.stored {
			t.Errorf("%s: stored as %s", text, stored)
		}
	}
}

func TestAdmitLeavesUnknownKindsAlone(t *testing.T) {
	object := map[string]any{"unknown": true}
	if _, known := (Set{}).Admit(context.Background(), Name{"RayCronJob", Stored}, object); known || len(object) != 1 {
		t.Errorf("known %t, left %v", known, object)
	}
}

func TestAdmitRayServicesAndRayClusters(t *testing.T) {
	set, err := Load(kuberay.Definitions...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind, version, spec string
		refusals            []string
	}{
		{"RayCluster", "v1", `{"headGroupSpec": {"rayStartParams": {}, "template": {}}}`, nil},
		{"RayCluster", "v1alpha1", `{"headGroupSpec": {}}`, []string{"spec.headGroupSpec.rayStartParams: FieldValueRequired", "spec.headGroupSpec.template: FieldValueRequired"}},
		{"RayCluster", "v1", `{}`, []string{"spec.headGroupSpec: FieldValueRequired"}},
		{"RayCluster", "v1", `{"managedBy": "nobody", "headGroupSpec": {"rayStartParams": {}, "template": {}}}`, []string{"[].spec.managedBy: FieldValueInvalid"}},
		{"RayService", "v1", `{"serveConfigV2": 1}`, []string{"spec.serveConfigV2: FieldValueTypeInvalid"}},
		{"RayService", "v1alpha1", `{"rayClusterConfig": {}}`, []string{"spec.rayClusterConfig.headGroupSpec: FieldValueRequired"}},
	} {
		var object map[string]any
		text := `{"apiVersion": "ray.io/` + c.version + `", "kind": "` + c.kind + `", "metadata": {"name": "x"}, "spec": ` + c.spec + `}`
		if err := utiljson.Unmarshal([]byte(text), &object); err != nil {
			t.Fatal(err)
		}
		refusals, known := set.Admit(context.Background(), Name{c.kind, "ray.io/" + c.version}, object)
		if !known || !slices.Equal(refusals, c.refusals) {
			t.Errorf("%s: refused for %v, not for %v", text, refusals, c.refusals)
		}
	}
}
