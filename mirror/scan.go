package mirror

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"statsmirror/store"
)

// EnqueueAll is a hint that any run may have changed. It never blocks; hints that come
// together are one scan.
func (m *Mirror) EnqueueAll() {
	select {
	case m.hinted <- struct{}{}:
	default: // one is waiting already
	}
}

// scanHinted makes a scan for each hint, and enqueues what it finds, until ctx is done.
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

// enqueueEach enqueues every run of the catalog, whose files may be gone, and those of the
// tree when it has been listed. One listing that hangs is abandoned, likewise.
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
		runs, _ := m.tree.Runs() // those of a tree that cannot be listed come when it can
		for _, run := range runs {
			m.Enqueue(run)
		}
	}()
}

// scan calls due for each run of which a Sync may find something to do. It opens
// nothing: left out are the runs that have of each kind the one file that was read last,
// by its stamp, or none. With an error others may be due as well. A scan that hangs is
// abandoned, and until it ends there is no other.
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
	m.catalog.beginVisit()
	err := m.tree.Each(ctx, func(kind store.Kind, entries []store.Entry) {
		looked.Add(1)
		for _, run := range m.catalog.visit(kind, entries) {
			due(run)
		}
	})
	if err != nil {
		return err
	}
	for _, run := range m.catalog.unseen() {
		due(run)
	}
	return nil
}
