package replica

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, c := range map[string]struct {
		interval time.Duration
		lifted   bool
		copied   time.Time
		want     time.Duration // 0 for at once
	}{
		"no interval":          {0, false, ago(0), 0},
		"never copied":         {time.Minute, false, time.Time{}, 0},
		"copied now":           {time.Minute, false, ago(0), time.Minute},
		"copied a moment ago":  {time.Minute, false, ago(59 * time.Second), time.Second},
		"end of the interval":  {time.Minute, false, ago(time.Minute), 0},
		"long ago":             {time.Minute, false, ago(290 * 365 * 24 * time.Hour), 0},
		"clock was set back":   {time.Minute, false, ago(-time.Second), 0},
		"pass or stop":         {time.Minute, true, ago(0), 0},
		"a clock of far times": {24 * time.Hour, false, time.Unix(0, -1<<63), 0},
	} {
		p := pace{interval: c.interval}
		p.lifted.Store(c.lifted)
		due := p.due(c.copied, now)
		if due.IsZero() != (c.want == 0) || c.want > 0 && due.Sub(now) != c.want {
			t.Errorf("%s: due at %v, want in %v", name, due, c.want)
		}
	}
}
