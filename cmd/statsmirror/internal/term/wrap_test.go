package term

import (
	"slices"
	"testing"
)

func TestWrapBreaksBetweenWords(t *testing.T) {
	t.Parallel()
	for columns, want := range map[int][]string{
		80: {"From iteration 10 on"},
		14: {"From iteration", "10 on"},
		13: {"From", "iteration 10", "on"},
		5:  {"From", "iter…", "10 on"},
		0:  {"…", "…", "…", "…"},
	} {
		if got := Wrap("From iteration 10 on", columns); !slices.Equal(got, want) {
			t.Errorf("in %d columns: %q", columns, got)
		}
	}
	if got := Wrap("", 80); len(got) > 0 {
		t.Errorf("no text is %q", got)
	}
}
