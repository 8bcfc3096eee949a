package verdict

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/children"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/crd"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/gates"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// question is a line of input. A line of recorded answers is a question too.
type question struct {
	Object json.RawMessage `json:"object"`
	Gates  map[string]bool `json:"gates"`
}

// Verdict is a line of output.
type Verdict struct {
	// KubeRay is the answer to the object as written: null for a kind that the release does not have.
	KubeRay *Answer `json:"kuberay"`
	// APIServer holds what an API server with the release's CRDs refuses.
	APIServer []string `json:"apiserver,omitempty"`
	// Stored is the answer to the object as stored, if it is stored and the answer differs from that in KubeRay.
	Stored *Answer `json:"stored,omitempty"`
	// Object is the object as stored, if it is stored.
	Object json.RawMessage `json:"object,omitempty"`
	// Children are what KubeRay makes of the object, if it is stored and accepted as stored.
	Children []children.Child `json:"children,omitempty"`
	// Error says why the line could not be read at all.
	Error string `json:"error,omitempty"`
}

// stage is a question on its way to its verdict.
type stage struct {
	line []byte
	// ready closes when the API server's part is done.
	ready    chan struct{}
	question question
	name     crd.Name
	refusals []string
	// stored is the object as stored; nil if it is not.
	stored []byte
	// fault is what keeps the line from being judged.
	fault error
}

// prepare does the API server's part, which depends on nothing but the line.
func (s *stage) prepare(set crd.Set) {
	defer close(s.ready)
	if s.fault = json.Unmarshal(s.line, &s.question); s.fault != nil {
		return
	}
	if s.fault = json.Unmarshal(s.question.Object, &s.name); s.fault != nil {
		return
	}
	var object map[string]any
	if s.fault = utiljson.Unmarshal(s.question.Object, &object); s.fault != nil {
		return
	}
	refusals, known := set.Admit(context.Background(), s.name, object)
	s.refusals = refusals
	if known && len(refusals) == 0 {
		s.stored, s.fault = json.Marshal(object)
	}
}

// conclude asks KubeRay. Feature gates are global, so only one line at a time may be here.
func (s *stage) conclude(release Release, gates *gates.Gates, withChildren bool) Verdict {
	<-s.ready
	if s.fault != nil {
		return Verdict{Error: s.fault.Error()}
	}
	if err := gates.Set(s.question.Gates); err != nil {
		return Verdict{Error: fmt.Sprintf("set the gates: %v", err)}
	}
	written := release.ask(s.name.Kind, s.question.Object)
	verdict := Verdict{KubeRay: written, APIServer: s.refusals, Object: s.stored}
	if s.stored == nil {
		return verdict
	}
	stored := release.ask(s.name.Kind, s.stored)
	if !same(stored, written) {
		verdict.Stored = stored
	}
	if withChildren && stored != nil && stored.Outcome == Accepted {
		children, err := release.children(s.name.Kind, s.stored)
		if err != nil {
			return Verdict{Error: err.Error()}
		}
		verdict.Children = children
	}
	return verdict
}
