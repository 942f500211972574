package merge

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Generation is one generation of a run, in the catalog or in a backup.
type Generation struct {
	Number  int64
	Content string // SHA-256 of the rows
	Ended   bool
	Ours    bool // in the catalog
	Lost    bool // in the catalog, it is damaged or missing
	Open    func() (*archive.Content, error)
}

// History is the life of a run: its generations in order. Only the last may be current.
type History []Generation

// Last returns the last generation; the history must have one.
func (c History) Last() Generation { return c[len(c)-1] }

// hasCurrent reports whether the last generation has not ended.
func (c History) hasCurrent() bool { return len(c) > 0 && !c.Last().Ended }

// Renumbered is a generation and its new number in the catalog.
type Renumbered struct {
	Generation
	To   int64
	join *Generation // the generation that its rows continue; nil for none
	Gaps []Gap       // between the rows of both
}

// Write writes the generation with its number in the catalog. If the generation has ended but its
// file does not say when, it ends now.
func (p Renumbered) Write(w io.Writer, now time.Time) (snapshot.Meta, error) {
	c, err := p.Open()
	if err != nil {
		return snapshot.Meta{}, err
	}
	defer c.Close()
	var ended time.Time
	if p.Ended {
		ended = c.Meta().Ended
		if c.Meta().EndedNano() == 0 {
			ended = now
		}
	}
	if p.join == nil {
		return snapshot.Copy(w, c.File, p.To, ended)
	}
	first, err := p.join.Open()
	if err != nil {
		return snapshot.Meta{}, err
	}
	defer first.Close()
	u, err := Join(first, c)
	if err != nil || u == nil {
		return snapshot.Meta{}, errors.Join(err, errNotJoined)
	}
	u.Rows.Generation, u.Rows.Sources, u.Rows.Ended = p.To, c.Meta().Sources, ended
	return u.Write(w)
}

// Has reports whether p has every row of old.
func (p Renumbered) Has(old *archive.Content) (bool, error) {
	for _, g := range []*Generation{&p.Generation, p.join} {
		if g == nil {
			continue
		}
		c, err := g.Open()
		if err != nil {
			return false, err
		}
		has, err := c.Contains(old.File)
		if err = errors.Join(err, c.Close()); has || err != nil {
			return has, err
		}
	}
	return false, nil
}

// Histories returns the generations to write into the catalog, in order. ours is the history in the
// catalog, theirs the history in a backup. After the writes the catalog holds every row of both.
// Between any two writes, every row is in the catalog or in the backup.
//
// If one history has all rows of the other, it is the run's life. Otherwise nobody knows what
// happened. Then the catalog keeps both, theirs first, because it is older.
func Histories(theirs, ours History) ([]Renumbered, error) {
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
		behind, err := snapshot.After(ours.Last().Number, 1)
		if err != nil {
			return nil, err
		}
		return moved(theirs, behind-theirs[0].Number)
	}
	return prepend(theirs, ours)
}

// Mends returns the generations of theirs that are lost here. If the lost rows have a known hash,
// only a generation with that hash replaces them, whatever its number. If the hash is unknown, a
// generation with the same number does, provided that ours has all other generations of theirs:
// then both are the same life.
func Mends(theirs, ours, lost History) ([]Renumbered, error) {
	var known, likely []Renumbered
	var some History
	for _, l := range lost {
		i := slices.IndexFunc(theirs, func(g Generation) bool {
			return l.Content == g.Content || l.Content == "" && l.Number == g.Number
		})
		if i < 0 {
			continue
		}
		g := theirs[i]
		g.Ended = true
		some = append(some, g)
		if l.Content != "" {
			known = append(known, Renumbered{Generation: g, To: l.Number})
		} else {
			likely = append(likely, Renumbered{Generation: g, To: l.Number})
		}
	}
	if covered, err := covers(slices.Concat(ours, some), theirs); err != nil || !covered {
		return known, err
	}
	return slices.Concat(known, likely), nil
}

// covers reports whether all has each generation of some, with every row.
func covers(all, some History) (bool, error) {
	for _, g := range some {
		in, err := holds(all, g)
		if err != nil || !in {
			return false, err
		}
	}
	return true, nil
}

// holds reports whether all has every row of g: in a generation with the same hash, or in the one
// with the same number, into which g grew.
func holds(all History, g Generation) (bool, error) {
	if slices.ContainsFunc(all, func(h Generation) bool { return h.Content == g.Content }) {
		return true, nil
	}
	for _, h := range all {
		if h.Number == g.Number && !h.Lost && !g.Lost {
			return grown(g, h, all.before(g.Number))
		}
	}
	return false, nil
}

// before returns the last generation before a number; nil if it is lost or does not exist.
func (c History) before(number int64) *Generation {
	var last *Generation
	for i, g := range c {
		if g.Number < number && (last == nil || g.Number > last.Number) {
			last = &c[i]
		}
	}
	if last != nil && last.Lost {
		return nil
	}
	return last
}

