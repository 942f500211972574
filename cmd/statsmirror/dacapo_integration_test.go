//go:build integration

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/cmd/statsmirror/internal/exit"
)

// TestMirrorsWhatDaCapoDoes runs the service while testdata/dacapo.py acts as DaCapo. The script
// says which rows the mirror must hold, and waits until the backup holds them.
func TestMirrorsWhatDaCapoDoes(t *testing.T) {
	t.Parallel()
	program := build(t.Context(), t, "-race") // before the time limit: a busy machine builds for minutes
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte("damaged_after: 2s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := &mirrored{
		t: t, ctx: ctx, program: program, flags: []string{"--config", config}, dir: dir,
		stats: filepath.Join(dir, "stats"), backup: filepath.Join(dir, "backup"), state: filepath.Join(dir, "state"),
	}
	seed := strconv.FormatUint(seedOf(t), 10)

	m.start()
	defer m.stop()
	dacapo := act(ctx, t, "dacapo.py", "act", m.stats, seed)
	for {
		var line dacapoLine
		if !dacapo.says(&line) {
			break
		}
		m.answer(line)
		dacapo.answer("go on")
	}
}

// seedOf returns the seed of random choices: STATSMIRROR_SEED, or a random one.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if given := os.Getenv("STATSMIRROR_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatalf("STATSMIRROR_SEED: %v", err)
		}
	}
	t.Logf("STATSMIRROR_SEED=%d", seed)
	return seed
}

// acting is a script in testdata that acts as DaCapo.
type acting struct {
	t      *testing.T
	ctx    context.Context
	script *exec.Cmd
	said   *json.Decoder
	goOn   io.Writer
}

func act(ctx context.Context, t *testing.T, script string, args ...string) *acting {
	t.Helper()
	a := &acting{t: t, ctx: ctx, script: exec.CommandContext(ctx, "python3", append([]string{filepath.Join("testdata", script)}, args...)...)}
	a.script.Stderr = os.Stderr
	goOn, err := a.script.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := a.script.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.script.Start(); err != nil {
		t.Fatal(err)
	}
	a.said, a.goOn = json.NewDecoder(said), goOn
	return a
}

// says reads a line, and reports whether the script wrote one.
func (a *acting) says(line any) bool {
	a.t.Helper()
	err := a.said.Decode(line)
	if err == nil {
		return true
	}
	if ended := a.script.Wait(); (err != io.EOF || ended != nil) && a.ctx.Err() == nil {
		a.t.Errorf("the acting DaCapo: %v, %v", err, ended)
	}
	return false
}

func (a *acting) answer(text string) { fmt.Fprintln(a.goOn, text) }

// dacapoLine is a line from the script. Runs are in hexadecimal, because not every name is UTF-8.
type dacapoLine struct {
	Op     string
	Run    string
	Expect map[string]runDigest
	Ended  map[string][]runDigest
}

// runDigest is one generation of a run.
type runDigest struct {
	Generation int64      `json:"generation"`
	Training   rowsDigest `json:"training_stats"`
	Validation rowsDigest `json:"validation_scores"`
}

type rowsDigest struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

// mirrored is a stats tree with a service that mirrors it.
type mirrored struct {
	t                         *testing.T
	ctx                       context.Context
	program                   string
	flags                     []string // of the service, besides the directories
	environ                   []string // of the service, besides the environment of the test
	dir, stats, backup, state string
	service                   *exec.Cmd
	ended                     chan struct{}     // closed at the end of the log
	logged                    chan struct{}     // holds one if there are new lines
	heard                     func(line string) // called for each line, if not nil; set before start
	mu                        sync.Mutex
	log                       bytes.Buffer // of all services so far
	events                    map[string]int
	torn                      int
}

