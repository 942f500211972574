//go:build integration

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// TestKilledAtAnyMoment kills the service with SIGKILL, five hundred times or
// STATSMIRROR_KILLS, on four hosts, one of which keeps its backup on an SFTP server. Meanwhile
// testdata/soak.py stores, extends, overwrites, tears, repairs and removes stats files. It checks these promises after each kill:
//
//   - Each file in catalog and backup is whole. For each kind of statistics it has the rows that
//     the merge rule makes of complete states of DaCapo's file, in their order and bit for bit.
//     The service may miss a state that lasted less than the quiet period, or that came and went
//     while it was dead.
//   - No stored row is lost. Each row stays in its generation, or in the generation before if it was
//     only carried over. No ended generation changes. This holds from the moment the log
//     says stored, extended, overwritten or mirrored, even if the kill comes right after.
//   - The backup has no row that the catalog lacks.
//   - When the files stop changing and the service lives, catalog and backup get the rows of each
//     whole file. At the end the test verifies and restores all runs, and Python reads them.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	began := time.Now()
	seed := seedOf(t)
	kills := 500
	if given := os.Getenv("STATSMIRROR_KILLS"); given != "" {
		var err error
		if kills, err = strconv.Atoi(given); err != nil {
			t.Fatalf("STATSMIRROR_KILLS: %v", err)
		}
	}
	total := &tally{counts: map[string]int{}}
	program := build(t.Context(), t)
	t.Run("host", func(t *testing.T) {
		const hosts = 4
		for host := range hosts {
			t.Run(strconv.Itoa(host), func(t *testing.T) {
				t.Parallel()
				s := newSoak(t, program, rand.New(rand.NewPCG(seed, uint64(host))), total)
				if host == 0 {
					server := backuptest.StartSSHD(t)
					s.backup, s.copies = server.Location(server.Address, "backup"), &shelf{dir: filepath.Join(server.Dir, "backup")}
				}
				s.run((kills + host) / hosts)
			})
		}
	})
	t.Logf("in %v: %s", time.Since(began).Round(time.Second), total)
}

// tally adds up the actions and checks on all hosts.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *tally) add(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what] += n
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		all = append(all, fmt.Sprintf("%s: %d", what, t.counts[what]))
	}
	return strings.Join(all, ", ")
}

// soakLine is a line from the script.
type soakLine struct {
	Op       string
	Run      string // in hexadecimal
	What     string
	Kind     store.Kind
	Possible []string                           // digests of the rows that a mirror may have from now on
	Expect   map[string]map[store.Kind][]string // digests of the rows that it may have once settled
}

// soak is a service that is killed again and again.
type soak struct {
	*mirrored
	total    *tally
	ending   bool // all kills are done
	rng      *rand.Rand
	dacapo   *acting
	lines    <-chan soakLine
	settling *soakLine // the script waits until the service has caught up
	parsed   int       // how many bytes of the log were read

	catalog, copies *shelf
	possible        map[string]bool
	unexplained     []*shelved // files that the script may still declare possible
}

const soakQuiet = 20 * time.Millisecond

func newSoak(t *testing.T, program string, rng *rand.Rand, total *tally) *soak {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "quiet_period: %v\n", soakQuiet), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &soak{
		mirrored: &mirrored{
			t: t, ctx: untilDeadline(t), program: program, flags: []string{"--config", config}, dir: dir,
			stats: filepath.Join(dir, "stats"), backup: filepath.Join(dir, "backup"), state: filepath.Join(dir, "state"),
		},
		total: total, rng: rng, possible: map[string]bool{},
	}
	s.catalog, s.copies = &shelf{dir: s.state}, &shelf{dir: s.backup}
	s.dacapo = act(s.ctx, t, "soak.py", s.stats, strconv.FormatUint(rng.Uint64(), 10))
	lines := make(chan soakLine)
	go func() {
		defer close(lines)
		for {
			var line soakLine
			if !s.dacapo.says(&line) {
				return
			}
			lines <- line
		}
	}()
	s.lines = lines
	t.Cleanup(s.end)
	return s
}

// untilDeadline returns a context that ends 20 s before the test does, so that the test can still
// report its progress.
func untilDeadline(t *testing.T) context.Context {
	deadline, ok := t.Deadline()
	if !ok {
		return t.Context()
	}
	ctx, cancel := context.WithDeadline(t.Context(), deadline.Add(-20*time.Second))
	t.Cleanup(cancel)
	return ctx
}

// end waits for the processes that a failed test leaves. The context has ended by then.
func (s *soak) end() {
	for more := true; more; {
		_, more = <-s.lines
	}
	if s.ended != nil {
		<-s.ended
	}
}

func (s *soak) run(kills int) {
	for range kills {
		s.launch()
		s.live(s.moment())
		s.kill()
		s.look()
		s.dead(s.within(50 * time.Millisecond))
	}
	s.ending = true
	s.start()
	s.live(&moment{})
	s.stop()
	s.look()
	s.explain()
	s.compareRestored()
}

