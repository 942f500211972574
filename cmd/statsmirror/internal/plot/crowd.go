package plot

import (
	"fmt"
	"math"
	"slices"

	"statsmirror/store"
	"statsmirror/store/chart"
)

// crowd says how many curves share a panel. If they are too many to be told apart, a band of
// quantiles shows them all, with a few of them on top.
type crowd struct {
	*Options
	curves []Curve
	top    map[int]int // the styles of the curves on top of the band
	named  int         // by the user
}

// newCrowd chooses the curves on top of a band: those of runs that the user named. If these are too
// many, only their newest generations, or none.
func (o *Options) newCrowd(curves []Curve) crowd {
	c := crowd{Options: o, curves: curves, top: map[int]int{}}
	newest := 0
	for _, curve := range curves {
		if curve.Named {
			c.named++
			if curve.Newest {
				newest++
			}
		}
	}
	for i, curve := range curves {
		if curve.Named && (c.named <= o.Most || newest <= o.Most && curve.Newest) {
			c.top[i] = chart.Coloured(len(c.top))
		}
	}
	return c
}

func (c crowd) isBand() bool { return c.Most > 0 && len(c.curves) > c.Most }

// notes tells the user how to see single curves on top of a band.
func (c crowd) notes() []string {
	how := "give names of runs beside a pattern to draw these on top"
	switch {
	case !c.isBand() || len(c.top) > 0:
		return nil
	case c.named > 0:
		how = fmt.Sprintf("give at most %d names, and a pattern for the others, to draw these on top", c.Most)
	}
	return []string{fmt.Sprintf("%s are drawn as a band, because more than %d curves cannot be told apart; %s", c.count(len(c.curves)), c.Most, how)}
}

// count says how many curves are meant.
func (c crowd) count(n int) string {
	if slices.ContainsFunc(c.curves, func(curve Curve) bool { return !curve.Newest }) {
		return store.Count(n, "generation", "generations")
	}
	return store.CountRuns(n)
}

// arrange returns the series of a panel. It is given one for each curve; those without points are
// left out. A curve on top looks the same in each panel.
func (c crowd) arrange(series []chart.Series, y chart.Axis) []chart.Series {
	var top, others []chart.Series
	for i, s := range series {
		if len(s.Points) == 0 {
			continue
		}
		style, isOnTop := c.top[i]
		switch s.Style = i; {
		case c.isBand() && isOnTop:
			s.Style = style
			top = append(top, s)
		case c.isBand():
			s.Style = chart.Coloured(len(c.top) + len(others))
			others = append(others, s)
		default:
			others = append(others, s)
		}
	}
	all := slices.Concat(top, others)
	if !c.isBand() || len(all) <= c.Most { // or most curves have nothing in this panel
		return all
	}
	return append(c.band(all, y), top...)
}

// band returns the quantiles of all series, with the best of their best scores.
func (c crowd) band(all []chart.Series, y chart.Axis) []chart.Series {
	band, last := chart.Quantiles(all, y)
	median := &band[0]
	best := chart.Mark{Kind: chart.Best, Y: math.NaN()}
	for _, s := range all {
		for _, m := range s.Marks {
			if m.Kind == chart.Best && c.better(m.Y, best.Y) {
				best = m
				best.Text = fmt.Sprintf("best %.4g at %.0f: %s", m.Y, m.X, s.Name)
			}
		}
	}
	if best.Text != "" {
		median.Marks = append(median.Marks, best)
	}
	median.Name = "median of " + c.count(len(all))
	if last < len(all) {
		median.Name += fmt.Sprintf(", of %d at the end", last)
	}
	return band
}
