package report

import (
	"math"

	"statsmirror/store"
	"statsmirror/store/chart"
)

// lossPoints is the highest number of points of a run's loss.
const lossPoints = 300

// Loss is the loss of a run, smoothed.
type Loss struct {
	Window int     `json:"window"` // rows averaged in one point
	X      []int64 `json:"x"`      // iterations
	Y      Line    `json:"y"`
	Band   Line    `json:"band,omitempty"` // half the height: three standard deviations
	Marks  []Mark  `json:"marks,omitempty"`
}

// Mark stands for values that a line cannot show.
type Mark struct {
	Kind string `json:"kind"` // NaN, +Inf, -Inf
	X    int64  `json:"x"`    // near their iterations
	Rows int    `json:"rows"` // number of values
}

// LossOf returns the loss of a run; nil if it has no training stats.
func LossOf(s store.TrainingStats) *Loss {
	n := s.Len()
	if n == 0 {
		return nil
	}
	window := max(chart.WindowRows(n), (n+lossPoints-1)/lossPoints)
	points, marks := chart.Smooth(s.Iteration, s.Loss, window)
	l := &Loss{Window: window}
	for _, p := range points {
		l.X = append(l.X, wholeNumber(p.X))
		l.Y = append(l.Y, p.Y)
		if window > 1 {
			l.Band = append(l.Band, p.High-p.Y)
		}
	}
	for _, m := range marks {
		l.Marks = append(l.Marks, Mark{m.Kind.String(), wholeNumber(m.X), m.Rows})
	}
	return l
}

// wholeNumber returns the iteration nearest to a mean of iterations. As a float64, the largest
// iteration is above every int64.
func wholeNumber(mean float64) int64 {
	if mean >= store.MaxIteration {
		return store.MaxIteration
	}
	return int64(math.Round(mean))
}
