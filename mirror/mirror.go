package mirror

import (
	"cmp"
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/replica"
	"statsmirror/mirror/schedule"
	"statsmirror/store"
)

// Options of a Mirror. The zero value works.
type Options struct {
	Workers      int                      // how many runs are read, merged and encoded at a time; default: the number of processors
	Grace        time.Duration            // how long a run's files may be missing before it is logged; default 1 min
	DamagedAfter time.Duration            // how long a stats file that ends in the middle must have been unchanged to count as damaged; default store.DefaultDamagedAfter
	Rescan       time.Duration            // how often the backups are compared with the catalog; default 10 min
	Patience     time.Duration            // how long, at the start, runs unknown to the catalog wait for a backup that may know them; default 10 s
	Timeout      time.Duration            // how long a Sync may take before it is logged, and a copy of one run to a backup before it fails; default 5 min
	Drain        time.Duration            // how long stopping may take for pending copies; default DefaultDrain
	Heartbeat    time.Duration            // time between log lines that the service is alive; default 5 min
	Intervals    map[string]time.Duration // by the location of a backup: in which it gets the snapshot of a run at most once; default no bound
	Keep         catalog.Retention        // which ended generations to keep; default all
	Started      time.Time                // when the process began; default: when the catalog was opened. Retention counts from it: see clock
	Flags        []string                 // flags for the commands in hints; default none
	Log          *zap.Logger              // default none

	RootMissing func() time.Duration // for how long there has been no stats tree to watch; default: always 0
}

// DefaultDrain is how long stopping may take for pending copies.
const DefaultDrain = 5 * time.Second

func (o Options) withDefaults() Options {
	o.Workers = cmp.Or(max(o.Workers, 0), runtime.GOMAXPROCS(0))
	o.Grace = cmp.Or(max(o.Grace, 0), time.Minute)
	o.DamagedAfter = cmp.Or(max(o.DamagedAfter, 0), store.DefaultDamagedAfter)
	o.Rescan = cmp.Or(max(o.Rescan, 0), 10*time.Minute)
	o.Patience = cmp.Or(max(o.Patience, 0), 10*time.Second)
	o.Timeout = cmp.Or(max(o.Timeout, 0), 5*time.Minute)
	o.Drain = cmp.Or(max(o.Drain, 0), DefaultDrain)
	o.Heartbeat = cmp.Or(max(o.Heartbeat, 0), 5*time.Minute)
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.RootMissing == nil {
		o.RootMissing = func() time.Duration { return 0 }
	}
	return o
}

// replica returns the options of the replica of a backup.
func (o Options) replica(location string) replica.Options {
	return replica.Options{
		Rescan: o.Rescan, Patience: o.Patience, Timeout: o.Timeout, Interval: o.Intervals[location], Keep: o.Keep, Log: o.Log,
	}
}

// Mirror keeps the catalog up to date with a stats tree, and backups with the
// catalog.
type Mirror struct {
	tree     statsTree
	quiet    time.Duration // of the tree
	catalog  *catalog.Catalog
	replicas []*replica.Replica
	options  Options
	log      *zap.Logger

	queue    *schedule.Queue
	hinted   chan struct{} // receives when any run may have changed
	scanning chan struct{} // held by a scan
	scanned  atomic.Bool   // a scan has enqueued its runs
	listing  chan struct{} // held by a listing of the tree
	retries  schedule.Retries
	pass     *pass // nil in a service
	limiter  event.Limiter
	sources  sourceStates
	links    sync.Map // the last log line about each link that is not followed, by its path
	merges   atomic.Int64
	bytes    atomic.Int64
}

// statsTree is the part of a stats tree that a Mirror uses. A call may hang if the tree is on a
// mount.
type statsTree interface {
	Runs() ([]string, error)
	Each(ctx context.Context, do func(store.Kind, []store.Entry)) error
	ReadTraining(ctx context.Context, run string, unless func([]store.Source) bool) (store.File[store.TrainingStats], error)
	ReadValidation(ctx context.Context, run string, unless func([]store.Source) bool) (store.File[store.ValidationScores], error)
}

var _ statsTree = store.Tree{}

