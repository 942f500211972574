package list

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/term"
)

// Print prints the history for the reader of w: as JSON, as a table for a terminal, else as text.
// While a pager has the terminal, hold is in force.
func (h History) Print(ctx context.Context, w io.Writer, asJSON bool, hold func() (release func())) error {
	if asJSON {
		return format.WriteJSON(w, h)
	}
	if s, ok := term.ScreenOf(w); ok {
		return term.WritePaged(ctx, w, h.lines(s, time.Now()), hold)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "GENERATION\tTRAINED UNTIL\tVALIDATED UNTIL\tROWS\tLAST LOSS\tBEST LOSS\tCHANGED\tSTORY\n")
	for _, g := range h {
		fmt.Fprintf(t, "%d\t%d\t%d\t%d+%d\t%s\t%s\t%s\t%s\n", g.Number, g.TrainedUntil, g.ValidatedUntil,
			g.TrainingRows, g.ValidationRows, lossText(g.losses.Last), lossText(g.losses.Best), g.Changed, g.Story)
	}
	return t.Flush()
}

// lines returns the generations as a table that fits a screen, each with its story below.
func (h History) lines(s term.Screen, now time.Time) []string {
	t := term.Table{Gap: 2, Head: []term.Heading{
		{Name: "GEN", Right: true},
		{Name: "TRAINED", Right: true},
		{Name: "VALID", Right: true},
		{Name: "ROWS", Right: true},
		{Name: "LOSS", Right: true},
		{Name: "BEST", Right: true},
		{Name: "CHANGED"},
	}}
	for _, g := range h {
		t.Rows = append(t.Rows, []term.Cell{
			g.numberCell(g.Number), g.numberCell(g.TrainedUntil), g.numberCell(g.ValidatedUntil),
			{Text: fmt.Sprintf("%d+%d", g.TrainingRows, g.ValidationRows)},
			lossCell(g.losses.Last), lossCell(g.losses.Best),
			Run{Generation: g}.changedCell(now, false),
		})
	}
	lines := t.Lines(s)
	for i := len(h) - 1; i >= 0; i-- {
		story := painted(h[i].Story, "     ", "", s)
		lines = slices.Insert(lines, i+2, story...)
	}
	return lines
}