// grown reports whether new has every row of old. Rows of one kind may be missing if the generation
// before has the same rows: old had carried them over, and new has replaced them.
func grown(old, new Generation, before *Generation) (bool, error) {
	a, err := old.Open()
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := new.Open()
	if err != nil {
		return false, err
	}
	defer b.Close()
	var missing []store.Kind
	for _, kind := range store.Kinds {
		has, err := b.ContainsKind(a.File, kind)
		if err != nil {
			return false, err
		}
		if !has {
			missing = append(missing, kind)
		}
	}
	if len(missing) != 1 || before == nil {
		return len(missing) == 0, nil
	}
	c, err := before.Open()
	if err != nil {
		return false, err
	}
	defer c.Close()
	return c.SameRows(a.File, missing[0])
}

// moved renumbers generations upwards by by, if that is more than 0.
func moved(c History, by int64) ([]Renumbered, error) {
	var all []Renumbered
	for _, g := range c {
		to, err := snapshot.After(g.Number, max(0, by))
		if err != nil {
			return nil, err
		}
		all = append(all, Renumbered{Generation: g, To: to})
	}
	return all, nil
}

// prepend puts theirs before ours. It skips the generations at the start of ours that theirs also
// starts with: an earlier adoption may have stopped there. First ours get their higher numbers, the
// last ended generation first, so that none is overwritten before it has moved. The first of ours
// may continue where theirs end. Then come theirs; then the current snapshot gets its new number.
func prepend(theirs, ours History) ([]Renumbered, error) {
	for n := 0; n < len(theirs) && len(ours) > 1 && ours[0].same(theirs[n]); n++ {
		ours = ours[1:]
	}
	end := theirs.Last()
	behind, err := snapshot.After(end.Number, 1)
	if err != nil {
		return nil, err
	}
	by := max(0, behind-ours[0].Number)
	grows, gaps, err := join(end, ours[0])
	if err != nil {
		return nil, err
	}
	first := ours[0]
	if grows {
		theirs, ours = theirs[:len(theirs)-1], ours[1:]
		by = end.Number - first.Number
	}
	further, err := moved(ours, by)
	if err != nil {
		return nil, err
	}
	var all []Renumbered
	for _, g := range slices.Backward(further) {
		if g.Ended && by > 0 {
			all = append(all, g)
		}
	}
	if grows {
		first.Content = "" // known once it has been written
		all = append(all, Renumbered{first, end.Number, &end, gaps})
	}
	for _, g := range theirs {
		g.Ended = true
		all = append(all, Renumbered{Generation: g, To: g.Number})
	}
	if ours.hasCurrent() {
		all = append(all, further[len(further)-1])
	}
	return all, nil
}

// join reports whether the merge rule takes two generations for one growing run, and over which
// gaps. If their rows take too much memory, they stay two.
func join(first, second Generation) (grows bool, over []Gap, err error) {
	if first.Number < second.Number || second.Lost {
		return false, nil, nil
	}
	a, err := first.Open()
	if err != nil {
		return false, nil, err
	}
	defer a.Close()
	b, err := second.Open()
	if err != nil {
		return false, nil, err
	}
	defer b.Close()
	if a.Memory()+b.Memory() > mostJoined+4*(a.Size()+b.Size()) {
		return false, nil, nil
	}
	u, err := Join(a, b)
	if u == nil || err != nil {
		return false, nil, err
	}
	return true, u.Gaps, nil
}

// mostJoined bounds the memory of the rows of two generations to be joined, in bytes, on top of
// four times the size of their files.
const mostJoined = 32 << 20

// errNotJoined means that the files have changed meanwhile.
var errNotJoined = errors.New("the generations no longer join into one growing run")

func (g Generation) same(other Generation) bool {
	return g.Number == other.Number && g.Content == other.Content
}

func (g Generation) String() string { return fmt.Sprintf("generation %d", g.Number) }

// Ordered sorts ended generations before the current one. If the current one's number is not
// higher, it gets the next one. If a crash came between history and snapshot, the history also has
// a copy of the current generation; Ordered drops that copy.
func (c History) Ordered() (History, error) {
	byNumber := func(a, b Generation) int { return cmp.Compare(a.Number, b.Number) }
	i := slices.IndexFunc(c, func(g Generation) bool { return !g.Ended })
	if i < 0 {
		slices.SortFunc(c, byNumber)
		return c, nil
	}
	current := c[i]
	ended := slices.Delete(slices.Clone(c), i, i+1)
	ended = slices.DeleteFunc(ended, func(g Generation) bool {
		return g.Number == current.Number && g.Content == current.Content
	})
	slices.SortFunc(ended, byNumber)
	if len(ended) > 0 && current.Number <= ended.Last().Number {
		var err error
		if current.Number, err = snapshot.After(ended.Last().Number, 1); err != nil {
			return nil, err
		}
	}
	return append(ended, current), nil
}
