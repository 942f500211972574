package replica

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/schedule"
	"statsmirror/mirror/snapshot"
)

// Replica copies the catalog's runs to one backup. A run becomes dirty when the backup may lack
// something of it. It stays dirty until the backup has a verified copy of everything that the
// catalog has of it. Nothing else clears it. Only retention removes anything from the backup.
// Nothing is written there for a run before the backup's files of the run are known.
type Replica struct {
	backup      backup.Backup
	archive     *archive.Archive
	catalog     *catalog.Catalog
	enqueueSync func(run string) // requests a Sync
	options     Options
	log         *zap.Logger

	queue     *schedule.Queue // dirty runs
	pace      pace
	slot      chan struct{} // held while talking to the backup, but not by a Put that makes room for the next copy
	puts      chan struct{} // held by each Put of a snapshot
	own       heldLease     // the lease last written; guarded by slot
	observed  observedLease // another service's lease; guarded by slot
	inventory *inventory
	empty     bool             // it was just listed, and has no runs; guarded by slot
	told      bool             // the user allows pruning, whoever wrote there
	retries   schedule.Retries // by run, and "" for the backup as a whole
	limiter   event.Limiter
	alarmed   atomic.Bool     // the last log line said that the backup fails
	limited   bool            // the log has the remarks on the backup; used by Run alone
	pass      *Pass           // nil in a service
	givenUp   atomic.Bool     // by the pass
	billed    backup.Requests // requests at the last heartbeat

	mu    sync.Mutex
	dirty map[string]time.Time // with the time since when their copies are late; in the future while they wait for the interval
	calls map[*call]bool       // that have not ended
}

// Options are options of a replica.
type Options struct {
	Rescan   time.Duration     // how often the backup is compared with the catalog
	Patience time.Duration     // how long, at the start, runs unknown to the catalog wait for the backup
	Timeout  time.Duration     // how long copying one run may take
	Interval time.Duration     // in which the snapshot of a run is copied at most once; 0 for no bound
	Keep     catalog.Retention // which ended generations to keep
	Log      *zap.Logger
}

// New returns a Replica. It starts nothing. The Replica calls enqueueSync for a run that must be
// synced again, because it waited for the backup or was adopted.
func New(b backup.Backup, c *catalog.Catalog, enqueueSync func(string), o Options) *Replica {
	return &Replica{
		backup: b, archive: archive.New(b), catalog: c, enqueueSync: enqueueSync, options: o,
		log:   o.Log.With(zap.String(event.FieldBackup, b.String())),
		queue: schedule.NewQueue(), pace: pace{interval: o.Interval}, slot: make(chan struct{}, 1), puts: make(chan struct{}, atATime(b)), calls: map[*call]bool{},
		inventory: newInventory(), dirty: map[string]time.Time{},
	}
}

// Run copies dirty runs until serving is done, then the remaining ones until copying is done. Begin
// comes first. In a pass, Run returns as soon as it gives the backup up.
func (r *Replica) Run(serving, copying context.Context) {
	impatient := time.AfterFunc(r.options.Patience, func() { // no run waits longer for a backup that nobody could list
		r.enqueueSyncs(r.inventory.setUnreachable(unknown))
	})
	defer impatient.Stop()
	defer r.connected()
	var listed time.Time
	failures := 0 // since a copy worked
	for suspect := false; serving.Err() == nil; {
		toList, answered := time.Since(listed) >= r.relistEvery(), false
		patient, cancel := r.pass.impatient(copying, r.options.Patience)
		err := r.withDeadline(patient, func(ctx context.Context) (err error) {
			answered, err = r.refresh(ctx, toList, suspect)
			return err
		})
		cancel()
		worked := false
		if err == nil {
			if toList {
				listed = time.Now()
				r.connected()
				r.logLimits()
			}
			if answered {
				r.worked("")
			}
			r.pruneForAWhile(serving)
			until := time.Now().Add(min(leaseRenewal, time.Until(listed.Add(r.relistEvery()))))
			worked, err = r.serve(serving, copying, until)
			suspect = err != nil
		}
		if failures++; worked || err == nil {
			failures = 0
		}
		if err != nil && !r.pause(serving, err, failures) {
			return
		}
	}
	r.pace.lifted.Store(true)
	r.drain(copying)
	_ = r.Release(copying) // otherwise it would age
}

