package snapshot

import (
	"sort"

	"statsmirror/store"
	"statsmirror/store/column"
)

// A part is a stretch of the rows of a snapshot: from one index to before another, for each kind.
type part struct {
	training                   store.TrainingStats
	validation                 store.ValidationScores
	trainedFrom, trainedTo     int
	validatedFrom, validatedTo int
	before                     int        // rows of the file before the part
	groups                     []groupEnd // the groups to cut it into
}

// A groupEnd holds the indexes after the last rows of a group.
type groupEnd struct{ trained, validated int }

func (p part) empty() bool { return p.trainedFrom == p.trainedTo && p.validatedFrom == p.validatedTo }

// cut cuts the first group off p.
func (p part) cut() (first, rest part) {
	first, rest = p, p
	if len(p.groups) > 0 {
		end := p.groups[0]
		first.trainedTo, first.validatedTo, rest.trainedFrom, rest.validatedFrom = end.trained, end.validated, end.trained, end.validated
		rest.groups = p.groups[1:]
		return first, rest
	}
	var rows int
	var simple bool
	if first.trainedTo, first.validatedTo, simple = p.cutSimply(); simple {
		rows = first.trainedTo - first.trainedFrom
	} else {
		first.trainedTo, first.validatedTo, rows = p.cutByRow()
	}
	rest.trainedFrom, rest.validatedFrom, rest.before = first.trainedTo, first.validatedTo, p.before+rows
	return first, rest
}

// cutSimply returns the end of the first group in the simple case: every validated iteration is
// also trained, and the scores are few. Then it need not examine each row.
func (p part) cutSimply() (trainedTo, validatedTo int, ok bool) {
	trainedTo = min(p.trainedTo, p.trainedFrom+fullRows(p.before))
	if trainedTo == p.trainedFrom {
		return 0, 0, false
	}
	last := p.training.Iteration.At(trainedTo - 1)
	validatedTo = place(p.validation.Iteration, p.validatedFrom, p.validatedTo, last)
	if validatedTo < p.validatedTo && p.validation.Iteration.At(validatedTo) == last {
		validatedTo++
	}
	for i := p.validatedFrom; i < validatedTo; i++ {
		iteration := p.validation.Iteration.At(i)
		if at := place(p.training.Iteration, p.trainedFrom, trainedTo, iteration); p.training.Iteration.At(at) != iteration {
			return 0, 0, false
		}
	}
	isLast := trainedTo == p.trainedTo && validatedTo < p.validatedTo
	return trainedTo, validatedTo, !isLast && valuesOf(p.validation.Scores, p.validatedFrom, validatedTo) <= groupValues
}

// place returns the first index from from to to whose iteration is at least the given one.
func place(iterations column.Blocks[int64], from, to int, iteration int64) int {
	return from + sort.Search(to-from, func(i int) bool { return iterations.At(from+i) >= iteration })
}

func (p part) cutByRow() (trainedTo, validatedTo, rows int) {
	i, j := p.trainedFrom, p.validatedFrom
	for full := fullRows(p.before); rows < full; rows++ {
		trained, validated := p.kinds(i, j)
		if !trained && !validated || rows > 0 && validated && valuesOf(p.validation.Scores, p.validatedFrom, j+1) > groupValues {
			break
		}
		if trained {
			i++
		}
		if validated {
			j++
		}
	}
	return i, j, rows
}

// kinds reports the kinds of the row that begins with training stats i or validation scores j. An
// index after the last counts as neither.
func (p part) kinds(i, j int) (trained, validated bool) {
	trained, validated = i < p.trainedTo, j < p.validatedTo
	if trained && validated {
		a, b := p.training.Iteration.At(i), p.validation.Iteration.At(j)
		return a <= b, b <= a
	}
	return trained, validated
}

// valuesOf returns the number of doubles in rows from to to-1.
func valuesOf(n column.Nested, from, to int) int {
	if from == to {
		return 0
	}
	_, _, first := ends(n, from)
	_, _, last := ends(n, to)
	return last - first
}

// ends returns how many lists of the first and the second depth, and how many doubles, the rows
// before row have.
func ends(n column.Nested, row int) (outer, middle, inner int) {
	at := func(offsets column.Blocks[int], i int) int {
		if offsets.Len() == 0 {
			return 0
		}
		return offsets.At(i)
	}
	outer = at(n.Outer, row)
	middle = at(n.Middle, outer)
	return outer, middle, at(n.Inner, middle)
}
