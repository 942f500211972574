package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

func newShowCommand(f *flags) *cobra.Command {
	var generation int64
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show one run's rows and metadata",
		Long: "Show one run's metadata, its loss over time, its best scores, and its last rows (--all: every row)\n" +
			"from the catalog or a backup. A character of the drawn loss is the mean of its share of the\n" +
			"iterations; a cross (×) marks a NaN or an infinite loss.",
		Example: "  statsmirror show cells --backup /mnt/backup\n" +
			"  statsmirror show cells --generation 1 --json --backup /mnt/backup",
		Args:              usage.Arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRun(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			here, err := f.open()
			if err != nil {
				return err
			}
			unusable := here.catalog.Unusable(cmd.Context(), args[0])
			s, err := loadRun(cmd.Context(), here.Location, args[0], generation)
			if err != nil {
				return withUnusable(err, unusable)
			}
			naming, err := f.naming()
			if err != nil {
				return err
			}
			names, err := naming.Of(s.Run, s.Validation)
			if err != nil {
				return err
			}
			if remark := naming.Remark(s.Run, s.Validation); remark != "" {
				fmt.Fprintln(cmd.ErrOrStderr(), remark)
			}
			showing := showing{s, names, unusable}
			if asJSON {
				return showing.writeJSON(cmd.OutOrStdout())
			}
			return showing.writeText(cmd.OutOrStdout(), all)
		},
	}
	cmd.Flags().Int64Var(&generation, "generation", 0, "show generation `N` (default the current one)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object with every row")
	cmd.Flags().BoolVar(&all, "all", false, "print every row")
	f.registerCriteria(cmd)
	completeGenerations(f, cmd)
	return cmd
}

// withUnusable adds the unusable stats files of the run to an error.
func withUnusable(err error, unusable []list.Unusable) error {
	for _, u := range unusable {
		err = fmt.Errorf("%w; the stats file %v", err, u)
	}
	return err
}

// showing is one call of the command, after it read the run.
type showing struct {
	*snapshot.Snapshot
	criteria criteria.List
	unusable []list.Unusable
}

func (s showing) writeJSON(w io.Writer) error {
	o := format.NewObject(w)
	o.Field("run", s.Run)
	o.Field("generation", s.Generation)
	if len(s.unusable) > 0 {
		o.Field("unusable", s.unusable)
	}
	if len(s.criteria) > 0 {
		o.Field("criteria", s.criteria)
	}
	o.Rows("training_stats", s.Training.Len(), func(b []byte, i int) []byte { return format.AppendTrainingRow(b, s.Training, i) })
	o.Rows("validation_scores", s.Validation.Len(), func(b []byte, i int) []byte { return format.AppendValidationRow(b, s.Validation, i) })
	return o.Close()
}

func (s showing) writeText(w io.Writer, all bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "run\t%s\n", term.Printable(s.Run))
	fmt.Fprintf(t, "generation\t%d\n", s.Generation)
	fmt.Fprintf(t, "trained until\t%d\n", s.Training.TrainedUntil())
	fmt.Fprintf(t, "validated until\t%d\n", s.Validation.ValidatedUntil())
	fmt.Fprintf(t, "content\tsha256 %s\n", snapshot.ContentSHA256(s.Snapshot))
	writeLosses(t, w, s.Training)
	for _, source := range s.Sources {
		fmt.Fprintf(t, "source\t%s, %s, %s, sha256 %s\n", term.Printable(source.Path), store.Count(source.Size, "byte", "bytes"), term.TimeFor(w, time.Unix(0, source.ModTime)), term.Printable(source.SHA256))
	}
	here, _ := term.ScreenOf(w)
	for _, u := range s.unusable {
		fmt.Fprintf(t, "stats file\t%s\n", here.Paint(u.String(), u.Style()))
	}
	format.WriteBestScores(t, s.Validation, s.criteria, all)
	err := errors.Join(format.WriteTrainingText(t, s.Training, all), format.WriteValidationText(t, s.Validation, all))
	return errors.Join(err, t.Flush())
}

// writeLosses writes the course of the loss to t, whose output is out.
func writeLosses(t, out io.Writer, s store.TrainingStats) {
	if s.Len() == 0 {
		return
	}
	here, onScreen := term.ScreenOf(out)
	columns := 60
	if onScreen {
		const label = 17
		columns = max(1, here.Width-label)
	}
	line, logarithmic := format.Sparkline(s, columns)
	fmt.Fprintf(t, "loss\t%s\n", strings.ReplaceAll(line, format.NotFinite, here.Paint(format.NotFinite, term.Red)))
	scale := ""
	if logarithmic {
		scale = ", logarithmic"
	}
	fmt.Fprintf(t, "\titerations %d to %d%s\n", s.Iteration.At(0), s.Iteration.At(s.Len()-1), scale)
	fmt.Fprintf(t, "last loss\t%s\n", format.Plain(s.Loss, s.Len()-1))
	if best := snapshot.BestLoss(s); best >= 0 {
		fmt.Fprintf(t, "best loss\t%s at iteration %d\n", format.Plain(s.Loss, best), s.Iteration.At(best))
	}
	for at, v := range s.Loss.Values.All() {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			text := fmt.Sprintf("%s at iteration %d, the first loss that is not finite", format.Plain(s.Loss, at), s.Iteration.At(at))
			fmt.Fprintf(t, "diverged\t%s\n", here.Paint(text, term.Red))
			break
		}
	}
}
