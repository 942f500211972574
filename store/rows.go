package store

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Rows are the statistics of one kind: TrainingStats or ValidationScores.
// They are normal when their iterations ascend, none twice.
type Rows[R any] interface {
	// Len returns the number of rows.
	Len() int

	// Problems returns notes on rows as a file holds them, for people to read.
	Problems() []string

	iterations() []int64

	// equal reports whether rows from to to-1 have, bit for bit, the values of
	// the rows of other that begin with row at. Iterations are not compared.
	equal(from, to int, other R, at int) bool

	// with returns the rows and, after them, rows from to to-1 of other. It
	// may append to the memory of its receiver.
	with(other R, from, to int) R
}

// MaxIteration is the highest iteration a row can have: one more must still
// be a number.
const MaxIteration = math.MaxInt64 - 1

func until(iterations []int64) int64 {
	if len(iterations) == 0 {
		return 0
	}
	return slices.Max(iterations) + 1
}

// Normalise returns the rows in order of iteration; of rows with the same
// iteration only the last. It returns r itself if r is normal.
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

func isNormal(iterations []int64) bool {
	for i := 1; i < len(iterations); i++ {
		if iterations[i-1] >= iterations[i] {
			return false
		}
	}
	return true
}

// lastOfEach returns where the last row of each iteration is, in order of
// iteration.
func lastOfEach(iterations []int64) []int {
	order := make([]int, len(iterations))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(iterations[a], iterations[b]), cmp.Compare(b, a))
	})
	return slices.CompactFunc(order, func(a, b int) bool { return iterations[a] == iterations[b] })
}

func checkIterations(iterations []int64) error {
	if len(iterations) > 0 && slices.Max(iterations) > MaxIteration {
		return fmt.Errorf("iteration %d of row %d is too large",
			slices.Max(iterations), slices.Index(iterations, slices.Max(iterations)))
	}
	return nil
}
