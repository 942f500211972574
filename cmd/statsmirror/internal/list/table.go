package list

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/store"
)

// lines returns the list as lines that fit a screen.
func (l *List) lines(is contents, s term.Screen, now time.Time) []string {
	d := l.draw(is, s, now)
	return slices.Concat([]string{d.head}, slices.Concat(d.runs...), d.foot)
}

// drawing is the list as lines that fit a screen.
type drawing struct {
	head string
	runs [][]string // the lines of each run
	foot []string
}

// draw returns the list as a table, with the problems of each run below its row. It chooses the
// fullest description of the copies that leaves room for the names of the runs.
func (l *List) draw(is contents, s term.Screen, now time.Time) (d drawing) {
	runs := is.runs
	short := l.shortNames()
	var t term.Table
	for _, brief := range []brevity{
		{copies: func(r Run) term.Cell { return eachCopy(r, nil) }, gap: 2},
		{copies: func(r Run) term.Cell { return eachCopy(r, short) }, gap: 2},
		{copies: func(r Run) term.Cell { return oddCopies(r, short) }, gap: 2},
		{copies: func(r Run) term.Cell { return oddCopies(r, short) }, gap: 1, age: true},
	} {
		if t = l.table(runs, now, brief); t.Fits(s) {
			break
		}
	}
	lines := t.Lines(s)
	d.head = lines[0]
	for i, r := range runs {
		of := lines[i+1 : i+2 : i+2]
		for _, p := range r.problems() {
			of = append(of, painted(p.text, "  ", p.style, s)...)
		}
		d.runs = append(d.runs, of)
	}
	for _, err := range is.away {
		d.foot = append(d.foot, painted(term.OneLine(err.Error()), "", term.Red, s)...)
	}
	d.foot = append(d.foot, s.Paint(term.CutEnd(l.caption(runs), s.Width), term.Faint))
	return d
}

// painted returns text as indented lines that fit a screen.
func painted(text, indent string, how term.Style, s term.Screen) []string {
	lines := term.Wrap(text, s.Width-len(indent))
	for i, line := range lines {
		lines[i] = s.Paint(indent+line, how)
	}
	return lines
}

// caption says how many runs there are, and where.
func (l *List) caption(runs []Run) string {
	var where []string
	for _, name := range l.Places.Names() {
		where = append(where, term.Printable(name))
	}
	caption := fmt.Sprintf("%s in %s", store.CountRuns(len(runs)), strings.Join(where, ", "))
	if score := l.Scores.caption(runs); score != "" {
		caption = score + "; " + caption
	}
	return caption
}

// brevity is how much a table leaves out.
type brevity struct {
	copies func(Run) term.Cell
	gap    int  // between columns
	age    bool // "3 minutes" for "3 minutes ago"
}

func (l *List) table(runs []Run, now time.Time, brief brevity) term.Table {
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
	const scoreColumn = 6
	if l.Scores != nil {
		t.Head = slices.Insert(t.Head, scoreColumn, term.Heading{Name: "SCORE", Right: true})
	}
	if l.Located {
		t.Head = slices.Insert(t.Head, 0, term.Heading{Name: "LOCATION"})
	}
	for _, r := range runs {
		row := []term.Cell{
			{Text: term.Printable(r.Run)},
			r.numberCell(r.Number), r.numberCell(r.TrainedUntil), r.numberCell(r.ValidatedUntil),
			lossCell(r.losses.Last), lossCell(r.losses.Best), r.changedCell(now, brief.age), brief.copies(r),
		}
		if l.Scores != nil {
			row = slices.Insert(row, scoreColumn, r.scoreCell())
		}
		if l.Located {
			row = slices.Insert(row, 0, term.Cell{Text: term.Printable(cmp.Or(r.Location, "."))})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// changedCell says when a run last changed, since when it is missing, or that one of its stats
// files cannot be used.
func (r Run) changedCell(now time.Time, age bool) term.Cell {
	label := "ago"
	if age {
		label = ""
	}
	since := func(t time.Time) string { return strings.TrimSpace(humanize.RelTime(t, now, label, "ahead")) }
	switch {
	case !r.Gone.IsZero():
		return term.Cell{Text: "gone " + since(r.Gone), Style: term.Yellow}
	case len(r.Unusable) > 0:
		state := Worst(r.Unusable)
		return term.Cell{Text: "file " + string(state), Style: styleOf(state)}
	case r.changed.IsZero():
		return term.Cell{Text: "-"}
	}
	return term.Cell{Text: since(r.changed)}
}

// noSnapshot is shown instead of copies that all miss.
var noSnapshot = term.Cell{Text: "no snapshot", Style: term.Yellow}

// eachCopy shows the state of each copy, with short names of the places.
func eachCopy(r Run, short map[string]string) term.Cell {
	if r.nowhere() {
		return noSnapshot
	}
	all := make([]string, len(r.Backups))
	for i, c := range r.Backups {
		all[i] = term.Printable(cmp.Or(short[c.Backup], c.Backup)) + ": " + string(c.State)
	}
	return term.Cell{Text: strings.Join(all, ", "), Style: r.alarm()}
}

// oddCopies shows only the copies that are not current.
func oddCopies(r Run, short map[string]string) term.Cell {
	if r.nowhere() {
		return noSnapshot
	}
	var odd []string
	for _, c := range r.Backups {
		if c.State != archive.Current {
			odd = append(odd, term.Printable(short[c.Backup])+" "+string(c.State))
		}
	}
	return term.Cell{Text: cmp.Or(strings.Join(odd, ", "), string(archive.Current)), Style: r.alarm()}
}

// alarm returns the style of the worst copy.
func (r Run) alarm() term.Style {
	how := term.Style("")
	for _, c := range r.Backups {
		switch c.State {
		case archive.Current:
		case archive.Behind:
			how = cmp.Or(how, term.Yellow)
		default:
			how = term.Red
		}
	}
	return how
}

// shortNames returns a short name for each archive: the last part of its place, if no other has the
// same.
func (l *List) shortNames() map[string]string {
	short, times := map[string]string{}, map[string]int{}
	for _, name := range l.Places.Names() {
		location, _, _ := strings.Cut(name, "?")
		short[name] = path.Base(location)
		times[short[name]]++
	}
	for name, base := range short {
		if times[base] > 1 {
			const enough = 24
			short[name] = term.CutMiddle(name, enough)
		}
	}
	return short
}
