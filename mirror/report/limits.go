package report

// Limits on a page, so that a browser can use it at once.
const (
	pagePoints = 300_000 // of the losses of all runs
	pageScores = 2_000_000
	mostEnded  = 20 // ended generations of a run
)

// Limits are how much of a run's rows a page has. If there is more, several rows become one point.
type Limits struct {
	Points int // of a loss
	Scores int // values of all datasets and criteria
}

// LimitsFor returns the limits for each of a number of runs. Few long runs have all their rows.
func LimitsFor(runs int) Limits {
	runs = max(runs, 1)
	return Limits{
		Points: min(max(pagePoints/runs, 300), 20_000),
		Scores: min(max(pageScores/runs, 2000), 20_000),
	}
}

// Suit reports whether a page of a number of runs may keep these limits: it has at most a quarter more
// or less than it would have with its own.
func (l Limits) Suit(runs int) bool {
	own := LimitsFor(runs)
	near := func(a, b int) bool { return 4*a <= 5*b && 4*b <= 5*a }
	return near(l.Points, own.Points) && near(l.Scores, own.Scores)
}

// Ended returns the limits for each ended generation of a run, and the oldest generation with curves
// on the page. Together they have fewer points than the current generation, unless there are many.
func (l Limits) Ended(current int64) (each Limits, first int64) {
	first = max(current-mostEnded, 1)
	parts := int(max(current-first, 1)) + 1
	return Limits{Points: max(l.Points/parts, min(l.Points, 100)), Scores: max(l.Scores/parts, min(l.Scores, 500))}, first
}
