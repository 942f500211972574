package watcher

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

const bothDirs = `
mkdir stats/training_stats
mkdir stats/validation_scores
`

// Each script causes a change of each listed run and of no other. The last step of every test
// proves it: changes of earlier steps would arrive first. A listed run may be seen again if the
// machine pauses during the script.
func TestScripts(t *testing.T) {
	type step struct {
		script string
		want   []string
	}
	last := step{"write stats/training_stats/last", []string{"last"}}
	for name, test := range map[string]struct {
		setup string
		steps []step
	}{
		"exists at start": {
			bothDirs + "write stats/training_stats/a\nwrite stats/validation_scores/b\n",
			[]step{{"", []string{"a", "b"}}},
		},
		"create": {bothDirs, []step{{"write stats/training_stats/a", []string{"a"}}}},
		"both kinds are one change": {
			bothDirs, []step{{"write stats/training_stats/a\nwrite stats/validation_scores/a", []string{"a"}}},
		},
		"rename over": {
			bothDirs + "write stats/training_stats/a\nwrite new\n",
			[]step{{"", []string{"a"}}, {"mv new stats/training_stats/a", []string{"a"}}},
		},
		"rename a run": {
			bothDirs + "write stats/training_stats/a\n",
			[]step{{"", []string{"a"}}, {"mv stats/training_stats/a stats/training_stats/b", []string{"a", "b"}}},
		},
		"remove": {
			bothDirs + "write stats/training_stats/a\n",
			[]step{{"", []string{"a"}}, {"rm stats/training_stats/a", []string{"a"}}},
		},
		"chmod alone": {
			bothDirs + "write stats/training_stats/a\n",
			[]step{{"", []string{"a"}}, {"chmod stats/training_stats/a\nchmod stats/training_stats", nil}},
		},
		"ignored": {
			bothDirs + "mkdir stats/training_stats/d\n",
			[]step{{"", []string{"d"}}, {"write stats/training_stats/tmp-1\nwrite stats/training_stats/d/tmp-2", nil}},
		},
		"beside the tree": {bothDirs, []step{{"write stats/other\nwrite other\nmkdir stats/d", nil}}},
		"run directory": {
			bothDirs,
			[]step{
				{"mkdir stats/training_stats/d", []string{"d"}},
				{"write stats/training_stats/d/part", []string{"d"}},
				{"append stats/training_stats/d/part", []string{"d"}},
				{"rm stats/training_stats/d/part", []string{"d"}},
			},
		},
		"link to a directory": {
			bothDirs + "mkdir target\nln target stats/training_stats/link\n",
			[]step{{"", []string{"link"}}, {"write target/x", nil}},
		},
		"not UTF-8": {
			bothDirs, []step{{"write stats/training_stats/\xff\xfe", []string{"\xff\xfe"}}},
		},
		"directories made later": {
			"mkdir stats\n",
			[]step{
				{"mkdir stats/training_stats\nwrite stats/training_stats/a", []string{"a"}},
				{"mkdir stats/validation_scores\nwrite stats/validation_scores/b", []string{"a", "b"}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := watch(t, Options{Ignore: func(n string) bool { return strings.HasPrefix(n, "tmp-") }}, test.setup)
			var again []string
			for _, s := range append(test.steps, last) {
				tr.run(s.script)
				if s.script == "" {
					tr.want(s.want...)
					continue
				}
				again = append(again, s.want...)
				tr.wantOr(again, s.want...)
			}
		})
	}
}

// The target of a link is watched where it lies.
func TestLinksThatMayBeFollowed(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	follow := func(name string) (string, error) { return filepath.EvalSymlinks(filepath.Join(top, "stats", name)) }
	tr := watchIn(t, top, "stats", Options{Follow: follow}, `
mkdir big/scores
mkdir big/run
mkdir stats/training_stats
write big/file
ln big/scores stats/validation_scores
ln big/file stats/training_stats/file
ln big/run stats/training_stats/directory
`)
	tr.want("file", "directory")
	for _, step := range []struct{ script, want string }{
		{"append big/file", "file"},
		{"write big/run/part", "directory"},
		{"write big/scores/a", "a"},
		{"write big/other\nwrite stats/training_stats/b", "b"},
		{"mkdir more\nwrite more/late\nln more/late stats/training_stats/late", "late"},
		{"append more/late", "late"},
		{"rm big/file", "file"},
	} {
		tr.run(step.script)
		tr.await(step.want)
	}
}

// A directory that takes the place of another is found by looking, because inotify does not report
// it.
func TestReplacedTreeIsScanned(t *testing.T) {
	t.Parallel()
	root, scans, now := t.TempDir(), 0, time.Now()
	l := newLoop(New(root, Options{Poll: time.Second, Rescan: time.Hour}), root, func(Change) { scans++ })
	defer l.close()
	l.scan(now)
	l.elapse(now.Add(time.Second))
	if scans != 1 {
		t.Errorf("%d scans of the same tree", scans)
	}
	l.was.identity[0].mount++ // as if a file system had been mounted over it
	if due := l.deadline(); due.After(now.Add(2 * time.Second)) {
		t.Errorf("next look after %v", due.Sub(now))
	}
	l.elapse(now.Add(2 * time.Second))
	if scans != 2 {
		t.Errorf("%d scans after the tree was replaced", scans)
	}
}

func TestManyEventsAreOneChange(t *testing.T) {
	t.Parallel()
	tr := watch(t, Options{Quiet: 500 * time.Millisecond, Ceiling: time.Hour}, bothDirs+"write stats/training_stats/a")
	tr.want("a")
	tr.run(strings.Repeat("append stats/training_stats/a\n", 500) + "write stats/validation_scores/a")
	tr.want("a")
	tr.run("write stats/training_stats/last")
	tr.want("last")
}

func TestRootRemovedAndMadeAgain(t *testing.T) {
	t.Parallel()
	tr := watch(t, Options{}, bothDirs+"write stats/training_stats/a\nmkdir stats/training_stats/d")
	tr.want("a", "d")
	for i := range 10 {
		tr.run("rm stats\n" + bothDirs)
		again := fmt.Sprintf("again-%d", i)
		tr.run("write stats/training_stats/" + again)
		tr.await(again)
		tr.run("write stats/validation_scores/a")
		tr.await("a")
	}
}

func TestRootGoneAndBack(t *testing.T) {
	t.Parallel()
	tr := watch(t, Options{}, bothDirs+"write stats/training_stats/a")
	tr.want("a")
	tr.run("rm stats")
	tr.await("a")
	tr.awaitLog(eventRootGone)
	tr.run(bothDirs + "write stats/training_stats/b")
	tr.await("b")
	tr.awaitLog(eventRootBack) // logged after the changes are emitted
	if n := tr.logged(eventRootBack); n != 1 {
		t.Errorf("%s logged %d times, want once", eventRootBack, n)
	}
}

// TestRootWithoutRunsIsReportedOnce watches a directory that may be the wrong one, until the trainer
// stores its first run.
func TestRootWithoutRunsIsReportedOnce(t *testing.T) {
	t.Parallel()
	tr := watch(t, Options{Poll: 10 * time.Millisecond, Polling: PollAlways}, "mkdir stats/other")
	lines := tr.logs.FilterField(zap.String("event", eventRootGone)).All()
	if len(lines) != 1 || lines[0].Level != zap.WarnLevel {
		t.Fatalf("%v, want one warning", lines)
	}
	if said := lines[0].ContextMap()["err"]; said != "has neither training_stats nor validation_scores; give the directory that has them, or wait for the first run: DaCapo creates them" {
		t.Error(said)
	}
	if n := tr.logged(eventRootBack); n != 0 {
		t.Errorf("%s logged %d times before there is a run", eventRootBack, n)
	}
	tr.run("mkdir stats/training_stats\nwrite stats/training_stats/a")
	tr.await("a")
	tr.awaitLog(eventRootBack)
	if gone, back := tr.logged(eventRootGone), tr.logged(eventRootBack); gone != 1 || back != 1 {
		t.Errorf("%s logged %d times, %s %d times", eventRootGone, gone, eventRootBack, back)
	}
}

func TestRootCreatedLater(t *testing.T) {
	t.Parallel()
	tr := watchIn(t, t.TempDir(), "far/away/stats", Options{}, "")
	tr.run("mkdir far/away/stats/training_stats\nwrite far/away/stats/training_stats/a")
	tr.await("a")
	tr.run("rm far")
	tr.await("a")
	tr.run("mkdir far/away/stats/training_stats\nwrite far/away/stats/training_stats/b")
	tr.await("b")
}

func TestRootReplaced(t *testing.T) {
	t.Parallel()
	tr := watch(t, Options{}, bothDirs+"mkdir new/training_stats\nwrite new/training_stats/b")
	tr.run("mv stats old\nmv new stats")
	tr.await("b")
	tr.run("write stats/training_stats/c")
	tr.await("c")
}

func TestDirectoriesMovedAwayAndBack(t *testing.T) {
	t.Parallel()
	tr := watch(t, Options{}, bothDirs+"mkdir stats/training_stats/d")
	tr.want("d")
	for i := range 10 {
		tr.run(`
mv stats/training_stats/d stats/training_stats/e
mv stats/training_stats/e stats/training_stats/d
mv stats/training_stats stats/x
mv stats/x stats/training_stats
mv stats y
mv y stats
`)
		// Seeing the first of these marks proves that the scan after the moves is over, and seeing
		// the second that its changes have arrived.
		for _, mark := range []string{fmt.Sprintf("a-%d", i), fmt.Sprintf("b-%d", i)} {
			tr.run("write stats/validation_scores/" + mark)
			tr.await(mark)
		}
		tr.run("write stats/training_stats/d/part")
		tr.await("d")
	}
}

func TestOverflowIsOneRescan(t *testing.T) {
	t.Parallel()
	tr := watch(t, Options{Quiet: 500 * time.Millisecond}, bothDirs+"write stats/training_stats/a")
	tr.want("a")
	inotify := <-tr.inotify
	for range 100 {
		inotify.Errors <- fsnotify.ErrEventOverflow
	}
	tr.want("a")
	if n := tr.logged(eventOverflow); n != 1 {
		t.Errorf("%s logged %d times, want once", eventOverflow, n)
	}
	tr.run("write stats/training_stats/b")
	tr.want("b")
}

// Ready blocks the loop while more happens than the kernel can queue.
func TestBurst(t *testing.T) {
	t.Parallel()
	const runs = 20_000
	missing := make(map[string]bool, runs)
	top := t.TempDir()
	tr := watchIn(t, top, "stats", Options{Ready: func() {
		burst(t, filepath.Join(top, "stats", "training_stats"), runs)
	}}, bothDirs)
	for i := range runs {
		missing[burstName(i)] = true
	}
	for len(missing) > 0 {
		delete(missing, tr.next())
	}
	if readLimit("max_queued_events", 0).current <= 16384 {
		tr.awaitLog(eventOverflow)
	}
}

func burstName(i int) string { return fmt.Sprintf("run-%05d", i) }

func burst(t *testing.T, dir string, runs int) {
	for i := range runs {
		if err := os.WriteFile(filepath.Join(dir, burstName(i)), []byte("x"), 0o666); err != nil {
			t.Error(err)
			return
		}
	}
}

func TestEventsAreExplained(t *testing.T) {
	for _, event := range []string{
		eventStarted, eventOverflow, eventLimit, eventPolling, eventUnreadable, eventRootGone, eventRootBack,
	} {
		if Events[event] == "" {
			t.Errorf("%s is not explained", event)
		}
	}
}