func (m *mirrored) answer(line dacapoLine) {
	m.t.Helper()
	switch line.Op {
	case "settled":
		for run, want := range line.Expect {
			m.await(fmt.Sprintf("run %q as %+v", unhex(run), want), func() bool { return m.holds(unhex(run), want) })
		}
	case "torn":
		m.torn++
		m.await("the torn file in the log", func() bool { return m.count("run.invalid") >= m.torn })
		m.run("restore", "--in-place", "--force", "--stats", m.stats, "--backup", m.backup, "--state", m.state, "--", unhex(line.Run))
	case "stop":
		m.stop()
	case "start":
		m.start()
	case "done":
		m.compareAll(line)
	}
}

// compareAll compares every generation. It also restores the current ones and compares the rows
// that Python reads.
func (m *mirrored) compareAll(line dacapoLine) {
	m.t.Helper()
	for run, want := range line.Expect {
		for _, generation := range append(line.Ended[run], want) {
			got := m.show(unhex(run), "--generation", strconv.FormatInt(generation.Generation, 10))
			if diff := cmp.Diff(generation, got); diff != "" {
				m.t.Errorf("run %q: %s", unhex(run), diff)
			}
		}
		var history []struct{ Generation int64 }
		decode(m.t, m.run("history", "--json", "--backup", m.backup, "--", unhex(run)), &history)
		if int64(len(history)) != want.Generation {
			m.t.Errorf("run %q: %d generations, want %d", unhex(run), len(history), want.Generation)
		}
	}
	m.run("verify", "--backup", m.backup)
	restored := filepath.Join(m.dir, "restored")
	m.run("restore", "--all", "--to", restored, "--backup", m.backup)
	output, err := exec.CommandContext(m.ctx, "python3", "testdata/dacapo.py", "read", restored).Output()
	if err != nil {
		m.t.Fatal(err)
	}
	var got dacapoLine
	decode(m.t, output, &got)
	for run, want := range line.Expect {
		want.Generation = 0
		if diff := cmp.Diff(want, got.Expect[run]); diff != "" {
			m.t.Errorf("run %q restored: %s", unhex(run), diff)
		}
	}
}

// await waits until the condition holds. It checks after each line of the log, and also now and
// then, because a line may be lost.
func (m *mirrored) await(what string, holds func() bool) {
	m.t.Helper()
	if !m.lives(what, holds) {
		m.t.Fatalf("the service ended, awaiting %s:\n%s", what, m.tail())
	}
}

// lives is await, and reports whether the service lived until then.
func (m *mirrored) lives(what string, holds func() bool) bool {
	m.t.Helper()
	for !holds() {
		select {
		case <-m.logged:
		case <-time.After(time.Second):
		case <-m.ended:
			return false
		case <-m.ctx.Done():
			m.t.Fatalf("no %s:\n%s", what, m.tail())
		}
	}
	return true
}

func (m *mirrored) holds(run string, want runDigest) bool {
	got, err := m.tryShow(run)
	return err == nil && got == want
}

func (m *mirrored) show(run string, more ...string) runDigest {
	m.t.Helper()
	got, err := m.tryShow(run, more...)
	if err != nil {
		m.t.Error(err)
	}
	return got
}

func (m *mirrored) tryShow(run string, more ...string) (runDigest, error) {
	args := append([]string{"show", "--json", "--backup", m.backup}, more...)
	output, err := m.command(append(args, "--", run)...)
	if err != nil {
		return runDigest{}, err
	}
	return digestOf(output)
}

func (m *mirrored) run(args ...string) []byte {
	m.t.Helper()
	output, err := m.command(args...)
	if err != nil {
		m.t.Fatal(err)
	}
	return output
}

// command executes a command line in this process. A new process for each line of the log would
// take most of the time of the test.
func (m *mirrored) command(args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	if status := (&Main{Stdout: &stdout, Stderr: &stderr}).Run(m.ctx, args); status != exit.Done {
		return nil, fmt.Errorf("statsmirror %q: exit status %d\n%s%s", args, status, &stdout, &stderr)
	}
	return stdout.Bytes(), nil
}

func (m *mirrored) start() {
	m.t.Helper()
	m.launch()
	m.await("service", func() bool { return m.count("service.started") > m.count("service.stopped") })
}

