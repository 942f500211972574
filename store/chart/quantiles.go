package chart

import (
	"cmp"
	"slices"
)

// quantileColumns is about how many places along X have quantiles: a band with more would only show
// noise.
const quantileColumns = 300

// Quantiles returns the quantiles of many series at places along X: the median, the range from 25 %
// to 75 %, and the range from 5 % to 95 %. The median has the marks of the values that no line can
// show. A series counts where it has points, by the mean of those at a place, or between two points.
// last is how many series count at the last place. Values without a place on the Y axis do not
// count.
func Quantiles(all []Series, y Axis) (band []Series, last int) {
	places := columnsOf(all, y)
	values := make([][]float64, len(places))
	median := Series{Name: "median", Role: Median}
	for _, s := range all {
		places.add(values, s, y)
		for _, m := range s.Marks {
			if m.Kind.isValue() {
				median.Marks = append(median.Marks, m)
			}
		}
	}
	inner, outer := Series{Name: "25 to 75 %", Role: Inner}, Series{Name: "5 to 95 %", Role: Outer}
	for i, at := range values {
		if len(at) == 0 {
			continue
		}
		slices.Sort(at)
		last = len(at)
		x, middle := places[i], quantile(at, 0.5)
		median.Points = append(median.Points, Point{x, middle, middle, middle})
		inner.Points = append(inner.Points, Point{x, middle, quantile(at, 0.25), quantile(at, 0.75)})
		outer.Points = append(outer.Points, Point{x, middle, quantile(at, 0.05), quantile(at, 0.95)})
	}
	slices.SortStableFunc(median.Marks, func(a, b Mark) int { return cmp.Compare(a.X, b.X) })
	return []Series{median, inner, outer}, last
}

// quantile returns a quantile of sorted values, between two of them if need be.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	rest := at - float64(low)
	return sorted[low]*(1-rest) + sorted[high]*rest
}

// columns are places along X, in ascending order.
type columns []float64

// columnsOf returns the places of all points, of those very close to each other only the first.
func columnsOf(all []Series, y Axis) columns {
	var xs columns
	for _, s := range all {
		for _, p := range s.Points {
			if counts(p, y) {
				xs = append(xs, p.X)
			}
		}
	}
	if len(xs) == 0 {
		return nil
	}
	slices.Sort(xs)
	apart := xs[len(xs)-1]/quantileColumns - xs[0]/quantileColumns
	kept := xs[:1]
	for _, x := range xs {
		if x-kept[len(kept)-1] > apart {
			kept = append(kept, x)
		}
	}
	return kept
}

// counts reports whether a point has a place on the axes.
func counts(p Point, y Axis) bool { return finite(p.X) && drawable(y, p.Y) }

// nearest returns the column that is nearest to an X.
func (c columns) nearest(x float64) int {
	i, found := slices.BinarySearch(c, x)
	if !found && i > 0 && (i == len(c) || x-c[i-1] <= c[i]-x) {
		i--
	}
	return i
}

// add adds the value of a series in each column to the values of the column.
func (c columns) add(values [][]float64, s Series, y Axis) {
	means := make([]average, len(c))
	for _, p := range s.Points {
		if counts(p, y) {
			means[c.nearest(p.X)].add(p.Y)
		}
	}
	for i, m := range means {
		if m.n > 0 {
			values[i] = append(values[i], m.mean)
		}
	}
	for i := 1; i < len(s.Points); i++ {
		before, after := s.Points[i-1], s.Points[i]
		if !counts(before, y) || !counts(after, y) {
			continue
		}
		for at := c.nearest(before.X) + 1; at < c.nearest(after.X); at++ {
			if means[at].n == 0 {
				means[at].n = -1 // once, even if the points go back
				part := (c[at] - before.X) / (after.X - before.X)
				values[at] = append(values[at], before.Y*(1-part)+after.Y*part)
			}
		}
	}
}
