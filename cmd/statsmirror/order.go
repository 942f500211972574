package main

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// orders are the ways to sort runs, which come sorted by location and name.
var orders = map[string]func(a, b runJSON) int{
	"run":     func(runJSON, runJSON) int { return 0 },
	"changed": func(a, b runJSON) int { return b.changed.Compare(a.changed) },
	"trained": func(a, b runJSON) int { return cmp.Compare(b.TrainedUntil, a.TrainedUntil) },
	"loss":    func(a, b runJSON) int { return cmp.Compare(lossRank(a), lossRank(b)) },
}

func sortKeys() []string { return slices.Sorted(maps.Keys(orders)) }

// lossRank returns the last loss of a run, and for one without a number the highest.
func lossRank(r runJSON) float64 {
	if v, ok := r.losses.Last.Float(); ok && !math.IsNaN(v) {
		return v
	}
	return math.Inf(1)
}
