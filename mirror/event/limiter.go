package event

import (
	"sync"
	"time"

	"go.uber.org/zap"
)

// Limiter lets one line per LimitInterval through, for each event of each run. The zero value is
// ready.
type Limiter struct {
	mu    sync.Mutex
	lines map[line]*limit
}

// LimitInterval is how long a [Limiter] holds the same line back.
const LimitInterval = time.Minute

type line struct{ event, run string }

type limit struct {
	logged time.Time
	held   int
}

// Allow reports whether an event of a run may be logged now, and how many were held back since the
// last one logged.
func (l *Limiter) Allow(event, run string) (held int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	last := l.lines[line{event, run}]
	switch {
	case last == nil:
		if l.lines == nil {
			l.lines = map[line]*limit{}
		}
		l.lines[line{event, run}] = &limit{logged: now}
		return 0, true
	case now.Sub(last.logged) < LimitInterval:
		last.held++
		return 0, false
	}
	held = last.held
	*last = limit{logged: now}
	return held, true
}

// HeldBack returns a field with the number of lines held back, or no field for 0.
func HeldBack(lines int) zap.Field {
	if lines == 0 {
		return zap.Skip()
	}
	return zap.Int(FieldHeldBack, lines)
}

// Len returns how many lines the Limiter remembers.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}
