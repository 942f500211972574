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

// serviceFaults lists the faults of a running service. The fault of write lets most lines of the log
// through. If the stats tree cannot be opened, only the watcher logs it, at its next scan.
var serviceFaults = []fault{
	{call: "fsync", errno: syscall.EIO, when: "1+ 2+2 3+3 4+5"},
	{call: "ftruncate", errno: syscall.EIO, when: "1+", file: "records/index"},
	{call: "openat", errno: syscall.EACCES, when: "1+", config: "rescan_interval: 1s"},
	{call: "openat", errno: syscall.EACCES, when: "2+2 3+3 4+5 8+7"},
	{call: "pwrite64", errno: syscall.EDQUOT, when: "1+ 2+2"},
	{call: "renameat", errno: syscall.EROFS, when: "1+ 2+2 3+3"},
	{call: "write", errno: syscall.ENOSPC, when: "1+4 2+4 3+5 4+5"},
}

// TestServiceOutlivesFailingSystemCalls makes system calls of a running service fail while runs are
// stored, extended and overwritten. When the calls work again, the service brings catalog and
// backup up to date without a restart. Its log reports the error and then the recovery.
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

// outlives runs a service through a fault. It reports whether the service survived, which it cannot
// if the fault hits Go's runtime. With one processor that is rare, because its threads hardly ever
// wake each other by a write.
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

// suffer stores runs during a fault until the log reports the error or the service ends. It returns
// the calls that failed.
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

// recovers reports whether the service recovers from the fault, and then also copies one more change.
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

// reload makes the service open its catalog again.
func (s *faulty) reload() {
	s.t.Helper()
	if err := s.service.Process.Signal(syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
	s.await("other service", func() bool { return s.count("service.ready") == 2 })
}

// attach makes strace fail calls of the service until the caller detaches it.
func (s *faulty) attach(f fault) (detach func(), trace string) {
	s.t.Helper()
	args, trace := s.strace(f)
	ctx, interrupt := context.WithCancel(s.ctx)
	strace := exec.CommandContext(ctx, "strace", append(args, "-p", strconv.Itoa(s.service.Process.Pid))...)
	strace.Cancel = func() error { return strace.Process.Signal(os.Interrupt) }
	strace.WaitDelay = 5 * time.Second // strace may wait for ever for a service that is ending; killing it detaches it too
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
	return func() { interrupt(); _ = strace.Wait() }, trace // Wait only says that strace was interrupted
}

// mirroredAll reports whether catalog and backup have the rows in the stats tree.
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

// told reports whether the log has the error.
func (s *faulty) told(errno syscall.Errno) bool {
	return slices.ContainsFunc(s.lines(), func(line string) bool { return strings.Contains(line, errno.Error()) })
}

// recovered reports whether the log has, after each line with the error, a line that reports its end.
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

// ends reports whether a later line of the log reports the end of the failure in an earlier line.
func ends(earlier, later string) bool {
	if field(earlier, "event") == "backup.failed" {
		return field(later, "event") == "backup.recovered"
	}
	run := field(earlier, "run") // empty if no run of the tree could be read
	return field(later, "event") == "backup.mirrored" && (run == "" || field(later, "run") == run)
}

func (s *faulty) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Split(s.log.String(), "\n")
}
