package snapshot

import (
	"slices"

	"statsmirror/store/column"
)

// table is the rows of a snapshot as Parquet has them: for each column the
// values that are there, and the levels that say where.
type table struct {
	iterations                   []int64
	loss, time                   floats
	scores                       floats
	repetition                   []int16 // of the scores
	nullTraining, nullValidation ranges
	training, validation         []int // the row of each of their rows; nil: the same
}

type floats struct {
	values []float64
	levels []int16 // definition levels
}

func newTable(s *Snapshot) *table {
	t := &table{}
	t.merge(s.Training.Iteration, s.Validation.Iteration)
	present := slices.Repeat([]int16{1}, len(t.iterations))
	t.loss = spread(s.Training.Loss, t.training, present)
	t.time = spread(s.Training.Time, t.training, present)
	if s.Training.Loss.Null != nil && s.Training.Time.Null != nil {
		for i := range s.Training.Iteration {
			if s.Training.Loss.IsNull(i) && s.Training.Time.IsNull(i) {
				t.nullTraining.add(int64(rowOf(t.training, i)))
			}
		}
	}
	t.addScores(s.Validation.Scores)
	return t
}

// merge unites the iterations and notes at which rows either stands.
func (t *table) merge(training, validation []int64) {
	t.iterations = training
	t.validation = make([]int, len(validation))
	for i, v := range validation {
		row, found := slices.BinarySearch(training, v)
		if !found {
			t.unite(training, validation)
			return
		}
		t.validation[i] = row
	}
}

// unite is merge where not every validated iteration has training stats.
func (t *table) unite(training, validation []int64) {
	n := len(training) + len(validation)
	t.iterations = make([]int64, 0, n)
	t.training = make([]int, 0, len(training))
	t.validation = t.validation[:0]
	for i, j := 0, 0; i < len(training) || j < len(validation); {
		row := len(t.iterations)
		trained := i < len(training) && (j == len(validation) || training[i] <= validation[j])
		validated := j < len(validation) && (i == len(training) || validation[j] <= training[i])
		if trained {
			t.iterations = append(t.iterations, training[i])
			t.training = append(t.training, row)
			i++
		}
		if validated {
			if !trained {
				t.iterations = append(t.iterations, validation[j])
			}
			t.validation = append(t.validation, row)
			j++
		}
	}
}

func rowOf(rows []int, i int) int {
	if rows == nil {
		return i
	}
	return rows[i]
}

// spread places a training column at its rows. Where it fills all of them the
// levels are present.
func spread(f column.Floats, rows []int, present []int16) floats {
	if rows == nil && f.Null == nil {
		return floats{f.Values, present}
	}
	s := floats{make([]float64, 0, f.Len()), make([]int16, len(present))}
	for i, v := range f.Values {
		if !f.IsNull(i) {
			s.levels[rowOf(rows, i)] = 1
			s.values = append(s.values, v)
		}
	}
	return s
}

// addScores places the validation scores at their rows.
func (t *table) addScores(n column.Nested) {
	room := len(t.iterations) + len(n.Values.Values)
	t.scores = floats{make([]float64, 0, len(n.Values.Values)), make([]int16, 0, room)}
	t.repetition = make([]int16, 0, room)
	row := 0
	for i, at := range t.validation {
		t.noScores(at - row)
		row = at + 1
		if n.IsNull(i) {
			t.nullValidation.add(int64(at))
			t.noScores(1)
			continue
		}
		t.addRow(n, i)
	}
	t.noScores(len(t.iterations) - row)
}

func (t *table) noScores(rows int) {
	n := len(t.repetition) + rows
	t.repetition = slices.Grow(t.repetition, rows)[:n]
	t.scores.levels = slices.Grow(t.scores.levels, rows)[:n]
	clear(t.repetition[n-rows:])
	clear(t.scores.levels[n-rows:])
}

func (t *table) level(repetition, definition int16) {
	t.repetition = append(t.repetition, repetition)
	t.scores.levels = append(t.scores.levels, definition)
}

func (t *table) addRow(n column.Nested, i int) {
	from, to := n.Outer[i], n.Outer[i+1]
	if from == to {
		t.level(0, outerEmpty)
	}
	repetition := int16(0)
	for j := from; j < to; j++ {
		t.addMiddle(n, j, repetition)
		repetition = 1
	}
}

// addMiddle adds a list of the first depth, which begins with repetition.
func (t *table) addMiddle(n column.Nested, j int, repetition int16) {
	from, to := n.Middle[j], n.Middle[j+1]
	if from == to {
		t.level(repetition, middleEmpty)
	}
	for k := from; k < to; k++ {
		t.addInner(n, k, repetition)
		repetition = 2
	}
}

// addInner adds a list of the second depth, which begins with repetition.
func (t *table) addInner(n column.Nested, k int, repetition int16) {
	from, to := n.Inner[k], n.Inner[k+1]
	if from == to {
		t.level(repetition, innerEmpty)
	}
	for v := from; v < to; v++ {
		if n.Values.IsNull(v) {
			t.level(repetition, valueNull)
		} else {
			t.level(repetition, valueThere)
			t.scores.values = append(t.scores.values, n.Values.Values[v])
		}
		repetition = 3
	}
}
