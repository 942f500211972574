package pickle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/store/column"
)

// A pythonCase describes rows that testdata/cpython.py has pickled.
type pythonCase struct {
	Name      string   `json:"name"`
	Rows      int      `json:"rows"`
	Scores    []int    `json:"scores"` // nil for training stats
	First     int64    `json:"first"`
	Step      int64    `json:"step"`
	RunName   hexBytes `json:"run_name"`
	Repeat    int      `json:"repeat"` // of RunName
	NullEvery uint64   `json:"null_every"`
	Ragged    bool     `json:"ragged"`
	Seed      uint64   `json:"seed"`
	SHA256    string   `json:"sha256"`
}

type hexBytes string

func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = hexBytes(b)
	return err
}

func readPythonCases(t *testing.T, dir string) []pythonCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []pythonCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// draw returns the next number of splitmix64.
func (c *pythonCase) draw() uint64 {
	c.Seed += 0x9e3779b97f4a7c15
	z := c.Seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (c *pythonCase) null() bool { return c.NullEvery > 0 && c.draw()%c.NullEvery == 0 }

func (c *pythonCase) length(depth int) uint64 {
	n := uint64(c.Scores[depth])
	if c.Ragged {
		n = c.draw() % (n + 1)
	}
	return n
}

// fields draws the rows, value by value in the order of the script.
func (c pythonCase) fields() []Field {
	var iteration column.Blocks[int64]
	var loss, time column.Floats
	var scores column.Nested
	for i := range int64(c.Rows) {
		iteration.Append(c.First + i*c.Step)
		if c.Scores == nil {
			c.value(&loss)
			c.value(&time)
		} else {
			c.scores(&scores)
		}
	}
	name := TextField("run_name", strings.Repeat(string(c.RunName), c.Repeat))
	if c.Scores == nil {
		return []Field{IntField("iteration", iteration), FloatField("loss", loss), FloatField("time", time), name}
	}
	return []Field{IntField("iteration", iteration), NestedField("scores", scores), name}
}

func (c *pythonCase) value(f *column.Floats) {
	if c.null() {
		f.AppendNull()
	} else {
		f.Append(math.Float64frombits(c.draw()))
	}
}

func (c *pythonCase) scores(n *column.Nested) {
	if c.null() {
		n.AppendNull()
		return
	}
	n.BeginRow()
	for range c.length(0) {
		n.BeginOuter()
		for range c.length(1) {
			n.BeginMiddle()
			for range c.length(2) {
				if c.null() {
					n.AppendNullValue()
				} else {
					n.Append(math.Float64frombits(c.draw()))
				}
			}
		}
	}
}

// compare encodes the case and compares the result with CPython's file: byte for byte if the file
// exists, else by SHA-256.
func (c pythonCase) compare(t *testing.T, dir string) {
	t.Helper()
	var got bytes.Buffer
	if err := Encode(&got, c.Rows, c.fields()...); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(got.Bytes()); hex.EncodeToString(sum[:]) == c.SHA256 {
		return
	}
	want, err := os.ReadFile(filepath.Join(dir, c.Name+".pickle"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%d bytes that differ from CPython's", got.Len())
	} else if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if i >= got.Len() || got.Bytes()[i] != want[i] {
			t.Fatalf("the bytes differ at %d of %d:\n got %x\nwant %x", i, len(want), got.Bytes()[i:min(i+40, got.Len())], want[i:min(i+40, len(want))])
		}
	}
	t.Fatalf("%d bytes more than CPython's", got.Len()-len(want))
}

func TestEncodeWritesTheBytesOfCPython(t *testing.T) {
	t.Parallel()
	const dir = "testdata/cpython"
	for _, c := range readPythonCases(t, dir) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.compare(t, dir)
		})
	}
}

