package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/service"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror"
	"statsmirror/mirror/archive"
	"statsmirror/store"
)

func newSyncCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "sync",
		Short: "Mirror every run once, then exit",
		Long: "Sync every run and copy it to every backup once, for cron or a first import. Exits 1 if a run or\n" +
			"a backup fails.",
		Example: "  statsmirror sync --stats ./stats --backup ./backup\n" +
			"  statsmirror sync --dacapo-config ./dacapo.yaml --backup ./backup",
		Args: usage.Arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			defer journal.Outlive()()
			bar := term.NewProgress(cmd.ErrOrStderr(), store.CountRuns)
			s, err := service.New(serviceOptions(cmd.Context(), f, bar.Above()))
			if err != nil {
				return err
			}
			entries, err := os.ReadDir(s.Stats)
			if err != nil {
				return fmt.Errorf("read stats tree: %w%s", err, usage.Remedy(err))
			}
			var done, runs int
			err = s.Once(func(m *mirror.Mirror) error {
				return m.SyncAll(cmd.Context(), func(n, total int) { done, runs = n, total; bar.At(n, total) })
			})
			bar.End()
			if interrupted := archive.Interrupted(cmd.Context(), done, runs); interrupted != nil && err != nil {
				return fmt.Errorf("sync: %w; run it again to continue", interrupted)
			}
			if err != nil {
				return fmt.Errorf("%w%s", err, usage.Remedy(err))
			}
			if runs == 0 && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return store.IsKind(e.Name()) }) {
				return fmt.Errorf("no runs: %s has neither %s nor %s; give the directory that has them", s.Stats, store.Training, store.Validation)
			}
			have := "the catalog and every backup have what the stats tree has"
			if len(s.Backups) == 0 {
				have = "the catalog has what the stats tree has; no backup is configured: give --backup"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", store.CountRuns(runs), have)
			return nil
		},
	}
}
