// Package life plays RayJobs' lives on the real RayJob controller of a KubeRay release, in a small world around it.
package life

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/go-logr/logr"
	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/crd"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/gates"
	"github.com/rayjob-policy/rayjob-policy/conformance/oracle/common/kuberay"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	kjson "sigs.k8s.io/json"
)

// Release is what differs between KubeRay releases: how their controller is made.
type Release struct {
	// Controller makes the RayJob controller, which takes the world's manager and dashboards.
	Controller func(context.Context, *World) reconcile.Reconciler
}

// Main reads scenarios from stdin and writes lives to stdout, line by line and in order.
// With -check the lines are recorded lives, and only those that this release does not repeat are written.
// It exits with 1, after all lines are played, if one could not be or a recorded life was not repeated.
func Main(release Release) {
	check := flag.Bool("check", false, "read recorded lives and print only those that this release does not repeat")
	command := flag.String("policy", "", "command of the policy that is asked about each write of a scenario that switches it on")
	flag.Parse()
	log.SetLogger(logr.Discard())
	// KubeRay itself prints there.
	out := os.Stdout
	os.Stdout = os.Stderr
	if err := run(context.Background(), release, *check, *command, os.Stdin, out); err != nil {
		fmt.Fprintf(os.Stderr, "life of %s: %v\n", kuberay.Release(), err)
		os.Exit(1)
	}
}

func run(ctx context.Context, release Release, check bool, command string, in io.Reader, out io.Writer) error {
	var policy *Policy
	if command != "" {
		started, err := startPolicy(command)
		if err != nil {
			return err
		}
		policy = started
	}
	gates := gates.New()
	set, err := crd.Load("ray.io_rayjobs.yaml")
	if err != nil {
		return err
	}
	report := newReport(kuberay.Release(), check, out)
	reader := bufio.NewReader(in)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := report.add(line, live(ctx, release, set, gates, policy, line)); err != nil {
				return err
			}
		}
		if err != nil {
			return report.close()
		}
	}
}

// live plays the scenario of one line.
func live(ctx context.Context, release Release, set crd.Set, gates *gates.Gates, policy *Policy, line []byte) Life {
	var scenario Scenario
	if err := json.Unmarshal(line, &scenario); err != nil {
		return Life{Error: err.Error()}
	}
	written, job, err := stored(ctx, set, scenario.Object)
	if err != nil {
		return Life{Error: err.Error()}
	}
	if err := gates.Set(scenario.Gates); err != nil {
		return Life{Error: err.Error()}
	}
	gate := &gate{set: set, written: written}
	if scenario.Policy != nil {
		if policy == nil {
			return Life{Error: "the scenario needs -policy"}
		}
		gate.policy, gate.switched = policy, *scenario.Policy
	}
	life, err := lived(ctx, release, gate, scenario, job)
	if err == nil {
		err = gate.broken
	}
	if err != nil {
		return Life{Error: err.Error(), Denied: gate.denials}
	}
	life.Denied = gate.denials
	return life
}

// lived plays a scenario. A RayJob whose creation is denied has no life.
func lived(ctx context.Context, release Release, gate *gate, scenario Scenario, job *rayv1.RayJob) (Life, error) {
	world, err := newWorld(ctx, gate, scenario, job)
	if apierrors.IsForbidden(err) {
		return Life{}, nil
	}
	if err != nil {
		return Life{}, err
	}
	return newPlay(world, release.Controller(ctx, world)).run(ctx)
}

// stored is the RayJob as an API server with the release's CRD stores it, and as the operator reads that.
func stored(ctx context.Context, set crd.Set, text []byte) (map[string]any, *rayv1.RayJob, error) {
	var name crd.Name
	if err := json.Unmarshal(text, &name); err != nil {
		return nil, nil, err
	}
	var object map[string]any
	if err := utiljson.Unmarshal(text, &object); err != nil {
		return nil, nil, err
	}
	if _, known := set.Admit(ctx, name, object); !known {
		return nil, nil, fmt.Errorf("no such kind: %s %s", name.APIVersion, name.Kind)
	}
	text, err := json.Marshal(object)
	if err != nil {
		return nil, nil, err
	}
	job := &rayv1.RayJob{}
	return object, job, kjson.UnmarshalCaseSensitivePreserveInts(text, job)
}