func TestEncodeDictsOfAnySize(t *testing.T) {
	t.Parallel()
	for want, fields := range map[string][]Field{
		"\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00]\x94}\x94a.":                               nil,
		"\x80\x04\x95\x0d\x00\x00\x00\x00\x00\x00\x00]\x94}\x94\x8c\x01a\x94K\x07sa.":            {IntField("a", column.BlocksOf[int64](7))},
		"\x80\x04\x95\x12\x00\x00\x00\x00\x00\x00\x00]\x94}\x94(\x8c\x01a\x94N\x8c\x01b\x94Nua.": {FloatField("a", nulls(1)), FloatField("b", nulls(1))},
	} {
		var got strings.Builder
		if err := Encode(&got, 1, fields...); err != nil || got.String() != want {
			t.Errorf("%d fields: %q, %v, want %q", len(fields), got.String(), err, want)
		}
	}
}

func nulls(n int) (f column.Floats) {
	for range n {
		f.AppendNull()
	}
	return f
}

func TestEncodeRefusesBeforeItWrites(t *testing.T) {
	t.Parallel()
	var lists column.Nested
	lists.BeginRow()
	for name, field := range map[string]Field{
		"too many rows":   IntField("iteration", column.BlocksOf[int64](1, 2, 3)),
		"too few rows":    NestedField("scores", lists),
		"name":            FloatField("l\xffss", nulls(2)),
		"text":            TextField("run_name", "caf\xe9"),
		"half a letter":   TextField("run_name", "caf\xc3"),
		"half surrogate":  TextField("run_name", "\xed\xb2"),
		"no continuation": TextField("run_name", "\xed\xb2x"),
		"beyond Unicode":  TextField("run_name", "\xf4\x90\x80\x80"),
		"overlong":        TextField("run_name", "\xc0\x80"),
	} {
		var got bytes.Buffer
		if err := Encode(&got, 2, field); err == nil || got.Len() > 0 {
			t.Errorf("%s: %d bytes, %v", name, got.Len(), err)
		}
	}
}

func TestEncodeStopsWhenItCannotWrite(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left")
	w := writerFunc(func(b []byte) (int, error) { return 0, full })
	if err := Encode(w, 100_000, FloatField("loss", nulls(100_000))); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func BenchmarkEncode(b *testing.B) {
	const rows = 1_000_000
	fields := pythonCase{Rows: rows, RunName: "cells", Repeat: 1}.fields()
	b.ReportAllocs()
	for b.Loop() {
		if err := Encode(io.Discard, rows, fields...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}

// TestEncodeGivesGenuineFilesBack decodes and encodes files that DaCapo wrote.
func TestEncodeGivesGenuineFilesBack(t *testing.T) {
	t.Parallel()
	const dir = "../testdata/corpus/bookworm/"
	for _, path := range []string{
		"training_stats/t_2", "training_stats/t_1001", "training_stats/t_5000", "training_stats/t_extend_1000_2500",
		"training_stats/t_extend_overlap_differs", "training_stats/t_overwrite_2500_1000", "training_stats/t_gap_once",
		"training_stats/t_gap_new", "training_stats/t_every10", "training_stats/t_none_time",
		"validation_scores/v_3x20x30_50", "validation_scores/v_empty0", "validation_scores/v_empty1",
		"validation_scores/v_ragged", "validation_scores/v_none", "validation_scores/v_special",
		"validation_scores/v_shorter", "validation_scores/v_dup", "validation_scores/v_nonmono",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(dir + path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := encodeAgain(want, layoutOf(path))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, want %d, or different bytes: %v", len(got), len(want), err)
			}
		})
	}
}

func encodeAgain(content []byte, layout Layout) ([]byte, error) {
	table, err := NewDecoder(layout).Decode(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	var fields []Field
	for i, c := range layout.Columns {
		switch c.Type {
		case Int:
			fields = append(fields, IntField(c.Name, table.Ints[i]))
		case Float:
			fields = append(fields, FloatField(c.Name, table.Floats[i]))
		case Nested:
			fields = append(fields, NestedField(c.Name, table.Nested[i]))
		case Text:
			fields = append(fields, TextField(c.Name, table.Text[i]))
		}
	}
	var again bytes.Buffer
	err = Encode(&again, table.Rows, fields...)
	return again.Bytes(), err
}
