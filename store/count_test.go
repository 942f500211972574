package store

import "testing"

func TestCountKnowsTheSingular(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2: "2 rows", -1: "-1 rows"} {
		if got := Count(n, "row", "rows"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
