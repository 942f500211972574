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

	"golang.org/x/sync/errgroup"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/replica"
	"statsmirror/mirror/schedule"
	"statsmirror/store"
)

// pass is one SyncAll.
type pass struct {
	m        *Mirror
	progress func(done, total int)

	mu          sync.Mutex
	done, total int
	errs        []error
	failed      map[*replica.Replica]error  // backups that were given up
	failing     map[*replica.Replica]string // the last run that failed, if none has worked since
	due         map[string]bool             // runs to sync
}

func newPass(m *Mirror) *pass {
	return &pass{m: m, failed: map[*replica.Replica]error{}, failing: map[*replica.Replica]string{}}
}

// tries is how often a pass tries something that may work the next time.
const tries = 3

func (p *pass) run(ctx context.Context) error {
	p.m.replaceDamaged()
	p.eachReplica(func(r *replica.Replica) error { return p.reconcileAll(ctx, r) })
	runs, err := p.m.allRuns()
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a tree that was removed has no runs
		p.fail(err)
	}
	p.total = len(runs)
	p.report()
	p.scan(ctx, runs)
	runs = union(runs, slices.Collect(maps.Keys(p.due))) // some have neither files nor a snapshot
	var workers errgroup.Group
	workers.SetLimit(p.m.options.Workers)
	for _, run := range runs {
		workers.Go(func() error { p.one(ctx, run); return nil })
	}
	_ = workers.Wait() // the workers return no error
	p.expire(ctx)
	return p.end(ctx)
}

// Prune removes the ended generations that are not kept, from the catalog and every backup, and
// returns them. The error lists the failures. Unless adopt is set, it removes nothing if a backup
// is spared, or holds runs although the catalog has never written there.
func (m *Mirror) Prune(ctx context.Context, adopt bool) ([]catalog.Expired, error) {
	if !adopt {
		if err := m.checkAdopts(ctx); err != nil {
			return nil, err
		}
	}
	if adopt {
		for _, r := range m.replicas {
			if err := r.Adopt(); err != nil {
				return nil, err
			}
		}
	}
	p := newPass(m)
	p.eachReplica(func(r *replica.Replica) error { return p.reconcileAll(ctx, r) })
	expired := p.expire(ctx)
	return expired, p.end(ctx)
}

// expire removes the generations that are not kept. A failed removal does not stop any copy.
func (p *pass) expire(ctx context.Context) []catalog.Expired {
	expired, err := p.m.expire(ctx)
	if err != nil {
		p.fail(err)
	}
	p.eachReplica(func(r *replica.Replica) error {
		said := false
		for _, run := range p.m.catalog.Runs() {
			if !r.Prunes(run) {
				continue
			}
			err := p.copy(ctx, r, run) // to learn first what the backup has
			if errors.Is(err, catalog.ErrRefused) {
				continue // already reported
			}
			if err != nil {
				return err
			}
			generations, err := r.Prune(ctx, run, time.Time{})
			if len(generations) > 0 {
				p.mu.Lock()
				expired = append(expired, catalog.Expired{Run: run, Backup: r.String(), Generations: generations})
				p.mu.Unlock()
			}
			if err != nil && !said {
				said = true
				p.fail(fmt.Errorf("backup %s: %w", r, err))
			}
		}
		return nil
	})
	return catalog.Sorted(expired)
}

// end releases the backups and returns the failures.
func (p *pass) end(ctx context.Context) error {
	p.eachReplica(func(r *replica.Replica) error { return r.Release(ctx) })
	for _, r := range p.m.replicas {
		if err := p.failed[r]; err != nil {
			p.fail(fmt.Errorf("backup %s: %w (runs not copied: %d)", r, err, len(r.Status().Dirty)))
		}
	}
	return errors.Join(append(p.errs, ctx.Err())...)
}

// eachReplica calls do for all backups that have not been given up, concurrently. It gives up those
// that fail.
func (p *pass) eachReplica(do func(*replica.Replica) error) {
	var all errgroup.Group
	for _, r := range p.m.replicas {
		if p.gaveUp(r) {
			continue
		}
		all.Go(func() error { p.giveUp(r, do(r)); return nil })
	}
	_ = all.Wait() // the calls return no error
}

// reconcileAll learns the content of a backup, and adopts what the catalog lacks. It waits no
// longer for that than a starting service does.
func (p *pass) reconcileAll(ctx context.Context, r *replica.Replica) error {
	r.EnqueueAll()
	if err := p.retry(ctx, func() error { return r.Connect(ctx) }); err != nil {
		r.Disconnect()
		return err
	}
	for _, run := range r.Unreconciled() {
		if p.copied(ctx, r, run, p.copy(ctx, r, run)); p.gaveUp(r) {
			return nil
		}
	}
	return nil
}

