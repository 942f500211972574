package snapshot_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/column"

	"pgregory.net/rapid"
)

func encode(t testing.TB, s *snapshot.Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := snapshot.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(content []byte) (*snapshot.Snapshot, error) {
	return snapshot.Read(bytes.NewReader(content), int64(len(content)))
}

// same reports whether a and b are equal, bit for bit.
func same(a, b *snapshot.Snapshot) bool {
	if a.Run != b.Run || a.Generation != b.Generation || !slices.Equal(a.Sources, b.Sources) ||
		!sameIterations(a.Training.Iteration, b.Training.Iteration) ||
		!sameFloats(a.Training.Loss, b.Training.Loss) || !sameFloats(a.Training.Time, b.Training.Time) ||
		!sameIterations(a.Validation.Iteration, b.Validation.Iteration) ||
		a.Validation.Scores.Len() != b.Validation.Scores.Len() {
		return false
	}
	for i := range a.Validation.Len() {
		if !a.Validation.Scores.EqualRow(i, b.Validation.Scores, i) {
			return false
		}
	}
	return true
}

func sameIterations(a, b column.Blocks[int64]) bool {
	return slices.Equal(list(a), list(b))
}

func list[T any](b column.Blocks[T]) []T {
	return slices.Concat(slices.Collect(b.Stretches(0, b.Len()))...)
}

func sameFloats(a, b column.Floats) bool { return a.Len() == b.Len() && a.Equal(0, a.Len(), b, 0) }

var specials = []float64{
	0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64,
	math.Float64frombits(0x7ff8000000000123), math.Float64frombits(0x7ff0000000000001), math.Float64frombits(0xfff8000000000000), 0.1,
}

func drawFloat(t *rapid.T) float64 {
	if rapid.Bool().Draw(t, "special") {
		return rapid.SampledFrom(specials).Draw(t, "value")
	}
	return math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
}

func drawIterations(t *rapid.T, label string) []int64 {
	all := rapid.SliceOfNDistinct(rapid.OneOf(rapid.Int64Range(0, 12), rapid.Int64Max(store.MaxIteration)), 0, 12, rapid.ID).Draw(t, label)
	slices.Sort(all)
	if len(all) == 0 {
		return nil
	}
	return all
}

func drawFloats(t *rapid.T, n int) (f column.Floats) {
	for range n {
		if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
			f.AppendNull()
		} else {
			f.Append(drawFloat(t))
		}
	}
	return f
}

func drawNested(t *rapid.T, rows int) (n column.Nested) {
	count := func(label string) int { return rapid.IntRange(0, 3).Draw(t, label) }
	for range rows {
		if count("none") == 0 {
			n.AppendNull()
			continue
		}
		n.BeginRow()
		for range count("outer") {
			n.BeginOuter()
			for range count("middle") {
				n.BeginMiddle()
				for range count("inner") {
					if count("null") == 0 {
						n.AppendNullValue()
					} else {
						n.Append(drawFloat(t))
					}
				}
			}
		}
	}
	return n
}

func drawText(t *rapid.T, label string) string {
	return string(rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, label))
}

func drawSnapshot(t *rapid.T) *snapshot.Snapshot {
	s := &snapshot.Snapshot{
		Run:        rapid.OneOf(rapid.StringN(1, 20, 60), rapid.Just("%~x"), rapid.Just("%#"), rapid.Custom(func(t *rapid.T) string { return drawText(t, "bytes") })).Draw(t, "run"),
		Generation: rapid.Int64Range(1, snapshot.MostGenerations).Draw(t, "generation"),
	}
	s.Training.Iteration.Append(drawIterations(t, "training")...)
	s.Training.Loss = drawFloats(t, s.Training.Len())
	s.Training.Time = drawFloats(t, s.Training.Len())
	s.Validation.Iteration.Append(drawIterations(t, "validation")...)
	s.Validation.Scores = drawNested(t, s.Validation.Len())
	for range rapid.IntRange(0, 2).Draw(t, "sources") {
		s.Sources = append(s.Sources, store.Source{Path: drawText(t, "path"), RunName: drawText(t, "name"), SHA256: "ab", Stamp: store.Stamp{Size: 7, ModTime: -1}})
	}
	return s
}

