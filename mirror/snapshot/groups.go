package snapshot

import (
	"math/bits"
	"sort"

	"statsmirror/store"
	"statsmirror/store/column"
)

// A group of rows ends when it is full, or before the row that would bring it over
// groupValues doubles of scores. So a file that goes further has the groups of the one
// before, but for the last.
const (
	leastRows   = 4096
	mostRows    = column.BlockLen
	groupValues = 1 << 20
)

// fullRows returns how many rows a group has that is full, and has so many before it: up
// to a quarter of them, so that little of a run is written anew when it grows.
func fullRows(before int) int {
	quarter := min(max(before/4, leastRows), mostRows)
	return 1 << (bits.Len(uint(quarter)) - 1)
}

// group is what the metadata says of a group of rows.
type group struct {
	Last             int64  `json:"last"` // iteration
	TrainingRows     int64  `json:"training_rows"`
	ValidationRows   int64  `json:"validation_rows"`
	TrainingSHA256   string `json:"training_sha256"`   // hex
	ValidationSHA256 string `json:"validation_sha256"` // hex
	PagesSHA256      string `json:"pages_sha256"`      // hex, of all bytes since the group before
	Losses
	NullTraining   ranges `json:"null_training,omitempty"`
	NullValidation ranges `json:"null_validation,omitempty"`
}

// of returns how many rows of a kind the group has, and their hash.
func (g group) of(kind store.Kind) (rows int64, hash string) {
	if kind == store.Training {
		return g.TrainingRows, g.TrainingSHA256
	}
	return g.ValidationRows, g.ValidationSHA256
}

// part is a stretch of the rows of a snapshot: of each kind, those from the first
// place to before the second.
type part struct {
	training                   store.TrainingStats
	validation                 store.ValidationScores
	trainedFrom, trainedTo     int
	validatedFrom, validatedTo int
	before                     int        // rows of the file before it
	groups                     []groupEnd // to be cut into
}

// groupEnd is the places behind the last rows of a group.
type groupEnd struct{ trained, validated int }

// wholeOf returns all rows of s. What was read in groups is cut into the same, so that it
// keeps its hash, however it was cut when it was written.
func wholeOf(s *Snapshot) part {
	p := part{training: s.Training, validation: s.Validation, trainedTo: s.Training.Len(), validatedTo: s.Validation.Len()}
	if n := len(s.groups); n > 0 && s.groups[n-1] == (groupEnd{p.trainedTo, p.validatedTo}) {
		p.groups = s.groups
	}
	return p
}

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

// cutSimply returns where the first group ends, if one need not look at each row for
// that: all that is validated is trained too, and there are few scores.
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

// place returns the first of the places from from on, at most to, that has the
// iteration or a later one.
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

// kinds reports of which kinds the row is that begins with training stats i or
// validation scores j: neither after the last.
func (p part) kinds(i, j int) (trained, validated bool) {
	trained, validated = i < p.trainedTo, j < p.validatedTo
	if trained && validated {
		a, b := p.training.Iteration.At(i), p.validation.Iteration.At(j)
		return a <= b, b <= a
	}
	return trained, validated
}

// valuesOf returns how many doubles the rows from from to to-1 have.
func valuesOf(n column.Nested, from, to int) int {
	if from == to {
		return 0
	}
	_, _, first := ends(n, from)
	_, _, last := ends(n, to)
	return last - first
}

// ends returns how many lists of the first and the second depth, and how many
// doubles, the rows before row have.
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