// mirror copies everything of a run that the backup lacks and that may be copied now, and decides
// when to try again. The run was taken from the queue, or is no longer on a queue. If it may not be
// copied yet, the error is errPostponed. It calls makeRoom once the next copy may begin, or not
// at all.
func (r *Replica) mirror(ctx context.Context, run string, makeRoom func()) error {
	defer r.queue.Done(run)
	if r.postponed(run) {
		return errPostponed
	}
	err := r.copyMakingRoom(ctx, run, makeRoom)
	if err == nil {
		r.worked(run, "")
		r.pass.note(run, nil)
		return nil
	}
	if errors.Is(err, ErrChanging) {
		r.queue.Add(run, time.Now().Add(time.Second))
		return nil
	}
	wait := r.retries.Failed(run)
	r.logFailed(err, zap.String(event.FieldRun, run))
	err = fmt.Errorf("copy run %q to %s: %w", run, r.backup, err)
	if r.pass.givesUp(run, err) {
		r.retries.Worked(run)
		r.pass.note(run, err)
		if r.inventory.resolve(run, err) {
			r.enqueueSync(run)
		}
	} else {
		r.queue.Add(run, time.Now().Add(wait))
	}
	return err
}

// Copy copies everything of a run that the backup lacks. It is abandoned after a time. The error
// matches ErrChanging if the run is being committed, and catalog.ErrRefused if a person must fix
// it.
func (r *Replica) Copy(ctx context.Context, run string) error {
	return r.copyMakingRoom(ctx, run, func() {})
}

// copyMakingRoom is Copy. It calls makeRoom once the next copy may begin.
func (r *Replica) copyMakingRoom(ctx context.Context, run string, makeRoom func()) error {
	return r.withSlot(ctx, func(ctx context.Context, leave func()) error {
		return r.copy(ctx, run, func() { leave(); makeRoom() })
	})
}

// copy writes the files of a run that the backup lacks: first removed.json, then the ended
// generations, then the snapshot, unless it must wait for the interval. If no file is missing, the
// run is no longer dirty. If another writer has written a file of the run meanwhile, copy first
// reconciles the run again.
func (r *Replica) copy(ctx context.Context, run string, makeRoom func()) error {
	if err := r.acquireLease(ctx); err != nil {
		return err
	}
	began := time.Now()
	var size int64
	for conflicts := 0; ; {
		if err := r.ensureReconciled(ctx, run); err != nil {
			return ofRun(err)
		}
		info, done, err := r.step(ctx, run, makeRoom)
		if done {
			break
		}
		if errors.Is(err, backup.ErrConflict) && conflicts < mostConflicts {
			conflicts++
			r.invalidate(run)
		} else if err != nil {
			return ofRun(err)
		}
		size += info.Size
	}
	if current, _ := r.catalog.Current(run); size > 0 && current != nil {
		r.log.Info("run mirrored", event.Is(event.Mirrored), zap.String(event.FieldRun, run),
			zap.Int64(event.FieldGeneration, current.Generation), zap.Int64(event.FieldBytes, size),
			zap.Int64(event.FieldDuration, time.Since(began).Milliseconds()))
	}
	return nil
}

// step copies the first missing file of a run. done is true if no file is missing, or only the
// snapshot and that must wait.
func (r *Replica) step(ctx context.Context, run string, makeRoom func()) (info backup.Info, done bool, err error) {
	if r.lacksRemoval(run) {
		return backup.Info{}, false, r.putRemoval(ctx, run)
	}
	if missing := r.missing(run); len(missing) > 0 && !r.postponed(run) {
		info, err := r.put(ctx, run, missing[0], makeRoom)
		return info, false, err
	}
	r.clean(run)
	return backup.Info{}, true, nil
}

