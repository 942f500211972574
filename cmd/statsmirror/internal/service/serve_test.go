package service

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
)

// TestMain keeps the tests from telling a service manager of the host that they are ready.
func TestMain(m *testing.M) {
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "CREDENTIALS_DIRECTORY"} {
		if err := os.Unsetenv(name); err != nil {
			panic(err)
		}
	}
	m.Run()
}

// serving returns the options of a service with a configuration file and the log w.
func serving(file string, w io.Writer) Options {
	allowed := func(time.Duration) (release func()) { return func() {} }
	return Options{Flags: &config.Flags{File: file}, Version: "test", Stderr: w, Allow: allowed}
}

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

// TestReloadTakesARightConfigurationAndKeepsTheOldOnAnError reloads three
// configurations: a wrong one, one whose catalog cannot be opened, and a right one. It also shows
// that a stop waits for the copies to the backups of the last configuration.
func TestReloadTakesARightConfigurationAndKeepsTheOldOnAnError(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	stats, file := filepath.Join(base, "stats"), filepath.Join(base, "statsmirror.yaml")
	if err := os.CopyFS(stats, os.DirFS("../../../../packaging/sample/stats")); err != nil {
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
		ended <- Serve(ctx, serving(file, writer), hangups)
		writer.Close()
	}()
	logged(t, log, "backup.mirrored")
	logged(t, log, "backup.mirrored")

	write(t, file, settings+"["+filepath.Join(base, "one")+", ftp://host]\n")
	hangups <- syscall.SIGHUP
	logged(t, log, EventConfigInvalid)

	write(t, file, "stats: "+stats+"\nstate: "+file+"\n") // the state directory is a file
	go func() { hangups <- syscall.SIGHUP }()
	logged(t, log, EventConfigInvalid)
	logged(t, log, EventReady)

	write(t, file, settings+"["+filepath.Join(base, "two")+"]\n")
	go func() { hangups <- syscall.SIGHUP }()
	logged(t, log, EventConfigReloaded)
	logged(t, log, "backup.mirrored")
	logged(t, log, "backup.mirrored")
	stop()
	logged(t, log, EventStopped)
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

// TestReloadChangesPlaces reloads a configuration whose backup is the catalog under another name,
// and then one with a different stats tree, state directory and backup.
func TestReloadChangesPlaces(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	in := func(name string) string { return filepath.Join(base, name) }
	for _, stats := range []string{"stats", "more"} {
		if err := os.CopyFS(in(stats), os.DirFS("../../../../packaging/sample/stats")); err != nil {
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
		writer.CloseWithError(Serve(ctx, serving(in("statsmirror.yaml"), writer), hangups))
	}()
	logged(t, log, event.Mirrored)
	logged(t, log, event.Mirrored)

	settings("stats", "state", "link/backup")
	go func() { hangups <- syscall.SIGHUP }()
	if line := logged(t, log, EventConfigInvalid); !strings.Contains(line["err"].(string), "the state directory "+in("state")+" overlap") {
		t.Errorf("err is %v", line["err"])
	}

	settings("more", "other", "elsewhere")
	go func() { hangups <- syscall.SIGHUP }()
	line := logged(t, log, EventConfigReloaded)
	if line["stats"] != in("more") || line["state"] != in("other") || !slices.Equal(line["backups"].([]any), []any{in("elsewhere")}) {
		t.Errorf("reloaded %v", line)
	}
	if line := logged(t, log, event.Mirrored); line["run"] != "later" || line["backup"] != in("elsewhere") {
		t.Errorf("mirrored %v", line)
	}
	left, err := catalog.Open(in("state"))
	if err != nil {
		t.Fatalf("the earlier catalog: %v", err)
	}
	if err := left.Close(); err != nil {
		t.Error(err)
	}
	stop()
	logged(t, log, EventStopped)
	for name, want := range map[string][]string{"backup": {"cells-unet-16", "cells-unet-32"}, "elsewhere": {"later"}} {
		runs, err := archive.New(dir.New(in(name))).Runs(t.Context())
		if err != nil || !slices.Equal(runs, want) {
			t.Errorf("%s has the runs %v, %v", name, runs, err)
		}
	}
}

// TestReloadAnnouncesRetention reloads a configuration that no longer keeps a generation.
func TestReloadAnnouncesRetention(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	stats, file := filepath.Join(base, "stats"), filepath.Join(base, "statsmirror.yaml")
	if err := os.CopyFS(stats, os.DirFS("../../../../packaging/sample/stats")); err != nil {
		t.Fatal(err)
	}
	settings := "stats: stats\nstate: state\nbackups: [backup]\nlog_format: json\nrescan_interval: 1s\n"
	write(t, file, settings)
	reader, writer := io.Pipe()
	log := json.NewDecoder(reader)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	hangups := make(chan os.Signal)
	go func() { writer.CloseWithError(Serve(ctx, serving(file, writer), hangups)) }()
	logged(t, log, event.Mirrored)
	logged(t, log, event.Mirrored)
	runs := filepath.Join(stats, "training_stats")
	if err := os.Rename(filepath.Join(runs, "cells-unet-32"), filepath.Join(runs, "cells-unet-16")); err != nil {
		t.Fatal(err)
	}
	logged(t, log, event.Overwritten)

	write(t, file, settings+"keep_for: 1ms\n")
	go func() { hangups <- syscall.SIGHUP }()
	logged(t, log, EventConfigReloaded)
	if due := logged(t, log, event.Retention, event.Pruned); due["event"] != event.Retention || due[event.FieldExpired] != 1.0 {
		t.Errorf("before it is removed, the log says %v", due)
	}
	pruned := logged(t, log, event.Pruned)
	if pruned["run"] != "cells-unet-16" {
		t.Errorf("removed: %v", pruned)
	}
	stop()
	logged(t, log, EventStopped)
}
