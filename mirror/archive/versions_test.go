package archive_test

import (
	"errors"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
)

// TestVersionsAreOfTheFilesOfARun changes, adds and takes away files, and looks which runs that
// concerns.
func TestVersionsAreOfTheFilesOfARun(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{
		snapshot.Path("a"): encode(t, "a", 2, 3), snapshot.HistoryPath("a", 1): encode(t, "a", 1, 3),
		snapshot.Path("b"): encode(t, "b", 1, 3), "records": []byte("index"),
	}
	one, two := place("one", files), place("two", files)
	location := locationOf(one, two)
	of := func(n int) (a, b string) {
		t.Helper()
		v := location.Now(t.Context()).Versions(t.Context())
		return v.Of("a", n), v.Of("b", n)
	}
	a, b := of(2)
	a1, b1 := of(1)
	if again, _ := of(2); again != a || a == b {
		t.Error("unchanged files have other versions, or two runs the same")
	}
	for _, c := range []struct {
		what   string
		change func()
		all    bool // of all runs
	}{
		{"a longer snapshot", func() { two.Write(snapshot.Path("a"), encode(t, "a", 2, 4)) }, false},
		{"no history", func() { two.Delete(snapshot.HistoryPath("a", 1)) }, false},
		{"a place that does not answer", func() { two.Fail(func(string, string) error { return errors.New("away") }) }, true},
	} {
		c.change()
		nowA, nowB := of(2)
		if nowA == a || (nowB != b) != c.all {
			t.Errorf("%s: the version of the run changed: %v, of the other run: %v", c.what, nowA != a, nowB != b)
		}
		a = nowA
		if nowA, nowB := of(1); nowA != a1 || nowB != b1 {
			t.Errorf("%s: the first place has other versions", c.what)
		}
	}
}

// TestFileOfAnotherRunIsDamaged reads a run whose files are those of another one.
func TestFileOfAnotherRunIsDamaged(t *testing.T) {
	t.Parallel()
	l := locationOf(place("place", map[string][]byte{snapshot.Path("run"): encode(t, "other", 1, 3)}))
	_, load := l.Load(t.Context(), "run", 0)
	_, meta := l.Meta(t.Context(), "run", 0)
	_, history := l.History(t.Context(), "run")
	for _, err := range []error{load, meta, history} {
		if !archive.IsDamaged(err) {
			t.Errorf("the error is %v", err)
		}
	}
	if c := l.List(t.Context()).Copies(t.Context(), "run"); c.States[0] != archive.Damaged || c.From != nil {
		t.Errorf("the copy is %s", c.States[0])
	}
}