// mostConflicts bounds how often a copy of a run is reconciled with another writer's work.
const mostConflicts = 3

// put verifies one file of the catalog and copies it over the version that the backup is known to
// have. It records the verified copy.
func (r *Replica) put(ctx context.Context, run string, f catalog.File, makeRoom func()) (backup.Info, error) {
	content, there, err := r.catalog.OpenFile(f.Name)
	if errors.Is(err, fs.ErrNotExist) && !slices.Contains(r.catalog.Files(run), f) {
		return backup.Info{}, nil // retention has just removed it
	}
	if err != nil {
		return backup.Info{}, err
	}
	defer content.Close()
	meta, err := snapshot.VerifyPages(content, there.Size())
	if err != nil && !archive.IsDamaged(err) {
		return backup.Info{}, err
	}
	if err != nil {
		r.markDamaged(run, f, err)
		return backup.Info{}, fmt.Errorf("%w: the catalog's %s: %w", catalog.ErrRefused, f.Name, err)
	}
	is := catalog.File{Name: f.Name, Generation: meta.Generation, Content: meta.ContentSHA256}
	switch now := r.catalog.Files(run); {
	case slices.Contains(now, is):
	case !slices.Contains(now, f):
		return backup.Info{}, nil // there was a commit meanwhile: a different file is missing now
	case r.catalog.Changing(run):
		return backup.Info{}, ErrChanging
	case !slices.Equal(now, r.catalog.Files(run)):
		return backup.Info{}, nil
	default:
		return backup.Info{}, fmt.Errorf("%w: the catalog's %s was changed by another program", catalog.ErrRefused, f.Name)
	}
	select {
	case r.puts <- struct{}{}:
		defer func() { <-r.puts }()
	case <-ctx.Done():
		return backup.Info{}, ctx.Err()
	}
	if cap(r.puts) > 1 && there.Size() <= mostWaiting {
		makeRoom()
	}
	has, _ := r.copies(run)
	info, err := r.backup.Put(ctx, f.Name, content, there.Size(), has[f.Name].Info.Version)
	if errors.Is(err, backup.ErrDamaged) {
		r.inventory.invalidate(run)
		info.Name = f.Name
		r.remember(run, func(c catalog.Copies) { c[f.Name] = catalog.RemoteFile{Info: info} }) // this service may replace it
	}
	if err != nil {
		return backup.Info{}, err
	}
	r.inventory.invalidate(run)
	r.remember(run, func(c catalog.Copies) {
		c[f.Name] = catalog.RemoteFile{State: catalog.RemoteVerified, Generation: is.Generation, Content: is.Content, Info: info, Copied: copiedAt(run, f)}
	})
	return info, nil
}

// markDamaged stops the use of a damaged file of the catalog. Sync replaces a current snapshot.
func (r *Replica) markDamaged(run string, f catalog.File, err error) {
	if r.catalog.MarkDamaged(run, f) {
		r.enqueueSync(run)
		return
	}
	event.LogDamaged(r.log, run, f.Name, f.Generation, err)
}

// ErrChanging means that a run is being committed. It is copied afterwards.
var ErrChanging = errors.New("is being committed")

// ofRun marks an error as concerning the files of one run alone. The backup is still used for all
// others.
func ofRun(err error) error {
	if errors.Is(err, backup.ErrEntry) {
		return fmt.Errorf("%w: %w", catalog.ErrRefused, err)
	}
	return err
}

// pause waits after a failure of the backup as a whole, the nth since the last successful copy. It
// returns false if a pass gives the backup up.
func (r *Replica) pause(ctx context.Context, err error, failures int) bool {
	r.enqueueSyncs(r.inventory.setUnreachable(unknown, reachable))
	wait := r.retries.Failed("")
	if r.pass.givesUpBackup(err, failures) {
		r.giveUp(err)
		return false
	}
	r.logFailed(err)
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
	return true
}

