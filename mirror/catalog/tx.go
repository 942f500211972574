package catalog

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// Tx changes the files of one run. While it is open, nobody else changes them. Its State is that of
// its beginning.
type Tx struct {
	State
	catalog *Catalog
	Run     string
	entry   *entry
}

// Begin waits until nobody else changes the run, then opens a Tx.
func (c *Catalog) Begin(run string) *Tx {
	c.mu.Lock()
	e := c.hold(run)
	free := e.changing.TryLock()
	s, record := e.state(run), e.record
	c.mu.Unlock()
	t := &Tx{State: s, catalog: c, Run: run, entry: e}
	if free {
		t.Record = record.decode(run)
		return t
	}
	e.changing.Lock()
	t.State = c.State(run)
	return t
}

// Close lets others change the run.
func (t *Tx) Close() { t.entry.changing.Unlock() }

// Commit is the next state of a run.
type Commit struct {
	Ends     *snapshot.Snapshot                     // the generation that ends; nil for none
	Write    func(io.Writer) (snapshot.Meta, error) // writes the next snapshot; nil if the current one stays
	Remember func(*Record)                          // changes the record of the run
}

// Commit applies c durably: first the history, then the snapshot, then one entry of the index. It
// returns the snapshot if it has written one, even if writing the index failed.
func (t *Tx) Commit(c Commit) (*snapshot.Meta, error) {
	if c.Ends != nil {
		if err := t.End(c.Ends); err != nil {
			return nil, err
		}
	}
	if c.Write == nil {
		return nil, t.catalog.Update(t.Run, c.Remember)
	}
	return t.commit(c.Write, c.Remember)
}

// commit writes the current snapshot by durable.WriteFile. Only when that has worked, it writes the
// record as changed by remember, which may be nil.
func (t *Tx) commit(write func(io.Writer) (snapshot.Meta, error), remember func(*Record)) (*snapshot.Meta, error) {
	n, err := t.catalog.write(snapshot.Path(t.Run), write)
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	e := t.entry
	if err != nil {
		e.uncertain = cmp.Or(e.uncertain, &Uncertain{e.current.meta(t.Run)})
		return nil, fmt.Errorf("commit snapshot: %w", err)
	}
	e.current, e.since, e.damaged, e.uncertain = &n, time.Now().UnixNano(), false, nil
	if remember == nil {
		return e.current.meta(t.Run), nil
	}
	return e.current.meta(t.Run), t.catalog.update(t.Run, e, remember)
}

// End keeps a generation in the history, durably. It does not replace other rows in its place. The
// generation ends now.
func (t *Tx) End(s *snapshot.Snapshot) error {
	has := func(old *archive.Content) (bool, error) {
		rows, err := old.ReadFrom(0)
		return err == nil && store.Contains(s.Training, rows.Training) && store.Contains(s.Validation, rows.Validation), err
	}
	kept := *s
	kept.Ended = t.catalog.clock.latest()
	return t.end(s.Generation, func(w io.Writer) (snapshot.Meta, error) { return snapshot.Write(w, &kept) }, has)
}

// end writes a generation into the history. has reports whether it has all rows of another file.
func (t *Tx) end(generation int64, write func(io.Writer) (snapshot.Meta, error), has func(old *archive.Content) (bool, error)) error {
	if err := durable.MkdirAll(t.catalog.root, snapshot.HistoryDir(t.Run)); err != nil {
		return fmt.Errorf("keep generation %d: %w", generation, err)
	}
	if r := t.catalog.removal(t.Run); r.Expired[generation] != "" {
		if err := t.writeRemoval(r.Without(generation)); err != nil {
			return fmt.Errorf("keep generation %d: %w", generation, err)
		}
	}
	if err := t.makeRoom(generation, has); err != nil {
		return fmt.Errorf("keep generation %d: %w", generation, err)
	}
	n, err := t.catalog.write(snapshot.HistoryPath(t.Run, generation), write)
	if err != nil {
		return fmt.Errorf("keep generation %d: %w", generation, err)
	}
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	t.entry.ended.put(n)
	return nil
}

// Check reads the current snapshot of a run again. If it turns out to be whole, it is used as it
// is.
func (t *Tx) Check() error {
	_, n, err := t.catalog.note(snapshot.Path(t.Run), snapshot.Verify)
	if err != nil {
		return err
	}
	t.catalog.mu.Lock()
	defer t.catalog.mu.Unlock()
	t.entry.current, t.entry.damaged = &n, false
	record := t.Record
	t.State = t.entry.state(t.Run)
	t.Record = record
	return nil
}
