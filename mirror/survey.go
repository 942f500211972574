package mirror

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"statsmirror/store"
)

// MarkAll is a hint that any run may have changed. It never blocks; hints that come
// together are one survey.
func (m *Mirror) MarkAll() {
	select {
	case m.hinted <- struct{}{}:
	default: // one is waiting already
	}
}

// surveyHinted makes a survey for each hint, and marks what it finds, until ctx is done.
func (m *Mirror) surveyHinted(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.hinted:
		}
		if m.survey(ctx, m.Mark) != nil && ctx.Err() == nil {
			m.markEach()
		}
		m.surveyed.Store(true)
	}
}

// markEach marks every run of the catalog, whose files may be gone, and those of the
// tree when it has been listed. One listing that hangs is abandoned, likewise.
func (m *Mirror) markEach() {
	for _, run := range m.catalog.Runs() {
		m.Mark(run)
	}
	select {
	case m.listing <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-m.listing }()
		runs, _ := m.tree.Runs() // those of a tree that cannot be listed come when it can
		for _, run := range runs {
			m.Mark(run)
		}
	}()
}

// survey calls due for each run of which a Sync may find something to do. It opens
// nothing: left out are the runs that have of each kind the one file that was read last,
// by its stamp, or none. With an error others may be due as well. A survey that hangs is
// abandoned, and until it ends there is no other.
func (m *Mirror) survey(ctx context.Context, due func(run string)) error {
	select {
	case m.surveying <- struct{}{}:
	default:
		return errHangs
	}
	var looked atomic.Int64
	ended := make(chan error, 1)
	go func() {
		defer func() { <-m.surveying }()
		ended <- m.look(ctx, &looked, due)
	}()
	tick := time.NewTicker(hangs)
	defer tick.Stop()
	for before := int64(0); ; {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
		}
		now := looked.Load()
		if now == before {
			return errHangs
		}
		before = now
	}
}

var errHangs = errors.New("the stats tree hangs")

func (m *Mirror) look(ctx context.Context, looked *atomic.Int64, due func(run string)) error {
	m.catalog.beginLook()
	err := m.tree.Each(ctx, func(kind store.Kind, entries []store.Entry) {
		looked.Add(1)
		for _, run := range m.catalog.look(kind, entries) {
			due(run)
		}
	})
	if err != nil {
		return err
	}
	for _, run := range m.catalog.unlooked() {
		due(run)
	}
	return nil
}

// beginLook begins to look for the runs of the catalog.
func (c *Catalog) beginLook() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.runs {
		h.looked = false
	}
}

// look notes that runs have been found, and returns those whose entry is not what was read
// last, or with which something is amiss.
func (c *Catalog) look(kind store.Kind, entries []store.Entry) (due []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range entries {
		h := c.runs[e.Name]
		if h != nil {
			h.looked = true
		}
		if h == nil || !e.Regular || h.current == nil || h.damaged || h.doubted != nil || !h.record.saw(kind, e.Stamp) {
			due = append(due, e.Name)
		}
	}
	return due
}

// unlooked returns the runs that have not been found, unless that has been logged. Runs
// without a snapshot are among them if a source could not be used.
func (c *Catalog) unlooked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var runs []string
	for run, h := range c.runs {
		if !h.looked && (h.current != nil || h.damaged || !h.record.plain()) && !h.record.unpack(run).GoneLogged {
			runs = append(runs, run)
		}
	}
	return runs
}
