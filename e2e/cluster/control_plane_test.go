// Package cluster asks a real Kubernetes API server, built from its Go module, with KubeRay's CRDs and the manifests under deploy.
//
// `make e2e-cluster` builds what it needs: kube-apiserver, OPA, the bundle and rayjob-policy-conformance. etcd must be installed.
package cluster

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// root is the project's folder.
const root = "../.."

const token = "loopback"

// A controlPlane is a Kubernetes API server with its store, on loopback, in which everybody may do everything.
type controlPlane struct {
	config *rest.Config
	// The release of KubeRay whose CRDs are installed, their kinds, and how their schemas are described.
	release   string
	kinds     []string
	described string
}

// startControlPlane starts etcd and kube-apiserver and stops them at the end of the test.
func startControlPlane(t *testing.T) *controlPlane {
	t.Helper()
	dir := t.TempDir()
	storePort, peerPort, port := freePort(t), freePort(t), freePort(t)
	store := fmt.Sprintf("http://127.0.0.1:%d", storePort)
	peer := fmt.Sprintf("http://127.0.0.1:%d", peerPort)
	run(t, "etcd",
		"--data-dir", filepath.Join(dir, "etcd"), "--log-level", "error", "--unsafe-no-fsync",
		// It gives up a request after twice the election's time, and five seconds.
		"--heartbeat-interval", "500", "--election-timeout", "5000",
		"--listen-client-urls", store, "--advertise-client-urls", store,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)

	key, tokens := filepath.Join(dir, "service-accounts.key"), filepath.Join(dir, "tokens.csv")
	writeKey(t, key, newKey(t))
	writeFile(t, tokens, token+",admin,admin,system:masters\n")
	run(t, filepath.Join(root, "target/cluster/kube-apiserver"),
		"--etcd-servers", store, "--bind-address", "127.0.0.1", "--secure-port", fmt.Sprint(port), "--cert-dir", dir,
		"--token-auth-file", tokens, "--authorization-mode", "AlwaysAllow", "--service-cluster-ip-range", "10.0.0.0/24", "--allow-privileged",
		"--service-account-issuer", "https://kubernetes.default.svc",
		"--service-account-key-file", key, "--service-account-signing-key-file", key)

	config := &rest.Config{
		Host:            fmt.Sprintf("https://127.0.0.1:%d", port),
		BearerToken:     token,
		TLSClientConfig: rest.TLSClientConfig{CAFile: filepath.Join(dir, "apiserver.crt")},
		QPS:             -1,
	}
	eventually(t, "the API server is ready", func() error {
		client, err := rest.HTTPClientFor(config)
		if err != nil {
			return err
		}
		answer, err := client.Get(config.Host + "/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("readyz: %s", answer.Status)
		}
		return nil
	})
	return &controlPlane{config: config}
}

// run starts a program and ends it with the test. If it ends by itself, the test fails; if the test fails, it shows what the program printed.
func run(t *testing.T, program string, arguments ...string) {
	t.Helper()
	runHearing(t, func([]byte) bool { return true }, program, arguments...)
}

// runHearing runs a program of which only some lines are worth showing.
func runHearing(t *testing.T, isWorth func(line []byte) bool, program string, arguments ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, arguments...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 20 * time.Second
	heard := &hearing{isWorth: isWorth}
	command.Stdout, command.Stderr = heard, heard
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := command.Wait(); ctx.Err() == nil {
			t.Errorf("%s ended: %v", program, err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("%s printed: %s", program, heard.kept)
		}
	})
}

// A hearing keeps the last of the lines that are worth it.
type hearing struct {
	isWorth    func(line []byte) bool
	line, kept []byte
}

func (h *hearing) Write(text []byte) (int, error) {
	h.line = append(h.line, text...)
	for {
		end := bytes.IndexByte(h.line, '\n') + 1
		if end == 0 {
			return len(text), nil
		}
		if h.isWorth(h.line[:end]) {
			h.kept = append(h.kept, h.line[:end]...)
			h.kept = h.kept[max(0, len(h.kept)-20_000):]
		}
		h.line = h.line[end:]
	}
}

// eventually waits until attempt succeeds, for as long as a slow machine may need, unless the test has failed already.
func eventually(t *testing.T, what string, attempt func() error) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Minute)
	for {
		err := attempt()
		if err == nil {
			return
		}
		if t.Failed() || time.Now().After(deadline) {
			t.Fatalf("never seen: %s: %v", what, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

var lastPort atomic.Int64

// freePort is a port that nobody listens on. It is none of those that the system gives to a connection before it is used.
func freePort(t *testing.T) int {
	t.Helper()
	for range 1000 {
		port := 20_000 + (os.Getpid()*31+int(lastPort.Add(1)))%12_000
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writeKey(t *testing.T, path string, key *ecdsa.PrivateKey) {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})))
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
