package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// memory is a file in memory.
type memory []byte

func (m memory) Bytes(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at+n > int64(len(m)) {
		return nil, fmt.Errorf("no %d bytes at %d", n, at)
	}
	return m[at : at+n], nil
}

const (
	depth = 5
	lists = 3
)

// drawLevels returns levels with stretches of equal ones.
func drawLevels(t *rapid.T, most byte) (all []byte) {
	for range rapid.IntRange(0, 12).Draw(t, "runs") {
		n := rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(1, 2000)).Draw(t, "run")
		all = append(all, bytes.Repeat([]byte{rapid.ByteMax(most).Draw(t, "level")}, n)...)
	}
	return all
}

func TestLevelsAreReadAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]byte{0, 1, lists, depth, 255}).Draw(t, "most")
		want := drawLevels(t, most)
		data := appendLevels(nil, want, most)
		got := make([]byte, len(want))
		if err := readLevels(got, data, most); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v, want %v: %v", got, want, err)
		}
		if readLevels(make([]byte, len(want)+8), data, most) == nil {
			t.Error("more levels are read than were written")
		}
	})
}

func TestLevelsAreBounded(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{{2 << 1, 4}, {1<<1 | 1, 0xff, 0xff, 0xff}} { // a run, and a group
		if err := readLevels(make([]byte, 2), data, 3); (err == nil) != (len(data) > 2) { // the group has 3s
			t.Errorf("%v: %v", data, err)
		}
		if readLevels(make([]byte, 2), data, 2) == nil {
			t.Errorf("%v: 3 is read, and 2 is the highest", data)
		}
	}
}

func TestDeltasWrapAround(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 3), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64}))
		want := rapid.SliceOfN(number, 1, 400).Draw(t, "values")
		data := appendDeltas(nil, want)
		got := make([]int64, len(want))
		if err := deltas(got, data); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, want %v: %v", got, want, err)
		}
		if deltas(make([]int64, len(want)+1), data) == nil || deltas(got[:len(got)-1], data) == nil {
			t.Error("a wrong number of values is read")
		}
	})
}

func TestColumnsAreReadAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		w := &Writer{Codec: rapid.SampledFrom([]int64{Uncompressed, Zstd}).Draw(t, "codec")}
		file.WriteString(Magic)
		w.Reset(&file, int64(len(Magic)))
		definition := drawLevels(t, depth)
		repetition := make([]byte, len(definition))
		for i := range repetition {
			repetition[i] = byte(i*i/7) % (lists + 1)
		}
		values := make([]float64, count(definition, depth))
		for i := range values {
			values[i] = math.Float64frombits(uint64(i) * 0x9e3779b97f4a7c15)
		}
		c, err := w.Doubles(values, definition, repetition, depth, lists)
		if err != nil {
			t.Fatal(err)
		}
		d, err := w.Text("läuft", 1+len(definition))
		if err != nil {
			t.Fatal(err)
		}
		r := &Reader{}
		r.Reset(memory(file.Bytes()))
		if err := r.Text(d, "läuft", 1+len(definition)); err != nil {
			t.Fatal(err)
		}
		if r.Text(d, "lauft", 1+len(definition)) == nil || r.Text(d, "läuft", len(definition)) == nil {
			t.Error("a wrong text is read")
		}
		err = r.Doubles(c, depth, lists, func(v []float64, d, r []byte) error {
			for i := range v {
				if math.Float64bits(v[i]) != math.Float64bits(values[i]) {
					return fmt.Errorf("value %d is %x", i, math.Float64bits(v[i]))
				}
			}
			if !bytes.Equal(d, definition[:len(d)]) || !bytes.Equal(r, repetition[:len(r)]) {
				return errors.New("wrong levels")
			}
			values, definition, repetition = values[len(v):], definition[len(d):], repetition[len(r):]
			return nil
		})
		if err != nil || len(definition) > 0 {
			t.Fatalf("%d values are left: %v", len(definition), err)
		}
	})
}

// TestPagesEndBeforeARow has rows of many values, and one that fills several pages.
func TestPagesEndBeforeARow(t *testing.T) {
	t.Parallel()
	const n = 3*pageValues + 5
	repetition := bytes.Repeat([]byte{lists}, n)
	repetition[0], repetition[1000], repetition[n-3] = 0, 0, 0
	var ends []int
	for from := 0; from < n; {
		from = pageEnd(from, n, repetition)
		ends = append(ends, from)
	}
	if want := []int{1000, 1000 + pageValues, 1000 + 2*pageValues, n}; !slices.Equal(ends, want) {
		t.Errorf("pages end at %v, want %v", ends, want)
	}
}

