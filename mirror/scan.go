package mirror

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"statsmirror/store"
)

// EnqueueAll is a hint that any run may have changed. It never blocks. Hints that come together
// cause one scan.
func (m *Mirror) EnqueueAll() {
	select {
	case m.hinted <- struct{}{}:
	default: // one is waiting already
	}
}

// scanHinted scans the tree for each hint, and enqueues the runs that it finds, until ctx is
// done.
func (m *Mirror) scanHinted(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.hinted:
		}
		if m.scan(ctx, m.Enqueue) != nil && ctx.Err() == nil {
			m.enqueueEach()
		}
		m.scanned.Store(true)
	}
}

// enqueueEach enqueues every run of the catalog, because its files may be gone. It lists the tree
// in the background and enqueues the runs there. If that listing hangs, enqueueEach begins no other
// until it ends.
func (m *Mirror) enqueueEach() {
	for _, run := range m.catalog.Runs() {
		m.Enqueue(run)
	}
	select {
	case m.listing <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-m.listing }()
		runs, _ := m.tree.Runs() // the runs of a tree that cannot be listed come once it can
		for _, run := range runs {
			m.Enqueue(run)
		}
	}()
}

// scan calls due for each run that may need a Sync. It opens no file. For each kind, a run may have
// no file, or one file with the stamp of its last read; then scan skips it. If scan returns an
// error, more runs may be due. It abandons a tree that hangs, and returns errHangs in further calls
// until the tree answers.
func (m *Mirror) scan(ctx context.Context, due func(run string)) error {
	select {
	case m.scanning <- struct{}{}:
	default:
		return errHangs
	}
	var looked atomic.Int64
	ended := make(chan error, 1)
	go func() {
		defer func() { <-m.scanning }()
		ended <- m.visit(ctx, &looked, due)
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

func (m *Mirror) visit(ctx context.Context, looked *atomic.Int64, due func(run string)) error {
	m.catalog.BeginVisit()
	err := m.tree.Each(ctx, func(kind store.Kind, entries []store.Entry) {
		looked.Add(1)
		for _, run := range m.catalog.Visit(kind, entries) {
			due(run)
		}
	})
	if err != nil {
		return err
	}
	for _, run := range m.catalog.Unseen() {
		due(run)
	}
	return nil
}