// New returns a Mirror. It starts nothing.
func New(tree store.Tree, c *catalog.Catalog, backups []backup.Backup, o Options) *Mirror {
	m := &Mirror{
		tree: tree, quiet: cmp.Or(tree.Quiet, store.DefaultQuiet), catalog: c, options: o.withDefaults(), queue: schedule.NewQueue(),
		hinted: make(chan struct{}, 1), scanning: make(chan struct{}, 1), listing: make(chan struct{}, 1),
	}
	m.log = m.options.Log
	c.OnAside(m.logAside)
	if !o.Started.IsZero() {
		c.Began(o.Started)
	}
	for _, b := range backups {
		m.replicas = append(m.replicas, replica.New(b, c, m.Enqueue, m.options.replica(b.String())))
	}
	return m
}

// Enqueue is a hint that a run may have changed. It never blocks. Hints for one run are merged; a
// hint during its Sync causes another Sync.
func (m *Mirror) Enqueue(run string) { m.queue.Add(run, time.Now()) }

// Run syncs enqueued runs, and the runs that a scan at the start finds changed, and copies them to
// the backups, until ctx is done. Then it finishes the runs being synced, tries pending copies for
// a bounded time, logs the remaining ones, and returns. It abandons a backup that does not answer by
// then. Run may be called once.
func (m *Mirror) Run(ctx context.Context) error {
	l := m.begin(ctx, nil)
	l.background.Go(func() error { m.beat(ctx); return nil })
	l.background.Go(func() error { m.retain(ctx); return nil })
	m.EnqueueAll()
	l.background.Go(func() error { m.scanHinted(ctx); return nil })
	m.syncQueued(ctx)
	err := l.end()
	for _, r := range m.replicas {
		r.LogPending()
	}
	return err
}

// line is the running part of a mirror: it takes the runs from their queue to the backups.
type line struct {
	m           *Mirror
	stopServing context.CancelFunc
	stopCopying context.CancelFunc
	background  errgroup.Group
}

// begin starts the replicas. A pass gives up failing runs and backups; nil stands for a service.
func (m *Mirror) begin(ctx context.Context, p *pass) *line {
	lasting := context.WithoutCancel(ctx)
	l := &line{m: m}
	serving, stopServing := context.WithCancel(lasting)
	copying, stopCopying := context.WithCancel(lasting)
	l.stopServing, l.stopCopying = stopServing, stopCopying
	m.pass = p
	m.queue.Begin(p.runs())
	m.replaceDamaged()
	for _, r := range m.replicas {
		r.Begin(p.of(r))
		l.background.Go(func() error { r.Run(serving, copying); return nil })
	}
	return l
}

// end lets the replicas finish, for a bounded time.
func (l *line) end() error {
	defer l.stopCopying()
	l.stopServing()
	drained := time.AfterFunc(l.m.options.Drain, l.stopCopying)
	defer drained.Stop()
	return l.background.Wait()
}

// allRuns returns the runs of the catalog, and those of the tree that can be listed.
func (m *Mirror) allRuns() ([]string, error) {
	runs, err := m.tree.Runs()
	return union(runs, m.catalog.Runs()), err
}

// syncQueued syncs enqueued runs, several at a time, until ctx is done and all begun syncs have
// ended. A sync that only waits for the disk, or that hangs, makes room for another.
func (m *Mirror) syncQueued(ctx context.Context) {
	slots := make(chan struct{}, m.options.Workers)
	var syncs errgroup.Group
	syncs.SetLimit(m.options.Workers + mostDurable + mostHung)
	for {
		run, ok := m.queue.Next(ctx)
		if !ok {
			break
		}
		slots <- struct{}{}
		syncs.Go(func() error {
			makeRoom := sync.OnceFunc(func() { <-slots })
			hung := time.AfterFunc(hangs, makeRoom)
			m.handle(run, m.sync(ctx, run, makeRoom))
			hung.Stop()
			makeRoom()
			m.queue.Done(run)
			return nil
		})
	}
	_ = syncs.Wait() // the syncs return no error
}

const (
	hangs       = 10 * time.Second // after which a Sync counts as hanging
	mostHung    = 16               // how many of these delay no other
	mostDurable = 32               // how many runs become durable at a time, so that the file system groups their fsyncs
	mostWaiting = 1 << 20          // bytes of the files of a run that may make room while its rows are in memory
)
