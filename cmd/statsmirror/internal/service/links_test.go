package service

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestServiceWatchesTargetsOfLinks moves the training stats and one run to another disk and links
// them back. Nothing is polled, so only events can report writes there.
func TestServiceWatchesTargetsOfLinks(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	stats, disk := filepath.Join(base, "stats"), filepath.Join(base, "disk")
	scores := filepath.Join(stats, "validation_scores", "cells-unet-16")
	if err := errors.Join(
		os.CopyFS(stats, os.DirFS("../../../../packaging/sample/stats")), os.Mkdir(disk, 0o755),
		os.Rename(filepath.Join(stats, "training_stats"), filepath.Join(disk, "training")),
		os.Symlink(filepath.Join(disk, "training"), filepath.Join(stats, "training_stats")),
		os.Rename(scores, filepath.Join(disk, "scores")), os.Symlink("../../disk/scores", scores),
	); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(base, "statsmirror.yaml")
	write(t, file, "stats: "+stats+"\nstate: "+filepath.Join(base, "state")+"\nlog_format: json\npolling: never\nrescan_interval: 24h\n")

	reader, writer := io.Pipe()
	log := json.NewDecoder(reader)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, serving(file, writer), make(chan os.Signal))
		writer.Close()
	}()
	if line := logged(t, log, "watch.started", "watch.unreadable", "watch.polling"); line["event"] != "watch.started" {
		t.Errorf("the links are not watched: %v", line)
	}
	logged(t, log, "run.stored")
	logged(t, log, "run.stored")
	for _, change := range []struct{ from, to, event string }{
		{"training_stats/cells-unet-32", "training/cells-unet-16", "run.overwritten"},
		{"validation_scores/cells-unet-32", "scores", "run.extended"}, // it follows into the new generation
	} {
		content, err := os.ReadFile(filepath.Join("../../../../packaging/sample/stats", change.from))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(disk, change.to), string(content))
		for logged(t, log, change.event)["run"] != "cells-unet-16" { // another run may be stored in two steps
		}
	}
	stop()
	logged(t, log, EventStopped)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
