package plot

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/chart"
)

// losses returns a curve of a flat loss for each label, all of them the newest of their runs.
func losses(n int) (curves []Curve) {
	for i := range n {
		y := float64(i + 1)
		points := []chart.Point{{X: 0, Y: y, Low: y, High: y}, {X: 9, Y: y, Low: y, High: y}}
		name := fmt.Sprint(i)
		curves = append(curves, Curve{label: name, rows: 2, window: 1, Newest: true, loss: chart.Series{Name: name, Points: points}})
	}
	return curves
}

func TestCurvesOnTopOfABand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		curves, named, old int // the first ones are named; of these, the first are not the newest
		want               []string
		notes              int
	}{
		"few":                   {3, 3, 0, []string{"0", "1", "2"}, 0},
		"by a pattern":          {4, 0, 0, []string{"median of 4 runs", "25 to 75 %", "5 to 95 %"}, 1},
		"one by name":           {4, 1, 0, []string{"median of 4 runs", "25 to 75 %", "5 to 95 %", "0"}, 0},
		"too many by name":      {5, 4, 0, []string{"median of 5 runs", "25 to 75 %", "5 to 95 %"}, 1},
		"generations of a name": {5, 5, 4, []string{"median of 5 generations", "25 to 75 %", "5 to 95 %", "4"}, 0},
	} {
		curves := losses(c.curves)
		for i := range curves {
			curves[i].Named, curves[i].Newest = i < c.named, i >= c.old
		}
		o := Options{Criterion: "0", Curves: len(curves), Most: 3}
		drawn, notes, err := o.Chart(curves)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range drawn.Panels[0].Series {
			got = append(got, s.Name)
		}
		if !slices.Equal(got, c.want) || len(notes) != c.notes {
			t.Errorf("%s: got %q, want %q; notes %q", name, got, c.want, notes)
		}
	}
}

// TestBestScoreOfABandNamesItsRun has scores whose direction is the lowest.
func TestBestScoreOfABandNamesItsRun(t *testing.T) {
	t.Parallel()
	o := Options{Most: 1, Best: criteria.Min}
	var all []chart.Series
	for i, y := range []float64{3, 1, 2} {
		all = append(all, chart.Series{
			Name:   fmt.Sprint("run ", i),
			Points: []chart.Point{{X: 1, Y: y, Low: y, High: y}},
			Marks:  []chart.Mark{{Kind: chart.Best, X: 1, Y: y, Text: "best"}},
		})
	}
	band := o.newCrowd(losses(3)).arrange(all, chart.Axis{})
	if marks := band[0].Marks; len(marks) != 1 || marks[0].Text != "best 1 at 1: run 1" {
		t.Errorf("the median has the marks %v", marks)
	}
}

func TestPanelWithFewOfManyCurvesHasLines(t *testing.T) {
	t.Parallel()
	o := Options{Most: 2}
	all := make([]chart.Series, 5)
	all[3] = chart.Series{Name: "3", Points: []chart.Point{{X: 1}}}
	if got := o.newCrowd(losses(5)).arrange(all, chart.Axis{}); len(got) != 1 || got[0].Role != chart.Single {
		t.Errorf("got %v", got)
	}
}

// TestCurveOnTopLooksTheSameInEachPanel has a panel without the first of the named curves.
func TestCurveOnTopLooksTheSameInEachPanel(t *testing.T) {
	t.Parallel()
	o := Options{Most: 2}
	curves := losses(6)
	curves[1].Named, curves[4].Named = true, true
	styleOf := func(all []chart.Series) int {
		series := o.newCrowd(curves).arrange(all, chart.Axis{})
		return series[slices.IndexFunc(series, func(s chart.Series) bool { return s.Name == "4" })].Style
	}
	all := make([]chart.Series, 6)
	for i, c := range curves {
		all[i] = c.loss
	}
	first := styleOf(all)
	all[1] = chart.Series{}
	if second := styleOf(all); first != second {
		t.Errorf("the styles are %d and %d", first, second)
	}
	for _, i := range []int{0, 2, 5} {
		all[i] = chart.Series{}
	}
	if lines := styleOf(all); first != lines {
		t.Errorf("the styles are %d and %d", first, lines)
	}
}

// TestManyRunsAreTheMeanOfAsManyRows has runs of different lengths.
func TestManyRunsAreTheMeanOfAsManyRows(t *testing.T) {
	t.Parallel()
	o := Options{Criterion: "0", Curves: 4, to: math.MaxInt64}
	var curves []Curve
	for _, rows := range []int64{10, 900, 3000, 10_000} {
		curves = append(curves, o.Curve("run", &snapshot.Snapshot{Run: "run", Generation: 1, Training: training(rows)}, nil))
	}
	drawn, _, err := o.Chart(curves)
	if err != nil {
		t.Fatal(err)
	}
	panel := drawn.Panels[0]
	if panel.Title != "Training, mean of 32 rows" {
		t.Errorf("the title is %s", panel.Title)
	}
	for i, want := range []int{1, 29, 94, 313} {
		if got := len(panel.Series[i].Points); got != want {
			t.Errorf("run %d has %d points, want %d", i, got, want)
		}
	}
}

// training returns rows whose loss goes down.
func training(rows int64) (s store.TrainingStats) {
	for i := range rows {
		s.Iteration.Append(i)
		s.Loss.Append(1 / float64(i+1))
		s.Time.Append(1)
	}
	return s
}
