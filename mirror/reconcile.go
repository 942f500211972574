package mirror

import (
	"fmt"
	"slices"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// generation is one generation of a run, in the catalog or in a backup.
type generation struct {
	Number  int64
	Content string // SHA-256 of the rows
	Ended   bool
	Ours    bool // in the catalog
	Lost    bool // from the catalog: damaged or missing
	load    func() (*snapshot.Snapshot, error)
}

// chain is the life of a run: its generations in order. At most the last has
// not ended.
type chain []generation

func (c chain) last() generation { return c[len(c)-1] }

// hasCurrent reports whether the last generation has not ended.
func (c chain) hasCurrent() bool { return len(c) > 0 && !c.last().Ended }

// placed is a generation and the number it is to have in the catalog.
type placed struct {
	generation
	to int64
}

// reconcile says what to write into the catalog, and in which order, so that
// it holds every row of ours, which is what it holds, and of theirs, which is
// what a backup holds. Between any two writes every row is in one of the two.
//
// If one of them has all that the other has, it is the run's life. Else what
// happened is unknown, and both are kept, theirs first: it was there before.
func reconcile(theirs, ours chain) ([]placed, error) {
	if len(theirs) == 0 {
		return nil, nil
	}
	if covered, err := covers(ours, theirs); err != nil || covered && ours.hasCurrent() {
		return nil, err
	}
	covered, err := covers(theirs, ours)
	switch {
	case err != nil:
		return nil, err
	case covered && (theirs.hasCurrent() || !ours.hasCurrent()):
		return moved(theirs, 0)
	case !ours.hasCurrent():
		behind, err := after(ours.last().Number, 1)
		if err != nil {
			return nil, err
		}
		return moved(theirs, behind-theirs[0].Number)
	}
	return prepend(theirs, ours)
}

// mends returns those of theirs that are lost here. If the rows that are lost have a known
// hash, only a generation with that hash is taken for them, whatever its number. If the
// hash is not known, a generation with the same number is, if ours has all else that
// theirs have: then they are of the same life.
func mends(theirs, ours, lost chain) ([]placed, error) {
	var known, likely []placed
	var some chain
	for _, l := range lost {
		i := slices.IndexFunc(theirs, func(g generation) bool {
			return l.Content == g.Content || l.Content == "" && l.Number == g.Number
		})
		if i < 0 {
			continue
		}
		g := theirs[i]
		g.Ended = true
		some = append(some, g)
		if l.Content != "" {
			known = append(known, placed{g, l.Number})
		} else {
			likely = append(likely, placed{g, l.Number})
		}
	}
	if covered, err := covers(slices.Concat(ours, some), theirs); err != nil || !covered {
		return known, err
	}
	return slices.Concat(known, likely), nil
}

// covers reports whether each generation of some is in all, with every row.
func covers(all, some chain) (bool, error) {
	for _, g := range some {
		in, err := holds(all, g)
		if err != nil || !in {
			return false, err
		}
	}
	return true, nil
}

// holds reports whether a generation of all has every row of g.
func holds(all chain, g generation) (bool, error) {
	if slices.ContainsFunc(all, func(h generation) bool { return h.Content == g.Content }) {
		return true, nil
	}
	for _, h := range all {
		if h.Number == g.Number && !h.Lost && !g.Lost {
			return grown(g, h)
		}
	}
	return false, nil
}

// grown reports whether new has every row of old.
func grown(old, new generation) (bool, error) {
	a, err := old.load()
	if err != nil {
		return false, err
	}
	b, err := new.load()
	if err != nil {
		return false, err
	}
	return store.Contains(b.Training, a.Training) && store.Contains(b.Validation, a.Validation), nil
}

// moved places generations further behind, if by is more than 0.
func moved(c chain, by int64) ([]placed, error) {
	var all []placed
	for _, g := range c {
		to, err := after(g.Number, max(0, by))
		if err != nil {
			return nil, err
		}
		all = append(all, placed{g, to})
	}
	return all, nil
}

// prepend puts theirs before ours, without what ours begin with that theirs do too: an
// adoption may have got as far as that. First ours move out of the way, the last
// ended one first, so that none is overwritten before it has been moved; the
// first of them may go on where theirs end. Then come theirs; then the current
// snapshot gets its new number.
func prepend(theirs, ours chain) ([]placed, error) {
	for n := 0; n < len(theirs) && len(ours) > 1 && ours[0].same(theirs[n]); n++ {
		ours = ours[1:]
	}
	end := theirs.last()
	behind, err := after(end.Number, 1)
	if err != nil {
		return nil, err
	}
	by := max(0, behind-ours[0].Number)
	joined, err := join(end, ours[0])
	if err != nil {
		return nil, err
	}
	if joined != nil {
		theirs, ours = theirs[:len(theirs)-1], ours[1:]
		by = end.Number - joined.Number
	}
	further, err := moved(ours, by)
	if err != nil {
		return nil, err
	}
	var all []placed
	for _, g := range slices.Backward(further) {
		if g.Ended && by > 0 {
			all = append(all, g)
		}
	}
	if joined != nil {
		all = append(all, placed{*joined, end.Number})
	}
	for _, g := range theirs {
		g.Ended = true
		all = append(all, placed{g, g.Number})
	}
	if ours.hasCurrent() {
		all = append(all, further[len(further)-1])
	}
	return all, nil
}

// join returns the one generation that two are which the merge rule takes for
// the same run growing, with the number of the second; nil if they are not.
func join(first, second generation) (*generation, error) {
	if first.Number < second.Number || second.Lost {
		return nil, nil
	}
	a, err := first.load()
	if err != nil {
		return nil, err
	}
	b, err := second.load()
	if err != nil {
		return nil, err
	}
	training, validation := store.Merge(a.Training, b.Training), store.Merge(a.Validation, b.Validation)
	if max(training.Decision, validation.Decision) == store.Overwrite {
		return nil, nil
	}
	joined := *b
	joined.Training, joined.Validation = training.Rows, validation.Rows
	second.load = func() (*snapshot.Snapshot, error) { return &joined, nil }
	second.Content = "" // known when it has been written
	return &second, nil
}

func (g generation) same(other generation) bool {
	return g.Number == other.Number && g.Content == other.Content
}

func (g generation) String() string { return fmt.Sprintf("generation %d", g.Number) }
