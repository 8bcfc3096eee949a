package gates

import (
	"testing"

	"github.com/ray-project/kuberay/ray-operator/pkg/features"
)

func TestSetForgetsWhatWasSetBefore(t *testing.T) {
	gates := New()
	for _, c := range []struct {
		wanted             map[string]bool
		deletion, statuses bool
	}{
		{nil, false, true},
		{map[string]bool{"RayJobDeletionPolicy": true, "NoSuchGate": true, "AllAlpha": true}, true, true},
		{map[string]bool{"RayClusterStatusConditions": false}, false, false},
		{map[string]bool{"RayJobDeletionPolicy": true}, true, true},
		{map[string]bool{"RayJobDeletionPolicy": false}, false, true},
	} {
		if err := gates.Set(c.wanted); err != nil {
			t.Fatal(err)
		}
		deletion, statuses := features.Enabled(features.RayJobDeletionPolicy), features.Enabled(features.RayClusterStatusConditions)
		if deletion != c.deletion || statuses != c.statuses {
			t.Errorf("after %v the gates are %t and %t", c.wanted, deletion, statuses)
		}
	}
}
