package cluster

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// schemas are those of the CRDs of all releases: src/crd/schemas.json.
type schemas struct {
	// Names of nodes, by release, apiVersion and kind.
	Schemas map[string]string         `json:"schemas"`
	Nodes   map[string]map[string]any `json:"nodes"`
}

func schemasOfReleases(t *testing.T) schemas {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "src/crd/schemas.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schemas schemas
	if err := json.Unmarshal(text, &schemas); err != nil {
		t.Fatal(err)
	}
	return schemas
}

func (s schemas) releases() []string {
	var releases []string
	for key := range s.Schemas {
		release, _, _ := strings.Cut(key, " ")
		releases = append(releases, release)
	}
	slices.Sort(releases)
	return slices.Compact(releases)
}

// installSchemas installs CRDs with the schemas of a release, so that no module of it is needed.
func (c *controlPlane) installSchemas(t *testing.T, release string) {
	t.Helper()
	schemas, user := schemasOfReleases(t), c.user(t)
	// The schema of another release may still be published.
	c.release, c.kinds, c.described = release, nil, "KubeRay "+release
	for _, kind := range kinds {
		root, ok := schemas.Schemas[release+" ray.io/v1 "+kind]
		if !ok {
			continue
		}
		schema := schemas.schema(root)
		schema["description"] = c.described
		// An API server knows these itself.
		schema["properties"].(map[string]any)["metadata"] = map[string]any{"type": "object"}
		user.apply(t, definition(kind, schema))
		user.awaitKind(t, kind)
		c.kinds = append(c.kinds, kind)
	}
}

// definition is a CRD of a kind.
func definition(kind string, schema map[string]any) *unstructured.Unstructured {
	singular := strings.ToLower(kind)
	version := map[string]any{
		"name": "v1", "served": true, "storage": true,
		"schema":       map[string]any{"openAPIV3Schema": schema},
		"subresources": map[string]any{"status": map[string]any{}},
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": singular + "s.ray.io"},
		"spec": map[string]any{
			"group": "ray.io", "scope": "Namespaced", "versions": []any{version},
			"names": map[string]any{"kind": kind, "listKind": kind + "List", "singular": singular, "plural": singular + "s"},
		},
	}}
}

// schema is a node in the words of a CRD: what conformance/oracle/common/schemas made of it, undone.
func (s schemas) schema(name string) map[string]any {
	schema := maps.Clone(s.Nodes[name])
	move := func(from, to string, change func(any) any) {
		if value, ok := schema[from]; ok {
			delete(schema, from)
			schema[to] = change(value)
		}
	}
	part := func(name any) any { return s.schema(name.(string)) }
	same := func(value any) any { return value }
	move("items", "items", part)
	move("additionalProperties", "additionalProperties", part)
	move("properties", "properties", func(names any) any {
		properties := map[string]any{}
		for property, name := range names.(map[string]any) {
			properties[property] = part(name)
		}
		return properties
	})
	move("rules", "x-kubernetes-validations", func(texts any) any {
		var rules []any
		for _, text := range texts.([]any) {
			rules = append(rules, map[string]any{"rule": text})
		}
		return rules
	})
	move("open", "x-kubernetes-preserve-unknown-fields", same)
	move("unique", "x-kubernetes-list-map-keys", same)
	if keys, ok := schema["x-kubernetes-list-map-keys"].([]any); ok {
		schema["x-kubernetes-list-type"] = "map"
		if len(keys) == 0 {
			delete(schema, "x-kubernetes-list-map-keys")
			schema["x-kubernetes-list-type"] = "set"
		}
	}
	if schema["type"] == "int-or-string" {
		delete(schema, "type")
		schema["x-kubernetes-int-or-string"] = true
	}
	return schema
}
