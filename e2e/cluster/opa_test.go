package cluster

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// testOPA makes OPA, with the bundle, the webhook of an API server, and compares what users are told with the policy's verdicts.
func testOPA(t *testing.T, plane *controlPlane, questions map[string][]asked) {
	program := filepath.Join(root, "target/tools/opa")
	bundle := filepath.Join(root, "dist/bundle.tar.gz")
	for _, file := range []string{program, bundle} {
		if _, err := os.Stat(file); err != nil {
			t.Fatalf("%v: make build target/tools/opa", err)
		}
	}
	broken := plane.stored(t, questions["recorded objects"])
	last := broken[0]
	plane.user(t).change(t, last, "add the finalizer", addFinalizer)

	t.Run("up", func(t *testing.T) {
		address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
		certificate, key := selfSigned(t)
		// Only this level tells what OPA says instead of a verdict.
		runHearing(t, isComplaint, program, "run", "--server", "--skip-version-check", "--log-level", "debug", "--addr", address,
			"--tls-cert-file", certificate, "--tls-private-key-file", key, "--bundle", bundle, settingsBundle(t))
		configuration := webhook(t, address, certificate)
		// How fast this machine is does not matter.
		hook(configuration)["timeoutSeconds"] = int64(30)
		plane.ask(t, configuration)
		eventually(t, "OPA refuses", func() error { return refuses(plane.user(t)) })

		plane.compare(t, questions, func(v verdict) expectation { return v.Answer })
		t.Run("the others write what they must", func(t *testing.T) { testWriters(t, plane, broken[1:]) })
	})

	t.Run("down", func(t *testing.T) {
		certificate, _ := selfSigned(t)
		plane.ask(t, webhook(t, fmt.Sprintf("127.0.0.1:%d", freePort(t)), certificate))
		eventually(t, "nothing is stored", func() error {
			if _, err := plane.user(t).try(asked{sent: withWorkers(1, 1)}); !apierrors.IsInternalError(err) {
				return fmt.Errorf("answered %v", err)
			}
			return nil
		})
		// It is deleted all the same, with its finalizer.
		plane.user(t).end(t, last)
	})
}

// isComplaint tells of a line of OPA's log whether it is about anything but a question and its verdict.
func isComplaint(line []byte) bool {
	return !bytes.Contains(line, []byte(`"msg":"Received request."`)) && !bytes.Contains(line, []byte(`"resp_status":200`))
}

// refuses tells whether an object that the policy refuses is refused.
func refuses(user *user) error {
	if _, err := user.try(asked{sent: withWorkers(1, -1)}); !apierrors.IsInvalid(err) {
		return fmt.Errorf("answered %v", err)
	}
	return nil
}

// settingsBundle is a bundle with the settings of the policy.
func settingsBundle(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, ".manifest"), `{"roots": ["kuberay/rayjob/settings"]}`)
	writeFile(t, filepath.Join(dir, "data.json"), `{"kuberay": {"rayjob": {"settings": {"kuberayVersion": "`+release+`"}}}}`)
	return dir
}

// webhook is the manifest under deploy, but for where OPA is: at an address on loopback.
func webhook(t *testing.T, address, certificate string) *unstructured.Unstructured {
	t.Helper()
	pem, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	configuration := manifests(t, filepath.Join(root, "deploy/opa/webhook.yaml"))[0]
	client := hook(configuration)["clientConfig"].(map[string]any)
	path := client["service"].(map[string]any)["path"].(string)
	delete(client, "service")
	client["url"] = "https://" + address + path
	client["caBundle"] = base64.StdEncoding.EncodeToString(pem)
	return configuration
}

// hook is the only webhook of a configuration.
func hook(configuration *unstructured.Unstructured) map[string]any {
	return configuration.Object["webhooks"].([]any)[0].(map[string]any)
}

// selfSigned makes a certificate of 127.0.0.1, and its key.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "opa.crt"), filepath.Join(dir, "opa.key")
	writeFile(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeKey(t, key, private)
	return certificate, key
}

// neverAnswers is the address of a server that accepts connections and says nothing.
func neverAnswers(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

// An answer is what a host is told by the policy.
type answer struct {
	Code     int32    `json:"code"`
	Message  string   `json:"message"`
	Warnings []string `json:"warnings"`
}

func (a answer) refuses() bool { return a.Code != 0 }
func (a answer) warns() bool   { return len(a.Warnings) > 0 }

func (a answer) differs(answered error, warnings []string) string {
	var got answer
	if status := apierrors.APIStatus(nil); errors.As(answered, &status) {
		_, message, isWebhook := strings.Cut(answered.Error(), "denied the request: ")
		if !isWebhook {
			return fmt.Sprintf("answered %v", answered)
		}
		got.Code, got.Message = status.Status().Code, message
	}
	for _, warning := range warnings {
		// The API server has warnings of its own.
		isPolicy := rule(strings.Replace(warning, ", as stored]", "]", 1)) != "" || strings.HasPrefix(warning, "and ")
		if isPolicy {
			got.Warnings = append(got.Warnings, warning)
		}
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", a) {
		return fmt.Sprintf("answered %q instead of %q", got, a)
	}
	return ""
}
