package watcher

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"
)

// A polled tree is a tree that inotify cannot watch. It lives in a synctest bubble.
type polled struct {
	*testing.T
	root    string
	watcher *Watcher
	logs    *observer.ObservedLogs
	start   time.Time

	mu      sync.Mutex
	changes []string // such as "12s run"
	opens   []time.Duration
}

// poll runs script beside a watcher without inotify, in a bubble with its own clock.
func poll(t *testing.T, o Options, script func(p *polled)) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "training_stats"), 0o777); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		o.Log = zap.New(core)
		p := &polled{T: t, root: root, watcher: New(root, o), logs: logs, start: time.Now()}
		p.watcher.open = func() (*fsnotify.Watcher, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.opens = append(p.opens, time.Since(p.start))
			return nil, os.NewSyscallError("inotify_init1", unix.EMFILE)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		each := &looker{root: root, ignore: p.watcher.options.Ignore, found: p.found}
		go func() { done <- p.watcher.Run(ctx, each.emit) }()
		script(p)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (p *polled) found(run string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changes = append(p.changes, time.Since(p.start).String()+" "+run)
}

// wait lets d pass.
func (p *polled) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (p *polled) write(run string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.root, "training_stats", run), nil, 0o666); err != nil {
		p.Fatal(err)
	}
}

func (p *polled) want(changes ...string) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.changes, changes) {
		p.Errorf("changes %q, want %q", p.changes, changes)
	}
}

func TestPollsWithoutInotify(t *testing.T) {
	poll(t, Options{}, func(p *polled) {
		p.wait(5 * time.Second)
		p.write("a")
		p.wait(20 * time.Second) // seen by the scans at 10 and 20 s
		if err := os.Remove(filepath.Join(p.root, "training_stats", "a")); err != nil {
			p.Fatal(err)
		}
		p.wait(20 * time.Second) // gone at 30 s, and forgotten
		p.want("10s a", "20s a", "30s a")
		p.mu.Lock()
		defer p.mu.Unlock()
		if want := []time.Duration{0, 10 * time.Second, 20 * time.Second, 30 * time.Second, 40 * time.Second}; !slices.Equal(p.opens, want) {
			p.Errorf("inotify tried at %v, want %v", p.opens, want)
		}
		limits := p.logs.FilterField(zap.String("event", eventLimit)).All()
		if len(limits) != 1 {
			p.Fatalf("%s logged %d times, want once", eventLimit, len(limits))
		}
		fields := limits[0].ContextMap()
		if fields["sysctl"] != "fs.inotify.max_user_instances" || fields["current"] == int64(0) {
			p.Errorf("the limit is logged as %v", fields)
		}
	})
}

func TestNeverPolls(t *testing.T) {
	poll(t, Options{Polling: PollNever}, func(p *polled) {
		p.wait(time.Second)
		p.write("a")
		p.wait(11 * time.Minute)
		p.want("10m0s a")
	})
}

// TestADay polls every ten seconds, or scans every ten minutes, for a day. A run written halfway
// through is reported as often as promised. Nothing piles up.
func TestADay(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		polling Polling
		every   time.Duration
	}{{PollAuto, 10 * time.Second}, {PollNever, 10 * time.Minute}} {
		poll(t, Options{Polling: c.polling}, func(p *polled) {
			p.wait(day/2 + time.Second)
			p.write("a")
			before := goroutines()
			p.wait(day/2 - time.Second + c.every/2)
			p.mu.Lock()
			defer p.mu.Unlock()
			if got, want := len(p.changes), int(day/2/c.every); got != want {
				p.Errorf("%s: reported %d times, want %d", c.polling, got, want)
			}
			if got, want := len(p.opens), int(day/c.every)+1; got != want {
				p.Errorf("%s: inotify tried %d times, want %d", c.polling, got, want)
			}
			if got := p.logs.FilterField(zap.String("event", eventLimit)).Len(); got != 1 {
				p.Errorf("%s: %s logged %d times", c.polling, eventLimit, got)
			}
			if got := goroutines(); got > before {
				p.Errorf("%s: %d goroutines became %d", c.polling, before, got)
			}
		})
	}
}

// goroutines counts the goroutines of the bubble. runtime.NumGoroutine also counts a goroutine that has
// just ended, and the bubble does not wait for that.
func goroutines() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "synctest bubble")
}

