//go:build integration

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"statsmirror/mirror/backup/backuptest"
)

// TestSFTP runs the service with a backup on OpenSSH's server, and makes the server or the way to it
// fail. Afterwards no row is lost and every copy is verified. The log explains the failure.
func TestSFTP(t *testing.T) {
	t.Parallel()
	program := build(t.Context(), t)
	for name, test := range map[string]func(*testing.T, *backuptest.SSHD, *storeStory){
		"KilledInAnUpload":  testSSHDKilledInAnUpload,
		"StoppedForAMinute": testSSHDStoppedForAMinute,
		"Full":              testSSHDFull,
		"ChangedHostKey":    testSSHDChangedHostKey,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
			defer cancel()
			dir := t.TempDir()
			server := backuptest.StartSSHD(t)
			test(t, server, &storeStory{&mirrored{
				t: t, ctx: ctx, program: program, dir: dir, stats: filepath.Join(dir, "stats"),
				state: filepath.Join(dir, "state"), backup: server.Location(server.Address, "host"),
			}})
		})
	}
}

// reach makes the service reach the server by another address.
func (s *storeStory) reach(server *backuptest.SSHD, address string) {
	s.t.Helper()
	known, err := os.ReadFile(server.KnownHosts)
	if err != nil {
		s.t.Fatal(err)
	}
	_, port, _ := strings.Cut(server.Address, ":")
	_, other, _ := strings.Cut(address, ":")
	if err := os.WriteFile(server.KnownHosts, append(known, strings.ReplaceAll(string(known), ":"+port, ":"+other)...), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.backup = server.Location(address, "host")
}

func testSSHDKilledInAnUpload(t *testing.T, server *backuptest.SSHD, s *storeStory) {
	wire := backuptest.StartWire(t, server.Address)
	s.reach(server, wire.Address)
	s.store("small", 10)
	s.start()
	s.await("copy", func() bool { return s.count("backup.mirrored") == 1 })
	wire.Left.Store(1 << 20)
	s.store("million", 1_000_000)
	s.await("failure", func() bool { return s.count("backup.failed") > 0 })
	server.Kill()
	wire.Left.Store(-1)
	server.Start(t)
	s.end(2, 2)
	s.says("million")
}

func testSSHDStoppedForAMinute(t *testing.T, server *backuptest.SSHD, s *storeStory) {
	s.store("run", 10)
	s.start()
	s.await("copy", func() bool { return s.count("backup.mirrored") == 1 })
	server.Signal(syscall.SIGSTOP)
	s.store("run", 20)
	s.store("other", 10)
	stopped := time.Now()
	s.await("failure", func() bool { return s.count("backup.failed") > 0 })
	time.Sleep(time.Until(stopped.Add(time.Minute)))
	server.Signal(syscall.SIGCONT)
	s.end(3, 2)
	s.says("within")
}

// testSSHDFull needs root, to mount a small file system.
func testSSHDFull(t *testing.T, server *backuptest.SSHD, s *storeStory) {
	host := filepath.Join(server.Dir, "host")
	if err := os.Mkdir(host, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", host, "tmpfs", 0, "size=2m,mode=777"); err != nil {
		t.Fatalf("needs root: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(host, unix.MNT_DETACH) })
	s.store("small", 10)
	s.start()
	s.await("copy", func() bool { return s.count("backup.mirrored") == 1 })
	s.store("large", 1_000_000)
	s.await("failure", func() bool { return s.count("backup.failed") > 0 })
	s.store("small", 20) // this run still fits
	s.await("copy", func() bool { return s.count("backup.mirrored") == 2 })
	if err := unix.Mount("", host, "", unix.MS_REMOUNT, "size=64m,mode=777"); err != nil {
		t.Fatal(err)
	}
	s.end(3, 2)
	s.says("no space left on the server")
}

func testSSHDChangedHostKey(t *testing.T, server *backuptest.SSHD, s *storeStory) {
	old, err := os.ReadFile(server.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	s.store("run", 10)
	s.start()
	s.await("copy", func() bool { return s.count("backup.mirrored") == 1 })
	server.Kill()
	key := server.ChangeHostKey(t)
	server.Start(t)
	s.store("run", 20)
	s.await("failure", func() bool { return s.count("backup.failed") > 0 })
	if now, err := os.ReadFile(server.KnownHosts); err != nil || string(now) != string(old) {
		t.Errorf("the service has changed known_hosts: %v", err)
	}
	if err := os.WriteFile(server.KnownHosts, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.end(2, 1)
	s.says("ALARM: the host key of")
}
