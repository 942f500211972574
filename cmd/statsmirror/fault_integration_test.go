//go:build integration

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// systemCalls are those by which the program touches data, and how each fails.
var systemCalls = []struct {
	name  string
	errno syscall.Errno
}{
	{"close", syscall.EIO},
	{"flock", syscall.EIO},
	{"fsync", syscall.EIO},
	{"getdents64", syscall.EIO},
	{"mkdirat", syscall.ENOSPC},
	{"openat", syscall.EMFILE},
	{"pread64", syscall.EIO},
	{"read", syscall.EIO},
	{"renameat", syscall.EIO},
	{"unlinkat", syscall.EIO},
	{"write", syscall.ENOSPC},
}

// TestFailingSystemCalls has the kernel fail each system call of a sync in its turn, once,
// or from one on for good, by strace, which counts the calls of each thread. Whatever
// fails, nothing is lost; the exit status tells whether all was done, and if not, stderr
// says what, where and why; and the next sync does what is left.
func TestFailingSystemCalls(t *testing.T) {
	t.Parallel()
	began := time.Now()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal(err)
	}
	program := build(t.Context(), t, "-tags", "netgo,osusergo") // without a dynamic linker, as it is packaged
	total := &tally{counts: map[string]int{}}
	t.Run("call", func(t *testing.T) {
		for _, call := range systemCalls {
			t.Run(call.name, func(t *testing.T) {
				t.Parallel()
				for n := 1; n <= 16 && newFaulty(t, program, total).fail(call.name, call.errno, strconv.Itoa(n)); n++ {
				}
			})
			t.Run(call.name+"+", func(t *testing.T) {
				t.Parallel()
				for n := 1; n <= 16 && newFaulty(t, program, total).fail(call.name, call.errno, strconv.Itoa(n)+"+"); n *= 4 {
				}
			})
		}
	})
	t.Logf("in %v: %s", time.Since(began).Round(time.Second), total)
}

// faulty is a site where syncs fail.
type faulty struct {
	*mirrored
	total           *tally
	step            int
	want            map[string]string // digests of training stats, by run
	catalog, copies *shelf
}

func newFaulty(t *testing.T, program string, total *tally) *faulty {
	t.Helper()
	dir := t.TempDir()
	s := &faulty{
		mirrored: &mirrored{
			t: t, ctx: t.Context(), program: program, dir: dir,
			stats: filepath.Join(dir, "stats"), backup: filepath.Join(dir, "backup"), state: filepath.Join(dir, "state"),
		},
		total: total, want: map[string]string{},
	}
	s.catalog, s.copies = &shelf{dir: s.state}, &shelf{dir: s.backup}
	return s
}

// fail does a first sync and a later one with a fault. It reports whether it came: no
// thread may make so many calls.
func (s *faulty) fail(call string, errno syscall.Errno, when string) bool {
	s.t.Helper()
	first := s.sync(call, errno, when)
	return s.sync(call, errno, when) || first
}

// sync changes the stats tree, syncs with a fault, and then without. It reports
// whether the fault came.
func (s *faulty) sync(call string, errno syscall.Errno, when string) (hit bool) {
	s.t.Helper()
	s.change()
	trace := filepath.Join(s.t.TempDir(), "trace")
	args := []string{
		"-f", "-ff", "-qq", "-y", "--seccomp-bpf", "-o", trace, "-e", "trace=" + call, "-e", "signal=none",
		"-e", fmt.Sprintf("inject=%s:error=%s:when=%s", call, errnoName(errno), when), s.program,
	}
	status, said := s.execute("strace", append(args, s.arguments()...)...)
	injected := s.injected(trace)
	s.look()
	s.judge(status, said, injected, errno)
	if status, said := s.execute(s.program, s.arguments()...); status != exitDone {
		s.t.Errorf("after %v the next sync exits with %d:\n%s", injected, status, said)
	}
	s.look()
	s.wantAll(injected)
	return len(injected) > 0
}

func (s *faulty) arguments() []string {
	return []string{"sync", "--stats", s.stats, "--state", s.state, "--backup", s.backup, "--log-format", "json"}
}

// change has one run go further, begin another anew, and add a third.
func (s *faulty) change() {
	s.t.Helper()
	s.step++
	s.store("further", 10*s.step, 0)
	s.store("anew", 10, s.step)
	s.store(fmt.Sprintf("new %d", s.step), 10, s.step)
}

