package life

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
)

// report writes lives and counts what is wrong with them.
type report struct {
	release string
	check   bool
	out     *json.Encoder

	lines, unplayed, different int
}

func newReport(release string, check bool, out io.Writer) *report {
	return &report{release: release, check: check, out: json.NewEncoder(out)}
}

// difference is a line of output of a check.
type difference struct {
	ID       string `json:"id"`
	Recorded Life   `json:"recorded"`
	Played   Life   `json:"played"`
}

func (r *report) add(line []byte, life Life) error {
	r.lines++
	if life.Error != "" {
		r.unplayed++
	}
	if !r.check {
		return r.out.Encode(life)
	}
	var was struct {
		ID    string          `json:"id"`
		Lives map[string]Life `json:"lives"`
	}
	if err := json.Unmarshal(line, &was); err != nil {
		return fmt.Errorf("line %d: %w", r.lines, err)
	}
	recorded, known := was.Lives[r.release]
	if !known {
		r.lines--
		return nil
	}
	if reflect.DeepEqual(recorded, life) {
		return nil
	}
	r.different++
	return r.out.Encode(difference{was.ID, recorded, life})
}

// close says what was wrong, as an error if anything was.
func (r *report) close() error {
	if r.check {
		fmt.Fprintf(os.Stderr, "release %s repeats %d of %d recorded lives\n", r.release, r.lines-r.different, r.lines)
	}
	if r.unplayed+r.different == 0 {
		return nil
	}
	return fmt.Errorf("%d scenarios not played, %d lives other than recorded", r.unplayed, r.different)
}
