package replica

import (
	"errors"
	"slices"
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// TestInventorySaysWhichRunsWait lists run "a" but not "b".
func TestInventorySaysWhichRunsWait(t *testing.T) {
	t.Parallel()
	list := func(i *inventory) []string {
		l := newListing(nil)
		l.current["a"] = &backup.Info{Name: snapshot.Path("a")}
		return i.setReachable(l)
	}
	fail := func(i *inventory) []string { return i.setUnreachable(unknown, reachable) }
	for name, c := range map[string]struct {
		before     func(*inventory)
		reconciled bool
		a, b       bool // may be held
	}{
		"at the start":               {before: func(*inventory) {}, a: true, b: true},
		"listed":                     {before: func(i *inventory) { list(i) }, a: true},
		"listed and reconciled":      {before: func(i *inventory) { list(i) }, reconciled: true},
		"given up at the start":      {before: func(i *inventory) { i.setUnreachable(unknown) }},
		"impatience after a listing": {before: func(i *inventory) { list(i); i.setUnreachable(unknown) }, a: true},
		"failed after a listing":     {before: func(i *inventory) { list(i); fail(i) }},
		"listed after a failure":     {before: func(i *inventory) { fail(i); list(i) }, a: true},
		"refused":                    {before: func(i *inventory) { list(i); i.resolve("a", errors.New("no answer")) }},
		"refused, then resolved":     {before: func(i *inventory) { list(i); i.resolve("a", errors.New("")); i.resolve("a", nil) }, a: true},
		"refused, then listed":       {before: func(i *inventory) { list(i); i.resolve("a", errors.New("")); list(i) }, a: true},
	} {
		i := newInventory()
		c.before(i)
		reconciled := func() bool { return c.reconciled }
		if a, b := i.mayHold("a", reconciled), i.mayHold("b", reconciled); a != c.a || b != c.b {
			t.Errorf("%s: a %t, b %t", name, a, b)
		}
		waiting := i.waitingRuns()
		if slices.Contains(waiting, "a") != c.a || slices.Contains(waiting, "b") != c.b {
			t.Errorf("%s: %q wait", name, waiting)
		}
		if waited := i.resolve("a", nil); waited != c.a {
			t.Errorf("%s: a waited: %t", name, waited)
		}
		if waited := list(i); slices.Contains(waited, "a") || slices.Contains(waited, "b") != c.b || len(i.waitingRuns()) > 0 {
			t.Errorf("%s: the listing woke %q", name, waited)
		}
	}
}

func TestUnreadableDirectoryIsNotListed(t *testing.T) {
	t.Parallel()
	infos := []backup.Info{{Name: snapshot.HistoryDir("run") + "/"}, {Name: snapshot.Path("run"), Version: "1"}}
	if infos, ok := newListing(infos).of("run"); ok {
		t.Errorf("the listing tells %v", infos)
	}
}
