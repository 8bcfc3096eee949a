package verdict

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryPatternIsFoundByItsOwnText(t *testing.T) {
	for _, rule := range texts {
		text := strings.ReplaceAll(rule.pattern, "*", "quoted") + " and so on"
		if got := Ids(text); !slices.Equal(got, []string{rule.id}) {
			t.Errorf("%q is read as %v, not as %s", text, got, rule.id)
		}
	}
}

func TestIds(t *testing.T) {
	for text, want := range map[string][]string{
		"backoffLimit must be a positive integer":                                            {"backoff-negative"},
		"The RayJob spec is invalid: backoffLimit must be a positive integer":                {"backoff-negative"},
		"invalid RayJob template: The RayJob spec is invalid: backoffLimit must be positive": {"backoff-negative"},
		"something else":                       {"unmapped: something else"},
		"no such backoffLimit must be a thing": {"unmapped: no such backoffLimit must be a thing"},
		"failed to unmarshal RuntimeEnvYAML: x\nfor JobStatus\nbackoffLimit must be: yaml: line 1":                                                                                          {"runtime-env-invalid"},
		"worker group backoffLimit must be has negative minReplicas -1":                                                                                                                     {"worker-min-replicas-negative"},
		"shutdownAfterJobFinshes is set to 'true' while deletion policy is 'DeleteNone'":                                                                                                    {"deletion-policy-none-shutdown"},
		"The RayJob spec is invalid: shutdownAfterJobFinshes is set to 'true' while":                                                                                                        {"deletion-legacy-none-shutdown"},
		"deletionRules[0]: TTLSeconds must be non-negative\ndeletionRules[2]: TTLSeconds must be non-negative\nfor JobStatus 'FAILED': DeleteSelf TTL (1) must be >= DeleteCluster TTL (2)": {"deletion-rule-ttl-negative", "deletion-rule-ttl-order"},
		"deletionRules[0]: TTLSeconds must be non-negative\nnever heard of":                                                                                                                 {"deletion-rule-ttl-negative", "unmapped: never heard of"},
	} {
		if got := Ids(text); !slices.Equal(got, want) {
			t.Errorf("%q is read as %v, not as %v", text, got, want)
		}
	}
}
