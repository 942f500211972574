package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"statsmirror/mirror/catalog"
	"statsmirror/mirror/replica"
	"statsmirror/mirror/schedule"
)

// pass is the line of a service with an end: it gives up runs and backups that keep failing, and
// remembers why. A nil pass is a service.
type pass struct {
	m    *Mirror
	work *schedule.Work // remaining work

	mu       sync.Mutex
	failures map[string]int   // of a run
	waits    map[string]int   // for the files of a run, which are being written
	errs     map[string]error // why a run was given up, by run, or by run and backup
	unpruned []error
	lost     map[*replica.Replica]error // backups that were given up

	all      map[string]bool // the runs to report; true once done
	undone   map[string]bool // true for runs whose last Sync was stopped, or waited for a backup
	done     int
	progress func(done, total int)
}

// How often a pass tries to sync a run that may work the next time, and how often it tries to read
// files that are being written. Package replica has the limit for copies.
const (
	tries       = 3
	settleTries = 10
)

func (m *Mirror) newPass(progress func(done, total int)) *pass {
	p := &pass{m: m, failures: map[string]int{}, waits: map[string]int{}, errs: map[string]error{}, lost: map[*replica.Replica]error{}, undone: map[string]bool{}, progress: progress}
	p.work = schedule.NewWork(p.report)
	return p
}

// SyncAll syncs every run of the tree and of the catalog once, and copies everything that a backup
// lacks. For a bounded time it waits for files that are being written, and retries failures. It
// calls progress with the number of runs done and of all runs, never concurrently. The error lists
// the failures.
func (m *Mirror) SyncAll(ctx context.Context, progress func(done, total int)) error {
	p := m.newPass(progress)
	l := m.begin(ctx, p)
	syncing, stop := context.WithCancel(ctx)
	defer stop()
	l.background.Go(func() error { m.syncQueued(syncing); return nil })
	p.scan(ctx)
	p.work.Wait(ctx)
	p.prune(ctx)
	stop()
	return p.end(ctx, l)
}

// Prune removes the ended generations that are not kept, from the catalog and every backup, and
// returns them. The error lists the failures. Unless adopt is set, it removes nothing if a backup
// is spared, or holds runs although the catalog has never written there.
func (m *Mirror) Prune(ctx context.Context, adopt bool) ([]catalog.Expired, error) {
	if !adopt {
		if err := m.checkAdopts(ctx); err != nil {
			return nil, err
		}
	} else {
		for _, r := range m.replicas {
			if err := r.AllowPrune(); err != nil {
				return nil, err
			}
		}
	}
	p := m.newPass(nil)
	l := m.begin(ctx, p)
	m.queue.Begin(nil) // nothing is synced
	p.work.Wait(ctx)
	expired := p.prune(ctx)
	return expired, p.end(ctx, l)
}

// runs returns the work of the runs' queue.
func (p *pass) runs() *schedule.Work {
	if p == nil {
		return nil
	}
	return p.work
}

// of returns the part of the pass that a replica does.
func (p *pass) of(r *replica.Replica) *replica.Pass {
	if p == nil {
		return nil
	}
	return replica.NewPass(p.work, func(run string, err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		key := fmt.Sprintf("%s in %s", run, r)
		switch {
		case run == "":
			p.lost[r] = err
		case err != nil:
			p.errs[key] = err
		default:
			delete(p.errs, key)
		}
	})
}

// scan enqueues the runs that are due; all runs if it cannot tell.
func (p *pass) scan(ctx context.Context) {
	runs, err := p.m.allRuns()
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a tree that was removed has no runs
		p.fail("", err)
	}
	p.mu.Lock()
	p.all = map[string]bool{}
	for _, run := range runs {
		p.all[run] = false
	}
	p.mu.Unlock()
	p.report("")
	for _, run := range runs {
		p.work.Add(run)
	}
	if p.m.scan(ctx, p.m.Enqueue) != nil {
		for _, run := range runs {
			p.m.Enqueue(run)
		}
	}
	for _, run := range runs {
		p.work.Done(run)
	}
}

// prune removes the generations that are not kept. A failed removal does not stop any copy.
func (p *pass) prune(ctx context.Context) []catalog.Expired {
	expired, err := p.m.expire(ctx)
	if err != nil {
		p.unpruned = append(p.unpruned, err)
	}
	p.work.Wait(ctx) // the backups say first which generations may be missing
	for _, r := range p.m.replicas {
		if p.gaveUp(r) {
			continue
		}
		err := r.PruneAll(ctx, func(run string, generations []int64) {
			expired = append(expired, catalog.Expired{Run: run, Backup: r.String(), Generations: generations})
		})
		if err != nil {
			p.unpruned = append(p.unpruned, fmt.Errorf("backup %s: %w", r, err))
		}
	}
	p.work.Wait(ctx)
	return catalog.Sorted(expired)
}

// end lets the line finish, and returns the failures.
func (p *pass) end(ctx context.Context, l *line) error {
	err := l.end()
	p.m.pass = nil
	errs := []error{err}
	for _, key := range slices.Sorted(maps.Keys(p.errs)) {
		errs = append(errs, p.errs[key])
	}
	errs = append(errs, p.unpruned...)
	for _, r := range p.m.replicas {
		if err := p.lost[r]; err != nil {
			errs = append(errs, fmt.Errorf("backup %s: %w (runs not copied: %d)", r, err, len(r.Status().Dirty)))
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

func (p *pass) gaveUp(r *replica.Replica) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost[r] != nil
}

// note records the result of a Sync.
func (p *pass) note(run string, err error, again bool) {
	err = p.m.warnForeign(run, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.undone[run] = errors.Is(err, errAwaitsAdoption) || errors.Is(err, context.Canceled)
	switch {
	case p.undone[run]:
	case err != nil && !again:
		p.errs[run] = fmt.Errorf("run %q: %w", run, err)
	default:
		delete(p.errs, run)
	}
}

func (p *pass) fail(key string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errs[key] = err
}

// poll returns how long to wait for a file that may be unfinished. A pass reads it again as soon as
// it may have settled.
func (p *pass) poll(after, quiet time.Duration) time.Duration {
	if p == nil {
		return after
	}
	return min(after, quiet)
}

// givesUp reports whether the pass gives up a run that failed, or whose files are being written.
func (p *pass) givesUp(run string, failed bool) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if failed {
		p.failures[run]++
		return p.failures[run] >= tries
	}
	p.waits[run]++
	return p.waits[run] >= settleTries
}

// report reports the progress when a run is done; run is "" at the start.
func (p *pass) report(run string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	done, known := p.all[run]
	if p.progress == nil || run != "" && (!known || done || p.undone[run]) {
		return
	}
	if run != "" {
		p.all[run] = true
		p.done++
	}
	p.progress(p.done, len(p.all))
}
