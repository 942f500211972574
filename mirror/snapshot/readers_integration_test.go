//go:build integration

package snapshot_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"statsmirror/mirror/snapshot"
	"statsmirror/store/column"
)

// A row is one as testdata/readers.mjs prints it.
type row struct {
	Run       string        `json:"run"`
	Iteration string        `json:"iteration"`
	Loss      *string       `json:"loss"`
	Time      *string       `json:"time"`
	Scores    [][][]*string `json:"scores"`
}

// TestReadersReadTheSame reads all golden files with other programs. Each gives the same rows, bit
// for bit.
func TestReadersReadTheSame(t *testing.T) {
	t.Parallel()
	if os.Getenv("STATSMIRROR_NODE_MODULES") == "" {
		t.Fatal("STATSMIRROR_NODE_MODULES must name a node_modules directory that holds the readers in testdata/readers.mjs")
	}
	all := goldens()
	names := slices.Sorted(maps.Keys(all))
	for reader, nan := range map[string]string{"duckdb": "quiet", "polars": "any", "hyparquet": "any", "parquet-wasm": "exact"} {
		t.Run(reader, func(t *testing.T) {
			t.Parallel()
			for i, rows := range readWith(t, reader, names) {
				name := names[i%len(names)]
				want := expect(all[name])
				sameNaN(nan, want)
				sameNaN(nan, rows)
				if len(rows) != len(want) {
					t.Fatalf("file %d, %s: %d rows, want %d", i, name, len(rows), len(want))
				}
				for j := range rows {
					if !reflect.DeepEqual(rows[j], want[j]) { // go-cmp would take minutes
						t.Fatalf("file %d, %s: row %d is %.2000s, want %.2000s", i, name, j, text(rows[j]), text(want[j]))
					}
				}
			}
		})
	}
}

func text(r row) []byte {
	text, _ := json.Marshal(r)
	return text
}

// sameNaN forgets what JavaScript forgets of NaNs in lists, as some readers use them: which are
// quiet, or the whole payload.
func sameNaN(nan string, rows []row) {
	change := func(bits *string) {
		if bits == nil {
			return
		}
		n, _ := strconv.ParseUint(*bits, 16, 64)
		switch {
		case !math.IsNaN(math.Float64frombits(n)):
		case nan == "any":
			*bits = "NaN"
		case nan == "quiet":
			*bits = fmt.Sprintf("%016x", n|1<<51)
		}
	}
	for _, r := range rows {
		if nan == "any" {
			change(r.Loss)
			change(r.Time)
		}
		for _, list := range slices.Concat(r.Scores...) {
			for _, bits := range list {
				change(bits)
			}
		}
	}
}

// readWith returns the rows of all golden files, the current ones first, as a reader in testdata/readers.mjs reads them.
func readWith(t *testing.T, reader string, names []string) (all [][]row) {
	t.Helper()
	arguments := []string{"testdata/readers.mjs", reader}
	for _, dir := range []string{current, released} {
		for _, name := range names {
			arguments = append(arguments, filepath.Join(dir, name+snapshot.Suffix))
		}
	}
	command := exec.CommandContext(t.Context(), "node", arguments...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for lines := json.NewDecoder(bytes.NewReader(output)); lines.More(); {
		var rows []row
		if err := lines.Decode(&rows); err != nil {
			t.Fatal(err)
		}
		all = append(all, rows)
	}
	if len(all) != 2*len(names) {
		t.Fatalf("%d files were read, want %d", len(all), 2*len(names))
	}
	return all
}

func expect(s *snapshot.Snapshot) (rows []row) {
	byIteration := map[int64]*row{}
	at := func(iteration int64) *row {
		r := byIteration[iteration]
		if r == nil {
			r = &row{Run: snapshot.EscapeText(s.Run), Iteration: strconv.FormatInt(iteration, 10)}
			byIteration[iteration] = r
		}
		return r
	}
	for i, iteration := range s.Training.Iteration.All() {
		r := at(iteration)
		r.Loss, r.Time = bits(s.Training.Loss, i), bits(s.Training.Time, i)
	}
	for i, iteration := range s.Validation.Iteration.All() {
		at(iteration).Scores = lists(s.Validation.Scores, i)
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

func lists(n column.Nested, row int) [][][]*string {
	if n.IsNull(row) {
		return nil
	}
	all := [][][]*string{}
	j, outerEnd := column.Bounds(n.Outer, row)
	for ; j < outerEnd; j++ {
		outer := [][]*string{}
		k, middleEnd := column.Bounds(n.Middle, j)
		for ; k < middleEnd; k++ {
			inner := []*string{}
			v, innerEnd := column.Bounds(n.Inner, k)
			for ; v < innerEnd; v++ {
				inner = append(inner, bits(n.Values, v))
			}
			outer = append(outer, inner)
		}
		all = append(all, outer)
	}
	return all
}
