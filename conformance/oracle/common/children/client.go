package children

import (
	"context"
	"fmt"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Client is the client of a controller in a cluster that is empty but for what the controller itself creates, which is never refused.
// Anything else that it could be asked for crashes.
type Client struct {
	client.Client
	created []client.Object
}

// Create keeps the object.
func (c *Client) Create(_ context.Context, object client.Object, _ ...client.CreateOption) error {
	object.SetUID(types.UID(fmt.Sprintf("%T", object)))
	c.created = append(c.created, object)
	return nil
}

// Update has nothing to do: a Service that is updated instead of created was asked about already.
func (c *Client) Update(context.Context, client.Object, ...client.UpdateOption) error { return nil }

// Get finds a Service that was created. Nothing else is there.
func (c *Client) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if into, ok := into.(*corev1.Service); ok {
		for _, object := range c.created {
			if service, ok := object.(*corev1.Service); ok && client.ObjectKeyFromObject(service) == key {
				service.DeepCopyInto(into)
				return nil
			}
		}
	}
	return apierrors.NewNotFound(schema.GroupResource{Resource: reflect.TypeOf(into).Elem().Name()}, key.Name)
}

// List finds nothing, so that the controller creates what it lists.
func (c *Client) List(context.Context, client.ObjectList, ...client.ListOption) error { return nil }
