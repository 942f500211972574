package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
)

// TestInterruptedReportLeavesThePage shows that the old page stays unchanged.
func TestInterruptedReportLeavesThePage(t *testing.T) {
	t.Parallel()
	place := t.TempDir()
	var content strings.Builder
	if _, err := snapshot.Write(&content, &snapshot.Snapshot{Run: "run", Generation: 1}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(place, snapshot.Path("run"))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, file, content.String())
	page := filepath.Join(t.TempDir(), "runs.html")
	r := reporting{places: list.Places{Locations: []archive.Location{{Archives: []*archive.Archive{archive.New(dir.New(place))}}}}, name: page}
	if err := r.run(t.Context(), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	write(t, page, "before")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.run(ctx, io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want that it was interrupted", err)
	}
	if now, err := os.ReadFile(page); err != nil || string(now) != "before" {
		t.Errorf("the page is now %q, %v", now, err)
	}
}

// TestDamageDecidesTheStatus shows that damage sets the exit status, whatever else failed.
func TestDamageDecidesTheStatus(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	for _, c := range []struct {
		failures []error
		want     int
	}{
		{nil, exitDone},
		{[]error{nil, nil}, exitDone},
		{[]error{nil, away}, exitFailed},
		{[]error{away, damagedErrorf("torn"), nil}, exitDamaged},
	} {
		if got := exitStatus(worst(c.failures)); got != c.want {
			t.Errorf("%v: the status is %d, want %d", c.failures, got, c.want)
		}
	}
}
