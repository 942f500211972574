package merge

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

var training, validation = statstest.Training, statstest.Validation

// life is the content of a catalog or a backup for one run, in memory.
type life struct {
	ended   map[int64]*snapshot.Snapshot
	current *snapshot.Snapshot
}

func (l *life) chain() History {
	var all History
	for number := range l.ended {
		ended := l.ended[number]
		all = append(all, Generation{Number: number, Content: snapshot.ContentSHA256(ended), Ended: true, Open: contentOfRows(ended)})
	}
	if l.current != nil {
		all = append(all, Generation{Number: l.current.Generation, Content: snapshot.ContentSHA256(l.current), Open: contentOfRows(l.current)})
	}
	c, err := all.Ordered()
	if err != nil {
		panic(err)
	}
	return c
}

// contentOfRows opens a file of rows in memory.
func contentOfRows(s *snapshot.Snapshot) func() (*archive.Content, error) {
	return func() (*archive.Content, error) {
		var b bytes.Buffer
		if _, err := snapshot.Write(&b, s); err != nil {
			return nil, err
		}
		f, err := snapshot.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
		return &archive.Content{File: f, Closer: io.NopCloser(nil)}, err
	}
}

// written returns the generation as the catalog would store it.
func written(t interface{ Fatal(...any) }, p Renumbered) *snapshot.Snapshot {
	var b bytes.Buffer
	if _, err := p.Write(&b, time.Now()); err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (l *life) write(t *rapid.T, p Renumbered) {
	if p.Ended {
		l.ended[p.To] = written(t, p)
	} else {
		l.current = written(t, p)
	}
}

func (l *life) clone() *life { return &life{maps.Clone(l.ended), l.current} }

func (l *life) rows() statstest.Rows {
	rows := statstest.Rows{}
	for _, s := range append(slices.Collect(maps.Values(l.ended)), l.current) {
		if s != nil {
			maps.Copy(rows, statstest.RowsOf(s))
		}
	}
	return rows
}

// drawLife draws a possible life of a run, beginning with that of another run.
func drawLife(t *rapid.T, name string, from *life) *life {
	l := from.clone()
	for range rapid.IntRange(0, 4).Draw(t, name+" stores") {
		if l.current == nil {
			l.current = &snapshot.Snapshot{Run: "run", Generation: int64(len(l.ended))}
		}
		next, err := Consolidate(l.head(t), drawReading(t, name), true)
		if err != nil {
			t.Fatal(err)
		}
		if next.Ends != nil {
			l.ended[l.current.Generation] = l.current
		}
		l.current = next.Rows
	}
	if rapid.IntRange(0, 5).Draw(t, name+" without current") == 0 && len(l.ended) > 0 {
		l.current = nil
	}
	if rapid.IntRange(0, 5).Draw(t, name+" without a generation") == 0 && len(l.ended) > 0 {
		delete(l.ended, slices.Min(slices.Collect(maps.Keys(l.ended))))
	}
	return l
}

// drawReading draws the result of a store of one kind.
func drawReading(t *rapid.T, name string) Reading {
	until := rapid.Int64Range(1, 4).Draw(t, name+" until")
	values := float64(rapid.IntRange(0, 2).Draw(t, name+" values"))
	if rapid.Bool().Draw(t, name+" validates") {
		var iterations []int64
		for i := range until {
			iterations = append(iterations, i)
		}
		return Reading{Validation: store.File[store.ValidationScores]{Rows: validation(100*values, iterations...)}}
	}
	return Reading{Training: store.File[store.TrainingStats]{Rows: training(0, until, values)}}
}

// head returns the current snapshot as a catalog with this life would.
func (l *life) head(t *rapid.T) *Head {
	current := *l.current
	current.Generation = max(1, l.current.Generation) // 0 before the first
	content, err := contentOfRows(&current)()
	if err != nil {
		t.Fatal(err)
	}
	meta := content.Meta()
	meta.Generation = l.current.Generation
	return NewHead(meta, content, func() (*archive.Content, error) {
		last := l.ended[meta.Generation-1]
		if last == nil {
			return nil, nil
		}
		return contentOfRows(last)()
	})
}

func TestReconcileLosesNoRow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		common := drawLife(t, "common", &life{ended: map[int64]*snapshot.Snapshot{}})
		theirs, ours := drawLife(t, "theirs", common), drawLife(t, "ours", common)
		before := ours.rows()
		for range 2 { // a crash may come between the writes
			writes, err := Histories(theirs.chain(), ours.chain())
			if err != nil {
				t.Fatal(err)
			}
			crash := rapid.IntRange(0, len(writes)).Draw(t, "crash after")
			for _, w := range writes[:crash] {
				ours.write(t, w)
				between := theirs.rows()
				maps.Copy(between, ours.rows())
				if !before.In(between) {
					t.Fatal("a row is lost in between")
				}
			}
			maps.Copy(before, ours.rows())
		}
		writes, err := Histories(theirs.chain(), ours.chain())
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range writes {
			ours.write(t, w)
		}
		maps.Copy(before, theirs.rows())
		if !before.In(ours.rows()) {
			t.Fatal("a row is lost")
		}
		if theirs.current != nil && ours.current == nil {
			t.Fatal("there is no current generation")
		}
		if again, err := Histories(theirs.chain(), ours.chain()); err != nil || len(again) > 0 && ours.current != nil {
			t.Fatalf("writes %d more: %v", len(again), err)
		}
	})
}

// TestAdoptedInPart continues after an adoption that failed after its first generation, and after
// the run was stored again.
func TestAdoptedInPart(t *testing.T) {
	t.Parallel()
	of := func(generation int64, rows store.TrainingStats) *snapshot.Snapshot {
		return &snapshot.Snapshot{Run: "run", Generation: generation, Training: rows}
	}
	first := of(1, training(0, 5, 0))
	theirs := &life{map[int64]*snapshot.Snapshot{1: first, 2: of(2, training(0, 4, 1))}, of(3, training(0, 2, 2))}
	ours := &life{map[int64]*snapshot.Snapshot{1: first}, of(2, training(0, 6, 2))}
	writes, err := Histories(theirs.chain(), ours.chain())
	if err != nil {
		t.Fatal(err)
	}
	got := map[int64]int{}
	for _, w := range writes {
		got[w.To] = written(t, w).Training.Len()
	}
	if diff := cmp.Diff(map[int64]int{1: 5, 2: 4, 3: 6}, got); diff != "" {
		t.Error(diff)
	}
}
