package replica

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
)

// parallel is a backup that gains from several Puts at a time. AtATime returns how many.
type parallel interface{ AtATime() int }

// mostWaiting is how many bytes a file may have that is put while the next copy begins.
const mostWaiting = 1 << 20

// atATime returns how many files are put at a time. Their copies are prepared one after the other.
func atATime(b backup.Backup) int {
	if p, ok := b.(parallel); ok {
		return p.AtATime()
	}
	return 1
}

// served is the result of the copies that copyEach has made so far.
type served struct {
	mu     sync.Mutex
	worked bool   // a copy has
	failed string // the run that failed last, unless a copy has worked since
	err    error  // of the backup itself
}

// serve copies dirty runs when they are due, until ctx is done or it is time to list the backup
// again. Worked and err are those of copyEach.
func (r *Replica) serve(ctx, copying context.Context, until time.Time) (worked bool, err error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return r.copyEach(copying, func() (run string, ok bool) { return r.queue.Next(ctx) })
}

// drain tries each dirty run once more, unless a pass has tried it often enough.
func (r *Replica) drain(copying context.Context) {
	if r.pass != nil {
		return
	}
	dirty, stop := iter.Pull(slices.Values(r.dirtyRuns()))
	defer stop()
	_, _ = r.copyEach(copying, func() (run string, ok bool) { // what is still dirty is logged at the end
		if copying.Err() != nil {
			return "", false
		}
		return dirty()
	})
}

// copyEach copies each run that next returns, several at a time. If two runs fail in succession,
// the backup itself fails: copyEach returns the second error. It reports whether any copy worked.
func (r *Replica) copyEach(copying context.Context, next func() (run string, ok bool)) (worked bool, err error) {
	var s served
	var copies errgroup.Group
	copies.SetLimit(2 * cap(r.puts)) // one puts a file while another waits for its turn
	for s.result() == nil {
		run, ok := next()
		if !ok {
			break
		}
		room := make(chan struct{})
		makeRoom := sync.OnceFunc(func() { close(room) })
		copies.Go(func() error {
			defer makeRoom()
			s.note(run, r.mirror(copying, run, makeRoom), r.pass)
			return nil
		})
		<-room
	}
	_ = copies.Wait() // the copies return no error
	return s.worked, s.err
}

// result returns the error that ends copyEach.
func (s *served) result() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// note records the result of the copy of a run.
func (s *served) note(run string, err error, p *Pass) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.worked, s.failed = true, ""
	case errors.Is(err, catalog.ErrRefused), errors.Is(err, errPostponed):
	case s.failed != "" && s.failed != run, p.isFinal(err):
		s.err = err
	default:
		s.failed = run
	}
}
