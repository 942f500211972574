package main

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestServiceOutlivesItsLog runs a service whose log has lost its reader. The service continues to
// mirror, and counts the lines that it could not write.
func TestServiceOutlivesItsLog(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	if err := os.CopyFS(filepath.Join(base, "stats"), os.DirFS("../../packaging/sample/stats")); err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command := commandIn(t, base, "run", "--stats", "stats", "--state", "state", "--backup", "backup", "--log-format", "json")
	command.Stdout, command.Stderr = writer, writer
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	log := bufio.NewScanner(reader)
	for ready := false; !ready; ready = strings.Contains(log.Text(), `"event":"`+service.EventReady+`"`) {
		if !log.Scan() {
			t.Fatalf("the log ended before %s: %v", service.EventReady, log.Err())
		}
	}
	reader.Close()

	stats := filepath.Join(base, "stats", "training_stats")
	if err := os.Rename(filepath.Join(stats, "cells-unet-16"), filepath.Join(stats, "later")); err != nil {
		t.Fatal(err)
	}
	mirrored := archive.New(dir.New(filepath.Join(base, "backup")))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		runs, err := mirrored.Runs(t.Context())
		if slices.Contains(runs, "later") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute the backup has %v, %v", runs, err)
		}
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("the service ended with %v", err)
	}
}

// TestManagerIsToldWhatTheLogLacks has a service whose log is a full pipe that nobody reads.
func TestManagerIsToldWhatTheLogLacks(t *testing.T) {
	t.Parallel()
	dir := mirrorSample(t)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	fillPipe(t, writer)
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	service := commandIn(t, dir, "run", "--stats", "stats", "--state", "state", "--backup", "backup")
	service.Env = append(service.Env, "NOTIFY_SOCKET="+manager.LocalAddr().String())
	service.Stderr = writer
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	if err := manager.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	told := ""
	for datagram := make([]byte, 1<<12); !strings.Contains(told, "STATUS=Stopped; the log lacks "); {
		n, err := manager.Read(datagram)
		if err != nil {
			t.Fatalf("the manager was told %q, then %v", told, err)
		}
		told = string(datagram[:n])
		if strings.Contains(told, "READY=1") {
			if err := service.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := service.Wait(); err != nil {
		t.Errorf("the service ended with %v", err)
	}
}

// fillPipe writes to a pipe until it is full.
func fillPipe(t *testing.T, writer *os.File) {
	t.Helper()
	fd := int(writer.Fd())
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for err := error(nil); err == nil; {
		_, err = unix.Write(fd, make([]byte, 1))
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
}