// moment says when to kill the service.
type moment struct {
	timer <-chan time.Time
	lines int  // wait for so many lines of the log, then for soon
	store bool // wait for a store, then for soon
	soon  time.Duration
}

// moment chooses a moment: during the start; at any time; right after one of the next lines of the
// log; or when a stored file is just old enough to be read.
func (s *soak) moment() *moment {
	const long = 400 * time.Millisecond
	switch s.rng.IntN(4) {
	case 0:
		return &moment{timer: time.After(s.within(60 * time.Millisecond))}
	case 1:
		return &moment{timer: time.After(s.within(long))}
	case 2:
		return &moment{timer: time.After(long), lines: 1 + s.rng.IntN(8), soon: s.within(3 * time.Millisecond)}
	default:
		return &moment{timer: time.After(long), store: true, soon: soakQuiet + s.within(20*time.Millisecond)}
	}
}

func (s *soak) within(d time.Duration) time.Duration { return time.Duration(s.rng.Int64N(int64(d))) }

// live lets the service run until the moment, or until the script ends.
func (s *soak) live(m *moment) {
	s.t.Helper()
	if s.settling != nil {
		s.settle(*s.settling)
	}
	for {
		select {
		case line, more := <-s.lines:
			if !more {
				return
			}
			if s.hear(line); s.settling != nil {
				s.settle(line)
			}
			if m.store && line.Kind != "" {
				m.timer, m.store = time.After(m.soon), false
			}
		case <-s.logged:
			if m.lines--; m.lines == 0 {
				m.timer = time.After(m.soon)
			}
		case <-m.timer:
			return
		case <-s.ended:
			s.t.Fatalf("the service ended by itself:\n%s", s.tail())
		}
	}
}

// dead leaves the service dead for a while, or until the script waits for it.
func (s *soak) dead(d time.Duration) {
	s.t.Helper()
	for over := time.After(d); s.settling == nil; {
		select {
		case line, more := <-s.lines:
			if !more {
				s.t.Fatal("the script has ended")
			}
			s.hear(line)
		case <-over:
			return
		}
	}
}

func (s *soak) hear(line soakLine) {
	s.t.Helper()
	switch line.Op {
	case "did":
		s.total.add(line.What, 1)
		for _, digest := range line.Possible {
			s.possible[possibleKey(unhex(line.Run), line.Kind, digest)] = true
		}
	case "acted":
		s.explain()
		if s.ending {
			s.dacapo.answer("end")
		} else {
			s.dacapo.answer("go on")
		}
	case "restore":
		_, err := s.command("restore", "--in-place", "--force", "--stats", s.stats, "--backup", s.backup, "--state", s.state, "--", unhex(line.Run))
		if err == nil {
			s.dacapo.answer("restored")
		} else {
			s.dacapo.answer("refused")
		}
	case "settled":
		s.settling = &line
	}
}

func possibleKey(run string, kind store.Kind, digest string) string {
	return fmt.Sprintf("%s/%s/%s", kind, run, digest)
}

// kill kills the service and waits for its end.
func (s *soak) kill() {
	s.t.Helper()
	if err := s.service.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	<-s.ended
	if err := s.service.Wait(); err == nil || s.service.ProcessState.ExitCode() != -1 {
		s.t.Fatalf("the service ended by itself: %v\n%s", err, s.tail())
	}
	s.total.add("kills", 1)
}

// look checks catalog and backup after a kill.
func (s *soak) look() {
	s.t.Helper()
	said := s.acknowledged()
	for _, place := range []*shelf{s.catalog, s.copies} {
		if err := place.look(); err != nil {
			s.t.Fatalf("%v\n%s", err, s.tail())
		}
		s.unexplained = append(s.unexplained, place.read...)
		s.total.add("states compared", len(place.read)*len(store.Kinds))
		place.read = nil
		s.total.add("files found half written", place.torn)
	}
	s.total.add("generations found half ended", s.catalog.interrupted())
	if err := s.copies.within(s.catalog); err != nil {
		s.t.Fatalf("%v\n%s", err, s.tail())
	}
	for _, a := range said {
		if !s.kept(a) {
			s.t.Fatalf("the log says %+v, which is lost\n%s", a, s.tail())
		}
	}
	s.total.add("acknowledgements", len(said))
}

// acknowledgement is a line of the log that declares rows safe.
type acknowledgement struct {
	Event          string
	Run            string
	Generation     int64
	TrainedUntil   int64 `json:"trained_until"`
	ValidatedUntil int64 `json:"validated_until"`
	Rows           int
}

// acknowledged returns the acknowledgements since its last call. It fails the test if the log
// reports damage, or trouble that a kill does not explain.
func (s *soak) acknowledged() []acknowledgement {
	s.t.Helper()
	s.mu.Lock()
	text := bytes.Clone(s.log.Bytes()[s.parsed:])
	s.parsed = s.log.Len()
	s.mu.Unlock()
	var said []acknowledgement
	for line := range bytes.Lines(text) {
		var a acknowledgement
		if err := json.Unmarshal(line, &a); err != nil {
			s.t.Fatalf("%v: %s", err, line)
		}
		switch a.Event {
		case "run.stored", "run.extended", "run.overwritten", "backup.mirrored":
			said = append(said, a)
		case "catalog.damaged", "catalog.failed", "service.failed", "service.stalled", "run.failed", "backup.failed":
			s.t.Errorf("the service says %s", line)
		}
	}
	return said
}

