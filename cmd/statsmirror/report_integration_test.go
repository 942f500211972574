//go:build integration

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/report"
	"statsmirror/store"
)

// seenPage is the output of testdata/report.mjs.
type seenPage struct {
	Complaints, Requests, Names, Found, Parts, Marks, Story []string
	Descending, Ascending                                   [2]string
	Phone, PhoneTable                                       [2]int
	Alerts, Injected, DrawnBefore, PDF                      int
	Ready, Painted                                          int // milliseconds
	Title, Count, Expanded, Readout                         string
	LogChanges, Switched, Follows                           bool
}

// TestReportInABrowser uses a page of a thousand runs in headless Chromium.
func TestReportInABrowser(t *testing.T) {
	t.Parallel()
	const runs = 1000
	dir := t.TempDir()
	if keep := os.Getenv("STATSMIRROR_SCREENSHOTS"); keep != "" {
		dir = keep
	}
	page := filepath.Join(dir, "index.html")
	if err := writeReport(page, browserPage(runs)); err != nil {
		t.Fatal(err)
	}
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
	t.Logf("a page of %d runs, %d bytes: usable after %d ms, painted after %d ms", runs, info.Size(), seen.Ready, seen.Painted)

	if len(seen.Complaints) > 0 || seen.Alerts > 0 || seen.Injected > 0 {
		t.Errorf("the console has %q; %d alerts, %d elements made by names", seen.Complaints, seen.Alerts, seen.Injected)
	}
	if len(seen.Requests) != 1 || !strings.HasPrefix(seen.Requests[0], "file://") {
		t.Errorf("the page requests %q, want only the page itself", seen.Requests)
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
	got := []any{seen.Found, seen.Count, seen.Descending, seen.Ascending, seen.Expanded, seen.Parts, seen.Marks, seen.Story, seen.Readout}
	want := []any{
		[]string{"cells-unet-0007"},
		"1 of 1000 runs",
		[2]string{"descending", "cells-unet-0999"},
		[2]string{"ascending", "broken"},
		"true",
		[]string{"Loss", "Validation", "History", "Integrity"},
		[]string{"+Inf: 1", "NaN: 3"},
		[]string{"grew from generation 1, from which it diverged at iteration 900", "the first"},
		"8: 1.034 ± 0.0883",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const hostileName = `</script><img src=x onerror=alert(1)>`

// browserPage returns a page of many runs. One has a hostile name, one could not be read, and every
// seventh has a loss that is not finite.
func browserPage(runs int) report.Page {
	p := report.Page{Title: "Runs", Made: "20 November 2026, 14:03 UTC", Places: []string{"/mnt/backup"}}
	hash := strings.Repeat("0123456789abcdef", 4)
	for i := range runs {
		training := browserTraining(5000+i, i%7 == 0 && i > 0)
		last, best := report.Number(training.Loss.At(training.Len()-1)), report.Number(0.05+float64(i%13)/100)
		r := report.Run{
			Name: fmt.Sprintf("cells-unet-%04d", i), Generation: 2, TrainedUntil: int64(5000 + i), ValidatedUntil: 5000,
			TrainingRows: int64(5000 + i), ValidationRows: 20, Last: &last, Best: &best, Changed: 1_795_000_000_000 - int64(i)*3_600_000,
			Copies: []report.Copy{{Place: "catalog", State: "current"}, {Place: "/mnt/backup", State: "current"}},
			Loss:   report.LossOf(training), Scores: report.ScoresOf(browserScores()),
			History: []report.Generation{
				{Generation: 1, TrainedUntil: 1200, Changed: 1_794_000_000_000, SHA256: hash, Story: "the first"},
				{Generation: 2, TrainedUntil: int64(5000 + i), SHA256: hash, Story: "grew from generation 1, from which it diverged at iteration 900"},
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
			r.Gone = "2026-11-19T10:00:00Z"
		}
		p.Runs = append(p.Runs, r)
	}
	return p
}

// browserTraining returns a loss that falls. Its noise is the same in every test.
func browserTraining(rows int, diverges bool) store.TrainingStats {
	var s store.TrainingStats
	for i := range rows {
		v := (0.05 + math.Exp(-float64(i)/900)) * (1 + 0.1*float64(i*7919%101-50)/101)
		switch {
		case diverges && i >= rows-3:
			v = math.NaN()
		case diverges && i == 2000:
			v = math.Inf(1)
		}
		s.Iteration.Append(int64(i))
		s.Loss.Append(v)
		s.Time.Append(1)
	}
	return s
}

func browserScores() store.ValidationScores {
	var s store.ValidationScores
	for row := range 20 {
		s.Iteration.Append(int64(250 * (row + 1)))
		s.Scores.BeginRow()
		for dataset := range 2 {
			s.Scores.BeginOuter()
			for parameters := range 3 {
				s.Scores.BeginMiddle()
				v := 1 - math.Exp(-float64(row+1)/8) - float64(dataset)/10 - float64(parameters)/50
				s.Scores.AppendValues([]float64{v, v / (2 - v), 40 * (1 - v)})
			}
		}
	}
	return s
}
