package event

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterLetsOneLineAMinuteThrough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		for i := range 130 {
			held, ok := l.Allow("event", "run")
			if ok != (i%60 == 0) || i == 60 && held != 59 {
				t.Errorf("second %d: %v, %d held back", i, ok, held)
			}
			time.Sleep(time.Second)
		}
		if _, ok := l.Allow("event", "other"); !ok {
			t.Error("a different key is held back")
		}
	})
}
