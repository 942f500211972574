package page

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
	p := Page{Places: list.Places{Locations: []archive.Location{{Archives: []*archive.Archive{archive.New(dir.New(place))}}}}, File: page}
	if err := p.Write(t.Context(), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	write(t, page, "before")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Write(ctx, io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want that it was interrupted", err)
	}
	if now, err := os.ReadFile(page); err != nil || string(now) != "before" {
		t.Errorf("the page is now %q, %v", now, err)
	}
}
