package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/mirror/snapshot"
)

func newHistoryCommand(f *flags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history RUN",
		Short: "List one run's generations",
		Args:  arguments(cobra.ExactArgs(1)),

		ValidArgsFunction: completeRun(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			archives, err := f.openArchives()
			if err != nil {
				return err
			}
			generations, failures := first(archives, func(a archive) ([]snapshot.Meta, error) { return a.History(cmd.Context(), args[0]) })
			if failures == nil {
				return writeHistory(cmd.OutOrStdout(), generations, asJSON)
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

	losses  snapshot.Losses
	changed time.Time
}

func generationOf(m snapshot.Meta, current bool) generationJSON {
	at := changed(m.Sources)
	return generationJSON{
		Run: m.Run, Generation: m.Generation, Current: current,
		TrainedUntil: m.TrainedUntil, ValidatedUntil: m.ValidatedUntil,
		TrainingRows: m.TrainingRows, ValidationRows: m.ValidationRows,
		Changed: formatted(at), SHA256: m.ContentSHA256,
		LastLoss: lossJSON(m.Losses.Last), BestLoss: lossJSON(m.Losses.Best),
		losses: m.Losses, changed: at,
	}
}

// writeHistory lists generations, the last of which is the current one.
func writeHistory(w io.Writer, metas []snapshot.Meta, asJSON bool) error {
	generations := []generationJSON{}
	for i, m := range metas {
		generations = append(generations, generationOf(m, i == len(metas)-1))
	}
	if asJSON {
		return writeJSON(w, generations)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "GENERATION\tTRAINED UNTIL\tVALIDATED UNTIL\tROWS\tCHANGED\n")
	for _, g := range generations {
		fmt.Fprintf(t, "%d\t%d\t%d\t%d+%d\t%s\n", g.Generation, g.TrainedUntil, g.ValidatedUntil, g.TrainingRows, g.ValidationRows, g.Changed)
	}
	return t.Flush()
}

func writeJSON(w io.Writer, value any) error {
	e := json.NewEncoder(jsonSafe{w})
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
