// Package plot turns generations of runs into a chart: one panel with all their losses, and one
// panel of validation scores for each dataset. It reads and writes nothing.
package plot

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"statsmirror/cmd/statsmirror/internal/criteria"
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

	Naming criteria.Naming
	Curves int // how many curves will be drawn
	Most   int // more curves than these become a band

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

// Curve is a generation of a run to draw, made by Options.Curve.
type Curve struct {
	Named  bool // the user named the run, so that it stands out among many
	Newest bool // of the drawn generations of the run

	label      string
	loss       chart.Series
	window     int // rows per point of the loss
	rows       int // losses and scores of the iterations to draw
	validation store.ValidationScores
	criteria   criteria.List
	unnamed    error // why the criteria have no names
	criterion  int   // to draw; -1 if the run does not have it
}

// Curve returns the curve of a snapshot, whose losses it does not keep. before is the generation of
// the run that was drawn before; nil for none. Curve may be called concurrently.
func (o *Options) Curve(label string, s, before *snapshot.Snapshot) Curve {
	c := Curve{label: label, validation: s.Validation}
	c.criteria, c.unnamed = o.Naming.Of(s.Run, s.Validation)
	stats := o.cut(s.Training)
	c.rows = stats.Len() - nulls(stats.Loss)
	if c.rows == 0 {
		return c
	}
	c.window = o.windowRows(stats.Len())
	c.loss.Name = label
	c.loss.Points, c.loss.Marks = chart.Smooth(stats.Iteration, stats.Loss, c.window)
	if before == nil {
		return c
	}
	if at, ok := divergence(before.Training, s.Training); ok && at >= o.from && at < o.to {
		text := fmt.Sprintf("leaves generation %d at %d", before.Generation, at)
		c.loss.Marks = append(c.loss.Marks, chart.Mark{Kind: chart.Left, X: float64(at), Text: text})
	}
	return c
}

// few reports whether the curves are so few that each can have as many points as DaCapo draws, and
// a band.
func (o *Options) few() bool {
	const few = 3
	return o.Curves <= few
}

// windowRows returns how many of n rows of a loss become one point. With many curves, that is a power
// of two, so that all get the same.
func (o *Options) windowRows(n int) int {
	switch {
	case o.Smooth > 0:
		return o.Smooth
	case o.few():
		return chart.WindowRows(n)
	}
	const points = 250 // of a curve among others, so that noise does not hide them
	return 1 << max(bits.Len(uint(n/points))-1, 0)
}

// even gives the losses of many curves the same number of rows for each point: that of the longest.
func (o *Options) even(curves []Curve) {
	if o.few() {
		return
	}
	most := 0
	for _, c := range curves {
		most = max(most, c.window)
	}
	for i := range curves {
		if c := &curves[i]; c.window > 0 {
			c.loss.Points, c.window = chart.Coarser(c.loss.Points, most/c.window), most
		}
	}
}

// Chart returns the chart of curves, and notes for the user about omissions.
func (o *Options) Chart(curves []Curve) (c chart.Chart, notes []string, err error) {
	for _, curve := range curves {
		if curve.unnamed != nil {
			return c, nil, curve.unnamed
		}
	}
	o.even(curves)
	crowd := o.newCrowd(curves)
	c.X.Label = "iteration"
	if loss, any := o.lossPanel(curves, crowd); any {
		c.Panels = append(c.Panels, loss)
	}
	scores, notes, err := o.scorePanels(curves, crowd)
	if err != nil {
		return c, notes, err
	}
	c.Panels = append(c.Panels, scores...)
	for _, curve := range curves {
		if curve.rows == 0 {
			notes = append(notes, "nothing to draw of "+curve.label+": it has no rows of these iterations")
		}
	}
	if len(c.Panels) == 0 {
		return c, nil, errors.New("there is nothing to draw: no run has a loss or a score of these iterations; \"statsmirror show RUN\" prints what it has")
	}
	return c, append(notes, crowd.notes()...), nil
}

// lossPanel returns the panel of the loss.
func (o *Options) lossPanel(curves []Curve, crowd crowd) (panel chart.Panel, drawn bool) {
	panel = chart.Panel{Title: "Training", Y: chart.Axis{Label: "loss", Log: !o.Linear}}
	window := 0
	for _, c := range curves {
		window = max(window, c.window)
		if !o.Log && slices.ContainsFunc(c.loss.Points, func(p chart.Point) bool { return p.Y <= 0 }) {
			panel.Y.Log = false
		}
	}
	if window > 1 && !o.few() { // all are the same
		panel.Title += ", mean of " + store.Count(window, "row", "rows")
	}
	series := make([]chart.Series, len(curves))
	for i, c := range curves {
		series[i] = c.loss
		if c.window > 1 && o.few() {
			series[i].Name += ", mean of " + store.Count(c.window, "row", "rows") + " ± 3 SD"
		}
	}
	panel.Series = crowd.arrange(series, panel.Y)
	return panel, window > 0
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
