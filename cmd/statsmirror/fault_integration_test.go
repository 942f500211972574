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

	"golang.org/x/sys/unix"

	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// systemCalls lists the system calls that touch data, and an error for each.
var systemCalls = []fault{
	{call: "close", errno: syscall.EIO},
	{call: "flock", errno: syscall.EIO},
	{call: "fsync", errno: syscall.EIO},
	{call: "ftruncate", errno: syscall.EIO},
	{call: "getdents64", errno: syscall.EIO},
	{call: "mkdirat", errno: syscall.ENOSPC},
	{call: "openat", errno: syscall.EACCES},
	{call: "openat", errno: syscall.EMFILE},
	{call: "pread64", errno: syscall.EIO},
	{call: "pwrite64", errno: syscall.EDQUOT},
	{call: "read", errno: syscall.EIO},
	{call: "renameat", errno: syscall.EIO},
	{call: "renameat", errno: syscall.EROFS},
	{call: "unlinkat", errno: syscall.EIO},
	{call: "write", errno: syscall.ENOSPC},
}

// fault says which calls of a system call fail, and how.
type fault struct {
	call   string
	errno  syscall.Errno
	when   string // which calls of each thread, in strace's notation: 4 is the fourth, 4+ all from there, 4+2 every second from there
	file   string // the only file of the catalog that is affected; "" for all files
	config string // of the service under test
}

func (f fault) String() string { return f.call + "/" + unix.ErrnoName(f.errno) }

// TestFailingSystemCalls makes each system call of a sync fail in turn, once or from then on. strace
// does it, and counts the calls of each thread. Whatever fails, no row is lost. The exit status
// tells whether the sync did everything. If it did not, stderr names the operation, the file and
// the error, and the next sync does the rest.
func TestFailingSystemCalls(t *testing.T) {
	t.Parallel()
	began := time.Now()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal(err)
	}
	program := build(t.Context(), t, "-tags", "netgo,osusergo") // linked statically, like the packaged program
	total := &tally{counts: map[string]int{}}
	t.Run("call", func(t *testing.T) {
		for _, f := range systemCalls {
			t.Run(f.String(), func(t *testing.T) {
				t.Parallel()
				for n := 1; n <= 16 && newFaulty(t, program, total).fail(f, strconv.Itoa(n)); n++ {
				}
			})
			t.Run(f.String()+"+", func(t *testing.T) {
				t.Parallel()
				for n := 1; n <= 16 && newFaulty(t, program, total).fail(f, strconv.Itoa(n)+"+"); n *= 4 {
				}
			})
		}
	})
	t.Logf("in %v: %s", time.Since(began).Round(time.Second), total)
}

// faulty is a stats tree, a catalog and a backup between which syncs fail.
type faulty struct {
	*mirrored
	total           *tally
	step            int
	want            map[string]string // digests of the training stats of each run
	ended           []string          // digests of the ended generations of the run "anew"
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

// fail does a first sync and a second one, each with a fault. It reports whether the fault
// happened: perhaps no thread makes so many calls.
func (s *faulty) fail(f fault, when string) bool {
	s.t.Helper()
	f.when = when
	first := s.sync(f)
	return s.sync(f) || first
}

// sync changes the stats tree, syncs with a fault, and then without one. It reports whether the
// fault happened.
func (s *faulty) sync(f fault) (hit bool) {
	s.t.Helper()
	s.change()
	args, trace := s.strace(f)
	status, said := s.execute("strace", append(append(args, "-qq", "--seccomp-bpf", s.program), s.arguments()...)...)
	injected := s.injected(trace)
	s.total.add("syncs with a fault", min(len(injected), 1))
	s.look()
	s.judge(status, said, injected, f.errno)
	if status, said := s.execute(s.program, s.arguments()...); status != exit.Done {
		s.t.Errorf("after %v the next sync exits with %d:\n%s", injected, status, said)
	}
	s.look()
	s.wantAll(injected)
	return len(injected) > 0
}

// strace returns the arguments that make strace fail calls, and the prefix of the files that it writes.
func (s *faulty) strace(f fault) (args []string, trace string) {
	s.t.Helper()
	trace = filepath.Join(s.t.TempDir(), "trace")
	args = []string{
		"-f", "-ff", "-y", "-o", trace, "-e", "trace=" + f.call, "-e", "signal=none",
		"-e", fmt.Sprintf("inject=%s:error=%s:when=%s", f.call, unix.ErrnoName(f.errno), f.when),
	}
	if f.file != "" {
		args = append(args, "-P", filepath.Join(s.state, f.file))
	}
	return args, trace
}

func (s *faulty) arguments() []string {
	return []string{"sync", "--stats", s.stats, "--state", s.state, "--backup", s.backup, "--log-format", "json"}
}

// change extends one run, overwrites another, and adds a third.
func (s *faulty) change() {
	s.t.Helper()
	s.step++
	s.store("further", 10*s.step, 0)
	s.store("anew", 10, s.step)
	s.store(fmt.Sprintf("new %d", s.step), 10, s.step)
}

// store writes the file of a run and dates it back by an hour.
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
	if before := s.want[run]; life > 0 && before != "" {
		s.ended = append(s.ended, before)
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

// injected returns the calls that strace made fail.
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

// judge checks that the exit status fits the state of catalog and backup, and that stderr explains a
// failure.
func (s *faulty) judge(status int, said string, injected []string, errno syscall.Errno) {
	s.t.Helper()
	s.total.add(fmt.Sprintf("exit status %d", status), 1)
	switch {
	case status == exit.Done:
		s.wantAll(injected)
	case status == exit.Failed && !matches(toStderr, injected):
		for _, want := range []string{errno.Error(), s.dir, usage.Remedy(errno)} {
			if !strings.Contains(said, want) {
				s.t.Errorf("%v: stderr does not say %q:\n%s", injected, want, said)
			}
		}
	case status != exit.Failed && !matches(ofRuntime, injected):
		s.t.Errorf("%v: exit status %d:\n%s", injected, status, said)
	}
}

func matches(what *regexp.Regexp, injected []string) bool {
	return slices.ContainsFunc(injected, what.MatchString)
}

var (
	toStderr  = regexp.MustCompile(`\bwrite\([12]<`)
	ofRuntime = regexp.MustCompile(`<anon_inode:`) // Go's runtime cannot go on without these calls
)

// look checks that catalog and backup have lost no rows.
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

// wantAll checks that catalog and backup have the rows in the stats tree, and every ended
// generation.
func (s *faulty) wantAll(injected []string) {
	s.t.Helper()
	for run, want := range s.want {
		for _, place := range []*shelf{s.catalog, s.copies} {
			is := place.files[snapshot.Path(run)]
			if is == nil || is.digests[store.Training] != want {
				s.t.Errorf("%v: %s lacks rows of the run %q in the stats tree", injected, place.dir, run)
			} else if run == "anew" && is.generation != int64(s.step) {
				s.t.Errorf("%v: %s is at generation %d of %d", injected, place.dir, is.generation, s.step)
			}
		}
	}
	for i, want := range s.ended {
		for _, place := range []*shelf{s.catalog, s.copies} {
			if is := place.files[snapshot.HistoryPath("anew", int64(i+1))]; is == nil || is.digests[store.Training] != want {
				s.t.Errorf("%v: %s does not have generation %d as it ended", injected, place.dir, i+1)
			}
		}
	}
}
