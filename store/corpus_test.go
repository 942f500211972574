package store_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"testing"

	"statsmirror/store"
	"statsmirror/store/column"
)

// A corpusCase is a line of testdata/corpus/manifest.jsonl; see the README there.
type corpusCase struct {
	ID        string
	Kind      store.Kind
	Path      string
	RunName   string `json:"run_name"`
	Rows      [][]any
	N         int
	SHA256    string
	Error     string
	MayReject bool
}

func (c corpusCase) rejected() bool {
	return c.Rows == nil && c.SHA256 == "" && olderNumpy[c.ID] == 0
}

// olderNumpy holds the number of rows of cases that only numpy up to 2.3 reads: it turns an array
// of one item into a float.
var olderNumpy = map[string]int{"sid/t_np1d1": 10}

func corpus(t *testing.T) []corpusCase {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "corpus", "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []corpusCase
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c corpusCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	return cases
}

// tree returns the stats tree that holds the case.
func (c corpusCase) tree() (tree store.Tree, run string) {
	dir := path.Dir(path.Dir(c.Path))
	return store.Tree{Dir: filepath.Join("testdata", "corpus", dir), Quiet: 1}, path.Base(c.Path)
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, c := range corpus(t) {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			tree, run := c.tree()
			if c.Kind == store.Training {
				file, err := tree.ReadTraining(t.Context(), run, nil)
				checkCase(t, c, file, err, trainingOf, equalTraining, hashTraining)
			} else {
				file, err := tree.ReadValidation(t.Context(), run, nil)
				checkCase(t, c, file, err, validationOf, equalValidation, hashValidation)
			}
		})
	}
}

