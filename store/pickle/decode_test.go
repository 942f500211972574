package pickle

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"statsmirror/store/column"
)

var (
	trainingLayout = Layout{
		Columns: []Column{
			{Name: "iteration", Type: Int},
			{Name: "loss", Type: Float},
			{Name: "time", Type: Float},
			{Name: "run_name", Type: Text, Optional: true},
		},
		Classes:  []Class{{"dacapo.experiments", "TrainingIterationStats"}},
		Wrappers: []Class{{"dacapo.experiments", "TrainingStats"}},
	}
	validationLayout = Layout{
		Columns: []Column{
			{Name: "iteration", Type: Int},
			{Name: "scores", Type: Nested},
			{Name: "run_name", Type: Text, Optional: true},
		},
		Classes:  []Class{{"dacapo.experiments", "ValidationIterationScores"}},
		Wrappers: []Class{{"dacapo.experiments", "ValidationScores"}},
	}
)

// sameBits compares doubles by their bits.
var sameBits = cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })

// decoders returns the decoders that must decode the same input to the same rows.
func decoders(l Layout) map[string]*Decoder {
	machine, template := NewDecoder(l), NewDecoder(l)
	machine.careful = true
	template.general = true
	return map[string]*Decoder{"machine": machine, "template": template, "fixed": NewDecoder(l)}
}

// checkSame decodes data with every decoder and compares the results.
func checkSame(t *testing.T, all map[string]*Decoder, data []byte) (*Table, error) {
	t.Helper()
	return compare(t, all, data, agree)
}

// compare is checkSame with a condition for the rows saved from damage.
func compare(t *testing.T, all map[string]*Decoder, data []byte, saved func(a, b *Table) bool) (*Table, error) {
	t.Helper()
	want, wantErr := all["machine"].Decode(bytes.NewReader(data))
	for _, name := range []string{"template", "fixed"} {
		got, err := all[name].Decode(bytes.NewReader(data))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%s: %v, but machine: %v", name, err, wantErr)
		}
		if same(want, got) || (damaged(wantErr) || damaged(err)) && saved(want, got) { // cmp would take most of the time of these tests
			continue
		}
		if diff := cmp.Diff(want, got, sameBits, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s differs from machine:\n%s", name, diff)
		}
	}
	return want, wantErr
}

// damaged reports whether a pickle is wrong, not just cut. How many rows are saved from a wrong one
// may depend on how many were already taken as rows.
func damaged(err error) bool { return err != nil && !errors.Is(err, io.ErrUnexpectedEOF) }

// agree reports whether two tables have the same rows up to the end of the shorter.
func agree(a, b *Table) bool {
	n := min(a.Rows, b.Rows)
	for i := range a.Ints {
		if ints := min(n, a.Ints[i].Len()); !equal(a.Ints[i], b.Ints[i], ints) {
			return false
		}
		if floats := min(n, a.Floats[i].Len()); !a.Floats[i].Equal(0, floats, b.Floats[i], 0) {
			return false
		}
	}
	return true
}

func same(a, b *Table) bool {
	return a != nil && b != nil && a.Rows == b.Rows && a.Mixed == b.Mixed && a.Trailing == b.Trailing &&
		slices.Equal(a.Text, b.Text) && slices.EqualFunc(a.Ints, b.Ints, sameBlocks) &&
		slices.EqualFunc(a.Floats, b.Floats, sameFloats) && slices.EqualFunc(a.Nested, b.Nested, sameNested)
}

func sameFloats(a, b column.Floats) bool {
	return a.Len() == b.Len() && a.Equal(0, a.Len(), b, 0) && a.Null.Len() == b.Null.Len()
}

func sameNested(a, b column.Nested) bool {
	return sameBlocks(a.Outer, b.Outer) && sameBlocks(a.Middle, b.Middle) && sameBlocks(a.Inner, b.Inner) &&
		sameFloats(a.Values, b.Values) && sameBlocks(a.Null, b.Null)
}

func sameBlocks[T comparable](a, b column.Blocks[T]) bool {
	return a.Len() == b.Len() && equal(a, b, a.Len())
}

