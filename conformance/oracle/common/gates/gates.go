// Package gates sets KubeRay's feature gates, which are global to the process.
package gates

import (
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
)

// Gates are the feature gates of the linked release, with the values they had when the process began.
type Gates struct {
	defaults map[string]bool
	// changed holds the gates that the last Set took away from their defaults.
	changed map[string]bool
}

// New notes the defaults. It must run before anything sets a gate.
func New() *Gates {
	defaults := map[string]bool{}
	for name, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		// The two group switches set other gates, which Set could not put back.
		if name != featuregate.Feature("AllAlpha") && name != featuregate.Feature("AllBeta") {
			defaults[string(name)] = spec.Default
		}
	}
	return &Gates{defaults: defaults}
}

// Set gives the named gates the values in wanted and all others their defaults.
// Gates that the release does not know are ignored.
func (g *Gates) Set(wanted map[string]bool) error {
	change := map[string]bool{}
	for name := range g.changed {
		change[name] = g.defaults[name]
	}
	changed := map[string]bool{}
	for name, value := range wanted {
		if initial, known := g.defaults[name]; known {
			change[name] = value
			if value != initial {
				changed[name] = value
			}
		}
	}
	g.changed = changed
	return utilfeature.DefaultMutableFeatureGate.SetFromMap(change)
}
