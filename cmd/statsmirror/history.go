package main

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/ending"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
)

func newHistoryCommand(f *flags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history RUN",
		Short: "List one run's generations",
		Long: "List one run's generations. For each, say why it began, from the rows of the previous one, and how\n" +
			"far it was trained when it was overwritten.",
		Example:           "  statsmirror history cells --backup /mnt/backup",
		Args:              usage.Arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRun(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			here, err := f.open()
			if err != nil {
				return err
			}
			generations, err := archive.First(here.Location, func(a *archive.Archive) ([]archive.Generation, error) {
				return a.Generations(cmd.Context(), args[0], nil)
			})
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return list.NotThere(cmd.Context(), args[0], 0, here.Archives)
			case err != nil:
				return err
			}
			return list.HistoryOf(generations).Print(cmd.Context(), cmd.OutOrStdout(), asJSON, ending.HoldOn(cmd.Context()))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	return cmd
}
