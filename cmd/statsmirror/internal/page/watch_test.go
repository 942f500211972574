package page

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// openings is a place that remembers which files were opened.
type openings struct {
	backup.Reader
	mu    sync.Mutex
	names []string
}

func (o *openings) Open(ctx context.Context, name string) (backup.File, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names = append(o.names, name)
	return o.Reader.Open(ctx, name)
}

// take returns the snapshots that were opened since the last call, in order.
func (o *openings) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	names := slices.DeleteFunc(o.names, func(name string) bool { return !strings.HasSuffix(name, snapshot.Suffix) })
	o.names = nil
	slices.Sort(names)
	return slices.Compact(names)
}

// watched is a page that is written again, of two places.
type watched struct {
	t             *testing.T
	first, second *openings
	page          string
	out, stderr   strings.Builder
	cancel        func()
	ended         chan struct{}
}

const watchEvery = 30 * time.Second

// inBubble runs a test in a synctest bubble. It compresses and decompresses once before, because the
// library's state from inside a bubble does not work outside it.
func inBubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	content := snapshotOf(t, "warm-up", 1)
	if _, err := snapshot.Read(strings.NewReader(content), int64(len(content))); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, test)
}

// watchPage begins to write a page of the runs that are in two places.
func watchPage(t *testing.T, runs ...string) *watched {
	t.Helper()
	base := t.TempDir()
	w := &watched{
		t: t, page: filepath.Join(base, "site", "index.html"), ended: make(chan struct{}),
		first:  &openings{Reader: dir.New(filepath.Join(base, "first"))},
		second: &openings{Reader: dir.New(filepath.Join(base, "second"))},
	}
	for _, run := range runs {
		w.store(w.first, run, 1)
		w.store(w.second, run, 1)
	}
	w.check(os.Mkdir(filepath.Dir(w.page), 0o700))
	here := archive.Location{Archives: []*archive.Archive{archive.New(w.first), archive.New(w.second)}}
	r := watch{
		Page: Page{File: w.page},
		now: func(ctx context.Context) list.Places {
			return list.Places{Locations: []archive.Location{here.Now(ctx)}}
		},
		every: watchEvery, lines: newLines(&w.out, &w.stderr), bar: term.NewProgress(io.Discard, store.CountRuns),
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	go func() { defer close(w.ended); r.run(ctx) }()
	synctest.Wait()
	return w
}

func (w *watched) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// store stores a run with a number of rows in a place.
func (w *watched) store(place *openings, run string, rows int) {
	w.t.Helper()
	content := snapshotOf(w.t, run, rows)
	path := filepath.Join(place.String(), snapshot.Path(run))
	w.check(os.MkdirAll(filepath.Dir(path), 0o700))
	write(w.t, path+".new", content)
	w.check(os.Rename(path+".new", path))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// snapshotOf returns the snapshot of a run with a number of rows.
func snapshotOf(t *testing.T, run string, rows int) string {
	t.Helper()
	var s store.TrainingStats
	for i := range rows {
		s.Iteration.Append(int64(i))
		s.Loss.Append(1)
		s.Time.Append(1)
	}
	var content strings.Builder
	if _, err := snapshot.Write(&content, &snapshot.Snapshot{Run: run, Generation: 1, Training: s}); err != nil {
		t.Fatal(err)
	}
	return content.String()
}

// written returns a text that differs whenever the page was written.
func (w *watched) written() string {
	w.t.Helper()
	info, err := os.Stat(w.page)
	w.check(err)
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}

// after lets time pass.
func (w *watched) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// stop ends the command, and returns the lines that it has printed, without their times.
func (w *watched) stop() (out, stderr []string) {
	w.cancel()
	<-w.ended
	for line := range strings.Lines(w.out.String()) {
		_, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		out = append(out, strings.ReplaceAll(text, filepath.Dir(filepath.Dir(w.page)), "BASE"))
	}
	for line := range strings.Lines(w.stderr.String()) {
		stderr = append(stderr, strings.ReplaceAll(strings.TrimSpace(line), filepath.Dir(filepath.Dir(w.page)), "BASE"))
	}
	return out, stderr
}

// TestWatchReadsOnlyRunsThatChange also shows that an unchanged page is not written, that a changed
// one is written when the interval is over, and that a copy which catches up costs its footers only.
func TestWatchReadsOnlyRunsThatChange(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := watchPage(t, "a", "b")
		begin := w.written()
		if got := w.first.take(); len(got) != 2 {
			t.Errorf("at first %q were opened", got)
		}
		w.second.take()
		w.after(100 * watchEvery)
		if got := slices.Concat(w.first.take(), w.second.take()); w.written() != begin || len(got) > 0 {
			t.Errorf("without a change the page was written, or %q were opened", got)
		}

		w.store(w.first, "b", 2)
		w.after(watchEvery - time.Nanosecond)
		if w.written() != begin {
			t.Error("the page was written before the interval was over")
		}
		w.after(time.Nanosecond)
		if w.written() == begin {
			t.Error("the page was not written after a change")
		}
		if diff := cmp.Diff([]string{"snapshots/b.parquet"}, w.first.take()); diff != "" {
			t.Error(diff)
		}
		w.store(w.second, "b", 2) // its copy catches up
		w.after(watchEvery)
		w.store(w.first, "c", 1)
		w.after(watchEvery)
		w.check(os.Remove(w.page))
		w.after(watchEvery)
		out, stderr := w.stop()
		want := []string{
			"2 runs read, 2 of 2 runs are whole; the page is BASE/site/index.html",
			"1 run read, 2 of 2 runs are whole; the page is BASE/site/index.html",
			"0 runs read, 2 of 2 runs are whole; the page is BASE/site/index.html",
			"1 run read, 3 of 3 runs are whole; the page is BASE/site/index.html",
			"0 runs read, 3 of 3 runs are whole; the page is BASE/site/index.html",
		}
		if diff := cmp.Diff(want, out); diff != "" || len(stderr) > 0 {
			t.Errorf("%s%q", diff, stderr)
		}
	})
}

