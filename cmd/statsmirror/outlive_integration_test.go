//go:build integration

package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsmirror/store"
)

// serviceFaults are those that come upon a service that runs. That of write lets most
// of the log through. What keeps the whole stats tree from being opened is told by the
// watcher alone, at its next scan.
var serviceFaults = []fault{
	{call: "fsync", errno: syscall.EIO, when: "1+ 2+2 3+3 4+5"},
	{call: "ftruncate", errno: syscall.EIO, when: "1+", file: "records/index"},
	{call: "openat", errno: syscall.EACCES, when: "1+", config: "rescan_interval: 1s"},
	{call: "openat", errno: syscall.EACCES, when: "2+2 3+3 4+5 8+7"},
	{call: "pwrite64", errno: syscall.EDQUOT, when: "1+ 2+2"},
	{call: "renameat", errno: syscall.EROFS, when: "1+ 2+2 3+3"},
	{call: "write", errno: syscall.ENOSPC, when: "1+4 2+4 3+5 4+5"},
}

// TestServiceOutlivesFailingSystemCalls has the kernel fail system calls of a service
// that runs, while runs are stored, extended and overwritten. When they work again, the
// service, which was never started again, comes to have everything in catalog and backup
// by itself, and its log has told of the error and then of its end.
func TestServiceOutlivesFailingSystemCalls(t *testing.T) {
	t.Parallel()
	began := time.Now()
	program := build(t.Context(), t, "-tags", "netgo,osusergo")
	total := &tally{counts: map[string]int{}}
	t.Run("call", func(t *testing.T) {
		for _, f := range serviceFaults {
			for when := range strings.FieldsSeq(f.when) {
				f.when = when
				t.Run(f.String()+"/"+when, func(t *testing.T) {
					t.Parallel()
					for !newFaulty(t, program, total).outlives(f) {
					}
				})
			}
		}
	})
	t.Logf("in %v: %s", time.Since(began).Round(time.Second), total)
}

// outlives has a fault come and go. It reports whether the service lived, which it
// cannot if the fault hits Go's runtime: with one processor its threads hardly ever wake
// each other by a write.
func (s *faulty) outlives(f fault) bool {
	s.t.Helper()
	config := filepath.Join(s.dir, "config.yaml")
	if err := os.WriteFile(config, []byte(f.config), 0o600); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.ctx, 2*time.Minute)
	defer cancel()
	s.ctx, s.flags, s.environ = ctx, []string{"--config", config}, []string{"GOMAXPROCS=1"}
	s.change()
	s.start()
	s.await("first copies", s.mirroredAll)
	s.look()
	injected := s.suffer(f)
	if !s.recovers(f.errno, injected) {
		if !matches(ofRuntime, injected) {
			s.t.Fatalf("%v: the service ended:\n%s", injected, s.tail())
		}
		s.total.add("services ended by Go's runtime", 1)
		return false
	}
	s.stop()
	s.look()
	s.wantAll(injected)
	s.run("verify", "--stats", s.stats, "--state", s.state, "--backup", s.backup)
	s.total.add("services", 1)
	s.total.add(f.String()+" failed", len(injected))
	return true
}

// suffer stores with a fault until the log tells of it, or the service ends, and
// returns the calls that failed.
func (s *faulty) suffer(f fault) (injected []string) {
	s.t.Helper()
	detach, trace := s.attach(f)
	if f.file != "" {
		s.reload()
	}
	for alive := true; alive && !s.told(f.errno); {
		s.change()
		alive = s.lives("copies or error", func() bool { return s.mirroredAll() || s.told(f.errno) })
	}
	detach()
	return s.injected(trace)
}

// recovers reports whether the service lives until all is well, and again after one
// more change.
func (s *faulty) recovers(errno syscall.Errno, injected []string) bool {
	s.t.Helper()
	torn := matches(toStderr, injected) // lines of the log are missing
	well := func() bool { return s.mirroredAll() && (torn || s.recovered(errno)) }
	if !s.lives("recovery", well) {
		return false
	}
	s.change()
	return s.lives("what comes after it", well)
}

// reload has the service open its catalog anew.
func (s *faulty) reload() {
	s.t.Helper()
	if err := s.service.Process.Signal(syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
	s.await("other service", func() bool { return s.count("service.ready") == 2 })
}

// attach has strace fail calls of the service until it is detached.
func (s *faulty) attach(f fault) (detach func(), trace string) {
	s.t.Helper()
	args, trace := s.strace(f)
	ctx, interrupt := context.WithCancel(s.ctx)
	strace := exec.CommandContext(ctx, "strace", append(args, "-p", strconv.Itoa(s.service.Process.Pid))...)
	strace.Cancel = func() error { return strace.Process.Signal(os.Interrupt) }
	strace.WaitDelay = 5 * time.Second // it may wait for ever for a service that is just ending; killed, it detaches too
	stderr, err := strace.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := strace.Start(); err != nil {
		s.t.Fatal(err)
	}
	said := bufio.NewScanner(stderr)
	for said.Scan() && !strings.Contains(said.Text(), " attached with ") {
	}
	if said.Text() == "" {
		s.t.Fatalf("strace cannot attach: %v", strace.Wait())
	}
	return func() { interrupt(); _ = strace.Wait() }, trace // which says that it was interrupted
}

// mirroredAll reports whether catalog and backup have what the stats tree has.
func (s *faulty) mirroredAll() bool {
	s.t.Helper()
	for run, want := range s.want {
		for _, place := range []*shelf{s.catalog, s.copies} {
			is, err := place.current(run)
			if err != nil {
				s.t.Fatal(err)
			}
			if is == nil || is.digests[store.Training] != want {
				return false
			}
		}
	}
	return true
}

// told reports whether the log tells of the error.
func (s *faulty) told(errno syscall.Errno) bool {
	return slices.ContainsFunc(s.lines(), func(line string) bool { return strings.Contains(line, errno.Error()) })
}

// recovered reports whether the log, after each line that tells of the error, has one
// that tells of its end.
func (s *faulty) recovered(errno syscall.Errno) bool {
	s.t.Helper()
	lines := s.lines()
	for i, line := range lines {
		if !strings.Contains(line, errno.Error()) {
			continue
		}
		if events()[field(line, "event")] == "" {
			s.t.Fatalf("the log does not say in an event: %s", line)
		}
		if !slices.ContainsFunc(lines[i:], func(later string) bool { return ends(line, later) }) {
			return false
		}
	}
	return true
}

// ends reports whether a later line of the log tells that what the earlier tells of is over.
func ends(earlier, later string) bool {
	if field(earlier, "event") == "backup.failed" {
		return field(later, "event") == "backup.recovered"
	}
	run := field(earlier, "run") // none if no run of the tree could be read
	return field(later, "event") == "backup.mirrored" && (run == "" || field(later, "run") == run)
}

func (s *faulty) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Split(s.log.String(), "\n")
}
