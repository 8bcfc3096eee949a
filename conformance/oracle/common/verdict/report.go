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

	lines, unreadable, different int
}

func newReport(release string, check bool, out io.Writer) *report {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &report{release: release, check: check, out: encoder}
}

// recorded is a line of recorded answers, by release.
type recorded struct {
	KubeRay   map[string]*Answer  `json:"kuberay"`
	APIServer map[string][]string `json:"apiserver"`
	Stored    map[string]*Answer  `json:"stored"`
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
	if !r.check {
		return r.out.Encode(verdict)
	}
	var was recorded
	if err := json.Unmarshal(line, &was); err != nil {
		return fmt.Errorf("line %d: %w", r.lines, err)
	}
	before := Verdict{KubeRay: was.KubeRay[r.release], APIServer: was.APIServer[r.release], Stored: was.Stored[r.release]}
	if repeats(verdict, before) {
		return nil
	}
	r.different++
	return r.out.Encode(difference{r.lines, before, verdict})
}

// repeats tells whether an answered verdict is the recorded one.
func repeats(answered, recorded Verdict) bool {
	return same(recorded.KubeRay, answered.KubeRay) &&
		slices.Equal(withoutCompanions(recorded.APIServer), withoutCompanions(answered.APIServer)) &&
		same(recorded.Stored, answered.Stored) &&
		recorded.Error == answered.Error
}

// withoutCompanions leaves out what CEL rules say beside other refusals. Most answers were recorded by asking CEL rules only of
// objects without any other error.
func withoutCompanions(refusals []string) []string {
	if others := slices.DeleteFunc(slices.Clone(refusals), byRule); len(others) > 0 {
		return others
	}
	return refusals
}

// byRule tells whether a CEL rule refused.
func byRule(refusal string) bool { return strings.HasPrefix(refusal, "[]") }

// close says what was wrong, as an error if anything was.
func (r *report) close() error {
	if r.check {
		fmt.Fprintf(os.Stderr, "release %s repeats %d of %d recorded answers\n", r.release, r.lines-r.different, r.lines)
	}
	if r.unreadable+r.different == 0 {
		return nil
	}
	return fmt.Errorf("%d lines not read, %d answers other than recorded", r.unreadable, r.different)
}
