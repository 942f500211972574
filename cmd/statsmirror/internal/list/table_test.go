package list

import (
	"strings"
	"testing"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
)

// TestRowsFitTheScreen also shows that the most informative text is kept if there is room: whole
// URLs, then their last parts, then only the copies that are not current.
func TestRowsFitTheScreen(t *testing.T) {
	t.Parallel()
	const store = "s3://bucket/dacapo/host1?endpoint=https://s3.example.org&region=eu-central-1"
	now := time.Date(2026, 11, 20, 14, 3, 0, 0, time.UTC)
	l := listOf("catalog", "/mnt/backup", store)
	run := func(name string, state archive.CopyState) Run {
		r := Run{Backups: []Copy{{Backup: "catalog", State: archive.Current}, {Backup: "/mnt/backup", State: archive.Current}, {Backup: store, State: state}}}
		r.Run, r.Number, r.TrainedUntil, r.changed = name, 12, 1_000_000, now.Add(-47*time.Minute)
		r.losses = snapshot.Losses{Last: "NaN", Best: "1.2345678e-05"}
		return r
	}
	runs := []Run{
		run("cosem_distance_task_4nm_mito_finetuned_3d_unet_v4__2", archive.Current),
		run("细胞分割细胞分割细胞分割细胞分割", archive.Unreachable),
	}
	for width, want := range map[int]string{
		250: "47 minutes ago  catalog: current, /mnt/backup: current, " + store + ": unreachable",
		160: "47 minutes ago  catalog: current, backup: current, host1: unreachable",
		130: "47 minutes ago  host1 unreachable",
		90:  "47 minutes host1 unreachable",
	} {
		lines := l.lines(contents{runs: runs}, term.Screen{Width: width}, now)
		for _, line := range lines {
			if term.Columns(line) > width {
				t.Errorf("takes %d columns of %d: %s", term.Columns(line), width, line)
			}
		}
		if !strings.HasSuffix(lines[2], want) {
			t.Errorf("in %d columns: %s", width, strings.Join(lines, "\n"))
		}
	}
	for width := range 90 {
		for _, line := range l.lines(contents{runs: runs}, term.Screen{Width: width + 1}, now) {
			if term.Columns(line) > width+1 {
				t.Errorf("takes %d columns of %d: %s", term.Columns(line), width+1, line)
			}
		}
	}
}

// listOf returns a list of archives with these names.
func listOf(names ...string) *List {
	var here archive.Location
	for _, name := range names {
		here.Archives = append(here.Archives, archive.Named(name, nil))
	}
	return &List{Places: Places{Locations: []archive.Location{here}}}
}

func TestPlacesInShort(t *testing.T) {
	t.Parallel()
	const one, two = "s3://bucket/one/stats?endpoint=https://s3.example.org", "/mnt/two/stats"
	l := listOf("catalog", one, two, "s3://bucket")
	short := l.shortNames()
	if short["catalog"] != "catalog" || short["s3://bucket"] != "bucket" || short[one] == short[two] || len(short[one]) > 30 {
		t.Errorf("%v", short)
	}
}
