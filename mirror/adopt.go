package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"go.uber.org/zap"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// ensureReconciled reconciles a run, unless it is known what the backup has of it.
func (r *replica) ensureReconciled(ctx context.Context, run string) error {
	if r.reconciled(run) {
		return nil
	}
	err := r.reconcile(ctx, run)
	r.resolved(run, err)
	return err
}

// reconcile finds out what the backup has of a run, before anything is written there
// for it. What the catalog lacks is adopted. All of it is read before the run
// is locked, so that a backup that hangs does not keep the run from being
// synced.
func (r *replica) reconcile(ctx context.Context, run string) error {
	kept := &spool{catalog: r.catalog, run: run}
	defer kept.close()
	theirs, has, err := r.fetch(ctx, run, kept)
	if err != nil {
		return err
	}
	removed := int64(0)
	if len(theirs) > 0 {
		removed = min(has[snapshot.TombstonesPath(run)].Generation, theirs.last().Number-1)
	}
	if removed > 0 { // it does not say so of a generation that is there, in case that is lost later
		removed = min(removed, theirs[0].Number-1)
	}
	defer r.catalog.lockRun(run)()
	if len(theirs) > 0 {
		removed = min(removed, r.catalog.beforeFirst(run, theirs[0]))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.catalog.noteRemoved(run, removed); err != nil { // first: what it says is missing is not lost
		return err
	}
	adopted, err := r.catalog.adopt(run, theirs, r.options.Keep)
	if err != nil {
		return err
	}
	r.update(run, func(rec *record) {
		rec.Backups[r.backup.String()] = has
		if len(adopted) > 0 {
			rec.Seen = nil // the sources have yet to be merged with what was adopted
		}
	})
	if len(adopted) > 0 {
		r.logAdopted(run, adopted)
		r.enqueueSync(run)
	}
	return nil
}

func (r *replica) logAdopted(run string, adopted []renumbered) {
	for _, w := range adopted {
		for _, g := range w.gaps {
			g.log(r.log, run, "the backup", "the catalog")
		}
	}
	fields := []zap.Field{event.Is(event.Adopted), zap.String(event.FieldRun, run)}
	if current, _ := r.catalog.Current(run); current != nil {
		fields = append(fields, zap.Int64(event.FieldGeneration, current.Generation),
			zap.Int64(event.FieldTrainedUntil, current.TrainedUntil), zap.Int64(event.FieldValidatedUntil, current.ValidatedUntil))
	}
	r.log.Info("run adopted", fields...)
}

// fetch reads and verifies what the backup has of a run. A damaged file that was a verified
// copy once may be replaced. If it is another version than that copy, keepDamaged copies
// it aside first. If it never was a copy of this catalog's, it may hold the last rows
// of a run: the run is not copied until someone moves the file away.
func (r *replica) fetch(ctx context.Context, run string, kept *spool) (history, copies, error) {
	infos, err := r.listed(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	known, _ := r.copies(run)
	var theirs history
	has := copies{}
	for _, info := range infos {
		if info.Name == snapshot.TombstonesPath(run) {
			if err := r.fetchRemoval(ctx, run, has); err != nil {
				return nil, nil, err
			}
			continue
		}
		if _, ended := snapshot.GenerationOf(path.Base(info.Name)); !ended && path.Dir(info.Name) == snapshot.HistoryDir(run) {
			return nil, nil, fmt.Errorf("%w: move %s in the backup away: %w", errRefused, info.Name, snapshot.ErrNumber)
		}
		g, info, err := r.fetchFile(ctx, run, info.Name, kept)
		last, ours := known[info.Name]
		if ours && archive.IsDamaged(err) && last.Info.Version != info.Version {
			if err := r.keepDamaged(ctx, run, info); err != nil {
				return nil, nil, err
			}
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case ours && archive.IsDamaged(err):
			has[info.Name] = verified{Content: contentDamaged, Info: info}
		case archive.IsDamaged(err):
			return nil, nil, fmt.Errorf("%w: move %s in the backup away: %w", errRefused, info.Name, err)
		case err != nil:
			return nil, nil, err
		default:
			theirs = append(theirs, g)
			has[info.Name] = verified{g.Number, g.Content, info}
		}
	}
	theirs, err = theirs.ordered()
	if err != nil {
		err = fmt.Errorf("%w: %w", errRefused, err)
	}
	return theirs, has, err
}

// fetchRemoval reads which generations have been removed.
func (r *replica) fetchRemoval(ctx context.Context, run string, has copies) error {
	is, info, err := r.archive.Tombstones(ctx, run)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		has[info.Name] = verified{Generation: is.Until, Content: snapshot.TombstonesName, Info: info}
	}
	return err
}

// contentDamaged stands for the hash of the rows of a copy that cannot be read.
const contentDamaged = "damaged"

// fetchFile reads and verifies one file of a run, and keeps it.
func (r *replica) fetchFile(ctx context.Context, run, name string, kept *spool) (generation, backup.Info, error) {
	f, err := r.backup.Open(ctx, name)
	if err != nil {
		return generation{}, backup.Info{Name: name}, err
	}
	defer f.Close()
	g, err := readGeneration(f, run, kept)
	if err != nil && !errors.Is(err, errRefused) {
		err = fmt.Errorf("read %s: %w", name, err)
	}
	return g, f.Info(), err
}

func readGeneration(f backup.File, run string, kept *spool) (generation, error) {
	info := f.Info()
	meta, open, err := kept.keep(f)
	if err != nil {
		return generation{}, err
	}
	number, ended := snapshot.GenerationOf(path.Base(info.Name))
	if path.Dir(info.Name) == snapshot.CurrentDir {
		number, ended = meta.Generation, false
	}
	if number > mostAdopted {
		return generation{}, fmt.Errorf("%w: move %s in the backup away: no run has %d generations", errRefused, info.Name, number)
	}
	if meta.Run != run || meta.Generation != number {
		return generation{}, fmt.Errorf("%w: move %s in the backup away: it is generation %d of the run %q",
			errRefused, info.Name, meta.Generation, meta.Run)
	}
	return generation{Number: number, Content: meta.ContentSHA256, Ended: ended, open: open}, nil
}

// ordered sorts ended generations before the current one, which gets a number
// after them if it has none. An ended one that is the current one as well,
// because a crash came in between, is left out.
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

// adopt brings into the catalog what it lacks of a run that a backup has, and
// returns what that was. The caller has the run locked.
func (c *Catalog) adopt(run string, theirs history, keep Retention) ([]renumbered, error) {
	if c.Damaged(run) {
		return nil, fmt.Errorf("%w: the catalog's snapshot is damaged, and has to be set aside first", errRefused)
	}
	writes, err := c.plan(run, theirs, keep)
	if errors.Is(err, errNumbers) {
		err = fmt.Errorf("%w: %w", errRefused, err)
	}
	for _, w := range writes {
		if err == nil {
			err = c.place(run, w)
		}
	}
	if err == nil {
		err = c.removeMoved(run, writes)
	}
	if err != nil {
		return nil, fmt.Errorf("adopt run: %w", err)
	}
	return writes, nil
}

// plan returns what to write into the catalog so that it holds what a backup holds, too.
func (c *Catalog) plan(run string, theirs history, keep Retention) ([]renumbered, error) {
	ours, err := c.history(run)
	if err != nil {
		return nil, err
	}
	lost, removed := c.lostHistory(run), c.removedHere(run)
	wanted := slices.Clone(lost)
	if keep.keepsAll() {
		for number, content := range removed { // not any more
			wanted = append(wanted, generation{Number: number, Content: content, Ended: true, Lost: true})
		}
	} else {
		theirs = slices.DeleteFunc(slices.Clone(theirs), func(g generation) bool { return g.Ended && removed[g.Number] == g.Content })
	}
	mended, err := mends(theirs, ours, wanted)
	if err != nil {
		return nil, err
	}
	for _, l := range lost {
		if l.Content != "" && !slices.ContainsFunc(mended, func(w renumbered) bool { return w.to == l.Number }) {
			ours = append(ours, l)
		}
	}
	for _, w := range mended {
		w.Number, w.Ours = w.to, true
		ours = append(ours, w.generation)
	}
	if ours, err = ours.ordered(); err != nil {
		return nil, err
	}
	writes, err := mergeHistories(theirs, ours)
	return slices.Concat(mended, writes), err
}

// place writes a generation where it is to be in the catalog.
func (c *Catalog) place(run string, w renumbered) error {
	if w.Lost {
		return c.moveLost(run, w)
	}
	write := func(out io.Writer) (snapshot.Meta, error) { return w.write(out, c.clock.latest()) }
	if w.Ended {
		return c.end(run, w.to, write, w.has)
	}
	return c.commit(run, write)
}

// moveLost gives a generation that is damaged or missing another number. What is left of
// its file is set aside.
func (c *Catalog) moveLost(run string, w renumbered) error {
	for _, number := range []int64{w.Number, w.to} {
		if err := c.makeRoom(run, number, nil); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hold(run)
	h.ended.drop(w.Number)
	h.ended.put(fileMeta{Generation: w.to, Content: digestOf(w.Content)})
	return nil
}

// removeMoved removes ended generations from where they were before they moved.
func (c *Catalog) removeMoved(run string, writes []renumbered) error {
	taken := map[int64]bool{}
	for _, w := range writes {
		taken[w.to] = taken[w.to] || !w.Lost
	}
	for _, w := range writes {
		if !w.Ours || !w.Ended || w.Lost || taken[w.Number] {
			continue
		}
		if _, err := c.remove(run, w.Number); err != nil {
			return err
		}
	}
	return nil
}

// history returns what the catalog holds of a run.
func (c *Catalog) history(run string) (history, error) {
	var all history
	for _, f := range c.files(run) {
		open := func() (*archive.Content, error) { return c.content(f) }
		all = append(all, generation{Number: f.Generation, Content: f.Content, Ended: path.Dir(f.Name) != snapshot.CurrentDir, Ours: true, open: open})
	}
	return all.ordered()
}

// lostHistory returns the ended generations of a run that are damaged or missing. Content is
// empty if the catalog does not know it.
func (c *Catalog) lostHistory(run string) history {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all history
	for _, n := range c.hold(run).ended {
		if n.lost() {
			open := func() (*archive.Content, error) {
				return nil, fmt.Errorf("generation %d is lost: %w", n.Generation, fs.ErrNotExist)
			}
			all = append(all, generation{Number: n.Generation, Content: n.Content.String(), Ended: true, Ours: true, Lost: true, open: open})
		}
	}
	return all
}
