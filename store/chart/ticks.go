package chart

import (
	"math"
	"strconv"
	"strings"
)

// tick is a place on an axis, in units; a minor one has no label.
type tick struct {
	at    float64
	label string
}

// ticks returns ticks in ascending order, at most atMost of them with labels.
func (s scale) ticks(atMost int) []tick {
	if s.empty {
		return nil
	}
	if s.log {
		if ticks := s.logTicks(max(atMost, 2)); ticks != nil {
			return ticks
		}
	}
	return s.linearTicks(max(atMost, 2))
}

func (s scale) linearTicks(atMost int) []tick {
	step := niceStep(2 * (s.to/2 - s.from/2) / float64(atMost))
	const steps = 16 // a few are enough on any scale
	for i := 0; i < steps && s.multiples(step) > float64(atMost); i++ {
		step = niceStep(step * 1.5)
	}
	for range 2 { // one number alone does not show the scale
		if s.multiples(step) < 2 {
			step = niceStep(step / 2.6)
		}
	}
	first, n := math.Ceil(s.from/step-rounding), s.multiples(step)
	if math.IsInf(step, 0) || step == 0 || !(n <= float64(2*atMost)) {
		return []tick{{0, number(s.from, 0)}, {1, number(s.to, 0)}}
	}
	var ticks []tick
	for i := range int(n) {
		v := (first + float64(i)) * step
		ticks = append(ticks, tick{s.at(v), number(v, step)})
	}
	return ticks
}

// rounding is how far, in steps, a number may lie outside the scale and still count as its end.
const rounding = 1e-9

// multiples returns the number of multiples of step on the scale.
func (s scale) multiples(step float64) float64 {
	return math.Floor(s.to/step+rounding) - math.Ceil(s.from/step-rounding) + 1
}

// niceStep returns the smallest of 1, 2 or 5 times a power of ten that is at least raw.
func niceStep(raw float64) float64 {
	if raw <= 0 || math.IsInf(raw, 0) {
		return raw
	}
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// logTicks returns nil if there are too few round numbers on the scale.
func (s scale) logTicks(atMost int) []tick {
	low, high := powerOf(s.from), powerOf(s.to)
	first, last := int(math.Ceil(low-1e-9)), int(math.Floor(high+1e-9))
	if decades := last - first + 1; decades > atMost {
		every := (decades + atMost - 1) / atMost
		return s.decades(first, last, every, []int{1})
	}
	for _, digits := range [][]int{{1, 2, 5}, {1, 3}, {1}} {
		ticks := s.decades(int(math.Floor(low)), last, 1, digits)
		if n := labelled(ticks); n >= 2 && n <= atMost {
			return ticks
		}
	}
	return nil
}

// powerOf returns the decimal logarithm of a number, clamped to the range of float64.
func powerOf(v float64) float64 {
	const least, most = -324, 309
	return min(max(math.Log10(v), least), most)
}

// decades returns ticks at powers of ten. Every so many powers, the ticks at the given digits have
// labels.
func (s scale) decades(first, last, every int, digits []int) []tick {
	var ticks []tick
	for e := first; e <= last; e++ {
		power := math.Pow(10, float64(e))
		for digit := 1; digit <= 9; digit++ {
			t := tick{at: s.at(float64(digit) * power)}
			if t.at < -1e-9 || t.at > 1+1e-9 || power == 0 {
				continue
			}
			for _, d := range digits {
				if d == digit && e%every == 0 {
					t.label = number(float64(digit)*power, power)
				}
			}
			if t.label != "" || every == 1 {
				ticks = append(ticks, t)
			}
		}
	}
	return ticks
}

func labelled(ticks []tick) int {
	n := 0
	for _, t := range ticks {
		if t.label != "" {
			n++
		}
	}
	return n
}

// number writes a multiple of step for people: 0.05, 1500, 20k, 1.5M, 2e-7.
// With a step of 0 it is rounded to three digits.
func number(v, step float64) string {
	size := math.Abs(v)
	switch {
	case size < step/1e6 || v == 0:
		return "0"
	case step == 0, size >= 1e15, size < 1e-3:
		digits := 3
		if step > 0 {
			digits = max(1, int(math.Floor(math.Log10(size)+1e-9)-math.Floor(math.Log10(step)+1e-9))+1)
		}
		return shortExponent(strconv.FormatFloat(v, 'g', min(digits, 15), 64))
	}
	for _, unit := range []struct {
		suffix string
		size   float64
	}{{"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e4}} {
		if size < unit.size {
			continue
		}
		if unit.suffix == "k" {
			unit.size = 1e3
		}
		if decimals := decimalsOf(step / unit.size); decimals <= 2 {
			digits := strconv.FormatFloat(v/unit.size, 'f', decimals, 64)
			if decimals > 0 {
				digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
			}
			return digits + unit.suffix
		}
	}
	return strconv.FormatFloat(v, 'f', decimalsOf(step), 64)
}

// decimalsOf returns how many decimals a step needs.
func decimalsOf(step float64) int {
	return min(max(0, int(math.Ceil(-math.Log10(step)-1e-9))), 15)
}

// shortExponent turns 1e-05 into 1e-5.
func shortExponent(number string) string {
	mantissa, exponent, ok := strings.Cut(number, "e")
	if !ok {
		return number
	}
	sign := strings.TrimLeft(exponent[:1], "+")
	return mantissa + "e" + sign + strings.TrimLeft(exponent[1:], "0")
}
