package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/store"
)

func newInspectCommand() *cobra.Command {
	var asJSON, all bool
	var salvageTo string
	cmd := &cobra.Command{
		Use:   "inspect FILE|DIR",
		Short: "Show what one stats pickle holds",
		Long: "Show the content of a stats file or a run directory, and of a torn file the rows that can be\n" +
			"saved. --salvage-to writes these rows into a new file that DaCapo loads. Nothing in a pickle is\n" +
			"ever executed. Exits 3 if the content is damaged or invalid, unless its rows were saved.",
		Example: "  statsmirror inspect stats/training_stats/cells\n" +
			"  statsmirror inspect ./torn --salvage-to ./saved",
		Args: usage.Arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := store.Inspect(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var saved error
			if salvageTo != "" { // before anything is printed, because the output may be a closed pipe
				saved = salvage(cmd.ErrOrStderr(), found, args[0], salvageTo)
			}
			if found.Damage != nil && found.Damage.Foreign && !asJSON {
				return exit.Damagedf("%s is %w; it has no rows", term.Printable(args[0]), found.Damage.Err)
			}
			write := writeInspectionText
			if asJSON {
				write = writeInspectionJSON
			}
			if err := write(cmd.OutOrStdout(), found, all); err != nil {
				return err
			}
			if salvageTo != "" {
				return saved
			}
			if found.Damage != nil {
				return exit.Damagedf("%s: %w", term.Printable(args[0]), found.Damage)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object with every row")
	cmd.Flags().BoolVar(&all, "all", false, "print every row")
	cmd.Flags().StringVar(&salvageTo, "salvage-to", "", "write the readable rows of a damaged file into the new `file`")
	return cmd
}

// salvage writes the readable rows of a damaged file into a new one.
func salvage(w io.Writer, found *store.Inspection, from, to string) error {
	if found.Damage == nil {
		return fmt.Errorf("%s is whole: nothing to salvage; copy it", term.Printable(from))
	}
	saved, err := found.Salvage(to)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w; nothing was overwritten; name a new file", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %s saved, run name %s, sha256 %s\n", term.Printable(to), store.Count(found.Rows(), "row", "rows"), term.Printable(saved.RunName), saved.SHA256)
	return nil
}

// problems returns the notes on the content, the damage first.
func problems(found *store.Inspection) []string {
	if found.Damage == nil {
		return slices.Concat([]string{}, found.Problems)
	}
	return slices.Concat([]string{found.Damage.Error()}, found.Problems)
}

func writeInspectionJSON(w io.Writer, found *store.Inspection, _ bool) error {
	o := format.NewObject(w)
	o.Field("kind", found.Kind)
	o.Field("run_name", found.RunName)
	if found.Kind == store.Validation {
		o.Rows("rows", found.Validation.Len(), func(b []byte, i int) []byte { return format.AppendValidationRow(b, found.Validation, i) })
	} else {
		o.Rows("rows", found.Training.Len(), func(b []byte, i int) []byte { return format.AppendTrainingRow(b, found.Training, i) })
	}
	o.Field("problems", problems(found))
	return o.Close()
}

func writeInspectionText(w io.Writer, found *store.Inspection, all bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "kind\t%s\n", found.Kind)
	fmt.Fprintf(t, "run name\t%s\n", term.Printable(found.RunName))
	for _, problem := range problems(found) {
		fmt.Fprintf(t, "problem\t%s\n", term.OneLine(problem))
	}
	if found.Damage != nil {
		fmt.Fprintf(t, "can be saved\t%s\n", store.Count(found.Damage.Rows, "row", "rows"))
	}
	var err error
	if found.Kind == store.Validation {
		err = format.WriteValidationText(t, found.Validation, all)
	} else {
		err = format.WriteTrainingText(t, found.Training, all)
	}
	return errors.Join(err, t.Flush())
}
