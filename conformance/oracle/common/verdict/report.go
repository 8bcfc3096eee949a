package verdict

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// report writes verdicts and counts what is wrong with them.
type report struct {
	release string
	check   bool
	out     *json.Encoder

	lines, unreadable, unmapped, different int
}

func newReport(release string, check bool, out io.Writer) *report {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &report{release: release, check: check, out: encoder}
}

// recorded is a line of recorded answers, by release.
type recorded struct {
	KubeRay   map[string][]string  `json:"kuberay"`
	APIServer map[string][]string  `json:"apiserver"`
	Stored    map[string]*[]string `json:"stored"`
}

// difference is a line of output of a check.
type difference struct {
	Line     int     `json:"line"`
	Recorded Verdict `json:"recorded"`
	Answered Verdict `json:"answered"`
}

func (r *report) add(line []byte, verdict Verdict) error {
	r.lines++
	if verdict.Error != "" {
		r.unreadable++
	}
	if slices.ContainsFunc(verdict.KubeRay, unmapped) || verdict.Stored != nil && slices.ContainsFunc(*verdict.Stored, unmapped) {
		r.unmapped++
	}
	if !r.check {
		return r.out.Encode(verdict)
	}
	var was recorded
	if err := json.Unmarshal(line, &was); err != nil {
		return fmt.Errorf("line %d: %w", r.lines, err)
	}
	before := Verdict{KubeRay: was.KubeRay[r.release], APIServer: was.APIServer[r.release], Stored: was.Stored[r.release]}
	if same(before, verdict) {
		return nil
	}
	r.different++
	return r.out.Encode(difference{r.lines, before, verdict})
}

// same compares a recorded verdict with an answered one, in all but KubeRay's own text, which is not recorded.
// When the answers were recorded, CEL rules were asked only of objects without any other error.
func same(recorded, answered Verdict) bool {
	refusals := answered.APIServer
	if others := slices.DeleteFunc(slices.Clone(refusals), byRule); len(others) > 0 {
		refusals = others
	}
	return (recorded.KubeRay == nil) == (answered.KubeRay == nil) &&
		slices.Equal(recorded.KubeRay, answered.KubeRay) &&
		slices.Equal(recorded.APIServer, refusals) &&
		(recorded.Stored == nil) == (answered.Stored == nil) &&
		(recorded.Stored == nil || slices.Equal(*recorded.Stored, *answered.Stored)) &&
		recorded.Error == answered.Error
}

// byRule tells whether a CEL rule refused.
func byRule(refusal string) bool { return strings.HasPrefix(refusal, "[]") }

func unmapped(id string) bool { return strings.Contains(id, "unmapped: ") }

// close says what was wrong, as an error if anything was.
func (r *report) close() error {
	if r.check {
		fmt.Fprintf(os.Stderr, "release %s repeats %d of %d recorded answers\n", r.release, r.lines-r.different, r.lines)
	}
	if r.unreadable+r.unmapped+r.different == 0 {
		return nil
	}
	return fmt.Errorf("%d lines not read, %d texts without a rule id, %d answers other than recorded", r.unreadable, r.unmapped, r.different)
}
