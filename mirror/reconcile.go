package mirror

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

// generation is one generation of a run, in the catalog or in a backup.
type generation struct {
	Number  int64
	Content string // SHA-256 of the rows
	Ended   bool
	Ours    bool // in the catalog
	Lost    bool // from the catalog: damaged or missing
	open    func() (*archive.Content, error)
}

// history is the life of a run: its generations in order. At most the last has
// not ended.
type history []generation

func (c history) last() generation { return c[len(c)-1] }

// hasCurrent reports whether the last generation has not ended.
func (c history) hasCurrent() bool { return len(c) > 0 && !c.last().Ended }

// renumbered is a generation and the number it is to have in the catalog.
type renumbered struct {
	generation
	to   int64
	join *generation // which its rows go on from; nil for none
	gaps []gap       // between the rows of both
}

// write writes the generation with its number in the catalog. If the generation has ended, but
// its file does not say when, it ends now.
func (p renumbered) write(w io.Writer, now time.Time) (snapshot.Meta, error) {
	c, err := p.open()
	if err != nil {
		return snapshot.Meta{}, err
	}
	defer c.Close()
	var ended time.Time
	if p.Ended {
		ended = c.Meta().Ended
		if endOf(c.Meta()) == 0 {
			ended = now
		}
	}
	if p.join == nil {
		return snapshot.Copy(w, c.File, p.to, ended)
	}
	first, err := p.join.open()
	if err != nil {
		return snapshot.Meta{}, err
	}
	defer first.Close()
	u, err := joined(first, c)
	if err != nil || u == nil {
		return snapshot.Meta{}, errors.Join(err, errNotJoined)
	}
	u.rows.Generation, u.rows.Sources, u.rows.Ended = p.to, c.Meta().Sources, ended
	return u.write(w)
}

