package chart

import (
	"math"
	"slices"

	"statsmirror/store/column"
)

// DaCapo draws about this many points of a run at most.
const dacapoPoints = 2500

// WindowRows returns how many of n rows DaCapo's plots average into one point.
func WindowRows(n int) int { return max(n/dacapoPoints, 1) }

// Smooth returns the moving average of y with a band of three standard deviations on each side.
// DaCapo's own plots do the same (smooth_values and plot_runs in dacapo/plot.py, with WindowRows).
// It gives one point for each window of rows, at the mean of their x; windows do not overlap. A
// window of one row has no band.
//
// It differs from DaCapo in three ways. DaCapo uses the variance as the standard deviation; Smooth
// takes its root. DaCapo drops the rows after the last whole window; Smooth puts them in a shorter
// one. In DaCapo one NaN turns everything after it into NaN; Smooth marks values that are not
// finite and leaves them out of the average of their window. Nulls are skipped. A window without a
// finite value interrupts the line.
//
// Smooth makes one pass over the rows. x and y must have the same length; rows must be at least 1.
func Smooth(x column.Blocks[int64], y column.Floats, rows int) ([]Point, []Mark) {
	var points []Point
	var marks []Mark
	for from := 0; from < x.Len(); {
		var w window
		for to := from + min(rows, x.Len()-from); from < to; from++ {
			w.x.add(float64(x.At(from)))
			if !y.IsNull(from) {
				w.add(y.At(from))
			}
		}
		points = append(points, w.point())
		marks = w.appendMarks(marks)
	}
	return points, marks
}

// Coarser returns the means of n points at a time, without a band, as Smooth does with n times the rows
// for a point. Points that interrupt the line are left out of the mean.
func Coarser(points []Point, n int) []Point {
	var coarse []Point
	for part := range slices.Chunk(points, n) {
		var w window
		for _, p := range part {
			w.x.add(p.X)
			w.add(p.Y)
		}
		p := w.point()
		coarse = append(coarse, Point{p.X, p.Y, p.Y, p.Y})
	}
	return coarse
}

// window is a stretch of rows.
type window struct {
	x, y   average
	marked [NegInf + 1]int // number of values of each kind
}

func (w *window) add(v float64) {
	switch {
	case math.IsNaN(v):
		w.marked[NaN]++
	case math.IsInf(v, 1):
		w.marked[PosInf]++
	case math.IsInf(v, -1):
		w.marked[NegInf]++
	default:
		w.y.add(v)
	}
}

func (w *window) point() Point {
	if w.y.n == 0 {
		return Point{w.x.mean, math.NaN(), math.NaN(), math.NaN()}
	}
	band := 3 * w.y.deviation()
	return Point{w.x.mean, w.y.mean, w.y.mean - band, w.y.mean + band}
}

func (w *window) appendMarks(marks []Mark) []Mark {
	for kind, n := range w.marked {
		if n > 0 {
			marks = append(marks, Mark{Kind: Kind(kind), X: w.x.mean, Rows: n})
		}
	}
	return marks
}

// average is Welford's: sums of squares would cancel if the values differ by little.
type average struct {
	n             int
	mean, squares float64 // squares: the sum of the squared distances from the mean
}

func (a *average) add(v float64) {
	a.n++
	n := float64(a.n)
	distance := v - a.mean
	a.mean += v/n - a.mean/n // distance/n may overflow
	a.squares += distance * (v - a.mean)
}

// deviation returns the standard deviation of the population, as DaCapo does.
func (a *average) deviation() float64 { return math.Sqrt(a.squares / float64(a.n)) }
