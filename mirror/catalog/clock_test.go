package catalog

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestClockThatJumpsExpiresNothing lets a generation end while the wall clock is wrong or right.
// Then the clock jumps, and retention removes old generations.
func TestClockThatJumpsExpiresNothing(t *testing.T) {
	t.Parallel()
	const years = 10 * 365 * 24 * time.Hour
	for name, jumps := range map[string]struct{ ends, expires time.Duration }{
		"forward":           {0, years},
		"back":              {0, -years},
		"back, and forward": {-years, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				c := s.open()
				started := time.Now()
				jump := jumps.ends
				c.clock.wall = func() time.Time { return time.Now().Add(jump) }
				s.commit(c, "run", training(0, 10, 0))
				s.commit(c, "run", training(0, 10, 1))
				time.Sleep(2 * time.Hour)
				s.Check(c.Close())
				c = s.open() // as a reload does
				c.clock.wall = func() time.Time { return time.Now().Add(jump) }
				c.Began(started)
				keep := Retention{For: 72 * time.Hour}
				jump = jumps.expires
				if expired, err := c.Expired("run", keep, c.Now()); err != nil || len(expired) > 0 {
					t.Errorf("%v expired, error %v", expired, err)
				}
				time.Sleep(72 * time.Hour)
				jump = 0
				if expired, err := c.Expired("run", keep, c.Now()); err != nil || len(expired) != 1 {
					t.Errorf("%v expired, error %v", expired, err)
				}
			})
		})
	}
}
