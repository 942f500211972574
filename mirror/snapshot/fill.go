package snapshot

import (
	"slices"

	"statsmirror/store/column"
)

// fill undoes newTable.
func (t *table) fill(s *Snapshot) error {
	if err := t.fillTraining(s); err != nil {
		return err
	}
	return t.fillValidation(s)
}

func (t *table) fillTraining(s *Snapshot) error {
	trained := make([]bool, len(t.iterations))
	if err := t.nullTraining.mark(trained); err != nil {
		return err
	}
	for row, level := range t.loss.levels {
		trained[row] = trained[row] || level != 0 || t.time.levels[row] != 0
	}
	if !slices.Contains(trained, true) {
		return nil
	}
	s.Training.Iteration = t.iterations
	if slices.Contains(trained, false) {
		s.Training.Iteration = nil
		for row, is := range trained {
			if is {
				s.Training.Iteration = append(s.Training.Iteration, t.iterations[row])
			}
		}
	}
	s.Training.Loss = t.loss.gather(trained)
	s.Training.Time = t.time.gather(trained)
	return nil
}

// gather undoes spread.
func (f floats) gather(there []bool) column.Floats {
	if len(f.values) == len(there) {
		return column.Floats{Values: f.values}
	}
	var c column.Floats
	value := 0
	for row, is := range there {
		switch {
		case f.levels[row] != 0:
			c.Append(f.values[value])
			value++
		case is:
			c.AppendNull()
		}
	}
	return c
}

func (t *table) fillValidation(s *Snapshot) error {
	none := make([]bool, len(t.iterations))
	if err := t.nullValidation.mark(none); err != nil {
		return err
	}
	v := &s.Validation
	row, value := -1, 0
	for i, level := range t.scores.levels {
		repetition := t.repetition[i]
		if repetition == 0 {
			if row++; row == len(none) {
				return damagedf("column scores has over %d rows", len(none))
			}
			if level != scoresNull || none[row] {
				v.Iteration = append(v.Iteration, t.iterations[row])
			}
		}
		if level == scoresNull {
			if none[row] {
				v.Scores.AppendNull()
			}
			continue
		}
		begin(&v.Scores, repetition, level)
		switch level {
		case valueNull:
			v.Scores.AppendNullValue()
		case valueThere:
			v.Scores.Append(t.scores.values[value])
			value++
		}
	}
	if row != len(none)-1 {
		return damagedf("column scores has %d rows of %d", row+1, len(none))
	}
	return nil
}

// begin opens the lists that a value at these levels is the first in.
func begin(n *column.Nested, repetition, level int16) {
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