func (m *mirrored) launch() {
	m.t.Helper()
	m.service = m.serviceCommand()
	stderr, err := m.service.StderrPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.service.Start(); err != nil {
		m.t.Fatal(err)
	}
	if m.events == nil {
		m.events = map[string]int{}
	}
	m.ended, m.logged = make(chan struct{}), make(chan struct{}, 1)
	go m.follow(stderr, m.ended, m.logged)
}

func (m *mirrored) serviceCommand() *exec.Cmd {
	args := append([]string{"run", "--stats", m.stats, "--backup", m.backup, "--state", m.state, "--log-format", "json"}, m.flags...)
	service := exec.CommandContext(m.ctx, m.program, args...)
	service.Env = append(os.Environ(), m.environ...)
	return service
}

// follow keeps what a service logs until it ends.
func (m *mirrored) follow(stderr io.Reader, ended, logged chan<- struct{}) {
	defer close(ended)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		m.mu.Lock()
		fmt.Fprintln(&m.log, lines.Text())
		m.events[field(lines.Text(), "event")]++
		m.mu.Unlock()
		if m.heard != nil {
			m.heard(lines.Text())
		}
		select {
		case logged <- struct{}{}:
		default:
		}
	}
}

// stop ends the service as a service manager does. A data race makes its exit status other than 0.
func (m *mirrored) stop() {
	m.t.Helper()
	if err := m.service.Process.Signal(syscall.SIGTERM); err != nil {
		m.t.Error(err)
	}
	<-m.ended
	if err := m.service.Wait(); err != nil {
		m.t.Errorf("the service ended with %v:\n%s", err, m.tail())
	}
}

func (m *mirrored) count(event string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.events[event]
}

// field returns the text of a field in a line of the log, still escaped.
func field(line, name string) string {
	_, after, _ := strings.Cut(line, `"`+name+`":"`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

func (m *mirrored) tail() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := m.log.String()
	return text[max(0, len(text)-8000):]
}

func build(ctx context.Context, t *testing.T, flags ...string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "statsmirror")
	args := append([]string{"build", "-ldflags", "-X statsmirror/cmd/statsmirror/internal/config.DefaultFile=" + testConfigFile, "-o", program}, flags...)
	if output, err := exec.CommandContext(ctx, "go", append(args, ".")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return program
}

// digestOf digests what `show --json` prints as the script does: iterations
// and doubles as eight bytes, little endian, with [ and ] around lists.
func digestOf(shown []byte) (runDigest, error) {
	var run struct {
		Generation int64
		Training   []struct {
			Iteration  int64
			Loss, Time any
		} `json:"training_stats"`
		Validation []struct {
			Iteration int64
			Scores    any
		} `json:"validation_scores"`
	}
	if err := json.Unmarshal(shown, &run); err != nil {
		return runDigest{}, err
	}
	training, validation := sha256.New(), sha256.New()
	for _, row := range run.Training {
		add(training, row.Iteration, row.Loss, row.Time)
	}
	for _, row := range run.Validation {
		add(validation, row.Iteration, row.Scores)
	}
	return runDigest{
		Generation: run.Generation,
		Training:   rowsDigest{len(run.Training), hex.EncodeToString(training.Sum(nil))},
		Validation: rowsDigest{len(run.Validation), hex.EncodeToString(validation.Sum(nil))},
	}, nil
}

func add(h hash.Hash, values ...any) {
	for _, value := range values {
		switch v := value.(type) {
		case int64:
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(v)))
		case float64:
			h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
		case string:
			h.Write(binary.LittleEndian.AppendUint64(nil, map[string]uint64{
				"NaN": 0x7ff8000000000000, "Infinity": math.Float64bits(math.Inf(1)), "-Infinity": math.Float64bits(math.Inf(-1)),
			}[v]))
		case []any:
			h.Write([]byte("["))
			add(h, v...)
			h.Write([]byte("]"))
		}
	}
}

func unhex(run string) string {
	name, _ := hex.DecodeString(run)
	return string(name)
}

func decode(t *testing.T, text []byte, value any) {
	t.Helper()
	if err := json.Unmarshal(text, value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
