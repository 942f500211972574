//go:build integration

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"statsmirror/mirror/backup/backuptest"
	"statsmirror/store"
)

// TestObjectStores runs the service with a backup in each kind of object store, and makes the store
// fail in each way it can. Afterwards no row is lost and every copy is verified. The log
// explains the failure, and the service stays below a bound of memory.
func TestObjectStores(t *testing.T) {
	backuptest.SetKeys(t)
	program := build(t.Context(), t)
	for kind, start := range backuptest.Servers {
		for name, test := range map[string]func(*testing.T, *backuptest.Server, *storeStory){
			"KilledInAnUpload":   testKilledInAnUpload,
			"StoppedForAMinute":  testStoppedForAMinute,
			"Full":               testFull,
			"Throttled":          testThrottled,
			"BucketThatIsMissed": testBucketThatIsMissed,
			"StoredAllTheTime":   testStoredAllTheTime,
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
				defer cancel()
				dir := t.TempDir()
				server := start(t)
				test(t, server, &storeStory{&mirrored{
					t: t, ctx: ctx, program: program, dir: dir, stats: filepath.Join(dir, "stats"),
					state: filepath.Join(dir, "state"), backup: locate(server, server.Address, "0"),
				}})
			})
		}
	}
}

// locate returns the location of a backup with an interval.
func locate(server *backuptest.Server, address, interval string) string {
	return server.Location(address, "host") + "&interval=" + interval
}

// storeStory is a service that mirrors to an object store.
type storeStory struct{ *mirrored }

// store writes the files of a run and dates them back.
func (s *storeStory) store(run string, rows int) {
	s.t.Helper()
	var stats store.TrainingStats
	for i := range rows {
		stats.Iteration.Append(int64(i))
		stats.Loss.Append(math.Sin(float64(i)))
		stats.Time.Append(0.25)
	}
	if err := os.MkdirAll(s.stats, 0o755); err != nil {
		s.t.Fatal(err)
	}
	root, err := os.OpenRoot(s.stats)
	if err != nil {
		s.t.Fatal(err)
	}
	defer root.Close()
	if _, err := store.WriteTraining(root, run, run, stats); err != nil {
		s.t.Fatal(err)
	}
}

// end waits until the backup has recovered and the service has made that many copies since the
// start. Then it stops the service and checks that the backup has every run.
func (s *storeStory) end(mirrored, runs int) {
	s.t.Helper()
	s.await(fmt.Sprintf("%d copies", mirrored), func() bool { return s.count("backup.mirrored") >= mirrored && s.count("backup.recovered") > 0 })
	peak := s.peakMiB()
	s.stop()
	s.t.Logf("the service took %d MiB at most", peak)
	if most := 256; peak > most {
		s.t.Errorf("the service took %d MiB, more than %d", peak, most)
	}
	if said := string(s.run("verify", "--backup", s.backup)); said != store.CountRuns(runs)+" read in 1 place: 0 snapshots damaged or missing\n" {
		s.t.Errorf("verify says %s", said)
	}
	to := filepath.Join(s.dir, "restored")
	s.run("restore", "--all", "--backup", s.backup, "--to", to)
	if output, err := exec.Command("diff", "-r", s.stats, to).CombinedOutput(); err != nil {
		s.t.Errorf("restored: %v\n%s", err, output[:min(len(output), 1000)])
	}
}

// peakMiB returns the peak memory of the service.
func (s *storeStory) peakMiB() int {
	s.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.service.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kB int
	if _, err := fmt.Sscanf(after, "%d kB", &kB); err != nil {
		s.t.Fatal(err)
	}
	return kB >> 10
}

// says checks that the log has a failure with that text, and then a recovery.
func (s *storeStory) says(text string) {
	s.t.Helper()
	s.mu.Lock()
	log := s.log.String()
	s.mu.Unlock()
	_, after, failed := strings.Cut(log, `"event":"backup.failed"`)
	if !failed || !strings.Contains(after, text) || !strings.Contains(after, `"event":"backup.recovered"`) {
		s.t.Errorf("the log does not say %q and then that the backup recovered:\n%s", text, s.tail())
	}
}

func testKilledInAnUpload(t *testing.T, server *backuptest.Server, s *storeStory) {
	var once sync.Once
	killed := make(chan struct{})
	address := server.Proxy(t, backuptest.Faults{Upload: func(r *http.Request, content io.Reader) io.Reader {
		const large = 1 << 20
		if r.ContentLength < large {
			return content
		}
		return io.MultiReader(io.LimitReader(content, r.ContentLength/2), readerFunc(func() {
			once.Do(func() { server.Kill(); close(killed) })
		}), content)
	}})
	s.backup = locate(server, address, "0")
	s.store("million", 1_000_000)
	s.start()
	select {
	case <-killed:
	case <-s.ctx.Done():
		t.Fatalf("nothing was uploaded:\n%s", s.tail())
	}
	s.await("failure", func() bool { return s.count("backup.failed") > 0 })
	server.Start(t)
	s.end(1, 1)
	s.says("million")
}

