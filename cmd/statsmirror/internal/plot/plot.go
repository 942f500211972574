// Package plot turns generations of runs into a chart: one panel with all their losses, and one
// panel of validation scores for each dataset. It reads and writes nothing.
package plot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/chart"
	"statsmirror/store/column"
)

// Options say what to draw. Their errors name the flags that set them.
type Options struct {
	Iterations  string // FROM:TO, or one of them with the colon; "" for all
	Smooth      int    // rows per point of the loss; 0 means as in DaCapo
	Log, Linear bool   // the axis of the loss; by default the better one
	Criterion   string // of validation scores: a name, or a number counted from 0
	Datasets    []int  // of validation scores, counted from 0; nil for the first ones
	Best        string // which score is the best: max or min; "" for the direction of the criterion

	from, to int64 // of iterations; to is excluded
}

// Check completes the options, or returns an error.
func (o *Options) Check() (err error) {
	if o.Log && o.Linear {
		return usage.Errorf("--log and --linear exclude each other; give one")
	}
	if o.Best != "" && o.Best != criteria.Max && o.Best != criteria.Min {
		return usage.Errorf("--best is %q; it must be max or min", o.Best)
	}
	if o.Smooth < 0 {
		return usage.Errorf("--smooth is %d; it must be 1 or more", o.Smooth)
	}
	if strings.HasPrefix(o.Criterion, "-") || slices.ContainsFunc(o.Datasets, func(n int) bool { return n < 0 }) {
		return usage.Errorf("criteria and datasets are counted from 0")
	}
	o.from, o.to = math.MinInt64, math.MaxInt64
	if o.Iterations == "" {
		return nil
	}
	from, to, ok := strings.Cut(o.Iterations, ":")
	if ok && from != "" {
		o.from, err = strconv.ParseInt(from, 10, 64)
		ok = err == nil
	}
	if ok && to != "" {
		o.to, err = strconv.ParseInt(to, 10, 64)
		ok = err == nil
	}
	if !ok || o.from >= o.to {
		return usage.Errorf("--iterations is %q; it must be FROM:TO, two numbers of which the first is lower, as 1000:2000", o.Iterations)
	}
	return nil
}

// Curve is a generation of a run to draw.
type Curve struct {
	*snapshot.Snapshot
	Named    bool // the legend names the generation
	Criteria criteria.List

	criterion int // to draw; -1 if the run does not have it
}

func (c Curve) label() string {
	if c.Named {
		return fmt.Sprintf("%s, generation %d", term.Printable(c.Run), c.Generation)
	}
	return term.Printable(c.Run)
}

// Chart returns the chart of curves, and notes for the user about omissions. Curves of one run must
// be adjacent.
func (o *Options) Chart(curves []Curve) (c chart.Chart, notes []string, err error) {
	c.X.Label = "iteration"
	loss, rows := o.lossPanel(curves)
	if len(loss.Series) > 0 {
		c.Panels = append(c.Panels, loss)
	}
	scores, notes, err := o.scorePanels(curves, rows)
	if err != nil {
		return c, notes, err
	}
	c.Panels = append(c.Panels, scores...)
	for i, curve := range curves {
		if rows[i] == 0 {
			notes = append(notes, "nothing to draw of "+curve.label()+": it has no rows of these iterations")
		}
	}
	if len(c.Panels) == 0 {
		return c, nil, errors.New("there is nothing to draw: no run has a loss or a score of these iterations; \"statsmirror show RUN\" prints what it has")
	}
	return c, notes, nil
}

// lossPanel returns the panel of the loss, and the number of values of each curve in it.
func (o *Options) lossPanel(curves []Curve) (panel chart.Panel, rows []int) {
	panel = chart.Panel{Title: "Training", Y: chart.Axis{Label: "loss", Log: !o.Linear}}
	rows = make([]int, len(curves))
	for i, c := range curves {
		stats := o.cut(c.Training)
		if rows[i] = stats.Len() - nulls(stats.Loss); rows[i] == 0 {
			continue
		}
		window := o.Smooth
		if window == 0 {
			window = chart.WindowRows(stats.Len())
		}
		s := chart.Series{Name: c.label(), Style: i}
		if window > 1 {
			s.Name += fmt.Sprintf(", mean of %d rows ± 3 SD", window)
		}
		s.Points, s.Marks = chart.Smooth(stats.Iteration, stats.Loss, window)
		if !o.Log && slices.ContainsFunc(s.Points, func(p chart.Point) bool { return p.Y <= 0 }) {
			panel.Y.Log = false
		}
		if left, ok := o.leaves(curves, i); ok {
			s.Marks = append(s.Marks, left)
		}
		panel.Series = append(panel.Series, s)
	}
	return panel, rows
}

func nulls(f column.Floats) int {
	n := 0
	for _, is := range f.Null.All() {
		if is {
			n++
		}
	}
	return n
}

// cut returns the rows of the iterations to draw.
func (o *Options) cut(s store.TrainingStats) store.TrainingStats {
	from, to := store.Below(s, o.from), store.Below(s, o.to)
	if from == 0 && to == s.Len() {
		return s
	}
	return store.Append(store.TrainingStats{}, s, from, to)
}

// leaves returns a mark where curve i leaves the generation drawn before it.
func (o *Options) leaves(curves []Curve, i int) (chart.Mark, bool) {
	if i == 0 || curves[i-1].Run != curves[i].Run {
		return chart.Mark{}, false
	}
	at, ok := divergence(curves[i-1].Training, curves[i].Training)
	if !ok || at < o.from || at >= o.to {
		return chart.Mark{}, false
	}
	return chart.Mark{Kind: chart.Left, X: float64(at), Text: fmt.Sprintf("leaves generation %d at %d", curves[i-1].Generation, at)}, true
}

// divergence returns the first iteration at which young and old have different rows, or at which
// young ends but old continues; ok is false if they agree.
func divergence(old, young store.TrainingStats) (at int64, ok bool) {
	same := store.Shared(old, young)
	at = young.TrainedUntil()
	if same < young.Len() {
		at = young.Iteration.At(same)
	}
	return at, young.Len() > 0 && at < old.TrainedUntil()
}
