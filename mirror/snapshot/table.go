package snapshot

import (
	"bytes"
	"slices"

	"statsmirror/mirror/snapshot/internal/parquet"
	"statsmirror/store/column"
)

// table is a group of rows as Parquet stores them: for each column the existing values, and the
// levels that give their places.
type table struct {
	iterations                   []int64
	loss, time                   floats
	scores                       floats
	repetition                   []byte // of the scores
	nullTraining, nullValidation ranges
	training, validation         []int // the row of each of their rows; nil if they are the same
}

type floats struct {
	values []float64
	levels []byte // definition levels
}

func newTable(p part) *table {
	t := &table{}
	t.merge(p)
	present := bytes.Repeat([]byte{there}, len(t.iterations))
	t.loss = spread(p.training.Loss, p, t.training, present)
	t.time = spread(p.training.Time, p, t.training, present)
	if p.training.Loss.Null.Len() > 0 && p.training.Time.Null.Len() > 0 {
		for i := p.trainedFrom; i < p.trainedTo; i++ {
			if p.training.Loss.IsNull(i) && p.training.Time.IsNull(i) {
				t.nullTraining.add(int64(rowOf(t.training, i-p.trainedFrom)))
			}
		}
	}
	t.addScores(p)
	return t
}

// merge combines the iterations of both kinds and records the row of each.
func (t *table) merge(p part) {
	n := p.trainedTo - p.trainedFrom
	iterations := p.training.Iteration
	t.iterations = stretch(iterations, p.trainedFrom, p.trainedTo)
	for j := p.validatedFrom; j < p.validatedTo; j++ {
		iteration := p.validation.Iteration.At(j)
		row, found := slices.BinarySearch(t.iterations, iteration)
		if !found {
			t.unite(p, n)
			return
		}
		t.validation = append(t.validation, row)
	}
}

// stretch returns values from to to-1. They must not be changed.
func stretch[T any](b column.Blocks[T], from, to int) []T {
	if from == to {
		return nil
	}
	if one := b.Stretch(from, to); len(one) == to-from {
		return one
	}
	return slices.Concat(slices.Collect(b.Stretches(from, to))...)
}

// unite is merge for the case that some validated iterations have no training stats.
func (t *table) unite(p part, trained int) {
	t.iterations, t.training, t.validation = nil, make([]int, 0, trained), t.validation[:0]
	for i, j := p.trainedFrom, p.validatedFrom; i < p.trainedTo || j < p.validatedTo; {
		row := len(t.iterations)
		trained, validated := p.kinds(i, j)
		if validated {
			t.iterations = append(t.iterations, p.validation.Iteration.At(j))
			t.validation = append(t.validation, row)
			j++
		}
		if trained {
			if !validated {
				t.iterations = append(t.iterations, p.training.Iteration.At(i))
			}
			t.training = append(t.training, row)
			i++
		}
	}
}

func rowOf(rows []int, i int) int {
	if rows == nil {
		return i
	}
	return rows[i]
}

// spread puts a column of the training stats of p at its rows. If it fills all of them, it uses the
// levels in present.
func spread(f column.Floats, p part, rows []int, present []byte) floats {
	if rows == nil && f.Null.Len() == 0 {
		return floats{stretch(f.Values, p.trainedFrom, p.trainedTo), present}
	}
	s := floats{make([]float64, 0, p.trainedTo-p.trainedFrom), make([]byte, len(present))}
	for i := p.trainedFrom; i < p.trainedTo; i++ {
		if !f.IsNull(i) {
			s.levels[rowOf(rows, i-p.trainedFrom)] = 1
			s.values = append(s.values, f.At(i))
		}
	}
	return s
}

// addScores puts the validation scores at their rows.
func (t *table) addScores(p part) {
	n := p.validation.Scores
	values := valuesOf(n, p.validatedFrom, p.validatedTo)
	room := len(t.iterations) + values
	t.scores = floats{make([]float64, 0, values), make([]byte, 0, room)}
	t.repetition = make([]byte, 0, room)
	row := 0
	for i, at := range t.validation {
		t.noScores(at - row)
		row = at + 1
		if n.IsNull(p.validatedFrom + i) {
			t.nullValidation.add(int64(at))
			t.noScores(1)
			continue
		}
		t.addRow(n, p.validatedFrom+i)
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

func (t *table) level(repetition, definition byte) {
	t.repetition = append(t.repetition, repetition)
	t.scores.levels = append(t.scores.levels, definition)
}

func (t *table) addRow(n column.Nested, i int) {
	from, to := column.Bounds(n.Outer, i)
	if from == to {
		t.level(0, outerEmpty)
	}
	repetition := byte(0)
	for j := from; j < to; j++ {
		t.addMiddle(n, j, repetition)
		repetition = 1
	}
}

// addMiddle adds a list of the first depth, which begins with repetition.
func (t *table) addMiddle(n column.Nested, j int, repetition byte) {
	from, to := column.Bounds(n.Middle, j)
	if from == to {
		t.level(repetition, middleEmpty)
	}
	for k := from; k < to; k++ {
		t.addInner(n, k, repetition)
		repetition = 2
	}
}

// addInner adds a list of the second depth, which begins with repetition.
func (t *table) addInner(n column.Nested, k int, repetition byte) {
	from, to := column.Bounds(n.Inner, k)
	if from == to {
		t.level(repetition, innerEmpty)
		return
	}
	if n.Values.Null.Len() == 0 {
		t.addValues(n.Values.Values, from, to, repetition)
		return
	}
	for v := from; v < to; v++ {
		if n.Values.IsNull(v) {
			t.level(repetition, valueNull)
		} else {
			t.level(repetition, valueThere)
			t.scores.values = append(t.scores.values, n.Values.At(v))
		}
		repetition = 3
	}
}

// addValues adds the doubles of a list of the second depth, none of them null.
func (t *table) addValues(values column.Blocks[float64], from, to int, repetition byte) {
	for some := range values.Stretches(from, to) {
		t.scores.values = append(t.scores.values, some...)
	}
	at := len(t.repetition)
	for range to - from {
		t.level(scoresLists, valueThere)
	}
	t.repetition[at] = repetition
}

// write writes the rows as one row group.
func (t *table) write(w *parquet.Writer, run string) (parquet.RowGroup, error) {
	g := parquet.RowGroup{Rows: int64(len(t.iterations)), Chunks: make([]parquet.Chunk, columns)}
	var err error
	if g.Chunks[runColumn], err = w.Text(run, len(t.iterations)); err != nil {
		return g, err
	}
	if g.Chunks[iterationColumn], err = w.Ints(t.iterations); err != nil {
		return g, err
	}
	if g.Chunks[lossColumn], err = w.Doubles(t.loss.values, t.loss.levels, nil, there, 0); err != nil {
		return g, err
	}
	if g.Chunks[timeColumn], err = w.Doubles(t.time.values, t.time.levels, nil, there, 0); err != nil {
		return g, err
	}
	g.Chunks[scoresColumn], err = w.Doubles(t.scores.values, t.scores.levels, t.repetition, valueThere, scoresLists)
	return g, err
}
