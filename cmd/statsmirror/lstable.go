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
)

// lines returns the list as a table that fits a screen: what says most about the
// copies of the runs that leaves room for their names.
func (l *runList) lines(runs []runJSON, s screen, now time.Time) []string {
	places := l.places()
	var t table
	for _, brief := range []brevity{
		{copies: func(r runJSON) cell { return eachCopy(r, nil) }, gap: 2},
		{copies: func(r runJSON) cell { return eachCopy(r, places) }, gap: 2},
		{copies: func(r runJSON) cell { return oddCopies(r, places) }, gap: 2},
		{copies: func(r runJSON) cell { return oddCopies(r, places) }, gap: 1, age: true},
	} {
		if t = l.table(runs, now, brief); t.excess(t.widths(), s) == 0 {
			break
		}
	}
	return append(t.lines(s), s.paint(cutEnd(l.caption(runs), s.width), faint))
}

// caption says how many runs there are, and where.
func (l *runList) caption(runs []runJSON) string {
	var where []string
	for _, a := range archivesOf(l.locations) {
		if name := printable(a.name); !slices.Contains(where, name) {
			where = append(where, name)
		}
	}
	return fmt.Sprintf("%s in %s", counted(len(runs), "run"), strings.Join(where, ", "))
}

// brevity is how much is left out of a table.
type brevity struct {
	copies func(runJSON) cell
	gap    int  // between columns
	age    bool // "3 minutes" for "3 minutes ago"
}

func (l *runList) table(runs []runJSON, now time.Time, brief brevity) table {
	t := table{gap: brief.gap, head: []heading{
		{name: "RUN", shrinks: true},
		{name: "GEN", right: true},
		{name: "TRAINED", right: true},
		{name: "VALID", right: true},
		{name: "LOSS", right: true},
		{name: "BEST", right: true},
		{name: map[bool]string{false: "CHANGED", true: "AGE"}[brief.age]},
		{name: "COPIES"},
	}}
	if l.located {
		t.head = slices.Insert(t.head, 0, heading{name: "LOCATION"})
	}
	for _, r := range runs {
		row := []cell{
			{text: printable(r.Run)},
			r.numberCell(r.Generation), r.numberCell(r.TrainedUntil), r.numberCell(r.ValidatedUntil),
			lossCell(r.losses.Last), lossCell(r.losses.Best), r.changedCell(now, brief.age), brief.copies(r),
		}
		if l.located {
			row = slices.Insert(row, 0, cell{text: printable(cmp.Or(r.Location, "."))})
		}
		t.rows = append(t.rows, row)
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

func (g generationJSON) numberCell(n int64) cell { return cell{text: g.number(n)} }

const unknown = "-"

// changedCell says in words when a run changed last, since when it is gone, or that a
// stats file of it cannot be used.
func (line runJSON) changedCell(now time.Time, age bool) cell {
	label := map[bool]string{false: "ago", true: ""}[age]
	since := func(t time.Time) string { return strings.TrimSpace(humanize.RelTime(t, now, label, "ahead")) }
	switch {
	case !line.gone.IsZero():
		return cell{"gone " + since(line.gone), yellow}
	case len(line.Unusable) > 0:
		state := worstUnusable(line.Unusable)
		return cell{"file " + string(state), styleOf(state)}
	case line.changed.IsZero():
		return cell{text: "-"}
	}
	return cell{text: since(line.changed)}
}

// eachCopy tells the state of each copy, in the places so named.
func eachCopy(r runJSON, places map[string]string) cell {
	all := make([]string, len(r.Backups))
	for i, c := range r.Backups {
		all[i] = printable(cmp.Or(places[c.Backup], c.Backup)) + ": " + c.State
	}
	return cell{strings.Join(all, ", "), r.alarm()}
}

// oddCopies tells of the copies that are not current alone.
func oddCopies(r runJSON, places map[string]string) cell {
	var odd []string
	for _, c := range r.Backups {
		if c.State != stateCurrent {
			odd = append(odd, printable(places[c.Backup])+" "+c.State)
		}
	}
	return cell{cmp.Or(strings.Join(odd, ", "), stateCurrent), r.alarm()}
}

// alarm returns how the worst of the copies stands out.
func (line runJSON) alarm() style {
	how := style("")
	for _, c := range line.Backups {
		switch c.State {
		case stateCurrent:
		case stateBehind:
			how = cmp.Or(how, yellow)
		default:
			how = red
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
			short[name] = cutMiddle(name, enough)
		}
	}
	return short
}