func checkCase[R store.Rows[R]](t *testing.T, c corpusCase, file store.File[R], err error,
	of func(*testing.T, [][]any) R, equal func(a, b R) bool, sum func(hash.Hash, R),
) {
	var invalid *store.InvalidError
	if errors.As(err, &invalid) && (c.rejected() || c.MayReject) {
		checkInvalid(t, invalid)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if c.rejected() {
		t.Fatalf("accepted: %v", file.Rows)
	}
	if len(file.Sources) == 0 || len(file.Sources[0].SHA256) != 64 {
		t.Errorf("sources are %v", file.Sources)
	}
	normal := store.Normalise(file.Rows)
	if n := olderNumpy[c.ID]; n > 0 {
		if normal.Len() != n {
			t.Errorf("%d rows, want %d", normal.Len(), n)
		}
		return
	}
	if c.SHA256 == "" {
		if want := store.Normalise(of(t, c.Rows)); !equal(want, normal) {
			t.Errorf("rows are\n%v, want\n%v", normal, want)
		}
		return
	}
	h := sha256.New()
	sum(h, normal)
	if got := hex.EncodeToString(h.Sum(nil)); normal.Len() != c.N || got != c.SHA256 {
		t.Errorf("%d rows with SHA-256 %s, want %d with %s", normal.Len(), got, c.N, c.SHA256)
	}
}

func checkInvalid(t *testing.T, e *store.InvalidError) {
	if e.Offset < 0 && !e.Foreign || len(e.SHA256) != 64 || e.Path == "" || e.Err == nil {
		t.Errorf("rejected without its offset, hash or reason: %+v", e)
	}
}

// TestCorpusInspected checks that Inspect tells the kind of each file by its rows.
func TestCorpusInspected(t *testing.T) {
	t.Parallel()
	for _, c := range corpus(t) {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			here := filepath.Join("testdata", "corpus", c.Path)
			elsewhere := filepath.Join(t.TempDir(), "some", "run")
			if info, err := os.Stat(here); err != nil || info.IsDir() {
				return
			}
			copyFile(t, here, elsewhere)
			i, err := store.Inspect(t.Context(), elsewhere)
			if err != nil {
				t.Fatal(err)
			}
			if c.rejected() {
				if i.Damage == nil {
					t.Error("damage not reported")
				}
				return
			}
			if i.Damage == nil && len(c.Rows)+c.N > 0 && (i.Kind != c.Kind || i.Rows() == 0) {
				t.Errorf("inspected as %d rows of %s", i.Rows(), i.Kind)
			}
			if i.Damage != nil && !c.MayReject {
				t.Error(i.Damage)
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func trainingOf(t *testing.T, rows [][]any) store.TrainingStats {
	var s store.TrainingStats
	for _, r := range rows {
		s.Iteration.Append(iterationOf(t, r[0]))
		appendFloat(t, &s.Loss, r[1])
		appendFloat(t, &s.Time, r[2])
	}
	return s
}

func validationOf(t *testing.T, rows [][]any) store.ValidationScores {
	var s store.ValidationScores
	for _, r := range rows {
		s.Iteration.Append(iterationOf(t, r[0]))
		s.Scores.BeginRow()
		for _, dataset := range r[1].([]any) {
			s.Scores.BeginOuter()
			for _, parameters := range dataset.([]any) {
				s.Scores.BeginMiddle()
				for _, v := range parameters.([]any) {
					if v == nil {
						s.Scores.AppendNullValue()
					} else {
						s.Scores.Append(floatOf(t, v))
					}
				}
			}
		}
	}
	return s
}

func iterationOf(t *testing.T, v any) int64 {
	if n, ok := v.(float64); ok {
		return int64(n)
	}
	n, err := strconv.ParseInt(v.(map[string]any)["int"].(string), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func appendFloat(t *testing.T, f *column.Floats, v any) {
	if v == nil {
		f.AppendNull()
	} else {
		f.Append(floatOf(t, v))
	}
}

func floatOf(t *testing.T, v any) float64 {
	f, err := strconv.ParseFloat(v.(string), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// canonical gives every NaN the same bits, because the manifest does not distinguish them.
func canonical(f column.Floats) column.Floats {
	var c column.Floats
	c.AppendFrom(f, 0, f.Len())
	for i, v := range c.Values.All() {
		if math.IsNaN(v) {
			c.Values.Set(i, math.Float64frombits(0x7ff8000000000000))
		}
	}
	return c
}

func equalTraining(a, b store.TrainingStats) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i, n := range a.Iteration.All() {
		if n != b.Iteration.At(i) {
			return false
		}
	}
	return canonical(a.Loss).Equal(0, a.Len(), canonical(b.Loss), 0) && canonical(a.Time).Equal(0, a.Len(), canonical(b.Time), 0)
}

func equalValidation(a, b store.ValidationScores) bool {
	if a.Len() != b.Len() {
		return false
	}
	a.Scores.Values, b.Scores.Values = canonical(a.Scores.Values), canonical(b.Scores.Values)
	for i, n := range a.Iteration.All() {
		if n != b.Iteration.At(i) || !a.Scores.EqualRow(i, b.Scores, i) {
			return false
		}
	}
	return true
}

func hashNumber[N int64 | uint64](h hash.Hash, n N) {
	_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

func hashTraining(h hash.Hash, s store.TrainingStats) {
	loss, time := canonical(s.Loss), canonical(s.Time)
	for i, n := range s.Iteration.All() {
		hashNumber(h, n)
		hashNumber(h, math.Float64bits(loss.At(i)))
		hashNumber(h, math.Float64bits(time.At(i)))
	}
}

func hashValidation(h hash.Hash, s store.ValidationScores) {
	n, values := s.Scores, canonical(s.Scores.Values)
	for i, iteration := range s.Iteration.All() {
		hashNumber(h, iteration)
		j, outerEnd := column.Bounds(n.Outer, i)
		for hashNumber(h, int64(outerEnd-j)); j < outerEnd; j++ {
			k, middleEnd := column.Bounds(n.Middle, j)
			for hashNumber(h, int64(middleEnd-k)); k < middleEnd; k++ {
				v, innerEnd := column.Bounds(n.Inner, k)
				for hashNumber(h, int64(innerEnd-v)); v < innerEnd; v++ {
					hashNumber(h, math.Float64bits(values.At(v)))
				}
			}
		}
	}
}
