package mirror

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"slices"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/merge"
	"statsmirror/mirror/replica"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Sync reads the sources of a run and brings its snapshot up to date:
//
//	read -> validate -> normalise -> merge -> commit -> every backup's queue
//
// If it returns nil, the catalog durably has everything in the sources. The error lists the
// failures; a failure of one kind of statistics does not block the other. It may hold a
// *store.UnsettledError, *UnfinishedErrors and *InvalidErrors.
func (m *Mirror) Sync(ctx context.Context, run string) error { return m.sync(ctx, run, func() {}) }

// sync is Sync. It calls makeRoom when the run needs no processor any more and only waits for the
// disk.
func (m *Mirror) sync(ctx context.Context, run string, makeRoom func()) error {
	known := m.catalog.State(run)
	if m.awaitsAdoption(run, known) {
		return errAwaitsAdoption
	}
	read, readErr := m.read(ctx, run, known)
	defer read.Release()
	tx := m.catalog.Begin(run) // not earlier: a read that hangs must not block a backup's reconciliation
	defer tx.Close()
	if tx.Damaged {
		if err := m.replace(tx); err != nil {
			return err
		}
	}
	if err := m.notePresence(tx, read.present); err != nil {
		return errors.Join(readErr, err)
	}
	if read.Empty() && tx.Uncertain == nil {
		return readErr
	}
	err := m.merge(tx, read, makeRoom)
	if archive.IsDamaged(err) {
		err = cmp.Or(m.replace(tx), err) // err if it is whole after all
	}
	return errors.Join(readErr, err)
}

// enqueueCopies puts a run into the queue of every backup that lacks its snapshot.
func (m *Mirror) enqueueCopies(run string) {
	for _, r := range m.replicas {
		r.Enqueue(run)
	}
}

// awaitsAdoption reports whether the catalog lacks a run that a backup may have.
func (m *Mirror) awaitsAdoption(run string, known catalog.State) bool {
	if known.Current != nil || known.Damaged {
		return false
	}
	return slices.ContainsFunc(m.replicas, func(r *replica.Replica) bool { return r.MayHold(run) })
}

// merge merges the rows that a Sync read into the current snapshot of a run. It commits the result
// and the record of the files read. If no row is new, the snapshot stays. It calls makeRoom once the
// snapshot of a small run is written and only has to become durable.
func (m *Mirror) merge(tx *catalog.Tx, read reading, makeRoom func()) error {
	began := time.Now()
	head, err := tx.Head()
	if err != nil {
		return err
	}
	defer head.Close()
	next, err := merge.Consolidate(head, read.Reading, tx.Uncertain != nil)
	if err != nil {
		return err
	}
	commit := catalog.Commit{Remember: read.remember}
	if next != nil && !empty(next.Rows) {
		if tx.Uncertain != nil {
			next.Change = next.Change.Since(tx.Uncertain.Before, next.Rows)
		} else { // no earlier attempt has logged it
			for _, g := range next.Gaps {
				g.Log(m.log, tx.Run, "the catalog", "the file")
			}
		}
		commit.Ends, commit.Write = next.Ends, func(w io.Writer) (snapshot.Meta, error) {
			next.Ends = nil // it is in the history by now: its rows must not wait for the disk in memory
			if sizeOf(next.Rows.Sources) <= mostWaiting {
				defer makeRoom()
			}
			return next.Write(w)
		}
	}
	m.logNotes(tx, read)
	committed, err := tx.Commit(commit)
	if committed != nil {
		m.logChange(next, committed, time.Since(began))
	}
	if committed != nil || err == nil {
		m.enqueueCopies(tx.Run)
	}
	return err
}

func sizeOf(sources []store.Source) int64 {
	var bytes int64
	for _, source := range sources {
		bytes += source.Size
	}
	return bytes
}

