package crd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// Stored is the version all kinds of the group ray.io are stored in and read in by the operator.
const Stored = "ray.io/v1"

// Set holds the schemas of a release by kind and apiVersion.
type Set map[Name]*Schema

// Name is what an object says of itself.
type Name struct {
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`
}

// Load reads the named CustomResourceDefinition files of the linked release. One that is not there is a kind the release lacks.
func Load(files ...string) (Set, error) {
	directory := definitions()
	if _, err := os.Stat(directory); err != nil {
		return nil, fmt.Errorf("the CRDs of the release are not beside its source (built with -trimpath?): %w", err)
	}
	set := Set{}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(directory, file))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var definition apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &definition); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, version := range definition.Spec.Versions {
			schema, err := compile(version)
			if err != nil {
				return nil, fmt.Errorf("%s, version %s: %w", file, version.Name, err)
			}
			set[Name{definition.Spec.Names.Kind, definition.Spec.Group + "/" + version.Name}] = schema
		}
	}
	return set, nil
}

// definitions is the directory of the linked release's CRDs: that of the very module the compiler took the API types from.
func definitions() string {
	const up, crds = "../../..", "config/crd/bases"
	at := reflect.ValueOf(rayv1.IsJobTerminal).Pointer()
	types, _ := runtime.FuncForPC(at).FileLine(at)
	return filepath.Join(filepath.Dir(types), up, crds)
}

// Admit stores object in its own version and then reads it in the stored one, in place, as the operator does.
// It returns what the API server refuses, and false, leaving object alone, if the release has no schema for it.
func (set Set) Admit(ctx context.Context, name Name, object map[string]any) ([]string, bool) {
	written, read := set[name], set[Name{name.Kind, Stored}]
	if written == nil || read == nil {
		return nil, false
	}
	written.Store(object)
	refusals := written.Refusals(ctx, object)
	if written != read {
		object["apiVersion"] = Stored
		read.Store(object)
	}
	return refusals, true
}
