package snapshot

import (
	"slices"

	"statsmirror/store"
	"statsmirror/store/column"
)

// fillTraining adds the training stats of the rows to s. null lists the rows whose stats are all
// null: no value shows that they exist. trained has room for a mark on each row.
func (t *table) fillTraining(null ranges, trained []bool, s *store.TrainingStats) error {
	if err := null.mark(trained); err != nil {
		return err
	}
	for row := range trained {
		trained[row] = trained[row] || t.loss.levels[row] != 0 || t.time.levels[row] != 0
	}
	if !slices.Contains(trained, false) {
		s.Iteration.Append(t.iterations...)
	} else {
		for row, is := range trained {
			if is {
				s.Iteration.Append(t.iterations[row])
			}
		}
	}
	t.loss.gather(trained, &s.Loss)
	t.time.gather(trained, &s.Time)
	return nil
}

// gather undoes spread.
func (f floats) gather(there []bool, to *column.Floats) {
	if len(f.values) == len(there) {
		to.AppendValues(f.values)
		return
	}
	value := 0
	for row, is := range there {
		switch {
		case f.levels[row] != 0:
			to.Append(f.values[value])
			value++
		case is:
			to.AppendNull()
		}
	}
}

// filler adds the validation scores of a group of rows.
type filler struct {
	iterations []int64
	none       []bool // rows whose scores are null
	to         *store.ValidationScores
	row        int  // -1 before the first
	last       byte // definition level of the value before
}

// fill adds values as they arrive.
func (f *filler) fill(scores floats, repetitions []byte) error {
	value := 0
	for i := 0; i < len(scores.levels); i++ {
		level, repetition := scores.levels[i], repetitions[i]
		if repetition > 0 && min(f.last, level) <= repetition {
			return damagedf("row %d of column scores continues a list that it does not have", f.row)
		}
		f.last = level
		if repetition == 0 {
			if f.row++; f.row == len(f.none) {
				return damagedf("column scores has more than the %d rows of validation scores", len(f.none))
			}
			if level != scoresNull || f.none[f.row] {
				f.to.Iteration.Append(f.iterations[f.row])
			}
		}
		if level == scoresNull {
			if f.none[f.row] {
				f.to.Scores.AppendNull()
			}
			continue
		}
		begin(&f.to.Scores, repetition, level)
		switch level {
		case valueNull:
			f.to.Scores.AppendNullValue()
		case valueThere:
			n := 1 + going(scores.levels[i+1:], repetitions[i+1:])
			f.to.Scores.AppendValues(scores.values[value : value+n])
			value, i = value+n, i+n-1
		}
	}
	return nil
}

// going returns how many doubles that are not null continue a list.
func going(levels, repetitions []byte) (n int) {
	for n < len(levels) && levels[n] == valueThere && repetitions[n] == scoresLists {
		n++
	}
	return n
}

func (f *filler) end() error {
	if f.row != len(f.none)-1 {
		return damagedf("column scores ends at row %d of %d", f.row+1, len(f.none))
	}
	return nil
}

// begin opens the lists that begin with a value at these levels.
func begin(n *column.Nested, repetition, level byte) {
	if repetition == 0 {
		n.BeginRow()
	}
	if repetition <= 1 && level > outerEmpty {
		n.BeginOuter()
	}
	if repetition <= 2 && level > middleEmpty {
		n.BeginMiddle()
	}
}
