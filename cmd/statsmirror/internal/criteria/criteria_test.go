package criteria

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/store"
	"statsmirror/store/column"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]List{
		"":                          nil,
		"dice:max,voi:min,other":    {{"dice", Max}, {"voi", Min}, {"other", ""}},
		"instance":                  {{"voi_split", Min}, {"voi_merge", Min}, {"voi", Min}},
		"instance,extra:max":        {{"voi_split", Min}, {"voi_merge", Min}, {"voi", Min}, {"extra", Max}},
		"a__dummy,b__dummy":         {{"a__frizz_level", Max}, {"a__blipp_score", Min}, {"b__frizz_level", Max}, {"b__blipp_score", Min}},
		"dice@tolerance 1:max":      nil,
		"F1.5-score:max,größe:min":  {{"F1.5-score", Max}, {"größe", Min}},
		"mito__dice,mito__voi:min":  {{"mito__dice", ""}, {"mito__voi", Min}},
		"binary_:max,not_a_set:min": {{"binary_", Max}, {"not_a_set", Min}},
	} {
		got, err := Parse(text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s (%v)", text, diff, err)
		}
		if again, err := Parse(got.String()); err != nil || !cmp.Equal(got, again) {
			t.Errorf("%q: String gives %q, which is another list (%v)", text, got, err)
		}
	}
}

func TestWrongCriteriaAreErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"dice:up":          `the direction "up"; it must be max or min`,
		"dice:":            `the direction ""; it must be max or min`,
		"dice,,voi":        "a criterion has no name",
		"dice:max,dice":    `two criteria are called "dice"`,
		"binary,voi:min":   `two criteria are called "voi"`,
		"instance,dummy,0": `"0" is not a name`,
		"-x":               `"-x" is not a name`,
		"a b":              `"a b" is not a name`,
		"a\x1b[31m":        `is not a name`,
		"a/b":              `"a/b" is not a name`,
		"mito__binry":      "did you mean binary?",
	} {
		if l, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v; want an error with %q", text, l, err, want)
		}
	}
	if _, err := Parse(strings.Repeat("x,", most) + "x"); err == nil {
		t.Error("more criteria than the most are taken")
	}
}

func TestSetsHaveDistinctNamesAndDirections(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"binary": 21, "dummy": 2, "instance": 3} {
		set, err := Parse(name)
		if err != nil || len(set) != size {
			t.Errorf("%s: got %d criteria, %v; want %d", name, len(set), err, size)
		}
		for _, c := range set {
			if c.Best == "" || !nameForm.MatchString(c.Name) {
				t.Errorf("%s: criterion %+v", name, c)
			}
		}
	}
	if len(sets) != 3 {
		t.Errorf("a set is not tested: %v", SetNames())
	}
}

// scoresOf returns a row with one choice of parameters and n criteria.
func scoresOf(n int) store.ValidationScores {
	var scores column.Nested
	scores.BeginRow()
	scores.BeginOuter()
	scores.BeginMiddle()
	for i := range n {
		scores.Append(float64(i))
	}
	return store.ValidationScores{Iteration: column.BlocksOf[int64](0), Scores: scores}
}

func TestNamesFitTheScores(t *testing.T) {
	t.Parallel()
	named := Naming{Given: List{{"a", Max}, {"b", ""}, {"c", Min}}}
	if l, err := named.Of("run", scoresOf(3)); err != nil || l.Label(2) != "c" || l.Label(3) != "3" || l.Best(1) != "" {
		t.Errorf("got %v, %v", l, err)
	}
	if _, err := named.Of("run", store.ValidationScores{}); err != nil {
		t.Errorf("a run without scores: %v", err)
	}
	_, err := named.Of("run", scoresOf(2))
	if want := "criteria of run run: its scores have 2 criteria, but 3 names are given (a, b, c); name each, in their order"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if l, err := (Naming{}).Of("run", scoresOf(2)); l != nil || err != nil || l.Label(1) != "1" {
		t.Errorf("without names: %v, %v", l, err)
	}
}

// TestConfiguredNamesDoNotHoldUpOtherRuns has runs of two tasks in one stats tree.
func TestConfiguredNamesDoNotHoldUpOtherRuns(t *testing.T) {
	t.Parallel()
	usual := Naming{Usual: List{{"a", Max}, {"b", ""}}}
	if l, err := usual.Of("run", scoresOf(2)); err != nil || l.Label(1) != "b" || usual.Remark("run", scoresOf(2)) != "" {
		t.Errorf("a run that they fit: %v, %v", l, err)
	}
	if l, err := usual.Of("run", scoresOf(3)); l != nil || err != nil {
		t.Errorf("another run: %v, %v", l, err)
	}
	if remark, want := usual.Remark("run", scoresOf(3)), "do not fit run run: its scores have 3 criteria, but 2 names are given (a, b)"; !strings.Contains(remark, want) {
		t.Errorf("the remark is %q", remark)
	}
	given := Naming{Given: List{{"c", ""}}}
	if remark := given.Remark("run", scoresOf(1)); remark != "" {
		t.Errorf("without a configuration: %q", remark)
	}
}

func TestFindTakesANameOrANumber(t *testing.T) {
	t.Parallel()
	l := List{{"a", Max}, {"b", ""}}
	for wanted, at := range map[string]int{"b": 1, "0": 0, "7": 7} {
		if got, ok := l.Find(wanted); got != at || !ok {
			t.Errorf("%s: got %d %v, want %d", wanted, got, ok, at)
		}
	}
	for _, wanted := range []string{"c", "-1", ""} {
		if _, ok := l.Find(wanted); ok {
			t.Errorf("%q is found", wanted)
		}
	}
}