// readerFunc is an empty reader. It is called when someone reads from it.
type readerFunc func()

func (f readerFunc) Read([]byte) (int, error) { f(); return 0, io.EOF }

func testStoppedForAMinute(t *testing.T, server *backuptest.Server, s *storeStory) {
	s.store("run", 10)
	s.start()
	s.await("copy", func() bool { return s.count("backup.mirrored") == 1 })
	server.Signal(t, syscall.SIGSTOP)
	s.store("run", 20)
	s.store("other", 10)
	s.await("catalog", func() bool { return s.count("run.extended") == 1 && s.count("run.stored") == 2 })
	stopped := time.Now()
	s.await("failure", func() bool { return s.count("backup.failed") > 0 })
	time.Sleep(time.Until(stopped.Add(time.Minute)))
	server.Signal(t, syscall.SIGCONT) // the server may now do what earlier requests asked for
	s.end(2, 2)
	s.says("timeout")
}

func testFull(t *testing.T, server *backuptest.Server, s *storeStory) {
	server.Shrink(t, "2m")
	s.store("small", 10)
	s.start()
	s.await("copy", func() bool { return s.count("backup.mirrored") == 1 })
	s.store("large", 1_000_000)
	s.store("small", 20) // this run still fits
	s.await("failure", func() bool { return s.count("backup.failed") > 0 && s.count("backup.mirrored") == 2 })
	server.Grow(t, "64m")
	s.end(3, 2)
	s.says("large")
}

func testThrottled(t *testing.T, server *backuptest.Server, s *storeStory) {
	const runs, every = 500, 20
	var requests atomic.Int64
	var busy atomic.Bool
	busy.Store(true)
	s.backup = locate(server, server.Proxy(t, backuptest.Faults{Refuse: func(*http.Request) int {
		switch n := requests.Add(1); {
		case busy.Load(), n%every == 0:
			return http.StatusServiceUnavailable
		case n%every == every/2:
			return http.StatusInternalServerError
		}
		return 0
	}}), "0")
	for i := range runs {
		s.store(fmt.Sprintf("run-%d", i), 100)
	}
	s.start()
	s.await("failure", func() bool { return s.count("backup.failed") > 0 })
	busy.Store(false)
	s.backup = locate(server, server.Address, "0") // the proxy is to refuse only the service
	s.end(runs, runs)
	t.Logf("%d requests, every %dth refused", requests.Load(), every/2)
	s.says("503")
}

func testBucketThatIsMissed(t *testing.T, server *backuptest.Server, s *storeStory) {
	bucket := filepath.Join(server.Dir, "bucket")
	if err := os.RemoveAll(bucket); err != nil {
		t.Fatal(err)
	}
	s.store("run", 10)
	s.start()
	s.await("failure", func() bool { return s.count("backup.failed") > 0 })
	server.MakeBucket(t)
	s.end(1, 1)
	s.says("there is no bucket bucket")
}

// testStoredAllTheTime stores a run every 100 ms, and counts the uploads to a backup with an
// interval of 2 s.
func testStoredAllTheTime(t *testing.T, server *backuptest.Server, s *storeStory) {
	const interval, uploads = 2 * time.Second, 5
	var mu sync.Mutex
	var at []time.Time
	s.backup = locate(server, server.Proxy(t, backuptest.Faults{Refuse: func(r *http.Request) int {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "snapshots/run.parquet") {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
		}
		return 0
	}}), interval.String())
	s.store("run", 10)
	s.start()
	stored := 0
	s.await("uploads", func() bool {
		stored++
		s.store("run", 10+stored)
		time.Sleep(100 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		return len(at) >= uploads
	})
	s.await("last store", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return strings.Contains(s.log.String(), fmt.Sprintf(`"trained_until":%d,`, 10+stored))
	})
	s.stop() // which copies the last store
	t.Logf("%d stores in %v, %d uploads", stored, at[uploads-1].Sub(at[0]), uploads)
	for i := 1; i < uploads; i++ {
		if gap := at[i].Sub(at[i-1]); gap < interval || gap > 2*interval {
			t.Errorf("%v between two uploads, want a little more than %v", gap, interval)
		}
	}
	if stored < 3*uploads {
		t.Errorf("only %d stores", stored)
	}
	s.run("verify", "--backup", s.backup)
	s.run("restore", "run", "--backup", s.backup, "--to", filepath.Join(s.dir, "restored"))
	if output, err := exec.Command("diff", "-r", s.stats, filepath.Join(s.dir, "restored")).CombinedOutput(); err != nil {
		t.Errorf("restored: %v\n%s", err, output)
	}
}
