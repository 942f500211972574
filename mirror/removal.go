package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// Remove removes ended generations of a run. That they may be missing is durable
// before they are, that they were removed here after that: of what is lost in
// between no copy is removed. The caller has the run locked.
func (c *Catalog) Remove(run string, generations []int64) error {
	if err := c.noteRemoved(run, slices.Max(generations)); err != nil {
		return err
	}
	expired := map[int64]string{}
	for _, generation := range generations {
		content, err := c.remove(run, generation)
		if content != "" { // what a damaged one holds is not known
			expired[generation] = content
		}
		if err != nil {
			return errors.Join(err, c.noteExpired(run, expired))
		}
	}
	return c.noteExpired(run, expired)
}

// remove removes a file of the history, and returns the SHA-256 of its rows if it is
// gone. With an error it may come back.
func (c *Catalog) remove(run string, generation int64) (content string, err error) {
	name := snapshot.HistoryPath(run, generation)
	if err = durable.Remove(c.root, name); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if _, still := c.root.Lstat(name); still == nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hold(run)
	content = h.ended.content(generation).String()
	h.ended.drop(generation)
	return content, err
}

// noteExpired notes what has been removed here: durably, or else until the next time
// that something is noted.
func (c *Catalog) noteExpired(run string, expired map[int64]string) error {
	if len(expired) == 0 {
		return nil
	}
	next := c.removal(run).With(expired)
	c.mu.Lock()
	c.hold(run).removal = next
	c.mu.Unlock()
	return c.writeRemoval(run, next)
}

func (c *Catalog) removal(run string) snapshot.Tombstones {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).removal
}

// noteRemoved notes durably that the generations of a run up to one may be missing:
// they are removed, or are about to be.
func (c *Catalog) noteRemoved(run string, until int64) error {
	next := c.removal(run)
	if until <= next.Until {
		return nil
	}
	next.Until = until
	return c.writeRemoval(run, next)
}

func (c *Catalog) writeRemoval(run string, r snapshot.Tombstones) error {
	content, err := r.Encode()
	if err == nil {
		err = durable.MkdirAll(c.root, snapshot.HistoryDir(run))
	}
	if err == nil {
		err = durable.WriteFile(c.root, snapshot.TombstonesPath(run), func(w io.Writer) error { _, err := w.Write(content); return err })
	}
	if err != nil {
		return fmt.Errorf("note removed generations: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold(run).removal = r
	return nil
}

// removed returns up to which generation those of a run may be missing. A current
// generation is never removed.
func (h *entry) removed() int64 {
	if h.current != nil {
		return min(h.removal.Until, h.current.Generation-1)
	}
	return h.removal.Until
}

// beforeFirst returns the generation before the first of a run that the catalog holds, or
// that is lost there; the highest of all if it does not hold the generation g, because then
// it may have another life.
func (c *Catalog) beforeFirst(run string, g generation) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hold(run)
	current := h.current != nil && h.current.Generation == g.Number && h.current.Content.String() == g.Content
	if len(h.ended) > 0 && (current || h.ended.content(g.Number).String() == g.Content) {
		return h.ended[0].Generation - 1
	}
	return snapshot.MostGenerations
}

func (c *Catalog) removed(run string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).removed()
}

// removedHere returns the generations of a run that retention has removed from this
// catalog, with the SHA-256 of their rows. One that is there, be it damaged, has not
// been removed.
func (c *Catalog) removedHere(run string) map[int64]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hold(run)
	here := map[int64]string{}
	for generation, content := range h.removal.Expired {
		if !h.ended.has(generation) && content != "" {
			here[generation] = content
		}
	}
	return here
}

// prunable lists the copies of a run that the backup has of generations which
// retention has removed from the catalog.
func (r *replica) prunable(run string) []string {
	if r.options.Keep.keepsAll() {
		return nil
	}
	removed := r.catalog.removedHere(run)
	if len(removed) == 0 {
		return nil // mostly
	}
	has, _ := r.copies(run)
	var names []string
	for _, generation := range slices.Sorted(maps.Keys(removed)) {
		name := snapshot.HistoryPath(run, generation)
		if has[name].is(generation, removed[generation]) {
			names = append(names, name)
		}
	}
	return names
}

