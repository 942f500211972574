package journal

import (
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// EventDropped is the event of the line that says how many lines are missing before it, in the
// field "dropped".
const EventDropped = "log.dropped"

// SyncPatience is the longest time that Sync of a BufferedCore waits.
const SyncPatience = 2 * time.Second

// mostWaiting is how many entries may wait. It suffices for a first sync of thousands of runs while
// the journal is busy, in a few megabytes.
const mostWaiting = 8192

// BufferedCore is a core that does not block its callers. If the log takes no lines, because nobody
// reads the pipe or the journal hangs, the service still saves runs. Up to 8192 entries wait for
// the log, besides those being written. BufferedCore drops further entries. It counts them, and the
// entries that the log refuses because a disk is full. When the log takes lines again, a line of
// EventDropped says how many are lost.
type BufferedCore struct {
	zapcore.Core
	entries *entries
}

var _ zapcore.Core = (*BufferedCore)(nil)

// NewBufferedCore returns a core that writes to another core, sooner or later.
func NewBufferedCore(to zapcore.Core) *BufferedCore {
	tell := func(lost int) error {
		if !to.Enabled(zapcore.WarnLevel) {
			return nil
		}
		line := zapcore.Entry{Level: zapcore.WarnLevel, Time: time.Now(), Message: "log lines dropped"}
		return to.Write(line, []zapcore.Field{zap.String("event", EventDropped), zap.Int("dropped", lost)})
	}
	return &BufferedCore{to, &entries{tell: tell}}
}

// With returns a core with more fields. Both share the waiting entries.
func (b *BufferedCore) With(fields []zapcore.Field) zapcore.Core {
	return &BufferedCore{b.Core.With(fields), b.entries}
}

// Check adds the core to the cores that write an entry, if the level of the entry is enabled.
func (b *BufferedCore) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if b.Enabled(e.Level) {
		return checked.AddCore(e, b)
	}
	return checked
}

// Write queues an entry for the log. It returns at once, without an error.
func (b *BufferedCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	b.entries.add(func() error { return b.Core.Write(e, fields) })
	return nil
}

// Sync waits until the log has every entry, but at most SyncPatience. The error says how many lines
// the log lacks.
func (b *BufferedCore) Sync() error {
	if idle := b.entries.drained(); idle != nil {
		timer := time.NewTimer(SyncPatience)
		defer timer.Stop()
		select {
		case <-idle:
		case <-timer.C:
		}
	}
	if lacks := b.entries.unwritten(); lacks > 0 {
		lines := "lines"
		if lacks == 1 {
			lines = "line"
		}
		return fmt.Errorf("the log lacks %d %s, because it takes nothing or is full", lacks, lines)
	}
	return nil
}

// Lost returns how many lines were dropped or refused without a line in the log that says so.
func (b *BufferedCore) Lost() int {
	b.entries.mu.Lock()
	defer b.entries.mu.Unlock()
	return b.entries.lost
}

// entries wait for the log, in order. One goroutine writes them while there are any.
type entries struct {
	mu      sync.Mutex
	list    []func() error
	writing int // entries taken from list but not yet written
	lost    int
	tell    func(lost int) error
	idle    chan struct{} // closed once nothing is left to write; nil before the first entry
}

func (w *entries) add(write func() error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) >= mostWaiting {
		w.lost++
		return
	}
	w.list = append(w.list, write)
	if !w.isWriting() {
		w.idle = make(chan struct{})
		go w.write(w.idle)
	}
}

// isWriting reports whether a goroutine is writing. The caller must hold the mutex.
func (w *entries) isWriting() bool {
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

// write writes the waiting entries, and then a line with the number of lost lines. If the log
// refuses that line too, it follows the next entry.
func (w *entries) write(idle chan<- struct{}) {
	for {
		w.mu.Lock()
		list, lost := w.list, w.lost // the lost entries came after the list
		w.list, w.writing = nil, len(list)
		if len(list) == 0 {
			close(idle)
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		for _, one := range list {
			lost += w.wrote(one())
		}
		if lost > 0 && w.tell(lost) == nil {
			w.told(lost)
		}
	}
}

// wrote records that an entry was written, and returns how many lines were lost by that.
func (w *entries) wrote(err error) (lost int) {
	if err != nil {
		lost = 1
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writing--
	w.lost += lost
	return lost
}

// told records that the log reports so many lines as lost.
func (w *entries) told(lost int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost -= lost
}

func (w *entries) drained() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.idle
}

// unwritten returns how many lines the log lacks.
func (w *entries) unwritten() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.list) + w.writing + w.lost
}