// scan finds the runs to sync; all of them if it cannot tell.
func (p *pass) scan(ctx context.Context, runs []string) {
	due := map[string]bool{}
	err := p.m.scan(ctx, func(run string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		due[run] = true
	})
	if err == nil {
		p.due = due
		return
	}
	p.due = map[string]bool{}
	for _, run := range runs {
		p.due[run] = true
	}
}

// one syncs a run if it is due, and copies it to every backup.
func (p *pass) one(ctx context.Context, run string) {
	defer func() {
		if ctx.Err() == nil { // otherwise it may not have been done
			p.report()
		}
	}()
	if p.due[run] {
		if err := p.m.warnForeign(run, p.sync(ctx, run)); err != nil {
			p.fail(fmt.Errorf("run %q: %w", run, err))
		}
	}
	for _, r := range p.m.replicas {
		if p.gaveUp(r) || !r.IsDirty(run) {
			continue
		}
		p.copied(ctx, r, run, p.copy(ctx, r, run))
	}
}

// copied records the result of copying a run. As in the service, the backup is given up if two runs
// fail in succession, because then the backup itself fails.
func (p *pass) copied(ctx context.Context, r *replica.Replica, run string, err error) {
	if errors.Is(err, catalog.ErrRefused) {
		p.fail(err)
		return
	}
	_, claimed := errors.AsType[*replica.LeasedError](err)
	p.mu.Lock()
	before := p.failing[r]
	p.failing[r] = ""
	if err != nil {
		p.failing[r] = run
	}
	p.mu.Unlock()
	switch {
	case err == nil:
	case claimed, ctx.Err() != nil, errors.Is(err, backup.ErrAbsent), before != "":
		p.giveUp(r, err)
	default:
		p.fail(err)
	}
}

// sync syncs a run. It waits for sources that are being written, and for adoption.
func (p *pass) sync(ctx context.Context, run string) error {
	var clock schedule.Retries
	for waits, failures := 1, 1; ; {
		err := p.m.Sync(ctx, run)
		unsettled, writing := errors.AsType[*store.UnsettledError](err)
		unfinished, storing := errors.AsType[*UnfinishedError](err)
		_, invalid := errors.AsType[*catalog.InvalidError](err)
		var wait time.Duration
		switch {
		case writing && waits < settleTries:
			wait = unsettled.After
			waits++
		case storing && waits < settleTries:
			wait = min(unfinished.After, p.m.quiet)
			waits++
		case errors.Is(err, errAwaitsAdoption) && waits < settleTries:
			p.askBackups(ctx, run)
			waits++
		case err == nil || writing || storing || invalid || linkOf(err) != nil || failures == tries:
			return err
		default:
			wait = clock.Failed(run)
			failures++
		}
		if !pause(ctx, wait) {
			return err
		}
	}
}

// settleTries is how often a pass tries to read a run that is being written.
const settleTries = 10

// askBackups adopts a run. If that fails, the run no longer waits for it.
func (p *pass) askBackups(ctx context.Context, run string) {
	for _, r := range p.m.replicas {
		if err := p.copy(ctx, r, run); err != nil {
			p.fail(err)
		}
	}
}

// copy copies a run to a backup.
func (p *pass) copy(ctx context.Context, r *replica.Replica, run string) error {
	err := p.retry(ctx, func() error { return r.Copy(ctx, run) })
	if err != nil {
		return fmt.Errorf("copy run %q to %s: %w", run, r, err)
	}
	return nil
}

// retry calls do up to a few times until it works.
func (p *pass) retry(ctx context.Context, do func() error) error {
	var clock schedule.Retries
	for try := 1; ; try++ {
		err := do()
		_, claimed := errors.AsType[*replica.LeasedError](err)
		if err == nil || try == tries || claimed || errors.Is(err, catalog.ErrRefused) || !pause(ctx, clock.Failed("")) {
			return err
		}
	}
}

// pause waits; false if ctx is done first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (p *pass) giveUp(r *replica.Replica, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil && p.failed[r] == nil {
		p.failed[r] = err
	}
}

func (p *pass) gaveUp(r *replica.Replica) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed[r] != nil
}

func (p *pass) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errs = append(p.errs, err)
}

func (p *pass) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.progress != nil {
		p.progress(p.done, p.total)
	}
	p.done++
}