// pruneAll removes prunable copies, for a while only: copies that are missing come first.
// What is left, and what cannot be removed, is tried again the next time.
func (r *replica) pruneAll(ctx context.Context) {
	const most = 10 * time.Second
	until := time.Now().Add(most)
	said := false
	for _, run := range r.catalog.Runs() {
		if ctx.Err() != nil || time.Now().After(until) {
			return
		}
		if len(r.prunable(run)) == 0 {
			continue
		}
		if _, err := r.prune(ctx, run, until); err != nil && !said {
			said = true
			r.log.Warn("copies not removed", event.Is(event.NotRemoved), zap.String(event.FieldRun, run), zap.NamedError(event.FieldErr, err))
		}
	}
}

// prune removes prunable copies of a run from the backup, which has all else of it and
// knows that they are not to be missed, until a time, zero for none. It returns which.
func (r *replica) prune(ctx context.Context, run string, until time.Time) ([]int64, error) {
	if r.catalog.spares(r.backup.String()) {
		return nil, errSpared
	}
	removed := make(chan []int64, 1) // nothing where the attempt is abandoned
	err := r.withDeadline(ctx, func(ctx context.Context) error {
		generations, err := r.pruneCopies(ctx, run, until)
		removed <- generations
		return err
	})
	select {
	case generations := <-removed:
		return generations, err
	default:
		return nil, err
	}
}

func (r *replica) pruneCopies(ctx context.Context, run string, until time.Time) (generations []int64, err error) {
	if err := r.acquireLease(ctx); err != nil || r.lacks(run) || r.lacksRemoval(run) {
		return nil, err
	}
	defer func() {
		if len(generations) > 0 {
			logRemoved(r.log, run, generations)
		}
	}()
	for _, name := range r.prunable(run) {
		generation, err := r.remove(ctx, run, name)
		if err != nil {
			return generations, fmt.Errorf("remove copy of run %q: %w", run, err)
		}
		generations = append(generations, generation)
		if !until.IsZero() && time.Now().After(until) {
			break
		}
	}
	return generations, nil
}

// remove removes the copy that is remembered. If it is another by now, the run is
// reconciled anew.
func (r *replica) remove(ctx context.Context, run, name string) (generation int64, err error) {
	has, _ := r.copies(run)
	err = r.backup.Remove(ctx, name, has[name].Info.Version)
	if errors.Is(err, backup.ErrConflict) {
		r.invalidate(run)
		r.enqueue(run)
	}
	if err == nil {
		r.invalidateListing(run)
		r.remember(run, func(c copies) { delete(c, name) })
	}
	return has[name].Generation, err
}

// removed returns up to which generation those of a run may be missing from the backup.
func (r *replica) removed(run string) int64 {
	removed := r.catalog.removed(run)
	if removed == 0 || !r.catalog.spares(r.backup.String()) {
		return removed
	}
	has, _ := r.copies(run)
	for name, v := range has { // those that are there stay
		if path.Dir(name) == snapshot.HistoryDir(run) && snapshot.TombstonesPath(run) != name {
			removed = min(removed, v.Generation-1)
		}
	}
	return removed
}

// lacksRemoval reports whether the backup does not say which generations of a run
// have been removed.
func (r *replica) lacksRemoval(run string) bool {
	removed := r.removed(run)
	if removed <= 0 {
		return false // mostly
	}
	has, _ := r.copies(run)
	return has[snapshot.TombstonesPath(run)].Generation < removed
}

func (r *replica) putRemoval(ctx context.Context, run string) error {
	name, is := snapshot.TombstonesPath(run), snapshot.Tombstones{Until: r.removed(run)}
	content, err := is.Encode()
	if err != nil {
		return err
	}
	has, _ := r.copies(run)
	info, err := r.backup.Put(ctx, name, bytes.NewReader(content), int64(len(content)), has[name].Info.Version)
	if err != nil {
		return err
	}
	r.invalidateListing(run)
	r.remember(run, func(c copies) { c[name] = verified{Generation: is.Until, Content: snapshot.TombstonesName, Info: info} })
	return nil
}
