// Command schemas prints what the CustomResourceDefinitions of KubeRay releases demand of an object, as one JSON document without
// repetitions: `src/crd/schemas.json`.
//
// Each argument is RELEASE=DIRECTORY, where the directory is `ray-operator/config/crd/bases` of that release.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/kuberay"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemas:", err)
		os.Exit(1)
	}
}

func run(releases []string, out io.Writer) error {
	nodes := newNodes()
	roots := []entry{}
	for _, argument := range releases {
		release, directory, ok := strings.Cut(argument, "=")
		if !ok {
			return fmt.Errorf("%q is not RELEASE=DIRECTORY", argument)
		}
		for _, file := range kuberay.Definitions {
			path := filepath.Join(directory, file)
			definition, err := read(path)
			if errors.Is(err, fs.ErrNotExist) && file == kuberay.CronJobs {
				continue
			}
			if err != nil {
				return err
			}
			for _, version := range definition.Spec.Versions {
				kind := definition.Spec.Names.Kind
				root, err := nodes.addRoot(kind, version.Schema.OpenAPIV3Schema)
				if err != nil {
					return fmt.Errorf("%s, version %s: %w", path, version.Name, err)
				}
				name := fmt.Sprintf("%s %s/%s %s", release, definition.Spec.Group, version.Name, kind)
				roots = append(roots, entry{name, quote(root)})
			}
		}
	}
	return write(out, roots, nodes.entries)
}

// definition is what is read of a CustomResourceDefinition.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Names struct {
			Kind string `json:"kind"`
		} `json:"names"`
		Versions []struct {
			Name   string `json:"name"`
			Schema struct {
				OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

func read(path string) (definition, error) {
	var definition definition
	text, err := os.ReadFile(path)
	if err != nil {
		return definition, err
	}
	if err := yaml.Unmarshal(text, &definition); err != nil {
		return definition, fmt.Errorf("%s: %w", path, err)
	}
	return definition, nil
}

// entry is a line of the output: a key and its value in JSON.
type entry struct{ key, value string }

// write prints one entry a line, so that a difference between releases is easy to read.
func write(out io.Writer, roots, nodes []entry) error {
	buffered := bufio.NewWriter(out)
	object := func(entries []entry) {
		for i, entry := range entries {
			comma := ","
			if i == len(entries)-1 {
				comma = ""
			}
			fmt.Fprintf(buffered, "%s: %s%s\n", quote(entry.key), entry.value, comma)
		}
	}
	fmt.Fprint(buffered, "{\"schemas\": {\n")
	object(roots)
	fmt.Fprint(buffered, "},\n\"nodes\": {\n")
	object(nodes)
	fmt.Fprint(buffered, "}}\n")
	return buffered.Flush()
}

func quote(text string) string {
	quoted, _ := json.Marshal(text) // a string can always be written
	return string(quoted)
}
