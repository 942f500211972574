package list

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
)

// List is the list of runs, to be printed or watched.
type List struct {
	Places  Places
	Wanted  Patterns
	Sort    string // one of SortKeys
	Reverse bool
	Located bool                    // show where each run is
	Scores  *Scores                 // show these scores; nil for none
	Hold    func() (release func()) // is in force while a pager has the terminal
}

// contents are the runs, in order, and why some places do not answer.
type contents struct {
	runs []Run
	away []error
}

func (l *List) read(ctx context.Context) (contents, error) {
	runs, away, err := l.Places.Read(ctx, l.Wanted)
	if err == nil && l.Scores != nil {
		err = l.Scores.add(ctx, runs)
	}
	slices.SortStableFunc(runs, orders[l.Sort])
	if l.Reverse {
		slices.Reverse(runs)
	}
	return contents{runs, away}, err
}

// Print prints the list for the reader of w: as JSON, as a table for a terminal, else as text. The
// error names patterns that no run matches, and places that may not be read.
func (l *List) Print(ctx context.Context, w, stderr io.Writer, asJSON bool) error {
	is, err := l.read(ctx)
	runs, away := is.runs, is.away
	if err != nil {
		return err
	}
	failure := cmp.Or(errors.Join(slices.DeleteFunc(slices.Clone(away), isAway)...), unread(runs), l.Scores.failure())
	if len(runs) == 0 {
		failure = errors.Join(away...)
	}
	if len(runs) == 0 && failure != nil {
		return failure // it is wrong to print "no runs" then
	}
	if len(runs) == 0 && len(l.Wanted) == 0 {
		fmt.Fprintln(stderr, "no runs")
	}
	s, onScreen := term.ScreenOf(w)
	if !onScreen && !asJSON && failure == nil {
		for _, err := range away {
			fmt.Fprintln(stderr, "statsmirror: "+term.OneLine(err.Error()))
		}
	}
	switch {
	case asJSON:
		err = format.WriteJSON(w, runs)
	case onScreen && len(runs) > 0:
		err = term.WritePaged(ctx, w, l.lines(is, s, time.Now()), l.Hold)
	case !onScreen:
		err = writeRuns(w, runs, l.Located, l.Scores != nil)
	}
	return cmp.Or(err, l.Wanted.Unmatched(ctx, runs, archive.All(l.Places.Locations)), failure)
}

// isAway reports whether an error means that a place does not answer, which the table shows. A
// place that may not be read is also an error.
func isAway(err error) bool { return !errors.Is(err, fs.ErrPermission) }
