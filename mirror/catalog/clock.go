package catalog

import "time"

// clock tells the time for retention. A jump of the wall clock must not expire anything: the clock
// never runs faster than real time, and a generation never ends earlier than it really does. A host
// that sleeps keeps generations for longer.
type clock struct {
	began time.Time
	wall  func() time.Time // default time.Now
}

// earliest returns the earlier of two times: that of the wall clock, and the start of the clock
// plus the time that has passed.
func (c clock) earliest() time.Time { return earlier(c.times()) }

// latest returns the later of the two times.
func (c clock) latest() time.Time { return later(c.times()) }

func (c clock) times() (wall, steady time.Time) {
	if c.wall == nil {
		c.wall = time.Now
	}
	passed := time.Since(c.began) // by the monotonic clock
	return c.wall().UTC().Round(0), c.began.UTC().Round(0).Add(passed)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