// sample returns a snapshot with every kind of value.
func sample() *snapshot.Snapshot {
	s := &snapshot.Snapshot{Run: "sample run", Generation: 3, Sources: []store.Source{{Path: "training_stats/sample run", SHA256: "00"}}}
	for i, v := range specials {
		s.Training.Iteration.Append(int64(2 * i))
		s.Training.Loss.Append(v)
		s.Training.Time.Append(float64(i) / 10)
	}
	s.Training.Iteration.Append(100, 101, 102)
	s.Training.Loss.AppendNull()
	s.Training.Loss.AppendNull()
	s.Training.Loss.Append(1)
	s.Training.Time.AppendNull()
	s.Training.Time.Append(1)
	s.Training.Time.AppendNull()
	v := &s.Validation
	v.Iteration.Append(0, 3, 100, 200, 201)
	v.Scores.AppendNull()
	v.Scores.BeginRow()
	v.Scores.BeginRow()
	v.Scores.BeginOuter()
	v.Scores.BeginOuter()
	v.Scores.BeginMiddle()
	v.Scores.BeginMiddle()
	for _, f := range specials {
		v.Scores.Append(f)
	}
	v.Scores.AppendNullValue()
	v.Scores.AppendNull()
	v.Scores.BeginRow()
	v.Scores.BeginOuter()
	v.Scores.BeginMiddle()
	v.Scores.Append(0.5)
	return s
}

func training(rows int) *snapshot.Snapshot {
	s := &snapshot.Snapshot{Run: "run", Generation: 1}
	state := uint64(1)
	for i := range rows {
		state = state*6364136223846793005 + 1442695040888963407
		noise := float64(state>>11) / (1 << 53)
		s.Training.Iteration.Append(int64(i))
		s.Training.Loss.Append(1/float64(i+1) + noise/100)
		s.Training.Time.Append(0.5 + noise/10)
	}
	return s
}

func validations(rows, outer, middle, inner int) *snapshot.Snapshot {
	s := &snapshot.Snapshot{Run: "run", Generation: 1}
	for i := range rows {
		s.Validation.Iteration.Append(int64(i) * 1000)
		s.Validation.Scores.BeginRow()
		for range outer {
			s.Validation.Scores.BeginOuter()
			for j := range middle {
				s.Validation.Scores.BeginMiddle()
				for k := range inner {
					s.Validation.Scores.Append(math.Sin(float64(i*j + k)))
				}
			}
		}
	}
	return s
}

// equal returns a snapshot of rows with the same number of equal scores each.
func equal(rows, each int) *snapshot.Snapshot {
	s := &snapshot.Snapshot{Run: "run", Generation: 1}
	for i := range rows {
		s.Validation.Iteration.Append(int64(i))
		s.Validation.Scores.BeginRow()
		s.Validation.Scores.BeginOuter()
		s.Validation.Scores.BeginMiddle()
		for range each {
			s.Validation.Scores.Append(0)
		}
	}
	return s
}

// adopt verifies a file, compares it with itself, and copies it as another generation.
func adopt(content []byte) error {
	r, size := bytes.NewReader(content), int64(len(content))
	if _, err := snapshot.VerifyPages(r, size); err != nil {
		return err
	}
	file, err := snapshot.Open(r, size)
	if err != nil {
		return err
	}
	if _, err := snapshot.Copy(io.Discard, file, 2, time.Time{}); err != nil {
		return err
	}
	if err := file.Verify(); err != nil {
		return err
	}
	again, err := snapshot.Open(r, size)
	if err != nil {
		return err
	}
	if has, err := file.Contains(again); err != nil || !has {
		return errors.Join(errors.New("it does not contain itself"), err)
	}
	return nil
}
