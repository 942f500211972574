package catalog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/merge"
	"statsmirror/mirror/snapshot"
)

// Adopt brings the rows of a run that the backup has and the catalog lacks into the catalog. It
// returns the generations written.
func (t *Tx) Adopt(theirs merge.History, keep Retention) ([]merge.Renumbered, error) {
	if t.catalog.Damaged(t.Run) {
		return nil, fmt.Errorf("%w: the catalog's snapshot is damaged and must be set aside first", ErrRefused)
	}
	writes, err := t.plan(theirs, keep)
	if errors.Is(err, snapshot.ErrNoNumber) {
		err = fmt.Errorf("%w: %w", ErrRefused, err)
	}
	for _, w := range writes {
		if err == nil {
			err = t.place(w)
		}
	}
	if err == nil {
		err = t.removeMoved(writes)
	}
	if err != nil {
		return nil, fmt.Errorf("adopt run: %w", err)
	}
	return writes, nil
}

// plan returns the generations to write into the catalog so that it also holds everything in a
// backup.
func (t *Tx) plan(theirs merge.History, keep Retention) ([]merge.Renumbered, error) {
	ours, err := t.history()
	if err != nil {
		return nil, err
	}
	lost, removed := t.lostHistory(), t.catalog.RemovedHere(t.Run)
	wanted := slices.Clone(lost)
	if keep.KeepsAll() {
		for number, content := range removed { // these have been removed
			wanted = append(wanted, merge.Generation{Number: number, Content: content, Ended: true, Lost: true})
		}
	} else {
		theirs = slices.DeleteFunc(slices.Clone(theirs), func(g merge.Generation) bool { return g.Ended && removed[g.Number] == g.Content })
	}
	mended, err := merge.Mends(theirs, ours, wanted)
	if err != nil {
		return nil, err
	}
	for _, l := range lost {
		if l.Content != "" && !slices.ContainsFunc(mended, func(w merge.Renumbered) bool { return w.To == l.Number }) {
			ours = append(ours, l)
		}
	}
	for _, w := range mended {
		w.Number, w.Ours = w.To, true
		ours = append(ours, w.Generation)
	}
	if ours, err = ours.Ordered(); err != nil {
		return nil, err
	}
	writes, err := merge.Histories(theirs, ours)
	return slices.Concat(mended, writes), err
}

// place writes a generation to its place in the catalog.
func (t *Tx) place(w merge.Renumbered) error {
	if w.Lost {
		return t.moveLost(w)
	}
	write := func(out io.Writer) (snapshot.Meta, error) { return w.Write(out, t.catalog.clock.latest()) }
	if w.Ended {
		return t.end(w.To, write, w.Has)
	}
	_, err := t.commit(write, nil)
	return err
}

// moveLost gives a damaged or missing generation a new number. It sets the rest of its file aside.
func (t *Tx) moveLost(w merge.Renumbered) error {
	for _, number := range []int64{w.Number, w.To} {
		if err := t.makeRoom(number, nil); err != nil {
			return err
		}
	}
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	h := t.entry
	h.ended.drop(w.Number)
	h.ended.put(fileMeta{Generation: w.To, Content: digestOf(w.Content)})
	return nil
}

// removeMoved removes ended generations from their old places after they have moved.
func (t *Tx) removeMoved(writes []merge.Renumbered) error {
	taken := map[int64]bool{}
	for _, w := range writes {
		taken[w.To] = taken[w.To] || !w.Lost
	}
	for _, w := range writes {
		if !w.Ours || !w.Ended || w.Lost || taken[w.Number] {
			continue
		}
		if _, err := t.remove(w.Number); err != nil {
			return err
		}
	}
	return nil
}

// history returns the generations of a run in the catalog.
func (t *Tx) history() (merge.History, error) {
	var all merge.History
	for _, f := range t.catalog.Files(t.Run) {
		open := func() (*archive.Content, error) { return t.catalog.Content(f) }
		all = append(all, merge.Generation{Number: f.Generation, Content: f.Content, Ended: path.Dir(f.Name) != snapshot.CurrentDir, Ours: true, Open: open})
	}
	return all.Ordered()
}

// lostHistory returns the damaged or missing ended generations of a run. Content is empty if the
// catalog does not know it.
func (t *Tx) lostHistory() merge.History {
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	var all merge.History
	for _, n := range t.entry.ended {
		if n.lost() {
			open := func() (*archive.Content, error) {
				return nil, fmt.Errorf("generation %d is lost: %w", n.Generation, fs.ErrNotExist)
			}
			all = append(all, merge.Generation{Number: n.Generation, Content: n.Content.String(), Ended: true, Ours: true, Lost: true, Open: open})
		}
	}
	return all
}
