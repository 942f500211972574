package report

import (
	"slices"

	"statsmirror/store"
	"statsmirror/store/column"
)

// markStretches is into how many stretches marks divide the rows.
const markStretches = 300

// Mark stands for the losses of one kind in a stretch of rows, which a line cannot show.
type Mark struct {
	Kind string  `json:"kind"` // NaN, Infinity or -Infinity
	X    float64 `json:"x"`    // mean of their iterations
	Rows int     `json:"rows"` // number of values
}

var kinds = []string{"NaN", "Infinity", "-Infinity"}

// marksOf returns the marks of all losses that are not finite, and the first iteration of each kind.
func marksOf(s store.TrainingStats) ([]Mark, map[string]int64) {
	var marks []Mark
	first := map[string]int64{}
	stretch := (s.Len() + markStretches - 1) / markStretches
	for from := 0; from < s.Len(); from += stretch {
		var at [3]mean
		for i := from; i < from+min(stretch, s.Len()-from); i++ {
			if s.Loss.IsNull(i) {
				continue
			}
			if k := slices.Index(kinds, column.NotFinite(s.Loss.At(i))); k >= 0 {
				at[k].add(float64(s.Iteration.At(i)))
				if _, ok := first[kinds[k]]; !ok {
					first[kinds[k]] = s.Iteration.At(i)
				}
			}
		}
		for k, kind := range kinds {
			if at[k].n > 0 {
				marks = append(marks, Mark{kind, at[k].mean, int(at[k].n)})
			}
		}
	}
	return marks, first
}
