//go:build integration

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/store"
)

// TestTemporaryFilesOfRsyncAreNotRuns copies a stats file into the watched tree over a slow link:
// rsync writes to a hidden file and renames it at the end.
func TestTemporaryFilesOfRsyncAreNotRuns(t *testing.T) {
	t.Parallel()
	program := build(t.Context(), t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	m := &mirrored{
		t: t, ctx: ctx, program: program, dir: dir,
		stats: filepath.Join(dir, "stats"), backup: filepath.Join(dir, "backup"), state: filepath.Join(dir, "state"),
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	trainer := filepath.Join(dir, "trainer")
	check(os.MkdirAll(filepath.Join(m.stats, "training_stats"), 0o755))
	check(os.Mkdir(trainer, 0o755))
	root, err := os.OpenRoot(trainer)
	check(err)
	defer root.Close()
	var rows store.TrainingStats
	for i := range int64(60_000) {
		rows.Iteration.Append(i)
		rows.Loss.Append(1 / float64(i+1))
		rows.Time.Append(0.25)
	}
	_, err = store.WriteTraining(root, "cells", "", rows)
	check(err)

	m.start()
	var said bytes.Buffer
	rsync := exec.CommandContext(ctx, "rsync", "--archive", "--bwlimit=400", trainer+"/", m.stats+"/")
	rsync.Stderr = &said
	check(rsync.Start())
	m.await("the temporary file of rsync", func() bool {
		found, err := filepath.Glob(filepath.Join(m.stats, "training_stats", ".cells.*"))
		return err == nil && len(found) == 1
	})
	if err := rsync.Wait(); err != nil {
		t.Fatalf("rsync: %v\n%s", err, &said)
	}
	m.await("the run in the backup", func() bool { return m.count("backup.mirrored") > 0 })
	m.stop()
	if strings.Contains(m.log.String(), ".cells.") {
		t.Errorf("the service logs the temporary file:\n%s", m.tail())
	}
	for event := range m.events {
		if strings.HasPrefix(event, "run.") && event != "run.stored" {
			t.Errorf("the service logs %s:\n%s", event, m.tail())
		}
	}
	snapshots, err := filepath.Glob(filepath.Join(m.backup, "snapshots", "*"))
	check(err)
	if diff := cmp.Diff([]string{filepath.Join(m.backup, "snapshots", "cells.parquet")}, snapshots); diff != "" {
		t.Error(diff)
	}
}
