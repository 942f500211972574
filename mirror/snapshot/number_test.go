package snapshot_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/metadata"

	"statsmirror/mirror/snapshot"
)

// TestNumbersOfTheMetadataAreBounded forges each number of the metadata, with correct hashes.
func TestNumbersOfTheMetadataAreBounded(t *testing.T) {
	content := encode(t, sample())
	for _, tt := range []struct {
		key     string
		numbers []int64
	}{
		{"generation", []int64{math.MinInt64, -1, 0, snapshot.MostGenerations + 1, math.MaxInt64 - 1, math.MaxInt64}},
		{"trained_until", []int64{math.MinInt64}},
		{"validated_until", []int64{math.MinInt64}},
		{"training_rows", []int64{math.MinInt64, -1, 0, 1 << 40, math.MaxInt64}},
		{"validation_rows", []int64{math.MinInt64, -1, 0, 1 << 40, math.MaxInt64}},
	} {
		for _, n := range tt.numbers {
			forged := forge(content, func(md *metadata.FileMetaData) { set(md, tt.key, strconv.FormatInt(n, 10)) })
			refused(t, tt.key, n, forged)
		}
	}
	for _, n := range []int64{-1, 1 << 40, math.MaxInt64} {
		refused(t, "rows of a group", n, forge(content, func(md *metadata.FileMetaData) {
			editGroups(md, func(_ int, g *snapshot.Group) { g.TrainingRows = n })
			set(md, "training_rows", strconv.FormatInt(n, 10))
		}))
	}
	refused(t, "last iteration of a group", math.MaxInt64, forge(content, func(md *metadata.FileMetaData) {
		editGroups(md, func(_ int, g *snapshot.Group) { g.Last = math.MaxInt64 })
	}))
	refused(t, "bytes of a source", -1, forge(content, func(md *metadata.FileMetaData) {
		set(md, "sources", `[{"path":"training_stats/sample run","sha256":"00","inode":0,"size":-1,"mtime_ns":0,"ctime_ns":0}]`)
	}))
}

func refused(t *testing.T, what string, n int64, content []byte) {
	t.Helper()
	m, err := snapshot.ReadMeta(bytes.NewReader(content), int64(len(content)))
	if err == nil {
		t.Errorf("%s %d was accepted: %+v", what, n, m)
	}
}

func TestGenerationThatNamesCannotHaveIsNotWritten(t *testing.T) {
	for _, n := range []int64{math.MinInt64, -1, 0, snapshot.MostGenerations + 1, math.MaxInt64} {
		s := sample()
		s.Generation = n
		if _, err := snapshot.Write(io.Discard, s); err == nil {
			t.Errorf("generation %d was written", n)
		}
	}
}

func TestNamesOfTheHistory(t *testing.T) {
	for name, want := range map[string]struct {
		generation int64
		numbered   bool
	}{
		"00000001.parquet":             {1, true},
		"99999999.parquet":             {snapshot.MostGenerations, true},
		"100000000.parquet":            {0, true},
		"9223372036854775807.parquet":  {0, true},
		"-9223372036854775808.parquet": {0, true},
		"99999999999999999999.parquet": {0, true},
		"00000000.parquet":             {0, true},
		"1.parquet":                    {0, true},
		"+0000001.parquet":             {0, true},
		"000000001.parquet":            {0, true},
		".parquet":                     {0, false},
		"00000001":                     {0, false},
		"copy of 00000001.parquet":     {0, false},
		"removed.json":                 {0, false},
	} {
		generation, ok := snapshot.GenerationOf(name)
		if ok != (want.generation > 0) || ok && generation != want.generation || snapshot.IsNumbered(name) != want.numbered {
			t.Errorf("%s: generation %d, %v, numbered %v", name, generation, ok, snapshot.IsNumbered(name))
		}
	}
}

func TestNumbersAreAddedChecked(t *testing.T) {
	for _, tt := range []struct {
		generation, n, want int64 // 0 for an error
	}{
		{1, 1, 2},
		{0, 1, 1},
		{snapshot.MostGenerations - 1, 1, snapshot.MostGenerations},
		{snapshot.MostGenerations, 1, 0},
		{1, snapshot.MostGenerations, 0},
		{1, -1, 0},
		{1, math.MaxInt64, 0},
		{math.MaxInt64, 1, 0},
		{math.MaxInt64, math.MaxInt64, 0},
	} {
		got, err := snapshot.After(tt.generation, tt.n)
		if got != tt.want || (err == nil) != (tt.want > 0) || err != nil && !errors.Is(err, snapshot.ErrNoNumber) {
			t.Errorf("After(%d, %d) is %d, %v", tt.generation, tt.n, got, err)
		}
	}
}
