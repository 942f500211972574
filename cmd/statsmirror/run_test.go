package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/mirror"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/event"
)

// logged follows a log in JSON and returns the next line with one of the events.
func logged(t *testing.T, log *json.Decoder, events ...string) map[string]any {
	t.Helper()
	for {
		var line map[string]any
		if err := log.Decode(&line); err != nil {
			t.Fatalf("awaiting %v: %v", events, err)
		}
		for _, event := range events {
			if line["event"] == event {
				return line
			}
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReloadTakesARightConfigurationAndKeepsTheOldOnAnError reloads one that is
// wrong, one whose catalog cannot be opened, and a right one. It also shows that a
// stop finishes: what was stored is in the backup of the last configuration.
func TestReloadTakesARightConfigurationAndKeepsTheOldOnAnError(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	stats, file := filepath.Join(base, "stats"), filepath.Join(base, "statsmirror.yaml")
	if err := os.CopyFS(stats, os.DirFS("../../packaging/sample/stats")); err != nil {
		t.Fatal(err)
	}
	settings := "stats: " + stats + "\nstate: " + filepath.Join(base, "state") + "\nlog_format: json\nbackups: "
	write(t, file, settings+"["+filepath.Join(base, "one")+"]\n")

	reader, writer := io.Pipe()
	log := json.NewDecoder(reader)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	hangups := make(chan os.Signal)
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, &flags{config.Flags{File: file}}, writer, hangups)
		writer.Close()
	}()
	logged(t, log, "backup.mirrored")
	logged(t, log, "backup.mirrored")

	write(t, file, settings+"["+filepath.Join(base, "one")+", ftp://host]\n")
	hangups <- syscall.SIGHUP
	logged(t, log, eventConfigInvalid)

	write(t, file, "stats: "+stats+"\nstate: "+file+"\n") // which is a file
	go func() { hangups <- syscall.SIGHUP }()
	logged(t, log, eventConfigInvalid)
	logged(t, log, eventReady)

	write(t, file, settings+"["+filepath.Join(base, "two")+"]\n")
	go func() { hangups <- syscall.SIGHUP }()
	logged(t, log, eventConfigReloaded)
	logged(t, log, "backup.mirrored")
	logged(t, log, "backup.mirrored")
	stop()
	logged(t, log, eventStopped)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, name := range []string{"one", "two"} {
		runs, err := archive.New(dir.New(filepath.Join(base, name))).Runs(t.Context())
		if err != nil || len(runs) != 2 {
			t.Errorf("backup %s has %v, %v", name, runs, err)
		}
	}
}

// TestReloadChangesPlaces reloads a configuration whose backup is the catalog by another name,
// and then one with another stats tree, state directory and backup.
func TestReloadChangesPlaces(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	in := func(name string) string { return filepath.Join(base, name) }
	for _, stats := range []string{"stats", "more"} {
		if err := os.CopyFS(in(stats), os.DirFS("../../packaging/sample/stats")); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(in("state"), in("link")), os.Rename(in("more/training_stats/cells-unet-16"), in("more/training_stats/later")),
		os.RemoveAll(in("more/validation_scores")), os.Remove(in("more/training_stats/cells-unet-32"))); err != nil {
		t.Fatal(err)
	}
	settings := func(stats, state, backup string) {
		write(t, in("statsmirror.yaml"), "log_format: json\nstats: "+stats+"\nstate: "+state+"\nbackups: ["+backup+"]\n")
	}
	settings("stats", "state", "backup")
	reader, writer := io.Pipe()
	log := json.NewDecoder(reader)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	hangups := make(chan os.Signal)
	go func() {
		writer.CloseWithError(serve(ctx, &flags{config.Flags{File: in("statsmirror.yaml")}}, writer, hangups))
	}()
	logged(t, log, event.Mirrored)
	logged(t, log, event.Mirrored)

	settings("stats", "state", "link/backup")
	go func() { hangups <- syscall.SIGHUP }()
	if line := logged(t, log, eventConfigInvalid); !strings.Contains(line["err"].(string), "the state directory "+in("state")+" overlap") {
		t.Errorf("err is %v", line["err"])
	}

	settings("more", "other", "elsewhere")
	go func() { hangups <- syscall.SIGHUP }()
	line := logged(t, log, eventConfigReloaded)
	if line["stats"] != in("more") || line["state"] != in("other") || !slices.Equal(line["backups"].([]any), []any{in("elsewhere")}) {
		t.Errorf("reloaded %v", line)
	}
	if line := logged(t, log, event.Mirrored); line["run"] != "later" || line["backup"] != in("elsewhere") {
		t.Errorf("mirrored %v", line)
	}
	left, err := mirror.OpenCatalog(in("state"))
	if err != nil {
		t.Fatalf("the catalog of before: %v", err)
	}
	if err := left.Close(); err != nil {
		t.Error(err)
	}
	stop()
	logged(t, log, eventStopped)
	for name, want := range map[string][]string{"backup": {"cells-unet-16", "cells-unet-32"}, "elsewhere": {"later"}} {
		runs, err := archive.New(dir.New(in(name))).Runs(t.Context())
		if err != nil || !slices.Equal(runs, want) {
			t.Errorf("%s has the runs %v, %v", name, runs, err)
		}
	}
}

// TestReloadAnnouncesRetention reloads a configuration that does not keep a generation any
// more.
func TestReloadAnnouncesRetention(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	stats, file := filepath.Join(base, "stats"), filepath.Join(base, "statsmirror.yaml")
	if err := os.CopyFS(stats, os.DirFS("../../packaging/sample/stats")); err != nil {
		t.Fatal(err)
	}
	settings := "stats: stats\nstate: state\nbackups: [backup]\nlog_format: json\nrescan_interval: 1s\n"
	write(t, file, settings)
	reader, writer := io.Pipe()
	log := json.NewDecoder(reader)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	hangups := make(chan os.Signal)
	go func() { writer.CloseWithError(serve(ctx, &flags{config.Flags{File: file}}, writer, hangups)) }()
	logged(t, log, event.Mirrored)
	logged(t, log, event.Mirrored)
	runs := filepath.Join(stats, "training_stats")
	if err := os.Rename(filepath.Join(runs, "cells-unet-32"), filepath.Join(runs, "cells-unet-16")); err != nil {
		t.Fatal(err)
	}
	logged(t, log, event.Overwritten)

	write(t, file, settings+"keep_for: 1ms\n")
	go func() { hangups <- syscall.SIGHUP }()
	logged(t, log, eventConfigReloaded)
	if due := logged(t, log, event.Retention, event.Pruned); due["event"] != event.Retention || due[event.FieldExpired] != 1.0 {
		t.Errorf("before it is removed, the log says %v", due)
	}
	pruned := logged(t, log, event.Pruned)
	if pruned["run"] != "cells-unet-16" {
		t.Errorf("removed: %v", pruned)
	}
	stop()
	logged(t, log, eventStopped)
}

// TestServiceOutlivesItsLog: whoever read the log has gone away. The service mirrors on,
// and counts the lines that it could not write.
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
	logged(t, json.NewDecoder(reader), eventReady)
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

// TestManagerIsToldWhatTheLogLacks has a service write its log to a pipe that is full and that
// nobody reads.
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

// fillPipe writes to a pipe until it takes nothing more.
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
