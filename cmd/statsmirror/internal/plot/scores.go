package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/store"
	"statsmirror/store/chart"
)

// scorePanels returns a panel of validation scores for each dataset. It adds the number of each
// curve's scores to its rows.
func (o *Options) scorePanels(curves []Curve, crowd crowd) (panels []chart.Panel, notes []string, err error) {
	const atMost = 12
	datasets, size := 0, 0
	for _, c := range curves {
		d, n := scoreSizes(c.validation)
		datasets, size = max(datasets, d), max(size, n)
	}
	label, err := o.choose(curves, size)
	if err != nil {
		return nil, nil, err
	}
	drawn := o.Datasets
	if drawn == nil {
		for d := range min(datasets, atMost) {
			drawn = append(drawn, d)
		}
		if datasets > atMost {
			notes = append(notes, fmt.Sprintf("the first %d of %d datasets are drawn; --dataset N draws others", atMost, datasets))
		}
	}
	for _, d := range drawn {
		if d >= datasets {
			return nil, nil, fmt.Errorf("there is no dataset %d; the scores have %d, counted from 0", d, datasets)
		}
		panel := chart.Panel{
			Title: fmt.Sprintf("Validation, dataset %d", d),
			Y:     chart.Axis{Label: label},
		}
		series := make([]chart.Series, len(curves))
		for i := range curves {
			series[i] = o.scores(curves[i], d)
			curves[i].rows += len(series[i].Points)
		}
		if panel.Series = crowd.arrange(series, panel.Y); len(panel.Series) > 0 {
			panels = append(panels, panel)
		}
	}
	return panels, notes, nil
}

// choose finds the criterion to draw of each curve, and the better direction. It returns the label
// that says both. size is the highest number of criteria.
func (o *Options) choose(curves []Curve, size int) (label string, err error) {
	var names, known, directions []string
	found := false
	for i := range curves {
		c := &curves[i]
		at, ok := c.criteria.Find(o.Criterion)
		if c.criterion = at; !ok {
			c.criterion = -1
		}
		if c.validation.Len() == 0 {
			continue
		}
		known = append(known, c.criteria.Names()...)
		if ok {
			found = true
			names = append(names, c.criteria.Label(at))
			directions = append(directions, c.criteria.Best(at))
		}
	}
	names, directions, known = distinct(names), distinct(directions), distinct(known)
	number, notNumber := strconv.Atoi(o.Criterion)
	switch {
	case size == 0:
		return "", nil
	case !found && len(known) == 0:
		return "", usage.Errorf("--criterion is %q; it must be a number, because the criteria have no names; --criteria gives them some", o.Criterion)
	case !found:
		return "", usage.Errorf("there is no criterion %q%s", o.Criterion, usage.Suggestion(o.Criterion, known))
	case notNumber == nil && number >= size:
		return "", fmt.Errorf("there is no criterion %d; the scores have %d, counted from 0", number, size)
	case len(directions) > 1 && o.Best == "":
		return "", usage.Errorf("criterion %s is %s, and not the same score is the best in each; give --best max or --best min, or draw the runs apart", o.Criterion, strings.Join(names, " and "))
	}
	if label = o.Criterion; notNumber == nil {
		label = "criterion " + o.Criterion
	}
	if _, err := strconv.Atoi(names[0]); len(names) == 1 && err != nil {
		label = names[0]
	}
	if o.Best = cmp.Or(o.Best, directions[0], criteria.Max); o.Best == criteria.Min {
		return label + " (lowest is best)", nil
	}
	return label + " (highest is best)", nil
}

func distinct(texts []string) []string { return slices.Compact(slices.Sorted(slices.Values(texts))) }

// scoreSizes returns the highest numbers of datasets and criteria.
func scoreSizes(s store.ValidationScores) (datasets, size int) {
	for i := range s.Len() {
		s.Scores.Visit(i, func(dataset, _, criterion, _ int) {
			datasets, size = max(datasets, dataset+1), max(size, criterion+1)
		})
	}
	return datasets, size
}

// scores returns the best score of a dataset in each row, and marks the best of all.
func (o *Options) scores(c Curve, dataset int) chart.Series {
	s := chart.Series{Name: c.label, Dots: true}
	best := chart.Mark{Kind: chart.Best, Y: math.NaN()}
	for i, iteration := range c.validation.Iteration.All() {
		if iteration < o.from || iteration >= o.to {
			continue
		}
		v, parameters, ok := o.bestOf(c.validation, i, dataset, c.criterion)
		if !ok {
			continue
		}
		x := float64(iteration)
		s.Points = append(s.Points, chart.Point{X: x, Y: v, Low: v, High: v})
		switch {
		case math.IsNaN(v):
			s.Marks = append(s.Marks, chart.Mark{Kind: chart.NaN, X: x, Rows: 1})
		case math.IsInf(v, 1):
			s.Marks = append(s.Marks, chart.Mark{Kind: chart.PosInf, X: x, Rows: 1})
		case math.IsInf(v, -1):
			s.Marks = append(s.Marks, chart.Mark{Kind: chart.NegInf, X: x, Rows: 1})
		case o.better(v, best.Y):
			best.X, best.Y = x, v
			best.Text = fmt.Sprintf("best %.4g at %d, parameters %d", v, iteration, parameters)
		}
	}
	if best.Text != "" {
		s.Marks = append(s.Marks, best)
	}
	return s
}

// bestOf returns the best score of a criterion on a dataset in a row, and its parameters. Scores that are not
// finite count only if no other exists.
func (o *Options) bestOf(s store.ValidationScores, row, dataset, criterion int) (best float64, parameters int, ok bool) {
	s.Scores.Visit(row, func(d, p, c, at int) {
		if d != dataset || c != criterion || s.Scores.Values.IsNull(at) {
			return
		}
		v := s.Scores.Values.At(at)
		if finite := !math.IsInf(v, 0) && !math.IsNaN(v); !ok || finite && (math.IsInf(best, 0) || o.better(v, best)) {
			best, parameters, ok = v, p, true
		}
	})
	return best, parameters, ok
}

// better reports whether a score is better than another, which may be NaN.
func (o *Options) better(v, other float64) bool {
	if o.Best == criteria.Min {
		return !(v >= other)
	}
	return !(v <= other)
}
