//go:build integration

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/report"
	"statsmirror/store"
)

// seenPage is the output of testdata/report.mjs.
type seenPage struct {
	Complaints, Requests, Names, Found, Parts, Marks, Story []string
	Scores                                                  []string
	Descending, Ascending                                   [2]string
	Phone, PhoneTable                                       [2]int
	Alerts, Injected, DrawnBefore, PDF                      int
	Ready, Painted                                          int // milliseconds
	Title, Count, Expanded, Readout                         string
	LogChanges, Switched, Follows                           bool

	Compared, Values, Criteria, CSV, Generations                   []string
	SVG                                                            [][3]any
	Colours, Lit, Dimmed, Many, Grey, Listed                       int
	Pressed                                                        [2]int
	PhoneCompare                                                   [2]int
	Unsmoothed, Smoothed, Fragment, ManyFragment, Warning, Unknown string
	SmoothChanges, Zoomed, Whole, LinkIsSame, Cleared              bool
}

func writePage(t *testing.T, name string, page report.Page) {
	t.Helper()
	var content bytes.Buffer
	if err := report.Write(&content, page); err != nil {
		t.Fatal(err)
	}
	write(t, name, content.String())
}

// TestReportInABrowser uses a page of a thousand runs in headless Chromium.
func TestReportInABrowser(t *testing.T) {
	t.Parallel()
	const runs, rows = 1000, 10_000
	dir := t.TempDir()
	if keep := os.Getenv("STATSMIRROR_SCREENSHOTS"); keep != "" {
		dir = keep
	}
	page := filepath.Join(dir, "index.html")
	writePage(t, page, browserPage(runs, rows))
	info, err := os.Stat(page)
	if err != nil {
		t.Fatal(err)
	}
	notebook(t) // fails and names the program if one is missing
	script, err := filepath.Abs("testdata/report.mjs")
	if err != nil {
		t.Fatal(err)
	}
	var seen seenPage
	if err := json.Unmarshal([]byte(output(t, dir, "node", script, page, dir, "cells-unet-0007")), &seen); err != nil {
		t.Fatal(err)
	}
	t.Logf("a page of %d runs of %d rows, %d bytes: usable after %d ms, painted after %d ms", runs, rows, info.Size(), seen.Ready, seen.Painted)

	if len(seen.Complaints) > 0 || seen.Alerts > 0 || seen.Injected > 0 {
		t.Errorf("the console has %q; %d alerts, %d elements made by names", seen.Complaints, seen.Alerts, seen.Injected)
	}
	for _, request := range seen.Requests {
		if request != seen.Requests[0] || !strings.HasPrefix(request, "file://") {
			t.Errorf("the page requests %q, want only the page itself", request)
		}
	}
	if len(seen.Names) != runs || seen.Names[0] != hostileName {
		t.Errorf("the page shows %d runs, the first %q", len(seen.Names), seen.Names[:1])
	}
	if !seen.LogChanges || !seen.Switched || !seen.Follows {
		t.Errorf("log scale changes the line: %v; the switch changes the colours: %v; they follow the system: %v", seen.LogChanges, seen.Switched, seen.Follows)
	}
	if seen.Phone[0] > 375 || seen.PhoneTable[0] > 375 {
		t.Errorf("on a phone of 375 pixels the page is %d wide, with a run open %d", seen.PhoneTable[0], seen.Phone[0])
	}
	if seen.PDF == 0 || seen.DrawnBefore != 0 {
		t.Errorf("printed it has %d bytes; %d figures are drawn before a run is opened", seen.PDF, seen.DrawnBefore)
	}
	got := []any{seen.Found, seen.Count, seen.Descending, seen.Ascending, seen.Expanded, seen.Parts, seen.Marks, seen.Story, seen.Readout, seen.Scores}
	want := []any{
		[]string{"cells-unet-0007"},
		"1 of 1,000 runs",
		[2]string{"descending", "cells-unet-0999"},
		[2]string{"ascending", "broken"},
		"true",
		[]string{"Loss", "Validation", "History", "Integrity"},
		[]string{"+Inf: 1, first at iteration 2,000", "NaN: 3, first at iteration 10,004"},
		[]string{"grew from generation 1, from which it diverged at iteration 900", "the first"},
		"17: 1.097",
		[]string{
			"Best dice highest, descending, " + hostileName + " 0.9817, cells-unet-0989 0.625, broken –",
			"Best dice highest, ascending, cells-unet-0044 0.625, cells-unet-0990 0.9817, broken –",
			"Best voi lowest, ascending, " + hostileName + " 0.7326, cells-unet-0989 15, broken –",
			"Highest other, descending, " + hostileName + " 0.964, cells-unet-0989 0.4545, broken –",
			"Best other lowest, ascending, cells-unet-0044 −0.131, cells-unet-0990 0.02107, broken –",
			"#sort=score&criterion=other&dataset=1&best=min", "true",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	seen.compares(t)
}

// compares checks what was seen of comparisons.
func (seen seenPage) compares(t *testing.T) {
	t.Helper()
	t.Logf("all runs are drawn after %d ms", seen.Many)
	if !seen.SmoothChanges || !seen.Zoomed || !seen.Whole || !seen.LinkIsSame || !seen.Cleared {
		t.Errorf("smoothing changes the lines: %v; dragging zooms: %v; a double click shows all: %v; a link shows the same: %v; Clear clears: %v",
			seen.SmoothChanges, seen.Zoomed, seen.Whole, seen.LinkIsSame, seen.Cleared)
	}
	if seen.PhoneCompare[0] > 390 {
		t.Errorf("on a phone of 390 pixels a comparison is %d wide", seen.PhoneCompare[0])
	}
	got := []any{
		seen.Compared, seen.Colours, seen.Unsmoothed, seen.Smoothed, seen.Pressed, seen.Values, seen.Lit, seen.Dimmed, seen.Fragment,
		seen.Criteria, seen.CSV, seen.SVG, seen.Generations, seen.Warning, seen.Grey, seen.ManyFragment, seen.Unknown, seen.Listed,
	}
	want := []any{
		[]string{"3 lines compared", "cells-unet-0010", "cells-unet-0012", "cells-unet-0013"},
		3, "mean of 34 rows", "mean of 510 rows",
		[2]int{1, 0},
		[]string{"Mean", "Loss", "0.08274", "0.06355 to 0.103", "0.06496", "0.04901 to 0.08161", "0.09048", "0.06747 to 0.1113"},
		2, 2,
		"#search=cells-unet-001%3F&scale=linear&x=time&smooth=500&criterion=voi&zoom=Z&run=cells-unet-0010&run=cells-unet-0012&run=cells-unet-0013",
		[]string{"dice", "other", "voi", "highest", "not known", "lowest"},
		[]string{
			"run,generation,iteration,time,rows,loss,lowest,highest,smoothed", "cells-unet-0010", "3",
			"run,generation,dataset,criterion,best,iteration,score,parameters", "cells-unet-0010", "3",
		},
		[][3]any{{0.0, 6.0, true}, {0.0, 3.0, true}},
		[]string{"cells-unet-0010", "cells-unet-0010, generation 1", "cells-unet-0010, generation 1", "cells-unet-0010"},
		"Only the first 12 lines have colours; 987 more are thin and grey. Point at one, or at its name, to highlight it.", 987,
		"#scale=linear&x=time&smooth=500&criterion=voi&all=1",
		"The link names 1 line that this page does not have.", 1000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const hostileName = `</script><img src=x onerror=alert(1)>`

// browserPage returns a page of many runs. One has a hostile name, one could not be read, and every
// seventh has a loss that is not finite.
func browserPage(runs, rows int) report.Page {
	p := report.Page{Title: "Runs", Made: time.Date(2026, 11, 20, 14, 3, 0, 0, time.UTC).UnixMilli(), Places: []string{"/mnt/backup"}, Runs: make([]report.Run, runs)}
	p.Criteria = [][]report.Criterion{{{Label: "dice", Best: "max"}, {Label: "other"}, {Label: "voi", Best: "min"}}}
	for i := range runs {
		p.Runs[i] = browserRun(i, rows, report.LimitsFor(runs))
		p.Runs[i].Criteria = 1
	}
	return p
}

func browserRun(i, rows int, limits report.Limits) report.Run {
	hash := strings.Repeat("0123456789abcdef", 4)
	training := browserTraining(i, rows+i, i%7 == 0 && i > 0)
	last, best := report.Number(training.Loss.At(training.Len()-1)), report.Number(0.05+float64(i%13)/100)
	each, _ := limits.Ended(2)
	r := report.Run{
		Name: fmt.Sprintf("cells-unet-%04d", i), Generation: 2, TrainedUntil: int64(rows + i), ValidatedUntil: int64(rows),
		TrainingRows: int64(rows + i), ValidationRows: 20, Last: &last, Best: &best, Changed: 1_795_000_000_000 - int64(i)*3_600_000,
		Copies: []report.Copy{{Place: "catalog", State: "current"}, {Place: "/mnt/backup", State: "current"}},
		Loss:   report.LossOf(training, limits.Points), Scores: report.ScoresOf(browserScores(i, rows), limits.Scores),
		History: []report.Generation{
			{
				Generation: 1, TrainedUntil: 1200, Changed: 1_794_000_000_000, SHA256: hash, Story: "the first",
				Loss: report.LossOf(browserTraining(i+3, 1200, false), each.Points),
			},
			{Generation: 2, TrainedUntil: int64(rows + i), SHA256: hash, Story: "grew from generation 1, from which it diverged at iteration 900"},
		},
		Integrity: report.Integrity{SHA256: hash, ReadFrom: "/mnt/backup", Sources: []report.Source{{Path: "training_stats/cells", Bytes: 4711, SHA256: hash}}},
	}
	switch i {
	case 0:
		r.Name = hostileName
	case 1:
		r = report.Run{Name: "broken", Copies: []report.Copy{{Place: "/mnt/backup", State: "damaged"}}, Failure: "no place has it whole", Integrity: report.Integrity{Problems: []string{"/mnt/backup: page 3 is torn"}}}
	case 2:
		r.Copies[1].State = "behind"
	case 3:
		r.Gone = time.Date(2026, 11, 19, 10, 0, 0, 0, time.UTC).UnixMilli()
	}
	return r
}

// browserTraining returns a loss that falls, with noise that is the same in every test.
func browserTraining(run, rows int, diverges bool) store.TrainingStats {
	var s store.TrainingStats
	floor, pace := 0.03+float64(run%9)/100, 900+300*float64(run%4)
	noise := uint32(run)
	for i := range rows {
		noise = noise*1664525 + 1013904223
		v := (floor + math.Exp(-float64(i)/pace)) * (1 + 0.5*(float64(noise>>8)/(1<<24)-0.5))
		switch {
		case diverges && i >= rows-3:
			v = math.NaN()
		case diverges && i == 2000:
			v = math.Inf(1)
		}
		s.Iteration.Append(int64(i))
		s.Loss.Append(v)
		s.Time.Append(0.8 + float64(run%3)/5)
	}
	return s
}

func browserScores(run, rows int) store.ValidationScores {
	var s store.ValidationScores
	for row := range 20 {
		s.Iteration.Append(int64(rows / 20 * (row + 1)))
		s.Scores.BeginRow()
		for dataset := range 2 {
			s.Scores.BeginOuter()
			for parameters := range 3 {
				s.Scores.BeginMiddle()
				v := 1 - float64(run%9)/30 - math.Exp(-float64(row+1)/(5+float64(run%5))) - float64(dataset)/10 - float64((parameters+row)%3)/50
				s.Scores.AppendValues([]float64{v, v / (2 - v), 40 * (1 - v)})
			}
		}
	}
	return s
}
