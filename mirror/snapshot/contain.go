package snapshot

import (
	"io"
	"slices"
	"sort"
	"time"

	"statsmirror/store"
)

// Contains reports whether f has every row of other, bit for bit.
func (f *File) Contains(other *File) (bool, error) {
	return f.contains(other, store.Kinds[:]...)
}

// SameRows reports whether f and other have the same rows of a kind, bit for bit.
func (f *File) SameRows(other *File, kind store.Kind) (bool, error) {
	rows := func(f *File) int64 {
		if kind == store.Training {
			return f.footer.TrainingRows
		}
		return f.footer.ValidationRows
	}
	if rows(f) != rows(other) {
		return false, nil
	}
	return f.ContainsKind(other, kind)
}

// ContainsKind reports whether f has every row of a kind in other, bit for bit.
func (f *File) ContainsKind(other *File, kind store.Kind) (bool, error) {
	return f.contains(other, kind)
}

// contains reports whether f has every row of some kinds in other. It compares the hashes of groups
// first. Then it reads the groups that f does not have, one of each file at a time.
func (f *File) contains(other *File, kinds ...store.Kind) (bool, error) {
	s := &Snapshot{}
	for i, g := range other.footer.groups {
		lacking := slices.DeleteFunc(slices.Clone(kinds), func(kind store.Kind) bool { return f.hasGroup(g, kind) })
		if len(lacking) == 0 {
			continue
		}
		s.reset()
		if err := other.read(i, s); err != nil {
			return false, err
		}
		if len(lacking) == 1 {
			s.keep(lacking[0])
		}
		if has, err := f.hasRows(s); err != nil || !has {
			return false, err
		}
	}
	return true, nil
}

// hasGroup reports, by its hash, whether f has the rows of a kind in a group of another file.
func (f *File) hasGroup(g group, kind store.Kind) bool {
	rows, hash := g.of(kind)
	if rows == 0 {
		return true
	}
	i := f.groupOf(g.Last)
	if i == len(f.footer.groups) {
		return false
	}
	_, there := f.footer.groups[i].of(kind)
	return there == hash
}

// groupOf returns the first group with an iteration at or after the given one.
func (f *File) groupOf(iteration int64) int {
	groups := f.footer.groups
	return sort.Search(len(groups), func(i int) bool { return groups[i].Last >= iteration })
}

// hasRows reports whether f has every row of s.
func (f *File) hasRows(s *Snapshot) (bool, error) {
	there := &Snapshot{}
	trained, validated := 0, 0
	for i := f.groupOf(first(s)); i < len(f.footer.groups) && (trained < s.Training.Len() || validated < s.Validation.Len()); i++ {
		trainedTo := behind(s.Training.Iteration, trained, s.Training.Len(), f.footer.groups[i].Last)
		validatedTo := behind(s.Validation.Iteration, validated, s.Validation.Len(), f.footer.groups[i].Last)
		if trainedTo == trained && validatedTo == validated {
			continue
		}
		there.reset()
		if err := f.read(i, there); err != nil {
			return false, err
		}
		var training store.TrainingStats
		var validation store.ValidationScores
		if !store.Contains(there.Training, store.Append(training, s.Training, trained, trainedTo)) ||
			!store.Contains(there.Validation, store.Append(validation, s.Validation, validated, validatedTo)) {
			return false, nil
		}
		trained, validated = trainedTo, validatedTo
	}
	return trained == s.Training.Len() && validated == s.Validation.Len(), nil
}

// first returns the first iteration of s, which must have a row.
func first(s *Snapshot) int64 {
	var all []int64
	if s.Training.Len() > 0 {
		all = append(all, s.Training.Iteration.At(0))
	}
	if s.Validation.Len() > 0 {
		all = append(all, s.Validation.Iteration.At(0))
	}
	return slices.Min(all)
}

// Copy writes the rows of f as another generation. ended is the time at which that generation
// ended; zero if it has not. Copy checks the hashes of the pages of f.
func Copy(w io.Writer, f *File, generation int64, ended time.Time) (Meta, error) {
	return Extend(w, f, len(f.footer.groups), &Snapshot{Run: f.footer.Run, Generation: generation, Sources: f.footer.Sources, Ended: ended})
}

// Size returns the size of the file in bytes.
func (f *File) Size() int64 { return f.in.Size() }
