package format

import (
	"math"
	"strings"

	"statsmirror/store"
)

const blocks = "▁▂▃▄▅▆▇█"

// NotFinite is the character of a sparkline where any loss is NaN or infinite.
const NotFinite = "×"

// Sparkline draws losses over the iterations in a number of characters. Each stands for the mean of
// its share: a block, a cross if any loss is NaN or infinite, or a space if the share is empty.
// The scale is logarithmic if that shows more.
func Sparkline(s store.TrainingStats, columns int) (line string, logarithmic bool) {
	shares := lossShares(s, min(columns, s.Len()))
	low, high := math.Inf(1), math.Inf(-1)
	for _, share := range shares {
		if share.drawn() {
			low, high = min(low, share.mean), max(high, share.mean)
		}
	}
	scale := func(v float64) float64 { return v/2 - low/2 } // the difference of halves of finite numbers is finite
	if logarithmic = low > 0 && high/low >= 10; logarithmic {
		scale = func(v float64) float64 { return math.Log(v) - math.Log(low) }
	}
	bars, top := []rune(blocks), scale(high)
	var b strings.Builder
	for _, share := range shares {
		switch {
		case share.notFinite:
			b.WriteString(NotFinite)
		case share.n == 0:
			b.WriteByte(' ')
		case top > 0:
			b.WriteRune(bars[min(len(bars)-1, int(scale(share.mean)/top*float64(len(bars))))])
		default:
			b.WriteRune(bars[0])
		}
	}
	return b.String(), logarithmic
}

// lossShare is the losses behind one character of a sparkline.
type lossShare struct {
	n         int
	mean      float64
	notFinite bool // any of the losses
}

func (s lossShare) drawn() bool { return s.n > 0 && !s.notFinite }

func (s *lossShare) add(v float64) {
	s.n++
	s.mean += v/float64(s.n) - s.mean/float64(s.n)
	s.notFinite = s.notFinite || math.IsNaN(s.mean) || math.IsInf(s.mean, 0)
}

// lossShares divides the iterations, from the first to the last, into n equal parts.
func lossShares(s store.TrainingStats, n int) []lossShare {
	shares := make([]lossShare, n)
	if n == 0 {
		return nil
	}
	from := float64(s.Iteration.At(0))
	span := float64(s.Iteration.At(s.Len()-1)) - from + 1
	for i, iteration := range s.Iteration.All() {
		if !s.Loss.IsNull(i) {
			at := int((float64(iteration) - from) / span * float64(n))
			shares[min(at, n-1)].add(s.Loss.At(i))
		}
	}
	return shares
}
