package main

import (
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// outbox is a core that nobody waits for: a log that takes nothing, a pipe that
// is not read, say, or a journal that hangs, is no reason not to save a run.
// Entries wait for it, as many as outboxMost beside those that are just being
// written; the others are dropped and counted, as are those that it refuses: a full disk.
type outbox struct {
	zapcore.Core
	waiting *entries
}

// outboxMost is how many entries may wait: what a first sync of thousands of runs
// logs while the journal is busy, in a few megabytes.
const outboxMost = 8192

// outboxPatience is how long Sync, with which the service ends, waits.
const outboxPatience = 2 * time.Second

// entries are those that wait for the log, in order. One goroutine writes them
// while there are any.
type entries struct {
	mu      sync.Mutex
	list    []func() error
	dropped int
	say     func(dropped int) error
	idle    chan struct{} // closed when none waits and none is being written; nil before the first
}

// newOutbox returns a core that writes to another, sooner or later.
func newOutbox(to zapcore.Core) zapcore.Core {
	say := func(dropped int) error {
		if !to.Enabled(zapcore.WarnLevel) {
			return nil
		}
		line := zapcore.Entry{Level: zapcore.WarnLevel, Time: time.Now(), Message: "log lines dropped"}
		return to.Write(line, []zapcore.Field{zap.String("event", eventDropped), zap.Int("dropped", dropped)})
	}
	return &outbox{to, &entries{say: say}}
}

func (o *outbox) With(fields []zapcore.Field) zapcore.Core {
	return &outbox{o.Core.With(fields), o.waiting}
}

func (o *outbox) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if o.Enabled(e.Level) {
		return checked.AddCore(e, o)
	}
	return checked
}

func (o *outbox) Write(e zapcore.Entry, fields []zapcore.Field) error {
	o.waiting.add(func() error { return o.Core.Write(e, fields) })
	return nil
}

// Sync waits until the log has everything, or for a bounded time.
func (o *outbox) Sync() error {
	idle := o.waiting.drained()
	if idle == nil {
		return nil
	}
	timer := time.NewTimer(outboxPatience)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
	return nil
}

func (w *entries) add(write func() error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) >= outboxMost {
		w.dropped++
		return
	}
	w.list = append(w.list, write)
	if !w.writing() {
		w.idle = make(chan struct{})
		go w.write(w.idle)
	}
}

// writing reports whether a goroutine writes. The caller has the mutex.
func (w *entries) writing() bool {
	if w.idle == nil {
		return false
	}
	select {
	case <-w.idle:
		return false
	default:
		return true
	}
}

// write writes what waits, and says then how many were dropped. Where that cannot be said
// either, it is said after what is logged next.
func (w *entries) write(idle chan<- struct{}) {
	unsaid := 0
	for {
		w.mu.Lock()
		list, dropped := w.list, w.dropped
		w.list, w.dropped = nil, 0
		if len(list) == 0 && dropped == 0 {
			w.dropped = unsaid
			close(idle)
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		dropped += unsaid
		for _, one := range list {
			if one() != nil {
				dropped++
			}
		}
		if unsaid = 0; dropped > 0 && w.say(dropped) != nil {
			unsaid = dropped
		}
	}
}

func (w *entries) drained() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.idle
}
