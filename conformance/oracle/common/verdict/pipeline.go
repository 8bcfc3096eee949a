package verdict

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"runtime"

	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/crd"
)

// pipeline starts a stage for each line that is not empty, several at a time, and hands them out in order.
// The second channel gives the error that ended the input, if any.
func pipeline(in io.Reader, set crd.Set) (<-chan *stage, <-chan error) {
	stages := make(chan *stage, 64)
	failed := make(chan error, 1)
	todo := make(chan *stage)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for stage := range todo {
				stage.prepare(set)
			}
		}()
	}
	go func() {
		defer close(stages)
		defer close(todo)
		reader := bufio.NewReader(in)
		for {
			line, err := reader.ReadBytes('\n')
			if line = bytes.TrimSpace(line); len(line) > 0 {
				stage := &stage{line: line, ready: make(chan struct{})}
				stages <- stage
				todo <- stage
			}
			if errors.Is(err, io.EOF) {
				failed <- nil
				return
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	return stages, failed
}