// TestWatchTriesAgain takes the page's directory and a backup away for some time.
func TestWatchTriesAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := watchPage(t, "a")
		site, second := filepath.Dir(w.page), w.second.String()
		w.check(errors.Join(os.Rename(site, site+"-away"), os.Rename(second, second+"-away")))
		w.store(w.first, "b", 1)
		w.after(5 * watchEvery)
		w.check(errors.Join(os.Rename(site+"-away", site), os.Rename(second+"-away", second)))
		before := w.written()
		w.after(watchEvery)
		if w.written() == before { // run b waits to be shown
			t.Error("the page was not written")
		}
		before = w.written()
		w.check(os.Rename(w.first.String(), w.first.String()+"-away"))
		w.check(os.Rename(second, second+"-away"))
		w.after(5 * watchEvery)
		if w.written() != before {
			t.Error("the page was written without any place to read")
		}
		out, stderr := w.stop()
		wantOut := []string{
			"1 run read, 1 of 1 run is whole; the page is BASE/site/index.html",
			"1 run read, 2 of 2 runs are whole; the page is BASE/site/index.html",
			"over: BASE/second: list runs: list: open backup BASE/second: does not exist; mount it or create the directory",
			"over: write report: open BASE/site: no such file or directory",
		}
		wantStderr := []string{
			"statsmirror: write report: open BASE/site: no such file or directory",
			"statsmirror: BASE/second: list runs: list: open backup BASE/second: does not exist; mount it or create the directory",
			"statsmirror: BASE/first: list runs: list: open backup BASE/first: does not exist; mount it or create the directory",
			"BASE/second: list runs: list: open backup BASE/second: does not exist; mount it or create the directory",
		}
		if diff := cmp.Diff([][]string{wantOut, wantStderr}, [][]string{out, stderr}); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWatchReadsDamagedRunsOnce shows that damage is reported once, until it is over.
func TestWatchReadsDamagedRunsOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := watchPage(t, "a", "b")
		for _, place := range []*openings{w.first, w.second} {
			write(t, filepath.Join(place.String(), snapshot.Path("a")), "torn")
		}
		w.after(watchEvery)
		w.first.take()
		w.after(10 * watchEvery)
		if got := w.first.take(); len(got) > 0 {
			t.Errorf("%q were opened again", got)
		}
		w.store(w.first, "a", 1)
		w.store(w.second, "a", 1)
		w.after(watchEvery)
		out, stderr := w.stop()
		if len(out) != 4 || !strings.HasPrefix(out[1], "1 run read, 1 of 2 runs are whole") || !strings.HasPrefix(out[3], "over: read run a: ") {
			t.Errorf("printed %q", out)
		}
		if len(stderr) == 0 || strings.Count(strings.Join(stderr, "\n"), "read run a: ") != 1 {
			t.Errorf("complained %q", stderr)
		}
	})
}

// TestTroubleThatComesAgainIsTheSame leaves out ports, durations and the like.
func TestTroubleThatComesAgainIsTheSame(t *testing.T) {
	t.Parallel()
	one := errors.New("s3://bucket/1: list: dial tcp 10.0.0.1:4711->10.0.0.2:443: timeout after 3.2s")
	two := errors.New("s3://bucket/1: list: dial tcp 10.0.0.1:4712->10.0.0.2:443: timeout after 3.4s")
	other := errors.New("s3://bucket/2: list: dial tcp 10.0.0.1:4711->10.0.0.2:443: timeout after 3.2s")
	if sameTrouble(one) != sameTrouble(two) || sameTrouble(one) == sameTrouble(other) {
		t.Errorf("%q, %q, %q", sameTrouble(one), sameTrouble(two), sameTrouble(other))
	}
}

// hanging is a place whose listings never end until released is closed, whatever the context says.
type hanging struct {
	backup.Reader
	released chan struct{}
}

func (h *hanging) List(context.Context, string, func(backup.Info) error) error {
	<-h.released
	return errors.New("released")
}

// TestWatchStopsWhileAPlaceHangs has a place on a server that does not answer.
func TestWatchStopsWhileAPlaceHangs(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		place := &hanging{dir.New(t.TempDir()), make(chan struct{})}
		here := archive.Location{Archives: []*archive.Archive{archive.New(place)}}
		w := watch{
			Page: Page{File: filepath.Join(t.TempDir(), "runs.html")},
			now: func(ctx context.Context) list.Places {
				return list.Places{Locations: []archive.Location{here.Now(ctx)}}
			},
			every: watchEvery, lines: newLines(io.Discard, io.Discard), bar: term.NewProgress(io.Discard, store.CountRuns),
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begun := time.Now()
		w.run(ctx)
		if took := time.Since(begun); took != time.Hour {
			t.Errorf("ended after %v, want 1h", took)
		}
		close(place.released)
	})
}
