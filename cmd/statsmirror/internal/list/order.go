package list

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// orders are the ways to sort runs, which come sorted by location and name.
var orders = map[string]func(a, b Run) int{
	"run":     func(Run, Run) int { return 0 },
	"changed": func(a, b Run) int { return b.changed.Compare(a.changed) },
	"trained": func(a, b Run) int { return cmp.Compare(b.TrainedUntil, a.TrainedUntil) },
	"best":    func(a, b Run) int { return cmp.Compare(scoreRank(a), scoreRank(b)) },
	"loss":    func(a, b Run) int { return cmp.Compare(lossRank(a), lossRank(b)) },
}

// SortKeys lists the keys that runs can be sorted by.
func SortKeys() []string { return slices.Sorted(maps.Keys(orders)) }

// lossRank returns the last loss of a run. A run without a number ranks highest.
func lossRank(r Run) float64 {
	if v, ok := r.losses.Last.Float(); ok && !math.IsNaN(v) {
		return v
	}
	return math.Inf(1)
}
