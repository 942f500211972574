package merge

import (
	"fmt"

	"go.uber.org/zap"

	"statsmirror/mirror/event"
	"statsmirror/store"
)

// Gap is a stretch of missing rows between the last row of a run and the first row that extends it.
// If the two sides also share no row, nothing proves that they belong to the same life of the run.
type Gap struct {
	Kind        store.Kind
	Last, First int64 // iterations
}

// gaps returns the gap, if any, between older rows, which end before the iteration until, and rows
// that extend them without repeating any. A distance is a gap if it is wider than the median
// distance of the new rows. Training stats have a row for each iteration. A single row of scores
// has no distance, so gaps returns nothing for it.
func gaps[R store.Rows[R]](kind store.Kind, until int64, rows R) []Gap {
	step := store.Step(rows)
	if step == 0 && kind == store.Training {
		step = 1
	}
	g := Gap{kind, until - 1, store.Iteration(rows, 0)}
	if step == 0 || uint64(g.First)-uint64(g.Last) <= step { // the difference of two int64 may overflow an int64
		return nil
	}
	return []Gap{g}
}

// Log warns that rows from two places were joined over a gap.
func (g Gap) Log(log *zap.Logger, run, before, after string) {
	log.Warn("stats file unusual", event.Is(event.Problems), zap.String(event.FieldRun, run), zap.String(event.FieldKind, string(g.Kind)),
		zap.String(event.FieldPath, string(g.Kind)+"/"+run), zap.Strings(event.FieldProblems, []string{fmt.Sprintf(
			"%s ends at iteration %d, %s begins at %d: rows between are missing, and two lives of the run may be one generation now",
			before, g.Last, after, g.First)}))
}
