package cluster

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// TestFaults shows what the user of the API server is told if no verdict comes back: nothing is stored, unless failurePolicy is Ignore.
func TestFaults(t *testing.T) {
	plane := startControlPlane(t)
	plane.installKubeRay(t)
	certificate, key := selfSigned(t)
	answers := func(status int, body string) string {
		return serve(t, certificate, key, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
	fine := withWorkers(1, 1)
	for _, fault := range []struct{ name, address, told string }{
		{"down", fmt.Sprintf("127.0.0.1:%d", freePort(t)), "connection refused"},
		{"slow", neverAnswers(t), "context deadline exceeded"},
		{"another certificate", func() string {
			certificate, key := selfSigned(t)
			return serve(t, certificate, key, func(http.ResponseWriter, *http.Request) {})
		}(), "certificate signed by unknown authority"},
		{"cut off", serve(t, certificate, key, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "received from peer"},
		{"too large", answers(http.StatusRequestEntityTooLarge, "{}"), "status code 413"},
		{"no policy", answers(http.StatusNotFound, "{}"), "could not find the requested resource"},
		{"an error", answers(http.StatusInternalServerError, "{}"), "an error on the server"},
		{"no verdict", answers(http.StatusOK, `{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}`), "webhook response was absent"},
		{"OPA without the bundle", opaWithoutBundle(t, certificate, key), "could not find the requested resource"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			configuration := webhook(t, fault.address, certificate)
			hook := hook(configuration)
			hook["timeoutSeconds"] = int64(1)
			plane.ask(t, configuration)
			eventually(t, "nothing is stored", func() error {
				_, err := plane.user(t).try(asked{sent: fine})
				isTold := apierrors.IsInternalError(err) && strings.Contains(err.Error(), "failed calling webhook")
				if !isTold || !strings.Contains(err.Error(), fault.told) {
					return fmt.Errorf("answered %v", err)
				}
				return nil
			})
			hook["failurePolicy"] = "Ignore"
			plane.ask(t, configuration)
			eventually(t, "everything is stored", func() error {
				_, err := plane.user(t).try(asked{sent: fine})
				return err
			})
		})
	}
}

// serve answers over HTTPS, and returns the address.
func serve(t *testing.T, certificate, key string, answer http.HandlerFunc) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// The API server goes away in the middle.
	server := &http.Server{Handler: answer, ErrorLog: log.New(io.Discard, "", 0)}
	t.Cleanup(func() { server.Close() })
	go server.ServeTLS(listener, certificate, key)
	return listener.Addr().String()
}

// opaWithoutBundle is the address of OPA, which knows no policy.
func opaWithoutBundle(t *testing.T, certificate, key string) string {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	runHearing(t, isComplaint, filepath.Join(root, "target/tools/opa"), "run", "--server", "--skip-version-check", "--addr", address,
		"--tls-cert-file", certificate, "--tls-private-key-file", key)
	return address
}