func (r *Replica) logFailed(err error, fields ...zap.Field) {
	if r.pass != nil || errors.Is(err, context.Canceled) {
		return // the pass returns the error; a service that stops logs pending copies
	}
	if held, ok := r.limiter.Allow(event.BackupFailed, ""); ok {
		r.alarmed.Store(true)
		r.log.Error("backup failed", append(fields, event.Is(event.BackupFailed),
			event.HeldBack(held), zap.NamedError(event.FieldErr, err))...)
	}
}

// logLimits logs once why the backup is less safe than it could be. A pass leaves that to check-config.
func (r *Replica) logLimits() {
	b, ok := r.backup.(backup.Limited)
	if !ok || r.limited || r.pass != nil {
		return
	}
	r.limited = true
	if limits := b.Remarks(); len(limits) > 0 {
		r.log.Warn("backup limited", event.Is(event.BackupLimited), zap.Strings(event.FieldProblems, limits))
	}
}

// worked records that keys work. Once nothing fails any more, it logs that, if the last line said
// otherwise.
func (r *Replica) worked(keys ...string) {
	if r.retries.Worked(keys...) && r.alarmed.Swap(false) {
		r.log.Info("backup recovered", event.Is(event.Recovered))
	}
}

// Enqueue enqueues a run to be copied if the backup may lack something of it, for the time when it
// may be copied. It never blocks.
func (r *Replica) Enqueue(run string) {
	b := r.backlog(run)
	lacks, due := b.Lacks(), r.due(run, b)
	if lacks && b.Current {
		r.mu.Lock()
		late := latest(b.Written, due)
		if since, ok := r.dirty[run]; !ok || late.Before(since) {
			r.dirty[run] = late
		}
		r.mu.Unlock()
	}
	if lacks || b.RemovedUntil > 0 && r.lacksRemoval(run) {
		r.queue.Add(run, r.nextTry(run, due))
		if r.givenUp.Load() {
			r.queue.Clear()
		}
	}
}

// backlog returns what the backup lacks of a run.
func (r *Replica) backlog(run string) catalog.Backlog {
	return r.catalog.Backlog(run, r.backup.String())
}

// EnqueueAll enqueues every run of the catalog.
func (r *Replica) EnqueueAll() {
	for _, run := range r.catalog.Runs() {
		r.Enqueue(run)
	}
}

// clean marks a run as no longer dirty, unless there is something new to copy.
func (r *Replica) clean(run string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.missing(run)) == 0 {
		delete(r.dirty, run)
	}
}

func (r *Replica) dirtyRuns() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.dirty))
}

// copies returns the recorded files of a run in the backup, and whether the run is reconciled with
// the backup.
func (r *Replica) copies(run string) (c catalog.Copies, reconciled bool) {
	return r.catalog.Copies(run, r.backup.String())
}

// missing lists the files of a run without a verified copy in the backup.
func (r *Replica) missing(run string) []catalog.File {
	has, _ := r.copies(run)
	return has.Missing(r.catalog.Files(run))
}

// remember changes the record of a run's copies.
func (r *Replica) remember(run string, change func(catalog.Copies)) {
	r.logRecord(r.catalog.UpdateCopies(run, r.backup.String(), change))
}

func (r *Replica) update(run string, change func(*catalog.Record)) {
	r.logRecord(r.catalog.Update(run, change))
}

func (r *Replica) logRecord(err error) {
	if err != nil {
		event.LogRecordFailed(r.log, &r.limiter, err)
	}
}

// enqueueSyncs requests a Sync of each run.
func (r *Replica) enqueueSyncs(runs []string) {
	for _, run := range runs {
		r.enqueueSync(run)
	}
}

// lateSince returns the dirty runs and since when the copy of each is late.
func (r *Replica) lateSince() map[string]time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.dirty)
}
