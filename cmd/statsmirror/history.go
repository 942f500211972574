package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/snapshot"
)

func newHistoryCommand(f *flags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history RUN",
		Short: "List one run's generations",
		Long: "List one run's generations, and what became of each: from where on it differs from the one\n" +
			"before, and at which iteration it was overwritten.",
		Example:           "  statsmirror history cells --backup /mnt/backup",
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRun(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			archives, err := f.openArchives()
			if err != nil {
				return err
			}
			generations, failures := first(archives, func(a namedArchive) ([]generationJSON, error) { return readHistory(cmd.Context(), a, args[0], a.Load) })
			if failures == nil {
				return writeHistory(cmd.Context(), cmd.OutOrStdout(), generations, asJSON)
			}
			if err := errors.Join(slices.DeleteFunc(failures, isNotExist)...); err != nil {
				return err
			}
			return notThere(cmd.Context(), args[0], 0, archives)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	return cmd
}

// loadFunc is archive.Archive's Load, or does the same.
type loadFunc func(ctx context.Context, run string, generation int64) (*snapshot.Snapshot, error)

// readHistory returns the generations of a run, the last of which is the current one.
func readHistory(ctx context.Context, a namedArchive, run string, load loadFunc) ([]generationJSON, error) {
	metas, err := a.History(ctx, run)
	if err != nil {
		return nil, err
	}
	var generations []generationJSON
	for i, m := range metas {
		generations = append(generations, generationOf(m, i == len(metas)-1))
	}
	describe(ctx, load, generations)
	return generations, ctx.Err()
}

// generationJSON is one line of the history of a run.
type generationJSON struct {
	Run            string `json:"run"`
	Generation     int64  `json:"generation"`
	Current        bool   `json:"current"`
	TrainedUntil   int64  `json:"trained_until"`
	ValidatedUntil int64  `json:"validated_until"`
	TrainingRows   int64  `json:"training_rows"`
	ValidationRows int64  `json:"validation_rows"`
	Changed        string `json:"changed,omitempty"` // when its sources were last written
	SHA256         string `json:"sha256"`            // of the content

	LastLoss json.RawMessage `json:"last_loss,omitempty"` // missing where the snapshot does not tell it
	BestLoss json.RawMessage `json:"best_loss,omitempty"`
	comparison

	losses  snapshot.Losses
	changed time.Time
}

func generationOf(m snapshot.Meta, current bool) generationJSON {
	at := changed(m.Sources)
	g := generationJSON{
		Run: m.Run, Generation: m.Generation, Current: current,
		TrainedUntil: m.TrainedUntil, ValidatedUntil: m.ValidatedUntil,
		TrainingRows: m.TrainingRows, ValidationRows: m.ValidationRows,
		Changed: formatted(at), SHA256: m.ContentSHA256, changed: at,
	}
	g.setLosses(m.Losses)
	return g
}

func (g *generationJSON) setLosses(losses snapshot.Losses) {
	g.losses, g.LastLoss, g.BestLoss = losses, lossJSON(losses.Last), lossJSON(losses.Best)
}

func writeHistory(ctx context.Context, w io.Writer, generations []generationJSON, asJSON bool) error {
	if asJSON {
		return format.WriteJSON(w, generations)
	}
	if s, ok := term.ScreenOf(w); ok {
		return term.WritePaged(ctx, w, historyLines(generations, s, time.Now()), holdOn(ctx))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "GENERATION\tTRAINED UNTIL\tVALIDATED UNTIL\tROWS\tLAST LOSS\tBEST LOSS\tCHANGED\tSTORY\n")
	for _, g := range generations {
		fmt.Fprintf(t, "%d\t%d\t%d\t%d+%d\t%s\t%s\t%s\t%s\n", g.Generation, g.TrainedUntil, g.ValidatedUntil,
			g.TrainingRows, g.ValidationRows, lossText(g.losses.Last), lossText(g.losses.Best), g.Changed, g.Story)
	}
	return t.Flush()
}

// historyLines returns the generations as a table that fits a screen, and below each
// of them what became of it.
func historyLines(generations []generationJSON, s term.Screen, now time.Time) []string {
	t := term.Table{Gap: 2, Head: []term.Heading{
		{Name: "GEN", Right: true},
		{Name: "TRAINED", Right: true},
		{Name: "VALID", Right: true},
		{Name: "ROWS", Right: true},
		{Name: "LOSS", Right: true},
		{Name: "BEST", Right: true},
		{Name: "CHANGED"},
	}}
	for _, g := range generations {
		t.Rows = append(t.Rows, []term.Cell{
			g.numberCell(g.Generation), g.numberCell(g.TrainedUntil), g.numberCell(g.ValidatedUntil),
			{Text: fmt.Sprintf("%d+%d", g.TrainingRows, g.ValidationRows)},
			lossCell(g.losses.Last), lossCell(g.losses.Best),
			runJSON{generationJSON: g}.changedCell(now, false),
		})
	}
	lines := t.Lines(s)
	for i := len(generations) - 1; i >= 0; i-- {
		lines = slices.Insert(lines, i+2, "     "+generations[i].Story)
	}
	return lines
}
