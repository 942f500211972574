package report

import (
	"math"

	"statsmirror/store"
	"statsmirror/store/column"
)

// Loss is the loss of a generation. It has a point for each row, or for several consecutive rows.
type Loss struct {
	All   int     `json:"all"`            // number of rows
	Rows  int     `json:"rows"`           // that a point stands for; the last point may stand for fewer
	X     Numbers `json:"x"`              // mean of the iterations
	Y     Numbers `json:"y"`              // mean of the finite losses
	Low   Numbers `json:"low,omitempty"`  // the lowest of them, if points stand for several rows
	High  Numbers `json:"high,omitempty"` // the highest
	Time  Numbers `json:"time,omitempty"` // mean of the training time up to each row, in seconds
	Marks []Mark  `json:"marks,omitempty"`

	First map[string]int64 `json:"first,omitempty"` // iteration of the first loss of each kind of mark
}

// LossOf returns a loss with at most the given number of points; nil if there are no training stats.
// Twice as many rows are left as they are, because they need no lowest and highest.
func LossOf(s store.TrainingStats, points int) *Loss {
	n := s.Len()
	if n == 0 {
		return nil
	}
	l := &Loss{All: n, Rows: 1}
	if n > 2*points {
		l.Rows = (n + points - 1) / points
	}
	elapsed := 0.0
	for from := 0; from < n; from += l.Rows {
		elapsed = l.add(s, from, from+min(l.Rows, n-from), elapsed)
	}
	if elapsed == 0 {
		l.Time = nil
	}
	if l.Rows == 1 {
		l.Low, l.High = nil, nil
	}
	l.Marks, l.First = marksOf(s)
	return l
}

// add adds the point of some rows, given the training time before them. It returns the time after
// them. A row without a time takes none.
func (l *Loss) add(s store.TrainingStats, from, to int, elapsed float64) float64 {
	var iteration, loss, trained mean
	low, high := math.NaN(), math.NaN()
	for i := from; i < to; i++ {
		iteration.add(float64(s.Iteration.At(i)))
		if v := s.Loss.At(i); !s.Loss.IsNull(i) && column.NotFinite(v) == "" {
			loss.add(v)
			if !(v >= low) {
				low = v
			}
			if !(v <= high) {
				high = v
			}
		}
		if i < s.Time.Len() && !s.Time.IsNull(i) && s.Time.At(i) > 0 && !math.IsInf(s.Time.At(i), 1) {
			elapsed = min(elapsed+s.Time.At(i), math.MaxFloat64)
		}
		trained.add(elapsed)
	}
	l.X, l.Y, l.Time = append(l.X, iteration.value()), append(l.Y, loss.value()), append(l.Time, trained.value())
	l.Low, l.High = append(l.Low, low), append(l.High, high)
	return elapsed
}

// mean is a mean of numbers whose sum may be too large.
type mean struct {
	n    float64
	mean float64
}

func (m *mean) add(v float64) {
	m.n++
	m.mean += v/m.n - m.mean/m.n
}

// value returns the mean; NaN if there are no numbers.
func (m *mean) value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return m.mean
}
