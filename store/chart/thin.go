package chart

import "slices"

// thin returns a line, in units, with at most two points for each of so many columns: the lowest and
// the highest, in their order, whose band covers those of the others. The ends of the line stay. The
// points must ascend in X; otherwise the line may keep more.
func thin(line []Point, columns int) []Point {
	if len(line) <= 2*columns {
		return line
	}
	columnOf := func(p Point) int { return int(p.X * float64(columns)) }
	var thinned []Point
	for from := 0; from < len(line); {
		to, low, high := from+1, from, from
		all := line[from]
		for to < len(line) && columnOf(line[to]) == columnOf(line[from]) {
			p := line[to]
			if p.Y < line[low].Y {
				low = to
			}
			if p.Y > line[high].Y {
				high = to
			}
			all.Low, all.High = min(all.Low, p.Low), max(all.High, p.High)
			to++
		}
		kept := []int{low, high}
		if from == 0 {
			kept = append(kept, 0)
		}
		if to == len(line) {
			kept = append(kept, to-1)
		}
		slices.Sort(kept)
		for _, i := range slices.Compact(kept) {
			thinned = append(thinned, Point{line[i].X, line[i].Y, all.Low, all.High})
		}
		from = to
	}
	return thinned
}