// kept reports whether the catalog or backup has the acknowledged rows.
func (s *soak) kept(a acknowledgement) bool {
	if a.Event == "backup.mirrored" {
		return s.copied(a)
	}
	run := s.named(a.Run)
	var carried shelved // rows that may have been carried over when the line was logged
	if before := s.catalog.files[snapshot.HistoryPath(run, a.Generation-1)]; before != nil {
		carried = *before
	}
	return slices.ContainsFunc(s.catalog.of(run, a.Generation), func(h *shelved) bool {
		trained, validated := h.until[0] >= a.TrainedUntil, h.until[1] >= a.ValidatedUntil
		if trained && validated && h.rows >= a.Rows {
			return true
		}
		trained, validated = trained || carried.until[0] == a.TrainedUntil, validated || carried.until[1] == a.ValidatedUntil
		return trained && validated && h.rows+carried.rows >= a.Rows
	})
}

// copied reports whether the backup has the acknowledged generation or a later one, and each
// generation before it.
func (s *soak) copied(a acknowledgement) bool {
	run := s.named(a.Run)
	current := s.copies.files[snapshot.Path(run)]
	if current == nil || current.generation < a.Generation {
		return false
	}
	for generation := range a.Generation - 1 {
		if s.copies.files[snapshot.HistoryPath(run, generation+1)] == nil {
			return false
		}
	}
	return true
}

// named returns the run for a name in the log, which cannot show every byte.
func (s *soak) named(logged string) string {
	for _, h := range s.catalog.files {
		if string([]rune(h.run)) == logged {
			return h.run
		}
	}
	return logged
}

// explain fails the test if a file has rows that DaCapo's files cannot have led to.
func (s *soak) explain() {
	s.t.Helper()
	for _, h := range s.unexplained {
		for kind, digest := range h.digests {
			if digest != digestOfNothing && !s.possible[possibleKey(h.run, kind, digest)] {
				s.t.Fatalf("%s in %s, generation %d of the run %q: its %s never were in a stats file\n%s", h.name, h.dir, h.generation, h.run, kind, s.tail())
			}
		}
	}
	s.unexplained = nil
}

var digestOfNothing = digestTraining(store.TrainingStats{})

// settle waits until catalog and backup have the rows in the stats files.
func (s *soak) settle(line soakLine) {
	s.t.Helper()
	s.settling = nil
	s.await("the rows of the stats files in catalog and backup", func() bool {
		for run, expect := range line.Expect {
			for _, place := range []*shelf{s.catalog, s.copies} {
				if !s.settled(place, unhex(run), expect) {
					return false
				}
			}
		}
		return true
	})
	s.total.add("times settled", 1)
	s.dacapo.answer("go on")
}

func (s *soak) settled(place *shelf, run string, expect map[store.Kind][]string) bool {
	s.t.Helper()
	is, err := place.current(run)
	if err != nil {
		s.t.Fatal(err)
	}
	for kind, digests := range expect {
		digest := digestOfNothing
		if is != nil {
			digest = is.digests[kind]
		}
		if !slices.Contains(digests, digest) {
			return false
		}
	}
	return true
}

// compareRestored runs the commands verify and restore, and compares the restored rows that
// Python reads with catalog and backup.
func (s *soak) compareRestored() {
	s.t.Helper()
	if output, err := exec.CommandContext(s.ctx, s.program, "verify", "--stats", s.stats, "--state", s.state, "--backup", s.backup).CombinedOutput(); err != nil {
		s.t.Errorf("verify: %v\n%s", err, output)
	}
	restored := filepath.Join(s.dir, "restored")
	if output, err := exec.CommandContext(s.ctx, s.program, "restore", "--all", "--backup", s.backup, "--to", restored).CombinedOutput(); err != nil {
		s.t.Errorf("restore: %v\n%s", err, output)
	}
	output, err := exec.CommandContext(s.ctx, "python3", "testdata/dacapo.py", "read", restored).Output()
	if err != nil {
		s.t.Fatal(err)
	}
	var got dacapoLine
	decode(s.t, output, &got)
	for run, is := range got.Expect {
		for _, place := range []*shelf{s.catalog, s.copies} {
			want := map[store.Kind]string{store.Training: digestOfNothing, store.Validation: digestOfNothing}
			if h := place.files[snapshot.Path(unhex(run))]; h != nil {
				want = h.digests
			}
			if diff := cmp.Diff(want, map[store.Kind]string{store.Training: is.Training.SHA256, store.Validation: is.Validation.SHA256}); diff != "" {
				s.t.Errorf("run %q of %s, restored: %s", unhex(run), place.dir, diff)
			}
		}
		s.total.add("runs restored", 1)
	}
}
