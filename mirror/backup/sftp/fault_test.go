package sftp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/knownhosts"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
)

// over returns a backup that reaches the server by another address, with short times.
func (s *server) over(t *testing.T, address string) *Backup {
	t.Helper()
	write(t, s.knownHosts, []byte(knownhosts.Line([]string{address}, s.host.PublicKey())+"\n"))
	at := s.address
	s.address = address
	b := s.open(t)
	s.address = at
	b.timing.answer, b.timing.ping, b.timing.remove, b.timing.fresh = 2*time.Second, time.Second, 500*time.Millisecond, 0
	b.timing.poll, b.timing.stale = 5*time.Millisecond, 50*time.Millisecond
	return b
}

// TestCutConnectionLosesNothing cuts the connection after more and more bytes of a replacement. Each
// time the file is whole, the old one or the new, and the next attempt succeeds.
func TestCutConnectionLosesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	wire := backuptest.StartWire(t, s.address)
	b := s.over(t, wire.Address)
	content := func(i int) string { return strings.Repeat("x", 1000+i) }
	info, err := b.Put(t.Context(), "a/b", strings.NewReader(content(0)), 1000, backup.None)
	if err != nil {
		t.Fatal(err)
	}
	failures := 0
	for i := 1; ; i++ {
		wire.Left.Store(int64(100 * i))
		text := content(i)
		done, err := b.Put(t.Context(), "a/b", strings.NewReader(text), int64(len(text)), info.Version)
		cut := wire.Left.Load() == 0
		wire.Left.Store(-1)
		now, readErr := os.ReadFile(filepath.Join(s.dir, "a/b"))
		if readErr != nil || string(now) != text && (err == nil || string(now) != content(i-1)) {
			t.Fatalf("cut after %d bytes: %v, %v; the file has %d bytes", 100*i, err, readErr, len(now))
		}
		switch {
		case err == nil && !cut:
			if failures < 10 {
				t.Errorf("the connection was cut only %d times", failures)
			}
			return
		case err != nil:
			failures++
			if done, err = again(t, b, text, len(now) == len(text)); err != nil {
				t.Fatalf("after a cut at %d bytes: %v", 100*i, err)
			}
		}
		info = done
	}
}

// again puts text over the version that is there, unless it is there already.
func again(t *testing.T, b *Backup, text string, there bool) (backup.Info, error) {
	f, err := b.Open(t.Context(), "a/b")
	if err != nil || there {
		return infoOfFile(f), err
	}
	return b.Put(t.Context(), "a/b", strings.NewReader(text), int64(len(text)), f.Info().Version)
}

func infoOfFile(f backup.File) backup.Info {
	if f == nil {
		return backup.Info{}
	}
	return f.Info()
}

func TestHungServerIsGivenUp(t *testing.T) {
	t.Parallel()
	s := serve(t)
	wire := backuptest.StartWire(t, s.address)
	b := s.over(t, wire.Address)
	b.timing.fresh = time.Minute
	if err := b.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.timing.connect, b.session.timing.answer = 100*time.Millisecond, 100*time.Millisecond
	wire.Hung.Store(true)
	for _, do := range map[string]func() error{
		"put":  func() error { _, err := b.Put(t.Context(), "a", strings.NewReader("x"), 1, backup.None); return err },
		"list": func() error { return b.List(t.Context(), "", func(backup.Info) error { return nil }) },
	} {
		says(t, do(), "within 100ms")
	}
	wire.Hung.Store(false)
	b.timing.connect = 10 * time.Second
	if err := b.Check(t.Context()); err != nil {
		t.Errorf("once the server answers again: %v", err)
	}
	wire.Hung.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	b.session.timing.answer = time.Minute
	if err := b.List(ctx, "", func(backup.Info) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("list: %v", err)
	}
}

func TestLostConnectionIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.over(t, s.address)
	for range 3 {
		if err := b.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.disconnect()
	}
}

// TestLockThatAWriterLeft leaves a lock as a writer does that dies before it renames its file.
func TestLockThatAWriterLeft(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.over(t, s.address)
	const temp = ".statsmirror-tmp-theirs"
	for _, named := range []string{"a/" + temp, "", "../" + temp, "a/b", temp + "\x00"} {
		if err := os.MkdirAll(filepath.Join(s.dir, "a"), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(s.dir, "a", temp), []byte("theirs"))
		write(t, filepath.Join(s.dir, "..", temp), []byte("outside"))
		write(t, filepath.Join(s.dir, "a/b"), []byte("a run"))
		write(t, filepath.Join(s.dir, lockName), []byte(named))
		began := time.Now()
		if _, err := b.Put(t.Context(), "c", strings.NewReader("x"), 1, versionThere(t, b, "c")); err != nil {
			t.Fatalf("lock that names %q: %v", named, err)
		}
		if time.Since(began) < b.timing.stale {
			t.Errorf("lock that names %q: it was broken at once", named)
		}
		_, err := os.Lstat(filepath.Join(s.dir, "a", temp))
		if gone := errors.Is(err, fs.ErrNotExist); gone != (named == "a/"+temp) {
			t.Errorf("lock that names %q: %v", named, err)
		}
		for _, file := range []string{"a/b", "../" + temp} {
			if _, err := os.Lstat(filepath.Join(s.dir, file)); err != nil {
				t.Errorf("lock that names %q: %v", named, err)
			}
		}
		if _, err := os.Lstat(filepath.Join(s.dir, lockName)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the lock is left: %v", err)
		}
	}
}

func versionThere(t *testing.T, b *Backup, name string) string {
	t.Helper()
	f, err := b.Open(t.Context(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return backup.None
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Info().Version
}

// TestLockOfADeadProcess leaves a lock as a killed service does.
func TestLockOfADeadProcess(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.over(t, s.address)
	b.timing.stale = time.Hour
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(s.dir, ".statsmirror-tmp-theirs"), []byte("theirs"))
	write(t, filepath.Join(s.dir, lockName), fmt.Appendf(nil, ".statsmirror-tmp-theirs\n%s\n%d\n", hostname(), dead.Process.Pid))
	if _, err := b.Put(t.Context(), "c", strings.NewReader("x"), 1, backup.None); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(s.dir); err != nil || len(entries) != 1 {
		t.Errorf("left in the backup: %v, %v", entries, err)
	}
}

// TestLockThatIsHeld waits for a writer that is alive: its lock changes.
func TestLockThatIsHeld(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.over(t, s.address)
	b.timing.stale = time.Minute
	write(t, filepath.Join(s.dir, lockName), []byte("theirs"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := b.Put(ctx, "c", strings.NewReader("x"), 1, backup.None); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("put: %v", err)
	}
	if entries, err := os.ReadDir(s.dir); err != nil || len(entries) != 1 {
		t.Errorf("left in the backup: %v, %v", entries, err)
	}
}
