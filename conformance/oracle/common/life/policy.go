package life

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/crd"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// Who writes, as userInfo.username of a request names them.
const (
	author   = "author"
	operator = "system:serviceaccount:ray-system:kuberay-operator"
)

// Policy is a program that answers each line, {"request", "settings"}, with an AdmissionResponse.
type Policy struct {
	questions io.Writer
	answers   *bufio.Reader
}

// startPolicy starts the program of a command line.
func startPolicy(line string) (*Policy, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, errors.New("no policy")
	}
	command := exec.Command(words[0], words[1:]...)
	command.Stderr = os.Stderr
	questions, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &Policy{questions, bufio.NewReader(answers)}, command.Start()
}

// response is as much of an AdmissionResponse as is read.
type response struct {
	Allowed bool `json:"allowed"`
	Status  struct {
		Message string `json:"message"`
	} `json:"status"`
}

// ask asks about one request.
func (p *Policy) ask(question any) (response, error) {
	var said response
	line, err := json.Marshal(question)
	if err != nil {
		return said, err
	}
	if _, err := p.questions.Write(append(line, '\n')); err != nil {
		return said, err
	}
	answer, err := p.answers.ReadBytes('\n')
	if err != nil {
		return said, fmt.Errorf("no answer of the policy: %w", err)
	}
	return said, json.Unmarshal(answer, &said)
}

// Denial is a write that the policy denied.
type Denial struct {
	By          string `json:"by"`
	Operation   string `json:"operation"`
	SubResource string `json:"subResource,omitempty"`
	Kind        string `json:"kind"`
	Message     string `json:"message"`
}

// gate asks the policy about each write to an object of ray.io, as an API server does.
type gate struct {
	set    crd.Set
	policy *Policy
	switched
	// written is the RayJob as its author's client sent it, until the operator replaces that by what its own types
	// keep of it.
	written map[string]any
	writer  string
	judged  int
	denials []Denial
	// broken is why the policy could not be asked.
	broken error
}

// funcs are those of a client behind the gate.
func (g *gate) funcs(create func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error) interceptor.Funcs {
	return interceptor.Funcs{
		Create: func(ctx context.Context, to client.WithWatch, object client.Object, options ...client.CreateOption) error {
			if err := g.judge(ctx, to, "CREATE", "", object); err != nil {
				return err
			}
			return create(ctx, to, object, options...)
		},
		Update: func(ctx context.Context, to client.WithWatch, object client.Object, options ...client.UpdateOption) error {
			if err := g.fill(ctx, object); err != nil {
				return err
			}
			if err := g.judge(ctx, to, "UPDATE", "", object); err != nil {
				return err
			}
			return to.Update(ctx, object, options...)
		},
		Patch: func(ctx context.Context, to client.WithWatch, object client.Object, patch client.Patch, options ...client.PatchOption) error {
			if kind, err := apiutil.GVKForObject(object, scheme); err != nil || kind.Group == group {
				g.broken = fmt.Errorf("a patch of %T is not played", object)
				return g.broken
			}
			return to.Patch(ctx, object, patch, options...)
		},
		Delete: func(ctx context.Context, to client.WithWatch, object client.Object, options ...client.DeleteOption) error {
			if err := g.judge(ctx, to, "DELETE", "", object); err != nil {
				return err
			}
			return to.Delete(ctx, object, options...)
		},
		SubResourceUpdate: func(ctx context.Context, to client.Client, name string, object client.Object, options ...client.SubResourceUpdateOption) error {
			if err := g.judge(ctx, to, "UPDATE", name, object); err != nil {
				return err
			}
			return to.SubResource(name).Update(ctx, object, options...)
		},
	}
}

// fill gives a RayJob the defaults of its CRD, as an API server does before it asks a policy. A client in Go leaves out
// what is empty, so an empty submissionMode becomes the default.
func (g *gate) fill(ctx context.Context, object client.Object) error {
	kind, err := apiutil.GVKForObject(object, scheme)
	if err != nil || kind.Group != group {
		return err
	}
	sent, err := content(object, kind)
	if err != nil {
		return err
	}
	if _, known := g.set.Admit(ctx, crd.Name{Kind: kind.Kind, APIVersion: kind.GroupVersion().String()}, sent); !known {
		return nil
	}
	return runtime.DefaultUnstructuredConverter.FromUnstructured(sent, object)
}

// group is that of the objects that are judged.
const group = "ray.io"

// judge asks the policy whether a write may be made, and gives the API server's error if not.
func (g *gate) judge(ctx context.Context, to client.Reader, operation, subResource string, object client.Object) error {
	kind, err := apiutil.GVKForObject(object, scheme)
	if err != nil || kind.Group != group || g.policy == nil {
		return err
	}
	sent, err := content(object, kind)
	if err != nil {
		return err
	}
	if operation == "CREATE" && kind.Kind == "RayJob" {
		sent = g.written
	}
	old, err := g.old(ctx, to, operation, object, kind)
	if err != nil {
		return err
	}
	// Each endpoint ignores what the other one writes.
	switch {
	case subResource != "":
		sent = replaced(old, sent["status"])
	case operation == "UPDATE":
		sent = replaced(sent, old["status"])
	case operation == "DELETE":
		sent = nil
	}
	if g.judged++; g.judged > g.After {
		said, err := g.policy.ask(map[string]any{"settings": g.Settings, "request": map[string]any{
			"uid":         "0",
			"kind":        map[string]any{"group": kind.Group, "version": kind.Version, "kind": kind.Kind},
			"operation":   operation,
			"subResource": subResource,
			"namespace":   object.GetNamespace(),
			"name":        object.GetName(),
			"userInfo":    map[string]any{"username": g.writer},
			"object":      sent,
			"oldObject":   old,
		}})
		if err != nil {
			g.broken = err
			return err
		}
		if !said.Allowed {
			g.denials = append(g.denials, Denial{g.writer, operation, subResource, kind.Kind, said.Status.Message})
			resource := schema.GroupResource{Group: kind.Group, Resource: strings.ToLower(kind.Kind) + "s"}
			return apierrors.NewForbidden(resource, object.GetName(), errors.New(said.Status.Message))
		}
	}
	if kind.Kind == "RayJob" && operation != "CREATE" {
		g.written = sent
	}
	return nil
}

// old is the object that a write finds; nil if it creates one.
func (g *gate) old(ctx context.Context, to client.Reader, operation string, object client.Object, kind schema.GroupVersionKind) (map[string]any, error) {
	if operation == "CREATE" {
		return nil, nil
	}
	if kind.Kind == "RayJob" && g.written != nil {
		return g.written, nil
	}
	old := object.DeepCopyObject().(client.Object)
	if err := to.Get(ctx, client.ObjectKeyFromObject(object), old); err != nil {
		return nil, err
	}
	return content(old, kind)
}

// content is an object as a client in Go sends it.
func content(object client.Object, kind schema.GroupVersionKind) (map[string]any, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	content["apiVersion"], content["kind"] = kind.GroupVersion().String(), kind.Kind
	return content, nil
}

// replaced is object with another status.
func replaced(object map[string]any, status any) map[string]any {
	other := map[string]any{}
	for key, value := range object {
		other[key] = value
	}
	delete(other, "status")
	if status != nil {
		other["status"] = status
	}
	return other
}
