//go:build integration

package snapshot_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"statsmirror/mirror/snapshot"
	"statsmirror/store/column"

	"github.com/google/go-cmp/cmp"
)

// A duckRow is a row as testdata/duckdb.mjs prints it.
type duckRow struct {
	Run       string        `json:"run"`
	Iteration string        `json:"iteration"`
	Loss      *string       `json:"loss"`
	Time      *string       `json:"time"`
	Scores    [][][]*string `json:"scores"`
}

func TestDuckDBReadsTheSame(t *testing.T) {
	t.Parallel()
	if os.Getenv("STATSMIRROR_NODE_MODULES") == "" {
		t.Fatal("STATSMIRROR_NODE_MODULES must name a node_modules directory that holds @duckdb/node-api")
	}
	both := training(20_000)
	both.Validation = validations(20, 3, 20, 30).Validation
	for name, s := range map[string]*snapshot.Snapshot{
		"sample": sample(), "training": training(10_000), "validations": validations(50, 3, 20, 30), "both": both,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(expect(s), readWithDuckDB(t, s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func readWithDuckDB(t *testing.T, s *snapshot.Snapshot) (rows []duckRow) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "it's a run.parquet")
	if err := os.WriteFile(name, encode(t, s), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "node", "testdata/duckdb.mjs", name)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func expect(s *snapshot.Snapshot) (rows []duckRow) {
	byIteration := map[int64]*duckRow{}
	row := func(iteration int64) *duckRow {
		r := byIteration[iteration]
		if r == nil {
			r = &duckRow{Run: s.Run, Iteration: strconv.FormatInt(iteration, 10)}
			byIteration[iteration] = r
		}
		return r
	}
	for i, iteration := range s.Training.Iteration.All() {
		r := row(iteration)
		r.Loss, r.Time = bits(s.Training.Loss, i), bits(s.Training.Time, i)
	}
	for i, iteration := range s.Validation.Iteration.All() {
		row(iteration).Scores = lists(s.Validation.Scores, i)
	}
	for _, iteration := range slices.Sorted(maps.Keys(byIteration)) {
		rows = append(rows, *byIteration[iteration])
	}
	return rows
}

func bits(f column.Floats, i int) *string {
	if f.IsNull(i) {
		return nil
	}
	return new(fmt.Sprintf("%016x", math.Float64bits(f.At(i))))
}

// quiet makes signalling NaNs quiet, because lists become quiet on their way into JavaScript.
func quiet(f column.Floats) (q column.Floats) {
	q.AppendFrom(f, 0, f.Len())
	for i, v := range q.Values.All() {
		if math.IsNaN(v) {
			q.Values.Set(i, math.Float64frombits(math.Float64bits(v)|1<<51))
		}
	}
	return q
}

func lists(n column.Nested, row int) [][][]*string {
	if n.IsNull(row) {
		return nil
	}
	all, values := [][][]*string{}, quiet(n.Values)
	j, outerEnd := column.Bounds(n.Outer, row)
	for ; j < outerEnd; j++ {
		outer := [][]*string{}
		k, middleEnd := column.Bounds(n.Middle, j)
		for ; k < middleEnd; k++ {
			inner := []*string{}
			v, innerEnd := column.Bounds(n.Inner, k)
			for ; v < innerEnd; v++ {
				inner = append(inner, bits(values, v))
			}
			outer = append(outer, inner)
		}
		all = append(all, outer)
	}
	return all
}
