package mirror

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLocationsOfManyHosts(t *testing.T) {
	t.Parallel()
	host, all := newFake("host"), newFake("all")
	s := newSite(t)
	s.lead("snapshots", host) // a run whose history looks like a location
	s.lead("run", host)
	for _, dir := range []string{"", "a", "a/b/c", "history", "läuft/x y"} {
		for name, content := range host.files {
			all.files[strings.TrimPrefix(dir+"/"+name, "/")] = content
		}
	}
	all.files["elsewhere/file"] = nil
	locations, err := Locations(t.Context(), all)
	s.check(err)
	var dirs []string
	for _, l := range locations {
		dirs = append(dirs, l.Dir)
		runs, err := l.Runs(t.Context())
		s.check(err)
		if diff := cmp.Diff([]string{"run", "snapshots"}, runs); diff != "" {
			t.Errorf("%q: %s", l.Dir, diff)
		}
		for _, run := range runs {
			if findings := l.Verify(t.Context(), run); len(findings) > 0 {
				t.Errorf("%q: %v", l.Dir, findings)
			}
			if history, err := l.History(t.Context(), run); err != nil || len(history) != 2 {
				t.Errorf("%q: %v, %v", l.Dir, history, err)
			}
		}
	}
	if diff := cmp.Diff([]string{"", "a", "a/b/c", "läuft/x y"}, dirs); diff != "" {
		t.Error(diff)
	}
	if got, err := locations[1].Load(t.Context(), "run", 2); err != nil || got.Run != "run" {
		t.Errorf("%+v, %v", got, err)
	}
}
