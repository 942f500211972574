package store

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"statsmirror/store/column"
)

// Rows are the statistics of one kind: TrainingStats or ValidationScores. They are normal if their
// iterations ascend strictly.
type Rows[R any] interface {
	// Len returns the number of rows.
	Len() int

	// Problems returns notes on rows as read from a file, for people to read.
	Problems() []string

	iterations() column.Blocks[int64]

	// equal reports whether rows from to to-1 have, bit for bit, the values of other's rows from at
	// on. Iterations are not compared.
	equal(from, to int, other R, at int) bool

	// with returns the rows followed by rows from to to-1 of other. It may append to the memory of
	// its receiver.
	with(other R, from, to int) R
}

// MaxIteration is the highest iteration of a row, because the until of a run is one more and must
// fit an int64.
const MaxIteration = math.MaxInt64 - 1

// Iteration returns the iteration of row i.
func Iteration[R Rows[R]](r R, i int) int64 { return r.iterations().At(i) }

// Below returns how many normal rows have iterations below n.
func Below[R Rows[R]](r R, n int64) int { return below(r.iterations(), n) }

// Step returns the typical distance between normal rows: the median, or 0 with fewer than two rows.
func Step[R Rows[R]](r R) uint64 {
	var steps []uint64
	before, some := int64(0), false
	for _, n := range r.iterations().All() {
		if some {
			steps = append(steps, uint64(n)-uint64(before)) // which may overflow an int64
		}
		before, some = n, true
	}
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}

// Append returns rows followed by rows from to to-1 of other. It may write to the memory behind
// rows.
func Append[R Rows[R]](rows, other R, from, to int) R { return rows.with(other, from, to) }

func until(iterations column.Blocks[int64]) int64 {
	if iterations.Len() == 0 {
		return 0
	}
	return highest(iterations) + 1
}

func highest(iterations column.Blocks[int64]) int64 {
	most := int64(math.MinInt64)
	for some := range iterations.Stretches(0, iterations.Len()) {
		most = max(most, slices.Max(some))
	}
	return most
}

// below returns how many of the iterations, which ascend, are below n.
func below(iterations column.Blocks[int64], n int64) int {
	return sort.Search(iterations.Len(), func(i int) bool { return iterations.At(i) >= n })
}

// Normalise returns the rows in order of iteration. Of several rows with the same iteration, the
// last stays. It returns r itself if r is normal.
func Normalise[R Rows[R]](r R) R {
	iterations := r.iterations()
	if isNormal(iterations) {
		return r
	}
	order := lastOfEach(iterations)
	var normal R
	for i := 0; i < len(order); {
		from, to := order[i], order[i]+1
		for i++; i < len(order) && order[i] == to; i++ {
			to++
		}
		normal = normal.with(r, from, to)
	}
	return normal
}

func isNormal(iterations column.Blocks[int64]) bool {
	if iterations.Len() == 0 {
		return true
	}
	previous := iterations.At(0)
	for some := range iterations.Stretches(1, iterations.Len()) {
		for _, n := range some {
			if n <= previous {
				return false
			}
			previous = n
		}
	}
	return true
}

// lastOfEach returns the index of the last row of each iteration, in order of iteration.
func lastOfEach(iterations column.Blocks[int64]) []int {
	order := make([]int, iterations.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(iterations.At(a), iterations.At(b)), cmp.Compare(b, a))
	})
	return slices.CompactFunc(order, func(a, b int) bool { return iterations.At(a) == iterations.At(b) })
}

func checkIterations(iterations column.Blocks[int64]) error {
	if iterations.Len() == 0 || highest(iterations) <= MaxIteration {
		return nil
	}
	for i, n := range iterations.All() {
		if n > MaxIteration {
			return fmt.Errorf("iteration %d of row %d is too large", n, i)
		}
	}
	return nil
}