// store has the file of a run be there as if it had been for an hour.
func (s *faulty) store(run string, rows, life int) {
	s.t.Helper()
	var stats store.TrainingStats
	for i := range rows {
		stats.Iteration.Append(int64(i))
		stats.Loss.Append(math.Sin(float64(i + 1000*life)))
		stats.Time.Append(0.25)
	}
	err := os.MkdirAll(s.stats, 0o755)
	root, rootErr := os.OpenRoot(s.stats)
	if err := errors.Join(err, rootErr); err != nil {
		s.t.Fatal(err)
	}
	defer root.Close()
	_, err = store.WriteTraining(root, run, run, stats)
	then := time.Now().Add(-time.Hour)
	if err := errors.Join(err, os.Chtimes(filepath.Join(s.stats, string(store.Training), run), then, then)); err != nil {
		s.t.Fatal(err)
	}
	s.want[run] = digestTraining(stats)
}

func (s *faulty) execute(program string, args ...string) (status int, said string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); cmd.ProcessState == nil || !cmd.ProcessState.Exited() {
		s.t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// injected returns the calls that strace has failed, whether they touched data or not.
func (s *faulty) injected(trace string) []string {
	s.t.Helper()
	files, err := filepath.Glob(trace + ".*")
	if err != nil || len(files) == 0 {
		s.t.Fatalf("strace has traced nothing: %v", err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "(INJECTED)") {
				all = append(all, strings.TrimSpace(line))
			}
		}
	}
	s.total.add("syncs with a fault", min(len(all), 1))
	for _, line := range all {
		switch {
		case strings.Contains(line, s.state):
			s.total.add("faults in the catalog", 1)
		case strings.Contains(line, s.backup):
			s.total.add("faults in the backup", 1)
		case strings.Contains(line, s.stats):
			s.total.add("faults in the stats tree", 1)
		}
	}
	return all
}

// judge holds the exit status to what was done, and what was said to what failed.
func (s *faulty) judge(status int, said string, injected []string, errno syscall.Errno) {
	s.t.Helper()
	s.total.add(fmt.Sprintf("exit status %d", status), 1)
	switch {
	case status == exitDone:
		s.wantAll(injected)
	case status == exitFailed && !matches(toStderr, injected):
		for _, want := range []string{errno.Error(), s.dir, remedy(errno)} {
			if !strings.Contains(said, want) {
				s.t.Errorf("%v: stderr does not say %q:\n%s", injected, want, said)
			}
		}
	case status != exitFailed && !matches(ofRuntime, injected):
		s.t.Errorf("%v: exit status %d:\n%s", injected, status, said)
	}
}

func matches(what *regexp.Regexp, injected []string) bool {
	return slices.ContainsFunc(injected, what.MatchString)
}

var (
	toStderr  = regexp.MustCompile(`\bwrite\([12]<`)
	ofRuntime = regexp.MustCompile(`<anon_inode:`) // without which Go's runtime does not go on
)

// look holds catalog and backup to having what they had.
func (s *faulty) look() {
	s.t.Helper()
	for _, place := range []*shelf{s.catalog, s.copies} {
		if err := place.look(); err != nil {
			s.t.Fatal(err)
		}
		s.total.add("states compared", len(place.read))
		place.read = nil
	}
	if err := s.copies.within(s.catalog); err != nil {
		s.t.Fatal(err)
	}
}

// wantAll holds catalog and backup to having what the stats tree has, and as many
// generations as were stored one after the other.
func (s *faulty) wantAll(injected []string) {
	s.t.Helper()
	for run, want := range s.want {
		for _, place := range []*shelf{s.catalog, s.copies} {
			is := place.files[snapshot.Path(run)]
			if is == nil || is.digests[store.Training] != want {
				s.t.Errorf("%v: %s does not have what the stats tree has of the run %q", injected, place.dir, run)
			} else if run == "anew" && is.generation != int64(s.step) {
				s.t.Errorf("%v: %s is at generation %d of %d", injected, place.dir, is.generation, s.step)
			}
		}
	}
}

func errnoName(errno syscall.Errno) string {
	return map[syscall.Errno]string{syscall.EIO: "EIO", syscall.ENOSPC: "ENOSPC", syscall.EMFILE: "EMFILE"}[errno]
}
