package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"go.uber.org/zap"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// ensureMet meets a run, unless it is known what the backup has of it.
func (r *replica) ensureMet(ctx context.Context, run string) error {
	if r.met(run) {
		return nil
	}
	err := r.meet(ctx, run)
	r.asked(run, err)
	return err
}

// meet finds out what the backup has of a run, before anything is written there
// for it. What the catalog lacks is adopted. All of it is read before the run
// is locked, so that a backup that hangs does not keep the run from being
// synced.
func (r *replica) meet(ctx context.Context, run string) error {
	theirs, has, err := r.fetch(ctx, run)
	if err != nil {
		return err
	}
	removed := int64(0)
	if len(theirs) > 0 {
		removed = min(has[removalPath(run)].Generation, theirs.last().Number-1)
	}
	defer r.catalog.lockRun(run)()
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
		if adopted {
			rec.Seen = nil // the sources have yet to be merged with what was adopted
		}
	})
	if adopted {
		r.logAdopted(run)
		r.mark(run)
	}
	return nil
}

func (r *replica) logAdopted(run string) {
	fields := []zap.Field{zap.String(fieldEvent, eventAdopted), zap.String(fieldRun, run)}
	if current, _ := r.catalog.Current(run); current != nil {
		fields = append(fields, zap.Int64(fieldGeneration, current.Generation),
			zap.Int64(fieldTrainedUntil, current.TrainedUntil), zap.Int64(fieldValidatedUntil, current.ValidatedUntil))
	}
	r.log.Info("run adopted", fields...)
}

// fetch reads and verifies what the backup has of a run. A damaged file that
// was a verified copy once is there to be replaced; another one may be all that
// is left of something, so that the run is not copied until it is moved away.
func (r *replica) fetch(ctx context.Context, run string) (chain, copies, error) {
	infos, err := r.listed(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	known, _ := r.copies(run)
	var theirs chain
	has := copies{}
	for _, info := range infos {
		if info.Name == removalPath(run) {
			if err := r.fetchRemoval(ctx, run, has); err != nil {
				return nil, nil, err
			}
			continue
		}
		g, info, err := r.fetchFile(ctx, run, info.Name)
		_, ours := known[info.Name]
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case ours && IsDamaged(err):
			has[info.Name] = verified{Content: contentDamaged, Info: info}
		case IsDamaged(err):
			return nil, nil, fmt.Errorf("%w: move %s in the backup away: %w", errRefused, info.Name, err)
		case err != nil:
			return nil, nil, err
		default:
			theirs = append(theirs, g)
			has[info.Name] = verified{g.Number, g.Content, info}
		}
	}
	return theirs.ordered(), has, nil
}

// fetchRemoval reads which generations have been removed.
func (r *replica) fetchRemoval(ctx context.Context, run string, has copies) error {
	is, info, err := r.archive.removed(ctx, run)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		has[info.Name] = verified{Generation: is.Until, Content: removalName, Info: info}
	}
	return err
}

// contentDamaged stands for the hash of the rows of a copy that cannot be read.
const contentDamaged = "damaged"

// fetchFile reads one file of a run, and keeps its rows in memory.
func (r *replica) fetchFile(ctx context.Context, run, name string) (generation, backup.Info, error) {
	f, err := r.backup.Open(ctx, name)
	if err != nil {
		return generation{}, backup.Info{Name: name}, err
	}
	defer f.Close()
	g, err := readGeneration(f, run)
	if err != nil && !errors.Is(err, errRefused) {
		err = fmt.Errorf("read %s: %w", name, err)
	}
	return g, f.Info(), err
}