func TestMissingTreeIsCounted(t *testing.T) {
	poll(t, Options{}, func(p *polled) {
		want := func(want time.Duration) {
			p.Helper()
			if got := p.watcher.MissingFor(); got != want {
				p.Errorf("after %v: missing for %v, want %v", time.Since(p.start), got, want)
			}
		}
		dir := filepath.Join(p.root, "training_stats")
		p.wait(time.Second)
		want(0)
		if err := os.Remove(dir); err != nil {
			p.Fatal(err)
		}
		p.wait(24 * time.Second) // missed since the scan at 10 s
		want(15 * time.Second)
		if err := os.Remove(p.root); err != nil {
			p.Fatal(err)
		}
		p.wait(time.Hour)
		want(time.Hour + 15*time.Second)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			p.Fatal(err)
		}
		p.wait(10 * time.Second)
		want(0)
	})
}

func TestAlive(t *testing.T) {
	poll(t, Options{}, func(p *polled) {
		p.wait(time.Second)
		if err := p.watcher.Alive(p.Context()); err != nil {
			p.Error(err)
		}
		idle := New(p.root, Options{})
		ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
		defer cancel()
		if err := idle.Alive(ctx); !errors.Is(err, context.DeadlineExceeded) {
			p.Errorf("Alive of a watcher that does not run: %v", err)
		}
	})
}

func TestOverflowIsLoggedOnceAMinute(t *testing.T) {
	poll(t, Options{}, func(p *polled) {
		core, logs := observer.New(zap.DebugLevel)
		l := newLoop(New(p.root, Options{Log: zap.New(core)}), p.root, nil)
		for range 100 {
			l.handleLoss(fsnotify.ErrEventOverflow, time.Now())
			time.Sleep(time.Second)
		}
		all := logs.FilterField(zap.String("event", eventOverflow)).All()
		if len(all) != 2 || all[1].ContextMap()["held_back"] != int64(59) {
			p.Errorf("logged %v", all)
		}
	})
}

func TestPollingIsLogged(t *testing.T) {
	t.Parallel()
	tr := watch(t, Options{Polling: PollAlways, Poll: 50 * time.Millisecond}, bothDirs+"write stats/training_stats/a")
	for range 3 {
		tr.want("a") // without an event
	}
	tr.awaitLog(eventPolling)
	if n := tr.logged(eventPolling); n != 1 {
		t.Errorf("%s logged %d times, want once", eventPolling, n)
	}
}

// Watches that do not fit at first are added by a later scan, and polling ends.
func TestPollsUntilWatchesFit(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	l := newLoop(New(top, Options{}), top, func(Change) {})
	defer l.close()
	broken := true
	l.open = func() (*fsnotify.Watcher, error) {
		if broken {
			return nil, unix.EMFILE
		}
		return fsnotify.NewWatcher()
	}
	l.scan(epoch)
	if l.was.polling == "" || !l.deadline().Equal(epoch.Add(10*time.Second)) {
		t.Errorf("polling %q, next scan at %v", l.was.polling, l.deadline())
	}
	broken = false
	l.scan(epoch)
	if l.was.polling != "" || !l.nextScan.Equal(epoch.Add(10*time.Minute)) || !l.watched[top] {
		t.Errorf("polling %q, next scan at %v, watched %v", l.was.polling, l.nextScan, l.watched)
	}
}

func TestLimitOf(t *testing.T) {
	for err, want := range map[error]string{
		unix.ENOSPC: "fs.inotify.max_user_watches",
		unix.EMFILE: "fs.inotify.max_user_instances",
		unix.EACCES: "",
	} {
		l, ok := limitOf(&os.PathError{Op: "watch", Path: "a", Err: err})
		if ok != (want != "") || l.sysctl != want {
			t.Errorf("limit of %v is %+v, want %q", err, l, want)
		}
		if ok && l.suggested <= l.current {
			t.Errorf("%s: suggested %d, current %d", l.sysctl, l.suggested, l.current)
		}
	}
	if _, ok := limitOf(errors.New("other")); ok {
		t.Error("any error is a limit")
	}
}

func TestRemoteFileSystem(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/proc", "/nowhere"} {
		if name := remoteFileSystem(path); name != "" {
			t.Errorf("%s is on %s", path, name)
		}
	}
	for magic, want := range map[int64]string{
		0x6969: "nfs", 0x517b: "smb", 0xff534d42: "cifs", 0xfe534d42: "smb2", 0x65735546: "fuse",
		0x0bd00bd0: "lustre", 0x00c36400: "ceph", 0x01021997: "9p", 0x5346414f: "afs", 0x47504653: "gpfs", 0x7461636f: "ocfs2",
	} {
		if remote[magic] != want {
			t.Errorf("%#x is %q, want %q", magic, remote[magic], want)
		}
	}
}
