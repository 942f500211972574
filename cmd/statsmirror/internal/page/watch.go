package page

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/report"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// watch writes a page again and again, when what it shows has changed.
type watch struct {
	Page
	now   func(context.Context) list.Places // with the files that they have now
	every time.Duration
	lines *lines
	bar   *term.Progress // of the first reading

	known   map[string]knownRun // by location and name
	limits  report.Limits
	written [sha256.Size]byte // what the page shows that was written last
	again   int               // how many runs were read since then
}

// knownRun is a run with the versions of its files; "" if they have to be read again.
type knownRun struct {
	reported
	version string // of all files, and what the catalog knows
	rows    string // of the files that the rows were read from
}

// Watch writes the page whenever the runs have changed, until ctx is done. It looks once in each
// interval. It prints a line for each page, and reports each trouble once.
func (p Page) Watch(ctx context.Context, now func(context.Context) list.Places, every time.Duration, out, stderr io.Writer) error {
	root, err := durable.OpenRoot(filepath.Dir(p.File)) // creates it
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	_ = durable.RemoveLeft(root, ".", time.Now().Add(-durable.LeftAfter)) // of a watch that was killed; to remove them is no part of the work
	root.Close()
	w := watch{
		Page: p, now: now, every: every,
		lines: newLines(out, stderr), bar: term.NewProgress(stderr, store.CountRuns),
	}
	w.run(ctx)
	return nil
}

// run writes the page until ctx is done.
func (w *watch) run(ctx context.Context) {
	for ctx.Err() == nil {
		w.look(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(w.every):
		}
	}
}

// look reads the runs that have changed, and writes the page if it shows something else then.
func (w *watch) look(ctx context.Context) {
	read, ok := w.readOrStop(ctx)
	if !ok {
		return
	}
	w.bar.End()
	if read.err == nil {
		read.err = w.write(read)
	}
	w.lines.trouble(slices.Concat([]error{read.err}, read.away, failuresOf(read.all)))
}

// reading is what was read of the runs.
type reading struct {
	all   []reported
	shows [sha256.Size]byte // differs if the page shows something else
	away  []error           // why some places did not answer
	err   error             // why there can be no page
}

// readOrStop is read, but returns when ctx is done even if a place does not answer.
func (w *watch) readOrStop(ctx context.Context) (reading, bool) {
	done := make(chan reading, 1)
	go func() { done <- w.read(ctx) }()
	select {
	case r := <-done:
		return r, ctx.Err() == nil
	case <-ctx.Done():
		return reading{}, false
	}
}

// read reads the runs whose files have changed.
func (w *watch) read(ctx context.Context) (r reading) {
	w.Places = w.now(ctx)
	var listed []list.Run
	if listed, r.away, r.err = w.Places.Find(ctx, w.Wanted); r.err != nil {
		r.away = nil // it has them
		return r
	}
	r.away = append(r.away, w.Wanted.Unmatched(ctx, listed, archive.All(w.Places.Locations)))
	if !w.limits.Suit(len(listed)) {
		w.limits, w.known = report.LimitsFor(len(listed)), nil
	}
	versions := map[string]archive.Versions{}
	for _, l := range w.Places.Locations {
		versions[l.Dir] = l.Versions(ctx)
	}
	all := make([]knownRun, len(listed))
	var changed []int
	for i, run := range listed {
		v := versions[run.Listing.Dir]
		version := v.Of(run.Run, len(v)) + run.Sources()
		if all[i] = w.known[keyOf(run)]; all[i].version != version {
			all[i].version = version
			changed = append(changed, i)
		}
	}
	var again atomic.Int64
	r.err = archive.Each(ctx, len(changed), w.progress, func(n int) {
		run, is := &listed[changed[n]], &all[changed[n]]
		v := versions[run.Listing.Dir]
		w.Places.Describe(ctx, run)
		if is.rows == "" || is.rows != v.Of(run.Run, is.tried) {
			again.Add(1)
			is.rowsRead = w.readRows(ctx, w.limits, *run)
			is.rows = v.Of(run.Run, is.tried)
		}
		is.reported = withRows(*run, is.rowsRead)
	})
	w.again += int(again.Load())
	w.remember(&r, listed, all)
	return r
}

// remember remembers runs that have been read, and adds them to the reading.
func (w *watch) remember(r *reading, listed []list.Run, all []knownRun) {
	w.known = map[string]knownRun{}
	shows := sha256.New()
	for i, run := range listed {
		fmt.Fprintf(shows, "%q %q %q\n", keyOf(run), all[i].version, sameTrouble(all[i].failure))
		if !all[i].isSettled() {
			all[i].rows = ""
		}
		if all[i].rows == "" || !copiesAreSettled(run) {
			all[i].version = ""
		}
		w.known[keyOf(run)] = all[i]
		r.all = append(r.all, all[i].reported)
	}
	for _, away := range r.away {
		fmt.Fprintf(shows, "%q\n", sameTrouble(away))
	}
	r.shows = [sha256.Size]byte(shows.Sum(nil))
}

func keyOf(run list.Run) string { return run.Listing.Dir + "\x00" + run.Run }

// isSettled reports whether reading the rows again would find the same, unless the files change.
func (r rowsRead) isSettled() bool {
	return !slices.ContainsFunc(r.failures, func(err error) bool { return !isDamage(err) })
}

// copiesAreSettled reports whether reading the footers again would find the same.
func copiesAreSettled(listed list.Run) bool {
	for i, c := range listed.Backups {
		if c.State == archive.Unreachable && listed.Listing.Answered(listed.Listing.Archives[i]) {
			return false
		}
	}
	return true
}

func (w *watch) progress(done, total int) {
	if w.known == nil { // later there are few, and nobody waits
		w.bar.At(done, total)
	}
}

// write writes the page, unless it wrote the same before. A power cut may undo it: then the page is
// written when the command starts again.
func (w *watch) write(r reading) error {
	_, err := os.Stat(w.File)
	if r.shows == w.written && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	page, err := w.content(r.all)
	if err != nil {
		return fmt.Errorf("%w; the page stays as it was", err)
	}
	page.Every = int64((w.every + time.Second - 1) / time.Second)
	root, err := os.OpenRoot(filepath.Dir(w.File))
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	defer root.Close()
	err = durable.WriteVolatile(root, filepath.Base(w.File), func(to io.Writer) error { return report.Write(to, page) })
	if err != nil {
		return fmt.Errorf("write report in %s: %w", filepath.Dir(w.File), err)
	}
	w.lines.tell(fmt.Sprintf("%s read, %s; the page is %s", store.CountRuns(w.again), howWhole(r.all), term.Printable(w.File)))
	w.written, w.again = r.shows, 0
	return nil
}
