package verdict

import (
	"encoding/json"
	"testing"
)

func TestAnAnswerIsReadAsItWasWritten(t *testing.T) {
	for written, want := range map[string]Answer{
		`"accepted"`:                   {Outcome: Accepted},
		`{"refused":"a < b"}`:          {Refused, "a < b"},
		`{"clusterRefused":"no head"}`: {ClusterRefused, "no head"},
		`{"crashed":"nil"}`:            {Crashed, "nil"},
		`{"unreadable":"no number"}`:   {Undecodable, "no number"},
	} {
		var got Answer
		if err := json.Unmarshal([]byte(written), &got); err != nil || got != want {
			t.Errorf("%s is read as %v, %v", written, got, err)
		}
		if again, err := got.MarshalJSON(); err != nil || string(again) != written+"\n" {
			t.Errorf("%s is written as %s, %v", written, again, err)
		}
	}
	for _, written := range []string{`"refused"`, `{}`, `{"accepted": ""}`, `{"refused": "a", "crashed": "b"}`, `[]`} {
		if json.Unmarshal([]byte(written), new(Answer)) == nil {
			t.Errorf("%s is an answer", written)
		}
	}
}

func TestTheOrderOfErrorsDoesNotCount(t *testing.T) {
	refused := func(text string) *Answer { return &Answer{Refused, text} }
	for _, c := range []struct {
		a, b *Answer
		want bool
	}{
		{nil, nil, true},
		{nil, refused("a"), false},
		{refused("a"), &Answer{ClusterRefused, "a"}, false},
		{refused("a"), refused("b"), false},
		{refused("The RayJob spec is invalid: a; b"), refused("The RayJob spec is invalid: b; a"), true},
		{refused("The RayJob spec is invalid: a; b"), refused("The RayJob spec is invalid: a; a"), false},
		{refused("for JobStatus 'A'\nfor JobStatus 'B'"), refused("for JobStatus 'B'\nfor JobStatus 'A'"), true},
	} {
		if same(c.a, c.b) != c.want {
			t.Errorf("%v and %v: not %t", c.a, c.b, c.want)
		}
	}
}
