package life

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// stage is as much of a manager as the RayJob controller takes from one. Any other method crashes.
type stage struct {
	manager.Manager
	world *World
}

// Manager gives the world to a controller. Events that the controller reports are dropped.
func (w *World) Manager() manager.Manager { return stage{world: w} }

// GetClient gives the world's client.
func (s stage) GetClient() client.Client { return s.world.client }

// GetScheme gives the scheme of that client.
func (s stage) GetScheme() *runtime.Scheme { return scheme }

// GetEventRecorderFor gives the recorder of the releases up to 1.6.
func (s stage) GetEventRecorderFor(string) record.EventRecorder { return &record.FakeRecorder{} }

// GetEventRecorder gives the recorder of the releases from 1.7 on.
func (s stage) GetEventRecorder(string) events.EventRecorder { return &events.FakeRecorder{} }
