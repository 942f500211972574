package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"statsmirror/cmd/statsmirror/internal/term"
)

// lines returns the list as a table that fits a screen: what says most about the
// copies of the runs that leaves room for their names.
func (l *runList) lines(runs []runJSON, s term.Screen, now time.Time) []string {
	places := l.places()
	var t term.Table
	for _, brief := range []brevity{
		{copies: func(r runJSON) term.Cell { return eachCopy(r, nil) }, gap: 2},
		{copies: func(r runJSON) term.Cell { return eachCopy(r, places) }, gap: 2},
		{copies: func(r runJSON) term.Cell { return oddCopies(r, places) }, gap: 2},
		{copies: func(r runJSON) term.Cell { return oddCopies(r, places) }, gap: 1, age: true},
	} {
		if t = l.table(runs, now, brief); t.Fits(s) {
			break
		}
	}
	return append(t.Lines(s), s.Paint(term.CutEnd(l.caption(runs), s.Width), term.Faint))
}

// caption says how many runs there are, and where.
func (l *runList) caption(runs []runJSON) string {
	var where []string
	for _, a := range archivesOf(l.locations) {
		if name := term.Printable(a.name); !slices.Contains(where, name) {
			where = append(where, name)
		}
	}
	return fmt.Sprintf("%s in %s", countRuns(len(runs)), strings.Join(where, ", "))
}

// brevity is how much is left out of a table.
type brevity struct {
	copies func(runJSON) term.Cell
	gap    int  // between columns
	age    bool // "3 minutes" for "3 minutes ago"
}

func (l *runList) table(runs []runJSON, now time.Time, brief brevity) term.Table {
	changed := "CHANGED"
	if brief.age {
		changed = "AGE"
	}
	t := term.Table{Gap: brief.gap, Head: []term.Heading{
		{Name: "RUN", Shrinks: true},
		{Name: "GEN", Right: true},
		{Name: "TRAINED", Right: true},
		{Name: "VALID", Right: true},
		{Name: "LOSS", Right: true},
		{Name: "BEST", Right: true},
		{Name: changed},
		{Name: "COPIES"},
	}}
	if l.located {
		t.Head = slices.Insert(t.Head, 0, term.Heading{Name: "LOCATION"})
	}
	for _, r := range runs {
		row := []term.Cell{
			{Text: term.Printable(r.Run)},
			r.numberCell(r.Generation), r.numberCell(r.TrainedUntil), r.numberCell(r.ValidatedUntil),
			lossCell(r.losses.Last), lossCell(r.losses.Best), r.changedCell(now, brief.age), brief.copies(r),
		}
		if l.located {
			row = slices.Insert(row, 0, term.Cell{Text: term.Printable(cmp.Or(r.Location, "."))})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// number is what the table says of one of the numbers of a run, of which nothing is
// known where its snapshots are damaged.
func (g generationJSON) number(n int64) string {
	if g.Generation == 0 {
		return unknown
	}
	return strconv.FormatInt(n, 10)
}

func (g generationJSON) numberCell(n int64) term.Cell { return term.Cell{Text: g.number(n)} }

const unknown = "-"

// changedCell says in words when a run changed last, since when it is gone, or that a
// stats file of it cannot be used.
func (line runJSON) changedCell(now time.Time, age bool) term.Cell {
	label := "ago"
	if age {
		label = ""
	}
	since := func(t time.Time) string { return strings.TrimSpace(humanize.RelTime(t, now, label, "ahead")) }
	switch {
	case !line.gone.IsZero():
		return term.Cell{Text: "gone " + since(line.gone), Style: term.Yellow}
	case len(line.Unusable) > 0:
		state := worstUnusable(line.Unusable)
		return term.Cell{Text: "file " + string(state), Style: styleOf(state)}
	case line.changed.IsZero():
		return term.Cell{Text: "-"}
	}
	return term.Cell{Text: since(line.changed)}
}

// eachCopy tells the state of each copy, in the places so named.
func eachCopy(r runJSON, places map[string]string) term.Cell {
	all := make([]string, len(r.Backups))
	for i, c := range r.Backups {
		all[i] = term.Printable(cmp.Or(places[c.Backup], c.Backup)) + ": " + c.State
	}
	return term.Cell{Text: strings.Join(all, ", "), Style: r.alarm()}
}

// oddCopies tells of the copies that are not current alone.
func oddCopies(r runJSON, places map[string]string) term.Cell {
	var odd []string
	for _, c := range r.Backups {
		if c.State != stateCurrent {
			odd = append(odd, term.Printable(places[c.Backup])+" "+c.State)
		}
	}
	return term.Cell{Text: cmp.Or(strings.Join(odd, ", "), stateCurrent), Style: r.alarm()}
}

// alarm returns how the worst of the copies stands out.
func (line runJSON) alarm() term.Style {
	how := term.Style("")
	for _, c := range line.Backups {
		switch c.State {
		case stateCurrent:
		case stateBehind:
			how = cmp.Or(how, term.Yellow)
		default:
			how = term.Red
		}
	}
	return how
}

// places returns what to call each archive in short: the last part of where it is,
// if that is of no other.
func (l *runList) places() map[string]string {
	short, times := map[string]string{}, map[string]int{}
	for _, a := range archivesOf(l.locations) {
		if short[a.name] == "" {
			location, _, _ := strings.Cut(a.name, "?")
			short[a.name] = path.Base(location)
			times[short[a.name]]++
		}
	}
	for name, base := range short {
		if times[base] > 1 {
			const enough = 24
			short[name] = term.CutMiddle(name, enough)
		}
	}
	return short
}
