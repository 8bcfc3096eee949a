package verdict

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/go-logr/logr"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/crd"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/gates"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/kuberay"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Main reads questions from stdin and writes verdicts to stdout, line by line and in order.
// A line is answered before another is waited for, so that a program may ask one thing after the other.
// With -check the lines are recorded answers, and only those that this release does not repeat are written.
// With -objects a verdict holds the object as stored, with -children what KubeRay makes of that.
// It exits with 1, after all lines are answered, if one could not be read or a recorded answer was not repeated.
func Main(release Release) {
	check := flag.Bool("check", false, "read recorded answers and print only what this release answers otherwise")
	objects := flag.Bool("objects", false, "print the objects as stored, too")
	children := flag.Bool("children", false, "print what KubeRay makes of the objects as stored, too")
	flag.Parse()
	out := os.Stdout
	if err := silence(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := run(release, *check, *objects, *children, os.Stdin, out); err != nil {
		fmt.Fprintf(os.Stderr, "verdict of %s: %v\n", kuberay.Release(), err)
		os.Exit(1)
	}
}

// silence drops what KubeRay logs and what it prints to stdout, which is for answers.
func silence() (err error) {
	log.SetLogger(logr.Discard())
	os.Stdout, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	return err
}

func run(release Release, check, objects, children bool, in io.Reader, out io.Writer) error {
	gates := gates.New()
	set, err := crd.Load(kuberay.Definitions...)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriter(out)
	report := newReport(kuberay.Release(), check, buffer)
	stages, failed := pipeline(in, set)
	for stage := range stages {
		verdict := stage.conclude(release, gates, children)
		if !objects {
			verdict.Object = nil
		}
		if err := report.add(stage.line, verdict); err != nil {
			return err
		}
		if len(stages) == 0 {
			if err := buffer.Flush(); err != nil {
				return err
			}
		}
	}
	if err := buffer.Flush(); err != nil {
		return err
	}
	if err := <-failed; err != nil {
		return err
	}
	return report.close()
}