// has reports whether it has every row of old.
func (p renumbered) has(old *archive.Content) (bool, error) {
	for _, g := range []*generation{&p.generation, p.join} {
		if g == nil {
			continue
		}
		c, err := g.open()
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

// mergeHistories returns the generations to write into the catalog, in order. ours is the
// history in the catalog, theirs the history in a backup. After the writes the catalog holds
// every row of both. Between any two writes, every row is in the catalog or in the backup.
//
// If one history has all rows of the other, it is the run's life. Else nobody knows what
// happened, and the catalog keeps both, theirs first: it was there before.
func mergeHistories(theirs, ours history) ([]renumbered, error) {
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
func mends(theirs, ours, lost history) ([]renumbered, error) {
	var known, likely []renumbered
	var some history
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
			known = append(known, renumbered{generation: g, to: l.Number})
		} else {
			likely = append(likely, renumbered{generation: g, to: l.Number})
		}
	}
	if covered, err := covers(slices.Concat(ours, some), theirs); err != nil || !covered {
		return known, err
	}
	return slices.Concat(known, likely), nil
}

// covers reports whether each generation of some is in all, with every row.
func covers(all, some history) (bool, error) {
	for _, g := range some {
		in, err := holds(all, g)
		if err != nil || !in {
			return false, err
		}
	}
	return true, nil
}

// holds reports whether all have every row of g: a generation with the same hash has them, or
// the one with the same number, which g grew to be.
func holds(all history, g generation) (bool, error) {
	if slices.ContainsFunc(all, func(h generation) bool { return h.Content == g.Content }) {
		return true, nil
	}
	for _, h := range all {
		if h.Number == g.Number && !h.Lost && !g.Lost {
			return grown(g, h, all.before(g.Number))
		}
	}
	return false, nil
}

// before returns the last generation before a number, nil if it is lost or does not exist.
func (c history) before(number int64) *generation {
	var last *generation
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

// grown reports whether new has every row of old. Rows of one kind may be missing if the
// generation before has the same ones: old had carried them over, and new has replaced them.
func grown(old, new generation, before *generation) (bool, error) {
	a, err := old.open()
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := new.open()
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
	c, err := before.open()
	if err != nil {
		return false, err
	}
	defer c.Close()
	return c.SameRows(a.File, missing[0])
}

// moved places generations further behind, if by is more than 0.
func moved(c history, by int64) ([]renumbered, error) {
	var all []renumbered
	for _, g := range c {
		to, err := after(g.Number, max(0, by))
		if err != nil {
			return nil, err
		}
		all = append(all, renumbered{generation: g, to: to})
	}
	return all, nil
}

// prepend puts theirs before ours, without what ours begin with that theirs do too: an
// adoption may have got as far as that. First ours move out of the way, the last
// ended one first, so that none is overwritten before it has been moved; the
// first of them may go on where theirs end. Then come theirs; then the current
// snapshot gets its new number.
func prepend(theirs, ours history) ([]renumbered, error) {
	for n := 0; n < len(theirs) && len(ours) > 1 && ours[0].same(theirs[n]); n++ {
		ours = ours[1:]
	}
	end := theirs.last()
	behind, err := after(end.Number, 1)
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
	var all []renumbered
	for _, g := range slices.Backward(further) {
		if g.Ended && by > 0 {
			all = append(all, g)
		}
	}
	if grows {
		first.Content = "" // known when it has been written
		all = append(all, renumbered{first, end.Number, &end, gaps})
	}
	for _, g := range theirs {
		g.Ended = true
		all = append(all, renumbered{generation: g, to: g.Number})
	}
	if ours.hasCurrent() {
		all = append(all, further[len(further)-1])
	}
	return all, nil
}

// join reports whether the merge rule takes two generations for the same run growing, and
// over which gaps. Those whose rows take too much memory are two.
func join(first, second generation) (grows bool, over []gap, err error) {
	if first.Number < second.Number || second.Lost {
		return false, nil, nil
	}
	a, err := first.open()
	if err != nil {
		return false, nil, err
	}
	defer a.Close()
	b, err := second.open()
	if err != nil {
		return false, nil, err
	}
	defer b.Close()
	if a.Memory()+b.Memory() > mostJoined+4*(a.Size()+b.Size()) {
		return false, nil, nil
	}
	u, err := joined(a, b)
	if u == nil || err != nil {
		return false, nil, err
	}
	return true, u.gaps, nil
}

// mostJoined is how many bytes of memory the rows of two generations take that are joined,
// beside four times those of their files.
const mostJoined = 32 << 20

// errNotJoined says that the files have changed meanwhile.
var errNotJoined = errors.New("the generations are not the same run growing any more")

// joined returns the update that makes the rows of second go on from first, nil if the
// merge rule does not take them for the same run growing.
func joined(first, second *archive.Content) (*update, error) {
	rows, err := second.ReadFrom(0)
	if err != nil {
		return nil, err
	}
	p := &previous{Meta: first.Meta(), file: first.File}
	training, err := decide(p.training(), rows.Training)
	if err != nil {
		return nil, err
	}
	validation, err := decide(p.validation(), rows.Validation)
	if err != nil || max(training.decision, validation.decision) == store.Overwrite {
		return nil, err
	}
	u := &update{previous: p, rows: &snapshot.Snapshot{Run: p.Run}, gaps: slices.Concat(training.gaps, validation.gaps)}
	return u, u.mergeTail(training, validation)
}

func (g generation) same(other generation) bool {
	return g.Number == other.Number && g.Content == other.Content
}

func (g generation) String() string { return fmt.Sprintf("generation %d", g.Number) }

// ordered sorts ended generations before the current one, which gets a number after them if its
// own is not higher. If a crash came between history and snapshot, the current generation is
// in the history too; ordered leaves that copy out.
func (c history) ordered() (history, error) {
	byNumber := func(a, b generation) int { return cmp.Compare(a.Number, b.Number) }
	i := slices.IndexFunc(c, func(g generation) bool { return !g.Ended })
	if i < 0 {
		slices.SortFunc(c, byNumber)
		return c, nil
	}
	current := c[i]
	ended := slices.Delete(slices.Clone(c), i, i+1)
	ended = slices.DeleteFunc(ended, func(g generation) bool {
		return g.Number == current.Number && g.Content == current.Content
	})
	slices.SortFunc(ended, byNumber)
	if len(ended) > 0 && current.Number <= ended.last().Number {
		var err error
		if current.Number, err = after(ended.last().Number, 1); err != nil {
			return nil, err
		}
	}
	return append(ended, current), nil
}