func TestChecksumOfAPageIsChecked(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	w := &Writer{Codec: Uncompressed}
	w.Reset(&file, 0)
	c, err := w.Doubles([]float64{1, 2, 3}, []byte{1, 1, 1}, nil, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.Bytes()[file.Len()-1] ^= 1
	r := &Reader{}
	r.Reset(memory(file.Bytes()))
	err = r.Doubles(c, 1, 0, func([]float64, []byte, []byte) error { return nil })
	if err == nil || err.Error() != "a page does not match its CRC-32" {
		t.Errorf("error is %v", err)
	}
}

// TestLevelsThatClaimBillions has runs that are longer than the page.
func TestLevelsThatClaimBillions(t *testing.T) {
	t.Parallel()
	for _, header := range []uint64{math.MaxUint64, math.MaxUint64 - 1, 1, 0} {
		data := append(binary.AppendUvarint(nil, header), 1)
		if err := readLevels(make([]byte, 100), data, 1); (err == nil) != (header == math.MaxUint64-1) { // one long run is no damage
			t.Errorf("%x: %v", header, err)
		}
	}
}

// FuzzColumns reads any bytes as each kind of column, and as a footer.
func FuzzColumns(f *testing.F) {
	for _, codec := range []int64{Uncompressed, Zstd} {
		var file bytes.Buffer
		w := &Writer{Codec: codec}
		w.Reset(&file, 0)
		_, err := w.Text("run", 9)
		f.Add(bytes.Clone(file.Bytes()), codec, int64(9))
		file.Reset()
		_, err2 := w.Ints([]int64{1, 2, 5, 1 << 40, 1 << 41})
		f.Add(bytes.Clone(file.Bytes()), codec, int64(5))
		file.Reset()
		_, err3 := w.Doubles([]float64{1, 2}, []byte{5, 5, 4, 0}, []byte{0, 3, 2, 0}, depth, lists)
		f.Add(bytes.Clone(file.Bytes()), codec, int64(4))
		if err := errors.Join(err, err2, err3); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(NewFooter(NewSchema(Node{Name: "run", Type: Group, Logical: Plain}), nil, 0, "x").With([][2]string{{"k", "v"}}), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, content []byte, codec, values int64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := Chunk{Codec: codec, Values: min(max(values, 0), 1<<16), Size: int64(len(content))}
		r := &Reader{}
		r.Reset(memory(content))
		_ = r.Text(c, "run", int(c.Values))
		_ = r.Ints(c, make([]int64, c.Values))
		for _, lists := range []byte{0, lists} {
			got := int64(0)
			err := r.Doubles(c, depth, lists, func(v []float64, d, r []byte) error {
				if got += int64(len(d)); len(v) != count(d, depth) || lists > 0 && len(r) != len(d) {
					t.Errorf("%d values, %d and %d levels", len(v), len(d), len(r))
				}
				return nil
			})
			if err == nil && got != c.Values {
				t.Errorf("%d values, want %d", got, c.Values)
			}
		}
		if footer, err := Split(content); err == nil {
			_, _ = footer.Decode(NewSchema(Node{Name: "run", Type: Group, Logical: Plain}))
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20+100*uint64(len(content)) {
			t.Errorf("%d bytes took %d", len(content), took)
		}
	})
}

// TestFieldsWithWrongNumbers has structures whose field numbers are negative, too high, or make a
// path that overflows.
func TestFieldsWithWrongNumbers(t *testing.T) {
	t.Parallel()
	long := func(zigzag uint64, kind byte) []byte { return binary.AppendUvarint([]byte{kind}, zigzag) }
	for name, header := range map[string][]byte{
		"negative":              long(3, thriftI32), // -2
		"above 16 bits":         long(1<<17, thriftI32),
		"a path that overflows": long(1<<63, thriftStruct),
	} {
		d := decoder{rest: append(header, 2, 0, 0)}
		var stored int64
		if d.structure(0, func(uint64) *int64 { return &stored }); d.err == nil || stored != 0 {
			t.Errorf("%s: stored %d, %v", name, stored, d.err)
		}
	}
}
