package verdict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Answer is what KubeRay says of one object. In JSON it is "accepted", or an object with the outcome as its one key: {"refused": TEXT}.
type Answer struct {
	Outcome Outcome
	// Text is KubeRay's own text; empty if it accepts the object.
	Text string
}

// Outcome is what becomes of an object.
type Outcome string

const (
	// Accepted means that no validator has an error.
	Accepted Outcome = "accepted"
	// Refused means that a validator of the object itself has an error.
	Refused Outcome = "refused"
	// ClusterRefused means that the object passes and the RayCluster that it would make does not.
	ClusterRefused Outcome = "clusterRefused"
	// Crashed means that a validator panicked.
	Crashed Outcome = "crashed"
	// Undecodable means that the operator could not decode the object.
	Undecodable Outcome = "unreadable"
)

// newAnswer replaces what JSON could not hold, so that an answer is the same after it was recorded.
func newAnswer(outcome Outcome, text string) *Answer {
	return &Answer{outcome, strings.ToValidUTF8(text, "\uFFFD")}
}

// MarshalJSON writes "accepted" or {OUTCOME: TEXT}, with "<", ">" and "&" as they are.
func (a Answer) MarshalJSON() ([]byte, error) {
	var written any = a.Outcome
	if a.Outcome != Accepted {
		written = map[Outcome]string{a.Outcome: a.Text}
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(written)
	return buffer.Bytes(), err
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Answer) UnmarshalJSON(written []byte) error {
	if string(written) == `"accepted"` {
		*a = Answer{Outcome: Accepted}
		return nil
	}
	var texts map[Outcome]string
	if err := json.Unmarshal(written, &texts); err != nil {
		return err
	}
	if len(texts) != 1 {
		return fmt.Errorf("%s: expected an object with one key", written)
	}
	for outcome, text := range texts {
		switch outcome {
		case Refused, ClusterRefused, Crashed, Undecodable:
			*a = Answer{outcome, text}
		default:
			return fmt.Errorf("%q: expected refused, clusterRefused, crashed or unreadable", outcome)
		}
	}
	return nil
}

// read turns the error of a validator into an answer.
func read(err error) *Answer {
	var unreadable Unreadable
	switch {
	case err == nil:
		return newAnswer(Accepted, "")
	case errors.As(err, &unreadable):
		return newAnswer(Undecodable, unreadable.cause.Error())
	case errors.As(err, new(ofChild)):
		return newAnswer(ClusterRefused, err.Error())
	default:
		return newAnswer(Refused, err.Error())
	}
}

// joints stand between the errors of a text, and between its frame and the first of them.
var joints = regexp.MustCompile("; |\n| is invalid: ")

// same tells whether two answers are the same, or there is none. Where KubeRay goes through a Go map, such as the labels of a group, the
// order of its errors differs from call to call, so it does not count.
func same(a, b *Answer) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Outcome == b.Outcome && slices.Equal(sorted(a.Text), sorted(b.Text))
}

func sorted(text string) []string {
	errs := joints.Split(text, -1)
	slices.Sort(errs)
	return errs
}
