package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// A question is an object that is created, or that replaces a stored one.
type question struct {
	Object    map[string]any `json:"object"`
	OldObject map[string]any `json:"oldObject,omitempty"`
}

// A verdict is what the policy says.
type verdict struct {
	Answer answer `json:"answer"`
	Stated stated `json:"stated"`
}

// An expectation is what somebody who asks the API server should be told.
type expectation interface {
	refuses() bool
	warns() bool
	// differs says how the answer differs, if it does.
	differs(answer error, warnings []string) string
}

// Stated are the messages of those findings that can be made in CEL.
type stated struct {
	Denials  []string `json:"denials"`
	Warnings []string `json:"warnings"`
}

func (s stated) refuses() bool { return len(s.Denials) > 0 }
func (s stated) warns() bool   { return len(s.Warnings) > 0 }

// judge asks the policy itself. Options are those of `cargo conformance verdicts`.
func judge(t *testing.T, release string, questions []question, options ...string) []verdict {
	t.Helper()
	var input bytes.Buffer
	lines := json.NewEncoder(&input)
	for _, question := range questions {
		if err := lines.Encode(question); err != nil {
			t.Fatal(err)
		}
	}
	verdicts := conformance[verdict](t, &input, append([]string{"verdicts", "--kuberay", release}, options...)...)
	if len(verdicts) != len(questions) {
		t.Fatalf("%d verdicts on %d questions", len(verdicts), len(questions))
	}
	return verdicts
}

// examples are those of the catalogue of rules.
func examples(t *testing.T, release string) []question {
	t.Helper()
	return conformance[question](t, nil, "examples", "--kuberay", release)
}

// conformance runs the project's program of that name and reads what it prints, one JSON value a line.
func conformance[T any](t *testing.T, input io.Reader, arguments ...string) []T {
	t.Helper()
	command := exec.Command(filepath.Join(root, "target/debug/rayjob-policy-conformance"), arguments...)
	command.Stdin = input
	output, err := command.Output()
	if err != nil {
		complaint := &exec.ExitError{}
		errors.As(err, &complaint)
		t.Fatalf("%v: %s", err, complaint.Stderr)
	}
	var values []T
	for lines := json.NewDecoder(bytes.NewReader(output)); lines.More(); {
		var value T
		if err := lines.Decode(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	return values
}

var ruleID = regexp.MustCompile(`\[([a-z0-9-]+)\]$`)

// rule is the ID of the rule that a message tells of.
func rule(message string) string {
	if found := ruleID.FindStringSubmatch(message); found != nil {
		return found[1]
	}
	return ""
}

// An API server tells of one rule in full, and the policy names the others.
func (s stated) differs(answer error, warnings []string) string {
	if answer == nil {
		if len(s.Denials) > 0 {
			return fmt.Sprintf("not refused: %v", s.Denials)
		}
		return differing(s.Warnings, warnings)
	}
	_, message, isPolicy := strings.Cut(answer.Error(), "denied request: ")
	if !isPolicy || !apierrors.IsInvalid(answer) {
		return fmt.Sprintf("answered %v", answer)
	}
	// The rule that is told in full, and those that are only named.
	told, others, isMore := strings.Cut(message, "] and ")
	ids := []string{}
	if isMore {
		told += "]"
		_, list, _ := strings.Cut(others, " more: ")
		ids = strings.Split(list, ", ")
	}
	if !slices.ContainsFunc(s.Denials, func(denial string) bool { return same(denial, told) }) {
		return fmt.Sprintf("refused with %q instead of %q", told, s.Denials)
	}
	ids = append(ids, rule(told))
	due := []string{}
	for _, denial := range s.Denials {
		due = append(due, rule(denial))
	}
	if due, ids = unique(due), unique(ids); !slices.Equal(due, ids) {
		return fmt.Sprintf("refused for %v instead of %v", ids, due)
	}
	return ""
}

func unique(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// shortened are the rules whose advice CEL gives in fewer words: it looks for no similar word.
var shortened = []string{"trap-unknown-mode", "pod-enum", "pod-mount-no-volume", "pod-port-protocol"}

// brief is a message without the advice, if its rule gives that in fewer words.
func brief(message, rule string) string {
	if slices.Contains(shortened, rule) {
		message, _, _ = strings.Cut(message, "; ")
	}
	return message
}

// same tells whether two messages are the same, but for the advice of the rules that CEL gives in fewer words.
func same(denial, told string) bool {
	id := rule(denial)
	return id == rule(told) && brief(denial, id) == brief(told, id)
}

// differing says how warnings differ from those that are due. An API server cuts long ones, and gives one for each rule.
func differing(due, given []string) string {
	var told []string
	for _, warning := range given {
		if _, text, isPolicy := strings.Cut(warning, "': "); isPolicy {
			told = append(told, text)
		}
	}
	isTold := func(due string) bool {
		id := rule(due)
		return slices.ContainsFunc(told, func(text string) bool { return text != "" && strings.HasPrefix(brief(due, id), brief(text, id)) })
	}
	var rules []string
	for _, due := range due {
		if isTold(due) {
			rules = append(rules, rule(due))
		}
	}
	isMissing := slices.ContainsFunc(due, func(due string) bool { return !slices.Contains(rules, rule(due)) })
	if isMissing || len(told) > len(due) {
		return fmt.Sprintf("warned with %q instead of %q", told, due)
	}
	return ""
}
