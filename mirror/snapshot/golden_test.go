package snapshot_test

import (
	"bytes"
	"flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

var update = flag.Bool("update", false, "write the golden files")

// The directories of golden files, which hold the same snapshots.
const (
	current  = "testdata/golden"   // as Write writes them
	released = "testdata/released" // as releases up to 0.2.0 wrote them; they must always be readable
)

// goldens returns the snapshots of the golden files by name.
func goldens() map[string]*snapshot.Snapshot {
	far := &snapshot.Snapshot{Run: "far", Generation: snapshot.MostGenerations}
	for i, iteration := range []int64{math.MinInt64 + 1, -1 << 40, -1, 0, 1, 1 << 31, 1 << 62, store.MaxIteration} {
		far.Training.Iteration.Append(iteration)
		far.Training.Loss.Append(specials[i])
		far.Training.Time.AppendNull()
	}
	named := training(10)
	named.Run, named.Ended = "r\xffu\nn"+strings.Repeat("%", 300), time.Unix(1_700_000_000, 123_456_789)
	named.Sources = []store.Source{{Path: "training_stats/r\xff", RunName: "%~", SHA256: "ab", Stamp: store.Stamp{Size: 7, ModTime: -1}}}
	return map[string]*snapshot.Snapshot{
		"sample":   sample(),
		"empty":    {Run: "empty", Generation: 1},
		"training": training(100),
		"nested":   nested(),
		"groups":   snapshot.InGroupsOf(steps(1000), 300),
		"long":     steps(9000),
		"pages":    equal(2, 80_000),
		"name":     named,
		"far":      far,
	}
}

// nested returns scores with nulls and empty lists at each depth, in a row of their own and beside
// others.
func nested() *snapshot.Snapshot {
	s := &snapshot.Snapshot{Run: "nested", Generation: 2}
	n := &s.Validation.Scores
	for i := range 64 {
		s.Validation.Iteration.Append(int64(i * i))
		if i%7 == 0 {
			n.AppendNull()
			continue
		}
		n.BeginRow()
		for j := range i % 4 {
			n.BeginOuter()
			for k := range (i + j) % 3 {
				n.BeginMiddle()
				for v := range (i + k) % 5 {
					if (i+v)%6 == 0 {
						n.AppendNullValue()
					} else {
						n.Append(specials[(i+v)%len(specials)])
					}
				}
			}
		}
	}
	return s
}

// steps returns rows of both kinds that compress well.
func steps(rows int) *snapshot.Snapshot {
	s := &snapshot.Snapshot{Run: "steps", Generation: 1}
	for i := range rows {
		s.Training.Iteration.Append(int64(i))
		s.Training.Loss.Append(float64(i / 100))
		s.Training.Time.Append(1)
		if i%50 == 49 {
			s.Validation.Iteration.Append(int64(i + i%100/99)) // half of them beside the training stats
			s.Validation.Scores.BeginRow()
			s.Validation.Scores.BeginOuter()
			s.Validation.Scores.BeginMiddle()
			s.Validation.Scores.Append(float64(i))
		}
	}
	return s
}

// each calls do with every golden file of a directory.
func each(t *testing.T, dir string, do func(t *testing.T, want *snapshot.Snapshot, content []byte)) {
	all := goldens()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join(dir, name+snapshot.Suffix))
			if err != nil {
				t.Fatal(err)
			}
			do(t, all[name], content)
		})
	}
}

func TestGoldenFilesAreWritten(t *testing.T) {
	t.Parallel()
	if *update {
		for name, s := range goldens() {
			if err := os.WriteFile(filepath.Join(current, name+snapshot.Suffix), encode(t, s), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	each(t, current, func(t *testing.T, want *snapshot.Snapshot, content []byte) {
		if !bytes.Equal(content, encode(t, want)) {
			t.Error("the bytes changed: has the format changed?")
		}
		if got, err := decode(content); err != nil || !same(got, want) || !got.Ended.Equal(want.Ended) {
			t.Errorf("a different snapshot is read: %v", err)
		}
	})
}

func TestReleasedFilesAreRead(t *testing.T) {
	t.Parallel()
	each(t, released, func(t *testing.T, want *snapshot.Snapshot, content []byte) {
		got, err := decode(content)
		if err != nil || !same(got, want) || !got.Ended.Equal(want.Ended) {
			t.Fatalf("a different snapshot is read: %v", err)
		}
		if err := adopt(content); err != nil {
			t.Error(err)
		}
		if meta, err := snapshot.VerifyPages(bytes.NewReader(content), int64(len(content))); err != nil || meta.ContentSHA256 != snapshot.ContentSHA256(got) {
			t.Errorf("metadata is %+v: %v", meta, err)
		}
	})
}

// TestReleasedFilesHaveTheRowsOfNewOnes compares files of the same rows in both directions.
func TestReleasedFilesHaveTheRowsOfNewOnes(t *testing.T) {
	t.Parallel()
	each(t, released, func(t *testing.T, want *snapshot.Snapshot, content []byte) {
		old, fresh := open(t, content), open(t, encode(t, want))
		if old.Meta().ContentSHA256 != fresh.Meta().ContentSHA256 {
			t.Error("the hashes of the rows differ")
		}
		for _, pair := range [][2]*snapshot.File{{old, fresh}, {fresh, old}} {
			for _, kind := range store.Kinds {
				if has, err := pair[0].SameRows(pair[1], kind); err != nil || !has {
					t.Errorf("%s: the rows differ: %v", kind, err)
				}
			}
			if has, err := pair[0].Contains(pair[1]); err != nil || !has {
				t.Errorf("rows are missing: %v", err)
			}
		}
	})
}

// TestReleasedFilesAreExtended keeps each number of groups of a file and adds a row.
func TestReleasedFilesAreExtended(t *testing.T) {
	t.Parallel()
	each(t, released, func(t *testing.T, want *snapshot.Snapshot, content []byte) {
		if want.Training.Len() > 0 && want.Training.Iteration.At(want.Training.Len()-1) == store.MaxIteration {
			return // no row can follow
		}
		row := func(s *snapshot.Snapshot) {
			s.Training.Iteration.Append(1 << 62)
			s.Training.Loss.Append(7)
			s.Training.Time.AppendNull()
		}
		row(want)
		base := open(t, content)
		for keep := range base.Groups() + 1 {
			tail, err := base.ReadFrom(keep)
			if err != nil {
				t.Fatal(err)
			}
			row(tail)
			var file bytes.Buffer
			meta, err := snapshot.Extend(&file, base, keep, tail)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := decode(file.Bytes()); err != nil || !same(got, want) || meta.ContentSHA256 != snapshot.ContentSHA256(got) {
				t.Errorf("%d groups kept: a different snapshot is read: %v", keep, err)
			}
		}
	})
}

func open(t *testing.T, content []byte) *snapshot.File {
	t.Helper()
	f, err := snapshot.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}
