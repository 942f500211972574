package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"statsmirror/mirror"
)

func newSyncCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "sync",
		Short: "Mirror every run once, then exit",
		Long:  "One pass over every run and every backup, for cron or a first import. Exits 1 where a run\nor a backup could not be done.",
		Example: "  statsmirror sync --stats ./stats --backup ./backup\n" +
			"  statsmirror sync --dacapo-config ./dacapo.yaml --backup ./backup",
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := newService(f, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if _, err := os.ReadDir(s.stats); err != nil {
				return fmt.Errorf("read stats tree: %w%s", err, remedy(err))
			}
			var done, runs int
			bar := newProgress(cmd.ErrOrStderr())
			err = s.withMirror(func(m *mirror.Mirror) error {
				return m.SyncAll(cmd.Context(), func(n, total int) { done, runs = n, total; bar.at(n, total) })
			})
			bar.end()
			if interrupted := interrupted(cmd.Context(), done, runs); interrupted != nil && err != nil {
				return fmt.Errorf("sync: %w; run it again to go on", interrupted)
			}
			if err != nil {
				return fmt.Errorf("%w%s", err, remedy(err))
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d runs: the catalog and every backup have what the stats tree has\n", runs)
			return nil
		},
	}
}
