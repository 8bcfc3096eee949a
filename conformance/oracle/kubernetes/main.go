// Command kubernetes says what an API server refuses of the objects that KubeRay makes of a RayJob: pods, Services, the batch Job and,
// if that is accepted, a pod of it.
//
// Each line of input is a line of output of a release's `verdict -children`; other keys than `children` are ignored. Each line of
// output answers one, in order, before another is waited for.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// question is a line of input.
type question struct {
	Children []child `json:"children"`
}

// child is an object that KubeRay makes, or what keeps it from being made.
type child struct {
	Name    string          `json:"child"`
	Object  json.RawMessage `json:"object"`
	Refusal *refusal        `json:"refusal"`
}

// answer is a line of output.
type answer struct {
	// Refusals are the faults of all children, in their order.
	Refusals []refusal `json:"refusals"`
	// Error says why the line could not be read.
	Error string `json:"error,omitempty"`
}

// refusal is one fault of a child.
type refusal struct {
	// Child is its name, or submitterPod for a pod of the submitter.
	Child string `json:"child"`
	// Path is where the fault is, as Kubernetes writes it.
	Path string `json:"childPath"`
	// Type is Required, Invalid, Duplicate, NotSupported, NotFound, Forbidden, TooLong ...
	Type string `json:"type"`
	// Message is what Kubernetes says of it.
	Message string `json:"message"`
	// By is operator, admission or allocator, if it is not validation that refuses.
	By string `json:"by,omitempty"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "kubernetes: %v\n", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	reader, buffer := bufio.NewReader(in), bufio.NewWriter(out)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	for {
		line, err := reader.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := encoder.Encode(judge(line)); err != nil {
				return err
			}
		}
		if reader.Buffered() == 0 || err != nil {
			if err := buffer.Flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// judge answers one line.
func judge(line []byte) answer {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	refusals := []refusal{}
	taken := allocations{}
	for _, child := range asked.Children {
		if child.Refusal != nil {
			refusals = append(refusals, *child.Refusal)
		}
		if child.Object == nil {
			continue
		}
		found, err := refusalsOf(child, taken)
		if err != nil {
			return answer{Error: fmt.Sprintf("%s: %v", child.Name, err)}
		}
		refusals = append(refusals, found...)
	}
	return answer{Refusals: refusals}
}
