package main

import (
	"slices"
	"testing"
)

func TestEqualPartsAreOneNode(t *testing.T) {
	name := map[string]any{"type": "string", "description": "one"}
	other := map[string]any{"type": "string", "description": "two"}
	count := map[string]any{"type": "integer", "format": "int32", "minimum": 1}
	nodes := newNodes()
	root, err := nodes.add("Thing", map[string]any{"type": "object", "properties": map[string]any{"name": name, "other": other, "count": count}})
	if err != nil {
		t.Fatal(err)
	}
	want := []entry{
		{"count", `{"format":"int32","minimum":1,"type":"integer"}`},
		{"string", `{"type":"string"}`},
		{"Thing", `{"properties":{"count":"count","name":"string","other":"string"},"type":"object"}`},
	}
	if root != "Thing" || !slices.Equal(nodes.entries, want) {
		t.Errorf("%s: %v", root, nodes.entries)
	}
	if again, err := nodes.add("Thing", map[string]any{"type": "object"}); again != "object" || err != nil {
		t.Errorf("%s, %v", again, err)
	}
}

func TestNothingIsLost(t *testing.T) {
	for _, schema := range []map[string]any{
		{"type": "integer", "maximum": 3},
		{"anyOf": []any{}},
		{"x-kubernetes-validations": []any{map[string]any{"rule": "self > 0", "reason": "FieldValueInvalid"}}},
		{"properties": map[string]any{"inner": map[string]any{"oneOf": []any{}}}},
	} {
		if name, err := newNodes().add("Thing", schema); err == nil {
			t.Errorf("%v became %s", schema, name)
		}
	}
}