// equal compares the first n values.
func equal[T comparable](a, b column.Blocks[T], n int) bool {
	for x, y := range a.Beside(0, n, b, 0) {
		if !slices.Equal(x, y) {
			return false
		}
	}
	return true
}

func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	files := map[string][]byte{}
	const root = "../testdata/corpus"
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "_stats/") && !strings.Contains(path, "_scores/") {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, root)] = data
		return err
	})
	if err != nil || len(files) == 0 {
		tb.Fatal("no corpus: ", err)
	}
	return files
}

func layoutOf(path string) Layout {
	if strings.Contains(path, "validation_scores") {
		return validationLayout
	}
	return trainingLayout
}

func TestFastPathsAndMachineDecodeTheCorpusAlike(t *testing.T) {
	t.Parallel()
	for path, data := range corpus(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			table, err := checkSame(t, decoders(layoutOf(path)), data)
			t.Log(table.Rows, err)
		})
	}
}

func TestPrefixesAreTruncatedAndGiveTheFirstRows(t *testing.T) {
	t.Parallel()
	for path, data := range corpus(t) {
		if len(data) > 700 {
			continue
		}
		all := decoders(layoutOf(path))
		whole, err := checkSame(t, all, data)
		if err != nil || whole.Trailing {
			continue
		}
		for n := range len(data) {
			part, err := checkSame(t, all, data[:n])
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%s cut to %d bytes: %v", path, n, err)
			}
			if part.Rows > whole.Rows || !equal(whole.Ints[0], part.Ints[0], part.Rows) {
				t.Fatalf("%s cut to %d bytes: other rows", path, n)
			}
		}
	}
}

// TestFlippedBits shows that damage gives an error or other numbers, never a panic, and the same
// result on every path.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	files := corpus(t)
	const enough = "rows enough for a template"
	files[enough] = encoded(t, 12)
	for path, data := range files {
		if len(data) > 200 && path != enough {
			continue
		}
		all := decoders(layoutOf(path))
		for i := range data {
			flipped := bytes.Clone(data)
			flipped[i] ^= 1 << (i % 8)
			_, _ = checkSame(t, all, flipped)
		}
	}
}

// TestRowsOfDaCapoHaveALoopOfTheirOwn shows that the loop for rows of DaCapo decodes them.
func TestRowsOfDaCapoHaveALoopOfTheirOwn(t *testing.T) {
	t.Parallel()
	data := encoded(t, 1000)
	if found := learned(t, trainingLayout, data); found == nil || !found.DictRow() {
		t.Error("the template has no loop for them")
	}
	if table, err := checkSame(t, decoders(trainingLayout), data); err != nil || table.Rows != 1000 {
		t.Error(table.Rows, err)
	}
}

func FuzzDecode(f *testing.F) {
	for path, data := range corpus(f) {
		if len(data) < 4000 {
			f.Add(strings.Contains(path, "validation"), data)
		}
	}
	for _, data := range protocol2Forms(6) {
		f.Add(false, data)
	}
	for _, c := range almost {
		f.Add(len(c.layout.Columns) == len(validationLayout.Columns), []byte(c.data))
	}
	f.Fuzz(func(t *testing.T, validation bool, data []byte) {
		l := trainingLayout
		if validation {
			l = validationLayout
		}
		// After the damage, the pickle might have changed a row that was already saved.
		_, _ = compare(t, decoders(l), data, func(*Table, *Table) bool { return true })
	})
}

// encoded returns n rows as DaCapo stores them.
func encoded(tb testing.TB, n int) []byte {
	tb.Helper()
	var ints column.Blocks[int64]
	var loss, seconds column.Floats
	for i := range n {
		ints.Append(int64(i))
		loss.Append(1 / float64(i+1))
		seconds.Append(0.05 + float64(i%97)/1e4)
	}
	var b bytes.Buffer
	err := Encode(&b, n, IntField("iteration", ints), FloatField("loss", loss), FloatField("time", seconds), TextField("run_name", "run"))
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	data := encoded(b, 1_000_000)
	for _, name := range []string{"machine", "template", "fixed"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				d := decoders(trainingLayout)[name]
				t, err := d.Decode(bytes.NewReader(data))
				if err != nil || t.Rows != 1_000_000 {
					b.Fatal(t.Rows, err)
				}
			}
		})
	}
}
