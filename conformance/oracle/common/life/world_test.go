package life

import (
	"reflect"
	"testing"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"k8s.io/apimachinery/pkg/api/errors"
)

func TestAnApplicationEndsOnceItWasSeenRunning(t *testing.T) {
	world := &World{scenario: Scenario{Outcomes: []string{"FAILED"}}, applications: map[place]*application{}}
	dashboard := world.Dashboard("c")
	if _, err := dashboard.Info("x"); !errors.IsBadRequest(err) {
		t.Errorf("an unknown id gives %v", err)
	}
	dashboard.Submit("x")
	dashboard.Submit("x")
	world.Dashboard("other").Submit("x")
	if world.started != 2 {
		t.Errorf("%d applications started", world.started)
	}
	if world.end() {
		t.Error("one ended unseen")
	}
	if info, _ := dashboard.Info("x"); info.Status != rayv1.JobStatusRunning || info.EndTime != 0 {
		t.Errorf("first seen as %+v", info)
	}
	if !world.end() {
		t.Error("none ended")
	}
	if info, _ := dashboard.Info("x"); info.Status != rayv1.JobStatusFailed || info.EndTime == 0 {
		t.Errorf("last seen as %+v", info)
	}
}

func TestEarlier(t *testing.T) {
	status := map[string]any{
		"startTime":  "2026-01-02T00:30:00Z",
		"message":    "at 2026-01-02T00:30:00Z",
		"failed":     int64(1),
		"conditions": []any{map[string]any{"lastTransitionTime": "2026-01-02T10:00:00Z"}},
	}
	want := map[string]any{
		"startTime":  "2026-01-01T23:30:00Z",
		"message":    "at 2026-01-02T00:30:00Z",
		"failed":     int64(1),
		"conditions": []any{map[string]any{"lastTransitionTime": "2026-01-02T09:00:00Z"}},
	}
	if got := earlier(status); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}