// logChange logs the change, if any, that led to the snapshot s of a run.
func (m *Mirror) logChange(u *merge.Update, s *snapshot.Meta, took time.Duration) {
	c := u.Change
	if c.Event == "" {
		return
	}
	bytes := sizeOf(u.Rows.Sources)
	m.merges.Add(1)
	m.bytes.Add(bytes)
	fields := []zap.Field{
		event.Is(c.Event), zap.String(event.FieldRun, s.Run), zap.Int64(event.FieldGeneration, s.Generation),
		zap.Int64(event.FieldTrainedUntil, s.TrainedUntil), zap.Int64(event.FieldValidatedUntil, s.ValidatedUntil),
		zap.Int64(event.FieldRows, u.Count()), zap.Int64(event.FieldBytes, bytes),
		zap.Int64(event.FieldDuration, took.Milliseconds()),
	}
	switch c.Event {
	case event.Stored:
		m.log.Info("run stored", fields...)
	case event.Extended:
		m.log.Info("run extended", fields...)
	case event.Overwritten:
		m.log.Info("run overwritten", append(fields, zap.Bool(event.FieldDiverged, c.Diverged))...)
	}
}

// handle handles the error of a Sync. It schedules the run again if that can help. It says once
// what people need to know: in the log, or at the end of a pass.
func (m *Mirror) handle(run string, err error) {
	m.sources.note(run, err)
	again, trouble := m.tryAgain(run, err)
	if m.pass != nil {
		m.pass.note(run, err, again)
		return
	}
	for _, err := range parts(err) {
		if invalid, ok := errors.AsType[*catalog.InvalidError](err); ok {
			m.logInvalid(run, invalid)
		} else if link := linkOf(err); link != nil {
			m.logLink(run, link) // read again when it changes, and at each scan
		}
	}
	if trouble != nil {
		m.logFailed(run, trouble)
	}
}

// tryAgain enqueues a run again: when its files may have settled, or after a failure, which it
// returns. In a pass it does so only a few times.
func (m *Mirror) tryAgain(run string, err error) (again bool, trouble error) {
	const never = time.Duration(math.MaxInt64)
	wait := never
	for _, err := range parts(err) {
		unsettled, settling := errors.AsType[*store.UnsettledError](err)
		unfinished, writing := errors.AsType[*UnfinishedError](err)
		_, invalid := errors.AsType[*catalog.InvalidError](err)
		switch {
		case settling:
			wait = min(wait, unsettled.After)
		case writing:
			wait = min(wait, m.pass.poll(unfinished.After, m.quiet))
		case invalid, linkOf(err) != nil, errors.Is(err, errAwaitsAdoption), errors.Is(err, context.Canceled):
		default:
			trouble = errors.Join(trouble, err)
		}
	}
	if trouble == nil {
		m.retries.Worked(run)
	} else {
		wait = min(wait, m.retries.Failed(run))
	}
	if wait == never {
		return false, nil
	}
	if m.pass.givesUp(run, trouble != nil) {
		m.retries.Worked(run) // which forgets its failures
		return false, trouble
	}
	m.queue.Add(run, time.Now().Add(wait))
	return true, trouble
}

// logFailed logs that a run could not be synced. An error that affects every run of the tree gets
// one line. The watcher logs links and permissions. They are logged here too if the run keeps
// failing, because the watcher may not have met them.
func (m *Mirror) logFailed(run string, err error) {
	const watched = 10 * time.Second
	var ofRun []error
	for _, err := range parts(err) {
		_, tree := errors.AsType[*store.TreeError](err)
		_, link := errors.AsType[*store.LinkError](err)
		switch {
		case !tree:
			ofRun = append(ofRun, err)
		case link:
		case !errors.Is(err, fs.ErrPermission) || time.Since(m.retries.Since(run)) > watched:
			m.alarm(event.Failed, "", "runs failed", err)
		}
	}
	if len(ofRun) > 0 {
		m.alarm(event.Failed, run, "run failed", errors.Join(ofRun...))
	}
}

// later enqueues a run for work that a service does after a while and a pass leaves out.
func (m *Mirror) later(run string, wait time.Duration) {
	if m.pass == nil {
		m.queue.Add(run, time.Now().Add(wait))
	}
}

func (m *Mirror) alarm(name, run, message string, err error) {
	if held, ok := m.limiter.Allow(name, run); ok {
		m.log.Error(message, event.Is(name), zap.String(event.FieldRun, run), event.HeldBack(held), zap.NamedError(event.FieldErr, err))
	}
}

func empty(s *snapshot.Snapshot) bool { return s.Training.Len() == 0 && s.Validation.Len() == 0 }
