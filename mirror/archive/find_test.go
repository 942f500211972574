package archive_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/snapshot"
)

// lead writes the two generations of a run to a place.
func lead(t *testing.T, run string, to *backuptest.Fake) {
	t.Helper()
	to.Write(snapshot.HistoryPath(run, 1), encode(t, run, 1, 10))
	to.Write(snapshot.Path(run), encode(t, run, 2, 20))
}

func TestLocationsOfManyHosts(t *testing.T) {
	t.Parallel()
	host, all := backuptest.NewFake("host"), backuptest.NewFake("all")
	lead(t, "snapshots", host) // a run whose history looks like a location
	lead(t, "run", host)
	for _, dir := range []string{"", "a", "a/b/c", "history", "läuft/x y"} {
		for name, content := range host.Files() {
			all.Write(strings.TrimPrefix(dir+"/"+name, "/"), content)
		}
	}
	all.Write("elsewhere/file", nil)
	all.Delete("a/snapshots/run.parquet")
	for name := range all.Files() {
		if strings.HasPrefix(name, "a/b/c/snapshots/") {
			all.Delete(name) // only ended generations are left
		}
	}
	second := backuptest.NewFake("second") // it has only one of them
	second.SetFiles(host.Files())
	locations, away := archive.Find(t.Context(), []backup.Reader{all, second})
	if len(away) > 0 {
		t.Fatal(away)
	}
	var dirs []string
	for _, l := range locations {
		dirs = append(dirs, l.Dir)
		here, there := l.Archives[0], l.Archives[1]
		runs, err := here.Runs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"run", "snapshots"}, runs); diff != "" {
			t.Errorf("%q: %s", l.Dir, diff)
		}
		for _, run := range runs {
			missing := l.Dir == "a/b/c" || l.Dir == "a" && run == "run"
			if findings := here.Verify(t.Context(), run); missing != (len(findings) == 1 && findings[0].Problem == "is missing") {
				t.Errorf("%q: %v", l.Dir, findings)
			}
			if findings := there.Verify(t.Context(), run); (len(findings) == 0) != (l.Dir == "") {
				t.Errorf("second %q: %v", l.Dir, findings)
			}
			if history, err := here.History(t.Context(), run); !missing && (err != nil || len(history) != 2) {
				t.Errorf("%q: %v, %v", l.Dir, history, err)
			}
		}
	}
	if diff := cmp.Diff([]string{"", "a", "a/b/c", "läuft/x y"}, dirs); diff != "" {
		t.Error(diff)
	}
	if got, err := locations[3].Archives[0].Load(t.Context(), "run", 2); err != nil || got.Run != "run" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLocationsOfPlacesThatAreAway(t *testing.T) {
	t.Parallel()
	good, bad := backuptest.NewFake("good"), backuptest.NewFake("bad")
	lead(t, "run", good)
	down := errors.New("no route to host")
	bad.Fail(func(string, string) error { return down })
	good.Write("host3/", nil) // may not be read
	good.Write("lost+found/", nil)
	locations, away := archive.Find(t.Context(), []backup.Reader{bad, good})
	if len(locations) != 1 || len(away) != 2 || !errors.Is(away[0], down) || !errors.Is(away[1], fs.ErrPermission) {
		t.Fatalf("%d locations, %v", len(locations), away)
	}
	if _, err := locations[0].Archives[0].Runs(t.Context()); !errors.Is(err, down) {
		t.Errorf("runs of the place that is away: %v", err)
	}
	if runs, err := locations[0].Archives[1].Runs(t.Context()); err != nil || len(runs) != 1 {
		t.Errorf("runs of the other: %v, %v", runs, err)
	}
}
