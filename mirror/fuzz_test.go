package mirror

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// found is a place whose names and contents anyone may have made. Like any place, it lists and
// opens only valid names.
type found struct {
	names   []string
	content string
}

func (f *found) String() string { return "found" }

func (f *found) List(_ context.Context, prefix string, do func(backup.Info) error) error {
	for _, name := range f.names {
		if backup.CheckName(name) != nil || !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := do(backup.Info{Name: name, Size: int64(len(f.content)), Version: "1"}); err != nil {
			return err
		}
	}
	return nil
}

func (f *found) Open(_ context.Context, name string) (backup.File, error) {
	if err := backup.CheckName(name); err != nil {
		return nil, err
	}
	return foundFile{strings.NewReader(f.content), name}, nil
}

type foundFile struct {
	*strings.Reader
	name string
}

func (f foundFile) Close() error { return nil }

func (f foundFile) Info() backup.Info { return backup.Info{Name: f.name, Size: f.Size(), Version: "1"} }

// FuzzListing reads a place with arbitrary names and one content, for snapshots, records and
// tombstones. No location lies outside the place, no run has an invalid name, and each file
// reported for a run belongs to it.
func FuzzListing(f *testing.F) {
	for _, names := range []string{
		"snapshots/run.parquet\nhistory/run/00000001.parquet\nhistory/run/removed.json", "a/snapshots/run.parquet\na/b/snapshots/..parquet",
		"../snapshots/run.parquet\n/snapshots/run.parquet\na/../../snapshots/x.parquet", "snapshots/../../run.parquet\nhistory/../00000001.parquet",
		"snapshots/%~%2E%2E.parquet\nsnapshots/%#00.parquet\nsnapshots/\x00.parquet\nsnapshots/\xff.parquet", "history/snapshots/snapshots/x.parquet",
		"writer.json\nrecords/run.json\nsnapshots/snapshots/snapshots/x.parquet",
	} {
		for _, content := range []string{"", `{"until":3}`, `{"until":30,"run":"..%2Fx","expired":{"7":"00","-1":""}}`, `{"host":"h","state":"%00","pid":1,"renewed":"2999-01-01T00:00:00Z"}`, `{"run":"x","sources":{"training_stats":{"files":[{"path":"..%2F.."}]}}}`} {
			f.Add(names, content)
		}
	}
	f.Fuzz(func(t *testing.T, names, content string) {
		place := &found{strings.Split(names, "\n"), content}
		locations, _ := archive.Find(t.Context(), []backup.Reader{place})
		for _, l := range locations {
			if l.Dir != "" && !fs.ValidPath(strings.ToValidUTF8(l.Dir, "?")) {
				t.Errorf("a location is %q", l.Dir)
			}
			checkFound(t, l.Archives[0])
		}
		checkDecoded(t, []byte(content))
	})
}

func checkFound(t *testing.T, l *archive.Archive) {
	t.Helper()
	runs, err := l.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		if store.CheckRun(run) != nil {
			t.Errorf("a run is %q", run)
		}
		for _, finding := range l.Verify(t.Context(), run) {
			if dir, base := path.Split(finding.Path); finding.Path != snapshot.Path(run) && (path.Clean(dir) != snapshot.HistoryDir(run) || !snapshot.IsHistory(base)) {
				t.Errorf("%q has the file %q", run, finding.Path)
			}
		}
		if _, err := l.History(t.Context(), run); err == nil || !archive.IsDamaged(err) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("history of %q: %v", run, err)
		}
	}
}

// checkDecoded reads content as removed.json. Content that it accepts must be such as would be
// written.
func checkDecoded(t *testing.T, content []byte) {
	t.Helper()
	removed := snapshot.DecodeTombstones(content)
	written, err := removed.Encode()
	if again, _ := snapshot.DecodeTombstones(written).Encode(); err != nil || !bytes.Equal(again, written) || removed.Until < 0 || removed.Until > snapshot.MostGenerations {
		t.Errorf("removed is %+v, %v", removed, err)
	}
}
