// Package cluster asks a real Kubernetes API server, built from its Go module, with KubeRay's CRDs and the manifests under deploy.
//
// `make e2e-cluster` builds what it needs: kube-apiserver, OPA and the bundle. etcd must be installed.
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
		"--listen-client-urls", store, "--advertise-client-urls", store,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)

	key, tokens := filepath.Join(dir, "service-accounts.key"), filepath.Join(dir, "tokens.csv")
	writeKey(t, key, newKey(t))
	writeFile(t, tokens, token+",admin,admin,system:masters\n")
	run(t, filepath.Join(root, "target/cluster/kube-apiserver"),
		"--etcd-servers", store, "--bind-address", "127.0.0.1", "--secure-port", fmt.Sprint(port), "--cert-dir", dir,
		"--token-auth-file", tokens, "--authorization-mode", "AlwaysAllow", "--service-cluster-ip-range", "10.0.0.0/24",
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
	return &controlPlane{config}
}

// run starts a program and ends it with the test. If it ends by itself, the test fails with what it printed.
func run(t *testing.T, program string, arguments ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, arguments...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 20 * time.Second
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		select {
		case err := <-ended:
			t.Errorf("%s ended: %v: %s", program, err, output.Bytes()[max(0, output.Len()-4000):])
		default:
			cancel()
			<-ended
		}
	})
}

// eventually waits until attempt succeeds, for as long as a slow machine may need.
func eventually(t *testing.T, what string, attempt func() error) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		err := attempt()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never seen: %s: %v", what, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
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