func readGeneration(f backup.File, run string) (generation, error) {
	info := f.Info()
	file, err := snapshot.Open(f, info.Size)
	if err != nil {
		return generation{}, err
	}
	s, err := file.ReadFrom(0)
	if err != nil {
		return generation{}, err
	}
	meta := file.Meta()
	load := func() (*snapshot.Snapshot, error) { return s, nil }
	number, ended := generationOf(path.Base(info.Name))
	if path.Dir(info.Name) == snapshotsDir {
		number, ended = meta.Generation, false
	}
	if meta.Run != run || meta.Generation != number || number < 1 {
		return generation{}, fmt.Errorf("%w: move %s in the backup away: it is generation %d of the run %q",
			errRefused, info.Name, meta.Generation, meta.Run)
	}
	return generation{number, meta.ContentSHA256, ended, false, load}, nil
}

// ordered sorts ended generations before the current one, which gets a number
// after them if it has none. An ended one that is the current one as well,
// because a crash came in between, is left out.
func (c chain) ordered() chain {
	i := slices.IndexFunc(c, func(g generation) bool { return !g.Ended })
	if i < 0 {
		slices.SortFunc(c, func(a, b generation) int { return int(a.Number - b.Number) })
		return c
	}
	current := c[i]
	ended := slices.Delete(slices.Clone(c), i, i+1)
	ended = slices.DeleteFunc(ended, func(g generation) bool {
		return g.Number == current.Number && g.Content == current.Content
	})
	slices.SortFunc(ended, func(a, b generation) int { return int(a.Number - b.Number) })
	if len(ended) > 0 {
		current.Number = max(current.Number, ended.last().Number+1)
	}
	return append(ended, current)
}

// adopt brings into the catalog what it lacks of a run that a backup has, and
// reports whether there was anything. The caller has the run locked.
func (c *Catalog) adopt(run string, theirs chain, keep Retention) (bool, error) {
	if c.Damaged(run) {
		return false, fmt.Errorf("%w: the catalog's snapshot is damaged, and has to be set aside first", errRefused)
	}
	ours, lost, removed := c.chain(run), c.damagedEnded(run), c.removedHere(run)
	if keep.keepsAll() {
		lost = slices.AppendSeq(lost, maps.Keys(removed)) // not any more
	} else {
		theirs = slices.DeleteFunc(slices.Clone(theirs), func(g generation) bool { return g.Ended && removed[g.Number] == g.Content })
	}
	writes, err := mends(theirs, ours, lost)
	if err == nil && len(writes) == 0 {
		writes, err = reconcile(theirs, ours)
	}
	if err != nil {
		return false, fmt.Errorf("adopt run: %w", err)
	}
	for _, w := range writes {
		s, err := w.load()
		if err != nil {
			return false, fmt.Errorf("adopt run: %w", err)
		}
		numbered := *s
		numbered.Generation = w.to
		if w.Ended {
			err = c.End(&numbered)
		} else {
			err = c.Commit(&update{rows: &numbered})
		}
		if err != nil {
			return false, fmt.Errorf("adopt run: %w", err)
		}
	}
	return len(writes) > 0, c.removeMoved(run, writes)
}

// removeMoved removes ended generations from where they were before they moved.
func (c *Catalog) removeMoved(run string, writes []placed) error {
	taken := map[int64]bool{}
	for _, w := range writes {
		taken[w.to] = true
	}
	for _, w := range writes {
		if !w.Ours || !w.Ended || taken[w.Number] {
			continue
		}
		if err := durable.Remove(c.root, snapshot.HistoryPath(run, w.Number)); err != nil {
			return fmt.Errorf("adopt run: %w", err)
		}
		c.mu.Lock()
		c.hold(run).ended.drop(w.Number)
		c.mu.Unlock()
	}
	return nil
}

// chain returns what the catalog holds of a run.
func (c *Catalog) chain(run string) chain {
	var all chain
	for _, f := range c.files(run) {
		load := func() (*snapshot.Snapshot, error) { return c.read(f.Name) }
		all = append(all, generation{f.Generation, f.Content, path.Dir(f.Name) != snapshotsDir, true, load})
	}
	return all.ordered()
}
