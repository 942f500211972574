package journal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// blocking is a core that takes nothing until it is opened.
type blocking struct {
	zapcore.Core
	open chan struct{}
}

func (b *blocking) With(fields []zapcore.Field) zapcore.Core {
	return &blocking{b.Core.With(fields), b.open}
}

func (b *blocking) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return checked.AddCore(e, b)
}

func (b *blocking) Write(e zapcore.Entry, fields []zapcore.Field) error {
	<-b.open
	return b.Core.Write(e, fields)
}

func TestNobodyWaitsForTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const first, many = 1, 3 * mostWaiting
		observed, lines := observer.New(zap.InfoLevel)
		sink := &blocking{observed, make(chan struct{})}
		core := NewBufferedCore(sink)
		log := zap.New(core)
		began := time.Now()
		log.Info("0")
		synctest.Wait() // until the first line is being written
		log.Debug("not logged")
		with := log.With(zap.String("backup", "/mnt"))
		for i := range many {
			with.Info(strconv.Itoa(first + i))
		}
		if waited := time.Since(began); waited > 0 {
			t.Errorf("waited %v for the log", waited)
		}
		if lost := core.Lost(); lost != many-mostWaiting {
			t.Errorf("%d lines are lost", lost)
		}
		if err := log.Sync(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("lacks %d lines", first+many)) {
			t.Errorf("at the end: %v", err)
		}
		if waited := time.Since(began); waited != SyncPatience {
			t.Errorf("the end was delayed by %v", waited)
		}

		close(sink.open)
		if err := log.Sync(); err != nil || core.Lost() != 0 {
			t.Errorf("in the end: %v, %d lost", err, core.Lost())
		}
		all := lines.All()
		if len(all) != first+mostWaiting+1 {
			t.Fatalf("%d lines", len(all))
		}
		for i, line := range all[:first+mostWaiting] {
			if line.Message != strconv.Itoa(i) {
				t.Fatalf("line %d is %q", i, line.Message)
			}
		}
		if got := all[1].ContextMap()["backup"]; got != "/mnt" {
			t.Errorf("the field is %v", got)
		}
		said := all[len(all)-1].ContextMap()
		if said["event"] != EventDropped || said["dropped"] != int64(many-mostWaiting) {
			t.Errorf("the last line says %v", said)
		}
		log.Info("later") // by a new goroutine, because the first has ended
		_ = log.Sync()
		if n := lines.Len(); n != len(all)+1 {
			t.Errorf("%d lines", n)
		}
	})
}

// refusing is a core that takes nothing while it is full.
type refusing struct {
	zapcore.Core
	full bool
}

func (r *refusing) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return checked.AddCore(e, r)
}

func (r *refusing) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if r.full {
		return errors.New("no space left on device")
	}
	return r.Core.Write(e, fields)
}

func TestLinesThatTheLogRefusesAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, lines := observer.New(zap.InfoLevel)
		sink := &refusing{core, true}
		log := zap.New(NewBufferedCore(sink))
		for range 3 {
			log.Info("lost")
			_ = log.Sync()
		}
		sink.full = false
		log.Info("taken")
		_ = log.Sync()
		if all := lines.All(); len(all) != 2 || all[0].Message != "taken" || all[1].ContextMap()["dropped"] != int64(3) {
			t.Errorf("logged: %v", all)
		}
	})
}
