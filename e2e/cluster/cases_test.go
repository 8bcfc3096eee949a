package cluster

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// every says which of many are asked: each nth, unless the variable EVERY says which others.
func every(t *testing.T, n int) int {
	t.Helper()
	if every := os.Getenv("EVERY"); every != "" {
		var err error
		if n, err = strconv.Atoi(every); err != nil || n < 1 {
			t.Fatalf("EVERY is a positive number, not %q", every)
		}
	}
	return n
}

// recordedObjects are the objects of conformance/recorded, each once, and of them each twentieth; of some RayJobs also the RayCluster, by
// itself or in a RayService.
func recordedObjects(t *testing.T) []map[string]any {
	t.Helper()
	n := every(t, 20)
	file, err := os.Open(filepath.Join(root, "conformance/recorded/cases.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var objects, moved []map[string]any
	seen := map[string]bool{}
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var recorded struct {
			Object json.RawMessage `json:"object"`
		}
		if err := json.Unmarshal(lines.Bytes(), &recorded); err != nil {
			t.Fatal(err)
		}
		if seen[string(recorded.Object)] {
			continue
		}
		seen[string(recorded.Object)] = true
		if len(seen)%n != 0 {
			continue
		}
		var object map[string]any
		if err := json.Unmarshal(recorded.Object, &object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
		spec, _ := object["spec"].(map[string]any)
		if cluster, ok := spec["rayClusterSpec"].(map[string]any); ok && len(objects)%2 == 0 {
			// Long runs of one kind, so that neighbours are of the same.
			kind := []string{"RayCluster", "RayService"}[len(objects)/100%2]
			moved = append(moved, objectOf(kind, cluster))
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return append(objects, moved...)
}
