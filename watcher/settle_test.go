package watcher

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	testQuiet   = 100 * time.Millisecond
	testCeiling = 2 * time.Second
)

// epoch is the start time of the tests of pure logic.
var epoch = time.Unix(1700000000, 0)

func at(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }

func TestSettlerWaitsForQuiet(t *testing.T) {
	s := newSettler(testQuiet, testCeiling)
	s.mark("a", at(0))
	s.mark("b", at(10))
	s.mark("a", at(50))
	for _, step := range []struct {
		ms   int
		want string // "" for none
	}{{109, ""}, {110, "b"}, {149, ""}, {150, "a"}, {10000, ""}} {
		if got, _ := s.pop(at(step.ms)); got != step.want {
			t.Errorf("after %d ms: popped %q, want %q", step.ms, got, step.want)
		}
	}
	if _, ok := s.next(); ok {
		t.Error("a deadline is left with nothing pending")
	}
}

func TestSettlerHasCeiling(t *testing.T) {
	s := newSettler(testQuiet, testCeiling)
	for ms := 0; ms < 2000; ms += 50 {
		s.mark("busy", at(ms))
		if _, ok := s.pop(at(ms)); ok {
			t.Fatalf("popped after %d ms", ms)
		}
	}
	if due, _ := s.next(); !due.Equal(at(2000)) {
		t.Errorf("due at %v, want the ceiling %v", due, at(2000))
	}
	if name, _ := s.pop(at(2000)); name != "busy" {
		t.Errorf("popped %q at the ceiling", name)
	}
}

func TestSettlerClear(t *testing.T) {
	s := newSettler(testQuiet, testCeiling)
	s.mark("a", at(0))
	s.clear()
	if _, ok := s.next(); ok || s.pending("a") {
		t.Error("a name is left")
	}
	s.mark("a", at(0))
	if !s.pending("a") {
		t.Error("a name is not held after clear")
	}
}

// The heap must agree with a plain list of marks.
func TestSettlerProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSettler(testQuiet, testCeiling)
		type span struct{ first, last int }
		model := make(map[string]span)
		now := 0
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now += rapid.IntRange(0, 150).Draw(t, "pause")
			for {
				name, ok := s.pop(at(now))
				if !ok {
					break
				}
				if m, held := model[name]; !held || now < min(m.last+100, m.first+2000) {
					t.Fatalf("popped %q at %d, marked %+v", name, now, m)
				}
				delete(model, name)
			}
			for name, m := range model {
				if now >= min(m.last+100, m.first+2000) {
					t.Fatalf("%q not popped at %d, marked %+v", name, now, m)
				}
			}
			name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name")
			m, held := model[name]
			if !held {
				m.first = now
			}
			m.last = now
			model[name] = m
			s.mark(name, at(now))
		}
	})
}
