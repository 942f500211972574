package schedule

import (
	"slices"
	"testing"
	"time"
)

func TestLongestNamesTheOldest(t *testing.T) {
	t.Parallel()
	since := map[string]time.Time{"future": time.Now().Add(time.Hour)}
	if got := Longest(since); len(got) > 0 {
		t.Errorf("named %q", got)
	}
	for i, key := range []string{"g", "f", "e", "d", "c", "b", "a"} {
		since[key] = time.Now().Add(-time.Duration(i+1) * time.Hour)
	}
	since["again"] = since["a"]
	if got, want := Longest(since), []string{"a", "again", "b", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("named %q, want %q", got, want)
	}
}
