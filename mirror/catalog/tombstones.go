package catalog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"statsmirror/mirror/merge"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// Remove removes ended generations of a run. Before it removes the files, it records durably that
// these generations may be missing. Afterwards it records that they were removed here. If a crash
// comes in between, the backups keep their copies.
func (t *Tx) Remove(generations []int64) error {
	if err := t.NoteRemoved(slices.Max(generations)); err != nil {
		return err
	}
	expired := map[int64]string{}
	for _, generation := range generations {
		content, err := t.remove(generation)
		if content != "" { // the content of a damaged one is not known
			expired[generation] = content
		}
		if err != nil {
			return errors.Join(err, t.noteExpired(expired))
		}
	}
	return t.noteExpired(expired)
}

// remove removes a file of the history. It returns the SHA-256 of its rows if the file is gone.
// After an error the file may come back.
func (t *Tx) remove(generation int64) (content string, err error) {
	name := snapshot.HistoryPath(t.Run, generation)
	if err = durable.Remove(t.catalog.root, name); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if _, still := t.catalog.root.Lstat(name); still == nil {
		return "", err
	}
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	h := t.entry
	content = h.ended.content(generation).String()
	h.ended.drop(generation)
	return content, err
}

// noteExpired records which generations were removed here. If it cannot write the record, it keeps
// it in memory, and the next write includes it.
func (t *Tx) noteExpired(expired map[int64]string) error {
	if len(expired) == 0 {
		return nil
	}
	next := t.catalog.removal(t.Run).With(expired)
	t.catalog.mu.Lock()
	t.entry.removal = next
	t.catalog.mu.Unlock()
	return t.writeRemoval(next)
}

func (c *Catalog) removal(run string) snapshot.Tombstones {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).removal
}

// NoteRemoved records durably that the generations of a run up to one may be missing: they are
// removed, or are about to be.
func (t *Tx) NoteRemoved(until int64) error {
	next := t.catalog.removal(t.Run)
	if until <= next.Until {
		return nil
	}
	next.Until = until
	return t.writeRemoval(next)
}

func (t *Tx) writeRemoval(r snapshot.Tombstones) error {
	content, err := r.Encode()
	if err == nil {
		err = durable.MkdirAll(t.catalog.root, snapshot.HistoryDir(t.Run))
	}
	if err == nil {
		err = durable.WriteFile(t.catalog.root, snapshot.TombstonesPath(t.Run), func(w io.Writer) error { _, err := w.Write(content); return err })
	}
	if err != nil {
		return fmt.Errorf("record removed generations: %w", err)
	}
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	t.entry.removal = r
	return nil
}

// BeforeFirst returns the generation before the first that the catalog holds of a run, or has lost.
// If the catalog does not hold the generation g, it returns the highest possible number, because
// the catalog may hold a different life.
func (t *Tx) BeforeFirst(g merge.Generation) int64 {
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	h := t.entry
	current := h.current != nil && h.current.Generation == g.Number && h.current.Content.String() == g.Content
	if len(h.ended) > 0 && (current || h.ended.content(g.Number).String() == g.Content) {
		return h.ended[0].Generation - 1
	}
	return snapshot.MostGenerations
}

// RemovedUntil returns the generation up to which those of a run may be missing.
func (c *Catalog) RemovedUntil(run string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).removed()
}

// RemovedHere returns the generations of a run that retention has removed from this catalog, with
// the SHA-256 of their rows. A generation that is in the catalog, even if damaged, does not count
// as removed.
func (c *Catalog) RemovedHere(run string) map[int64]string {
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
