package term_test

import (
	"slices"
	"testing"

	"statsmirror/cmd/statsmirror/internal/term"
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
		if got := term.Wrap("From iteration 10 on", columns); !slices.Equal(got, want) {
			t.Errorf("in %d columns: %q", columns, got)
		}
	}
	if got := term.Wrap("", 80); len(got) > 0 {
		t.Errorf("no text is %q", got)
	}
}
