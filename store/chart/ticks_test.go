package chart

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestTicks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		low, high float64
		log       bool
		atMost    int
		want      string
	}{
		{0, 1, false, 6, "0 0.2 0.4 0.6 0.8 1.0"},
		{0, 1_000_000, false, 6, "0 200k 400k 600k 800k 1M"},
		{0, 900, false, 5, "0 200 400 600 800"},
		{-3, 3, false, 3, "-2 0 2"},
		{1e-6, 5e-6, false, 6, "1e-6 2e-6 3e-6 4e-6 5e-6"},
		{999_990, 1_000_000, false, 3, "999990 999995 1000000"},
		{0.01, 100, true, 5, "0.01 0.1 1 10 100"},
		{1e-10, 1e10, true, 5, "1e-10 1e-5 1 100k 10G"},
		{0.1, 1, true, 6, "0.1 0.2 0.5 1"},
		{0.5, 0.6, true, 4, "0.50 0.55 0.60"},
	} {
		got := ""
		for _, tick := range newScale(span{c.low, c.high, true}, c.log, 0).ticks(c.atMost) {
			if tick.label != "" {
				got += " " + tick.label
			}
		}
		if got != " "+c.want {
			t.Errorf("from %v to %v: %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

// TestTicksOfAnything checks any range of numbers: the ticks exist, ascend, lie on the axis, hardly
// exceed the number asked for, and have different labels.
func TestTicksOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := span{}
		log := rapid.Bool().Draw(t, "log")
		for range rapid.IntRange(1, 2).Draw(t, "n") {
			v := rapid.Float64().Draw(t, "v")
			if log {
				v = max(math.Abs(v), math.SmallestNonzeroFloat64)
			}
			s.include(v)
		}
		scale := newScale(s, log, 0.04)
		atMost := rapid.IntRange(2, 12).Draw(t, "at most")
		ticks := scale.ticks(atMost)
		if labelled(ticks) < 1 || labelled(ticks) > 2*atMost {
			t.Fatalf("%d labels of at most %d, from %v to %v", labelled(ticks), atMost, scale.from, scale.to)
		}
		labels := map[string]bool{}
		for i, tick := range ticks {
			if !(tick.at > -1e-6 && tick.at < 1+1e-6) || i > 0 && tick.at <= ticks[i-1].at {
				t.Fatalf("tick %q is at %v", tick.label, tick.at)
			}
			if tick.label != "" && labels[tick.label] {
				t.Fatalf("two ticks are labelled %s, from %v to %v", tick.label, scale.from, scale.to)
			}
			labels[tick.label] = true
		}
		for _, v := range []float64{s.low, s.high} {
			if at := scale.within(v); !(at >= 0 && at <= 1) {
				t.Fatalf("%v is at %v", v, at)
			}
		}
	})
}

// TestScaleOfTheLargestNumbers covers ranges whose logarithms, differences and sums overflow.
func TestScaleOfTheLargestNumbers(t *testing.T) {
	t.Parallel()
	const most, tiniest = math.MaxFloat64, math.SmallestNonzeroFloat64
	for _, s := range []span{
		{1.69e308, 1.7e308, true},
		{most, most, true},
		{most / 2, most, true},
		{-most, most, true},
		{-most, -most, true},
		{tiniest, tiniest, true},
		{tiniest, most, true},
		{0, 0, true},
		{0, tiniest, true},
		{math.MinInt64, math.MaxInt64, true},
		{math.MaxInt64 - 1024, math.MaxInt64, true},
		{math.MaxInt64, math.MaxInt64, true},
	} {
		for _, log := range []bool{false, true} {
			if log && s.low <= 0 {
				continue
			}
			for _, margin := range []float64{0, 0.04} {
				scale := newScale(s, log, margin)
				if !(scale.from < scale.to) || !finite(scale.from) || !finite(scale.to) {
					t.Errorf("the scale of %v (logarithmic: %t) is from %v to %v", s, log, scale.from, scale.to)
				}
				for atMost := range 100 {
					if n := labelled(scale.ticks(atMost)); n < 1 || n > 2*max(atMost, 2) {
						t.Errorf("%v (logarithmic: %t) has %d labels of at most %d", s, log, n, atMost)
					}
				}
			}
		}
	}
}
