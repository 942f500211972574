//go:build integration

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestManyRuns bounds the memory, open files and delays of a service with many runs, while one
// run is stored all the time. The bounds do not depend on the speed of the machine.
// STATSMIRROR_RUNS is the number of runs, STATSMIRROR_STORES the number of stores that follow.
func TestManyRuns(t *testing.T) {
	const perRun, base = 2 << 10, 64 << 20 // bytes
	runs, stores := number(t, "STATSMIRROR_RUNS", 2000), number(t, "STATSMIRROR_STORES", 250)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	dir := memoryDir(t)
	l := &load{storeStory: &storeStory{&mirrored{
		t: t, ctx: ctx, program: build(ctx, t), dir: dir, stats: filepath.Join(dir, "stats"),
		state: filepath.Join(dir, "state"), backup: filepath.Join(dir, "backup"),
	}}}
	l.heard = l.note
	for i := range runs {
		l.store(nameOf(i), 10)
	}
	first := l.first(runs)
	restart := l.again(runs)
	l.start()
	took := l.steady(min(stores, runs-1))
	peak, fds, watches := l.peakMiB(), l.descriptors(), l.watches()
	l.stop()
	t.Logf("%d runs: first sync %v, restart %v, %d stores of others beside one that is stored all the time, half of them copied after %v, all after %v, "+
		"peak %d MiB, %d descriptors, %d watches", runs, first, restart, len(took), median(took), slices.Max(took), max(peak, l.peak), fds, watches)
	if most := (base + runs*perRun) >> 20; max(peak, l.peak) > most {
		t.Errorf("the service took %d MiB, more than %d", max(peak, l.peak), most)
	}
	if fds > 64 || watches > 8 {
		t.Errorf("%d descriptors and %d watches grow with the runs", fds, watches)
	}
}

// load is a service with many runs to mirror.
type load struct {
	*storeStory
	peak     int // MiB, of the services that have ended
	copiedMu sync.Mutex
	copied   map[string]time.Time // when each run was last mirrored
}

func nameOf(i int) string { return fmt.Sprintf("run-%06d", i) }

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 2 {
		t.Fatalf("%s=%s", variable, text)
	}
	return n
}

// memoryDir returns a directory in memory if the host has one, so that the test does not
// measure the disk.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "statsmirror-load-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (l *load) note(line string) {
	if field(line, "event") != "backup.mirrored" {
		return
	}
	l.copiedMu.Lock()
	defer l.copiedMu.Unlock()
	if l.copied == nil {
		l.copied = map[string]time.Time{}
	}
	l.copied[field(line, "run")] = time.Now()
}

// first returns how long the first sync takes.
func (l *load) first(runs int) time.Duration {
	l.t.Helper()
	began := time.Now()
	l.start()
	l.await("first sync", func() bool { return l.count("backup.mirrored") == runs })
	took := time.Since(began)
	l.rest()
	return took
}

// again returns how long a start with one new run takes. The service must not read unchanged runs
// again. The new run is last in the queue.
func (l *load) again(runs int) time.Duration {
	l.t.Helper()
	began := time.Now()
	l.start()
	l.await("readiness", func() bool { return l.count("service.ready") == 2 })
	l.store("last", 10)
	l.await("last run", func() bool { return l.count("backup.mirrored") > runs })
	took := time.Since(began)
	if n := l.count("run.stored"); n != runs+1 {
		l.t.Errorf("%d runs were stored", n)
	}
	l.rest()
	return took
}

func (l *load) rest() {
	l.t.Helper()
	l.peak = max(l.peak, l.peakMiB())
	l.stop()
}

// steady stores that many runs, 25 a second. In between it stores one noisy run, until all
// others are copied. It returns how long each of the others took.
func (l *load) steady(stores int) (took []time.Duration) {
	l.t.Helper()
	noisy, rows := nameOf(0), 10
	stored := map[string]time.Time{}
	var slowest time.Duration // the slowest store by the test itself
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; len(stored) > 0 || n < 2*stores; n++ {
		select {
		case <-tick.C:
		case <-l.ctx.Done():
			l.t.Fatalf("%d runs were not copied beside %s", len(stored), noisy)
		}
		began := time.Now()
		if run := nameOf(1 + n/2); n%2 == 1 && n < 2*stores {
			l.store(run, 20)
			stored[run] = time.Now()
		} else {
			rows++
			l.store(noisy, rows)
		}
		slowest = max(slowest, time.Since(began))
		took = append(took, l.collect(stored)...)
		l.wantNoneStarved(stored, max(10*time.Second, 10*slowest, 10*median(took)))
	}
	return took
}

// collect removes the runs that have been copied from stored, and returns how long each took.
func (l *load) collect(stored map[string]time.Time) (took []time.Duration) {
	l.copiedMu.Lock()
	defer l.copiedMu.Unlock()
	for run, at := range stored {
		if copied := l.copied[run]; copied.After(at) {
			took = append(took, copied.Sub(at))
			delete(stored, run)
		}
	}
	return took
}

// wantNoneStarved fails the test if a run waits longer than most for its copy. The caller raises
// most on a slow or stalled machine, by the median of the other runs and the slowest store.
func (l *load) wantNoneStarved(stored map[string]time.Time, most time.Duration) {
	l.t.Helper()
	for run, at := range stored {
		if waits := time.Since(at); waits > most {
			l.t.Fatalf("%s has not been copied for %v, which is more than %v", run, waits, most)
		}
	}
}

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(d))[len(d)/2]
}

func (l *load) descriptors() int {
	l.t.Helper()
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", l.service.Process.Pid))
	if err != nil {
		l.t.Fatal(err)
	}
	return len(all)
}

// watches counts the watches of inotify.
func (l *load) watches() (n int) {
	l.t.Helper()
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", l.service.Process.Pid))
	for _, name := range files {
		text, _ := os.ReadFile(name) // a file that was closed meanwhile has no text
		n += strings.Count(string(text), "inotify wd:")
	}
	return n
}

// TestNobodyReadsTheLog has the service write its log to a pipe that nobody reads.
func TestNobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	const runs = 1000 // more lines than fit into a pipe
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	dir := memoryDir(t)
	s := &storeStory{&mirrored{
		t: t, ctx: ctx, program: build(ctx, t), dir: dir, stats: filepath.Join(dir, "stats"),
		state: filepath.Join(dir, "state"), backup: filepath.Join(dir, "backup"),
	}}
	for i := range runs {
		s.store(nameOf(i), 10)
	}
	unread, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer unread.Close()
	service := s.serviceCommand()
	service.Stderr = pipe
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	for copies := 0; copies < runs; {
		select {
		case <-ctx.Done():
			t.Fatalf("%d of %d runs were copied", copies, runs)
		case <-time.After(50 * time.Millisecond): // without a log there is no line to wait for
		}
		all, _ := filepath.Glob(filepath.Join(s.backup, "snapshots", "*.parquet"))
		copies = len(all)
	}
	if err := service.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := service.Wait(); err != nil {
		t.Errorf("the service ended with %v", err)
	}
}
